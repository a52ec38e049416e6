//! What is told to open pages after a change, and to whom? Never which records, only which kinds of figures and
//! which stretches of the map are old now, and of accounts only what the page's user may see.

use crate::cards::Cards;
use geocrm_domain::catalogue::{ACCOUNTS, CUBES};
use geocrm_domain::scope::{AggregateScope, RecordScope};
use geocrm_domain::{AccountId, LngLat, TileId, Value, VisibleScope};
use geocrm_olap::{Key, LiveCube, OlapError};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Changed stretches of the map are told as tiles of this zoom.
pub const QUAD_ZOOM: u8 = 12;
/// More stretches than this are told as "everywhere".
const MOST_QUADS: usize = 256;

/// Where an account is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drawn {
    Nowhere,
    At(TileId),
}

/// An account before or after an edit.
#[derive(Debug, Clone)]
pub struct Touched {
    drawn: Drawn,
    territory: Option<String>,
    owner: Option<String>,
}

impl Touched {
    fn visible_to(&self, scope: &VisibleScope) -> bool {
        let owner = self.owner.as_deref().and_then(|id| id.parse().ok());
        scope.sees(self.territory.as_deref(), owner)
    }
}

/// Accounts as they were and as they are.
pub fn touched(
    before: (&LiveCube, &Cards),
    after: (&LiveCube, &Cards),
    ids: &[AccountId],
) -> Result<Vec<Touched>, OlapError> {
    let mut out = Vec::with_capacity(2 * ids.len());
    let at = |place: LngLat| Drawn::At(place.quadkey().tile(QUAD_ZOOM));
    for id in ids {
        for (cube, cards) in [before, after] {
            let Some(found) = cube.find(Key::Uuid(id.0)) else {
                continue;
            };
            let text = |value: Value| value.as_text().map(str::to_owned);
            let drawn = match found.place() {
                Some(place) => at(place),
                // A doubtful one is drawn where it was suggested to be.
                None => cards
                    .get(*id)
                    .and_then(|card| card.place)
                    .map_or(Drawn::Nowhere, at),
            };
            out.push(Touched {
                drawn,
                territory: text(found.value("territory")?),
                owner: text(found.value("owner")?),
            });
        }
    }
    Ok(out)
}

/// A new data version and what it changed.
#[derive(Debug, Clone)]
pub struct Change {
    pub data_version: String,
    /// Cubes whose records were replaced as a whole.
    kinds: Vec<String>,
    /// Edited accounts, before and after.
    records: Arc<Vec<Touched>>,
}

/// A change as one user may hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisibleChange {
    /// `accounts`, `addresses`, `roads`, `regions`, `flows`.
    pub kinds: Vec<String>,
    /// The tiles of zoom 12 outside which nothing on the map changed; `None` when it may be anywhere.
    pub quads: Option<Vec<TileId>>,
}

impl VisibleChange {
    /// Everything may have changed.
    pub fn anything() -> Self {
        Self {
            kinds: CUBES.iter().map(|cube| cube.name.to_owned()).collect(),
            quads: None,
        }
    }
}

impl Change {
    pub(crate) fn new(data_version: String, kinds: Vec<String>, records: Vec<Touched>) -> Self {
        Self {
            data_version,
            kinds,
            records: Arc::new(records),
        }
    }

    /// All of it may have changed.
    pub(crate) fn everything(data_version: String) -> Self {
        let kinds = CUBES.iter().map(|cube| cube.name.to_owned()).collect();
        Self::new(data_version, kinds, Vec::new())
    }

    /// What a user with this scope hears; `None` when nothing it may see has changed.
    pub fn visible_to(&self, scope: &VisibleScope) -> Option<VisibleChange> {
        let sees_records = *scope.records() != RecordScope::None;
        let mut kinds = self.kinds.clone();
        kinds.retain(|kind| kind != ACCOUNTS.name || sees_records);
        let seen: Vec<&Touched> = self
            .records
            .iter()
            .filter(|record| record.visible_to(scope))
            .collect();
        // Sums over records that may not be seen one by one tell no place.
        let sums_of_all = matches!(
            scope.aggregates(),
            AggregateScope::All | AggregateScope::Protected(_)
        );
        let sums_only = seen.len() < self.records.len() && sums_of_all;
        let anywhere = sums_only || !kinds.is_empty();
        if !seen.is_empty() || (sums_only && !self.records.is_empty()) {
            kinds.push(ACCOUNTS.name.to_owned());
            kinds.sort();
            kinds.dedup();
        }
        if kinds.is_empty() {
            return None;
        }
        let mut quads = BTreeSet::new();
        for record in seen {
            if let Drawn::At(tile) = record.drawn {
                quads.insert(tile);
            }
        }
        let known = !anywhere && quads.len() <= MOST_QUADS;
        Some(VisibleChange {
            kinds,
            quads: known.then(|| quads.into_iter().collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: u32, territory: &str) -> Touched {
        Touched {
            drawn: TileId::new(QUAD_ZOOM, x, 7).map_or(Drawn::Nowhere, Drawn::At),
            territory: Some(territory.to_owned()),
            owner: None,
        }
    }

    fn edit(records: Vec<Touched>) -> Change {
        Change::new("8".to_owned(), Vec::new(), records)
    }

    #[test]
    fn a_user_hears_of_the_places_of_its_own_records_only() {
        let change = edit(vec![at(1, "T1"), at(2, "T2"), at(3, "T2")]);
        let heard = change.visible_to(&VisibleScope::territories(["T2".to_owned()]));
        let heard = heard.expect("two of its records changed");
        let xs: Vec<u32> = heard.quads.expect("places").iter().map(|q| q.x).collect();
        assert_eq!((heard.kinds, xs), (vec!["accounts".to_owned()], vec![2, 3]));
        let other = VisibleScope::territories(["T3".to_owned()]);
        assert_eq!(change.visible_to(&other), None);
        assert_eq!(change.visible_to(&VisibleScope::nothing()), None);
    }

    #[test]
    fn a_load_and_very_many_edits_may_be_anywhere() {
        let everything = VisibleScope::everything();
        let load = Change::new("9".to_owned(), vec!["roads".to_owned()], Vec::new());
        let heard = load.visible_to(&VisibleScope::nothing()).expect("a change");
        assert_eq!((heard.kinds.len(), heard.quads), (1, None));
        let many = (0..300).map(|x| at(x, "T1")).collect();
        let heard = edit(many).visible_to(&everything).expect("a change");
        assert_eq!(heard.quads, None);
    }
}
