//! Placeholder.

pub(crate) mod total_variation;
