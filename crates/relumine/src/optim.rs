//! Minimisation of smooth functions of very many numbers.

mod lbfgs;
mod line_search;
mod vector;

pub use lbfgs::StopReason;
pub(crate) use lbfgs::{History, LbfgsOptions, Preconditioner, minimise};
