//! What a page's pixels are and how they are laid out in the file, or why they cannot be read.

use super::structure::{Directory, tag};
use crate::PhotoError;
use crate::io::Limits;

/// Everything that decoding a page's pixels depends on.
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) bits: usize,
    pub(super) numbers: Numbers,
    pub(super) colours: Colours,
    /// Samples a pixel, extra ones included.
    pub(super) samples: usize,
    pub(super) alpha: Option<Alpha>,
    /// Whether each sample has chunks of its own.
    pub(super) planar: bool,
    pub(super) compression: Compression,
    pub(super) predictor: Predictor,
    /// Whether the lowest bit of each byte is the first.
    pub(super) low_bits_first: bool,
    pub(super) chunks: Chunks,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    Unsigned,
    Float,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// `white_is_zero` where the largest number is black.
    Grey {
        white_is_zero: bool,
    },
    Rgb,
    /// Numbers of entries in a colour map.
    Palette,
    /// RGB, stored in JPEG's own space.
    YCbCr,
    /// Ink, of which 0 is none.
    Cmyk,
}

/// The extra sample that says how opaque a pixel is.
#[derive(Clone, Copy)]
pub(super) struct Alpha {
    /// Its place in a pixel.
    pub(super) sample: usize,
    /// Whether colours are stored times alpha.
    pub(super) associated: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Group4,
    Lzw,
    Jpeg,
    Deflate,
    PackBits,
    Zstd,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    Horizontal,
    FloatingPoint,
}

/// Strips or tiles, row by row, and plane by plane where each sample has its own.
pub(super) struct Chunks {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Whether those at the right and lower edges are whole: tiles are, strips are not.
    pub(super) padded: bool,
    pub(super) offsets: Vec<u64>,
    /// Without, each goes on as far as it needs to.
    pub(super) bytes: Option<Vec<u64>>,
}

impl Layout {
    pub(super) fn of(page: &Directory<'_>, limits: &Limits) -> Result<Self, PhotoError> {
        let side = |tag| page.unsigned(tag).and_then(|side| u32::try_from(side).ok());
        let (Some(width), Some(height)) = (side(tag::WIDTH), side(tag::HEIGHT)) else {
            return Err(damaged("it does not say its size"));
        };
        let one = |tag, default| page.unsigned(tag).unwrap_or(default);
        let samples = one(tag::SAMPLES_PER_PIXEL, 1) as usize;
        let bits = same(page, tag::BITS_PER_SAMPLE, 1, "different numbers of bits a channel")?;
        let format = same(page, tag::SAMPLE_FORMAT, 1, "different kinds of numbers")?;
        let numbers = match (format, bits) {
            (1 | 4, 1..=16) => Numbers::Unsigned,
            (3, 16 | 32 | 64) => Numbers::Float,
            (1 | 4, _) => return Err(unsupported(format!("{bits}-bit integers"))),
            (2, _) => return Err(unsupported("signed integers")),
            (3, _) => return Err(unsupported(format!("{bits}-bit floating-point numbers"))),
            _ => return Err(unsupported("complex numbers")),
        };
        let compression = Compression::of(one(tag::COMPRESSION, 1))?;
        let default = if samples < 3 { 1 } else { 2 };
        let colours = Colours::of(page, one(tag::PHOTOMETRIC, default), compression)?;
        let (extra, alpha) = extra_samples(page, samples, colours)?;
        // Ink becomes RGB, which has no place for it.
        let alpha = alpha.filter(|_| colours != Colours::Cmyk);
        if samples > u16::MAX.into() {
            return Err(damaged("it has more channels than there can be"));
        }
        let is_float = numbers == Numbers::Float;
        let out_channels = if is_float || !matches!(colours, Colours::Grey { .. }) { 3 } else { 1 };
        let out_bytes = if is_float { 4 } else { bits.div_ceil(8) } as u64;
        limits.check(width, height, (out_channels + u64::from(alpha.is_some())) * out_bytes)?;
        let (width, height) = (width as usize, height as usize);
        let planar = one(tag::PLANAR, 1) == 2 && samples > 1;
        let layout = Self {
            width,
            height,
            bits: bits as usize,
            numbers,
            colours,
            samples,
            alpha,
            planar,
            compression,
            predictor: Predictor::of(one(tag::PREDICTOR, 1), compression, numbers, bits)?,
            low_bits_first: one(tag::FILL_ORDER, 1) == 2,
            chunks: Chunks::of(page, width, height)?,
        };
        if extra > 0 && colours == Colours::YCbCr {
            return Err(unsupported("YCbCr with extra channels"));
        }
        layout.check(limits)?;
        Ok(layout)
    }

    /// Refuses chunks that are not there, and those that would be far more work than the picture is worth.
    fn check(&self, limits: &Limits) -> Result<(), PhotoError> {
        let work = (self.chunk_count() as u64).saturating_mul(self.chunk_bytes(self.chunks.height) as u64);
        if work > limits.max_bytes {
            return Err(limits.exceeded());
        }
        if self.chunks.offsets.len() < self.chunk_count() {
            return Err(damaged("it lacks strips or tiles"));
        }
        Ok(())
    }

    pub(super) fn across(&self) -> usize {
        self.width.div_ceil(self.chunks.width)
    }

    pub(super) fn down(&self) -> usize {
        self.height.div_ceil(self.chunks.height)
    }

    fn chunk_count(&self) -> usize {
        self.across().saturating_mul(self.down()).saturating_mul(if self.planar { self.samples } else { 1 })
    }

    /// Samples a pixel of a chunk.
    pub(super) fn chunk_samples(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Bytes of one row of a chunk.
    pub(super) fn row_bytes(&self) -> usize {
        self.chunks.width.saturating_mul(self.chunk_samples()).saturating_mul(self.bits).div_ceil(8)
    }

    /// Bytes of a chunk of so many rows.
    pub(super) fn chunk_bytes(&self, rows: usize) -> usize {
        self.row_bytes().saturating_mul(rows)
    }

    /// Extra samples that are not alpha.
    pub(super) fn left_out(&self) -> usize {
        self.samples - self.colours.samples() - usize::from(self.alpha.is_some())
    }
}

impl Colours {
    fn of(page: &Directory<'_>, photometric: u64, compression: Compression) -> Result<Self, PhotoError> {
        Ok(match photometric {
            0 => Self::Grey { white_is_zero: true },
            1 => Self::Grey { white_is_zero: false },
            2 => Self::Rgb,
            3 => Self::Palette,
            4 => return Err(unsupported("a mask of transparency alone")),
            5 if page.unsigned(tag::INK_SET) == Some(2) => return Err(unsupported("inks other than CMYK")),
            5 => Self::Cmyk,
            6 if compression == Compression::Jpeg => Self::YCbCr,
            6 => return Err(unsupported("YCbCr without JPEG compression")),
            8 | 9 => return Err(unsupported("CIELab")),
            10 => return Err(unsupported("ITU Lab")),
            32803 | 34892 => return Err(unsupported("a camera's raw data")),
            32844 | 32845 => return Err(unsupported("LogLuv")),
            other => {
                return Err(unsupported(format!("of an unknown kind (photometric interpretation {other})")));
            }
        })
    }

    /// Samples a pixel, without extra ones.
    pub(super) fn samples(self) -> usize {
        match self {
            Self::Rgb | Self::YCbCr => 3,
            Self::Cmyk => 4,
            Self::Grey { .. } | Self::Palette => 1,
        }
    }
}

impl Compression {
    fn of(scheme: u64) -> Result<Self, PhotoError> {
        let name = match scheme {
            1 => return Ok(Self::None),
            4 => return Ok(Self::Group4),
            5 => return Ok(Self::Lzw),
            7 => return Ok(Self::Jpeg),
            8 | 32946 => return Ok(Self::Deflate),
            32773 => return Ok(Self::PackBits),
            50000 | 34926 => return Ok(Self::Zstd),
            2 => "CCITT run lengths",
            3 => "CCITT Group 3",
            6 => "JPEG of the old kind",
            34712 | 33003..=33005 => "JPEG 2000",
            34887 | 34888 => "LERC",
            34892 => "lossy JPEG of DNG",
            34925 => "LZMA",
            50001 | 34927 => "WebP",
            50002 | 52546 => "JPEG XL",
            other => return Err(not_read(&format!("scheme {other}"))),
        };
        Err(not_read(name))
    }
}

impl Predictor {
    /// That of schemes without one is not heeded, as libtiff does.
    fn of(predictor: u64, compression: Compression, numbers: Numbers, bits: u64) -> Result<Self, PhotoError> {
        let has_one = matches!(compression, Compression::Lzw | Compression::Deflate | Compression::Zstd);
        match predictor {
            _ if !has_one => Ok(Self::None),
            0 | 1 => Ok(Self::None),
            2 if matches!(bits, 8 | 16 | 32 | 64) => Ok(Self::Horizontal),
            3 if numbers == Numbers::Float => Ok(Self::FloatingPoint),
            other => Err(damaged(format!("predictor {other} does not go with its numbers"))),
        }
    }
}

impl Chunks {
    fn of(page: &Directory<'_>, width: usize, height: usize) -> Result<Self, PhotoError> {
        let side =
            |tag| page.unsigned(tag).and_then(|side| usize::try_from(side).ok()).filter(|side| *side > 0);
        let padded = page.has(tag::TILE_OFFSETS);
        let (offsets, bytes) = if padded {
            (tag::TILE_OFFSETS, tag::TILE_BYTES)
        } else {
            (tag::STRIP_OFFSETS, tag::STRIP_BYTES)
        };
        let (width, height) = if padded {
            match (side(tag::TILE_WIDTH), side(tag::TILE_HEIGHT)) {
                (Some(width), Some(height)) => (width, height),
                _ => return Err(damaged("its tiles have no size")),
            }
        } else {
            (width, side(tag::ROWS_PER_STRIP).unwrap_or(height).min(height))
        };
        let offsets =
            page.unsigneds(offsets).ok_or_else(|| damaged("it does not say where its pixels are"))?;
        Ok(Self { width, height, padded, offsets, bytes: page.unsigneds(bytes) })
    }
}

/// How many extra samples there are, and which is alpha: the first that is said to be. One of no said meaning is none, as in
/// Photoshop: masks and infrared channels are stored so.
fn extra_samples(
    page: &Directory<'_>,
    samples: usize,
    colours: Colours,
) -> Result<(usize, Option<Alpha>), PhotoError> {
    let extra = samples
        .checked_sub(colours.samples())
        .ok_or_else(|| damaged("it has fewer channels than its kind of colours"))?;
    let kinds = page.unsigneds(tag::EXTRA_SAMPLES).unwrap_or_default();
    let alpha = kinds
        .iter()
        .take(extra)
        .position(|kind| matches!(kind, 1 | 2))
        .map(|index| Alpha { sample: colours.samples() + index, associated: kinds[index] == 1 });
    Ok((extra, alpha))
}

/// A number that is to be the same for all samples.
fn same(page: &Directory<'_>, tag: u16, default: u64, otherwise: &str) -> Result<u64, PhotoError> {
    let values = page.unsigneds(tag).unwrap_or_default();
    let first = values.first().copied().unwrap_or(default);
    if values.iter().all(|value| *value == first) { Ok(first) } else { Err(unsupported(otherwise)) }
}

pub(super) fn damaged(reason: impl Into<String>) -> PhotoError {
    PhotoError::Damaged { reason: reason.into() }
}

fn unsupported(found: impl Into<String>) -> PhotoError {
    PhotoError::UnsupportedPixels { found: found.into() }
}

/// What a scheme of compression that is not read means.
pub(super) fn not_read(scheme: &str) -> PhotoError {
    PhotoError::NotSupported {
        format: format!("TIFF compressed by {scheme}"),
        how: "save it anew with LZW, e.g. by `tiffcp -c lzw in.tif out.tif`",
    }
}
