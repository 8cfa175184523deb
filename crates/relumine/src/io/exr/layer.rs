//! Which of the layers of an OpenEXR file is the photo: the first with red, green and blue, else the first with luminance.
//!
//! Layers are parts with headers of their own, or channels of one part whose names begin alike (`beauty.R`).

use ::exr::meta::attribute::{ChannelDescription, SampleType};
use ::exr::meta::header::Header;

use super::unsupported;
use crate::{Notice, PhotoError};

/// Most names of layers that are told, and most characters of each.
const TOLD: usize = 8;
const NAME: usize = 40;

/// A layer that can be a photo.
pub(super) struct Layer {
    /// The part that it is in.
    pub(super) part: usize,
    /// The channels of colour, one or three, in the order of the part.
    pub(super) colours: Vec<usize>,
    pub(super) alpha: Option<usize>,
    pub(super) notices: Vec<Notice>,
}

impl Layer {
    /// The photo among the parts.
    pub(super) fn of(parts: &[Header]) -> Result<Self, PhotoError> {
        let flat = || parts.iter().enumerate().filter(|(_, part)| !part.deep);
        let found = [["R", "G", "B"].as_slice(), &["Y"]]
            .into_iter()
            .find_map(|wanted| flat().find_map(|(at, part)| Some((at, part, found(part, wanted)?))));
        let Some((at, part, (prefix, colours))) = found else {
            let deep = parts.iter().any(|part| part.deep);
            return Err(unsupported(if deep { "deep samples alone" } else { "no channels R, G, B or Y" }));
        };
        let channels = &part.channels.list;
        let own = |channel: &ChannelDescription| split(channel).0 == prefix;
        let alpha = place(part, &prefix, "A");
        let has_chroma = ["RY", "BY"].iter().any(|name| place(part, &prefix, name).is_some());
        if has_chroma && colours.len() == 1 {
            return Err(unsupported("luminance and chroma"));
        }
        if channels.iter().any(|channel| channel.sampling.0 != 1 || channel.sampling.1 != 1) {
            return Err(unsupported("subsampled channels"));
        }
        if colours.iter().chain(&alpha).any(|at| channels[*at].sample_type == SampleType::U32) {
            return Err(unsupported("whole numbers of 32 bits"));
        }
        let mut others: Vec<String> = Vec::new();
        let mut left_out = |name: String| {
            if !others.contains(&name) {
                others.push(name);
            }
        };
        channels.iter().filter(|channel| !own(channel)).for_each(|channel| left_out(split(channel).0));
        for (index, other) in parts.iter().enumerate().filter(|(index, _)| *index != at) {
            let name = other.own_attributes.layer_name.as_ref().map(ToString::to_string);
            left_out(name.filter(|name| !name.is_empty()).unwrap_or(format!("part {}", index + 1)));
        }
        let mut notices = Vec::new();
        if !others.is_empty() {
            let count = others.len();
            let layers = others.iter().take(TOLD).map(|name| shown(name)).collect();
            notices.push(Notice::LayersLeftOut { count, layers });
        }
        let used = colours.len() + usize::from(alpha.is_some());
        if let channels @ 1.. = channels.iter().filter(|channel| own(channel)).count() - used {
            notices.push(Notice::ChannelsLeftOut { channels });
        }
        Ok(Self { part: at, colours, alpha, notices })
    }
}

/// A channel's layer, empty where there is none, and its own name.
fn split(channel: &ChannelDescription) -> (String, String) {
    let name = channel.name.to_string();
    name.rsplit_once('.').map_or((String::new(), name.clone()), |(layer, own)| (layer.into(), own.into()))
}

fn place(part: &Header, layer: &str, name: &str) -> Option<usize> {
    part.channels.list.iter().position(|channel| {
        let (of, own) = split(channel);
        of == layer && own == name
    })
}

/// The first layer of a part that has the wanted channels, and where they are; that without a name comes first.
fn found(part: &Header, wanted: &[&str]) -> Option<(String, Vec<usize>)> {
    let layers = part.channels.list.iter().map(|channel| split(channel).0);
    [String::new()].into_iter().chain(layers).find_map(|layer| {
        let places = wanted.iter().map(|name| place(part, &layer, name)).collect::<Option<_>>()?;
        Some((layer, places))
    })
}

/// A name as it can be shown.
fn shown(name: &str) -> String {
    let name = if name.is_empty() { "that without a name" } else { name };
    name.chars().filter(|character| !character.is_control()).take(NAME).collect()
}
