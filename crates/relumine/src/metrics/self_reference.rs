//! Self-reference: does a method see the grade, or only the scene? Pairs with a known truth, from any photo.
//!
//! Two crops A and B of one photo that share no pixel (`crops`). The content is A in another grade, the reference is B, the truth is A:
//! whoever takes B's grade, and nothing of what B shows, makes A of it. Results are scored against the truth ([`Score`]), beside the content as it
//! is and what [`reinhard`] makes of it. All that is drawn follows from the pair's number.

mod crops;
mod grades;
mod hsv;
mod reinhard;
mod score;
mod unseen;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::picture::picture;
use crate::Planes;
use crate::io::Photo;
use crate::resample::Filter;
use grades::Regrade;
use unseen::{Curve, Film, LinearBalance, SplitTone};

pub use reinhard::reinhard;
pub use score::{Score, Summary};

/// Side of the pictures in pixels.
pub const SIDE: usize = 448;

/// How many pairs figures are compared over.
pub const COUNT: u16 = 30;

/// How the content was graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Brightness, contrast, saturation and hue.
    Global,
    /// Two such grades, one for the lighter half of the content, one for the darker.
    Local,
    /// A monotone tone curve a channel.
    Curve,
    /// Split toning: one hue for shadows, its opposite for lights.
    Split,
    /// White balance in linear light.
    Linear,
    /// A film stock: channels that leak into each other, its response, and fading.
    Film,
    /// None: content and reference are both A itself.
    Identity,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Global, Self::Local, Self::Curve, Self::Split, Self::Linear, Self::Film, Self::Identity];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Local => "local",
            Self::Curve => "curve",
            Self::Split => "split",
            Self::Linear => "linear",
            Self::Film => "film",
            Self::Identity => "identity",
        }
    }
}

/// Two crops of one photo and what is drawn for each [`Kind`].
#[derive(Debug)]
pub struct SelfReference {
    truth: Vec<[f64; 3]>,
    other: Vec<[f64; 3]>,
    regrades: [Regrade; 2],
    curve: Curve,
    split: SplitTone,
    linear: LinearBalance,
    film: Film,
}

impl SelfReference {
    /// Cuts two crops out of a photo; `None` where no two that share no pixel were found, or the photo is under 16 pixels a side.
    pub fn new(photo: &Photo, number: u64) -> Option<Self> {
        let mut random = ChaCha8Rng::seed_from_u64(number);
        let crops = crops::draw(&mut random, photo.height(), photo.width())?;
        let [truth, other] =
            crops.map(|crop| pixels(&picture(&crop.of(photo.colours()), SIDE, SIDE, Filter::Lanczos3)));
        Some(Self {
            truth,
            other,
            regrades: [Regrade::draw(&mut random), Regrade::draw(&mut random)],
            curve: Curve::draw(&mut random),
            split: SplitTone::draw(&mut random),
            linear: LinearBalance::draw(&mut random),
            film: Film::draw(&mut random),
        })
    }

    /// What a perfect result is.
    pub fn truth(&self) -> Photo {
        photo(&self.truth)
    }

    /// The reference for a kind.
    pub fn reference(&self, kind: Kind) -> Photo {
        photo(if kind == Kind::Identity { &self.truth } else { &self.other })
    }

    /// The content for a kind.
    pub fn content(&self, kind: Kind) -> Photo {
        let each =
            |grade: &dyn Fn([f64; 3]) -> [f64; 3]| self.truth.iter().map(|c| grade(*c)).collect::<Vec<_>>();
        photo(&match kind {
            Kind::Global => self.regrades[0].of(&self.truth),
            Kind::Local => grades::by_lightness(&self.truth, &self.regrades),
            Kind::Curve => each(&|c| self.curve.of(c)),
            Kind::Split => each(&|c| self.split.of(c)),
            Kind::Linear => each(&|c| self.linear.of(c)),
            Kind::Film => each(&|c| self.film.of(c)),
            Kind::Identity => self.truth.clone(),
        })
    }
}

fn pixels(colours: &Planes) -> Vec<[f64; 3]> {
    let [r, g, b] = colours.rgb();
    r.iter().zip(g).zip(b).map(|((r, g), b)| [*r, *g, *b].map(f64::from)).collect()
}

/// A photo of 8 bits a channel of SIDE × SIDE pixels.
fn photo(pixels: &[[f64; 3]]) -> Photo {
    let plane = |channel: usize| pixels.iter().map(move |colour| colour[channel] as f32);
    let planes = Planes::from_vec(3, SIDE, SIDE, (0..3).flat_map(plane).collect());
    Photo::from_planes(picture(&planes, SIDE, SIDE, Filter::Lanczos3))
}

fn luma(colour: [f64; 3]) -> f64 {
    0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
}

#[cfg(test)]
mod tests;
