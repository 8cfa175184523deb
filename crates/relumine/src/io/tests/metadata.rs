use exif::{Field, In, Reader, Tag, Value, experimental::Writer};

use super::*;

/// EXIF data with an orientation, a camera and an exposure time.
fn exif(orientation: u16) -> Vec<u8> {
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    let fields = [
        field(Tag::Make, Value::Ascii(vec![b"Camera".to_vec()])),
        field(Tag::Orientation, Value::Short(vec![orientation])),
        field(Tag::ExposureTime, Value::Rational(vec![(1, 250).into()])),
        field(Tag::GPSLatitudeRef, Value::Ascii(vec![b"N".to_vec()])),
    ];
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut bytes = std::io::Cursor::new(Vec::new());
    writer.write(&mut bytes, orientation.is_multiple_of(2)).expect("writes");
    bytes.into_inner()
}

/// A file whose EXIF data are exactly `exif`; TIFF has its own way and is not asked for.
fn with_exif(pixels: &DynamicImage, format: Format, exif: Vec<u8>) -> Vec<u8> {
    use image::ImageEncoder;
    use image::codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder};
    fn write(mut encoder: impl ImageEncoder, pixels: &DynamicImage, exif: Vec<u8>) {
        encoder.set_exif_metadata(exif).expect("takes EXIF");
        let (width, height) = (pixels.width(), pixels.height());
        encoder.write_image(pixels.as_bytes(), width, height, pixels.color().into()).expect("encodes");
    }
    let mut bytes = Vec::new();
    match format.about().name {
        "JPEG" => write(JpegEncoder::new_with_quality(&mut bytes, 100), pixels, exif),
        "PNG" => write(PngEncoder::new(&mut bytes), pixels, exif),
        "WebP" => write(WebPEncoder::new_lossless(&mut bytes), pixels, exif),
        _ => unreachable!("not asked for"),
    }
    bytes
}

fn field(bytes: &[u8], tag: Tag) -> Option<String> {
    let parsed = Reader::new().read_from_container(&mut std::io::Cursor::new(bytes)).expect("EXIF data");
    parsed.get_field(tag, In::PRIMARY).map(|field| field.display_value().to_string())
}

/// Where the pixel stands upright that the file stores at (x, y), as the EXIF specification's table of the eight cases
/// says: what the stored picture's 0th row and 0th column are.
fn upright(orientation: u16, (x, y): (usize, usize), (width, height): (usize, usize)) -> (usize, usize) {
    match orientation {
        1 => (x, y),
        2 => (width - 1 - x, y),
        3 => (width - 1 - x, height - 1 - y),
        4 => (x, height - 1 - y),
        5 => (y, x),
        6 => (height - 1 - y, x),
        7 => (height - 1 - y, width - 1 - x),
        _ => (y, width - 1 - x),
    }
}

#[test]
fn all_eight_orientations_are_applied_once() {
    let stored = noise(7, 4, 3, false, 5);
    let colours = samples::colours(&stored, None, 0..stored.height() as usize);
    for format in [Format::PNG, Format::WEBP] {
        for orientation in 1..=8 {
            let photo = photo(&with_exif(&stored, format, exif(orientation))).expect("decodes");
            assert_eq!(photo.notices(), []);
            for (at, red) in colours.plane(0).iter().enumerate() {
                let (x, y) = upright(orientation, (at % 7, at / 7), (7, 4));
                assert_eq!(
                    photo.colours().plane(0)[y * photo.width() + x],
                    *red,
                    "{format}, orientation {orientation}"
                );
            }
            for out in holding_metadata() {
                let bytes = photo.encode(out, &SaveOptions::default()).expect("encodes");
                let again = super::photo(&bytes).expect("decodes");
                assert_eq!((again.width(), again.height()), (photo.width(), photo.height()));
                assert!(
                    field(&bytes, Tag::Orientation)
                        .is_none_or(|value| value == "row 0 at top and column 0 at left")
                );
                assert_eq!(field(&bytes, Tag::Make).as_deref(), Some("\"Camera\""), "{out}");
                assert_eq!(field(&bytes, Tag::ExposureTime).as_deref(), Some("1/250"), "{out}");
                assert_eq!(field(&bytes, Tag::GPSLatitudeRef).as_deref(), Some("N"), "{out}");
                if out != Format::JPEG {
                    assert_eq!(again.colours(), photo.colours(), "{out}");
                }
            }
        }
    }
}

#[test]
fn jpeg_and_tiff_are_turned_too() {
    let stored = DynamicImage::ImageLuma8(image::GrayImage::from_fn(24, 16, |x, _| [x as u8 * 10].into()));
    let turned = photo(&with_exif(&stored, Format::JPEG, exif(6))).expect("decodes");
    assert_eq!((turned.width(), turned.height()), (16, 24));
    assert!(turned.colours().plane(0)[0] < turned.colours().plane(0)[16 * 23]);

    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut encoder = ::tiff::encoder::TiffEncoder::new(&mut bytes).expect("a file");
    let mut image = encoder.new_image::<::tiff::encoder::colortype::Gray8>(24, 16).expect("a picture");
    image.encoder().write_tag(::tiff::tags::Tag::Orientation, 6u16).expect("a tag");
    image.write_data(stored.as_bytes()).expect("pixels");
    let turned = photo(&bytes.into_inner()).expect("decodes");
    assert_eq!((turned.width(), turned.height()), (16, 24));
    let again =
        photo(&turned.encode(Format::TIFF, &SaveOptions::default()).expect("encodes")).expect("decodes");
    assert_eq!(again.colours(), turned.colours());
}

#[test]
fn corrupt_exif_is_set_aside_with_a_notice() {
    let stored = noise(6, 5, 3, false, 2);
    let mut astray = exif(3);
    astray[4..8].fill(0xFF);
    for corrupt in [b"neither II nor MM".to_vec(), astray, exif(2)[..20].to_vec()] {
        for format in [Format::JPEG, Format::PNG, Format::WEBP] {
            let photo = photo(&with_exif(&stored, format, corrupt.clone())).expect("decodes");
            assert!(
                matches!(photo.notices(), [Notice::ExifIgnored { .. }]),
                "{format}: {:?}",
                photo.notices()
            );
            let bytes = photo.encode(format, &SaveOptions::default()).expect("encodes");
            assert_eq!(super::photo(&bytes).expect("decodes").notices(), []);
        }
    }
}

#[test]
fn exif_too_large_for_jpeg_is_announced() {
    let comment =
        Field { tag: Tag::UserComment, ifd_num: In::PRIMARY, value: Value::Undefined(vec![7; 70_000], 0) };
    let mut writer = Writer::new();
    writer.push_field(&comment);
    let mut bytes = std::io::Cursor::new(Vec::new());
    writer.write(&mut bytes, false).expect("writes");
    let photo =
        photo(&with_exif(&noise(4, 4, 3, false, 1), Format::PNG, bytes.into_inner())).expect("decodes");
    assert!(matches!(photo.losses(Format::JPEG, &SaveOptions::default())[..], [Notice::ExifTooLarge { .. }]));
    assert_eq!(photo.losses(Format::WEBP, &SaveOptions::default()), []);
    super::photo(&photo.encode(Format::JPEG, &SaveOptions::default()).expect("encodes")).expect("decodes");
}
