//! What manages the program itself: help, presets, completions, pages of the manual.

use crate::bench::Bench;

fn stdout(bench: &Bench, words: &str, columns: &str) -> String {
    let output = bench.command(words).env("COLUMNS", columns).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn short_help_shows_what_is_common_and_says_where_the_rest_is() {
    let bench = Bench::new();
    for columns in ["80", "120"] {
        let width = columns.parse().unwrap();
        for command in ["transfer", "learn", "lut", "apply", "eval", "matte", "segment", "info"] {
            let [short, long] =
                ["-h", "--help"].map(|flag| stdout(&bench, &format!("{command} {flag}"), columns));
            let wide = short.lines().find(|line| line.chars().count() > width);
            assert_eq!(wide, None, "{command} at {columns}");
            let last = short.lines().last().unwrap();
            assert!(last.contains(&format!("`relumine {command} --help`")), "{last}");
            assert!(short.len() < long.len() && long.contains("Examples:"), "{command}");
        }
        let short = stdout(&bench, "transfer -h", columns);
        let options = short.lines().filter(|line| line.trim_start().starts_with('-')).count();
        let lines = short.lines().skip_while(|line| *line != "Options:");
        let lines = lines.filter(|line| line.starts_with("  ")).count();
        assert!(options >= 10 && lines <= 36, "{options} options in {lines} lines:\n{short}");
        assert!(short.contains("--strength") && !short.contains("--style-weight"), "{short}");
    }
}

#[test]
fn a_preset_is_written_and_taken() {
    let bench = Bench::new();
    let told = bench.succeeds(
        "transfer content.png reference.png -o a.png --method grade --masks none --strength 0.5 --write-preset warm.toml",
    );
    let text = std::fs::read_to_string(bench.path("warm.toml")).unwrap();
    assert!(text.contains("method = \"grade\"\n") && text.contains("strength = 0.5\n"), "{text}");
    assert!(!text.contains(".png") && !told.contains("warm.toml"), "{text}{told}");
    bench.succeeds("transfer content.png reference.png -o b.png --preset warm.toml");
    bench.succeeds("transfer content.png reference.png -o c.png --preset warm.toml --strength 0");
    let [a, b, c, content] = ["a.png", "b.png", "c.png", "content.png"]
        .map(|name| image::open(bench.path(name)).unwrap().to_rgb8());
    assert!(a == b && c == content && a != c);
    // What is of another command is said to be.
    bench.succeeds("learn content.png reference.png -o warm.look --preset warm.toml");
    let told = bench.succeeds("apply warm.look content.png -o d.png --preset warm.toml");
    assert!(told.contains("warm.toml: this command makes no use of masks, method"), "{told}");

    let transfer = "transfer content.png reference.png -o x.png";
    bench.write("bad.toml", b"method = 'grade'\nstrength = 2\n");
    let mentions = ["bad.toml, line 2: --strength is 2, but must be between 0 and 1"];
    bench.fails(2, &format!("{transfer} --preset bad.toml"), &mentions);
    bench.write("bad.toml", b"skn = 'free'\n");
    bench.fails(
        2,
        &format!("{transfer} --preset bad.toml"),
        &["bad.toml, line 1", "skn", "did you mean skin"],
    );
    bench.fails(1, &format!("{transfer} --preset none.toml"), &["none.toml: cannot be read"]);
    bench.fails(1, &format!("{transfer} --write-preset content.png"), &["content.png", ".toml"]);
    bench.fails(1, &format!("{transfer} --write-preset no/x.toml"), &["no/x.toml"]);
}

#[test]
fn completions_and_pages_know_every_command() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&bench, &format!("completions {shell}"), "80");
        assert!(["transfer", "lut", "strength"].iter().all(|word| script.contains(word)), "{shell}");
    }
    assert!(stdout(&bench, "man", "80").contains(".TH relumine 1"));
    bench.succeeds("man pages/man1");
    for command in ["", "-transfer", "-apply", "-weights-fetch"] {
        let page = std::fs::read_to_string(bench.path(&format!("pages/man1/relumine{command}.1"))).unwrap();
        assert!(page.contains(".SH OPTIONS"), "{command}");
    }
    bench.fails(1, "man content.png", &["content.png", "folder"]);
    bench.fails(2, "completions tcsh", &["tcsh", "bash"]);
}

#[test]
fn licences_are_told() {
    let bench = Bench::new();
    let told = stdout(&bench, "licences", "80");
    for part in [
        "Independent JPEG Group",
        "\nserde 1.",
        "relumine segmenter",
        "==== relumine",
        "Permission is hereby",
    ] {
        assert!(told.contains(part), "{part}");
    }
}
