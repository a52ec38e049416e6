//! The regions of the demo: country, provinces, municipalities, boroughs of the largest town, districts
//! and neighbourhoods. The land around a town is a neighbourhood of its own, with the town as its hole.

use super::frame::{Dice, Part, Pt, ring_of};
use super::mosaic::union;
use super::plan::Plan;
use super::town::{Fabric, Town};
use geocrm_domain::geometry::{MultiPolygon, Polygon};
use geocrm_domain::record::RegionRow;
use geocrm_domain::region::RegionLevel;
use std::collections::BTreeMap;

/// A neighbourhood with all that indicators and territories ask about it.
#[derive(Debug, Clone)]
pub(super) struct Neighbourhood {
    pub code: String,
    pub cell: usize,
    pub fabric: Fabric,
    pub addresses: usize,
    pub shape: MultiPolygon,
    /// Mean of its border's points, in degrees.
    pub middle: Pt,
    /// Codes of every wider region, widest first.
    pub above: Vec<(RegionLevel, String)>,
}

impl Neighbourhood {
    /// Without its code, which it gets when it is added.
    fn new(
        cell: usize,
        fabric: Fabric,
        addresses: usize,
        shape: MultiPolygon,
        above: Vec<(RegionLevel, String)>,
    ) -> Self {
        let ring = &shape.0[0].exterior;
        let middle = ring.iter().fold(Pt::default(), |sum, p| {
            sum.plus(Pt::new(p.lng(), p.lat()), 1.0 / ring.len() as f64)
        });
        Self {
            code: String::new(),
            cell,
            fabric,
            addresses,
            shape,
            middle,
            above,
        }
    }
}

pub(super) struct Regions {
    pub rows: Vec<RegionRow>,
    pub neighbourhoods: Vec<Neighbourhood>,
    /// Index of the neighbourhood by cell and quarter.
    pub find: BTreeMap<(usize, Option<usize>), usize>,
    /// Neighbourhoods so far by district.
    beside: BTreeMap<String, usize>,
}

pub(super) const COUNTRY: &str = "DG";

pub(super) fn municipality_code(m: usize) -> String {
    format!("GM9{m:03}")
}

/// Districts of rural cells together: so many neighbourhoods at most.
const RURAL_DISTRICT: usize = 10;

impl Regions {
    pub fn new(plan: &Plan, towns: &[Town]) -> Self {
        let mut out = Self {
            rows: Vec::new(),
            neighbourhoods: Vec::new(),
            find: BTreeMap::new(),
            beside: BTreeMap::new(),
        };
        // Wider regions: name and parent, shapes follow from the neighbourhoods.
        let mut wider: BTreeMap<(RegionLevel, String), (String, Option<String>)> = BTreeMap::new();
        wider.insert(
            (RegionLevel::Country, COUNTRY.to_owned()),
            ("Doggerland".to_owned(), None),
        );
        for (p, name) in plan.provinces.iter().enumerate() {
            wider.insert(
                (RegionLevel::Province, format!("PV9{p:02}")),
                (name.clone(), Some(COUNTRY.to_owned())),
            );
        }
        let capital = plan.capital();
        for (m, municipality) in plan.municipalities.iter().enumerate() {
            let gm = municipality_code(m);
            let province = format!("PV9{:02}", municipality.province);
            wider.insert(
                (RegionLevel::Municipality, gm.clone()),
                (municipality.name.clone(), Some(province.clone())),
            );
            let has_boroughs = municipality.cells.contains(&capital);
            let mut names = Dice::new(plan.seed, Part::Names, 1_000 + m as u64);
            let mut next_district = 0;
            let mut open: Option<(String, usize)> = None;
            for &c in &municipality.cells {
                let (cell, town) = (&plan.cells[c], &towns[c]);
                let own_districts = town.quarters.len() >= 12;
                let mut town_districts: BTreeMap<usize, String> = BTreeMap::new();
                let mut above =
                    |district: String, district_name: &str, borough: Option<(String, String)>| {
                        let mut above = vec![
                            (RegionLevel::Country, COUNTRY.to_owned()),
                            (RegionLevel::Province, province.clone()),
                            (RegionLevel::Municipality, gm.clone()),
                        ];
                        let mut parent = gm.clone();
                        if let Some((code, name)) = borough {
                            wider
                                .entry((RegionLevel::Borough, code.clone()))
                                .or_insert((name, Some(gm.clone())));
                            above.push((RegionLevel::Borough, code.clone()));
                            parent = code;
                        }
                        wider
                            .entry((RegionLevel::District, district.clone()))
                            .or_insert((district_name.to_owned(), Some(parent)));
                        above.push((RegionLevel::District, district));
                        above
                    };
                let outer =
                    |code: &str| has_boroughs.then(|| (code.to_owned(), "Buitengebied".to_owned()));
                let outer_code = format!("SD{}Z", &gm[2..]);
                if !own_districts {
                    let members = town.quarters.len() + 1;
                    if open
                        .as_ref()
                        .is_none_or(|(_, count)| count + members > RURAL_DISTRICT + 2)
                    {
                        open = Some((format!("WK{}{next_district:02}", &gm[2..]), 0));
                        next_district += 1;
                    }
                }
                for (q, quarter) in town.quarters.iter().enumerate() {
                    let (district, name, borough) = if own_districts {
                        let code = town_districts.entry(quarter.district).or_insert_with(|| {
                            next_district += 1;
                            format!("WK{}{:02}", &gm[2..], next_district - 1)
                        });
                        let borough = (has_boroughs && c == capital).then(|| {
                            let letter = char::from(b'A' + (quarter.borough % 25) as u8);
                            (
                                format!("SD{}{letter}", &gm[2..]),
                                borough_name(quarter.borough, &cell.name),
                            )
                        });
                        let borough = borough.or_else(|| outer(&outer_code));
                        (
                            code.clone(),
                            format!("{} {}", cell.name, quarter.name),
                            borough,
                        )
                    } else {
                        let code = open
                            .as_ref()
                            .map(|(code, _)| code.clone())
                            .unwrap_or_default();
                        (code, cell.name.clone(), outer(&outer_code))
                    };
                    let above = above(district, &name, borough);
                    let name = match quarter.fabric {
                        Fabric::Village if q == 0 => cell.name.clone(),
                        Fabric::Village => format!(
                            "{} {}",
                            cell.name,
                            names.pick(&["Noord", "Zuid", "Oost", "West", "Dorp", "Haven"])
                        ),
                        _ => quarter.name.clone(),
                    };
                    let shape = MultiPolygon(vec![Polygon {
                        exterior: quarter.ring.clone(),
                        holes: Vec::new(),
                    }]);
                    let hood = Neighbourhood::new(c, quarter.fabric, quarter.target, shape, above);
                    out.add(Some(q), name, hood);
                }
                // The country around the town.
                let built = union(
                    out.neighbourhoods
                        .iter()
                        .filter(|n| n.cell == c)
                        .map(|n| &n.shape),
                );
                let holes = built
                    .0
                    .into_iter()
                    .map(|p| p.exterior.into_iter().rev().collect())
                    .collect();
                let shape = MultiPolygon(vec![Polygon {
                    exterior: ring_of(&cell.ring),
                    holes,
                }]);
                let (district, name) = if own_districts {
                    next_district += 1;
                    (
                        format!("WK{}{:02}", &gm[2..], next_district - 1),
                        format!("Buitengebied {}", cell.name),
                    )
                } else {
                    let code = open
                        .as_ref()
                        .map(|(code, _)| code.clone())
                        .unwrap_or_default();
                    (code, cell.name.clone())
                };
                let above = above(district, &name, outer(&outer_code));
                let hood =
                    Neighbourhood::new(c, Fabric::Country, cell.rural_addresses, shape, above);
                out.add(None, format!("Buitengebied {}", cell.name), hood);
                if let Some((_, count)) = open.as_mut().filter(|_| !own_districts) {
                    *count += town.quarters.len() + 1;
                }
            }
        }
        out.widen(wider);
        out
    }

    /// Adds a neighbourhood; its code follows from its district.
    fn add(&mut self, quarter: Option<usize>, name: String, mut hood: Neighbourhood) {
        let district = hood
            .above
            .last()
            .map(|(_, code)| code.clone())
            .unwrap_or_default();
        let beside = self.beside.entry(district.clone()).or_insert(0);
        hood.code = format!("BU{}{beside:02}", &district[2..]);
        *beside += 1;
        self.find
            .insert((hood.cell, quarter), self.neighbourhoods.len());
        self.rows.push(RegionRow {
            level: RegionLevel::Neighbourhood,
            code: hood.code.clone(),
            name,
            parent_code: Some(district),
            geometry: hood.shape.clone(),
        });
        self.neighbourhoods.push(hood);
    }

    /// Adds the wider levels as unions of the neighbourhoods in them.
    fn widen(&mut self, wider: BTreeMap<(RegionLevel, String), (String, Option<String>)>) {
        let mut members: BTreeMap<&(RegionLevel, String), Vec<&MultiPolygon>> = BTreeMap::new();
        for n in &self.neighbourhoods {
            for key in &n.above {
                members.entry(key).or_default().push(&n.shape);
            }
        }
        let mut rows: Vec<RegionRow> = wider
            .into_iter()
            .map(|((level, code), (name, parent_code))| {
                let geometry = union(
                    members
                        .get(&(level, code.clone()))
                        .into_iter()
                        .flatten()
                        .copied(),
                );
                RegionRow {
                    level,
                    code,
                    name,
                    parent_code,
                    geometry,
                }
            })
            .collect();
        rows.append(&mut self.rows);
        self.rows = rows;
    }
}

fn borough_name(number: usize, town: &str) -> String {
    const NAMES: &[&str] = &[
        "Centrum",
        "Noord",
        "Oost",
        "Zuid",
        "West",
        "Nieuw-West",
        "Zuidoost",
        "Noordoost",
        "Haven",
        "Nieuw-Oost",
        "Zuidwest",
        "Noordwest",
    ];
    match NAMES.get(number) {
        Some(name) => (*name).to_owned(),
        None => format!("{town} {}", number + 1),
    }
}
