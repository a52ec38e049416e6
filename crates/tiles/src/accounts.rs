//! Accounts on the map: single points, or clusters with their sums where too many would lie on top of
//! each other. A cluster is a cell of the quadkey grid three zooms finer than the tile (64 pixels), so
//! clusters never depend on the order of the records and no record is in two tiles.

use crate::catalogue::layer;
use crate::error::TileError;
use crate::grid::{Grid, World};
use crate::mvt::{GeometryType, LayerBuffer, Pen, Property};
use geocrm_domain::{LngLat, TileId, limits};
use std::collections::BTreeMap;

/// A zoom's cluster cells are the tiles of so many zooms further in.
const CELL_ZOOMS: u8 = 3;
/// From this zoom on accounts are drawn one by one.
const SINGLE_FROM_ZOOM: u8 = 13;

/// An account as the map draws it.
#[derive(Debug, Clone, Copy)]
pub struct AccountPoint<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub status: &'a str,
    pub place_state: &'a str,
    pub kind: &'a str,
    pub revenue_cents: Option<i64>,
    pub place: LngLat,
}

/// Accounts drawn as one circle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AccountCluster {
    /// Mean position of its accounts.
    pub place: LngLat,
    pub count: u64,
    pub customers: u64,
    pub revenue_cents: i64,
}

/// What clustering asks of an account.
#[derive(Debug, Clone, Copy)]
pub struct ClusterInput {
    pub place: LngLat,
    pub is_customer: bool,
    pub revenue_cents: Option<i64>,
}

/// Which accounts of a tile are drawn singly (their places in the input) and which as clusters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClusterPlan {
    pub singles: Vec<usize>,
    pub clusters: Vec<AccountCluster>,
}

#[derive(Default)]
struct Cell {
    first: usize,
    count: u64,
    customers: u64,
    revenue_cents: i64,
    x: u64,
    y: u64,
}

/// Clusters the accounts that lie in the tile (others are passed over). From zoom 13 on, and wherever a
/// cell holds one account only, they stay single; a tile of more than `TILE_POINTS` is clustered at any
/// zoom.
pub fn cluster_accounts(
    tile: TileId,
    accounts: impl IntoIterator<Item = ClusterInput>,
) -> ClusterPlan {
    let (first, last) = tile.quadkey_range();
    let inside: Vec<(usize, ClusterInput, u64)> = accounts
        .into_iter()
        .enumerate()
        .map(|(at, account)| (at, account, account.place.quadkey()))
        .filter(|(_, _, key)| (first..=last).contains(key))
        .map(|(at, account, key)| (at, account, key.0))
        .collect();
    if tile.z >= SINGLE_FROM_ZOOM && inside.len() <= limits::TILE_POINTS {
        return ClusterPlan {
            singles: inside.into_iter().map(|(at, ..)| at).collect(),
            clusters: Vec::new(),
        };
    }
    let shift = 2 * (32 - u32::from((tile.z + CELL_ZOOMS).min(32)));
    let mut cells: BTreeMap<u64, Cell> = BTreeMap::new();
    for (at, account, key) in inside {
        let cell = cells.entry(key >> shift).or_insert_with(|| Cell {
            first: at,
            ..Cell::default()
        });
        let world = World::of(account.place);
        cell.count += 1;
        cell.customers += u64::from(account.is_customer);
        cell.revenue_cents = cell
            .revenue_cents
            .saturating_add(account.revenue_cents.unwrap_or(0));
        cell.x += u64::from(world.x);
        cell.y += u64::from(world.y);
    }
    let mut plan = ClusterPlan::default();
    for cell in cells.into_values() {
        if cell.count == 1 {
            plan.singles.push(cell.first);
            continue;
        }
        let unit = |sum: u64| (sum as f64 / cell.count as f64) / 4_294_967_296.0;
        plan.clusters.push(AccountCluster {
            place: geocrm_domain::spatial::mercator_to_lng_lat(unit(cell.x), unit(cell.y)),
            count: cell.count,
            customers: cell.customers,
            revenue_cents: cell.revenue_cents,
        });
    }
    plan.singles.sort_unstable();
    plan
}

/// The tile of the layer `accounts`; what lies outside the tile is left out.
pub fn encode_accounts<'a>(
    tile: TileId,
    points: impl IntoIterator<Item = AccountPoint<'a>>,
    clusters: &[AccountCluster],
) -> Result<Vec<u8>, TileError> {
    let def = &layer("accounts")?.mvt[0];
    let mut buffer = LayerBuffer::new(&def.name, def.properties.iter().map(|p| p.name.as_str()))
        .with_unique_first();
    let grid = Grid::of(tile);
    let mut add = |at: LngLat, properties: [Property<'_>; 10]| {
        let step = grid.floor(World::of(at));
        if step
            .iter()
            .all(|v| (0..i64::from(crate::EXTENT)).contains(v))
        {
            let to = [step[0] as i32, step[1] as i32];
            buffer.add(
                GeometryType::Point,
                |out| Pen::new(out).point(to),
                properties,
            );
        }
    };
    let count = |n: u64| Property::Int(n as i64);
    for cluster in clusters {
        let share = cluster.customers as f64 / cluster.count.max(1) as f64;
        add(
            cluster.place,
            [
                Property::Null,
                Property::Bool(true),
                count(cluster.count),
                count(cluster.customers),
                Property::Double(share),
                Property::Int(cluster.revenue_cents),
                Property::Null,
                Property::Null,
                Property::Null,
                Property::Null,
            ],
        );
    }
    for point in points {
        add(
            point.place,
            [
                Property::Text(point.id),
                Property::Bool(false),
                Property::Null,
                Property::Null,
                Property::Null,
                Property::from(point.revenue_cents),
                Property::Text(point.name),
                Property::Text(point.status),
                Property::Text(point.place_state),
                Property::Text(point.kind),
            ],
        );
    }
    let mut out = Vec::new();
    buffer.write(&mut out);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_of_the_four_children_hold_every_account_once() {
        let accounts: Vec<ClusterInput> = (0..500)
            .map(|i| ClusterInput {
                place: LngLat::from_e7(49_000_000 + i * 7_919 % 3_000_000, 523_700_000 + i * 4_001),
                is_customer: i % 3 == 0,
                revenue_cents: Some(i64::from(i)),
            })
            .collect();
        let mut tiles: Vec<TileId> = accounts.iter().map(|a| a.place.quadkey().tile(9)).collect();
        tiles.sort_unstable();
        tiles.dedup();
        let (mut count, mut revenue) = (0, 0);
        for tile in tiles {
            let plan = cluster_accounts(tile, accounts.iter().copied());
            count += plan.singles.len() as u64 + plan.clusters.iter().map(|c| c.count).sum::<u64>();
            revenue += plan.clusters.iter().map(|c| c.revenue_cents).sum::<i64>()
                + plan.singles.iter().map(|i| *i as i64).sum::<i64>();
            for cluster in &plan.clusters {
                assert_eq!(cluster.place.quadkey().tile(tile.z), tile);
            }
        }
        assert_eq!(count, 500);
        assert_eq!(revenue, (0..500).sum::<i64>());
    }

    #[test]
    fn at_street_level_accounts_are_single() {
        let place = LngLat::from_degrees(4.9, 52.37).expect("a valid position");
        let input = ClusterInput {
            place,
            is_customer: true,
            revenue_cents: None,
        };
        let plan = cluster_accounts(place.quadkey().tile(14), [input, input]);
        assert_eq!(plan.singles, [0, 1]);
        assert!(plan.clusters.is_empty());
    }
}
