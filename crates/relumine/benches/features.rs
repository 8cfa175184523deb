//! One evaluation of the perceptual losses, forward and back to the picture, at 512×512, with random weights.

use std::collections::HashMap;

use divan::Bencher;
use relumine::features::{Network, Tap};
use relumine::loss::{GramKind, PerceptualLoss, PerceptualSpec};
use relumine::watch::CancelToken;
use relumine::{Compute, Planes, Weights};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

const SIDE: usize = 512;

fn main() {
    divan::main();
}

/// VGG-19 through relu5_1, the paper's layers.
#[divan::bench(sample_count = 10)]
fn vgg19(bencher: Bencher) {
    let network = network("64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512", &[], HashMap::new());
    evaluate(bencher, &network, GramKind::Paper, &[(Tap::CONTENT, 1.0)]);
}

/// A compact network, style alone.
#[divan::bench(sample_count = 30)]
fn compact(bencher: Bencher) {
    let trunk = "16 16 M 32 32 M 64 64 M 128 128 M 192 192";
    let taps = "relu1_1=conv1_2 relu2_1=conv2_2 relu3_1=conv3_2 relu4_1=conv4_2 relu5_1=conv5_2";
    let header = [
        ("format", "relumine-features"),
        ("version", "1"),
        ("trunk", trunk),
        ("taps", taps),
        ("mean", "0.45"),
        ("std", "0.25"),
    ];
    let metrics = [("relu1_1", 16), ("relu2_1", 32), ("relu3_1", 64), ("relu4_1", 128), ("relu5_1", 192)];
    let network = network(trunk, &metrics, header.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    evaluate(bencher, &network, GramKind::Relative, &[]);
}

fn evaluate(bencher: Bencher, network: &[u8], kind: GramKind, content: &[(Tap, f64)]) {
    let style: Vec<(Tap, f64)> = Tap::STYLE.iter().map(|tap| (*tap, 0.2)).collect();
    let taps: Vec<Tap> = style.iter().chain(content).map(|(tap, _)| *tap).collect();
    let token = CancelToken::new();
    let network = Network::load(&Weights::Bytes(network.into()), &taps, &Compute::cpu(), &token)
        .expect("the weights are of a known network");
    let spec = PerceptualSpec { content: content.to_vec(), style, kind };
    let photo =
        |seed| Planes::from_vec(3, SIDE, SIDE, noise(seed, 3 * SIDE * SIDE).map(|v| 0.5 + 0.5 * v).collect());
    let mask = Planes::filled(1, SIDE, SIDE, 1.0);
    let reference = network.look(&photo(2), &spec.style_taps(), &token).expect("nobody cancels");
    let mut loss = PerceptualLoss::new(&network, &spec, &photo(1), &mask, &reference, &mask, &token)
        .expect("nobody cancels");
    let (picture, mut gradient) = (photo(3), Planes::zeros(3, SIDE, SIDE));
    bencher.bench_local(|| loss.evaluate(&picture, &mut gradient));
}

/// A safetensors file of random weights for convolutions of these widths, with random metrics.
fn network(trunk: &str, metrics: &[(&str, usize)], header: HashMap<String, String>) -> Vec<u8> {
    let (mut tensors, mut inputs, mut block, mut index) = (Vec::new(), 3, 1, 0);
    for word in trunk.split(' ') {
        let Ok(width) = word.parse::<usize>() else {
            (block, index) = (block + 1, 0);
            continue;
        };
        index += 1;
        let scale = (6.0 / (9 * inputs) as f32).sqrt();
        let weights: Vec<f32> = noise(block * 10 + index, width * inputs * 9).map(|v| v * scale).collect();
        tensors.push((format!("conv{block}_{index}.weight"), vec![width, inputs, 3, 3], weights));
        tensors.push((format!("conv{block}_{index}.bias"), vec![width], vec![0.01; width]));
        inputs = width;
    }
    for (tap, side) in metrics {
        tensors.push((format!("metric.{tap}"), vec![*side; 2], noise(*side, side * side).collect()));
    }
    let views = tensors.iter().map(|(name, shape, values)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytemuck::cast_slice(values));
        (name, view.expect("values of the shape"))
    });
    safetensors::serialize(views, Some(header)).expect("tensors can be written")
}

/// Numbers in −1..1.
fn noise(seed: usize, count: usize) -> impl Iterator<Item = f32> {
    let mut state = seed as u64;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    })
    .take(count)
}
