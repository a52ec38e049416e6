//! Reading, writing back and refusing filters.

use super::*;
use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_INT};
use geocrm_domain::catalogue::{ACCOUNTS, ColumnType};
use geocrm_domain::region::RegionTree;
use geocrm_domain::{Filter, LngLat, VisibleScope};
use geocrm_olap::{CubeBuilder, CubeData};

fn parsed(text: &str) -> Result<Filter, Cql2Error> {
    parse_text(&ACCOUNTS, text)
}

#[test]
fn text_and_json_give_the_same_filter_and_back() {
    for text in [
        "status = 'customer' AND building_year < 1945",
        "category IN ('Horeca', 'Retail') OR revenue_cents BETWEEN 100 AND 200",
        "NOT (city LIKE 'Am%')",
        "casei(city) LIKE casei('am%')",
        "last_contact_on >= DATE('2026-01-01')",
        "owner IS NULL",
        "s_intersects(geometry, POLYGON((4 52, 5 52, 5 53, 4 52)))",
    ] {
        let filter = parsed(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(
            parse_json(&ACCOUNTS, &to_json(&filter)).as_ref(),
            Ok(&filter),
            "{text}"
        );
        assert_eq!(
            parsed(&to_text(&filter)).as_ref(),
            Ok(&filter),
            "{text} → {}",
            to_text(&filter)
        );
    }
}

#[test]
fn a_number_on_the_left_is_turned_around() {
    assert_eq!(
        parsed("1945 > building_year"),
        parsed("building_year < 1945")
    );
}

#[test]
fn faults_are_named() {
    assert!(matches!(
        parsed("colour = 'red'"),
        Err(Cql2Error::UnknownProperty { .. })
    ));
    assert!(matches!(
        parsed("building_year = 'old'"),
        Err(Cql2Error::WrongType { .. })
    ));
    assert!(matches!(
        parsed("last_contact_on > '2026-13-01'"),
        Err(Cql2Error::WrongType { .. })
    ));
    assert!(matches!(parsed("status = "), Err(Cql2Error::Syntax(_))));
    assert!(matches!(
        parsed("building_year + 1 = 2"),
        Err(Cql2Error::Unsupported(_))
    ));
    assert!(matches!(
        parsed("region_id = 7"),
        Err(Cql2Error::UnknownProperty { .. })
    ));
    assert_eq!(parsed(&"(".repeat(100)), Err(Cql2Error::TooLarge));
}

#[test]
fn comparing_with_a_fraction_keeps_whole_numbers_exact() {
    assert_eq!(
        parsed("building_year < 1944.5"),
        parsed("building_year <= 1944")
    );
    assert_eq!(
        parsed("building_year >= 1944.5"),
        parsed("building_year >= 1945")
    );
}

/// Examples of OGC 21-065r2, named by where they stand there, with our properties for theirs: text for text, whole
/// numbers for numbers, a date for a date. What they mean is written beside them in operators that other tests know.
const STANDARD: [(&str, &str, &str); 22] = [
    ("clause 6", "city='Toronto'", "city = 'Toronto'"),
    (
        "clause 6",
        "last_contact_on >= date('1970-01-01')",
        "NOT (last_contact_on < DATE('1970-01-01'))",
    ),
    ("clause 6", "geometry IS NOT NULL", "NOT (geometry IS NULL)"),
    ("clause 7", "city LIKE 'Smith%'", "city LIKE 'Smith%'"),
    (
        "clause 7",
        "building_year BETWEEN 100.0 and 150.0",
        "building_year >= 100 AND building_year <= 150",
    ),
    (
        "clause 7",
        "city IN ('Toronto','Frankfurt','Tokyo','New York')",
        "city = 'Toronto' OR city = 'Frankfurt' OR city = 'Tokyo' OR city = 'New York'",
    ),
    (
        "clause 7",
        "building_year NOT IN (1,2,3,4)",
        "building_year <> 1 AND building_year <> 2 AND building_year <> 3 AND building_year <> 4",
    ),
    (
        "clause 7",
        "CASEI(city) IN (CASEI('Οδος'),CASEI('Straße'))",
        "CASEI(city) = CASEI('ΟΔΟΣ') OR CASEI(city) = CASEI('STRAßE')",
    ),
    (
        "clause 7",
        "S_INTERSECTS(geometry,POINT(36.319836 32.288087))",
        "S_INTERSECTS(geometry,BBOX(36.319836,32.288087,36.319836,32.288087))",
    ),
    (
        "example 4",
        "building_year < 0.1 AND park_distance_m=28",
        "building_year <= 0 AND park_distance_m = 28",
    ),
    (
        "example 5",
        "building_year IN (0.1,0.2)",
        "building_year = 0.1 OR building_year = 0.2",
    ),
    (
        "example 6",
        "building_year BETWEEN 0.1 AND 0.2",
        "building_year >= 0.1 AND building_year <= 0.2",
    ),
    ("example 9", "building_year>5", "NOT (building_year <= 5)"),
    (
        "example 10",
        "revenue_cents <= 500",
        "NOT (revenue_cents > 500)",
    ),
    (
        "example 13",
        "owner NOT LIKE '%Mike%'",
        "NOT (owner LIKE '%Mike%')",
    ),
    (
        "example 16",
        "status='a' AND (building_year>5 OR city LIKE 'brick%' OR city LIKE '%brick')",
        "(status='a' AND building_year>5) OR (status='a' AND city LIKE 'brick%') OR (status='a' AND city LIKE '%brick')",
    ),
    (
        "example 18",
        "NOT (building_year<5) OR status='a'",
        "building_year>=5 OR status='a'",
    ),
    (
        "example 19",
        "(owner LIKE 'mike%' OR owner LIKE 'Mike%') AND building_year<4",
        "(owner LIKE 'mike%' AND building_year<4) OR (owner LIKE 'Mike%' AND building_year<4)",
    ),
    (
        "example 24",
        "S_INTERSECTS(geometry,POLYGON((-10.0 -10.0,10.0 -10.0,10.0 10.0,-10.0 -10.0)))",
        "NOT (S_DISJOINT(geometry,POLYGON((-10.0 -10.0,10.0 -10.0,10.0 10.0,-10.0 -10.0))))",
    ),
    (
        "example 25",
        "building_year>5 AND S_WITHIN(geometry,BBOX(-118,33.8,-117.9,34))",
        "S_INTERSECTS(geometry,POLYGON((-118 33.8,-117.9 33.8,-117.9 34,-118 34,-118 33.8))) AND building_year>5",
    ),
    (
        "example 28",
        "CASEI(city) LIKE CASEI('%calcutta%')",
        "CASEI(city) LIKE CASEI('%CALCUTTA%')",
    ),
    ("example 31", "\"building_year\" < 10", "10 > building_year"),
];

#[test]
fn the_examples_of_the_standard_mean_what_they_say() {
    let records = records();
    let mut told = 0;
    for (place, example, meaning) in STANDARD {
        let filter = parsed(example).unwrap_or_else(|e| panic!("{place}: {example}: {e}"));
        let other = parsed(meaning).unwrap_or_else(|e| panic!("{meaning}: {e}"));
        let back = parse_json(&ACCOUNTS, &to_json(&filter));
        assert_eq!(back.as_ref(), Ok(&filter), "{place}: {example}");
        assert_eq!(
            parsed(&to_text(&filter)).as_ref(),
            Ok(&filter),
            "{place}: {}",
            to_text(&filter)
        );
        let of = |filter: &Filter| records.select(&VisibleScope::everything(), Some(filter), None);
        let (ours, theirs) = (of(&filter).expect("bound"), of(&other).expect("bound"));
        let rows: Vec<usize> = ours.rows().collect();
        assert_eq!(
            rows,
            theirs.rows().collect::<Vec<_>>(),
            "{place}: {example}"
        );
        told += usize::from(!rows.is_empty() && rows.len() < records.len());
    }
    assert!(told >= 18, "only {told} examples tell records apart");
    assert!(
        CONFORMANCE
            .iter()
            .all(|class| class.contains("/cql2/1.0/conf/"))
    );
}

/// Records that the examples tell apart, nulls among them.
fn records() -> CubeData {
    let cities = [
        "Toronto",
        "toronto",
        "Frankfurt",
        "Smith Falls",
        "ΟΔΟΣ",
        "straße",
        "brick lane",
        "old brick",
        "New Calcutta 1",
    ];
    let years = [NULL_INT, 0, 1, 3, 4, 5, 6, 100, 120, 150, 1_990];
    let places = [
        None,
        LngLat::from_degrees(36.319_836, 32.288_087),
        LngLat::from_degrees(0.0, -5.0),
        LngLat::from_degrees(-117.95, 33.9),
        LngLat::from_degrees(-118.0, 34.0),
    ];
    let rows = cities.len() * years.len() * places.len();
    let pick = |row: usize, of: usize| row * 7_919 % (of * 31) % of;
    let text = |members: &[&str]| ColumnData::Text {
        dictionary: members.iter().map(|m| (*m).to_owned()).collect(),
        codes: (0..rows)
            .map(|row| match pick(row, members.len() + 1) {
                code if code == members.len() => NULL_CODE,
                code => code as u32,
            })
            .collect(),
    };
    let column = |column: &geocrm_domain::catalogue::Column| match (column.name, column.kind) {
        ("city", _) => text(&cities),
        ("status", _) => text(&["a", "b"]),
        ("owner", _) => text(&["mike 1", "Mike 2", "old Mike", "Jones"]),
        (_, ColumnType::Text) => text(&["x"]),
        ("building_year", _) => {
            ColumnData::Int((0..rows).map(|row| years[row % years.len()]).collect())
        }
        ("park_distance_m", _) => {
            ColumnData::Int((0..rows).map(|row| (row % 3) as i64 * 14).collect())
        }
        ("revenue_cents", _) => ColumnData::Int((0..rows).map(|row| row as i64 * 3).collect()),
        (_, ColumnType::Date) => ColumnData::Date((0..rows).map(|row| row as i32 - 100).collect()),
        _ => ColumnData::Int(vec![NULL_INT; rows]),
    };
    let batch = CubeBatch {
        keys: Keys::Uuid(
            (0..rows)
                .map(|row| uuid::Uuid::from_u128(row as u128))
                .collect(),
        ),
        places: (0..rows).map(|row| places[row % places.len()]).collect(),
        columns: ACCOUNTS.columns.iter().map(column).collect(),
    };
    let mut builder = CubeBuilder::new(&ACCOUNTS, &RegionTree::default());
    builder.push(batch).expect("a batch");
    builder.finish()
}
