use proptest::prelude::*;

use super::*;

/// Tensors of the brute-force reference, made by `tools/reference/dense_crf.py`.
const REFERENCE: &[u8] = include_bytes!("../../tests/fixtures/dense_crf.safetensors");

fn values(name: &str) -> (Vec<usize>, Vec<f32>) {
    let tensors = safetensors::SafeTensors::deserialize(REFERENCE).expect("the fixture");
    let tensor = tensors.tensor(name).expect("a tensor of the fixture");
    let values = tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    (tensor.shape().to_vec(), values)
}

fn planes(name: &str) -> Planes {
    let (shape, values) = values(name);
    Planes::from_vec(shape[0], shape[1], shape[2], values)
}

fn reference_model() -> FullyConnected {
    let (_, parameters) = values("parameters");
    FullyConnected {
        appearance_weight: parameters[0],
        appearance_position: parameters[1],
        appearance_colour: parameters[2],
        smoothness_weight: parameters[3],
        smoothness_position: parameters[4],
    }
}

fn with_model(fully_connected: FullyConnected) -> RefineOptions {
    RefineOptions { fully_connected, ..RefineOptions::default() }
}

/// [`refine`] that nobody cancels.
fn refined(
    probabilities: &Planes,
    photo: &Planes,
    refinement: Refinement,
    options: &RefineOptions,
) -> Planes {
    super::refine(probabilities, photo, refinement, options, &CancelToken::new()).expect("refined")
}

fn greatest_difference(a: &Planes, b: &Planes) -> f32 {
    assert_eq!(a.data().len(), b.data().len());
    a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn mean_difference(a: &Planes, b: &Planes) -> f32 {
    a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.data().len() as f32
}

#[test]
fn mean_field_is_that_of_brute_force() {
    let options = with_model(reference_model());
    let refined = refined(&planes("probabilities"), &planes("photo"), Refinement::Dense, &options);
    let expected = planes("marginals");
    println!(
        "max {} mean {}",
        greatest_difference(&refined, &expected),
        mean_difference(&refined, &expected)
    );
    assert!(mean_difference(&refined, &expected) < 0.01);
    assert!(greatest_difference(&refined, &expected) < 0.05);
}

/// Root mean square of the difference between the lattice's filter and the exact one, relative to the latter's,
/// both normalised symmetrically, on the noisy probabilities of the fixture.
fn filter_error<const V: usize>(points: &[f32], passes: usize, exact: &str) -> f64 {
    use super::permutohedral::{LANES, Lattice, Row};
    let probabilities = planes("probabilities");
    let (_, exact) = values(exact);
    let token = CancelToken::new();
    let mut lattice = Lattice::<V>::new(points, passes, &token).expect("a lattice");
    let factors = super::dense::symmetric_normalisation(&lattice, 1.0, &token).expect("factors");
    lattice.scale_points(&factors);
    let mut rows: Vec<Row<1>> = vec![[[0.0; LANES]]; probabilities.area()];
    for label in 0..probabilities.channels() {
        for (row, &value) in rows.iter_mut().zip(probabilities.plane(label)) {
            row[0][label] = value;
        }
    }
    let filtered = lattice.filter(&rows, &token).expect("filtered");
    let (mut error, mut norm) = (0.0, 0.0);
    for label in 0..probabilities.channels() {
        for (pixel, row) in filtered.iter().enumerate() {
            let exact = f64::from(exact[label * filtered.len() + pixel]);
            error += (f64::from(row[0][label]) - exact).powi(2);
            norm += exact.powi(2);
        }
    }
    (error / norm).sqrt()
}

#[test]
fn lattice_filters_like_the_exact_gaussian() {
    let (model, photo) = (reference_model(), planes("photo"));
    let far = model.appearance_points(&photo);
    let near = model.smoothness_points(photo.height(), photo.width());
    let errors = [1, 2, 3].map(|passes| {
        let appearance = filter_error::<6>(&far, passes, "appearance_filtered");
        [appearance, filter_error::<3>(&near, passes, "smoothness_filtered")]
    });
    println!("{errors:?}");
    let limits = [[0.03, 0.02], [0.02, 0.01], [0.01, 0.01]];
    for (error, limit) in errors.iter().flatten().zip(limits.as_flattened()) {
        assert!(error < limit, "{errors:?}");
    }
}

/// Mean field holds where each pixel hears many others, none of them loud (here none couples more strongly than
/// 0.19 with the weights of the fixture, and all of them together weigh 6.4), and where the unary term takes a side.
#[test]
fn mean_field_is_near_gibbs_sampling() {
    let (probabilities, photo) = (planes("probabilities"), planes("photo"));
    for share in [0.25, 1.0] {
        let reference = reference_model();
        let model = FullyConnected {
            appearance_weight: share * reference.appearance_weight,
            smoothness_weight: share * reference.smoothness_weight,
            ..reference
        };
        let sampling = Sampling { burn_in: 50, sweeps: 1_000, seed: 1 };
        let options = RefineOptions { sampling, ..with_model(model) };
        let by = |refinement| refined(&probabilities, &photo, refinement, &options);
        let (dense, sampled) = (by(Refinement::Dense), by(Refinement::Mcmc));
        let difference = greatest_difference(&dense, &sampled);
        println!("share {share}: max {difference} mean {}", mean_difference(&dense, &sampled));
        assert!(difference < 0.05, "{difference} at {share} of the weights");
        // The model does something: the test would not pass with the probabilities alone.
        assert!(greatest_difference(&dense, &probabilities) > 0.15);
    }
}

#[test]
fn gibbs_sampling_has_the_marginals_of_all_states() {
    let photo = Planes::from_vec(3, 2, 3, (0..18).map(|i| (i * 7 % 18) as f32 / 18.0).collect());
    let first = [0.8, 0.4, 0.3, 0.6, 0.45, 0.1];
    let probabilities =
        Planes::from_vec(2, 2, 3, first.iter().copied().chain(first.map(|p| 1.0 - p)).collect());
    let model =
        FullyConnected { appearance_weight: 2.0, smoothness_weight: 1.0, ..FullyConnected::default() };
    let exact = {
        let kernel = |points: Vec<f32>, dimensions: usize, weight: f64| -> Vec<Vec<f64>> {
            let k = |i: usize, j: usize| {
                let squares = (0..dimensions)
                    .map(|d| (points[i * dimensions + d] - points[j * dimensions + d]).powi(2));
                (-0.5 * f64::from(squares.sum::<f32>())).exp()
            };
            let sum = |i: usize| (0..6).map(|j| k(i, j)).sum::<f64>();
            (0..6).map(|i| (0..6).map(|j| weight * k(i, j) / (sum(i) * sum(j)).sqrt()).collect()).collect()
        };
        let far = kernel(model.appearance_points(&photo), 5, 2.0);
        let near = kernel(model.smoothness_points(2, 3), 2, 1.0);
        let mut marginals = [0.0; 6];
        let mut total = 0.0;
        for state in 0..64_usize {
            let label = |i: usize| state >> i & 1;
            let mut energy = 0.0;
            for i in 0..6 {
                energy -= f64::from(probabilities.plane(label(i))[i]).ln();
                energy +=
                    (0..i).filter(|&j| label(i) != label(j)).map(|j| far[i][j] + near[i][j]).sum::<f64>();
            }
            let weight = (-energy).exp();
            total += weight;
            (0..6).filter(|&i| label(i) == 0).for_each(|i| marginals[i] += weight);
        }
        marginals.map(|sum| (sum / total) as f32)
    };
    let options =
        RefineOptions { sampling: Sampling { burn_in: 100, sweeps: 40_000, seed: 3 }, ..with_model(model) };
    let sampled = refined(&probabilities, &photo, Refinement::Mcmc, &options);
    for (sampled, exact) in sampled.plane(0).iter().zip(exact) {
        assert!((sampled - exact).abs() < 0.01, "{sampled} for {exact}");
    }
}

#[test]
fn robust_pn_mends_the_classification_and_never_goes_uphill() {
    let (probabilities, photo) = (planes("probabilities"), planes("photo"));
    let model =
        RobustPn { superpixels: Superpixels { side: 6, ..Superpixels::default() }, ..RobustPn::default() };
    let token = CancelToken::new();
    let energy = robust_pn::Energy::new(&probabilities, &photo, &model, &token).expect("an energy");
    let (labelling, trace) = robust_pn::minimise(&energy, &token).expect("a labelling");
    assert!(trace.windows(2).all(|pair| pair[1] <= pair[0]), "{trace:?}");
    assert!(trace[trace.len() - 1] < trace[0]);
    let changes = |labels: &[usize]| labels.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let likeliest: Vec<usize> = (0..probabilities.area())
        .map(|i| {
            let at = |label: usize| probabilities.plane(label)[i];
            (0..probabilities.channels()).max_by(|&a, &b| at(a).total_cmp(&at(b))).expect("labels")
        })
        .collect();
    assert!(changes(&labelling) * 3 < changes(&likeliest), "fewer borders than in the noise");
}

#[test]
fn names_are_those_of_the_options() {
    for refinement in Refinement::ALL {
        assert_eq!(refinement.name().parse::<Refinement>().expect("a name"), refinement);
    }
    let error = "crf".parse::<Refinement>().expect_err("no such name").to_string();
    assert!(error.contains("dense, none, robust-pn, mcmc"), "{error}");
}

#[test]
fn parameters_out_of_range_are_refused() {
    let model = FullyConnected { appearance_colour: 0.0, ..FullyConnected::default() };
    let (probabilities, photo) = (Planes::zeros(2, 3, 3), Planes::zeros(3, 3, 3));
    let result = refine(&probabilities, &photo, Refinement::Dense, &with_model(model), &CancelToken::new());
    assert!(matches!(result, Err(crate::Error::Options(OptionsError::OutOfRange { .. }))));
    let model = FullyConnected { smoothness_weight: f32::NAN, ..FullyConnected::default() };
    assert!(with_model(model).check().is_err());
    assert!(RefineOptions::default().check().is_ok());
}

fn noise(seed: u64, count: usize) -> Vec<f32> {
    use rand::{RngExt, SeedableRng};
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random()).collect()
}

/// A photo and probabilities of some size, and options under which no refinement of them ends by itself soon.
fn long_work() -> (Planes, Planes, RefineOptions) {
    let probabilities = Planes::from_vec(4, 48, 64, noise(1, 4 * 48 * 64));
    let photo = Planes::from_vec(3, 48, 64, noise(2, 3 * 48 * 64));
    let sampling = Sampling { burn_in: 0, sweeps: 1_000_000_000, seed: 0 };
    let mean_field = MeanField { iterations: usize::MAX, passes: 1 };
    (probabilities, photo, RefineOptions { sampling, mean_field, ..quick() })
}

#[test]
fn all_refinements_are_cancelled_before_they_begin() {
    let (probabilities, photo, options) = long_work();
    let token = CancelToken::new();
    token.cancel();
    for refinement in Refinement::ALL {
        let result = refine(&probabilities, &photo, refinement, &options, &token);
        assert!(matches!(result, Err(crate::Error::Cancelled)), "{}", refinement.name());
    }
    let energy = robust_pn::Energy::new(&probabilities, &photo, &options.robust_pn, &CancelToken::new());
    let cancelled = robust_pn::minimise(&energy.expect("an energy"), &token);
    assert!(matches!(cancelled, Err(crate::Error::Cancelled)), "expansions are polled for");
}

/// Does the work until another thread has said `word` to the token.
fn interrupted(refinement: Refinement, word: fn(&CancelToken)) -> Result<Planes> {
    let (probabilities, photo, options) = long_work();
    let token = CancelToken::new();
    std::thread::scope(|scope| {
        let token = &token;
        scope.spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            word(token);
        });
        refine(&probabilities, &photo, refinement, &options, token)
    })
}

#[test]
fn endless_refinements_are_cancelled_on_their_way() {
    for refinement in [Refinement::Dense, Refinement::Mcmc] {
        let result = interrupted(refinement, CancelToken::cancel);
        assert!(matches!(result, Err(crate::Error::Cancelled)), "{}", refinement.name());
    }
}

#[test]
fn sampling_finishes_with_what_it_has() {
    let sampled = interrupted(Refinement::Mcmc, CancelToken::finish).expect("a sweep or more");
    for pixel in 0..sampled.area() {
        let sum: f32 = (0..4).map(|label| sampled.plane(label)[pixel]).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    }
}

#[test]
fn options_travel_by_name() {
    for refinement in Refinement::ALL {
        let json = serde_json::to_string(&refinement).expect("JSON");
        assert_eq!(json, format!("\"{}\"", refinement.name()));
        assert_eq!(serde_json::from_str::<Refinement>(&json).expect("a refinement"), refinement);
    }
    let options = quick();
    let json = serde_json::to_string(&options).expect("JSON");
    assert_eq!(serde_json::from_str::<RefineOptions>(&json).expect("options"), options);
    let some: RefineOptions =
        serde_json::from_str(r#"{"mean_field": {"passes": 2}}"#).expect("defaults for the rest");
    let mean_field = MeanField { passes: 2, ..MeanField::default() };
    assert_eq!(some, RefineOptions { mean_field, ..RefineOptions::default() });
    assert!(serde_json::from_str::<RefineOptions>(r#"{"robust_pn": {"weight": 1}}"#).is_err());
}

fn quick() -> RefineOptions {
    let sampling = Sampling { burn_in: 2, sweeps: 5, seed: 0 };
    let superpixels = Superpixels { side: 3, ..Superpixels::default() };
    let robust_pn = RobustPn { superpixels, ..RobustPn::default() };
    RefineOptions { sampling, robust_pn, ..with_model(reference_model()) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn marginals_add_up_to_one(
        labels in 1..40_usize, height in 1..9_usize, width in 1..12_usize, seed: u64,
        refinement in prop::sample::select(&Refinement::ALL[..]),
    ) {
        let probabilities = Planes::from_vec(labels, height, width, noise(seed, labels * height * width));
        let photo = Planes::from_vec(3, height, width, noise(!seed, 3 * height * width));
        let refined = refined(&probabilities, &photo, refinement, &quick());
        for pixel in 0..height * width {
            let values = (0..labels).map(|label| refined.plane(label)[pixel]);
            prop_assert!(values.clone().all(|value| (0.0..=1.0 + 1e-6).contains(&value)));
            prop_assert!((values.sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn labels_can_be_given_in_any_order(labels in 2..20_usize, by in 1..20_usize, seed: u64) {
        let (height, width) = (7, 9);
        let probabilities = Planes::from_vec(labels, height, width, noise(seed, labels * height * width));
        let photo = Planes::from_vec(3, height, width, noise(!seed, 3 * height * width));
        let rotate = |planes: &Planes| {
            let mut data = planes.data().to_vec();
            data.rotate_left(by % labels * height * width);
            Planes::from_vec(labels, height, width, data)
        };
        for refinement in [Refinement::Dense, Refinement::None] {
            let before = refined(&rotate(&probabilities), &photo, refinement, &quick());
            let after = rotate(&refined(&probabilities, &photo, refinement, &quick()));
            prop_assert!(greatest_difference(&before, &after) < 1e-4);
        }
    }

    #[test]
    fn nothing_known_of_a_flat_photo_stays_nothing(labels in 1..30_usize, height in 1..20_usize, width in 1..20_usize, grey in 0.0..1.0_f32) {
        let even = Planes::filled(labels, height, width, 1.0 / labels as f32);
        let photo = Planes::filled(3, height, width, grey);
        let refined = refined(&even, &photo, Refinement::Dense, &RefineOptions::default());
        prop_assert!(greatest_difference(&refined, &even) < 1e-5);
    }
}
