//! What a grade does, as a small chart for a terminal and as numbers.

use relumine::SavedLook;
use relumine::lut::Lut;

/// Columns and rows of a chart, in characters of 2×4 dots.
const COLUMNS: usize = 20;
const ROWS: usize = 6;

/// A map of sRGB-encoded colours.
pub(crate) type Map<'m> = dyn Fn([f32; 3]) -> [f32; 3] + 'm;

/// A part of a look that has a map of its own.
pub(crate) struct Part<'l> {
    pub(crate) name: String,
    /// Of the photo, where it has one.
    pub(crate) share: Option<f64>,
    pub(crate) map: Box<Map<'l>>,
}

/// All of a look, as its table has it, and, of several regions, each.
pub(crate) fn parts<'l>(look: &'l SavedLook, lut: &'l Lut) -> Vec<Part<'l>> {
    let overall = Box::new(|colour| lut.apply(colour));
    let mut parts = vec![Part { name: "overall".into(), share: None, map: overall }];
    let regions = look.regions().collect::<Vec<_>>();
    if regions.len() > 1 {
        for region in regions {
            let name = region.name.unwrap_or("the rest").to_owned();
            let map = Box::new(|colour| region.grade.apply(colour));
            parts.push(Part { name, share: Some(region.share), map });
        }
    }
    parts
}

/// What becomes of greys, channel by channel: input 0..1 at `steps` points.
pub(crate) fn greys(map: &Map<'_>, steps: usize) -> Vec<[f32; 3]> {
    (0..steps).map(|k| map([k as f32 / (steps - 1) as f32; 3]).map(|v| v.clamp(0.0, 1.0))).collect()
}

/// The curve of greys in braille dots, dark at the left and below, a dotted diagonal beside it.
pub(crate) fn drawn(map: &Map<'_>) -> Vec<String> {
    let (width, height) = (2 * COLUMNS, 4 * ROWS);
    let mut dots = vec![false; width * height];
    let row = |level: f32| height - 1 - ((level * (height - 1) as f32).round() as usize).min(height - 1);
    let mut last: Option<usize> = None;
    for (x, [r, g, b]) in greys(map, width).into_iter().enumerate() {
        let y = row(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let from = last.unwrap_or(y);
        (from.min(y)..=from.max(y)).for_each(|y| dots[y * width + x] = true);
        last = Some(y);
        if x % 4 == 0 {
            dots[row(x as f32 / (width - 1) as f32) * width + x] = true;
        }
    }
    // Of the two columns and four rows of a character, the bits of U+2800.
    const BITS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    let character = |row: usize, column: usize| {
        let mut bits = 0;
        for (y, pair) in BITS.iter().enumerate() {
            for (x, bit) in pair.iter().enumerate() {
                if dots[(4 * row + y) * width + 2 * column + x] {
                    bits |= bit;
                }
            }
        }
        char::from_u32(0x2800 + bits).unwrap_or(' ')
    };
    (0..ROWS).map(|row| (0..COLUMNS).map(|column| character(row, column)).collect()).collect()
}

/// What becomes of shadows, middle greys, lights, and of colours' saturation, in 8-bit levels and as a factor.
pub(crate) fn told(map: &Map<'_>) -> Vec<String> {
    let at = |name: &str, level: f32| {
        let made = map([level; 3]);
        let [r, g, b] = made.map(|v| (255.0 * (v.clamp(0.0, 1.0) - level)).round() as i32);
        format!("{name:<8} red {r:+4}  green {g:+4}  blue {b:+4}")
    };
    let chroma = |colour: [f32; 3]| {
        let mean = (colour[0] + colour[1] + colour[2]) / 3.0;
        colour.iter().map(|v| (v - mean).powi(2)).sum::<f32>().sqrt()
    };
    let grey = map([0.5; 3]);
    let (mut before, mut after) = (0.0, 0.0);
    for axis in 0..6 {
        // Towards red, green, blue, cyan, magenta and yellow.
        let colour = std::array::from_fn(|c| if (c == axis % 3) == (axis < 3) { 0.6 } else { 0.4 });
        let made = map(colour);
        before += chroma(colour);
        after += chroma(std::array::from_fn(|c| made[c] - grey[c]));
    }
    vec![
        at("shadows", 0.2),
        at("middle", 0.5),
        at("lights", 0.8),
        format!("saturation ×{:.2}", after / f32::max(before, 1e-6)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_a_diagonal_and_changes_nothing() {
        let identity: &Map<'_> = &|colour| colour;
        let lines = drawn(identity);
        assert_eq!((lines.len(), lines[0].chars().count()), (ROWS, COLUMNS));
        assert!(lines[0].ends_with(|c| c != '\u{2800}') && lines[0].starts_with('\u{2800}'));
        assert!(lines[ROWS - 1].starts_with(|c| c != '\u{2800}'));
        assert!(told(identity).iter().all(|line| line.contains("+0") || line.ends_with("×1.00")));
    }

    #[test]
    fn what_a_look_does_is_told() {
        let warm: &Map<'_> = &|[r, g, b]| [r + 0.1, g, 0.9 * b];
        let lines = told(warm);
        assert!(lines[1].contains("red  +26  green   +0  blue  -13"), "{}", lines[1]);
    }
}
