//! A look, band by band, over colours in memory or from a source to a sink.

use super::applied::Applied;
use crate::io::{RowSink, RowSource};
use crate::watch::Watch;
use crate::{Planes, Result};

/// Pixels of a band between two polls: a hundredth of a second's work, more or less.
const BAND: usize = 1 << 19;

/// Colours, 3×H×W, with it applied.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub(super) fn over(applied: &Applied<'_>, colours: &Planes, watch: &mut Watch<'_>) -> Result<Planes> {
    let (height, width) = (colours.height(), colours.width());
    let rows = (BAND / width.max(1)).max(1);
    let mut out = Planes::zeros_like(colours);
    for first in (0..height).step_by(rows) {
        watch.step(first, height)?;
        let mut band = colours.rows(first, (first + rows).min(height));
        applied.band(&mut band, first);
        out.set_rows(first, &band);
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
