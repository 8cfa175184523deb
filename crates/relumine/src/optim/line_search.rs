//! A line search for the strong Wolfe conditions.
//!
//! J. Nocedal, S. J. Wright, "Numerical Optimization", 2nd edition, 2006, algorithms 3.5 and 3.6, with the cubic
//! interpolation of equation 3.59. Along φ(t) = f(x + t d) a step t is looked for with
//! φ(t) ≤ φ(0) + c₁ t φ'(0) (sufficient decrease) and |φ'(t)| ≤ c₂ |φ'(0)| (curvature).
//!
//! Differs from the book: where the evaluations run out, the lowest step of sufficient decrease is good enough; a step at which the
//! function or its slope is not finite counts as too long.

/// Sufficient decrease, c₁.
const DECREASE: f64 = 1e-4;
/// Curvature, c₂: loose, as quasi-Newton directions are well scaled.
const CURVATURE: f64 = 0.9;
/// How much longer the next step is at the most while the function still falls.
const EXTENSION: f64 = 10.0;
/// How near to an end of its interval an interpolated step may lie, as a share of it.
const MARGIN: f64 = 0.1;

/// A function along a direction.
pub(crate) trait Line {
    /// The function and its slope at `step`.
    fn evaluate(&mut self, step: f64) -> (f64, f64);
    /// The step evaluated last is the best so far, and what is returned unless a better one comes.
    fn keep(&mut self);
}

/// A step with the function's value and slope there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) step: f64,
    pub(crate) value: f64,
    pub(crate) slope: f64,
}

impl Sample {
    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.slope.is_finite()
    }
}

/// Searches from `value` and `slope` < 0 at step 0, with `first` as the first step, in at most `evaluations` of them.
///
/// Returns the step that was kept last, which satisfies both conditions unless the evaluations ran out before;
/// none if no step of sufficient decrease was found.
pub(crate) fn search(
    line: &mut dyn Line,
    value: f64,
    slope: f64,
    first: f64,
    evaluations: usize,
) -> Option<Sample> {
    let start = Sample { step: 0.0, value, slope };
    let sufficient = |at: &Sample| at.is_finite() && at.value <= value + DECREASE * at.step * slope;
    let flat = |at: &Sample| at.slope.abs() <= CURVATURE * slope.abs();
    let mut left = evaluations;
    let mut sample = |line: &mut dyn Line, step: f64| {
        left = left.checked_sub(1)?;
        let (value, slope) = line.evaluate(step);
        Some(Sample { step, value, slope })
    };

    // Algorithm 3.5: lengthen the step until a good one lies between two.
    let mut low = start;
    let mut step = first;
    let mut high = loop {
        let Some(at) = sample(line, step) else { return found(low) };
        if !sufficient(&at) || at.value >= low.value {
            break at;
        }
        let previous = low;
        low = at;
        line.keep();
        if flat(&at) {
            return Some(at);
        }
        if at.slope >= 0.0 {
            break previous;
        }
        let longest = at.step * EXTENSION;
        step = minimiser(&previous, &at)
            .filter(|&step| step > at.step)
            .map_or(longest, |step| step.clamp(at.step + MARGIN * (at.step - previous.step), longest));
    };

    // Algorithm 3.6: `low` is the best step, and a good one lies between it and `high`.
    loop {
        let (from, to) = (low.step.min(high.step), low.step.max(high.step));
        let margin = MARGIN * (to - from);
        let step =
            minimiser(&low, &high).map_or(0.5 * (from + to), |step| step.clamp(from + margin, to - margin));
        if step <= from || step >= to {
            return found(low);
        }
        let Some(at) = sample(line, step) else { return found(low) };
        if !sufficient(&at) || at.value >= low.value {
            high = at;
            continue;
        }
        line.keep();
        if flat(&at) {
            return Some(at);
        }
        if at.slope * (high.step - low.step) >= 0.0 {
            high = low;
        }
        low = at;
    }
}

fn found(low: Sample) -> Option<Sample> {
    (low.step > 0.0).then_some(low)
}

/// The minimiser of the cubic through both values and slopes (equation 3.59), if it has one.
fn minimiser(a: &Sample, b: &Sample) -> Option<f64> {
    if !(a.is_finite() && b.is_finite()) {
        return None;
    }
    let d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.step - b.step);
    let root = (d1 * d1 - a.slope * b.slope).sqrt();
    let d2 = root * (b.step - a.step).signum();
    let step = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    step.is_finite().then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Function<F> {
        function: F,
        evaluations: usize,
        last: f64,
        kept: Option<f64>,
    }

    impl<F: Fn(f64) -> (f64, f64)> Line for Function<F> {
        fn evaluate(&mut self, step: f64) -> (f64, f64) {
            self.evaluations += 1;
            self.last = step;
            (self.function)(step)
        }

        fn keep(&mut self) {
            self.kept = Some(self.last);
        }
    }

    fn run(function: impl Fn(f64) -> (f64, f64), first: f64, most: usize) -> (Option<Sample>, usize) {
        let (value, slope) = function(0.0);
        let mut line = Function { function, evaluations: 0, last: 0.0, kept: None };
        let found = search(&mut line, value, slope, first, most);
        assert_eq!(found.map(|at| at.step), line.kept, "what is returned is what was kept");
        assert!(line.evaluations <= most);
        (found, line.evaluations)
    }

    fn assert_wolfe(function: impl Fn(f64) -> (f64, f64), first: f64, most: usize) {
        let (value, slope) = function(0.0);
        let (found, evaluations) = run(function, first, most);
        let at = found.unwrap();
        assert!(at.value <= value + DECREASE * at.step * slope, "{at:?}");
        assert!(at.slope.abs() <= CURVATURE * slope.abs(), "{at:?} after {evaluations}");
    }

    /// φ(t) = −t / (t² + 2), the first test function of Moré and Thuente (1994) with β = 2.
    fn more_thuente(t: f64) -> (f64, f64) {
        let d = t * t + 2.0;
        (-t / d, (t * t - 2.0) / (d * d))
    }

    #[test]
    fn finds_wolfe_steps_from_steps_of_any_length() {
        for first in [1e-3, 1e-1, 1.0, 10.0, 1e3] {
            assert_wolfe(more_thuente, first, 12);
            assert_wolfe(|t| ((t - 1.0).powi(4), 4.0 * (t - 1.0).powi(3)), first, 20);
        }
    }

    #[test]
    fn a_quadratic_takes_one_interpolation() {
        let (found, evaluations) = run(|t| ((t - 1.0).powi(2), 2.0 * (t - 1.0)), 30.0, 20);
        assert!(evaluations <= 3, "{evaluations} evaluations");
        assert!((found.unwrap().step - 1.0).abs() < 1.0);
    }

    #[test]
    fn steps_that_are_not_finite_are_too_long() {
        let barrier = |t: f64| {
            if t < 0.5 { (-t - (0.5 - t).ln() / 10.0, -1.0 + 0.1 / (0.5 - t)) } else { (f64::NAN, f64::NAN) }
        };
        assert_wolfe(barrier, 4.0, 20);
    }

    #[test]
    fn says_so_where_nothing_decreases() {
        let (found, evaluations) = run(|t| (t, -1.0), 1.0, 15);
        assert_eq!((found, evaluations), (None, 15));
    }

    #[test]
    fn keeps_what_decreases_when_evaluations_run_out() {
        let (found, _) = run(|t| (-t, -1.0), 1.0, 3);
        assert_eq!(found.unwrap().step, 100.0);
    }
}
