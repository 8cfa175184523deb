//! What a video is, as ffprobe tells it.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::ffmpeg;

/// What is not a rate: more frames a second than any video has.
const MOST: f64 = 1000.0;

/// By how much of it the mean rate differs from the nominal one where frames come at uneven times.
const UNEVEN: f64 = 1e-4;
/// Long side of the small frames that are looked at.
const SMALL: usize = 768;

/// The video stream that is worked on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Video {
    /// Its index among the file's streams.
    pub(super) index: u64,
    /// Width and height in pixels, upright.
    pub(super) size: [usize; 2],
    /// Frames a second, as a fraction.
    pub(super) rate: [u64; 2],
    /// Whether frames come at uneven times.
    pub(super) uneven: bool,
    /// Seconds of a tick that times are told in, as a fraction.
    pub(super) tick: [u64; 2],
    /// How many frames there are; 0 where nothing tells.
    pub(super) frames: u64,
    /// By how many seconds it begins after the file does, as where sound is heard first.
    pub(super) late: f64,
    /// Whether it has more than 8 bits.
    pub(super) deep: bool,
    /// ffmpeg's name of its samples, such as `yuv420p10le`.
    pub(super) samples: String,
    /// ffmpeg's name of what it is encoded by, such as `h264`.
    pub(super) codec: String,
    /// How wide a pixel is by its height, as a fraction.
    pub(super) aspect: Option<String>,
    /// ffmpeg's names of range, matrix, primaries and transfer, where they are said.
    pub(super) colours: [Option<String>; 4],
}

impl Video {
    /// Asks ffprobe.
    pub(super) fn probe(path: &Path) -> Result<Self> {
        std::fs::File::open(path).with_context(|| format!("{}: cannot be read", path.display()))?;
        let words = ["-v", "error", "-show_streams", "-show_format", "-of", "json", "-i"];
        let output = ffmpeg::command("ffprobe", &words.map(Into::into))
            .arg(path)
            .stdout(Stdio::piped())
            .output()
            .map_err(|error| ffmpeg::missing("ffprobe", &error))?;
        if !output.status.success() {
            let said = ffmpeg::last_line(&String::from_utf8_lossy(&output.stderr));
            bail!("{}: is no video that ffmpeg reads: {said}", path.display());
        }
        let told = serde_json::from_slice(&output.stdout)?;
        Self::of(&told).with_context(|| format!("{}: has no video in it", path.display()))
    }

    /// The first video stream that is no cover picture.
    fn of(told: &Value) -> Option<Self> {
        let streams = told["streams"].as_array()?;
        let is_video =
            |stream: &&Value| stream["codec_type"] == "video" && stream["disposition"]["attached_pic"] != 1;
        let stream = streams.iter().find(is_video)?;
        let text = |name: &str| {
            stream[name].as_str().filter(|text| !matches!(*text, "unknown" | "unspecified" | "reserved"))
        };
        let [width, height] =
            [&stream["width"], &stream["height"]].map(|side| side.as_u64().unwrap_or(0) as usize);
        let rotation = stream["side_data_list"]
            .as_array()
            .into_iter()
            .flatten()
            .find_map(|data| data["rotation"].as_f64());
        let lies = rotation.is_some_and(|degrees| (degrees.abs() % 180.0 - 90.0).abs() < 1.0);
        let rates = ["r_frame_rate", "avg_frame_rate"].map(|name| text(name).and_then(fraction));
        let [nominal, mean] = rates.map(|rate| rate.map_or(0.0, |[n, d]| n as f64 / d as f64));
        // The nominal rate of uneven frames can be that of the clock that they are told by.
        let rate = if nominal > 0.0 && (mean == 0.0 || nominal < 1.5 * mean) { rates[0] } else { rates[1] };
        let rate = rate.filter(|[n, d]| (*n as f64) < MOST * *d as f64)?;
        let seconds = [&stream["duration"], &told["format"]["duration"]]
            .into_iter()
            .find_map(|seconds| seconds.as_str()?.parse::<f64>().ok());
        let begins = |of: &Value| of["start_time"].as_str().and_then(|seconds| seconds.parse().ok());
        let late =
            begins(stream).zip(begins(&told["format"])).map_or(0.0, |(own, first): (f64, f64)| own - first);
        let uneven = mean > 0.0 && (nominal - mean).abs() > UNEVEN * mean;
        let counted = text("nb_frames").and_then(|count| count.parse().ok());
        let estimated =
            || seconds.map_or(0, |seconds| (seconds * rate[0] as f64 / rate[1] as f64).round() as u64);
        let samples = text("pix_fmt").unwrap_or("yuv420p");
        (width > 0 && height > 0).then(|| Self {
            index: stream["index"].as_u64().unwrap_or(0),
            size: if lies { [height, width] } else { [width, height] },
            rate,
            uneven,
            tick: text("time_base").and_then(fraction).unwrap_or([1, 90_000]),
            late: late.max(0.0),
            frames: counted.unwrap_or_else(estimated),
            deep: ["9", "10", "12", "14", "16", "48", "64", "f32"].iter().any(|bits| is_deep(samples, bits)),
            samples: samples.into(),
            codec: text("codec_name").unwrap_or_default().into(),
            aspect: text("sample_aspect_ratio")
                .filter(|aspect| !matches!(*aspect, "1:1" | "0:1" | "N/A"))
                .map(|aspect| {
                    let [w, h] = aspect.split_once(':').map_or(["1", "1"], |(w, h)| [w, h]);
                    if lies { format!("{h}/{w}") } else { format!("{w}/{h}") }
                }),
            colours: ["color_range", "color_space", "color_primaries", "color_transfer"]
                .map(|name| text(name).map(Into::into)),
        })
    }

    /// Bytes of a frame on its way.
    pub(super) fn bytes(&self) -> usize {
        self.size[0] * self.size[1] * if self.deep { 6 } else { 3 }
    }

    /// Width and height of small frames.
    pub(super) fn small(&self) -> [usize; 2] {
        let long = self.size[0].max(self.size[1]).max(SMALL);
        self.size.map(|side| (side * SMALL / long).max(1))
    }

    /// What is to be known of it.
    pub(super) fn notices(&self) -> Vec<String> {
        let hdr =
            self.colours[3].as_deref().filter(|transfer| matches!(*transfer, "smpte2084" | "arib-std-b67"));
        let hdr = hdr.map(|transfer| {
            format!("its colours are for HDR ({transfer}), which looks are not made for; they are taken as they are")
        });
        hdr.into_iter().collect()
    }
}

/// Whether ffmpeg's name of samples says so many bits, as in `yuv420p10le`, `gray12be`, `rgb48le`, `p010le`.
fn is_deep(samples: &str, bits: &str) -> bool {
    let stem = samples.trim_end_matches("le").trim_end_matches("be");
    stem.ends_with(&format!("p{bits}"))
        || stem.ends_with(&format!("gray{bits}"))
        || stem.ends_with(&format!("p0{bits}"))
        || matches!(stem, "rgb48" | "bgr48" | "rgba64" | "bgra64")
}

/// `30000/1001`.
fn fraction(text: &str) -> Option<[u64; 2]> {
    let (n, d) = text.split_once('/')?;
    let parts = [n.parse().ok()?, d.parse().ok()?];
    (parts[0] > 0 && parts[1] > 0).then_some(parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_phones_video_is_understood() {
        let cover = json!({ "codec_type": "video", "index": 0, "disposition": { "attached_pic": 1 } });
        let stream = json!({
            "index": 2, "codec_type": "video", "codec_name": "hevc", "width": 1920, "height": 1080, "pix_fmt": "yuv420p10le",
            "r_frame_rate": "30/1", "avg_frame_rate": "29000/1000", "duration": "10.0", "nb_frames": "290",
            "color_range": "tv", "color_space": "bt2020nc", "color_transfer": "arib-std-b67", "color_primaries": "bt2020",
            "sample_aspect_ratio": "1:1", "side_data_list": [{ "rotation": -90 }],
        });
        let video =
            Video::of(&json!({ "streams": [cover, { "codec_type": "audio" }, stream], "format": {} }))
                .unwrap();
        assert_eq!((video.index, video.size, video.rate, video.frames), (2, [1080, 1920], [30, 1], 290));
        assert!(video.deep && video.uneven && video.aspect.is_none());
        assert_eq!(video.bytes(), 1080 * 1920 * 6);
        assert_eq!((video.notices().len(), video.small()), (1, [432, 768]));
        assert_eq!(video.tick, [1, 90_000]);
        assert_eq!(Video::of(&json!({ "streams": [{ "codec_type": "audio" }] })), None);
    }

    #[test]
    fn depths_are_told_by_names() {
        let deep = |samples: &str| ["9", "10", "12", "14", "16"].iter().any(|bits| is_deep(samples, bits));
        assert!(
            ["yuv420p10le", "yuv422p12be", "p010le", "gray16le", "rgb48le", "gbrp10le"]
                .iter()
                .all(|s| deep(s))
        );
        assert!(
            ["yuv420p", "yuvj420p", "nv12", "rgb24", "gray", "yuv410p", "yuv440p"].iter().all(|s| !deep(s))
        );
    }
}
