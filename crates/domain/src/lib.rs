//! The nouns and rules of a geographic CRM as plain values, and the language the libraries share:
//! [`Filter`], [`CubeQuery`], [`Geometry`] and the cube catalogue. Nothing here reads a file, talks
//! to a database or knows a wire format, so that every other crate can lean on it.

pub mod account;
pub mod address;
pub mod batch;
pub mod catalogue;
pub mod clock;
pub mod dataset;
pub mod dwellings;
pub mod expression;
pub mod filter;
pub mod geometry;
pub mod ids;
pub mod levels;
pub mod limits;
pub mod money;
pub mod pivot;
pub mod place;
pub mod query;
pub mod record;
pub mod region;
pub mod road;
pub mod scope;
pub mod spatial;
pub mod time;
pub mod value;

pub use account::{Account, AccountCard, AccountKind, AccountStatus, PlaceState};
pub use address::PostalAddress;
pub use expression::{Defined, Expression, Step};
pub use filter::{Compare, Filter};
pub use geometry::{Geometry, LineString, MultiPolygon, Polygon, Ring};
pub use ids::{AccountId, AddressId, ImportId, UserId};
pub use pivot::{Header, Pivot, PivotQuery, Top};
pub use query::{Answer, AnswerRow, Bands, CubeQuery, Number, OrderBy, PersonsTold};
pub use scope::VisibleScope;
pub use spatial::{BBox, LngLat, Quadkey, TileId};
pub use value::Value;
