//! Loaded addresses, buildings, roads, areas and place names with their shapes: one by one for the inspector,
//! streamed for the tiles, the surroundings index and the geocoder.

use crate::geometry::{area_from_wkb, line_from_wkb};
use crate::row;
use crate::{Doing, Result, Store};
use futures::{Stream, StreamExt};
use geocrm_domain::place::{AreaKind, BuildingForm, BuildingUse, Confidence, HousingType};
use geocrm_domain::record::{AddressRow, AreaRow, BuildingRow, PlaceRow, RoadRow};
use geocrm_domain::road::RoadClass;
use geocrm_domain::{AddressId, LngLat, PostalAddress};
use sqlx::Row;
use sqlx::postgres::PgRow;

/// A row of a loaded dataset with the id the load gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded<T> {
    pub id: i64,
    /// Code of its dataset.
    pub dataset: String,
    pub row: T,
}

/// What the geocoder's index is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct GeocoderAddress {
    pub id: AddressId,
    pub address: PostalAddress,
    pub place: LngLat,
}

type Parsed<T> = std::result::Result<T, sqlx::Error>;

fn loaded<T>(row: &PgRow, value: T) -> Parsed<Loaded<T>> {
    Ok(Loaded {
        id: row.try_get("id")?,
        dataset: row.try_get("dataset")?,
        row: value,
    })
}

fn address(row: &PgRow) -> Parsed<Loaded<AddressRow>> {
    let value = AddressRow {
        source_key: row.try_get("source_key")?,
        address: row::address(row)?,
        place: row::place(row)?,
        building_key: row.try_get("building_key")?,
        dwellings: row.try_get("dwellings")?,
        setting: row::setting(row)?,
    };
    loaded(row, value)
}

fn building(row: &PgRow) -> Parsed<Loaded<BuildingRow>> {
    let value = BuildingRow {
        source_key: row.try_get("source_key")?,
        geometry: area_from_wkb(row.try_get("shape")?)?,
        name: row.try_get("name")?,
        housing_type: row::sure(
            row,
            "housing_type",
            "housing_type_confidence",
            HousingType::parse,
        )?,
        form: row::sure(row, "form", "form_confidence", BuildingForm::parse)?,
        building_use: row::sure(
            row,
            "building_use",
            "building_use_confidence",
            BuildingUse::parse,
        )?,
        building_year: row.try_get("building_year")?,
        storeys: row.try_get("storeys")?,
        footprint_m2: row.try_get("footprint_m2")?,
        dwellings: row.try_get("dwellings")?,
        leaves: row::leaves(row)?,
    };
    loaded(row, value)
}

fn road(row: &PgRow) -> Parsed<Loaded<RoadRow>> {
    let condition: Option<i32> = row.try_get("condition")?;
    let sure = row::code_opt(row, "condition_confidence", Confidence::parse)?;
    let value = RoadRow {
        source_key: row.try_get("source_key")?,
        geometry: line_from_wkb(row.try_get("shape")?)?,
        name: row.try_get("name")?,
        class: row::code(row, "class", RoadClass::parse)?,
        surface: row.try_get("surface")?,
        smoothness: row.try_get("smoothness")?,
        maxspeed_kmh: row.try_get("maxspeed_kmh")?,
        oneway: row.try_get("oneway")?,
        is_bridge_or_tunnel: row.try_get("is_bridge_or_tunnel")?,
        // The schema keeps the index between 0 and 100.
        condition: condition.map(|c| c as u8).zip(sure),
        length_cm: row.try_get("length_cm")?,
        midpoint: row::place(row)?,
        leaves: row::leaves(row)?,
    };
    loaded(row, value)
}

fn area(row: &PgRow) -> Parsed<Loaded<AreaRow>> {
    let value = AreaRow {
        source_key: row.try_get("source_key")?,
        kind: row::code(row, "kind", AreaKind::parse)?,
        name: row.try_get("name")?,
        geometry: area_from_wkb(row.try_get("shape")?)?,
        area_m2: row.try_get("area_m2")?,
    };
    loaded(row, value)
}

fn place_label(row: &PgRow) -> Parsed<Loaded<PlaceRow>> {
    let value = PlaceRow {
        source_key: row.try_get("source_key")?,
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        place: row::place(row)?,
        population: row.try_get("population")?,
    };
    loaded(row, value)
}

/// The select list of each kind with its joins; the rest of the statement is appended at compile time.
macro_rules! select_addresses {
    ($rest:literal) => {
        concat!("SELECT a.*, d.code AS dataset FROM addresses a JOIN datasets d ON d.id = a.dataset_id ", $rest)
    };
}
macro_rules! select_buildings {
    ($rest:literal) => {
        concat!(
            "SELECT b.id, b.source_key, b.name, b.housing_type, b.housing_type_confidence, b.form, b.form_confidence,
                b.building_use, b.building_use_confidence, b.building_year, b.storeys, b.footprint_m2, b.dwellings,
                b.region_id, b.region_2016_id, b.region_2015_id, ST_AsBinary(b.shape) AS shape, d.code AS dataset
             FROM buildings b JOIN datasets d ON d.id = b.dataset_id ",
            $rest
        )
    };
}
macro_rules! select_roads {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.source_key, r.name, r.class, r.surface, r.smoothness, r.maxspeed_kmh, r.oneway,
                r.is_bridge_or_tunnel, r.condition, r.condition_confidence, r.length_cm, r.lng_e7, r.lat_e7,
                r.region_id, r.region_2016_id, r.region_2015_id, ST_AsBinary(r.shape) AS shape, d.code AS dataset
             FROM roads r JOIN datasets d ON d.id = r.dataset_id ",
            $rest
        )
    };
}

impl Store {
    pub async fn address(&self, id: AddressId) -> Result<Option<Loaded<AddressRow>>> {
        sqlx::query(select_addresses!("WHERE a.id = $1"))
            .bind(id.0)
            .try_map(|row| address(&row))
            .fetch_optional(&self.pool)
            .await
            .doing("reading an address")
    }

    /// In the order asked; unknown ids are left out.
    pub async fn addresses_by_ids(&self, ids: &[i64]) -> Result<Vec<Loaded<AddressRow>>> {
        sqlx::query(select_addresses!(
            "JOIN unnest($1::bigint[]) WITH ORDINALITY asked (id, place) ON asked.id = a.id ORDER BY asked.place"
        ))
        .bind(ids)
        .try_map(|row| address(&row))
        .fetch_all(&self.pool)
        .await
        .doing("reading addresses")
    }

    pub async fn building(&self, id: i64) -> Result<Option<Loaded<BuildingRow>>> {
        sqlx::query(select_buildings!("WHERE b.id = $1"))
            .bind(id)
            .try_map(|row| building(&row))
            .fetch_optional(&self.pool)
            .await
            .doing("reading a building")
    }

    /// The building an address stands in.
    pub async fn building_of_address(&self, id: AddressId) -> Result<Option<Loaded<BuildingRow>>> {
        sqlx::query(select_buildings!(
            "JOIN addresses a ON a.dataset_id = b.dataset_id AND a.building_key = b.source_key WHERE a.id = $1"
        ))
        .bind(id.0)
        .try_map(|row| building(&row))
        .fetch_optional(&self.pool)
        .await
        .doing("reading the building of an address")
    }

    /// By street and number as text.
    pub async fn addresses_of_building(&self, id: i64) -> Result<Vec<Loaded<AddressRow>>> {
        sqlx::query(select_addresses!(
            "JOIN buildings b ON b.dataset_id = a.dataset_id AND b.source_key = a.building_key
             WHERE b.id = $1 ORDER BY a.street, a.house_number, a.id"
        ))
        .bind(id)
        .try_map(|row| address(&row))
        .fetch_all(&self.pool)
        .await
        .doing("reading the addresses of a building")
    }

    pub async fn road(&self, id: i64) -> Result<Option<Loaded<RoadRow>>> {
        sqlx::query(select_roads!("WHERE r.id = $1"))
            .bind(id)
            .try_map(|row| road(&row))
            .fetch_optional(&self.pool)
            .await
            .doing("reading a road")
    }

    /// In the order asked; unknown ids are left out.
    pub async fn roads_by_ids(&self, ids: &[i64]) -> Result<Vec<Loaded<RoadRow>>> {
        sqlx::query(select_roads!(
            "JOIN unnest($1::bigint[]) WITH ORDINALITY asked (id, place) ON asked.id = r.id ORDER BY asked.place"
        ))
        .bind(ids)
        .try_map(|row| road(&row))
        .fetch_all(&self.pool)
        .await
        .doing("reading roads")
    }

    /// Every address, in the order of ids.
    pub fn stream_addresses(&self) -> impl Stream<Item = Result<Loaded<AddressRow>>> + Send + '_ {
        sqlx::query(select_addresses!("ORDER BY a.id"))
            .fetch(&self.pool)
            .map(|row| row.and_then(|r| address(&r)).doing("reading addresses"))
    }

    /// Every address with the columns the geocoder needs, in the order of ids.
    pub fn stream_geocoder_addresses(
        &self,
    ) -> impl Stream<Item = Result<GeocoderAddress>> + Send + '_ {
        sqlx::query(
            "SELECT id, street, house_number, postcode, city, country, lng_e7, lat_e7 FROM addresses ORDER BY id",
        )
        .fetch(&self.pool)
        .map(|row| {
            let parse = |row: PgRow| {
                Ok(GeocoderAddress {
                    id: AddressId(row.try_get("id")?),
                    address: row::address(&row)?,
                    place: row::place(&row)?,
                })
            };
            row.and_then(parse).doing("reading addresses for the geocoder")
        })
    }

    pub fn stream_buildings(&self) -> impl Stream<Item = Result<Loaded<BuildingRow>>> + Send + '_ {
        sqlx::query(select_buildings!("ORDER BY b.id"))
            .fetch(&self.pool)
            .map(|row| row.and_then(|r| building(&r)).doing("reading buildings"))
    }

    pub fn stream_roads(&self) -> impl Stream<Item = Result<Loaded<RoadRow>>> + Send + '_ {
        sqlx::query(select_roads!("ORDER BY r.id"))
            .fetch(&self.pool)
            .map(|row| row.and_then(|r| road(&r)).doing("reading roads"))
    }

    pub fn stream_areas(&self) -> impl Stream<Item = Result<Loaded<AreaRow>>> + Send + '_ {
        sqlx::query(
            "SELECT a.id, a.source_key, a.kind, a.name, a.area_m2, ST_AsBinary(a.shape) AS shape, d.code AS dataset
             FROM areas a JOIN datasets d ON d.id = a.dataset_id ORDER BY a.id",
        )
        .fetch(&self.pool)
        .map(|row| row.and_then(|r| area(&r)).doing("reading areas"))
    }

    pub fn stream_place_labels(&self) -> impl Stream<Item = Result<Loaded<PlaceRow>>> + Send + '_ {
        sqlx::query(
            "SELECT p.*, d.code AS dataset FROM place_labels p JOIN datasets d ON d.id = p.dataset_id ORDER BY p.id",
        )
        .fetch(&self.pool)
        .map(|row| row.and_then(|r| place_label(&r)).doing("reading place names"))
    }
}
