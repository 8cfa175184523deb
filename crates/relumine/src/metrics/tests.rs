//! Against Pillow, scipy, scikit-image, PyMatting and PyTorch (`tools/reference/metrics.py`).

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;

use super::*;
use crate::features::{fixture, numbers, synthetic};
use crate::io::Limits;

/// An 8-bit picture of the fixture, H×W×3.
fn stored(file: &SafeTensors<'_>, name: &str) -> Option<Photo> {
    let tensor = file.tensor(name).ok()?;
    let (height, width) = (tensor.shape()[0], tensor.shape()[1]);
    let levels = tensor.data().as_chunks::<3>().0;
    let plane = |channel: usize| levels.iter().map(move |pixel| f32::from(pixel[channel]) / 255.0);
    Some(Photo::from_planes(Planes::from_vec(3, height, width, (0..3).flat_map(plane).collect())))
}

/// VGG-19 as far as conv5_1, of made-up weights.
fn vgg19() -> Network {
    let layers = [(1, 2, 64), (2, 2, 128), (3, 4, 256), (4, 4, 512), (5, 1, 512)];
    let keys: Vec<(String, usize)> = layers
        .iter()
        .flat_map(|(block, layers, width)| (1..=*layers).map(move |i| (format!("conv{block}_{i}"), *width)))
        .collect();
    let tensors = synthetic::convolutions(keys.iter().map(|(key, width)| (key.as_str(), *width)));
    crate::features::load(&synthetic::file(&tensors, None), &Tap::STYLE).unwrap()
}

fn assert_near(found: &Metrics, expected: &[f64], share: f64, name: &str) {
    assert_eq!(expected.len(), Metric::ALL.len());
    for (metric, expected) in Metric::ALL.into_iter().zip(expected) {
        let value = metric.of(found).unwrap();
        let near = (value - expected).abs() <= share * expected.abs().max(1e-3);
        assert!(near, "{name}: {} is {value}, not {expected}", metric.name());
    }
}

#[test]
fn synthetic_pairs_are_measured_as_by_the_reference() {
    let bytes = fixture("metrics.safetensors");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let network = vgg19();
    for case in ["masked", "whole", "damaged"] {
        let picture = |kind: &str| stored(&file, &format!("{case}.{kind}"));
        let (content, reference) = (picture("content").unwrap(), picture("reference").unwrap());
        let masks = picture("content_mask").zip(picture("reference_mask"));
        let masks = masks.as_ref().map(|(content, reference)| (content, reference));
        assert_eq!(masks.is_some(), case == "masked");
        let pair = Pair::new(&content, &reference, masks, Some(&network), 64).unwrap();
        let found = pair.measure(&picture("result").unwrap());
        assert_near(&found, &numbers(&file, &format!("{case}.metrics")), 0.005, case);

        let itself = pair.measure(&content);
        assert!((itself.edge - 1.0).abs() < 1e-9, "a content photo has its own structure");
        assert!(Metric::Edge.is_better(&itself, &found) && !Metric::Edge.is_better(&found, &itself));
        let without = Pair::new(&content, &reference, masks, None, 64).unwrap().measure(&content);
        assert_eq!(without, Metrics { style: None, ..itself });
    }
}

#[test]
fn published_results_are_measured_as_by_the_reference() {
    let shared = std::env::var_os("RELUMINE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let (weights, pairs) = (shared.join("weights/vgg19.safetensors"), shared.join("dpst"));
    for path in [&weights, &pairs] {
        if !path.exists() {
            eprintln!(
                "SKIPPED: {} is missing; set RELUMINE_SHARED to the folder of shared data",
                path.display()
            );
            return;
        }
    }
    let network =
        Network::load(&weights.into(), &Tap::STYLE, &crate::Compute::cpu(), &CancelToken::new()).unwrap();
    let tables = ["published/metrics.jsonl", "published/naturalness.jsonl"]
        .map(|name| std::fs::read_to_string(pairs.join(name)).unwrap());
    let open = |name: String| Photo::open(pairs.join(name), &Limits::default()).unwrap();
    for id in [3, 20] {
        let [content, reference, content_mask, reference_mask, result] = [
            format!("input/in{id}.png"),
            format!("style/tar{id}.png"),
            format!("segmentation/in{id}.png"),
            format!("segmentation/tar{id}.png"),
            format!("published/best{id}.png"),
        ]
        .map(open);
        let line = |table: &String| {
            let line = table.lines().find(|line| line.starts_with(&format!("{{\"id\": {id},"))).unwrap();
            serde_json::from_str::<serde_json::Value>(line).unwrap()
        };
        let lines = tables.each_ref().map(line);
        let expected = Metric::ALL.map(|metric| {
            lines.iter().find_map(|line| line[metric.name()].as_f64()).expect("a table has it")
        });
        let pair =
            Pair::new(&content, &reference, Some((&content_mask, &reference_mask)), Some(&network), SIZE)
                .unwrap();
        assert_near(&pair.measure(&result), &expected, 0.01, &format!("pair {id}"));
    }
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let photo = |height, width, value| Photo::from_planes(Planes::filled(3, height, width, value));
    let refused = |content: &Photo, masks, size| {
        Pair::new(content, &photo(20, 20, 0.5), masks, None, size).unwrap_err().to_string()
    };
    let square = photo(20, 20, 0.5);
    assert!(refused(&photo(2, 40, 0.5), None, 64).contains("64×3"));
    assert!(refused(&square, None, 8).contains("measure_size is 8"));
    let (black, white) = (photo(20, 20, 0.0), photo(20, 20, 1.0));
    assert!(refused(&square, Some((&black, &white)), 64).contains("shares no colour"));
}

#[test]
fn means_leave_out_what_was_not_measured() {
    let values = |style, [swd, lost]: [f64; 2]| Metrics {
        style,
        swd,
        edge: 0.5,
        lap: 0.0,
        clip: 0.0,
        lost,
        inverted: 0.0,
        blotch_l: 0.0,
        blotch_ab: 0.0,
        stray: 0.0,
    };
    let (one, other) = (values(Some(0.25), [1.0, 0.0]), values(None, [3.0, 0.5]));
    let mean = values(Some(0.25), [2.0, 0.25]);
    assert_eq!(Metrics::mean(&[one, other]), Some(mean));
    assert_eq!(Metrics::mean(&[]), None);
}
