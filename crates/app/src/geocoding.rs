//! Addresses to places for everybody: the API, the account editor and the import use this one function.

use crate::App;
use crate::error::AppError;
use geocrm_domain::{Account, LngLat, PostalAddress, VisibleScope};
pub use geocrm_geocode::{Candidate, Match, Nearby, Query, State, Suggestion, SuggestionKind};

use crate::regions::RegionView;

/// A line of the search box.
#[derive(Debug, Clone)]
pub enum SearchHit {
    Account(Box<Account>),
    Address(Suggestion),
    Region(RegionView),
}

/// Longest text that is looked up.
const LONGEST_TEXT: usize = 300;
/// Hits of each kind.
const HITS: usize = 6;

/// The place an account gets from an answer: of a doubtful one it is kept for the reviewer, of a failed one none.
pub fn place_of(found: &Match) -> Option<&Candidate> {
    match found.state {
        State::Matched | State::Doubtful => found.candidates.first(),
        State::Failed => None,
    }
}

impl App {
    /// Finds many places at once, on the threads that are free.
    pub async fn geocode(&self, asked: Vec<Query>) -> Result<Vec<Match>, AppError> {
        for query in &asked {
            let longest = [&query.text, &query.address.street, &query.address.city]
                .into_iter()
                .flatten()
                .map(String::len)
                .max();
            if longest.is_some_and(|length| length > LONGEST_TEXT) {
                return Err(AppError::invalid(format!(
                    "an address is at most {LONGEST_TEXT} characters long"
                )));
            }
        }
        let ground = self.ground().await?;
        tokio::task::spawn_blocking(move || ground.geocoder.geocode_batch(&asked))
            .await
            .map_err(|e| AppError::internal("geocoding", e))
    }

    /// Finds one place.
    pub async fn geocode_one(&self, address: &PostalAddress) -> Result<Match, AppError> {
        Ok(self.ground().await?.geocoder.geocode(&Query {
            text: None,
            address: address.clone(),
        }))
    }

    pub async fn suggest(
        &self,
        text: &str,
        near: Option<LngLat>,
        limit: usize,
    ) -> Result<Vec<Suggestion>, AppError> {
        if text.len() > LONGEST_TEXT {
            return Err(AppError::invalid(format!(
                "a search is at most {LONGEST_TEXT} characters long"
            )));
        }
        Ok(self.ground().await?.geocoder.suggest(text, near, limit))
    }

    pub async fn reverse(&self, at: LngLat, limit: usize) -> Result<Vec<Nearby>, AppError> {
        Ok(self.ground().await?.geocoder.reverse(at, limit))
    }

    /// Accounts inside the scope, addresses and regions whose name holds the text.
    pub async fn search(
        &self,
        scope: &VisibleScope,
        text: &str,
        near: Option<LngLat>,
    ) -> Result<Vec<SearchHit>, AppError> {
        let text = text.trim();
        if text.chars().count() < 2 {
            return Ok(Vec::new());
        }
        let addresses = self.suggest(text, near, HITS).await?;
        let accounts = self.store.search_accounts(scope, text, HITS as i64).await?;
        let regions = self.search_regions(text, HITS);
        let accounts = accounts
            .into_iter()
            .map(|record| SearchHit::Account(Box::new(record.account)));
        let addresses = addresses.into_iter().map(SearchHit::Address);
        let regions = regions.into_iter().map(SearchHit::Region);
        Ok(accounts.chain(addresses).chain(regions).collect())
    }
}
