//! Road network questions.
