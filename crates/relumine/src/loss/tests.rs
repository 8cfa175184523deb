//! Losses and gradients against PyTorch in f64 (`tools/reference/features.py`) and against finite differences.

use safetensors::SafeTensors;

use super::*;
use crate::Error;
use crate::features::synthetic::{self, masks, photo};
use crate::features::{TORCHVISION_GAIN, fixture, load, numbers, relative_error};

const CONTENT: (usize, usize) = (37, 50);
const REFERENCE: (usize, usize) = (41, 30);

type Layers = Vec<(Tap, f64)>;

fn layers(names: &str) -> Layers {
    let layer = |word: &str| {
        let (tap, weight) = word.split_once('*').unwrap();
        (tap.parse().unwrap(), weight.parse().unwrap())
    };
    names.split_whitespace().map(layer).collect()
}

/// Each network of the fixtures with its content and style layers.
fn networks() -> [(&'static str, Network, Layers, Layers); 3] {
    let (compact, metadata) = synthetic::compact();
    let vgg = ("relu2_2*5 relu1_2*1", "relu1_1*2 relu2_1*0.5");
    let own = ("relu4_2*5", "relu1_1*1 relu2_1*1 relu3_1*1 relu4_1*1");
    [
        ("caffe", synthetic::file(&synthetic::caffe(), None), vgg),
        ("torchvision", synthetic::file(&synthetic::torchvision(""), None), vgg),
        ("compact", synthetic::file(&compact, Some(metadata)), own),
    ]
    .map(|(name, file, (content, style))| {
        let (content, style) = (layers(content), layers(style));
        let taps: Vec<Tap> = content.iter().chain(&style).map(|(tap, _)| *tap).collect();
        (name, load(&file, &taps).unwrap(), content, style)
    })
}

fn spec(case: &str, content: &[(Tap, f64)], style: &[(Tap, f64)]) -> PerceptualSpec {
    let kind = if case == "relative" { GramKind::Relative } else { GramKind::Paper };
    if case == "content" {
        PerceptualSpec { content: content.to_vec(), style: Vec::new(), kind }
    } else {
        PerceptualSpec { content: Vec::new(), style: style.to_vec(), kind }
    }
}

fn photos() -> (Planes, Planes, Planes) {
    (photo(1, CONTENT.0, CONTENT.1), photo(2, REFERENCE.0, REFERENCE.1), photo(3, CONTENT.0, CONTENT.1))
}

/// The losses against a content and a reference, each with its masks.
pub(crate) fn perceptual_loss(
    network: &Network,
    spec: &PerceptualSpec,
    (content, ours): (&Planes, &Planes),
    (reference, theirs): (&Planes, &Planes),
) -> PerceptualLoss {
    let token = CancelToken::new();
    let reference = network.look(reference, &spec.style_taps(), &token).unwrap();
    PerceptualLoss::new(network, spec, content, ours, &reference, theirs, &token).unwrap()
}

/// The mask of a whole photo.
fn whole(photo: &Planes) -> Planes {
    Planes::filled(1, photo.height(), photo.width(), 1.0)
}

#[test]
fn losses_and_gradients_equal_pytorchs() {
    let bytes = fixture("features.safetensors");
    let expected = SafeTensors::deserialize(&bytes).unwrap();
    let (content, reference, result) = photos();
    let regions = (masks(CONTENT.0, CONTENT.1), masks(REFERENCE.0, REFERENCE.1));
    let none = (whole(&content), whole(&reference));
    for (name, network, content_layers, style_layers) in &networks() {
        for case in ["content", "neural", "paper", "relative"] {
            let (ours, theirs) = if case == "neural" { &none } else { &regions };
            let spec = spec(case, content_layers, style_layers);
            let mut loss = perceptual_loss(network, &spec, (&content, ours), (&reference, theirs));
            let mut gradient = Planes::zeros_like(&result);
            let terms = loss.evaluate(&result, &mut gradient);
            let (found, other) =
                if case == "content" { (terms.content, terms.style) } else { (terms.style, terms.content) };
            assert_eq!(other, 0.0, "{name} {case}: a term that was not asked for");
            // Features scale with the gain that torchvision's are given: losses of features by its square, of Gram
            // matrices by its fourth power, relative ones not at all.
            let gain = if *name == "torchvision" { f64::from(TORCHVISION_GAIN) } else { 1.0 };
            let scale = gain.powi(match case {
                "content" => 2,
                "relative" => 0,
                _ => 4,
            });
            let value = relative_error([found / scale], &numbers(&expected, &format!("{name}.{case}.loss")));
            let slope = gradient.data().iter().map(|v| f64::from(*v) / scale);
            let slope = relative_error(slope, &numbers(&expected, &format!("{name}.{case}.gradient")));
            println!("{name} {case}: loss within {value:.1e}, gradient within {slope:.1e}");
            assert!(
                value < 1e-5 && slope < 1e-4,
                "{name} {case}: loss within {value:.1e}, gradient within {slope:.1e}"
            );
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let (content, reference, result) = photos();
    let (ours, theirs) = (masks(CONTENT.0, CONTENT.1), masks(REFERENCE.0, REFERENCE.1));
    let (_, network, content_layers, style_layers) = &networks()[2];
    for case in ["content", "paper", "relative"] {
        let spec = spec(case, content_layers, style_layers);
        let mut loss = perceptual_loss(network, &spec, (&content, &ours), (&reference, &theirs));
        let mut gradient = Planes::zeros_like(&result);
        let mut evaluate = |rgb: &Planes, gradient: &mut Planes| {
            let terms = loss.evaluate(rgb, gradient);
            terms.content + terms.style
        };
        evaluate(&result, &mut gradient);
        // Along the gradient itself, where the loss changes the most against rounding. Steps are short: the network has kinks.
        let norm = gradient.data().iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        let step = 5e-4;
        let mut moved = |sign: f64| {
            let along = |(v, g): (&f32, &f32)| v + (sign * step * f64::from(*g) / norm) as f32;
            let data = result.data().iter().zip(gradient.data()).map(along).collect();
            evaluate(&Planes::from_vec(3, CONTENT.0, CONTENT.1, data), &mut Planes::zeros_like(&result))
        };
        let slope = (moved(1.0) - moved(-1.0)) / (2.0 * step);
        assert!((slope / norm - 1.0).abs() < 5e-3, "{case}: slope {slope}, gradient {norm}");
    }
}

#[test]
fn the_reference_itself_has_no_loss() {
    let (_, network, content_layers, style_layers) = &networks()[2];
    let picture = photo(1, CONTENT.0, CONTENT.1);
    let regions = masks(CONTENT.0, CONTENT.1);
    for kind in [GramKind::Paper, GramKind::Relative] {
        let spec = PerceptualSpec { content: content_layers.clone(), style: style_layers.clone(), kind };
        let mut loss = perceptual_loss(network, &spec, (&picture, &regions), (&picture, &regions));
        let mut gradient = Planes::zeros_like(&picture);
        assert_eq!(loss.evaluate(&picture, &mut gradient), PerceptualTerms::default());
        assert!(gradient.data().iter().all(|g| *g == 0.0));
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (content, reference, result) = photos();
    let (ours, theirs) = (masks(CONTENT.0, CONTENT.1), masks(REFERENCE.0, REFERENCE.1));
    let (_, network, content_layers, style_layers) = &networks()[0];
    let spec = PerceptualSpec {
        content: content_layers.clone(),
        style: style_layers.clone(),
        kind: GramKind::Paper,
    };
    let run = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let mut gradient = Planes::zeros_like(&result);
            let mut loss = perceptual_loss(network, &spec, (&content, &ours), (&reference, &theirs));
            (loss.evaluate(&result, &mut gradient), gradient)
        })
    };
    let single = run(1);
    assert!(single == run(2) && single == run(5));
}

#[test]
fn a_second_evaluation_gives_the_same() {
    let (content, reference, result) = photos();
    for (name, network, content_layers, style_layers) in &networks() {
        let spec = PerceptualSpec {
            content: content_layers.clone(),
            style: style_layers.clone(),
            kind: GramKind::Relative,
        };
        let (ours, theirs) = (whole(&content), whole(&reference));
        let mut loss = perceptual_loss(network, &spec, (&content, &ours), (&reference, &theirs));
        let (mut first, mut second) = (Planes::zeros_like(&result), Planes::zeros_like(&result));
        let terms = loss.evaluate(&result, &mut first);
        loss.evaluate(&content, &mut second);
        second.data_mut().fill(0.0);
        assert_eq!(loss.evaluate(&result, &mut second), terms, "{name}");
        assert!(first == second, "{name}");
    }
}

#[test]
fn photos_too_small_for_the_deepest_layer_still_have_a_loss() {
    let (_, network, content_layers, style_layers) = &networks()[2];
    for (height, width) in [(1, 1), (1, 40), (5, 3), (7, 9)] {
        for kind in [GramKind::Paper, GramKind::Relative] {
            let spec = PerceptualSpec { content: content_layers.clone(), style: style_layers.clone(), kind };
            let (ours, theirs) = (photo(1, height, width), photo(2, 6, 5));
            let (ours, theirs) = ((&ours, &whole(&ours)), (&theirs, &whole(&theirs)));
            let mut loss = perceptual_loss(network, &spec, ours, theirs);
            let mut gradient = Planes::zeros(3, height, width);
            let terms = loss.evaluate(&photo(3, height, width), &mut gradient);
            assert!(
                (terms.content + terms.style).is_finite() && gradient.data().iter().all(|g| g.is_finite())
            );
        }
    }
}

#[test]
fn the_style_distance_is_the_mean_of_relative_losses() {
    let (_, network, _, style_layers) = &networks()[2];
    let (content, reference, result) = photos();
    let taps: Vec<Tap> = style_layers.iter().map(|(tap, _)| *tap).collect();
    let spec = PerceptualSpec { content: Vec::new(), style: style_layers.clone(), kind: GramKind::Relative };
    let (ours, theirs) = (whole(&content), whole(&reference));
    let mut loss = perceptual_loss(network, &spec, (&content, &ours), (&reference, &theirs));
    let terms = loss.evaluate(&result, &mut Planes::zeros_like(&result));
    let statistics = |photo: &Planes, masks: &Planes| {
        StyleStatistics::new(network, &taps, photo, masks, &CancelToken::new()).unwrap()
    };
    let distance = statistics(&result, &ours).distance(&statistics(&reference, &theirs)).unwrap();
    assert!(
        (distance - terms.style / taps.len() as f64).abs() < 1e-6 * distance,
        "{distance} and {}",
        terms.style
    );

    let (ours, theirs) = (masks(CONTENT.0, CONTENT.1), masks(REFERENCE.0, REFERENCE.1));
    let by_region = statistics(&result, &ours).distance(&statistics(&reference, &theirs)).unwrap();
    assert!(by_region > 0.0 && by_region.is_finite());
    assert_eq!(statistics(&content, &ours).distance(&statistics(&content, &ours)), Some(0.0));
}

#[test]
fn the_gradient_is_added_to_what_there_is() {
    let (content, reference, result) = photos();
    let (ours, theirs) = (whole(&content), whole(&reference));
    let (_, network, content_layers, style_layers) = &networks()[2];
    for case in ["content", "relative"] {
        let spec = spec(case, content_layers, style_layers);
        let mut loss = perceptual_loss(network, &spec, (&content, &ours), (&reference, &theirs));
        let (mut alone, mut added) =
            (Planes::zeros_like(&result), Planes::filled(3, CONTENT.0, CONTENT.1, 7.0));
        loss.evaluate(&result, &mut alone);
        loss.evaluate(&result, &mut added);
        assert!(alone.data().iter().any(|g| *g != 0.0));
        assert!(added.data().iter().zip(alone.data()).all(|(sum, g)| *sum == 7.0 + g), "{case}");
    }
}

#[test]
fn what_is_cancelled_has_no_targets() {
    let (content, reference, result) = photos();
    let (ours, theirs) = (whole(&content), whole(&reference));
    let (_, network, content_layers, style_layers) = &networks()[2];
    let spec = PerceptualSpec {
        content: content_layers.clone(),
        style: style_layers.clone(),
        kind: GramKind::Paper,
    };
    let token = CancelToken::new();
    let seen = network.look(&reference, &spec.style_taps(), &token).unwrap();
    let new = || PerceptualLoss::new(network, &spec, &content, &ours, &seen, &theirs, &token);
    let mut loss = new().unwrap();
    token.cancel();
    assert!(matches!(new(), Err(Error::Cancelled)));
    // The kernels leave everything as it is: the gradients of a network that was never used are zeros.
    let mut gradient = Planes::zeros_like(&result);
    loss.evaluate(&result, &mut gradient);
    assert!(gradient.data().iter().all(|g| *g == 0.0));
    let statistics = StyleStatistics::new(network, &spec.style_taps(), &result, &ours, &token);
    assert!(matches!(statistics, Err(Error::Cancelled)));
}

#[test]
fn losses_and_features_go_from_thread_to_thread() {
    fn sent<T: Send>() {}
    fn shared<T: Send + Sync>() {}
    sent::<PerceptualLoss>();
    shared::<Network>();
    shared::<Features>();
}
