//! The demo company's own records: households and organisations at addresses of the region, one in so
//! many, with revenue, dates and a few addresses so badly written that the geocoder has to doubt. No
//! person and no company of these names exists.

use super::frame::{Dice, Part};
use super::names::{company, household};
use super::{DemoSpec, society};
use chrono::{Days, NaiveDate};
use geocrm_domain::PostalAddress;
use geocrm_domain::account::{AccountKind, AccountStatus};
use geocrm_domain::place::BuildingUse;
use geocrm_domain::record::{AccountRow, AddressRow};
use geocrm_domain::spatial::LngLat;

/// Share of accounts whose address is badly written and has no position.
const DIRTY: f64 = 0.03;

/// What is kept of an address until the accounts are written.
#[derive(Debug, Clone)]
struct Stop {
    address: PostalAddress,
    place: LngLat,
    building_use: BuildingUse,
    territory: usize,
    income_eur: f64,
}

/// Chooses stops while the addresses pass by: one from every run of about `every` addresses.
pub(super) struct Picker {
    dice: Dice,
    wanted: usize,
    total: usize,
    seen: usize,
    stops: Vec<(Stop, bool)>,
    home: Option<Stop>,
    work: Option<Stop>,
    /// Addresses of each kind in the open run.
    homes: usize,
    works: usize,
}

impl Picker {
    pub fn new(spec: &DemoSpec) -> Self {
        let usual = (spec.addresses / 40).clamp(200, 250_000);
        Self {
            dice: Dice::new(spec.seed, Part::Accounts, 0),
            wanted: spec.accounts.unwrap_or(usual).min(spec.addresses),
            total: spec.addresses,
            seen: 0,
            stops: Vec::new(),
            home: None,
            work: None,
            homes: 0,
            works: 0,
        }
    }

    pub fn see(&mut self, row: &AddressRow, territory: usize, income_eur: f64) {
        let building_use = row
            .setting
            .building_use
            .map_or(BuildingUse::Other, |(u, _)| u);
        let dwelling = building_use == BuildingUse::Dwelling;
        let (slot, count) = if dwelling {
            (&mut self.home, &mut self.homes)
        } else {
            (&mut self.work, &mut self.works)
        };
        *count += 1;
        if self.dice.index(*count) == 0 {
            *slot = Some(Stop {
                address: row.address.clone(),
                place: row.place,
                building_use,
                territory,
                income_eur,
            });
        }
        self.seen += 1;
        // The run ends where the next account is due.
        if self.seen * self.wanted / self.total > self.stops.len() {
            let organisation = self.dice.chance(0.52);
            let (first, second) = if organisation {
                (self.work.take(), self.home.take())
            } else {
                (self.home.take(), self.work.take())
            };
            if let Some(stop) = first.or(second) {
                let works = stop.building_use != BuildingUse::Dwelling;
                // Some organisations work from home.
                let organisation = works || (organisation && self.dice.chance(0.25));
                self.stops.push((stop, organisation));
            }
            (self.home, self.work, self.homes, self.works) = (None, None, 0, 0);
        }
    }

    pub fn len(&self) -> usize {
        self.stops.len()
    }

    /// The accounts in order, `size` at a time.
    pub fn chunks(
        &self,
        seed: u64,
        today: NaiveDate,
        size: usize,
    ) -> impl Iterator<Item = Vec<AccountRow>> {
        self.stops.chunks(size).enumerate().map(move |(c, stops)| {
            let mut dice = Dice::new(seed, Part::Accounts, 1 + c as u64);
            stops
                .iter()
                .enumerate()
                .map(|(i, (stop, organisation))| {
                    account(c * size + i + 1, stop, *organisation, today, &mut dice)
                })
                .collect()
        })
    }
}

fn category(building_use: BuildingUse, dice: &mut Dice) -> &'static str {
    match building_use {
        BuildingUse::Retail => {
            dice.weighted(&[("Retail", 0.55), ("Horeca", 0.3), ("Services", 0.15)])
        }
        BuildingUse::Office => {
            dice.weighted(&[("Services", 0.75), ("Care", 0.15), ("Construction", 0.1)])
        }
        BuildingUse::Hotel => "Horeca",
        BuildingUse::Public => dice.weighted(&[("Education", 0.7), ("Care", 0.3)]),
        BuildingUse::Industrial => dice.weighted(&[
            ("Industry", 0.55),
            ("Construction", 0.25),
            ("Services", 0.2),
        ]),
        BuildingUse::Agricultural => "Agriculture",
        _ => dice.weighted(&[
            ("Services", 0.5),
            ("Construction", 0.25),
            ("Care", 0.1),
            ("Agriculture", 0.15),
        ]),
    }
}

const NOTES: &[&str] = &[
    "Prefers to be called in the morning.",
    "Asked for a quotation last spring.",
    "Entrance at the back.",
    "Wants to hear about the new range.",
    "Invoices by post.",
];

fn account(
    number: usize,
    stop: &Stop,
    organisation: bool,
    today: NaiveDate,
    dice: &mut Dice,
) -> AccountRow {
    let town = stop.address.city.clone().unwrap_or_default();
    let category = if organisation {
        category(stop.building_use, dice)
    } else {
        "Household"
    };
    let name = if organisation {
        company(category, &town, dice)
    } else {
        household(dice)
    };
    let status = dice.weighted(&[
        (AccountStatus::Customer, 0.46),
        (AccountStatus::Prospect, 0.44),
        (AccountStatus::Former, 0.1),
    ]);
    let bought = status != AccountStatus::Prospect;
    let days_ago = |days: f64| today.checked_sub_days(Days::new(days.max(0.0) as u64));
    let since = 30.0 + dice.unit().powi(2) * 5_400.0;
    let spread = match category {
        "Industry" => 11.2,
        "Household" => 6.0 + (stop.income_eur / 30_000.0).ln() * 1.3,
        "Construction" | "Care" | "Education" => 9.6,
        _ => 8.9,
    };
    let euro = (spread + dice.normal() * 1.0).exp();
    let last = match status {
        AccountStatus::Customer => dice.unit().powi(2) * 420.0,
        AccountStatus::Former => 300.0 + dice.unit() * 900.0,
        AccountStatus::Prospect => dice.unit() * 700.0,
    };
    let dirty = dice.chance(DIRTY);
    AccountRow {
        external_key: format!("ACC-{number:06}"),
        name,
        kind: if organisation {
            AccountKind::Organisation
        } else {
            AccountKind::Household
        },
        status,
        category: Some(category.to_owned()),
        email: dice
            .chance(0.8)
            .then(|| format!("account{number}@example.org")),
        phone: dice.chance(0.6).then(|| {
            format!(
                "+31 85 {:03} {:04}",
                number / 10_000 % 1_000,
                number % 10_000
            )
        }),
        note: dice.chance(0.08).then(|| (*dice.pick(NOTES)).to_owned()),
        address: if dirty {
            spoiled(&stop.address, dice)
        } else {
            stop.address.clone()
        },
        place: (!dirty).then_some(stop.place),
        territory: Some(society::code(stop.territory)),
        owner_email: Some(society::email(stop.territory)),
        revenue_cents: bought.then_some((euro * 100.0).round() as i64),
        customer_since_on: if bought {
            days_ago(since.max(last))
        } else {
            None
        },
        last_contact_on: if bought || dice.chance(0.7) {
            days_ago(last)
        } else {
            None
        },
    }
}

/// A mistake people make: two letters swapped, a part missing, a number in the street, an old postcode.
fn spoiled(address: &PostalAddress, dice: &mut Dice) -> PostalAddress {
    let mut out = address.clone();
    match dice.whole(0, 5) {
        0 => out.street = out.street.map(|s| swapped(&s, dice)),
        1 => out.postcode = None,
        2 => {
            out.street = out
                .street
                .zip(out.house_number.take())
                .map(|(s, n)| format!("{} {n}", s.to_uppercase()));
            out.postcode = None;
        }
        3 => out.house_number = Some(format!("{}", 900 + dice.whole(1, 80))),
        4 => {
            out.street = out.street.map(|s| s.replace("straat", "str."));
            out.city = None;
            out.postcode = out
                .postcode
                .map(|p| format!("{} {}", &p[..4], p[4..].to_lowercase()));
        }
        _ => {
            out.street = None;
            out.postcode = Some("9999ZZ".to_owned());
        }
    }
    out
}

fn swapped(text: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() > 4 {
        let i = 1 + dice.index(letters.len() - 3);
        letters.swap(i, i + 1);
    }
    letters.into_iter().collect()
}
