use super::*;
use crate::watch::CancelToken;

/// Puts colours into a photo, in bands of so many rows.
fn by_rows(photo: &Photo, colours: &Planes, rows: usize) -> Photo {
    filled(photo.recolour(), colours, rows)
}

fn filled(mut sink: Recolour, colours: &Planes, rows: usize) -> Photo {
    for first in (0..colours.height()).step_by(rows) {
        let band = first..(first + rows).min(colours.height());
        sink.put_band(&super::super::rows::copied(colours, band)).expect("takes it");
    }
    sink.finish()
}

fn stacked(mut rows: impl RowSource) -> Planes {
    let (height, width) = (rows.height(), rows.width());
    let mut planes = Planes::zeros(3, height, width);
    let mut done = 0;
    while let Some(band) = rows.next_band().expect("goes on") {
        for channel in 0..3 {
            planes.plane_mut(channel)[done * width..][..band.area()].copy_from_slice(band.plane(channel));
        }
        done += band.height();
    }
    assert_eq!(done, height);
    planes
}

/// A profile that converts by tables, one way alone or both: a lattice of two points an axis, with the colours turned round.
fn tables(both_ways: bool) -> Vec<u8> {
    let mut profile = moxcms::ColorProfile::new_display_p3();
    let lattice =
        (0..8u32).flat_map(|at| [at & 1, at >> 2 & 1, at >> 1 & 1].map(|bit| (bit * 50_000 + 9_000) as u16));
    let ramp: Vec<u16> = (0..3).flat_map(|_| [0, 20_000, 65_535]).collect();
    profile.lut_a_to_b_perceptual = Some(moxcms::LutWarehouse::Lut(moxcms::LutDataType {
        num_input_channels: 3,
        num_output_channels: 3,
        num_clut_grid_points: 2,
        matrix: moxcms::Matrix3d::IDENTITY,
        num_input_table_entries: 3,
        num_output_table_entries: 3,
        input_table: moxcms::LutStore::Store16(ramp.clone()),
        clut_table: moxcms::LutStore::Store16(lattice.collect()),
        output_table: moxcms::LutStore::Store16(ramp),
        lut_type: moxcms::LutType::Lut16,
    }));
    if both_ways {
        profile.lut_b_to_a_perceptual = profile.lut_a_to_b_perceptual.clone();
        profile.lut_b_to_a_colorimetric = profile.lut_a_to_b_perceptual.clone();
    } else {
        // Curves would be the way back.
        (profile.red_trc, profile.green_trc, profile.blue_trc) = (None, None, None);
    }
    profile.encode().expect("encodes")
}

fn profile(kind: usize, channels: usize) -> Option<Vec<u8>> {
    let encoded = |profile: moxcms::ColorProfile| Some(profile.encode().expect("encodes"));
    match (kind, channels) {
        (0, _) => None,
        (_, 1 | 2) => encoded(moxcms::ColorProfile::new_gray_with_gamma(1.8)),
        (1, _) => encoded(moxcms::ColorProfile::new_adobe_rgb()),
        _ => Some(tables(kind == 3)),
    }
}

#[test]
fn photos_are_light_values() {
    fn is_shared<T: Send + Sync + Clone>() {}
    is_shared::<Photo>();
    assert_eq!(size_of::<Photo>(), size_of::<usize>());
}

#[test]
fn large_photos_pass_in_several_bands_as_they_are_decoded_whole() {
    for (width, height) in [(20_000, 70), (1500, 900), (1, 1_100_000)] {
        let photo = photo(&file(noise(width, height, 3, false, 5), Format::PNG, profile(1, 3), None))
            .expect("decodes");
        let mut rows = photo.rows();
        let first = rows.next_band().expect("goes on").expect("a band");
        assert!(first.height() < photo.height(), "{width}×{height}");
        let by_rows = stacked(photo.rows());
        assert_eq!(&by_rows, photo.colours(), "{width}×{height}");
        assert_eq!(stacked(photo.rows()), by_rows, "from planes as well");
    }
}

#[test]
fn profiles_of_tables_hold_colours_where_they_convert_both_ways() {
    for both_ways in [false, true] {
        let profile = icc::Profile::new(tables(both_ways), 3).expect("a profile");
        assert_eq!(profile.holds_rgb(), both_ways);
    }
}

#[test]
fn a_profile_that_gives_way_is_told_of() {
    let grey = photo(&file(noise(9, 8, 1, false, 2), Format::PNG, profile(1, 1), None)).expect("decodes");
    let same = by_rows(&grey, grey.colours(), 3);
    assert!(same.is_grey() && same.losses(Format::PNG, &SaveOptions::default()).is_empty());
    let mut colours = grey.colours().clone();
    colours.plane_mut(2)[71] = 0.5;
    let tinted = by_rows(&grey, &colours, 3);
    assert!(!tinted.is_grey());
    assert_eq!(tinted.losses(Format::PNG, &SaveOptions::default()), [Notice::WrittenAsSrgb]);
}

/// Where the samples of a photo lie.
fn place(photo: &Photo) -> *const u8 {
    photo.source().pixels.as_bytes().as_ptr()
}

#[test]
fn samples_of_a_photo_that_nobody_else_holds_become_the_new_ones() {
    for (channels, sixteen, kind) in [(3, false, 0), (3, true, 1), (4, true, 0), (4, false, 3)] {
        let decoded = || {
            let bytes = file(noise(40, 30, channels, sixteen, 4), Format::PNG, profile(kind, channels), None);
            photo(&bytes).expect("decodes")
        };
        let darker = |band: &mut Planes, _: usize| {
            band.data_mut().iter_mut().for_each(|level| *level *= 0.5);
            Ok(())
        };
        let alone = decoded();
        let own = place(&alone);
        // Colours that were made before are those of the old samples.
        let before = alone.colours().clone();
        let alone = alone.into_recolour().by_bands(darker).expect("takes it");
        assert_eq!(place(&alone), own);
        assert_ne!(alone.colours(), &before);
        let alone = alone.into_recolour().by_bands(|_, _| Ok(())).expect("takes it");
        assert_eq!(place(&alone), own, "as it is");

        let held = decoded();
        let result = held.clone().into_recolour().by_bands(darker).expect("takes it");
        assert_ne!(place(&result), place(&held));
        assert_eq!(held.colours(), &before);
        assert_eq!(result.samples(), alone.samples());
    }
}

#[test]
fn a_photo_goes_to_another_space_in_its_own_samples() {
    for (channels, kind) in [(1, 1), (2, 0), (3, 0), (3, 1), (3, 2), (4, 3)] {
        let bytes = file(noise(40, 30, channels, true, 4), Format::PNG, profile(kind, channels), None);
        let photo = photo(&bytes).expect("decodes");
        let (own, token) = (place(&photo), CancelToken::new());
        let copied = photo.clone().in_space(ColourSpace::DisplayP3, &token).expect("goes there");
        let moved = photo.in_space(ColourSpace::DisplayP3, &token).expect("goes there");
        assert_eq!(place(&moved) == own, channels > 2);
        let [copied, moved] = [copied, moved]
            .map(|photo| photo.encode(Format::TIFF, &SaveOptions::default()).expect("encodes"));
        assert!(copied == moved, "{channels} channels, profile {kind}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the bands, and whether the samples are copied or become the new ones, the file is the one that the colours as a whole
    /// make.
    #[test]
    fn recolouring_by_rows_is_recolouring(
        seed: u64, width in 1u32..300, height in 1u32..120, channels in 1usize..=4, sixteen: bool, kind in 0usize..4,
        rows in 1usize..60, touched in proptest::collection::vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let original = noise(width, height, channels, sixteen, seed);
        let icc = profile(kind, channels);
        let decoded = || photo(&file(original.clone(), Format::PNG, icc.clone(), None)).expect("decodes");
        let photo = decoded();
        prop_assert_eq!(photo.notices(), []);
        let mut colours = stacked(photo.rows());
        let area = colours.area();
        for at in &touched {
            colours.plane_mut(1)[at.index(area)] = 0.5;
        }
        let recoloured = by_rows(&photo, &colours, rows);
        let whole = photo.with_colours(colours.clone());
        prop_assert_eq!(recoloured.losses(Format::PNG, &SaveOptions::default()), whole.losses(Format::PNG, &SaveOptions::default()));
        let options = SaveOptions::default();
        let written = recoloured.encode(Format::PNG, &options).expect("encodes");
        prop_assert!(written == whole.encode(Format::PNG, &options).expect("encodes"));
        let alone = filled(decoded().into_recolour(), &colours, rows);
        prop_assert_eq!(alone.losses(Format::PNG, &options), whole.losses(Format::PNG, &options));
        prop_assert!(written == alone.encode(Format::PNG, &options).expect("encodes"));
        if touched.is_empty() {
            prop_assert!(pixels(&written) == original);
        }
        // What had to go to sRGB was clipped to it, and rounded once more.
        let in_srgb = recoloured.losses(Format::PNG, &SaveOptions::default()).contains(&Notice::WrittenAsSrgb);
        let touched: Vec<usize> = touched.iter().map(|at| at.index(area)).collect();
        for (at, (a, b)) in recoloured.colours().data().iter().zip(colours.data()).enumerate() {
            let b = if in_srgb { b.clamp(0.0, 1.0) } else { *b };
            prop_assert!(touched.contains(&(at % area)) || (a - b).abs() < 0.502 / 255.0, "pixel {}: {} for {}", at % area, a, b);
        }
    }
}
