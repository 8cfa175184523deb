//! `relumine weights` through the program, against a server on this machine.

use crate::bench::Bench;
use crate::hub::{Fault, Hub};
use relumine::Weights;
use relumine::segment::{SegFormer, Variant};
use relumine::watch::CancelToken;
use safetensors::Dtype;
use safetensors::tensor::{SafeTensors, TensorView};

/// VGG-19's convolutions through conv5_2 in torchvision's layout and true sizes, and a tensor beside them.
fn vgg19() -> Vec<u8> {
    const CONVOLUTIONS: [(usize, usize, usize); 14] = [
        (0, 3, 64),
        (2, 64, 64),
        (5, 64, 128),
        (7, 128, 128),
        (10, 128, 256),
        (12, 256, 256),
        (14, 256, 256),
        (16, 256, 256),
        (19, 256, 512),
        (21, 512, 512),
        (23, 512, 512),
        (25, 512, 512),
        (28, 512, 512),
        (30, 512, 512),
    ];
    let convolutions = CONVOLUTIONS.iter().flat_map(|&(i, input, output)| {
        [
            (format!("features.{i}.weight"), vec![output, input, 3, 3]),
            (format!("features.{i}.bias"), vec![output]),
        ]
    });
    file(convolutions.chain([("head.fc.weight".to_owned(), vec![10, 512])]))
}

/// A safetensors file of small numbers.
fn file(shapes: impl IntoIterator<Item = (String, Vec<usize>)>) -> Vec<u8> {
    let tensors: Vec<_> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let count: usize = shape.iter().product();
            let bytes: Vec<u8> = (0..count).flat_map(|i| ((i % 251) as f32 / 2510.0).to_le_bytes()).collect();
            (name, shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn a_network_is_fetched_listed_found_and_guarded() {
    let bench = Bench::new();
    let hub = Hub::serve(vgg19());
    let path = bench.path("cache/vgg19.safetensors");
    let list = || String::from_utf8(bench.run("weights list").stdout).unwrap();
    assert!(list().contains("vgg19") && list().contains("not there"), "{}", list());
    let printed = bench.run("weights path").stdout;
    assert_eq!(String::from_utf8(printed).unwrap().trim(), path.to_string_lossy());

    let fetch = format!("weights fetch vgg19 --url {}", hub.redirecting_url());
    hub.then([None, None, Some(Fault::CutAfter(20_000_000))]);
    let stderr = bench.succeeds(&fetch);
    assert!(stderr.contains("trying again in 1 s") && stderr.contains("26 tensors fetched"), "{stderr}");
    let sum = stderr.trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(sum.len(), 64);
    assert!(list().contains(&sum) && list().contains(&*path.to_string_lossy()), "{}", list());
    let asked = 20_000_000 + hub.asked().iter().skip(3).map(|range| range.len()).sum::<usize>();
    assert_eq!(asked, 51_779_840);

    let bytes = std::fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.len(), 26);
    assert_eq!(file.tensor("features.28.weight").unwrap().shape(), [512, 512, 3, 3]);

    let again = bench.succeeds(&fetch);
    assert!(again.contains("is there already"), "{again}");
    assert!(hub.asked().is_empty());

    let mut spoilt = bytes.clone();
    *spoilt.last_mut().unwrap() ^= 1;
    std::fs::write(&path, spoilt).unwrap();
    assert!(list().contains("CHANGED"), "{}", list());
    let transfer = "transfer content.png reference.png -o out.png --method neural --network vgg19";
    bench.fails(1, transfer, &["vgg19.safetensors", "SHA-256", "weights fetch vgg19"]);
    bench.succeeds(&fetch);
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_segmenter_is_fetched_and_can_be_loaded() {
    let bench = Bench::new();
    let beside = ("decode_head.auxiliary.weight".to_owned(), vec![19, 256]);
    let hub = Hub::serve(file(Variant::B0.tensors().into_iter().chain([beside])));
    let stderr = bench.succeeds(&format!("weights fetch segformer-b0 --url {}", hub.redirecting_url()));
    assert!(stderr.contains("segformer-b0.safetensors"), "{stderr}");
    let bytes = std::fs::read(bench.path("cache/segformer-b0.safetensors")).unwrap();
    let tensors = Variant::B0.tensors();
    assert_eq!(SafeTensors::deserialize(&bytes).unwrap().len(), tensors.len());
    assert!(stderr.contains(&format!("{} tensors fetched", tensors.len())), "{stderr}");
    let network =
        SegFormer::load(&Weights::File(bench.path("cache/segformer-b0.safetensors")), &CancelToken::new())
            .unwrap();
    assert_eq!(network.variant(), Variant::B0);
    let list = String::from_utf8(bench.run("weights list").stdout).unwrap();
    assert!(list.contains("non-commercial") && list.contains("weights fetch vgg19"), "{list}");
}

#[test]
fn without_a_network_the_error_names_the_address_and_the_folder() {
    let bench = Bench::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/model.safetensors");
    let output = bench.run(&format!("weights fetch vgg19 --folder here --url {url}"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    for word in [&*url, "here/vgg19.safetensors", "cannot be reached", "by other means"] {
        assert!(stderr.contains(word), "`{word}` is missing in: {stderr}");
    }
    assert_eq!(std::fs::read_dir(bench.path("here")).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let bench = Bench::new();
    bench.fails(
        1,
        "weights fetch vgg19 --folder content.png/below --url http://127.0.0.1:9/x",
        &["content.png/below", "cannot be written", "--folder"],
    );
}
