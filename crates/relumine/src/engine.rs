//! The engine: threads, device and networks, and the stages of a transfer as calls.
//!
//! A photo is [analysed](Engine::analyse), two are [paired](Engine::pair), a look is [solved](Engine::solve) for them, and
//! [applied](Look::apply). [`Engine::transfer`] is all of it at once.

mod files;
mod matte;
mod networks;
mod regrade;
mod transfer;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use rayon::{ThreadPool, ThreadPoolBuilder};

use self::networks::Networks;
use crate::analysis::{Analysis, Scale};
use crate::colour::Tone;
use crate::compute::Compute;
use crate::counts::{self, Evidence, Ground};
use crate::io::Photo;
use crate::look::{Inner as LookInner, Look, PatchOfLook, Places, RegionsOfLook};
use crate::mask::Mask;
use crate::method::{ChosenMethod, Given, Solved};
use crate::pairing::{GroundLook, Masks, PairOptions, Pairing, Regions, Side, SkinLook};
use crate::planes::mean;
use crate::reference::{Reference, the_one};
use crate::report::NetworkReport;
use crate::segment::{SegmentOptions, Segmenter, Sight};
use crate::watch::{CancelToken, Stage, Watch};
use crate::{
    Device, Error, MachineError, Notice, PhotoError, Planes, Remark, Result, TransferOptions, Weights,
};

pub use matte::Matte;
pub use networks::Loaded;
pub use transfer::Transfer;

/// Threads, device, and networks, each of which is loaded once. Cheap to clone: clones are one engine.
#[derive(Clone, Debug)]
pub struct Engine {
    pool: Arc<ThreadPool>,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    device: Device,
    /// Opened where it is first needed, with why the GPU was not taken: [`Device::Auto`] would keep `transport` waiting for a GPU that
    /// it has no use for.
    compute: OnceLock<(Compute, Option<Notice>)>,
    networks: Networks,
}

/// Long side of what a reference's tone is told by.
const TONE_SIZE: usize = 384;

impl Engine {
    /// Starts the threads; as many as the machine has cores unless told otherwise.
    ///
    /// # Errors
    /// [`MachineError::Threads`] where the threads cannot be started; where a GPU is asked for,
    /// [`OptionsError::NoGpuSupport`](crate::OptionsError::NoGpuSupport) in a build that cannot use one and [`MachineError::NoGpu`] on a machine that has none.
    pub fn new(device: Device, threads: Option<usize>) -> Result<Self> {
        let compute = OnceLock::new();
        if device != Device::Auto {
            let opened = Compute::open(device)?;
            compute.get_or_init(|| opened);
        }
        let threads = threads.unwrap_or(0);
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|error| MachineError::Threads { threads, reason: error.to_string() })?;
        let inner = Inner { device, compute, networks: Networks::default() };
        Ok(Self { pool: Arc::new(pool), inner: Arc::new(inner) })
    }

    /// Begins to know a photo; everything about it is found out when it is first needed, and then kept.
    pub fn analyse(&self, photo: &Photo) -> Analysis {
        Analysis::new(photo, true)
    }

    /// As [`analyse`](Self::analyse), for a photo that is solved for once: what a feature network sees, by far the largest part of an
    /// analysis, is let go as soon as it was used.
    pub fn analyse_once(&self, photo: &Photo) -> Analysis {
        Analysis::new(photo, false)
    }

    /// Pairs the regions of a content photo and its reference: one, for all of the content. By masks, of the content and the
    /// reference, where they are given; else by what is recognised in both.
    ///
    /// # Errors
    /// [`Error::Options`] for options that are out of range, no reference or several, and regions that are asked for and not there; [`Error::Photo`] for masks that share no region,
    /// [`Error::Weights`] for a segmenter that cannot be used; all before long work. [`Error::Cancelled`].
    pub fn pair(
        &self,
        content: &Analysis,
        references: &[Reference],
        masks: Option<(&Mask, &Mask)>,
        options: &PairOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Pairing> {
        options.check()?;
        let reference = the_one(references)?;
        let mut remarks = Vec::new();
        for photo in [content.photo(), reference.photo()] {
            remarks.extend(photo.remarks());
        }
        self.pool.install(|| {
            for photo in [content, reference] {
                remarks.extend(photo.left_out(watch.token())?);
            }
            let regions = match masks {
                Some((ours, theirs)) => {
                    remarks.extend([(ours, content), (theirs, reference)].into_iter().flat_map(mask_remarks));
                    paired_by_colour((ours, content), (theirs, reference))?
                }
                None if options.masks == Masks::None => Regions::whole(),
                None => self.recognise(content, reference, options, &mut remarks, watch)?,
            };
            let grounds = match masks {
                None if options.ground == GroundLook::Keep => [
                    self.ground(content, options, &mut remarks, watch)?,
                    self.ground(reference, options, &mut remarks, watch)?,
                ],
                _ => [None, None],
            };
            let [ours, theirs] = grounds.each_ref().map(|found| found.as_ref().map(|(_, shares)| shares));
            let regions = regions.with_grounds([ours, theirs]);
            let grounds = grounds.map(|found| found.map(|(ground, _)| ground));
            let recognised = masks.is_none() && options.masks == Masks::Auto;
            let (content, reference) = (content.clone(), reference.clone());
            let mut pairing = Pairing::new(content, reference, regions, grounds, options.clone(), remarks);
            if !recognised {
                pairing.by_hand(options)?;
            }
            Ok(pairing)
        })
    }

    /// The ground of a photo, and how much of each pixel is of it, 1×H×W.
    fn ground(
        &self,
        photo: &Analysis,
        options: &PairOptions,
        remarks: &mut Vec<Remark>,
        watch: &mut Watch<'_>,
    ) -> Result<Option<(Arc<Ground>, Planes)>> {
        let Some(ground) = photo.ground(watch.token())? else { return Ok(None) };
        let natural = match options.masks {
            Masks::None => None,
            Masks::Auto => {
                let segmenter = self.segmenter(&options.segmenter, watch)?;
                Some(photo.natural(&segmenter, watch.token())?)
            }
        };
        if !ground.holds(natural.as_ref().map_or(Evidence::None, Evidence::Natural)) {
            return Ok(None);
        }
        let shares = ground.patch.shares(&*photo.at(Scale::of(counts::LONG), watch.token())?);
        let share = mean(shares.data());
        remarks.push(Remark::new(photo.photo().path(), Notice::GroundKept { share }));
        Ok(Some((ground, shares)))
    }

    /// Regions of what is recognised; one, where that tells too little.
    fn recognise(
        &self,
        content: &Analysis,
        reference: &Analysis,
        options: &PairOptions,
        remarks: &mut Vec<Remark>,
        watch: &mut Watch<'_>,
    ) -> Result<Regions> {
        let segmenter = self.segmenter(&options.segmenter, watch)?;
        watch.stage(Stage::Regions, |watch| {
            let token = watch.token();
            let (ours, theirs) = rayon::join(
                || sight(content, &segmenter, &options.segment, token),
                || sight(reference, &segmenter, &options.segment, token),
            );
            let ours = ours?;
            let theirs = theirs?;
            let (found, skin) = rayon::join(
                || Regions::recognise(&ours, &theirs, &options.segment, token),
                || match options.skin {
                    SkinLook::Protect => ours.skin(&options.segment, token),
                    SkinLook::Free => Ok(None),
                },
            );
            let found = found?.with_skin(skin?);
            if options.has_hand() {
                let files = [content, reference].map(|photo| photo.photo().path());
                return found.with_hand([(&ours, files[0]), (&theirs, files[1])], options, token);
            }
            if found.tell_enough(options.unpaired) {
                return Ok(found);
            }
            let notice = Notice::RecognitionSetAside { alone: found.share_of_the_rest() };
            remarks.push(Remark::new(content.photo().path(), notice));
            Ok(found.set_aside())
        })
    }

    /// Finds the look of a pair by a method.
    ///
    /// # Errors
    /// [`Error::Options`] for options that are out of range or lack something, [`Error::Weights`] for weights that cannot be used,
    /// [`MachineError::GpuTooSmall`] and [`MachineError::TooLittleMemory`] for a size that does not fit; all before long work. [`Error::Cancelled`],
    /// [`Error::NotFinite`], and [`MachineError::GpuFailed`] where the GPU breaks down.
    pub fn solve(&self, pairing: &Pairing, method: &ChosenMethod, watch: &mut Watch<'_>) -> Result<Look> {
        method.check()?;
        let needs = method.needs();
        let mut remarks = Vec::new();
        let photos = [pairing.content(), pairing.reference()];
        let network = needs.network.map(|need| self.network(&need, needs.size, photos, &mut remarks, watch));
        let network = network.transpose()?;
        let whole;
        let pairing = if needs.regions || pairing.regions().len() == 1 {
            pairing
        } else {
            whole = pairing.as_whole();
            &whole
        };
        let cpu = self.cpu();
        let gpu = network.as_ref().and_then(|network| network.gpu_name());
        let device = gpu.map_or(cpu.clone(), |gpu| format!("gpu, {gpu}; {cpu}"));
        self.pool.install(|| {
            let given = Given { pairing, network: network.as_ref() };
            let solved = method.solve(&given, watch)?;
            let content = pairing.content().at(Scale::of(needs.size), watch.token())?;
            let skin = pairing.skin(content.height(), content.width());
            let solved = solved.with_skin_protected(&content, skin.as_ref());
            let reference = pairing.reference().at(Scale::of(TONE_SIZE), watch.token())?;
            let weights = pairing.reference().weights(&reference, watch.token())?;
            let all = || vec![1.0; reference.area()];
            let tone = Tone::of(&reference, &weights.map_or_else(all, |weights| weights.data().to_vec()));
            let Solved { solution, course } = solved.held_to(tone.as_ref());
            if let Some(network) = &network {
                network.check_sound()?;
            }
            let round = pairing.content().round(watch.token())?;
            let round = round.map(|round| PatchOfLook { patch: round.patch.clone(), region: None });
            let ground = pairing.ground(Side::Content);
            let region = pairing.region_of_ground();
            let ground = ground.map(|ground| PatchOfLook { patch: ground.patch.clone(), region });
            let places = Places {
                patches: ground.into_iter().chain(round).collect(),
                masks: pairing.drawn(Side::Content, &content, watch.token())?,
                content: content.clone(),
                edges: pairing.options().edges,
            };
            let regions = RegionsOfLook {
                ids: pairing.regions().iter().map(|region| region.id).collect(),
                names: pairing.regions().iter().map(|region| region.name.clone()).collect(),
                colours: pairing.regions().iter().map(|region| region.colour.clone()).collect(),
                shares: pairing.regions().iter().map(|region| region.content_share).collect(),
                strengths: pairing.strengths(),
                places: Some(places.into()),
            };
            Ok(Look::new(LookInner {
                method: method.name(),
                solution,
                course,
                solved: [content.width(), content.height()],
                regions,
                network: network.map(|network| NetworkReport {
                    name: network.name().to_owned(),
                    source: network.source().to_owned(),
                }),
                device,
                remarks,
                pool: self.pool.clone(),
            }))
        })
    }

    /// Finds everything that can be wrong with a transfer before any long work, and loads the networks that it needs.
    ///
    /// # Errors
    /// Those of [`pair`](Self::pair) and [`solve`](Self::solve), but what only the work itself can meet with.
    pub fn check(
        &self,
        content: &Analysis,
        references: &[Reference],
        masks: Option<(&Mask, &Mask)>,
        options: &TransferOptions,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        options.check()?;
        let needs = options.method.needs();
        for (Reference { analysis: reference, .. }, _) in transfer::used(references, masks)? {
            if let Some((ours, theirs)) = masks {
                self.pool.install(|| paired_by_colour((ours, content), (theirs, reference)))?;
            }
            if let Some(need) = &needs.network {
                self.network(need, needs.size, [content, reference], &mut Vec::new(), watch)?;
            }
        }
        if masks.is_none() && needs.regions && options.pairing.masks == Masks::Auto {
            self.segmenter(&options.pairing.segmenter, watch)?;
        }
        Ok(())
    }

    /// The segmenter of these weights, which is loaded once.
    ///
    /// # Errors
    /// [`Error::Weights`], [`Error::Cancelled`].
    pub fn segmenter(&self, weights: &Weights, watch: &mut Watch<'_>) -> Result<Arc<dyn Segmenter>> {
        self.pool.install(|| self.inner.networks.segmenter(weights, watch))
    }

    /// The networks that were loaded so far, in the order in which they were.
    pub fn loaded(&self) -> Vec<Loaded> {
        self.inner.networks.loaded()
    }

    /// Does any work of this crate on the engine's threads.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    /// The threads, for what is applied on them.
    pub(crate) fn pool(&self) -> Arc<ThreadPool> {
        self.pool.clone()
    }

    /// The CPU, for people.
    fn cpu(&self) -> String {
        let threads = self.pool.current_num_threads();
        format!("cpu, {threads} {}", if threads == 1 { "thread" } else { "threads" })
    }
}

/// What a segmenter sees in a photo, which it looks at once.
fn sight(
    photo: &Analysis,
    segmenter: &Arc<dyn Segmenter>,
    options: &SegmentOptions,
    token: &CancelToken,
) -> Result<Sight> {
    let seen = photo.seen(segmenter, token)?;
    let small = photo.at(Scale::of(options.size.max(1)), token)?;
    Ok(Sight::new(segmenter.classes(), &seen, &small, options))
}

/// # Errors
/// [`PhotoError::NoCommonColour`].
fn paired_by_colour(
    (content, photo): (&Mask, &Analysis),
    (reference, other): (&Mask, &Analysis),
) -> Result<Regions> {
    fn within<'m>(mask: &'m Mask, photo: &Analysis) -> Cow<'m, Mask> {
        let size @ (height, width) = (photo.photo().height(), photo.photo().width());
        let is_whole = photo.frame().is_whole(height, width);
        if is_whole { Cow::Borrowed(mask) } else { Cow::Owned(mask.within(photo.frame(), size)) }
    }
    let (ours, theirs) = (within(content, photo), within(reference, other));
    Regions::by_colour(&ours, &theirs).ok_or_else(|| Error::Photo {
        path: content.path().to_owned(),
        problem: PhotoError::NoCommonColour { reference: reference.path().to_owned() },
    })
}

fn mask_remarks((mask, photo): (&Mask, &Analysis)) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let (size, photo) = ([mask.width(), mask.height()], [photo.photo().width(), photo.photo().height()]);
    if size != photo {
        remarks.push(Remark::new(mask.path(), Notice::Resampled { size, photo }));
    }
    if mask.moved() > 0 {
        remarks.push(Remark::new(mask.path(), Notice::Snapped { pixels: mask.moved() }));
    }
    remarks
}
