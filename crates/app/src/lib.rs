//! The use cases: load, import, geocode, follow the outbox, answer, tile, export. The libraries know
//! nothing of each other and meet here; HTTP and the command line know only this crate.

pub mod cql2;
pub mod geojson;
