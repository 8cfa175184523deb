//! The words that ffmpeg is started with.

use std::ffi::OsString;
use std::path::Path;

use super::probe::Video;
use crate::args::VideoArgs;

/// From a file to plain pixels, upright, each frame of it; or evenly in time, where it is nearly that.
pub(super) fn decoding(input: &Path, video: &Video) -> Vec<OsString> {
    let [range, matrix, ..] = &video.colours;
    let scale = scale(FLAGS, &[("in_color_matrix", matrix), ("in_range", range)]);
    pixels_of(input, video, &scale, pixels(video))
}

/// The same frames small, of 8 bits.
pub(super) fn small(input: &Path, video: &Video) -> Vec<OsString> {
    let [width, height] = video.small();
    let [range, matrix, ..] = &video.colours;
    let flags = "area+accurate_rnd+full_chroma_int+full_chroma_inp";
    let scale = scale(flags, &[("in_color_matrix", matrix), ("in_range", range)]);
    pixels_of(input, video, &format!("{scale}:w={width}:h={height}"), "rgb24")
}

fn pixels_of(input: &Path, video: &Video, scale: &str, pixels: &str) -> Vec<OsString> {
    let [frames, seconds] = video.rate;
    // From its own beginning, or the gap before a late one would be filled with a frame. What is counted is neither doubled nor dropped.
    let times = if video.uneven {
        format!("settb={seconds}/{frames},setpts=N")
    } else {
        format!("setpts=PTS-STARTPTS,fps={frames}/{seconds}")
    };
    let mut words = reading(input, video);
    words.extend(self::words(&format!(
        "-vf {times},{scale} -r {frames}/{seconds} -f rawvideo -pix_fmt {pixels} -"
    )));
    words
}

/// When each frame of a file comes, from the first, as lines.
pub(super) fn times(input: &Path, video: &Video) -> Vec<OsString> {
    let mut words = reading(input, video);
    let filters = "setpts=PTS-STARTPTS,scale=16:16:flags=fast_bilinear";
    words.extend(self::words(&format!("-vf {filters} -enc_time_base {} -f framecrc -", tick(video))));
    words
}

fn reading(input: &Path, video: &Video) -> Vec<OsString> {
    let mut words = words("-v error -nostdin -xerror -i");
    words.push(input.into());
    words.extend(self::words(&format!("-map 0:{}", video.index)));
    words
}

/// From plain pixels, with the sound of the source, to a file.
pub(super) fn encoding(args: &VideoArgs, video: &Video, output: &Path) -> Vec<OsString> {
    let ([width, height], [frames, seconds]) = (video.size, video.rate);
    let [range, matrix, primaries, transfer] = &video.colours;
    let codec = args.codec.as_deref().unwrap_or(if video.codec == "hevc" { "libx265" } else { "libx264" });
    let own = match codec {
        "libx264" => Some(18),
        "libx265" => Some(20),
        _ => None,
    };
    let mut words = words("-v error -nostdin -y");
    let mut say = |text: String| words.extend(self::words(&text));
    if video.late > 0.0 {
        say(format!("-itsoffset {:.6}", video.late));
    }
    if video.uneven {
        say("-f matroska -i - -i".into());
    } else {
        let pixels = pixels(video);
        say(format!(
            "-f rawvideo -pix_fmt {pixels} -video_size {width}x{height} -framerate {frames}/{seconds} -i - -i"
        ));
    }
    words.push(args.video.clone().into());
    let mut say = |text: String| words.extend(self::words(&text));
    say("-map 0:v -map 1:a? -map_metadata 1 -map_chapters 1 -c copy".into());
    if args.video.extension() == args.output.extension() {
        say("-map 1:s?".into());
    }
    let aspect = video.aspect.as_ref().map_or(String::new(), |aspect| format!(",setsar={aspect}"));
    let scale = scale(FLAGS, &[("out_color_matrix", matrix), ("out_range", range)]);
    say(format!("-vf {scale}{aspect} -c:v {codec} -pix_fmt {}", samples(video)));
    if video.uneven {
        say(format!("-fps_mode vfr -enc_time_base {}", tick(video)));
    }
    for (flag, value) in [
        ("color_range", range),
        ("colorspace", matrix),
        ("color_primaries", primaries),
        ("color_trc", transfer),
    ] {
        value.iter().for_each(|value| say(format!("-{flag} {value}")));
    }
    args.crf.or(own).iter().for_each(|crf| say(format!("-crf {crf}")));
    if codec == "libx265" {
        say("-x265-params log-level=error".into());
    }
    let extension = args.output.extension().unwrap_or_default().to_ascii_lowercase();
    if extension == "mp4" || extension == "mov" {
        say("-movflags +faststart".into());
        if codec == "libx265" {
            // What players of Apple's look for.
            say("-tag:v hvc1".into());
        }
    }
    words.push(output.into());
    words
}

/// With every sample of chroma used, and rounded to the nearest.
const FLAGS: &str = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp";

/// The filter between pixels and what a codec has, with what is said of colours.
fn scale(flags: &str, said: &[(&str, &Option<String>)]) -> String {
    let said = said.iter().filter_map(|(name, value)| Some(format!(":{name}={}", value.as_ref()?)));
    format!("scale=flags={flags}{}", said.collect::<String>())
}

/// Seconds from one time that the file can tell to the next.
fn tick(video: &Video) -> String {
    let [n, d] = video.tick;
    format!("{n}:{d}")
}

/// ffmpeg's name of the pixels in pipes.
fn pixels(video: &Video) -> &'static str {
    if video.deep { "rgb48le" } else { "rgb24" }
}

/// ffmpeg's name of the samples to encode: as much of chroma as the source has, in 8 or 10 bits.
fn samples(video: &Video) -> String {
    let has_all = |name: &str| ["444", "rgb", "gbr", "bgr"].iter().any(|part| name.contains(part));
    let chroma = match video.samples.as_str() {
        name if has_all(name) => "444",
        name if name.contains("422") => "422",
        _ => "420",
    };
    format!("yuv{chroma}p{}", if video.deep { "10le" } else { "" })
}

fn words(text: &str) -> Vec<OsString> {
    text.split_whitespace().map(Into::into).collect()
}
