//! Statistical and administrative regions in nested levels.

use crate::geometry::MultiPolygon;
use crate::place::coded;
use crate::spatial::LngLat;
use std::collections::BTreeMap;

coded!(
    /// A tree of regions. A record lies in at most one leaf of each.
    Hierarchy {
        /// Today's administrative regions.
        Admin = "admin",
        /// Municipalities of 2016 with NUTS regions: the regions of the flow statistics.
        Admin2016 = "admin_2016",
        /// Neighbourhoods with their codes of 2015, for older statistics.
        Admin2015 = "admin_2015",
    }
);

coded!(
    /// A level of a hierarchy, widest first. The code is also the name of the dimension.
    RegionLevel {
        Country = "country",
        Province = "province",
        Municipality = "municipality",
        Borough = "borough",
        District = "district",
        Neighbourhood = "neighbourhood",
        Nuts2 = "nuts2",
        Nuts3 = "nuts3",
        Municipality2016 = "municipality_2016",
        Neighbourhood2015 = "neighbourhood_2015",
    }
);

impl RegionLevel {
    pub const fn hierarchy(self) -> Hierarchy {
        match self {
            Self::Nuts2 | Self::Nuts3 | Self::Municipality2016 => Hierarchy::Admin2016,
            Self::Neighbourhood2015 => Hierarchy::Admin2015,
            _ => Hierarchy::Admin,
        }
    }

    /// Place in its hierarchy, 0 for the widest.
    pub fn depth(self) -> usize {
        Self::ALL
            .iter()
            .filter(|l| l.hierarchy() == self.hierarchy())
            .position(|l| *l == self)
            .unwrap_or(0)
    }
}

/// Dense number of a region, given by the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegionId(pub i32);

/// A region as the rest of the program sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    pub id: RegionId,
    pub level: RegionLevel,
    pub code: String,
    pub name: String,
    pub parent: Option<RegionId>,
    pub label_point: LngLat,
    pub area_m2: f64,
    pub geometry: MultiPolygon,
}

/// An area as it enters densities: whole square metres, halves upwards, one at least.
pub fn whole_m2(area_m2: f64) -> i64 {
    ((area_m2 + 0.5).floor() as i64).max(1)
}

/// Every region's ancestors, so that one leaf column answers for every level above it.
#[derive(Debug, Clone, Default)]
pub struct RegionTree {
    codes: BTreeMap<RegionId, (RegionLevel, String, Option<RegionId>)>,
    areas_m2: BTreeMap<(RegionLevel, String), i64>,
}

impl RegionTree {
    pub fn new(
        regions: impl IntoIterator<Item = (RegionId, RegionLevel, String, Option<RegionId>)>,
    ) -> Self {
        Self {
            codes: regions
                .into_iter()
                .map(|(id, level, code, parent)| (id, (level, code, parent)))
                .collect(),
            areas_m2: BTreeMap::new(),
        }
    }

    /// With the areas of regions in square metres, rounded to whole ones, so that densities are exact.
    #[must_use]
    pub fn with_areas(mut self, areas: impl IntoIterator<Item = (RegionId, f64)>) -> Self {
        for (id, area_m2) in areas {
            if let Some((level, code, _)) = self.codes.get(&id) {
                let area = whole_m2(area_m2);
                self.areas_m2.insert((*level, code.clone()), area);
            }
        }
        self
    }

    /// Area of the region with this code in whole square metres.
    pub fn area_m2(&self, level: RegionLevel, code: &str) -> Option<i128> {
        let area = self.areas_m2.get(&(level, code.to_owned()))?;
        Some(i128::from(*area))
    }

    /// Code of the ancestor (or the region itself) at `level`; `None` where the branch skips that level.
    pub fn code_at(&self, leaf: RegionId, level: RegionLevel) -> Option<&str> {
        let mut at = Some(leaf);
        for _ in 0..RegionLevel::ALL.len() {
            let (own, code, parent) = self.codes.get(&at?)?;
            if *own == level {
                return Some(code);
            }
            at = *parent;
        }
        None
    }
}
