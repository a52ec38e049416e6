//! How does a selection become a file? The engine orders the keys, the database gives their records in portions,
//! and a thread writes them as they come, so that a file larger than memory can be written.

use super::ExportAsked;
use super::columns::{cells, columns};
use super::receipt::{RowDigest, digest_of, query_text};
use crate::App;
use crate::error::AppError;
use crate::selection::Selection;
use chrono::{DateTime, Utc};
use geocrm_domain::VisibleScope;
use geocrm_domain::batch::Keys;
use geocrm_domain::catalogue::Cube;
use geocrm_export::{Layer, Locale, Meta, Row, Written};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Records read from the database at a time.
const PORTION: usize = 1_000;
/// Most records of one file.
const MOST_ROWS: usize = 5_000_000;

/// What a file says of the data it holds. Asked again with the stamp of before, the same rows are the same bytes,
/// whatever changed elsewhere in the meantime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) data_version: String,
    /// When that version came about.
    pub(super) version_time: DateTime<Utc>,
}

pub(super) struct Produced {
    pub(super) written: Written,
    pub(super) digests: Vec<RowDigest>,
    /// Of the data the rows were read from.
    pub(super) data_version: String,
    /// As it stands in the file.
    pub(super) stamp: Stamp,
}

impl App {
    /// Writes the selection to `out`; rows come from the database in portions, in the engine's order.
    pub(super) async fn produce(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        asked: &ExportAsked,
        created_by: &str,
        stamp: Option<Stamp>,
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
        let stamp = match stamp {
            Some(stamp) => stamp,
            None => Stamp {
                data_version: snapshot.version.clone(),
                version_time: self.version_time().await?,
            },
        };
        let meta = Meta {
            title: if dutch {
                cube.labels.nl
            } else {
                cube.labels.en
            }
            .to_owned(),
            query_text: query_text(cube, asked),
            data_version: stamp.data_version.clone(),
            version_time: stamp.version_time,
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
            stamp,
        })
    }

    /// When the newest version came about: the only time that gets into a file.
    async fn version_time(&self) -> Result<DateTime<Utc>, AppError> {
        Ok(self.store.version_time().await?)
    }
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
