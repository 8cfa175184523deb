//! A look: what was solved for a pair of photos, to be applied as often as one likes, at any strength and size.

mod applied;
mod apply;
mod between;
mod bound;
mod exposure;
mod finish;
mod keep;
mod layers;
mod mapped;
mod mixed;
mod motion;
mod regions;
mod rows;
mod share;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rayon::ThreadPool;

use crate::counts::{Frame, Patch};
use crate::grid::Grade;
use crate::io::{Photo, RowSink, RowSource};
use crate::method::{Course, Solution};
use crate::pairing::{Edges, RegionId};
use crate::report::NetworkReport;
use crate::watch::{CancelToken, Stage, Watch};
use crate::{Engine, OptionsError, Planes, Remark, Result};

pub use apply::Apply;
pub use keep::Keep;
pub use layers::{Body, Layers};
pub use mapped::ColourPair;
pub(crate) use mixed::Mixture;
pub use mixed::{Part, ReferenceShare};
pub use motion::Motion;

/// Long side of what exposure is measured on.
const METERED: usize = 384;

/// What was solved for a pair of photos. Cheap to clone.
///
/// A look of affine colour matrices applies to any photo. One of pixels (`deep-photo`, `neural`) is bound to its content: it
/// applies to that at any size, and to nothing else.
#[derive(Clone, Debug)]
pub struct Look(Arc<Inner>);

#[derive(Clone, Debug)]
pub(crate) struct Inner {
    /// The method's name.
    pub(crate) method: &'static str,
    pub(crate) solution: Solution,
    pub(crate) course: Course,
    /// Width and height of what it was solved at.
    pub(crate) solved: [usize; 2],
    pub(crate) regions: RegionsOfLook,
    pub(crate) network: Option<NetworkReport>,
    pub(crate) device: String,
    pub(crate) remarks: Vec<Remark>,
    /// The threads that it is applied on.
    pub(crate) pool: Arc<ThreadPool>,
}

/// The regions that a look knows, and how much of it each gets.
#[derive(Clone, Debug, Default)]
pub(crate) struct RegionsOfLook {
    pub(crate) ids: Vec<RegionId>,
    /// The groups that each shows, where they were recognised; its colour in a mask; and its share of the content.
    pub(crate) names: Vec<Option<String>>,
    pub(crate) colours: Vec<Option<String>>,
    pub(crate) shares: Vec<f64>,
    /// 0..1 each.
    pub(crate) strengths: Vec<f32>,
    /// Where they lie; `None` where the look is of no photo, and the same everywhere.
    pub(crate) places: Option<Arc<Places>>,
}

/// Where the regions of the content lie.
#[derive(Debug)]
pub(crate) struct Places {
    /// What keeps its colours pixel by pixel.
    pub(crate) patches: Vec<PatchOfLook>,
    /// One plane a region at the size of `content`, with their borders drawn, as if there were no patches.
    pub(crate) masks: Arc<Planes>,
    /// The content small, which borders along edges are guided by.
    pub(crate) content: Arc<Planes>,
    pub(crate) edges: Edges,
}

/// A patch of the content, and the region that it is of; one of no region is left as it is.
#[derive(Debug)]
pub(crate) struct PatchOfLook {
    pub(crate) patch: Patch,
    pub(crate) region: Option<RegionId>,
}

impl Look {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The same look, to be applied on the threads of another engine: those of its own end with a process that was forked.
    #[must_use]
    pub fn on(&self, engine: &Engine) -> Self {
        let pool = engine.pool();
        if Arc::ptr_eq(&pool, &self.0.pool) {
            self.clone()
        } else {
            Self::new(Inner { pool, ..Inner::clone(&self.0) })
        }
    }

    /// The method that found it.
    pub fn method(&self) -> &'static str {
        self.0.method
    }

    /// The grade of each region, in the order of the pairing's; none where the method has no grades, or looks are mixed.
    pub fn grades(&self) -> &[Grade] {
        match &self.0.solution {
            Solution::Grid { grades, .. } => grades,
            Solution::Pixels(_) | Solution::Table(_) | Solution::Mixed(_) => &[],
        }
    }

    /// What its regions are called by, each name once: the groups that they show, or their colours in a mask. By these [`Apply::named`]
    /// asks for them, where the look is of a photo, and [`Engine::regrade`](crate::Engine::regrade) gives them to others.
    pub fn region_names(&self) -> Vec<String> {
        self.0.regions.called()
    }

    /// Whether a region is called so, by a group that it shows or its colour in a mask.
    pub fn has_region(&self, name: &str) -> bool {
        self.0.regions.are_any_called(name)
    }

    /// Its regions in their order: what each shows, where that was recognised, and its share of the photo.
    pub fn regions(&self) -> impl Iterator<Item = (Option<&str>, f64)> {
        let RegionsOfLook { names, shares, .. } = &self.0.regions;
        names.iter().map(Option::as_deref).zip(shares.iter().copied())
    }

    /// How it was found.
    pub fn course(&self) -> &Course {
        &self.0.course
    }

    /// What the photos' owner should know of how it was found.
    pub fn remarks(&self) -> &[Remark] {
        &self.0.remarks
    }

    /// The photo in this look: same size, depth, profile, alpha and metadata. At strength 0 it is the photo itself. What lies outside
    /// the photo's [frame](Photo::frame), bars and borders, stays as it is.
    ///
    /// # Errors
    /// [`Error::Options`](crate::Error::Options) for what is out of range or names a region that is not there, and for a photo that
    /// a look of pixels was not solved for.
    pub fn apply(&self, photo: &Photo, apply: &Apply) -> Result<Photo> {
        self.apply_watched(photo, apply, &mut Watch::silent())
    }

    /// As [`apply`](Self::apply), followed and stopped by `watch`.
    ///
    /// # Errors
    /// As [`apply`](Self::apply), and [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn apply_watched(&self, photo: &Photo, apply: &Apply, watch: &mut Watch<'_>) -> Result<Photo> {
        self.check_applies(photo, apply)?;
        if apply.strength == 0.0 {
            return Ok(photo.clone());
        }
        watch.stage(Stage::Apply, |watch| {
            self.0.pool.install(|| {
                let applied = self.ready(apply, &photo.rows(), watch.token())?;
                Ok(photo.with_colours(rows::over(&applied, photo.colours(), watch)?))
            })
        })
    }

    /// As [`apply_watched`](Self::apply_watched), from samples to samples, in bands: without colours of the whole photo in memory, however large
    /// it is. Where nobody else holds the photo (no clone, no [`Analysis`](crate::Analysis)), the new samples take the place of the old ones, and
    /// there are no more than those of one photo at any time.
    ///
    /// Whether the photo is the one that a look of pixels is bound to is the caller's to know; [`check_applies`](Self::check_applies) finds it out.
    ///
    /// # Errors
    /// As [`apply_watched`](Self::apply_watched).
    pub fn apply_to_samples(&self, photo: Photo, apply: &Apply, watch: &mut Watch<'_>) -> Result<Photo> {
        self.check(apply)?;
        if apply.strength == 0.0 {
            return Ok(photo);
        }
        watch.stage(Stage::Apply, |watch| {
            self.0.pool.install(|| {
                let applied = self.ready(apply, &photo.rows(), watch.token())?;
                let height = photo.height();
                photo.into_recolour().by_bands(|band, first| {
                    watch.step(first, height)?;
                    applied.band(band, first);
                    Ok(())
                })
            })
        })
    }

    /// The look from a source of rows to a sink, in bands: without colours of the whole picture in memory, however large it is.
    ///
    /// Whether the rows are those of the photo that a look of pixels is bound to is the caller's to know;
    /// [`check_applies`](Self::check_applies) finds it out.
    ///
    /// # Errors
    /// As [`apply_watched`](Self::apply_watched), those of source and sink, and [`OptionsError::NothingToMeter`] where exposure is to be held,
    /// the source has no [small](RowSource::small) picture, and the look is of no photo.
    pub fn apply_rows(
        &self,
        source: &mut dyn RowSource,
        sink: &mut dyn RowSink,
        apply: &Apply,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        self.check(apply)?;
        watch.stage(Stage::Apply, |watch| {
            self.0.pool.install(|| {
                let applied = self.ready(apply, source, watch.token())?;
                rows::between(&applied, source, sink, watch)
            })
        })
    }

    /// Finds out before any work whether the look applies to a photo.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn check_applies(&self, photo: &Photo, apply: &Apply) -> Result<()> {
        self.check(apply)?;
        if let Solution::Mixed(mixture) = &self.0.solution {
            let plain = Apply::default();
            return mixture.parts.iter().try_for_each(|part| part.look.check_applies(photo, &plain));
        }
        if let Solution::Pixels(change) = &self.0.solution
            && !self.0.pool.install(|| bound::is_same(photo, &change.content, &CancelToken::new()))?
        {
            return Err(OptionsError::BoundLook { method: self.0.method, path: photo.path().into() }.into());
        }
        Ok(())
    }

    /// Whether a photo is the one that the look was solved for, at whatever size: then all of the look is for it, and what differs from place
    /// to place lies where it belongs.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn is_of(&self, photo: &Photo, token: &CancelToken) -> Result<bool> {
        let Some(places) = &self.0.regions.places else { return Ok(false) };
        self.0.pool.install(|| bound::is_same(photo, &places.content, token))
    }

    /// The look for a picture of rows.
    fn ready(
        &self,
        apply: &Apply,
        rows: &dyn RowSource,
        token: &CancelToken,
    ) -> Result<applied::Applied<'_>> {
        let applied = applied::Applied::new(&self.0, apply, rows.frame(), token);
        if !apply.keep_exposure {
            return Ok(applied);
        }
        let own = || self.0.regions.places.as_ref().map(|places| Planes::clone(&places.content));
        let small = rows.small(METERED, token)?.or_else(own).ok_or(OptionsError::NothingToMeter)?;
        let frame = Frame::whole(small.height(), small.width());
        let before_maps = Apply { map: Vec::new(), ..apply.clone() };
        let measured = applied::Applied::new(&self.0, &before_maps, frame, token).metered(&small);
        Ok(applied.with_exposure(measured))
    }

    fn check(&self, apply: &Apply) -> Result<()> {
        apply.check()?;
        Ok(self.0.regions.check(apply)?)
    }
}
