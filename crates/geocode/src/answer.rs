//! What a geocoding answer says: a state, a score, and the faults by name, so that a person sees why a row
//! is doubtful and what to look at.

use geocrm_domain::{AddressId, BBox, LngLat, PostalAddress};

/// Whether an answer may be used without a person looking at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// The first candidate is the address: same door, and its street and place are confirmed.
    Matched,
    /// A person should choose among the candidates or correct the text.
    Doubtful,
    /// No candidate is likely to be the address.
    Failed,
}

impl State {
    pub const ALL: &'static [Self] = &[Self::Matched, Self::Doubtful, Self::Failed];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Doubtful => "doubtful",
            Self::Failed => "failed",
        }
    }
}

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $code:literal),+ $(,)?) => {
        /// What is wrong with an address, or with a candidate for it. A matched answer may carry faults
        /// too: they say what was forgiven.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault { $($(#[$doc])* $variant),+ }

        impl Fault {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Stable name for storage, API and translation.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// `None` for a code that is not in the list.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

faults! {
    /// The text holds no address at all.
    Empty = "empty",
    /// Nothing in the index resembles the address.
    NothingFound = "nothing_found",
    /// Two or more different addresses fit equally well.
    Ambiguous = "ambiguous",
    StreetMissing = "street_missing",
    /// Found under a name that differs by a few letters.
    StreetMisspelt = "street_misspelt",
    /// Found under a longer name: first names or titles were shortened or left out.
    StreetAbbreviated = "street_abbreviated",
    /// Postcode and number exist, but in another street.
    StreetDiffers = "street_differs",
    /// No street of this name is known.
    StreetNotFound = "street_not_found",
    /// The number stood in the street field; it was taken from there.
    NumberInStreetField = "number_in_street_field",
    NumberMissing = "number_missing",
    /// The street is known, the number in it is not.
    NumberNotFound = "number_not_found",
    /// Found once the separator is read differently: `1113` as `11-13`.
    NumberSeparator = "number_separator",
    /// The candidate has a letter or addition that the query lacks.
    AdditionMissing = "addition_missing",
    /// The query has a letter or addition that the candidate lacks.
    AdditionUnknown = "addition_unknown",
    /// Same number, another letter or addition: another door.
    AdditionDiffers = "addition_differs",
    /// One of the two is a range (`15-17`) that holds the other.
    RangePartial = "range_partial",
    PostcodeMissing = "postcode_missing",
    /// Only the beginning of the postcode was given.
    PostcodeIncomplete = "postcode_incomplete",
    PostcodeDiffers = "postcode_differs",
    CityMissing = "city_missing",
    CityMisspelt = "city_misspelt",
    CityDiffers = "city_differs",
    CountryDiffers = "country_differs",
    /// The indexed address has neither postcode nor place, so nothing confirms where it is.
    RecordIncomplete = "record_incomplete",
}

/// A set of faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults(u32);

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.0 |= 1 << fault as u32;
    }

    pub fn has(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u32) != 0
    }

    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn list(self) -> Vec<Fault> {
        let all = Fault::ALL.iter().copied();
        all.filter(|fault| self.has(*fault)).collect()
    }
}

/// An indexed address that may be the one asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub id: AddressId,
    pub address: PostalAddress,
    pub place: LngLat,
    /// 0 to 1; 1 when every part was given and is equal.
    pub score: f64,
    pub faults: Vec<Fault>,
}

/// The answer to one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    pub state: State,
    /// Score of the first candidate, 0 without one.
    pub score: f64,
    /// Faults of the query and of the first candidate; never empty unless `state` is matched.
    pub faults: Vec<Fault>,
    /// Best first, at most [`crate::CANDIDATES`]; each a different door. Of a failed answer they are only
    /// what lies nearest, never a position to use.
    pub candidates: Vec<Candidate>,
}

/// What a suggestion leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SuggestionKind {
    Address,
    Street,
    Place,
    Postcode,
}

impl SuggestionKind {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Street => "street",
            Self::Place => "place",
            Self::Postcode => "postcode",
        }
    }
}

/// One line of the search box.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    pub kind: SuggestionKind,
    /// What to show first: `Damrak 12`.
    pub text: String,
    /// What tells it from others: `1012LG Amsterdam`. May be empty.
    pub detail: String,
    /// Position of the address, or of an address in the middle of the street, place or postcode.
    pub place: LngLat,
    /// Only for an address.
    pub id: Option<AddressId>,
    pub bbox: BBox,
}

/// An address near a position.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearby {
    pub id: AddressId,
    pub address: PostalAddress,
    pub place: LngLat,
    /// Haversine metres.
    pub distance_m: f64,
}
