//! What grows between the roads: fields in long narrow strips, each sector between two roads in its own
//! direction, and woods and lakes where no road passes.

use super::blocks::Filled;
use super::country::{border_m, inside, ray_m};
use super::frame::{Dice, Pt, area, clip, middle, rounded, segment_distance, shape};
use super::plan::Cell;
use super::streets::Line;
use geocrm_domain::place::AreaKind;
use std::f64::consts::{PI, TAU};

/// Depth and width of a field, in metres.
const FIELD_M: (f64, f64) = (520.0, 130.0);

/// Round shapes away from the roads (lakes) or wherever there is room (woods).
pub(super) fn woods_and_lakes(
    cell: &Cell,
    built_m: f64,
    lines: &[Line],
    out: &mut Filled,
    dice: &mut Dice,
) -> Vec<Vec<Pt>> {
    let mut blobs: Vec<Vec<Pt>> = Vec::new();
    let km2 = area(&cell.ring) / 1e6;
    let tries = (km2 * 0.7).clamp(3.0, 160.0) as usize;
    for _ in 0..tries {
        let angle = dice.between(-PI, PI);
        let edge = border_m(cell, angle);
        let far = dice.between(built_m, edge.max(built_m + 1.0));
        let centre = cell.centre.plus(Pt::polar(angle, far), 1.0);
        let size = dice.between(0.25, 1.0) * (cell.free_m * 0.16).min(620.0);
        let lake = dice.chance(0.3);
        let road_m = lines
            .iter()
            .flat_map(|l| l.path.windows(2))
            .map(|q| segment_distance(centre, q[0], q[1]))
            .fold(f64::INFINITY, f64::min);
        let apart = blobs
            .iter()
            .all(|b| middle(b).distance(centre) > size * 2.6);
        if far - size * 1.25 < built_m
            || far + size * 1.35 > edge
            || !apart
            || road_m < size * 1.3 + 75.0
        {
            continue;
        }
        let rough: Vec<Pt> = (0..11)
            .map(|k| {
                centre.plus(
                    Pt::polar(f64::from(k) * TAU / 11.0, size * dice.between(0.65, 1.2)),
                    1.0,
                )
            })
            .collect();
        let blob = rounded(&rough, 2);
        out.areas.push((
            if lake {
                AreaKind::Water
            } else {
                AreaKind::Forest
            },
            None,
            shape(&blob),
        ));
        blobs.push(blob);
    }
    blobs
}

/// Long narrow fields between the roads, each sector in its own direction; `lanes` are the directions of
/// the roads out of the town.
pub(super) fn fields(
    cell: &Cell,
    outline: &[Pt],
    lanes: &[f64],
    blobs: &[Vec<Pt>],
    out: &mut Filled,
    dice: &mut Dice,
) {
    let mut angles: Vec<f64> = lanes.iter().map(|a| a.rem_euclid(TAU)).collect();
    if angles.is_empty() {
        angles.push(0.0);
    }
    angles.sort_by(f64::total_cmp);
    let scale = (cell.free_m / 2_300.0).clamp(0.25, 1.0);
    let (depth, width) = (FIELD_M.0 * scale.sqrt(), FIELD_M.1 * scale.sqrt());
    let n = angles.len();
    for i in 0..n {
        let (from, gap) = (
            angles[i],
            if n == 1 {
                TAU
            } else {
                (angles[(i + 1) % n] - angles[i]).rem_euclid(TAU)
            },
        );
        let parts = (gap / 1.2).ceil().max(1.0) as usize;
        for part in 0..parts {
            let (a, b) = (
                from + gap * part as f64 / parts as f64,
                from + gap * (part + 1) as f64 / parts as f64,
            );
            let sector = sector(cell, outline, a, b);
            let out_of_town = Pt::polar(f64::midpoint(a, b) + dice.between(-0.2, 0.2), 1.0);
            parcels(&sector, out_of_town, (depth, width), blobs, out, dice);
        }
    }
}

/// The land between two directions, from the town to just before the border.
fn sector(cell: &Cell, outline: &[Pt], a: f64, b: f64) -> Vec<Pt> {
    let steps = 14;
    let angle = |k: usize| a + (b - a) * k as f64 / steps as f64;
    let at = |angle: f64, radius: f64| cell.centre.plus(Pt::polar(angle, radius), 1.0);
    let built_m = |angle: f64| ray_m(outline, cell.centre, angle).unwrap_or(0.0) * 1.02 + 14.0;
    let mut ring: Vec<Pt> = (0..=steps)
        .map(|k| {
            at(
                angle(k),
                (border_m(cell, angle(k)) * 0.982).max(built_m(angle(k)) + 1.0),
            )
        })
        .collect();
    ring.extend(
        (0..=steps)
            .rev()
            .step_by(2)
            .map(|k| at(angle(k), built_m(angle(k)))),
    );
    ring
}

fn parcels(
    sector: &[Pt],
    along: Pt,
    (depth, width): (f64, f64),
    blobs: &[Vec<Pt>],
    out: &mut Filled,
    dice: &mut Dice,
) {
    let across = along.left();
    let span = |axis: Pt| {
        let low = sector
            .iter()
            .map(|p| axis.dot(*p))
            .fold(f64::INFINITY, f64::min);
        let high = sector
            .iter()
            .map(|p| axis.dot(*p))
            .fold(f64::NEG_INFINITY, f64::max);
        (low, high)
    };
    let ((low_u, high_u), (low_v, high_v)) = (span(along), span(across));
    let point = |u: f64, v: f64| Pt::default().plus(along, u).plus(across, v);
    let mut u = low_u;
    while u < high_u {
        let du = depth * dice.between(0.75, 1.3);
        let mut v = low_v;
        // One crop often covers a few neighbours.
        let mut kind = AreaKind::Farmland;
        while v < high_v {
            let dv = width * dice.between(0.6, 1.7);
            if dice.chance(0.4) {
                kind = if dice.chance(0.42) {
                    AreaKind::Grass
                } else {
                    AreaKind::Farmland
                };
            }
            let mut field = sector.to_vec();
            for (p, direction) in [
                (point(u + 2.5, v), across.turned(PI)),
                (point(u + du - 2.5, v), across),
                (point(u, v + 2.5), along),
                (point(u, v + dv - 2.5), along.turned(PI)),
            ] {
                field = clip(&field, p, direction);
            }
            v += dv;
            let clear = blobs.iter().all(|blob| {
                field.iter().all(|p| !inside(blob, *p)) && blob.iter().all(|p| !inside(&field, *p))
            });
            if field.len() >= 3
                && area(&field) > du * dv * 0.12
                && clear
                && simple(&field)
                && dice.chance(0.97)
            {
                out.areas.push((kind, None, shape(&field)));
            }
        }
        u += du;
    }
}

/// Whether no two edges of a small ring touch, other than neighbours in their common corner.
fn simple(ring: &[Pt]) -> bool {
    let n = ring.len();
    let edge = |i: usize| (ring[i], ring[(i + 1) % n]);
    (0..n).all(|i| {
        let (a, b) = edge(i);
        a.distance(b) > 0.5
            && (i + 2..n).filter(|j| (j + 1) % n != i).all(|j| {
                let (c, d) = edge(j);
                let side = |p: Pt, q: Pt, r: Pt| p.to(q).cross(p.to(r));
                let (s, t) = (side(a, b, c), side(a, b, d));
                let (v, w) = (side(c, d, a), side(c, d, b));
                let near = [(c, a, b), (d, a, b), (a, c, d), (b, c, d)]
                    .iter()
                    .any(|(p, q, r)| segment_distance(*p, *q, *r) < 0.3);
                !(near || ((s > 0.0) != (t > 0.0) && (v > 0.0) != (w > 0.0)))
            })
    })
}
