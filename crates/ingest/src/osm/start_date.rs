//! The year in OpenStreetMap's `start_date`: `1650`, `1890-05-01`, `~1900`, `C19`, `1890s`,
//! `early 1920s`, `1750..1755`. Where only a period is given its middle is taken; where only a limit
//! is given (`before 1900`) the year is unknown and stays so.

/// Year of building, 1 to 2100.
pub fn year(text: &str) -> Option<i32> {
    let text = text.trim().to_lowercase();
    if ["before", "after", "<", ">", "/"]
        .iter()
        .any(|w| text.contains(w))
    {
        return None;
    }
    if let Some((from, to)) = text.split_once("..").or_else(|| text.split_once(" - ")) {
        let (from, to) = (year(from)?, year(to)?);
        return (from <= to).then(|| i32::midpoint(from, to));
    }
    let text = text
        .trim_start_matches(['~', '='])
        .trim_start_matches("ca.")
        .trim_start_matches("circa")
        .trim_start_matches("ca ")
        .trim_start_matches("c. ")
        .trim();
    let (part, text) = ["early ", "mid ", "late "]
        .iter()
        .find_map(|p| text.strip_prefix(p).map(|rest| (Some(p.trim()), rest)))
        .unwrap_or((None, text));
    let (start, length) = period(text.trim())?;
    let offset = match (part, length) {
        (_, 1) => 0,
        (Some("early"), n) => n / 6,
        (Some("late"), n) => n - n / 6,
        _ => length / 2,
    };
    let year = start + offset;
    (1..=2100).contains(&year).then_some(year)
}

/// First year and number of years.
fn period(text: &str) -> Option<(i32, i32)> {
    if let Some(century) = text.strip_prefix('c') {
        let century: i32 = century.trim().parse().ok()?;
        return (1..=21)
            .contains(&century)
            .then(|| ((century - 1) * 100, 100));
    }
    if let Some(decade) = text.strip_suffix('s') {
        let start: i32 = decade.strip_suffix('\'').unwrap_or(decade).parse().ok()?;
        let length = if start % 100 == 0 { 100 } else { 10 };
        return (start % 10 == 0).then_some((start, length));
    }
    let digits = text.split(['-', 'x', '?']).next()?;
    let four = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
    if four {
        return Some((digits.parse().ok()?, 1));
    }
    let day_first = text.rsplit(['-', '.', ' ']).next()?;
    let year = day_first.len() == 4 && day_first.bytes().all(|b| b.is_ascii_digit());
    year.then(|| day_first.parse().ok().map(|y| (y, 1)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings() {
        for (text, expected) in [
            ("1650", Some(1650)),
            ("1890-05", Some(1890)),
            ("1890-05-01", Some(1890)),
            ("~1900", Some(1900)),
            ("C19", Some(1850)),
            ("late C19", Some(1884)),
            ("1890s", Some(1895)),
            ("1800s", Some(1850)),
            ("early 1920s", Some(1921)),
            ("1750..1755", Some(1752)),
            ("01.05.1932", Some(1932)),
            ("before 1900", None),
            ("1005", Some(1005)),
            ("unknown", None),
            ("", None),
            ("99999", None),
        ] {
            assert_eq!(year(text), expected, "{text}");
        }
    }
}
