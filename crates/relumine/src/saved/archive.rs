//! The file: a zip archive, as .ora and .docx are.
//!
//! | Part | |
//! |---|---|
//! | `look.json` | regions, grades, options, version |
//! | `samples.safetensors` | what became of the photo's colours, without their places |
//! | `references/0.png` | the reference, small; where it was not left out |
//! | `thumbnail.jpg` | the photo in the look, small; likewise |
//! | `table.cube` | of an edit: what it does |
//!
//! Parts carry no dates and no names but these. A part that is not known is refused by its name, and none is unpacked beyond its limit.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::document::{Document, Kind};
use super::samples::Samples;
use super::{SavedLook, picture_limits};
use crate::io::{Format, Limits, Photo, SaveOptions, Strip};
use crate::lut::{Lut, LutFormat};
use crate::{LookError, Result};

const LOOK: &str = "look.json";
const SAMPLES: &str = "samples.safetensors";
const REFERENCE: &str = "references/0.png";
const THUMBNAIL: &str = "thumbnail.jpg";
const TABLE: &str = "table.cube";
/// Each part, and how many bytes it may have.
const PARTS: [(&str, u64); 5] =
    [(LOOK, 4 << 20), (SAMPLES, 1 << 20), (REFERENCE, 32 << 20), (THUMBNAIL, 4 << 20), (TABLE, 32 << 20)];
/// How many bytes a file may have: all parts, and what holds them together.
const MOST: u64 = 80 << 20;

/// The bytes of a file.
///
/// # Errors
/// [`LookError::Unreadable`], [`LookError::TooLarge`].
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, LookError> {
    let file = std::fs::File::open(path).map_err(LookError::Unreadable)?;
    limited(file, "of all", MOST)
}

fn limited(from: impl Read, part: &str, limit: u64) -> Result<Vec<u8>, LookError> {
    let mut bytes = Vec::new();
    from.take(limit + 1).read_to_end(&mut bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData
        | std::io::ErrorKind::UnexpectedEof
        | std::io::ErrorKind::InvalidInput => {
            LookError::Damaged { part: part.into(), reason: error.to_string() }
        }
        _ => LookError::Unreadable(error),
    })?;
    if bytes.len() as u64 > limit {
        return Err(LookError::TooLarge { part: part.into(), limit });
    }
    Ok(bytes)
}

/// # Errors
/// What is wrong with the file.
pub(super) fn decode(bytes: &[u8]) -> Result<SavedLook, LookError> {
    let not_a_look = |reason: String| LookError::NotALook { reason };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| not_a_look(error.to_string()))?;
    if archive.len() > PARTS.len() {
        return Err(not_a_look(format!("it has {} parts", archive.len())));
    }
    for index in 0..archive.len() {
        let name = archive.name_for_index(index).and_then(Result::ok).unwrap_or_default();
        if !PARTS.iter().any(|(known, _)| *known == name) {
            return Err(LookError::UnknownPart { name: name.escape_debug().take(80).collect() });
        }
    }
    let mut part = |name: &str| -> Result<Option<Vec<u8>>, LookError> {
        let limit = PARTS.iter().find(|(known, _)| *known == name).map_or(0, |(_, limit)| *limit);
        let damaged = |reason: String| LookError::Damaged { part: name.into(), reason };
        match archive.by_name(name) {
            Ok(entry) => limited(entry, name, limit).map(Some),
            Err(zip::result::ZipError::FileNotFound) => Ok(None),
            Err(error) => Err(damaged(error.to_string())),
        }
    };
    let missing = |name: &str| not_a_look(format!("it has no {name}"));
    let document = Document::decode(&part(LOOK)?.ok_or_else(|| missing(LOOK))?)?;
    let damaged = |part: &str, reason: String| LookError::Damaged { part: part.into(), reason };
    let samples = part(SAMPLES)?.ok_or_else(|| missing(SAMPLES))?;
    let samples =
        Samples::decode(&samples, document.regions.len()).map_err(|reason| damaged(SAMPLES, reason))?;
    let table = match (part(TABLE)?, document.kind) {
        (Some(bytes), Kind::Edit) => {
            let table = Lut::decode(&bytes, Path::new(TABLE), &Limits::default());
            Some(table.map_err(|error| damaged(TABLE, error.to_string()))?)
        }
        (None, Kind::Transfer) => None,
        (Some(_), Kind::Transfer) => return Err(LookError::UnknownPart { name: TABLE.into() }),
        (None, Kind::Edit) => return Err(missing(TABLE)),
    };
    let picture = |bytes: &[u8], name: &'static str, format: Format| {
        let photo = Photo::decode(bytes, Path::new(name), &picture_limits());
        let photo = photo.map_err(|error| damaged(name, error.to_string()))?;
        let is_of = photo.describe().format == Some(format);
        if is_of { Ok(photo) } else { Err(damaged(name, format!("it is not a {format}"))) }
    };
    let reference = part(REFERENCE)?.map(|bytes| picture(&bytes, REFERENCE, Format::PNG)).transpose()?;
    let thumbnail = part(THUMBNAIL)?;
    if let Some(bytes) = &thumbnail {
        picture(bytes, THUMBNAIL, Format::JPEG)?;
    }
    Ok(SavedLook { document, samples, table, references: reference.into_iter().collect(), thumbnail })
}

/// # Errors
/// [`Error::Photo`](crate::Error::Photo) where a picture cannot be encoded.
pub(super) fn encode(look: &SavedLook) -> Result<Vec<u8>> {
    let mut parts = vec![(LOOK, look.document.encode()), (SAMPLES, look.samples.encode())];
    let saving = SaveOptions { strip: Strip::All, ..SaveOptions::default() };
    for photo in &look.references {
        parts.push((REFERENCE, photo.encode(Format::PNG, &saving)?));
    }
    parts.extend(look.thumbnail.clone().map(|bytes| (THUMBNAIL, bytes)));
    if let Some(table) = &look.table {
        parts.push((TABLE, table.encode(LutFormat::Cube)?));
    }
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        // Pictures are compressed already.
        let is_picture = matches!(name, REFERENCE | THUMBNAIL);
        let method = if is_picture { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options =
            SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::default());
        archive.start_file(name, options).expect("a name of few letters, in memory");
        archive.write_all(&bytes).expect("memory takes what is written");
    }
    Ok(archive.finish().expect("memory takes what is written").into_inner())
}
