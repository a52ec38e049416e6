//! Where is this address, and how sure is that? An index of all loaded addresses in memory answers four
//! questions: one query, a batch (the same function on all cores), the letters typed so far, and the
//! nearest address of a position. It reads no file and asks no service; the house number is sacred.
//!
//! A query is answered as *matched* only when the number with its addition is equal, the street is certain
//! and a postcode or place confirms it; everything else is *doubtful* or *failed* and says why by named
//! [`Fault`]s. There is no middle of a street and no (0, 0): every candidate is a loaded address.

mod answer;
mod geocode;
mod index;
mod judge;
mod names;
mod number;
mod query;
mod reverse;
mod search;
mod strings;
mod suggest;
mod text;

pub use answer::{Candidate, Fault, Match, Nearby, State, Suggestion, SuggestionKind};
pub use index::Geocoder;
pub use query::Query;
pub use reverse::REVERSE_REACH_M;
pub use text::fold;

use geocrm_domain::{AddressId, LngLat, PostalAddress};

/// Most candidates of one answer.
pub const CANDIDATES: usize = 5;

/// One loaded address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRecord {
    pub id: AddressId,
    pub address: PostalAddress,
    pub place: LngLat,
}

#[cfg(test)]
mod tests;
