//! The accounts of a tile: each by itself where few are or the map is close, sums of cells where they crowd.

use super::TileAsked;
use crate::App;
use crate::error::AppError;
use geocrm_domain::catalogue::ACCOUNTS;
use geocrm_domain::{Account, AccountId, Number, TileId, VisibleScope, limits};
use geocrm_olap::Key;
use geocrm_tiles::{AccountCluster, AccountPoint, encode_accounts};

/// From this zoom on every account is drawn by itself.
const SINGLE_FROM_ZOOM: u8 = 13;
/// Cluster cells along one side of a tile.
const CLUSTER_SIDE: u32 = 8;

impl App {
    pub(super) async fn account_tile(
        &self,
        scope: &VisibleScope,
        tile: TileId,
        asked: &TileAsked,
    ) -> Result<Vec<u8>, AppError> {
        let selection = self.tile_selection(&ACCOUNTS, asked).await?;
        let snapshot = self.engine.newest();
        let data = snapshot.cube(&ACCOUNTS);
        let (filter, geometry) = (selection.filter.as_ref(), selection.geometry.as_ref());
        let single = if tile.z >= SINGLE_FROM_ZOOM {
            let keys = data.tile_keys(scope, filter, geometry, tile)?;
            (keys.len() <= limits::TILE_POINTS).then_some(keys)
        } else {
            None
        };
        let (keys, clusters) = if let Some(keys) = single {
            (keys, Vec::new())
        } else {
            let measures = ["customers".to_owned(), "revenue_cents".to_owned()];
            let cells =
                data.tile_clusters(scope, filter, geometry, tile, CLUSTER_SIDE, &measures)?;
            let keys = cells.iter().filter_map(|cell| cell.only).collect();
            let int = |number: Option<Number>| match number {
                Some(Number::Int(int)) => int,
                _ => 0,
            };
            let clusters = cells
                .iter()
                .filter(|cell| cell.only.is_none())
                .map(|cell| AccountCluster {
                    place: cell.at(),
                    count: cell.count,
                    customers: int(cell.values[0]).unsigned_abs(),
                    revenue_cents: int(cell.values[1]),
                })
                .collect();
            (keys, clusters)
        };
        let ids: Vec<AccountId> = keys
            .into_iter()
            .filter_map(|key| match key {
                Key::Uuid(id) => Some(AccountId(id)),
                Key::Int(_) => None,
            })
            .collect();
        let accounts: Vec<(String, Account)> = self
            .store
            .accounts_by_ids(scope, &ids)
            .await?
            .into_iter()
            .map(|record| (record.account.id.to_string(), record.account))
            .collect();
        let points = accounts.iter().filter_map(|(id, account)| {
            Some(AccountPoint {
                id,
                name: &account.name,
                status: account.status.code(),
                place_state: account.place_state.code(),
                kind: account.kind.code(),
                revenue_cents: account.revenue_cents,
                place: account.place?,
            })
        });
        encode_accounts(tile, points, &clusters)
            .map_err(|e| AppError::internal("encoding a tile", e))
    }
}
