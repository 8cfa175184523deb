//! The network weights that relumine embeds, and where they come from.

/// A network, embedded as the bytes of a safetensors file.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// Its name.
    pub name: &'static str,
    /// The safetensors file.
    pub bytes: &'static [u8],
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: &'static str,
    /// What it was trained from, and under which licence it is.
    pub origin: &'static str,
    /// The command that trains it.
    pub command: &'static str,
}

/// The compact feature network of the method `look`.
pub const FEATURES: Embedded = Embedded {
    name: "relumine features",
    bytes: include_bytes!("../data/features.safetensors"),
    sha256: include_str!("../data/features.sha256"),
    origin: include_str!("../data/features.txt"),
    command: "sh tools/train/distil.sh FOLDER",
};

/// The segmenter: which class is where in a photo.
pub const SEGMENTER: Embedded = Embedded {
    name: "relumine segmenter",
    bytes: include_bytes!("../data/segmenter.safetensors"),
    sha256: include_str!("../data/segmenter.sha256"),
    origin: include_str!("../data/segmenter.txt"),
    command: "python3 tools/train/segment_train.py && python3 tools/train/segment_export.py",
};

/// The learned grade: how one photo was graded, as seen beside another.
pub const GRADE: Embedded = Embedded {
    name: "relumine grade",
    bytes: include_bytes!("../data/grade.safetensors"),
    sha256: include_str!("../data/grade.sha256"),
    origin: include_str!("../data/grade.txt"),
    command: "sh tools/train/grade.sh FOLDER",
};

/// All embedded networks.
pub const ALL: [Embedded; 3] = [FEATURES, SEGMENTER, GRADE];

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn files_are_what_the_manifest_says() {
        for network in ALL {
            let digest = Sha256::digest(network.bytes);
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest, network.sha256.trim(), "{}", network.name);
        }
    }

    #[test]
    fn they_stay_small() {
        for network in ALL {
            let bytes = network.bytes.len();
            assert!(bytes <= 2 << 20, "{} has {bytes} bytes", network.name);
        }
    }
}
