//! What follows from shapes and neighbours. Every rule stands in this module and in
//! `datasets/README.md`; every derived value carries how it came about, and what cannot be known
//! stays absent. Values a source states are never overwritten.
//!
//! | column | rule | confidence |
//! |---|---|---|
//! | building of an address | the object it is tagged on, else the smallest outline that holds it | – |
//! | building use | tag of the building, else what is run in it; a plain `building=yes` with addresses of at most 400 m² each is a dwelling, without one and below 40 m² ancillary | stated / derived / assumed |
//! | dwellings | one per address in a dwelling building that is not itself a shop, office, …; `building:flats` where tagged | – |
//! | housing type | the building's own tag; two dwellings or more in it: apartment; else by the walls it shares with main buildings: none detached, a pair semi-detached, one corner, more terraced | stated / derived / assumed |
//! | building form | main buildings that share a wall (two outline vertices) form a block: alone free-standing, two a pair, more a row, or a closed block when the block encloses a yard of 50 m²; from 8 storeys and taller than wide a tower | derived |
//! | road condition of an address | condition of the nearest drivable road within 100 m; unknown when that road's is | – |
//! | park distance | metres to the edge of the nearest business park within 25 km, 0 inside | – |
//! | regions | leaf of each hierarchy: of an address its position, of a building a point inside it, of a road half its length | – |

mod blocks;
mod buildings;
mod nearest;

use crate::region_index::RegionIndex;
use crate::shape;
use geocrm_domain::record::{AreaRow, Bundle};
use rayon::prelude::*;

pub use nearest::{PARK_LIMIT_M, ROAD_LIMIT_M};

/// Fills every derived column of a bundle. `extra_parks` are business parks of other datasets that
/// stand around this one; its own count as well. Linear in the number of rows, up to a logarithm.
pub fn enrich(bundle: &mut Bundle, regions: &RegionIndex, extra_parks: &[AreaRow]) {
    buildings::link(&mut bundle.addresses, &bundle.buildings);
    buildings::describe(&mut bundle.addresses, &mut bundle.buildings);

    let parks = nearest::Parks::new(bundle.areas.iter().chain(extra_parks));
    let roads = nearest::Roads::new(&bundle.roads);
    bundle.addresses.par_iter_mut().for_each(|address| {
        let at = address.place;
        let setting = &mut address.setting;
        setting.park_distance_m = parks.distance_m(at);
        if setting.road_condition.is_none() {
            setting.road_condition = roads.condition(at);
        }
        setting.leaves = regions.leaves(at);
    });
    bundle.buildings.par_iter_mut().for_each(|building| {
        if let Some(at) = shape::interior_point(&building.geometry) {
            building.leaves = regions.leaves(at);
        }
    });
    bundle
        .roads
        .par_iter_mut()
        .for_each(|road| road.leaves = regions.leaves(road.midpoint));
}
