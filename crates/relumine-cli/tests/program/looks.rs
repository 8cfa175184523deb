//! Looks through the program: learnt, shown, applied to many photos, written as lookup tables.

use std::path::Path;
use std::process::Command;

use crate::bench::{Bench, photo};
use crate::killing;

/// A look in `warm.look`, and a folder `shoot` of photos with one more within.
fn shoot(bench: &Bench, photos: u32) {
    bench.succeeds("learn content.png reference.png -o warm.look --method grade --masks none");
    std::fs::create_dir_all(bench.path("shoot/day 2")).unwrap();
    for k in 0..photos {
        let name = if k == 1 { "shoot/day 2/b.png".into() } else { format!("shoot/{k}.png") };
        photo(60 + k, 40, (k % 2) as u8).save(bench.path(&name)).unwrap();
    }
}

pub(super) fn stdout(bench: &Bench, words: &str) -> String {
    let output = bench.run(words);
    assert_eq!(output.status.code(), Some(0), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn apart(a: &Path, b: &Path) -> u8 {
    let [a, b] = [a, b].map(|path| image::open(path).unwrap().to_rgb8());
    a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn a_look_is_learnt_shown_and_applied() {
    let bench = Bench::new();
    let told = bench.succeeds("learn content.png reference.png -o warm.look --method grade --masks none");
    assert!(told.contains("small pictures of the reference and of the result are inside"), "{told}");
    let shown = stdout(&bench, "look warm.look");
    for mention in ["made by      relumine", "by the method grade", "overall", "saturation ×", "ΔE2000"] {
        assert!(shown.contains(mention), "{mention}: {shown}");
    }
    let json: serde_json::Value = serde_json::from_str(&stdout(&bench, "look warm.look --json")).unwrap();
    assert_eq!(json["options"]["method"]["name"], "grade");
    assert!(json["lut"]["mean"].as_f64().unwrap() < 0.3);
    bench.succeeds("look warm.look --html warm.html");
    let page = std::fs::read_to_string(bench.path("warm.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("data:image/jpeg;base64,") && !page.contains("http"));

    bench.succeeds(
        "transfer content.png reference.png -o direct.png --method grade --masks none --save-look again.look",
    );
    bench.succeeds("apply warm.look content.png -o applied.png");
    assert!(apart(&bench.path("direct.png"), &bench.path("applied.png")) <= 1);
    let looks = ["warm.look", "again.look"].map(|name| std::fs::read(bench.path(name)).unwrap());
    assert!(looks[0] == looks[1], "learnt on the way or by itself, it is one look");

    bench.succeeds("apply warm.look content.png -o half.png --strength 0.5");
    bench.succeeds("apply warm.look content.png -o none.png --strength 0");
    assert_eq!(apart(&bench.path("none.png"), &bench.path("content.png")), 0);
    assert!(apart(&bench.path("half.png"), &bench.path("applied.png")) > 1);
    bench.succeeds("apply warm.look content.png -o anew.png --resolve");
    assert!(apart(&bench.path("anew.png"), &bench.path("applied.png")) <= 4);

    let told = bench
        .succeeds("learn content.png reference.png -o bare.look --method grade --masks none --no-references");
    assert!(told.contains("no picture is inside"), "{told}");
    bench.fails(
        1,
        "apply bare.look content.png -o never.png --resolve",
        &["bare.look", "--resolve", "--no-references"],
    );
}

#[test]
fn an_edit_is_learnt() {
    let bench = Bench::new();
    let before = photo(64, 48, 0);
    let mut after = before.clone();
    after.pixels_mut().for_each(|pixel| {
        pixel.0 = [pixel.0[0].saturating_add(20), pixel.0[1], 255 - (255 - pixel.0[2]) / 2]
    });
    before.save(bench.path("before.png")).unwrap();
    after.save(bench.path("after.png")).unwrap();
    bench.succeeds("learn --from-edit before.png after.png -o mine.look");
    bench.succeeds("apply mine.look before.png -o made.png");
    assert!(apart(&bench.path("made.png"), &bench.path("after.png")) <= 4);
    assert!(stdout(&bench, "look mine.look").contains("before and after an edit"));
    bench.fails(1, "learn --from-edit before.png after.png -o x.look --method grade", &["--from-edit"]);
    bench.fails(2, "learn --from-edit before.png reference.png -o x.look", &["reference.png", "proportions"]);
    bench.fails(1, "apply mine.look before.png -o x.png --resolve", &["mine.look", "--resolve"]);
}

#[test]
fn tables_go_out_and_come_back() {
    let bench = Bench::new();
    bench.succeeds("learn content.png reference.png -o warm.look --method grade --masks none");
    bench.succeeds("apply warm.look content.png -o look.png");
    for (table, options, levels) in [
        ("warm.cube", "", 1),
        ("small.cube", "--points 17", 2),
        ("hald.png", "", 1),
        ("warm.3dl", "", 2),
        ("warm.clf", "", 1),
    ] {
        let told = bench.succeeds(&format!("lut warm.look -o {table} {options}"));
        assert!(told.contains("ΔE2000 0.0"), "{told}");
        bench.succeeds(&format!("apply {table} content.png -o {table}.made.png"));
        let apart = apart(&bench.path(&format!("{table}.made.png")), &bench.path("look.png"));
        assert!(apart <= levels, "{table}: {apart}");
    }
    let text = std::fs::read_to_string(bench.path("warm.cube")).unwrap();
    assert!(
        text.contains("TITLE \"warm\"") && text.contains("CIEDE2000") && !text.contains("DOMAIN"),
        "{text}"
    );
    bench.succeeds("lut content.png reference.png -o direct.cube --method grade --masks none --title warm");
    assert_eq!(std::fs::read_to_string(bench.path("direct.cube")).unwrap(), text);

    bench.fails(2, "lut warm.look -o sky.cube --region sky", &["sky", "one, of all of the photo"]);
    bench.fails(1, "lut warm.look -o warm.xyz", &["warm.xyz", "cube"]);
    bench.fails(2, "lut warm.look -o x.png --level 13", &["--level", "2..=12"]);
    bench.fails(1, "lut content.png -o x.cube", &["content.png", "whose look"]);
    bench.write("broken.cube", b"LUT_3D_SIZE 2\n0 0 0\n1 0 zero\n");
    bench.fails(1, "apply broken.cube content.png -o x.png", &["broken.cube", "line 3", "zero"]);
    bench.fails(1, "apply content.png reference.png -o x.png", &["content.png"]);
    bench.fails(1, "apply none.look content.png -o x.png", &["none.look"]);
    bench.fails(1, "look content.png", &["content.png", "not a .look file"]);
    bench.fails(
        2,
        "learn content.png reference.png -o x.look --method neural --network none.pth",
        &["neural", "cannot be saved"],
    );
}

#[test]
fn a_folder_is_mirrored_and_nothing_is_overwritten() {
    let bench = Bench::new();
    shoot(&bench, 3);
    bench.succeeds("apply warm.look shoot -o out");
    assert!(bench.path("out/0-warm.png").is_file() && !bench.path("out/day 2").exists());
    bench.succeeds("apply warm.look shoot -o deep -r --name {name}.{ext} --log done.jsonl");
    assert!(bench.path("deep/day 2/b.png").is_file());
    let log = std::fs::read_to_string(bench.path("done.jsonl")).unwrap();
    assert_eq!(log.lines().count(), 3, "{log}");
    bench.fails(1, "apply warm.look shoot -o out", &["out/0-warm.png", "--skip-existing", "--overwrite"]);
    bench.succeeds("apply warm.look shoot -o out --skip-existing");
    bench.fails(
        1,
        "apply warm.look shoot -o out --skip-existing --strength 0.5",
        &["how.strength", "--overwrite"],
    );
    bench.succeeds("apply warm.look shoot -o out --overwrite --strength 0.5");
    bench.fails(1, "apply warm.look shoot/0.png -o out/0-warm.png", &["0-warm.png", "--overwrite"]);
    bench.fails(1, "apply warm.look content.png reference.png -o one.png", &["one.png", "folder"]);
}

#[test]
fn past_a_bad_file_it_goes_on_and_lists_it() {
    let bench = Bench::new();
    shoot(&bench, 3);
    bench.write("shoot/bad.png", b"not a photo");
    let output = bench.run("apply warm.look shoot -o out -r");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("bad.png") && stderr.contains("1 of 4"), "{stderr}");
    assert!(bench.path("out/day 2/b-warm.png").is_file() && !bench.path("out/bad-warm.png").exists());
}

#[test]
fn killed_at_any_moment_it_goes_on() {
    let bench = Bench::new();
    shoot(&bench, 12);
    killing::ends_as_if_undisturbed(&bench, "apply warm.look shoot -r", 8);
}

#[test]
fn frames_of_a_film_keep_their_numbers_and_begin_as_photos() {
    let bench = Bench::new();
    let example = |name: &str| format!("{}/../../examples/photos/{name}", env!("CARGO_MANIFEST_DIR"));
    let day = image::open(example("day.jpg")).unwrap();
    bench.succeeds(&format!(
        "learn {} {} -o dusk.look --method transport",
        example("day.jpg"),
        example("dusk.jpg")
    ));
    std::fs::create_dir(bench.path("in")).unwrap();
    for k in 0..15 {
        let frame = day.crop_imm(20 * k, 100, 600, 400).thumbnail(150, 100);
        frame.save(bench.path(&format!("in/f-{:04}.png", k + 98))).unwrap();
    }
    bench.succeeds("apply dusk.look in/f-%04d.png -o out/g-%04d.png --sequence");
    bench.succeeds("apply dusk.look in -o each --name {name}.{ext}");
    let apart =
        |k: u32| apart(&bench.path(&format!("out/g-{k:04}.png")), &bench.path(&format!("each/f-{k:04}.png")));
    assert_eq!((apart(98), apart(110), apart(112)), (0, 0, 0), "keys are what photos are");
    assert!((99..110).any(|k| apart(k) > 0), "and what lies between is between");
    photo(40, 30, 0).save(bench.path("in/f-0200.png")).unwrap();
    bench.fails(
        1,
        "apply dusk.look in/f-%04d.png -o other/g-%04d.png --sequence -q",
        &["f-0200.png", "40×30", "one size"],
    );
}

/// ffmpeg, OpenColorIO, colour-science and ImageMagick, by the script that asks them; what is not installed is skipped, and said to be.
#[test]
fn other_programs_render_the_same_picture() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/reference/lut_peers.py");
    let python = std::env::var("RELUMINE_PYTHON").unwrap_or_else(|_| "python3".into());
    let has = Command::new(&python).args(["-c", "import numpy, PIL"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: {python} has no numpy and pillow; name another with RELUMINE_PYTHON");
        return;
    }
    let bench = Bench::new();
    photo(300, 200, 0).save(bench.path("photo.png")).unwrap();
    bench.succeeds("learn photo.png reference.png -o warm.look --method transport --masks none");
    bench.succeeds("lut warm.look -o warm.cube");
    bench.succeeds("lut warm.look -o hald.png");
    bench.succeeds("apply warm.cube photo.png -o ours.png");
    bench.succeeds("apply hald.png photo.png -o by-hald.png");
    let mut command = Command::new(&python);
    command
        .arg(script)
        .args(["warm.cube", "hald.png", "photo.png", "ours.png", "by-hald.png"].map(|name| bench.path(name)));
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    eprintln!("{told}");
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
}
