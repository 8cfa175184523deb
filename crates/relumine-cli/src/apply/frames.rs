//! Numbered frames as ffmpeg names them: `frame-%05d.png`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// What stands before the number, its least digits, and what stands behind.
fn parts(path: &Path) -> Option<(&str, usize, &str)> {
    let (before, rest) = path.to_str()?.split_once('%')?;
    let (digits, behind) = rest.split_once('d')?;
    let width = match digits {
        "" => 1,
        digits => digits.strip_prefix('0')?.parse().ok().filter(|width| (1..=20).contains(width))?,
    };
    Some((before, width, behind))
}

/// Whether a name stands for numbered ones.
pub(super) fn is_pattern(path: &Path) -> bool {
    parts(path).is_some()
}

/// Photos, with numbered ones as the globs of their names.
pub(super) fn globs(photos: &[PathBuf]) -> Vec<PathBuf> {
    let glob = |photo: &PathBuf| match parts(photo) {
        Some((before, width, behind)) if !photo.exists() => {
            format!("{before}{}*{behind}", "[0-9]".repeat(width)).into()
        }
        _ => photo.clone(),
    };
    photos.iter().map(glob).collect()
}

/// The folder of outputs, and the pattern of their names: each with the number that its photo has, where the output is numbered ones.
pub(super) fn outputs<'a>(output: &'a Path, pattern: &'a str) -> (Cow<'a, Path>, Cow<'a, str>) {
    if parts(output).is_none() || output.is_dir() {
        return (output.into(), pattern.into());
    }
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = output.file_name().map(Path::new).and_then(parts);
    match name {
        Some((before, _, behind)) => (folder.into(), format!("{before}{{frame}}{behind}").into()),
        None => (output.into(), pattern.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_names_are_those_of_ffmpeg() {
        let photos = ["a/frame-%05d.png", "b-%d.tif", "50%.jpg", "plain.jpg"].map(PathBuf::from);
        let expected = ["a/frame-[0-9][0-9][0-9][0-9][0-9]*.png", "b-[0-9]*.tif", "50%.jpg", "plain.jpg"]
            .map(PathBuf::from);
        assert_eq!(globs(&photos), expected);
        let (folder, pattern) = outputs(Path::new("out/frame-%05d.png"), "{name}");
        assert_eq!((&*folder, &*pattern), (Path::new("out"), "frame-{frame}.png"));
        let (folder, pattern) = outputs(Path::new("out"), "{name}");
        assert_eq!((&*folder, &*pattern), (Path::new("out"), "{name}"));
    }
}
