//! Periods of time as members of a dimension: how long they are, and which one comes a period or a year before.
//! They are the texts that the rules of `levels` write, so that they sort as time goes (for four-digit years).

use crate::expression::Step;
use crate::value::Value;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grain {
    Day,
    /// ISO 8601, Monday to Sunday.
    Week,
    Month,
    Quarter,
    Year,
}

impl Grain {
    /// First day of the period that a member stands for; `None` for null and for what is not written as one.
    pub fn first_day(self, member: &Value) -> Option<NaiveDate> {
        let text = match (self, member) {
            (Self::Day, Value::Date(date)) => return Some(*date),
            (_, Value::Text(text)) => text,
            _ => return None,
        };
        let (year, part) = match text.char_indices().skip(1).find(|(_, c)| *c == '-') {
            Some((at, _)) => (&text[..at], &text[at + 1..]),
            None => (text.as_str(), ""),
        };
        let year: i32 = year.parse().ok()?;
        match self {
            Self::Day => None,
            Self::Week => {
                let week = part.strip_prefix('W')?.parse().ok()?;
                NaiveDate::from_isoywd_opt(year, week, Weekday::Mon)
            }
            Self::Month => NaiveDate::from_ymd_opt(year, part.parse().ok()?, 1),
            Self::Quarter => {
                let quarter: u32 = part.strip_prefix('Q')?.parse().ok()?;
                NaiveDate::from_ymd_opt(year, quarter.checked_sub(1)? * 3 + 1, 1)
            }
            Self::Year => NaiveDate::from_ymd_opt(year, 1, 1),
        }
    }

    /// The member that stands for the period of a day.
    pub fn member(self, day: NaiveDate) -> Value {
        use crate::levels::Rule;
        let rule = match self {
            Self::Day => return Value::Date(day),
            Self::Week => Rule::Week,
            Self::Month => Rule::Month,
            Self::Quarter => Rule::Quarter,
            Self::Year => Rule::Year,
        };
        rule.apply(&Value::Date(day))
    }

    /// The period before, or the same one a year before. The 29th of February is compared with the 28th.
    pub fn earlier(self, member: &Value, step: Step) -> Option<Value> {
        let day = self.first_day(member)?;
        let months = |n| day.checked_sub_months(Months::new(n));
        let before = match (self, step) {
            (Self::Day, Step::Period) => day.pred_opt(),
            (Self::Week, Step::Period) => day.checked_sub_days(Days::new(7)),
            (Self::Month, Step::Period) => months(1),
            (Self::Quarter, Step::Period) => months(3),
            (Self::Year, Step::Period)
            | (Self::Day | Self::Month | Self::Quarter | Self::Year, Step::Year) => months(12),
            (Self::Week, Step::Year) => {
                let week = day.iso_week();
                NaiveDate::from_isoywd_opt(week.year().checked_sub(1)?, week.week(), Weekday::Mon)
            }
        };
        before.map(|day| self.member(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_years_lies_in_the_period_its_member_names() {
        let start = NaiveDate::from_ymd_opt(2019, 12, 20).expect("a day");
        for day in start.iter_days().take(1_500) {
            for grain in [
                Grain::Day,
                Grain::Week,
                Grain::Month,
                Grain::Quarter,
                Grain::Year,
            ] {
                let member = grain.member(day);
                let first = grain.first_day(&member).expect("a period");
                assert!(
                    first <= day && grain.member(first) == member,
                    "{grain:?} {day}"
                );
                let before = grain.earlier(&member, Step::Period);
                assert_eq!(
                    before,
                    first.pred_opt().map(|d| grain.member(d)),
                    "{grain:?} {day}"
                );
            }
        }
    }

    #[test]
    fn a_year_before_is_the_same_period() {
        let text = Value::text;
        let year = |grain: Grain, member| grain.earlier(&member, Step::Year);
        assert_eq!(year(Grain::Quarter, text("2026-Q4")), Some(text("2025-Q4")));
        assert_eq!(year(Grain::Week, text("2021-W01")), Some(text("2020-W01")));
        assert_eq!(year(Grain::Week, text("2020-W53")), None);
        let leap = NaiveDate::from_ymd_opt(2024, 2, 29).expect("a day");
        let plain = NaiveDate::from_ymd_opt(2023, 2, 28).expect("a day");
        assert_eq!(
            year(Grain::Day, Value::Date(leap)),
            Some(Value::Date(plain))
        );
        assert_eq!(year(Grain::Month, Value::Null), None);
    }
}
