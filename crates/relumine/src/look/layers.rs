//! What a look is made of at one size of a photo, for whoever renders it with arithmetic of their own, such as a shader.

use super::applied::Applied;
use super::share::Share;
use super::{Apply, Look};
use crate::counts::Frame;
use crate::grid::BilateralGrid;
use crate::io::{Photo, RowSource};
use crate::method::Solution;
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// What a look is made of at the size h×w of a photo's frame.
///
/// With `before` a colour of the photo and `full` what [`body`](Self::body) makes of it, at strength s and with strengths s_r of the regions,
/// [`Look::apply`] gives
///
/// ```text
/// after  = before + s (full - before)
/// share  = 1 where all s_r are 1, else Σ_r s_r shares_r, within 0..1
/// share += patch (s_patch - share)                          for each patch in turn
/// out    = before + share (after - before)
/// ```
///
/// and then does what [`Apply`] asks for besides.
#[derive(Clone, Debug)]
pub struct Layers {
    /// Outside, the photo stays as it is.
    pub frame: Frame,
    /// What there is of the look.
    pub body: Body,
    /// R×h×w, a plane a region in the order of the pairing's: how much of each pixel is of it; they add up to 1, and each may lie a little
    /// outside 0..1. `None` for looks whose regions cannot be told apart.
    pub shares: Option<Planes>,
    /// Areas that stay exactly as they are where their region gets nothing, 1×h×w each in 0..1, with the place of that region; one of
    /// no region gets nothing.
    pub patches: Vec<(Option<usize>, Planes)>,
}

/// What there is of a look.
#[derive(Clone, Debug)]
pub enum Body {
    /// Affine matrices, to be sliced.
    Grid(BilateralGrid),
    /// The frame in the full look, 3×h×w.
    Picture(Planes),
}

impl Look {
    /// What it is made of at the size of a photo: the one that it was solved for, at any size.
    ///
    /// # Errors
    /// As [`apply`](Self::apply), and [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn layers(&self, photo: &Photo, token: &CancelToken) -> Result<Layers> {
        let apply = Apply::default();
        self.check_applies(photo, &apply)?;
        let inner = self.inner();
        inner.pool.install(|| {
            let frame = photo.rows().frame();
            let applied = Applied::new(inner, &apply, frame, token);
            let (before, _) = frame.cut(photo.colours(), 0).expect("a frame of the photo");
            let body = match &inner.solution {
                Solution::Grid { grid, .. } => Body::Grid(grid.clone()),
                _ => Body::Picture(applied.full(&before)),
            };
            let size = (frame.height, frame.width);
            let is_mixed = matches!(inner.solution, Solution::Mixed(_));
            let places = inner.regions.places.as_deref().filter(|_| !is_mixed);
            let shares = places.map(|places| {
                let drawn = |region: usize| {
                    let masks = &places.masks;
                    let mask = masks.plane(region).to_vec();
                    let mask = Planes::from_vec(1, masks.height(), masks.width(), mask);
                    Share::drawn(&mask, places, size, token).spread(&before, 0, frame.height)
                };
                let planes: Vec<f32> = (0..places.masks.channels()).flat_map(drawn).collect();
                Planes::from_vec(places.masks.channels(), frame.height, frame.width, planes)
            });
            let patches = places.into_iter().flat_map(|places| &places.patches).map(|of| {
                let shares = of.patch.at(frame.height, frame.width).band(&before, 0);
                let region = of.region.and_then(|id| inner.regions.ids.iter().position(|known| *known == id));
                (region, Planes::from_vec(1, frame.height, frame.width, shares))
            });
            let patches = patches.collect();
            token.check()?;
            Ok(Layers { frame, body, shares, patches })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Watch;
    use crate::{Device, Engine, Masks, PairOptions, TransportOptions};

    /// A photo of a sky over a ground, with a border.
    fn photo(seed: usize) -> Planes {
        let (height, width) = (90, 120);
        let mut planes = Planes::filled(3, height, width, 1.0);
        for channel in 0..3 {
            for y in 10..80 {
                for x in 12..108 {
                    let texture = ((x * 7 + y * 13 + seed * 5) % 23) as f32 / 60.0;
                    let light = if y < 40 { [0.4, 0.5, 0.6][channel] } else { [0.5, 0.3, 0.1][channel] };
                    planes.plane_mut(channel)[y * width + x] = light + texture * (0.5 + 0.2 * seed as f32);
                }
            }
        }
        planes
    }

    #[test]
    fn they_render_what_applying_gives() {
        let engine = Engine::new(Device::Cpu, Some(2)).unwrap();
        let [ours, theirs] = [photo(0), photo(2)].map(Photo::from_planes);
        let options = PairOptions { masks: Masks::None, ..PairOptions::default() };
        let [content, reference] = [&ours, &theirs].map(|photo| engine.analyse(photo));
        let mut watch = Watch::silent();
        let pairing = engine.pair(&content, &[reference.into()], None, &options, &mut watch).unwrap();
        let look = engine.solve(&pairing, &TransportOptions::default().into(), &mut watch).unwrap();
        let layers = look.layers(&ours, &CancelToken::new()).unwrap();
        let Body::Grid(grid) = &layers.body else { panic!("a look of matrices") };
        let shares = layers.shares.as_ref().unwrap();
        let id = pairing.regions()[0].id;
        let apply = Apply { strength: 0.7, regions: [(id, 0.4)].into(), ..Apply::default() };
        let applied = look.apply(&ours, &apply).unwrap();

        let Frame { top, left, height, width } = layers.frame;
        assert!(top > 0 && left > 0, "the border is outside");
        let (before, _) = layers.frame.cut(ours.colours(), 0).unwrap();
        let (expected, _) = layers.frame.cut(applied.colours(), 0).unwrap();
        let full = grid.slice(&before);
        for channel in 0..3 {
            for pixel in 0..height * width {
                let (before, full) = (before.plane(channel)[pixel], full.plane(channel)[pixel]);
                let after = before + 0.7 * (full - before);
                let mut share: f32 = (0..shares.channels())
                    .map(|region| if region == 0 { 0.4 } else { 1.0 } * shares.plane(region)[pixel])
                    .sum();
                share = share.clamp(0.0, 1.0);
                for (region, patch) in &layers.patches {
                    let strength = region.map_or(0.0, |region| if region == 0 { 0.4 } else { 1.0 });
                    share += patch.data()[pixel] * (strength - share);
                }
                let out = before + share * (after - before);
                assert!((out - expected.plane(channel)[pixel]).abs() < 1e-5, "{channel} {pixel}");
            }
        }
    }
}
