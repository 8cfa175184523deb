//! Areas of pixels that hang together.

/// The pixels, row-major, that hang together with a seed by their sides, through pixels that are inside.
pub(super) fn connected(
    (height, width): (usize, usize),
    seeds: impl IntoIterator<Item = usize>,
    inside: impl Fn(usize) -> bool,
) -> Vec<bool> {
    let mut area = vec![false; height * width];
    let mut open: Vec<usize> = seeds.into_iter().collect();
    while let Some(pixel) = open.pop() {
        if !area[pixel] && inside(pixel) {
            area[pixel] = true;
            open.extend(sides(pixel, (height, width)));
        }
    }
    area
}

/// The pixels beside one.
pub(super) fn sides(pixel: usize, (height, width): (usize, usize)) -> impl Iterator<Item = usize> {
    let (y, x) = (pixel / width, pixel % width);
    let beside = [
        (y > 0).then(|| pixel - width),
        (y + 1 < height).then_some(pixel + width),
        (x > 0).then(|| pixel - 1),
        (x + 1 < width).then_some(pixel + 1),
    ];
    beside.into_iter().flatten()
}

/// The squared length of an area's outline by what lies outside: 16 about a square, much more about many things or ragged ones.
pub(super) fn raggedness(area: &[bool], size: (usize, usize)) -> f64 {
    let within = (0..area.len()).filter(|pixel| area[*pixel]);
    let outline = within.flat_map(|pixel| sides(pixel, size)).filter(|beside| !area[*beside]).count() as f64;
    let outside = area.iter().filter(|within| !**within).count().max(1);
    outline * outline / outside as f64
}

/// Share of an area's outline inside which, within `reach` pixels, something is its `own`: no ramp leads out of it.
pub(super) fn crisp(
    area: &[bool],
    (height, width): (usize, usize),
    reach: usize,
    own: impl Fn(usize) -> bool,
) -> f64 {
    let (mut outline, mut crisp) = (0_usize, 0_usize);
    for pixel in (0..area.len()).filter(|pixel| area[*pixel]) {
        for beside in sides(pixel, (height, width)).filter(|beside| !area[*beside]) {
            let step = pixel as isize - beside as isize;
            let inside = (0..reach as isize).map(|k| pixel as isize + k * step);
            let inside = inside.filter_map(|at| usize::try_from(at).ok()).filter(|at| {
                // Steps along a row stay in it.
                *at < area.len() && (step.unsigned_abs() == width || at / width == pixel / width)
            });
            outline += 1;
            crisp += usize::from(inside.into_iter().any(&own));
        }
    }
    crisp as f64 / outline.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_do_not_hang_together_and_rows_do_not_go_on_in_the_next() {
        let picture = b"##.#.##.#";
        let inside = |pixel: usize| picture[pixel] == b'#';
        let found = |seed| connected((3, 3), [seed], inside).iter().filter(|within| **within).count();
        assert_eq!([found(0), found(2), found(5), found(8)], [4, 0, 2, 2]);
    }

    #[test]
    fn many_things_are_more_ragged_than_one() {
        let around = |inside: &dyn Fn(usize, usize) -> bool| {
            let area: Vec<bool> = (0..400).map(|pixel| !inside(pixel / 20, pixel % 20)).collect();
            raggedness(&area, (20, 20))
        };
        assert_eq!(around(&|y, x| (5..15).contains(&y) && (5..15).contains(&x)), 16.0);
        assert_eq!(around(&|y, x| y % 4 == 2 && x % 4 == 2), 16.0 * 25.0);
    }

    #[test]
    fn an_outline_is_crisp_where_the_own_is_right_inside() {
        // In the upper row a ramp of two pixels, in the lower none; the lower row's end is beside the upper's in memory alone.
        let area = [true, true, true, false, false, false, true, false];
        let own = |pixel: usize| pixel == 0 || pixel == 6;
        let crisp = |reach| crisp(&area, (2, 4), reach, own);
        assert_eq!([crisp(1), crisp(3)], [0.6, 0.8]);
    }
}
