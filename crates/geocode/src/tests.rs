//! The whole answer on a few streets: each fault by name, each form of a query, and the promise that an
//! indexed address finds itself.

use crate::*;
use proptest::prelude::*;

fn record(id: i64, parts: [&str; 4], lng: f64, lat: f64) -> AddressRecord {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    AddressRecord {
        id: AddressId(id),
        address: PostalAddress {
            street: some(parts[0]),
            house_number: some(parts[1]),
            postcode: some(parts[2]),
            city: some(parts[3]),
            country: None,
        },
        place: LngLat::from_degrees(lng, lat).expect("a valid position"),
    }
}

pub(crate) fn amsterdam() -> Geocoder {
    let parts = [
        ["Damrak", "12", "1012LG", "Amsterdam"],
        ["Damrak", "14-H", "1012LG", "Amsterdam"],
        ["Damrak", "14-1", "1012LG", "Amsterdam"],
        ["Damrak", "15-17", "1012LH", "Amsterdam"],
        ["Damrak", "175A", "1012LK", "Amsterdam"],
        ["Damrak", "40", "1012LJ", "Amsterdam"],
        ["Kalverstraat", "11-13", "1012NX", "Amsterdam"],
        ["Kalverstraat", "25", "1012NX", "Amsterdam"],
        ["Nieuwezijds Voorburgwal", "225", "1012RL", "Amsterdam"],
        ["Plein 1944", "12", "6511JH", "Nijmegen"],
        ["Kerkstraat", "5", "1017GA", "Amsterdam"],
        ["Kerkstraat", "5", "5411EA", "Zeeland"],
        ["Johannes Vermeerstraat", "20", "1071DR", "Amsterdam"],
        ["Marienplatz", "8", "80331", "München"],
        ["Fürstenfelder Straße", "13", "80331", "München"],
        ["Einsame Gasse", "3", "", ""],
        ["Dorfstrasse", "24;26", "9495", "Triesen"],
        ["", "7", "9498", "Planken"],
    ];
    Geocoder::build(
        parts
            .iter()
            .enumerate()
            .map(|(i, parts)| record(i as i64 + 1, *parts, 4.9 + i as f64 * 0.01, 52.37)),
    )
}

fn ask(parts: [&str; 4]) -> Match {
    let record = record(0, parts, 0.0, 0.0);
    amsterdam().geocode(&Query::from(record.address))
}

fn ask_line(text: &str) -> Match {
    amsterdam().geocode(&Query {
        text: Some(text.to_owned()),
        ..Query::default()
    })
}

fn first(answer: &Match) -> i64 {
    answer.candidates.first().map_or(0, |c| c.id.0)
}

#[test]
fn usual_spellings_are_matched() {
    for (id, parts) in [
        (1, ["Damrak", "12", "1012 lg", "AMSTERDAM"]),
        (2, ["damrak", "14 hs", "1012LG", ""]),
        (3, ["Damrak", "14 II", "1012LG", ""]),
        (4, ["Damrak", "15 - 17", "", "Amsterdam"]),
        (7, ["Kalverstr.", "11/13", "1012", "Amsterdam"]),
        (9, ["N.Z. Voorburgwal", "225", "", "Amsterdam"]),
        (8, ["Klaverstraat", "25", "1012NX", "Amsterdam"]),
        (14, ["Marienpl.", "8", "D-80331", "Muenchen"]),
        (15, ["fuerstenfelder str", "13", "80331", "Munchen"]),
        (13, ["J. Vermeerstraat", "20", "1071DR", "Amsterdam"]),
        (17, ["Dorfstr.", "26", "9495", "Triesen"]),
        (17, ["Dorfstr.", "24; 26", "9495", "Triesen"]),
        (1, ["", "12", "1012LG", ""]),
        (12, ["Kerkstraat", "5", "", "Zeelnad"]),
    ] {
        let answer = ask(parts);
        if id == 3 {
            assert_eq!(answer.state, State::Doubtful, "{parts:?}");
            continue;
        }
        assert_eq!(
            (answer.state, first(&answer)),
            (State::Matched, id),
            "{parts:?} {answer:#?}"
        );
    }
}

#[test]
fn every_fault_has_its_name() {
    use Fault as F;
    use State as S;
    for (fault, state, id, parts) in [
        (F::Empty, S::Failed, 0, ["", "", "", ""]),
        (F::NothingFound, S::Failed, 0, ["Xyzzy", "1", "", "Nowhere"]),
        (F::StreetNotFound, S::Failed, 0, ["Xyzzylaan", "1", "", ""]),
        (F::Ambiguous, S::Doubtful, 11, ["Kerkstraat", "5", "", ""]),
        (F::StreetMissing, S::Matched, 1, ["", "12", "1012LG", ""]),
        (
            F::StreetMissing,
            S::Doubtful,
            14,
            ["", "8", "80331", "München"],
        ),
        (
            F::StreetMisspelt,
            S::Matched,
            8,
            ["Kalvertraat", "25", "1012NX", ""],
        ),
        (
            F::StreetAbbreviated,
            S::Matched,
            13,
            ["J. Vermeerstr.", "20", "1071DR", ""],
        ),
        (
            F::StreetDiffers,
            S::Doubtful,
            1,
            ["Marienplatz", "12", "1012LG", ""],
        ),
        (
            F::NumberInStreetField,
            S::Matched,
            1,
            ["Damrak 12", "", "1012LG", ""],
        ),
        (F::NumberMissing, S::Failed, 1, ["Damrak", "", "1012LG", ""]),
        (
            F::NumberMissing,
            S::Doubtful,
            14,
            ["Marienplatz", "", "80331", "München"],
        ),
        (
            F::NumberNotFound,
            S::Failed,
            6,
            ["Damrak", "42", "", "Amsterdam"],
        ),
        (
            F::NumberSeparator,
            S::Doubtful,
            7,
            ["Kalverstraat", "1113", "1012NX", ""],
        ),
        (
            F::AdditionMissing,
            S::Doubtful,
            2,
            ["Damrak", "14", "1012LG", "Amsterdam"],
        ),
        (
            F::AdditionUnknown,
            S::Doubtful,
            1,
            ["Damrak", "12-1", "1012LG", "Amsterdam"],
        ),
        (
            F::AdditionDiffers,
            S::Doubtful,
            5,
            ["Damrak", "175F", "1012LK", "Amsterdam"],
        ),
        (
            F::RangePartial,
            S::Doubtful,
            4,
            ["Damrak", "17", "1012LH", "Amsterdam"],
        ),
        (
            F::PostcodeMissing,
            S::Matched,
            1,
            ["Damrak", "12", "", "Amsterdam"],
        ),
        (
            F::PostcodeIncomplete,
            S::Matched,
            1,
            ["Damrak", "12", "1012", "Amsterdam"],
        ),
        (
            F::PostcodeDiffers,
            S::Matched,
            1,
            ["Damrak", "12", "1021LG", "Amsterdam"],
        ),
        (
            F::PostcodeDiffers,
            S::Doubtful,
            1,
            ["Damrak", "12", "3511AB", "Amsterdam"],
        ),
        (
            F::CityMissing,
            S::Matched,
            1,
            ["Damrak", "12", "1012LG", ""],
        ),
        (F::CityMissing, S::Doubtful, 1, ["Damrak", "12", "", ""]),
        (
            F::CityMisspelt,
            S::Matched,
            1,
            ["Damrak", "12", "", "Amsteradm"],
        ),
        (
            F::CityDiffers,
            S::Doubtful,
            1,
            ["Damrak", "12", "", "Zeeland"],
        ),
        (
            F::CityDiffers,
            S::Matched,
            1,
            ["Damrak", "12", "1012LG", "Zeeland"],
        ),
        (
            F::RecordIncomplete,
            S::Doubtful,
            16,
            ["Einsame Gasse", "3", "9490", "Vaduz"],
        ),
    ] {
        let answer = ask(parts);
        assert!(
            answer.faults.contains(&fault),
            "{fault:?} {parts:?} {answer:#?}"
        );
        assert_eq!(
            (answer.state, first(&answer)),
            (state, id),
            "{parts:?} {answer:#?}"
        );
        assert!(answer.state == S::Matched || !answer.faults.is_empty());
    }
}

#[test]
fn another_country_is_a_fault() {
    let mut known = record(1, ["Damrak", "12", "1012LG", "Amsterdam"], 4.9, 52.37);
    known.address.country = Some("NL".into());
    let geocoder = Geocoder::build([known.clone()]);
    known.address.country = Some("DE".into());
    let answer = geocoder.geocode(&known.address.into());
    assert_eq!(answer.state, State::Doubtful);
    assert!(answer.faults.contains(&Fault::CountryDiffers));
}

#[test]
fn fault_codes_round_trip() {
    for fault in Fault::ALL {
        assert_eq!(Fault::parse(fault.code()), Some(*fault));
    }
    assert!(Fault::ALL.len() <= 32, "the set of faults has 32 bits");
}

#[test]
fn lines_of_text_are_matched() {
    for (id, text) in [
        (1, "Damrak 12, 1012 LG Amsterdam"),
        (2, "damrak 14 hs amsterdam"),
        (1, "1012lg 12"),
        (10, "Plein 1944 12 Nijmegen"),
        (14, "Marienplatz 8, 80331 München"),
        (8, "Kalverstr 25 Amsterdam"),
    ] {
        let answer = ask_line(text);
        assert_eq!(
            (answer.state, first(&answer)),
            (State::Matched, id),
            "{text} {answer:#?}"
        );
    }
}

#[test]
fn no_answer_without_a_candidate_is_ever_matched() {
    for text in [
        "",
        "  ",
        "?",
        "0",
        "12",
        "1012LG",
        "Damrak",
        "Amsterdam",
        "🦀 9",
    ] {
        let answer = ask_line(text);
        assert_ne!(answer.state, State::Matched, "{text}");
        assert!(!answer.faults.is_empty(), "{text}");
    }
}

#[test]
fn suggestions_complete_what_is_typed() {
    let geocoder = amsterdam();
    for (text, expected) in [
        ("dam", "Damrak"),
        ("damrka", "Damrak"),
        ("voorb", "Nieuwezijds Voorburgwal"),
        ("damrak amst", "Damrak"),
        ("damrak 1", "Damrak 12"),
        ("damrak 175", "Damrak 175A"),
        ("kerkstraat 5 zee", "Kerkstraat 5"),
        ("amst", "Amsterdam"),
        ("muen", "München"),
        ("1012l", "1012LG"),
        ("1012 lg 12", "Damrak 12"),
        ("fürst", "Fürstenfelder Straße"),
    ] {
        let found = geocoder.suggest(text, None, 8);
        assert_eq!(
            found.first().map(|s| s.text.as_str()),
            Some(expected),
            "{text} {found:#?}"
        );
        for suggestion in &found {
            assert!(suggestion.bbox.contains(suggestion.place), "{text}");
            assert_eq!(
                suggestion.id.is_some(),
                suggestion.kind == SuggestionKind::Address
            );
        }
    }
    for text in ["", " ", ",", "1", "zzzzz", "'", "ß"] {
        let _ = geocoder.suggest(text, None, 8);
    }
    let near = LngLat::from_degrees(5.01, 52.37);
    let zeeland = &geocoder.suggest("kerkstr", near, 8)[0];
    assert_eq!(zeeland.detail, "Zeeland");
}

#[test]
fn an_empty_index_answers() {
    let geocoder = Geocoder::build([]);
    let at = LngLat::from_degrees(4.9, 52.37).expect("a valid position");
    assert!(geocoder.is_empty());
    assert!(geocoder.reverse(at, 5).is_empty());
    assert!(geocoder.suggest("dam", None, 5).is_empty());
    let record = record(0, ["Damrak", "12", "1012LG", "Amsterdam"], 0.0, 0.0);
    assert_eq!(
        geocoder.geocode(&record.address.into()).state,
        State::Failed
    );
}

prop_compose! {
    fn any_record()(
        street in "[A-Z][a-zäöüé]{2,8}(straat|weg|platz|straße| Gasse)",
        number in 1u32..60,
        addition in "(|a|B|-H|-1| bis|-k1)",
        postcode in "(101[0-3][A-C][A-C])",
        city in "(Aheim|Bedorp|Zeestad)",
        lng in 4.0f64..6.0,
        lat in 51.0f64..53.0,
    ) -> AddressRecord {
        record(0, [&street, &format!("{number}{addition}"), &postcode, &city], lng, lat)
    }
}

fn numbered(mut records: Vec<AddressRecord>) -> Vec<AddressRecord> {
    for (i, record) in records.iter_mut().enumerate() {
        record.id = AddressId(i as i64);
    }
    records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_indexed_address_finds_itself(records in prop::collection::vec(any_record(), 1..80)) {
        let records = numbered(records);
        let geocoder = Geocoder::build(records.clone());
        let queries: Vec<Query> = records.iter().map(|r| r.address.clone().into()).collect();
        let batch = geocoder.geocode_batch(&queries);
        for ((record, query), answer) in records.iter().zip(&queries).zip(&batch) {
            prop_assert_eq!(answer, &geocoder.geocode(query));
            let same = answer.candidates.iter().any(|c| c.address == record.address);
            prop_assert!(same, "{record:?} {answer:?}");
            let ambiguous = answer.faults.contains(&Fault::Ambiguous);
            prop_assert!(answer.state == State::Matched || ambiguous, "{record:?} {answer:?}");
        }
    }

    #[test]
    fn another_door_is_never_matched(
        records in prop::collection::vec(any_record(), 1..60),
        number in 1u32..60,
        addition in "(|a|B|-H|-1| bis|-k1)",
    ) {
        let records = numbered(records);
        let geocoder = Geocoder::build(records.clone());
        for record in &records {
            let mut query = Query::from(record.address.clone());
            query.address.house_number = Some(format!("{number}{addition}"));
            let wanted = number::HouseNumber::parse(&format!("{number}{addition}"));
            let answer = geocoder.geocode(&query);
            if answer.state == State::Matched {
                let got = answer.candidates[0].address.house_number.clone().unwrap_or_default();
                prop_assert_eq!(number::HouseNumber::parse(&got), wanted);
            }
        }
    }

    #[test]
    fn reverse_agrees_with_brute_force(
        records in prop::collection::vec(any_record(), 1..80),
        lng in 3.99f64..6.01,
        lat in 50.99f64..53.01,
    ) {
        let records = numbered(records);
        let geocoder = Geocoder::build(records.clone());
        let at = LngLat::from_degrees(lng, lat).expect("a valid position");
        let mut all: Vec<f64> = records.iter().map(|r| at.haversine_m(r.place)).collect();
        all.retain(|d| *d <= REVERSE_REACH_M);
        all.sort_unstable_by(f64::total_cmp);
        all.truncate(3);
        let found: Vec<f64> = geocoder.reverse(at, 3).iter().map(|n| n.distance_m).collect();
        prop_assert_eq!(found, all);
    }
}
