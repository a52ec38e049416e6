//! The store against a real PostGIS: every statement of the crate is run here at least once. Each test has a
//! database of its own on the shared test server.

mod accounts;
mod cubes;
mod imports;
mod loads;
mod outbox;
mod people;
mod sample;
mod server;
