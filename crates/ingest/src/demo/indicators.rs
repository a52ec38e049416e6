//! Published figures of the demo's regions. Each neighbourhood draws its own from its fabric, its cell
//! (rich and poor corners of the land) and its neighbours' year, and wider levels are counted from them,
//! then rounded as a statistics office would, so that parents are near, but not exactly, their parts.

use super::frame::{Dice, Part};
use super::regions::{Neighbourhood, Regions};
use super::town::Fabric;
use geocrm_domain::record::{IndicatorDef, IndicatorRow};
use geocrm_domain::region::RegionLevel;
use std::collections::BTreeMap;

/// Name, titles, unit, additive.
const DEFS: &[(&str, &str, &str, &str, bool)] = &[
    ("population", "Population", "Inwoners", "persons", true),
    (
        "households",
        "Households",
        "Huishoudens",
        "households",
        true,
    ),
    ("dwellings", "Dwellings", "Woningen", "dwellings", true),
    (
        "household_size",
        "Household size",
        "Huishoudensgrootte",
        "persons",
        false,
    ),
    ("age_0_15_pct", "Aged 0 to 15", "0 tot 15 jaar", "%", false),
    (
        "age_15_25_pct",
        "Aged 15 to 25",
        "15 tot 25 jaar",
        "%",
        false,
    ),
    (
        "age_25_45_pct",
        "Aged 25 to 45",
        "25 tot 45 jaar",
        "%",
        false,
    ),
    (
        "age_45_65_pct",
        "Aged 45 to 65",
        "45 tot 65 jaar",
        "%",
        false,
    ),
    (
        "age_65_plus_pct",
        "Aged 65 and over",
        "65 jaar en ouder",
        "%",
        false,
    ),
    (
        "income_per_inhabitant_eur",
        "Income per inhabitant",
        "Inkomen per inwoner",
        "EUR",
        false,
    ),
    (
        "property_value_eur",
        "Mean property value",
        "Gemiddelde woningwaarde",
        "EUR",
        false,
    ),
    (
        "owner_occupied_pct",
        "Owner-occupied dwellings",
        "Koopwoningen",
        "%",
        false,
    ),
    ("rental_pct", "Rented dwellings", "Huurwoningen", "%", false),
    (
        "cars_per_household",
        "Cars per household",
        "Auto's per huishouden",
        "cars",
        false,
    ),
    (
        "population_density_per_km2",
        "Population density",
        "Bevolkingsdichtheid",
        "per_km2",
        false,
    ),
];

/// Years the demo has figures for.
pub(super) const YEARS: [i32; 2] = [2023, 2024];
/// Below this many inhabitants shares and means are withheld.
const WITHHELD_BELOW: f64 = 60.0;

pub(super) fn defs() -> Vec<IndicatorDef> {
    DEFS.iter()
        .map(|(name, en, nl, unit, additive)| IndicatorDef {
            indicator: (*name).to_owned(),
            title_en: (*en).to_owned(),
            title_nl: (*nl).to_owned(),
            unit: (*unit).to_owned(),
            additive: *additive,
        })
        .collect()
}

/// What a neighbourhood is like; shares are of inhabitants or of dwellings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Profile {
    pub population: f64,
    households: f64,
    dwellings: f64,
    ages: [f64; 5],
    pub income_eur: f64,
    value_eur: f64,
    owned: f64,
    cars: f64,
    area_km2: f64,
}

/// Household size, age shares, income, value, owned and cars by fabric.
fn typical(fabric: Fabric) -> (f64, [f64; 5], f64, f64, f64, f64) {
    match fabric {
        Fabric::Centre => (
            1.55,
            [9.0, 17.0, 38.0, 21.0, 15.0],
            30_500.0,
            345_000.0,
            0.37,
            0.5,
        ),
        Fabric::Prewar => (
            1.85,
            [14.0, 13.0, 36.0, 23.0, 14.0],
            29_000.0,
            355_000.0,
            0.46,
            0.7,
        ),
        Fabric::Postwar => (
            2.0,
            [15.0, 12.0, 25.0, 24.0, 24.0],
            24_500.0,
            265_000.0,
            0.42,
            0.85,
        ),
        Fabric::Slabs => (
            1.8,
            [16.0, 14.0, 30.0, 22.0, 18.0],
            20_500.0,
            205_000.0,
            0.22,
            0.55,
        ),
        Fabric::Cauliflower => (
            2.25,
            [15.0, 12.0, 23.0, 30.0, 20.0],
            28_000.0,
            312_000.0,
            0.63,
            1.1,
        ),
        Fabric::Vinex => (
            2.65,
            [25.0, 11.0, 31.0, 26.0, 7.0],
            33_500.0,
            405_000.0,
            0.76,
            1.3,
        ),
        Fabric::Villas => (
            2.35,
            [17.0, 11.0, 17.0, 31.0, 24.0],
            46_500.0,
            690_000.0,
            0.9,
            1.6,
        ),
        Fabric::Village => (
            2.35,
            [16.0, 12.0, 21.0, 30.0, 21.0],
            29_500.0,
            365_000.0,
            0.7,
            1.25,
        ),
        Fabric::Business => (
            1.9,
            [12.0, 14.0, 33.0, 28.0, 13.0],
            27_000.0,
            280_000.0,
            0.4,
            1.3,
        ),
        Fabric::Country => (
            2.5,
            [17.0, 13.0, 19.0, 31.0, 20.0],
            31_500.0,
            505_000.0,
            0.8,
            1.6,
        ),
    }
}

fn profile(seed: u64, number: usize, n: &Neighbourhood) -> Profile {
    let mut dice = Dice::new(seed, Part::Indicators, number as u64);
    // Whole cells, and broad belts of them, are richer or poorer than the usual.
    let mut corner = Dice::new(seed, Part::Indicators, (1 << 40) + n.cell as u64);
    let belt = (n.middle.x * 9.0 + seed as f64 % 7.0).sin() * (n.middle.y * 13.0).cos();
    let luck = belt * 0.07 + corner.normal() * 0.04 + dice.normal() * 0.06;
    let (size, mut ages, income, value, owned, cars) = typical(n.fabric);
    let size = size * (1.0 + dice.normal() * 0.04);
    for age in &mut ages {
        *age *= (1.0 + dice.normal() * 0.1).max(0.3);
    }
    let sum: f64 = ages.iter().sum();
    let dwelling_share = match n.fabric {
        Fabric::Centre => 0.8,
        Fabric::Business => 0.06,
        _ => 0.95,
    };
    let dwellings = (n.addresses as f64 * dwelling_share).floor();
    let households = dwellings * 0.965;
    Profile {
        population: (households * size).round(),
        households,
        dwellings,
        ages: ages.map(|age| age / sum),
        income_eur: income * (1.0 + luck),
        value_eur: value * (1.0 + luck * 1.9 + dice.normal() * 0.03),
        owned: (owned + luck * 0.6).clamp(0.04, 0.97),
        cars: (cars * (1.0 + luck * 0.5)).max(0.1),
        area_km2: n.shape.area_m2() / 1e6,
    }
}

pub(super) fn profiles(seed: u64, regions: &Regions) -> Vec<Profile> {
    regions
        .neighbourhoods
        .iter()
        .enumerate()
        .map(|(i, n)| profile(seed, i, n))
        .collect()
}

/// Sum of counts, means weighted by what they are a mean over.
fn total(parts: &[Profile]) -> Profile {
    let mut sum = Profile::default();
    for p in parts {
        sum.population += p.population;
        sum.households += p.households;
        sum.dwellings += p.dwellings;
        sum.area_km2 += p.area_km2;
        for (a, b) in sum.ages.iter_mut().zip(p.ages) {
            *a += b * p.population;
        }
        sum.income_eur += p.income_eur * p.population;
        sum.value_eur += p.value_eur * p.dwellings;
        sum.owned += p.owned * p.dwellings;
        sum.cars += p.cars * p.households;
    }
    let (people, homes, households) = (
        sum.population.max(1.0),
        sum.dwellings.max(1.0),
        sum.households.max(1.0),
    );
    sum.ages = sum.ages.map(|a| a / people);
    sum.income_eur /= people;
    sum.value_eur /= homes;
    sum.owned /= homes;
    sum.cars /= households;
    sum
}

pub(super) fn rows(regions: &Regions, profiles: &[Profile]) -> Vec<IndicatorRow> {
    let mut members: BTreeMap<(RegionLevel, &str), Vec<Profile>> = BTreeMap::new();
    for (n, p) in regions.neighbourhoods.iter().zip(profiles) {
        members
            .entry((RegionLevel::Neighbourhood, &n.code))
            .or_default()
            .push(*p);
        for (level, code) in &n.above {
            members.entry((*level, code)).or_default().push(*p);
        }
    }
    let mut out = Vec::new();
    for ((level, code), parts) in members {
        let p = total(&parts);
        for (back, year) in YEARS.iter().rev().enumerate() {
            let back = back as f64;
            let round = |v: f64, to: f64| (v / to).round() * to;
            let population = round(p.population * (1.0 - 0.008 * back), 5.0);
            let values = [
                population,
                round(p.households * (1.0 - 0.009 * back), 5.0),
                round(p.dwellings * (1.0 - 0.007 * back), 1.0),
                round(p.population / p.households.max(1.0), 0.1),
                round(p.ages[0] * 100.0, 1.0),
                round(p.ages[1] * 100.0, 1.0),
                round(p.ages[2] * 100.0, 1.0),
                round(p.ages[3] * 100.0, 1.0),
                round(p.ages[4] * 100.0, 1.0),
                round(p.income_eur * (1.0 - 0.045 * back), 100.0),
                round(p.value_eur * (1.0 - 0.03 * back), 1_000.0),
                round(p.owned * 100.0, 1.0),
                100.0 - round(p.owned * 100.0, 1.0),
                round(p.cars, 0.1),
                round(p.population / p.area_km2.max(1e-6), 1.0),
            ];
            for ((name, .., unit, additive), value) in DEFS.iter().zip(values) {
                let suppressed = population < WITHHELD_BELOW && !additive && *unit != "per_km2";
                out.push(IndicatorRow {
                    level,
                    region_code: code.to_owned(),
                    indicator: (*name).to_owned(),
                    year: *year,
                    value_e4: (!suppressed).then_some((value * 1e4).round() as i64),
                    suppressed,
                });
            }
        }
    }
    out
}
