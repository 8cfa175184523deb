//! The networks that can be fetched: where each lies and which of its tensors are wanted.

use relumine::segment::Variant;

/// A network on a public server.
#[derive(Debug)]
pub(crate) struct Network {
    /// The name that users type.
    pub(crate) name: &'static str,
    /// One line about it.
    pub(crate) about: &'static str,
    /// The option that takes it.
    pub(crate) option: &'static str,
    /// A safetensors file that holds it.
    pub(crate) url: &'static str,
    /// Name of the file in the cache folder.
    pub(crate) file: &'static str,
    /// The tensors that are wanted of it.
    pub(crate) tensors: fn() -> Vec<TensorSpec>,
}

/// A tensor that a file must hold, as 32-bit floats.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TensorSpec {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
}

/// All networks that can be fetched.
pub(crate) const NETWORKS: [Network; 2] = [
    Network {
        name: "vgg19",
        about: "VGG-19 through conv5_1 (Simonyan & Zisserman 2014; torchvision's weights, timm/vgg19.tv_in1k)",
        option: "--network",
        url: "https://huggingface.co/timm/vgg19.tv_in1k/resolve/main/model.safetensors",
        file: "vgg19.safetensors",
        tensors: vgg19,
    },
    Network {
        name: "segformer-b0",
        about: "SegFormer-B0 on ADE20K (Xie et al. 2021; nvidia/segformer-b0-finetuned-ade-512-512; NVIDIA's licence, \
                non-commercial)",
        option: "--segmenter",
        url: "https://huggingface.co/nvidia/segformer-b0-finetuned-ade-512-512/resolve/main/model.safetensors",
        file: "segformer-b0.safetensors",
        tensors: segformer_b0,
    },
];

impl Network {
    /// The network of this name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        NETWORKS.iter().find(|network| network.name == name)
    }
}

/// VGG-19's convolutions conv1_1 to conv5_1 as torchvision numbers them: (index in `features`, channels in, out).
const VGG19: [(usize, usize, usize); 13] = [
    (0, 3, 64),
    (2, 64, 64),
    (5, 64, 128),
    (7, 128, 128),
    (10, 128, 256),
    (12, 256, 256),
    (14, 256, 256),
    (16, 256, 256),
    (19, 256, 512),
    (21, 512, 512),
    (23, 512, 512),
    (25, 512, 512),
    (28, 512, 512),
];

fn vgg19() -> Vec<TensorSpec> {
    VGG19
        .iter()
        .flat_map(|&(index, input, output)| {
            [("weight", vec![output, input, 3, 3]), ("bias", vec![output])]
                .map(|(part, shape)| TensorSpec { name: format!("features.{index}.{part}"), shape })
        })
        .collect()
}

fn segformer_b0() -> Vec<TensorSpec> {
    Variant::B0.tensors().into_iter().map(|(name, shape)| TensorSpec { name, shape }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vgg19_through_conv5_1_is_52_megabytes() {
        let tensors = vgg19();
        let floats: usize = tensors.iter().map(|t| t.shape.iter().product::<usize>()).sum();
        assert_eq!(tensors.len(), 26);
        assert_eq!(floats * 4, 51_779_840);
    }
}
