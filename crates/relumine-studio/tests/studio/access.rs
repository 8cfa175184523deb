//! Who may come in.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use relumine::io::Limits;

use crate::support::Tried;

const COOKIES: &str = "theme=dark; relumine=";

async fn status(tried: &Tried, path: &str, headers: &[(&str, &str)]) -> StatusCode {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    tried.send(request.body(Body::empty()).unwrap()).await.status()
}

#[tokio::test]
async fn a_token_becomes_a_cookie_and_nobody_else_comes_in() {
    let folder = tempfile::tempdir().unwrap();
    let tried = Tried::open(&folder.path().join("session"), Limits::default());
    let session = "/api/v1/session";
    let local = ("host", "localhost:7878");
    for path in ["/", "/main.js", session, "/api/v1/nothing", "/?token=", "/?token=0000", "/main.js?token=x"]
    {
        assert_eq!(status(&tried, path, &[local]).await, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(
        status(&tried, session, &[local, ("authorization", "Bearer 0")]).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(status(&tried, session, &[local, ("cookie", "relumine=0")]).await, StatusCode::UNAUTHORIZED);

    let welcome = Request::builder().uri(format!("/?token={}", tried.token)).header("host", "127.0.0.1:7878");
    let welcome = tried.send(welcome.body(Body::empty()).unwrap()).await;
    assert_eq!(welcome.status(), StatusCode::SEE_OTHER);
    assert_eq!(welcome.headers()["location"], "/");
    let cookie = welcome.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let value = cookie.split(['=', ';']).nth(1).unwrap();
    assert_ne!(value, tried.token, "whoever sees the address later has no cookie, nor the other way round");
    let cookie = format!("{COOKIES}{value}");
    let mine = ("cookie", cookie.as_str());

    assert_eq!(status(&tried, session, &[local, mine]).await, StatusCode::OK);
    for host in ["evil.example", "localhost.evil.example", "evil.example:7878", "localhost:7878@evil.example"]
    {
        assert_eq!(
            status(&tried, session, &[("host", host), mine]).await,
            StatusCode::MISDIRECTED_REQUEST,
            "{host}"
        );
    }
    assert_eq!(status(&tried, session, &[mine]).await, StatusCode::MISDIRECTED_REQUEST, "no host");
    for origin in ["http://evil.example", "null", "http://localhost:7879", "https://localhost"] {
        assert_eq!(
            status(&tried, session, &[local, mine, ("origin", origin)]).await,
            StatusCode::FORBIDDEN,
            "{origin}"
        );
    }
    assert_eq!(
        status(&tried, session, &[local, mine, ("origin", "http://localhost:7878")]).await,
        StatusCode::OK
    );
    assert_eq!(
        status(&tried, session, &[local, mine, ("sec-fetch-site", "cross-site")]).await,
        StatusCode::FORBIDDEN
    );
    for host in ["127.0.0.1:1", "[::1]:7878", "LOCALHOST:7"] {
        assert_eq!(status(&tried, session, &[("host", host), mine]).await, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn browsers_keep_it_to_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let tried = Tried::open(&folder.path().join("session"), Limits::default());
    let request = Request::builder().uri("/").header("host", "localhost").body(Body::empty()).unwrap();
    let response = tried.send(request).await;
    let headers = response.headers();
    assert!(!headers["content-security-policy"].to_str().unwrap().contains("unsafe"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(headers[name], value);
    }
    assert!(headers.get("access-control-allow-origin").is_none());
}
