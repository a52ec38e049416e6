//! The word lists behind every name of the demo region. They are common Dutch words and names of streets
//! that many towns have; put together they name nobody and no real place on purpose.

#[rustfmt::skip]
pub(super) const TOWN_HEADS: &[&str] = &[
    "Ooster", "Wester", "Noorder", "Zuider", "Zand", "Dijk", "Meer", "Water", "Berken", "Eiken",
    "Elzen", "Hooge", "Lage", "Raven", "Kraan", "Zwane", "Vis", "Schapen", "Graven", "Konings",
    "Wilgen", "Riet", "Duin", "Klei", "Veen", "Molen", "Brug", "Haring", "Kabel", "Schol",
    "Tarbot", "Doggers", "Banken", "Meeuwen", "Sterns", "Reigers", "Otter", "Bever", "Linden",
    "Essen", "Haver", "Rogge", "Vlas", "Koren", "Turf", "Kwelder", "Wad", "Griet", "Ander",
    "Polder",
];
#[rustfmt::skip]
pub(super) const TOWN_TAILS: &[&str] = &[
    "dam", "dijk", "veen", "burg", "drecht", "woude", "wijk", "kerk", "huizen", "dorp", "meer",
    "hoven", "stede", "land", "zijl", "rade", "monde", "werf", "oord", "sluis", "daal", "schans",
    "hoek", "waard", "horn", "wold", "um", "hout", "voorde", "mond", "bosch", "gouw",
];
#[rustfmt::skip]
pub(super) const TOWN_FIRST: &[&str] = &[
    "Nieuw-", "Oud-", "Groot-", "Klein-", "Sint-", "Over-", "Neder-", "Hoog-",
];
/// Street stems by theme; a neighbourhood takes one theme, as Dutch ones do.
#[rustfmt::skip]
pub(super) const THEMES: &[&[&str]] = &[
    &[
        "Berken", "Beuken", "Eiken", "Linden", "Kastanje", "Esdoorn", "Populieren", "Wilgen",
        "Essen", "Iepen", "Acacia", "Plataan", "Elzen", "Dennen", "Sparren", "Lariks", "Hazelaar",
        "Lijsterbes", "Meidoorn", "Vlier", "Taxus", "Ceder", "Hulst", "Goudenregen", "Magnolia",
        "Seringen", "Haagbeuk", "Olmen", "Mispel", "Walnoot",
    ],
    &[
        "Merel", "Lijster", "Zwaluw", "Spreeuwen", "Vinken", "Leeuwerik", "Kievit", "Reiger",
        "Ooievaar", "Koekoek", "Nachtegaal", "Roerdomp", "Buizerd", "Havik", "Sperwer", "Uilen",
        "Wulpen", "Grutto", "Tureluur", "Meeuwen", "Stern", "Ijsvogel", "Kwikstaart", "Roodborst",
        "Winterkoning", "Specht", "Zwanen", "Fazanten", "Patrijs", "Karekiet",
    ],
    &[
        "Rozen", "Tulpen", "Narcissen", "Dahlia", "Anjer", "Violen", "Hyacinten", "Krokus",
        "Lelie", "Margriet", "Klaproos", "Korenbloem", "Zonnebloem", "Fresia", "Azalea", "Begonia",
        "Geranium", "Iris", "Jasmijn", "Lavendel", "Orchidee", "Papaver", "Petunia", "Primula",
        "Ranonkel", "Sleutelbloem", "Vergeet-mij-niet", "Zinnia", "Aster", "Crocus",
    ],
    &[
        "Rembrandt", "Vermeer", "Frans Hals", "Jan Steen", "Ruysdael", "Hobbema", "Van Gogh",
        "Mondriaan", "Mesdag", "Israëls", "Breitner", "Jongkind", "Ostade", "Potter", "Cuyp",
        "Van Goyen", "Bosch", "Bruegel", "Rubens", "Van Dyck", "Leyster", "Ruysch", "Saenredam",
        "Terborch", "Metsu", "Weissenbruch", "Toorop", "Sluijters", "Appel", "Escher",
    ],
    &[
        "Bach", "Mozart", "Beethoven", "Chopin", "Schubert", "Händel", "Haydn", "Vivaldi", "Verdi",
        "Puccini", "Brahms", "Liszt", "Mahler", "Wagner", "Ravel", "Debussy", "Bizet", "Rossini",
        "Grieg", "Sibelius", "Sweelinck", "Diepenbrock", "Obrecht", "Dvorak", "Mendelssohn",
        "Schumann", "Strauss", "Bartok", "Stravinsky", "Orff",
    ],
    &[
        "Maas", "Rijn", "Waal", "IJssel", "Schelde", "Linge", "Vecht", "Amstel", "Eem", "Dommel",
        "Dinkel", "Regge", "Berkel", "Zaan", "Rotte", "Gouwe", "Merwede", "Lek", "Mark", "Roer",
        "Geul", "Jeker", "Hunze", "Aa", "Reest", "Tjonger", "Linde", "Lauwers", "Eems", "Spaarne",
    ],
    &[
        "Tasman", "Barentsz", "Heemskerk", "De Ruyter", "Tromp", "Piet Hein", "Houtman",
        "Van Diemen", "Evertsen", "Linschoten", "Columbus", "Magellaan", "Cook", "Vespucci",
        "Da Gama", "Nansen", "Amundsen", "Hudson", "Bering", "Marco Polo", "Drake", "Franklin",
        "Scott", "Peary", "Livingstone", "Cabot", "Roggeveen", "Le Maire", "Schouten", "Brouwer",
    ],
    &[
        "Huygens", "Leeuwenhoek", "Lorentz", "Zeeman", "Kamerlingh Onnes", "Newton", "Galilei",
        "Kepler", "Copernicus", "Einstein", "Curie", "Pasteur", "Volta", "Ampère", "Edison",
        "Marconi", "Faraday", "Watt", "Celsius", "Fahrenheit", "Stevin", "Boerhaave", "Swammerdam",
        "Buys Ballot", "Darwin", "Linnaeus", "Mendel", "Nobel", "Planck", "Bohr",
    ],
    &[
        "Mercurius", "Venus", "Mars", "Jupiter", "Saturnus", "Uranus", "Neptunus", "Pluto",
        "Orion", "Poolster", "Sirius", "Wega", "Grote Beer", "Kleine Beer", "Cassiopeia",
        "Pegasus", "Andromeda", "Steenbok", "Waterman", "Tweelingen", "Weegschaal", "Boogschutter",
        "Melkweg", "Komeet", "Meteoor", "Zon", "Maan", "Sterren", "Planeten", "Castor",
    ],
    &[
        "Appel", "Peren", "Kersen", "Pruimen", "Bramen", "Frambozen", "Aardbeien", "Bessen",
        "Druiven", "Kruisbes", "Goudreinet", "Elstar", "Conference", "Morellen", "Abrikozen",
        "Perziken", "Vijgen", "Moerbei", "Cox", "Jonagold", "Mirabel", "Kwee", "Amandel", "Noten",
        "Reine Claude", "Bellefleur", "Doyenné", "Boomgaard", "Fruit", "Oogst",
    ],
    &[
        "Haver", "Gerst", "Tarwe", "Rogge", "Vlas", "Klaver", "Koolzaad", "Boekweit", "Luzerne",
        "Hop", "Maalderij", "Ploeg", "Zeis", "Sikkel", "Eg", "Dorsvloer", "Schoven", "Hooiberg",
        "Karnmolen", "Melkweide", "Zuivel", "Akker", "Weide", "Kouter", "Es", "Brink", "Meent",
        "Gaarde", "Hoeve", "Stolp",
    ],
    &[
        "Kievits", "Veenmos", "Zonnedauw", "Lisdodde", "Waterlelie", "Biezen", "Zegge",
        "Dotterbloem", "Kalmoes", "Pijlkruid", "Zwanebloem", "Fonteinkruid", "Wollegras", "Gagel",
        "Heide", "Brem", "Duindoorn", "Helm", "Zeekraal", "Lamsoor", "Strandplevier",
        "Zilvermeeuw", "Kluut", "Oeverloper", "Zeearend", "Rietzanger", "Blauwborst", "Waterral",
        "Otter", "Bever",
    ],
];
#[rustfmt::skip]
pub(super) const OLD_STEMS: &[&str] = &[
    "Hoog", "Kerk", "Markt", "Molen", "Haven", "Brouwers", "Bakker", "Smeden", "Vis", "Boter",
    "Kaas", "Koren", "Heren", "Prinsen", "Keizers", "Raam", "Wevers", "Touw", "Schoenmakers",
    "Zilver", "Goud", "Klok", "Toren", "Poort", "Waag", "Begijnen", "Minrebroeders", "Klooster",
    "Vest", "Wal", "Nonnen", "Paarden", "Ossen", "Appel", "Turf", "Zand", "Kalk", "Lomberd",
    "Gast", "Dom",
];
#[rustfmt::skip]
pub(super) const ROYAL_STEMS: &[&str] = &[
    "Wilhelmina", "Juliana", "Beatrix", "Emma", "Oranje", "Nassau", "Prins Hendrik", "Stations",
    "School", "Parallel", "Park", "Spoor", "Burgemeester", "Dokter", "Vondel", "Hooft", "Huygens",
    "Bilderdijk", "Da Costa", "Tollens", "Potgieter", "Beets", "Staring", "Helmers", "Brederode",
    "Bloemen", "Ooster", "Wester", "Noorder", "Zuider",
];
#[rustfmt::skip]
pub(super) const WORK_STEMS: &[&str] = &[
    "Ampère", "Industrie", "Handels", "Nijverheids", "Energie", "Staal", "Koper", "Tin", "Nikkel",
    "Chroom", "Zink", "Fabrieks", "Techniek", "Turbine", "Motor", "Dynamo", "Transport",
    "Logistiek", "Loods", "Export", "Ondernemers", "Ambachts", "Meubel", "Textiel", "Glas",
    "Cement", "Beton", "Titanium", "Radium", "Platina",
];
#[rustfmt::skip]
pub(super) const RURAL_STEMS: &[&str] = &[
    "Noorder", "Zuider", "Ooster", "Wester", "Lage", "Hoge", "Oude", "Nieuwe", "Kerk", "Molen",
    "Zee", "Kwelder", "Binnen", "Buiten", "Middel", "Achter", "Dwars", "Kraaien", "Hazen",
    "Ganzen", "Veld", "Zwarte", "Groene", "Lange", "Korte", "Smalle", "Bree", "Schapen", "Paarden",
    "Turf",
];
#[rustfmt::skip]
pub(super) const QUARTER_TAILS: &[&str] = &[
    "buurt", "kwartier", "wijk", "veld", "hoek", "hout", "park", "rade", "horst", "oever", "land",
    "gaarde",
];
#[rustfmt::skip]
pub(super) const FAMILY_HEADS: &[&str] = &[
    "Van den ", "De ", "Van der ", "", "", "", "Van ", "Ter ", "",
];
#[rustfmt::skip]
pub(super) const FAMILY_STEMS: &[&str] = &[
    "Akker", "Bonte", "Duin", "Elzen", "Graaf", "Hoek", "Kamp", "Linde", "Meer", "Nes", "Oever",
    "Poel", "Roos", "Sluis", "Toren", "Vaart", "Waal", "Zand", "Broek", "Dijk", "Berg", "Velde",
    "Horst", "Laan", "Wiel", "Zwaan", "Ploeg", "Molen", "Brink", "Schans",
];
#[rustfmt::skip]
pub(super) const FAMILY_TAILS: &[&str] = &[
    "", "man", "stra", "sma", "huis", "horst", "kamp", "ink", "s", "veld",
];
#[rustfmt::skip]
pub(super) const BEFORE: &[&str] = &[
    "Eerste", "Tweede", "Derde", "Oude", "Nieuwe", "Kleine", "Grote", "Lange", "Korte",
    "Achterste", "Voorste", "Hoge", "Lage",
];
#[rustfmt::skip]
pub(super) const SIGNS: &[&str] = &[
    "De Gouden Karper", "Het Anker", "De Vier Winden", "De Zwaan", "Het Hoekje", "De Korenbloem",
    "De Zeemeeuw", "Nieuw Leven", "De Linde", "Het Wapen", "De Halve Maan", "De Vlinder",
    "De Brug", "De Haven",
];
#[rustfmt::skip]
pub(super) const FORMS: &[&str] = &[
    " B.V.", "", " V.O.F.", "", " & Zn.",
];
