use super::*;
use crate::{Error, MachineError, PhotoError};

fn problem(bytes: &[u8]) -> PhotoError {
    match photo(bytes) {
        Err(Error::Photo { problem, path }) => {
            assert_eq!(path, Path::new("test-photo"));
            problem
        }
        other => panic!("expected an error of the photo, got {other:?}"),
    }
}

/// The start of a PNG of any size, with no pixels behind it.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut header = file(noise(1, 1, 3, false, 0), Format::PNG, None, None);
    header[16..20].copy_from_slice(&width.to_be_bytes());
    header[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&header[12..29]);
    header[29..33].copy_from_slice(&crc.to_be_bytes());
    header
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn header_bombs_are_refused_by_their_size() {
    assert!(matches!(
        problem(&png_header(40_000, 40_000)),
        PhotoError::TooManyPixels { width: 40_000, height: 40_000, limit: 200_000_000 }
    ));
    let mut jpeg = file(noise(8, 8, 3, false, 0), Format::JPEG, None, None);
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a frame header");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x9C, 0x40, 0x9C, 0x40]);
    assert!(matches!(problem(&jpeg), PhotoError::TooManyPixels { width: 40_000, height: 40_000, .. }));
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut tiff = ::tiff::encoder::TiffEncoder::new(&mut bytes).expect("a file");
    let mut image = tiff.new_image::<::tiff::encoder::colortype::RGB16>(2, 2).expect("a picture");
    for tag in [::tiff::tags::Tag::ImageWidth, ::tiff::tags::Tag::ImageLength] {
        image.encoder().write_tag(tag, 40_000u32).expect("a tag");
    }
    image.write_data(&[0; 12]).expect("pixels");
    assert!(matches!(
        problem(&bytes.into_inner()),
        PhotoError::TooManyPixels { width: 40_000, height: 40_000, .. }
    ));
}

#[test]
fn limits_can_be_lowered_and_raised() {
    let bytes = file(noise(20, 10, 3, false, 0), Format::PNG, None, None);
    let with = |limits: Limits| Photo::decode(&bytes, Path::new("x"), &limits);
    let few = with(Limits { max_pixels: 199, ..Limits::default() });
    assert!(matches!(few, Err(Error::Photo { problem: PhotoError::TooManyPixels { limit: 199, .. }, .. })));
    let small = with(Limits { max_bytes: 599, ..Limits::default() });
    assert!(matches!(small, Err(Error::Photo { problem: PhotoError::TooManyBytes { limit: 599, .. }, .. })));
    with(Limits { max_pixels: 200, max_bytes: 4096 }).expect("just fits");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.png");
    std::fs::write(&path, &bytes).expect("writes");
    let result = Photo::open(&path, &Limits { max_bytes: 10, ..Limits::default() });
    assert!(matches!(result, Err(Error::Photo { problem: PhotoError::TooManyBytes { limit: 10, .. }, .. })));
}

#[test]
fn missing_empty_and_unknown_files_are_told_apart() {
    let missing = Photo::open("no/such/photo.jpg", &Limits::default());
    assert!(matches!(missing, Err(Error::Photo { problem: PhotoError::Unreadable(_), .. })));
    assert!(matches!(problem(b""), PhotoError::Empty));
    assert!(matches!(problem(b"just some text"), PhotoError::UnknownFormat));
    assert!(matches!(problem(b"GIF89a"), PhotoError::NotSupported { format, .. } if format == "GIF"));
}

#[test]
fn files_cut_short_are_refused() {
    for format in WRITTEN.iter().copied() {
        for size in [(8, 8), (61, 47)] {
            let whole = file(noise(size.0, size.1, 3, false, 9), format, None, None);
            photo(&whole).expect("decodes");
            // A JPEG that lacks some of its last row of blocks, which may be its only one, is opened.
            let jpeg = format == Format::JPEG;
            if jpeg && size.1 == 8 {
                continue;
            }
            // PNG's end marker alone (12 bytes) and the second of WebP's padding hold nothing of the picture.
            let tail = if format == Format::PNG { 13 } else { 2 };
            let most = if jpeg { whole.len() * 3 / 4 } else { whole.len() - tail };
            for kept in [4, 12, whole.len() / 4, whole.len() / 2, whole.len() * 9 / 10, most] {
                let kept = kept.min(most);
                let result = photo(&whole[..kept]);
                assert!(result.is_err(), "{format}: {kept} of {} bytes", whole.len());
            }
        }
    }
}

#[test]
fn a_jpeg_that_lacks_its_end_is_told_of() {
    for progressive in [false, true] {
        let options = SaveOptions { progressive, ..SaveOptions::default() };
        let bytes = encoded(&noise(61, 47, 3, false, 9), None, &Default::default(), Format::JPEG, &options);
        let whole = photo(&bytes).expect("decodes");
        for cut in 1..=2 {
            let open = photo(&bytes[..bytes.len() - cut]).expect("all of the picture is there");
            assert_eq!(open.notices(), [Notice::EndMissing]);
            assert!(open.colours() == whole.colours());
        }
        let lost = if progressive { 8 } else { 40 };
        let most = photo(&bytes[..bytes.len() - lost]).expect("most of the picture is there");
        let [Notice::RowsDamaged { first, rows: 47 }] = *most.notices() else {
            panic!("{:?}", most.notices())
        };
        assert!((40..47).contains(&first));
        let [found, expected] = [&most, &whole].map(|photo| photo.colours().plane(0)[..61 * first].to_vec());
        assert!(found == expected, "the rows that are said to be whole are");
    }
}

#[test]
fn a_jpeg_with_more_behind_it() {
    let mut bytes = file(noise(33, 20, 3, false, 9), Format::JPEG, None, None);
    bytes.extend(b"a phone puts a film behind the photo");
    photo(&bytes).expect("decodes");
}

#[test]
fn cmyk_is_refused() {
    // A JPEG of three components, made one of four: the header alone decides.
    let mut jpeg = file(noise(8, 8, 3, false, 0), Format::JPEG, None, None);
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a frame header");
    jpeg[frame + 3] += 3;
    jpeg[frame + 9] = 4;
    jpeg.splice(frame + 19..frame + 19, [4, 0x11, 0]);
    let scan = jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]).expect("a scan header");
    jpeg[scan + 3] += 2;
    jpeg[scan + 4] = 4;
    jpeg.splice(scan + 11..scan + 11, [4, 0]);
    assert!(matches!(problem(&jpeg), PhotoError::UnsupportedPixels { found } if found.contains("CMYK")));

    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut tiff = ::tiff::encoder::TiffEncoder::new(&mut bytes).expect("a file");
    tiff.write_image::<::tiff::encoder::colortype::CMYK8>(2, 2, &[9; 16]).expect("pixels");
    let found = problem(&bytes.into_inner());
    assert!(matches!(found, PhotoError::UnsupportedPixels { found } if found.contains("CMYK")));
}

#[test]
fn extreme_shapes_pass_and_nothing_is_refused() {
    for (width, height) in [(1, 1), (1, 5000), (5000, 1)] {
        for format in WRITTEN.iter().copied() {
            let bytes = file(noise(width, height, 3, false, 4), format, None, None);
            let photo = photo(&bytes).expect("decodes");
            assert_eq!((photo.width(), photo.height()), (width as usize, height as usize));
            photo.encode(format, &SaveOptions::default()).expect("encodes");
        }
    }
    for (width, height) in [(0, 1), (1, 0), (0, 0)] {
        let problem = problem(&png_header(width, height));
        assert!(matches!(problem, PhotoError::ZeroSized { .. } | PhotoError::Damaged { .. }), "{problem}");
    }
}

#[test]
fn sides_too_long_for_a_format_are_found_out_before() {
    let long = Photo::from_planes(Planes::zeros(3, 1, 16_385));
    assert!(matches!(
        long.check_fits(Format::WEBP),
        Err(Error::Photo { problem: PhotoError::TooLongForFormat { .. }, .. })
    ));
    assert!(long.encode(Format::WEBP, &SaveOptions::default()).is_err());
    for format in [Format::JPEG, Format::PNG, Format::TIFF] {
        long.check_fits(format).expect("fits");
    }
}

#[test]
fn outputs_that_cannot_be_written_are_found_out_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("file"), "").expect("writes");
    std::fs::create_dir(at("folder.png")).expect("a folder");
    std::fs::write(at("locked.png"), "").expect("writes");
    let mut permissions = std::fs::metadata(at("locked.png")).expect("exists").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(at("locked.png"), permissions).expect("sets");
    for name in ["missing/out.png", "file/out.png", "folder.png", "locked.png"] {
        let result = check_writable(at(name));
        assert!(
            matches!(&result, Err(Error::Machine(MachineError::Unwritable { path, .. })) if *path == at(name)),
            "{name}: {result:?}"
        );
        assert!(Photo::from_planes(Planes::zeros(3, 1, 1)).save(at(name), &SaveOptions::default()).is_err());
    }
    for name in ["out", "out.gif", ".png"] {
        assert!(matches!(
            check_writable(at(name)),
            Err(Error::Options(crate::OptionsError::UnknownOutputFormat { .. }))
        ));
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 3, "nothing is left behind");
}
