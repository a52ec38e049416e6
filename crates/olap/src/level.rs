//! How does a dimension follow from a stored column? As the column itself, or by a look-up over the
//! column's codes made once per distinct value; nothing is stored per row.

use crate::codes::Codes;
use crate::column::{Column, Meaning};
use crate::dictionary::{Dictionary, Member, Texts};
use crate::set::CodeSet;
use geocrm_domain::Value;
use geocrm_domain::catalogue::{Dimension, Source};
use geocrm_domain::levels::Rule;
use geocrm_domain::region::{RegionId, RegionTree};
use std::sync::Arc;

/// Integer columns up to this code get a look-up table, wider ones their steps only.
const TABLE_TOP: u64 = 65_535;

#[derive(Debug, Clone)]
pub(crate) enum Derive {
    Same,
    /// Derived code of every base code; `rising` when it never falls.
    Table {
        codes: Arc<Codes>,
        rising: bool,
    },
    /// First base code and derived code of every run, rising by base code.
    Steps(Arc<Vec<(u64, u64)>>),
}

impl Derive {
    pub(crate) fn code(&self, base: u64) -> u64 {
        match self {
            Self::Same => base,
            Self::Table { codes, .. } => codes.get(base as usize),
            Self::Steps(steps) => {
                let after = steps.partition_point(|(start, _)| *start <= base);
                after.checked_sub(1).map_or(0, |i| steps[i].1)
            }
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Same => 0,
            Self::Table { codes, .. } => codes.bytes(),
            Self::Steps(steps) => 16 * steps.len(),
        }
    }

    /// The base codes (up to `base_top`) whose derived code is in the set.
    pub(crate) fn pull_back(&self, set: &CodeSet, base_top: u64) -> CodeSet {
        match self {
            Self::Same => set.clone(),
            Self::Table {
                codes,
                rising: true,
            } => CodeSet::from_runs(
                set.runs()
                    .iter()
                    .map(|(low, high)| {
                        let first = codes.partition_point(|c| c < *low);
                        let after = codes.partition_point(|c| c <= *high);
                        (first as u64, after as u64)
                    })
                    .filter(|(first, after)| first < after)
                    .map(|(first, after)| (first, after - 1)),
            ),
            Self::Table { codes, .. } => CodeSet::from_runs(
                (0..codes.len() as u64)
                    .filter(|base| set.contains(codes.get(*base as usize)))
                    .map(|base| (base, base)),
            ),
            Self::Steps(steps) => CodeSet::from_runs(
                steps
                    .iter()
                    .enumerate()
                    .filter(|(_, (_, derived))| set.contains(*derived))
                    .map(|(i, (start, _))| {
                        let next = steps.get(i + 1).map_or(base_top, |(next, _)| next - 1);
                        (*start, next)
                    }),
            ),
        }
    }
}

/// A level over its column as it was before some edits.
#[derive(Clone, Copy)]
pub(crate) struct Former<'a> {
    pub(crate) level: &'a Level,
    /// Largest code the column had.
    pub(crate) top: u64,
    /// Where the column's codes are now; `None` when they have stayed.
    pub(crate) moved: Option<&'a [u32]>,
}

/// A dimension bound to its column.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    /// Index of the base column.
    pub(crate) column: usize,
    pub(crate) derive: Derive,
    /// `None` when the codes mean what the base column's mean.
    own: Option<Arc<Dictionary>>,
}

impl Level {
    /// A stored column as a dimension.
    pub(crate) fn plain(column: usize) -> Self {
        Self {
            column,
            derive: Derive::Same,
            own: None,
        }
    }

    pub(crate) fn meaning(&self, base: &Column) -> Meaning {
        match &self.own {
            Some(dictionary) => Meaning::Dictionary(dictionary.clone()),
            None => base.meaning.clone(),
        }
    }

    pub(crate) fn top(&self, base: &Column) -> u64 {
        self.own.as_ref().map_or(base.top, |own| own.len() as u64)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.derive.bytes() + self.own.as_ref().map_or(0, |own| own.bytes())
    }

    /// Binds a dimension over its base column; only codes that `before` did not know are derived anew.
    pub(crate) fn new(
        dimension: &Dimension,
        index: usize,
        column: &Column,
        regions: &RegionTree,
        before: Option<Former<'_>>,
    ) -> Self {
        let same = |derive, own| Self {
            column: index,
            derive,
            own,
        };
        match (&column.meaning, dimension.source) {
            (_, Source::Own) => same(Derive::Same, None),
            (Meaning::Offset { base }, Source::Derived(_, rule)) => {
                let (derive, own) = over_integers(*base, column.top, rule);
                same(derive, Some(own))
            }
            // Leaves are always a dictionary; a region of anything else is null.
            (Meaning::Offset { .. }, Source::Region(_)) => {
                same(Derive::Steps(Arc::new(vec![(0, 0)])), None)
            }
            (Meaning::Dictionary(dictionary), source) => {
                let derived = |code: u64| derived_member(dictionary, code, source, regions);
                let (derive, own) = over_dictionary(dictionary, source, derived, before);
                same(derive, own)
            }
        }
    }
}

/// Every rule over integers cuts the number line into a few intervals, so their bounds are found by halving.
fn over_integers(base: i64, top: u64, rule: Rule) -> (Derive, Arc<Dictionary>) {
    let class = |code: u64| rule.apply(&Value::Int(base.wrapping_add((code - 1) as i64)));
    let mut starts: Vec<(u64, Value)> = vec![];
    if top > 0 {
        starts.push((1, class(1)));
        find_steps((1, class(1)), (top, class(top)), &class, &mut starts);
    }
    let members: Vec<Member> = starts
        .iter()
        .filter_map(|(_, value)| value.as_text().map(|t| Member::Text(t.into())))
        .collect();
    let dictionary = Dictionary::Text(Texts::default()).merge(members).dictionary;
    let code_of = |value: &Value| {
        value
            .as_text()
            .map_or(0, |text| dictionary.code_of(&Member::Text(text.into())))
    };
    let mut steps = vec![(0, 0)];
    steps.extend(starts.iter().map(|(start, value)| (*start, code_of(value))));
    let steps = Derive::Steps(Arc::new(steps));
    let derive = if top <= TABLE_TOP {
        let codes = Codes::collect(
            dictionary.len() as u64,
            (0..=top)
                .collect::<Vec<u64>>()
                .into_iter()
                .map(|code| steps.code(code)),
        );
        table(codes)
    } else {
        steps
    };
    (derive, Arc::new(dictionary))
}

fn find_steps(
    low: (u64, Value),
    high: (u64, Value),
    class: &impl Fn(u64) -> Value,
    out: &mut Vec<(u64, Value)>,
) {
    if low.1 == high.1 {
        return;
    }
    if high.0 - low.0 == 1 {
        out.push(high);
        return;
    }
    let middle = low.0 + (high.0 - low.0) / 2;
    let at = (middle, class(middle));
    find_steps(low, at.clone(), class, out);
    find_steps(at, high, class, out);
}

fn table(codes: Codes) -> Derive {
    let rising = (1..codes.len()).all(|i| codes.get(i - 1) <= codes.get(i));
    Derive::Table {
        codes: Arc::new(codes),
        rising,
    }
}

fn derived_member(
    dictionary: &Dictionary,
    code: u64,
    source: Source,
    regions: &RegionTree,
) -> Option<Member> {
    let base = dictionary.member((code as usize).checked_sub(1)?);
    let text = |text: &str| Member::Text(text.into());
    match (source, base) {
        (Source::Derived(_, Rule::H3Parent(resolution)), Member::Cell(cell)) => {
            let cell = h3o::CellIndex::try_from(cell).ok()?;
            let parent = cell.parent(h3o::Resolution::try_from(resolution).ok()?)?;
            Some(Member::Cell(parent.into()))
        }
        (Source::Derived(_, rule), _) => rule.apply(&dictionary.value(code)).as_text().map(text),
        (Source::Region(level), Member::Leaf(id)) => {
            let leaf = RegionId(i32::try_from(id).ok()?);
            regions.code_at(leaf, level).map(text)
        }
        (Source::Own | Source::Region(_), _) => None,
    }
}

fn over_dictionary(
    base: &Dictionary,
    source: Source,
    derived: impl Fn(u64) -> Option<Member>,
    before: Option<Former<'_>>,
) -> (Derive, Option<Arc<Dictionary>>) {
    let empty = match source {
        Source::Derived(_, Rule::H3Parent(_)) => Dictionary::Cell(Vec::new()),
        _ => Dictionary::Text(Texts::default()),
    };
    let size = base.len() + 1;
    // What is known from before: derived code + 1 by new base code, 0 for a code not known yet.
    let mut known = vec![0u32; size];
    known[0] = 1;
    let mut own = Arc::new(empty);
    if let Some(Former { level, top, moved }) = before
        && let Some(old) = &level.own
    {
        if moved.is_none() && top as usize + 1 == size {
            return (level.derive.clone(), Some(old.clone()));
        }
        own = old.clone();
        for code in 0..=top as usize {
            let at = moved.map_or(code, |moved| moved[code] as usize);
            known[at] = level.derive.code(code as u64) as u32 + 1;
        }
    }
    let fresh: Vec<(usize, Option<Member>)> = (0..size)
        .filter(|code| known[*code] == 0)
        .map(|code| (code, derived(code as u64)))
        .collect();
    let merged = own.merge(fresh.iter().filter_map(|(_, m)| m.clone()).collect());
    if let Some(moved) = &merged.moved {
        for code in &mut known {
            if *code > 0 {
                *code = moved[*code as usize - 1] + 1;
            }
        }
    }
    for (code, member) in &fresh {
        let own_code = member.as_ref().map_or(0, |m| merged.dictionary.code_of(m));
        known[*code] = own_code as u32 + 1;
    }
    let codes = Codes::collect(
        merged.dictionary.len() as u64,
        known.iter().map(|code| u64::from(*code - 1)),
    );
    if matches!(base, Dictionary::Cell(_)) && *base == merged.dictionary {
        // Cells of the finest resolution are their own parents.
        return (Derive::Same, None);
    }
    (table(codes), Some(Arc::new(merged.dictionary)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_finds_every_step_of_every_integer_rule() {
        for rule in [
            Rule::AgeClass,
            Rule::ConditionClass,
            Rule::DistanceBand,
            Rule::StoreysBand,
            Rule::RevenueBand,
        ] {
            for (base, top) in [
                (-20, 6_000),
                (-1_000, 200_000),
                (9_999_990, 30),
                (1_950, 1),
                (0, 0),
            ] {
                let (derive, dictionary) = over_integers(base, top, rule);
                assert_eq!(derive.code(0), 0);
                for code in 1..=top {
                    let expected = rule.apply(&Value::Int(base + code as i64 - 1));
                    assert_eq!(
                        dictionary.value(derive.code(code)),
                        expected,
                        "{rule:?} {code}"
                    );
                }
            }
        }
    }
}
