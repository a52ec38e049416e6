//! What can be asked of a cube and what comes back.

use crate::expression::Defined;
use crate::filter::Filter;
use crate::geometry::{Geometry, MultiPolygon};
use crate::value::Value;
use smallvec::SmallVec;
use std::cmp::Ordering;

/// Names refer to the catalogue of the cube; unknown names are errors of whoever binds them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CubeQuery {
    /// Measures of the catalogue, or names given in `defined`.
    pub measures: Vec<String>,
    /// Figures made for this question; only those that `measures` or `order` name are answered.
    pub defined: Vec<Defined>,
    pub dimensions: Vec<String>,
    /// What [`DISTANCE_BAND`] among the dimensions measures.
    pub bands: Option<Bands>,
    pub filter: Option<Filter>,
    /// Only records placed in this area, its edge included.
    pub geometry: Option<MultiPolygon>,
    /// Empty: by the dimensions, upwards.
    pub order: Vec<OrderBy>,
    pub limit: Option<usize>,
}

/// Name of the dimension of distance bands. Its members are the lower bounds in metres; null without a place.
pub const DISTANCE_BAND: &str = "distance_band";

/// Bands of distance from the nearest of some shapes: up to the first edge, between each two, and from the last on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bands {
    pub around: Vec<Geometry>,
    /// Rising; an edge belongs to the band that it begins.
    pub edges_m: Vec<u32>,
}

impl Bands {
    /// Lower and upper bounds of the bands in metres.
    pub fn bounds_m(&self) -> Vec<(u32, Option<u32>)> {
        let lows = std::iter::once(0).chain(self.edges_m.iter().copied());
        let highs = self.edges_m.iter().copied().map(Some).chain([None]);
        lows.zip(highs).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// A dimension or measure of the query.
    pub name: String,
    pub descending: bool,
}

/// An exact figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Number {
    Int(i64),
    /// A mean: sum and count of the non-null values, kept apart so that it stays exact.
    Ratio {
        sum: i64,
        count: i64,
    },
    /// A share, ratio, density or growth as [`Number::fraction`] makes it.
    Fraction {
        over: i128,
        under: i128,
    },
}

impl Number {
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Int(int) => int as f64,
            Self::Ratio { sum, count } => sum as f64 / count as f64,
            Self::Fraction { over, under } => over as f64 / under as f64,
        }
    }

    /// In lowest terms with a denominator above zero, so that equal numbers are equal; `None` over zero.
    pub fn fraction(over: i128, under: i128) -> Option<Self> {
        let (mut a, mut b) = (over.unsigned_abs(), under.unsigned_abs());
        while b > 0 {
            (a, b) = (b, a % b);
        }
        let common = i128::try_from(a).ok().filter(|common| *common > 0)?;
        let sign = if under < 0 { -1 } else { 1 };
        (under != 0).then(|| Self::Fraction {
            over: sign * (over / common),
            under: sign * (under / common),
        })
    }

    /// Numerator and denominator; the denominator is above zero.
    pub fn parts(self) -> (i128, i128) {
        match self {
            Self::Int(int) => (int.into(), 1),
            Self::Ratio { sum, count } => (sum.into(), count.into()),
            Self::Fraction { over, under } => (over, under),
        }
    }

    /// Which of two exact numbers is larger, without rounding and without overflow: whole parts first, then
    /// the reciprocals of what is left, as Euclid's algorithm goes.
    pub fn compare(self, other: Self) -> Ordering {
        let ((mut a, mut b), (mut c, mut d)) = (self.parts(), other.parts());
        let mut turned = false;
        loop {
            let whole = a.div_euclid(b).cmp(&c.div_euclid(d));
            let (left, right) = (a.rem_euclid(b), c.rem_euclid(d));
            let order = match (whole, left, right) {
                (Ordering::Equal, 0, 0) => return Ordering::Equal,
                (Ordering::Equal, 0, _) => Ordering::Less,
                (Ordering::Equal, _, 0) => Ordering::Greater,
                (Ordering::Equal, ..) => {
                    (a, b, c, d) = (b, left, d, right);
                    turned = !turned;
                    continue;
                }
                (order, ..) => order,
            };
            return if turned { order.reverse() } else { order };
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnswerRow {
    /// One value per dimension asked.
    pub keys: SmallVec<[Value; 1]>,
    /// One per measure asked; `None` where no record has a value.
    pub values: SmallVec<[Option<Number>; 2]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub rows: Vec<AnswerRow>,
    /// Records that pass filter, geometry and scope.
    pub matched: u64,
    /// Records that pass filter and scope but have no place; they are in `matched` only without a geometry.
    pub without_place: u64,
    /// Groups before the limit.
    pub groups: usize,
    pub persons: PersonsTold,
}

/// How records about persons are in an answer. What is not exact is so for readers who may not see the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PersonsTold {
    #[default]
    Exact,
    /// As fixed cells: rounded, small ones left out, so that parts need not add up to the whole.
    Rounded,
    /// Not at all, and why: the question would single them out.
    LeftOut(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_fractions_are_equal() {
        assert_eq!(Number::fraction(6, -4), Number::fraction(-3, 2));
        assert_eq!(Number::fraction(0, 7), Number::fraction(0, -1));
        assert_eq!(Number::fraction(3, 0), None);
    }

    #[test]
    fn numbers_are_compared_exactly() {
        let fraction = |over, under| Number::Fraction { over, under };
        for (a, of_a) in [
            (0, 1),
            (-7, 3),
            (7, 3),
            (1, 3),
            (-1, 3),
            (22, 7),
            (355, 113),
        ] {
            for (b, of_b) in [(0, 5), (-14, 6), (7, 4), (2, 6), (-1, 2), (22, 7), (3, 1)] {
                let crossed: i128 = a * of_b;
                assert_eq!(
                    fraction(a, of_a).compare(fraction(b, of_b)),
                    crossed.cmp(&(b * of_a)),
                    "{a}/{of_a} {b}/{of_b}"
                );
            }
        }
        let wide = i128::MAX;
        assert_eq!(
            fraction(wide, wide - 1).compare(fraction(wide - 1, wide - 2)),
            Ordering::Less
        );
        assert_eq!(
            Number::Ratio { sum: 4, count: 2 }.compare(Number::Int(2)),
            Ordering::Equal
        );
    }
}
