//! LUTs by other programs, against what other programs make of colours by them: `tools/reference/luts.py`.

use safetensors::SafeTensors;

use super::super::*;
use crate::features::{fixture, numbers};

#[test]
fn luts_by_others_do_what_others_do_by_them() {
    let bytes = fixture("luts/expected.safetensors");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let table = |name: &str| numbers(&file, name).into_iter().map(|number| number as f32).collect::<Vec<_>>();
    let colours = table("colours");
    let names: Vec<_> = file.names().into_iter().filter(|name| *name != "colours").collect();
    assert_eq!(names.len(), 17);
    for name in names {
        let lut =
            Lut::decode(&fixture(&format!("luts/{name}")), Path::new(name), &Limits::default()).unwrap();
        let expected = table(name);
        for (colour, expected) in colours.as_chunks().0.iter().zip(expected.as_chunks::<3>().0) {
            let found = lut.apply(*colour);
            let differs = found.iter().zip(expected).any(|(found, expected)| (found - expected).abs() > 1e-5);
            assert!(!differs, "{name}: {colour:?} becomes {found:?}, not {expected:?}");
        }
    }
}

#[test]
fn what_others_say_is_found() {
    let of = |name: &str| {
        Lut::decode(&fixture(&format!("luts/{name}")), Path::new(name), &Limits::default()).unwrap()
    };
    assert_eq!(of("adobe-by-hand.cube").title(), Some("dusk and dawn.cube"));
    assert_eq!(of("adobe-by-hand.cube").comments()[0], "Created by: Adobe Photoshop");
    assert_eq!(of("colour-3d-domain.cube").lattice().unwrap().domain(), [[-0.5; 3], [1.5; 3]]);
    assert_eq!(of("resolve-by-hand.cube").shaper().unwrap().domain(), [[-0.25; 3], [2.0; 3]]);
    assert_eq!(of("ocio-curves.clf").title(), Some("graded & <bent>"));
    assert_eq!(of("ocio-curves.clf").comments(), ["by OpenColorIO"]);
    assert_eq!(of("magick-8-bits.png").lattice().unwrap().size(), 16);
}
