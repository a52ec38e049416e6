//! The use cases as a whole, over a real database: does every way of asking give one answer, does nobody see
//! what is not theirs, does a broken file change nothing? One binary, so that the demo region is loaded once.

mod agree;
mod differential;
mod edits;
mod mvt;
mod random;
mod receipts;
mod support;
