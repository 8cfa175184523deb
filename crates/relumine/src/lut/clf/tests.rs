use super::super::{Curves, Lattice, Lut};
use super::*;

fn list(nodes: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ProcessList id=\"a\" compCLFversion=\"3.0\">\n{nodes}\n</ProcessList>\n"
    )
}

const LUT3D: &str =
    "<LUT3D inBitDepth='10i' outBitDepth='10i'><Array dim='2 2 2 3'>0 0 0 0 0 1023 0 1023 0 0 1023 1023
1023 0 0 1023 0 1023 <!-- half --> 1023 1023 0 1023 1023 1023</Array></LUT3D>";

#[test]
fn numbers_are_by_their_depth_and_blue_runs_fastest() {
    let lut1d = "<LUT1D inBitDepth='8i' outBitDepth='8i'><Array dim='3 1'>0 51 255</Array></LUT1D>";
    let nodes = format!("<Description>Day &amp;\n night</Description><Info><a>b</a></Info>\n{lut1d}{LUT3D}");
    let lut = read(&list(&nodes)).expect("sound");
    assert_eq!(lut.comments(), ["Day &", "night"]);
    assert_eq!(lut.lattice().expect("a lattice"), &Lattice::from_fn(2, |colour| colour));
    assert_eq!(lut.apply([0.5, 0.0, 1.0]), [0.2, 0.0, 1.0]);
}

#[test]
fn broken_and_other_files_are_refused_with_their_line() {
    let twice = format!("{LUT3D}\n{LUT3D}");
    for (nodes, says) in [
        ("", "line 4: there is no LUT1D or LUT3D"),
        ("<Matrix inBitDepth='32f'/>", "line 3: `Matrix` is not known here"),
        ("\n\n<Range inBitDepth='32f'></Range>", "line 5: `Range` is not known here"),
        ("<LUT1D/>", "line 3: `LUT1D` is not known"),
        (&twice, "line 5: `LUT3D` is said again"),
        ("<LUT3D><Array dim='2 2 2 3'>0</Array></LUT3D>", "line 3: `no outBitDepth` is not known"),
        ("<LUT3D outBitDepth='32f'></LUT3D>", "line 3: there is no Array in the node"),
        (
            "<LUT3D outBitDepth='32f'><Array dim='2 2 3 3'>0</Array></LUT3D>",
            "line 3: an array of `2 2 3 3` is not understood",
        ),
        (
            "<LUT3D outBitDepth='32f'><Array dim='999999999 999999999 999999999 3'>0</Array></LUT3D>",
            "is not understood",
        ),
        (
            "<LUT3D outBitDepth='32f'><Array dim='256 256 256 3'>0 0 0</Array></LUT3D>",
            "line 3: it ends after 1 of its 16777216 colours",
        ),
        (
            "<LUT3D outBitDepth='32f'><Array dim='2 2 2 3'>0 0 0\n0 x 0</Array></LUT3D>",
            "line 4: `x` is not a number",
        ),
        (
            "<LUT3D outBitDepth='32f'><Array dim='2 2 2 3'>0 NaN 0</Array></LUT3D>",
            "line 3: `NaN` is no number",
        ),
        (
            "<LUT1D outBitDepth='32f'><Array dim='2 3'>0 0 0 1 1 1\n1</Array></LUT1D>",
            "line 4: there are more colours than the 2",
        ),
        ("<LUT1D outBitDepth='16f' halfDomain='true'></LUT1D>", "line 3: `halfDomain` is not supported"),
        ("<LUT1D outBitDepth='16f'></LUT3D>", "line 3: it is not well-formed"),
        ("<Description>", "it is not well-formed"),
        ("loose", "`text between the nodes` is not known"),
    ] {
        let error = read(&list(nodes)).expect_err(says).to_string();
        assert!(error.contains(says), "{error} for {nodes:.60}");
    }
    for (text, says) in [
        ("<!DOCTYPE html><html></html>", "line 1: `DOCTYPE` is not known"),
        ("<html></html>", "line 1: `html` is not known"),
        ("<ProcessList>", "it ends early"),
        ("<", "it is not well-formed"),
    ] {
        let error = read(text).expect_err(says).to_string();
        assert!(error.contains(says), "{error} for {text}");
    }
}

#[test]
fn what_is_written_is_read() {
    let curves = Curves::from_values([[0.0; 3], [1.0; 3]], vec![[0.0; 3], [0.1, 0.3, -0.7], [1.5; 3]]);
    let lut = Lut::new(Lattice::from_fn(3, |[r, g, b]| [b * 0.7, r - 0.3, g * g]))
        .with_title("\"Dusk\" & <dawn> of Çeşme")
        .with_comments(vec!["a < b\u{1}".into()])
        .with_shaper(curves);
    let text = write(&lut, false);
    let found = read(&text).expect("sound");
    assert_eq!(found, lut.with_comments(vec!["a < b".into()]));
    assert_eq!(write(&found, false).len(), text.len() - 1);
}

#[test]
fn other_domains_are_resampled() {
    let wide = Lattice::from_values(
        2,
        [[-1.0; 3], [1.0; 3]],
        Lattice::from_fn(2, |colour| colour).values().to_vec(),
    );
    let found = read(&write(&Lut::new(wide), false)).expect("sound");
    assert_eq!((found.apply([0.0; 3]), found.apply([1.0; 3])), ([0.5; 3], [1.0; 3]));
}

#[test]
fn for_aces_it_is_wrapped_in_what_leads_to_srgb_and_back() {
    let lut = Lut::new(Lattice::from_fn(2, |colour| colour));
    let text = write(&lut, true);
    let places: Vec<usize> = ["<Matrix", "monCurveRev", "<LUT3D", "monCurveFwd", "</Matrix>\n</ProcessList>"]
        .iter()
        .map(|part| text.find(part).expect("each is there"))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(read(&text).is_err(), "it is more than a lookup table, which is all that is read");
}
