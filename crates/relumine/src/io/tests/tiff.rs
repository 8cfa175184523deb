use ::tiff::encoder::TiffEncoder;
use ::tiff::encoder::colortype::Gray8;
use ::tiff::tags::Tag;

use super::*;

/// A TIFF file of grey pages of 2×2 pixels, each with its NewSubfileType, and a profile tag in the first.
fn pages(kinds: &[u32], profile: impl ::tiff::encoder::TiffValue) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut file = TiffEncoder::new(&mut bytes).expect("a file");
    for (page, kind) in kinds.iter().enumerate() {
        let mut image = file.new_image::<Gray8>(2, 2).expect("a page");
        image.encoder().write_tag(Tag::NewSubfileType, *kind).expect("a tag");
        if page == 0 && profile.count() > 0 {
            image.encoder().write_tag(Tag::IccProfile, &profile).expect("a tag");
        }
        image.write_data(&[page as u8; 4]).expect("pixels");
    }
    bytes.into_inner()
}

const NO_PROFILE: &[u8] = &[];

#[test]
fn other_pages_are_told_of_and_left_out() {
    for (kinds, others) in [(&[0, 2, 0][..], 2), (&[0, 1, 4, 2], 1), (&[0, 1], 0), (&[2], 0)] {
        let photo = photo(&pages(kinds, NO_PROFILE)).expect("decodes");
        assert_eq!(photo.colours().data(), [0.0; 12], "the first page is used");
        match others {
            0 => assert_eq!(photo.notices(), []),
            pages => assert_eq!(photo.notices(), [Notice::OtherPagesLeftOut { pages }]),
        }
    }
}

#[test]
fn a_chain_of_pages_that_bites_its_tail_has_an_end() {
    let mut bytes = pages(&[0, 0], NO_PROFILE);
    let u32_at =
        |bytes: &[u8], at: usize| u32::from_ne_bytes(*bytes[at..].first_chunk().expect("four bytes"));
    let u16_at = |bytes: &[u8], at: usize| u16::from_ne_bytes(*bytes[at..].first_chunk().expect("two bytes"));
    let first = u32_at(&bytes, 4);
    let link = |bytes: &[u8], at: u32| at as usize + 2 + 12 * usize::from(u16_at(bytes, at as usize));
    let second = u32_at(&bytes, link(&bytes, first));
    let last = link(&bytes, second);
    bytes[last..last + 4].copy_from_slice(&first.to_ne_bytes());
    let photo = photo(&bytes).expect("decodes");
    assert!(matches!(photo.notices(), [Notice::OtherPagesLeftOut { .. }, ..]), "{:?}", photo.notices());
}

#[test]
fn a_profile_that_cannot_be_read_is_told_of() {
    let numbers: &[u16] = &[300, 400, 500];
    let mut astray = pages(&[0], &[7u8; 600][..]);
    let tag = Tag::IccProfile.to_u16().to_ne_bytes();
    let entry = astray.windows(2).rposition(|pair| pair == tag).expect("the tag");
    astray[entry + 8..entry + 12].fill(0x7F);
    for bytes in [pages(&[0], numbers), astray] {
        let photo = photo(&bytes).expect("decodes");
        assert!(matches!(photo.notices(), [.., Notice::ProfileIgnored { .. }]), "{:?}", photo.notices());
    }
}
