//! The spatial engine: cube queries over immutable columns that lie in quadkey order. A map tile or an
//! inner quad of a polygon is one slice of rows, a filter is bound to codes once, and blocks that a filter
//! or a polygon takes whole are answered from running sums. Answers equal SQL's exactly.
//!
//! [`CubeBuilder`] makes a [`CubeData`] from batches; [`CubeData::query`] answers sums, [`CubeData::select`] records,
//! [`CubeData::unload`] hands rows out again, and the methods in `tile` say what a map shows. [`CubeData::partial`]
//! answers in a form that merges over several of them before [`Partial::finish`]; a [`LiveCube`] answers the same
//! questions that way while it follows edits.

mod ahead;
mod answer;
mod apply;
mod area;
mod bind;
mod build;
mod codes;
mod column;
mod compress;
mod cube;
mod dictionary;
mod dwellings;
mod error;
mod figure;
mod file;
mod finish;
mod gather;
mod group;
mod hash;
mod keyed;
mod lanes;
mod level;
mod live;
mod mask;
mod near;
mod partial;
mod pivot;
mod positions;
mod protect;
mod question;
mod rows;
mod scan;
mod select;
mod set;
mod spread;
mod table;
mod text;
mod tile;
mod unload;

pub use build::CubeBuilder;
pub use cube::{ColumnBytes, CubeData, Key, MemoryReport};
pub use error::OlapError;
pub use file::FileError;
pub use keyed::KeyedFigures;
pub use live::{Found, LiveCube, LiveSelection, Merge};
pub use partial::Partial;
pub use select::Selection;
pub use tile::{Cluster, TilePoint, TilePoints};
pub use unload::Unload;
