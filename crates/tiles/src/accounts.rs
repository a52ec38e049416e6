//! Accounts on the map: single points, or clusters with their sums where too many would lie on top of
//! each other. A cluster is a cell of the quadkey grid three zooms finer than the tile (64 pixels), so
//! clusters never depend on the order of the records and no record is in two tiles.

use crate::catalogue::layer;
use crate::error::TileError;
use crate::grid::{Grid, World};
use crate::mvt::{GeometryType, LayerBuffer, Pen, Property};
use geocrm_domain::{LngLat, TileId};

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
