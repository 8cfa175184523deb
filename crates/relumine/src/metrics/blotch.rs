//! Blotches: changes of a region's colours that no colour map explains. Veils, stains, rainbows, clouds that are not there.
//!
//! Of a result's CIELAB colours is left what a smooth lookup table of the content's colours ([`TableFit`]) does not explain, R. Blurred within the
//! region m by a Gaussian G of 2 % of the long side, (G ∗ mR) / max(G ∗ m, 10⁻³), detail and noise go and blotches stay.

use super::gaussian::blur;
use super::lookup_table::TableFit;

/// Standard deviation of the blur as a share of the long side.
const BLUR: f64 = 0.02;

/// The sums of squares, over the pixels `inside` a region, of what is blotched in L* and in a* and b* together. `lab` are the result's
/// colours in rows of `width` pixels.
pub(super) fn squares(table: &TableFit, inside: &[usize], lab: &[[f64; 3]], width: usize) -> [f64; 2] {
    let targets: Vec<_> = inside.iter().map(|pixel| lab[*pixel]).collect();
    let mut residual = vec![[0.0; 4]; lab.len()];
    for ((pixel, target), explained) in inside.iter().zip(&targets).zip(table.explained(&targets)) {
        let [l, a, b] = [0, 1, 2].map(|c| target[c] - explained[c]);
        residual[*pixel] = [l, a, b, 1.0];
    }
    let blurred = blur(&residual, width, BLUR * width.max(lab.len() / width) as f64);
    inside.iter().fold([0.0; 2], |sums, pixel| {
        let [l, a, b, share] = blurred[*pixel];
        let share = share.max(1e-3).powi(2);
        [sums[0] + l * l / share, sums[1] + (a * a + b * b) / share]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 60;
    const PIXELS: usize = WIDTH * 60;

    /// A scene of many colours, in 0..1, the same in each quarter: a colour does not tell where it is.
    fn scene() -> Vec<[f32; 3]> {
        let wave = |p: usize, step: f32| {
            let (x, y) = (p % WIDTH % 30, p / WIDTH % 30);
            0.5 + 0.45 * (x as f32 * step + y as f32 * 0.7).sin()
        };
        (0..PIXELS).map(|p| [0.31, 0.83, 1.7].map(|step| wave(p, step))).collect()
    }

    /// Root mean squares in L* and in a*, b* of the scene in these colours.
    fn blotch(colours: impl Fn(usize, [f64; 3]) -> [f64; 3], inside: &[usize]) -> [f64; 2] {
        let scene = scene();
        let lab: Vec<_> = scene.iter().enumerate().map(|(p, c)| colours(p, c.map(f64::from))).collect();
        let within: Vec<_> = inside.iter().map(|p| scene[*p]).collect();
        squares(&TableFit::new(&within), inside, &lab, WIDTH).map(|sum| (sum / inside.len() as f64).sqrt())
    }

    fn all() -> Vec<usize> {
        (0..PIXELS).collect()
    }

    #[test]
    fn a_map_of_colours_alone_is_no_blotch() {
        let curve = |_, [r, g, b]: [f64; 3]| [100.0 * r * r, 60.0 * (g - r), 40.0 * b];
        let found = blotch(curve, &all());
        assert!(found.iter().all(|v| *v < 0.1), "{found:?}");
    }

    #[test]
    fn a_veil_over_half_the_picture_is_one() {
        let veil = |p: usize, [r, g, b]: [f64; 3]| {
            let over = if p % WIDTH < WIDTH / 2 { 20.0 } else { 0.0 };
            [50.0 * (r + g) + over, 30.0 * (g - r), 30.0 * b]
        };
        let [l, ab] = blotch(veil, &all());
        // Half the pixels are 10 above and half 10 below what a map can say, less where the blur crosses the veil's edge.
        assert!((9.0..10.0).contains(&l), "{l}");
        assert!(ab < 0.1, "{ab}");
    }

    #[test]
    fn a_stain_is_told_from_a_veil() {
        let stain = |p: usize, [r, _, _]: [f64; 3]| [100.0 * r, 0.0, if p / WIDTH < 30 { 15.0 } else { 0.0 }];
        let [l, ab] = blotch(stain, &all());
        assert!(l < 0.1 && (6.75..7.5).contains(&ab), "{l}, {ab}");
    }

    #[test]
    fn noise_is_no_blotch_and_other_regions_do_not_count() {
        let upper: Vec<_> = (0..PIXELS / 2).collect();
        let below = |p: usize, [r, g, b]: [f64; 3]| {
            [50.0 * (r + g) + 5.0 * (p % 2) as f64, 0.0, if p < PIXELS / 2 { 30.0 * b } else { 90.0 }]
        };
        let found = blotch(below, &upper);
        assert!(found.iter().all(|v| *v < 1.0), "{found:?}");
    }
}
