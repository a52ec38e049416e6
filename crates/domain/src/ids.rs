//! Identifiers. A record that people edit has a UUIDv7 made from the injected clock; a record that
//! only a load replaces (addresses, roads, buildings) has the dense integer its load gave it.

use std::fmt;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id!(
    /// A customer or prospect record.
    AccountId
);
uuid_id!(
    /// A person who can sign in.
    UserId
);
uuid_id!(
    /// One run of an account import; every row it wrote carries it, so that it can be undone.
    ImportId
);

/// An address, road, building, area or region row of a loaded dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressId(pub i64);
