//! Names that sound Dutch and belong to nobody: settlements, streets by theme, neighbourhoods, companies
//! and households, all put together from word lists, and never the same street twice in one town.

use super::frame::Dice;
use super::words::{
    BEFORE, FAMILY_HEADS, FAMILY_STEMS, FAMILY_TAILS, FORMS, OLD_STEMS, QUARTER_TAILS, ROYAL_STEMS,
    RURAL_STEMS, SIGNS, THEMES, TOWN_FIRST, TOWN_HEADS, TOWN_TAILS, WORK_STEMS,
};
use std::collections::HashSet;

/// What kind of part of town a street name is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    Old,
    Royal,
    /// Number of a theme in [`THEMES`].
    Theme(usize),
    Work,
    Rural,
    Canal,
    Edge,
}

/// Hands out names that it has not handed out before.
pub(super) struct Namer {
    taken: HashSet<String>,
}

impl Namer {
    pub fn new() -> Self {
        Self {
            taken: HashSet::new(),
        }
    }

    pub fn town(&mut self, dice: &mut Dice) -> String {
        for attempt in 0.. {
            let mut name = String::new();
            if attempt > 6 || dice.chance(0.06) {
                name.push_str(dice.pick::<&str>(TOWN_FIRST));
            }
            let (head, tail) = (dice.pick(TOWN_HEADS), dice.pick(TOWN_TAILS));
            name.push_str(head);
            name.push_str(tail);
            if attempt > 60 {
                name = format!("{name} {}", self.taken.len());
            }
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
        String::new()
    }

    pub fn street(&mut self, flavour: Flavour, dice: &mut Dice) -> String {
        let (stems, tails): (&[&str], &[&str]) = match flavour {
            Flavour::Old => (
                OLD_STEMS,
                &[
                    "straat", "steeg", "straat", "plein", "singel", "gang", "hof", "markt",
                ],
            ),
            Flavour::Royal => (
                ROYAL_STEMS,
                &["straat", "laan", "straat", "kade", "plein", "singel", "weg"],
            ),
            Flavour::Theme(n) => (
                THEMES[n % THEMES.len()],
                &[
                    "straat",
                    "laan",
                    "hof",
                    "weg",
                    "dreef",
                    "pad",
                    "plantsoen",
                    "gaarde",
                    "erf",
                    "kamp",
                ],
            ),
            Flavour::Work => (
                WORK_STEMS,
                &["weg", "straat", "laan", "park", "ring", "kade"],
            ),
            Flavour::Rural => (
                RURAL_STEMS,
                &["weg", "dijk", "pad", "laan", "wetering", "kade", "vaart"],
            ),
            Flavour::Canal => (OLD_STEMS, &["gracht", "kade", "vaart"]),
            Flavour::Edge => (RURAL_STEMS, &["singel", "rondweg", "ring", "dijk", "allee"]),
        };
        for attempt in 0.. {
            let (stem, tail) = (dice.pick(stems), dice.pick(tails));
            let mut name = joined(stem, tail);
            if attempt > 4 {
                name = format!("{} {name}", dice.pick(BEFORE));
            }
            if attempt > 20 {
                let theme = dice.pick(THEMES);
                name = format!("{} {}", dice.pick(theme), name);
            }
            if attempt > 60 {
                name = format!("{name} {}", self.taken.len());
            }
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
        String::new()
    }
}

/// `Rembrandt` + `straat`, but `Jan Steenstraat` and `Vergeet-mij-nietstraat` as they are written.
fn joined(stem: &str, tail: &str) -> String {
    format!("{stem}{tail}")
}

/// Name of a neighbourhood built in one go, by its street theme.
pub(super) fn quarter(flavour: Flavour, dice: &mut Dice) -> String {
    const NAMED: &[&str] = &[
        "Bomenbuurt",
        "Vogelbuurt",
        "Bloemenbuurt",
        "Schildersbuurt",
        "Componistenbuurt",
        "Rivierenbuurt",
        "Zeeheldenbuurt",
        "Geleerdenbuurt",
        "Sterrenbuurt",
        "Fruitbuurt",
        "Akkerbuurt",
        "Moerasbuurt",
    ];
    match flavour {
        Flavour::Theme(n) if dice.chance(0.5) => NAMED[n % NAMED.len()].to_owned(),
        Flavour::Theme(n) => {
            let stem = dice.pick(THEMES[n % THEMES.len()]);
            format!("{stem}{}", dice.pick(QUARTER_TAILS))
        }
        Flavour::Royal => format!(
            "{}{}",
            dice.pick(ROYAL_STEMS),
            dice.pick(&["kwartier", "buurt", "park"])
        ),
        Flavour::Old => format!(
            "{}{}",
            dice.pick(OLD_STEMS),
            dice.pick(&["kwartier", "buurt", "hoek"])
        ),
        Flavour::Work => format!(
            "{}{}",
            dice.pick(WORK_STEMS),
            dice.pick(&["park", "terrein", "kwartier"])
        ),
        _ => format!(
            "{}{}",
            dice.pick(RURAL_STEMS),
            dice.pick(&["polder", "veld", "waard", "landen"])
        ),
    }
}

/// `Familie Duinstra`: made up, like every other name here.
pub(super) fn household(dice: &mut Dice) -> String {
    let head = dice.pick(FAMILY_HEADS);
    let stem = dice.pick(FAMILY_STEMS);
    let tail = if head.is_empty() {
        *dice.pick(FAMILY_TAILS)
    } else {
        ""
    };
    format!("Familie {head}{stem}{tail}")
}

/// Name of a representative: first name and family name from the same lists.
pub(super) fn person(dice: &mut Dice) -> String {
    const FIRST: &[&str] = &[
        "Anouk", "Bram", "Carlijn", "Daan", "Esmee", "Floris", "Guus", "Hanna", "Ilse", "Joris",
        "Karlijn", "Lotte", "Mees", "Noor", "Olaf", "Puck", "Rik", "Sanne", "Teun", "Veerle",
        "Wout", "Yara",
    ];
    let family = household(dice);
    format!(
        "{} {}",
        dice.pick(FIRST),
        family.trim_start_matches("Familie ")
    )
}

/// A company of the given line of business.
pub(super) fn company(category: &str, town: &str, dice: &mut Dice) -> String {
    let trades: &[&str] = match category {
        "Horeca" => &[
            "Café",
            "Restaurant",
            "Eetcafé",
            "Lunchroom",
            "Hotel",
            "Brasserie",
            "Pannenkoekenhuis",
        ],
        "Retail" => &[
            "Bakkerij",
            "Slagerij",
            "Boekhandel",
            "Fietsen",
            "Bloemen",
            "Mode",
            "Drogisterij",
            "Supermarkt",
            "Optiek",
        ],
        "Industry" => &[
            "Metaalwerken",
            "Machinefabriek",
            "Kunststoffen",
            "Verpakkingen",
            "Papierfabriek",
            "Transport",
            "Zuivelfabriek",
        ],
        "Construction" => &[
            "Bouwbedrijf",
            "Installaties",
            "Schildersbedrijf",
            "Timmerwerken",
            "Dakbedekking",
            "Aannemersbedrijf",
        ],
        "Care" => &[
            "Huisartsenpraktijk",
            "Tandartspraktijk",
            "Apotheek",
            "Fysiotherapie",
            "Zorgcentrum",
            "Dierenkliniek",
        ],
        "Agriculture" => &[
            "Boerderij",
            "Melkveehouderij",
            "Akkerbouw",
            "Kwekerij",
            "Fruitteelt",
            "Loonbedrijf",
        ],
        "Education" => &[
            "Basisschool",
            "Kinderopvang",
            "Rijschool",
            "College",
            "Muziekschool",
        ],
        _ => &[
            "Adviesbureau",
            "Administratiekantoor",
            "Makelaardij",
            "Notariaat",
            "Ontwerpbureau",
            "Software",
            "Uitzendbureau",
            "Schoonmaak",
        ],
    };
    let trade = dice.pick(trades);
    match dice.whole(0, 3) {
        0 => format!("{trade} {}", dice.pick(SIGNS)),
        1 => format!("{trade} {town}{}", dice.pick(FORMS)),
        _ => {
            let stem = dice.pick(FAMILY_STEMS);
            format!(
                "{trade} {stem}{}{}",
                dice.pick(FAMILY_TAILS),
                dice.pick(FORMS)
            )
        }
    }
}
