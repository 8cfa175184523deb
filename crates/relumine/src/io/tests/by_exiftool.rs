//! Metadata before and after, by exiftool, where it is installed.

use std::process::Command;

use serde_json::{Map, Value};

use super::carried::RICH;
use super::*;

/// Groups of tags that travel.
const GROUPS: [&str; 6] = ["IFD0:", "ExifIFD:", "GPS:", "InteropIFD:", "IPTC:", "XMP-"];

/// What is the output's own: how pixels are laid out, turned, and how many they are; and the time zone that exiftool adds.
const OF_PIXELS: [&str; 17] = [
    "Orientation",
    "ImageWidth",
    "ImageHeight",
    "ExifImageWidth",
    "ExifImageHeight",
    "BitsPerSample",
    "Compression",
    "PhotometricInterpretation",
    "StripOffsets",
    "SamplesPerPixel",
    "RowsPerStrip",
    "StripByteCounts",
    "PlanarConfiguration",
    "YCbCrPositioning",
    "SampleFormat",
    "Predictor",
    "ComponentsConfiguration",
];

fn tags(path: &Path) -> Map<String, Value> {
    let output =
        Command::new("exiftool").args(["-j", "-G1", "-a", "-struct"]).arg(path).output().expect("runs");
    let read: Vec<Map<String, Value>> = serde_json::from_slice(&output.stdout).expect("JSON");
    read.into_iter().next().expect("of one file")
}

#[test]
fn it_finds_the_same_before_and_after() {
    if Command::new("exiftool").arg("-ver").output().is_err() {
        eprintln!("SKIPPED: exiftool is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in RICH {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("writes");
        let before = tags(&path);
        let photo = photo(bytes).expect("decodes");
        for format in holding_metadata() {
            let out = folder.path().join(format!("out.{}", format.about().extensions[0]));
            photo.save(&out, &SaveOptions::default()).expect("saves");
            let after = tags(&out);
            let mut compared = 0;
            for (tag, value) in &before {
                let travels = GROUPS.iter().any(|group| tag.starts_with(group));
                let of_pixels = OF_PIXELS.contains(&tag.rsplit(':').next().unwrap_or_default());
                let no_place = (tag.starts_with("IPTC:") && format == Format::WEBP)
                    || (tag.starts_with("InteropIFD:") && format == Format::TIFF);
                if travels && !of_pixels && !no_place {
                    assert_eq!(after.get(tag), Some(value), "{name} as {format}: {tag}");
                    compared += 1;
                }
            }
            assert!(compared >= 45, "{name} as {format}: {compared}");
            for side in ["Width", "Height"] {
                let size = if side == "Width" { photo.width() } else { photo.height() };
                assert_eq!(after[&format!("ExifIFD:ExifImage{side}")], size, "{name} as {format}");
            }
            assert_eq!(
                after.get("XMP-tiff:Orientation").and_then(Value::as_str),
                Some("Horizontal (normal)")
            );
            assert_eq!(after["XMP-tiff:ImageWidth"], photo.width());
            assert_eq!(after.get("ExifTool:Warning"), None, "{name} as {format}");
        }
    }
}
