//! Reading, writing back and refusing filters.

use super::*;
use geocrm_domain::Filter;

use geocrm_domain::catalogue::ACCOUNTS;

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
