//! Taps against PyTorch in f64 (`tools/reference/features.py`), and files of every kind.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::architecture::TORCHVISION_GAIN;
use super::synthetic::{self, photo};
use super::{Features, Network, Tap};
use crate::compute::Compute;
use crate::io::{Limits, Photo};
use crate::kernels::FeatureMap;
use crate::resample::{Filter, resize};
use crate::watch::CancelToken;
use crate::{Error, MachineError, Weights, WeightsError};

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A fixture's numbers, whether f32 or f64.
pub(crate) fn numbers(file: &SafeTensors<'_>, name: &str) -> Vec<f64> {
    let tensor = file.tensor(name).unwrap();
    match tensor.dtype() {
        safetensors::Dtype::F64 => {
            tensor.data().as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
        }
        safetensors::Dtype::F32 => {
            tensor.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b).into()).collect()
        }
        other => panic!("{other:?} in a fixture"),
    }
}

/// Of nothing but zeros it is 0 if they are found, and beyond any bound if anything else is.
pub(crate) fn relative_error(found: impl IntoIterator<Item = f64>, expected: &[f64]) -> f64 {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    let error: f64 = found.iter().zip(expected).map(|(f, e)| (f - e).powi(2)).sum();
    (error / expected.iter().map(|e| e * e).sum::<f64>().max(f64::MIN_POSITIVE)).sqrt()
}

fn taps(names: &str) -> Vec<Tap> {
    names.split(' ').map(|name| name.parse().unwrap()).collect()
}

/// Per channel the mean, then per channel the root mean square.
fn statistics(map: &FeatureMap) -> Vec<f64> {
    let mut sums = vec![0.0; 2 * map.channels()];
    for y in 0..map.height() {
        for position in map.row(y).chunks_exact(map.channels()) {
            for (i, v) in position.iter().enumerate() {
                sums[i] += f64::from(*v);
                sums[map.channels() + i] += f64::from(*v).powi(2);
            }
        }
    }
    sums.iter_mut().for_each(|v| *v /= map.area() as f64);
    sums[map.channels()..].iter_mut().for_each(|v| *v = v.sqrt());
    sums
}

/// A network for the CPU from the bytes of a file.
pub(crate) fn load(bytes: &[u8], taps: &[Tap]) -> Result<Network, WeightsError> {
    let weights = Weights::Bytes(bytes.into());
    Network::load(&weights, taps, &Compute::cpu(), &CancelToken::new()).map_err(problem)
}

/// What is wrong with weights.
pub(crate) fn problem(error: Error) -> WeightsError {
    match error {
        Error::Weights { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

fn looked(network: &Network, height: usize, width: usize, taps: &[Tap]) -> Features {
    network.look(&photo(1, height, width), taps, &CancelToken::new()).unwrap()
}

#[test]
fn taps_of_both_layouts_equal_pytorchs() {
    let bytes = fixture("features.safetensors");
    let expected = SafeTensors::deserialize(&bytes).unwrap();
    let chosen = taps("relu1_1 relu1_2 relu2_1 relu2_2");
    let networks = [
        ("caffe", synthetic::caffe(), 1.0),
        ("torchvision", synthetic::torchvision(""), f64::from(TORCHVISION_GAIN)),
    ];
    for (name, tensors, gain) in networks {
        let network = load(&synthetic::file(&tensors, None), &chosen).unwrap();
        let features = looked(&network, 37, 50, &chosen);
        for tap in &chosen {
            let found = statistics(&features.map(*tap));
            let found = found.into_iter().map(|value| value / gain);
            let error = relative_error(found, &numbers(&expected, &format!("{name}.{tap}")));
            assert!(error < 2e-6, "{name} {tap}: relative error {error:.1e}");
        }
    }
}

#[test]
fn taps_of_vgg19_equal_pytorchs() {
    let shared = std::env::var_os("RELUMINE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("weights/vgg19.safetensors");
    if !path.exists() {
        eprintln!("SKIPPED: {} is missing; set RELUMINE_SHARED to the folder of shared data", path.display());
        return;
    }
    let bytes = fixture("features-vgg19.safetensors");
    let expected = SafeTensors::deserialize(&bytes).unwrap();
    let mut chosen: Vec<Tap> = expected.names().iter().map(|name| name.parse().unwrap()).collect();
    chosen.sort();
    assert_eq!(chosen.len(), 13);
    let weights = Weights::File(path);
    let network = Network::load(&weights, &chosen, &Compute::cpu(), &CancelToken::new()).unwrap();
    let features = looked(&network, 64, 83, &chosen);
    for tap in chosen {
        let found = statistics(&features.map(tap));
        let error = relative_error(found, &numbers(&expected, &tap.to_string()));
        assert!(error < 1e-5, "{tap}: relative error {error:.1e}");
    }
}

/// Outputs that are the same everywhere tell nothing: a network can lose whole blocks to that and still be called good by the others.
#[test]
fn no_tap_of_the_embedded_network_is_dead() {
    let chosen = taps("relu1_1 relu2_1 relu3_1 relu4_1 relu4_2 relu5_1");
    let network = load(relumine_weights::FEATURES.bytes, &chosen).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos/day.jpg");
    let photo = Photo::open(path, &Limits::default()).unwrap();
    let photo = resize(photo.colours(), 256, 384, Filter::Area);
    let features = network.look(&photo, &chosen, &CancelToken::new()).unwrap();
    for tap in chosen {
        let statistics = statistics(&features.map(tap));
        let (means, squares) = statistics.split_at(network.channels(tap));
        let alive = means.iter().zip(squares).filter(|(mean, rms)| **rms > 1.01 * **mean).count();
        assert!(4 * alive > 3 * means.len(), "{tap}: {alive} of {} outputs vary", means.len());
    }
}

#[test]
fn prefixed_keys_are_recognised() {
    let chosen = taps("relu1_2");
    for prefix in ["module.", "model.backbone."] {
        let network = load(&synthetic::file(&synthetic::torchvision(prefix), None), &chosen);
        assert!(network.is_ok(), "{prefix}: {}", network.unwrap_err());
    }
}

/// A safetensors file whose weights are bytes, and the same network with those numbers written out as floats.
fn in_bytes_and_floats() -> (Vec<u8>, Vec<u8>) {
    let (mut floats, metadata) = synthetic::compact();
    let mut stored = Vec::new();
    for (name, shape, values) in &mut floats {
        if !name.ends_with(".weight") {
            let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
            stored.push((name.clone(), Dtype::F32, shape.clone(), bytes));
            continue;
        }
        let inner = values.len() / shape[0];
        let scales: Vec<f32> = (0..shape[0]).map(|k| 0.001 * (k + 1) as f32).collect();
        let bytes: Vec<i8> = (0..values.len()).map(|i| ((i * 37) % 256) as u8 as i8).collect();
        for (i, value) in values.iter_mut().enumerate() {
            *value = f32::from(bytes[i]) * scales[i / inner];
        }
        let scale_bytes = scales.iter().flat_map(|v| v.to_le_bytes()).collect();
        stored.push((format!("{name}.scale"), Dtype::F32, vec![shape[0]], scale_bytes));
        stored.push((name.clone(), Dtype::I8, shape.clone(), bytemuck::cast_slice(&bytes).to_vec()));
    }
    let views = stored
        .iter()
        .map(|(name, dtype, shape, bytes)| (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    (safetensors::serialize(views, Some(metadata.clone())).unwrap(), synthetic::file(&floats, Some(metadata)))
}

#[test]
fn bytes_with_scales_are_read_as_the_floats_they_stand_for() {
    let (bytes, floats) = in_bytes_and_floats();
    let chosen = taps("relu1_1 relu3_1 relu4_1");
    let [bytes, floats] = [bytes, floats].map(|file| {
        let network = load(&file, &chosen).unwrap();
        statistics(&looked(&network, 24, 32, &chosen).map(chosen[2]))
    });
    assert_eq!(bytes, floats);
}

#[test]
fn bytes_without_scales_are_refused() {
    let (bytes, _) = in_bytes_and_floats();
    let renamed = String::from_utf8_lossy(&bytes[8..]).find("conv1_2.weight.scale").unwrap();
    let mut damaged = bytes;
    damaged[8 + renamed] = b'k';
    let error = load(&damaged, &taps("relu1_1")).unwrap_err();
    assert!(
        matches!(&error, WeightsError::MissingTensor { tensor } if tensor == "conv1_2.weight.scale"),
        "{error}"
    );
}

#[test]
fn only_what_the_taps_need_is_read() {
    let mut tensors = synthetic::caffe();
    tensors[6].2[0] = f32::NAN;
    let file = synthetic::file(&tensors, None);
    assert!(load(&file, &taps("relu2_1 relu1_1")).is_ok(), "conv2_2 lies beyond relu2_1");
    let error = load(&file, &taps("relu2_2")).unwrap_err();
    assert!(matches!(&error, WeightsError::NotFinite { tensor } if tensor == "conv2_2.weight"), "{error}");
    tensors.truncate(4);
    let error = load(&synthetic::file(&tensors, None), &taps("relu2_1")).unwrap_err();
    assert!(
        matches!(&error, WeightsError::MissingTensor { tensor } if tensor == "conv2_1.weight"),
        "{error}"
    );
}

#[test]
fn wrong_files_are_named_for_what_they_are() {
    let chosen = taps("relu1_1");
    let refused = |bytes: &[u8]| load(bytes, &chosen).unwrap_err();
    let file = synthetic::file(&synthetic::caffe(), None);
    assert!(matches!(refused(b""), WeightsError::UnknownFormat { .. }));
    assert!(matches!(refused(b"not weights at all"), WeightsError::UnknownFormat { .. }));
    assert!(refused(&file[..file.len() - 1]).to_string().contains("cut short"));

    let other = vec![("encoder.weight".to_owned(), vec![2], vec![1.0, 2.0])];
    let error = refused(&synthetic::file(&other, None));
    assert!(
        matches!(&error, WeightsError::UnknownNetwork { sample, .. } if sample == "encoder.weight"),
        "{error}"
    );

    let narrow = synthetic::convolutions([("conv1_1", 32)]);
    let error = refused(&synthetic::file(&narrow, None));
    assert!(
        matches!(&error, WeightsError::WrongShape { expected, .. } if *expected == [64, 3, 3, 3]),
        "{error}"
    );

    let (tensors, mut metadata) = synthetic::compact();
    for (name, value) in [
        ("trunk", "8 99999999"),
        ("trunk", "eight"),
        ("trunk", "M 8 8"),
        ("trunk", "8 M M 8"),
        ("taps", "relu1_1=conv9_9"),
        ("std", "0"),
        ("version", "2"),
    ] {
        let before = metadata.insert(name.to_owned(), value.to_owned()).unwrap();
        let error = refused(&synthetic::file(&tensors, Some(metadata.clone())));
        match &error {
            WeightsError::UnsoundHeader { key } => assert_eq!(key, name, "{name} = {value}"),
            other => {
                assert!(matches!(other, WeightsError::UnknownVersion { .. }), "{name} = {value}: {error}")
            }
        }
        metadata.insert(name.to_owned(), before);
    }
    let error = load(&synthetic::file(&tensors, Some(metadata)), &taps("relu1_2")).unwrap_err();
    assert!(matches!(&error, WeightsError::MissingTensor { tensor } if tensor == "relu1_2"), "{error}");

    let missing = Weights::File("no/such/file".into());
    let error = Network::load(&missing, &chosen, &Compute::cpu(), &CancelToken::new()).unwrap_err();
    assert!(matches!(&error, Error::Weights { problem: WeightsError::Unreadable(_), .. }), "{error}");
    assert!(error.to_string().starts_with("no/such/file: "), "{error}");
}

#[test]
fn embedded_weights_files_and_bytes_are_loaded_alike() {
    let (chosen, token) = (taps("relu1_1"), CancelToken::new());
    let load = |weights: &Weights| Network::load(weights, &chosen, &Compute::cpu(), &token);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), relumine_weights::FEATURES.bytes).unwrap();
    let path = file.path().display().to_string();
    let bytes = Weights::Bytes(relumine_weights::FEATURES.bytes.into());
    let named =
        [(Weights::Embedded, "embedded"), (Weights::from(file.path()), path.as_str()), (bytes, "bytes")];
    let maps = named.map(|(weights, source)| {
        let network = load(&weights).unwrap();
        assert!(network.source().contains(source), "{}", network.source());
        looked(&network, 9, 8, &chosen).map(chosen[0]).padded().to_vec()
    });
    assert!(maps[0] == maps[1] && maps[0] == maps[2]);
    token.cancel();
    assert!(matches!(load(&Weights::Embedded), Err(Error::Cancelled)));
}

#[test]
fn what_was_seen_is_kept_at_the_taps_alone_and_known_by_its_network() {
    let chosen = taps("relu2_1 relu1_1");
    let [network, other] =
        [(); 2].map(|()| load(&synthetic::file(&synthetic::caffe(), None), &chosen).unwrap());
    let features = looked(&network, 12, 10, &chosen[..1]);
    assert_eq!((features.taps().collect::<Vec<_>>(), features.size()), (chosen[..1].to_vec(), (12, 10)));
    assert!(features.are_of(&network) && features.clone().are_of(&network) && !features.are_of(&other));
    let both = looked(&network, 12, 10, &chosen);
    assert_eq!(features.map(chosen[0]).padded(), both.map(chosen[0]).padded());
    let token = CancelToken::new();
    token.cancel();
    assert!(matches!(network.look(&photo(1, 12, 10), &chosen, &token), Err(Error::Cancelled)));
}

#[test]
fn what_does_not_fit_into_memory_is_found_beforehand() {
    let network = load(&synthetic::file(&synthetic::caffe(), None), &taps("relu2_1")).unwrap();
    // Input and its gradient, two maps and two gradients of 64 channels, a map pooled to half, one of 128 channels and its gradient.
    let needed = 4 * (2 * 3 * 66 * 50 + 4 * 64 * 66 * 50 + (64 + 2 * 128) * 34 * 26);
    network.check_fits(64, 48, None).unwrap();
    network.check_fits(64, 48, Some(needed)).unwrap();
    let error = network.check_fits(64, 48, Some(needed - 1)).unwrap_err();
    let told = matches!(error, MachineError::TooLittleMemory { height: 64, width: 48, needed: n, .. } if n == needed);
    assert!(told, "{error}");
    assert!(error.to_string().contains("48×64") && error.to_string().contains("smaller size"), "{error}");
    network.check_fits(usize::MAX / 4, usize::MAX / 4, Some(u64::MAX - 1)).unwrap_err();
}

#[test]
fn checkpoints_of_pytorch_hold_the_same_network() {
    let (chosen, size) = (taps("relu1_2"), (9, 11));
    let exact = load(&synthetic::file(&synthetic::torchvision(""), None), &chosen).unwrap();
    let expected = statistics(&looked(&exact, size.0, size.1, &chosen).map(chosen[0]));
    let features = ["checkpoint-zip.pth", "checkpoint-legacy.pth"].map(|name| {
        let network = load(&fixture(name), &chosen).unwrap_or_else(|e| panic!("{name}: {e}"));
        looked(&network, size.0, size.1, &chosen).map(chosen[0]).into_owned()
    });
    assert_eq!(features[0].padded(), features[1].padded());
    // The checkpoints hold f16 and bf16.
    let error = relative_error(statistics(&features[0]), &expected);
    assert!(error < 3e-3, "relative error {error:.1e}");
}

#[test]
fn checkpoints_that_would_run_code_are_refused() {
    // pickle.dumps of an object whose reduction calls os.system("true"), protocol 2, after a legacy checkpoint's beginning.
    let mut bytes = fixture("checkpoint-legacy.pth")[..15].to_vec();
    bytes.extend(b"\x80\x02M\xe9\x03.\x80\x02}q\x00.");
    bytes.extend(b"\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03.");
    let error = load(&bytes, &taps("relu1_1")).unwrap_err();
    assert!(error.to_string().contains("posix.system"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn mutated_files_are_errors_not_panics(
        which in 0usize..3,
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), any::<bool>()), 1..6),
        cut in proptest::option::weighted(0.2, any::<proptest::sample::Index>()),
    ) {
        thread_local! {
            static FILES: [Vec<u8>; 3] = {
                let small = synthetic::convolutions([("features.0", 64)]);
                [fixture("checkpoint-zip.pth"), fixture("checkpoint-legacy.pth"), synthetic::file(&small, None)]
            };
        }
        let mut bytes = FILES.with(|files| files[which].clone());
        for (at, value, near_edge) in edits {
            // Structure is at the ends: headers and pickles at the start, a zip archive's directory at the end.
            let edge = bytes.len().min(2048);
            let at = if near_edge { at.index(2 * edge) } else { at.index(bytes.len()) };
            let at = if near_edge && at >= edge { bytes.len() - 2 * edge + at } else { at };
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        // Whatever comes of it, an error or, where a mere weight was hit, a network that can be evaluated.
        if let Ok(network) = load(&bytes, &taps("relu1_1")) {
            looked(&network, 5, 6, &taps("relu1_1"));
        }
    }
}
