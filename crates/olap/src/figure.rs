//! What must be known of a group so that every figure about it, and about any union of groups, follows exactly?
//! Sums with their counts, extremes, the members that occur, the values with their frequencies: all of them
//! can be merged, in any order, and none of them is rounded.

use geocrm_domain::Number;

/// What is gathered for one figure. Columns and dimensions are given by their place in the catalogue, so that it
/// means the same to every snapshot of the cube.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    Count,
    /// Sum and number of the non-null values of a column.
    Sum(usize),
    Least(usize),
    Greatest(usize),
    /// Members of a dimension, null not among them.
    Members(usize),
    /// Frequencies of the non-null values of a column.
    Values(usize),
}

/// A mergeable figure; `M` is a member of a dimension, as a code of one snapshot or as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Figure<M> {
    Count(u64),
    Sum {
        sum: i128,
        values: u64,
    },
    Least(Option<i64>),
    Greatest(Option<i64>),
    /// Sorted, each once.
    Members(Vec<M>),
    /// By value, upwards.
    Values(Vec<(i64, u64)>),
}

impl<M: Ord + Clone> Figure<M> {
    /// What a need gathers from no records.
    pub(crate) fn of_nothing(need: &Need) -> Self {
        match need {
            Need::Count => Self::Count(0),
            Need::Sum(_) => Self::Sum { sum: 0, values: 0 },
            Need::Least(_) => Self::Least(None),
            Need::Greatest(_) => Self::Greatest(None),
            Need::Members(_) => Self::Members(Vec::new()),
            Need::Values(_) => Self::Values(Vec::new()),
        }
    }

    /// Adds the figures of other groups, all gathered for the same need.
    pub(crate) fn add_all<'a>(&mut self, others: impl Iterator<Item = &'a Self>)
    where
        M: 'a,
    {
        match self {
            Self::Members(members) => {
                for other in others {
                    if let Self::Members(more) = other {
                        members.extend(more.iter().cloned());
                    }
                }
                members.sort_unstable();
                members.dedup();
            }
            Self::Values(values) => {
                for other in others {
                    if let Self::Values(more) = other {
                        values.extend(more);
                    }
                }
                values.sort_unstable();
                values.dedup_by(|next, kept| {
                    let same = next.0 == kept.0;
                    kept.1 += if same { next.1 } else { 0 };
                    same
                });
            }
            one => others.for_each(|other| one.add_plain(other)),
        }
    }

    fn add_plain(&mut self, other: &Self) {
        match (self, other) {
            (Self::Count(count), Self::Count(more)) => *count += more,
            (Self::Sum { sum, values }, Self::Sum { sum: s, values: v }) => {
                *sum += s;
                *values += v;
            }
            // `None` is less than any value, so the two extremes differ.
            (Self::Least(least), Self::Least(other)) => {
                *least = (*least).into_iter().chain(*other).min();
            }
            (Self::Greatest(greatest), Self::Greatest(other)) => {
                *greatest = (*greatest).max(*other);
            }
            _ => debug_assert!(false, "figures of different needs"),
        }
    }
}

/// The value that at least `permille` thousandths of the values do not exceed: SQL's `percentile_disc`.
pub(crate) fn quantile(values: &[(i64, u64)], permille: u16) -> Option<Number> {
    let count: u128 = values.iter().map(|(_, n)| u128::from(*n)).sum();
    let wanted = (count * u128::from(permille)).div_ceil(1_000).max(1);
    let mut below = 0;
    for (value, n) in values {
        below += u128::from(*n);
        if below >= wanted {
            return Some(Number::Int(*value));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_that_occurs() {
        let values = [(1, 1), (5, 2), (9, 1)];
        let at = |permille| quantile(&values, permille);
        let int = |v| Some(Number::Int(v));
        assert_eq!(
            [at(0), at(250), at(251), at(500)],
            [int(1), int(1), int(5), int(5)]
        );
        assert_eq!([at(750), at(751), at(1_000)], [int(5), int(9), int(9)]);
        assert_eq!(quantile(&[], 500), None);
    }

    #[test]
    fn merging_does_not_depend_on_the_order() {
        let parts = [vec![(3, 1), (7, 2)], vec![(3, 4)], vec![(-1, 1), (7, 1)]];
        let parts = parts.map(Figure::<u64>::Values);
        let merged = |order: [usize; 3]| {
            let mut first = parts[order[0]].clone();
            first.add_all(order[1..].iter().map(|i| &parts[*i]));
            first
        };
        assert_eq!(merged([0, 1, 2]), merged([2, 0, 1]));
        assert_eq!(
            merged([1, 2, 0]),
            Figure::Values(vec![(-1, 1), (3, 5), (7, 3)])
        );
    }
}
