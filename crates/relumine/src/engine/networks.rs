//! The networks of an engine: each is loaded once, by where it comes from, and shared by all calls.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::Engine;
use crate::analysis::{Analysis, Scale};
use crate::compute::{self, Compute};
use crate::features::Network;
use crate::kept::Kept;
use crate::method::NetworkNeed;
use crate::segment::{self, Segmenter};
use crate::watch::{Stage, Watch};
use crate::{Device, Notice, Remark, Result, Tap, Weights};

/// A network that was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Which one, e.g. `VGG-19 (Caffe)`.
    pub name: String,
    /// Where it came from.
    pub weights: Weights,
}

/// The networks that were loaded.
#[derive(Debug, Default)]
pub(super) struct Networks {
    features: Kept<(Origin, Vec<Tap>, Place), Arc<Network>>,
    segmenters: Kept<Origin, Arc<dyn Segmenter>>,
    loaded: Mutex<Vec<Loaded>>,
}

/// Where weights come from, and for a file its length and when it was changed: another file under the same name is another origin.
#[derive(Debug, PartialEq)]
struct Origin {
    weights: Weights,
    file: Option<(u64, SystemTime)>,
}

/// Where a network is evaluated.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Cpu,
    /// As the engine opened it.
    Chosen,
}

impl Origin {
    fn of(weights: &Weights) -> Self {
        let changed = |path: &Path| {
            let metadata = path.metadata().ok()?;
            Some((metadata.len(), metadata.modified().ok()?))
        };
        let file = if let Weights::File(path) = weights { changed(path) } else { None };
        Self { weights: weights.clone(), file }
    }
}

impl Networks {
    pub(super) fn segmenter(&self, weights: &Weights, watch: &mut Watch<'_>) -> Result<Arc<dyn Segmenter>> {
        self.segmenters.get(Origin::of(weights), || {
            let segmenter = watch.stage(Stage::Load, |watch| segment::load(weights, watch.token()))?;
            self.tell(segmenter.name(), weights);
            Ok(segmenter)
        })
    }

    fn features(
        &self,
        need: &NetworkNeed,
        (compute, place): (&Compute, Place),
        watch: &mut Watch<'_>,
    ) -> Result<Arc<Network>> {
        let NetworkNeed { weights, taps } = need;
        self.features.get((Origin::of(weights), taps.clone(), place), || {
            let load = |watch: &mut Watch<'_>| Network::load(weights, taps, compute, watch.token());
            let network = watch.stage(Stage::Load, load)?;
            self.tell(network.name(), weights);
            Ok(Arc::new(network))
        })
    }

    fn tell(&self, name: &str, weights: &Weights) {
        let told = Loaded { name: name.to_owned(), weights: weights.clone() };
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).push(told);
    }

    pub(super) fn loaded(&self) -> Vec<Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Engine {
    /// A feature network for the CPU, which is loaded once, as far as `taps` need it: to measure by.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights), [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn feature_network(
        &self,
        weights: &Weights,
        taps: &[Tap],
        watch: &mut Watch<'_>,
    ) -> Result<Arc<Network>> {
        let need = NetworkNeed { weights: weights.clone(), taps: taps.to_vec() };
        let networks = &self.inner.networks;
        self.pool.install(|| networks.features(&need, (&Compute::cpu(), Place::Cpu), watch))
    }

    /// The network that a method compares features by, for photos of long sides of at most `size` pixels.
    pub(super) fn network(
        &self,
        need: &NetworkNeed,
        size: usize,
        photos: [&Analysis; 2],
        remarks: &mut Vec<Remark>,
        watch: &mut Watch<'_>,
    ) -> Result<Arc<Network>> {
        let inner = &self.inner;
        // What else was chosen was opened with the engine.
        let (compute, why_not) = inner.compute.get_or_init(Compute::auto);
        let told = |notice: Notice| Remark::new("gpu", notice);
        remarks.extend(why_not.clone().map(told));
        let available = compute::available_memory();
        self.pool.install(|| {
            let sizes = photos.map(|photo| Scale::of(size).size(photo.frame()));
            let fits = |network: &Network| {
                sizes.iter().try_for_each(|(height, width)| network.check_fits(*height, *width, available))
            };
            let network = inner.networks.features(need, (compute, Place::Chosen), watch)?;
            match fits(&network) {
                Err(error) if inner.device == Device::Auto && network.gpu_name().is_some() => {
                    remarks.push(told(Notice::GpuNotUsed { reason: error.to_string() }));
                    let network = inner.networks.features(need, (&Compute::cpu(), Place::Cpu), watch)?;
                    fits(&network)?;
                    Ok(network)
                }
                fitting => Ok(fitting.map(|()| network)?),
            }
        })
    }
}
