//! A process list, event by event.

use quick_xml::events::Event;

use super::super::Lut;
use super::super::problem::LineProblem;
use super::events::{Events, name};
use crate::LutError;

/// Reads the text of a file.
pub(in super::super) fn read(text: &str) -> Result<Lut, LutError> {
    let mut reader = Events::new(text);
    let mut lut = Lut { title: None, comments: Vec::new(), shaper: None, lattice: None };
    loop {
        match reader.next()? {
            Event::Start(start) if name(&start) == "ProcessList" => {
                lut.title = reader.attribute(&start, "name")?.filter(|name| !name.is_empty());
                break;
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Text(blank) if blank.trim().is_empty() => {}
            Event::Start(start) | Event::Empty(start) => return Err(reader.unknown(name(&start))),
            _ => return Err(LutError::UnknownFormat),
        }
    }
    loop {
        match reader.next()? {
            Event::Start(start) => match name(&start) {
                "Description" => lut.comments.extend(reader.words_within(&start)?),
                "Info" | "InputDescriptor" | "OutputDescriptor" => drop(reader.words_within(&start)?),
                "LUT1D" if lut.shaper.is_none() && lut.lattice.is_none() => {
                    lut.shaper = Some(reader.curves(&start)?)
                }
                "LUT3D" if lut.lattice.is_none() => lut.lattice = Some(reader.lattice(&start)?),
                word @ ("LUT1D" | "LUT3D") => {
                    return Err(reader.wrong(LineProblem::Misplaced { word: word.into() }));
                }
                other => return Err(reader.unknown(other)),
            },
            Event::Empty(start) => match name(&start) {
                "Description" | "Info" | "InputDescriptor" | "OutputDescriptor" => {}
                other => return Err(reader.unknown(other)),
            },
            Event::End(_) => break,
            Event::Comment(_) | Event::PI(_) => {}
            Event::Text(blank) if blank.trim().is_empty() => {}
            _ => return Err(reader.unknown("text between the nodes")),
        }
    }
    match (&lut.shaper, &lut.lattice) {
        (None, None) => Err(reader.wrong(LineProblem::Missing { what: "LUT1D or LUT3D" })),
        _ => Ok(lut),
    }
}
