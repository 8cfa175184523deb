//! L-BFGS.
//!
//! J. Nocedal, S. J. Wright, "Numerical Optimization", 2nd edition, 2006, algorithms 7.4 (two-loop recursion) and 7.5,
//! with a strong-Wolfe line search (`line_search.rs`).
//!
//! Memory: `2 capacity + 6` vectors of the length of x. Vectors are in the precision of x; scalars are f64.
//!
//! Differs from the book: the scaled identity that starts the recursion may be replaced by a preconditioner P, scaled alike,
//! H⁰ = γ P with γ = sᵀy / yᵀPy (equation 7.20 where P is the identity), so only P's shape matters; a correction pair
//! whose curvature sᵀy is not above rounding is left out; where the line search fails, the history is dropped and steepest descent tried once before giving up.

use std::collections::VecDeque;

use super::line_search::{Line, search};
use super::vector::{add_scaled, dot, largest, norm, scale, sum_scaled};
use crate::real::Real;
use crate::watch::Verdict;

/// Multiplies a vector, in place, by a symmetric positive definite estimate of the inverse Hessian, up to scale.
pub(crate) type Preconditioner<'a, T> = dyn Fn(&mut [T]) + 'a;

/// How [`minimise`] works and when it stops.
pub(crate) struct LbfgsOptions<'a, T> {
    /// Length ‖t d‖ of the very first trial step, before anything is known of the function's scale; later ones are t = 1.
    pub(crate) first_step: f64,
    /// Stop after as many iterations.
    pub(crate) iterations: usize,
    /// Stop after as many evaluations of the objective; one at the least.
    pub(crate) evaluations: usize,
    /// Evaluations that one line search may take.
    pub(crate) search_evaluations: usize,
    /// Stop where no component of the gradient is larger.
    pub(crate) gradient_tolerance: f64,
    /// Stop where the objective fell by less than this share of itself over the last `stall_iterations` iterations.
    pub(crate) stall_tolerance: f64,
    /// See `stall_tolerance`.
    pub(crate) stall_iterations: usize,
    /// Where the recursion starts; the identity if none.
    pub(crate) preconditioner: Option<&'a Preconditioner<'a, T>>,
}

impl<T> Default for LbfgsOptions<'_, T> {
    fn default() -> Self {
        Self {
            first_step: 1.0,
            iterations: 1000,
            evaluations: 2000,
            search_evaluations: 20,
            gradient_tolerance: 0.0,
            stall_tolerance: 0.0,
            stall_iterations: 10,
            preconditioner: None,
        }
    }
}

/// Why an optimisation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StopReason {
    /// The gradient is within its tolerance of zero.
    GradientVanished,
    /// The objective no longer falls as fast as asked.
    ObjectiveStalled,
    /// As many iterations as allowed.
    IterationLimit,
    /// As many evaluations as allowed.
    EvaluationLimit,
    /// No lower value was found even along the steepest descent: the end of the arithmetic's precision, or a wrong gradient.
    LineSearchFailed,
    /// The objective or its gradient is not finite where it starts.
    NotFinite,
    /// The observer wanted the result as it stood.
    Finished,
    /// The observer wanted no result.
    Cancelled,
}

/// How an optimisation went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Steps taken.
    pub(crate) iterations: usize,
    /// Evaluations of the objective with its gradient.
    pub(crate) evaluations: usize,
    /// The objective at the start.
    pub(crate) first_value: f64,
    /// The objective at the end: the lowest of all steps.
    pub(crate) value: f64,
    /// Which evaluation `value` comes from, the one at the start being 0.
    pub(crate) best_evaluation: usize,
    /// Why it ended.
    pub(crate) reason: StopReason,
}

/// What an observer is shown after each step.
pub(crate) struct Iterate<'a, T> {
    /// Steps taken so far.
    pub(crate) iteration: usize,
    /// The objective.
    pub(crate) value: f64,
    /// The unknowns.
    pub(crate) x: &'a [T],
}

/// What is minimised: overwrites the gradient at x and returns the value.
type Function<'a, T> = dyn FnMut(&[T], &mut [T]) -> f64 + 'a;

/// Minimises a function, the `objective`, from `x`, which holds the best iterate whatever the reason to stop.
///
/// `history` is what is known of the curvature, and takes in what is learnt: it may come from a descent over the same unknowns whose
/// function was nearly the same. `objective` writes its gradient over its second argument and returns its value; `observe` sees each iterate and may end the work.
pub(crate) fn minimise<T: Real>(
    x: &mut [T],
    objective: &mut Function<'_, T>,
    options: &LbfgsOptions<'_, T>,
    history: &mut History<T>,
    observe: &mut dyn FnMut(&Iterate<'_, T>) -> Verdict,
) -> Outcome {
    let zeros = || vec![T::default(); x.len()];
    let (mut gradient, mut direction, mut trial, mut trial_gradient, mut kept_gradient) =
        (zeros(), zeros(), zeros(), zeros(), zeros());
    let first_value = objective(x, &mut gradient);
    let mut values = vec![first_value];
    let mut evaluations = 1;
    let (mut best_evaluation, mut kept_evaluation) = (0, 0);

    let reason = loop {
        let (iteration, value) = (values.len() - 1, values[values.len() - 1]);
        let steepest = largest(&gradient);
        if !(value.is_finite() && steepest.is_finite()) {
            break StopReason::NotFinite;
        }
        if steepest <= options.gradient_tolerance {
            break StopReason::GradientVanished;
        }
        if let Some(earlier) = iteration.checked_sub(options.stall_iterations).map(|i| values[i])
            && options.stall_iterations > 0
            && earlier - value <= options.stall_tolerance * value.abs()
        {
            break StopReason::ObjectiveStalled;
        }
        if iteration >= options.iterations {
            break StopReason::IterationLimit;
        }

        let accepted = loop {
            if evaluations >= options.evaluations {
                break Err(StopReason::EvaluationLimit);
            }
            direction.copy_from_slice(&gradient);
            history.multiply(&mut direction, options.preconditioner);
            scale(&mut direction, -1.0);
            let slope = dot(&direction, &gradient);
            let step = match history.gamma {
                Some(_) => 1.0,
                None => options.first_step / dot(&direction, &direction).sqrt(),
            };
            let budget = options.search_evaluations.min(options.evaluations - evaluations);
            let mut ray = Ray {
                x,
                direction: &direction,
                objective,
                trial: &mut trial,
                gradient: &mut trial_gradient,
                kept: &mut kept_gradient,
                evaluations: &mut evaluations,
                kept_evaluation: &mut kept_evaluation,
            };
            let found = if slope < 0.0 && step.is_finite() {
                search(&mut ray, value, slope, step, budget)
            } else {
                None
            };
            match found {
                Some(sample) => break Ok(sample),
                None if history.gamma.is_some() => history.clear(),
                None if evaluations >= options.evaluations => break Err(StopReason::EvaluationLimit),
                None => break Err(StopReason::LineSearchFailed),
            }
        };
        let sample = match accepted {
            Ok(sample) => sample,
            Err(reason) => break reason,
        };

        sum_scaled(&mut trial, x, sample.step, &direction);
        // From here to the next search the direction and the trial's gradient are free: they hold the correction pair.
        sum_scaled(&mut direction, &trial, -1.0, x);
        sum_scaled(&mut trial_gradient, &kept_gradient, -1.0, &gradient);
        let rounding = T::EPSILON * (norm(&gradient) + norm(&kept_gradient));
        history.push(&mut direction, &mut trial_gradient, rounding, options.preconditioner);
        x.copy_from_slice(&trial);
        std::mem::swap(&mut gradient, &mut kept_gradient);
        values.push(sample.value);
        best_evaluation = kept_evaluation;
        let iterate = Iterate { iteration: iteration + 1, value: sample.value, x };
        match observe(&iterate) {
            Verdict::Continue => {}
            Verdict::Finish => break StopReason::Finished,
            Verdict::Cancel => break StopReason::Cancelled,
        }
    };
    Outcome {
        iterations: values.len() - 1,
        evaluations,
        first_value,
        value: values[values.len() - 1],
        best_evaluation,
        reason,
    }
}

/// The objective along a direction, with the gradient of the best step kept.
struct Ray<'a, 'o, T> {
    x: &'a [T],
    direction: &'a [T],
    objective: &'a mut Function<'o, T>,
    trial: &'a mut Vec<T>,
    gradient: &'a mut Vec<T>,
    kept: &'a mut Vec<T>,
    evaluations: &'a mut usize,
    kept_evaluation: &'a mut usize,
}

impl<T: Real> Line for Ray<'_, '_, T> {
    fn evaluate(&mut self, step: f64) -> (f64, f64) {
        sum_scaled(self.trial, self.x, step, self.direction);
        let value = (self.objective)(self.trial, self.gradient);
        *self.evaluations += 1;
        (value, dot(self.gradient, self.direction))
    }

    fn keep(&mut self) {
        std::mem::swap(self.gradient, self.kept);
        *self.kept_evaluation = *self.evaluations - 1;
    }
}

/// A correction pair, the step s and the difference y of the gradients over it, and 1 / sᵀy.
#[derive(Clone, Debug, PartialEq)]
struct Correction<T> {
    s: Vec<T>,
    y: Vec<T>,
    rho: f64,
}

/// The estimate of the inverse Hessian.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct History<T> {
    /// Oldest first.
    corrections: VecDeque<Correction<T>>,
    capacity: usize,
    /// Scale of the initial matrix; none until a correction pair has told it.
    gamma: Option<f64>,
}

impl<T: Real> History<T> {
    /// Of at most so many correction pairs, steps and differences of gradients; none yet.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { corrections: VecDeque::new(), capacity, gamma: None }
    }

    fn clear(&mut self) {
        self.corrections.clear();
        self.gamma = None;
    }

    /// Takes a correction pair in, in the place of the oldest where there are as many as may be, unless its curvature is not
    /// above rounding: then everything stays as it was. What it leaves in `s` and `y` are vectors of their length.
    ///
    /// `rounding` is ε (‖g‖ + ‖g'‖) of the two gradients in the vectors' own type. They are rounded to it before they are
    /// subtracted, so y is off by up to half of that, however small it is, and sᵀy, though summed in f64, by up to
    /// ‖s‖ times as much. s is the difference of two points that are exact, as the gradients are taken there.
    fn push(
        &mut self,
        s: &mut Vec<T>,
        y: &mut Vec<T>,
        rounding: f64,
        preconditioner: Option<&Preconditioner<'_, T>>,
    ) {
        let sy = dot(s, y);
        if sy <= rounding * norm(s) {
            return;
        }
        let ypy = match preconditioner {
            None => dot(y, y),
            Some(apply) => {
                let mut py = y.clone();
                apply(&mut py);
                dot(y, &py)
            }
        };
        self.gamma = Some(sy / ypy);
        if self.capacity == 0 {
            return;
        }
        let oldest =
            if self.corrections.len() == self.capacity { self.corrections.pop_front() } else { None };
        let (mut newest_s, mut newest_y) = oldest.map_or_else(
            || (vec![T::default(); s.len()], vec![T::default(); y.len()]),
            |oldest| (oldest.s, oldest.y),
        );
        std::mem::swap(s, &mut newest_s);
        std::mem::swap(y, &mut newest_y);
        self.corrections.push_back(Correction { s: newest_s, y: newest_y, rho: 1.0 / sy });
    }

    /// Algorithm 7.4: multiplies `q` by the estimate, in place.
    fn multiply(&self, q: &mut [T], preconditioner: Option<&Preconditioner<'_, T>>) {
        let mut alphas = Vec::with_capacity(self.corrections.len());
        for correction in self.corrections.iter().rev() {
            let alpha = correction.rho * dot(&correction.s, q);
            add_scaled(q, -alpha, &correction.y);
            alphas.push(alpha);
        }
        if let Some(apply) = preconditioner {
            apply(q);
        }
        if let Some(gamma) = self.gamma {
            scale(q, gamma);
        }
        for (correction, alpha) in self.corrections.iter().zip(alphas.into_iter().rev()) {
            let beta = correction.rho * dot(&correction.y, q);
            add_scaled(q, alpha - beta, &correction.s);
        }
    }
}

#[cfg(test)]
mod tests;
