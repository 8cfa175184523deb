//! PyTorch checkpoints: a pickled state dictionary beside the plain bytes of its storages.
//!
//! Since PyTorch 1.6 `torch.save` writes a zip archive with entries `NAME/data.pkl` and `NAME/data/KEY`, stored without
//! compression. Before, and in torchvision's VGG-19 to this day, it wrote pickles one after another (a magic number, a
//! version, facts about the system, the dictionary, the list of storage keys), then each storage as a count (i64) and its
//! bytes.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek, SeekFrom};

use zip::{CompressionMethod, ZipArchive};

use super::pickle::{self, Rebuilt, Storage};
use super::{Stored, span, unknown};
use crate::WeightsError;

/// How a checkpoint of before PyTorch 1.6 begins: its magic number, pickled.
pub(super) const LEGACY_MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// Longest pickle that is read; real ones have some kilobytes.
const LONGEST_PICKLE: u64 = 16 << 20;

/// The tensors of a zip checkpoint of `len` bytes.
pub(super) fn contents<R: Read + Seek>(
    reader: &mut R,
    len: u64,
) -> Result<BTreeMap<String, Stored>, WeightsError> {
    let damaged = |e: zip::result::ZipError| unknown(format!("zip archive: {e}"));
    let mut archive = ZipArchive::new(reader).map_err(damaged)?;
    let names = archive.file_names().filter_map(Result::ok);
    let root =
        names.filter_map(|name| name.strip_suffix("data.pkl").map(str::to_owned)).min_by_key(String::len);
    let root = root.ok_or_else(|| unknown("a zip archive without data.pkl"))?;
    if let Ok(mut order) = archive.by_name(&format!("{root}byteorder")) {
        let mut text = Vec::new();
        order.by_ref().take(8).read_to_end(&mut text).map_err(WeightsError::Unreadable)?;
        if text != b"little" {
            return Err(unknown("a checkpoint from a big-endian machine"));
        }
    }
    let mut bytes = Vec::new();
    let entry = archive.by_name(&format!("{root}data.pkl")).map_err(damaged)?;
    entry.take(LONGEST_PICKLE + 1).read_to_end(&mut bytes).map_err(|e| unknown(format!("data.pkl: {e}")))?;
    if bytes.len() as u64 > LONGEST_PICKLE {
        return Err(unknown("data.pkl is far too long"));
    }
    let (pickled, _) = pickle::load(&bytes)?;
    let mut places = HashMap::new();
    locate(pickled.state_dict()?, |storage| {
        if let Some(place) = places.get(&storage.key) {
            return Ok(*place);
        }
        let name = format!("{root}data/{}", storage.key);
        let entry = archive.by_name(&name).map_err(damaged)?;
        if entry.compression() != CompressionMethod::Stored {
            return Err(unknown(format!("{name} is compressed")));
        }
        let start = entry.data_start().ok_or_else(|| unknown(format!("{name} has no place")))?;
        if start.checked_add(entry.size()).is_none_or(|end| end > len) {
            return Err(unknown(format!("{name} is cut short")));
        }
        places.insert(storage.key.clone(), (start, entry.size()));
        Ok((start, entry.size()))
    })
}

/// The tensors of a checkpoint of before PyTorch 1.6, of `len` bytes.
pub(super) fn legacy_contents<R: Read + Seek>(
    reader: &mut R,
    len: u64,
) -> Result<BTreeMap<String, Stored>, WeightsError> {
    let mut bytes = Vec::new();
    reader.take(LONGEST_PICKLE).read_to_end(&mut bytes).map_err(WeightsError::Unreadable)?;
    let mut at = LEGACY_MAGIC.len();
    let mut next = || {
        let (value, used) = pickle::load(&bytes[at..])?;
        at += used;
        Ok::<_, WeightsError>(value)
    };
    let (_version, _system, dictionary, keys) = (next()?, next()?, next()?, next()?);
    let tensors = dictionary.state_dict()?;
    let widths: HashMap<&str, u64> =
        tensors.iter().map(|(_, t)| (&*t.storage.key, t.storage.width as u64)).collect();
    let mut places = HashMap::new();
    let mut place = at as u64;
    for key in keys.texts()? {
        let mut count = [0; 8];
        reader.seek(SeekFrom::Start(place)).map_err(WeightsError::Unreadable)?;
        reader.read_exact(&mut count).map_err(|_| unknown("its storages are cut short"))?;
        let width = *widths.get(key).ok_or_else(|| unknown("a storage that no tensor uses"))?;
        let size = u64::from_le_bytes(count).checked_mul(width);
        let end = size.and_then(|size| (place + 8).checked_add(size)).filter(|end| *end <= len);
        let end = end.ok_or_else(|| unknown("its storages are cut short"))?;
        places.insert(key.to_owned(), (place + 8, end - place - 8));
        place = end;
    }
    let find = |s: &Storage| {
        places.get(&s.key).copied().ok_or_else(|| unknown(format!("storage {} is missing", s.key)))
    };
    locate(tensors, find)
}

/// Finds each tensor's bytes, given the first byte and the number of bytes of its storage.
fn locate(
    tensors: Vec<(String, Rebuilt)>,
    mut place: impl FnMut(&Storage) -> Result<(u64, u64), WeightsError>,
) -> Result<BTreeMap<String, Stored>, WeightsError> {
    let mut located = BTreeMap::new();
    for (name, tensor) in tensors {
        let (start, size) = place(&tensor.storage)?;
        let width = tensor.storage.width;
        let first = tensor.offset.checked_mul(width);
        let bytes = span(&tensor.shape, &tensor.strides).and_then(|span| span.checked_mul(width));
        let end = first.zip(bytes).and_then(|(first, bytes)| first.checked_add(bytes));
        let Some((first, _)) = first.zip(end).filter(|(_, end)| *end as u64 <= size) else {
            return Err(unknown(format!("`{name}` reaches beyond its storage")));
        };
        let (number, start) = (tensor.storage.number, start + first as u64);
        located.insert(name, Stored { number, shape: tensor.shape, strides: tensor.strides, start });
    }
    Ok(located)
}
