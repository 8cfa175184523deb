//! What tests of losses of a picture share.

use crate::Planes;

/// How a gradient is compared with finite differences.
pub(super) struct Comparison {
    /// Every so many samples are.
    pub(super) every: usize,
    /// How far each is moved.
    pub(super) step: f32,
    /// Most of the difference, in the slope and `floor`.
    pub(super) most: f64,
    pub(super) floor: f64,
}

/// Asserts that what `evaluate` adds to a gradient at `output` is the slope of the loss that it returns, and returns that.
pub(super) fn assert_added(
    output: &Planes,
    compared: &Comparison,
    evaluate: impl Fn(&Planes, &mut Planes) -> f64,
) -> f64 {
    let Comparison { every, step, most, floor } = *compared;
    let ones = Planes::filled(output.channels(), output.height(), output.width(), 1.0);
    let (mut gradient, mut unused, mut moved) = (ones, Planes::zeros_like(output), output.clone());
    let loss = evaluate(output, &mut gradient);
    for i in (0..output.data().len()).step_by(every) {
        let value = output.data()[i];
        let mut at = |v: f32| {
            moved.data_mut()[i] = v;
            evaluate(&moved, &mut unused)
        };
        let numeric = (at(value + step) - at(value - step)) / f64::from(2.0 * step);
        moved.data_mut()[i] = value;
        let exact = f64::from(gradient.data()[i]) - 1.0;
        assert!((numeric - exact).abs() < most * (floor + exact.abs()), "{i}: {numeric} against {exact}");
    }
    loss
}
