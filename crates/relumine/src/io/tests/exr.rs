//! Photos to OpenEXR and back, and its light in formats that hold less of it.

use super::*;

fn read(name: &str) -> Photo {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats").join(name);
    Photo::open(path, &Limits::default()).expect("opens")
}

fn encoded(photo: &Photo, format: Format) -> Vec<u8> {
    photo.encode(format, &SaveOptions::default()).expect("encodes")
}

/// The type of the samples in a file of one layer, and its chromaticities.
fn told(bytes: &[u8]) -> (bool, ::exr::meta::attribute::Chromaticities) {
    let file = ::exr::block::read(std::io::Cursor::new(bytes), true).expect("a header");
    let [header] = file.headers() else { panic!("one layer") };
    let is_half = header.channels.uniform_sample_type == Some(::exr::meta::attribute::SampleType::F16);
    (is_half, header.shared_attributes.chromaticities.expect("they are told"))
}

#[test]
fn an_unchanged_file_keeps_its_samples_primaries_and_depth() {
    for (name, is_half) in
        [("half-piz.exr", true), ("rec2020.exr", true), ("float.exr", false), ("grey.exr", true)]
    {
        let photo = read(name);
        let bytes = encoded(&photo, Format::OPENEXR);
        let again = super::photo(&bytes).expect("decodes");
        assert!(pixels(&bytes) == photo.source().pixels, "{name}");
        assert_eq!(again.colours(), photo.colours(), "{name}");
        let (half, chromaticities) = told(&bytes);
        assert_eq!(half, is_half, "{name}");
        let red = if name == "rec2020.exr" { 0.708 } else { 0.64 };
        assert!(
            (chromaticities.red.0 - red).abs() < 1e-6 && (chromaticities.white.1 - 0.329).abs() < 1e-6,
            "{name}"
        );
    }
}

#[test]
fn associated_alpha_comes_back() {
    let photo = read("alpha.exr");
    let again = super::photo(&encoded(&photo, Format::OPENEXR)).expect("decodes");
    assert_eq!(photo.alpha(), again.alpha());
    for (a, b) in photo.source().pixels.to_rgba32f().iter().zip(again.source().pixels.to_rgba32f().iter()) {
        assert!((a - b).abs() <= 2e-6 * a.abs(), "{a}, {b}");
    }
}

#[test]
fn light_above_white_is_kept_where_it_can_be() {
    let photo = read("float.exr");
    let most = |photo: &Photo| photo.colours().data().iter().copied().fold(0.0, f32::max);
    assert!(most(&photo) > 1.5, "{}", most(&photo));
    for format in [Format::TIFF, Format::OPENEXR] {
        let mut colours = photo.colours().clone();
        colours.data_mut().iter_mut().for_each(|colour| *colour *= 1.25);
        let again = super::photo(&encoded(&photo.with_colours(colours.clone()), format)).expect("decodes");
        for (a, b) in colours.data().iter().zip(again.colours().data()) {
            assert!((a - b).abs() <= 2e-5 * a.abs().max(0.1), "{format}: {a}, {b}");
        }
    }
    // Sun and lamps: a ramp of grey up to the brightest that 16 bits hold never falls.
    let ramp: Vec<f32> = (0..64).flat_map(|step| [2f32.powf(step as f32 / 4.0) - 1.0; 3]).collect();
    let ramp = DynamicImage::ImageRgb32F(ImageBuffer::from_raw(64, 1, ramp).expect("pixels"));
    let file = file(ramp, Format::OPENEXR, Some(ColourSpace::Linear.profile(false)), None);
    let photo = super::photo(&file).expect("decodes");
    assert!(photo.colours().plane(0).windows(2).all(|pair| pair[0] < pair[1] && pair[1].is_finite()));
}

#[test]
fn eight_bits_of_it_have_the_curve_of_a_display() {
    let photo = read("rec2020.exr");
    for format in [Format::PNG, Format::JPEG] {
        let again = super::photo(&encoded(&photo, format)).expect("decodes");
        assert!(
            again.describe().colour_space.expect("a profile").ends_with("with the curve of sRGB"),
            "{format}"
        );
        if format == Format::PNG {
            for (light, level) in
                photo.source().pixels.to_rgb32f().iter().zip(again.source().pixels.to_rgb16().iter())
            {
                let expected = crate::colour::srgb::encode(light.clamp(0.0, 1.0));
                assert!((expected - f32::from(*level) / 65535.0).abs() < 1e-4, "{light}: {level}");
            }
        }
    }
}

#[test]
fn photos_of_8_and_16_bits_become_light_and_come_back() {
    for sixteen in [false, true] {
        for channels in 1..=4 {
            let original = noise(37, 23, channels, sixteen, 5);
            let photo = super::photo(&file(original, Format::PNG, None, None)).expect("decodes");
            let bytes = encoded(&photo, Format::OPENEXR);
            assert_eq!(told(&bytes).0, !sixteen, "{channels} channels");
            let again = super::photo(&bytes).expect("decodes");
            let most = if sixteen { 0.5 / 65535.0 } else { 0.5 / 255.0 };
            let alpha = photo.alpha().map(Planes::into_vec);
            for (at, (a, b)) in photo.colours().data().iter().zip(again.colours().data()).enumerate() {
                // What is nearly transparent has few levels left.
                let alpha = alpha.as_ref().map_or(1.0, |alpha| alpha[at % (37 * 23)]);
                assert!(
                    alpha < 0.05 || (a - b).abs() < most,
                    "{channels} channels, 16 bits: {sixteen}: {a}, {b}"
                );
            }
        }
    }
}
