use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb};

use super::*;

fn png(pixels: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.into().write_to(&mut bytes, ImageFormat::Png).expect("encodes");
    bytes.into_inner()
}

#[test]
fn red_runs_fastest() {
    let identity = ImageBuffer::from_fn(8, 8, |x, y| {
        let index = x + 8 * y;
        Rgb([index % 4, index / 4 % 4, index / 16].map(|node| (node * 85) as u8))
    });
    let lut = read(&png(identity), &Limits::default()).expect("a Hald picture");
    let lattice = lut.lattice().expect("a lattice");
    assert_eq!(lattice.size(), 4);
    for (found, expected) in lattice.values().iter().zip(Lattice::from_fn(4, |colour| colour).values()) {
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6));
    }
}

#[test]
fn a_written_one_is_bare_numbers_of_16_bits() {
    let lut = Lut::new(Lattice::from_fn(16, |[r, g, b]| [b * 2.0 - 0.5, r, g * 0.5])).with_title("x");
    let bytes = write(&lut, 4);
    let chunks: Vec<&[u8]> =
        [b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"tEXt"].into_iter().map(|name| &name[..]).collect();
    assert!(!bytes.windows(4).any(|window| chunks.contains(&window)));
    let picture = image::load_from_memory(&bytes).expect("a PNG");
    let DynamicImage::ImageRgb16(picture) = picture else { panic!("{:?}", picture.color()) };
    assert_eq!(picture.dimensions(), (64, 64));
    // Node (1, 2, 15) of the lattice.
    let index = 1 + 16 * 2 + 256 * 15;
    let pixel = picture.get_pixel(index % 64, index / 64).0;
    assert_eq!(pixel, [65535, 4369, 4369]);
}

#[test]
fn what_is_no_hald_picture_is_refused() {
    for (width, height) in [(1, 1), (8, 27), (9, 9), (64, 63)] {
        let error =
            read(&png(DynamicImage::new_rgb8(width, height)), &Limits::default()).expect_err("no Hald");
        assert!(
            error.to_string().starts_with(&format!("it is {width}×{height} pixels; a HaldCLUT")),
            "{error}"
        );
    }
    let few = Limits { max_pixels: 63, ..Limits::default() };
    assert!(matches!(
        read(&png(DynamicImage::new_rgb8(8, 8)), &few),
        Err(LutError::File(PhotoError::TooManyPixels { .. }))
    ));
    assert!(matches!(read(b"\xFF\xD8\xFF\xE0\0", &few), Err(LutError::UnknownFormat)));
}
