//! What comes in: bounded, and refused where it is no picture.

use std::fs;
use std::path::Path;

use axum::http::{Method, StatusCode};
use relumine::io::Limits;
use serde_json::Value;

use crate::support::{Tried, photo};

fn left(session: &Path) -> usize {
    let count = |folder: &Path| fs::read_dir(folder).unwrap().count();
    let parts = fs::read_dir(session)
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(".part-"));
    parts.count() + count(&session.join("pictures")) + count(&session.join("looks"))
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session");
    let limits = Limits { max_pixels: 4096, max_bytes: 100_000 };
    let tried = Tried::open(&session, limits);
    let mut cut = photo(0.0);
    cut.truncate(cut.len() / 2);
    let large = {
        // A header that says 30,000 × 30,000.
        let mut bytes = photo(0.0);
        bytes[16..24].copy_from_slice(&[0, 0, 117, 48, 0, 0, 117, 48]);
        bytes
    };
    for (what, bytes, expected) in [
        ("nothing", Vec::new(), StatusCode::BAD_REQUEST),
        ("text", b"hello".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("an archive", b"PK\x03\x04 and so on".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("half a photo", cut, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("too large by its header", large, StatusCode::PAYLOAD_TOO_LARGE),
        ("too many bytes", vec![7; 100_001], StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let (status, told) = tried.ask(Method::POST, "/pictures?name=a.jpg", bytes).await;
        let told: Value = serde_json::from_slice(&told).unwrap();
        assert_eq!(status, expected, "{what}: {told}");
        assert!(told["error"].as_str().unwrap().len() > 10, "{what}: {told}");
        assert_eq!(left(&session), 0, "{what}");
    }
    let (status, _) = tried.ask(Method::POST, "/looks?name=a.look", "PK and nothing").await;
    assert_eq!((status, left(&session)), (StatusCode::UNSUPPORTED_MEDIA_TYPE, 0));
}

#[tokio::test]
async fn names_are_for_people_and_pictures_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session");
    let tried = Tried::open(&session, Limits::default());
    let first = tried.bring("..%2F..%2Fetc%2Fpasswd.png", photo(0.0)).await;
    assert_eq!(tried.bring("again.png", photo(0.0)).await, first, "the same bytes are one picture");
    let told = tried.json("/session").await;
    assert_eq!(told["pictures"][0]["name"], "passwd.png");
    assert_eq!(told["pictures"].as_array().unwrap().len(), 1);
    for warmth in [0.1, 0.2, 0.3] {
        tried.bring("more.png", photo(warmth)).await;
    }
    let (status, told) = tried.ask(Method::POST, "/pictures?name=b.png", photo(0.4)).await;
    assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{}", String::from_utf8_lossy(&told));
    assert_eq!(left(&session), 4);
    for path in [
        "/pictures/..%2Fsecret/preview?long=100",
        "/pictures/secret/thumbnail",
        "/masks/..%2Fsecret",
        "/exports/..%2F..%2Fsecret/file",
    ] {
        assert_eq!(tried.ask(Method::GET, path, "").await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(tried.ask(Method::DELETE, &format!("/pictures/{first}"), "").await.0, StatusCode::NO_CONTENT);
    assert_eq!(left(&session), 3);
    let shown = fs::read_dir(session.join("cache")).unwrap().flatten();
    assert!(shown.map(|entry| entry.file_name()).all(|name| !name.to_string_lossy().starts_with(&first)));
}

#[tokio::test]
async fn parts_and_previews_are_the_photos_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let tried = Tried::open(&folder.path().join("session"), Limits::default());
    let id = tried.bring("a.png", photo(0.0)).await;
    let decoded =
        |bytes: &[u8]| relumine::io::Photo::decode(bytes, Path::new("a"), &Limits::default()).unwrap();
    let whole = decoded(&photo(0.0));
    let preview = decoded(&tried.get(&format!("/pictures/{id}/preview?long=1600")).await);
    assert_eq!(preview.colours(), whole.colours(), "a small photo is its own preview");
    let part = decoded(&tried.get(&format!("/pictures/{id}/tile?x=5&y=7&width=20&height=11")).await);
    for (row, column) in [(0, 0), (10, 19), (4, 3)] {
        let at = |planes: &relumine::Planes, y: usize, x: usize| {
            planes.rgb().map(|plane| plane[y * planes.width() + x])
        };
        assert_eq!(at(part.colours(), row, column), at(whole.colours(), row + 7, column + 5));
    }
    for query in [
        "x=60&y=0&width=10&height=10",
        "x=0&y=0&width=0&height=1",
        "x=18446744073709551615&y=0&width=2&height=1",
    ] {
        assert_eq!(
            tried.ask(Method::GET, &format!("/pictures/{id}/tile?{query}"), "").await.0,
            StatusCode::BAD_REQUEST
        );
    }
    for path in ["preview?long=1600", "tile?x=0&y=0&width=64&height=48"] {
        let wide = decoded(&tried.get(&format!("/pictures/{id}/{path}&space=display-p3")).await);
        assert_eq!(wide.describe().colour_space.as_deref(), Some("Display P3"));
        let near =
            wide.colours().data().iter().zip(whole.colours().data()).all(|(a, b)| (a - b).abs() < 0.004);
        assert!(near, "the colours are the same by other numbers");
        let (status, _) = tried.ask(Method::GET, &format!("/pictures/{id}/{path}&space=mine"), "").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
    for long in [0, 5000] {
        assert_eq!(
            tried.ask(Method::GET, &format!("/pictures/{id}/preview?long={long}"), "").await.0,
            StatusCode::BAD_REQUEST
        );
    }
}
