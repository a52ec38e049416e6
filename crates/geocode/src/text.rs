//! When are two written names the same name? Case, diacritics (both `ü` = `u` and `ü` = `ue`), spaces,
//! hyphens and the usual Dutch and German short forms are taken away here, on both sides alike, so that
//! what remains different is a real difference. A short form that can mean two words gives two keys.

/// Most spellings of one name that are looked up.
const MOST_KEYS: usize = 8;

/// Short endings and what they stand for. The rule is used on both sides, so an expansion that makes no
/// sense in a language does no harm.
const ENDINGS: &[(&str, &[&str])] = &[
    ("str", &["straat", "strasse"]),
    ("pl", &["plein", "platz"]),
    ("bgwl", &["burgwal"]),
    ("sngl", &["singel"]),
    ("stg", &["steeg"]),
    ("plts", &["plaats"]),
    ("wg", &["weg"]),
    ("ln", &["laan"]),
    ("gr", &["gracht"]),
    ("kd", &["kade"]),
    ("dk", &["dijk"]),
    ("pd", &["pad"]),
];

/// Letters a name has at least before a short ending: `Austr.` is a street, `Ampl` is a name.
fn shortest_stem(ending: &str) -> usize {
    if ending == "str" { 2 } else { 3 }
}

/// Short words and what they stand for.
fn long_word(word: &str) -> &str {
    match word {
        "sint" | "sankt" | "saint" => "st",
        "1e" | "1ste" => "eerste",
        "2e" | "2de" => "tweede",
        "3e" | "3de" => "derde",
        "4e" | "4de" => "vierde",
        "burg" | "burgem" => "burgemeester",
        "prof" => "professor",
        "dr" | "doktor" => "doctor",
        "ds" => "dominee",
        "ir" => "ingenieur",
        "mr" => "meester",
        "past" => "pastoor",
        "gen" => "generaal",
        "pres" => "president",
        "adm" => "admiraal",
        "jhr" => "jonkheer",
        "min" => "minister",
        "nw" => "nieuwe",
        "nz" => "nieuwezijds",
        "oz" => "oudezijds",
        "kl" => "kleine",
        "lge" => "lange",
        "kte" => "korte",
        other => other,
    }
}

/// Lower-case ASCII words separated by single spaces; apostrophes vanish, all other signs separate.
pub fn fold(text: &str) -> String {
    fold_ascii(&plain(text))
}

fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_ascii() {
        text.into()
    } else {
        deunicode::deunicode(text).into()
    }
}

fn fold_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if c != '\'' && c != '`' && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The text with umlauts written out, when it has any.
fn written_out(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let long = text
        .replace(['ä', 'Ä'], "ae")
        .replace(['ö', 'Ö', 'ø', 'Ø'], "oe")
        .replace(['ü', 'Ü'], "ue");
    (long != text).then_some(long)
}

fn without_brackets(text: &str) -> Option<String> {
    let (open, close) = (text.find('(')?, text.rfind(')')?);
    (open < close).then(|| format!("{} {}", &text[..open], &text[close + 1..]))
}

/// The words of a folded street name, short forms written out where there is one meaning.
fn long_words(folded: &str) -> Vec<&str> {
    let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).collect();
    let mut out = Vec::with_capacity(words.len());
    let mut i = 0;
    while i < words.len() {
        let pair = (words[i], words.get(i + 1).copied().unwrap_or_default());
        let (word, taken) = match pair {
            ("v" | "van", "d" | "de" | "der" | "den") => ("vande", 2),
            ("vd", _) => ("vande", 1),
            ("v", _) => ("van", 1),
            ("n", "z") => ("nieuwezijds", 2),
            ("o", "z") => ("oudezijds", 2),
            ("gr", next) if !next.is_empty() => ("grote", 1),
            (word, _) => (long_word(word), 1),
        };
        out.push(word);
        i += taken;
    }
    out
}

/// Every key a street name may be found under: its own first, then the readings of short endings,
/// the form with umlauts written out and the form without brackets. Keys are lower-case ASCII letters
/// and digits only. Empty when the name has none.
pub(crate) fn street_keys(name: &str) -> Vec<String> {
    let mut spellings = vec![fold(name)];
    let push = |keys: &mut Vec<String>, key: String| {
        if !key.is_empty() && !keys.contains(&key) && keys.len() < MOST_KEYS {
            keys.push(key);
        }
    };
    if let Some(long) = written_out(name) {
        push(&mut spellings, fold(&long));
    }
    if let Some(short) = without_brackets(name) {
        push(&mut spellings, fold(&short));
    }
    let mut keys = Vec::new();
    for spelling in &spellings {
        let words = long_words(spelling);
        push(&mut keys, words.concat());
        // As written too, so that a typo inside `Sankt` is one letter and not a lost short form.
        push(&mut keys, spelling.replace(' ', ""));
        let Some((last, before)) = words.split_last() else {
            continue;
        };
        for (short, longs) in ENDINGS {
            let Some(stem) = last.strip_suffix(short) else {
                continue;
            };
            let stands_alone = stem.is_empty() && !before.is_empty();
            if stands_alone || stem.len() >= shortest_stem(short) {
                for long in *longs {
                    push(&mut keys, format!("{}{stem}{long}", before.concat()));
                }
                break;
            }
        }
    }
    keys
}

/// The words of a name for searching by their beginnings: folded, short forms written out, separated by
/// single spaces; a second time with umlauts written out when there are any.
pub(crate) fn search_words(name: &str) -> Vec<String> {
    let mut spellings = vec![long_words(&fold(name)).join(" ")];
    if let Some(long) = written_out(name) {
        spellings.push(long_words(&fold(&long)).join(" "));
    }
    spellings.retain(|words| !words.is_empty());
    spellings
}

/// Every key a place name may be found under.
pub(crate) fn city_keys(name: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let spellings = [
        Some(name.to_owned()),
        written_out(name),
        without_brackets(name),
    ];
    for spelling in spellings.into_iter().flatten() {
        let key = fold(&spelling).replace(' ', "");
        let key = match key.as_str() {
            "denhaag" => "sgravenhage".to_owned(),
            "denbosch" => "shertogenbosch".to_owned(),
            "munich" => "munchen".to_owned(),
            "cologne" => "koln".to_owned(),
            _ => key,
        };
        if !key.is_empty() && !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// A postcode without spaces, signs and country prefix, capitals: `1012LG`, `80331`. Empty when there is none.
pub(crate) fn postcode_key(text: &str) -> String {
    let mut key: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    for prefix in ["NL", "DE", "D", "FL", "LI", "CH", "AT", "A", "BE", "B"] {
        if let Some(rest) = key.strip_prefix(prefix)
            && rest.starts_with(|c: char| c.is_ascii_digit())
        {
            key = rest.to_owned();
            break;
        }
    }
    key
}

/// Whether the key is a full Dutch postcode, which names one side of one street.
pub(crate) fn names_one_street(postcode: &str) -> bool {
    let bytes = postcode.as_bytes();
    bytes.len() == 6
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4..].iter().all(u8::is_ascii_uppercase)
}

/// Whether every wanted word is the recorded word, its beginning, or left out: `J. Vermeerstraat` for
/// `Johannes Vermeerstraat`. At least the last word must be there in full.
pub(crate) fn is_shortened(wanted: &str, record: &str) -> bool {
    let wanted = long_words(wanted);
    let record = long_words(record);
    let (Some((last, before)), Some((record_last, record_before))) =
        (wanted.split_last(), record.split_last())
    else {
        return false;
    };
    if !same_last_word(last, record_last) || before.len() > record_before.len() {
        return false;
    }
    let mut rest = record_before.iter();
    before
        .iter()
        .all(|word| rest.any(|full| full.starts_with(word)))
}

fn same_last_word(wanted: &str, record: &str) -> bool {
    let expanded = || {
        ENDINGS.iter().find_map(|(short, longs)| {
            let stem = wanted.strip_suffix(short).filter(|s| s.len() >= 3)?;
            Some(
                longs
                    .iter()
                    .any(|long| record.strip_prefix(stem) == Some(long)),
            )
        })
    };
    // A last word of a few letters is a kind of street, not a name.
    record.len() >= 8 && (wanted == record || expanded().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meets(a: &str, b: &str) -> bool {
        let b = street_keys(b);
        street_keys(a).iter().any(|key| b.contains(key))
    }

    #[test]
    fn street_forms_of_one_name_meet() {
        for (a, b) in [
            ("Kalverstr", "Kalverstraat"),
            ("KALVERSTR.", "Kalverstraat"),
            ("Rembrandtpl.", "Rembrandtplein"),
            ("Nieuwezijds Voorbgwl", "Nieuwezijds Voorburgwal"),
            ("N.Z. Voorburgwal", "Nieuwezijds Voorburgwal"),
            ("St. Annenstraat", "Sint Annenstraat"),
            ("1e Helmersstraat", "Eerste Helmersstraat"),
            ("J. v.d. Heydenstr.", "J. van der Heydenstraat"),
            ("Herengr.", "Herengracht"),
            ("Begijnenstg", "Begijnensteeg"),
            ("Karolinenpl.", "Karolinenplatz"),
            ("Sendlinger Str.", "Sendlinger Straße"),
            ("herzog-wilhelm-strasse", "Herzog-Wilhelm-Straße"),
            ("Augsburgerstrasse", "Augsburger Straße"),
            ("Unsoldstrasse", "Unsöldstraße"),
            ("Unsoeldstr", "Unsöldstraße"),
            ("Fuerstenfelder Straße", "Fürstenfelder Str."),
            ("Karlsplatz", "Karlsplatz (Stachus)"),
            ("s-Gravelandse  Veer", "'s-Gravelandse Veer"),
            ("Sankt-Anna-Platz", "St.-Anna-Platz"),
            ("Austr.", "Austrasse"),
        ] {
            assert!(
                meets(a, b),
                "{a} / {b}: {:?} {:?}",
                street_keys(a),
                street_keys(b)
            );
        }
    }

    #[test]
    fn different_names_do_not_meet() {
        for (a, b) in [
            ("Koestraat", "Kostraat"),
            ("Amstel", "Amstelstraat"),
            ("Nieuwe Hoogstraat", "Oude Hoogstraat"),
            ("Marienstraße", "Marienplatz"),
        ] {
            assert!(!meets(a, b), "{a} / {b}");
        }
    }

    #[test]
    fn postcodes_lose_their_spelling() {
        for (text, key) in [
            ("1012 lg", "1012LG"),
            ("D-80331", "80331"),
            ("80331 ", "80331"),
            ("FL-9490", "9490"),
            ("", ""),
        ] {
            assert_eq!(postcode_key(text), key);
        }
        assert!(names_one_street("1012LG"));
        assert!(!names_one_street("80331"));
    }

    #[test]
    fn shortened_names_are_seen() {
        assert!(is_shortened("j vermeerstraat", "johannes vermeerstraat"));
        assert!(is_shortened("vermeerstr", "johannes vermeerstraat"));
        assert!(!is_shortened("p vermeerstraat", "johannes vermeerstraat"));
        assert!(!is_shortened("straat", "lange straat"));
    }
}
