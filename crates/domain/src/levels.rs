//! Derived levels: how a coarser dimension follows from a finer column. The engine applies a rule once
//! per distinct value, SQL states the same rule as an expression, and a test holds them to each other.

use crate::road::ConditionClass;
use crate::time::Grain;
use crate::value::Value;
use chrono::Datelike;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// `before_1700`, `1700_1799`, `1800_1899`, `1900_1944`, `1945_1999`, `from_2000`.
    AgeClass,
    /// The class of the 0–100 index.
    ConditionClass,
    /// `0_500`, `500_1000`, `1000_2500`, `2500_5000`, `from_5000` metres; the lower bound belongs to the band.
    DistanceBand,
    /// `1`, `2`, `3_4`, `5_9`, `from_10`.
    StoreysBand,
    /// First four characters of a Dutch postcode; other postcodes unchanged.
    Postcode4,
    /// `none` (null stays null), `below_1000`, `1000_9999`, `10000_99999`, `from_100000` in whole currency units.
    RevenueBand,
    /// ISO 8601 week `2026-W09`; the year is the one the week belongs to.
    Week,
    /// `2026-11`.
    Month,
    /// `2026-Q4`.
    Quarter,
    /// `2026`.
    Year,
    /// Parent of an H3 cell at this resolution; cells are lower-case hexadecimal text.
    H3Parent(u8),
}

impl Rule {
    /// Length of the periods that the rule puts dates in.
    pub const fn grain(self) -> Option<Grain> {
        match self {
            Self::Week => Some(Grain::Week),
            Self::Month => Some(Grain::Month),
            Self::Quarter => Some(Grain::Quarter),
            Self::Year => Some(Grain::Year),
            _ => None,
        }
    }

    /// Null stays null; a value the rule does not speak of becomes null.
    pub fn apply(self, value: &Value) -> Value {
        let out = match (self, value) {
            (Self::AgeClass, Value::Int(year)) => Some(age_class(*year).to_owned()),
            (Self::ConditionClass, Value::Int(index)) => {
                Some(ConditionClass::of(*index).code().to_owned())
            }
            (Self::DistanceBand, Value::Int(m)) => Some(distance_band(*m).to_owned()),
            (Self::StoreysBand, Value::Int(n)) => Some(storeys_band(*n).to_owned()),
            (Self::RevenueBand, Value::Int(cents)) => Some(revenue_band(*cents).to_owned()),
            (Self::Postcode4, Value::Text(postcode)) => Some(postcode4(postcode).to_owned()),
            (Self::Week, Value::Date(date)) => Some(date.format("%G-W%V").to_string()),
            (Self::Month, Value::Date(date)) => Some(date.format("%Y-%m").to_string()),
            (Self::Quarter, Value::Date(date)) => {
                Some(format!("{}-Q{}", date.year(), date.month0() / 3 + 1))
            }
            (Self::Year, Value::Date(date)) => Some(date.year().to_string()),
            (Self::H3Parent(resolution), Value::Text(cell)) => h3_parent(cell, resolution),
            _ => None,
        };
        Value::from(out)
    }
}

fn age_class(year: i64) -> &'static str {
    match year {
        ..1700 => "before_1700",
        1700..1800 => "1700_1799",
        1800..1900 => "1800_1899",
        1900..1945 => "1900_1944",
        1945..2000 => "1945_1999",
        2000.. => "from_2000",
    }
}

fn distance_band(metres: i64) -> &'static str {
    match metres {
        ..500 => "0_500",
        500..1_000 => "500_1000",
        1_000..2_500 => "1000_2500",
        2_500..5_000 => "2500_5000",
        5_000.. => "from_5000",
    }
}

fn storeys_band(storeys: i64) -> &'static str {
    match storeys {
        ..2 => "1",
        2 => "2",
        3..5 => "3_4",
        5..10 => "5_9",
        10.. => "from_10",
    }
}

fn revenue_band(cents: i64) -> &'static str {
    match cents {
        ..100_000 => "below_1000",
        100_000..1_000_000 => "1000_9999",
        1_000_000..10_000_000 => "10000_99999",
        10_000_000.. => "from_100000",
    }
}

/// `1012LG` → `1012`; anything that is not four digits and two letters stays as it is.
pub fn postcode4(postcode: &str) -> &str {
    let bytes = postcode.as_bytes();
    let dutch = bytes.len() == 6
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4..].iter().all(u8::is_ascii_uppercase);
    if dutch { &postcode[..4] } else { postcode }
}

fn h3_parent(cell: &str, resolution: u8) -> Option<String> {
    let cell: h3o::CellIndex = cell.parse().ok()?;
    let parent = cell.parent(h3o::Resolution::try_from(resolution).ok()?)?;
    Some(parent.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_bound_belongs_to_the_band() {
        assert_eq!(
            Rule::AgeClass.apply(&Value::Int(1945)),
            Value::text("1945_1999")
        );
        assert_eq!(
            Rule::DistanceBand.apply(&Value::Int(500)),
            Value::text("500_1000")
        );
        assert_eq!(Rule::AgeClass.apply(&Value::Null), Value::Null);
    }

    #[test]
    fn only_dutch_postcodes_are_cut() {
        assert_eq!(postcode4("1012LG"), "1012");
        assert_eq!(postcode4("80331"), "80331");
    }
}
