//! Giving records their regions anew, for when regions are loaded after the records. The caller decides where a
//! place lies; the store walks over the records and writes only what differs.

use crate::row;
use crate::{Doing, Result, Store};
use geocrm_domain::LngLat;
use geocrm_domain::record::Leaves;
use geocrm_domain::region::RegionId;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

/// Tables whose rows lie in regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafTable {
    Addresses,
    Buildings,
    Roads,
    Accounts,
}

impl LeafTable {
    pub const ALL: [Self; 4] = [
        Self::Addresses,
        Self::Buildings,
        Self::Roads,
        Self::Accounts,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Addresses => "addresses",
            Self::Buildings => "buildings",
            Self::Roads => "roads",
            Self::Accounts => "accounts",
        }
    }
}

const BATCH: i64 = 50_000;

impl Store {
    /// Asks `assign` for the leaves of every placed row and stores the differences in one transaction; returns how
    /// many rows changed.
    pub async fn reassign_leaves(
        &self,
        table: LeafTable,
        mut assign: impl FnMut(LngLat) -> Leaves + Send,
    ) -> Result<u64> {
        let doing = "assigning regions to records";
        let mut tx = self.pool.begin().await.doing(doing)?;
        let changed = match table {
            LeafTable::Accounts => reassign_accounts(&mut tx, &mut assign).await,
            _ => reassign_numbered(&mut tx, table, &mut assign).await,
        }
        .doing(doing)?;
        if changed > 0 {
            sqlx::query("INSERT INTO outbox (kind, id) VALUES ('leaves', $1)")
                .bind(table.name())
                .execute(&mut *tx)
                .await
                .doing(doing)?;
        }
        tx.commit().await.doing(doing)?;
        Ok(changed)
    }
}

#[derive(Default)]
struct Moved<K> {
    keys: Vec<K>,
    leaves: [Vec<Option<i32>>; 3],
}

impl<K> Moved<K> {
    fn push(&mut self, key: K, leaves: Leaves) {
        let id = |leaf: Option<RegionId>| leaf.map(|r| r.0);
        self.keys.push(key);
        self.leaves[0].push(id(leaves.admin));
        self.leaves[1].push(id(leaves.admin_2016));
        self.leaves[2].push(id(leaves.admin_2015));
    }
}

async fn reassign_numbered(
    conn: &mut PgConnection,
    table: LeafTable,
    assign: &mut (impl FnMut(LngLat) -> Leaves + Send),
) -> Result<u64, sqlx::Error> {
    let (select, update) = match table {
        LeafTable::Addresses => (
            "SELECT id, lng_e7, lat_e7, region_id, region_2016_id, region_2015_id FROM addresses
             WHERE id > $1 ORDER BY id LIMIT $2",
            "UPDATE addresses t SET region_id = n.a, region_2016_id = n.b, region_2015_id = n.c
             FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[]) n (id, a, b, c) WHERE t.id = n.id",
        ),
        LeafTable::Buildings => (
            "SELECT id, lng_e7, lat_e7, region_id, region_2016_id, region_2015_id FROM buildings
             WHERE id > $1 ORDER BY id LIMIT $2",
            "UPDATE buildings t SET region_id = n.a, region_2016_id = n.b, region_2015_id = n.c
             FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[]) n (id, a, b, c) WHERE t.id = n.id",
        ),
        LeafTable::Roads | LeafTable::Accounts => (
            "SELECT id, lng_e7, lat_e7, region_id, region_2016_id, region_2015_id FROM roads
             WHERE id > $1 ORDER BY id LIMIT $2",
            "UPDATE roads t SET region_id = n.a, region_2016_id = n.b, region_2015_id = n.c
             FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[]) n (id, a, b, c) WHERE t.id = n.id",
        ),
    };
    let (mut last, mut changed) = (i64::MIN, 0);
    loop {
        let rows: Vec<PgRow> = sqlx::query(select)
            .bind(last)
            .bind(BATCH)
            .fetch_all(&mut *conn)
            .await?;
        let mut moved = Moved::default();
        for row in &rows {
            last = row.try_get("id")?;
            let leaves = assign(row::place(row)?);
            if leaves != row::leaves(row)? {
                moved.push(last, leaves);
            }
        }
        changed += moved.keys.len() as u64;
        let [a, b, c] = &moved.leaves;
        if !moved.keys.is_empty() {
            sqlx::query(update)
                .bind(&moved.keys)
                .bind(a)
                .bind(b)
                .bind(c)
                .execute(&mut *conn)
                .await?;
        }
        if (rows.len() as i64) < BATCH {
            return Ok(changed);
        }
    }
}

async fn reassign_accounts(
    conn: &mut PgConnection,
    assign: &mut (impl FnMut(LngLat) -> Leaves + Send),
) -> Result<u64, sqlx::Error> {
    let (mut last, mut changed) = (Uuid::nil(), 0);
    loop {
        let rows: Vec<PgRow> = sqlx::query(
            "SELECT id, lng_e7, lat_e7, region_id, region_2016_id, region_2015_id FROM accounts
             WHERE id > $1 ORDER BY id LIMIT $2 FOR UPDATE",
        )
        .bind(last)
        .bind(BATCH)
        .fetch_all(&mut *conn)
        .await?;
        let mut moved = Moved::default();
        for row in &rows {
            last = row.try_get("id")?;
            let leaves = row::place_opt(row)?.map(&mut *assign).unwrap_or_default();
            if leaves != row::leaves(row)? {
                moved.push(last, leaves);
            }
        }
        changed += moved.keys.len() as u64;
        let [a, b, c] = &moved.leaves;
        if !moved.keys.is_empty() {
            sqlx::query(
                "UPDATE accounts t SET region_id = n.a, region_2016_id = n.b, region_2015_id = n.c
                 FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[]) n (id, a, b, c) WHERE t.id = n.id",
            )
            .bind(&moved.keys)
            .bind(a)
            .bind(b)
            .bind(c)
            .execute(&mut *conn)
            .await?;
        }
        if (rows.len() as i64) < BATCH {
            return Ok(changed);
        }
    }
}
