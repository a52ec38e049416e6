//! The use cases as a whole, over a real database: does every way of asking give one answer, does nobody see
//! what is not theirs, does a broken file change nothing? One binary, so that the demo region is loaded once.

#![expect(
    clippy::print_stdout,
    reason = "a harness says what it ran and what it counted"
)]

mod agree;
mod analyst;
mod apportion;
mod bad_input;
mod cube_folder;
mod differential;
mod dwellings;
mod edits;
mod killed;
mod language;
mod live;
mod map;
mod mvt;
mod random;
mod real_data;
mod receipts;
mod restart;
mod scope;
mod support;
