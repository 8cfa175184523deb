//! The API is what its description says.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use relumine::io::Limits;
use serde_json::Value;

use crate::support::Tried;

#[tokio::test]
async fn every_address_is_described_and_every_described_one_is_there() {
    let routes = include_str!("../../src/api.rs").split(".route(\"").skip(1);
    let routes: BTreeSet<&str> = routes.filter_map(|rest| rest.split('"').next()).collect();
    let folder = tempfile::tempdir().unwrap();
    let tried = Tried::open(&folder.path().join("session"), Limits::default());
    let described = tried.json("/openapi.json").await;
    let paths = described["paths"].as_object().unwrap();
    assert_eq!(paths.keys().map(String::as_str).collect::<BTreeSet<_>>(), routes);
    for (path, operations) in paths.iter().filter(|(path, _)| *path != "/events") {
        for method in ["get", "post", "put", "delete"] {
            let asked = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let (status, _) = tried.ask(asked, &path.replace("{id}", "0000"), "").await;
            let is_there = status != StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(is_there, operations.get(method).is_some(), "{method} {path}: {status}");
        }
    }
    let references = described.to_string();
    for name in references.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(described["components"]["schemas"][name] != Value::Null, "{name}");
    }
}
