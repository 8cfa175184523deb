//! The fully connected CRF at the size and number of labels of the usual benchmark: 320 × 213, 21 labels, ten
//! iterations. It runs on one thread.

use divan::Bencher;
use relumine::Planes;
use relumine::refine::{RefineOptions, Refinement, refine};
use relumine::watch::CancelToken;

const HEIGHT: usize = 213;
const WIDTH: usize = 320;
const LABELS: usize = 21;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 50)]
fn dense(bencher: Bencher) {
    let (photo, probabilities) = scene();
    let (options, token) = (RefineOptions::default(), CancelToken::new());
    bencher.bench_local(|| refine(&probabilities, &photo, Refinement::Dense, &options, &token));
}

/// Seven by three fields, each with its own colour, shading and grain, and an uncertain classification of them.
fn scene() -> (Planes, Planes) {
    let noise = |seed: usize| {
        let mixed = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as f32 / (1u64 << 24) as f32
    };
    let mut photo = Planes::zeros(3, HEIGHT, WIDTH);
    let mut probabilities = Planes::filled(LABELS, HEIGHT, WIDTH, 0.0);
    for row in 0..HEIGHT {
        for column in 0..WIDTH {
            let pixel = row * WIDTH + column;
            let label = (column * 7 / WIDTH) + 7 * (row * 3 / HEIGHT);
            for channel in 0..3 {
                let shade = 0.2 * (row as f32 / HEIGHT as f32) + 0.06 * noise(pixel * 3 + channel);
                photo.plane_mut(channel)[pixel] = 0.74 * noise(1_000_003 * (label + 1) + channel) + shade;
            }
            let doubt = 0.9 * noise(7 * pixel + 5);
            for other in 0..LABELS {
                let share = if other == label { 1.0 - doubt } else { doubt / 20.0 };
                probabilities.plane_mut(other)[pixel] = share;
            }
        }
    }
    (photo, probabilities)
}
