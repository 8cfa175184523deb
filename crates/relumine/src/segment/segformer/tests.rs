//! Against the `transformers` package in f64 (`tools/reference/segformer.py`), and files that are not what they should be.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::*;
use crate::features::synthetic::{self, Tensors, uniform};
use crate::features::{fixture, numbers, problem};

/// Weights as `tools/reference/segformer.py` makes them.
fn weights(variant: Variant) -> Tensors {
    let mut tensors = variant.tensors();
    tensors.sort();
    let values = |stream: usize, name: &str, shape: &[usize]| {
        let (centre, spread) = if name.ends_with("running_var") {
            (1.0, 0.5)
        } else if name.ends_with("running_mean") {
            (0.0, 0.5)
        } else if shape.len() == 1 {
            (if name.contains("norm") && name.ends_with("weight") { 1.0 } else { 0.0 }, 0.25)
        } else {
            let choosy = name.contains("self.query") || name.contains("self.key");
            let inputs: usize = shape[1..].iter().product();
            (0.0, ((3.0 / inputs as f64).sqrt() * if choosy { 2.0 } else { 1.0 }) as f32)
        };
        let count = shape.iter().product();
        (0..count).map(|i| centre + (2.0 * uniform(stream as u32, i) - 1.0) * spread).collect()
    };
    let named = tensors.into_iter().enumerate();
    named
        .map(|(stream, (name, shape))| (name.clone(), shape.clone(), values(stream, &name, &shape)))
        .collect()
}

fn load(bytes: &[u8]) -> Result<SegFormer, WeightsError> {
    SegFormer::load(&Weights::Bytes(bytes.into()), &CancelToken::new()).map_err(problem)
}

fn logits(network: &SegFormer, photo: &Planes) -> Planes {
    network.logits(photo, &CancelToken::new())
}

fn b0() -> SegFormer {
    load(&synthetic::file(&weights(Variant::B0), None)).unwrap()
}

/// The largest difference from every so many of the fixture's logits, which are about 3 at most.
fn largest_difference(network: &SegFormer, name: &str, [height, width]: [usize; 2], every: usize) -> f64 {
    let bytes = fixture("segformer.safetensors");
    let expected = numbers(&SafeTensors::deserialize(&bytes).unwrap(), name);
    assert!(expected.iter().any(|v| v.abs() > 1.0), "logits worth comparing");
    let logits = logits(network, &synthetic::photo(1, height, width));
    assert_eq!(
        (logits.channels(), logits.height(), logits.width()),
        (ADE20K.len(), height.div_ceil(4), width.div_ceil(4))
    );
    let found: Vec<f64> = logits.data().iter().step_by(every).map(|v| f64::from(*v)).collect();
    assert_eq!(found.len(), expected.len());
    found.iter().zip(&expected).map(|(f, e)| (f - e).abs()).fold(0.0, f64::max)
}

#[test]
fn logits_of_b0_equal_the_packages() {
    let network = b0();
    for (name, size, every) in [("b0.odd", [69, 83], 5), ("b0.small", [16, 40], 2)] {
        let difference = largest_difference(&network, name, size, every);
        eprintln!("{name}: differs by {difference:.1e} at most");
        assert!(difference < 2e-5, "{name}: differs by {difference:.1e}");
    }
}

#[test]
#[ignore = "takes a minute and a gigabyte: cargo test --release -p relumine -- --ignored segformer"]
fn logits_of_all_variants_equal_the_packages() {
    for variant in Variant::ALL {
        let network = load(&synthetic::file(&weights(variant), None)).unwrap();
        assert_eq!(network.variant(), variant);
        let name = format!("{variant:?}").to_lowercase();
        let difference = largest_difference(&network, &name, [75, 50], 97);
        eprintln!("{variant}: differs by {difference:.1e} at most");
        assert!(difference < 1e-4, "{variant}: differs by {difference:.1e}");
    }
}

#[test]
fn logits_do_not_depend_on_the_number_of_threads() {
    let (network, photo) = (b0(), synthetic::photo(2, 100, 64));
    let on_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| logits(&network, &photo))
    };
    assert_eq!(on_threads(1), on_threads(3));
}

#[test]
fn what_is_cancelled_is_left_before_the_head() {
    let token = CancelToken::new();
    token.cancel();
    let logits = b0().logits(&synthetic::photo(2, 64, 64), &token);
    assert!(logits.data().iter().all(|v| *v == 0.0));
}

#[test]
fn pictures_of_any_size_have_finite_logits() {
    let network = b0();
    for (height, width) in [(1, 1), (3, 200), (28, 29), (33, 30)] {
        let logits = logits(&network, &synthetic::photo(3, height, width));
        assert_eq!((logits.height(), logits.width()), (height.div_ceil(4), width.div_ceil(4)));
        assert!(logits.data().iter().all(|v| v.is_finite()), "{height}×{width}");
    }
}

#[test]
fn the_tensors_that_are_read_are_those_that_are_listed() {
    for variant in [Variant::B0, Variant::B2] {
        let mut asked = Vec::new();
        let mut read = |name: &str, shape: &[usize]| {
            asked.push((name.to_owned(), shape.to_vec()));
            Ok(vec![0.0; shape.iter().product()])
        };
        SegFormer::build(variant, &mut read).unwrap();
        let mut listed = variant.tensors();
        listed.sort();
        asked.sort();
        assert_eq!(asked, listed);
    }
    let floats = |variant: Variant| -> usize {
        variant.tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
    };
    // Parameters, and two statistics for each channel of the batch normalisation.
    assert_eq!(floats(Variant::B0), 3_752_694 + 2 * 256);
    assert_eq!(floats(Variant::B5), 84_708_694 + 2 * 768);
}

#[test]
fn halves_are_understood_and_integers_passed_over() {
    let tensors: Vec<_> = weights(Variant::B0)
        .into_iter()
        .map(|(name, shape, values)| {
            let halves: Vec<u8> = values.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect();
            (name, Dtype::F16, shape, halves)
        })
        .chain([("decode_head.batch_norm.num_batches_tracked".to_owned(), Dtype::I64, vec![], vec![0; 8])])
        .collect();
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name.as_str(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    let network = load(&safetensors::serialize(views, None).unwrap()).unwrap();
    let difference = largest_difference(&network, "b0.odd", [69, 83], 5);
    assert!(difference < 0.02, "differs by {difference:.1e}");
}

#[test]
fn wrong_files_are_named_for_what_they_are() {
    let whole = weights(Variant::B0);
    let refused = |tensors: &Tensors| load(&synthetic::file(tensors, None)).unwrap_err();
    let spoilt = |name: &str, spoil: &dyn Fn(&mut Vec<usize>, &mut Vec<f32>)| {
        let mut tensors = whole.clone();
        let (_, shape, values) = tensors.iter_mut().find(|(n, ..)| n == name).unwrap();
        spoil(shape, values);
        refused(&tensors)
    };

    let error = refused(&synthetic::caffe());
    assert!(matches!(&error, WeightsError::UnknownNetwork { .. }), "{error}");
    assert!(error.to_string().contains("conv1_1.bias") && error.to_string().contains("SegFormer"), "{error}");

    let (missing, classifier) =
        ("segformer.encoder.block.2.1.mlp.dwconv.dwconv.bias", "decode_head.classifier.weight");
    let rest = whole.iter().filter(|(name, ..)| name != missing).cloned().collect();
    let error = refused(&rest);
    assert!(matches!(&error, WeightsError::MissingTensor { tensor } if tensor == missing), "{error}");

    let error = spoilt(classifier, &|shape, values| {
        shape[0] = 19;
        values.truncate(19 * 256);
    });
    assert!(matches!(&error, WeightsError::WrongShape { found, .. } if found[0] == 19), "{error}");
    let error = spoilt(classifier, &|_, values| values[7] = f32::NAN);
    assert!(matches!(&error, WeightsError::NotFinite { tensor } if tensor == classifier), "{error}");
    let error = spoilt("decode_head.batch_norm.running_var", &|_, values| values[3] = -1e-9);
    assert!(matches!(&error, WeightsError::NegativeVariance { .. }), "{error}");

    let error = SegFormer::load(&Weights::File("no/such/file".into()), &CancelToken::new()).unwrap_err();
    assert!(error.to_string().contains("no/such/file"), "{error}");
}
