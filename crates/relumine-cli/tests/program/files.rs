//! Files through the program: what they are, pipes, colour spaces, what is written of them.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::bench::{Bench, mask};

const TRANSPORT: &str = "--method transport --masks none";

/// Runs with bytes on standard input; gives the exit code and what came out.
fn piped(bench: &Bench, words: &str, input: &[u8]) -> (i32, Vec<u8>) {
    let mut child = bench
        .command(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Who refuses at once does not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), output.stdout)
}

#[test]
fn info_says_what_files_are_past_those_that_cannot_be_read() {
    let bench = Bench::new();
    let (code, out) = piped(&bench, "info content.png nowhere.png reference.png --json", &[]);
    assert_eq!(code, 1, "one of them is not there");
    let found: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 2);
    assert_eq!(
        (&found[0]["width"], &found[0]["height"], &found[0]["format"]),
        (&48.into(), &32.into(), &"PNG".into())
    );
    let (code, out) = piped(&bench, "info content.png", &[]);
    let out = String::from_utf8(out).unwrap();
    assert_eq!(code, 0);
    assert!(out.contains("48×32 pixels") && out.contains("8 bits a channel"), "{out}");
}

#[cfg(unix)]
#[test]
fn a_program_develops_what_is_not_read() {
    let bench = Bench::new();
    bench.write("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    bench.succeeds(&format!("transfer content.png reference.png -o expected.png {TRANSPORT}"));
    std::fs::copy(bench.path("content.png"), bench.path("made.png")).unwrap();
    mask(48, 32, [0; 3], [255; 3]).save(bench.path("trimap.png")).unwrap();
    let run = |words: &str| {
        let developer = "sh -c 'cp made.png \"$1\"' - {output} {input}";
        let output = bench.command(words).env("RELUMINE_DEVELOPER", developer).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{words}\n{stderr}");
        String::from_utf8(output.stdout).unwrap() + &stderr
    };
    assert!(run("info photo.heic").contains("48×32 pixels"));
    let told = run(&format!("transfer photo.heic reference.png -o out.png {TRANSPORT}"));
    assert!(told.contains("of which `sh` made the picture"), "{told}");
    let file = |name: &str| std::fs::read(bench.path(name)).unwrap();
    assert!(file("out.png") == file("expected.png"), "the same photo");
    run("segment photo.heic -o regions.png");
    run("matte photo.heic trimap.png -o alpha.png");
    run("learn photo.heic reference.png -o a.look --method transport");
    run("apply a.look photo.heic -o applied.png");
    bench.fails(1, "transfer photo.heic reference.png -o none.png", &["it is HEIC", "--developer auto"]);
}

#[test]
fn photos_come_in_and_go_out_by_pipes() {
    let bench = Bench::new();
    let content = std::fs::read(bench.path("content.png")).unwrap();
    bench.succeeds(&format!("transfer content.png reference.png -o out.png {TRANSPORT}"));
    let (code, out) =
        piped(&bench, &format!("transfer - reference.png -o - --format png {TRANSPORT}"), &content);
    assert_eq!(code, 0);
    assert!(out == std::fs::read(bench.path("out.png")).unwrap(), "the same file");
    let (code, _) = piped(&bench, &format!("transfer - reference.png -o - {TRANSPORT}"), &content);
    assert_eq!(code, 2, "no name says the format");
    let (code, _) = piped(&bench, &format!("transfer - - -o out2.png {TRANSPORT}"), &content);
    assert_eq!(code, 1, "one photo comes in by a pipe");
    assert!(!bench.path("out2.png").exists());
}

#[test]
fn the_format_that_is_said_is_the_outputs_alone() {
    let bench = Bench::new();
    bench.succeeds(&format!(
        "transfer content.png reference.png -o out --format png --overlay pairs.jpg {TRANSPORT}"
    ));
    let begins = |name: &str| std::fs::read(bench.path(name)).unwrap()[..3].to_vec();
    assert_eq!(begins("out"), b"\x89PN");
    assert_eq!(begins("pairs.jpg"), [0xFF, 0xD8, 0xFF]);
    bench.fails(2, "segment content.png -o out2.png --format png", &["--format"]);
}

#[test]
fn spaces_can_be_said_and_asked_for() {
    let bench = Bench::new();
    let words = format!("{TRANSPORT} --strength 0");
    bench
        .succeeds(&format!("transfer content.png reference.png -o p3.png {words} --output-space display-p3"));
    let (_, out) = piped(&bench, "info p3.png --json", &[]);
    assert_eq!(serde_json::from_slice::<Value>(&out).unwrap()[0]["colour_space"], "Display P3");
    let stderr =
        bench.succeeds(&format!("transfer p3.png reference.png -o out.png {words} --input-space slog3"));
    assert!(stderr.contains("it says what colours it is in"), "{stderr}");
    bench.succeeds(&format!(
        "transfer content.png reference.png -o log.png {words} --input-space slog3 --output-space srgb"
    ));
    let [content, log] =
        ["content.png", "log.png"].map(|name| image::open(bench.path(name)).unwrap().to_rgb8());
    assert_ne!(content, log, "S-Log3 is not sRGB");
}

#[test]
fn jpegs_are_written_as_asked() {
    let bench = Bench::new();
    let size = |words: &str| {
        bench.succeeds(&format!("transfer content.png reference.png -o out.jpg {TRANSPORT} {words}"));
        std::fs::metadata(bench.path("out.jpg")).unwrap().len()
    };
    assert!(size("--subsampling 4:2:0") < size(""));
    size("--progressive");
    let bytes = std::fs::read(bench.path("out.jpg")).unwrap();
    assert!(bytes.windows(2).any(|marker| marker == [0xFF, 0xC2]), "a progressive frame");
}
