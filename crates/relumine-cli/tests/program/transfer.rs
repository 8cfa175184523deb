//! Transfers through the program, from file to file.

use crate::bench::{Bench, mask, photo, photo16, weights};
use serde_json::Value;

const TRANSFER: &str = "transfer content.png reference.png -o out.png";
/// A network small enough to be made here: conv1_1 alone.
const NEURAL: &str =
    "--method neural --network tiny.safetensors --content-layers relu1_1 --style-layers relu1_1";

fn report(bench: &Bench) -> Value {
    serde_json::from_slice(&std::fs::read(bench.path("out.json")).unwrap()).unwrap()
}

fn mean(image: &image::RgbImage) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for pixel in image.pixels() {
        for (s, v) in sum.iter_mut().zip(pixel.0) {
            *s += f64::from(v);
        }
    }
    sum.map(|s| s / f64::from(image.width() * image.height()))
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn transport_brings_the_colours_of_the_reference() {
    let bench = Bench::new();
    let stderr = bench.succeeds(&format!("{TRANSFER} --method transport --report out.json"));
    assert!(stderr.lines().last().unwrap().starts_with("out.png: 48×32, transport in "), "{stderr}");
    assert_eq!(bench.names(), ["content.png", "out.json", "out.png", "reference.png"]);

    let [content, reference, out] = ["content.png", "reference.png", "out.png"]
        .map(|name| image::open(bench.path(name)).unwrap().to_rgb8());
    assert_eq!(out.dimensions(), content.dimensions());
    let (before, after) =
        (distance(mean(&content), mean(&reference)), distance(mean(&out), mean(&reference)));
    assert!(after < before / 3.0, "mean colour {before} away before, {after} after");

    let report = report(&bench);
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["method"], "transport");
    assert!(report["device"].as_str().unwrap().starts_with("cpu"));
    assert_eq!(report["network"], Value::Null);
    assert_eq!(report["sizes"]["content"], serde_json::json!([48, 32]));
    assert_eq!(report["sizes"]["reference"], serde_json::json!([40, 40]));
    assert!(report["regions"].is_object());
    assert!(!report["seconds"].as_array().unwrap().is_empty());
    assert_eq!(report["iterations"], 0);
    assert_eq!(report["stopped"], Value::Null);
    if cfg!(unix) {
        assert!(report["peak_memory_bytes"].as_u64().unwrap() > 1 << 20);
    }
}

#[test]
fn masks_pair_regions_and_the_report_says_which() {
    let bench = Bench::new();
    mask(48, 32, [255, 0, 0], [0, 0, 255]).save(bench.path("a.png")).unwrap();
    mask(20, 20, [255, 0, 0], [0, 0, 255]).save(bench.path("b.png")).unwrap();
    let words = format!("{TRANSFER} --report out.json --content-mask a.png --reference-mask b.png");
    let stderr = bench.succeeds(&words);
    assert!(stderr.contains("notice: b.png: 20×20 pixels, resampled"), "{stderr}");
    let report = report(&bench);
    let regions = report["regions"]["regions"].as_array().unwrap();
    let colours: Vec<_> = regions.iter().map(|region| region["colour"].as_str()).collect();
    assert_eq!(colours, [Some("#ff0000"), Some("#0000ff")]);
    assert_eq!(report["regions"]["unpaired"], serde_json::json!([]));
    let notices = report["notices"].as_array().unwrap();
    assert_eq!(notices.len(), 1);
    assert_eq!((&notices[0]["notice"], &notices[0]["about"]), (&"resampled".into(), &"b.png".into()));
}

#[test]
fn neural_has_no_photorealism_term() {
    let bench = Bench::new();
    bench.write("tiny.safetensors", &weights(1, |_, _| {}));
    bench.succeeds(&format!("{TRANSFER} {NEURAL} --iterations 3 --report out.json"));
    let losses = report(&bench)["losses"].clone();
    let term = |name: &str| {
        let found = losses.as_array().unwrap().iter().find(|term| term["term"] == name);
        found.unwrap_or_else(|| panic!("{name} among {losses}"))["start"].as_f64().unwrap()
    };
    assert!(term("style") > 0.0);
    assert!(losses.as_array().unwrap().iter().all(|term| term["term"] != "photorealism"), "{losses}");
}

#[test]
fn the_papers_schedule_takes_every_step_where_the_default_stops_on_its_own() {
    let bench = Bench::new();
    bench.write("tiny.safetensors", &weights(1, |_, _| {}));
    let run = |schedule: &str| {
        bench.succeeds(&format!(
            "{TRANSFER} {NEURAL} --schedule {schedule} --iterations 160 --report out.json"
        ));
        report(&bench)
    };
    let (paper, own) = (run("paper"), run("coarse-to-fine"));
    assert_eq!((&paper["iterations"], &paper["stopped"]), (&160.into(), &"iteration-limit".into()));
    assert_eq!(own["stopped"], "objective-stalled");
    assert!(own["iterations"].as_u64().unwrap() < 160);
}

#[test]
fn strength_0_gives_the_content_back_bit_for_bit() {
    let bench = Bench::new();
    bench.succeeds(&format!("{TRANSFER} --strength 0"));
    assert_eq!(image::open(bench.path("out.png")).unwrap(), photo(48, 32, 0).into());

    let deep = photo16(48, 32);
    deep.save(bench.path("deep.png")).unwrap();
    for format in ["png", "tif"] {
        bench.succeeds(&format!("transfer deep.png reference.png -o out.{format} --strength 0"));
        assert_eq!(image::open(bench.path(&format!("out.{format}"))).unwrap(), deep, "{format}");
    }
}

#[test]
fn look_is_the_default_and_its_network_is_embedded() {
    let bench = Bench::new();
    let stderr = bench.succeeds(&format!("{TRANSFER} --report out.json"));
    assert!(stderr.lines().last().unwrap().starts_with("out.png: 48×32, look in "), "{stderr}");
    let report = report(&bench);
    assert_eq!((&report["method"], &report["network"]["source"]), (&"look".into(), &"embedded".into()));
    let style = report["losses"].as_array().unwrap().iter().find(|l| l["term"] == "style").unwrap();
    assert!(style["end"].as_f64() < style["start"].as_f64(), "{style}");

    let [reference, transported, looked] = ["reference.png", "transported.png", "out.png"].map(|name| {
        if name == "transported.png" {
            bench.succeeds("transfer content.png reference.png -o transported.png --method transport");
        }
        image::open(bench.path(name)).unwrap().to_rgb8()
    });
    assert_ne!(looked, transported, "the network has its say");
    // Nothing is recognised in what is made of numbers, which is then hardly trusted; as a whole it is.
    bench.succeeds("transfer content.png reference.png -o whole.png --masks none");
    let whole = image::open(bench.path("whole.png")).unwrap().to_rgb8();
    let content = image::open(bench.path("content.png")).unwrap().to_rgb8();
    let (before, after) =
        (distance(mean(&content), mean(&reference)), distance(mean(&whole), mean(&reference)));
    assert!(after < before / 3.0, "mean colour {before} away before, {after} after");
}

#[test]
fn every_format_is_written_with_its_losses_told() {
    let bench = Bench::new();
    photo16(48, 32).save(bench.path("deep.png")).unwrap();
    for (format, lossy) in [("jpg", true), ("webp", true), ("png", false), ("tif", false)] {
        let stderr = bench.succeeds(&format!("transfer deep.png reference.png -o out.{format}"));
        assert_eq!(image::image_dimensions(bench.path(&format!("out.{format}"))).unwrap(), (48, 32));
        assert_eq!(stderr.contains("8 bits a channel"), lossy, "{format}: {stderr}");
    }
}

#[test]
fn quiet_says_nothing_and_verbose_says_more() {
    let bench = Bench::new();
    let output = bench.run(&format!("{TRANSFER} --quiet --iterations 5"));
    assert!(output.status.success() && output.stderr.is_empty() && output.stdout.is_empty());
    let (plain, verbose) = (bench.succeeds(TRANSFER), bench.succeeds(&format!("{TRANSFER} -v")));
    assert!(verbose.contains("transport: 0.") && !plain.contains("peak memory"), "{plain}\n{verbose}");
}

#[test]
fn options_without_effect_are_told() {
    let bench = Bench::new();
    let stderr = bench.succeeds(&format!("{TRANSFER} --method transport --iterations 5 --seed 3"));
    assert!(stderr.contains("notice: the method transport makes no use of --iterations, --seed"), "{stderr}");
    let stderr = bench.succeeds(&format!("{TRANSFER} --iterations 2 --tv-weight 3"));
    assert!(stderr.contains("notice: the method look makes no use of --tv-weight"), "{stderr}");
}

#[test]
fn neural_reports_losses_and_writes_previews() {
    let bench = Bench::new();
    bench.write("tiny.safetensors", &weights(1, |_, _| {}));
    let words = format!("{TRANSFER} {NEURAL} --size 32 --iterations 6 --preview-every 2 --report out.json");
    let stderr = bench.succeeds(&words);
    assert!(stderr.contains("solve: ") && stderr.contains("loss "), "{stderr}");
    let preview = image::open(bench.path("out.preview.png")).unwrap();
    assert_eq!(preview.width().max(preview.height()), 512, "of one size, whatever is solved at");
    assert!(bench.path("out.png").exists());
    let report = report(&bench);
    assert!(report["network"]["source"].as_str().unwrap().contains("tiny.safetensors"));
    let losses = report["losses"].as_array().unwrap();
    for name in ["content", "style"] {
        assert!(losses.iter().any(|term| term["term"] == name), "{losses:?}");
    }
    let sum = |key: &str| losses.iter().map(|term| term[key].as_f64().unwrap()).sum::<f64>();
    assert!(sum("end") <= sum("start"), "{losses:?}");
    assert!(report["iterations"].as_u64().unwrap() >= 1);
    assert!(report["stopped"].is_string() || report["stopped"].is_object(), "{report}");
}

#[test]
fn a_report_repeats_its_run() {
    let bench = Bench::new();
    bench.succeeds(&format!("{TRANSFER} --iterations 3 --strength 0.6 --unpaired keep --report out.json"));
    let report = report(&bench);
    assert_eq!(
        (&report["inputs"]["content"], &report["inputs"]["reference"]),
        (&"content.png".into(), &"reference.png".into())
    );
    let options = relumine::TransferOptions::from_json(&report["options"].to_string()).unwrap();
    let look = relumine::LookOptions { iterations: Some(3), ..Default::default() };
    let mut expected = relumine::TransferOptions::new(look);
    expected.apply.strength = 0.6;
    expected.pairing.unpaired = relumine::UnpairedLook::Keep;
    assert_eq!(options, expected);
}

#[test]
fn no_more_iterations_are_done_than_asked_for() {
    let bench = Bench::new();
    bench.succeeds(&format!("{TRANSFER} --iterations 5 --report out.json"));
    assert!(report(&bench)["iterations"].as_u64().unwrap() <= 5);
}

/// Ctrl-C on a transfer that would otherwise take far longer than any test.
#[cfg(unix)]
mod ctrl_c {
    use std::io::{BufRead, BufReader};
    use std::process::{Child, ChildStderr, ExitStatus, Stdio};

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    use super::*;

    struct Running {
        child: Child,
        stderr: BufReader<ChildStderr>,
    }

    impl Running {
        /// Starts it on a content photo of this size and waits until it solves.
        fn start(bench: &Bench, [width, height]: [u32; 2]) -> Self {
            bench.write("tiny.safetensors", &weights(1, |_, _| {}));
            photo(width, height, 0).save(bench.path("content.png")).unwrap();
            let words = format!(
                "{TRANSFER} {NEURAL} --schedule paper --size 640 --iterations 100000 --style-weight 1e6 --report out.json"
            );
            let mut child = bench.command(&words).stderr(Stdio::piped()).spawn().unwrap();
            let stderr = BufReader::new(child.stderr.take().unwrap());
            let mut running = Self { child, stderr };
            running.wait_for("solve: ");
            running
        }

        fn wait_for(&mut self, text: &str) {
            let mut line = String::new();
            while !line.contains(text) {
                line.clear();
                assert_ne!(self.stderr.read_line(&mut line).unwrap(), 0, "it ended before it said `{text}`");
            }
        }

        fn interrupt(&self) {
            kill(Pid::from_raw(self.child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
        }

        fn end(mut self) -> (ExitStatus, String) {
            let rest = std::io::read_to_string(self.stderr).unwrap();
            (self.child.wait().unwrap(), rest)
        }
    }

    #[test]
    fn once_finishes_with_the_picture_as_it_stands() {
        let bench = Bench::new();
        let mut running = Running::start(&bench, [640, 480]);
        running.interrupt();
        running.wait_for("finishing with the picture as it stands");
        let (status, rest) = running.end();
        assert_eq!(status.code(), Some(0), "{rest}");
        assert_eq!(image::image_dimensions(bench.path("out.png")).unwrap(), (640, 480));
        let report = report(&bench);
        assert!(report["stopped"].to_string().contains("inish"), "{}", report["stopped"]);
    }

    #[test]
    fn twice_stops_and_leaves_nothing() {
        let bench = Bench::new();
        // Bringing the result to this size takes long enough for the second signal to come in time.
        let mut running = Running::start(&bench, [3200, 2400]);
        running.interrupt();
        // Two signals in one instant are one to the system; the program has to have seen the first.
        running.wait_for("finishing with the picture as it stands");
        running.interrupt();
        let (status, rest) = running.end();
        assert_eq!(status.code(), Some(130), "{rest}");
        assert!(rest.lines().last().unwrap().starts_with("error: stopped"), "{rest}");
        assert_eq!(bench.names(), ["content.png", "reference.png", "tiny.safetensors"]);
    }
}
