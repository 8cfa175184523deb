//! The matting Laplacian at the paper's size, 700×466 pixels.

use relumine::Planes;
use relumine::matting::Laplacian;

const HEIGHT: usize = 466;
const WIDTH: usize = 700;

fn main() {
    divan::main();
}

/// Gradients with a texture of a few levels.
fn photo() -> Planes {
    let level = |c: usize, y: usize, x: usize| {
        let ramp = (x + c * 100) as f32 / (WIDTH + 200) as f32;
        ramp * 0.9 + ((x * 7 + y * 13 + c * 5 + x * y) % 23) as f32 / 255.0
    };
    let data = (0..3).flat_map(|c| (0..HEIGHT).flat_map(move |y| (0..WIDTH).map(move |x| level(c, y, x))));
    Planes::from_vec(3, HEIGHT, WIDTH, data.collect())
}

#[divan::bench(args = [1, 2])]
fn construction(bencher: divan::Bencher<'_, '_>, radius: usize) {
    let guide = photo();
    bencher.bench(|| Laplacian::<f32>::new(&guide, 1e-7, radius));
}

#[divan::bench(args = [1, 2])]
fn energy_and_gradient(bencher: divan::Bencher<'_, '_>, radius: usize) {
    let guide = photo();
    let laplacian = Laplacian::<f32>::new(&guide, 1e-7, radius);
    let mut gradient = Planes::zeros_like(&guide);
    bencher.bench_local(|| laplacian.energy_and_gradient(&guide, 1e4, &mut gradient));
}
