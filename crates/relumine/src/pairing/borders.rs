//! How the borders of regions run: one policy for whatever uses masks.

use super::Edges;
use super::before_sky::take_out;
use super::matte_edges::follow_edges;
use super::soften::soften;
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Width of the transition at borders, as a share of the long side.
const SOFTNESS: f32 = 0.01;

/// Masks, R×H×W, of a photo of their size, with their borders drawn: soft, as its edges run where asked, and the regions that are `sky`
/// without what stands dark before it.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub(crate) fn drawn(
    masks: Planes,
    photo: &Planes,
    edges: Edges,
    sky: &[usize],
    token: &CancelToken,
) -> Result<Planes> {
    let mut masks = soften(&masks, SOFTNESS * photo.height().max(photo.width()) as f32);
    token.check()?;
    if edges == Edges::Matte {
        follow_edges(photo, &mut masks, token)?;
    }
    take_out(&mut masks, photo, sky);
    Ok(masks)
}
