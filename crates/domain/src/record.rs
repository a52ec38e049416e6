//! What a loader hands over, row by row: real datasets and the generated demo region yield the same
//! records and go through the same tables.

use crate::account::{AccountKind, AccountStatus};
use crate::address::PostalAddress;
use crate::geometry::{LineString, MultiPolygon};
use crate::place::{AreaKind, BuildingForm, BuildingUse, Confidence, HousingType};
use crate::region::{RegionId, RegionLevel};
use crate::road::RoadClass;
use crate::spatial::LngLat;
use chrono::NaiveDate;

/// The finest region of each hierarchy a record lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Leaves {
    pub admin: Option<RegionId>,
    pub admin_2016: Option<RegionId>,
    pub admin_2015: Option<RegionId>,
}

/// What stands around an address; the same columns describe an account placed there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Setting {
    pub housing_type: Option<(HousingType, Confidence)>,
    pub building_form: Option<(BuildingForm, Confidence)>,
    pub building_use: Option<(BuildingUse, Confidence)>,
    pub building_year: Option<i32>,
    pub storeys: Option<i32>,
    pub footprint_m2: Option<i32>,
    /// Haversine metres to the edge of the nearest business park, 0 inside; absent beyond 25 km.
    pub park_distance_m: Option<i32>,
    /// Condition index of the nearest drivable road within 100 m.
    pub road_condition: Option<i32>,
    pub leaves: Leaves,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AddressRow {
    /// Key in the source: `n34032855`, `w123`.
    pub source_key: String,
    pub address: PostalAddress,
    pub place: LngLat,
    /// Source key of the building the address stands in.
    pub building_key: Option<String>,
    /// Dwellings at this address: 0 or 1 for a door, more where the source says so.
    pub dwellings: i32,
    pub setting: Setting,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BuildingRow {
    pub source_key: String,
    pub geometry: MultiPolygon,
    pub name: Option<String>,
    pub housing_type: Option<(HousingType, Confidence)>,
    pub form: Option<(BuildingForm, Confidence)>,
    pub building_use: Option<(BuildingUse, Confidence)>,
    pub building_year: Option<i32>,
    pub storeys: Option<i32>,
    pub footprint_m2: i32,
    /// Dwellings in it, counted from its addresses where the source does not say.
    pub dwellings: i32,
    pub leaves: Leaves,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RoadRow {
    pub source_key: String,
    pub geometry: LineString,
    pub name: Option<String>,
    pub class: RoadClass,
    pub surface: Option<String>,
    pub smoothness: Option<String>,
    pub maxspeed_kmh: Option<i32>,
    pub oneway: bool,
    /// A bridge or tunnel does not meet what it crosses; ferries carry road traffic over water.
    pub is_bridge_or_tunnel: bool,
    /// 0–100 with how it came about.
    pub condition: Option<(u8, Confidence)>,
    pub length_cm: i64,
    /// Where the road counts: half its length.
    pub midpoint: LngLat,
    pub leaves: Leaves,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AreaRow {
    pub source_key: String,
    pub kind: AreaKind,
    pub name: Option<String>,
    pub geometry: MultiPolygon,
    pub area_m2: i64,
}

/// A named point of the base map.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceRow {
    pub source_key: String,
    pub name: String,
    /// `city`, `town`, `village`, `hamlet`, `suburb`, `quarter`, `neighbourhood`, `locality`.
    pub kind: String,
    pub place: LngLat,
    pub population: Option<i64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RegionRow {
    pub level: RegionLevel,
    pub code: String,
    pub name: String,
    /// Code of the region above, of any wider level of the same hierarchy.
    pub parent_code: Option<String>,
    pub geometry: MultiPolygon,
}

/// One published figure. A suppressed one is there, without a value, and is not zero.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorRow {
    pub level: RegionLevel,
    pub region_code: String,
    /// Our name of the indicator, unit last: `population`, `income_per_inhabitant_eur`, `owner_occupied_pct`.
    pub indicator: String,
    pub year: i32,
    /// In ten-thousandths of the unit, exactly as published.
    pub value_e4: Option<i64>,
    pub suppressed: bool,
}

/// Meaning of an indicator, from its recipe.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorDef {
    pub indicator: String,
    pub title_en: String,
    pub title_nl: String,
    /// `persons`, `EUR`, `%`, `km`, `dwellings`, `per_km2`, …
    pub unit: String,
    /// Whether figures of neighbouring regions may be added up (a count may, a share may not).
    pub additive: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PostcodeRow {
    pub postcode: String,
    pub households: Option<i32>,
    pub inhabitants: Option<i32>,
    pub suppressed: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FlowRow {
    pub level: RegionLevel,
    pub origin_code: String,
    pub destination_code: String,
    pub mode: String,
    pub year: i32,
    /// Estimated persons in thousandths, exactly as published.
    pub persons_e3: i64,
}

/// A row of an account file, not yet geocoded.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRow {
    pub external_key: String,
    pub name: String,
    pub kind: AccountKind,
    pub status: AccountStatus,
    pub category: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
    pub address: PostalAddress,
    /// Position given by the file itself; `None` asks the geocoder.
    pub place: Option<LngLat>,
    pub territory: Option<String>,
    /// E-mail address of the owner.
    pub owner_email: Option<String>,
    pub revenue_cents: Option<i64>,
    pub customer_since_on: Option<NaiveDate>,
    pub last_contact_on: Option<NaiveDate>,
}

/// A sales territory as a set of regions.
#[derive(Debug, Clone, PartialEq)]
pub struct TerritoryRow {
    pub code: String,
    pub name: String,
    pub region_codes: Vec<(RegionLevel, String)>,
    /// E-mail address and name of its representative.
    pub representative: Option<(String, String)>,
}

/// Everything one dataset brings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bundle {
    pub addresses: Vec<AddressRow>,
    pub buildings: Vec<BuildingRow>,
    pub roads: Vec<RoadRow>,
    pub areas: Vec<AreaRow>,
    pub places: Vec<PlaceRow>,
    pub regions: Vec<RegionRow>,
    pub indicator_defs: Vec<IndicatorDef>,
    pub indicators: Vec<IndicatorRow>,
    pub postcodes: Vec<PostcodeRow>,
    pub flows: Vec<FlowRow>,
    pub accounts: Vec<AccountRow>,
    pub territories: Vec<TerritoryRow>,
}

impl Bundle {
    /// Rows by kind, without the kinds that are empty.
    pub fn row_counts(&self) -> Vec<(String, i64)> {
        [
            ("addresses", self.addresses.len()),
            ("buildings", self.buildings.len()),
            ("roads", self.roads.len()),
            ("areas", self.areas.len()),
            (
                "business_parks",
                self.areas
                    .iter()
                    .filter(|a| a.kind.is_business_park())
                    .count(),
            ),
            ("places", self.places.len()),
            ("regions", self.regions.len()),
            ("indicators", self.indicators.len()),
            ("postcodes", self.postcodes.len()),
            ("flows", self.flows.len()),
            ("accounts", self.accounts.len()),
            ("territories", self.territories.len()),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| (kind.to_owned(), count as i64))
        .collect()
    }
}
