//! Names of feature layers.

use std::fmt;
use std::str::FromStr;

use crate::OptionsError;
use crate::ranges::require;

/// Convolutions a block of VGG-19.
pub(super) const VGG19_BLOCKS: [usize; 5] = [2, 2, 4, 4, 4];
/// Channels of the convolutions of each block of VGG-19.
pub(super) const VGG19_WIDTHS: [usize; 5] = [64, 128, 256, 512, 512];

/// A layer of VGG-19 after its ReLU, such as `relu4_2`: block and index within it, both from one.
///
/// Networks other than VGG-19 answer to the names of the layers that they stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tap {
    pub(super) block: usize,
    pub(super) index: usize,
}

impl Tap {
    /// The paper's style layers: the first of each block.
    pub const STYLE: [Self; 5] =
        [Self::at(1, 1), Self::at(2, 1), Self::at(3, 1), Self::at(4, 1), Self::at(5, 1)];
    /// The paper's content layer.
    pub const CONTENT: Self = Self::at(4, 2);

    const fn at(block: usize, index: usize) -> Self {
        Self { block, index }
    }

    /// Block `block`, layer `index`, both from one; `None` where VGG-19 has no such layer.
    pub(super) fn new(block: usize, index: usize) -> Option<Self> {
        let layers = VGG19_BLOCKS.get(block.checked_sub(1)?)?;
        (1..=*layers).contains(&index).then_some(Self { block, index })
    }

    /// Finds whether there are layers to compare.
    ///
    /// # Errors
    /// [`OptionsError::OutOfRange`] of an empty list.
    pub(crate) fn require_some(field: &'static str, taps: &[Self]) -> Result<(), OptionsError> {
        require(!taps.is_empty(), field, "empty", "a list of layers such as relu1_1, relu2_1")
    }

    /// N of the paper's equations: the channels that this layer has in VGG-19.
    pub(crate) fn units(self) -> usize {
        VGG19_WIDTHS[self.block - 1]
    }
}

impl fmt::Display for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "relu{}_{}", self.block, self.index)
    }
}

impl serde::Serialize for Tap {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Tap {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for Tap {
    type Err = OptionsError;

    fn from_str(name: &str) -> Result<Self, OptionsError> {
        let parse = || {
            let (block, index) = name.strip_prefix("relu")?.split_once('_')?;
            Self::new(digit(block)?, digit(index)?)
        };
        parse().ok_or_else(|| OptionsError::Unknown {
            field: "layers",
            value: name.to_owned(),
            expected: "relu1_1, relu1_2, relu2_1 … relu5_4".to_owned(),
        })
    }
}

/// One digit, without the sign that `parse` would take.
pub(super) fn digit(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [digit @ b'0'..=b'9'] => Some(usize::from(digit - b'0')),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for (b, layers) in VGG19_BLOCKS.iter().enumerate() {
            for i in 0..*layers {
                let tap = Tap { block: b + 1, index: i + 1 };
                assert_eq!(tap.to_string().parse::<Tap>().unwrap(), tap);
                let json = serde_json::to_string(&tap).unwrap();
                assert_eq!(serde_json::from_str::<Tap>(&json).unwrap(), tap);
            }
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            "relu",
            "relu0_1",
            "relu1_0",
            "relu1_3",
            "relu6_1",
            "conv1_1",
            "relu1_1 ",
            "relu+1_1",
            "relu1_１",
        ] {
            let error = name.parse::<Tap>().unwrap_err();
            assert!(error.to_string().contains("relu1_1"), "{error}");
            let error = serde_json::from_value::<Tap>(name.into()).unwrap_err();
            assert!(error.to_string().contains("relu1_1"), "{error}");
        }
    }
}
