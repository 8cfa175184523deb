//! Videos through the program and the ffmpeg that is installed; where there is none, tests skip and say so.

use std::process::Command;

use serde_json::Value;

use crate::bench::Bench;

/// A folder with a look, where ffmpeg and ffprobe are installed.
fn bench() -> Option<Bench> {
    let runs = |program: &str| {
        Command::new(program).arg("-version").output().is_ok_and(|output| output.status.success())
    };
    if !runs("ffmpeg") || !runs("ffprobe") {
        eprintln!("SKIPPED: ffmpeg and ffprobe are not installed");
        return None;
    }
    let bench = Bench::new();
    bench.succeeds("learn content.png reference.png -o warm.look --method grade --masks none");
    Some(bench)
}

fn ffmpeg(bench: &Bench, words: &str) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).args(words.split_whitespace());
    let output = command.current_dir(bench.path("")).output().unwrap();
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What ffprobe tells of a file.
fn probe(bench: &Bench, name: &str) -> Value {
    let words = "-v error -count_frames -show_streams -show_format -of json";
    let output = Command::new("ffprobe").args(words.split(' ')).arg(bench.path(name)).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Moving shapes with a sound, tagged as Rec. 709.
const CLIP: &str = "-f lavfi -i testsrc2=size=128x96:rate=24000/1001:duration=2 -f lavfi -i sine=duration=2 -vf scale=out_color_matrix=bt709 \
                    -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv -c:a aac";

/// The mean distance of two pictures, in levels of 8 bits.
fn apart(bench: &Bench, names: [&str; 2]) -> f64 {
    let [a, b] = names.map(|name| image::open(bench.path(name)).unwrap().to_rgb8());
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: f64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    sum / a.as_raw().len() as f64
}

#[test]
fn all_but_colours_is_as_it_was() {
    let Some(bench) = bench() else { return };
    for (name, depth) in
        [("eight.mp4", "-c:v libx264 -pix_fmt yuv420p"), ("ten.mp4", "-c:v libx264 -pix_fmt yuv422p10le")]
    {
        ffmpeg(&bench, &format!("{CLIP} {depth} -t 2 {name}"));
        let told = bench.succeeds(&format!("video {name} --look warm.look -o out-{name}"));
        assert!(told.contains("128×96, 48 frames in "), "{told}");
        let [before, after] = [probe(&bench, name), probe(&bench, &format!("out-{name}"))];
        for part in [
            "codec_name",
            "pix_fmt",
            "width",
            "height",
            "r_frame_rate",
            "avg_frame_rate",
            "nb_read_frames",
            "duration",
            "color_range",
            "color_space",
            "color_transfer",
            "color_primaries",
        ] {
            assert_eq!(before["streams"][0][part], after["streams"][0][part], "{part} of {name}");
        }
        for part in ["codec_name", "sample_rate", "channels", "duration", "nb_read_frames", "bit_rate"] {
            assert_eq!(before["streams"][1][part], after["streams"][1][part], "{part} of the sound");
        }
        assert_eq!(after["streams"].as_array().unwrap().len(), 2);
    }
    bench.fails(1, "video eight.mp4 --look warm.look -o ten.mp4", &["ten.mp4", "--overwrite"]);
    bench.succeeds("video eight.mp4 --look warm.look -o ten.mp4 --overwrite --codec libx265 --crf 30 -q");
    assert_eq!(probe(&bench, "ten.mp4")["streams"][0]["codec_name"], "hevc");
}

#[test]
fn a_frame_has_the_colours_of_a_still() {
    let Some(bench) = bench() else { return };
    for samples in ["yuv444p", "yuv444p10le"] {
        ffmpeg(&bench, &format!("{CLIP} -c:v ffv1 -pix_fmt {samples} clip.mkv"));
        bench.succeeds("video clip.mkv --look warm.look -o out.mkv --codec ffv1 --overwrite");
        bench.succeeds("video clip.mkv --look warm.look -o same.mkv --codec ffv1 --overwrite --strength 0");
        for name in ["clip", "out", "same"] {
            ffmpeg(&bench, &format!("-i {name}.mkv -vf select=eq(n\\,20) -frames:v 1 {name}.png"));
        }
        // Without the curve that ffmpeg says a picture of Rec. 709 is in, for a video's numbers are taken as they are.
        let still = image::open(bench.path("clip.png")).unwrap().to_rgb8();
        let (width, height) = still.dimensions();
        let still = image::RgbImage::from_raw(width, height, still.into_raw()).unwrap();
        still.save(bench.path("bare.png")).unwrap();
        bench.succeeds("apply warm.look bare.png -o still.png --one --overwrite");
        let distance = apart(&bench, ["out.png", "still.png"]);
        assert!(distance < 1.0, "{samples}: {distance} levels");
        assert!(apart(&bench, ["clip.png", "same.png"]) < 0.5);
        assert!(apart(&bench, ["clip.png", "out.png"]) > 5.0, "it does nothing");
    }
}

#[test]
fn a_key_frame_has_the_colours_of_a_still_by_what_it_shows() {
    let Some(bench) = bench() else { return };
    let example = |name: &str| format!("{}/../../examples/photos/{name}", env!("CARGO_MANIFEST_DIR"));
    let pair = [example("day.jpg"), example("dusk.jpg")].join(" ");
    bench.succeeds(&format!("learn {pair} -o dusk.look --method transport"));
    let day = image::open(example("day.jpg")).unwrap();
    for folder in ["in", "bare"] {
        std::fs::create_dir(bench.path(folder)).unwrap();
    }
    for k in 0..15 {
        let frame = day.crop_imm(20 * k, 100, 600, 400).thumbnail(150, 100).to_rgb8();
        frame.save(bench.path(&format!("in/f-{k:02}.png"))).unwrap();
    }
    ffmpeg(&bench, "-framerate 24 -i in/f-%02d.png -c:v ffv1 -pix_fmt yuv444p10le clip.mkv");
    bench.succeeds("video clip.mkv --look dusk.look -o out.mkv --codec ffv1");
    for (name, folder) in [("clip", "bare"), ("out", "bare/out")] {
        std::fs::create_dir_all(bench.path(folder)).unwrap();
        ffmpeg(&bench, &format!("-i {name}.mkv -start_number 0 -pix_fmt rgb24 {folder}/f-%02d.png"));
    }
    bench.succeeds("apply dusk.look bare/f-%02d.png -o still/f-%02d.png --sequence");
    for k in [0, 5, 12, 14] {
        let distance = apart(&bench, [&format!("bare/out/f-{k:02}.png"), &format!("still/f-{k:02}.png")]);
        assert!(distance < 1.0, "frame {k}: {distance} levels");
    }
    bench.succeeds("video clip.mkv --look dusk.look -o one.mkv --codec ffv1 --one");
    bench.succeeds("video clip.mkv --look dusk.look -o some.mkv --codec ffv1 --strength sky=0 --keys 0");
    for name in ["out", "one", "some"] {
        ffmpeg(&bench, &format!("-i {name}.mkv -frames:v 1 {name}.png"));
    }
    assert!(apart(&bench, ["out.png", "one.png"]) > 1.0 && apart(&bench, ["out.png", "some.png"]) > 1.0);
    bench.fails(2, "video clip.mkv --look dusk.look -o x.mkv --strength wombat=0", &["`wombat`", "sky"]);
    bench.fails(2, "video clip.mkv --look dusk.look -o x.mkv --one --strength sky=0", &["same everywhere"]);
    bench.fails(1, "video clip.mkv --look warm.look -o x.mkv --keep-exposure", &["--keep-exposure"]);
    ffmpeg(&bench, &format!("{CLIP} -c:v libx264 -pix_fmt yuv420p clip.mp4"));
    broken(&bench);
    bench.fails(
        1,
        "video broken.mp4 --look dusk.look -q -o x.mp4",
        &["broken.mp4: ffmpeg cannot read it to its end"],
    );
}

#[test]
fn frames_that_come_unevenly_keep_their_times() {
    let Some(bench) = bench() else { return };
    let keep = "select='if(lt(n,20),not(mod(n,5)),not(mod(n,3)))'";
    let output = Command::new("ffmpeg").arg("-version").output().unwrap();
    let version = String::from_utf8_lossy(&output.stdout).split_whitespace().nth(2).unwrap_or("").to_owned();
    let parts: Vec<u32> = version.split(['.', '-']).filter_map(|part| part.parse().ok()).collect();
    if matches!(parts[..], [0..=4, ..] | [5, 0, ..]) {
        eprintln!("SKIPPED: ffmpeg {version} is older than 5.1");
        return;
    }
    let source = format!("-f lavfi -i testsrc2=size=128x96:rate=24:duration=2 -vf {keep} -fps_mode vfr");
    ffmpeg(&bench, &format!("{source} -enc_time_base 1:12288 -c:v libx264 -pix_fmt yuv420p uneven.mp4"));
    let times = |name: &str| -> Vec<f64> {
        let words = "-v error -select_streams v -show_entries packet=pts_time -of csv=p=0";
        let output = Command::new("ffprobe").args(words.split(' ')).arg(bench.path(name)).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let mut times: Vec<f64> =
            told.lines().filter_map(|line| line.trim_matches(',').parse().ok()).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let before = times("uneven.mp4");
    assert!(before.len() > 10);
    for (name, depth) in [("out.mp4", 1e-4), ("out.mkv", 2e-3)] {
        bench.succeeds(&format!("video uneven.mp4 --look warm.look -o {name}"));
        let after = times(name);
        assert_eq!(before.len(), after.len(), "{name}");
        for (a, b) in before.iter().zip(&after) {
            assert!((a - before[0] - b + after[0]).abs() < depth, "{name}: {before:?} {after:?}");
        }
    }
}

#[test]
fn what_lies_is_turned_upright() {
    let Some(bench) = bench() else { return };
    ffmpeg(&bench, &format!("{CLIP} -c:v libx264 -pix_fmt yuv444p flat.mp4"));
    // Options for it have changed over ffmpeg's versions; the matrix in the header of the track has not.
    let mut bytes = std::fs::read(bench.path("flat.mp4")).unwrap();
    let track = bytes.windows(4).position(|name| name == b"tkhd").unwrap() + 4 + 40;
    let turned: [u32; 9] = [0, 0x10000, 0, 0xFFFF_0000, 0, 0, 96 << 16, 0, 0x4000_0000];
    for (place, value) in bytes[track..track + 36].chunks_exact_mut(4).zip(turned) {
        place.copy_from_slice(&value.to_be_bytes());
    }
    bench.write("lies.mp4", &bytes);
    bench.succeeds("video lies.mp4 --look warm.look -o up.mp4");
    let up = probe(&bench, "up.mp4");
    assert_eq!((&up["streams"][0]["width"], &up["streams"][0]["height"]), (&96.into(), &128.into()));
    bench.succeeds("video lies.mp4 --look warm.look -o same.mp4 --strength 0 --crf 1");
    for name in ["lies", "same"] {
        ffmpeg(&bench, &format!("-i {name}.mp4 -frames:v 1 {name}.png"));
    }
    assert!(apart(&bench, ["lies.png", "same.png"]) < 3.0);
}

/// `broken.mp4`: `clip.mp4` with a frame in the middle that is broken.
fn broken(bench: &Bench) {
    let mut bytes = std::fs::read(bench.path("clip.mp4")).unwrap();
    let data = bytes.windows(4).position(|name| name == b"mdat").unwrap();
    let middle = data + (bytes.len() - data) / 3;
    bytes[middle..middle + 4000].fill(0xFF);
    bench.write("broken.mp4", &bytes);
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let Some(bench) = bench() else { return };
    ffmpeg(&bench, &format!("{CLIP} -c:v libx264 -pix_fmt yuv420p clip.mp4"));
    ffmpeg(&bench, "-f lavfi -i sine=duration=1 sound.m4a");
    let look = "--look warm.look -q -o";
    bench.fails(1, &format!("video none.mp4 {look} x.mp4"), &["none.mp4: cannot be read"]);
    bench.fails(1, &format!("video sound.m4a {look} x.mp4"), &["sound.m4a", "no video"]);
    bench.fails(1, &format!("video warm.look {look} x.mp4"), &["warm.look"]);
    bench.fails(1, "video clip.mp4 --look none.look -o x.mp4", &["none.look"]);
    bench.fails(1, &format!("video clip.mp4 {look} x"), &["x: ", "extension"]);
    bench.fails(1, &format!("video clip.mp4 {look} x.wombat"), &["x.wombat: ffmpeg cannot write it"]);
    bench.fails(
        1,
        &format!("video clip.mp4 {look} x.mp4 --codec wombat"),
        &["x.mp4: ffmpeg cannot", "wombat"],
    );
    bench.fails(2, &format!("video clip.mp4 {look} x.mp4 --strength 2"), &["--strength is 2"]);
    bench.fails(1, &format!("video clip.mp4 {look} clip.mp4 --overwrite"), &["clip.mp4"]);
    broken(&bench);
    bench.fails(
        1,
        &format!("video broken.mp4 {look} x.mp4"),
        &["broken.mp4: ffmpeg cannot read it to its end"],
    );

    let output = bench.command(&format!("video clip.mp4 {look} x.mp4")).env("PATH", "").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && stderr.lines().count() == 1, "{stderr}");
    assert!(stderr.contains("ffprobe is not found: install ffmpeg"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let Some(bench) = bench() else { return };
    ffmpeg(&bench, "-f lavfi -i testsrc2=size=640x480:rate=25:duration=120 -c:v mpeg4 long.mp4");
    let before = bench.names();
    let words = "video long.mp4 --look warm.look -o out.mp4";
    let mut child = bench.command(words).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("frames: ") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended before it began");
    }
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let rest = std::io::read_to_string(stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.lines().last().unwrap().starts_with("error: stopped"), "{rest}");
    assert_eq!(bench.names(), before);
}
