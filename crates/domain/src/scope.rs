//! Who may see what, as a value that every query must be given. There is no default: a caller that
//! does not know its user's scope cannot ask anything.

use crate::ids::UserId;
use std::fmt;

/// The records a user may see one by one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RecordScope {
    All,
    /// Records of these territories (codes, sorted).
    Territories(Vec<String>),
    /// Records this user owns.
    Own(UserId),
    None,
}

/// Secret of an installation from which the noise of protected sums is drawn. Whoever knows it can take the noise
/// off, so it is never shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CellKey(pub [u8; 16]);

impl fmt::Debug for CellKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CellKey")
    }
}

/// The sums a user may see beyond the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AggregateScope {
    /// Sums over every record.
    All,
    /// Sums over every record, persons only as protected cells: the same figures for everybody, whatever records
    /// they may see.
    Protected(CellKey),
    /// Sums over the visible records only.
    SameAsRecords,
    None,
}

/// What one user may see: its records and its sums. Caches are keyed by it (it is `Hash`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VisibleScope {
    records: RecordScope,
    aggregates: AggregateScope,
}

impl VisibleScope {
    pub fn everything() -> Self {
        Self {
            records: RecordScope::All,
            aggregates: AggregateScope::All,
        }
    }

    /// An empty list is the same as seeing nothing.
    pub fn territories(codes: impl IntoIterator<Item = String>) -> Self {
        let mut codes: Vec<String> = codes.into_iter().collect();
        codes.sort();
        codes.dedup();
        if codes.is_empty() {
            return Self::nothing();
        }
        Self {
            records: RecordScope::Territories(codes),
            aggregates: AggregateScope::SameAsRecords,
        }
    }

    pub fn own(user: UserId) -> Self {
        Self {
            records: RecordScope::Own(user),
            aggregates: AggregateScope::SameAsRecords,
        }
    }

    pub fn nothing() -> Self {
        Self {
            records: RecordScope::None,
            aggregates: AggregateScope::None,
        }
    }

    /// No record, but sums over all, persons protected.
    pub fn protected_sums(key: CellKey) -> Self {
        Self {
            records: RecordScope::None,
            aggregates: AggregateScope::Protected(key),
        }
    }

    pub fn records(&self) -> &RecordScope {
        &self.records
    }

    pub fn aggregates(&self) -> AggregateScope {
        self.aggregates
    }

    /// Whether a record of this territory and owner may be seen.
    pub fn sees(&self, territory: Option<&str>, owner: Option<UserId>) -> bool {
        match &self.records {
            RecordScope::All => true,
            RecordScope::Territories(codes) => {
                territory.is_some_and(|t| codes.iter().any(|c| c == t))
            }
            RecordScope::Own(user) => owner == Some(*user),
            RecordScope::None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_territory_is_nothing_and_not_everything() {
        assert_eq!(VisibleScope::territories([]), VisibleScope::nothing());
        assert!(!VisibleScope::territories(["T1".to_owned()]).sees(None, None));
        assert!(!VisibleScope::nothing().sees(Some("T1"), None));
    }
}
