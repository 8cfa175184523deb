//! `relumine eval` over a folder of small pairs: made, kept, measured, compared, shown.

use crate::bench::{Bench, mask, photo};
use serde_json::Value;

const RUN: &str = "eval pairs --out mine/{id}.png --run --method transport --measure-size 48";

/// Pairs 2 and 10 with masks, and pair 11 without.
fn pairs() -> Bench {
    let bench = Bench::new();
    for folder in ["pairs/input", "pairs/style", "pairs/segmentation", "mine", "theirs"] {
        std::fs::create_dir_all(bench.path(folder)).unwrap();
    }
    for (id, width) in [(2, 48), (10, 56), (11, 40)] {
        photo(width, 32, 0).save(bench.path(&format!("pairs/input/in{id}.png"))).unwrap();
        photo(40, width, 1).save(bench.path(&format!("pairs/style/tar{id}.png"))).unwrap();
        if id < 11 {
            for (side, width, height) in [("in", width, 32), ("tar", 40, width)] {
                let path = bench.path(&format!("pairs/segmentation/{side}{id}.png"));
                mask(width, height, [255, 0, 0], [0, 0, 255]).save(path).unwrap();
            }
        }
    }
    bench
}

fn lines(bench: &Bench, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(bench.path(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn results_are_made_once_measured_and_shown() {
    let bench = pairs();
    let output = bench.run(&format!("{RUN} --json out.jsonl --html out.html"));
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let first: Vec<_> = stdout.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(first, ["pair", "2", "10", "11", "mean"]);
    assert!(stderr.contains("style is not measured"), "{stderr}");

    let lines = lines(&bench, "out.jsonl");
    assert_eq!(
        lines.iter().map(|line| line["id"].as_u64()).collect::<Vec<_>>(),
        [Some(2), Some(10), Some(11), None]
    );
    let mean = lines[..3].iter().map(|line| line["edge"].as_f64().unwrap()).sum::<f64>() / 3.0;
    assert!((lines[3]["mean"]["edge"].as_f64().unwrap() - mean).abs() < 1e-12);
    assert_eq!(lines[3]["pairs"], 3);
    let page = std::fs::read_to_string(bench.path("out.html")).unwrap();
    assert_eq!(page.matches("src=\"data:image/jpeg;base64,").count(), 9);

    // What is there is kept, even if it is another picture; --force makes it again.
    let made = std::fs::read(bench.path("mine/2.png")).unwrap();
    photo(48, 32, 1).save(bench.path("mine/2.png")).unwrap();
    let other = std::fs::read(bench.path("mine/2.png")).unwrap();
    std::fs::remove_file(bench.path("mine/10.png")).unwrap();
    let stderr = bench.succeeds(RUN);
    assert!(stderr.contains("2 of 3 results are there and kept"), "{stderr}");
    assert_eq!(std::fs::read(bench.path("mine/2.png")).unwrap(), other);
    assert!(bench.path("mine/10.png").exists());
    bench.succeeds(&format!("{RUN} --force --ids 2"));
    assert_eq!(std::fs::read(bench.path("mine/2.png")).unwrap(), made);
}

#[test]
fn what_is_missing_is_named_and_left_out() {
    let bench = pairs();
    photo(48, 32, 1).save(bench.path("mine/10.png")).unwrap();
    bench.write("mine/11.png", b"no picture");
    let stderr = bench.succeeds("eval pairs --out mine/{id}.png --json out.jsonl");
    for mention in ["not measured: 2: ", "2.png: cannot be read", "not measured: 11: ", "11.png: not a JPEG"]
    {
        assert!(stderr.contains(mention), "`{mention}` is missing:\n{stderr}");
    }
    assert_eq!(lines(&bench, "out.jsonl").len(), 2);
}

#[test]
fn two_sets_are_compared_pair_by_pair() {
    let bench = pairs();
    for id in [2, 10] {
        let width = if id == 2 { 48 } else { 56 };
        photo(width, 32, 0).save(bench.path(&format!("mine/{id}.png"))).unwrap();
        photo(width, 32, 1).save(bench.path(&format!("theirs/{id}.jpg"))).unwrap();
    }
    let words = "eval pairs --ids 2,10 --out mine/{id}.png --against theirs/{id}.jpg --json out.jsonl --html out.html";
    bench.succeeds(words);
    let lines = lines(&bench, "out.jsonl");
    for line in &lines[..2] {
        assert!(line["edge"].as_f64().unwrap() > 0.999, "the content photo has its own edges");
        assert!(line["against"]["swd"].as_f64().unwrap() < line["swd"].as_f64().unwrap());
    }
    assert!(lines[2]["against"]["mean"]["swd"].is_number());
    assert!(std::fs::read_to_string(bench.path("out.html")).unwrap().contains("theirs/{id}.jpg"));
}

#[test]
fn wrong_usage_and_nothing_to_measure_fail_in_one_line() {
    let bench = pairs();
    bench.fails(2, "eval pairs --out mine/2.png", &["{id}"]);
    bench.fails(2, "eval pairs --out mine/{id}.png --force", &["--run"]);
    bench.fails(1, "eval nothing --out mine/{id}.png", &["nothing", "input"]);
    bench.fails(
        1,
        &format!("{RUN} --html no-such-folder/out.html"),
        &["no-such-folder", "cannot be written"],
    );
    bench.fails(1, &RUN.replace("mine/", "no-such-folder/"), &["no-such-folder", "cannot be written"]);
    bench.fails(1, &RUN.replace("mine/{id}", "pairs/input/in{id}"), &["is also an input"]);
    bench.fails(2, &format!("{RUN} --strength 2"), &["--strength"]);
    bench.fails(2, "eval pairs --out mine/{id}.png --measure-size 3", &["--measure-size"]);
    assert!(std::fs::read_dir(bench.path("mine")).unwrap().next().is_none());
    let output = bench.run("eval pairs --out mine/{id}.png --quiet");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("none of 3 pairs could be measured"));
}
