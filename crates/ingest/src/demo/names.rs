//! Names that sound Dutch and belong to nobody: settlements, streets by theme, neighbourhoods, companies
//! and households, all put together from word lists, and never the same street twice in one town.

use super::frame::Dice;
use std::collections::HashSet;

const TOWN_HEADS: &[&str] = &[
    "Ooster", "Wester", "Noorder", "Zuider", "Zand", "Dijk", "Meer", "Water", "Berken", "Eiken",
    "Elzen", "Hooge", "Lage", "Raven", "Kraan", "Zwane", "Vis", "Schapen", "Graven", "Konings",
    "Wilgen", "Riet", "Duin", "Klei", "Veen", "Molen", "Brug", "Haring", "Kabel", "Schol", "Tarbot",
    "Doggers", "Banken", "Meeuwen", "Sterns", "Reigers", "Otter", "Bever", "Linden", "Essen", "Haver",
    "Rogge", "Vlas", "Koren", "Turf", "Kwelder", "Wad", "Griet", "Ander", "Polder",
];
const TOWN_TAILS: &[&str] = &[
    "dam", "dijk", "veen", "burg", "drecht", "woude", "wijk", "kerk", "huizen", "dorp", "meer",
    "hoven", "stede", "land", "zijl", "rade", "monde", "werf", "oord", "sluis", "daal", "schans",
    "hoek", "waard", "horn", "wold", "um", "hout", "voorde", "mond", "bosch", "gouw",
];
const TOWN_FIRST: &[&str] = &["Nieuw-", "Oud-", "Groot-", "Klein-", "Sint-", "Over-", "Neder-", "Hoog-"];

/// Street stems by theme; a neighbourhood takes one theme, as Dutch ones do.
pub(super) const THEMES: &[&[&str]] = &[
    &["Berken", "Beuken", "Eiken", "Linden", "Kastanje", "Esdoorn", "Populieren", "Wilgen", "Essen", "Iepen", "Acacia", "Plataan", "Elzen", "Dennen", "Sparren", "Lariks", "Hazelaar", "Lijsterbes", "Meidoorn", "Vlier", "Taxus", "Ceder", "Hulst", "Goudenregen", "Magnolia", "Seringen", "Haagbeuk", "Olmen", "Mispel", "Walnoot"],
    &["Merel", "Lijster", "Zwaluw", "Spreeuwen", "Vinken", "Leeuwerik", "Kievit", "Reiger", "Ooievaar", "Koekoek", "Nachtegaal", "Roerdomp", "Buizerd", "Havik", "Sperwer", "Uilen", "Wulpen", "Grutto", "Tureluur", "Meeuwen", "Stern", "Ijsvogel", "Kwikstaart", "Roodborst", "Winterkoning", "Specht", "Zwanen", "Fazanten", "Patrijs", "Karekiet"],
    &["Rozen", "Tulpen", "Narcissen", "Dahlia", "Anjer", "Violen", "Hyacinten", "Krokus", "Lelie", "Margriet", "Klaproos", "Korenbloem", "Zonnebloem", "Fresia", "Azalea", "Begonia", "Geranium", "Iris", "Jasmijn", "Lavendel", "Orchidee", "Papaver", "Petunia", "Primula", "Ranonkel", "Sleutelbloem", "Vergeet-mij-niet", "Zinnia", "Aster", "Crocus"],
    &["Rembrandt", "Vermeer", "Frans Hals", "Jan Steen", "Ruysdael", "Hobbema", "Van Gogh", "Mondriaan", "Mesdag", "Israëls", "Breitner", "Jongkind", "Ostade", "Potter", "Cuyp", "Van Goyen", "Bosch", "Bruegel", "Rubens", "Van Dyck", "Leyster", "Ruysch", "Saenredam", "Terborch", "Metsu", "Weissenbruch", "Toorop", "Sluijters", "Appel", "Escher"],
    &["Bach", "Mozart", "Beethoven", "Chopin", "Schubert", "Händel", "Haydn", "Vivaldi", "Verdi", "Puccini", "Brahms", "Liszt", "Mahler", "Wagner", "Ravel", "Debussy", "Bizet", "Rossini", "Grieg", "Sibelius", "Sweelinck", "Diepenbrock", "Obrecht", "Dvorak", "Mendelssohn", "Schumann", "Strauss", "Bartok", "Stravinsky", "Orff"],
    &["Maas", "Rijn", "Waal", "IJssel", "Schelde", "Linge", "Vecht", "Amstel", "Eem", "Dommel", "Dinkel", "Regge", "Berkel", "Zaan", "Rotte", "Gouwe", "Merwede", "Lek", "Mark", "Roer", "Geul", "Jeker", "Hunze", "Aa", "Reest", "Tjonger", "Linde", "Lauwers", "Eems", "Spaarne"],
    &["Tasman", "Barentsz", "Heemskerk", "De Ruyter", "Tromp", "Piet Hein", "Houtman", "Van Diemen", "Evertsen", "Linschoten", "Columbus", "Magellaan", "Cook", "Vespucci", "Da Gama", "Nansen", "Amundsen", "Hudson", "Bering", "Marco Polo", "Drake", "Franklin", "Scott", "Peary", "Livingstone", "Cabot", "Roggeveen", "Le Maire", "Schouten", "Brouwer"],
    &["Huygens", "Leeuwenhoek", "Lorentz", "Zeeman", "Kamerlingh Onnes", "Newton", "Galilei", "Kepler", "Copernicus", "Einstein", "Curie", "Pasteur", "Volta", "Ampère", "Edison", "Marconi", "Faraday", "Watt", "Celsius", "Fahrenheit", "Stevin", "Boerhaave", "Swammerdam", "Buys Ballot", "Darwin", "Linnaeus", "Mendel", "Nobel", "Planck", "Bohr"],
    &["Mercurius", "Venus", "Mars", "Jupiter", "Saturnus", "Uranus", "Neptunus", "Pluto", "Orion", "Poolster", "Sirius", "Wega", "Grote Beer", "Kleine Beer", "Cassiopeia", "Pegasus", "Andromeda", "Steenbok", "Waterman", "Tweelingen", "Weegschaal", "Boogschutter", "Melkweg", "Komeet", "Meteoor", "Zon", "Maan", "Sterren", "Planeten", "Castor"],
    &["Appel", "Peren", "Kersen", "Pruimen", "Bramen", "Frambozen", "Aardbeien", "Bessen", "Druiven", "Kruisbes", "Goudreinet", "Elstar", "Conference", "Morellen", "Abrikozen", "Perziken", "Vijgen", "Moerbei", "Cox", "Jonagold", "Mirabel", "Kwee", "Amandel", "Noten", "Reine Claude", "Bellefleur", "Doyenné", "Boomgaard", "Fruit", "Oogst"],
    &["Haver", "Gerst", "Tarwe", "Rogge", "Vlas", "Klaver", "Koolzaad", "Boekweit", "Luzerne", "Hop", "Maalderij", "Ploeg", "Zeis", "Sikkel", "Eg", "Dorsvloer", "Schoven", "Hooiberg", "Karnmolen", "Melkweide", "Zuivel", "Akker", "Weide", "Kouter", "Es", "Brink", "Meent", "Gaarde", "Hoeve", "Stolp"],
    &["Kievits", "Veenmos", "Zonnedauw", "Lisdodde", "Waterlelie", "Biezen", "Zegge", "Dotterbloem", "Kalmoes", "Pijlkruid", "Zwanebloem", "Fonteinkruid", "Wollegras", "Gagel", "Heide", "Brem", "Duindoorn", "Helm", "Zeekraal", "Lamsoor", "Strandplevier", "Zilvermeeuw", "Kluut", "Oeverloper", "Zeearend", "Rietzanger", "Blauwborst", "Waterral", "Otter", "Bever"],
];
const OLD_STEMS: &[&str] = &["Hoog", "Kerk", "Markt", "Molen", "Haven", "Brouwers", "Bakker", "Smeden", "Vis", "Boter", "Kaas", "Koren", "Heren", "Prinsen", "Keizers", "Raam", "Wevers", "Touw", "Schoenmakers", "Zilver", "Goud", "Klok", "Toren", "Poort", "Waag", "Begijnen", "Minrebroeders", "Klooster", "Vest", "Wal", "Nonnen", "Paarden", "Ossen", "Appel", "Turf", "Zand", "Kalk", "Lomberd", "Gast", "Dom"];
const ROYAL_STEMS: &[&str] = &["Wilhelmina", "Juliana", "Beatrix", "Emma", "Oranje", "Nassau", "Prins Hendrik", "Stations", "School", "Parallel", "Park", "Spoor", "Burgemeester", "Dokter", "Vondel", "Hooft", "Huygens", "Bilderdijk", "Da Costa", "Tollens", "Potgieter", "Beets", "Staring", "Helmers", "Brederode", "Bloemen", "Ooster", "Wester", "Noorder", "Zuider"];
const WORK_STEMS: &[&str] = &["Ampère", "Industrie", "Handels", "Nijverheids", "Energie", "Staal", "Koper", "Tin", "Nikkel", "Chroom", "Zink", "Fabrieks", "Techniek", "Turbine", "Motor", "Dynamo", "Transport", "Logistiek", "Loods", "Export", "Ondernemers", "Ambachts", "Meubel", "Textiel", "Glas", "Cement", "Beton", "Titanium", "Radium", "Platina"];
const RURAL_STEMS: &[&str] = &["Noorder", "Zuider", "Ooster", "Wester", "Lage", "Hoge", "Oude", "Nieuwe", "Kerk", "Molen", "Zee", "Kwelder", "Binnen", "Buiten", "Middel", "Achter", "Dwars", "Kraaien", "Hazen", "Ganzen", "Veld", "Zwarte", "Groene", "Lange", "Korte", "Smalle", "Bree", "Schapen", "Paarden", "Turf"];

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
            Flavour::Old => (OLD_STEMS, &["straat", "steeg", "straat", "plein", "singel", "gang", "hof", "markt"]),
            Flavour::Royal => (ROYAL_STEMS, &["straat", "laan", "straat", "kade", "plein", "singel", "weg"]),
            Flavour::Theme(n) => (
                THEMES[n % THEMES.len()],
                &["straat", "laan", "hof", "weg", "dreef", "pad", "plantsoen", "gaarde", "erf", "kamp"],
            ),
            Flavour::Work => (WORK_STEMS, &["weg", "straat", "laan", "park", "ring", "kade"]),
            Flavour::Rural => (RURAL_STEMS, &["weg", "dijk", "pad", "laan", "wetering", "kade", "vaart"]),
            Flavour::Canal => (OLD_STEMS, &["gracht", "kade", "vaart"]),
            Flavour::Edge => (RURAL_STEMS, &["singel", "rondweg", "ring", "dijk", "allee"]),
        };
        const BEFORE: &[&str] = &["Eerste", "Tweede", "Derde", "Oude", "Nieuwe", "Kleine", "Grote", "Lange", "Korte", "Achterste", "Voorste", "Hoge", "Lage"];
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

const QUARTER_TAILS: &[&str] = &["buurt", "kwartier", "wijk", "veld", "hoek", "hout", "park", "rade", "horst", "oever", "land", "gaarde"];

/// Name of a neighbourhood built in one go, by its street theme.
pub(super) fn quarter(flavour: Flavour, dice: &mut Dice) -> String {
    const NAMED: &[&str] = &["Bomenbuurt", "Vogelbuurt", "Bloemenbuurt", "Schildersbuurt", "Componistenbuurt", "Rivierenbuurt", "Zeeheldenbuurt", "Geleerdenbuurt", "Sterrenbuurt", "Fruitbuurt", "Akkerbuurt", "Moerasbuurt"];
    match flavour {
        Flavour::Theme(n) if dice.chance(0.5) => NAMED[n % NAMED.len()].to_owned(),
        Flavour::Theme(n) => {
            let stem = dice.pick(THEMES[n % THEMES.len()]);
            format!("{stem}{}", dice.pick(QUARTER_TAILS))
        }
        Flavour::Royal => format!("{}{}", dice.pick(ROYAL_STEMS), dice.pick(&["kwartier", "buurt", "park"])),
        Flavour::Old => format!("{}{}", dice.pick(OLD_STEMS), dice.pick(&["kwartier", "buurt", "hoek"])),
        Flavour::Work => format!("{}{}", dice.pick(WORK_STEMS), dice.pick(&["park", "terrein", "kwartier"])),
        _ => format!("{}{}", dice.pick(RURAL_STEMS), dice.pick(&["polder", "veld", "waard", "landen"])),
    }
}

const FAMILY_HEADS: &[&str] = &["Van den ", "De ", "Van der ", "", "", "", "Van ", "Ter ", ""];
const FAMILY_STEMS: &[&str] = &["Akker", "Bonte", "Duin", "Elzen", "Graaf", "Hoek", "Kamp", "Linde", "Meer", "Nes", "Oever", "Poel", "Roos", "Sluis", "Toren", "Vaart", "Waal", "Zand", "Broek", "Dijk", "Berg", "Velde", "Horst", "Laan", "Wiel", "Zwaan", "Ploeg", "Molen", "Brink", "Schans"];
const FAMILY_TAILS: &[&str] = &["", "man", "stra", "sma", "huis", "horst", "kamp", "ink", "s", "veld"];

/// `Familie Duinstra`: made up, like every other name here.
pub(super) fn household(dice: &mut Dice) -> String {
    let head = dice.pick(FAMILY_HEADS);
    let stem = dice.pick(FAMILY_STEMS);
    let tail = if head.is_empty() { *dice.pick(FAMILY_TAILS) } else { "" };
    format!("Familie {head}{stem}{tail}")
}

/// Name of a representative: first name and family name from the same lists.
pub(super) fn person(dice: &mut Dice) -> String {
    const FIRST: &[&str] = &["Anouk", "Bram", "Carlijn", "Daan", "Esmee", "Floris", "Guus", "Hanna", "Ilse", "Joris", "Karlijn", "Lotte", "Mees", "Noor", "Olaf", "Puck", "Rik", "Sanne", "Teun", "Veerle", "Wout", "Yara"];
    let family = household(dice);
    format!("{} {}", dice.pick(FIRST), family.trim_start_matches("Familie "))
}

/// A company of the given line of business.
pub(super) fn company(category: &str, town: &str, dice: &mut Dice) -> String {
    let trades: &[&str] = match category {
        "Horeca" => &["Café", "Restaurant", "Eetcafé", "Lunchroom", "Hotel", "Brasserie", "Pannenkoekenhuis"],
        "Retail" => &["Bakkerij", "Slagerij", "Boekhandel", "Fietsen", "Bloemen", "Mode", "Drogisterij", "Supermarkt", "Optiek"],
        "Industry" => &["Metaalwerken", "Machinefabriek", "Kunststoffen", "Verpakkingen", "Papierfabriek", "Transport", "Zuivelfabriek"],
        "Construction" => &["Bouwbedrijf", "Installaties", "Schildersbedrijf", "Timmerwerken", "Dakbedekking", "Aannemersbedrijf"],
        "Care" => &["Huisartsenpraktijk", "Tandartspraktijk", "Apotheek", "Fysiotherapie", "Zorgcentrum", "Dierenkliniek"],
        "Agriculture" => &["Boerderij", "Melkveehouderij", "Akkerbouw", "Kwekerij", "Fruitteelt", "Loonbedrijf"],
        "Education" => &["Basisschool", "Kinderopvang", "Rijschool", "College", "Muziekschool"],
        _ => &["Adviesbureau", "Administratiekantoor", "Makelaardij", "Notariaat", "Ontwerpbureau", "Software", "Uitzendbureau", "Schoonmaak"],
    };
    const SIGNS: &[&str] = &["De Gouden Karper", "Het Anker", "De Vier Winden", "De Zwaan", "Het Hoekje", "De Korenbloem", "De Zeemeeuw", "Nieuw Leven", "De Linde", "Het Wapen", "De Halve Maan", "De Vlinder", "De Brug", "De Haven"];
    const FORMS: &[&str] = &[" B.V.", "", " V.O.F.", "", " & Zn."];
    let trade = dice.pick(trades);
    match dice.whole(0, 3) {
        0 => format!("{trade} {}", dice.pick(SIGNS)),
        1 => format!("{trade} {town}{}", dice.pick(FORMS)),
        _ => {
            let stem = dice.pick(FAMILY_STEMS);
            format!("{trade} {stem}{}{}", dice.pick(FAMILY_TAILS), dice.pick(FORMS))
        }
    }
}
