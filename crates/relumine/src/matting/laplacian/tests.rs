//! Against PyMatting, and where that loses digits against 50 of them (`tools/reference/matting.py`), and what holds for every guide.

use proptest::prelude::*;
use safetensors::SafeTensors;

use super::*;

const FIXTURES: &[u8] = include_bytes!("../../../tests/fixtures/matting_laplacian.safetensors");
const CASES: [(&str, f64, usize); 3] = [("1e-07.1", 1e-7, 1), ("1e-05.1", 1e-5, 1), ("1e-05.2", 1e-5, 2)];

fn numbers<T: bytemuck::Pod>(fixtures: &SafeTensors<'_>, name: &str) -> Vec<T> {
    bytemuck::pod_collect_to_vec(fixtures.tensor(name).unwrap().data())
}

fn guide(fixtures: &SafeTensors<'_>, name: &str) -> Planes {
    let name = format!("{name}.guide");
    let shape = fixtures.tensor(&name).unwrap().shape().to_vec();
    Planes::from_vec(shape[0], shape[1], shape[2], numbers(fixtures, &name))
}

/// Largest deviation of products and energies, relative to the largest product and to the energy.
fn deviations<T: Real>() -> Vec<(String, f64, f64)> {
    let fixtures = SafeTensors::deserialize(FIXTURES).unwrap();
    let mut found = Vec::new();
    for name in ["flat", "edge", "photo"] {
        let guide = guide(&fixtures, name);
        for (case, epsilon, radius) in CASES {
            let laplacian = Laplacian::<T>::new(&guide, epsilon, radius);
            for plane in ["noise", "smooth", "near"] {
                let x: Vec<T> =
                    numbers::<f32>(&fixtures, &format!("{name}.{plane}")).into_iter().map(T::from).collect();
                let case = format!("{name}.{plane}.{case}");
                let expected: Vec<f64> = numbers(&fixtures, &format!("{case}.product"));
                let energy = numbers::<f64>(&fixtures, &format!("{case}.energy"))[0];
                let mut product = vec![T::default(); x.len()];
                laplacian.product(&x, &mut product);
                let largest = expected.iter().fold(0.0f64, |most, value| most.max(value.abs()));
                let off = product
                    .iter()
                    .zip(&expected)
                    .fold(0.0f64, |most, (&value, expected)| most.max((value.into() - expected).abs()));
                found.push((case, off / largest, (laplacian.energy(&x) - energy).abs() / energy));
            }
        }
    }
    found
}

#[test]
fn products_and_energies_are_those_of_the_reference_in_f32() {
    for (case, product, energy) in deviations::<f32>() {
        assert!(product < 1e-4 && energy < 1e-4, "{case}: products off by {product:e}, energy by {energy:e}");
    }
}

#[test]
fn products_and_energies_are_those_of_the_reference_in_f64() {
    for (case, product, energy) in deviations::<f64>() {
        assert!(
            product < 1e-10 && energy < 1e-10,
            "{case}: products off by {product:e}, energy by {energy:e}"
        );
    }
}

/// A guide of a few levels, so that flat windows occur, and planes over it.
fn problem() -> impl Strategy<Value = (Planes, Vec<f32>, Vec<f32>)> {
    (3usize..8, 3usize..8).prop_flat_map(|(height, width)| {
        let area = height * width;
        let guide = prop::collection::vec((0u8..4).prop_map(|level| f32::from(level) / 3.0), 3 * area);
        let plane = || prop::collection::vec(-1.0f32..1.0, area);
        (guide, plane(), plane())
            .prop_map(move |(guide, x, y)| (Planes::from_vec(3, height, width, guide), x, y))
    })
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

proptest! {
    #[test]
    fn is_symmetric_and_positive_semidefinite((guide, x, y) in problem()) {
        let laplacian = Laplacian::<f64>::new(&guide, 1e-5, 1);
        let [x, y] = [x, y].map(|plane| plane.into_iter().map(f64::from).collect::<Vec<_>>());
        let [lx, ly] = [&x, &y].map(|plane| {
            let mut out = vec![0.0; plane.len()];
            laplacian.product(plane, &mut out);
            out
        });
        prop_assert!((dot(&lx, &y) - dot(&x, &ly)).abs() < 1e-9);
        prop_assert!((dot(&lx, &x) - laplacian.energy(&x)).abs() < 1e-9);
        prop_assert!(dot(&lx, &x) > -1e-9);
    }

    #[test]
    fn constants_are_in_the_null_space((guide, _, _) in problem(), level in -1.0f32..1.0) {
        let laplacian = Laplacian::<f32>::new(&guide, 1e-7, 1);
        let mut out = vec![1.0; guide.area()];
        laplacian.product(&vec![level; guide.area()], &mut out);
        prop_assert!(out.iter().all(|value| *value == 0.0));
    }
}

fn photo() -> Planes {
    guide(&SafeTensors::deserialize(FIXTURES).unwrap(), "photo")
}

#[test]
fn affine_recolouring_costs_nothing() {
    let guide = photo();
    let [r, g, b] = guide.rgb();
    let recoloured: Vec<f32> =
        (0..guide.area()).map(|i| 0.9 * r[i] - 0.3 * g[i] + 0.2 * b[i] + 0.1).collect();
    let scattered: Vec<f32> = (0..guide.area()).map(|i| recoloured[(i * 7) % guide.area()]).collect();
    let laplacian = Laplacian::<f32>::new(&guide, 1e-7, 1);
    assert!(laplacian.energy(&recoloured) < 1e-6 * laplacian.energy(&scattered));
}

#[test]
fn gradient_is_that_of_finite_differences_and_is_added() {
    let guide = photo();
    let x = Planes::from_vec(3, guide.height(), guide.width(), guide.data().iter().map(|v| v * v).collect());
    let laplacian = Laplacian::<f32>::new(&guide, 1e-5, 1);
    let reference = Laplacian::<f64>::new(&guide, 1e-5, 1);
    let weight = 3.0;
    let mut gradient = Planes::filled(3, guide.height(), guide.width(), 1.0);
    let energy = laplacian.energy_and_gradient(&x, weight, &mut gradient);
    let exact = |plane: &[f64]| weight * reference.energy(plane);
    let planes = [0, 1, 2].map(|c| x.plane(c).iter().copied().map(f64::from).collect::<Vec<_>>());
    let sum: f64 = planes.iter().map(|plane| exact(plane)).sum();
    assert!((energy - sum).abs() < 1e-5 * sum);
    let largest = gradient.data().iter().fold(0.0f32, |most, value| most.max((value - 1.0).abs()));
    for (c, plane) in planes.iter().enumerate() {
        for i in (0..plane.len()).step_by(13) {
            let moved = |step: f64| {
                let mut plane = plane.clone();
                plane[i] += step;
                exact(&plane)
            };
            let slope = (moved(1e-4) - moved(-1e-4)) / 2e-4;
            assert!((f64::from(gradient.plane(c)[i]) - 1.0 - slope).abs() < 1e-4 * f64::from(largest));
        }
    }
}

/// Wider than a strip and higher than a band, so that their borders are crossed.
fn large() -> Planes {
    let (height, width) = (37, 2 * STRIP + 3);
    let level = |c: usize, y: usize, x: usize| ((y * 31 + x * 17 + c * 7 + y * x) % 97) as f32 / 96.0;
    let data = (0..3).flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| level(c, y, x))));
    Planes::from_vec(3, height, width, data.collect())
}

#[test]
fn bands_and_strips_leave_no_seams() {
    let guide = large();
    let x = guide.plane(1).iter().map(|&value| f64::from(value * value)).collect::<Vec<_>>();
    for radius in [1, 2] {
        let laplacian = Laplacian::<f64>::new(&guide, 1e-3, radius);
        let mut out = vec![0.0; x.len()];
        laplacian.product(&x, &mut out);
        let expected = plain_product(&guide, 1e-3, radius, &x);
        for (value, expected) in out.iter().zip(&expected) {
            assert!((value - expected).abs() < 1e-12, "{value} instead of {expected}");
        }
        let energy = dot(&x, &expected);
        assert!((laplacian.energy(&x) - energy).abs() < 1e-9 * energy);
    }
}

/// Window by window, in the order of the definition.
fn plain_product(guide: &Planes, epsilon: f64, radius: usize, x: &[f64]) -> Vec<f64> {
    let (height, width) = (guide.height(), guide.width());
    let mut out = vec![0.0; x.len()];
    for v in radius..height - radius {
        for u in radius..width - radius {
            let pixels: Vec<usize> = (v - radius..=v + radius)
                .flat_map(|y| (u - radius..=u + radius).map(move |x| y * width + x))
                .collect();
            let count = pixels.len() as f64;
            let colour = |i: usize| nalgebra::Vector3::from(guide.rgb().map(|plane| f64::from(plane[i])));
            let mean = pixels.iter().map(|&i| colour(i)).sum::<nalgebra::Vector3<f64>>() / count;
            let value = pixels.iter().map(|&i| x[i]).sum::<f64>() / count;
            let mut scatter = nalgebra::Matrix3::identity() * epsilon;
            let mut cross = nalgebra::Vector3::zeros();
            for &i in &pixels {
                let centred = colour(i) - mean;
                scatter += centred * centred.transpose();
                cross += centred * (x[i] - value);
            }
            let slope = scatter.cholesky().unwrap().solve(&cross);
            for &i in &pixels {
                out[i] += x[i] - value - slope.dot(&(colour(i) - mean));
            }
        }
    }
    out
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let guide = large();
    let run = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let x = Planes::from_vec(
                3,
                guide.height(),
                guide.width(),
                guide.data().iter().map(|v| v * v).collect(),
            );
            let mut gradient = Planes::zeros_like(&guide);
            let energy = Laplacian::<f32>::new(&guide, 1e-7, 1).energy_and_gradient(&x, 1e4, &mut gradient);
            (energy.to_bits(), gradient)
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn a_guide_smaller_than_a_window_has_no_energy() {
    for (height, width) in [(1, 1), (1, 9), (9, 1), (2, 2)] {
        let laplacian = Laplacian::<f32>::new(&Planes::filled(3, height, width, 0.5), 1e-7, 1);
        let x: Vec<f32> = (0..height * width).map(|i| i as f32).collect();
        let mut out = vec![1.0; x.len()];
        laplacian.product(&x, &mut out);
        assert_eq!((laplacian.energy(&x), out), (0.0, vec![0.0; x.len()]));
    }
}
