//! The second wall: whatever a request of one client reads and writes, the database shows it that client's rows and the
//! house's, and no others. It stands around every address with a client in it, and around lists that are asked for by
//! `?client=`. Who asks is found out before, and what spans clients is not within it: sign-in, members, SCIM, lists over all
//! clients of a caller, what names its client in the body (the stop switch, a new token), and the addresses of `OPEN`.

use axum::RequestExt as _;
use axum::body::{Body, HttpBody as _};
use axum::extract::{MatchedPath, Query, RawPathParams, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use baton_base::ClientId;
use baton_db::Wall;
use futures::StreamExt as _;
use futures::stream::poll_fn;

/// An address that names a client and needs the rows of others.
struct Open {
    method: Method,
    path: &'static str,
    why: &'static str,
}

/// All of them.
const OPEN: &[Open] = &[
    Open {
        method: Method::POST,
        path: "/api/v1/clients/{client}/members/{member}/presence",
        why: "whoever goes off gives back the work of every client they have some of",
    },
    Open {
        method: Method::GET,
        path: "/api/v1/stop-switch/preview",
        why: "a stop of everything counts the cases of every client, whichever is named beside it",
    },
];

/// Puts a request behind the wall of the client that it names.
pub async fn stand(mut request: Request, next: Next) -> Response {
    let Some(client) = client_of(&mut request).await else { return next.run(request).await };
    let wall = Wall::of(client);
    let response = wall.clone().around(next.run(request)).await;
    behind(wall, response)
}

async fn client_of(request: &mut Request) -> Option<ClientId> {
    let path = request.extensions().get::<MatchedPath>()?.as_str().to_owned();
    if let Some(open) = OPEN.iter().find(|open| open.path == path && open.method == request.method()) {
        tracing::trace!(%path, why = open.why, "not behind a wall");
        return None;
    }
    let named = if path.contains("{client}") {
        let params = request.extract_parts::<RawPathParams>().await.ok();
        let named = params.as_ref().and_then(|params| params.iter().find(|(name, _)| *name == "client"));
        Some(named.map(|(_, text)| text.to_owned()).unwrap_or_default())
    } else if request.method() == Method::GET && path.starts_with("/api/v1/") {
        asked_for(request)
    } else {
        None
    };
    // What is no id is no client; behind the wall of the house there is nothing of any.
    named.map(|text| text.parse().unwrap_or_else(|_| ClientId::house()))
}

/// The client of `?client=`.
fn asked_for(request: &Request) -> Option<String> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).ok()?;
    pairs.0.into_iter().find(|(name, _)| name == "client").map(|(_, text)| text)
}

/// An answer that is read as it comes is still of the request, whose handler has returned.
fn behind(wall: Wall, response: Response) -> Response {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        let mut body = body.into_data_stream();
        Body::from_stream(poll_fn(move |cx| wall.for_one_poll(|| body.poll_next_unpin(cx))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::any;

    #[test]
    fn what_is_open_is_an_address_that_is_served_and_says_why() {
        let served = crate::http::openapi();
        for open in OPEN {
            assert!(served.paths.paths.contains_key(open.path), "{} is not served", open.path);
            assert!(open.why.len() > 30, "{}", open.path);
        }
    }

    /// Whose wall a request meets: in the handler, and while its answer is read.
    async fn met(base: &str, method: Method, path: &str) -> String {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        http.request(method, format!("{base}{path}")).send().await.unwrap().text().await.unwrap()
    }

    fn here() -> String {
        Wall::here().client().map_or_else(|| "none".to_owned(), ToString::to_string)
    }

    async fn tells() -> Response {
        let first = here();
        let later = futures::stream::once(async move { Ok::<_, std::io::Error>(format!("{first} {}", here())) });
        Response::new(Body::from_stream(later))
    }

    #[tokio::test]
    async fn a_request_meets_the_wall_of_the_client_that_it_names() {
        let router = Router::new()
            .route("/api/v1/clients/{client}/cases", any(tells))
            .route("/api/v1/clients/{client}/members/{member}/presence", any(tells))
            .route("/api/v1/cases", any(tells))
            .route("/api/v1/stop-switch/preview", any(tells))
            .route("/scim/v2/Users", any(tells))
            .route("/mcp/{client}", any(tells))
            .fallback(tells)
            .layer(axum::middleware::from_fn(stand));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        for (method, path, expect) in [
            (Method::GET, "/api/v1/clients/acme/cases", "acme acme"),
            (Method::POST, "/api/v1/clients/acme/cases?client=globex", "acme acme"),
            (Method::GET, "/api/v1/clients/no%20id/cases", "house house"),
            (Method::GET, "/api/v1/cases?limit=5&client=acme", "acme acme"),
            (Method::GET, "/api/v1/cases?client=", "house house"),
            (Method::GET, "/api/v1/cases", "none none"),
            (Method::POST, "/api/v1/cases?client=acme", "none none"),
            (Method::POST, "/mcp/acme", "acme acme"),
            (Method::GET, "/api/v1/clients/acme/members/mem_1/presence", "acme acme"),
            (Method::POST, "/api/v1/clients/acme/members/mem_1/presence", "none none"),
            (Method::GET, "/api/v1/stop-switch/preview?client=acme&scope=all", "none none"),
            (Method::GET, "/scim/v2/Users?client=acme", "none none"),
            (Method::GET, "/nowhere/acme?client=acme", "none none"),
        ] {
            assert_eq!(met(&base, method.clone(), path).await, expect, "{method} {path}");
        }
    }
}
