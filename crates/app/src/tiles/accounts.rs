//! The accounts of a tile: each by itself where few are or the map is close, sums of cells where they
//! crowd; beside them, outside of every sum, the doubtful ones at the place that was suggested for them.

use super::TileAsked;
use super::values::{ValueKey, Values};
use crate::App;
use crate::cards::Cards;
use crate::engine::Snapshot;
use crate::error::AppError;
use crate::selection::Selection;
use geocrm_domain::catalogue::ACCOUNTS;
use geocrm_domain::{
    AccountId, Compare, Filter, Number, PlaceState, Quadkey, TileId, Value, VisibleScope, limits,
};
use geocrm_olap::{Key, LiveCube};
use geocrm_tiles::{AccountCluster, AccountPoint, encode_accounts};
use std::sync::Arc;
use uuid::fmt::Hyphenated;

/// From this zoom on every account is drawn by itself.
const SINGLE_FROM_ZOOM: u8 = 13;
/// Cluster cells along one side of a tile.
const CLUSTER_SIDE: u32 = 8;
/// Below the zoom of single accounts one doubtful account is drawn in each cell of a tile that is cut in
/// two so many times: 16 pixels, as wide as its mark.
const DOUBTFUL_CUTS: u8 = 5;

impl App {
    pub(super) async fn account_tile(
        &self,
        snapshot: &Arc<Snapshot>,
        scope: &VisibleScope,
        tile: TileId,
        asked: &TileAsked,
    ) -> Result<Vec<u8>, AppError> {
        let selection = self.tile_selection(&ACCOUNTS, asked).await?;
        let data = snapshot.cube(&ACCOUNTS);
        let (mut ids, clusters) = confirmed(data, scope, &selection, tile)?;
        ids.extend(
            self.doubtful_of_tile(snapshot, scope, tile, selection)
                .await?,
        );
        let cards = snapshot.cards.get_many(&ids);
        // As texts in one piece of memory and not in one each.
        let mut texts = vec![[0; Hyphenated::LENGTH]; cards.len()];
        let points = cards
            .iter()
            .zip(&mut texts)
            .filter_map(|((id, card), text)| {
                Some(AccountPoint {
                    id: id.0.hyphenated().encode_lower(text),
                    name: card.name,
                    status: card.status.code(),
                    place_state: card.place_state.code(),
                    kind: card.kind.code(),
                    revenue_cents: card.revenue_cents,
                    place: card.place?,
                })
            });
        encode_accounts(tile, points, &clusters)
            .map_err(|e| AppError::internal("encoding a tile", e))
    }

    /// Most tiles have none, whatever is asked of them, so who passes the selection is only looked up for the others.
    async fn doubtful_of_tile(
        &self,
        snapshot: &Arc<Snapshot>,
        scope: &VisibleScope,
        tile: TileId,
        selection: Selection,
    ) -> Result<Vec<AccountId>, AppError> {
        let mut found = Vec::new();
        for selection in [Selection::default(), selection] {
            let doubtful = self.doubtful(snapshot, scope, selection).await?;
            if let Values::Doubtful(doubtful) = doubtful.as_ref() {
                found = suggested_in(doubtful, tile).collect();
            }
            if found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// The doubtful accounts that pass the selection; inside a drawn area there is none, since their place
    /// is not confirmed.
    async fn doubtful(
        &self,
        snapshot: &Arc<Snapshot>,
        scope: &VisibleScope,
        selection: Selection,
    ) -> Result<Arc<Values>, AppError> {
        let key = ValueKey {
            scope: scope.clone(),
            cube: ACCOUNTS.name,
            dimension: "doubtful".to_owned(),
            measure: "id".to_owned(),
            selection,
            version: snapshot.version.clone(),
        };
        let (data, cards) = (Arc::clone(snapshot.cube(&ACCOUNTS)), snapshot.cards.clone());
        self.kept(key, move |key| doubtful_of(&data, &cards, key))
            .await
    }
}

/// The accounts of the tile that are drawn one by one, and the clusters of the others.
fn confirmed(
    data: &LiveCube,
    scope: &VisibleScope,
    selection: &Selection,
    tile: TileId,
) -> Result<(Vec<AccountId>, Vec<AccountCluster>), AppError> {
    let (filter, geometry) = (selection.filter.as_ref(), selection.geometry.as_ref());
    if tile.z >= SINGLE_FROM_ZOOM {
        let keys = data.tile_keys(scope, filter, geometry, tile)?;
        if keys.len() <= limits::TILE_POINTS {
            let ids = keys.into_iter().filter_map(account);
            return Ok((ids.collect(), Vec::new()));
        }
    }
    let measures = ["customers".to_owned(), "revenue_cents".to_owned()];
    let cells = data.tile_clusters(scope, filter, geometry, tile, CLUSTER_SIDE, &measures)?;
    let alone = cells
        .iter()
        .filter_map(|cell| cell.only)
        .filter_map(account);
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
        });
    Ok((alone.collect(), clusters.collect()))
}

fn account(key: Key) -> Option<AccountId> {
    match key {
        Key::Uuid(id) => Some(AccountId(id)),
        Key::Int(_) => None,
    }
}

fn doubtful_of(data: &LiveCube, cards: &Cards, key: &ValueKey) -> Result<Values, AppError> {
    if key.selection.geometry.is_some() {
        return Ok(Values::Doubtful(Vec::new()));
    }
    let doubtful = Filter::Compare {
        property: "place_state".to_owned(),
        op: Compare::Equal,
        value: Value::text(PlaceState::Doubtful.code()),
    };
    let filter = Filter::and(key.selection.filter.clone(), Some(doubtful));
    let found = data.select(&key.scope, filter.as_ref(), None)?;
    let ids = found.all_keys().into_iter().filter_map(account);
    let mut places: Vec<(Quadkey, AccountId)> = ids
        .filter_map(|id| Some((cards.get(id)?.place?.quadkey(), id)))
        .collect();
    places.sort_unstable();
    Ok(Values::Doubtful(places))
}

/// Those whose suggested place lies in the tile; from afar one of each cell.
fn suggested_in(
    doubtful: &[(Quadkey, AccountId)],
    tile: TileId,
) -> impl Iterator<Item = AccountId> {
    let (first, last) = tile.quadkey_range();
    let start = doubtful.partition_point(|(at, _)| *at < first);
    let end = doubtful.partition_point(|(at, _)| *at <= last);
    let cuts = (tile.z + DOUBTFUL_CUTS).min(32);
    let shift = 2 * (32 - u32::from(cuts));
    let mut cell = None;
    doubtful[start..end]
        .iter()
        .filter(move |(at, _)| {
            let next = at.0.checked_shr(shift);
            tile.z >= SINGLE_FROM_ZOOM || cell.replace(next) != Some(next)
        })
        .map(|(_, id)| *id)
        .take(limits::TILE_POINTS)
}
