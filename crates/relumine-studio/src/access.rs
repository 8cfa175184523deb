//! Who may come in: the browser that was given the opened address, and whoever holds its token.
//!
//! The address carries a token once; a cookie takes its place (`HttpOnly`, `SameSite=Strict`). Requests from pages of other sites are told by
//! `Host` (DNS rebinding), `Origin` and `Sec-Fetch-Site`, and refused whatever cookie they carry.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderValue, LOCATION,
    ORIGIN, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::{Failure, Studio};

const COOKIE_NAME: &str = "relumine";
/// Everything that a page needs comes from here; pictures may be made by the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; \
    font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Who may come in.
#[derive(Clone, Debug)]
pub struct Access {
    /// Of the address.
    token: String,
    /// Of the cookie.
    cookie: String,
    /// Names that this machine is called by, without ports.
    names: Vec<String>,
}

impl Access {
    /// By a secret that a session keeps: its token and its cookie are two things that cannot be told from one another.
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        let derived = |what: &str| {
            let digest = Sha256::new().chain_update(secret).chain_update(what).finalize();
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        let names = ["localhost", "127.0.0.1", "[::1]"].map(String::from).to_vec();
        Self { token: derived("token"), cookie: derived("cookie"), names }
    }

    /// What the opened address carries, and what scripts send as `Authorization: Bearer`.
    pub fn token(&self) -> &str {
        &self.token
    }

    fn knows_host(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|c| c.is_ascii_digit()));
        let name = name.map_or(host, |(name, _)| name).to_ascii_lowercase();
        self.names.contains(&name) || is_address_of_ours(&name)
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        let mut pairs =
            cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.split_once('='));
        pairs.any(|(name, value)| name.trim() == COOKIE_NAME && same(value.trim(), &self.cookie))
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(AUTHORIZATION).and_then(|given| given.to_str().ok());
        given.and_then(|given| given.strip_prefix("Bearer ")).is_some_and(|given| same(given, &self.token))
    }
}

/// A number instead of a name cannot be made to lead elsewhere; it is there where the studio was told to listen on it.
fn is_address_of_ours(name: &str) -> bool {
    name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>().is_ok()
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Whether a browser sends this for a page of another site.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("?"));
    let host = text(HOST).unwrap_or("?");
    let foreign_origin = text(ORIGIN).is_some_and(|origin| {
        origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) != Some(host)
    });
    let site = headers.get("sec-fetch-site").map(|site| site.to_str().unwrap_or("?"));
    foreign_origin || site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

/// Lets in who may, and has browsers keep all of it to themselves.
pub(crate) async fn guard(State(studio): State<Arc<Studio>>, request: Request, next: Next) -> Response {
    let access = studio.access();
    let accepted = request.headers().get(ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let for_people = accepted.is_some_and(|accepted| accepted.contains("text/html"));
    let mut response = match entry(access, &request) {
        Entry::In => next.run(request).await,
        Entry::Welcome => welcome(access),
        Entry::Refused(status, why) if for_people => (status, why).into_response(),
        Entry::Refused(status, why) => Failure::new(status, why).into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

enum Entry {
    In,
    /// With a token in the address, which a cookie is to take the place of.
    Welcome,
    Refused(StatusCode, &'static str),
}

fn entry(access: &Access, request: &Request) -> Entry {
    let headers = request.headers();
    if !access.knows_host(headers) {
        return Entry::Refused(StatusCode::MISDIRECTED_REQUEST, "this studio is not called by that name");
    }
    let query = request.uri().query().unwrap_or("");
    let token = query.split('&').find_map(|pair| pair.strip_prefix("token="));
    if request.uri().path() == "/" && token.is_some_and(|token| same(token, &access.token)) {
        return Entry::Welcome;
    }
    if is_foreign(headers) {
        return Entry::Refused(StatusCode::FORBIDDEN, "a page of another site asked for this");
    }
    if access.has_cookie(headers) || access.has_token(headers) {
        return Entry::In;
    }
    Entry::Refused(
        StatusCode::UNAUTHORIZED,
        "open the address that `relumine studio` printed: its token is missing here, or of another session",
    )
}

/// A cookie for the token, and the address without it.
fn welcome(access: &Access) -> Response {
    let cookie =
        format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=1209600", access.cookie);
    (StatusCode::SEE_OTHER, [(LOCATION, "/".to_owned()), (SET_COOKIE, cookie)]).into_response()
}
