//! How the borders of regions run: one policy for whatever uses masks.

use super::Edges;
use super::before_sky::take_out;
use super::guided::guided;
use super::matte_edges::follow_edges;
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// How far an edge may be for a border to move there, as a share of the long side; where there is none, the border spreads twice as far to either side.
const REACH: f32 = 0.02;

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
    let reach = REACH * photo.height().max(photo.width()) as f32;
    let mut masks = guided(&masks, photo, reach.round() as usize);
    token.check()?;
    if edges == Edges::Matte {
        follow_edges(photo, &mut masks, token)?;
    }
    take_out(&mut masks, photo, sky);
    Ok(masks)
}
