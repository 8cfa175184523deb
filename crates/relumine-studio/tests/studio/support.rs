//! A studio in a folder of its own, and requests to it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use relumine::io::{Format, Limits, Photo, SaveOptions};
use relumine::{Device, Engine, Planes};
use relumine_studio::{Folder, Settings, Studio, router};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Within which work of these tests is done on any machine that is worth waiting for.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) struct Tried {
    pub(crate) router: Router,
    pub(crate) token: String,
    pub(crate) studio: Arc<Studio>,
}

impl Tried {
    pub(crate) fn open(folder: &Path, limits: Limits) -> Self {
        let engine = Engine::new(Device::Cpu, Some(2)).unwrap();
        let settings = Settings { limits, most_pictures: 4, ..Settings::default() };
        let studio = Studio::open(engine, Folder::open(folder).unwrap(), settings).unwrap();
        Self { router: router(studio.clone()), token: studio.access().token().into(), studio }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// A request with the token, its status and its body.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, Vec<u8>) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("host", "localhost:7878")
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .header("if-match", "\"0\"");
        let response = self.send(request.body(body.into()).unwrap()).await;
        let status = response.status();
        (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    pub(crate) async fn get(&self, path: &str) -> Vec<u8> {
        let (status, bytes) = self.ask(Method::GET, path, "").await;
        assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&bytes));
        bytes
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path).await).unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let (status, bytes) = self.ask(Method::POST, path, body.to_string()).await;
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    /// Brings a picture in; its id.
    pub(crate) async fn bring(&self, name: &str, bytes: Vec<u8>) -> String {
        let (status, told) = self.ask(Method::POST, &format!("/pictures?name={name}"), bytes).await;
        assert_eq!(status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&told));
        serde_json::from_slice::<Value>(&told).unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Asks until an answer is there.
    pub(crate) async fn wait(&self, path: &str) -> Vec<u8> {
        let since = Instant::now();
        loop {
            let (status, bytes) = self.ask(Method::GET, path, "").await;
            if status == StatusCode::OK {
                return bytes;
            }
            assert!(since.elapsed() < PATIENCE, "{path}: {}", String::from_utf8_lossy(&bytes));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Has a look solved by a method that takes no time; its id.
    pub(crate) async fn solve(&self, photo: &str, reference: &str) -> String {
        let wanted = json!({ "photo": photo, "reference": reference, "options": options() });
        let (status, told) = self.post("/solves", wanted).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        let id = told["solve"].as_str().unwrap().to_owned();
        self.wait(&format!("/solves/{id}")).await;
        id
    }

    pub(crate) async fn export(&self, wanted: Value) -> Vec<u8> {
        let (status, told) = self.post("/exports", wanted).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        self.wait(&format!("/exports/{}/file", told["export"].as_str().unwrap())).await
    }
}

pub(crate) fn options() -> Value {
    json!({ "version": 1, "method": { "name": "transport" }, "pairing": { "masks": "none" } })
}

/// A photo of a gradient with a grain, as a PNG file.
pub(crate) fn photo(warmth: f32) -> Vec<u8> {
    let (height, width) = (48, 64);
    let value = |c: usize, p: usize| {
        let (x, y) = ((p % width) as f32 / width as f32, (p / width) as f32 / height as f32);
        let grain = ((p * 7919 + c * 104_729) % 31) as f32 / 310.0;
        (0.2 + 0.4 * x + 0.2 * y + grain + warmth * (0.5 - 0.5 * c as f32)).clamp(0.0, 1.0)
    };
    let data = (0..3).flat_map(|c| (0..height * width).map(move |p| value(c, p))).collect();
    let photo = Photo::from_planes(Planes::from_vec(3, height, width, data));
    photo.encode(Format::PNG, &SaveOptions::default()).unwrap()
}
