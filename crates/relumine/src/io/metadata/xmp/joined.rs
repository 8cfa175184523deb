//! A packet in two parts, as JPEG has it where 64 KiB do not suffice (XMP specification, part 3, 1.1.3.1): the standard one, and an
//! extended one that holds more properties of the same photo.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{NsReader, Reader, Writer};

use super::RDF;
use super::edit::uri;

/// The standard packet with the descriptions of the extended one.
///
/// # Errors
/// What is wrong with either.
pub(crate) fn joined(standard: &str, extended: &str) -> Result<String, String> {
    let end = Rdf::of(standard)?.end;
    Ok([&standard[..end], &descriptions(extended)?, &standard[end..]].concat())
}

/// Where the content of a packet's RDF begins and ends, in bytes.
struct Rdf {
    begin: usize,
    end: usize,
    /// Namespaces that are declared around it, as attributes.
    declared: Vec<(String, String)>,
}

impl Rdf {
    fn of(packet: &str) -> Result<Self, String> {
        let mut reader = NsReader::from_str(packet);
        let mut begin = None;
        let mut declared = Vec::new();
        loop {
            let before = reader.buffer_position() as usize;
            let (namespace, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
            let is_rdf = uri(&namespace) == RDF;
            match event {
                Event::Start(tag) if begin.is_none() => {
                    declared.extend(declarations(&tag)?);
                    if is_rdf && tag.local_name().into_inner() == "RDF" {
                        begin = Some(reader.buffer_position() as usize);
                    }
                }
                Event::End(tag) if is_rdf && tag.local_name().into_inner() == "RDF" => {
                    let begin = begin.ok_or("it holds no RDF")?;
                    return Ok(Self { begin, end: before, declared });
                }
                Event::Eof => return Err("it holds no RDF".into()),
                _ => {}
            }
        }
    }
}

/// The namespaces that a tag declares, as attributes.
pub(super) fn declarations(tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, String> {
    let mut declared = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.as_namespace_binding().is_some() {
            declared.push((attribute.key.0.to_owned(), attribute.value.replace('"', "&quot;")));
        }
    }
    Ok(declared)
}

/// The content of a packet's RDF, each description with the namespaces that were declared around it.
pub(super) fn descriptions(packet: &str) -> Result<String, String> {
    let rdf = Rdf::of(packet)?;
    let mut reader = Reader::from_str(&packet[rdf.begin..rdf.end]);
    let mut out = Writer::new(Vec::new());
    let mut depth = 0usize;
    loop {
        let mut event = reader.read_event().map_err(|error| error.to_string())?;
        if let (0, Event::Start(tag) | Event::Empty(tag)) = (depth, &mut event) {
            let own = declarations(tag)?;
            let missing = rdf.declared.iter().filter(|(name, _)| own.iter().all(|(own, _)| own != name));
            let missing: String = missing.map(|(name, value)| format!(" {name}=\"{value}\"")).collect();
            let name = tag.name().0;
            *tag = BytesStart::from_content(format!("{name}{missing}{}", tag.attributes_raw()), name.len());
        }
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof => break,
            _ => {}
        }
        out.write_event(event).map_err(|error| error.to_string())?;
    }
    String::from_utf8(out.into_inner()).map_err(|error| error.to_string())
}
