//! Damaged metadata of every kind: each parser by itself, and what it makes of them written again. The fuzz targets go on from here.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::carried::{CAMERA, EXTENDED, RAW_PROFILES, RICH, ULTRA_HDR};
use super::*;
use crate::io::metadata::edited::Edited;
use crate::io::metadata::exif::Exif;
use crate::io::metadata::iptc::Iptc;
use crate::io::metadata::xmp::{self, Xmp};
use crate::io::metadata::{Metadata, raw_profile};

const CASES: usize = 2000;

/// Bits turned, bytes overwritten, put in and cut off, where `reach` bytes hold the structure.
fn damaged(whole: &[u8], reach: usize, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..rng.random_range(1..6) {
        let reach = if rng.random() { bytes.len().min(reach) } else { bytes.len() };
        let at = rng.random_range(0..reach.max(1));
        match rng.random_range(0..5) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = rng.random(),
            // Lengths, offsets.
            2 => bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0xFF),
            3 => drop(bytes.splice(at..at, [rng.next_u32() as u8; 3])),
            _ if at > 0 => bytes.truncate(at),
            _ => {}
        }
    }
    bytes
}

fn metadata(bytes: &[u8]) -> Metadata {
    photo(bytes).expect("decodes").source().metadata.clone()
}

#[test]
fn damaged_exif_data_cause_no_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut read = 0;
    for bytes in RICH.map(|(_, bytes)| bytes).into_iter().chain([CAMERA]) {
        let whole = metadata(bytes).exif.expect("EXIF data").bytes();
        for _ in 0..CASES {
            if let Ok(found) = Exif::read(&damaged(&whole, 300, &mut rng)) {
                read += 1;
                let edited = found.exif.edited(&Edited::nothing());
                let again = Exif::read(&edited.bytes()).expect("what is written can be read");
                assert_eq!((again.damaged, again.exif), (0, edited));
            }
        }
    }
    assert!(read > CASES, "some damage leaves something: {read}");
}

#[test]
fn damaged_packets_cause_no_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut read = 0;
    for bytes in [RICH[0].1, ULTRA_HDR] {
        let whole = metadata(bytes).xmp.expect("a packet").edited(&Edited::nothing());
        for _ in 0..CASES {
            let packet = damaged(whole.as_bytes(), whole.len(), &mut rng);
            let _ = str::from_utf8(&packet).map(|packet| xmp::joined(&whole, packet));
            if let Ok(packet) = Xmp::read(&packet) {
                read += 1;
                let edited = packet.edited(&Edited { size: Some((3, 2)), without_gps: true, edit: None });
                Xmp::read(edited.as_bytes()).expect("what is written can be read");
                let _ = packet.orientation();
                for most in [0, edited.len() / 2] {
                    let split = xmp::Split::of(&edited, most);
                    let joined =
                        xmp::joined(&split.standard, &split.extended).expect("what is split can be joined");
                    Xmp::read(joined.as_bytes()).expect("and read");
                }
            }
        }
    }
    assert!(read > CASES / 40, "some damage leaves something: {read}");
}

#[test]
fn damaged_iptc_data_and_texts_cause_no_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut read = 0;
    let iptc = metadata(RICH[0].1).iptc.expect("IPTC data");
    let resources = iptc.resources().expect("fits");
    let text = raw_profile::written("iptc", &resources);
    for _ in 0..CASES {
        for whole in [iptc.bytes(), &resources] {
            if let Some(Ok(iptc)) = Iptc::found(&damaged(whole, 40, &mut rng)) {
                read += 1;
                let resources = iptc.resources().expect("fits");
                assert_eq!(Iptc::found(&resources), Some(Ok(iptc)));
            }
        }
        let _ = raw_profile::read(&damaged(&text, 20, &mut rng));
    }
    assert!(read > CASES / 10, "some damage leaves something: {read}");
}

#[test]
fn damaged_containers_cause_no_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let limits = Limits { max_pixels: 1 << 16, max_bytes: 1 << 24 };
    let mut read = 0;
    for bytes in RICH.map(|(_, bytes)| bytes).into_iter().chain([CAMERA, EXTENDED, RAW_PROFILES, ULTRA_HDR]) {
        for _ in 0..CASES / 8 {
            let bytes = damaged(bytes, 600, &mut rng);
            if let Ok(photo) = Photo::decode(&bytes, Path::new("damaged"), &limits) {
                read += 1;
                for format in WRITTEN.iter().copied() {
                    photo.losses(format, &SaveOptions::default());
                    let bytes =
                        photo.encode(format, &SaveOptions::default()).expect("what decodes can be written");
                    super::photo(&bytes).expect("what is written can be read");
                }
            }
        }
    }
    assert!(read > CASES / 10, "some damage leaves a photo: {read}");
}
