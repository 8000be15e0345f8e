//! The language's own calls, as functions of processes: `http`, `openapi`, `mcp` and `a2a`.
//!
//! Each goes the way of the door in small: the release's egress list and the stop switch judge it, `govern` makes a
//! permit, what may change something is written down before it is sent, and every exchange after. A call whose outcome
//! was lost is sent again only where that cannot do harm; otherwise a person finds out. Secrets are named in the
//! process and read when the call leaves; no journal, trace, effect or error holds one.
//!
//! The answers are shaped as the specification of the language says, errors as problem documents of its types.

mod a2a;
mod address;
mod answer;
mod auth;
mod digest;
mod document;
mod exchange;
mod going;
mod http;
mod mcp;
mod oauth;
mod openapi;
mod place;
mod post;
mod rpc;
mod secrets;
mod sender;

pub(crate) use address::{NoMetadata, Outside, is_metadata, is_metadata_url, is_outside};
pub(crate) use exchange::Exchange;
pub use post::Posted;
pub(crate) use rpc::{Point, take_whole};
pub use secrets::{InVault, Secrets};
pub(crate) use sender::{Sender, Sent};

use baton_base::{Error, Result, Versions};
use baton_db::{Db, Tx};
use baton_engine::{ErrorDoc, ErrorKind, FunctionCall};
use baton_govern::Egress;
use baton_runs::{CallCx, Finish, Function, Outcome, Processes};
use document::Documents;
use futures::future::BoxFuture;
use going::Going;
use oauth::Tokens;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Limits of these calls.
pub mod limits {
    /// Largest answer taken in, bytes.
    pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;
    /// Largest OpenAPI description read, bytes.
    pub const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;
    /// How long an OpenAPI description is kept in memory, milliseconds.
    pub const DOCUMENT_KEPT_MS: i64 = 5 * 60 * 1000;
    /// OpenAPI descriptions kept in memory, count.
    pub const DOCUMENTS_MAX: usize = 32;
    /// Time to reach a server, milliseconds.
    pub const CONNECT_MS_MAX: u64 = 5_000;
    /// Time for one exchange, answer included, milliseconds.
    pub const EXCHANGE_MS_MAX: u64 = 60_000;
    /// Redirects followed in one call, count.
    pub const REDIRECTS_MAX: usize = 5;
    /// Longest address called, bytes.
    pub const URL_BYTES_MAX: usize = 8 * 1024;
    /// Longest text of a server's error that is kept, characters.
    pub const ERROR_CHARS_MAX: usize = 500;
    /// Tokens of authorization servers kept in memory, count.
    pub const TOKENS_MAX: usize = 1_000;
}

/// The messages of JSON-RPC in a body: of a stream of events as far as they are whole, or of one JSON text.
pub(crate) fn rpc_messages(body: &[u8], stream: bool) -> Vec<Value> {
    rpc::messages_of(body, stream)
}

/// The kinds of call that the language has of its own, as functions are named.
pub const KINDS: [&str; 4] = ["http", "openapi", "mcp", "a2a"];

/// What the calls need.
pub struct WireParts {
    /// The database.
    pub db: Db,
    /// Where each release's processes may call.
    pub egress: Arc<Versions<Egress>>,
    /// Processes of all loaded releases, for the secrets that they declare.
    pub processes: Arc<Versions<Processes>>,
    /// Where secrets are.
    pub secrets: Arc<dyn Secrets>,
}

pub(crate) struct Inner {
    parts: WireParts,
    sender: Sender,
    tokens: Tokens,
    documents: Documents,
}

/// The way out of the language's own calls. Cheap to clone.
#[derive(Clone)]
pub struct Wire {
    inner: Arc<Inner>,
}

impl Wire {
    /// A way out with its own connections.
    pub fn new(parts: WireParts) -> Result<Self> {
        let sender = Sender::new()?;
        let inner = Inner { parts, sender, tokens: Tokens::default(), documents: Documents::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// One function for each kind of call.
    pub fn functions(&self) -> [WireFunction; 4] {
        KINDS.map(|kind| WireFunction { kind, wire: self.clone() })
    }
}

/// One kind of call.
pub struct WireFunction {
    kind: &'static str,
    wire: Wire,
}

impl Function for WireFunction {
    fn name(&self) -> &'static str {
        self.kind
    }

    fn start(&self, _tx: &mut Tx, _cx: &CallCx, _args: &Value) -> Result<Outcome> {
        Ok(Outcome::Outside { memo: Value::Null })
    }

    fn perform(&self, cx: CallCx, args: Value, _memo: Value) -> BoxFuture<'static, Result<Finish>> {
        let inner = Arc::clone(&self.wire.inner);
        Box::pin(async move {
            let call = FunctionCall::deserialize(&args).map_err(Error::broken)?;
            let mut going = Going::begin(inner, cx)?;
            let told = make(&mut going, call).await;
            going.finish(told)
        })
    }
}

async fn make(going: &mut Going, call: FunctionCall) -> Told {
    match call {
        FunctionCall::Http(call) => http::call(going, &call).await,
        FunctionCall::OpenApi(call) => openapi::call(going, &call).await,
        FunctionCall::Mcp(call) => mcp::call(going, &call).await,
        FunctionCall::A2a(call) => a2a::call(going, &call).await,
        FunctionCall::Function { name, .. } => Err(Error::broken(format!("{name} is no call of the language")).into()),
    }
}

/// Why a call did not give a value.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The process may catch it.
    Told(Box<ErrorDoc>),
    /// Ours; the call is made again later.
    Ours(Error),
}

/// What a call gave.
pub(crate) type Told<T = Value> = std::result::Result<T, Fault>;

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<ErrorDoc> for Fault {
    fn from(doc: ErrorDoc) -> Self {
        Self::Told(Box::new(doc))
    }
}

impl Fault {
    pub(crate) fn of(kind: ErrorKind, detail: impl Into<String>) -> Self {
        ErrorDoc::standard(kind, detail).into()
    }

    /// The definition asks for what cannot be done.
    pub(crate) fn configuration(detail: impl Into<String>) -> Self {
        Self::of(ErrorKind::Configuration, detail)
    }

    /// The other side does not keep to what was agreed.
    pub(crate) fn garbled(detail: impl Into<String>) -> Self {
        ErrorDoc::standard(ErrorKind::Communication, detail).with_status(502).into()
    }
}
