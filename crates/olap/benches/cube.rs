//! Placeholder of the bench: prints nothing yet.
fn main() {}
