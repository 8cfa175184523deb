//! A format that this crate does not have, in one file and one more line of the table.

use super::*;
use crate::io::codec::{About, Codec, Decoded, Embedded, Upright};
use crate::{OptionsError, PhotoError};

/// Plain RGB samples behind a header of text (the binary PPM of Netpbm, without comments).
struct Ppm;

impl Codec for Ppm {
    fn about(&self) -> &'static About {
        &About {
            name: "PPM",
            extensions: &["ppm"],
            max_bit_depth: 8,
            has_alpha: false,
            max_side: 1 << 16,
            max_exif_bytes: 0,
            max_xmp_bytes: 0,
            max_iptc_bytes: 0,
        }
    }

    fn recognises(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(b"P6\n")
    }

    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
        let damaged = || PhotoError::Damaged { reason: "its header is none".into() };
        let mut parts = bytes.splitn(4, |byte| *byte == b'\n');
        let text =
            |part: Option<&[u8]>| String::from_utf8(part.unwrap_or_default().into()).unwrap_or_default();
        let (_, size, _) = (parts.next(), text(parts.next()), parts.next());
        let mut sides = size.split(' ').map_while(|side| side.parse::<u32>().ok());
        let (width, height) = (sides.next().ok_or_else(damaged)?, sides.next().ok_or_else(damaged)?);
        limits.check(width, height, 3)?;
        let pixels = ImageBuffer::from_raw(width, height, parts.next().unwrap_or_default().to_vec())
            .map(DynamicImage::ImageRgb8)
            .ok_or_else(damaged)?;
        let (icc, metadata) = (Embedded::None, Default::default());
        Ok(Decoded { pixels, icc, metadata, orientation: None, notices: Vec::new() })
    }

    fn encode(&self, picture: &Upright<'_>, _quality: u8) -> Result<Vec<u8>, PhotoError> {
        let pixels = picture.pixels.to_rgb8();
        let header = format!("P6\n{} {}\n255\n", pixels.width(), pixels.height());
        Ok([header.as_bytes(), pixels.as_raw()].concat())
    }
}

#[test]
fn a_format_is_a_file_and_a_line_in_the_table() {
    let ppm = Format::of(&Ppm);
    let formats = [FORMATS, &[ppm]].concat();
    let path = Path::new("photo.ppm");
    assert_eq!(Format::named_by(path, &formats).expect("known"), ppm);
    assert!(matches!(Format::from_path(path), Err(OptionsError::UnknownOutputFormat { .. })));

    let rich = photo(&file(noise(9, 5, 4, true, 3), Format::PNG, None, None)).expect("decodes");
    assert_eq!(
        rich.losses(ppm, &SaveOptions::default()),
        [Notice::DepthReduced { format: ppm }, Notice::AlphaDropped { format: ppm }]
    );
    let bytes = rich.encode(ppm, &SaveOptions::default()).expect("encodes");
    assert!(photo(&bytes).is_err(), "only the longer table knows it");
    let decode = |bytes: &[u8]| Photo::decode_as(bytes, &formats, path, &Limits::default());
    let read = decode(&bytes).expect("decodes");
    assert_eq!((read.width(), read.height(), read.bit_depth()), (9, 5, 8));
    for (wide, narrow) in rich.colours().data().iter().zip(read.colours().data()) {
        assert!((wide - narrow).abs() <= 0.5 / 255.0 + 1e-6);
    }
    assert!(decode(&bytes[..bytes.len() - 1]).is_err());
    decode(&file(noise(3, 2, 3, false, 3), Format::WEBP, None, None)).expect("the others are known as well");
}
