//! A packet in two parts, for JPEG (see `joined`): the largest properties go into the extended one, until the standard one fits.

use std::ops::Range;

use md5::{Digest, Md5};
use quick_xml::NsReader;
use quick_xml::events::Event;

use super::edit::uri;
use super::joined::{declarations, descriptions};
use super::{RDF, XMP_NOTE};

/// A standard packet, and the extended one that it names.
pub(crate) struct Split {
    pub(crate) standard: String,
    /// The checksum of the extended packet, 32 hexadecimal digits.
    pub(crate) name: String,
    pub(crate) extended: String,
}

/// A property of a description, and what it needs around it.
struct Property {
    bytes: Range<usize>,
    /// Of the description: what it is about, and the namespaces declared in and around it, as attributes.
    attributes: String,
}

impl Split {
    /// Of a packet that is well-formed, its standard part of at most so many bytes. Where its properties are not what makes it large, all
    /// of it is in the extended part.
    pub(crate) fn of(packet: &str, most: usize) -> Self {
        Self::by_properties(packet, most).unwrap_or_else(|| {
            let empty = format!("{}{}", head(), TAIL);
            let end = empty.len() - TAIL.len();
            // Without what wraps packets up in files.
            let all = descriptions(packet).map(|all| [&head(), &*all, TAIL].concat());
            Self::named(&empty, end, all.unwrap_or_else(|_| packet.to_owned()))
        })
    }

    fn by_properties(packet: &str, most: usize) -> Option<Self> {
        let (mut properties, end) = properties(packet)?;
        // The largest go first; those of one size in their order.
        properties.sort_by_key(|property| std::cmp::Reverse(property.bytes.len()));
        let mut size = packet.len() + note("").len() + 32;
        let mut moved = 0;
        while size > most {
            size -= properties.get(moved)?.bytes.len();
            moved += 1;
        }
        properties.truncate(moved);
        properties.sort_by_key(|property| property.bytes.start);
        let (mut standard, mut extended, mut at) = (String::new(), head(), 0);
        for Property { bytes, attributes } in properties {
            extended.push_str(&format!(
                "<rdf:Description{attributes}>{}</rdf:Description>",
                &packet[bytes.clone()]
            ));
            standard.push_str(&packet[at..bytes.start]);
            at = bytes.end;
        }
        let end = standard.len() + end - at;
        standard.push_str(&packet[at..]);
        Some(Self::named(&standard, end, extended + TAIL))
    }

    /// With the name of the extended packet at the end of the standard one's RDF.
    fn named(standard: &str, end: usize, extended: String) -> Self {
        let name: String = Md5::digest(&extended).iter().map(|byte| format!("{byte:02X}")).collect();
        Self { standard: [&standard[..end], &note(&name), &standard[end..]].concat(), name, extended }
    }
}

/// The properties of the descriptions right in the RDF, and where the RDF ends.
fn properties(packet: &str) -> Option<(Vec<Property>, usize)> {
    let mut reader = NsReader::from_str(packet);
    let mut found = Vec::new();
    let mut around: Vec<(String, String)> = Vec::new();
    // How deep a description right in the RDF is, once there is an RDF.
    let (mut depth, mut rdf) = (0usize, None);
    let mut description = String::new();
    loop {
        let before = reader.buffer_position() as usize;
        let (namespace, event) = reader.read_resolved_event().ok()?;
        let is_rdf = uri(&namespace) == RDF;
        match event {
            Event::Start(tag) => {
                let own = declarations(&tag).ok()?;
                if rdf == Some(depth) {
                    let about =
                        tag.attributes().flatten().find(|one| one.key.local_name().into_inner() == "about");
                    let about = about.map(|about| about.value.replace('"', "&quot;")).unwrap_or_default();
                    let mut declared: Vec<_> = around.iter().chain(&own).collect();
                    declared.reverse();
                    let mut names = std::collections::BTreeSet::new();
                    declared.retain(|(name, _)| name != "xmlns:rdf" && names.insert(name));
                    let declared: String =
                        declared.iter().map(|(name, uri)| format!(" {name}=\"{uri}\"")).collect();
                    description = format!(" rdf:about=\"{about}\"{declared}");
                } else if rdf.is_some_and(|rdf| depth == rdf + 1) {
                    reader.read_to_end(tag.name()).ok()?;
                    let bytes = before..reader.buffer_position() as usize;
                    found.push(Property { bytes, attributes: description.clone() });
                    continue;
                } else {
                    around.extend(own);
                }
                depth += 1;
                if rdf.is_none() && is_rdf && tag.local_name().into_inner() == "RDF" {
                    rdf = Some(depth);
                }
            }
            Event::End(_) => {
                if rdf == Some(depth) {
                    return Some((found, before));
                }
                depth = depth.checked_sub(1)?;
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn head() -> String {
    format!("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\">")
}

const TAIL: &str = "</rdf:RDF></x:xmpmeta>";

/// What names an extended packet.
fn note(name: &str) -> String {
    format!(
        "<rdf:Description xmlns:rdf=\"{RDF}\" rdf:about=\"\" xmlns:xmpNote=\"{XMP_NOTE}\" \
         xmpNote:HasExtendedXMP=\"{name}\"/>"
    )
}
