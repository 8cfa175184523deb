//! Iteration ceilings; what SciPy's L-BFGS-B takes for the same problems is in `tools/reference/lbfgs.py`.

use proptest::prelude::*;

use super::*;

fn rosenbrock<T: Real>(x: &[T], gradient: &mut [T]) -> f64 {
    let [a, b] = [x[0].into(), x[1].into()];
    let bend: f64 = b - a * a;
    gradient[0] = T::from_f64(-400.0 * a * bend - 2.0 * (1.0 - a));
    gradient[1] = T::from_f64(200.0 * bend);
    100.0 * bend * bend + (1.0 - a) * (1.0 - a)
}

/// ½ Σ h_i (x_i − 1)² with h from 1 to `condition`, evenly on a logarithmic scale.
fn quadratic<T: Real>(condition: f64) -> impl FnMut(&[T], &mut [T]) -> f64 {
    move |x, gradient| {
        let most = (x.len() - 1) as f64;
        x.iter().zip(gradient).enumerate().fold(0.0, |sum, (i, (&x, slope))| {
            let stiffness = condition.powf(i as f64 / most);
            let off = x.into() - 1.0;
            *slope = T::from_f64(stiffness * off);
            sum + 0.5 * stiffness * off * off
        })
    }
}

fn go_on<T>(_: &Iterate<'_, T>) -> Verdict {
    Verdict::Continue
}

/// A history that knows nothing yet.
fn anew<T: Real>() -> History<T> {
    History::new(10)
}

#[test]
fn rosenbrock_within_forty_iterations() {
    let mut x = [-1.2f64, 1.0];
    let options = LbfgsOptions { gradient_tolerance: 1e-8, ..Default::default() };
    let outcome = minimise(&mut x, &mut rosenbrock, &options, &mut anew(), &mut go_on);
    assert_eq!(outcome.reason, StopReason::GradientVanished);
    assert!(outcome.iterations <= 40 && outcome.evaluations <= 52, "{outcome:?}");
    assert!(x.iter().all(|x| (x - 1.0).abs() < 1e-8), "{x:?}");
}

#[test]
fn rosenbrock_in_f32() {
    let mut x = [-1.2f32, 1.0];
    let options = LbfgsOptions { gradient_tolerance: 1e-3, ..Default::default() };
    let outcome = minimise(&mut x, &mut rosenbrock, &options, &mut anew(), &mut go_on);
    assert_eq!(outcome.reason, StopReason::GradientVanished);
    assert!(outcome.iterations <= 40, "{outcome:?}");
    assert!(x.iter().all(|x| (x - 1.0).abs() < 1e-3), "{x:?}");
}

#[test]
fn ill_conditioned_quadratic_within_its_ceiling() {
    let mut x = vec![0.0f64; 100];
    let options = LbfgsOptions { gradient_tolerance: 1e-4, ..Default::default() };
    let outcome = minimise(&mut x, &mut quadratic(1e4), &options, &mut anew(), &mut go_on);
    assert_eq!(outcome.reason, StopReason::GradientVanished);
    assert!(outcome.iterations <= CEILING && outcome.evaluations <= CEILING * 11 / 10, "{outcome:?}");
}

/// SciPy takes 650 iterations for it with the same history, and 38 for the Rosenbrock function.
const CEILING: usize = 715;

#[test]
fn a_good_preconditioner_makes_it_immediate() {
    let mut x = vec![0.0f32; 100];
    // Ten times too large: only its shape matters.
    let precondition = |q: &mut [f32]| {
        let most = (q.len() - 1) as f32;
        q.iter_mut().enumerate().for_each(|(i, q)| *q *= 10.0 / 1e4f32.powf(i as f32 / most));
    };
    let options =
        LbfgsOptions { gradient_tolerance: 1e-2, preconditioner: Some(&precondition), ..Default::default() };
    let outcome = minimise(&mut x, &mut quadratic(1e4), &options, &mut anew(), &mut go_on);
    assert_eq!(outcome.reason, StopReason::GradientVanished);
    assert!(outcome.iterations <= 4, "{outcome:?}");
}

#[test]
fn what_was_learnt_of_a_function_saves_steps_on_one_like_it() {
    let options = LbfgsOptions { gradient_tolerance: 1e-3, ..Default::default() };
    // The same bowl, a little steeper, elsewhere.
    let steeper = |x: &[f64], gradient: &mut [f64]| {
        let moved: Vec<f64> = x.iter().map(|x| x + 2.0).collect();
        let value = quadratic(100.0)(&moved, gradient);
        gradient.iter_mut().for_each(|slope| *slope *= 1.1);
        1.1 * value
    };
    let iterations = |mut history: History<f64>| {
        let mut x = vec![0.0; 20];
        let outcome = minimise(&mut x, &mut steeper.clone(), &options, &mut history, &mut go_on);
        assert_eq!(outcome.reason, StopReason::GradientVanished);
        outcome.iterations
    };
    let mut learnt = History::new(40);
    minimise(&mut [0.0; 20], &mut quadratic(100.0), &options, &mut learnt, &mut go_on);
    assert!(2 * iterations(learnt) < iterations(History::new(40)));
}

/// Runs the quadratic in f32 under `options` until it stops.
fn stop(options: &LbfgsOptions<'_, f32>, verdict: Verdict) -> (Outcome, Vec<f32>) {
    let mut x = vec![0.0; 50];
    let outcome = minimise(&mut x, &mut quadratic(1e3), options, &mut anew(), &mut |_| verdict);
    (outcome, x)
}

#[test]
fn limits_end_it() {
    let (outcome, _) = stop(&LbfgsOptions { iterations: 3, ..Default::default() }, Verdict::Continue);
    assert_eq!((outcome.reason, outcome.iterations), (StopReason::IterationLimit, 3));
    for evaluations in 1..6 {
        let (outcome, x) = stop(&LbfgsOptions { evaluations, ..Default::default() }, Verdict::Continue);
        assert_eq!((outcome.reason, outcome.evaluations), (StopReason::EvaluationLimit, evaluations));
        assert_eq!(outcome.value, quadratic(1e3)(&x, &mut [0.0; 50]), "x is what the value says");
    }
}

#[test]
fn a_stalled_objective_ends_it() {
    let options = LbfgsOptions { stall_tolerance: 1.0, stall_iterations: 4, ..Default::default() };
    let mut values = Vec::new();
    let mut x = vec![0.0f64; 50];
    let outcome =
        minimise(&mut x, &mut |x, g| 1e6 + quadratic(1e3)(x, g), &options, &mut anew(), &mut |at| {
            values.push(at.value);
            Verdict::Continue
        });
    assert_eq!((outcome.reason, outcome.iterations), (StopReason::ObjectiveStalled, 4));
}

#[test]
fn the_observer_ends_it() {
    for (verdict, reason) in
        [(Verdict::Finish, StopReason::Finished), (Verdict::Cancel, StopReason::Cancelled)]
    {
        let (outcome, x) = stop(&LbfgsOptions::default(), verdict);
        assert_eq!((outcome.reason, outcome.iterations), (reason, 1));
        assert!(outcome.value < outcome.first_value);
        assert_eq!(outcome.value, quadratic(1e3)(&x, &mut [0.0; 50]));
    }
}

#[test]
fn a_start_that_is_not_finite_ends_it() {
    for (value, slope) in [(f64::NAN, 1.0), (f64::INFINITY, 1.0), (1.0, f32::NAN)] {
        let mut x = [0.0f32; 3];
        let mut objective = |_: &[f32], gradient: &mut [f32]| {
            gradient.fill(slope);
            value
        };
        let outcome = minimise(&mut x, &mut objective, &LbfgsOptions::default(), &mut anew(), &mut go_on);
        assert_eq!((outcome.reason, outcome.evaluations, x), (StopReason::NotFinite, 1, [0.0; 3]));
    }
}

#[test]
fn a_wrong_gradient_ends_it() {
    let mut x = [1.0f32];
    let mut uphill = |x: &[f32], gradient: &mut [f32]| {
        gradient[0] = -x[0];
        f64::from(x[0] * x[0])
    };
    let outcome = minimise(&mut x, &mut uphill, &LbfgsOptions::default(), &mut anew(), &mut go_on);
    assert_eq!((outcome.reason, outcome.iterations, x), (StopReason::LineSearchFailed, 0, [1.0]));
}

#[test]
fn a_minimum_to_start_at_is_left_alone() {
    let mut x = [1.0f32; 5];
    let outcome = minimise(&mut x, &mut quadratic(10.0), &LbfgsOptions::default(), &mut anew(), &mut go_on);
    assert_eq!((outcome.reason, outcome.evaluations), (StopReason::GradientVanished, 1));
}

#[test]
fn steps_into_the_infinite_are_shortened() {
    // −ln of a box's sides; without a value outside of it.
    let mut barrier = |x: &[f32], gradient: &mut [f32]| {
        let x = f64::from(x[0]);
        gradient[0] = (-1.0 / x + 1.0 / (1.0 - x)) as f32;
        -x.ln() - (1.0 - x).ln()
    };
    let mut x = [0.01];
    let options = LbfgsOptions { first_step: 100.0, gradient_tolerance: 1e-4, ..Default::default() };
    let outcome = minimise(&mut x, &mut barrier, &options, &mut anew(), &mut go_on);
    assert_eq!(outcome.reason, StopReason::GradientVanished, "{outcome:?}");
    assert!((x[0] - 0.5).abs() < 1e-4);
}

/// A history of three correction pairs that has room for no more.
fn full_history() -> History<f32> {
    let mut history = History::new(3);
    for k in 1..=3 {
        let k = k as f32;
        history.push(&mut vec![k, 1.0], &mut vec![2.0 * k, 3.0], 1e-7, None);
    }
    assert_eq!(history.corrections.len(), 3);
    history
}

#[test]
fn a_refused_correction_leaves_the_history_as_it_was() {
    let before = full_history();
    // Concave, flat, and all but flat.
    for y in [[-1.0, 0.0], [0.0, 0.0], [f32::MIN_POSITIVE, 0.0]] {
        let mut history = before.clone();
        history.push(&mut vec![1.0, 1.0], &mut y.to_vec(), 1e-7, None);
        assert_eq!(history, before, "{y:?}");
    }
    let mut history = before.clone();
    history.push(&mut vec![4.0, 1.0], &mut vec![8.0, 3.0], 1e-7, None);
    assert_eq!(history.corrections.make_contiguous()[..2], before.corrections.clone().make_contiguous()[1..]);
    assert_eq!(history.corrections[2], Correction { s: vec![4.0, 1.0], y: vec![8.0, 3.0], rho: 1.0 / 35.0 });
}

/// What f32 tells of Σ 1000.1 x_i, a function without any curvature, at points a millionth apart.
#[test]
fn curvature_that_is_only_rounding_is_refused() {
    let gradient = |tilt: f32| vec![1000.1_f32 + tilt; 4];
    let mut history = History::new(3);
    let one_ulp = gradient(0.0)[0].next_up() - gradient(0.0)[0];
    let (before, after) = (gradient(0.0), gradient(one_ulp));
    let mut y = after.iter().zip(&before).map(|(a, b)| a - b).collect::<Vec<_>>();
    assert!(y.iter().all(|&y| y == one_ulp));
    let rounding = f32::EPSILON as f64 * (norm(&before) + norm(&after));
    history.push(&mut vec![1e-6; 4], &mut y, rounding, None);
    assert!(history.corrections.is_empty() && history.gamma.is_none(), "{history:?}");
    // Sixty-four units in the last place are no accident.
    history.push(&mut vec![1e-6; 4], &mut vec![64.0 * one_ulp; 4], rounding, None);
    assert_eq!(history.corrections.len(), 1);
}

#[test]
fn the_gradients_rounding_does_not_become_curvature() {
    // A plane whose gradient is once told with the last bit of f32 wrong, as if it fell along the first step.
    let mut x = [0.0f32; 8];
    let mut plane = |x: &[f32], gradient: &mut [f32]| {
        gradient.fill(if x[0] < 0.0 { 1000.0 } else { 1000.0f32.next_up() });
        x.iter().map(|&x| 1000.0 * f64::from(x)).sum()
    };
    let options = LbfgsOptions { iterations: 4, search_evaluations: 1, ..Default::default() };
    let mut steps = vec![0.0];
    minimise(&mut x, &mut plane, &options, &mut anew(), &mut |at| {
        steps.push(f64::from(at.x[0]));
        Verdict::Continue
    });
    // Nothing is learnt of the function's scale, so each step is as long as the first.
    for pair in steps.windows(2) {
        assert!((pair[0] - pair[1] - (1.0f64 / 8.0).sqrt()).abs() < 1e-6, "{steps:?}");
    }
}

proptest! {
    #[test]
    fn the_best_evaluation_is_told(start in prop::collection::vec(-3.0f32..3.0, 2), evaluations in 1usize..40) {
        let mut x = start.clone();
        let mut values = Vec::new();
        let options = LbfgsOptions { evaluations, ..Default::default() };
        let mut objective = |x: &[f32], gradient: &mut [f32]| {
            values.push(rosenbrock(x, gradient));
            values[values.len() - 1]
        };
        let outcome = minimise(&mut x, &mut objective, &options, &mut anew(), &mut go_on);
        prop_assert_eq!(values.len(), outcome.evaluations);
        prop_assert_eq!(values[outcome.best_evaluation], outcome.value);
        prop_assert_eq!(values[outcome.best_evaluation], rosenbrock(&x, &mut [0.0; 2]));
    }

    #[test]
    fn values_fall_and_are_those_of_the_iterates(start in prop::collection::vec(-3.0f32..3.0, 2), history in 0usize..6) {
        let mut x = start.clone();
        let options = LbfgsOptions { iterations: 60, ..Default::default() };
        let mut last = f64::INFINITY;
        let outcome = minimise(&mut x, &mut rosenbrock, &options, &mut History::new(history), &mut |at| {
            assert!(at.value < last, "{} after {last}", at.value);
            assert_eq!(at.value, rosenbrock(at.x, &mut [0.0; 2]));
            last = at.value;
            Verdict::Continue
        });
        prop_assert!(outcome.value <= outcome.first_value);
        prop_assert_eq!(outcome.value, rosenbrock(&x, &mut [0.0; 2]));
    }
}
