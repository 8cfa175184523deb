//! The page: its files are inside the program.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::uri::Uri;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::Failure;

#[derive(RustEmbed)]
#[folder = "page"]
struct Files;

/// A file of the page.
pub(crate) async fn file(uri: Uri) -> Response {
    let name = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let Some(file) = Files::get(name) else {
        return Failure::new(StatusCode::NOT_FOUND, "there is nothing at this address").into_response();
    };
    ([(CONTENT_TYPE, kind(name))], file.data.into_owned()).into_response()
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "webmanifest" => "application/json",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_light_and_has_nothing_inline() {
        let bytes: usize =
            Files::iter().filter_map(|name| Files::get(&name)).map(|file| file.data.len()).sum();
        assert!(bytes <= 300_000, "{bytes} bytes");
        let index = Files::get("index.html").unwrap();
        let index = std::str::from_utf8(&index.data).unwrap();
        for inline in ["<style", " style=", " onclick=", "http://", "https://"] {
            assert!(!index.contains(inline), "{inline}");
        }
        for name in Files::iter() {
            assert_ne!(kind(&name), "application/octet-stream", "{name}");
        }
    }
}
