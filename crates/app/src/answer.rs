//! Answers: sums by the engine at one data version, the same by SQL for comparison, and the records
//! behind them page by page.

use crate::App;
use crate::accounts::AccountView;
use crate::error::AppError;
use crate::order::CardOrder;
use crate::selection::Selection;
use crate::session::SignedIn;
use crate::surroundings::account_ids;
use geocrm_domain::batch::Keys;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::{Answer, CubeQuery, LngLat, OrderBy, Value, VisibleScope};

/// A query with the version it is asked at; the newest without one.
#[derive(Debug, Clone)]
pub struct Asked {
    pub query: CubeQuery,
    pub at: Option<String>,
}

#[derive(Debug, Clone)]
pub struct RecordsAsked {
    pub selection: Selection,
    pub order: Vec<OrderBy>,
    pub limit: usize,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// One record of a cube, for a table or a file.
#[derive(Debug, Clone)]
pub enum Record {
    Account(Box<AccountView>),
    Row {
        id: i64,
        place: Option<LngLat>,
        columns: Vec<(&'static str, Value)>,
    },
}

#[derive(Debug, Clone)]
pub struct RecordsPage {
    pub data_version: String,
    pub total: u64,
    pub rows: Vec<Record>,
    pub next: Option<String>,
}

impl App {
    /// Every query at the same version: the one they name, else the newest.
    pub async fn answer(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        asked: &[Asked],
    ) -> Result<(String, Vec<Answer>), AppError> {
        let at = asked.iter().find_map(|a| a.at.as_deref());
        if asked
            .iter()
            .any(|a| a.at.as_deref().is_some_and(|version| Some(version) != at))
        {
            return Err(AppError::field(
                "at",
                None,
                "all queries of a batch are answered at one version",
            ));
        }
        let snapshot = self.engine.at(at)?;
        let cubes = std::sync::Arc::clone(&snapshot);
        let (scope, queries) = (
            scope.clone(),
            asked.iter().map(|a| a.query.clone()).collect::<Vec<_>>(),
        );
        let answers = tokio::task::spawn_blocking(move || {
            queries
                .iter()
                .map(|query| cubes.query(&scope, cube, query))
                .collect::<Result<Vec<_>, _>>()
        })
        .await
        .map_err(|e| AppError::internal("answering", e))??;
        Ok((snapshot.version.clone(), answers))
    }

    /// The same answer from the database; only for those who see everything, since it is slow.
    pub async fn answer_by_sql(
        &self,
        viewer: &SignedIn,
        cube: &'static Cube,
        asked: &Asked,
    ) -> Result<(String, Answer), AppError> {
        if !viewer.is_administrator() {
            return Err(AppError::Forbidden(
                "only an administrator may ask the database directly".to_owned(),
            ));
        }
        if asked.at.is_some() {
            return Err(AppError::field(
                "at",
                None,
                "the database answers at its newest version only",
            ));
        }
        let answer = self
            .store
            .query_cube(&viewer.scope, cube, &asked.query)
            .await?;
        Ok((self.data_version(), answer))
    }

    /// One page of the records that are selected; the first page fixes the version of the following ones.
    pub async fn records(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        asked: &RecordsAsked,
    ) -> Result<RecordsPage, AppError> {
        let cursor = asked.after.as_deref().map(Cursor::parse).transpose()?;
        let snapshot = match &cursor {
            // A page that outlives its version goes on in the newest: rows may then repeat, none is invented.
            Some(cursor) => self
                .engine
                .at(Some(&cursor.version))
                .unwrap_or_else(|_| self.engine.newest()),
            None => self.engine.newest(),
        };
        let offset = cursor.map_or(0, |c| c.offset);
        let (total, keys) = {
            let data = std::sync::Arc::clone(snapshot.cube(cube));
            let (scope, asked, cards) = (scope.clone(), asked.clone(), snapshot.cards.clone());
            let by_card = CardOrder::of(cube, &asked.order)?;
            tokio::task::spawn_blocking(move || -> Result<(u64, Keys), AppError> {
                let Selection { filter, geometry } = &asked.selection;
                let selection = data.select(&scope, filter.as_ref(), geometry.as_ref())?;
                let keys = match by_card {
                    Some(order) => order.page(&selection, &cards, offset, asked.limit),
                    None => selection.keys(&asked.order, offset, asked.limit)?,
                };
                Ok((selection.len() as u64, keys))
            })
            .await
            .map_err(|e| AppError::internal("selecting records", e))??
        };
        let shown = offset + keys.len();
        let next = ((shown as u64) < total && !keys.is_empty()).then(|| {
            Cursor {
                version: snapshot.version.clone(),
                offset: shown,
            }
            .to_string()
        });
        let rows = self.records_by_keys(scope, cube, keys).await?;
        Ok(RecordsPage {
            data_version: snapshot.version.clone(),
            total,
            rows,
            next,
        })
    }

    /// Records in the order of their keys, as the database holds them now.
    pub async fn records_by_keys(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        keys: Keys,
    ) -> Result<Vec<Record>, AppError> {
        let Keys::Int(ids) = keys else {
            let views = self.account_views(scope, &account_ids(keys)).await?;
            return Ok(views
                .into_iter()
                .map(|view| Record::Account(Box::new(view)))
                .collect());
        };
        Ok(match cube.name {
            "addresses" => {
                let rows = self.store.addresses_by_ids(&ids).await?;
                rows.into_iter()
                    .map(|loaded| address_record(loaded.id, loaded.row))
                    .collect()
            }
            "roads" => {
                let rows = self.store.roads_by_ids(&ids).await?;
                rows.into_iter()
                    .map(|loaded| road_record(loaded.id, loaded.row))
                    .collect()
            }
            "regions" => {
                let rows = self.store.figures_by_ids(&ids).await?;
                rows.into_iter()
                    .map(|record| self.figure_record(record))
                    .collect()
            }
            _ => {
                let rows = self.store.flows_by_ids(&ids).await?;
                rows.into_iter()
                    .map(|record| self.flow_record(record))
                    .collect()
            }
        })
    }

    fn figure_record(&self, record: geocrm_store::FigureRecord) -> Record {
        let figure = record.figure;
        let place = self
            .atlas()
            .region(figure.level, &figure.region_code)
            .map(|r| r.label_point);
        Record::Row {
            id: record.id,
            place,
            columns: vec![
                ("level", Value::text(figure.level.code())),
                ("code", Value::text(figure.region_code)),
                ("name", Value::from(record.name)),
                ("indicator", Value::text(figure.indicator)),
                ("year", Value::Int(i64::from(figure.year))),
                ("value_e4", Value::from(figure.value_e4)),
                ("suppressed", Value::Int(i64::from(figure.suppressed))),
            ],
        }
    }

    fn flow_record(&self, record: geocrm_store::FlowRecord) -> Record {
        let flow = record.flow.flow;
        let place = self
            .atlas()
            .region(flow.level, &flow.origin_code)
            .map(|r| r.label_point);
        Record::Row {
            id: record.id,
            place,
            columns: vec![
                ("origin", Value::text(flow.origin_code)),
                ("origin_name", Value::from(record.flow.origin_name)),
                ("destination", Value::text(flow.destination_code)),
                (
                    "destination_name",
                    Value::from(record.flow.destination_name),
                ),
                ("mode", Value::text(flow.mode)),
                ("year", Value::Int(i64::from(flow.year))),
                ("persons_e3", Value::Int(flow.persons_e3)),
            ],
        }
    }
}

fn code<T>(
    pair: Option<(T, geocrm_domain::place::Confidence)>,
    name: impl Fn(T) -> &'static str,
) -> Value {
    Value::from(pair.map(|(value, _)| name(value).to_owned()))
}

fn int(value: Option<i32>) -> Value {
    Value::from(value.map(i64::from))
}

fn address_record(id: i64, row: geocrm_domain::record::AddressRow) -> Record {
    let setting = row.setting;
    Record::Row {
        id,
        place: Some(row.place),
        columns: vec![
            ("street", Value::from(row.address.street)),
            ("house_number", Value::from(row.address.house_number)),
            ("postcode", Value::from(row.address.postcode)),
            ("city", Value::from(row.address.city)),
            (
                "housing_type",
                code(
                    setting.housing_type,
                    geocrm_domain::place::HousingType::code,
                ),
            ),
            (
                "building_form",
                code(
                    setting.building_form,
                    geocrm_domain::place::BuildingForm::code,
                ),
            ),
            (
                "building_use",
                code(
                    setting.building_use,
                    geocrm_domain::place::BuildingUse::code,
                ),
            ),
            ("building_year", int(setting.building_year)),
            ("storeys", int(setting.storeys)),
            ("footprint_m2", int(setting.footprint_m2)),
            ("dwellings", Value::Int(i64::from(row.dwellings))),
            ("park_distance_m", int(setting.park_distance_m)),
            ("road_condition", int(setting.road_condition)),
        ],
    }
}

fn road_record(id: i64, row: geocrm_domain::record::RoadRow) -> Record {
    Record::Row {
        id,
        place: Some(row.midpoint),
        columns: vec![
            ("name", Value::from(row.name)),
            ("class", Value::text(row.class.code())),
            ("surface", Value::from(row.surface)),
            ("smoothness", Value::from(row.smoothness)),
            (
                "condition",
                Value::from(row.condition.map(|(index, _)| i64::from(index))),
            ),
            ("maxspeed_kmh", int(row.maxspeed_kmh)),
            ("length_cm", Value::Int(row.length_cm)),
        ],
    }
}

/// Where the next page begins, and in which version.
struct Cursor {
    version: String,
    offset: usize,
}

impl Cursor {
    fn parse(text: &str) -> Result<Self, AppError> {
        let broken = || AppError::field("after", Some(text), "take `next` of the page before");
        let (offset, version) = text.split_once('@').ok_or_else(broken)?;
        Ok(Self {
            version: version.to_owned(),
            offset: offset.parse().map_err(|_| broken())?,
        })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.offset, self.version)
    }
}
