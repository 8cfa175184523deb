//! What of a photo counts: what is seen of it, without bars and borders around it, the black round of a fisheye, and what is transparent.
//!
//! What does not count is left out of all statistics, of recognition and of losses, and left as it is in results. Bars are cut off
//! ([`Frame`]); within the frame each pixel has a weight, its alpha, and none in the round. A *ground* counts, but is a region of its own.

pub(crate) mod alpha;
mod flood;
mod frame;
mod ground;
mod patch;
mod round;

pub use frame::Frame;
pub(crate) use frame::Texel;
pub(crate) use ground::{Evidence, Ground};
pub(crate) use patch::{Patch, PatchAt};
pub(crate) use round::find as round;

/// Long side, in pixels, at which round and ground are looked for: that of what `transport` takes its statistics from, made anyway.
pub(crate) const LONG: usize = 384;

/// One step of 8 bits.
const LEVEL: f32 = 1.0 / 255.0;

/// The largest difference of two colours in a channel.
fn apart(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The median of each channel.
///
/// # Panics
/// If there is no colour.
fn median(colours: &[[f32; 3]]) -> [f32; 3] {
    [0, 1, 2].map(|channel| {
        let mut values: Vec<f32> = colours.iter().map(|colour| colour[channel]).collect();
        let middle = values.len() / 2;
        *values.select_nth_unstable_by(middle, f32::total_cmp).1
    })
}
