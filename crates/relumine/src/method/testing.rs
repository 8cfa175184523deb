//! What tests of methods share: a small pair with masks, a small network, and finite differences.

use std::sync::Arc;

use super::Method;
use super::descent::Terms;
use crate::features::synthetic::{self, photo};
use crate::features::{Network, Tap};
use crate::io::Photo;
use crate::mask::Mask;
use crate::pairing::Pairing;
use crate::watch::{CancelToken, Watch};
use crate::{Device, Engine, Planes, Weights};

/// Two photos of soft noise with a grey corner, which is a small part of the first and a larger one of the second, with masks of two regions,
/// paired, and a network for what the method looks at.
pub(super) fn pair(method: &dyn Method) -> (Pairing, Arc<Network>) {
    let engine = Engine::new(Device::Cpu, Some(1)).unwrap();
    let of = |stream, height, width, corner| {
        let coarse = photo(stream, height / 6, width / 6);
        let mut smooth = crate::resample::resize(&coarse, height, width, crate::resample::Filter::Bilinear);
        for (i, value) in smooth.data_mut().iter_mut().enumerate() {
            if i % width < corner && i / width % height < corner {
                *value = 0.6;
            }
        }
        engine.analyse(&Photo::from_planes(smooth))
    };
    let mask = |height: usize, width: usize| {
        let labels = (0..height * width).map(|i| u16::from(i % width < width / 2)).collect();
        Mask::from_labels(height, width, labels, vec![[255, 0, 0], [0, 0, 255]])
    };
    let (content, reference) = (of(1, 36, 48, 7), of(2, 42, 36, 14));
    let masks = (&mask(36, 48), &mask(42, 36));
    let pairing = engine
        .pair(&content, &[reference.into()], Some(masks), &Default::default(), &mut Watch::silent())
        .unwrap();
    let taps = method.needs().network.expect("a network").taps;
    (pairing, Arc::new(network(&taps)))
}

/// A narrow network that answers to these taps with layers of its own.
fn network(taps: &[Tap]) -> Network {
    let (tensors, mut metadata) = synthetic::compact();
    let stages = ["conv1_2", "conv2_2", "conv3_2", "conv4_2"];
    let tensors: synthetic::Tensors =
        tensors.into_iter().filter(|(name, ..)| !name.starts_with("metric")).collect();
    let mut all = tensors;
    let mut told = Vec::new();
    for (k, tap) in taps.iter().enumerate() {
        let stage = k.min(stages.len() - 1);
        let side = [8, 16, 33, 32][stage];
        let unit = (0..side * side).map(|at| if at / side == at % side { 1.0 } else { 0.0 }).collect();
        all.push((format!("metric.{tap}"), vec![side, side], unit));
        told.push(format!("{tap}={}", stages[stage]));
    }
    metadata.insert("taps".into(), told.join(" "));
    let bytes: Arc<[u8]> = synthetic::file(&all, Some(metadata)).into();
    Network::load(&Weights::Bytes(bytes), taps, &crate::Compute::cpu(), &CancelToken::new()).unwrap()
}

/// Asserts that a gradient is that of finite differences along itself, and along what is left of it where its largest share is taken
/// out, each relative to the slope.
pub(super) fn assert_gradient(
    x: Vec<f32>,
    step: f64,
    objective: &mut dyn FnMut(&[f32], &mut [f32]) -> Terms,
) {
    let mut gradient = vec![0.0; x.len()];
    let terms = objective(&x, &mut gradient);
    assert!(terms.0.iter().all(|(_, value)| *value > 0.0), "every term has its say: {terms:?}");
    let mut unused = vec![0.0; x.len()];
    let mut sorted: Vec<f32> = gradient.iter().map(|g| g.abs()).collect();
    sorted.sort_by(f32::total_cmp);
    let most = sorted[sorted.len() * 9 / 10];
    let small: Vec<f32> = gradient.iter().map(|g| if g.abs() < most { *g } else { 0.0 }).collect();
    for direction in [gradient.clone(), small] {
        let norm = direction.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        let mut moved = |sign: f64| {
            let along = |(x, d): (&f32, &f32)| x + (sign * step * f64::from(*d) / norm) as f32;
            let moved: Vec<f32> = x.iter().zip(&direction).map(along).collect();
            objective(&moved, &mut unused).total()
        };
        let slope = (moved(1.0) - moved(-1.0)) / (2.0 * step);
        let exact =
            gradient.iter().zip(&direction).map(|(g, d)| f64::from(*g) * f64::from(*d)).sum::<f64>() / norm;
        assert!((slope / exact - 1.0).abs() < 2e-2, "slope {slope}, gradient {exact}");
    }
}

/// A picture near `planes` that leaves what can be shown here and there.
pub(super) fn astray(planes: &Planes) -> Planes {
    let data =
        planes.data().iter().enumerate().map(|(i, v)| v + 0.3 * ((i * 7919 % 101) as f32 / 101.0 - 0.5));
    Planes::from_vec(3, planes.height(), planes.width(), data.collect())
}
