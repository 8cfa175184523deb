//! Network weights, of whatever origin: named tensors of 16- and 32-bit floats, or of bytes with scales, each read when it is asked for.
//!
//! A tensor `t` of signed bytes comes with a tensor `t.scale` of floats, as many as its first dimension is long: value
//! (i, …) is `t[i, …]` times `t.scale[i]`.
//!
//! Both formats store tensors plainly at some place in the file, so opening one means to learn those places.

mod checkpoint;
mod pickle;
mod safetensors;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use half::{bf16, f16};
use relumine_weights::Embedded;

use crate::watch::CancelToken;
use crate::{Error, Result, Weights, WeightsError};

/// How numbers are stored; little-endian all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    F32,
    F16,
    Bf16,
    I8,
}

impl Number {
    fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::I8 => 1,
        }
    }

    fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Self::F16 => bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            Self::Bf16 => bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
            Self::I8 => bytes.iter().map(|b| f32::from(b.cast_signed())).collect(),
        }
    }
}

/// Where and how a tensor is stored. Its `span` lies within the file.
#[derive(Clone, Debug)]
struct Stored {
    /// The number type, or the name of one that is not supported.
    number: Result<Number, String>,
    shape: Vec<usize>,
    /// Values from one index to the next, a dimension.
    strides: Vec<usize>,
    /// First byte in the file.
    start: u64,
}

/// What tensors are read from.
trait Seekable: Read + Seek + Send {}

impl<R: Read + Seek + Send> Seekable for R {}

/// An open file of named tensors. Whatever is wrong with it is an error that names it, and each tensor polls the token.
pub(crate) struct TensorFile {
    reader: Box<dyn Seekable>,
    tensors: BTreeMap<String, Stored>,
    metadata: HashMap<String, String>,
    weights: Weights,
    embedded: &'static str,
    token: CancelToken,
}

impl TensorFile {
    /// Reads the table of contents of a safetensors file or a PyTorch checkpoint, told by how it begins; `embedded` is meant
    /// by [`Weights::Embedded`].
    ///
    /// # Errors
    /// [`Error::Weights`] where it cannot be read or is neither, [`Error::Cancelled`].
    pub(crate) fn open(weights: &Weights, embedded: &Embedded, token: &CancelToken) -> Result<Self> {
        token.check()?;
        let open = || -> Result<_, WeightsError> {
            let mut reader: Box<dyn Seekable> = match weights {
                Weights::Embedded => Box::new(Cursor::new(embedded.bytes)),
                Weights::File(path) => {
                    Box::new(BufReader::new(File::open(path).map_err(WeightsError::Unreadable)?))
                }
                Weights::Bytes(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            };
            let contents = contents(&mut reader)?;
            Ok((reader, contents))
        };
        let (reader, (tensors, metadata)) =
            open().map_err(|problem| Error::Weights { path: weights.path(embedded.name), problem })?;
        let (weights, token) = (weights.clone(), token.clone());
        Ok(Self { reader, tensors, metadata, weights, embedded: embedded.name, token })
    }

    /// The values of a tensor, in row-major order.
    ///
    /// # Errors
    /// [`Error::Weights`] where it is missing, has another shape or another type, or holds NaN or infinity;
    /// [`Error::Cancelled`].
    pub(crate) fn read(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.token.check()?;
        self.values(name, shape).map_err(|problem| self.error(problem))
    }

    /// The error that something is wrong with this file.
    pub(crate) fn error(&self, problem: WeightsError) -> Error {
        Error::Weights { path: self.weights.path(self.embedded), problem }
    }

    /// Where it came from, for people.
    pub(crate) fn source(&self) -> String {
        self.weights.to_string()
    }

    fn values(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let tensor = || name.to_owned();
        let stored =
            self.tensors.get(name).ok_or_else(|| WeightsError::MissingTensor { tensor: tensor() })?;
        if stored.shape != shape {
            let (found, expected) = (stored.shape.clone(), shape.to_vec());
            return Err(WeightsError::WrongShape { tensor: tensor(), found, expected });
        }
        let number =
            stored.number.clone().map_err(|found| WeightsError::WrongType { tensor: tensor(), found })?;
        let span = span(&stored.shape, &stored.strides)
            .expect("a stored tensor's span was checked when it was listed");
        let mut bytes = vec![0; span * number.bytes()];
        self.reader.seek(SeekFrom::Start(stored.start)).map_err(WeightsError::Unreadable)?;
        self.reader.read_exact(&mut bytes).map_err(WeightsError::Unreadable)?;
        let mut values = gather(number.decode(&bytes), &stored.shape, &stored.strides);
        if number == Number::I8 {
            let outer = shape.first().copied().unwrap_or(1);
            let scales = self.values(&format!("{name}.scale"), &[outer])?;
            let inner = (values.len() / outer.max(1)).max(1);
            for (row, scale) in values.chunks_exact_mut(inner).zip(scales) {
                row.iter_mut().for_each(|v| *v *= scale);
            }
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(WeightsError::NotFinite { tensor: tensor() });
        }
        Ok(values)
    }

    /// The names of all tensors, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// A few of the names, for messages.
    pub(crate) fn sample(&self) -> String {
        self.names().take(5).collect::<Vec<_>>().join(", ")
    }

    /// Whether there is a tensor of this name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The shape of a tensor, if there is one of this name.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|stored| stored.shape.as_slice())
    }

    /// An entry of the file's metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }
}

/// Tensors, and metadata, by name.
type Contents = (BTreeMap<String, Stored>, HashMap<String, String>);

fn contents<R: Read + Seek>(reader: &mut R) -> Result<Contents, WeightsError> {
    let len = reader.seek(SeekFrom::End(0)).map_err(WeightsError::Unreadable)?;
    reader.rewind().map_err(WeightsError::Unreadable)?;
    let mut start = Vec::new();
    reader.by_ref().take(16).read_to_end(&mut start).map_err(WeightsError::Unreadable)?;
    reader.rewind().map_err(WeightsError::Unreadable)?;
    if start.starts_with(b"PK\x03\x04") {
        Ok((checkpoint::contents(reader, len)?, HashMap::new()))
    } else if start.starts_with(checkpoint::LEGACY_MAGIC) {
        Ok((checkpoint::legacy_contents(reader, len)?, HashMap::new()))
    } else {
        safetensors::contents(reader, len)
    }
}

fn unknown(reason: impl Into<String>) -> WeightsError {
    WeightsError::UnknownFormat { reason: reason.into() }
}

/// The strides of row-major order; `None` where the number of values overflows.
fn contiguous(shape: &[usize]) -> Option<Vec<usize>> {
    let mut strides = vec![1_usize; shape.len()];
    for k in (1..shape.len()).rev() {
        strides[k - 1] = strides[k].checked_mul(shape[k])?;
    }
    Some(strides)
}

/// Values from a tensor's first to its last, both included; `None` where the number overflows.
fn span(shape: &[usize], strides: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape
        .iter()
        .zip(strides)
        .try_fold(1_usize, |sum, (n, stride)| sum.checked_add((n - 1).checked_mul(*stride)?))
}

fn gather(values: Vec<f32>, shape: &[usize], strides: &[usize]) -> Vec<f32> {
    if contiguous(shape).as_deref() == Some(strides) {
        return values;
    }
    let count = shape.iter().product();
    let place = |mut index: usize| {
        shape.iter().zip(strides).rev().fold(0, |at, (n, stride)| {
            let k = index % n;
            index /= n;
            at + k * stride
        })
    };
    (0..count).map(|index| values[place(index)]).collect()
}
