//! The header of a safetensors file: its length (u64), then JSON that the `safetensors` crate parses and checks.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use safetensors::Dtype;
use safetensors::tensor::Metadata;

use super::{Contents, Number, Stored, contiguous, unknown};
use crate::WeightsError;

/// Longest header that is read; real ones have some kilobytes.
const LONGEST_HEADER: u64 = 16 << 20;

/// The tensors and metadata of a file of `len` bytes.
pub(super) fn contents<R: Read + Seek>(reader: &mut R, len: u64) -> Result<Contents, WeightsError> {
    let mut prefix = [0; 8];
    if len < 8 {
        return Err(unknown(format!("it has {len} bytes")));
    }
    reader.read_exact(&mut prefix).map_err(WeightsError::Unreadable)?;
    let header_len = u64::from_le_bytes(prefix);
    if header_len > LONGEST_HEADER.min(len - 8) {
        return Err(unknown("it does not begin like either"));
    }
    let mut header = Vec::new();
    reader.take(header_len).read_to_end(&mut header).map_err(WeightsError::Unreadable)?;
    let parsed: Metadata =
        serde_json::from_slice(&header).map_err(|e| unknown(format!("safetensors header: {e}")))?;
    let body = 8 + header_len;
    if parsed.data_len() as u64 != len - body {
        let expected = parsed.data_len() as u64;
        return Err(unknown(format!(
            "{} bytes of tensors instead of {expected}; it may be cut short",
            len - body
        )));
    }
    let mut tensors = BTreeMap::new();
    for (name, info) in parsed.tensors() {
        let number = match info.dtype {
            Dtype::F32 => Ok(Number::F32),
            Dtype::F16 => Ok(Number::F16),
            Dtype::BF16 => Ok(Number::Bf16),
            Dtype::I8 => Ok(Number::I8),
            other => Err(format!("{other:?}")),
        };
        let strides = contiguous(&info.shape).ok_or_else(|| unknown("a tensor too large to count"))?;
        let start = body + info.data_offsets.0 as u64;
        tensors.insert(name, Stored { number, shape: info.shape.clone(), strides, start });
    }
    Ok((tensors, parsed.metadata().clone().unwrap_or_default()))
}
