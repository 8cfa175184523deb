//! Made-up numbers.

use relumine::metrics::Metrics;

use super::{Evaluation, Row};

pub(super) fn metrics(style: f64, edge: f64) -> Metrics {
    Metrics {
        style: Some(style),
        swd: 2.0,
        edge,
        lap: 1e-3,
        clip: 0.0,
        lost: 0.125,
        inverted: 0.0625,
        blotch_l: 3.5,
        blotch_ab: 4.25,
        stray: 0.03125,
    }
}

pub(super) fn evaluation(rows: &[(&str, Metrics, Option<Metrics>)]) -> Evaluation {
    let row = |(id, result, other): &(&str, Metrics, Option<Metrics>)| {
        let pictures = vec![vec![1, 2, 3]; if other.is_some() { 4 } else { 3 }];
        Row { id: (*id).to_owned(), result: *result, other: *other, pictures }
    };
    let names = if rows.iter().any(|row| row.2.is_some()) {
        vec!["mine/{id}.png", "theirs/{id}.png"]
    } else {
        vec!["mine/{id}.png"]
    };
    Evaluation {
        names: names.into_iter().map(str::to_owned).collect(),
        rows: rows.iter().map(row).collect(),
        missing: Vec::new(),
    }
}
