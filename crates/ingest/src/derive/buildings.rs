//! Addresses and buildings described by each other: which address stands in which building, what the
//! building is used for, how many dwellings it has and of which kind.

use super::blocks::{self, MAIN_M2, Standing};
use crate::shape::xy;
use geocrm_domain::place::{BuildingUse, Confidence, HousingType};
use geocrm_domain::record::{AddressRow, BuildingRow};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use std::collections::HashMap;

/// Square metres of footprint per address up to which a building of unknown use is taken for a dwelling.
const DWELLING_M2: i32 = 400;
/// Square metres below which a building of unknown use without an address is taken for a shed.
const SHED_M2: i32 = 40;

/// Finds the building of every address that does not know it: the smallest outline that holds it.
pub fn link(addresses: &mut [AddressRow], buildings: &[BuildingRow]) {
    let boxes = buildings
        .iter()
        .enumerate()
        .filter_map(|(i, building)| {
            let bbox = building.geometry.bbox()?;
            let rectangle = Rectangle::from_corners(xy(bbox.min), xy(bbox.max));
            Some(GeomWithData::new(rectangle, i))
        })
        .collect();
    let tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>> = RTree::bulk_load(boxes);
    addresses
        .par_iter_mut()
        .filter(|address| address.building_key.is_none())
        .for_each(|address| {
            let at = xy(address.place);
            address.building_key = tree
                .locate_in_envelope_intersecting(&AABB::from_point(at))
                .map(|found| &buildings[found.data])
                .filter(|building| building.geometry.contains(address.place))
                .min_by_key(|building| (building.footprint_m2, &building.source_key))
                .map(|building| building.source_key.clone());
        });
}

/// Fills use, dwellings, housing type, form, year, storeys and footprint on both sides.
pub fn describe(addresses: &mut [AddressRow], buildings: &mut [BuildingRow]) {
    let number: HashMap<String, u32> = buildings
        .iter()
        .enumerate()
        .map(|(i, b)| (b.source_key.clone(), i as u32))
        .collect();
    let home: Vec<Option<u32>> = addresses
        .par_iter()
        .map(|a| number.get(a.building_key.as_deref()?).copied())
        .collect();
    let mut tenants = vec![Tenants::default(); buildings.len()];
    for (address, home) in addresses.iter().zip(&home) {
        if let Some(at) = home {
            tenants[*at as usize].count(address);
        }
    }
    buildings
        .par_iter_mut()
        .zip(&tenants)
        .for_each(|(building, tenants)| {
            if building.building_use.is_none() {
                building.building_use = assume_use(building, tenants);
            }
        });
    addresses
        .par_iter_mut()
        .zip(&home)
        .for_each(|(address, home)| {
            let building = home.map(|at| &buildings[at as usize]);
            let uses = &mut address.setting.building_use;
            if uses.is_none() {
                *uses = building.and_then(|b| b.building_use);
            }
            let dwells = matches!(uses, Some((BuildingUse::Dwelling, _)));
            if address.dwellings == 0 && dwells {
                address.dwellings = 1;
            }
        });
    let mut dwellings = vec![0i32; buildings.len()];
    for (address, home) in addresses.iter().zip(&home) {
        if let Some(at) = home {
            dwellings[*at as usize] += address.dwellings;
        }
    }
    let main: Vec<bool> = buildings.par_iter().map(is_main).collect();
    let standings = blocks::standings(buildings, &main);
    buildings
        .par_iter_mut()
        .zip(standings.par_iter().zip(&dwellings))
        .for_each(|(building, (standing, counted))| {
            if building.dwellings == 0 {
                building.dwellings = *counted;
            }
            if building.form.is_none() {
                building.form = standing.form.map(|form| (form, Confidence::Derived));
            }
            if building.housing_type.is_none() {
                building.housing_type = housing_type(building, *standing);
            }
        });
    addresses
        .par_iter_mut()
        .zip(&home)
        .for_each(|(address, home)| {
            if let Some(at) = home {
                inherit(address, &buildings[*at as usize]);
            }
        });
}

/// What the addresses of a building are.
#[derive(Debug, Clone, Copy, Default)]
struct Tenants {
    addresses: i32,
    /// Addresses per use, by the position of the use in its list.
    uses: [i32; BuildingUse::ALL.len()],
}

impl Tenants {
    fn count(&mut self, address: &AddressRow) {
        self.addresses += 1;
        if let Some((uses, _)) = address.setting.building_use {
            self.uses[uses as usize] += 1;
        }
    }
}

/// Use of a building whose own tags are silent.
fn assume_use(building: &BuildingRow, tenants: &Tenants) -> Option<(BuildingUse, Confidence)> {
    let run = BuildingUse::ALL
        .iter()
        .copied()
        .filter(|u| tenants.uses[*u as usize] > 0)
        .max_by_key(|u| (tenants.uses[*u as usize], std::cmp::Reverse(*u)));
    if let Some(uses) = run
        && tenants.uses[uses as usize] * 2 > tenants.addresses
    {
        return Some((uses, Confidence::Derived));
    }
    match tenants.addresses {
        0 if building.footprint_m2 < SHED_M2 => Some((BuildingUse::Ancillary, Confidence::Assumed)),
        0 => None,
        n if building.footprint_m2 / n <= DWELLING_M2 && building.footprint_m2 >= MAIN_M2 => {
            Some((BuildingUse::Dwelling, Confidence::Assumed))
        }
        _ => None,
    }
}

fn is_main(building: &BuildingRow) -> bool {
    let ancillary = matches!(building.building_use, Some((BuildingUse::Ancillary, _)));
    building.footprint_m2 >= MAIN_M2 && !ancillary
}

/// Kind of dwelling of a building that is one; as sure as its use is.
fn housing_type(building: &BuildingRow, standing: Standing) -> Option<(HousingType, Confidence)> {
    let Some((BuildingUse::Dwelling, sure)) = building.building_use else {
        return None;
    };
    let confidence = match sure {
        Confidence::Assumed => Confidence::Assumed,
        _ => Confidence::Derived,
    };
    let kind = match (building.dwellings, standing.block_size, standing.neighbours) {
        (2.., _, _) => HousingType::Apartment,
        (_, 0, _) => return None,
        (_, _, 0) => HousingType::Detached,
        (_, 2, _) => HousingType::SemiDetached,
        (_, _, 1) => HousingType::Corner,
        _ => HousingType::Terraced,
    };
    Some((kind, confidence))
}

fn inherit(address: &mut AddressRow, building: &BuildingRow) {
    let setting = &mut address.setting;
    if setting.housing_type.is_none() && address.dwellings > 0 {
        setting.housing_type = building.housing_type.or_else(|| {
            let flat = matches!(building.building_use, Some((BuildingUse::Dwelling, _)));
            (!flat).then_some((HousingType::Apartment, Confidence::Assumed))
        });
    }
    setting.building_form = setting.building_form.or(building.form);
    setting.building_year = setting.building_year.or(building.building_year);
    setting.storeys = setting.storeys.or(building.storeys);
    setting.footprint_m2 = setting.footprint_m2.or(Some(building.footprint_m2));
}
