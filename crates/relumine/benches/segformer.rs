//! Logits of SegFormer-B0 at the size that it was trained on, 512×512, with made-up weights.

use divan::Bencher;
use relumine::segment::{SegFormer, Variant};
use relumine::watch::CancelToken;
use relumine::{Planes, Weights};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

const SIDE: usize = 512;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 10)]
fn b0(bencher: Bencher) {
    let (network, token) = (network(Variant::B0), CancelToken::new());
    let picture = (0..3 * SIDE * SIDE).map(|i| (i * 7919 % 1009) as f32 / 1009.0).collect();
    let picture = Planes::from_vec(3, SIDE, SIDE, picture);
    bencher.bench_local(|| network.logits(&picture, &token));
}

fn network(variant: Variant) -> SegFormer {
    let tensors: Vec<_> = variant
        .tensors()
        .into_iter()
        .map(|(name, shape)| {
            let count = shape.iter().product::<usize>();
            // Positive, as variances must be.
            let value = |i: usize| (1 + i * 7919 % 1009) as f32 / 10_090.0;
            (name, shape, (0..count).map(value).collect::<Vec<f32>>())
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, values)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytemuck::cast_slice(values));
        (name.as_str(), view.expect("values of the shape"))
    });
    let bytes = safetensors::serialize(views, None).expect("tensors can be written");
    SegFormer::load(&Weights::Bytes(bytes.into()), &CancelToken::new())
        .expect("the listed tensors are those of the network")
}
