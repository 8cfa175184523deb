//! A look, band by band, over colours in memory or from a source to a sink.

use rayon::prelude::*;

use super::applied::Applied;
use crate::io::{RowSink, RowSource};
use crate::watch::Watch;
use crate::{Planes, Result};

/// Pixels between two polls: a hundredth of a second's work, more or less.
const STEP: usize = 1 << 19;
/// Pixels that one thread takes at a time: with three planes of f32, what a core's own cache holds.
const BAND: usize = 1 << 16;

/// Colours, 3×H×W, with it applied.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub(super) fn over(applied: &Applied<'_>, colours: &Planes, watch: &mut Watch<'_>) -> Result<Planes> {
    let (height, width) = (colours.height(), colours.width());
    let rows = |pixels: usize| (pixels / width.max(1)).max(1);
    let mut out = Planes::zeros_like(colours);
    let (red, rest) = out.data_mut().split_at_mut(height * width);
    let (green, blue) = rest.split_at_mut(height * width);
    let steps = [red, green, blue].map(|plane| plane.chunks_mut(rows(STEP) * width));
    let [red, green, blue] = steps;
    for (step, ((red, green), blue)) in red.zip(green).zip(blue).enumerate() {
        let first = step * rows(STEP);
        watch.step(first, height)?;
        let [red, green, blue] = [red, green, blue].map(|rgb| rgb.par_chunks_mut(rows(BAND) * width));
        red.zip(green).zip(blue).enumerate().for_each(|(k, ((red, green), blue))| {
            let first = first + k * rows(BAND);
            let mut band = colours.rows(first, first + red.len() / width);
            applied.band(&mut band, first);
            red.copy_from_slice(band.plane(0));
            green.copy_from_slice(band.plane(1));
            blue.copy_from_slice(band.plane(2));
        });
    }
    Ok(out)
}

/// Applies it on the way from a source to a sink.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled), and those of source and sink.
pub(super) fn between(
    applied: &Applied<'_>,
    source: &mut dyn RowSource,
    sink: &mut dyn RowSink,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let height = source.height();
    let mut first = 0;
    while let Some(mut band) = source.next_band()? {
        watch.step(first, height)?;
        applied.band(&mut band, first);
        first += band.height();
        sink.put_band(&band)?;
    }
    Ok(())
}
