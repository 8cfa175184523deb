//! Deterministic weights and photos for tests; `tools/reference/features.py` makes the same.

use std::collections::HashMap;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::Planes;

/// The `index`-th number of a stream, in 0..1 with 24 bits.
pub(crate) fn uniform(stream: u32, index: usize) -> f32 {
    let mut h = (index as u32).wrapping_add(1).wrapping_mul(0x9E37_79B1) ^ stream.wrapping_mul(0x85EB_CA77);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    h ^= h >> 15;
    (h >> 8) as f32 / (1 << 24) as f32
}

fn centred(stream: u32, count: usize, scale: f32) -> Vec<f32> {
    (0..count).map(|i| (2.0 * uniform(stream, i) - 1.0) * scale).collect()
}

/// A 3×H×W photo of noise.
pub(crate) fn photo(stream: u32, height: usize, width: usize) -> Planes {
    Planes::from_vec(3, height, width, (0..3 * height * width).map(|i| uniform(stream, i)).collect())
}

/// Two halves with a soft seam, and a 6×6 patch in the corner of the first, cut out of it: 3×H×W.
pub(crate) fn masks(height: usize, width: usize) -> Planes {
    let patch = |y: usize, x: usize| if y < 6 && x < 6 { 1.0 } else { 0.0 };
    let right = |x: usize| ((x as f32 - (width / 2) as f32) / 8.0 + 0.5).clamp(0.0, 1.0);
    let pixel = |mask: usize, y: usize, x: usize| match mask {
        0 => (1.0 - right(x)) * (1.0 - patch(y, x)),
        1 => right(x),
        _ => patch(y, x),
    };
    let pixels = (0..3 * height * width).map(|i| pixel(i / (height * width), i / width % height, i % width));
    Planes::from_vec(3, height, width, pixels.collect())
}

/// Named f32 tensors with their shapes.
pub(crate) type Tensors = Vec<(String, Vec<usize>, Vec<f32>)>;

/// Weights and biases of convolutions of these keys and widths, one after another.
pub(crate) fn convolutions<'a>(layers: impl IntoIterator<Item = (&'a str, usize)>) -> Tensors {
    let (mut tensors, mut inputs) = (Tensors::new(), 3);
    for (number, (key, outputs)) in layers.into_iter().enumerate() {
        let scale = (6.0 / (9.0 * inputs as f64)).sqrt() as f32;
        let (weights, biases) = (number as u32, number as u32 + 100);
        tensors.push((
            format!("{key}.weight"),
            vec![outputs, inputs, 3, 3],
            centred(weights, outputs * inputs * 9, scale),
        ));
        tensors.push((format!("{key}.bias"), vec![outputs], centred(biases, outputs, 0.125)));
        inputs = outputs;
    }
    tensors
}

/// VGG-19 as far as conv2_2, keys of Caffe.
pub(crate) fn caffe() -> Tensors {
    convolutions([("conv1_1", 64), ("conv1_2", 64), ("conv2_1", 128), ("conv2_2", 128)])
}

/// The same numbers under torchvision's keys.
pub(crate) fn torchvision(prefix: &str) -> Tensors {
    let keys = [0, 2, 5, 7].map(|n| format!("{prefix}features.{n}"));
    convolutions(keys.iter().map(String::as_str).zip([64, 64, 128, 128]))
}

/// A narrow network in relumine's own format.
pub(crate) fn compact() -> (Tensors, HashMap<String, String>) {
    let layers = [
        ("conv1_1", 8),
        ("conv1_2", 8),
        ("conv2_1", 12),
        ("conv2_2", 16),
        ("conv3_1", 40),
        ("conv3_2", 33),
        ("conv4_1", 36),
        ("conv4_2", 32),
    ];
    let mut tensors = convolutions(layers);
    for (k, (tap, side)) in
        [("relu1_1", 8), ("relu2_1", 16), ("relu3_1", 33), ("relu4_1", 32), ("relu4_2", 32)]
            .into_iter()
            .enumerate()
    {
        let half = centred(200 + k as u32, side * side, 0.125);
        let unit = |at: usize| if at / side == at % side { 1.0 } else { 0.0 };
        let metric =
            (0..side * side).map(|at| unit(at) + (half[at] + half[at % side * side + at / side])).collect();
        tensors.push((format!("metric.{tap}"), vec![side, side], metric));
    }
    let metadata = [
        ("format", "relumine-features"),
        ("version", "1"),
        ("trunk", "8 8 M 12 16 M 40 33 M 36 32"),
        ("taps", "relu1_1=conv1_2 relu2_1=conv2_2 relu3_1=conv3_2 relu4_1=conv4_2 relu4_2=conv4_2"),
        ("mean", "0.45"),
        ("std", "0.25"),
    ];
    (tensors, metadata.map(|(k, v)| (k.to_owned(), v.to_owned())).into())
}

/// A safetensors file of f32 tensors.
pub(crate) fn file(tensors: &Tensors, metadata: Option<HashMap<String, String>>) -> Vec<u8> {
    let views = tensors.iter().map(|(name, shape, values)| {
        let bytes = bytemuck::cast_slice(values);
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("values of the shape"))
    });
    safetensors::serialize(views, metadata).expect("tensors can be written")
}
