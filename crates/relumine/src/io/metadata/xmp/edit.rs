//! A packet as it belongs into an output: what says something of the pixels says it of the new ones, what points to parts of the old
//! file is gone, and the history tells what was done. All else stays, byte for byte.

use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::{NsReader, Writer};

use super::RDF;
use super::fate::{Fate, Name, OF_OTHER_PICTURES, TIFF, fate};
use crate::io::metadata::edited::Edited;

const XMP_MM: &str = "http://ns.adobe.com/xap/1.0/mm/";
const RESOURCE_EVENT: &str = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#";

/// The packet, edited.
///
/// # Errors
/// What is wrong with a packet that is not well-formed, has a document type, or no RDF.
pub(super) fn edited(packet: &str, how: &Edited<'_>) -> Result<String, String> {
    let mut reader = NsReader::from_str(packet);
    let mut pass = Pass {
        out: Writer::new(Vec::new()),
        how,
        open: Vec::new(),
        about: None,
        has_rdf: false,
        is_told: how.edit.is_none(),
    };
    loop {
        let wrong = |error: quick_xml::Error| error.to_string();
        match reader.read_event().map_err(wrong)? {
            Event::Start(start) => match pass.start(&start, reader.resolver(), false)? {
                Fate::Stays => {}
                // The inside goes; where the value is another, tags stay around it.
                Fate::Goes => {
                    reader.read_to_end(start.name()).map_err(wrong)?;
                }
                Fate::Becomes(value) => {
                    reader.read_to_end(start.name()).map_err(wrong)?;
                    pass.write(Event::Text(BytesText::new(&value)));
                    pass.write(Event::End(start.to_end()));
                    pass.open.pop();
                }
            },
            Event::Empty(start) => {
                if let Fate::Becomes(value) = pass.start(&start, reader.resolver(), true)? {
                    pass.write(Event::Text(BytesText::new(&value)));
                    pass.write(Event::End(start.to_end()));
                }
            }
            Event::End(end) => pass.end(end),
            Event::DocType(_) => return Err("it has a document type".into()),
            // Padding, which is there to be edited in place.
            Event::Text(text) if pass.open.is_empty() && text.trim().is_empty() => {
                pass.write(Event::Text(BytesText::new("\n")));
            }
            Event::Eof => break,
            event => pass.write(event),
        }
    }
    if !pass.open.is_empty() || !pass.has_rdf {
        return Err(if pass.has_rdf { "it ends early" } else { "it holds no RDF" }.into());
    }
    String::from_utf8(pass.out.into_inner()).map_err(|error| error.to_string())
}

/// Where in a packet one is, as far as it matters.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Rdf,
    /// A description right within the RDF.
    Description,
    /// Its xmpMM:History.
    History,
    Sequence,
    Other,
}

struct Pass<'a> {
    out: Writer<Vec<u8>>,
    how: &'a Edited<'a>,
    open: Vec<Place>,
    /// What the descriptions are about, escaped.
    about: Option<String>,
    has_rdf: bool,
    /// Whether the history tells of the edit, or there is none to be told.
    is_told: bool,
}

impl Pass<'_> {
    fn write(&mut self, event: Event<'_>) {
        self.out.write_event(event).expect("memory takes what is written");
    }

    /// Writes a start tag with what stays of its attributes, unless it goes; `is_empty`: one that is its own end, which is written as
    /// such only if its content stays.
    fn start(
        &mut self,
        start: &BytesStart<'_>,
        names: &NamespaceResolver,
        is_empty: bool,
    ) -> Result<Fate, String> {
        let (namespace, local) = names.resolve_element(start.name());
        let name = (uri(&namespace), local.into_inner());
        let in_rdf = self.open.contains(&Place::Rdf);
        let fate = if in_rdf { fate(name, self.how) } else { Fate::Stays };
        if matches!(fate, Fate::Goes) {
            return Ok(fate);
        }
        let place = match (self.open.last(), name) {
            (_, (RDF, "RDF")) if !in_rdf => Place::Rdf,
            (Some(Place::Rdf), (RDF, "Description")) => Place::Description,
            (Some(Place::Description), (XMP_MM, "History")) => Place::History,
            (Some(Place::History), (RDF, "Seq")) => Place::Sequence,
            _ => Place::Other,
        };
        self.has_rdf |= place == Place::Rdf;
        let tag = self.tag(start, names, place)?;
        let is_changed = matches!(fate, Fate::Becomes(_));
        // What is empty and is to hold something is opened.
        let opens = is_empty && matches!(place, Place::Rdf | Place::Sequence) && !self.is_told;
        if is_empty && !is_changed && !opens {
            self.write(Event::Empty(tag));
            return Ok(fate);
        }
        self.write(Event::Start(tag));
        if !is_empty {
            self.open.push(place);
        } else if opens {
            self.open.push(place);
            self.end(start.to_end());
        }
        Ok(fate)
    }

    /// The tag with what stays of its attributes.
    fn tag<'t>(
        &mut self,
        start: &BytesStart<'t>,
        names: &NamespaceResolver,
        place: Place,
    ) -> Result<BytesStart<'t>, String> {
        let mut content = start.name().0.to_owned();
        let mut is_changed = false;
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let mut value = attribute.value;
            let (namespace, local) = names.resolve_attribute(attribute.key);
            let name = (uri(&namespace), local.into_inner());
            if place == Place::Description && name == (RDF, "about") && self.about.is_none() {
                self.about = Some(value.clone().into_owned());
            }
            let declares = attribute.key.as_namespace_binding().is_some();
            let fate = match fate(name, self.how) {
                Fate::Stays if declares && OF_OTHER_PICTURES.contains(&&*value) => Fate::Goes,
                fate => fate,
            };
            match fate {
                Fate::Stays => {}
                Fate::Goes => {
                    is_changed = true;
                    continue;
                }
                Fate::Becomes(other) => {
                    is_changed = true;
                    value = quick_xml::escape::escape(other).into_owned().into();
                }
            }
            let quote = if value.contains('"') { '\'' } else { '"' };
            content.extend([" ", attribute.key.0, "="]);
            content.push(quote);
            content.push_str(&value);
            content.push(quote);
        }
        Ok(if is_changed { BytesStart::from_content(content, start.name().0.len()) } else { start.clone() })
    }

    fn end(&mut self, end: BytesEnd<'_>) {
        let place = self.open.pop();
        if !self.is_told && matches!(place, Some(Place::Sequence | Place::Rdf)) {
            let step = self.step();
            let step = match place {
                Some(Place::Sequence) => step,
                _ => format!(
                    "<rdf:Description xmlns:rdf=\"{RDF}\" xmlns:xmpMM=\"{XMP_MM}\" rdf:about=\"{}\"><xmpMM:History>\
                     <rdf:Seq>{step}</rdf:Seq></xmpMM:History></rdf:Description>",
                    self.about.as_deref().unwrap_or_default().replace('"', "&quot;")
                ),
            };
            self.write(Event::Text(BytesText::from_escaped(step)));
            self.is_told = true;
        }
        self.write(Event::End(end));
    }

    /// An entry of the history.
    fn step(&self) -> String {
        let Some(edit) = self.how.edit else { return String::new() };
        let when = self.how.date().map(|date| format!("<stEvt:when>{}</stEvt:when>", date.iso_8601()));
        format!(
            "<rdf:li xmlns:rdf=\"{RDF}\" xmlns:stEvt=\"{RESOURCE_EVENT}\" rdf:parseType=\"Resource\">\
             <stEvt:action>edited</stEvt:action><stEvt:softwareAgent>{}</stEvt:softwareAgent>{}\
             <stEvt:parameters>{}</stEvt:parameters></rdf:li>",
            quick_xml::escape::escape(edit.software()),
            when.unwrap_or_default(),
            quick_xml::escape::escape(&edit.parameters),
        )
    }
}

/// The first orientation that a packet names.
pub(super) fn orientation(packet: &str) -> Option<u8> {
    const ORIENTATION: Name<'_> = (TIFF, "Orientation");
    let mut reader = NsReader::from_str(packet);
    loop {
        let (is_start, tag) = match reader.read_event().ok()? {
            Event::Start(tag) => (true, tag),
            Event::Empty(tag) => (false, tag),
            Event::Eof => return None,
            _ => continue,
        };
        let (namespace, name) = reader.resolver().resolve_element(tag.name());
        if is_start && (uri(&namespace), name.into_inner()) == ORIENTATION {
            return reader.read_text(tag.name()).ok()?.trim().parse().ok();
        }
        for attribute in tag.attributes() {
            let attribute = attribute.ok()?;
            let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
            if (uri(&namespace), name.into_inner()) == ORIENTATION {
                return attribute.value.trim().parse().ok();
            }
        }
    }
}

pub(super) fn uri<'a>(namespace: &ResolveResult<'a>) -> &'a str {
    match namespace {
        ResolveResult::Bound(namespace) => namespace.0,
        _ => "",
    }
}
