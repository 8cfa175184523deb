//! Programs that are known to develop or convert files, by the kind of file, in the order in which they are looked for.

use std::path::Path;

use anyhow::{Result, bail};

/// What files have in common that the same programs develop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Raw,
    Heic,
    Avif,
    /// Other pictures, which need no developing.
    Picture,
}

/// A program, its arguments, and the extension of what it writes.
type Known = (&'static str, &'static [&'static str], &'static str);

const DARKTABLE: Known = (
    "darktable-cli",
    &[
        "{input}",
        "{output}",
        // Whose presets are in a database that one run at a time can have.
        "--apply-custom-presets",
        "false",
        "--core",
        "--library",
        ":memory:",
        "--conf",
        "plugins/imageio/format/tiff/bpp=16",
    ],
    "tif",
);
const RAWTHERAPEE: Known =
    ("rawtherapee-cli", &["-Y", "-b16", "-t", "-o", "{output}", "-c", "{input}"], "tif");
const LIBRAW: Known = ("dcraw_emu", &["-T", "-6", "-w", "-Z", "{output}", "{input}"], "tif");
const SIPS: Known = ("sips", &["-s", "format", "tiff", "{input}", "--out", "{output}"], "tif");
const HEIF_CONVERT: Known = ("heif-convert", &["{input}", "{output}"], "png");
const HEIF_DEC: Known = ("heif-dec", &["{input}", "{output}"], "png");
const AVIFDEC: Known = ("avifdec", &["{input}", "{output}"], "png");
/// To PNG, for it writes TIFF in the YCbCr of its source.
const MAGICK: Known = ("magick", &["{input}[0]", "{output}"], "png");
/// ImageMagick before its version 7; on Windows another program has its name.
const CONVERT: Known = ("convert", &["{input}[0]", "{output}"], "png");

/// Others than these that are refused by name, such as films and archives, are no pictures.
const PICTURES: &[&str] = &[
    "JPEG 2000",
    "JPEG XR",
    "Photoshop's PSD",
    "GIF",
    "BMP",
    "QOI",
    "Radiance HDR",
    "GIMP's XCF",
    "an icon (ICO)",
];

/// Extensions of photos that are not read and are no camera RAW.
const EXTENSIONS: [&str; 4] = ["heic", "heif", "hif", "avif"];

/// Whether a file is by its extension a photo that has to be developed, beside camera RAW.
pub(crate) fn is_named_as_picture(path: &Path) -> bool {
    let is_known = |extension: &str| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known));
    path.extension().and_then(|extension| extension.to_str()).is_some_and(is_known)
}

impl Kind {
    /// That of a file as messages name it.
    pub(crate) fn of(format: &str) -> Option<Self> {
        match format {
            "HEIC" => Some(Self::Heic),
            "AVIF" => Some(Self::Avif),
            raw if raw.starts_with("a camera RAW") => Some(Self::Raw),
            other => PICTURES.contains(&other).then_some(Self::Picture),
        }
    }

    fn programs(self) -> &'static [Known] {
        match self {
            Self::Raw => &[DARKTABLE, RAWTHERAPEE, LIBRAW, SIPS],
            Self::Heic => &[SIPS, HEIF_CONVERT, HEIF_DEC, MAGICK, CONVERT],
            Self::Avif => &[SIPS, AVIFDEC, HEIF_CONVERT, HEIF_DEC, MAGICK, CONVERT],
            Self::Picture => &[SIPS, MAGICK, CONVERT],
        }
    }
}

/// The words of the first command for this kind of file whose program is there, and the extension of what it writes.
pub(super) fn found(format: &str) -> Result<(Vec<String>, &'static str)> {
    let Some(kind) = Kind::of(format) else { bail!("no program is known that makes a picture of it") };
    let programs = kind.programs();
    let is_there = |known: &&Known| is_installed(known.0) && (cfg!(unix) || known.0 != CONVERT.0);
    let Some((program, arguments, extension)) = programs.iter().find(is_there) else {
        let names: Vec<_> = programs.iter().map(|known| known.0).collect();
        bail!("none of the programs is installed that are known for it ({})", names.join(", "));
    };
    Ok(([program].into_iter().chain(*arguments).map(|word| (*word).to_owned()).collect(), *extension))
}

/// Whether there is a program of that name on the search path.
fn is_installed(program: &str) -> bool {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder != Path::new("") && folder.join(&name).is_file())
}
