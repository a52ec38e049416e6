//! The only place that asks what time it is or makes a random identifier, so that tests and
//! replays are deterministic.

use chrono::{DateTime, NaiveDate, Utc};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Where time and new identifiers come from.
#[derive(Debug)]
pub enum Clock {
    /// The machine's own clock and random numbers.
    System,
    /// Starts at an instant, never moves, and numbers its identifiers upwards from one.
    Fixed { now: DateTime<Utc>, next: AtomicU64 },
}

impl Clock {
    pub fn fixed(now: DateTime<Utc>) -> Self {
        Self::Fixed {
            now,
            next: AtomicU64::new(1),
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is where it may be asked")]
            Self::System => Utc::now(),
            Self::Fixed { now, .. } => *now,
        }
    }

    /// Today's date in UTC.
    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    /// A new UUIDv7: sortable by the instant it was made.
    pub fn new_id(&self) -> Uuid {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is where it may be made")]
            Self::System => Uuid::now_v7(),
            Self::Fixed { now, next } => {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
                let mut low = [0u8; 10];
                low[2..].copy_from_slice(&n.to_be_bytes());
                uuid::Builder::from_unix_timestamp_millis(seconds * 1_000, &low).into_uuid()
            }
        }
    }
}
