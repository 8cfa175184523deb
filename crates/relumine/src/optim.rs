//! Minimisation of smooth functions of very many numbers.

mod lbfgs;
mod line_search;
mod vector;

pub(crate) use lbfgs::{Iterate, LbfgsOptions, Outcome, StopReason, minimise};
