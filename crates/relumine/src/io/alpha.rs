//! Associated alpha (TIFF 6.0, ExtraSamples 1; OpenEXR; JPEG XL): colours that are stored times alpha, taken back to what they were.

/// A sample that can be divided by alpha.
pub(super) trait Divisible: Copy {
    /// The nearest sample to `self / alpha`, at most full; under alpha 0 there is no colour, and 0 stands for it.
    fn divided_by(self, alpha: Self) -> Self;
}

impl Divisible for u8 {
    fn divided_by(self, alpha: Self) -> Self {
        divided(self.into(), alpha.into(), Self::MAX.into()) as Self
    }
}

impl Divisible for u16 {
    fn divided_by(self, alpha: Self) -> Self {
        divided(self.into(), alpha.into(), Self::MAX.into()) as Self
    }
}

impl Divisible for f32 {
    fn divided_by(self, alpha: Self) -> Self {
        let colour = self / alpha;
        if alpha > 0.0 && colour.is_finite() { colour } else { 0.0 }
    }
}

/// Of numbers that are at most `full`.
fn divided(colour: u64, alpha: u64, full: u64) -> u64 {
    (colour * full + alpha / 2).checked_div(alpha).unwrap_or(0).min(full)
}

/// Divides the colours of interleaved pixels by their last channel, alpha.
pub(super) fn divide<T: Divisible>(pixels: &mut [T], channels: usize) {
    for pixel in pixels.chunks_exact_mut(channels) {
        if let [colours @ .., alpha] = pixel {
            colours.iter_mut().for_each(|colour| *colour = colour.divided_by(*alpha));
        }
    }
}
