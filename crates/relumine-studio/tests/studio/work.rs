//! What is solved, shown and exported.

use std::path::Path;

use axum::http::{Method, StatusCode};
use relumine::io::{Edit, Format, Limits, Photo, SaveOptions};
use relumine::watch::Watch;
use relumine::{Device, Engine, SavedLook, TransferOptions};
use serde_json::{Value, json};

use crate::support::{Tried, options, photo};

#[tokio::test]
async fn a_photo_takes_a_look_and_is_exported_as_the_library_makes_it() {
    let folder = tempfile::tempdir().unwrap();
    let tried = Tried::open(&folder.path().join("session"), Limits::default());
    let (ours, theirs) =
        (tried.bring("sea.png", photo(0.0)).await, tried.bring("dusk.png", photo(0.3)).await);
    let solve = tried.solve(&ours, &theirs).await;
    let told = tried.json(&format!("/solves/{solve}")).await;
    assert_eq!(told["method"], "transport");

    let made = tried
        .export(json!({ "kind": "photo", "solve": solve, "apply": { "strength": 0.6 }, "format": "png" }))
        .await;
    let engine = Engine::new(Device::Cpu, Some(1)).unwrap();
    let decoded = |bytes: &[u8]| Photo::decode(bytes, Path::new("a"), &Limits::default()).unwrap();
    let mut wanted: TransferOptions = serde_json::from_value(options()).unwrap();
    wanted.apply.strength = 0.6;
    let transfer = engine
        .transfer(&decoded(&photo(0.0)), &decoded(&photo(0.3)), None, &wanted, &mut Watch::silent())
        .unwrap();
    let saving = SaveOptions { edit: Some(Edit::of(&wanted, None)), ..SaveOptions::default() };
    assert!(made == transfer.photo.encode(Format::PNG, &saving).unwrap(), "byte for byte");

    let apply = "%7B%22strength%22%3A0.6%7D";
    let shown = tried.get(&format!("/solves/{solve}/picture?long=1600&apply={apply}")).await;
    let level = |v: &f32| (v * 255.0).round();
    let levels = |photo: &Photo| photo.colours().data().iter().map(level).collect::<Vec<_>>();
    assert_eq!(levels(&decoded(&shown)), levels(&decoded(&made)), "a small photo is shown as it is exported");

    let layers = tried.get(&format!("/solves/{solve}/layers?long=1600")).await;
    let tensors = safetensors::SafeTensors::deserialize(&layers).unwrap();
    assert_eq!(tensors.tensor("grid").unwrap().shape().len(), 4);
    assert_eq!(tensors.tensor("shares").unwrap().shape(), [1, 48, 64]);
    let regions = tried.get(&format!("/solves/{solve}/regions")).await;
    let tensors = safetensors::SafeTensors::deserialize(&regions).unwrap();
    assert!(tensors.tensor("content").unwrap().data().iter().all(|label| *label == 0));

    let cube = tried.export(json!({ "kind": "table", "solve": solve, "format": "cube" })).await;
    assert!(cube.starts_with(b"TITLE") || String::from_utf8(cube).unwrap().contains("LUT_3D_SIZE 33"));
    let report: Value =
        serde_json::from_slice(&tried.export(json!({ "kind": "report", "solve": solve })).await).unwrap();
    assert_eq!(report["method"], "transport");
    let archive = tried
        .export(json!({ "kind": "photos", "solve": solve, "photos": [ours, theirs], "format": "jpeg", "apply": { "regions": { "0": 0.5 } } }))
        .await;
    assert!(archive.starts_with(b"PK"));
}

#[tokio::test]
async fn a_look_goes_out_and_comes_back_to_the_shelf() {
    let folder = tempfile::tempdir().unwrap();
    let tried = Tried::open(&folder.path().join("session"), Limits::default());
    let (ours, theirs) =
        (tried.bring("sea.png", photo(0.0)).await, tried.bring("dusk.png", photo(0.3)).await);
    let solve = tried.solve(&ours, &theirs).await;
    let look = tried.export(json!({ "kind": "look", "solve": solve, "pictures": false })).await;
    assert!(SavedLook::decode(&look).unwrap().references().is_empty());
    let (status, told) = tried.ask(Method::POST, "/looks?name=dusk.look", look).await;
    assert_eq!(status, StatusCode::CREATED);
    let kept: Value = serde_json::from_slice(&told).unwrap();
    let kept = kept["id"].as_str().unwrap();
    assert!(tried.get(&format!("/looks/{kept}/thumbnail?photo={ours}")).await.starts_with(&[0xff, 0xd8]));
    assert!(tried.get(&format!("/graded?photo={ours}&reference={theirs}")).await.starts_with(&[0xff, 0xd8]));
    let (_, told) =
        tried.post("/solves", json!({ "photo": theirs, "look": kept, "options": { "version": 1 } })).await;
    let id = told["solve"].as_str().unwrap();
    let solved: Value = serde_json::from_slice(&tried.wait(&format!("/solves/{id}")).await).unwrap();
    assert_eq!((&solved["look"], &solved["reference"]), (&json!(kept), &Value::Null));
    let made = tried.export(json!({ "kind": "photo", "solve": id, "format": "webp" })).await;
    assert!(made.starts_with(b"RIFF"));
    assert_eq!(tried.ask(Method::DELETE, &format!("/looks/{kept}"), "").await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn masks_that_are_painted_are_the_programs_own() {
    let folder = tempfile::tempdir().unwrap();
    let tried = Tried::open(&folder.path().join("session"), Limits::default());
    let (ours, theirs) =
        (tried.bring("sea.png", photo(0.0)).await, tried.bring("dusk.png", photo(0.3)).await);
    let halves: Vec<u8> = (0..64 * 48).map(|p| u8::from(p % 64 < 32)).collect();
    let (status, told) = tried.ask(Method::POST, "/masks?width=64&height=48", halves.clone()).await;
    assert_eq!(status, StatusCode::CREATED);
    let mask = serde_json::from_slice::<Value>(&told).unwrap()["mask"].clone();
    let file = tried.get(&format!("/masks/{}.png", mask.as_str().unwrap())).await;
    let read = relumine::mask::Mask::decode(&file, Path::new("mask"), &Limits::default()).unwrap();
    assert_eq!(read.palette().len(), 2);
    let wanted = json!({ "photo": ours, "reference": theirs, "options": options(), "masks": { "content": mask, "reference": mask } });
    let (_, told) = tried.post("/solves", wanted).await;
    let id = told["solve"].as_str().unwrap();
    let solved: Value = serde_json::from_slice(&tried.wait(&format!("/solves/{id}")).await).unwrap();
    assert_eq!(solved["regions"].as_array().unwrap().len(), 2);
    for (query, body) in
        [("width=64&height=48", vec![0; 7]), ("width=0&height=0", vec![]), ("width=2&height=1", vec![0, 200])]
    {
        let (status, _) = tried.ask(Method::POST, &format!("/masks?{query}"), body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn what_cannot_be_is_said_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let tried = Tried::open(&folder.path().join("session"), Limits::default());
    let (ours, theirs) =
        (tried.bring("sea.png", photo(0.0)).await, tried.bring("dusk.png", photo(0.3)).await);
    let file = json!({ "version": 1, "method": { "name": "look", "network": { "file": "/etc/passwd" } } });
    for (wanted, mention) in [
        (json!({ "photo": "0000", "reference": theirs, "options": options() }), "no such picture"),
        (json!({ "photo": ours, "reference": theirs, "options": file }), "command line"),
        (
            json!({ "photo": ours, "reference": theirs, "options": { "version": 1, "apply": { "strength": 3 } } }),
            "strength",
        ),
        (json!({ "photo": ours, "reference": theirs, "options": { "version": 1, "wombat": 1 } }), "wombat"),
        (json!({ "photo": ours, "options": options() }), "reference or from a kept look"),
    ] {
        let (status, bytes) = tried.ask(Method::POST, "/solves", wanted.to_string()).await;
        let text = String::from_utf8(bytes).unwrap();
        assert!(status.is_client_error() && text.contains(mention), "{status} {text}");
    }
    let solve = tried.solve(&ours, &theirs).await;
    for (wanted, mention) in [
        (json!({ "kind": "photo", "solve": solve, "format": "bmp" }), "bmp"),
        (json!({ "kind": "photo", "solve": solve, "format": "jpeg", "quality": 0 }), "quality"),
        (json!({ "kind": "photos", "solve": solve, "format": "png" }), "none to export"),
        (json!({ "kind": "photo", "solve": "0", "format": "png" }), "solved"),
        (json!({ "kind": "poem", "solve": solve }), "poem"),
    ] {
        let (status, bytes) = tried.ask(Method::POST, "/exports", wanted.to_string()).await;
        let text = String::from_utf8(bytes).unwrap();
        assert!(status.is_client_error() && text.contains(mention), "{status} {text}");
    }
}

#[tokio::test]
async fn what_was_open_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session");
    let (token, id) = {
        let tried = Tried::open(&session, Limits::default());
        let id = tried.bring("sea.png", photo(0.0)).await;
        let (status, told) = tried.ask(Method::PUT, "/session/state", r#"{"open": "sea"}"#).await;
        assert_eq!((status, String::from_utf8(told).unwrap().as_str()), (StatusCode::OK, r#"{"version":1}"#));
        let (status, told) = tried.ask(Method::PUT, "/session/state", r#"{"open": "other"}"#).await;
        let told: Value = serde_json::from_slice(&told).unwrap();
        assert_eq!((status, &told["version"]), (StatusCode::CONFLICT, &json!(1)), "another tab was faster");
        assert_eq!(tried.ask(Method::PUT, "/session/state", "{").await.0, StatusCode::BAD_REQUEST);
        tried.studio.end().unwrap();
        (tried.token.clone(), id)
    };
    let tried = Tried::open(&session, Limits::default());
    assert_eq!(tried.token, token, "an open page goes on");
    let told = tried.json("/session").await;
    assert_eq!((&told["state"]["open"], &told["pictures"][0]["id"]), (&json!("sea"), &json!(id)));
    tried.get(&format!("/pictures/{id}/thumbnail")).await;
    assert_eq!(tried.ask(Method::DELETE, "/session", "").await.0, StatusCode::NO_CONTENT);
    let told = tried.json("/session").await;
    assert_eq!((&told["state"], told["pictures"].as_array().unwrap().len()), (&Value::Null, 0));
    assert_eq!(std::fs::read_dir(session.join("pictures")).unwrap().count(), 0);
}
