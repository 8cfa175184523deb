//! A look that is the same everywhere, as a table of what it makes of colours: a frame's pixels are sooner looked up than graded.

use anyhow::Result;
use relumine::io::{RowSink, RowSource};
use relumine::lut::{Lattice, Lut};
use relumine::watch::Watch;
use relumine::{Apply, Look, Planes};

/// Nodes along each side; among them are those of a table of 33, whose look this table thus is exactly.
const POINTS: usize = 65;

/// What a look makes of colours, at some strength.
///
/// # Errors
/// Those of the look.
pub(super) fn of(look: &Look, apply: &Apply) -> Result<Lut> {
    let mut made = Made(Vec::new());
    look.apply_rows(&mut Nodes { given: false }, &mut made, apply, &mut Watch::silent())?;
    let plane = POINTS.pow(3);
    let index = |[r, g, b]: [f32; 3]| {
        let [r, g, b] = [r, g, b].map(|level| (level * (POINTS - 1) as f32).round() as usize);
        r + POINTS * (g + POINTS * b)
    };
    Ok(Lut::new(Lattice::from_fn(POINTS, |colour| [0, 1, 2].map(|c| made.0[c * plane + index(colour)]))))
}

/// The colours of the nodes, red fastest, as a picture of one band.
struct Nodes {
    given: bool,
}

impl RowSource for Nodes {
    fn width(&self) -> usize {
        POINTS
    }

    fn height(&self) -> usize {
        POINTS * POINTS
    }

    fn next_band(&mut self) -> relumine::Result<Option<Planes>> {
        if std::mem::replace(&mut self.given, true) {
            return Ok(None);
        }
        let level = |index: usize| (index % POINTS) as f32 / (POINTS - 1) as f32;
        let data = [1, POINTS, POINTS * POINTS].into_iter();
        let data = data.flat_map(|step| (0..POINTS.pow(3)).map(move |node| level(node / step))).collect();
        Ok(Some(Planes::from_vec(3, self.height(), self.width(), data)))
    }
}

/// What became of them: three planes.
struct Made(Vec<f32>);

impl RowSink for Made {
    fn put_band(&mut self, band: &Planes) -> relumine::Result<()> {
        assert_eq!(band.height(), POINTS * POINTS, "they are one band");
        self.0.extend_from_slice(band.data());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use relumine::{Device, Engine};

    use super::*;

    #[test]
    fn a_table_becomes_itself_at_any_strength() {
        let engine = Engine::new(Device::Cpu, None).unwrap();
        let table = Lut::new(Lattice::from_fn(33, |[r, g, b]| [b * b, r.sqrt(), 1.0 - g]));
        let look = engine.table(table.clone());
        for strength in [1.0, 0.25] {
            let found = of(&look, &Apply::at(strength)).unwrap();
            for colour in [[0.0, 0.5, 1.0], [0.3, 0.31, 0.29], [0.9, 0.1, 0.77]] {
                let (full, found) = (table.apply(colour), found.apply(colour));
                for c in 0..3 {
                    assert!((colour[c] + strength * (full[c] - colour[c]) - found[c]).abs() < 1e-5);
                }
            }
        }
    }
}
