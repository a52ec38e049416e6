//! What does a map point say of its account, at a data version? The cards of all accounts are kept in
//! memory beside the cubes and belong to the same snapshot, so that no tile asks the database and a tile
//! of an earlier version shows the records as they were then.
//!
//! A persistent map: accounts are spread over buckets of some dozens by their id, an edit copies the
//! buckets it touches and shares the others with the versions before. Inside a bucket the names lie one
//! after another, so that a million accounts cost some tens of megabytes and not a million small strings.

use crate::error::AppError;
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use geocrm_domain::batch::NULL_INT;
use geocrm_domain::{AccountCard, AccountId, AccountKind, AccountStatus, LngLat, PlaceState};
use geocrm_store::{Changes, ReadView};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Accounts of a bucket when the map is built, at most.
const BUILT: usize = 64;
/// Above this on average the map is built anew with more buckets.
const CROWDED: usize = 256;
/// Stands for no place in [`Facts::lng_e7`].
const NO_PLACE: i32 = i32::MIN;

/// The card of one account, borrowed from the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Card<'a> {
    pub name: &'a str,
    pub kind: AccountKind,
    pub status: AccountStatus,
    /// Also the suggestion for a doubtful one.
    pub place: Option<LngLat>,
    pub place_state: PlaceState,
    pub revenue_cents: Option<i64>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy)]
struct Facts {
    revenue_cents: i64,
    updated_at_us: i64,
    lng_e7: i32,
    lat_e7: i32,
    /// Where the name ends among the names of the bucket.
    name_end: u32,
    kind: AccountKind,
    status: AccountStatus,
    place_state: PlaceState,
}

/// Sorted by id.
#[derive(Debug, Default)]
struct Bucket {
    ids: Box<[Uuid]>,
    facts: Box<[Facts]>,
    names: Box<str>,
}

impl Bucket {
    fn of(mut cards: Vec<AccountCard>) -> Self {
        cards.sort_unstable_by_key(|card| card.id);
        let mut names = String::with_capacity(cards.iter().map(|card| card.name.len()).sum());
        let facts = cards
            .iter()
            .map(|card| {
                names.push_str(&card.name);
                let place = card.place;
                Facts {
                    revenue_cents: card.revenue_cents.unwrap_or(NULL_INT),
                    updated_at_us: card.updated_at.timestamp_micros(),
                    lng_e7: place.map_or(NO_PLACE, |at| at.lng_e7),
                    lat_e7: place.map_or(NO_PLACE, |at| at.lat_e7),
                    name_end: names.len() as u32,
                    kind: card.kind,
                    status: card.status,
                    place_state: card.place_state,
                }
            })
            .collect();
        Self {
            ids: cards.iter().map(|card| card.id.0).collect(),
            facts,
            names: names.into_boxed_str(),
        }
    }

    fn card(&self, at: usize) -> Card<'_> {
        let facts = &self.facts[at];
        let start = at.checked_sub(1).map_or(0, |b| self.facts[b].name_end);
        Card {
            name: &self.names[start as usize..facts.name_end as usize],
            kind: facts.kind,
            status: facts.status,
            place: (facts.lng_e7 != NO_PLACE).then(|| LngLat::from_e7(facts.lng_e7, facts.lat_e7)),
            place_state: facts.place_state,
            revenue_cents: (facts.revenue_cents != NULL_INT).then_some(facts.revenue_cents),
            updated_at: DateTime::from_timestamp_micros(facts.updated_at_us).unwrap_or_default(),
        }
    }

    fn cards(&self) -> impl Iterator<Item = AccountCard> {
        (0..self.ids.len()).map(|at| {
            let card = self.card(at);
            AccountCard {
                id: AccountId(self.ids[at]),
                name: card.name.to_owned(),
                kind: card.kind,
                status: card.status,
                place: card.place,
                place_state: card.place_state,
                revenue_cents: card.revenue_cents,
                updated_at: card.updated_at,
            }
        })
    }

    fn byte_size(&self) -> usize {
        size_of::<Self>()
            + self.ids.len() * (size_of::<Uuid>() + size_of::<Facts>())
            + self.names.len()
    }
}

/// The cards of all accounts that are not deleted. A clone shares everything.
#[derive(Debug, Clone, Default)]
pub struct Cards {
    /// A power of two of them, or none.
    buckets: Arc<Vec<Arc<Bucket>>>,
    len: usize,
}

impl Cards {
    pub fn new(cards: Vec<AccountCard>) -> Self {
        let len = cards.len();
        let buckets = (len / BUILT + 1).next_power_of_two();
        let mut parts: Vec<Vec<AccountCard>> = Vec::new();
        parts.resize_with(buckets, Vec::new);
        for card in cards {
            parts[bucket_of(card.id.0, buckets)].push(card);
        }
        let buckets = parts.into_iter().map(|part| Arc::new(Bucket::of(part)));
        Self {
            buckets: Arc::new(buckets.collect()),
            len,
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Bytes of this version alone; versions share what did not change between them.
    pub fn byte_size(&self) -> usize {
        let pointers = self.buckets.len() * size_of::<Arc<Bucket>>();
        pointers + self.buckets.iter().map(|b| b.byte_size()).sum::<usize>()
    }

    pub fn get(&self, id: AccountId) -> Option<Card<'_>> {
        if self.buckets.is_empty() {
            return None;
        }
        let bucket = &self.buckets[bucket_of(id.0, self.buckets.len())];
        let at = bucket.ids.binary_search(&id.0).ok()?;
        Some(bucket.card(at))
    }

    /// The cards of those of many accounts that are there, in their order. A look-up goes through memory in steps that
    /// wait for each other; taking each step for all accounts lets the waits of one step overlap.
    pub fn get_many(&self, ids: &[AccountId]) -> Vec<(AccountId, Card<'_>)> {
        if self.buckets.is_empty() {
            return Vec::new();
        }
        let bucket = |id: &AccountId| self.buckets[bucket_of(id.0, self.buckets.len())].as_ref();
        let buckets: Vec<&Bucket> = ids.iter().map(bucket).collect();
        let lists: Vec<&[Uuid]> = buckets.iter().map(|bucket| &*bucket.ids).collect();
        let at = |(id, list): (&AccountId, &&[Uuid])| list.binary_search(&id.0).ok();
        let found: Vec<Option<usize>> = ids.iter().zip(&lists).map(at).collect();
        ids.iter()
            .zip(buckets)
            .zip(found)
            .filter_map(|((id, bucket), at)| Some((*id, bucket.card(at?))))
            .collect()
    }

    /// The map after a change: `now` is what there is of the `changed` accounts; the others of them are gone.
    pub fn with(&self, changed: &[AccountId], now: Vec<AccountCard>) -> Self {
        let mut next = self.clone();
        if self.buckets.is_empty() {
            return Self::new(now);
        }
        let mut parts: BTreeMap<usize, (Vec<Uuid>, Vec<AccountCard>)> = BTreeMap::new();
        let part = |id: AccountId| bucket_of(id.0, self.buckets.len());
        for id in changed {
            parts.entry(part(*id)).or_default().0.push(id.0);
        }
        for card in now {
            let (gone, new) = parts.entry(part(card.id)).or_default();
            gone.push(card.id.0);
            new.push(card);
        }
        let buckets = Arc::make_mut(&mut next.buckets);
        for (at, (mut gone, mut cards)) in parts {
            gone.sort_unstable();
            let before = &buckets[at];
            cards.extend(
                before
                    .cards()
                    .filter(|card| gone.binary_search(&card.id.0).is_err()),
            );
            next.len = next.len + cards.len() - before.ids.len();
            buckets[at] = Arc::new(Bucket::of(cards));
        }
        if next.len > CROWDED * next.buckets.len() {
            return Self::new(next.buckets.iter().flat_map(|b| b.cards()).collect());
        }
        next
    }

    /// Reads every card in a view of the database.
    pub async fn read(view: &mut ReadView) -> Result<Self, AppError> {
        let cards = view.stream_account_cards().try_collect().await?;
        tokio::task::spawn_blocking(move || Self::new(cards))
            .await
            .map_err(|e| AppError::internal("indexing accounts", e))
    }

    /// The map at a later view, from the changes between the two.
    pub async fn follow(&self, view: &mut ReadView, changes: &Changes) -> Result<Self, AppError> {
        if changes.accounts.is_empty() {
            return Ok(self.clone());
        }
        let now = view.account_cards(&changes.accounts).await?;
        Ok(self.with(&changes.accounts, now))
    }
}

/// Version 7 ids begin with the time and end at random; multiplying brings all bits to the top.
fn bucket_of(id: Uuid, buckets: usize) -> usize {
    let (high, low) = id.as_u64_pair();
    let mixed = (high.rotate_left(32) ^ low).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) as usize & (buckets - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use std::collections::HashMap;

    fn card(id: u128, rng: &mut impl Rng) -> AccountCard {
        let length = rng.random_range(0..30);
        AccountCard {
            id: AccountId(Uuid::from_u128(id)),
            name: "é".repeat(length),
            kind: AccountKind::ALL[rng.random_range(0..AccountKind::ALL.len())],
            status: AccountStatus::ALL[rng.random_range(0..AccountStatus::ALL.len())],
            place: rng
                .random_bool(0.8)
                .then(|| LngLat::from_e7(rng.random_range(-9..9), rng.random_range(-9..9))),
            place_state: PlaceState::ALL[rng.random_range(0..PlaceState::ALL.len())],
            revenue_cents: rng.random_bool(0.7).then(|| rng.random_range(0..1_000)),
            updated_at: DateTime::from_timestamp_micros(rng.random_range(0..1 << 50))
                .expect("an instant"),
        }
    }

    fn same(cards: &Cards, expected: &HashMap<AccountId, AccountCard>) {
        assert_eq!(cards.len(), expected.len());
        let mut ids: Vec<AccountId> = expected.keys().copied().collect();
        ids.push(AccountId(Uuid::from_u128(9_999)));
        let many = cards.get_many(&ids);
        let singly = ids.iter().filter_map(|id| Some((*id, cards.get(*id)?)));
        assert!(singly.eq(many));
        for (id, is) in expected {
            let card = cards.get(*id).expect("it is there");
            assert_eq!(
                (card.name, card.kind, card.status, card.place),
                (is.name.as_str(), is.kind, is.status, is.place)
            );
            assert_eq!(
                (card.place_state, card.revenue_cents, card.updated_at),
                (is.place_state, is.revenue_cents, is.updated_at)
            );
        }
    }

    /// Against a plain map, over many edits; every version kept stays as it was.
    #[test]
    fn every_version_holds_what_it_held() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let mut is: HashMap<AccountId, AccountCard> = HashMap::new();
        let mut versions = vec![(Cards::new(Vec::new()), is.clone())];
        for step in 0..200 {
            let mut changed = Vec::new();
            let mut now = Vec::new();
            for _ in 0..rng.random_range(1..60) {
                let next = card(rng.random_range(0..5_000), &mut rng);
                if changed.contains(&next.id) {
                    continue;
                }
                changed.push(next.id);
                if rng.random_bool(0.8) {
                    is.insert(next.id, next.clone());
                    now.push(next);
                } else {
                    is.remove(&next.id);
                }
            }
            let before = &versions.last().expect("one").0;
            let cards = before.with(&changed, now);
            same(&cards, &is);
            if step % 40 == 0 || step == 199 {
                versions.push((cards, is.clone()));
            } else if let Some(last) = versions.last_mut() {
                *last = (cards, is.clone());
            }
        }
        assert!(is.len() > 1_500, "{}", is.len());
        for (cards, expected) in &versions {
            same(cards, expected);
            assert_eq!(cards.get(AccountId(Uuid::from_u128(9_999))), None);
        }
    }

    #[test]
    fn a_million_accounts_stay_affordable() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(6);
        let cards = (0..100_000).map(|_| AccountCard {
            name: "Bakkerij Jansen".to_owned(),
            ..card(rng.random(), &mut rng)
        });
        let cards = Cards::new(cards.collect());
        let each = cards.byte_size() as f64 / cards.len() as f64;
        assert!(each < 80.0, "{each} bytes an account");
        // One edit copies one bucket and the pointers to the others.
        let id = AccountId(cards.buckets[0].ids[0]);
        let edited = cards.with(&[id], Vec::new());
        let pairs = cards.buckets.iter().zip(edited.buckets.iter());
        let copied = pairs.filter(|(a, b)| !Arc::ptr_eq(a, b)).count();
        assert_eq!((edited.len(), copied), (cards.len() - 1, 1));
    }
}
