//! How a photo enters a network, and how a gradient leaves it.

use rayon::prelude::*;

use crate::Planes;

/// Channel k of what a network sees is `rgb[source[k]] · scale[k] + offset[k]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Normalisation {
    pub(crate) source: [usize; 3],
    pub(crate) scale: [f32; 3],
    pub(crate) offset: [f32; 3],
}

impl Normalisation {
    /// Row `y` of a photo, 3×H×W in 0..1, as the network sees it: three values at the start of every `pitch` of `row`.
    pub(crate) fn enter(&self, rgb: &Planes, y: usize, pitch: usize, row: &mut [f32]) {
        let planes = self.source.map(|k| &rgb.plane(k)[y * rgb.width()..][..rgb.width()]);
        for (x, position) in row.chunks_exact_mut(pitch).enumerate() {
            for k in 0..3 {
                position[k] = planes[k][x] * self.scale[k] + self.offset[k];
            }
        }
    }

    /// Adds the gradient by a photo's colours to `rgb`, 3×H×W, from that by what the network sees, of which `row` gives
    /// each row: three values at the start of every `pitch`.
    pub(crate) fn leave<'g>(&self, row: impl Fn(usize) -> &'g [f32] + Sync, pitch: usize, rgb: &mut Planes) {
        let width = rgb.width().max(1);
        for k in 0..3 {
            let plane = rgb.plane_mut(self.source[k]);
            plane.par_chunks_mut(width).enumerate().for_each(|(y, out)| {
                for (out, position) in out.iter_mut().zip(row(y).chunks_exact(pitch)) {
                    *out += position[k] * self.scale[k];
                }
            });
        }
    }
}
