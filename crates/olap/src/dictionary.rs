//! What does a code stand for? The distinct values of a column in the order SQL's `COLLATE "C"` gives
//! them, so that a comparison is a range of codes. Code `c` stands for entry `c - 1`; 0 is null.

use chrono::{Days, NaiveDate};
use compact_str::CompactString;
use geocrm_domain::Value;

/// Sorted texts in one allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    bytes: String,
    ends: Vec<u32>,
}

impl Texts {
    /// The texts one after the other, and where each ends.
    pub(crate) fn parts(&self) -> (&str, &[u32]) {
        (&self.bytes, &self.ends)
    }

    /// `None` when the ends do not cut the bytes into texts.
    pub(crate) fn from_parts(bytes: String, ends: Vec<u32>) -> Option<Self> {
        let cuts = ends.iter().all(|end| bytes.is_char_boundary(*end as usize));
        let whole = ends.last().map_or(0, |end| *end as usize) == bytes.len();
        (cuts && whole && ends.is_sorted()).then_some(Self { bytes, ends })
    }

    fn get(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |i| self.ends[i] as usize);
        &self.bytes[start..self.ends[index] as usize]
    }

    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u32);
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dictionary {
    Text(Texts),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    /// Region ids; never shown.
    Leaf(Vec<i64>),
    /// H3 cell indexes; shown as hexadecimal text, which sorts alike.
    Cell(Vec<u64>),
}

/// A value on its way into a dictionary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Member {
    Text(Box<str>),
    Date(i32),
    Leaf(i64),
    Cell(u64),
}

/// Outcome of adding members to a dictionary.
pub(crate) struct Merged {
    pub(crate) dictionary: Dictionary,
    /// New code of every old code, null included; `None` when nothing moved.
    pub(crate) moved: Option<Vec<u32>>,
}

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a valid date");

pub(crate) fn date_of(days: i32) -> NaiveDate {
    let span = Days::new(days.unsigned_abs().into());
    let date = if days < 0 {
        EPOCH.checked_sub_days(span)
    } else {
        EPOCH.checked_add_days(span)
    };
    date.unwrap_or(if days < 0 {
        NaiveDate::MIN
    } else {
        NaiveDate::MAX
    })
}

pub(crate) fn days_of(date: NaiveDate) -> i32 {
    date.signed_duration_since(EPOCH).num_days() as i32
}

pub(crate) fn cell_text(cell: u64) -> CompactString {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'0'; 16];
    for (at, digit) in text.iter_mut().rev().enumerate() {
        *digit = DIGITS[(cell >> (4 * at)) as usize & 15];
    }
    let zeros = (cell.leading_zeros() / 4).min(15) as usize;
    CompactString::from_utf8(&text[zeros..]).unwrap_or_default()
}

/// The cell a lower-case hexadecimal text stands for, if it is written as we write it.
pub(crate) fn cell_of(text: &str) -> Option<u64> {
    let cell = u64::from_str_radix(text, 16).ok()?;
    (cell_text(cell) == text).then_some(cell)
}

impl Dictionary {
    /// From members that are sorted, distinct and all of `like`'s kind.
    fn from_sorted<'a>(like: &Self, members: impl Iterator<Item = &'a Member>) -> Self {
        let mut out = like.emptied();
        for member in members {
            out.push(member);
        }
        out
    }

    pub(crate) fn emptied(&self) -> Self {
        match self {
            Self::Text(_) => Self::Text(Texts::default()),
            Self::Date(_) => Self::Date(Vec::new()),
            Self::Leaf(_) => Self::Leaf(Vec::new()),
            Self::Cell(_) => Self::Cell(Vec::new()),
        }
    }

    fn push(&mut self, member: &Member) {
        match (self, member) {
            (Self::Text(texts), Member::Text(text)) => texts.push(text),
            (Self::Date(days), Member::Date(day)) => days.push(*day),
            (Self::Leaf(ids), Member::Leaf(id)) => ids.push(*id),
            (Self::Cell(cells), Member::Cell(cell)) => cells.push(*cell),
            _ => debug_assert!(false, "a member of another kind"),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(texts) => texts.ends.len(),
            Self::Date(days) => days.len(),
            Self::Leaf(ids) => ids.len(),
            Self::Cell(cells) => cells.len(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Text(texts) => texts.bytes.len() + 4 * texts.ends.len(),
            Self::Date(days) => 4 * days.len(),
            Self::Leaf(ids) => 8 * ids.len(),
            Self::Cell(cells) => 8 * cells.len(),
        }
    }

    pub(crate) fn member(&self, index: usize) -> Member {
        match self {
            Self::Text(texts) => Member::Text(texts.get(index).into()),
            Self::Date(days) => Member::Date(days[index]),
            Self::Leaf(ids) => Member::Leaf(ids[index]),
            Self::Cell(cells) => Member::Cell(cells[index]),
        }
    }

    /// The value of a code.
    pub(crate) fn value(&self, code: u64) -> Value {
        let Some(index) = (code as usize).checked_sub(1) else {
            return Value::Null;
        };
        match self {
            Self::Text(texts) => Value::text(texts.get(index)),
            Self::Date(days) => Value::Date(date_of(days[index])),
            Self::Leaf(ids) => Value::Int(ids[index]),
            Self::Cell(cells) => Value::text(cell_text(cells[index])),
        }
    }

    /// Text of a code in a dictionary of texts.
    pub(crate) fn text(&self, code: u64) -> Option<&str> {
        match self {
            Self::Text(texts) => Some(texts.get((code as usize).checked_sub(1)?)),
            _ => None,
        }
    }

    /// Text of a non-null code, for `LIKE`.
    pub(crate) fn with_text<R>(&self, code: u64, see: impl FnOnce(&str) -> R) -> Option<R> {
        let index = (code as usize).checked_sub(1)?;
        match self {
            Self::Text(texts) => Some(see(texts.get(index))),
            Self::Cell(cells) => Some(see(&cell_text(cells[index]))),
            Self::Date(_) | Self::Leaf(_) => None,
        }
    }

    /// How many entries are smaller than the value: (strictly, or equal too). `None` for a value of another type.
    pub(crate) fn rank(&self, value: &Value) -> Option<(usize, usize)> {
        let search = |len: usize, order: &dyn Fn(usize) -> std::cmp::Ordering| {
            let (mut low, mut high) = (0, len);
            while low < high {
                let middle = usize::midpoint(low, high);
                if order(middle).is_lt() {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            let found = low < len && order(low).is_eq();
            (low, low + usize::from(found))
        };
        match (self, value) {
            (Self::Text(texts), Value::Text(text)) => {
                Some(search(self.len(), &|i| texts.get(i).cmp(text.as_str())))
            }
            (Self::Date(days), Value::Date(date)) => {
                let day = days_of(*date);
                Some(search(self.len(), &|i| days[i].cmp(&day)))
            }
            (Self::Cell(cells), Value::Text(text)) => {
                // Cells of one resolution all have fifteen digits, so the order of texts is that of numbers.
                Some(match cell_of(text) {
                    Some(cell) if text.len() == 15 => search(self.len(), &|i| cells[i].cmp(&cell)),
                    _ => search(self.len(), &|i| cell_text(cells[i]).as_str().cmp(text)),
                })
            }
            _ => None,
        }
    }

    /// Code of a member; 0 when it is not there.
    pub(crate) fn code_of(&self, member: &Member) -> u64 {
        let found = match (self, member) {
            (Self::Text(_), Member::Text(text)) => {
                let (before, through) = self.rank(&Value::text(text.as_ref())).unwrap_or((0, 0));
                return if before == through { 0 } else { through as u64 };
            }
            (Self::Date(days), Member::Date(day)) => days.binary_search(day),
            (Self::Leaf(ids), Member::Leaf(id)) => ids.binary_search(id),
            (Self::Cell(cells), Member::Cell(cell)) => cells.binary_search(cell),
            _ => return 0,
        };
        found.map_or(0, |index| index as u64 + 1)
    }

    /// This dictionary with more members; those it has already are ignored.
    pub(crate) fn merge(&self, added: Vec<Member>) -> Merged {
        self.grown(added).unwrap_or_else(|| Merged {
            dictionary: self.clone(),
            moved: None,
        })
    }

    /// As [`Self::merge`], but `None` when there is nothing new.
    pub(crate) fn grown(&self, mut added: Vec<Member>) -> Option<Merged> {
        added.retain(|member| self.code_of(member) == 0);
        added.sort_unstable();
        added.dedup();
        (!added.is_empty()).then(|| self.grown_by(&added))
    }

    fn grown_by(&self, added: &[Member]) -> Merged {
        if self.len() == 0 {
            return Merged {
                dictionary: Self::from_sorted(self, added.iter()),
                moved: None,
            };
        }
        let mut dictionary = self.emptied();
        let mut moved = Vec::with_capacity(self.len() + 1);
        moved.push(0);
        let mut added = added.iter().peekable();
        for index in 0..self.len() {
            let own = self.member(index);
            while let Some(member) = added.next_if(|member| **member < own) {
                dictionary.push(member);
            }
            dictionary.push(&own);
            moved.push(dictionary.len() as u32);
        }
        added.for_each(|member| dictionary.push(member));
        Merged {
            dictionary,
            moved: Some(moved),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_order_and_says_where_codes_went() {
        let text = |t: &str| Member::Text(t.into());
        let empty = Dictionary::Text(Texts::default());
        let first = empty.merge(vec![text("b"), text("d"), text("b")]);
        assert!(first.moved.is_none());
        let second = first
            .dictionary
            .merge(vec![text("a"), text("d"), text("c")]);
        assert_eq!(second.moved, Some(vec![0, 2, 4]));
        assert_eq!(second.dictionary.value(3), Value::text("c"));
        assert_eq!(second.dictionary.rank(&Value::text("bb")), Some((2, 2)));
        assert_eq!(second.dictionary.rank(&Value::text("b")), Some((1, 2)));
        assert_eq!(second.dictionary.rank(&Value::Int(1)), None);
    }

    #[test]
    fn dates_outside_the_calendar_do_not_panic() {
        assert_eq!(date_of(days_of(EPOCH)), EPOCH);
        assert_eq!(date_of(i32::MAX), NaiveDate::MAX);
    }
}
