//! Metadata that other programs wrote (`tools/reference/metadata.py`), on their way between formats.

use exif::{In, Reader, Tag};

use super::*;
use crate::io::metadata::Written;
use crate::io::metadata::ifd::{Directory, Entry};

pub(super) const RICH: [(&str, &[u8]); 4] = [
    ("rich.jpg", include_bytes!("../../../tests/fixtures/metadata/rich.jpg")),
    ("rich.png", include_bytes!("../../../tests/fixtures/metadata/rich.png")),
    ("rich.tif", include_bytes!("../../../tests/fixtures/metadata/rich.tif")),
    ("rich.webp", include_bytes!("../../../tests/fixtures/metadata/rich.webp")),
];
pub(super) const CAMERA: &[u8] = include_bytes!("../../../tests/fixtures/metadata/camera.jpg");
pub(super) const EXTENDED: &[u8] = include_bytes!("../../../tests/fixtures/metadata/extended.jpg");
pub(super) const ULTRA_HDR: &[u8] = include_bytes!("../../../tests/fixtures/metadata/ultra-hdr.jpg");
pub(super) const RAW_PROFILES: &[u8] = include_bytes!("../../../tests/fixtures/metadata/raw-profiles.png");

fn encoded(photo: &Photo, format: Format, options: &SaveOptions) -> Vec<u8> {
    photo.encode(format, options).expect("encodes")
}

fn written(photo: &Photo) -> Written {
    let size = (photo.width() as u32, photo.height() as u32);
    photo.source().metadata.written(size, Strip::Nothing, None)
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Fields, those of directories below among them, but for what TIFF cannot hold.
fn fields(directory: &Directory, of_tiff: bool) -> Vec<(u16, Vec<u8>)> {
    let mut found = Vec::new();
    for (tag, entry) in &directory.0 {
        match entry {
            Entry::Field(_) if of_tiff && *tag == crate::io::metadata::exif::YCBCR_POSITIONING => {}
            Entry::Field(field) => found.push((*tag, field.value.clone())),
            Entry::Directory(_) if of_tiff && *tag == crate::io::metadata::ifd::INTEROP => {}
            Entry::Directory(below) => found.extend(fields(below, of_tiff)),
        }
    }
    found
}

#[test]
fn all_comes_through_between_any_two_formats() {
    for (name, bytes) in RICH {
        let original = photo(bytes).expect("decodes");
        assert_eq!(original.notices(), [], "{name}");
        let before = written(&original);
        let exif =
            |metadata: &Written, of_tiff| fields(metadata.exif.as_ref().expect("EXIF").directory(), of_tiff);
        assert!(exif(&before, false).len() >= 40, "{name}");
        assert_eq!(before.iptc.is_some(), name.ends_with("jpg") || name.ends_with("tif"), "{name}");
        for format in holding_metadata() {
            let bytes = encoded(&original, format, &SaveOptions::default());
            let read = photo(&bytes).expect("decodes");
            assert_eq!(read.notices(), [], "{name} as {format}");
            assert_eq!((read.width(), read.height()), (original.width(), original.height()));
            let after = written(&read);
            let of_tiff = format == Format::TIFF;
            assert_eq!(exif(&after, of_tiff), exif(&before, of_tiff), "{name} as {format}");
            assert_eq!(after.xmp, before.xmp, "{name} as {format}");
            assert_eq!(after.resolution, before.resolution, "{name} as {format}");
            if format == Format::WEBP && before.iptc.is_some() {
                let losses = original.losses(format, &SaveOptions::default());
                assert!(matches!(losses[..], [Notice::IptcDropped { .. }]), "{losses:?}");
            } else {
                assert_eq!(after.iptc, before.iptc, "{name} as {format}");
            }
            let parsed = Reader::new().read_from_container(&mut std::io::Cursor::new(&bytes));
            let parsed = parsed.expect("a strict parser reads it");
            assert!(parsed.get_field(Tag::Orientation, In::PRIMARY).is_none());
            assert_eq!(
                parsed.get_field(Tag::XResolution, In::PRIMARY).expect("is kept").display_value().to_string(),
                "300"
            );
        }
    }
}

#[test]
fn a_cameras_file_loses_its_thumbnail_and_maker_notes_with_their_bytes() {
    let photo = photo(CAMERA).expect("decodes");
    assert_eq!(photo.notices(), []);
    assert_eq!(photo.losses(Format::JPEG, &SaveOptions::default()), [Notice::MakerNotesLeftOut]);
    for format in holding_metadata() {
        let bytes = encoded(&photo, format, &SaveOptions::default());
        assert!(!holds(&bytes, "THUMBSECRET") && !holds(&bytes, "MAKERSECRET"), "{format}");
        let parsed = Reader::new().read_from_container(&mut std::io::Cursor::new(&bytes)).expect("EXIF data");
        let field = |tag| parsed.get_field(tag, In::PRIMARY).expect("a field").display_value().to_string();
        assert_eq!(field(Tag::FNumber), "2.8");
        assert_eq!(field(Tag::GPSLatitude), "48 deg 31 min 12 sec");
        assert_eq!((field(Tag::PixelXDimension), field(Tag::PixelYDimension)), ("24".into(), "16".into()));
    }
}

#[test]
fn gain_maps_go_with_what_points_to_them() {
    let original = photo(ULTRA_HDR).expect("decodes");
    assert_eq!(original.notices(), [Notice::GainMapLeftOut]);
    assert_eq!(original.losses(Format::JPEG, &SaveOptions::default()), [Notice::ContentCredentialsLeftOut]);
    for format in holding_metadata() {
        let bytes = encoded(&original, format, &SaveOptions::default());
        for gone in ["gain-map", "hdrgm:", "Container", "Semantic", "MPF\0", "provenance\x3D", "jumb"] {
            assert!(!holds(&bytes, gone), "{format}: {gone}");
        }
        assert!(holds(&bytes, "dc:format=\"image/jpeg\""), "{format}");
        let again = photo(&bytes).expect("decodes");
        assert_eq!(
            (again.notices(), &*again.losses(Format::JPEG, &SaveOptions::default())),
            (&[][..], &[][..])
        );
    }
}

#[test]
fn further_pictures_are_told_of() {
    let two = [CAMERA, RICH[0].1].concat();
    assert_eq!(photo(&two).expect("decodes").notices(), [Notice::FurtherPicturesLeftOut]);
}

#[test]
fn packets_in_two_parts_are_one() {
    let original = photo(EXTENDED).expect("decodes");
    assert_eq!(original.notices(), []);
    let packet = written(&original).xmp.expect("a packet");
    assert!(packet.contains("Town by the river") && packet.contains(&"all of it, ".repeat(6200)));
    assert!(!packet.contains("HasExtendedXMP"));
    for format in holding_metadata() {
        assert_eq!(original.losses(format, &SaveOptions::default()), []);
        let again = photo(&encoded(&original, format, &SaveOptions::default())).expect("decodes");
        assert_eq!(again.notices(), [], "{format}");
        let packet = written(&again).xmp.expect("a packet");
        assert!(packet.contains("Town by the river"), "{format}");
        assert!(packet.contains(&"all of it, ".repeat(6200)), "{format}");
    }
    // Without a part of the second there is the first.
    let at = EXTENDED.windows(16).position(|window| window == b"all of it, all o").expect("the second");
    let cut = [&EXTENDED[..at - 2000], &[0xFF, 0xD9]].concat();
    assert!(photo(&cut).is_err());
    let mut renamed = EXTENDED.to_vec();
    let mark = renamed.windows(8).rposition(|window| window == b"xmp/exte").expect("a part");
    renamed[mark] = b'y';
    let photo = photo(&renamed).expect("decodes");
    assert!(matches!(photo.notices(), [Notice::ExtendedXmpIgnored { .. }]), "{:?}", photo.notices());
    assert!(written(&photo).xmp.expect("the first part").contains("Town by the river"));
}

#[test]
fn texts_of_imagemagick_are_iptc_data() {
    let [png, jpeg] = [RAW_PROFILES, RICH[0].1].map(|bytes| photo(bytes).expect("decodes"));
    assert_eq!(png.notices(), []);
    let (png, jpeg) = (written(&png), written(&jpeg));
    assert!(jpeg.iptc.is_some() && png.iptc == jpeg.iptc);
    assert!(png.xmp.expect("a packet").contains("Town by the river"));
}

#[test]
fn gps_data_and_all_metadata_can_be_left_out() {
    let icc = moxcms::ColorProfile::new_display_p3().encode().expect("encodes");
    for (name, bytes) in RICH {
        let original = photo(bytes).expect("decodes");
        let profiled =
            photo(&file(noise(9, 5, 3, false, 1), Format::PNG, Some(icc.clone()), Some(&written(&original))));
        for original in [original, profiled.expect("decodes")] {
            for format in holding_metadata() {
                let options = |strip| SaveOptions { strip, ..SaveOptions::default() };
                let bytes = encoded(&original, format, &options(Strip::Gps));
                let parsed =
                    Reader::new().read_from_container(&mut std::io::Cursor::new(&bytes)).expect("EXIF data");
                assert!(
                    parsed.fields().all(|field| field.tag.context() != exif::Context::Gps),
                    "{name} as {format}"
                );
                assert!(
                    !holds(&bytes, "exif:GPS") && holds(&bytes, "Town by the river"),
                    "{name} as {format}"
                );
                let bytes = encoded(&original, format, &options(Strip::All));
                let read = photo(&bytes).expect("decodes");
                let Written { exif, xmp, iptc, resolution } = written(&read);
                // TIFF says that the size of pixels is not known.
                let fields = exif.map_or(0, |exif| exif.directory().0.len());
                assert_eq!(fields, if format == Format::TIFF { 3 } else { 0 }, "{name} as {format}");
                assert_eq!((xmp, iptc, resolution), (None, None, None), "{name} as {format}");
                assert!(
                    ["Ann", "river", "Exif"].iter().all(|text| !holds(&bytes, text)),
                    "{name} as {format}"
                );
                assert_eq!(read.source().profile.is_some(), original.source().profile.is_some());
                assert_eq!(original.losses(format, &options(Strip::All)), []);
            }
        }
    }
}

#[test]
fn edits_are_told_and_equal_ones_give_equal_bytes() {
    let edit =
        |seconds| Edit { method: "look".into(), parameters: "strength 0.5 & \"more\"".into(), seconds };
    let options = |seconds| SaveOptions { edit: Some(edit(seconds)), ..SaveOptions::default() };
    let software = edit(None).software();
    for (name, bytes) in RICH {
        let original = photo(bytes).expect("decodes");
        for format in holding_metadata() {
            let bytes = encoded(&original, format, &options(None));
            assert_eq!(
                bytes,
                encoded(
                    &photo(RICH.iter().find(|rich| rich.0 == name).expect("it").1).expect("decodes"),
                    format,
                    &options(None)
                )
            );
            let parsed =
                Reader::new().read_from_container(&mut std::io::Cursor::new(&bytes)).expect("EXIF data");
            let field =
                |tag| parsed.get_field(tag, In::PRIMARY).expect("a field").display_value().to_string();
            assert_eq!(field(Tag::Software), format!("\"{software}\""));
            assert_eq!(field(Tag::DateTime), "2024-05-06 07:08:09");
            let packet = written(&photo(&bytes).expect("decodes")).xmp.expect("a packet");
            assert_eq!(
                packet.matches("<stEvt:action>").count() + packet.matches("stEvt:action=").count(),
                2,
                "{packet}"
            );
            assert!(packet.contains(&format!("<stEvt:softwareAgent>{software}</stEvt:softwareAgent>")));
            assert!(packet.contains("strength 0.5 &amp; &quot;more&quot;") && !packet.contains("stEvt:when"));
            let dated = encoded(&original, format, &options(Some(951_782_400)));
            assert!(
                holds(&dated, "2000:02:29 00:00:00") && holds(&dated, "<stEvt:when>2000-02-29T00:00:00Z")
            );
        }
    }
    // What had no metadata is told of as well; a packet is not made.
    let plain = photo(&file(noise(9, 5, 3, false, 1), Format::PNG, None, None)).expect("decodes");
    let bytes = encoded(&plain, Format::PNG, &options(None));
    assert!(holds(&bytes, &software) && !holds(&bytes, "xmpmeta"));
}

#[test]
fn resolutions_come_through_where_containers_have_them() {
    let jfif = {
        let mut bytes = file(noise(9, 5, 3, false, 1), Format::JPEG, None, None);
        bytes[13..18].copy_from_slice(&[1, 1, 44, 1, 44]);
        photo(&bytes).expect("decodes")
    };
    for format in [Format::JPEG, Format::PNG, Format::TIFF] {
        let again = photo(&encoded(&jfif, format, &SaveOptions::default())).expect("decodes");
        let resolution = again.source().metadata.resolution.expect("it is kept");
        assert_eq!(resolution.jfif(), Some((1, 300, 300)), "{format}");
    }
}
