use moxcms::{ColorProfile, Xyzd};
use safetensors::SafeTensors;

use super::*;

fn table(name: &str) -> Vec<f32> {
    let fixture = include_bytes!("../../../tests/fixtures/icc.safetensors");
    let tensors = SafeTensors::deserialize(fixture).expect("a fixture");
    let tensor = tensors.tensor(name).expect("a table");
    tensor.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// A picture of one row, holding the device values of the fixture.
fn chart(sixteen: bool) -> DynamicImage {
    let device = table("device");
    let width = (device.len() / 3) as u32;
    if sixteen {
        let samples = device.iter().map(|level| (level * 65535.0).round() as u16).collect();
        DynamicImage::ImageRgb16(ImageBuffer::from_raw(width, 1, samples).expect("as many samples"))
    } else {
        let samples = device.iter().map(|level| (level * 255.0).round() as u8).collect();
        DynamicImage::ImageRgb8(ImageBuffer::from_raw(width, 1, samples).expect("as many samples"))
    }
}

fn encoded(profile: &ColorProfile) -> Vec<u8> {
    profile.encode().expect("encodes")
}

#[test]
fn profiles_are_converted_as_their_standards_say() {
    for (name, profile) in
        [("display_p3", ColorProfile::new_display_p3()), ("adobe_rgb", ColorProfile::new_adobe_rgb())]
    {
        let expected = table(name);
        for format in holding_metadata() {
            let sixteen = format.max_bit_depth() == 16;
            let bytes = if format == Format::JPEG {
                continue;
            } else {
                file(chart(sixteen), format, Some(encoded(&profile)), None)
            };
            let photo = photo(&bytes).expect("decodes");
            assert_eq!(photo.notices(), []);
            let [r, g, b] = photo.colours().rgb();
            for (at, want) in expected.as_chunks::<3>().0.iter().enumerate() {
                for (have, want) in [r[at], g[at], b[at]].iter().zip(want) {
                    // Profiles hold rounded primaries, good for 1e-4 of light; by black the curve makes twelve times as much.
                    let tolerance = if want.abs() > 0.05 { 1e-3 } else { 1.3e-3 };
                    assert!(
                        (have - want).abs() < tolerance,
                        "{name}, {format}, {at}: {have} instead of {want}"
                    );
                }
            }
        }
    }
}

/// ROMM RGB (ISO 22028-2), a space far wider than sRGB: its primaries as XYZ with the white point D50, gamma 1.8.
fn pro_photo() -> ColorProfile {
    let mut profile = ColorProfile::new_srgb();
    profile.cicp = None;
    profile.red_colorant = Xyzd::new(0.7977, 0.2880, 0.0);
    profile.green_colorant = Xyzd::new(0.1352, 0.7119, 0.0);
    profile.blue_colorant = Xyzd::new(0.0313, 0.0001, 0.8249);
    let curve = Some(moxcms::curve_from_gamma(1.8));
    profile.red_trc.clone_from(&curve);
    profile.green_trc.clone_from(&curve);
    profile.blue_trc = curve;
    profile
}

#[test]
fn profiles_of_impossible_colours_are_set_aside() {
    let mut absurd = ColorProfile::new_srgb();
    absurd.blue_colorant = Xyzd::new(366.0, 1.0, 9000.0);
    let photo = photo(&file(chart(false), Format::PNG, Some(encoded(&absurd)), None)).expect("decodes");
    assert!(matches!(photo.notices(), [Notice::ProfileIgnored { .. }]), "{:?}", photo.notices());
}

#[test]
fn changed_colours_go_back_into_the_profile() {
    for profile in [ColorProfile::new_display_p3(), ColorProfile::new_adobe_rgb(), pro_photo()] {
        let icc = encoded(&profile);
        let original = photo(&file(chart(true), Format::PNG, Some(icc.clone()), None)).expect("decodes");
        let mut colours = original.colours().clone();
        // So little that no sample moves by a level of 255 (curves are upright at black), yet all are converted.
        colours.data_mut().iter_mut().for_each(|colour| *colour += 1e-6);
        let again = decode(
            &original.with_colours(colours).encode(Format::PNG, &SaveOptions::default()).expect("encodes"),
            FORMATS,
            &Limits::default(),
        )
        .expect("decodes");
        assert_eq!(again.icc, Some(icc));
        let (before, after) = (chart(true).into_rgb16(), again.pixels.into_rgb16());
        for (a, b) in before.as_raw().iter().zip(after.as_raw()) {
            assert!(a.abs_diff(*b) < 257, "{a} became {b}");
        }
    }
}

#[test]
fn srgb_profiles_change_nothing() {
    let bytes = file(chart(false), Format::PNG, Some(encoded(&ColorProfile::new_srgb())), None);
    let tagged = photo(&bytes).expect("decodes");
    let plain = photo(&file(chart(false), Format::PNG, None, None)).expect("decodes");
    assert_eq!(tagged.colours(), plain.colours());
}

#[test]
fn grey_profiles_are_understood_and_give_way_to_srgb_for_colours() {
    let icc = encoded(&ColorProfile::new_gray_with_gamma(1.0));
    let original = noise(50, 3, 1, true, 11);
    let photo = photo(&file(original.clone(), Format::PNG, Some(icc.clone()), None)).expect("decodes");
    assert_eq!(photo.notices(), []);
    let linear = original.as_luma16().expect("grey").as_raw();
    for (linear, encoded) in linear.iter().zip(photo.colours().plane(0)) {
        let light = f32::from(*linear) / 65535.0;
        let want = if light <= 0.0031308 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        assert!((encoded - want).abs() < 1e-3, "{encoded} instead of {want}");
    }
    let same = decode(
        &photo.encode(Format::PNG, &SaveOptions::default()).expect("encodes"),
        FORMATS,
        &Limits::default(),
    )
    .expect("decodes");
    assert!(same.pixels == original && same.icc == Some(icc));

    let mut colours = photo.colours().clone();
    colours.plane_mut(2).fill(0.5);
    let tinted = photo.with_colours(colours.clone());
    assert_eq!(tinted.losses(Format::PNG, &SaveOptions::default()), [Notice::WrittenAsSrgb]);
    let read = super::photo(&tinted.encode(Format::PNG, &SaveOptions::default()).expect("encodes"))
        .expect("decodes");
    for (a, b) in read.colours().data().iter().zip(colours.data()) {
        assert!((a - b).abs() < 1e-4);
    }
}

#[test]
fn corrupt_and_unfit_profiles_are_set_aside_with_a_notice() {
    let good = encoded(&ColorProfile::new_display_p3());
    let cut = good[..good.len() / 2].to_vec();
    let grey = encoded(&ColorProfile::new_gray_with_gamma(2.2));
    let plain = photo(&file(chart(false), Format::PNG, None, None)).expect("decodes");
    for icc in [cut, b"no profile at all".to_vec(), vec![0; 600], grey] {
        for format in [Format::PNG, Format::TIFF, Format::WEBP] {
            let photo = photo(&file(chart(false), format, Some(icc.clone()), None)).expect("decodes");
            assert!(
                matches!(photo.notices(), [Notice::ProfileIgnored { .. }]),
                "{format}: {:?}",
                photo.notices()
            );
            assert_eq!(photo.colours(), plain.colours());
            assert_eq!(
                decode(
                    &photo.encode(format, &SaveOptions::default()).expect("encodes"),
                    FORMATS,
                    &Limits::default()
                )
                .expect("decodes")
                .icc,
                None
            );
        }
        let jpeg = photo(&file(chart(false), Format::JPEG, Some(icc), None)).expect("decodes");
        assert!(matches!(jpeg.notices(), [Notice::ProfileIgnored { .. }]));
    }
}

#[test]
fn grey_photos_keep_their_tones_in_formats_without_grey() {
    let steps: Vec<u8> = (0..=255).collect();
    let image = DynamicImage::ImageLuma8(ImageBuffer::from_raw(256, 1, steps).expect("as many samples"));
    for gamma in [1.0, 1.8, 2.6] {
        let profile = encoded(&ColorProfile::new_gray_with_gamma(gamma));
        let given = photo(&file(image.clone(), Format::PNG, Some(profile), None)).expect("decodes");
        let bytes = given.encode(Format::WEBP, &SaveOptions::default()).expect("encodes");
        let written = photo(&bytes).expect("decodes");
        assert_eq!(written.notices(), []);
        for (have, want) in written.colours().data().iter().zip(given.colours().data()) {
            assert!((have - want).abs() < 0.5 / 255.0, "{gamma}: {have} instead of {want}");
        }
    }
}
