//! From the header of a whole safetensors file to the byte ranges that are wanted of it and the header of the smaller
//! file that they make.
//!
//! Layout (<https://github.com/huggingface/safetensors#format>): 8 bytes, little endian, the header's length `n`; `n`
//! bytes of JSON with each tensor's type, shape and offsets; then the tensors, without gaps.

use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use super::catalogue::TensorSpec;

/// Bytes before the JSON.
pub(crate) const LENGTH_BYTES: u64 = 8;

/// A header longer than this is not taken for one; that of VGG-19 has about 4 kB.
const MAX_HEADER_BYTES: u64 = 1 << 20;

/// What is to be fetched of a safetensors file, and what it will make.
#[derive(Debug)]
pub(crate) struct Selection {
    /// Beginning of the new file: its own length, JSON and padding.
    pub(crate) header: Vec<u8>,
    /// Ranges of bytes of the whole file that follow the header in the new one, ascending, neighbours joined.
    pub(crate) ranges: Vec<Range<u64>>,
}

impl Selection {
    /// Bytes of the new file.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.header.len() as u64 + self.ranges.iter().map(|r| r.end - r.start).sum::<u64>()
    }
}

/// Where the JSON lies in a file of `file_bytes` bytes that begins with `first`.
///
/// # Errors
/// If no safetensors file of that size begins so.
pub(crate) fn header_range(first: [u8; LENGTH_BYTES as usize], file_bytes: u64) -> Result<Range<u64>> {
    let n = u64::from_le_bytes(first);
    ensure!(
        (2..=MAX_HEADER_BYTES).contains(&n) && LENGTH_BYTES + n <= file_bytes,
        "not a safetensors file (its header would have {n} bytes, the file has {file_bytes})"
    );
    Ok(LENGTH_BYTES..LENGTH_BYTES + n)
}

/// Finds the `wanted` tensors by the JSON `header` of a whole file of `file_bytes` bytes.
///
/// # Errors
/// If the header is malformed or contradicts the file's size, or a tensor is missing, of another shape or type.
pub(crate) fn select(header: &[u8], file_bytes: u64, wanted: &[TensorSpec]) -> Result<Selection> {
    let whole: Metadata =
        serde_json::from_slice(header).context("not a safetensors file (malformed header)")?;
    let data_start = LENGTH_BYTES + header.len() as u64;
    let described = data_start.checked_add(whole.data_len() as u64);
    ensure!(
        described == Some(file_bytes),
        "its header describes {} bytes of tensors, but {} follow",
        whole.data_len(),
        file_bytes.saturating_sub(data_start)
    );

    let mut found = wanted.iter().map(|spec| Ok((spec, find(&whole, spec)?))).collect::<Result<Vec<_>>>()?;
    found.sort_by_key(|(_, info)| info.data_offsets.0);

    let mut ranges: Vec<Range<u64>> = Vec::new();
    let mut tensors = Vec::new();
    let mut offset = 0;
    for (spec, info) in found {
        let (start, end) = info.data_offsets;
        let range = data_start + start as u64..data_start + end as u64;
        match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range),
        }
        let data_offsets = (offset, offset + (end - start));
        offset = data_offsets.1;
        tensors.push((
            spec.name.clone(),
            TensorInfo { dtype: info.dtype, shape: info.shape.clone(), data_offsets },
        ));
    }
    Ok(Selection { header: encode(&Metadata::new(None, tensors)?)?, ranges })
}

fn find<'a>(whole: &'a Metadata, spec: &TensorSpec) -> Result<&'a TensorInfo> {
    let name = &spec.name;
    let Some(info) = whole.info(name) else { bail!("it lacks `{name}`") };
    ensure!(info.dtype == Dtype::F32, "`{name}` holds {} instead of F32", info.dtype);
    ensure!(info.shape == spec.shape, "`{name}` has shape {:?} instead of {:?}", info.shape, spec.shape);
    Ok(info)
}

/// Length, JSON, and spaces up to a multiple of 8, as the format's own writer does.
fn encode(metadata: &Metadata) -> Result<Vec<u8>> {
    let mut json = serde_json::to_vec(metadata)?;
    json.resize(json.len().next_multiple_of(LENGTH_BYTES as usize), b' ');
    let mut header = (json.len() as u64).to_le_bytes().to_vec();
    header.append(&mut json);
    Ok(header)
}
