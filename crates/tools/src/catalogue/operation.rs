//! One HTTP operation as a call needs it: where each argument travels, and how it is written there.

use serde_json::Value;
use std::collections::BTreeMap;

/// Where a parameter travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

/// How a value is written (OpenAPI 3.1, style values; `Tab` is Swagger 2.0's `tsv`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `a,b` in paths and headers.
    Simple,
    /// `.a.b` in paths.
    Label,
    /// `;name=a,b` in paths.
    Matrix,
    /// `name=a&name=b` or `name=a,b`.
    Form,
    /// `name=a%20b`.
    Space,
    /// `name=a|b`.
    Pipe,
    /// `name=a%09b`.
    Tab,
    /// `name[key]=a`, at any depth; elements of lists by their number.
    Deep,
    /// As JSON text.
    Json,
}

/// One parameter of an operation.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name on the wire.
    pub name: String,
    /// The argument that fills it: its name, or `place_name` where two are called the same.
    pub arg: String,
    /// Where it travels.
    pub place: Place,
    /// How it is written.
    pub style: Style,
    /// Each element or member by itself.
    pub explode: bool,
    /// Characters such as `/` and `:` travel as they are.
    pub reserved: bool,
}

/// How the body is made from the arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyShape {
    /// There is none.
    None,
    /// An object of all arguments that are no parameters.
    Fields,
    /// This argument as it is.
    Whole(String),
}

/// How the body is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// JSON of this media type.
    Json(String),
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// Text of this media type; the argument is the text.
    Text(String),
    /// Bytes of this media type; the argument is a file.
    Binary(String),
}

/// How one field of a form is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its style; JSON text for what is neither plain nor a list of plain values, where the description does not say.
    pub style: Option<Style>,
    /// Each element or member by itself.
    pub explode: bool,
    /// Media type of its part of a multipart body.
    pub media: Option<String>,
    /// It is a file: `{filename, content_type, base64}` or `{filename, content_type, text}`.
    pub file: bool,
}

impl Default for Field {
    fn default() -> Self {
        Self { style: None, explode: true, media: None, file: false }
    }
}

/// One operation, ready to be called.
#[derive(Debug, Clone)]
pub struct Operation {
    /// HTTP method, upper case.
    pub method: String,
    /// Path with `{name}` for path parameters.
    pub path: String,
    /// From the description, if it says.
    pub summary: String,
    /// Parameters.
    pub params: Vec<Param>,
    /// How the body is made.
    pub body: BodyShape,
    /// How the body is written.
    pub media: Media,
    /// Fields of a form that are not written the usual way.
    pub fields: BTreeMap<String, Field>,
    /// Media types of good answers, for `Accept`.
    pub accept: String,
    /// A header of this name carries an idempotency key, by the description.
    pub takes_key: Option<String>,
    /// What the description left out or is read otherwise, in words.
    pub notes: Vec<String>,
    /// JSON Schema (2020-12, self-contained) of all arguments together.
    pub schema: Value,
}
