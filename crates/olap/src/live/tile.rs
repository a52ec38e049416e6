//! What a tile shows of a live cube: the points and clusters of both parts, joined where they meet.

use super::LiveCube;
use super::answer::join_values;
use crate::cube::{CubeData, Key};
use crate::error::OlapError;
use crate::tile::Cluster;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::{Filter, MultiPolygon, TileId, VisibleScope};
use std::cmp::Ordering;

impl LiveCube {
    /// Keys of the records in a tile that may be seen one by one, in quadkey order, then by key.
    pub fn tile_keys(
        &self,
        scope: &VisibleScope,
        filter: Option<&Filter>,
        geometry: Option<&MultiPolygon>,
        tile: TileId,
    ) -> Result<Vec<Key>, OlapError> {
        let mut found = Vec::new();
        for part in [&self.base, &self.recent] {
            let points = part.tile_points(scope, filter, geometry, tile, 0.0, &[])?;
            found.extend(points.iter().map(|p| (part.quadkey(p.row()), p.key())));
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, key)| key).collect())
    }

    /// The records of a tile gathered by the cells of a grid; see [`CubeData::tile_clusters`].
    pub fn tile_clusters(
        &self,
        scope: &VisibleScope,
        filter: Option<&Filter>,
        geometry: Option<&MultiPolygon>,
        tile: TileId,
        side: u32,
        measures: &[String],
    ) -> Result<Vec<Cluster>, OlapError> {
        let clusters =
            |part: &CubeData| part.tile_clusters(scope, filter, geometry, tile, side, measures);
        let (base, recent) = (clusters(&self.base)?, clusters(&self.recent)?);
        if recent.is_empty() {
            return Ok(base);
        }
        let place = |cluster: &Cluster| interleaved(cluster.cell);
        let mut out = Vec::with_capacity(base.len() + recent.len());
        let (mut base, mut recent) = (base.into_iter().peekable(), recent.into_iter().peekable());
        loop {
            let first = match (base.peek(), recent.peek()) {
                (Some(a), Some(b)) => place(a).cmp(&place(b)),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return Ok(out),
            };
            match first {
                Ordering::Less => out.extend(base.next()),
                Ordering::Greater => out.extend(recent.next()),
                Ordering::Equal => {
                    if let Some((a, b)) = base.next().zip(recent.next()) {
                        out.push(joined(self.cube(), measures, a, &b)?);
                    }
                }
            }
        }
    }
}

/// Place of a grid cell in quadkey order.
fn interleaved((x, y): (u32, u32)) -> u64 {
    let spread = |v: u32| {
        (0..32).fold(0u64, |sum, bit| {
            sum | (u64::from(v >> bit & 1) << (2 * bit))
        })
    };
    spread(x) | spread(y) << 1
}

fn joined(
    cube: &Cube,
    measures: &[String],
    mut a: Cluster,
    b: &Cluster,
) -> Result<Cluster, OlapError> {
    a.count += b.count;
    a.sum_e7 = (a.sum_e7.0 + b.sum_e7.0, a.sum_e7.1 + b.sum_e7.1);
    a.only = None;
    join_values(cube, measures, &mut a.values, &b.values)?;
    Ok(a)
}
