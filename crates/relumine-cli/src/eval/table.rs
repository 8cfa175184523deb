//! The numbers as a table for the terminal.

use std::fmt::Write;

use relumine::metrics::{Metric, Metrics};

use super::Evaluation;

/// The heading, the factor and the decimals with which a metric is shown.
pub(super) fn shown(metric: Metric) -> (&'static str, f64, usize) {
    match metric {
        Metric::Style => ("style", 1.0, 3),
        Metric::Swd => ("swd", 1.0, 2),
        Metric::Edge => ("edge", 1.0, 3),
        Metric::Lap => ("lap ×10³", 1e3, 2),
        Metric::Clip => ("clip", 1.0, 3),
        Metric::Lost => ("lost", 1.0, 3),
        Metric::Inverted => ("inverted", 1.0, 3),
        Metric::BlotchL => ("blotch L*", 1.0, 2),
        Metric::BlotchAb => ("blotch ab", 1.0, 2),
        Metric::Stray => ("stray", 1.0, 3),
    }
}

/// A metric's value as it is shown; a dash for what was not measured.
pub(super) fn value(metric: Metric, metrics: &Metrics) -> String {
    let (_, factor, decimals) = shown(metric);
    metric.of(metrics).map_or("–".into(), |value| format!("{:.decimals$}", value * factor))
}

/// How much more of a metric one result has than another.
pub(super) fn difference(metric: Metric, result: &Metrics, other: &Metrics) -> String {
    let (_, factor, decimals) = shown(metric);
    let values = metric.of(result).zip(metric.of(other));
    values.map_or(String::new(), |(result, other)| format!("{:+.decimals$}", (result - other) * factor))
}

/// A line a pair, then the means; against others, each metric with its difference to theirs.
pub(super) fn render(evaluation: &Evaluation) -> String {
    let (mean, others_mean) = evaluation.means();
    let compared = others_mean.is_some();
    let mut rows = vec![heading(compared)];
    for row in &evaluation.rows {
        rows.push(line(&row.id, &row.result, row.other.as_ref(), compared));
    }
    rows.push(line(&format!("mean of {}", evaluation.rows.len()), &mean, others_mean.as_ref(), compared));
    if let Some(others) = &others_mean {
        rows.push(line("theirs", others, None, compared));
        let mut better = vec!["better on".to_owned()];
        for metric in Metric::ALL {
            better.extend([evaluation.wins(&[metric]).to_string(), String::new()]);
        }
        rows.push(better);
    }
    let mut table = aligned(&rows);
    if compared {
        let both = evaluation.wins(&[Metric::Style, Metric::Edge]);
        let _ = writeln!(table, "style and edge both better on {both} of {}", evaluation.rows.len());
    }
    table
}

/// Rows of as many cells each, in columns that end where their longest cell does.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut table = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        let _ = writeln!(table, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    table
}

fn heading(compared: bool) -> Vec<String> {
    let mut cells = vec!["pair".to_owned()];
    for metric in Metric::ALL {
        cells.push(shown(metric).0.to_owned());
        cells.extend(compared.then(|| "diff".to_owned()));
    }
    cells
}

fn line(name: &str, result: &Metrics, other: Option<&Metrics>, compared: bool) -> Vec<String> {
    let mut cells = vec![name.to_owned()];
    for metric in Metric::ALL {
        cells.push(value(metric, result));
        let against = || other.map_or(String::new(), |other| difference(metric, result, other));
        cells.extend(compared.then(against));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::testing::{evaluation, metrics};

    #[test]
    fn alone_and_against_others() {
        let without_style = Metrics { style: None, ..metrics(0.0, 1.0) };
        let alone = render(&evaluation(&[("3", metrics(0.25, 0.5), None), ("12", without_style, None)]));
        assert_eq!(
            alone,
            "     pair  style   swd   edge  lap ×10³   clip   lost  inverted  blotch L*  blotch ab  stray\n\
             \x20       3  0.250  2.00  0.500      1.00  0.000  0.125     0.062       3.50       4.25  0.031\n\
             \x20      12      –  2.00  1.000      1.00  0.000  0.125     0.062       3.50       4.25  0.031\n\
             mean of 2  0.250  2.00  0.750      1.00  0.000  0.125     0.062       3.50       4.25  0.031\n"
        );
        let against = render(&evaluation(&[
            ("3", metrics(0.25, 0.5), Some(metrics(0.5, 0.25))),
            ("4", metrics(0.5, 0.5), Some(metrics(0.25, 0.25))),
        ]));
        assert!(against.contains("3  0.250  -0.250  2.00  +0.00  0.500  +0.250"), "{against}");
        assert!(against.ends_with("style and edge both better on 1 of 2\n"), "{against}");
        let better: Vec<_> =
            against.lines().find(|l| l.contains("better on ")).unwrap().split_whitespace().collect();
        assert_eq!(better, ["better", "on", "1", "0", "2", "0", "0", "0", "0", "0", "0", "0"]);
    }
}
