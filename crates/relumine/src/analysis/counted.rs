//! What counts within the frame of a photo.

use std::sync::Arc;

use super::{Analysis, Round, Scale};
use crate::counts::{self, Ground};
use crate::io::RowSource;
use crate::segment::Segmenter;
use crate::watch::CancelToken;
use crate::{Notice, Planes, Remark, Result};

/// Classes of what looks like a ground where it is clipped.
const NATURAL: [&str; 7] = ["sky", "snow", "water", "sea", "river", "lake", "waterfall"];

/// Share of a photo from which it is told that it does not count.
const TOLD: f64 = 0.002;

impl Analysis {
    /// How much each pixel of the frame counts, 1×H×W in 0..1, at the size of a [small picture](Self::at) of it; `None` where all of it
    /// does.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn weights(&self, picture: &Planes, token: &CancelToken) -> Result<Option<Arc<Planes>>> {
        let (height, width) = (picture.height(), picture.width());
        self.0.weights.get([height, width], || {
            let alpha = self.photo().alpha_at(self.frame(), (height, width));
            token.check()?;
            let Some(round) = self.round(token)? else { return Ok(alpha.map(Arc::new)) };
            let mut weights = alpha.unwrap_or_else(|| Planes::filled(1, height, width, 1.0));
            let shares = round.patch.shares(picture);
            weights
                .data_mut()
                .iter_mut()
                .zip(shares.data())
                .for_each(|(weight, share)| *weight *= 1.0 - share);
            Ok(Some(Arc::new(weights)))
        })
    }

    /// The black round of a fisheye.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn round(&self, token: &CancelToken) -> Result<Option<Arc<Round>>> {
        self.0.round.get((), || {
            let picture = self.at(Scale::of(counts::LONG), token)?;
            Ok(counts::round(&picture).map(|(patch, share)| Arc::new(Round { patch, share })))
        })
    }

    /// What may be a ground, as far as colours tell.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn ground(&self, token: &CancelToken) -> Result<Option<Arc<Ground>>> {
        self.0.ground.get((), || {
            let picture = self.at(Scale::of(counts::LONG), token)?;
            let weights = self.weights(&picture, token)?;
            let Some(ground) = Ground::find(&picture, weights.as_deref()) else { return Ok(None) };
            let (frame, mut rows) = (self.frame(), self.photo().rows());
            let (mut first, mut uniform, mut all) = (0, 0, 0);
            while let Some(band) = rows.next_band()? {
                token.check()?;
                let next = first + band.height();
                if let Some((part, row)) = frame.taken(band, first) {
                    let counted = ground.count(&part, row, frame.height);
                    (uniform, all) = (uniform + counted.0, all + counted.1);
                }
                first = next;
            }
            Ok(Ground::is_uniform((uniform, all)).then(|| Arc::new(ground)))
        })
    }

    /// The probability of what looks like a ground and is none, as a segmenter sees it, 1×h×w.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn natural(&self, segmenter: &Arc<dyn Segmenter>, token: &CancelToken) -> Result<Planes> {
        let seen = self.seen(segmenter, token)?;
        let mut sum = Planes::zeros(1, seen.height(), seen.width());
        let classes = segmenter.classes().iter().enumerate();
        for (class, _) in classes.filter(|(_, name)| NATURAL.contains(&name.as_str())) {
            sum.data_mut().iter_mut().zip(seen.plane(class)).for_each(|(sum, p)| *sum += p);
        }
        Ok(sum)
    }

    /// What to tell of what does not count.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn left_out(&self, token: &CancelToken) -> Result<Vec<Remark>> {
        let (photo, frame) = (self.photo(), self.frame());
        let mut notices = Vec::new();
        let share = frame.share_outside(photo.height(), photo.width());
        if share > 0.0 {
            notices.push(Notice::BordersLeftOut { frame: *frame, share });
        }
        if let Some(round) = self.round(token)? {
            notices.push(Notice::RoundLeftOut { share: round.share * (1.0 - share) });
        }
        let (height, width) = Scale::of(counts::LONG).size(frame);
        if let Some(alpha) = photo.alpha_at(frame, (height, width)) {
            let hidden = 1.0 - alpha.data().iter().map(|a| f64::from(*a)).sum::<f64>() / alpha.area() as f64;
            if hidden > TOLD {
                notices.push(Notice::TransparencyLeftOut { share: hidden * (1.0 - share) });
            }
        }
        Ok(notices.into_iter().map(|notice| Remark::new(photo.path(), notice)).collect())
    }
}
