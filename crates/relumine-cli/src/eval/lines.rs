//! The numbers as lines of JSON: one a pair, one of the means.

use anyhow::Result;
use relumine::metrics::{Metric, Metrics};
use serde::Serialize;
use serde_json::Value;

use super::Evaluation;

#[derive(Serialize)]
struct Line<'a> {
    id: Value,
    #[serde(flatten)]
    result: &'a Metrics,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<&'a Metrics>,
}

#[derive(Serialize)]
struct Means {
    mean: Metrics,
    pairs: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Against>,
}

#[derive(Serialize)]
struct Against {
    mean: Metrics,
    style_and_edge_better: usize,
}

pub(super) fn render(evaluation: &Evaluation) -> Result<String> {
    let mut lines = String::new();
    for row in &evaluation.rows {
        let id = row.id.parse::<u64>().map_or_else(|_| row.id.clone().into(), Value::from);
        let line = Line { id, result: &row.result, against: row.other.as_ref() };
        lines += &serde_json::to_string(&line)?;
        lines.push('\n');
    }
    let (mean, other) = evaluation.means();
    let style_and_edge_better = evaluation.wins(&[Metric::Style, Metric::Edge]);
    let against = other.map(|mean| Against { mean, style_and_edge_better });
    lines += &serde_json::to_string(&Means { mean, pairs: evaluation.rows.len(), against })?;
    lines.push('\n');
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::testing::{evaluation, metrics};

    #[test]
    fn a_line_a_pair_and_one_of_the_means() {
        let alone = evaluation(&[("3", metrics(0.25, 0.5), None), ("b", metrics(0.75, 1.0), None)]);
        let rest = "\"lap\":0.001,\"clip\":0.0,\"lost\":0.125,\"inverted\":0.0625,\"blotch_l\":3.5,\"blotch_ab\":4.25,\"stray\":0.03125";
        assert_eq!(
            render(&alone).unwrap(),
            format!(
                "{{\"id\":3,\"style\":0.25,\"swd\":2.0,\"edge\":0.5,{rest}}}\n\
                 {{\"id\":\"b\",\"style\":0.75,\"swd\":2.0,\"edge\":1.0,{rest}}}\n\
                 {{\"mean\":{{\"style\":0.5,\"swd\":2.0,\"edge\":0.75,{rest}}},\"pairs\":2}}\n"
            )
        );
        let both = evaluation(&[("3", metrics(0.25, 0.5), Some(metrics(0.5, 0.25)))]);
        let rendered = render(&both).unwrap();
        let last: Value = serde_json::from_str(rendered.lines().last().unwrap()).unwrap();
        assert_eq!(last["against"]["mean"]["style"], 0.5);
        assert_eq!(last["against"]["style_and_edge_better"], 1);
    }
}
