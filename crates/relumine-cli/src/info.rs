//! `relumine info`: what files are, as the program sees them.

use std::fmt::Write;

use anyhow::{Result, bail};
use relumine::io::Description;
use relumine::watch::Watch;
use relumine::{Device, Engine};

use crate::args::InfoArgs;
use crate::{failure, files};

/// Runs the command. Past a file that cannot be read it goes on, and fails in the end.
pub(crate) fn run(args: &InfoArgs) -> Result<()> {
    let engine = Engine::new(Device::Cpu, None)?;
    let reading = args.reading.reading()?;
    let (mut found, mut failed) = (Vec::new(), 0);
    for path in &args.photos {
        match files::open(&engine, path, &reading, &mut Watch::silent()) {
            Ok(photo) => found.push(photo.describe()),
            Err(error) => {
                eprintln!("error: {}", failure::one_line(&error));
                failed += 1;
            }
        }
    }
    let text = if args.json {
        serde_json::to_string_pretty(&found)? + "\n"
    } else {
        found.iter().map(shown).collect::<Vec<_>>().join("\n")
    };
    files::write("-".as_ref(), text.as_bytes())?;
    if failed > 0 {
        bail!("{failed} of {} files cannot be read", args.photos.len());
    }
    Ok(())
}

/// As a block of lines.
fn shown(photo: &Description) -> String {
    let mut lines = format!("{}\n", photo.path.display());
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(lines, "  {name:<13} {value}");
    };
    line("format", &photo.format.map_or("none".into(), |format| format.to_string()));
    let megapixels = photo.width as f64 * photo.height as f64 / 1e6;
    line("size", &format!("{}×{} pixels ({megapixels:.1} megapixels)", photo.width, photo.height));
    let kind = if photo.is_grey { "grey" } else { "RGB" };
    let number = if photo.bit_depth == 32 {
        "32 bits a channel in floating-point numbers".into()
    } else {
        format!("{} bits a channel", photo.bit_depth)
    };
    let alpha = if photo.has_alpha { ", with transparency" } else { "" };
    line("pixels", &format!("{kind}, {number}{alpha}"));
    line("colours", photo.colour_space.as_deref().unwrap_or("sRGB, as nothing else is said"));
    if let Some(turned) = photo.turned {
        line("turned", &format!("upright, from EXIF orientation {turned}"));
    }
    if let Some(resolution) = &photo.resolution {
        line("resolution", resolution);
    }
    let metadata = if photo.metadata.is_empty() { "none".into() } else { photo.metadata.join(", ") };
    line("metadata", &metadata);
    for notice in &photo.notices {
        line("notice", notice);
    }
    lines
}
