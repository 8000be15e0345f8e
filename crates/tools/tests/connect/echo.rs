//! A server that keeps what arrives and answers as it is told, and a door to it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use baton_base::{
    AgentName, Bundle, CaseId, ClientId, Currency, IdSource, ManualClock, ReleaseId, SystemClock, Versions,
};
use baton_base::{Clock, Result};
use baton_db::{Db, Tx};
use baton_desk::{Desk, Intake};
use baton_govern::{Ctx, Env, Rulebook};
use baton_tools::{Call, Called, CaseFacts, Catalogue, Door, Parts};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// Path and query, undecoded.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// An answer to give: status, content type, body.
pub type Said = (u16, &'static str, Vec<u8>);

#[derive(Default)]
pub struct Inner {
    pub seen: Vec<Seen>,
    pub says: VecDeque<Said>,
}

#[derive(Clone, Default)]
pub struct Echo {
    pub address: String,
    pub inner: Arc<Mutex<Inner>>,
}

impl Echo {
    pub async fn start() -> Self {
        let mut echo = Self::default();
        let app = Router::new().fallback(answer).with_state(echo.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        echo.address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        echo
    }
    pub fn says(&self, said: Said) {
        self.inner.lock().unwrap().says.push_back(said);
    }
    pub fn last(&self) -> Seen {
        self.inner.lock().unwrap().seen.last().cloned().expect("nothing arrived")
    }
    pub fn count(&self) -> usize {
        self.inner.lock().unwrap().seen.len()
    }
}

async fn answer(State(echo): State<Echo>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 4 << 20).await.unwrap();
    let target = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let seen = Seen { method: head.method.to_string(), target, headers: head.headers, body: body.to_vec() };
    let mut inner = echo.inner.lock().unwrap();
    inner.seen.push(seen);
    let (status, media, body) = inner.says.pop_front().unwrap_or((200, "application/json", b"{\"ok\":true}".to_vec()));
    (StatusCode::from_u16(status).unwrap(), [("content-type", media)], body).into_response()
}

/// Lets programs of connectors run in a sandbox.
pub fn programs() {
    // target/<profile>/deps/<this test> → target/<profile>/examples/mcp-sandbox
    let here = std::env::current_exe().unwrap();
    let child = here.parent().unwrap().parent().unwrap().join("examples/mcp-sandbox");
    assert!(child.exists(), "{} is built with the tests", child.display());
    baton_tools::mcp::sandbox::launch_by(vec![child.to_str().unwrap().to_owned()]);
}

pub const EVERYONE: &str = "@id(\"all\")\npermit (principal, action, resource);\n";
pub const CLIENT: &str = "larkspur";

/// A door on a database to what a bundle's connectors describe; everything is allowed.
pub struct World {
    pub door: Door,
    pub db: Db,
    pub env: Arc<Env>,
    pub clock: Arc<ManualClock>,
    pub client: ClientId,
}

pub fn bundle(files: &[(&str, String)]) -> Bundle {
    let mut files: Vec<(String, String)> = files.iter().map(|(p, t)| ((*p).to_owned(), t.clone())).collect();
    files.push(("policies/all.cedar".to_owned(), EVERYONE.to_owned()));
    files.push(("autonomy.yaml".to_owned(), "default: act\n".to_owned()));
    Bundle { files: files.into_iter().collect(), ..Bundle::default() }
}

impl World {
    pub async fn new(files: &[(&str, String)]) -> Self {
        Self::of(&bundle(files)).await
    }

    pub async fn of(bundle: &Bundle) -> Self {
        let db = baton_testkit::sqlite().await;
        let clock = ManualClock::at(SystemClock.now_ms());
        let env = Env::new(clock.clone(), Arc::new(IdSource::seeded(7)));
        let client = ClientId::known(CLIENT);
        let door = door(&db, &env, &client, bundle);
        Self { door, db, env, clock, client }
    }

    /// A world with one connector of a description, as an import writes it, at an address.
    pub async fn imported(description: &Value, echo: &Echo, change: impl Fn(String) -> String) -> Self {
        let options = baton_tools::import::Options { name: Some("sys".to_owned()), ..Default::default() };
        let import = baton_tools::import::import("sys.json", &description.to_string(), &options).unwrap();
        assert!(import.report.refused.is_empty(), "{:#?}", import.report.refused);
        let files: Vec<(String, String)> = import
            .files
            .into_iter()
            .map(|(path, text)| {
                let is_connector = path.ends_with(".yaml");
                let text = text.replace("https://fill-in.invalid", &echo.address);
                (path, if is_connector { change(text) } else { text })
            })
            .collect();
        let files: Vec<(&str, String)> = files.iter().map(|(p, t)| (p.as_str(), t.clone())).collect();
        Self::new(&files).await
    }

    pub fn ctx(&self) -> Ctx {
        Ctx::agent(&self.env, &self.client, &AgentName::known("concierge"), "rel_1")
    }

    pub async fn call(&self, action: &str, args: Value) -> Called {
        let step = self.env.id("step");
        let call = Call { action: action.to_owned(), args, step_key: step, ..Call::default() };
        self.door.call(&self.ctx(), call).await.unwrap()
    }

    pub async fn done(&self, action: &str, args: Value) -> Value {
        match self.call(action, args).await {
            Called::Done { result, .. } => result,
            other => panic!("{action}: {other:?}"),
        }
    }

    pub async fn invalid(&self, action: &str, args: Value) -> String {
        match self.call(action, args).await {
            Called::Invalid(error) => error.to_string(),
            other => panic!("{action}: {other:?}"),
        }
    }

    pub async fn secret(&self, name: &str, value: &str) {
        let (client, name, value) = (self.client.clone(), name.to_owned(), value.to_owned());
        self.db.write(move |tx| baton_govern::vault::set(tx, &client, &name, &value)).await.unwrap();
    }
}

pub fn door(db: &Db, env: &Arc<Env>, client: &ClientId, bundle: &Bundle) -> Door {
    let release = ReleaseId::known("rel_1");
    let catalogue = Catalogue::load(bundle).unwrap_or_else(|f| panic!("{f:#?}"));
    let rulebook = Rulebook::load(bundle, &catalogue.infos()).unwrap_or_else(|f| panic!("{f:#?}"));
    let (catalogues, rulebooks) = (Arc::new(Versions::default()), Arc::new(Versions::default()));
    catalogues.put_live(client, &release, Arc::new(catalogue));
    rulebooks.put_live(client, &release, Arc::new(rulebook));
    let desk = Desk::default();
    desk.intake.put_live(client, &release, Arc::new(Intake::load(&Bundle::default()).unwrap()));
    let cases = Arc::new(|_: &mut Tx, _: &ClientId, _: Option<&CaseId>| -> Result<CaseFacts> {
        Ok(CaseFacts {
            case: Value::Null,
            intent: None,
            identity: Value::Null,
            customer: None,
            currency: Currency::USD,
        })
    });
    Door::new(Parts { db: db.clone(), env: Arc::clone(env), catalogues, rulebooks, cases, desk }).unwrap()
}

/// A description of these paths.
pub fn openapi(version: &str, paths: Value) -> Value {
    json!({"openapi": version, "info": {"title": "Sys", "version": "1"}, "paths": paths})
}
