//! olap
