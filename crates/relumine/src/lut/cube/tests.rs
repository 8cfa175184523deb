use super::super::lattice::UNIT;
use super::*;

const ROWS: &str = "0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n";

fn read_all(text: &str) -> Result<Lut, LutError> {
    read(&super::super::lines::text(text.as_bytes()).expect("a text"))
}

#[test]
fn files_of_all_conventions_are_read() {
    let plain = read_all(&format!("LUT_3D_SIZE 2\n{ROWS}")).expect("sound");
    assert_eq!(plain.lattice().expect("a lattice"), &Lattice::from_fn(2, |colour| colour));
    assert_eq!((plain.shaper(), plain.title(), plain.comments().len()), (None, None, 0));
    let odd = format!(
        "\u{FEFF}\n# by hand \n  title  \"Day # \"for\" night\"\t\n\nlut_3d_size\t2 # nodes\nDOMAIN_MAX 1 1 1.0\n{}#end",
        ROWS.replace("1 1 0\n", "\t+1.0  1e0 0.0e-3 \n\n# between\n")
    );
    for end in ["\n", "\r\n", "\r"] {
        let found = read_all(&odd.replace('\n', end)).expect("sound");
        assert_eq!(found.lattice(), plain.lattice());
        assert_eq!(found.title(), Some("Day # \"for\" night"));
        assert_eq!(found.comments(), ["by hand", "between", "end"]);
    }
    assert_eq!(read_all("TITLE day\nLUT_1D_SIZE 2\n0 0 0\n1 1 1").expect("sound").title(), Some("day"));
}

#[test]
fn domains_are_of_the_part_they_are_said_of() {
    let adobe =
        read_all(&format!("LUT_3D_SIZE 2\nDOMAIN_MIN -1 0 0\nDOMAIN_MAX 3 2 1\n{ROWS}")).expect("sound");
    assert_eq!(adobe.lattice().expect("a lattice").domain(), [[-1.0, 0.0, 0.0], [3.0, 2.0, 1.0]]);
    assert_eq!(adobe.apply([1.0, 0.5, 0.25]), [0.5, 0.25, 0.25]);
    let resolve = "LUT_1D_SIZE 3\nLUT_1D_INPUT_RANGE -1.0 3.0\nLUT_3D_SIZE 2\nLUT_3D_INPUT_RANGE 0.0 4.0\n0 0 0\n1 2 2\n4 4 4\n";
    let resolve = read_all(&format!("{resolve}{ROWS}")).expect("sound");
    assert_eq!(resolve.shaper().expect("curves").domain(), [[-1.0; 3], [3.0; 3]]);
    assert_eq!(resolve.lattice().expect("a lattice").domain(), [[0.0; 3], [4.0; 3]]);
    assert_eq!(resolve.apply([1.0, 1.0, 2.0]), [0.25, 0.5, 0.75]);
    let curves = read_all("LUT_1D_SIZE 2\nDOMAIN_MAX 2 2 2\n0 0 0\n1 1 1\n").expect("sound");
    assert_eq!((curves.apply([1.0; 3]), curves.lattice()), ([0.5; 3], None));
    let both = read_all(&format!("LUT_1D_SIZE 2\nLUT_3D_SIZE 2\nDOMAIN_MAX 2 2 2\n0 0 0\n1 1 1\n{ROWS}"))
        .expect("sound");
    assert_eq!(both.lattice().expect("a lattice").domain(), UNIT);
    assert_eq!(both.apply([1.0; 3]), [0.5; 3]);
}

#[test]
fn broken_files_are_refused_with_their_line() {
    let head = format!("LUT_3D_SIZE 2\n{ROWS}");
    let long = format!("# {}\n{head}", "x".repeat(5000));
    let broken: &[(&str, &str)] = &[
        ("", "line 1: there is no LUT_1D_SIZE or LUT_3D_SIZE"),
        ("TITLE \"x\"\n", "line 1: there is no LUT_1D_SIZE or LUT_3D_SIZE"),
        ("\n0 0 0\n1 1 1\n", "line 2: there is no LUT_1D_SIZE or LUT_3D_SIZE"),
        ("LUT_3D_SIZE 2\n0 0 0\n", "line 2: it ends after 1 of its 8 colours"),
        ("LUT_3D_SIZE 256\n", "line 1: it ends after 0 of its 16777216 colours"),
        (&format!("{head}0 0 0\n"), "line 10: there are more colours than the 8"),
        (
            &format!("{head}LUT_3D_INPUT_RANGE 0 1\n"),
            "line 10: `LUT_3D_INPUT_RANGE` is said again, or too late",
        ),
        ("LUT_3D_SIZE 2\n\nLUT_3D_SIZE 2\n", "line 3: `LUT_3D_SIZE` is said again"),
        ("LUT_3D_SIZE 2\n0 0 0\n0 zero 0\n", "line 3: `zero` is not a number"),
        ("LUT_3D_SIZE 2\n0 0 0\nzero 0 0\n", "line 3: `zero` is not a number"),
        ("LUT_3D_SIZE 2\nnan 0 0\n", "line 2: `nan` is no number that a colour can have"),
        ("LUT_3D_SIZE 2\n0 0 inf\n", "line 2: `inf` is no number"),
        ("LUT_3D_SIZE 2\n0 0 1e39\n", "line 2: `1e39` is no number"),
        ("LUT_3D_SIZE 2\n0 0\n", "line 2: it has 2 numbers where 3 belong"),
        ("LUT_3D_SIZE 2\n0 0 0 0\n", "line 2: it has 4 numbers where 3 belong"),
        ("LUT_3D_SIZE 2\n0,0,0\n", "line 2: it has 1 numbers where 3 belong"),
        ("LUT_3D_SIZE 1\n", "line 1: `LUT_3D_SIZE` must be between 2 and 256, which `1` is not"),
        ("LUT_3D_SIZE 257\n", "which `257` is not"),
        ("LUT_3D_SIZE -2\n", "which `-2` is not"),
        ("LUT_3D_SIZE\n", "which `` is not"),
        ("LUT_3D_SIZE 2 2\n", "line 1: `LUT_3D_SIZE` must be"),
        ("LUT_3D_SIZE 18446744073709551615\n", "must be between"),
        ("LUT_1D_SIZE 65537\n", "must be between 2 and 65536"),
        ("LUT_4D_SIZE 2\n", "line 1: `LUT_4D_SIZE` is not known here"),
        (
            "LUT_IN_VIDEO_RANGE\nLUT_3D_SIZE 2\n",
            "line 1: `LUT_IN_VIDEO_RANGE` is not supported: its numbers are video levels",
        ),
        ("LUT_OUT_VIDEO_RANGE\n", "`LUT_OUT_VIDEO_RANGE` is not supported"),
        ("DOMAIN_MIN 0 0\n", "line 1: it has 2 numbers where 3 belong"),
        (
            &format!("DOMAIN_MIN 0 1 0\nDOMAIN_MAX 1 1 1\n{head}"),
            "line 2: the least of the domain must be below its most",
        ),
        ("LUT_3D_INPUT_RANGE 1 0\n", "line 1: the least of the domain"),
        (&long, "line 1: it has over 4096 bytes"),
    ];
    for (text, says) in broken {
        let error = read_all(text).expect_err(says).to_string();
        assert!(error.contains(says), "{error} for {text:.60}");
    }
}

#[test]
fn files_are_written_as_most_programs_read_them() {
    let tiny = |[r, g, b]: [f32; 3]| [r - 1e-9, g * 1.5, b - 0.25];
    let lut = Lut::new(Lattice::from_fn(2, tiny)).with_title("\"Dusk\"\nof Çeşme").with_comments(vec![
        "one\ntwo".into(),
        "ß".into(),
        "long ".repeat(50),
    ]);
    let long = "long ".repeat(40);
    let expected = format!(
        "# one\n# two\n# ?\n# {long}\n# {}\nTITLE \"'Dusk' of ?e?me\"\nLUT_3D_SIZE 2\n\
        0.0000000 0.0000000 -0.2500000\n1.0000000 0.0000000 -0.2500000\n0.0000000 1.5000000 -0.2500000\n1.0000000 1.5000000 -0.2500000\n\
        0.0000000 0.0000000 0.7500000\n1.0000000 0.0000000 0.7500000\n0.0000000 1.5000000 0.7500000\n1.0000000 1.5000000 0.7500000\n",
        "long ".repeat(10),
    );
    assert_eq!(write(&lut), expected);
}

#[test]
fn domains_and_curves_are_written_too() {
    let curves = Curves::from_values([[-1.0; 3], [2.0; 3]], vec![[0.0; 3], [0.125, 0.25, 0.5], [1.0; 3]]);
    let both = Lut::new(Lattice::from_fn(2, |colour| colour)).with_shaper(curves.clone());
    let alone = Lut { lattice: None, ..both.clone() };
    let wide = Lut::new(Lattice::from_values(2, [[-1.0, 0.0, 0.0], [1.0, 2.0, 3.0]], vec![[0.5; 3]; 8]));
    for lut in [both, alone, wide] {
        assert_eq!(read_all(&write(&lut)).expect("sound"), lut);
    }
}
