//! The one filter tree behind map, chart, table and export. It is parsed from CQL2 at the door, bound to
//! columns by the engine and compiled to SQL by the store. NULL follows SQL: a comparison with it is
//! unknown, and only rows for which the whole filter is *true* pass.

use crate::geometry::{Geometry, MultiPolygon};
use crate::value::Value;

/// What a filter calls a record's place.
pub const PLACE: &str = "geometry";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compare {
    /// Whether `left op right` holds for two non-null values of one type.
    pub fn holds(self, left: &Value, right: &Value) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    /// `property op value`; comparing with `Value::Null` is unknown for every row.
    Compare {
        property: String,
        op: Compare,
        value: Value,
    },
    /// Both bounds belong to it.
    Between {
        property: String,
        low: Value,
        high: Value,
    },
    In {
        property: String,
        values: Vec<Value>,
    },
    /// `%` any text, `_` one character, `\` escapes; `fold_case` compares in lower case.
    Like {
        property: String,
        pattern: String,
        fold_case: bool,
    },
    /// Of [`PLACE`] too.
    IsNull {
        property: String,
    },
    /// `property op value` with both in lower case; the property holds text.
    Folded {
        property: String,
        op: Compare,
        value: String,
    },
    /// The record's place lies in the area, its edge included; unknown for a record without a place.
    Within(MultiPolygon),
    /// The record's place lies at least `low_m` and less than `high_m` metres from the nearest of the shapes;
    /// unknown without a place. See [`crate::geometry::distance_m`] for the metric.
    Near {
        around: Vec<Geometry>,
        low_m: u32,
        /// `None`: however far.
        high_m: Option<u32>,
    },
}

impl Filter {
    /// Conjunction that drops the absent side.
    pub fn and(left: Option<Self>, right: Option<Self>) -> Option<Self> {
        match (left, right) {
            (Some(a), Some(b)) => Some(Self::And(vec![a, b])),
            (one, other) => one.or(other),
        }
    }

    /// Whether it asks where a record lies.
    pub fn is_spatial(&self) -> bool {
        let mut spatial = false;
        self.visit(&mut |filter| spatial |= matches!(filter, Self::Within(_) | Self::Near { .. }));
        spatial
    }

    /// Whether every record that passes has the same member of this property.
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::And(parts) => parts.iter().any(|part| part.holds(name)),
            Self::Compare {
                property,
                op: Compare::Equal,
                ..
            } => property == name,
            Self::In { property, values } => property == name && values.len() == 1,
            _ => false,
        }
    }

    /// The conditions that all must hold.
    pub fn conditions(&self) -> Vec<&Self> {
        match self {
            Self::And(parts) => parts.iter().flat_map(Self::conditions).collect(),
            one => vec![one],
        }
    }

    /// Number of nodes, for the limit.
    pub fn node_count(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                1 + parts.iter().map(Self::node_count).sum::<usize>()
            }
            Self::Not(inner) => 1 + inner.node_count(),
            _ => 1,
        }
    }

    /// Names of the properties the filter asks about, each once, in order of appearance.
    pub fn properties(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.visit(&mut |filter| {
            let (Self::Compare { property, .. }
            | Self::Between { property, .. }
            | Self::In { property, .. }
            | Self::Like { property, .. }
            | Self::Folded { property, .. }
            | Self::IsNull { property }) = filter
            else {
                return;
            };
            if !names.contains(&property.as_str()) {
                names.push(property.as_str());
            }
        });
        names
    }

    fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Self)) {
        see(self);
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.visit(see)),
            Self::Not(inner) => inner.visit(see),
            _ => {}
        }
    }
}

/// SQL `LIKE` with `\` as escape, over characters.
pub fn like_matches(pattern: &str, text: &str, fold_case: bool) -> bool {
    if fold_case {
        let fold = |s: &str| s.to_lowercase().chars().collect::<Vec<_>>();
        like_chars(&fold(pattern), &fold(text))
    } else {
        like_chars(
            &pattern.chars().collect::<Vec<_>>(),
            &text.chars().collect::<Vec<_>>(),
        )
    }
}

fn like_chars(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let matched = match pattern.get(p) {
            Some('%') => {
                retry = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some('_') if t < text.len() => Some(1),
            Some('\\') if p + 1 < pattern.len() => (text.get(t) == pattern.get(p + 1)).then_some(2),
            Some(c) => (text.get(t) == Some(c)).then_some(1),
            None if t == text.len() => return true,
            None => None,
        };
        match (matched, retry) {
            (Some(width), _) => {
                p += width;
                t += 1;
            }
            (None, Some((after, from))) if from < text.len() => {
                retry = Some((after, from + 1));
                p = after;
                t = from + 1;
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::like_matches;

    #[test]
    fn like_is_sql_like() {
        assert!(like_matches("Dam%", "Damrak", false));
        assert!(like_matches("%a_r%k%", "Damrak en meer", false));
        assert!(!like_matches("dam%", "Damrak", false));
        assert!(like_matches("dam%", "DAMRAK", true));
        assert!(like_matches(r"100\%", "100%", false));
        assert!(!like_matches("_", "", false));
        assert!(like_matches("%", "", false));
    }
}
