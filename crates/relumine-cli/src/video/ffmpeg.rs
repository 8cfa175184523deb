//! The user's ffmpeg, as processes beside this one, and the words that they are started with.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use super::probe::Video;
use crate::args::VideoArgs;

/// How often it is looked whether a process has ended.
const SOON: Duration = Duration::from_millis(20);

/// A process that ends with this value at the latest.
pub(super) struct Running {
    child: Child,
    said: Option<JoinHandle<String>>,
}

impl Running {
    pub(super) fn start(program: &str, words: &[OsString]) -> Result<Self> {
        let mut command = command(program, words);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| missing(program, &error))?;
        let mut stderr = child.stderr.take().expect("it is piped");
        let said = thread::spawn(move || {
            let mut said = Vec::new();
            // What cannot be read of it is not told.
            let _ = stderr.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        });
        Ok(Self { child, said: Some(said) })
    }

    /// Where frames come from; once.
    pub(super) fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().expect("it is taken once")
    }

    /// Where frames go to; once.
    pub(super) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("it is taken once")
    }

    /// Looks whether it has ended, after a moment if it has not.
    pub(super) fn has_ended(&mut self) -> Result<bool> {
        let ended = self.child.try_wait()?.is_some();
        if !ended {
            thread::sleep(SOON);
        }
        Ok(ended)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If it failed: the last line that it said.
    pub(super) fn finish(&mut self) -> Result<()> {
        let status = self.child.wait().context("ffmpeg is lost")?;
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        if status.success() { Ok(()) } else { bail!("{}", last_line(&said)) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Who has ended cannot be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program of ffmpeg's that Ctrl-C does not reach: what becomes of it is decided here.
pub(super) fn command(program: &str, words: &[OsString]) -> Command {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(&mut command, 0x200);
    command
}

/// It cannot be started.
pub(super) fn missing(program: &str, error: &std::io::Error) -> anyhow::Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return anyhow!(
            "{program} is not found: install ffmpeg, which it is part of, or put its folder on the PATH"
        );
    }
    anyhow!("{program} cannot be started: {error}")
}

/// The last thing that it said.
pub(super) fn last_line(said: &str) -> String {
    let last =
        said.lines().rev().map(str::trim).find(|line| !line.is_empty() && *line != "Conversion failed!");
    last.unwrap_or("it does not say why").to_owned()
}

/// From a file to plain pixels, evenly in time, upright.
pub(super) fn decoding(input: &Path, video: &Video) -> Vec<OsString> {
    let [frames, seconds] = video.rate;
    let [range, matrix, ..] = &video.colours;
    let scale = scale(&[("in_color_matrix", matrix), ("in_range", range)]);
    // From its own beginning, or the gap before a late one would be filled with a frame.
    let filters = format!("setpts=PTS-STARTPTS,fps={frames}/{seconds},{scale}");
    let mut words = words("-v error -nostdin -xerror -i");
    words.push(input.into());
    words.extend(self::words(&format!("-map 0:{} -vf {filters} -f rawvideo -pix_fmt", video.index)));
    words.push(pixels(video).into());
    words.push("-".into());
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
    if video.late > 0.0 {
        words.extend(self::words(&format!("-itsoffset {:.6}", video.late)));
    }
    words.extend(self::words("-f rawvideo -pix_fmt"));
    let mut say = |text: String| words.extend(self::words(&text));
    say(format!("{} -video_size {width}x{height} -framerate {frames}/{seconds} -i - -i", pixels(video)));
    words.push(args.video.clone().into());
    let mut say = |text: String| words.extend(self::words(&text));
    say("-map 0:v -map 1:a? -map_metadata 1 -map_chapters 1 -c copy".into());
    if args.video.extension() == args.output.extension() {
        say("-map 1:s?".into());
    }
    let aspect = video.aspect.as_ref().map_or(String::new(), |aspect| format!(",setsar={aspect}"));
    let scale = scale(&[("out_color_matrix", matrix), ("out_range", range)]);
    say(format!("-vf {scale}{aspect} -c:v {codec} -pix_fmt {}", samples(video)));
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

/// The filter between pixels and what a codec has, with what is said of colours.
fn scale(said: &[(&str, &Option<String>)]) -> String {
    let said = said.iter().filter_map(|(name, value)| Some(format!(":{name}={}", value.as_ref()?)));
    format!("scale=flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp{}", said.collect::<String>())
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
