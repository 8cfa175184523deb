//! A process list of a lattice, of curves, or of both, in 32-bit floating-point numbers.

use std::fmt::Write;

use md5::{Digest, Md5};
use quick_xml::escape::escape;

use super::super::lattice::UNIT;
use super::super::{Lattice, Lut};

/// Nodes a side of the lattice that stands for a LUT whose domains the format cannot say.
const SIZE: usize = 33;

/// The text of a file. Nodes are over 0..1; a LUT with another domain is resampled there.
pub(in super::super) fn write(lut: &Lut) -> String {
    let fits = lut.shaper().is_none_or(|shaper| shaper.domain() == UNIT)
        && lut.lattice().is_none_or(|lattice| lattice.domain() == UNIT);
    let resampled;
    let (shaper, lattice) = if fits {
        (lut.shaper(), lut.lattice())
    } else {
        resampled = lut.resampled(lut.lattice().map_or(SIZE, Lattice::size));
        (None, Some(&*resampled))
    };
    let mut nodes = String::new();
    if let Some(shaper) = shaper {
        let dim = format!("{} 3", shaper.size());
        node(&mut nodes, "LUT1D", "linear", &dim, shaper.values());
    }
    if let Some(lattice) = lattice {
        let size = lattice.size();
        let dim = format!("{size} {size} {size} 3");
        node(&mut nodes, "LUT3D", "tetrahedral", &dim, &Lattice::reordered(size, lattice.values()));
    }
    // An id stands for what a list does.
    let id: String = Md5::digest(&nodes).iter().map(|byte| format!("{byte:02x}")).collect();
    let name = lut.title().map(|title| format!(" name=\"{}\"", escape(plain(title)))).unwrap_or_default();
    let descriptions = lut.comments().iter().flat_map(|comment| comment.lines());
    let descriptions: String = descriptions
        .map(|line| format!("    <Description>{}</Description>\n", escape(plain(line))))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ProcessList id=\"{id}\"{name} compCLFversion=\"3.0\">\n{descriptions}{nodes}</ProcessList>\n"
    )
}

fn node(text: &mut String, name: &str, interpolation: &str, dim: &str, colours: &[[f32; 3]]) {
    let head = format!(
        "    <{name} inBitDepth=\"32f\" outBitDepth=\"32f\" interpolation=\"{interpolation}\">\n        <Array dim=\"{dim}\">\n"
    );
    *text += &head;
    for [red, green, blue] in colours {
        writeln!(text, "{red} {green} {blue}").expect("memory takes any text");
    }
    *text += &format!("        </Array>\n    </{name}>\n");
}

/// Without what XML cannot hold.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') { ' ' } else { c })
        .collect()
}
