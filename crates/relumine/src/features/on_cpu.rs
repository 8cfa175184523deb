//! A network's convolutions on the CPU.

mod difference;
mod maps;
mod passage;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::convolutions::{Convolution, Convolutions, FeatureTerm, Passage, Seen};
use super::normalisation::Normalisation;
use crate::kernels::{FeatureMap, Kernel, Symmetric, add_bias_relu, max_pool, weighted_gram};
use crate::watch::CancelToken;
use crate::{MachineError, Planes};
use maps::{MapShape, PassageMaps};
use passage::CpuPassage;

/// The convolutions, their weights laid out for the kernels.
#[derive(Debug)]
pub(crate) struct OnCpu {
    normalisation: Normalisation,
    layers: Vec<CpuLayer>,
}

/// A convolution with bias and ReLU.
#[derive(Debug)]
struct CpuLayer {
    /// Whether a 2×2 max pooling comes before it.
    pooled: bool,
    forward: Kernel,
    backward: OnceLock<Kernel>,
    /// `outputs × inputs × 3 × 3` (OIHW).
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl CpuLayer {
    /// Takes a gradient by its output to one by its input: made when first needed, for most networks look at photos alone.
    fn backward(&self) -> &Kernel {
        let (outputs, inputs) = (self.forward.outputs(), self.forward.inputs());
        self.backward.get_or_init(|| Kernel::adjoint(&self.weights, outputs, inputs))
    }

    fn apply(&self, input: &FeatureMap, output: &mut FeatureMap, token: &CancelToken) {
        self.forward.convolve(input, output, false, token, |_, row| add_bias_relu(row, &self.bias));
    }
}

impl OnCpu {
    /// None yet.
    pub(crate) fn new(normalisation: Normalisation) -> Self {
        Self { normalisation, layers: Vec::new() }
    }

    /// The maps of a passage through the first `depth` convolutions.
    fn maps(&self, height: usize, width: usize, depth: usize) -> PassageMaps {
        let layers = self.layers[..depth].iter();
        let layers = layers.map(|layer| (layer.pooled, layer.forward.inputs(), layer.forward.outputs()));
        PassageMaps::new(height, width, layers)
    }

    /// Writes a photo to a map of three channels.
    fn enter(&self, photo: &Planes, input: &mut FeatureMap) {
        let size = (photo.channels(), photo.height(), photo.width());
        assert_eq!(size, (3, input.height(), input.width()), "shape of a photo that enters a network");
        let pitch = input.pitch();
        input.framed_rows_mut().par_chunks_exact_mut(pitch).enumerate().for_each(|(y, row)| {
            self.normalisation.enter(photo, y, 3, &mut row[3..pitch - 3]);
        });
    }
}

impl Convolutions for OnCpu {
    fn push(&mut self, convolution: Convolution) {
        let Convolution { pooled, inputs, outputs, weights, bias } = convolution;
        let forward = Kernel::new(&weights, outputs, inputs);
        self.layers.push(CpuLayer { pooled, forward, backward: OnceLock::new(), weights, bias });
    }

    fn look(&self, photo: &Planes, wanted: &[usize], token: &CancelToken) -> Arc<dyn Seen> {
        let depth = wanted.iter().max().map_or(0, |deepest| deepest + 1);
        let shapes = self.maps(photo.height(), photo.width(), depth);
        let mut kept: Vec<Option<FeatureMap>> = vec![None; depth];
        let mut current = shapes.input.zeros();
        self.enter(photo, &mut current);
        for (number, layer) in self.layers[..depth].iter().enumerate() {
            let pooled = shapes.pooled[number].map(|shape: MapShape| {
                let mut pooled = shape.zeros();
                max_pool(&current, &mut pooled, token);
                pooled
            });
            let mut output = shapes.features[number].zeros();
            layer.apply(pooled.as_ref().unwrap_or(&current), &mut output, token);
            let below = std::mem::replace(&mut current, output);
            if let Some(below_number) = number.checked_sub(1).filter(|number| wanted.contains(number)) {
                kept[below_number] = Some(below);
            }
        }
        if let Some(deepest) = kept.last_mut() {
            *deepest = Some(current);
        }
        Arc::new(CpuKept(kept))
    }

    fn passage(
        self: Arc<Self>,
        photo: &Planes,
        terms: Vec<FeatureTerm>,
        token: &CancelToken,
    ) -> Box<dyn Passage> {
        Box::new(CpuPassage::new(self, photo, terms, token))
    }

    fn check_fits(
        &self,
        height: usize,
        width: usize,
        tapped: &[usize],
        available: Option<u64>,
    ) -> Result<(), MachineError> {
        let depth = tapped.iter().max().map_or(0, |deepest| deepest + 1);
        let needed = self.maps(height, width, depth).bytes();
        match available {
            Some(available) if needed > available => {
                Err(MachineError::TooLittleMemory { height, width, needed, available })
            }
            _ => Ok(()),
        }
    }

    fn check_sound(&self) -> Result<(), MachineError> {
        Ok(())
    }

    fn gpu_name(&self) -> Option<&str> {
        None
    }
}

/// The outputs that were wanted, by the numbers of their convolutions.
#[derive(Debug)]
struct CpuKept(Vec<Option<FeatureMap>>);

impl CpuKept {
    fn of(&self, convolution: usize) -> &FeatureMap {
        let map = self.0.get(convolution).and_then(Option::as_ref);
        map.unwrap_or_else(|| panic!("the output of convolution {convolution} was not wanted"))
    }
}

impl Seen for CpuKept {
    fn gram(&self, convolution: usize, weights: &[f32], token: &CancelToken) -> Symmetric {
        weighted_gram(self.of(convolution), weights, token)
    }

    fn map(&self, convolution: usize) -> Cow<'_, FeatureMap> {
        Cow::Borrowed(self.of(convolution))
    }
}
