//! Plots as inline SVG, coloured by the page's style sheet.

use std::fmt::Write;

use relumine::metrics::Metric;

use super::escaped;
use crate::eval::Evaluation;
use crate::eval::table::{shown, value};

/// An axis from the least to the greatest of some values, a little beyond both.
struct Axis {
    least: f64,
    greatest: f64,
    /// Where its ends are in the picture.
    from: f64,
    to: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Option<Self> {
        let (least, greatest) = values.fold((f64::MAX, f64::MIN), |(l, g), v| (l.min(v), g.max(v)));
        (least <= greatest).then(|| {
            let beyond =
                if greatest > least { 0.04 * (greatest - least) } else { 0.5 * greatest.abs().max(1e-3) };
            Self { least: least - beyond, greatest: greatest + beyond, from, to }
        })
    }

    fn place(&self, value: f64) -> f64 {
        self.from + (value - self.least) / (self.greatest - self.least) * (self.to - self.from)
    }

    /// About four round values.
    fn ticks(&self) -> Vec<f64> {
        let rough = (self.greatest - self.least) / 4.0;
        let magnitude = 10f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|s| s * magnitude).into_iter().find(|s| *s >= rough).unwrap_or(rough);
        let (first, last) = ((self.least / step).ceil() as i64, (self.greatest / step).floor() as i64);
        (first..=last).map(|k| k as f64 * step).collect()
    }

    /// A tick's value in as many decimals as tell it from its neighbours.
    fn label(&self, tick: f64, factor: f64) -> String {
        let step = (self.greatest - self.least) * factor / 4.0;
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let text = format!("{:.decimals$}", tick * factor);
        if text.trim_start_matches('-').chars().all(|c| "0.".contains(c)) { "0".into() } else { text }
    }
}

/// How a metric is spread over the pairs: a dot each, stacked; the others' hang below the axis.
pub(super) fn distribution(evaluation: &Evaluation, metric: Metric) -> String {
    const WIDTH: f64 = 260.0;
    const COLUMNS: usize = 36;
    const RADIUS: f64 = 2.8;
    let (mean, others_mean) = evaluation.means();
    let result = |k: usize| metric.of(&evaluation.rows[k].result);
    let other = |k: usize| evaluation.rows[k].other.as_ref().and_then(|other| metric.of(other));
    let pairs = 0..evaluation.rows.len();
    let all = pairs.clone().flat_map(|k| [result(k), other(k)]).flatten();
    let Some(axis) = Axis::over(all, 8.0, WIDTH - 8.0) else { return String::new() };
    let factor = shown(metric).1;

    let stacks = |of: &dyn Fn(usize) -> Option<f64>| {
        let mut columns = vec![Vec::new(); COLUMNS + 1];
        for k in pairs.clone() {
            if let Some(value) = of(k) {
                let share = (axis.place(value) - axis.from) / (axis.to - axis.from);
                columns[(share * COLUMNS as f64) as usize].push((k, value));
            }
        }
        for column in &mut columns {
            column.sort_by(|a, b| a.1.total_cmp(&b.1));
        }
        columns
    };
    let (ours, theirs) = (stacks(&result), stacks(&other));
    let tallest = |columns: &[Vec<_>]| columns.iter().map(Vec::len).max().unwrap_or(0) as f64;
    let base = 12.0 + 2.0 * RADIUS * tallest(&ours);
    let below = 2.0 * RADIUS * tallest(&theirs);
    let height = base + below + if below > 0.0 { 24.0 } else { 18.0 };

    let mut svg = format!(
        "<svg class=\"distribution\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"distribution of {}\">\n",
        metric.name()
    );
    let _ = writeln!(svg, "<line class=\"axis\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{base:.1}\" y2=\"{base:.1}\"/>");
    for tick in axis.ticks() {
        let (x, label) = (axis.place(tick), axis.label(tick, factor));
        let _ = writeln!(svg, "<text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\">{label}</text>", height - 3.0);
    }
    for (columns, class, up) in [(&ours, "ours", -1.0), (&theirs, "theirs", 1.0)] {
        for (column, stack) in columns.iter().enumerate() {
            let x = axis.from + (column as f64 + 0.5) / COLUMNS as f64 * (axis.to - axis.from);
            for (level, (k, _)) in stack.iter().enumerate() {
                let y = base + up * (RADIUS * (2.0 * level as f64 + 1.0) + 1.0);
                let row = &evaluation.rows[*k];
                let metrics = if up < 0.0 { Some(&row.result) } else { row.other.as_ref() };
                let told = metrics.map_or_else(String::new, |metrics| value(metric, metrics));
                let id = escaped(&row.id);
                let _ = writeln!(
                    svg,
                    "<a href=\"#pair-{id}\"><circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{RADIUS}\">\
                     <title>{id}: {told}</title></circle></a>"
                );
            }
        }
    }
    let mut mark = |mean: Option<f64>, class: &str, from: f64, to: f64| {
        if let Some(mean) = mean {
            let x = axis.place(mean);
            let _ = writeln!(
                svg,
                "<line class=\"mark {class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{from:.1}\" y2=\"{to:.1}\"/>"
            );
        }
    };
    mark(metric.of(&mean), "ours", 2.0, base);
    mark(others_mean.and_then(|others| metric.of(&others)), "theirs", base, base + below + 8.0);
    svg + "</svg>\n"
}

/// Two metrics of each pair against each other; a line leads from the others' result to ours. Nothing where one was not measured.
pub(super) fn scatter(evaluation: &Evaluation, across: Metric, up: Metric) -> String {
    const WIDTH: f64 = 720.0;
    const HEIGHT: f64 = 360.0;
    let at = |metrics| Some((across.of(metrics)?, up.of(metrics)?));
    let points: Vec<_> = evaluation
        .rows
        .iter()
        .filter_map(|row| Some((row, at(&row.result)?, row.other.as_ref().and_then(at))))
        .collect();
    let all = || points.iter().flat_map(|(_, ours, theirs)| [Some(*ours), *theirs]).flatten();
    let axes = Axis::over(all().map(|p| p.0), 52.0, WIDTH - 12.0).zip(Axis::over(
        all().map(|p| p.1),
        HEIGHT - 40.0,
        12.0,
    ));
    let Some((x, y)) = axes else { return String::new() };
    let place = |(a, b): (f64, f64)| (x.place(a), y.place(b));

    let mut svg = format!(
        "<section class=\"trade\">\n<h2>{} against {}</h2>\n<p class=\"about\">A dot a pair; the best corner is \
         the upper left.</p>\n<svg class=\"scatter\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0} and {1} of each pair\">\n",
        across.name(),
        up.name()
    );
    for tick in x.ticks() {
        let (at, label) = (x.place(tick), x.label(tick, shown(across).1));
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{}\" y2=\"{}\"/><text class=\"tick\" x=\"{at:.1}\" y=\"{}\">{label}</text>",
            y.to,
            y.from,
            HEIGHT - 22.0
        );
    }
    for tick in y.ticks() {
        let (at, label) = (y.place(tick), y.label(tick, shown(up).1));
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text class=\"tick side\" x=\"{}\" y=\"{:.1}\">{label}</text>",
            x.from,
            x.to,
            x.from - 8.0,
            at + 4.0
        );
    }
    let _ = writeln!(
        svg,
        "<text class=\"name\" x=\"{}\" y=\"{}\">{} →</text>",
        x.to,
        HEIGHT - 5.0,
        across.name()
    );
    let _ = writeln!(
        svg,
        "<text class=\"name\" x=\"{}\" y=\"{}\" transform=\"rotate(-90)\">{} →</text>",
        -y.to,
        12.0,
        up.name()
    );
    for (_, ours, theirs) in &points {
        if let Some(theirs) = theirs {
            let ((x1, y1), (x2, y2)) = (place(*theirs), place(*ours));
            let _ = writeln!(
                svg,
                "<line class=\"way\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/><circle class=\"theirs\" cx=\"{x1:.1}\" cy=\"{y1:.1}\" r=\"3.5\"/>"
            );
        }
    }
    for (row, ours, _) in &points {
        let ((cx, cy), id) = (place(*ours), escaped(&row.id));
        let _ = writeln!(
            svg,
            "<a href=\"#pair-{id}\"><circle class=\"ours\" cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"5\"><title>{id}: {} {}, {} {}</title></circle></a>",
            across.name(),
            value(across, &row.result),
            up.name(),
            value(up, &row.result)
        );
    }
    svg + "</svg>\n</section>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_hold_their_values_and_have_round_ticks() {
        let axis = Axis::over([0.1, 0.9].into_iter(), 0.0, 100.0).unwrap();
        assert!(axis.place(0.1) > 0.0 && axis.place(0.9) < 100.0);
        let labels: Vec<_> = axis.ticks().into_iter().map(|tick| axis.label(tick, 1.0)).collect();
        assert_eq!(labels, ["0.5"]);
        assert!(Axis::over(std::iter::empty(), 0.0, 1.0).is_none());
        let one = Axis::over([0.0].into_iter(), 0.0, 10.0).unwrap();
        assert_eq!(one.place(0.0), 5.0);
        assert!(one.ticks().iter().all(|tick| tick.is_finite()));
    }
}
