//! The web console and the public chat page, embedded in the binary.

use crate::http::problem::Failure;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use baton_base::Error;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Dist;

const NOT_BUILT: &str = "<!doctype html><html lang=en><title>Baton</title><body style='font:16px system-ui;margin:4rem auto;max-width:40rem'>\
<h1>The console is not built</h1><p>This program was compiled without it. With Node 20 or later:</p>\
<pre>cd ui &amp;&amp; npm ci &amp;&amp; npm run build</pre><p>then compile again, or run <code>cargo xtask demo</code>, which does both. \
The HTTP API works without the console: see <a href=/docs>/docs</a>.</p>";

/// Files of the console; any other address is the console itself, which routes by address.
pub async fn console(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") || path.starts_with("chat/v1/") {
        return Failure(Error::not_found(format!("/{path}"))).into_response();
    }
    match file(path) {
        Some(response) => response,
        None => file("index.html").unwrap_or_else(|| Html(NOT_BUILT).into_response()),
    }
}

/// The public chat page of a client.
pub async fn chat_page() -> Response {
    file("chat.html").unwrap_or_else(|| Html(NOT_BUILT).into_response())
}

/// The script that puts the chat on a page of the client's own.
pub async fn chat_script() -> Response {
    let mut response = file("embed.js").unwrap_or_else(|| StatusCode::NOT_FOUND.into_response());
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn file(path: &str) -> Option<Response> {
    let found = Dist::get(path)?;
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [(header::CONTENT_TYPE, kind.to_string()), (header::CACHE_CONTROL, cache.to_owned())];
    Some((headers, found.data.into_owned()).into_response())
}
