//! Tests of the grid as a whole: slicing, its transpose, smoothness, fitting.

use proptest::prelude::*;
use safetensors::SafeTensors;

use super::*;

/// Numbers that look random and are the same each time.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    (0..count as u32)
        .map(|i| ((i + 1) as f32 * 12.9898 + seed as f32 * 78.233).sin() * 43_758.547 % 1.0)
        .collect()
}

fn photo(height: usize, width: usize, seed: u32) -> Planes {
    let samples = noise(3 * height * width, seed).iter().map(|v| v * 0.6 + 0.5).collect();
    Planes::from_vec(3, height, width, samples)
}

fn random_grid(shape: GridShape, seed: u32) -> BilateralGrid {
    let mut grid = BilateralGrid::identity(shape);
    let offsets = noise(12 * shape.vertices(), seed);
    grid.coefficients_mut().iter_mut().zip(offsets).for_each(|(c, o)| *c += o);
    grid
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn norm(a: &[f32]) -> f64 {
    dot(a, a).sqrt()
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Stored values of an independent implementation (tools/reference/grid.py).
fn fixture(name: &str) -> Vec<f32> {
    let file = SafeTensors::deserialize(include_bytes!("../../tests/fixtures/grid.safetensors")).unwrap();
    let bytes = file.tensor(name).unwrap().data().to_vec();
    bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap()) as f32).collect()
}

fn fixture_grid() -> BilateralGrid {
    let mut grid = BilateralGrid::identity(GridShape { depth: 5, height: 4, width: 6 });
    grid.coefficients_mut().copy_from_slice(&fixture("grid"));
    grid
}

#[test]
fn slices_and_transposes_like_grid_sample() {
    let (grid, photo) = (fixture_grid(), Planes::from_vec(3, 19, 23, fixture("rgb")));
    assert!(worst(grid.slice(&photo).data(), &fixture("slice")) < 2e-5);
    let gradient = Planes::from_vec(3, 19, 23, fixture("weights"));
    let adjoint = BilateralGrid::adjoint(grid.shape(), &photo, &gradient);
    assert!(worst(adjoint.coefficients(), &fixture("adjoint")) < 2e-5);
}

#[test]
fn smoothness_is_that_of_autograd() {
    let grid = fixture_grid();
    let mut gradient = BilateralGrid::constant(grid.shape(), &[0.0; 12]);
    let energy = grid.smoothness(1.0, &mut gradient);
    let expected = f64::from(fixture("smoothness")[0]);
    assert!((energy / expected - 1.0).abs() < 1e-6, "{energy} instead of {expected}");
    assert!(worst(gradient.coefficients(), &fixture("smoothness_gradient")) < 1e-6);
}

#[test]
fn smoothness_gradient_matches_finite_differences_and_is_added() {
    let grid = random_grid(GridShape { depth: 3, height: 1, width: 4 }, 3);
    let mut gradient = BilateralGrid::constant(grid.shape(), &[1.0; 12]);
    let scratch = &mut gradient.clone();
    grid.smoothness(2.5, &mut gradient);
    let step = 1e-2;
    for (i, slope) in gradient.coefficients().iter().enumerate() {
        let at = |offset: f32| {
            let mut moved = grid.clone();
            moved.coefficients_mut()[i] += offset;
            moved
        };
        let difference = at(step).smoothness(2.5, scratch) - at(-step).smoothness(2.5, scratch);
        let expected = difference / f64::from(2.0 * step);
        let slope = f64::from(*slope) - 1.0;
        assert!((slope - expected).abs() < 1e-4, "{i}: {slope} instead of {expected}");
    }
}

#[test]
fn the_identity_gives_the_photo_back() {
    let photo = photo(37, 53, 1);
    let grid = BilateralGrid::identity(GridShape { depth: 12, height: 32, width: 32 });
    assert!(worst(grid.slice(&photo).data(), photo.data()) < 1e-6);
}

#[test]
fn a_constant_grid_is_its_matrix() {
    let photo = photo(9, 31, 2);
    let matrix = std::array::from_fn(|i| (i as f32 * 0.7).cos());
    let out = BilateralGrid::constant(GridShape { depth: 4, height: 3, width: 5 }, &matrix).slice(&photo);
    for i in 0..photo.area() {
        let [r, g, b] = photo.rgb().map(|plane| plane[i]);
        for (channel, m) in matrix.chunks_exact(4).enumerate() {
            let expected = m[0] * r + m[1] * g + m[2] * b + m[3];
            assert!((out.plane(channel)[i] - expected).abs() < 2e-6);
        }
    }
}

#[test]
fn strength_blends_outputs_linearly() {
    let (photo, grid) = (photo(16, 11, 4), random_grid(GridShape { depth: 4, height: 5, width: 3 }, 5));
    let full = grid.slice(&photo);
    for strength in [0.0, 0.3, 1.0] {
        let mut part = grid.clone();
        part.blend_with_identity(strength);
        let expected: Vec<f32> =
            photo.data().iter().zip(full.data()).map(|(a, b)| a + strength * (b - a)).collect();
        assert!(worst(part.slice(&photo).data(), &expected) < 2e-6);
    }
}

#[test]
fn a_refined_grid_slices_to_the_same_picture() {
    let (photo, grid) = (photo(40, 27, 6), random_grid(GridShape { depth: 4, height: 3, width: 5 }, 7));
    let finer = grid.resampled(GridShape { depth: 7, height: 9, width: 13 });
    assert!(worst(finer.slice(&photo).data(), grid.slice(&photo).data()) < 5e-6);
}

#[test]
fn bands_are_those_of_the_whole() {
    let photo = photo(61, 13, 8);
    let grid = random_grid(GridShape { depth: 6, height: 7, width: 8 }, 9);
    let whole = grid.slice(&photo);
    for count in [1, 7, 20, 61] {
        for first in (0..61).step_by(count) {
            let rows = first * 13..(first + count).min(61) * 13;
            let part = |of: &Planes| {
                let samples = (0..3).flat_map(|channel| &of.plane(channel)[rows.clone()]).copied();
                Planes::from_vec(3, rows.len() / 13, 13, samples.collect())
            };
            let mut band = part(&photo);
            grid.slice_band(&mut band, first, 61);
            assert_eq!(band, part(&whole), "{count} rows from {first} on");
        }
    }
}

#[test]
fn nothing_depends_on_the_number_of_threads() {
    let (photo, gradient) = (photo(61, 47, 10), photo(61, 47, 11));
    let shape = GridShape { depth: 5, height: 9, width: 8 };
    let all = || {
        let grid = random_grid(shape, 12);
        let fit = AffineFit { shape, ridge: 1e-3, spread: 0.3, spread_luma: 0.3 };
        let fitted = fit.fit(&photo, &gradient, &vec![1.0; photo.area()], &IDENTITY);
        (grid.slice(&photo), BilateralGrid::adjoint(shape, &photo, &gradient), fitted)
    };
    let threads = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    assert_eq!(threads(1).install(all), threads(3).install(all));
}

#[test]
fn a_fit_recovers_an_affine_map() {
    let before = photo(48, 64, 13);
    let matrix: Affine = [0.8, 0.1, 0.0, 0.05, -0.1, 1.2, 0.1, 0.0, 0.2, 0.0, 0.5, 0.1];
    let shape = GridShape { depth: 6, height: 8, width: 8 };
    let after = BilateralGrid::constant(shape, &matrix).slice(&before);
    let whole = AffineFit::of_region(&before, &after, &vec![0.5; before.area()], 1e-9);
    assert!(worst(&whole, &matrix) < 1e-4, "{whole:?}");
    let fit = AffineFit { shape, ridge: 1e-3, spread: 0.3, spread_luma: 0.3 };
    let fitted = fit.fit(&before, &after, &vec![0.5; before.area()], &whole);
    assert!(worst(fitted.slice(&before).data(), after.data()) < 1e-3);
}

#[test]
fn vertices_that_no_pixel_reaches_are_filled_from_their_neighbours() {
    // One dark pixel in a large grid: every vertex must map it alike.
    let before = Planes::from_vec(3, 1, 1, vec![0.1, 0.2, 0.1]);
    let after = Planes::from_vec(3, 1, 1, vec![0.3, 0.1, 0.6]);
    let shape = GridShape { depth: 12, height: 32, width: 32 };
    let fit = AffineFit { shape, ridge: 1e-3, spread: 0.3, spread_luma: 0.3 };
    for vertex in fit.fit(&before, &after, &[1.0], &IDENTITY).vertices() {
        let out = BilateralGrid::constant(shape, vertex).slice(&before);
        assert!(worst(out.data(), after.data()) < 1e-4, "{vertex:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn adjoint_is_the_transpose_of_slicing(
        (depth, height, width) in (1_usize..7, 1_usize..7, 1_usize..7),
        (rows, columns) in (1_usize..20, 1_usize..20),
        seed in 0_u32..1000,
    ) {
        let shape = GridShape { depth, height, width };
        let (photo, gradient) = (photo(rows, columns, seed), photo(rows, columns, seed + 1));
        let grid = random_grid(shape, seed + 2);
        let sliced = grid.slice(&photo);
        let adjoint = BilateralGrid::adjoint(shape, &photo, &gradient);
        let (left, right) = (dot(sliced.data(), gradient.data()), dot(grid.coefficients(), adjoint.coefficients()));
        let scale = norm(sliced.data()) * norm(gradient.data());
        prop_assert!((left - right).abs() <= 1e-6 * scale, "{left} and {right}");
    }
}
