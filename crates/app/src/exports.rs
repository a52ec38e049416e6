//! Files of what is selected. A receipt keeps the query and a digest of every row, so that the same query
//! can be run again: at the same data the bytes are the same, at later data it says what changed.

use crate::App;
use crate::answer::Record;
use crate::cql2;
use crate::error::AppError;
use crate::geojson::area_json;
use crate::selection::Selection;
use crate::session::SignedIn;
use chrono::{DateTime, Utc};
use geocrm_domain::batch::Keys;
use geocrm_domain::catalogue::{self, Cube};
use geocrm_domain::{LngLat, OrderBy, Value, VisibleScope};
pub use geocrm_export::Format;
pub use geocrm_export::Written;
use geocrm_export::{Column, Kind, Layer, Locale, Meta, Row};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Records read from the database at a time.
const PORTION: usize = 1_000;
/// Most records of one file.
const MOST_ROWS: usize = 5_000_000;

#[derive(Debug, Clone)]
pub struct ExportAsked {
    pub selection: Selection,
    pub order: Vec<OrderBy>,
    pub format: Format,
    /// `en` or `nl`.
    pub locale: String,
}

#[derive(Debug, Clone)]
pub struct ExportReceipt {
    pub id: Uuid,
    pub cube: String,
    pub format: Format,
    pub file_name: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    pub data_version: String,
    pub query_text: String,
    pub created_at: DateTime<Utc>,
    pub user_name: String,
}

/// Key of a row and the digest of what was written of it: 16 bytes each.
type RowDigest = [u8; 32];

fn columns(cube: &Cube, dutch: bool) -> Vec<Column> {
    let titled = |name: &'static str, en: &str, nl: &str, kind| {
        Column::new(name, if dutch { nl } else { en }, kind)
    };
    match cube.name {
        "accounts" => vec![
            titled("id", "Id", "Id", Kind::Id),
            titled("name", "Name", "Naam", Kind::Text),
            titled("kind", "Kind", "Soort", Kind::Text),
            titled("status", "Status", "Status", Kind::Text),
            titled("category", "Segment", "Segment", Kind::Text),
            titled("street", "Street", "Straat", Kind::Text),
            titled("house_number", "House number", "Huisnummer", Kind::Text),
            titled("postcode", "Postcode", "Postcode", Kind::Text),
            titled("city", "City", "Plaats", Kind::Text),
            titled("country", "Country", "Land", Kind::Text),
            titled("email", "E-mail", "E-mail", Kind::Text),
            titled("phone", "Phone", "Telefoon", Kind::Text),
            titled("territory", "Territory", "Rayon", Kind::Text),
            titled("owner", "Owner", "Beheerder", Kind::Text),
            titled("revenue", "Revenue", "Omzet", Kind::Money),
            titled("currency", "Currency", "Valuta", Kind::Text),
            titled(
                "customer_since_on",
                "Customer since",
                "Klant sinds",
                Kind::Date,
            ),
            titled(
                "last_contact_on",
                "Last contact",
                "Laatste contact",
                Kind::Date,
            ),
            titled("place_state", "Position", "Positie", Kind::Text),
        ],
        "addresses" => vec![
            titled("id", "Id", "Id", Kind::Id),
            titled("street", "Street", "Straat", Kind::Text),
            titled("house_number", "House number", "Huisnummer", Kind::Text),
            titled("postcode", "Postcode", "Postcode", Kind::Text),
            titled("city", "City", "Plaats", Kind::Text),
            titled("housing_type", "Housing type", "Woningtype", Kind::Text),
            titled("building_form", "Building form", "Bouwvorm", Kind::Text),
            titled("building_use", "Building use", "Gebruik", Kind::Text),
            titled("building_year", "Building year", "Bouwjaar", Kind::Int),
            titled("storeys", "Storeys", "Bouwlagen", Kind::Int),
            titled(
                "footprint_m2",
                "Footprint (m²)",
                "Grondvlak (m²)",
                Kind::Int,
            ),
            titled("dwellings", "Dwellings", "Woningen", Kind::Int),
            titled(
                "park_distance_m",
                "Distance to business park (m)",
                "Afstand tot bedrijventerrein (m)",
                Kind::Int,
            ),
            titled("road_condition", "Road condition", "Wegconditie", Kind::Int),
        ],
        "roads" => vec![
            titled("id", "Id", "Id", Kind::Id),
            titled("name", "Name", "Naam", Kind::Text),
            titled("class", "Road class", "Wegtype", Kind::Text),
            titled("surface", "Surface", "Verharding", Kind::Text),
            titled("smoothness", "Smoothness", "Vlakheid", Kind::Text),
            titled("condition", "Condition", "Conditie", Kind::Int),
            titled(
                "maxspeed_kmh",
                "Speed limit (km/h)",
                "Maximumsnelheid (km/u)",
                Kind::Int,
            ),
            titled("length_cm", "Length (m)", "Lengte (m)", Kind::Decimal(2)),
        ],
        "regions" => vec![
            titled("id", "Id", "Id", Kind::Id),
            titled("level", "Level", "Niveau", Kind::Text),
            titled("code", "Code", "Code", Kind::Text),
            titled("name", "Name", "Naam", Kind::Text),
            titled("indicator", "Indicator", "Kerncijfer", Kind::Text),
            titled("year", "Year", "Jaar", Kind::Int),
            titled("value_e4", "Value", "Waarde", Kind::Decimal(4)),
            titled("suppressed", "Suppressed", "Onderdrukt", Kind::Int),
        ],
        _ => vec![
            titled("id", "Id", "Id", Kind::Id),
            titled("origin", "Origin", "Herkomst", Kind::Text),
            titled("origin_name", "Origin name", "Naam herkomst", Kind::Text),
            titled("destination", "Destination", "Bestemming", Kind::Text),
            titled(
                "destination_name",
                "Destination name",
                "Naam bestemming",
                Kind::Text,
            ),
            titled("mode", "Mode", "Vervoerwijze", Kind::Text),
            titled("year", "Year", "Jaar", Kind::Int),
            titled("persons_e3", "Persons", "Personen", Kind::Decimal(3)),
        ],
    }
}

fn cells(record: Record) -> (Vec<Value>, Option<LngLat>) {
    match record {
        Record::Row { id, place, columns } => {
            let cells =
                std::iter::once(Value::Int(id)).chain(columns.into_iter().map(|(_, value)| value));
            (cells.collect(), place)
        }
        Record::Account(view) => {
            let account = view.account;
            let cells = vec![
                Value::Text(account.id.to_string()),
                Value::Text(account.name),
                Value::text(account.kind.code()),
                Value::text(account.status.code()),
                Value::from(account.category),
                Value::from(account.address.street),
                Value::from(account.address.house_number),
                Value::from(account.address.postcode),
                Value::from(account.address.city),
                Value::from(account.address.country),
                Value::from(account.email),
                Value::from(account.phone),
                Value::from(account.territory),
                Value::from(view.owner_name),
                Value::from(account.revenue_cents),
                Value::Text(account.currency),
                Value::from(account.customer_since_on),
                Value::from(account.last_contact_on),
                Value::text(account.place_state.code()),
            ];
            // A doubtful place is for the reviewer, not for a file that others trust.
            (
                cells,
                account.place.filter(|_| account.place_state.is_confirmed()),
            )
        }
    }
}

fn digest_of(values: &[Value], place: Option<LngLat>) -> RowDigest {
    let short = |text: String| {
        <[u8; 16]>::try_from(&Sha256::digest(text.as_bytes())[..16]).unwrap_or_default()
    };
    let mut digest = RowDigest::default();
    digest[..16].copy_from_slice(&short(format!("{:?}", values.first())));
    digest[16..].copy_from_slice(&short(format!("{values:?} {place:?}")));
    digest
}

/// The question in canonical JSON: what a receipt is re-run by.
fn query_json(cube: &Cube, asked: &ExportAsked) -> Json {
    json!({
        "cube": cube.name,
        "filter": asked.selection.filter.as_ref().map(cql2::to_json),
        "geometry": asked.selection.geometry.as_ref().map(area_json),
        "order": asked.order.iter().map(|o| json!({"by": o.name, "descending": o.descending})).collect::<Json>(),
        "format": asked.format.extension(),
        "locale": asked.locale,
    })
}

fn parse_query(text: &str) -> Result<(&'static Cube, ExportAsked), AppError> {
    let broken = |what: &str| AppError::internal("a stored receipt", what.to_owned());
    let json: Json =
        serde_json::from_str(text).map_err(|e| AppError::internal("a stored receipt", e))?;
    let cube = json["cube"]
        .as_str()
        .and_then(catalogue::cube)
        .ok_or_else(|| broken("names no cube"))?;
    let present = |part: &str| Some(&json[part]).filter(|v| !v.is_null());
    let order = json["order"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|o| {
            Some(OrderBy {
                name: o["by"].as_str()?.to_owned(),
                descending: o["descending"].as_bool()?,
            })
        });
    Ok((
        cube,
        ExportAsked {
            selection: Selection {
                filter: present("filter")
                    .map(|f| cql2::parse_json(cube, f))
                    .transpose()?,
                geometry: present("geometry")
                    .map(crate::geojson::parse_area)
                    .transpose()?,
            },
            order: order.collect(),
            format: json["format"]
                .as_str()
                .and_then(Format::parse)
                .ok_or_else(|| broken("names no format"))?,
            locale: json["locale"].as_str().unwrap_or("en").to_owned(),
        },
    ))
}

/// The same in words.
fn query_text(cube: &Cube, asked: &ExportAsked) -> String {
    let filter = asked
        .selection
        .filter
        .as_ref()
        .map_or_else(|| "all".to_owned(), cql2::to_text);
    let area = asked
        .selection
        .geometry
        .as_ref()
        .map(|area| format!(" within an area of {} corners", area.vertex_count()))
        .unwrap_or_default();
    format!("{}: {filter}{area}", cube.name)
}

struct Produced {
    written: Written,
    digests: Vec<RowDigest>,
    data_version: String,
}

impl App {
    fn export_path(&self, id: Uuid, format: Format) -> PathBuf {
        self.home
            .join("exports")
            .join(format!("{id}.{}", format.extension()))
    }

    /// Writes the selection to `out`; rows come from the database in portions, in the engine's order.
    async fn produce(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        asked: &ExportAsked,
        created_by: &str,
        out: PathBuf,
    ) -> Result<Produced, AppError> {
        let dutch = match asked.locale.as_str() {
            "nl" => true,
            "en" => false,
            other => return Err(AppError::field("locale", Some(other), "take en or nl")),
        };
        let snapshot = self.engine.newest();
        let keys = {
            let data = Arc::clone(snapshot.cube(cube));
            let (scope, asked) = (scope.clone(), asked.clone());
            tokio::task::spawn_blocking(move || -> Result<Keys, AppError> {
                let Selection { filter, geometry } = &asked.selection;
                let selection = data.select(&scope, filter.as_ref(), geometry.as_ref())?;
                if selection.len() > MOST_ROWS {
                    return Err(AppError::invalid(format!(
                        "{} records are selected; a file may hold {MOST_ROWS}",
                        selection.len()
                    )));
                }
                Ok(selection.keys(&asked.order, 0, MOST_ROWS)?)
            })
            .await
            .map_err(|e| AppError::internal("selecting records", e))??
        };
        let meta = Meta {
            title: if dutch {
                cube.labels.nl
            } else {
                cube.labels.en
            }
            .to_owned(),
            query_text: query_text(cube, asked),
            data_version: snapshot.version.clone(),
            version_time: self.version_time().await?,
            created_by: created_by.to_owned(),
            locale: if dutch {
                Locale::Dutch
            } else {
                Locale::English
            },
        };
        let (rows, mut received) = mpsc::channel::<Row>(PORTION);
        let digests = Arc::new(Mutex::new(Vec::new()));
        let writing = {
            let (format, columns, digests) =
                (asked.format, columns(cube, dutch), Arc::clone(&digests));
            tokio::task::spawn_blocking(move || {
                let layer = Layer {
                    name: cube.name,
                    columns: &columns,
                    placed: true,
                };
                let rows = std::iter::from_fn(move || received.blocking_recv()).inspect(|row| {
                    let digest = digest_of(&row.values, row.place);
                    digests
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(digest);
                });
                geocrm_export::write(format, layer, rows, &meta, &out)
            })
        };
        for portion in portions(keys) {
            for record in self.records_by_keys(scope, cube, portion).await? {
                let (values, place) = cells(record);
                if rows.send(Row { values, place }).await.is_err() {
                    break;
                }
            }
        }
        drop(rows);
        let written = writing
            .await
            .map_err(|e| AppError::internal("writing a file", e))?
            .map_err(|e| AppError::internal("writing a file", e))?;
        let digests = std::mem::take(&mut *digests.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Produced {
            written,
            digests,
            data_version: snapshot.version.clone(),
        })
    }

    /// When the newest version came about: the only time that gets into a file.
    async fn version_time(&self) -> Result<DateTime<Utc>, AppError> {
        Ok(self.store.version_time().await?)
    }

    /// Writes to a file of the operator's own, without a receipt.
    pub async fn export_to(
        &self,
        cube: &'static Cube,
        asked: &ExportAsked,
        out: &std::path::Path,
    ) -> Result<Written, AppError> {
        let everything = VisibleScope::everything();
        Ok(self
            .produce(&everything, cube, asked, "command line", out.to_owned())
            .await?
            .written)
    }

    pub async fn export(
        &self,
        viewer: &SignedIn,
        cube: &'static Cube,
        asked: ExportAsked,
    ) -> Result<ExportReceipt, AppError> {
        let id = self.clock.new_id();
        let now = self.clock.now();
        let out = self.export_path(id, asked.format);
        let produced = self
            .produce(&viewer.scope, cube, &asked, &viewer.user.name, out)
            .await?;
        let receipt = geocrm_store::ExportReceipt {
            id,
            user: Some(viewer.user.id),
            cube: cube.name.to_owned(),
            format: asked.format.extension().to_owned(),
            file_name: format!(
                "geocrm-{}-{}.{}",
                cube.name,
                now.format("%Y%m%d-%H%M%S"),
                asked.format.extension()
            ),
            rows: produced.written.rows as i64,
            bytes: produced.written.bytes as i64,
            sha256: produced.written.sha256,
            data_version: produced.data_version.parse().unwrap_or_default(),
            query: query_json(cube, &asked).to_string(),
            row_digests: Some(produced.digests.concat()),
            created_at: now,
        };
        self.store.put_export(&receipt).await?;
        self.described(receipt, &viewer.user.name)
    }

    fn described(
        &self,
        receipt: geocrm_store::ExportReceipt,
        user_name: &str,
    ) -> Result<ExportReceipt, AppError> {
        let (cube, asked) = parse_query(&receipt.query)?;
        Ok(ExportReceipt {
            id: receipt.id,
            query_text: query_text(cube, &asked),
            cube: receipt.cube,
            format: asked.format,
            file_name: receipt.file_name,
            rows: receipt.rows.unsigned_abs(),
            bytes: receipt.bytes.unsigned_abs(),
            sha256: receipt.sha256,
            data_version: receipt.data_version.to_string(),
            created_at: receipt.created_at,
            user_name: user_name.to_owned(),
        })
    }

    /// Only one's own: another's receipt is as absent as one that never was.
    async fn own_receipt(
        &self,
        viewer: &SignedIn,
        id: Uuid,
    ) -> Result<geocrm_store::ExportReceipt, AppError> {
        let receipt = self.store.export(id).await?;
        receipt
            .filter(|r| r.user == Some(viewer.user.id))
            .ok_or_else(|| AppError::not_found("export", id))
    }

    pub async fn export_receipt(
        &self,
        viewer: &SignedIn,
        id: Uuid,
    ) -> Result<ExportReceipt, AppError> {
        self.described(self.own_receipt(viewer, id).await?, &viewer.user.name)
    }

    pub async fn export_file(
        &self,
        viewer: &SignedIn,
        id: Uuid,
    ) -> Result<(ExportReceipt, Vec<u8>), AppError> {
        let receipt = self.export_receipt(viewer, id).await?;
        let path = self.export_path(id, receipt.format);
        let bytes = tokio::fs::read(&path)
            .await
            .map_err(|_| AppError::not_found("export file", id))?;
        Ok((receipt, bytes))
    }

    /// Runs the query of a receipt again: the sha-256 when the bytes are the same, else what changed.
    pub async fn rerun_export(&self, viewer: &SignedIn, id: Uuid) -> Result<String, AppError> {
        let receipt = self.own_receipt(viewer, id).await?;
        let (cube, asked) = parse_query(&receipt.query)?;
        let again = self
            .home
            .join("exports")
            .join(format!("{}.rerun", self.clock.new_id()));
        let produced = self
            .produce(
                &viewer.scope,
                cube,
                &asked,
                &viewer.user.name,
                again.clone(),
            )
            .await;
        // It may not have come to be written.
        let _ = tokio::fs::remove_file(&again).await;
        let produced = produced?;
        if produced.written.sha256 == receipt.sha256 {
            return Ok(receipt.sha256);
        }
        let (added, gone, changed) = compare(
            receipt.row_digests.as_deref().unwrap_or_default(),
            &produced.digests,
        );
        Err(AppError::Changed {
            detail: format!(
                "the data is at version {} now, the receipt was written at {}: {added} rows added, {gone} gone, {changed} changed",
                produced.data_version, receipt.data_version
            ),
            added,
            gone,
            changed,
        })
    }
}

/// Rows added, gone and changed between two files.
fn compare(before: &[u8], after: &[RowDigest]) -> (u64, u64, u64) {
    let (rows, _) = before.as_chunks::<32>();
    let mut old: HashMap<&[u8], &[u8]> = rows.iter().map(|row| row.split_at(16)).collect();
    let (mut added, mut changed) = (0, 0);
    for row in after {
        let (key, content) = row.split_at(16);
        match old.remove(key) {
            None => added += 1,
            Some(same) if same == content => {}
            Some(_) => changed += 1,
        }
    }
    (added, old.len() as u64, changed)
}

fn portions(keys: Keys) -> Vec<Keys> {
    match keys {
        Keys::Int(keys) => keys
            .chunks(PORTION)
            .map(|part| Keys::Int(part.to_vec()))
            .collect(),
        Keys::Uuid(keys) => keys
            .chunks(PORTION)
            .map(|part| Keys::Uuid(part.to_vec()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_counted_by_key() {
        let row = |key: i64, name: &str| digest_of(&[Value::Int(key), Value::text(name)], None);
        let before = [row(1, "a"), row(2, "b"), row(3, "c")].concat();
        assert_eq!(
            compare(
                &before,
                &[row(1, "a"), row(2, "x"), row(4, "d"), row(5, "e")]
            ),
            (2, 1, 1)
        );
        assert_eq!(
            compare(&before, &[row(3, "c"), row(2, "b"), row(1, "a")]),
            (0, 0, 0)
        );
    }
}
