//! Single addresses, buildings and roads for the inspector: plain columns, derived columns with how sure
//! they are, the shape, and what belongs to them.

use crate::App;
use crate::error::AppError;
use geocrm_domain::place::Confidence;
use geocrm_domain::road::ConditionClass;
use geocrm_domain::{AddressId, Geometry, PostalAddress, Value};

/// A derived column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedCode {
    pub code: String,
    /// `stated`, `derived` or `assumed`.
    pub confidence: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ObjectView {
    pub id: i64,
    /// `address`, `building` or `road`.
    pub kind: &'static str,
    pub name: Option<String>,
    pub properties: Vec<(&'static str, Value)>,
    pub derived: Vec<(&'static str, DerivedCode)>,
    pub geometry: Geometry,
    pub addresses: Vec<PostalAddress>,
    pub dataset: String,
}

fn derived(code: &str, confidence: Confidence) -> DerivedCode {
    DerivedCode {
        code: code.to_owned(),
        confidence: confidence.code().to_owned(),
    }
}

fn int(value: Option<i32>) -> Value {
    Value::from(value.map(i64::from))
}

impl App {
    pub async fn address(&self, id: i64) -> Result<ObjectView, AppError> {
        let loaded = self
            .store
            .address(AddressId(id))
            .await?
            .ok_or_else(|| AppError::not_found("address", id))?;
        let (row, setting) = (&loaded.row, &loaded.row.setting);
        let codes = [
            (
                "housing_type",
                setting.housing_type.map(|(t, c)| derived(t.code(), c)),
            ),
            (
                "building_form",
                setting.building_form.map(|(f, c)| derived(f.code(), c)),
            ),
            (
                "building_use",
                setting.building_use.map(|(u, c)| derived(u.code(), c)),
            ),
        ];
        Ok(ObjectView {
            id,
            kind: "address",
            name: None,
            properties: vec![
                ("dwellings", Value::Int(i64::from(row.dwellings))),
                ("building_year", int(setting.building_year)),
                ("storeys", int(setting.storeys)),
                ("footprint_m2", int(setting.footprint_m2)),
                ("park_distance_m", int(setting.park_distance_m)),
                ("road_condition", int(setting.road_condition)),
            ],
            derived: codes
                .into_iter()
                .filter_map(|(name, code)| Some((name, code?)))
                .collect(),
            geometry: Geometry::Point(row.place),
            addresses: vec![row.address.clone()],
            dataset: loaded.dataset,
        })
    }

    pub async fn building(&self, id: i64) -> Result<ObjectView, AppError> {
        let loaded = self
            .store
            .building(id)
            .await?
            .ok_or_else(|| AppError::not_found("building", id))?;
        let addresses = self.store.addresses_of_building(id).await?;
        let row = loaded.row;
        let codes = [
            (
                "housing_type",
                row.housing_type.map(|(t, c)| derived(t.code(), c)),
            ),
            ("building_form", row.form.map(|(f, c)| derived(f.code(), c))),
            (
                "building_use",
                row.building_use.map(|(u, c)| derived(u.code(), c)),
            ),
        ];
        Ok(ObjectView {
            id,
            kind: "building",
            name: row.name,
            properties: vec![
                ("building_year", int(row.building_year)),
                ("storeys", int(row.storeys)),
                ("footprint_m2", Value::Int(i64::from(row.footprint_m2))),
                ("dwellings", Value::Int(i64::from(row.dwellings))),
            ],
            derived: codes
                .into_iter()
                .filter_map(|(name, code)| Some((name, code?)))
                .collect(),
            geometry: Geometry::Area(row.geometry),
            addresses: addresses.into_iter().map(|a| a.row.address).collect(),
            dataset: loaded.dataset,
        })
    }

    pub async fn road(&self, id: i64) -> Result<ObjectView, AppError> {
        let loaded = self
            .store
            .road(id)
            .await?
            .ok_or_else(|| AppError::not_found("road", id))?;
        let row = loaded.row;
        let condition = row.condition.map(|(index, c)| {
            (
                "condition_class",
                derived(ConditionClass::of(i64::from(index)).code(), c),
            )
        });
        Ok(ObjectView {
            id,
            kind: "road",
            name: row.name,
            properties: vec![
                ("class", Value::text(row.class.code())),
                (
                    "condition",
                    Value::from(row.condition.map(|(index, _)| i64::from(index))),
                ),
                ("surface", Value::from(row.surface)),
                ("smoothness", Value::from(row.smoothness)),
                ("maxspeed_kmh", int(row.maxspeed_kmh)),
                ("oneway", Value::text(if row.oneway { "yes" } else { "no" })),
                ("length_cm", Value::Int(row.length_cm)),
            ],
            derived: condition.into_iter().collect(),
            geometry: Geometry::Line(row.geometry),
            addresses: Vec::new(),
            dataset: loaded.dataset,
        })
    }
}
