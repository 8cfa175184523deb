//! Pairs are what the protocol says, and follow from their number alone.

use super::*;

fn scene() -> Photo {
    let value = |i: usize| 0.5 + 0.4 * ((i % 120) as f32 * 0.11).sin() * ((i / 120) as f32 * 0.07).cos();
    Photo::from_planes(Planes::from_vec(3, 90, 120, (0..3 * 90 * 120).map(value).collect()))
}

#[test]
fn a_pair_follows_from_its_number() {
    let colours = |number| SelfReference::new(&scene(), number).unwrap().content(Kind::Film);
    assert_eq!(colours(3).colours(), colours(3).colours());
    assert_ne!(colours(3).colours(), colours(4).colours());
}

#[test]
fn every_kind_but_one_is_another_picture_than_the_truth() {
    let pair = SelfReference::new(&scene(), 1).unwrap();
    for kind in Kind::ALL {
        let content = pair.content(kind);
        assert_eq!((content.height(), content.width()), (SIDE, SIDE));
        let score = Score::of(&content, &pair.truth());
        assert_eq!(score.distance == 0.0, kind == Kind::Identity, "{}: {score:?}", kind.name());
        assert!(kind == Kind::Identity || (8.0..40.0).contains(&score.psnr), "{}: {score:?}", kind.name());
    }
    assert_eq!(pair.reference(Kind::Identity).colours(), pair.truth().colours());
    assert_eq!(pair.reference(Kind::Global).colours(), pair.reference(Kind::Film).colours());
    assert_ne!(pair.reference(Kind::Global).colours(), pair.truth().colours());
}

#[test]
fn a_photo_too_small_for_two_crops_has_none() {
    assert!(SelfReference::new(&Photo::from_planes(Planes::zeros(3, 8, 300)), 1).is_none());
}
