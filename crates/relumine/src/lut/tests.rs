mod by_others;

use proptest::array::uniform3;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

const FORMATS: [LutFormat; 4] =
    [LutFormat::Cube, LutFormat::HaldClut { level: 3 }, LutFormat::ThreeDl, LutFormat::Clf];

fn decoded(bytes: &[u8]) -> Result<Lut> {
    Lut::decode(bytes, Path::new("a.lut"), &Limits::default())
}

/// A LUT of all parts, within 0..1.
fn whole() -> Lut {
    let curves = (0..5).map(|level| [0.25, 0.2, 0.1].map(|step| step * level as f32)).collect();
    let lattice = Lattice::from_fn(4, |[r, g, b]| [1.0 - r, 0.5 * g + 0.5 * b, b * b]);
    Lut::new(lattice)
        .with_shaper(Curves::from_values(UNIT, curves))
        .with_title("Dusk")
        .with_comments(vec!["by hand".into()])
}

#[test]
fn planes_become_what_colours_become() {
    let (height, width) = (97, 131);
    let area = height * width;
    let colours = (0..3 * area).map(|index| (index * 7919 % 1013) as f32 / 900.0 - 0.05).collect();
    let planes = Planes::from_vec(3, height, width, colours);
    let mut found = planes.clone();
    whole().apply_planes(&mut found);
    for pixel in 0..area {
        let of = |planes: &Planes| [0, 1, 2].map(|c| planes.plane(c)[pixel]);
        assert_eq!(of(&found), whole().apply(of(&planes)));
    }
    whole().apply_planes(&mut Planes::zeros(3, 0, 0));
}

#[test]
fn curves_come_before_the_lattice() {
    let found = whole().apply([0.5, 1.0, 0.0]);
    for (found, expected) in found.into_iter().zip([0.5, 0.4, 0.0]) {
        assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_format_keeps_a_lut_within_its_steps(matrix in uniform3(uniform3(0.0f32..0.33)), colour in uniform3(0.0f32..=1.0)) {
        let map = |x: [f32; 3]| matrix.map(|row| row[0] * x[0] + row[1] * x[1] + row[2] * x[2]);
        let lut = Lut::new(Lattice::from_fn(17, map));
        let steps = [1e-6, 1.0 / 65535.0, 1.0 / 4095.0, 1e-6];
        for (format, step) in FORMATS.into_iter().zip(steps) {
            let found = decoded(&lut.encode(format).expect("encodes")).expect("sound").apply(colour);
            for (found, expected) in found.into_iter().zip(lut.apply(colour)) {
                prop_assert!((found - expected).abs() <= step, "{format:?}: {found} for {expected}");
            }
        }
    }
}

#[test]
fn formats_are_told_by_content_and_keep_what_they_can() {
    for format in FORMATS {
        let found = decoded(&whole().encode(format).expect("encodes")).expect("sound");
        match format {
            LutFormat::Cube => {
                assert_eq!(found.comments(), ["Dusk", "by hand"]);
                assert_eq!(found.shaper().map(Curves::size), Some(5));
            }
            LutFormat::Clf | LutFormat::ClfAces => {
                assert_eq!((found.title(), found.comments()), (Some("Dusk"), whole().comments()));
                assert_eq!(found.shaper().map(Curves::size), Some(5));
            }
            LutFormat::ThreeDl => assert_eq!(found.comments(), ["Dusk", "by hand"]),
            LutFormat::HaldClut { .. } => assert_eq!(found.lattice().map(Lattice::size), Some(9)),
        }
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    for (bytes, says) in [
        (&b""[..], "a.lut: the file is empty"),
        (b"\xFF\xD8\xFF\xE0\0\x10JFIF", "a.lut: not a LUT that is understood"),
        (b"L\0U\0T\0", "a.lut: not a LUT that is understood"),
        (b"\x89PNG\r\n\x1A\n\0\0", "a.lut: the file is damaged or cut short"),
        (b"Dear colourist,\n", "a.lut: line 1: `Dear` is not known here"),
    ] {
        let error = decoded(bytes).expect_err(says).to_string();
        assert!(error.starts_with(says), "{error}");
    }
    let small = Limits { max_bytes: 9, ..Limits::default() };
    let error = Lut::decode(b"LUT_3D_SIZE 2\n", Path::new("a"), &small).expect_err("too large").to_string();
    assert_eq!(error, "a: the file has 14 bytes, above the limit of 9");
    let error = Lut::open("nowhere.cube", &small).expect_err("no such file").to_string();
    assert!(error.starts_with("nowhere.cube: cannot be read"), "{error}");
    for level in [1, 17] {
        let error = whole().encode(LutFormat::HaldClut { level }).expect_err("no such level").to_string();
        assert_eq!(error, format!("level is {level}, but must be between 2 and 16"));
    }
}

/// The fuzz target `lut` goes on from here.
#[test]
fn damaged_files_cause_no_panic() {
    let limits = Limits { max_pixels: 1 << 16, max_bytes: 1 << 22 };
    let small = Lut::new(Lattice::from_fn(4, |[r, g, b]| [b, r, g]))
        .with_title("x")
        .with_shaper(whole().shaper.expect("curves"));
    let mut decoded = 0;
    for format in FORMATS {
        let sound = match format {
            LutFormat::HaldClut { .. } => small.encode(LutFormat::HaldClut { level: 2 }).expect("encodes"),
            // Those that are written have too many nodes to be tried often.
            LutFormat::ThreeDl => {
                let rows: String =
                    (0..64).map(|index| format!("{} {} {}\n", index * 60, 4095 - index, index)).collect();
                format!("3DMESH\nMesh 2 12\n0 341 682 1023\n{rows}").into_bytes()
            }
            format => small.encode(format).expect("encodes"),
        };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for case in 0..1500 {
            let mut bytes = sound.clone();
            for _ in 0..rng.random_range(1..6) {
                // Half the damage goes to the first bytes, which hold the structure.
                let reach = if rng.random() { bytes.len().min(90) } else { bytes.len() };
                let at = rng.random_range(0..reach);
                match case % 4 {
                    0 => bytes[at] = rng.random(),
                    1 => bytes[at] ^= 1 << rng.random_range(0..8),
                    2 => bytes[at] = b'9',
                    _ => drop(
                        bytes.splice(at..at, *[b"9 ", b"\n#", b"e3", b"<a"][rng.random_range(0..4usize)]),
                    ),
                }
            }
            if case % 5 == 0 {
                bytes.truncate(rng.random_range(0..bytes.len()));
            }
            if let Ok(lut) = Lut::decode(&bytes, Path::new("damaged"), &limits) {
                decoded += 1;
                for colour in [[0.0; 3], [1.0, 0.3, -5.0], [f32::NAN, 1e30, 0.5]] {
                    assert!(lut.apply(colour).iter().all(|value| value.is_finite()), "{lut:?}");
                }
                if case % 50 == 0 {
                    let again = lut.encode(LutFormat::Cube).expect("what decodes can be written");
                    Lut::decode(&again, Path::new("again"), &Limits::default())
                        .expect("what is written can be read");
                }
            }
        }
    }
    assert!(decoded > 500, "some damage leaves a LUT: {decoded}");
}
