//! The bilateral grid at the size at which an optimiser works, and on a photo of 24 megapixels.

use divan::counter::ItemsCount;
use relumine::Planes;
use relumine::grid::{BilateralGrid, GridShape};

const SHAPE: GridShape = GridShape { depth: 12, height: 32, width: 32 };

fn main() {
    divan::main();
}

/// Gradients with a texture of a few levels.
fn photo(height: usize, width: usize) -> Planes {
    let level = |c: usize, y: usize, x: usize| {
        let ramp = (x + y / 2 + c * 100) as f32 / (width + height + 200) as f32;
        ramp * 0.9 + ((x * 7 + y * 13 + c * 5 + x * y) % 23) as f32 / 255.0
    };
    let samples = (0..3).flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| level(c, y, x))));
    Planes::from_vec(3, height, width, samples.collect())
}

fn one_thread() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started")
}

#[divan::bench]
fn slice_320_one_thread(bencher: divan::Bencher<'_, '_>) {
    let (grid, photo, pool) = (BilateralGrid::identity(SHAPE), photo(213, 320), one_thread());
    bencher.counter(ItemsCount::new(photo.area())).bench(|| pool.install(|| grid.slice(&photo)));
}

#[divan::bench]
fn adjoint_320_one_thread(bencher: divan::Bencher<'_, '_>) {
    let (photo, pool) = (photo(213, 320), one_thread());
    bencher
        .counter(ItemsCount::new(photo.area()))
        .bench(|| pool.install(|| BilateralGrid::adjoint(SHAPE, &photo, &photo)));
}

#[divan::bench]
fn smoothness(bencher: divan::Bencher<'_, '_>) {
    let grid = BilateralGrid::identity(SHAPE);
    let mut gradient = grid.clone();
    bencher.bench_local(|| grid.smoothness(10.0, &mut gradient));
}

#[divan::bench(sample_count = 10)]
fn slice_24_megapixels_in_place(bencher: divan::Bencher<'_, '_>) {
    let grid = BilateralGrid::identity(SHAPE);
    let mut photo = photo(4000, 6000);
    bencher.counter(ItemsCount::new(photo.area())).bench_local(|| grid.slice_band(&mut photo, 0, 4000));
}
