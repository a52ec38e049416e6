//! The country around a town: roads to the neighbours, a lane around, a motorway past it, farms along the
//! lanes, woods, lakes and fields. Roads are drawn in angle and radius around the town, so that a road in
//! meets the lane around in a point that both share.

use super::blocks::Filled;
use super::fields::{fields, woods_and_lakes};
use super::frame::{Dice, Part, Pt, inset, segment_distance};
use super::lots::Lot;
use super::names::{Flavour, Namer};
use super::plan::{Cell, Plan};
use super::streets::Line;
use super::town::Town;
use geocrm_domain::place::{BuildingForm, BuildingUse, HousingType};
use geocrm_domain::road::RoadClass;
use std::f64::consts::{PI, TAU};

/// The country of one cell; lots and roads go on where the town's own lines ended.
pub(super) struct Country {
    pub filled: Filled,
    pub lines: Vec<Line>,
}

/// A road out: its nodes from the gate to the border.
struct Way {
    bypass: Pt,
    lane: Pt,
    lane_angle: f64,
}

pub(super) fn build(plan: &Plan, number: usize, town: &Town, namer: &mut Namer) -> Country {
    let cell = &plan.cells[number];
    let mut dice = Dice::new(plan.seed, Part::Country, number as u64);
    let built_m = town
        .outline
        .iter()
        .map(|p| p.distance(cell.centre))
        .fold(0.0, f64::max);
    let room = (cell.free_m - built_m).max(cell.free_m * 0.05);
    let bypass_m = built_m + (room * 0.22).min(260.0);
    let lane_m = built_m + room * 0.58;
    let at = |angle: f64, radius: f64| cell.centre.plus(Pt::polar(angle, radius), 1.0);
    let mut lines = Vec::new();
    let mut ways: Vec<Way> = Vec::new();
    for crossing in &cell.crossings {
        let goal = cell.centre.to(crossing.at).angle();
        let off = |p: &Pt| turn(goal, cell.centre.to(*p).angle()).abs();
        let gate = town
            .outline
            .iter()
            .copied()
            .min_by(|a, b| off(a).total_cmp(&off(b)))
            .unwrap_or(cell.centre);
        let start = cell.centre.to(gate).angle();
        let angle = |share: f64| start + turn(start, goal) * share;
        let way = Way {
            bypass: at(angle(0.3), bypass_m),
            lane: at(angle(0.6), lane_m),
            lane_angle: angle(0.6),
        };
        let mut path = vec![gate, way.bypass, way.lane];
        let end = way.lane.to(crossing.at);
        for share in [0.33, 0.66] {
            path.push(
                way.lane
                    .plus(end, share)
                    .plus(end.left(), dice.between(-0.05, 0.05)),
            );
        }
        path.push(crossing.at);
        let bridge = crossing.bridge.then(|| {
            let reach = (plan.river_m * 1.6 / path[4].distance(path[5])).min(0.9);
            let foot = path[5].mix(path[4], reach);
            path[5] = foot;
            let mut bridge = Line::bent(vec![foot, crossing.at], crossing.class);
            bridge.bridge = true;
            bridge
        });
        let mut road = Line::bent(path, crossing.class);
        finish(&mut road, namer, &mut dice);
        if let Some(mut bridge) = bridge {
            bridge.name.clone_from(&road.name);
            bridge.pave(1985, &mut dice);
            lines.push(bridge);
        }
        lines.push(road);
        ways.push(way);
    }
    ways.sort_by(|a, b| {
        a.lane_angle
            .rem_euclid(TAU)
            .total_cmp(&b.lane_angle.rem_euclid(TAU))
    });
    ring_lane(cell, &ways, lane_m, &mut lines, namer, &mut dice);
    motorway(cell, &ways, bypass_m, &mut lines);
    let mut filled = Filled::default();
    farms(cell, built_m, &lines, &mut filled, &mut dice);
    let blobs = woods_and_lakes(cell, built_m, &lines, &mut filled, &mut dice);
    let lanes: Vec<f64> = ways
        .iter()
        .map(|w| cell.centre.to(w.lane).angle())
        .collect();
    fields(cell, &town.outline, &lanes, &blobs, &mut filled, &mut dice);
    Country { filled, lines }
}

/// Smallest turn from one angle to another.
fn turn(from: f64, to: f64) -> f64 {
    (to - from + PI).rem_euclid(TAU) - PI
}

fn finish(line: &mut Line, namer: &mut Namer, dice: &mut Dice) {
    line.name = namer.street(Flavour::Rural, dice);
    let year = dice.whole(1935, 2005);
    line.pave(year, dice);
    if line.class != RoadClass::Track {
        line.maxspeed_kmh = Some(if line.class.is_main() { 80 } else { 60 });
    }
}

/// The lane around the town, from one road out to the next; over a wide gap a dead end leads outwards.
fn ring_lane(
    cell: &Cell,
    ways: &[Way],
    lane_m: f64,
    lines: &mut Vec<Line>,
    namer: &mut Namer,
    dice: &mut Dice,
) {
    if ways.len() < 2 {
        return;
    }
    for (i, way) in ways.iter().enumerate() {
        let next = &ways[(i + 1) % ways.len()];
        let gap = (next.lane_angle - way.lane_angle).rem_euclid(TAU);
        let steps = ((gap / 0.35).round() as usize).clamp(1, 24);
        let mut path = vec![way.lane];
        for k in 1..steps {
            let angle = way.lane_angle + gap * k as f64 / steps as f64;
            path.push(
                cell.centre
                    .plus(Pt::polar(angle, lane_m * dice.between(0.96, 1.04)), 1.0),
            );
        }
        path.push(next.lane);
        if steps >= 3 {
            let from = path[steps / 2];
            let out = cell.centre.to(from);
            let far = border_m(cell, out.angle()) * 0.9;
            if far > lane_m * 1.15 {
                let end = cell.centre.plus(out.unit(), far);
                let half = from
                    .mix(end, 0.5)
                    .plus(from.to(end).left(), dice.between(-0.06, 0.06));
                let mut lane = Line::bent(
                    vec![from, half, end],
                    if dice.chance(0.5) {
                        RoadClass::Track
                    } else {
                        RoadClass::Residential
                    },
                );
                finish(&mut lane, namer, dice);
                lines.push(lane);
            }
        }
        let mut lane = Line::bent(path, RoadClass::Residential);
        finish(&mut lane, namer, dice);
        lines.push(lane);
    }
}

/// Motorways pass outside the town and meet the roads out of it.
fn motorway(cell: &Cell, ways: &[Way], bypass_m: f64, lines: &mut Vec<Line>) {
    let ends: Vec<(f64, Pt)> = cell
        .crossings
        .iter()
        .filter(|c| c.motorway)
        .map(|c| (cell.centre.to(c.motorway_at).angle(), c.motorway_at))
        .collect();
    let mut paths = Vec::new();
    match ends[..] {
        [] => {}
        [(angle, from)] => {
            // It ends here, at the nearest road out.
            let near = ways.iter().min_by(|a, b| {
                let off = |w: &Way| turn(angle, cell.centre.to(w.bypass).angle()).abs();
                off(a).total_cmp(&off(b))
            });
            paths.extend(near.map(|w| vec![from, from.mix(w.bypass, 0.5), w.bypass]));
        }
        _ => {
            for pair in ends.windows(2) {
                let ((a, from), (b, to)) = (pair[0], pair[1]);
                let gap = turn(a, b);
                // It leaves the bypass along its tangent.
                let tangent = |p: Pt| (bypass_m / p.distance(cell.centre)).min(1.0).acos() * 0.85;
                let (lead, tail) = (tangent(from) / gap.abs(), tangent(to) / gap.abs());
                let mut arc: Vec<(f64, Pt)> = ways
                    .iter()
                    .map(|w| (turn(a, cell.centre.to(w.bypass).angle()) / gap, w.bypass))
                    .filter(|(t, _)| *t > lead && *t < 1.0 - tail)
                    .collect();
                let steps = (gap.abs() / 0.2).ceil() as usize;
                for k in (0..=steps).filter(|k| {
                    let t = *k as f64 / steps.max(1) as f64;
                    t >= lead && t <= 1.0 - tail
                }) {
                    let t = k as f64 / steps.max(1) as f64;
                    if arc
                        .iter()
                        .all(|(other, _)| (other - t).abs() * gap.abs() > 0.1)
                    {
                        arc.push((t, cell.centre.plus(Pt::polar(a + gap * t, bypass_m), 1.0)));
                    }
                }
                arc.sort_by(|x, y| x.0.total_cmp(&y.0));
                let mut path = vec![from];
                path.extend(arc.into_iter().map(|(_, p)| p));
                path.push(to);
                paths.push(path);
            }
        }
    }
    for path in paths {
        let mut line = Line::bent(path, RoadClass::Motorway);
        "A9".clone_into(&mut line.name);
        line.surface = Some("asphalt");
        line.smoothness = Some("excellent");
        line.maxspeed_kmh = Some(100);
        lines.push(line);
    }
}

/// Metres from the centre to the border in a direction.
pub(super) fn border_m(cell: &Cell, angle: f64) -> f64 {
    ray_m(&cell.ring, cell.centre, angle).unwrap_or(cell.free_m)
}

/// Metres from a point to the first wall of the ring around it, in a direction.
pub(super) fn ray_m(ring: &[Pt], from: Pt, angle: f64) -> Option<f64> {
    let ray = Pt::polar(angle, 1.0);
    let n = ring.len();
    let mut best = f64::INFINITY;
    for i in 0..n {
        let (a, b) = (from.to(ring[i]), from.to(ring[(i + 1) % n]));
        let d = a.to(b);
        let det = ray.cross(d);
        if det.abs() > 1e-9 {
            let (along, on) = (a.cross(d) / det, a.cross(ray) / det);
            if along > 0.0 && (0.0..=1.0).contains(&on) {
                best = best.min(along);
            }
        }
    }
    best.is_finite().then_some(best)
}

pub(super) fn inside(ring: &[Pt], p: Pt) -> bool {
    let n = ring.len();
    (0..n).fold(false, |odd, i| {
        let (a, b) = (ring[i], ring[(i + 1) % n]);
        let crosses =
            (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x;
        odd != crosses
    })
}

fn farms(cell: &Cell, built_m: f64, lines: &[Line], out: &mut Filled, dice: &mut Dice) {
    let lanes: Vec<usize> = (0..lines.len())
        .filter(|l| lines[*l].class != RoadClass::Motorway && !lines[*l].bridge)
        .collect();
    let total_m: f64 = lanes
        .iter()
        .map(|l| {
            lines[*l]
                .path
                .windows(2)
                .map(|p| p[0].distance(p[1]))
                .sum::<f64>()
        })
        .sum();
    let wanted = cell.rural_addresses as f64 * 1.35 + 2.0;
    let step = (total_m / wanted).clamp(26.0, 400.0);
    let mut yards: Vec<Pt> = Vec::new();
    let mut group = u32::MAX / 2;
    for &l in &lanes {
        for pair in lines[l].path.windows(2) {
            let (along, length) = (pair[0].to(pair[1]).unit(), pair[0].distance(pair[1]));
            let mut at = dice.between(0.5, 1.0) * step.max(45.0);
            while at < length - 35.0 {
                let road = pair[0].plus(along, at);
                let (side, flip) = if dice.chance(0.5) {
                    (along.left(), along)
                } else {
                    (along.left().turned(PI), along.turned(PI))
                };
                let farm = dice.chance(0.55);
                let back = dice.between(11.0, if farm { 26.0 } else { 15.0 });
                let yard = road.plus(side, back + 14.0);
                let reach = if farm { 34.0 } else { 24.0 };
                let free = road.distance(cell.centre) > built_m + 60.0
                    && yards.iter().all(|y| y.distance(yard) > reach * 1.6)
                    && lines.iter().enumerate().all(|(o, line)| {
                        line.path.windows(2).all(|q| {
                            let clear = if o == l { 14.0 } else { reach + 18.0 };
                            segment_distance(yard, q[0], q[1]) > clear
                        })
                    })
                    && inside(&cell.ring, yard.plus(side, 40.0));
                at += step * dice.between(0.7, 1.3);
                if !free {
                    continue;
                }
                yards.push(yard);
                group += 1;
                farmstead(road, side, flip, back, farm, l, group, out, dice);
            }
        }
    }
}

/// A house, and for a farm its barns behind.
#[expect(
    clippy::too_many_arguments,
    reason = "one yard is described by all of these at once"
)]
fn farmstead(
    road: Pt,
    side: Pt,
    along: Pt,
    back_m: f64,
    farm: bool,
    line: usize,
    group: u32,
    out: &mut Filled,
    dice: &mut Dice,
) {
    // Facing the road, the house lies to the left of `along`.
    let rectangle = |x: f64, y: f64, w: f64, d: f64| {
        let p = |dx: f64, dy: f64| road.plus(along, x + dx).plus(side, y + dy);
        vec![p(0.0, 0.0), p(w, 0.0), p(w, d), p(0.0, d)]
    };
    let (w, d) = (dice.between(8.5, 13.0), dice.between(9.0, 15.0));
    let ring = rectangle(-w / 2.0, back_m, w, d);
    let year = if farm {
        dice.whole(1780, 1985)
    } else {
        dice.whole(1880, 2018)
    };
    let lot = |ring: Vec<Pt>, building_use, units, year| Lot {
        front: (ring[0].plus(side, 1.6), ring[1].plus(side, 1.6)),
        ring,
        line,
        near: line,
        group,
        quarter: usize::MAX,
        housing: (units > 0).then_some(HousingType::Detached),
        form: BuildingForm::FreeStanding,
        building_use,
        year,
        storeys: 1 + i32::from(units > 0),
        units,
        shops: 0,
        name: None,
    };
    out.lots.push(lot(ring, BuildingUse::Dwelling, 1, year));
    if farm {
        for k in 0..dice.whole(1, 2) {
            let (w, d) = (dice.between(11.0, 18.0), dice.between(20.0, 34.0));
            let x = if k == 0 { 9.0 } else { -9.0 - w };
            let ring = rectangle(x, back_m + dice.between(4.0, 14.0), w, d);
            let year = dice.whole(1950, 2015);
            out.lots.push(lot(ring, BuildingUse::Agricultural, 0, year));
        }
    }
}

/// A strip of the given half width around a line, as one ring.
pub(super) fn ribbon(line: &[Pt], half_m: f64) -> Vec<Pt> {
    let side = |sign: f64| -> Vec<Pt> {
        (0..line.len())
            .map(|i| {
                let (a, b) = (line[i.saturating_sub(1)], line[(i + 1).min(line.len() - 1)]);
                line[i].plus(a.to(b).unit().left(), sign * half_m)
            })
            .collect()
    };
    let mut ring = side(-1.0);
    ring.extend(side(1.0).into_iter().rev());
    ring
}

/// A canal's water beside its street, a little short of both ends.
pub(super) fn canal(line: &Line, near_m: f64, far_m: f64) -> Option<Vec<Pt>> {
    let along = line.from.to(line.to);
    let (u, left) = (along.unit(), along.unit().left());
    if along.length() < 40.0 {
        return None;
    }
    let (a, b) = (line.from.plus(u, 9.0), line.to.plus(u, -9.0));
    let ring = vec![
        a.plus(left, near_m),
        b.plus(left, near_m),
        b.plus(left, far_m),
        a.plus(left, far_m),
    ];
    inset(&ring, |_| 0.3)
}
