//! Errors on the wire: RFC 9457 problem documents.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_base::{Error, Problem};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::marker::PhantomData;

/// Result of a handler.
pub type Answer<T> = Result<T, Failure>;

/// Any error of a room, on its way to the wire.
pub struct Failure(pub Error);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Error::Broken(cause) = &self.0 {
            tracing::error!(%cause, "internal error");
        }
        respond(self.0.problem())
    }
}

fn respond(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(problem)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// The address is there, and does not take that method: a matter of HTTP alone, which no room has an error for.
pub fn wrong_method() -> Response {
    respond(Problem {
        r#type: "urn:baton:problem:method-not-allowed".to_owned(),
        title: "This address does not take that method".to_owned(),
        status: StatusCode::METHOD_NOT_ALLOWED.as_u16(),
        detail: "the header Allow lists those that it takes; see also /openapi.json".to_owned(),
        place: None,
        policies: Vec::new(),
    })
}

/// A JSON body; what does not fit is a problem document that says where.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match Json::<Object<T>>::from_request(request, state).await {
            Ok(Json(Object(value))) => Ok(Self(value)),
            Err(rejection) => Err(Failure(body_error(&rejection))),
        }
    }
}

/// What is written as a JSON object; serde takes a list for a struct as well.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_map(Fields(PhantomData)).map(Object)
    }
}

fn body_error(rejection: &JsonRejection) -> Error {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let most = baton_base::limits::BODY_BYTES_MAX;
        return Error::Limit(format!("a request body has at most {most} bytes"));
    }
    Error::invalid_at("body", "The body does not fit", rejection.body_text())
}

/// A body of bytes, as it comes; one that is too large is a problem document.
pub struct Raw(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Failure(Error::Limit("the file is too large".to_owned())))
            }
            Err(rejection) => Err(Failure(Error::invalid_at("body", "The body cannot be read", rejection.body_text()))),
        }
    }
}

/// Query parameters; what does not fit is a problem document.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read: Result<axum::extract::Query<T>, QueryRejection> =
            axum::extract::Query::from_request_parts(parts, state).await;
        match read {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                Err(Failure(Error::invalid_at("query", "A query parameter does not fit", rejection.body_text())))
            }
        }
    }
}

/// Path parameters that are ids; one that cannot be an id names nothing.
pub struct Ids<T>(pub T);

/// Whether a path holds a coded control character: nothing is named so.
fn holds_control(path: &str) -> bool {
    let mut coded = path.split('%').skip(1).filter_map(|rest| u8::from_str_radix(rest.get(..2)?, 16).ok());
    coded.any(|byte| byte.is_ascii_control())
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Ids<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) if !holds_control(parts.uri.path()) => Ok(Self(value)),
            Ok(_) | Err(_) => Err(Failure(Error::not_found("what the address names"))),
        }
    }
}
