//! XMP packets: descriptions of a photo in RDF (ISO 16684-1; Adobe's XMP specification, parts 1 to 3).
//!
//! They are carried as they are, but for what would be wrong of the output: see `edit`. Packets in two parts, as JPEG has them, are
//! `joined` and `split`.

mod edit;
mod fate;
mod joined;
mod split;
#[cfg(test)]
mod tests;

pub(crate) use joined::joined;
pub(crate) use split::Split;

use super::edited::Edited;

/// Namespaces.
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XMP_NOTE: &str = "http://ns.adobe.com/xmp/note/";
const HDR_GAIN_MAP: &str = "http://ns.adobe.com/hdr-gain-map/1.0/";
const APPLE_GAIN_MAP: &str = "http://ns.apple.com/HDRGainMap/1.0/";

/// A packet that parses.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Xmp(String);

impl Xmp {
    /// A packet in UTF-8 that is well-formed and holds RDF; zeros and blanks may follow.
    ///
    /// # Errors
    /// What is wrong with any other.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
        let text = text.trim_start_matches('\u{FEFF}').trim_end_matches(['\0', ' ', '\t', '\r', '\n']);
        edit::edited(text, &Edited::nothing())?;
        Ok(Self(text.to_owned()))
    }

    /// The packet as it belongs into an output.
    pub(crate) fn edited(&self, how: &Edited<'_>) -> String {
        edit::edited(&self.0, how).expect("it parsed when it was made")
    }

    /// The orientation that it names (tiff:Orientation), 1..=8.
    pub(crate) fn orientation(&self) -> Option<u8> {
        edit::orientation(&self.0)
    }

    /// Whether it says that the picture has a gain map.
    pub(crate) fn has_gain_map(&self) -> bool {
        [HDR_GAIN_MAP, APPLE_GAIN_MAP].iter().any(|namespace| self.0.contains(namespace))
    }
}
