//! Is the house as its plan says? Arrows between crates, who may use what, how files look. Plain string code over
//! `cargo metadata` and the tree; every check is a function of its input, so that beside the test of the tree
//! stands one of a bad sample which it must catch.

mod arrows;
mod files;
mod tree;
mod words;

/// Fails with all findings, one to a line.
fn none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}
