//! What the engine keeps of an account beside its sums: name, place and state of every one of them, read in
//! the same view as the cubes, so that a map point says what its data version says.

use crate::row;
use crate::{Doing, ReadView, Result};
use futures::{Stream, StreamExt};
use geocrm_domain::{AccountCard, AccountId, AccountKind, AccountStatus, PlaceState};
use sqlx::Row;
use sqlx::postgres::PgRow;

const DOING: &str = "reading what the map shows of accounts";

fn card(row: &PgRow) -> Result<AccountCard, sqlx::Error> {
    Ok(AccountCard {
        id: AccountId(row.try_get("id")?),
        name: row.try_get("name")?,
        kind: row::code(row, "kind", AccountKind::parse)?,
        status: row::code(row, "status", AccountStatus::parse)?,
        place: row::place_opt(row)?,
        place_state: row::code(row, "place_state", PlaceState::parse)?,
        revenue_cents: row.try_get("revenue_cents")?,
        updated_at: row.try_get("updated_at")?,
    })
}

impl ReadView {
    /// Of every account that is not deleted, in no order.
    pub fn stream_account_cards(&mut self) -> impl Stream<Item = Result<AccountCard>> + Send + '_ {
        sqlx::query(
            "SELECT id, name, kind, status, lng_e7, lat_e7, place_state, revenue_cents, updated_at
             FROM accounts WHERE deleted_at IS NULL",
        )
        .fetch(&mut *self.tx)
        .map(|row| row.and_then(|row| card(&row)).doing(DOING))
    }

    /// Of these accounts; one that is missing was deleted.
    pub async fn account_cards(&mut self, ids: &[AccountId]) -> Result<Vec<AccountCard>> {
        let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
        sqlx::query(
            "SELECT id, name, kind, status, lng_e7, lat_e7, place_state, revenue_cents, updated_at
             FROM accounts WHERE deleted_at IS NULL AND id = ANY($1)",
        )
        .bind(ids)
        .try_map(|row| card(&row))
        .fetch_all(&mut *self.tx)
        .await
        .doing(DOING)
    }
}
