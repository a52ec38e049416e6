//! Streets come about by cutting: a piece of land is cut in two along a straight line, and the pieces
//! again, until they are building blocks. Every cut becomes a street that ends on older streets, so the
//! network is connected by construction and both share the corner to the last bit.

use super::frame::{Dice, Pt, area, middle};
use super::names::{Flavour, Namer};
use geocrm_domain::geometry::{line_length_m, line_midpoint};
use geocrm_domain::place::Confidence;
use geocrm_domain::record::{Leaves, RoadRow};
use geocrm_domain::road::{RoadClass, condition_index};

/// A convex piece of land, counter-clockwise; edge `i` runs from point `i` along `lines[i]`.
#[derive(Debug, Clone)]
pub(super) struct Face {
    pub ring: Vec<Pt>,
    pub lines: Vec<usize>,
}

/// A street.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub from: Pt,
    pub to: Pt,
    /// Where other streets meet it, in no order.
    pub on: Vec<Pt>,
    /// A bent street: its points in order. It takes part in no cut.
    pub path: Vec<Pt>,
    pub class: RoadClass,
    /// Water along its left side.
    pub canal: bool,
    pub name: String,
    pub surface: Option<&'static str>,
    pub smoothness: Option<&'static str>,
    pub maxspeed_kmh: Option<i32>,
    pub bridge: bool,
    pub oneway: bool,
}

impl Line {
    pub fn straight(from: Pt, to: Pt, class: RoadClass) -> Self {
        Self {
            from,
            to,
            on: Vec::new(),
            path: Vec::new(),
            class,
            canal: false,
            name: String::new(),
            surface: None,
            smoothness: None,
            maxspeed_kmh: None,
            bridge: false,
            oneway: false,
        }
    }

    pub fn bent(path: Vec<Pt>, class: RoadClass) -> Self {
        let from = path.first().copied().unwrap_or_default();
        let to = path.last().copied().unwrap_or_default();
        Self {
            path,
            ..Self::straight(from, to, class)
        }
    }

    /// Metres along the street of the point nearest to `p`, for house numbers.
    pub fn along_m(&self, p: Pt) -> f64 {
        if self.path.is_empty() {
            return self.from.to(self.to).unit().dot(self.from.to(p));
        }
        let (mut best, mut done) = ((f64::INFINITY, 0.0), 0.0);
        for pair in self.path.windows(2) {
            let d = pair[0].to(pair[1]);
            let t = (pair[0].to(p).dot(d) / d.dot(d).max(1e-9)).clamp(0.0, 1.0);
            let off = p.distance(pair[0].plus(d, t));
            if off < best.0 {
                best = (off, done + d.length() * t);
            }
            done += d.length();
        }
        best.1
    }

    /// Half the width kept free of buildings, pavement included.
    pub fn half_m(&self) -> f64 {
        match self.class {
            RoadClass::Motorway | RoadClass::Trunk => 25.0,
            RoadClass::Primary | RoadClass::Secondary => 9.0,
            RoadClass::Tertiary => 7.5,
            RoadClass::Pedestrian => 4.0,
            _ => 5.5,
        }
    }

    pub fn condition(&self) -> Option<(u8, Confidence)> {
        condition_index(self.smoothness, self.surface, self.class)
    }

    pub fn points(&self) -> Vec<Pt> {
        if !self.path.is_empty() {
            return self.path.clone();
        }
        let direction = self.from.to(self.to);
        let mut points = self.on.clone();
        points.push(self.from);
        points.push(self.to);
        points.sort_by(|a, b| direction.dot(*a).total_cmp(&direction.dot(*b)));
        points
    }

    /// Surface, smoothness and speed as they go with class and age; a share stays unknown.
    pub fn pave(&mut self, year: i32, dice: &mut Dice) {
        let old = f64::from((2025 - year).clamp(0, 120)) / 120.0;
        self.surface = match self.class {
            RoadClass::Motorway | RoadClass::Trunk | RoadClass::Primary | RoadClass::Cycleway => {
                Some("asphalt")
            }
            RoadClass::Secondary => Some(if dice.chance(0.93) {
                "asphalt"
            } else {
                "paving_stones"
            }),
            RoadClass::Tertiary => Some(dice.weighted(&[
                ("asphalt", 0.75),
                ("paving_stones", 0.2),
                ("sett", 0.05 + old * 0.2),
            ])),
            RoadClass::Track => Some(dice.weighted(&[
                ("gravel", 0.3),
                ("compacted", 0.3),
                ("concrete_plates", 0.2),
                ("grass", 0.1),
                ("dirt", 0.1),
            ])),
            _ if year < 1900 => Some(dice.weighted(&[
                ("sett", 0.35),
                ("paving_stones", 0.55),
                ("cobblestone", 0.1),
            ])),
            _ => Some(dice.weighted(&[("paving_stones", 0.72), ("asphalt", 0.22), ("sett", 0.06)])),
        };
        if dice.chance(0.14) && !self.class.is_main() {
            self.surface = None;
        }
        let worn = old * 0.9
            + dice.normal() * 0.35
            + match self.class {
                RoadClass::Motorway => -0.6,
                RoadClass::Primary | RoadClass::Secondary => -0.3,
                RoadClass::Track => 0.9,
                _ => 0.0,
            };
        let known = if self.class.is_main() { 0.75 } else { 0.45 };
        self.smoothness = (dice.chance(known)).then_some(match worn {
            w if w < 0.0 => "excellent",
            w if w < 0.5 => "good",
            w if w < 0.95 => "intermediate",
            w if w < 1.4 => "bad",
            _ => "very_bad",
        });
        self.maxspeed_kmh = match self.class {
            RoadClass::Motorway => Some(100),
            RoadClass::Trunk => Some(80),
            RoadClass::Track | RoadClass::Cycleway | RoadClass::Pedestrian => None,
            RoadClass::Residential | RoadClass::Service => dice.chance(0.8).then_some(30),
            _ => dice.chance(0.92).then_some(50),
        };
    }

    /// Rows of at most about 600 m, which meet at shared points.
    pub fn rows(&self, key: &str, out: &mut Vec<RoadRow>) {
        let mut points: Vec<_> = self.points().iter().map(|p| p.place()).collect();
        points.dedup();
        let mut start = 0;
        let mut part = 0;
        while start + 1 < points.len() {
            let mut end = start + 1;
            while end + 1 < points.len() && line_length_m(&points[start..=end]) < 600.0 {
                end += 1;
            }
            let geometry = points[start..=end].to_vec();
            let length_m = line_length_m(&geometry);
            if let Some(midpoint) = line_midpoint(&geometry) {
                out.push(RoadRow {
                    source_key: format!("{key}.{part}"),
                    length_cm: (length_m * 100.0).round() as i64,
                    midpoint,
                    geometry,
                    name: (!self.name.is_empty()).then(|| self.name.clone()),
                    class: self.class,
                    surface: self.surface.map(str::to_owned),
                    smoothness: self.smoothness.map(str::to_owned),
                    maxspeed_kmh: self.maxspeed_kmh,
                    oneway: self.oneway,
                    is_bridge_or_tunnel: self.bridge,
                    condition: self.condition(),
                    leaves: Leaves::default(),
                });
            }
            part += 1;
            start = end;
        }
    }
}

/// How finely, and how crookedly, land is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grain {
    /// Longest block along its longest edge, in metres.
    pub length_m: f64,
    /// Deepest block across it, in metres.
    pub depth_m: f64,
    /// Standard deviation of a cut's direction, in radians.
    pub crooked: f64,
}

/// Direction of the longest edge and the extents (start, length) along and across it.
pub(super) fn extents(face: &Face) -> (Pt, [(f64, f64); 2]) {
    let n = face.ring.len();
    let longest = (0..n)
        .map(|i| face.ring[i].to(face.ring[(i + 1) % n]))
        .max_by(|a, b| a.length().total_cmp(&b.length()))
        .unwrap_or(Pt::new(1.0, 0.0))
        .unit();
    let span = |axis: Pt| {
        let low = face
            .ring
            .iter()
            .map(|p| axis.dot(*p))
            .fold(f64::INFINITY, f64::min);
        let high = face
            .ring
            .iter()
            .map(|p| axis.dot(*p))
            .fold(f64::NEG_INFINITY, f64::max);
        (low, high - low)
    };
    (longest, [span(longest), span(longest.left())])
}

/// Cuts a face along the line through `p`; a cut that would pass within `snap_m` of a corner goes
/// through the corner. `None` when nothing would be cut off.
pub(super) fn cut(
    face: &Face,
    p: Pt,
    direction: Pt,
    snap_m: f64,
    class: RoadClass,
    lines: &mut Vec<Line>,
) -> Option<(Face, Face)> {
    let n = face.ring.len();
    let direction = direction.unit();
    let side: Vec<f64> = face
        .ring
        .iter()
        .map(|q| direction.cross(p.to(*q)))
        .map(|s| if s.abs() < snap_m { 0.0 } else { s })
        .collect();
    let mut hits: Vec<(Pt, Option<usize>)> = Vec::new();
    for i in 0..n {
        let j = (i + 1) % n;
        if side[i] == 0.0 {
            if side[j] == 0.0 {
                return None;
            }
            hits.push((face.ring[i], None));
        } else if side[i] * side[j] < 0.0 {
            let share = side[i] / (side[i] - side[j]);
            hits.push((face.ring[i].mix(face.ring[j], share), Some(i)));
        }
    }
    let [(a, on_a), (b, on_b)] = hits[..] else {
        return None;
    };
    if !side.iter().any(|s| *s > 0.0) || !side.iter().any(|s| *s < 0.0) {
        return None;
    }
    let own = lines.len();
    for (hit, edge) in [(a, on_a), (b, on_b)] {
        if let Some(edge) = edge {
            lines[face.lines[edge]].on.push(hit);
        }
    }
    let (from, to) = if a.to(b).dot(direction) > 0.0 {
        (a, b)
    } else {
        (b, a)
    };
    lines.push(Line::straight(from, to, class));
    let half = |sign: f64| {
        let mut out = Face {
            ring: Vec::new(),
            lines: Vec::new(),
        };
        for i in 0..n {
            let (s, t) = (side[i] * sign, side[(i + 1) % n] * sign);
            if s >= 0.0 {
                out.ring.push(face.ring[i]);
                out.lines.push(if s == 0.0 && t < 0.0 {
                    own
                } else {
                    face.lines[i]
                });
            }
            if s * t < 0.0 {
                let hit = if on_a == Some(i) { a } else { b };
                out.ring.push(hit);
                out.lines.push(if t < 0.0 { own } else { face.lines[i] });
            }
        }
        out
    };
    let (left, right) = (half(1.0), half(-1.0));
    Some((left, right))
}

/// Cuts a face into building blocks.
pub(super) fn blocks(
    face: Face,
    grain: Grain,
    class: RoadClass,
    lines: &mut Vec<Line>,
    dice: &mut Dice,
    out: &mut Vec<Face>,
) {
    let (axis, [along, across]) = extents(&face);
    let ratios = [along.1 / grain.length_m, across.1 / grain.depth_m];
    let tight = area(&face.ring) < grain.length_m * grain.depth_m * 0.3;
    let which = usize::from(ratios[1] > ratios[0]);
    if ratios[which] <= 1.25 || tight {
        out.push(face);
        return;
    }
    let parts = ratios[which].round().max(2.0);
    let share = (parts / 2.0).floor() / parts + dice.normal() * grain.crooked * 0.12;
    let (start, length) = [along, across][which];
    let (measure, direction) = if which == 0 {
        (axis, axis.left())
    } else {
        (axis.left(), axis)
    };
    let centre = middle(&face.ring);
    let at = centre.plus(
        measure,
        start + length * share.clamp(0.25, 0.75) - measure.dot(centre),
    );
    let direction = direction.turned(dice.normal() * grain.crooked);
    match cut(&face, at, direction, 7.0, class, lines) {
        Some((left, right)) => {
            blocks(left, grain, RoadClass::Residential, lines, dice, out);
            blocks(right, grain, RoadClass::Residential, lines, dice, out);
        }
        None => out.push(face),
    }
}

/// Names and paves every line from `first` on that has no name yet.
pub(super) fn christen(
    lines: &mut [Line],
    first: usize,
    flavour: Flavour,
    year: i32,
    namer: &mut Namer,
    dice: &mut Dice,
) {
    for line in lines.iter_mut().skip(first).filter(|l| l.name.is_empty()) {
        let flavour = if line.canal { Flavour::Canal } else { flavour };
        line.name = namer.street(flavour, dice);
        line.pave(year, dice);
    }
}
