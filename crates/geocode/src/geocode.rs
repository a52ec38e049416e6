//! The answer to one query and to many: candidates in order, one per door, and the state they justify.

use crate::answer::{Candidate, Fault, Faults, Match, State};
use crate::judge::Scored;
use crate::number::NumberFit;
use crate::query::Ask;
use crate::search::Search;
use crate::text::names_one_street;
use crate::{CANDIDATES, Geocoder, Query};
use rayon::prelude::*;

/// Scores closer than this say that two candidates fit equally well.
const TIE: f64 = 0.03;
/// Equal street, number and addition this near each other are one door recorded twice, in metres.
const SAME_DOOR_M: f64 = 100.0;
/// The same with one full Dutch postcode, in metres.
const SAME_DOOR_SAME_POSTCODE_M: f64 = 400.0;
/// A best candidate below this is no answer.
const FAILED_BELOW: f64 = 0.3;
/// Without a house number, a street with at most this many doors still gives a doubtful answer.
const FEW_DOORS: usize = 3;

impl Geocoder {
    /// Finds the address. Never an error: what is wrong is said by the faults of the answer.
    pub fn geocode(&self, query: &Query) -> Match {
        let ask = Ask::new(self, query);
        if ask.faults.has(Fault::Empty) {
            return failed(ask.faults);
        }
        let mut found = Search::run(self, &ask);
        let own = ask.streets.first().map_or("", String::as_str);
        let is_alias = |s: &Scored| self.street_keys.get(self.units[s.unit as usize].street) != own;
        found.sort_unstable_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| is_alias(a).cmp(&is_alias(b)))
                .then_with(|| self.is_incomplete(a).cmp(&self.is_incomplete(b)))
                .then_with(|| a.entry.cmp(&b.entry))
        });
        let found = self.one_per_door(&found);
        let Some(best) = found.first() else {
            let mut faults = ask.faults;
            let knows_street = || ask.streets.iter().any(|key| self.street_names.has(key));
            faults.add(Fault::NothingFound);
            if !ask.streets.is_empty() && !knows_street() {
                faults.add(Fault::StreetNotFound);
            }
            return failed(faults);
        };
        let mut faults = ask.faults.with(best.faults);
        let rival = found
            .get(1)
            .is_some_and(|next| best.score - next.score < TIE);
        // Rivals whose addition the query does not tell apart are named by that fault already.
        if rival && !matches!(best.number, NumberFit::Neighbour | NumberFit::Missing) {
            faults.add(Fault::Ambiguous);
        }
        let state = match best.number {
            NumberFit::Neighbour => State::Failed,
            NumberFit::Missing if found.len() > FEW_DOORS => State::Failed,
            _ if best.score < FAILED_BELOW => State::Failed,
            _ if best.certain && !rival => State::Matched,
            _ => State::Doubtful,
        };
        Match {
            state,
            score: best.score.min(1.0),
            faults: faults.list(),
            candidates: found.iter().map(|s| self.candidate(s)).collect(),
        }
    }

    /// [`Geocoder::geocode`] for each query, in order, on all cores.
    pub fn geocode_batch(&self, queries: &[Query]) -> Vec<Match> {
        queries
            .par_iter()
            .map(|query| self.geocode(query))
            .collect()
    }

    fn candidate(&self, scored: &Scored) -> Candidate {
        Candidate {
            id: self.id(scored.entry),
            address: self.address(scored.entry),
            place: self.place(scored.entry),
            score: scored.score.min(1.0),
            faults: scored.faults.list(),
        }
    }

    fn is_incomplete(&self, scored: &Scored) -> bool {
        self.postcode_key(scored.entry).is_empty()
            || self.units[scored.unit as usize].city == crate::index::NONE
    }

    /// The first of each door, in order, at most [`CANDIDATES`].
    fn one_per_door(&self, found: &[Scored]) -> Vec<Scored> {
        let mut doors: Vec<Scored> = Vec::with_capacity(CANDIDATES);
        for scored in found {
            if doors.len() == CANDIDATES {
                break;
            }
            if !doors.iter().any(|door| self.is_same_door(door, scored)) {
                doors.push(*scored);
            }
        }
        doors
    }

    fn is_same_door(&self, a: &Scored, b: &Scored) -> bool {
        if a.entry == b.entry || self.id(a.entry) == self.id(b.entry) {
            return true;
        }
        let (number_a, number_b) = (self.number(a.entry), self.number(b.entry));
        let key = |s: &Scored| self.street_keys.get(self.units[s.unit as usize].street);
        if number_a.number != number_b.number
            || number_a.addition != number_b.addition
            || key(a) != key(b)
        {
            return false;
        }
        let (postcode_a, postcode_b) = (self.postcode_key(a.entry), self.postcode_key(b.entry));
        let near_m = if names_one_street(postcode_a) && postcode_a == postcode_b {
            SAME_DOOR_SAME_POSTCODE_M
        } else {
            SAME_DOOR_M
        };
        self.place(a.entry).haversine_m(self.place(b.entry)) <= near_m
    }
}

fn failed(faults: Faults) -> Match {
    Match {
        state: State::Failed,
        score: 0.0,
        faults: faults.list(),
        candidates: Vec::new(),
    }
}
