//! One file per noun of the API: types on the wire, handlers, and nothing that decides.

pub mod accounts;
pub mod apportion;
pub mod catalogue;
pub mod cubes;
pub mod events;
pub mod exports;
pub mod figures;
pub mod geocode;
pub mod pivot;
pub mod records;
pub mod regions;
pub mod session;
pub mod tiles;
