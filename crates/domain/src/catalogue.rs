//! The cubes: their columns, dimensions and measures, declared once. The engine builds its columns from
//! it, the store compiles queries with it, the API publishes it, and the web names things by it.
//!
//! A cube is one SQL view `cube_<name>` with a column for every [`Column`] and every [`Dimension`]
//! of the same name, plus `id`, `lng_e7` and `lat_e7` (null for a record without a place). The engine
//! reads the base columns only and derives the other dimensions by their rule.

use crate::levels::Rule;
use crate::region::{Hierarchy, RegionLevel};
use crate::time::Grain;

/// Grows when a declaration here changes its meaning.
pub const CATALOGUE_VERSION: u32 = 1;

/// English and Dutch name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    pub en: &'static str,
    pub nl: &'static str,
}

const fn l(en: &'static str, nl: &'static str) -> Labels {
    Labels { en, nl }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    Int,
    Date,
    /// Leaf region of a hierarchy (`region_id` as Int, null outside every region).
    Leaf(Hierarchy),
    /// H3 cell at [`H3_FINEST`] as lower-case hexadecimal text.
    H3,
}

/// Least number of persons in a figure that is told to somebody who may not see the persons themselves.
pub const PERSONS_LEAST: u64 = 5;
/// The same for what is nobody's business: money, scores.
pub const SENSITIVE_LEAST: u64 = 10;
/// Finest hexagons in which persons are counted for such a reader.
pub const PERSONS_H3_FINEST: u8 = 8;

/// What sums tell of persons to a reader who may not see the persons themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfPersons {
    /// Nothing: too fine, or a way round the fixed cells.
    Nothing,
    /// Figures over at least [`PERSONS_LEAST`].
    Plain,
    /// Figures over at least [`SENSITIVE_LEAST`].
    Sensitive,
}

impl OfPersons {
    /// Least number of persons in a figure.
    pub const fn least(self) -> Option<u64> {
        match self {
            Self::Nothing => None,
            Self::Plain => Some(PERSONS_LEAST),
            Self::Sensitive => Some(SENSITIVE_LEAST),
        }
    }
}

/// Which records of a cube are about persons: those whose text column has this value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Persons {
    pub column: &'static str,
    pub value: &'static str,
}

/// A stored column. Any column may be filtered on by its name, leaves and H3 excepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: ColumnType,
    /// Of whole numbers; `Level` for any other column.
    pub nature: Nature,
    /// Whether persons' values are summed for others.
    pub persons: OfPersons,
}

impl Column {
    const fn of_persons(mut self, persons: OfPersons) -> Self {
        self.persons = persons;
        self
    }
}

/// What adding up the values of a column would mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// The whole is the sum of its parts: money, dwellings, metres of road.
    Amount,
    /// A sum means nothing: a year, a distance, an index.
    Level,
    /// Stands as its publisher gave it for one region, indicator and year.
    Published,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The column of the same name.
    Own,
    /// A rule over another column.
    Derived(&'static str, Rule),
    /// The code of the ancestor at this level of the hierarchy's leaf column.
    Region(RegionLevel),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimension {
    pub name: &'static str,
    pub labels: Labels,
    pub source: Source,
    /// Whether persons are told apart by it for others; a region or hexagon is a place and not said here.
    pub persons: OfPersons,
}

impl Dimension {
    /// Least number of persons in a figure told by this dimension; `None` where they are not told apart by it.
    pub const fn persons_least(&self) -> Option<u64> {
        match self.source {
            Source::Region(level) if matches!(level.hierarchy(), Hierarchy::Admin) => {
                Some(PERSONS_LEAST)
            }
            Source::Derived(_, Rule::H3Parent(..=PERSONS_H3_FINEST)) => Some(PERSONS_LEAST),
            Source::Region(_) | Source::Derived(_, Rule::H3Parent(_)) => None,
            _ => self.persons.least(),
        }
    }

    const fn of_persons(mut self, persons: OfPersons) -> Self {
        self.persons = persons;
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    Count,
    Sum,
    Min,
    Max,
    Mean,
    /// The one value of a group; asked for only where there cannot be two, and of more there is none.
    Single,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    pub name: &'static str,
    pub labels: Labels,
    pub aggregate: Aggregate,
    /// An Int column; empty for a count of records.
    pub column: &'static str,
    /// `records`, `dwellings`, `m2`, `cm`, `EUR_cents`, `year`, …
    pub unit: &'static str,
    /// Whether the figures of the parts add up to the figure of the whole.
    pub additive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    Uuid,
    Int,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cube {
    pub name: &'static str,
    pub labels: Labels,
    pub key: KeyType,
    pub columns: &'static [Column],
    pub dimensions: &'static [Dimension],
    pub measures: &'static [Measure],
    /// The records that are about persons; `None` where all are of things and places.
    pub persons: Option<Persons>,
    /// Whether records stand at addresses and have what is known of these under the same names.
    pub at_addresses: bool,
    /// Whether records belong to a territory and an owner, so that the record scope narrows them. Such a
    /// cube has Text columns `territory` and `owner`.
    pub scoped: bool,
}

impl Cube {
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    pub fn dimension(&self, name: &str) -> Option<&'static Dimension> {
        self.dimensions.iter().find(|d| d.name == name)
    }

    pub fn measure(&self, name: &str) -> Option<&'static Measure> {
        self.measures.iter().find(|m| m.name == name)
    }

    /// The level of the regions that a dimension's members are.
    pub fn region_level(&self, dimension: &str) -> Option<RegionLevel> {
        match self.dimension(dimension)?.source {
            Source::Region(level) => Some(level),
            _ => None,
        }
    }

    /// Whether a dimension's members are hexagons.
    pub fn is_hexagon(&self, dimension: &str) -> bool {
        self.dimension(dimension)
            .is_some_and(|d| matches!(d.source, Source::Derived(_, Rule::H3Parent(_))))
    }

    /// How long the periods are that a dimension's members are.
    pub fn grain(&self, dimension: &str) -> Option<Grain> {
        match self.dimension(dimension)?.source {
            Source::Own => (self.column(dimension)?.kind == ColumnType::Date).then_some(Grain::Day),
            Source::Derived(_, rule) => rule.grain(),
            Source::Region(_) => None,
        }
    }

    /// Whether records count their dwellings.
    pub fn has_dwellings(&self) -> bool {
        self.column(DWELLINGS).is_some()
    }

    /// Type of what a filter may name: a dimension or a plain column. Regions and H3 compare as text.
    pub fn property_type(&self, name: &str) -> Option<ColumnType> {
        if let Some(dimension) = self.dimension(name) {
            return Some(match dimension.source {
                Source::Own => self.column(name)?.kind,
                Source::Derived(..) | Source::Region(_) => ColumnType::Text,
            });
        }
        let column = self.column(name)?;
        match column.kind {
            ColumnType::Leaf(_) | ColumnType::H3 => None,
            kind => Some(kind),
        }
    }
}

/// Column and measure of the addresses that a density per dwelling divides by.
pub const DWELLINGS: &str = "dwellings";

/// Every cell is assigned at this resolution; coarser ones are its parents.
pub const H3_FINEST: u8 = 10;
/// Coarsest resolution that is a dimension.
pub const H3_COARSEST: u8 = 4;

/// Column of each hierarchy's leaf.
pub const fn leaf_column(hierarchy: Hierarchy) -> &'static str {
    match hierarchy {
        Hierarchy::Admin => "region_id",
        Hierarchy::Admin2016 => "region_2016_id",
        Hierarchy::Admin2015 => "region_2015_id",
    }
}

const fn col(name: &'static str, kind: ColumnType) -> Column {
    Column {
        name,
        kind,
        nature: Nature::Level,
        persons: OfPersons::Nothing,
    }
}

const fn int(name: &'static str, nature: Nature) -> Column {
    Column {
        name,
        kind: ColumnType::Int,
        nature,
        persons: OfPersons::Nothing,
    }
}

const fn own(name: &'static str, en: &'static str, nl: &'static str) -> Dimension {
    Dimension {
        name,
        labels: l(en, nl),
        source: Source::Own,
        persons: OfPersons::Nothing,
    }
}

const fn derived(
    name: &'static str,
    en: &'static str,
    nl: &'static str,
    from: &'static str,
    rule: Rule,
) -> Dimension {
    Dimension {
        name,
        labels: l(en, nl),
        source: Source::Derived(from, rule),
        persons: OfPersons::Nothing,
    }
}

const fn region(
    name: &'static str,
    en: &'static str,
    nl: &'static str,
    level: RegionLevel,
) -> Dimension {
    Dimension {
        name,
        labels: l(en, nl),
        source: Source::Region(level),
        persons: OfPersons::Nothing,
    }
}

const fn h3(name: &'static str, resolution: u8) -> Dimension {
    Dimension {
        name,
        labels: l("Hexagon", "Zeshoek"),
        source: Source::Derived("h3", Rule::H3Parent(resolution)),
        persons: OfPersons::Nothing,
    }
}

const fn measure(
    name: &'static str,
    labels: Labels,
    aggregate: Aggregate,
    column: &'static str,
    unit: &'static str,
) -> Measure {
    let additive = matches!(aggregate, Aggregate::Count | Aggregate::Sum);
    Measure {
        name,
        labels,
        aggregate,
        column,
        unit,
        additive,
    }
}

const COUNTRY: Dimension = region("country", "Country", "Land", RegionLevel::Country);
const PROVINCE: Dimension = region("province", "Province", "Provincie", RegionLevel::Province);
const MUNICIPALITY: Dimension = region(
    "municipality",
    "Municipality",
    "Gemeente",
    RegionLevel::Municipality,
);
const BOROUGH: Dimension = region("borough", "Borough", "Stadsdeel", RegionLevel::Borough);
const DISTRICT: Dimension = region("district", "District", "Wijk", RegionLevel::District);
const NEIGHBOURHOOD: Dimension = region(
    "neighbourhood",
    "Neighbourhood",
    "Buurt",
    RegionLevel::Neighbourhood,
);
const NUTS2: Dimension = region(
    "nuts2",
    "NUTS 2 region",
    "NUTS 2-gebied",
    RegionLevel::Nuts2,
);
const NUTS3: Dimension = region(
    "nuts3",
    "NUTS 3 region",
    "NUTS 3-gebied",
    RegionLevel::Nuts3,
);
const MUNICIPALITY_2016: Dimension = region(
    "municipality_2016",
    "Municipality (2016)",
    "Gemeente (2016)",
    RegionLevel::Municipality2016,
);
const NEIGHBOURHOOD_2015: Dimension = region(
    "neighbourhood_2015",
    "Neighbourhood (2015)",
    "Buurt (2015)",
    RegionLevel::Neighbourhood2015,
);

const REGION_ID: Column = col("region_id", ColumnType::Leaf(Hierarchy::Admin));
const REGION_2016_ID: Column = col("region_2016_id", ColumnType::Leaf(Hierarchy::Admin2016));
const REGION_2015_ID: Column = col("region_2015_id", ColumnType::Leaf(Hierarchy::Admin2015));
const H3: Column = col("h3", ColumnType::H3);

const AGE_CLASS: Dimension = derived(
    "building_age_class",
    "Building age",
    "Bouwperiode",
    "building_year",
    Rule::AgeClass,
);
const PARK_BAND: Dimension = derived(
    "park_distance_band",
    "Distance to business park",
    "Afstand tot bedrijventerrein",
    "park_distance_m",
    Rule::DistanceBand,
);
const ROAD_CLASS_BAND: Dimension = derived(
    "road_condition_class",
    "Condition of the nearest road",
    "Wegconditie voor de deur",
    "road_condition",
    Rule::ConditionClass,
);

/// Every address: its dwellings, its building and what is near.
pub const ADDRESSES: Cube = Cube {
    name: "addresses",
    labels: l("Addresses", "Adressen"),
    key: KeyType::Int,
    columns: &[
        col("housing_type", ColumnType::Text),
        col("building_form", ColumnType::Text),
        col("building_use", ColumnType::Text),
        col("building_year", ColumnType::Int),
        col("storeys", ColumnType::Int),
        int("footprint_m2", Nature::Amount),
        int("dwellings", Nature::Amount),
        col("park_distance_m", ColumnType::Int),
        col("road_condition", ColumnType::Int),
        col("postcode", ColumnType::Text),
        col("city", ColumnType::Text),
        col("dataset", ColumnType::Text),
        REGION_ID,
        REGION_2016_ID,
        REGION_2015_ID,
        H3,
    ],
    dimensions: &[
        own("housing_type", "Housing type", "Woningtype"),
        own("building_form", "Building form", "Bouwvorm"),
        own("building_use", "Building use", "Gebruik"),
        own("building_year", "Building year", "Bouwjaar"),
        AGE_CLASS,
        derived(
            "storeys_band",
            "Storeys",
            "Bouwlagen",
            "storeys",
            Rule::StoreysBand,
        ),
        PARK_BAND,
        ROAD_CLASS_BAND,
        own("postcode", "Postcode", "Postcode"),
        derived(
            "postcode4",
            "Postcode area",
            "Postcodegebied",
            "postcode",
            Rule::Postcode4,
        ),
        own("city", "City", "Plaats"),
        own("dataset", "Dataset", "Dataset"),
        COUNTRY,
        PROVINCE,
        MUNICIPALITY,
        BOROUGH,
        DISTRICT,
        NEIGHBOURHOOD,
        NUTS2,
        NUTS3,
        MUNICIPALITY_2016,
        NEIGHBOURHOOD_2015,
        h3("h3_4", 4),
        h3("h3_5", 5),
        h3("h3_6", 6),
        h3("h3_7", 7),
        h3("h3_8", 8),
        h3("h3_9", 9),
        h3("h3_10", 10),
    ],
    measures: &[
        measure(
            "count",
            l("Addresses", "Adressen"),
            Aggregate::Count,
            "",
            "records",
        ),
        measure(
            "dwellings",
            l("Dwellings", "Woningen"),
            Aggregate::Sum,
            "dwellings",
            "dwellings",
        ),
        measure(
            "footprint_m2",
            l("Footprint", "Grondvlak"),
            Aggregate::Sum,
            "footprint_m2",
            "m2",
        ),
        measure(
            "footprint_mean_m2",
            l("Mean footprint", "Gemiddeld grondvlak"),
            Aggregate::Mean,
            "footprint_m2",
            "m2",
        ),
        measure(
            "building_year_mean",
            l("Mean building year", "Gemiddeld bouwjaar"),
            Aggregate::Mean,
            "building_year",
            "year",
        ),
        measure(
            "building_year_min",
            l("Oldest building", "Oudste bouwjaar"),
            Aggregate::Min,
            "building_year",
            "year",
        ),
        measure(
            "building_year_max",
            l("Newest building", "Nieuwste bouwjaar"),
            Aggregate::Max,
            "building_year",
            "year",
        ),
        measure(
            "road_condition_mean",
            l("Mean road condition", "Gemiddelde wegconditie"),
            Aggregate::Mean,
            "road_condition",
            "index",
        ),
        measure(
            "park_distance_mean_m",
            l(
                "Mean distance to business park",
                "Gemiddelde afstand tot bedrijventerrein",
            ),
            Aggregate::Mean,
            "park_distance_m",
            "m",
        ),
    ],
    persons: None,
    at_addresses: false,
    scoped: false,
};

/// Customers and prospects.
pub const ACCOUNTS: Cube = Cube {
    name: "accounts",
    labels: l("Accounts", "Relaties"),
    key: KeyType::Uuid,
    columns: &[
        col("kind", ColumnType::Text),
        col("status", ColumnType::Text),
        col("category", ColumnType::Text),
        col("territory", ColumnType::Text),
        col("owner", ColumnType::Text),
        col("place_state", ColumnType::Text),
        int("revenue_cents", Nature::Amount).of_persons(OfPersons::Sensitive),
        // 1 for a customer, else 0; 1 for a prospect, else 0: so that they can be summed.
        int("customers", Nature::Amount).of_persons(OfPersons::Plain),
        int("prospects", Nature::Amount).of_persons(OfPersons::Plain),
        col("customer_since_on", ColumnType::Date),
        col("last_contact_on", ColumnType::Date),
        col("housing_type", ColumnType::Text),
        col("building_form", ColumnType::Text),
        col("building_use", ColumnType::Text),
        col("building_year", ColumnType::Int),
        col("park_distance_m", ColumnType::Int),
        col("road_condition", ColumnType::Int),
        col("postcode", ColumnType::Text),
        col("city", ColumnType::Text),
        REGION_ID,
        REGION_2016_ID,
        REGION_2015_ID,
        H3,
    ],
    dimensions: &[
        own("status", "Status", "Status").of_persons(OfPersons::Plain),
        own("kind", "Kind", "Soort").of_persons(OfPersons::Plain),
        own("category", "Segment", "Segment").of_persons(OfPersons::Plain),
        own("territory", "Territory", "Rayon").of_persons(OfPersons::Plain),
        own("owner", "Owner", "Beheerder"),
        own("place_state", "Position", "Positie"),
        derived(
            "revenue_band",
            "Revenue",
            "Omzet",
            "revenue_cents",
            Rule::RevenueBand,
        )
        .of_persons(OfPersons::Sensitive),
        own(
            "customer_since_on",
            "Customer since (day)",
            "Klant sinds (dag)",
        ),
        derived(
            "customer_since_year",
            "Customer since",
            "Klant sinds",
            "customer_since_on",
            Rule::Year,
        )
        .of_persons(OfPersons::Plain),
        derived(
            "customer_since_quarter",
            "Customer since (quarter)",
            "Klant sinds (kwartaal)",
            "customer_since_on",
            Rule::Quarter,
        ),
        derived(
            "customer_since_month",
            "Customer since (month)",
            "Klant sinds (maand)",
            "customer_since_on",
            Rule::Month,
        ),
        derived(
            "customer_since_week",
            "Customer since (week)",
            "Klant sinds (week)",
            "customer_since_on",
            Rule::Week,
        ),
        own(
            "last_contact_on",
            "Last contact (day)",
            "Laatste contact (dag)",
        ),
        derived(
            "last_contact_year",
            "Last contact (year)",
            "Laatste contact (jaar)",
            "last_contact_on",
            Rule::Year,
        )
        .of_persons(OfPersons::Plain),
        derived(
            "last_contact_week",
            "Last contact (week)",
            "Laatste contact (week)",
            "last_contact_on",
            Rule::Week,
        ),
        derived(
            "last_contact_month",
            "Last contact (month)",
            "Laatste contact (maand)",
            "last_contact_on",
            Rule::Month,
        ),
        derived(
            "last_contact_quarter",
            "Last contact (quarter)",
            "Laatste contact (kwartaal)",
            "last_contact_on",
            Rule::Quarter,
        ),
        own("housing_type", "Housing type", "Woningtype").of_persons(OfPersons::Plain),
        own("building_form", "Building form", "Bouwvorm").of_persons(OfPersons::Plain),
        own("building_use", "Building use", "Gebruik").of_persons(OfPersons::Plain),
        own("building_year", "Building year", "Bouwjaar"),
        AGE_CLASS.of_persons(OfPersons::Plain),
        PARK_BAND.of_persons(OfPersons::Plain),
        ROAD_CLASS_BAND.of_persons(OfPersons::Plain),
        own("postcode", "Postcode", "Postcode"),
        derived(
            "postcode4",
            "Postcode area",
            "Postcodegebied",
            "postcode",
            Rule::Postcode4,
        ),
        own("city", "City", "Plaats"),
        COUNTRY,
        PROVINCE,
        MUNICIPALITY,
        BOROUGH,
        DISTRICT,
        NEIGHBOURHOOD,
        NUTS2,
        NUTS3,
        MUNICIPALITY_2016,
        NEIGHBOURHOOD_2015,
        h3("h3_4", 4),
        h3("h3_5", 5),
        h3("h3_6", 6),
        h3("h3_7", 7),
        h3("h3_8", 8),
        h3("h3_9", 9),
        h3("h3_10", 10),
    ],
    measures: &[
        measure(
            "count",
            l("Accounts", "Relaties"),
            Aggregate::Count,
            "",
            "records",
        ),
        measure(
            "customers",
            l("Customers", "Klanten"),
            Aggregate::Sum,
            "customers",
            "records",
        ),
        measure(
            "prospects",
            l("Prospects", "Prospects"),
            Aggregate::Sum,
            "prospects",
            "records",
        ),
        measure(
            "revenue_cents",
            l("Revenue", "Omzet"),
            Aggregate::Sum,
            "revenue_cents",
            "EUR_cents",
        ),
        measure(
            "revenue_mean_cents",
            l("Revenue per account", "Omzet per relatie"),
            Aggregate::Mean,
            "revenue_cents",
            "EUR_cents",
        ),
        measure(
            "revenue_min_cents",
            l("Lowest revenue", "Laagste omzet"),
            Aggregate::Min,
            "revenue_cents",
            "EUR_cents",
        ),
        measure(
            "revenue_max_cents",
            l("Highest revenue", "Hoogste omzet"),
            Aggregate::Max,
            "revenue_cents",
            "EUR_cents",
        ),
    ],
    persons: Some(Persons {
        column: "kind",
        value: "household",
    }),
    at_addresses: true,
    scoped: true,
};

/// Roads by condition; a road counts where half its length lies, so that areas add up.
pub const ROADS: Cube = Cube {
    name: "roads",
    labels: l("Roads", "Wegen"),
    key: KeyType::Int,
    columns: &[
        col("class", ColumnType::Text),
        col("surface", ColumnType::Text),
        col("smoothness", ColumnType::Text),
        col("condition", ColumnType::Int),
        col("maxspeed_kmh", ColumnType::Int),
        int("length_cm", Nature::Amount),
        col("dataset", ColumnType::Text),
        REGION_ID,
        REGION_2016_ID,
        REGION_2015_ID,
        H3,
    ],
    dimensions: &[
        own("class", "Road class", "Wegtype"),
        own("surface", "Surface", "Verharding"),
        own("smoothness", "Smoothness", "Vlakheid"),
        derived(
            "condition_class",
            "Road condition",
            "Wegconditie",
            "condition",
            Rule::ConditionClass,
        ),
        own("maxspeed_kmh", "Speed limit", "Maximumsnelheid"),
        own("dataset", "Dataset", "Dataset"),
        COUNTRY,
        PROVINCE,
        MUNICIPALITY,
        BOROUGH,
        DISTRICT,
        NEIGHBOURHOOD,
        NUTS2,
        NUTS3,
        MUNICIPALITY_2016,
        NEIGHBOURHOOD_2015,
        h3("h3_4", 4),
        h3("h3_5", 5),
        h3("h3_6", 6),
        h3("h3_7", 7),
        h3("h3_8", 8),
        h3("h3_9", 9),
        h3("h3_10", 10),
    ],
    measures: &[
        measure(
            "count",
            l("Roads", "Wegen"),
            Aggregate::Count,
            "",
            "records",
        ),
        measure(
            "length_cm",
            l("Length", "Lengte"),
            Aggregate::Sum,
            "length_cm",
            "cm",
        ),
        measure(
            "condition_mean",
            l("Mean condition", "Gemiddelde conditie"),
            Aggregate::Mean,
            "condition",
            "index",
        ),
        measure(
            "condition_min",
            l("Worst condition", "Slechtste conditie"),
            Aggregate::Min,
            "condition",
            "index",
        ),
        measure(
            "maxspeed_mean_kmh",
            l("Mean speed limit", "Gemiddelde maximumsnelheid"),
            Aggregate::Mean,
            "maxspeed_kmh",
            "km_per_h",
        ),
    ],
    persons: None,
    at_addresses: false,
    scoped: false,
};

/// What one published figure is told apart from another by.
pub const PUBLISHED_FOR: [&str; 4] = ["level", "code", "indicator", "year"];

/// Published indicators, one record per region, indicator and year; never rolled up from children.
pub const REGIONS: Cube = Cube {
    name: "regions",
    labels: l("Indicators", "Kerncijfers"),
    key: KeyType::Int,
    columns: &[
        col("level", ColumnType::Text),
        col("code", ColumnType::Text),
        col("indicator", ColumnType::Text),
        col("year", ColumnType::Int),
        int("value_e4", Nature::Published),
        // 1 where the publisher withheld the figure, else 0.
        int("suppressed", Nature::Amount),
        col("dataset", ColumnType::Text),
        REGION_ID,
        REGION_2016_ID,
        REGION_2015_ID,
    ],
    dimensions: &[
        own("level", "Level", "Niveau"),
        own("code", "Region", "Gebied"),
        own("indicator", "Indicator", "Kerncijfer"),
        own("year", "Year", "Jaar"),
        own("dataset", "Dataset", "Dataset"),
        COUNTRY,
        PROVINCE,
        MUNICIPALITY,
        BOROUGH,
        DISTRICT,
        NEIGHBOURHOOD,
        NUTS2,
        NUTS3,
        MUNICIPALITY_2016,
        NEIGHBOURHOOD_2015,
    ],
    measures: &[
        measure(
            "count",
            l("Figures", "Cijfers"),
            Aggregate::Count,
            "",
            "records",
        ),
        measure(
            "value_e4",
            l("Value", "Waarde"),
            Aggregate::Single,
            "value_e4",
            "indicator_e4",
        ),
        measure(
            "value_min_e4",
            l("Lowest value", "Laagste waarde"),
            Aggregate::Min,
            "value_e4",
            "indicator_e4",
        ),
        measure(
            "value_max_e4",
            l("Highest value", "Hoogste waarde"),
            Aggregate::Max,
            "value_e4",
            "indicator_e4",
        ),
        measure(
            "suppressed",
            l("Suppressed", "Onderdrukt"),
            Aggregate::Sum,
            "suppressed",
            "records",
        ),
    ],
    persons: None,
    at_addresses: false,
    scoped: false,
};

/// People moving between regions; a flow counts at its origin.
pub const FLOWS: Cube = Cube {
    name: "flows",
    labels: l("Flows", "Verplaatsingsstromen"),
    key: KeyType::Int,
    columns: &[
        col("origin", ColumnType::Text),
        col("destination", ColumnType::Text),
        col("mode", ColumnType::Text),
        col("year", ColumnType::Int),
        int("persons_e3", Nature::Amount),
        col("dataset", ColumnType::Text),
        // Leaves of the origin.
        REGION_ID,
        REGION_2016_ID,
        REGION_2015_ID,
    ],
    dimensions: &[
        own("origin", "Origin", "Herkomst"),
        own("destination", "Destination", "Bestemming"),
        own("mode", "Mode", "Vervoerwijze"),
        own("year", "Year", "Jaar"),
        own("dataset", "Dataset", "Dataset"),
        COUNTRY,
        PROVINCE,
        MUNICIPALITY,
        BOROUGH,
        DISTRICT,
        NEIGHBOURHOOD,
        NUTS2,
        NUTS3,
        MUNICIPALITY_2016,
        NEIGHBOURHOOD_2015,
    ],
    measures: &[
        measure(
            "count",
            l("Flows", "Stromen"),
            Aggregate::Count,
            "",
            "records",
        ),
        measure(
            "persons_e3",
            l("Persons", "Personen"),
            Aggregate::Sum,
            "persons_e3",
            "persons_e3",
        ),
        measure(
            "persons_mean_e3",
            l("Mean persons", "Gemiddeld aantal personen"),
            Aggregate::Mean,
            "persons_e3",
            "persons_e3",
        ),
        measure(
            "persons_max_e3",
            l("Largest flow", "Grootste stroom"),
            Aggregate::Max,
            "persons_e3",
            "persons_e3",
        ),
    ],
    persons: None,
    at_addresses: false,
    scoped: false,
};

pub const CUBES: &[&Cube] = &[&ACCOUNTS, &ADDRESSES, &ROADS, &REGIONS, &FLOWS];

/// The cube of this name.
pub fn cube(name: &str) -> Option<&'static Cube> {
    CUBES.iter().copied().find(|c| c.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declaration_refers_to_a_column_of_its_cube() {
        for cube in CUBES {
            for dimension in cube.dimensions {
                let base = match dimension.source {
                    Source::Own => dimension.name,
                    Source::Derived(column, _) => column,
                    Source::Region(level) => leaf_column(level.hierarchy()),
                };
                assert!(
                    cube.column(base).is_some(),
                    "{}: {} needs {base}",
                    cube.name,
                    dimension.name
                );
            }
            for measure in cube
                .measures
                .iter()
                .filter(|m| m.aggregate != Aggregate::Count)
            {
                let column = cube.column(measure.column).map(|c| c.kind);
                assert_eq!(
                    column,
                    Some(ColumnType::Int),
                    "{}: {}",
                    cube.name,
                    measure.name
                );
            }
            if let Some(persons) = cube.persons {
                let kind = cube.column(persons.column).map(|c| c.kind);
                assert_eq!(kind, Some(ColumnType::Text), "{}", cube.name);
            }
            if cube.scoped {
                assert!(cube.column("territory").is_some() && cube.column("owner").is_some());
            }
        }
    }
}
