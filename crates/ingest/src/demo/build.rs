//! Building one cell: streets and blocks of its town, the country around, then as many addresses as the
//! plan gives it, exactly. Rows too many are not built; homes too few are added to blocks of flats. What
//! cannot be placed goes on to the next cell.

use super::blocks::{Site, fill};
use super::country;
use super::frame::{Dice, Part, Pt, middle};
use super::lots::{CANAL_FAR_M, CANAL_NEAR_M, Lot};
use super::names::{Flavour, Namer};
use super::plan::Plan;
use super::streets::{Face, Line, blocks, christen};
use super::styles::grain;
use super::town::{Fabric, Town};
use geocrm_domain::geometry::MultiPolygon;
use geocrm_domain::place::{AreaKind, BuildingForm, BuildingUse, HousingType};
use geocrm_domain::road::RoadClass;
use std::collections::BTreeMap;

/// A cell with everything that stands in it.
pub(super) struct Built {
    pub lines: Vec<Line>,
    pub lots: Vec<Lot>,
    pub areas: Vec<(AreaKind, Option<String>, MultiPolygon)>,
}

/// `carry` is what earlier cells could not place; what this one cannot is left in it.
pub(super) fn build(plan: &Plan, number: usize, town: &Town, carry: &mut i64) -> Built {
    let mut namer = Namer::new();
    let cell = &plan.cells[number];
    let mut lines = town.lines.clone();
    let mut dice = Dice::new(plan.seed, Part::Streets, number as u64);
    let mut faces: Vec<(usize, Vec<Face>)> = Vec::new();
    let outline = town.outline.len();
    christen_front(&mut lines, outline, &mut namer, &mut dice);
    for (q, quarter) in town.quarters.iter().enumerate() {
        let first = lines.len();
        let mut own = Vec::new();
        let mut dice = Dice::new(plan.seed, Part::Blocks, ((number as u64) << 20) + q as u64);
        blocks(
            quarter.face.clone(),
            grain(quarter.fabric),
            RoadClass::Residential,
            &mut lines,
            &mut dice,
            &mut own,
        );
        if quarter.fabric == Fabric::Centre && cell.town_addresses > 15_000 {
            for line in &mut lines[first..] {
                line.canal = line.from.distance(line.to) > 150.0 && dice.chance(0.5);
            }
        }
        christen(
            &mut lines,
            first,
            quarter.flavour,
            quarter.fabric.typical_year(),
            &mut namer,
            &mut dice,
        );
        faces.push((q, own));
    }
    let heart = heart(&faces, cell.centre);
    let mut out = Built {
        lines,
        lots: Vec::new(),
        areas: Vec::new(),
    };
    let mut groups = 0;
    for (q, own) in faces {
        let quarter = &town.quarters[q];
        let mut dice = Dice::new(plan.seed, Part::Rows, ((number as u64) << 20) + q as u64);
        let first = out.lines.len();
        if quarter.fabric != Fabric::Business {
            let ring = MultiPolygon(vec![geocrm_domain::Polygon {
                exterior: quarter.ring.clone(),
                holes: Vec::new(),
            }]);
            out.areas.push((AreaKind::Residential, None, ring));
        }
        for (f, face) in own.iter().enumerate() {
            let site = Site {
                fabric: quarter.fabric,
                quarter: q,
                town_addresses: cell.town_addresses,
                heart: heart == Some((q, f)),
                town: &cell.name,
            };
            let filled = fill(face, &site, &mut out.lines, &mut groups, &mut dice);
            out.lots.extend(filled.lots);
            out.areas.extend(filled.areas);
        }
        christen(
            &mut out.lines,
            first,
            quarter.flavour,
            quarter.fabric.typical_year(),
            &mut namer,
            &mut dice,
        );
    }
    for line in out.lines.iter().filter(|l| l.canal) {
        if let Some(ring) = country::canal(line, CANAL_NEAR_M, CANAL_FAR_M) {
            out.areas.push((
                AreaKind::Water,
                Some(line.name.clone()),
                super::frame::shape(&ring),
            ));
        }
    }
    let around = country::build(plan, number, town, &mut namer);
    let offset = out.lines.len();
    out.lines.extend(around.lines);
    out.areas.extend(around.filled.areas);
    out.lots
        .extend(around.filled.lots.into_iter().map(|mut lot| {
            lot.line += offset;
            lot.near += offset;
            lot
        }));
    balance(&mut out.lots, town, cell.rural_addresses, carry, &mut dice);
    out
}

/// Names of the streets between neighbourhoods: the ring of the town and its main streets.
fn christen_front(lines: &mut [Line], outline: usize, namer: &mut Namer, dice: &mut Dice) {
    for (i, line) in lines.iter_mut().enumerate() {
        let (flavour, year) = match (i < outline, line.class) {
            (true, _) => (Flavour::Edge, 1985),
            (false, RoadClass::Secondary) => (Flavour::Old, 1900),
            (false, _) => (Flavour::Royal, 1955),
        };
        line.name = namer.street(flavour, dice);
        line.pave(year, dice);
    }
}

/// The block nearest to the middle of the town: church and market.
fn heart(faces: &[(usize, Vec<Face>)], centre: Pt) -> Option<(usize, usize)> {
    faces
        .iter()
        .flat_map(|(q, own)| own.iter().enumerate().map(move |(f, face)| (*q, f, face)))
        .filter(|(_, _, face)| super::frame::area(&face.ring) > 1_800.0)
        .min_by(|a, b| {
            let off = |face: &Face| middle(&face.ring).distance(centre);
            off(a.2).total_cmp(&off(b.2))
        })
        .map(|(q, f, _)| (q, f))
}

/// Makes the sum of addresses what it has to be.
fn balance(lots: &mut Vec<Lot>, town: &Town, rural: usize, carry: &mut i64, dice: &mut Dice) {
    let mut by_quarter: BTreeMap<usize, BTreeMap<u32, Vec<usize>>> = BTreeMap::new();
    for (i, lot) in lots.iter().enumerate() {
        by_quarter
            .entry(lot.quarter)
            .or_default()
            .entry(lot.group)
            .or_default()
            .push(i);
    }
    let mut gone = vec![false; lots.len()];
    let targets = town
        .quarters
        .iter()
        .map(|q| q.target)
        .enumerate()
        .chain([(usize::MAX, rural)]);
    for (q, target) in targets {
        *carry += target as i64;
        let Some(groups) = by_quarter.get(&q) else {
            continue;
        };
        let units = |members: &[usize]| members.iter().map(|i| lots[*i].units as i64).sum::<i64>();
        let mut have: i64 = groups.values().map(|members| units(members)).sum();
        let mut order: Vec<&Vec<usize>> = groups.values().collect();
        dice.shuffle(&mut order);
        for members in &order {
            let size = units(members);
            if size > 0 && have - size >= (*carry).max(0) {
                members.iter().for_each(|i| gone[*i] = true);
                have -= size;
            }
        }
        // Shorten rows that still stand, one house at a time from the end.
        for members in &order {
            for i in members.iter().rev() {
                let size = lots[*i].units as i64;
                if gone[*i] || size == 0 || have - size < (*carry).max(0) {
                    break;
                }
                gone[*i] = true;
                have -= size;
            }
        }
        *carry -= have;
    }
    retype(lots, &gone);
    let mut index = 0;
    lots.retain(|_| {
        index += 1;
        !gone[index - 1]
    });
    top_up(lots, carry);
}

/// A shortened row has a new end; a pair that lost one is detached.
fn retype(lots: &mut [Lot], gone: &[bool]) {
    let mut rows: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut hit: BTreeMap<u32, bool> = BTreeMap::new();
    for (i, lot) in lots.iter().enumerate() {
        if matches!(lot.form, BuildingForm::Row | BuildingForm::Pair) {
            *hit.entry(lot.group).or_default() |= gone[i];
            if !gone[i] {
                rows.entry(lot.group).or_default().push(i);
            }
        }
    }
    for (_, members) in rows.iter().filter(|(group, _)| hit[*group]) {
        let count = members.len();
        for (k, i) in members.iter().enumerate() {
            let (form, housing) = match count {
                1 => (BuildingForm::FreeStanding, HousingType::Detached),
                2 => (BuildingForm::Pair, HousingType::SemiDetached),
                _ if k == 0 || k + 1 == count => (BuildingForm::Row, HousingType::Corner),
                _ => (BuildingForm::Row, HousingType::Terraced),
            };
            lots[*i].form = form;
            if lots[*i]
                .housing
                .is_some_and(|h| h != HousingType::Apartment)
            {
                lots[*i].housing = Some(housing);
            }
        }
    }
}

/// Adds homes to flats and old houses first, to anything with a door after that.
fn top_up(lots: &mut [Lot], carry: &mut i64) {
    for round in 0..40 {
        for lot in lots.iter_mut() {
            if *carry <= 0 {
                return;
            }
            let flat = lot.housing == Some(HousingType::Apartment);
            if lot.units == 0 || (!flat && round < 2) {
                continue;
            }
            let more = if flat {
                (lot.units as i64 / 5).max(1)
            } else {
                1
            }
            .min(*carry);
            lot.units += more as usize;
            *carry -= more;
            if lot.building_use == BuildingUse::Dwelling {
                lot.housing = Some(HousingType::Apartment);
            } else {
                lot.shops = lot.units;
            }
        }
    }
}
