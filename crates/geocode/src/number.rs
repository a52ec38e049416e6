//! Which house number is written here, and is it the same one as there? A number is a whole number
//! plus an addition; spelling (`12-H`, `12 hs`, `12h`) does not count, the addition itself does, because
//! `175F` and `175A` are two doors.

/// Widest range (`15-17`) read as a range of house numbers rather than as a number with an addition.
const WIDEST_RANGE: u32 = 200;

/// A parsed house number. Two numbers are the same door when `number` and `addition` are equal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HouseNumber {
    /// 0 when the text holds no leading digits.
    pub number: u32,
    /// Lower case, without separators or leading zeros: `h`, `bis`, `f`, `b3`, `17` (of `15-17`).
    pub addition: String,
    /// Last number of a range such as `15-17`.
    pub to: Option<u32>,
}

/// How a wanted number relates to a recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberFit {
    Exact,
    /// The record has an addition, the query has none.
    AdditionMissing,
    /// The query has an addition, the record has none.
    AdditionUnknown,
    AdditionDiffers,
    /// One of the two is a range that holds the other.
    RangePartial,
    /// Same digits and letters once the separator is ignored: `1113` for `11-13`.
    Separator,
    /// Another number of the same street.
    Neighbour,
    /// The query has no number.
    Missing,
}

impl HouseNumber {
    /// `None` for a text without letters and digits.
    pub fn parse(text: &str) -> Option<Self> {
        let runs = runs(text);
        let mut runs = runs.as_slice();
        while let [Run::Word(word), Run::Digits(_), ..] = runs {
            if !matches!(word.as_str(), "nr" | "no" | "num" | "nummer") {
                break;
            }
            runs = &runs[1..];
        }
        match runs {
            [] => None,
            [Run::Digits(digits), rest @ ..] if digits.len() <= 7 => {
                let number = digits.parse().unwrap_or(0);
                let (addition, to) = addition(number, rest);
                Some(Self {
                    number,
                    addition,
                    to,
                })
            }
            all => {
                let (addition, _) = addition(u32::MAX, all);
                Some(Self {
                    number: 0,
                    addition,
                    to: None,
                })
            }
        }
    }

    /// Every door named by a list such as `24;26` or `15, 17, 19`; most texts name one.
    pub fn parse_list(text: &str) -> Vec<Self> {
        text.split([';', ',', '+', '&'])
            .filter_map(Self::parse)
            .collect()
    }

    /// Digits and letters in one run, to find a number whose separator was lost.
    pub fn glued(&self) -> String {
        format!("{}{}", self.number, self.addition)
    }

    /// What this wanted number says about a `record`; `None` when they have nothing in common.
    pub fn fit(&self, record: &NumberView<'_>) -> Option<NumberFit> {
        if self.number == record.number {
            return Some(if self.addition == record.addition {
                NumberFit::Exact
            } else if self.addition.is_empty() {
                record
                    .to
                    .map_or(NumberFit::AdditionMissing, |_| NumberFit::RangePartial)
            } else if record.addition.is_empty() {
                self.to
                    .map_or(NumberFit::AdditionUnknown, |_| NumberFit::RangePartial)
            } else {
                NumberFit::AdditionDiffers
            });
        }
        let inside = |from: u32, to: Option<u32>, n: u32| to.is_some_and(|to| from < n && n <= to);
        let partial = inside(record.number, record.to, self.number)
            && (self.addition.is_empty() || self.to.is_some())
            || inside(self.number, self.to, record.number) && record.addition.is_empty();
        partial.then_some(NumberFit::RangePartial)
    }
}

/// A recorded number as the index holds it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NumberView<'a> {
    pub number: u32,
    pub addition: &'a str,
    pub to: Option<u32>,
}

#[derive(Debug, PartialEq)]
enum Run {
    Digits(String),
    Word(String),
}

/// Runs of digits and of letters, lower case ASCII; separators only end a run.
fn runs(text: &str) -> Vec<Run> {
    let folded = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        deunicode::deunicode(text).to_ascii_lowercase()
    };
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for c in folded.chars() {
        match (runs.last_mut(), c) {
            (Some(Run::Digits(run)), '0'..='9') | (Some(Run::Word(run)), 'a'..='z') if open => {
                run.push(c);
            }
            (_, '0'..='9') => runs.push(Run::Digits(c.into())),
            (_, 'a'..='z') => runs.push(Run::Word(c.into())),
            _ => {
                open = false;
                continue;
            }
        }
        open = true;
    }
    runs
}

fn addition(number: u32, runs: &[Run]) -> (String, Option<u32>) {
    let mut text = String::new();
    let mut to = None;
    for (i, run) in runs.iter().enumerate() {
        match run {
            Run::Digits(digits) => {
                let digits = digits.trim_start_matches('0');
                let digits = if digits.is_empty() { "0" } else { digits };
                let end = digits.parse::<u32>().unwrap_or(0);
                if to.is_none() && i <= 2 && end > number && end - number <= WIDEST_RANGE {
                    to = Some(end);
                }
                if text.ends_with(|c: char| c.is_ascii_digit()) {
                    text.push('.');
                }
                text.push_str(digits);
            }
            Run::Word(word) => {
                let next = match runs.get(i + 1) {
                    Some(Run::Digits(digits)) => digits.parse::<u32>().ok(),
                    _ => None,
                };
                let says_until = matches!(word.as_str(), "bis" | "tm" | "t" | "m" | "tot")
                    && next.is_some_and(|next| next > number && next - number <= WIDEST_RANGE)
                    || word == "t" && matches!(runs.get(i + 1), Some(Run::Word(m)) if m == "m");
                if !says_until {
                    text.push_str(match word.as_str() {
                        "hs" | "huis" => "h",
                        "ii" => "2",
                        "iii" => "3",
                        "iv" => "4",
                        "hoog" | "etage" => "",
                        other => other,
                    });
                }
            }
        }
    }
    (text, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (u32, String, Option<u32>) {
        let n = HouseNumber::parse(text).expect("a number");
        (n.number, n.addition, n.to)
    }

    #[test]
    fn spellings_of_one_door_are_equal() {
        for group in [
            &["12-H", "12 hs", "12h", "12 H", "12/H", "12 huis"][..],
            &["175F", "175 f", "175-F", "nr. 175f"],
            &["8 bis", "8bis", "8-BIS"],
            &[
                "15-17",
                "15 - 17",
                "15/17",
                "15 t/m 17",
                "15 bis 17",
                "15–17",
            ],
            &["230B-3", "230 b 3", "230b3"],
            &["20-01", "20-1"],
            &["12-II", "12-2", "12 2 hoog"],
        ] {
            for other in group {
                assert_eq!(parsed(other), parsed(group[0]), "{other} in {group:?}");
            }
        }
    }

    #[test]
    fn different_doors_stay_different() {
        for (a, b) in [
            ("175F", "175A"),
            ("12", "12-H"),
            ("9-1", "91"),
            ("11-13", "1113"),
            ("12-1", "12-11"),
            ("8 bis", "8"),
            ("1. UG", "1"),
            ("1-2-3", "1-23"),
        ] {
            assert_ne!(HouseNumber::parse(a), HouseNumber::parse(b), "{a} {b}");
        }
    }

    #[test]
    fn ranges_are_seen_only_upwards() {
        assert_eq!(parsed("15-17"), (15, "17".into(), Some(17)));
        assert_eq!(parsed("19-1"), (19, "1".into(), None));
        assert_eq!(parsed("12A-14"), (12, "a14".into(), Some(14)));
    }

    #[test]
    fn text_without_digits_is_number_zero_with_an_addition() {
        assert_eq!(parsed("Zuid"), (0, "zuid".into(), None));
        assert_eq!(HouseNumber::parse(" - "), None);
        assert_eq!(parsed("12345678901"), (0, "12345678901".into(), None));
    }

    #[test]
    fn lists_name_several_doors() {
        let doors = HouseNumber::parse_list("15;17; 19a");
        assert_eq!(doors.len(), 3);
        assert_eq!(doors[2], HouseNumber::parse("19a").expect("a number"));
    }

    #[test]
    fn fits_are_named() {
        let fit = |wanted: &str, record: &str| {
            let wanted = HouseNumber::parse(wanted).expect("a number");
            let record = HouseNumber::parse(record).expect("a number");
            wanted.fit(&NumberView {
                number: record.number,
                addition: &record.addition,
                to: record.to,
            })
        };
        assert_eq!(fit("12 hs", "12-H"), Some(NumberFit::Exact));
        assert_eq!(fit("47", "47-H"), Some(NumberFit::AdditionMissing));
        assert_eq!(fit("44-1", "44"), Some(NumberFit::AdditionUnknown));
        assert_eq!(fit("175F", "175A"), Some(NumberFit::AdditionDiffers));
        assert_eq!(fit("15", "15-17"), Some(NumberFit::RangePartial));
        assert_eq!(fit("16", "15-17"), Some(NumberFit::RangePartial));
        assert_eq!(fit("15-17", "17"), Some(NumberFit::RangePartial));
        assert_eq!(fit("18", "15-17"), None);
        assert_eq!(fit("16a", "15-17"), None);
    }
}
