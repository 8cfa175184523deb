use super::*;
use crate::Error;
use crate::watch::{CancelToken, Stage, Watch};

#[test]
fn reading_and_writing_are_stages_and_can_be_cancelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let [path, other] = ["a.png", "b.png"].map(|name| folder.path().join(name));
    let token = CancelToken::new();
    let mut watch = Watch::with_token(token.clone());
    let options = SaveOptions { quality: 80, ..SaveOptions::default() };
    Photo::from_planes(Planes::filled(3, 4, 5, 0.5))
        .save_watched(&path, &options, &mut watch)
        .expect("saves");
    let photo = Photo::open_watched(&path, &Limits::default(), &mut watch).expect("opens");
    let stages: Vec<Stage> = watch.seconds().iter().map(|timed| timed.stage).collect();
    assert_eq!(stages, [Stage::Encode, Stage::Decode]);

    token.cancel();
    let opened = Photo::open_watched(&path, &Limits::default(), &mut watch);
    assert!(matches!(opened, Err(Error::Cancelled)));
    assert!(matches!(photo.encode_watched(Format::PNG, &options, &mut watch), Err(Error::Cancelled)));
    assert!(matches!(photo.save_watched(&other, &options, &mut watch), Err(Error::Cancelled)));
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 1, "nothing is left behind");
}

#[test]
fn quality_is_checked_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.jpg");
    let photo = Photo::from_planes(Planes::filled(3, 4, 5, 0.5));
    let result = photo.save(&path, &SaveOptions { quality: 0, ..SaveOptions::default() });
    assert!(matches!(result, Err(Error::Options(crate::OptionsError::OutOfRange { field: "quality", .. }))));
    assert!(!path.exists());
    let bytes = |quality| {
        photo.encode(Format::JPEG, &SaveOptions { quality, ..SaveOptions::default() }).expect("encodes").len()
    };
    assert!(bytes(100) > 0 && bytes(1) > 0);
}
