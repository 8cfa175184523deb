//! Looks that outlive their photos: saved, opened, given to others, written as lookup tables.

use std::io::{Cursor, Read, Write};

use proptest::prelude::*;
use relumine::io::{ColourSpace, Photo};
use relumine::watch::{CancelToken, Watch};
use relumine::{
    Apply, ChosenMethod, Device, Engine, Error, GradeOptions, Look, LookError, LutOptions, Masks,
    OptionsError, PairOptions, Pairing, Planes, SavedLook, TransferOptions, TransportOptions,
};
use zip::write::SimpleFileOptions;

use crate::examples::example;

fn engine() -> Engine {
    Engine::new(Device::Cpu, Some(2)).unwrap()
}

fn solved(
    engine: &Engine,
    method: impl Into<ChosenMethod>,
    masks: Masks,
) -> (Look, Pairing, TransferOptions) {
    let mut options = TransferOptions::new(method);
    options.pairing.masks = masks;
    let [day, dusk] = ["day.jpg", "dusk.jpg"].map(|name| engine.analyse(&example(name, 4)));
    let (pairing, look) = engine.find(&day, &[dusk.into()], None, &options, &mut Watch::silent()).unwrap();
    (look.unwrap(), pairing, options)
}

fn saved(engine: &Engine, method: impl Into<ChosenMethod>, masks: Masks) -> SavedLook {
    let (look, pairing, options) = solved(engine, method, masks);
    SavedLook::of(&look, &pairing, &options, &CancelToken::new()).unwrap()
}

/// A look of an edit, at once.
fn edit() -> SavedLook {
    let before = example("day.jpg", 8);
    engine().learn_edit(&before, &edited(&before), &mut Watch::silent()).unwrap()
}

/// Darker shadows, warmer lights, less green, more contrast.
fn edited(photo: &Photo) -> Photo {
    let before = photo.colours();
    let mut after = before.clone();
    for i in 0..before.area() {
        let [r, g, b] = before.rgb().map(|plane| plane[i].clamp(0.0, 1.0));
        let curve = |v: f32| v * v * (3.0 - 2.0 * v);
        let grey = 0.3 * r + 0.6 * g + 0.1 * b;
        let green = (g - r.max(b)).max(0.0);
        let made = [curve(r) + 0.06 * grey, curve(g) - 0.5 * green, 0.9 * curve(b) + 0.03 * (1.0 - grey)];
        (0..3).for_each(|c| after.plane_mut(c)[i] = made[c].clamp(0.0, 1.0));
    }
    photo.with_colours(after)
}

fn apart(a: &Planes, b: &Planes) -> f32 {
    let sum: f32 =
        a.data().iter().zip(b.data()).map(|(a, b)| (a.clamp(0.0, 1.0) - b.clamp(0.0, 1.0)).abs()).sum();
    sum / a.data().len() as f32
}

fn greys_are_smooth(lut: &relumine::lut::Lut) {
    let levels: Vec<[f32; 3]> = (0..256).map(|k| lut.apply([k as f32 / 255.0; 3])).collect();
    let luminance = |colour: &[f32; 3]| {
        let light = colour.map(|v| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) });
        0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    };
    for (k, pair) in levels.windows(2).enumerate() {
        assert!(luminance(&pair[1]) >= luminance(&pair[0]) - 1e-5, "grey {k} falls: {pair:?}");
        for (a, b) in pair[0].iter().zip(&pair[1]) {
            let [a, b] = [a, b].map(|v| (255.0 * v).round());
            assert!((b - a).abs() <= 3.0, "grey {k} jumps from {a} to {b}");
        }
    }
}

#[test]
fn a_look_outlives_its_file_and_grades_other_photos_as_before() {
    let (engine, winter) = (engine(), example("winter.jpg", 4));
    let (look, pairing, options) = solved(&engine, TransportOptions::default(), Masks::Auto);
    let saved = SavedLook::of(&look, &pairing, &options, &CancelToken::new()).unwrap();
    let bytes = saved.encode().unwrap();
    let again = SavedLook::decode(&bytes).unwrap();
    assert!(again.encode().unwrap() == bytes, "the same bytes for the same look");
    assert_eq!(again.options(), Some(&options));
    assert!(again.regions().count() > 1 && again.regions().any(|region| region.name.is_some()));
    assert_eq!(again.references().len(), 1);

    let graded = |look: &Look| {
        let own = engine
            .regrade(look, &engine.analyse(&winter), &PairOptions::default(), &mut Watch::silent())
            .unwrap();
        own.apply(&winter, &Apply::default()).unwrap()
    };
    let (before, after) = (graded(&look), graded(&again.look(&engine)));
    assert!(apart(before.colours(), after.colours()) < 1e-6);

    let one = again.look(&engine).apply(&winter, &Apply::default()).unwrap();
    let grade = again.overall().grid().slice(winter.colours());
    assert!(apart(one.colours(), &grade) < 1e-6, "everywhere the same grade");
    let region = [(relumine::RegionId(0), 0.5)].into();
    let refused = again.look(&engine).apply(&winter, &Apply { regions: region, ..Apply::default() });
    assert!(matches!(refused, Err(Error::Options(OptionsError::UnknownRegion { .. }))), "it lies nowhere");

    let bare = SavedLook::decode(&again.without_pictures().encode().unwrap()).unwrap();
    assert!(bare.references().is_empty() && bare.thumbnail().is_none());
}

#[test]
fn it_can_be_solved_anew_from_the_reference_inside() {
    let (engine, winter, mut watch) = (engine(), example("winter.jpg", 4), Watch::silent());
    let saved = saved(&engine, TransportOptions::default(), Masks::None);
    let saved = SavedLook::decode(&saved.encode().unwrap()).unwrap();
    let mut solve = |reference: &Photo| {
        let (content, reference) = (engine.analyse(&winter), engine.analyse(reference));
        let options = saved.options().unwrap();
        let (_, look) = engine.find(&content, &[reference.into()], None, options, &mut watch).unwrap();
        look.unwrap().apply(&winter, &Apply::default()).unwrap()
    };
    let (anew, from_the_file) = (solve(&example("dusk.jpg", 4)), solve(&saved.references()[0]));
    assert!(apart(anew.colours(), from_the_file.colours()) < 2.0 / 255.0);
}

#[test]
fn looks_of_pixels_and_of_strength_0_are_refused() {
    for (method, strength) in [("deep-photo", 1.0), ("neural", 1.0), ("look", 0.0)] {
        let mut options = TransferOptions::new(method.parse::<ChosenMethod>().unwrap());
        options.apply.strength = strength;
        assert!(SavedLook::check(&options).is_err(), "{method} at {strength}");
    }
    SavedLook::check(&TransferOptions::default()).unwrap();
}

#[test]
fn one_grade_is_one_table() {
    let look = saved(&engine(), GradeOptions::default(), Masks::None);
    let (lut, honesty) = look.lut(&LutOptions::default()).unwrap();
    assert!(honesty.mean <= 0.3, "{honesty:?}");
    assert!(lut.comments().iter().any(|line| line.contains(&format!("{:.2}", honesty.mean))));
    for size in [17, 65] {
        let (lut, _) = look.lut(&LutOptions { size, ..LutOptions::default() }).unwrap();
        greys_are_smooth(&lut);
    }
    let (log, honesty) =
        look.lut(&LutOptions { input_space: ColourSpace::SLog3, size: 65, ..LutOptions::default() }).unwrap();
    assert!(honesty.mean <= 1.0, "{honesty:?}");
    assert_ne!(lut.apply([0.41; 3]), log.apply([0.41; 3]));
}

#[test]
fn regions_have_tables_of_their_own_and_others_are_refused_by_name() {
    let look = saved(&engine(), TransportOptions::default(), Masks::Auto);
    let lut = |region: Option<&str>| {
        look.lut(&LutOptions { region: region.map(str::to_owned), ..LutOptions::default() })
    };
    let name = look.regions().find_map(|region| region.name).unwrap().split(", ").next().unwrap().to_owned();
    let ((whole, all), (part, of_region)) = (lut(None).unwrap(), lut(Some(&name)).unwrap());
    greys_are_smooth(&whole);
    greys_are_smooth(&part);
    assert_ne!(whole.apply([0.5; 3]), part.apply([0.5; 3]));
    assert!(of_region.mean < 5.0 && all.mean < 10.0, "{of_region:?}, {all:?}");
    let error = lut(Some("wombat")).unwrap_err().to_string();
    assert!(error.contains("wombat") && error.contains(&name), "{error}");
    assert!(look.lut(&LutOptions { size: 1, ..LutOptions::default() }).is_err());
}

#[test]
fn far_from_the_photos_colours_nothing_changes() {
    let (before, mut watch) = (example("day.jpg", 8), Watch::silent());
    let muted = |photo: &Photo, shift: f32| {
        let data = photo.colours().data().iter().map(|v| 0.4 + 0.2 * v.clamp(0.0, 1.0) + shift).collect();
        let planes = photo.colours();
        Photo::from_planes(Planes::from_vec(3, planes.height(), planes.width(), data))
    };
    let engine = engine();
    let edit = engine.learn_edit(&muted(&before, 0.0), &muted(&before, 0.1), &mut watch).unwrap();
    let options = TransferOptions {
        pairing: PairOptions { masks: Masks::None, ..PairOptions::default() },
        ..TransferOptions::new(GradeOptions::default())
    };
    let photos = [engine.analyse(&muted(&before, 0.0)), engine.analyse(&muted(&before, 0.3))];
    let [content, reference] = photos;
    let (pairing, look) = engine.find(&content, &[reference.into()], None, &options, &mut watch).unwrap();
    let transfer = SavedLook::of(&look.unwrap(), &pairing, &options, &CancelToken::new()).unwrap();
    for look in [edit, transfer] {
        let (lut, _) = look.lut(&LutOptions::default()).unwrap();
        let moved = |colour: [f32; 3]| {
            let made = lut.apply(colour);
            (0..3).map(|c| (made[c] - colour[c]).abs()).fold(0.0, f32::max)
        };
        assert!(moved([0.5; 3]) > 0.04, "where there are colours, it does something: {}", moved([0.5; 3]));
        for colour in [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]] {
            assert!(moved(colour) < 0.02, "{colour:?} moves by {}", moved(colour));
        }
    }
}

#[test]
fn what_was_done_to_one_photo_is_done_to_another() {
    let look = edit();
    let (lut, honesty) = look.lut(&LutOptions::default()).unwrap();
    assert!(honesty.mean < 0.5 && honesty.p95 < 1.5, "{honesty:?}");
    let other = example("autumn.jpg", 8);
    let truth = edited(&other);
    let made = look.look(&engine()).apply(&other, &Apply::default()).unwrap();
    let (missed, done) = (apart(made.colours(), truth.colours()), apart(other.colours(), truth.colours()));
    assert!(missed < 0.25 * done, "{missed} of {done}");
    let again = SavedLook::decode(&look.encode().unwrap()).unwrap();
    assert!(
        (0..3).all(|c| (again.table().unwrap().apply([0.3, 0.5, 0.4])[c] - lut.apply([0.3, 0.5, 0.4])[c])
            .abs()
            < 1e-5)
    );

    let cropped = Photo::from_planes(Planes::filled(3, 40, 90, 0.5));
    let refused = engine().learn_edit(&other, &cropped, &mut Watch::silent()).unwrap_err();
    assert!(matches!(refused, Error::Options(OptionsError::NotOneCrop { .. })), "{refused}");
}

/// The parts of a look's file, some of them replaced or added.
fn with(bytes: &[u8], replaced: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for index in 0..archive.len() {
        let name = archive.name_for_index(index).unwrap().unwrap().into_owned();
        let mut part = Vec::new();
        archive.by_index(index).unwrap().read_to_end(&mut part).unwrap();
        if !replaced.iter().any(|(other, _)| *other == name) {
            out.start_file(name, options).unwrap();
            out.write_all(&part).unwrap();
        }
    }
    for (name, part) in replaced {
        out.start_file(*name, options).unwrap();
        out.write_all(part).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn json_of(bytes: &[u8]) -> serde_json::Value {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    serde_json::from_reader(archive.by_name("look.json").unwrap()).unwrap()
}

#[test]
fn what_is_not_known_or_makes_no_sense_is_refused_by_name() {
    let bytes = edit().encode().unwrap();
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json = json_of(&bytes);
        change(&mut json);
        with(&bytes, &[("look.json", &serde_json::to_vec(&json).unwrap())])
    };
    let zeros = vec![0; 40 << 20];
    for (file, mention) in [
        (b"GIF89a".to_vec(), "not a .look file"),
        (Vec::new(), "not a .look file"),
        (with(&bytes, &[("extra.bin", b"1")]), "`extra.bin`"),
        (with(&bytes, &[("../evil", b"1")]), "`../evil`"),
        (with(&bytes, &[("thumbnail.jpg", &zeros)]), "more than"),
        (with(&bytes, &[("thumbnail.jpg", b"not a picture")]), "thumbnail.jpg"),
        (with(&bytes, &[("table.cube", b"LUT_3D_SIZE 2\n0 0 0\n")]), "table.cube"),
        (with(&bytes, &[("samples.safetensors", b"12345678")]), "samples.safetensors"),
        (with(&bytes, &[("look.json", b"{}")]), "format"),
        (changed(&|json| json["version"] = 2.into()), "version 2"),
        (changed(&|json| json["mood"] = "sombre".into()), "mood"),
        (changed(&|json| json["kind"] = "dream".into()), "dream"),
        (changed(&|json| json["software"] = "\u{1b}[2J".into()), "more than text"),
        (changed(&|json| json["overall"] = serde_json::json!([])), "levels"),
        (changed(&|json| json["overall"][0][3] = 1e9.into()), "coefficient"),
    ] {
        let error = SavedLook::decode(&file).unwrap_err().to_string();
        assert!(error.contains(mention), "{mention}: {error}");
    }
    let missing = SavedLook::open("no-such.look").unwrap_err();
    assert!(matches!(&missing, Error::Look { problem: LookError::Unreadable(_), .. }), "{missing}");
    assert!(missing.to_string().starts_with("no-such.look: "));
}

#[test]
fn a_look_tells_no_folders_names_or_dates() {
    let (look, pairing, mut options) = solved(&engine(), TransportOptions::default(), Masks::None);
    options.pairing.segmenter = relumine::Weights::File("/home/ann/secret/net.safetensors".into());
    let saved = SavedLook::of(&look, &pairing, &options, &CancelToken::new()).unwrap();
    let bytes = saved.encode().unwrap();
    let json = json_of(&bytes).to_string();
    assert!(json.contains("net.safetensors") && !json.contains("secret"), "{json}");
    for name in ["day.jpg", "dusk.jpg", "secret", "examples"] {
        assert!(!bytes.windows(name.len()).any(|window| window == name.as_bytes()), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damage_is_an_error_and_never_a_panic(at in 0.0_f64..1.0, byte: u8, cut: bool) {
        static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes = BYTES.get_or_init(|| edit().encode().unwrap()).clone();
        let place = (at * bytes.len() as f64) as usize;
        if cut {
            bytes.truncate(place);
            prop_assert!(SavedLook::decode(&bytes).is_err());
        } else {
            bytes[place] = byte;
            let _ = SavedLook::decode(&bytes);
        }
    }
}
