//! A network small enough to be made in a test.

use relumine::Weights;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

/// conv1_1 of VGG-19 in torchvision's layout, with random weights.
pub(crate) fn tiny_vgg() -> Weights {
    let mut state = 1u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let bytes = |count: usize, random: &mut dyn FnMut() -> f32| -> Vec<u8> {
        (0..count).flat_map(|_| (random() * 0.9).to_le_bytes()).collect()
    };
    let (weight, bias) = (bytes(64 * 27, &mut random), bytes(64, &mut random));
    let views = [
        ("features.0.weight", TensorView::new(Dtype::F32, vec![64, 3, 3, 3], &weight).unwrap()),
        ("features.0.bias", TensorView::new(Dtype::F32, vec![64], &bias).unwrap()),
    ];
    Weights::Bytes(safetensors::serialize(views, None).unwrap().into())
}
