//! Replacing a dataset by its next version: everything in one transaction, so that a failed load leaves the
//! previous version in place and nobody ever sees half of one. Rows may come in any number of portions.

mod figures;
mod shapes;

use crate::store::Store;
use crate::{Doing, Result, StoreError, region_merge};
use chrono::{DateTime, Utc};
use figures::{
    write_flows, write_indicator_defs, write_indicators, write_postcodes, write_territories,
};
use geocrm_domain::dataset::Dataset;
use geocrm_domain::record::Bundle;
use shapes::{
    write_addresses, write_areas, write_buildings, write_places, write_regions, write_roads,
};
use sqlx::{PgConnection, Postgres, Transaction};

/// What is said about a dataset beside its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetMeta {
    /// Name of its recipe.
    pub code: String,
    pub title: String,
    pub source: String,
    pub licence: String,
    pub attribution: String,
    pub vintage: String,
    pub loaded_at: DateTime<Utc>,
}

/// Rows from which the planner's statistics are renewed after a load.
const ANALYZE_FROM_ROWS: i64 = 1_000;

/// A load in progress; dropping it without [`DatasetWriter::finish`] undoes everything.
pub struct DatasetWriter {
    store: Store,
    tx: Transaction<'static, Postgres>,
    meta: DatasetMeta,
    dataset_id: i32,
    version: i64,
    previous_kinds: Vec<String>,
    counts: Vec<(String, i64)>,
    rejected: i64,
}

impl DatasetWriter {
    /// Takes the previous version's rows away (inside the transaction) and waits for another load of the same dataset.
    pub async fn begin(store: &Store, meta: DatasetMeta) -> Result<Self> {
        let doing = "beginning a load";
        let mut tx = store.pool.begin().await.doing(doing)?;
        let (dataset_id, version, previous_kinds): (i32, i64, Vec<String>) = sqlx::query_as(
            "INSERT INTO datasets (code, version, title, source, licence, attribution, vintage,
                                   row_kinds, row_counts, rejected, loaded_at)
             VALUES ($1, 1, $2, $3, $4, $5, $6, '{}', '{}', 0, $7)
             ON CONFLICT (code) DO UPDATE SET version = datasets.version + 1, title = $2, source = $3,
                 licence = $4, attribution = $5, vintage = $6, loaded_at = $7
             RETURNING id, version, row_kinds",
        )
        .bind(&meta.code)
        .bind(&meta.title)
        .bind(&meta.source)
        .bind(&meta.licence)
        .bind(&meta.attribution)
        .bind(&meta.vintage)
        .bind(meta.loaded_at)
        .fetch_one(&mut *tx)
        .await
        .doing(doing)?;
        remove_previous(&mut tx, dataset_id)
            .await
            .doing("removing the previous version")?;
        Ok(Self {
            store: store.clone(),
            tx,
            meta,
            dataset_id,
            version,
            previous_kinds,
            counts: Vec::new(),
            rejected: 0,
        })
    }

    /// Adds a portion. Accounts in it are not written: they are imported, one by one, by the application.
    pub async fn write(&mut self, bundle: &Bundle) -> Result<()> {
        let (conn, id) = (&mut *self.tx, self.dataset_id);
        write_buildings(conn, id, &bundle.buildings).await?;
        write_addresses(conn, id, &bundle.addresses).await?;
        write_roads(conn, id, &bundle.roads).await?;
        write_areas(conn, id, &bundle.areas).await?;
        write_places(conn, id, &bundle.places).await?;
        write_regions(conn, &bundle.regions).await?;
        write_indicator_defs(conn, id, &bundle.indicator_defs).await?;
        write_indicators(conn, id, &bundle.indicators).await?;
        write_postcodes(conn, id, &bundle.postcodes).await?;
        write_flows(conn, id, &bundle.flows).await?;
        write_territories(conn, id, &bundle.territories).await?;
        for (kind, count) in bundle.row_counts() {
            if kind == "accounts" {
                continue;
            }
            match self.counts.iter_mut().find(|(k, _)| *k == kind) {
                Some((_, total)) => *total += count,
                None => self.counts.push((kind, count)),
            }
        }
        Ok(())
    }

    /// Number of accounts in the files, which are imported after this version is published.
    pub fn accounts(&mut self, rows: i64) {
        self.counts.push(("accounts".to_owned(), rows));
    }

    /// Number of rows of the files that were not taken.
    pub fn rejected(&mut self, rows: i64) {
        self.rejected += rows;
    }

    /// Publishes the version.
    pub async fn finish(mut self) -> Result<Dataset> {
        region_merge::merge(&mut self.tx, self.dataset_id).await?;
        check_indicators(&mut self.tx, self.dataset_id).await?;
        relink_accounts(&mut self.tx)
            .await
            .doing("linking accounts to their addresses")?;
        let kinds: Vec<&str> = self.counts.iter().map(|(kind, _)| kind.as_str()).collect();
        let counts: Vec<i64> = self.counts.iter().map(|(_, count)| *count).collect();
        let previous = self.previous_kinds.iter().map(String::as_str);
        let cubes = touched_cubes(kinds.iter().copied().chain(previous));
        let doing = "publishing a dataset version";
        sqlx::query(
            "UPDATE datasets SET row_kinds = $2, row_counts = $3, rejected = $4 WHERE id = $1",
        )
        .bind(self.dataset_id)
        .bind(&kinds)
        .bind(&counts)
        .bind(self.rejected)
        .execute(&mut *self.tx)
        .await
        .doing(doing)?;
        let version_id: i64 = sqlx::query_scalar(
            "INSERT INTO dataset_versions (dataset_id, version, vintage, row_kinds, row_counts, rejected, loaded_at, cubes)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        )
        .bind(self.dataset_id)
        .bind(self.version)
        .bind(&self.meta.vintage)
        .bind(&kinds)
        .bind(&counts)
        .bind(self.rejected)
        .bind(self.meta.loaded_at)
        .bind(&cubes)
        .fetch_one(&mut *self.tx)
        .await
        .doing(doing)?;
        sqlx::query("INSERT INTO outbox (kind, id) VALUES ('dataset', $1)")
            .bind(version_id.to_string())
            .execute(&mut *self.tx)
            .await
            .doing(doing)?;
        self.tx.commit().await.doing(doing)?;
        if counts.iter().sum::<i64>() >= ANALYZE_FROM_ROWS {
            self.store.analyze().await?;
        }
        Ok(Dataset {
            code: self.meta.code,
            title: self.meta.title,
            source: self.meta.source,
            licence: self.meta.licence,
            attribution: self.meta.attribution,
            vintage: self.meta.vintage,
            row_counts: self.counts,
            rejected: self.rejected,
            loaded_at: self.meta.loaded_at,
        })
    }
}

impl Store {
    /// Replaces a dataset in one go; `rejected` rows of its files were not taken.
    pub async fn replace_dataset(
        &self,
        meta: DatasetMeta,
        bundle: &Bundle,
        rejected: i64,
    ) -> Result<Dataset> {
        let mut writer = DatasetWriter::begin(self, meta).await?;
        writer.write(bundle).await?;
        writer.rejected(rejected);
        writer.finish().await
    }
}

/// Cubes whose rows depend on rows of these kinds. Regions rename the members of every cube.
fn touched_cubes<'a>(kinds: impl Iterator<Item = &'a str>) -> Vec<&'static str> {
    let mut cubes: Vec<&'static str> = kinds
        .flat_map(|kind| match kind {
            "addresses" => &["addresses"][..],
            "roads" => &["roads"][..],
            "indicators" => &["regions"][..],
            "flows" => &["flows"][..],
            "regions" => &["accounts", "addresses", "roads", "regions", "flows"][..],
            _ => &[][..],
        })
        .copied()
        .collect();
    cubes.sort_unstable();
    cubes.dedup();
    cubes
}

async fn remove_previous(conn: &mut PgConnection, dataset_id: i32) -> Result<(), sqlx::Error> {
    // Accounts hold the address they were matched to; they find it again under its source key.
    sqlx::query(
        "CREATE TEMPORARY TABLE account_links (account_id uuid, address_id bigint, dataset_id int, source_key text)
         ON COMMIT DROP",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO account_links SELECT c.id, a.id, a.dataset_id, a.source_key
         FROM accounts c JOIN addresses a ON a.id = c.address_id WHERE a.dataset_id = $1",
    )
    .bind(dataset_id)
    .execute(&mut *conn)
    .await?;
    for statement in [
        "DELETE FROM addresses WHERE dataset_id = $1",
        "DELETE FROM buildings WHERE dataset_id = $1",
        "DELETE FROM roads WHERE dataset_id = $1",
        "DELETE FROM areas WHERE dataset_id = $1",
        "DELETE FROM place_labels WHERE dataset_id = $1",
        "DELETE FROM indicators WHERE dataset_id = $1",
        "DELETE FROM indicator_defs WHERE dataset_id = $1",
        "DELETE FROM postcodes WHERE dataset_id = $1",
        "DELETE FROM flows WHERE dataset_id = $1",
        "DELETE FROM territories WHERE dataset_id = $1",
    ] {
        sqlx::query(statement)
            .bind(dataset_id)
            .execute(&mut *conn)
            .await?;
    }
    region_merge::prepare(conn).await
}

async fn relink_accounts(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE accounts c SET address_id = a.id
         FROM account_links l
         LEFT JOIN addresses a ON a.dataset_id = l.dataset_id AND a.source_key = l.source_key
         WHERE c.id = l.account_id AND c.address_id = l.address_id",
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn check_indicators(conn: &mut PgConnection, dataset_id: i32) -> Result<()> {
    let doing = "checking the indicators";
    let undefined: Option<String> = sqlx::query_scalar(
        "SELECT i.indicator FROM (SELECT DISTINCT indicator FROM indicators WHERE dataset_id = $1) i
         WHERE NOT EXISTS (SELECT FROM indicator_defs d WHERE d.indicator = i.indicator) ORDER BY 1 LIMIT 1",
    )
    .bind(dataset_id)
    .fetch_optional(&mut *conn)
    .await
    .doing(doing)?;
    if let Some(indicator) = undefined {
        return Err(StoreError::UndefinedIndicator { indicator });
    }
    let differing: Option<(String, String, String, String)> = sqlx::query_as(
        "SELECT d.indicator, d.unit, o.unit, s.code
         FROM indicator_defs d
         JOIN indicator_defs o ON o.indicator = d.indicator AND o.dataset_id <> d.dataset_id AND o.unit <> d.unit
         JOIN datasets s ON s.id = o.dataset_id
         WHERE d.dataset_id = $1 ORDER BY 1, 4 LIMIT 1",
    )
    .bind(dataset_id)
    .fetch_optional(conn)
    .await
    .doing(doing)?;
    match differing {
        None => Ok(()),
        Some((indicator, unit, other_unit, dataset)) => Err(StoreError::IndicatorUnits {
            indicator,
            unit,
            other_unit,
            dataset,
        }),
    }
}
