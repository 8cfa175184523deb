//! Each kernel against the CPU's, and whole losses with their gradients.
//!
//! They run on whatever adapter there is, a software one too; without any they skip, unless `RELUMINE_EXPECT_GPU` is set.

use std::sync::{Arc, OnceLock};

use super::commands::{Command, Finish};
use super::map::{Map, padded};
use super::quadratic::{Quadratic, symmetric};
use super::{Gpu, OnGpu};
use crate::compute::{Compute, Place};
use crate::features::convolutions::{Convolution, Convolutions};
use crate::features::normalisation::Normalisation;
use crate::features::synthetic::{self, masks, photo, uniform};
use crate::features::{Network, Tap, relative_error};
use crate::kernels::{
    FeatureMap, Kernel, Symmetric, add_quadratic_gradient, close_relu, max_pool, max_pool_backward,
    weighted_gram,
};
use crate::loss::tests::perceptual_loss;
use crate::loss::{GramKind, PerceptualSpec};
use crate::watch::CancelToken;
use crate::{MachineError, Planes, Weights};

/// What f32 sums in another order may differ by.
const ROUNDING: f64 = 4e-6;

/// The machine's adapter; `None`, loudly, where it has none.
fn gpu() -> Option<Arc<Gpu>> {
    static GPU: OnceLock<Option<Arc<Gpu>>> = OnceLock::new();
    let open = || match Gpu::open() {
        Ok(gpu) => {
            eprintln!("on {}", gpu.name());
            Some(Arc::new(gpu))
        }
        Err(error) if std::env::var_os("RELUMINE_EXPECT_GPU").is_some() => panic!("{error}"),
        Err(error) => {
            eprintln!("SKIPPED: {error}");
            None
        }
    };
    GPU.get_or_init(open).clone()
}

/// Noise in −1..1, in steps of 1/8 where `coarse`, so that values are equal now and then.
fn noise(seed: u32, height: usize, width: usize, channels: usize, coarse: bool) -> FeatureMap {
    let mut map = FeatureMap::zeros(height, width, channels);
    for y in 0..height {
        for (k, value) in map.row_mut(y).iter_mut().enumerate() {
            let noise = 2.0 * uniform(seed, y * width * channels + k) - 1.0;
            *value = if coarse { (8.0 * noise).round() / 8.0 } else { noise };
        }
    }
    map
}

fn values(map: &FeatureMap) -> Vec<f32> {
    (0..map.height()).flat_map(|y| map.row(y).to_vec()).collect()
}

fn upload(gpu: &Gpu, map: &FeatureMap) -> Map {
    let (channels, pitch) = (map.channels(), padded(map.channels()));
    let mut filled = vec![0.0; map.area() * pitch];
    for (out, position) in filled.chunks_exact_mut(pitch).zip(values(map).chunks_exact(channels)) {
        out[..channels].copy_from_slice(position);
    }
    Map { height: map.height(), width: map.width(), channels, buffer: gpu.upload(&filled) }
}

fn download(gpu: &Gpu, map: &Map) -> Vec<f32> {
    let filled = gpu.read(&map.buffer, map.values());
    filled.chunks_exact(padded(map.channels)).flat_map(|position| position[..map.channels].to_vec()).collect()
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    let expected: Vec<f64> = expected.iter().map(|v| f64::from(*v)).collect();
    let error = relative_error(found.iter().map(|v| f64::from(*v)), &expected);
    assert!(error < ROUNDING, "{what}: relative error {error:.1e}");
}

fn sound(gpu: &Gpu) {
    assert_eq!(gpu.failure(), None);
}

#[test]
fn convolutions_equal_the_cpus() {
    let Some(gpu) = gpu() else { return };
    let token = CancelToken::new();
    let shapes = [
        (1, 1, 3, 5),
        (7, 9, 3, 16),
        (33, 20, 16, 32),
        (5, 40, 40, 33),
        (18, 17, 64, 64),
        (9, 31, 66, 130),
        (17, 3, 128, 3),
    ];
    for (height, width, inputs, outputs) in shapes {
        let what = format!("{height}×{width}, {inputs} to {outputs}");
        let weights: Vec<f32> = (0..9 * inputs * outputs).map(|k| 2.0 * uniform(1, k) - 1.0).collect();
        let bias: Vec<f32> = (0..outputs).map(|k| uniform(2, k) - 0.5).collect();
        let normalisation = Normalisation { source: [0, 1, 2], scale: [1.0; 3], offset: [0.0; 3] };
        let mut network = OnGpu::new(Arc::clone(&gpu), normalisation);
        let (own_weights, own_bias) = (weights.clone(), bias.clone());
        network.push(Convolution { pooled: false, inputs, outputs, weights: own_weights, bias: own_bias });
        let layer = &network.layers[0];

        let input = noise(3, height, width, inputs, false);
        let mut expected = FeatureMap::zeros(height, width, outputs);
        Kernel::new(&weights, outputs, inputs).convolve(&input, &mut expected, false, &token, |_, row| {
            for position in row.chunks_exact_mut(outputs) {
                position.iter_mut().zip(&bias).for_each(|(v, b)| *v = (*v + b).max(0.0));
            }
        });
        let (below, output) = (upload(&gpu, &input), Map::zeros(&gpu, height, width, outputs));
        let finish = Finish::Activate { bias: &layer.bias };
        gpu.run(&[gpu.convolve(&below, &layer.forward, &output, &finish)]);
        assert_close(&download(&gpu, &output), &values(&expected), &format!("{what}, forward"));

        let upstream = noise(4, height, width, outputs, false);
        let above = upload(&gpu, &upstream);
        for (gated, accumulate) in [(false, false), (true, false), (true, true)] {
            let before = noise(5, height, width, inputs, false);
            let mut expected = before.clone();
            Kernel::adjoint(&weights, outputs, inputs).convolve(
                &upstream,
                &mut expected,
                accumulate,
                &token,
                |_, _| (),
            );
            if gated {
                close_relu(&input, &mut expected);
            }
            let gradient = upload(&gpu, &before);
            let finish = if gated { Finish::Gate { activation: &below, accumulate } } else { Finish::Plain };
            gpu.run(&[gpu.convolve(&above, &layer.backward, &gradient, &finish)]);
            let what = format!("{what}, backward, gated {gated}, accumulating {accumulate}");
            assert_close(&download(&gpu, &gradient), &values(&expected), &what);
        }
    }
    sound(&gpu);
}

#[test]
fn poolings_and_their_gradients_equal_the_cpus_bit_for_bit() {
    let Some(gpu) = gpu() else { return };
    for (height, width, channels) in [(2, 2, 1), (7, 9, 5), (16, 11, 64), (1, 6, 8), (12, 1, 4)] {
        let input = noise(1, height, width, channels, true);
        let mut pooled = FeatureMap::zeros(height / 2, width / 2, channels);
        max_pool(&input, &mut pooled, &CancelToken::new());
        let (below, output) = (upload(&gpu, &input), Map::zeros(&gpu, height / 2, width / 2, channels));
        gpu.run(&[gpu.pool(&below, &output)]);
        assert_eq!(download(&gpu, &output), values(&pooled));

        let upstream = noise(2, height / 2, width / 2, channels, false);
        for accumulate in [false, true] {
            let before = noise(3, height, width, channels, false);
            let mut expected = before.clone();
            max_pool_backward(&input, &upstream, &mut expected, accumulate, &CancelToken::new());
            let (above, gradient) = (upload(&gpu, &upstream), upload(&gpu, &before));
            gpu.run(&[gpu.unpool(&below, &above, &gradient, accumulate)]);
            assert_eq!(download(&gpu, &gradient), values(&expected));
        }
    }
    sound(&gpu);
}

#[test]
fn pointwise_kernels_equal_the_cpus_bit_for_bit() {
    let Some(gpu) = gpu() else { return };
    let (input, other) = (noise(1, 5, 23, 13, true), noise(2, 5, 23, 13, false));
    let (below, subtracted) = (upload(&gpu, &input), upload(&gpu, &other));
    let (gradient, output) = (upload(&gpu, &other), Map::zeros(&gpu, 5, 23, 13));
    let mut expected = other.clone();
    close_relu(&input, &mut expected);
    gpu.run(&[gpu.gate(&below, &gradient), gpu.difference(&below, &subtracted, &output)]);
    assert_eq!(download(&gpu, &gradient), values(&expected));
    let difference: Vec<f32> = values(&input).iter().zip(values(&other)).map(|(a, b)| a - b).collect();
    assert_eq!(download(&gpu, &output), difference);
    gpu.run(&[gpu.clear(&output)]);
    assert_eq!(download(&gpu, &output), vec![0.0; difference.len()]);
    sound(&gpu);
}

#[test]
fn gram_products_equal_the_cpus() {
    let Some(gpu) = gpu() else { return };
    for (height, width, channels, gap) in [(1, 1, 3, 1), (9, 13, 16, 2), (31, 40, 33, 1), (70, 75, 130, 3)] {
        let what = format!("{height}×{width}×{channels}");
        let features = noise(1, height, width, channels, false);
        let weight = |p: usize| if p.is_multiple_of(gap) { uniform(2, p) } else { 0.0 };
        let weights: Vec<f32> = (0..height * width).map(weight).collect();
        let listed: Vec<[u32; 2]> = (0..height * width)
            .filter(|p| weights[*p] > 0.0)
            .map(|p| [p as u32, weights[p].to_bits()])
            .collect();
        // Not the first of the matrices, to see that offsets are kept to.
        let term = Quadratic { channels, listed: gpu.upload(&listed), count: listed.len(), offset: 5 };
        let map = upload(&gpu, &features);
        let sums = gpu.allocate(4 * term.parts() * term.size());
        let matrices = gpu.allocate(4 * (term.offset + term.size()));
        gpu.run(&gpu.gram(&map, &term, &sums, &matrices));
        let found = gpu.read(&matrices, 4 * (term.offset + term.size()));
        let (pitch, start) = (padded(channels), 4 * term.offset);
        let rows = found[start..].chunks_exact(pitch).take(channels);
        let found: Vec<f32> = rows.flat_map(|row| row[..channels].to_vec()).collect();
        let gram = weighted_gram(&features, &weights, &CancelToken::new());
        let expected: Vec<f32> = gram.values().iter().map(|v| *v as f32).collect();
        assert_close(&found, &expected, &format!("Gram matrix, {what}"));

        // `matrices` now holds the Gram matrix where the term's factors would be.
        let before = noise(3, height, width, channels, false);
        let mut expected = before.clone();
        add_quadratic_gradient(&features, &weights, &gram, &mut expected, &CancelToken::new());
        let gradient = upload(&gpu, &before);
        gpu.run(&[gpu.spread(&map, &term, &matrices, &gradient)]);
        assert_close(&download(&gpu, &gradient), &values(&expected), &format!("gradient, {what}"));
    }
    sound(&gpu);
}

/// Networks with content and style layers: VGG-19's first three blocks, the magnitudes of torchvision's features, odd
/// widths with metrics, and the embedded one.
fn networks() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let (compact, metadata) = synthetic::compact();
    let blocks = [("conv1_1", 64), ("conv1_2", 64), ("conv2_1", 128), ("conv2_2", 128), ("conv3_1", 256)];
    let vgg = synthetic::convolutions(blocks);
    vec![
        ("torchvision", synthetic::file(&synthetic::torchvision(""), None), "relu1_2", "relu1_1"),
        ("compact", synthetic::file(&compact, Some(metadata)), "relu4_2", "relu1_1 relu2_1 relu3_1 relu4_1"),
        ("vgg", synthetic::file(&vgg, None), "relu2_2", "relu1_1 relu2_1 relu3_1"),
        (
            "embedded",
            relumine_weights::FEATURES.bytes.to_vec(),
            "",
            "relu1_1 relu2_1 relu3_1 relu4_1 relu5_1",
        ),
    ]
}

fn layers(names: &str, weight: f64) -> Vec<(Tap, f64)> {
    names.split_whitespace().map(|name| (name.parse().unwrap(), weight)).collect()
}

/// The network on the CPU and on the GPU.
fn both(gpu: &Arc<Gpu>, bytes: &[u8], taps: &[Tap]) -> [Network; 2] {
    let gpu: Arc<dyn Place> = Arc::clone(gpu) as _;
    [Compute::cpu(), Compute::on(gpu)].map(|compute| {
        Network::load(&Weights::Bytes(bytes.into()), taps, &compute, &CancelToken::new()).unwrap()
    })
}

/// The mask of a whole photo.
fn whole(height: usize, width: usize) -> Planes {
    Planes::filled(1, height, width, 1.0)
}

#[test]
fn features_equal_the_cpus() {
    let Some(gpu) = gpu() else { return };
    let picture = photo(1, 21, 30);
    for (name, bytes, _, style) in networks() {
        let taps: Vec<Tap> = layers(style, 1.0).into_iter().map(|(tap, _)| tap).collect();
        let [cpu, on_gpu] = both(&gpu, &bytes, &taps);
        let [expected, found] =
            [&cpu, &on_gpu].map(|network| network.look(&picture, &taps, &CancelToken::new()).unwrap());
        for tap in taps {
            assert_close(&values(&found.map(tap)), &values(&expected.map(tap)), &format!("{name}, {tap}"));
        }
    }
    sound(&gpu);
}

#[test]
fn losses_and_gradients_equal_the_cpus() {
    let Some(gpu) = gpu() else { return };
    let ((h, w), (rh, rw)) = ((21, 30), (25, 18));
    let (content, reference, result) = (photo(1, h, w), photo(2, rh, rw), photo(3, h, w));
    for (name, bytes, content_layers, style_layers) in networks() {
        let (content_layers, style_layers) = (layers(content_layers, 5.0), layers(style_layers, 0.7));
        let taps: Vec<Tap> = content_layers.iter().chain(&style_layers).map(|(tap, _)| *tap).collect();
        let networks = both(&gpu, &bytes, &taps);
        for (kind, regions, with_content) in [
            (GramKind::Paper, true, true),
            (GramKind::Paper, false, false),
            (GramKind::Relative, true, false),
        ] {
            let (ours, theirs) =
                if regions { (masks(h, w), masks(rh, rw)) } else { (whole(h, w), whole(rh, rw)) };
            let layers = if with_content { content_layers.clone() } else { Vec::new() };
            let spec = PerceptualSpec { content: layers, style: style_layers.clone(), kind };
            let [(expected, slope), (terms, gradient)] = [0, 1].map(|k| {
                let mut loss = perceptual_loss(&networks[k], &spec, (&content, &ours), (&reference, &theirs));
                let mut gradient = Planes::zeros(3, h, w);
                // Not the first evaluation: buffers have been used.
                loss.evaluate(&content, &mut gradient);
                gradient.data_mut().fill(0.0);
                (loss.evaluate(&result, &mut gradient), gradient)
            });
            let slope: Vec<f64> = slope.data().iter().map(|v| f64::from(*v)).collect();
            let slope = relative_error(gradient.data().iter().map(|v| f64::from(*v)), &slope);
            let value =
                |found: f64, expected: f64| if expected == 0.0 { found } else { found / expected - 1.0 };
            let style = value(terms.style, expected.style).abs();
            let content = value(terms.content, expected.content).abs();
            let what = format!(
                "{name}, {kind:?}, regions {regions}: style within {style:.1e}, content {content:.1e}, gradient {slope:.1e}"
            );
            println!("{what}");
            assert!(style < 1e-5 && content < 1e-5 && slope < 1e-4, "{what}");
        }
    }
    sound(&gpu);
}

#[test]
fn the_reference_itself_has_no_loss() {
    let Some(gpu) = gpu() else { return };
    let (_, bytes, content, style) = networks().swap_remove(1);
    let (content, style) = (layers(content, 1.0), layers(style, 1.0));
    let taps: Vec<Tap> = content.iter().chain(&style).map(|(tap, _)| *tap).collect();
    let [_, network] = both(&gpu, &bytes, &taps);
    let (picture, regions) = (photo(1, 21, 30), masks(21, 30));
    let spec = PerceptualSpec { content, style, kind: GramKind::Relative };
    let mut loss = perceptual_loss(&network, &spec, (&picture, &regions), (&picture, &regions));
    let mut gradient = Planes::filled(3, 21, 30, 7.0);
    let terms = loss.evaluate(&picture, &mut gradient);
    assert_eq!((terms.content, terms.style), (0.0, 0.0));
    assert!(gradient.data().iter().all(|g| *g == 7.0), "nothing is added");
    sound(&gpu);
}

#[test]
fn photos_too_small_for_the_deepest_layer_equal_the_cpus() {
    let Some(gpu) = gpu() else { return };
    let (_, bytes, content, style) = networks().swap_remove(1);
    let (content, style) = (layers(content, 1.0), layers(style, 1.0));
    let taps: Vec<Tap> = content.iter().chain(&style).map(|(tap, _)| *tap).collect();
    let networks = both(&gpu, &bytes, &taps);
    let spec = PerceptualSpec { content, style, kind: GramKind::Paper };
    for (height, width) in [(1, 1), (1, 40), (5, 3)] {
        networks[1].check_fits(height, width, None).unwrap();
        let [(expected, slope), (terms, gradient)] = [0, 1].map(|k| {
            let (ours, theirs) = (photo(1, height, width), photo(2, 6, 5));
            let masks = (whole(height, width), whole(6, 5));
            let mut loss = perceptual_loss(&networks[k], &spec, (&ours, &masks.0), (&theirs, &masks.1));
            let mut gradient = Planes::zeros(3, height, width);
            (loss.evaluate(&photo(3, height, width), &mut gradient), gradient)
        });
        assert!((terms.style - expected.style).abs() <= 1e-5 * expected.style);
        assert!((terms.content - expected.content).abs() <= 1e-5 * expected.content);
        let error = gradient.data().iter().zip(slope.data()).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        assert!(error <= 1e-8 * slope.data().iter().map(|v| v.powi(2)).sum::<f32>(), "{error}");
    }
    sound(&gpu);
}

#[test]
fn what_does_not_fit_is_found_beforehand() {
    let Some(gpu) = gpu() else { return };
    let taps = [Tap::STYLE[0]];
    let [_, network] = both(&gpu, &synthetic::file(&synthetic::caffe(), None), &taps);
    network.check_fits(48, 64, None).unwrap();
    let error = network.check_fits(100_000, 200_000, None).unwrap_err();
    assert!(matches!(error, MachineError::GpuTooSmall { height: 100_000, width: 200_000, .. }), "{error}");
    assert!(
        error.to_string().contains("200000×100000") && error.to_string().contains("smaller size"),
        "{error}"
    );
    let reason = gpu.attempt(|| gpu.allocate(1 << 60)).unwrap_err();
    assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
    network.check_sound().unwrap();
}

#[test]
fn after_a_failure_nothing_is_believed() {
    // A GPU of its own, to be broken.
    let Some(_) = gpu() else { return };
    let gpu = Arc::new(Gpu::open().unwrap());
    let taps = [Tap::STYLE[0]];
    let [_, network] = both(&gpu, &synthetic::file(&synthetic::caffe(), None), &taps);
    let style = vec![(taps[0], 1.0)];
    let spec = PerceptualSpec { content: Vec::new(), style, kind: GramKind::Paper };
    let (picture, mut gradient) = (photo(1, 8, 9), Planes::zeros(3, 8, 9));
    let mask = whole(8, 9);
    let mut loss = perceptual_loss(&network, &spec, (&picture, &mask), (&photo(2, 8, 9), &mask));
    assert!(loss.evaluate(&picture, &mut gradient).style.is_finite());
    network.check_sound().unwrap();
    gpu.run(&[Command::Clear { buffer: gpu.allocate(4), bytes: 1 << 20 }]);
    assert!(loss.evaluate(&picture, &mut gradient).style.is_nan());
    let error = network.check_sound().unwrap_err();
    assert!(matches!(&error, MachineError::GpuFailed { .. }), "{error}");
    assert!(!error.to_string().contains('\n'), "{error}");
}

#[test]
fn a_matrix_comes_back_without_its_filling() {
    let filled: Vec<f32> = (0..64).map(|k| if k / 8 < 5 && k % 8 < 5 { 1.0 } else { 9.0 }).collect();
    assert_eq!(symmetric(&filled, 5), Symmetric::new(5, vec![1.0; 25]));
}
