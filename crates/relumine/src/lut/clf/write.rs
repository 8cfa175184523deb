//! A process list of a lattice, of curves, or of both, in 32-bit floating-point numbers.

use std::fmt::Write;

use md5::{Digest, Md5};
use quick_xml::escape::escape;

use super::super::lattice::UNIT;
use super::super::{Lattice, Lut};

/// Nodes a side of the lattice that stands for a LUT whose domains the format cannot say.
const SIZE: usize = 33;

/// Linear light of ACES 2065-1 to that of sRGB (Bradford from the white of ACES to D65), and back.
const FROM_ACES: [[f64; 3]; 3] = [
    [2.52168619, -1.13413099, -0.38755520],
    [-0.27647991, 1.37271909, -0.09623917],
    [-0.01537806, -0.15297535, 1.16835341],
];
const TO_ACES: [[f64; 3]; 3] = [
    [0.43963298, 0.38298870, 0.17737832],
    [0.08977644, 0.81343943, 0.09678413],
    [0.01754117, 0.11154655, 0.87091228],
];

/// The text of a file. Nodes are over 0..1; a LUT with another domain is resampled there. With `aces` it is wrapped in what takes ACES 2065-1 to sRGB
/// and back.
pub(in super::super) fn write(lut: &Lut, aces: bool) -> String {
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
    if aces {
        matrix(&mut nodes, &FROM_ACES);
        curve(&mut nodes, "monCurveRev");
    }
    if let Some(shaper) = shaper {
        let dim = format!("{} 3", shaper.size());
        node(&mut nodes, "LUT1D", "linear", &dim, shaper.values());
    }
    if let Some(lattice) = lattice {
        let size = lattice.size();
        let dim = format!("{size} {size} {size} 3");
        node(&mut nodes, "LUT3D", "tetrahedral", &dim, &Lattice::reordered(size, lattice.values()));
    }
    if aces {
        curve(&mut nodes, "monCurveFwd");
        matrix(&mut nodes, &TO_ACES);
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

fn matrix(text: &mut String, rows: &[[f64; 3]; 3]) {
    *text += "    <Matrix inBitDepth=\"32f\" outBitDepth=\"32f\">\n        <Array dim=\"3 3\">\n";
    for [red, green, blue] in rows {
        writeln!(text, "{red} {green} {blue}").expect("memory takes any text");
    }
    *text += "        </Array>\n    </Matrix>\n";
}

/// The curve of sRGB: to light (`monCurveFwd`) or from it (`monCurveRev`).
fn curve(text: &mut String, style: &str) {
    *text += &format!(
        "    <Exponent inBitDepth=\"32f\" outBitDepth=\"32f\" style=\"{style}\">\n        \
         <ExponentParams exponent=\"2.4\" offset=\"0.055\" />\n    </Exponent>\n"
    );
}

/// Without what XML cannot hold.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') { ' ' } else { c })
        .collect()
}
