//! Luma of Rec. 601, of encoded colours.

/// The shares of red, green and blue.
pub(crate) const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// 0.299 R + 0.587 G + 0.114 B.
#[inline(always)]
pub(crate) fn luma([r, g, b]: [f32; 3]) -> f32 {
    LUMA[0] * r + LUMA[1] * g + LUMA[2] * b
}
