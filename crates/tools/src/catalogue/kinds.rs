//! What an action of each kind of connector does, checked against what its system says of itself.

use super::action::{Does, Kind};
use super::document::Document;
use super::file::{ActionFile, ConnectorFile};
use super::operation::{Operation, Place};
use super::plain;
use crate::a2a::{self, Agent};
use crate::mcp::{self, Revision, Sandbox, Server, Tool, pinned::Pinned};
use crate::sql::{self, Database, Dialect};
use crate::wire::is_metadata_url;
use baton_base::{Bundle, Digest, digest_of};
use reqwest::Url;
use serde_json::{Value, json};

/// What is wrong, and what to do.
pub(super) type Problem = (String, &'static str);
/// The same, and the key of the file that it is about.
pub(super) type Faulty = (&'static str, String, &'static str);

/// Where a connector's actions come from.
pub(super) enum Source {
    /// The system's own description.
    Described(Box<Document>, Url),
    /// An HTTP API that nobody described.
    Plain(Url),
    /// A database.
    Database(Database),
    /// An MCP server, the revision that is pinned, and its tools as they were pinned.
    Tools(Server, Option<Revision>, Vec<Tool>),
    /// An outside agent, and the digest of its card as it was pinned.
    Agent(Agent, Digest),
}

/// What an action does, and what is known of it without being told.
pub(super) struct Built {
    pub does: Does,
    pub schema: Value,
    pub title: String,
    pub writes: bool,
    pub idempotent: bool,
    /// Digest of what the system says of it.
    pub pinned: Option<Digest>,
    /// JSON Schema of its answer, where its system describes one.
    pub answer: Option<Value>,
    /// What its digest stands on.
    pub mark: [Value; 3],
}

impl Source {
    pub(super) fn of(bundle: &Bundle, file: &ConnectorFile) -> Result<Self, Faulty> {
        if file.revision.is_some() && file.kind != "mcp" {
            let problem = format!("kind '{}' speaks no revision of a protocol", file.kind);
            return Err(("revision", problem, "take revision out; it is of MCP servers"));
        }
        if file.sandbox.is_some() && (file.kind != "mcp" || file.command.is_none()) {
            let problem = "a sandbox is of a program that is started here".to_owned();
            return Err(("sandbox", problem, "take sandbox out; it is of MCP servers with command"));
        }
        match file.kind.as_str() {
            "openapi" => Ok(Self::Described(Box::new(document(bundle, file)?), address(file)?)),
            "http" => Ok(Self::Plain(address(file)?)),
            "mcp" => tools(bundle, file),
            "a2a" => agent(bundle, file),
            "sql" => database(file).map(Self::Database).map_err(|problem| ("dialect", problem, SQL_REMEDY)),
            other => {
                let problem = format!("kind '{other}' is not offered");
                Err(("kind", problem, "use openapi, http, sql, mcp or a2a"))
            }
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Described(..) | Self::Plain(_) => Kind::Http,
            Self::Database(database) => Kind::Sql(database.clone()),
            Self::Tools(server, revision, _) => Kind::Mcp(server.clone(), *revision),
            Self::Agent(agent, _) => Kind::A2a(agent.clone()),
        }
    }

    /// Host and port, or what stands for them.
    pub(super) fn place(&self, name: &str) -> String {
        match self {
            Self::Described(_, url) | Self::Plain(url) | Self::Tools(Server::Http(url), _, _) => place_of(url),
            Self::Agent(agent, _) => place_of(&agent.url),
            Self::Database(_) => format!("sql:{name}"),
            Self::Tools(Server::Program(..), _, _) => format!("program:{name}"),
        }
    }

    pub(super) fn build(
        &self,
        raw: &ActionFile,
        key_header: &str,
        covers: &[(Option<Place>, String)],
    ) -> Result<Built, Problem> {
        match self {
            Self::Described(doc, url) => {
                let wanted = raw.operation.as_ref().ok_or(("it names no operation".to_owned(), OPERATION_REMEDY))?;
                let operation = doc.operation_without(wanted, key_header, covers);
                let operation = operation.map_err(|problem| operation_problem(doc, problem))?;
                let pinned = Some(pinned_of(&operation));
                http(operation, raw, url).map(|built| Built { pinned, answer: answer(doc, wanted), ..built })
            }
            Self::Plain(url) => http(plain::operation(raw)?, raw, url),
            Self::Database(database) => statement(database.dialect, raw),
            Self::Tools(_, _, tools) => tool(tools, raw),
            Self::Agent(_, pinned) => asked(pinned, raw),
        }
    }
}

const SQL_REMEDY: &str =
    "write kind: sql, dialect: postgresql, mysql, mariadb or sqlite, and auth with the setting of its address";
const OPERATION_REMEDY: &str = "name an operation by its operationId or as 'GET /path'";

/// What an operation answers when all is well. Where several answers are good, their status would say which one it is,
/// which nobody keeps.
fn answer(doc: &Document, wanted: &str) -> Option<Value> {
    let entry = doc.entry(wanted).ok()?;
    let one = doc.answers(doc.value(entry)).count() == 1;
    one.then(|| doc.answer_schema(entry))?
}

fn document(bundle: &Bundle, file: &ConnectorFile) -> Result<Document, Faulty> {
    const REMEDY: &str = "put the system's description (Swagger 2.0 or OpenAPI 3, JSON or YAML) into the blueprint";
    let wrong = |problem: String| ("openapi", problem, REMEDY);
    let name = file.openapi.as_ref().ok_or_else(|| ("name", "openapi is missing".to_owned(), REMEDY))?;
    let text = bundle.file(name).ok_or_else(|| wrong(format!("there is no file '{name}'")))?;
    Document::parse(name, text).map_err(wrong)
}

fn address(file: &ConnectorFile) -> Result<Url, Faulty> {
    let text = file.base_url.as_deref().ok_or_else(|| ("name", "base_url is missing".to_owned(), URL_REMEDY))?;
    base_url(text)
}

pub(super) const URL_REMEDY: &str =
    "write http:// or https://, host, port and a path at most; secrets belong into a setting";

pub(super) fn base_url(text: &str) -> Result<Url, Faulty> {
    let url = Url::parse(text).map_err(|e| ("base_url", format!("base_url '{text}': {e}"), URL_REMEDY))?;
    let plain = matches!(url.scheme(), "http" | "https") && url.has_host() && !url.cannot_be_a_base();
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if is_metadata_url(&url) {
        let problem = format!("base_url '{text}' is an address at which machines are told their secrets");
        return Err(("base_url", problem, "it is never called; name another"));
    }
    if plain && bare && url.fragment().is_none() {
        return Ok(url);
    }
    Err(("base_url", format!("base_url '{text}' is not an address Baton can call"), URL_REMEDY))
}

fn place_of(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0))
}

fn operation_problem(doc: &Document, problem: String) -> Problem {
    const NAMES_SHOWN_MAX: usize = 20;
    let names: Vec<_> = doc.names().into_iter().take(NAMES_SHOWN_MAX).collect();
    (format!("{problem}; it has {}", names.join(", ")), OPERATION_REMEDY)
}

fn http(operation: Operation, raw: &ActionFile, base: &Url) -> Result<Built, Problem> {
    let base_url = match &raw.base_url {
        Some(own) => base_url(own).map_err(|(_, problem, remedy)| (problem, remedy))?,
        None => base.clone(),
    };
    Ok(Built {
        schema: operation.schema.clone(),
        title: operation.summary.clone(),
        writes: !matches!(operation.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "QUERY"),
        idempotent: matches!(operation.method.as_str(), "GET" | "HEAD" | "PUT" | "DELETE"),
        pinned: None,
        answer: None,
        mark: [json!(operation.method), json!(operation.path), json!(base_url.as_str())],
        does: Does::Http { operation: Box::new(operation), base_url },
    })
}

/// Digest of what a system says of an operation: method, path, arguments.
pub(crate) fn pinned_of(operation: &Operation) -> Digest {
    digest_of(&json!([operation.method, operation.path, without_words(&operation.schema, false)]))
}

/// A schema without what only people read: words may change.
fn without_words(schema: &Value, names: bool) -> Value {
    match schema {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| names || !matches!(key.as_str(), "description" | "title"));
            kept.map(|(key, value)| (key.clone(), without_words(value, !names && key == "properties"))).collect()
        }
        Value::Array(items) => items.iter().map(|item| without_words(item, false)).collect(),
        other => other.clone(),
    }
}

fn tools(bundle: &Bundle, file: &ConnectorFile) -> Result<Source, Faulty> {
    const REMEDY: &str = "pin the tools: baton connector import-tools writes both files";
    let server = match (&file.command, &file.base_url) {
        (Some(command), None) if command.first().is_some_and(|program| !program.is_empty()) => {
            Server::Program(command.clone(), sandbox(file)?)
        }
        (None, Some(_)) => Server::Http(address(file)?),
        _ => return Err(("kind", "an MCP server has either base_url or command".to_owned(), REMEDY)),
    };
    let name = file.tools.as_ref().ok_or_else(|| ("kind", "tools is missing".to_owned(), REMEDY))?;
    let wrong = |problem: String| ("tools", problem, REMEDY);
    let text = bundle.file(name).ok_or_else(|| wrong(format!("there is no file '{name}'")))?;
    let pinned: Pinned = serde_json::from_str(text).map_err(|e| wrong(format!("{name}: {e}")))?;
    let revision = file.revision.as_deref().map(revision).transpose()?;
    Ok(Source::Tools(server, revision, pinned.tools))
}

fn sandbox(file: &ConnectorFile) -> Result<Sandbox, Faulty> {
    const REMEDY: &str = "write sandbox: { network: true, reads: [/PATH], writes: [/PATH] } with what the program needs, or \
        sandbox: { unconfined: true }";
    let sandbox = file.sandbox.clone().unwrap_or_default();
    sandbox.check().map_err(|problem| ("sandbox", problem, REMEDY))?;
    Ok(sandbox)
}

fn revision(name: &str) -> Result<Revision, Faulty> {
    let unknown = || format!("revision '{name}' of MCP is not spoken; Baton speaks {}", Revision::all());
    Revision::named(name).ok_or_else(|| {
        ("revision", unknown(), "name one of these, or take revision out: then the newest is spoken that both know")
    })
}

fn tool(tools: &[Tool], raw: &ActionFile) -> Result<Built, Problem> {
    const REMEDY: &str = "name a tool of the pinned file";
    let wanted = raw.tool.as_ref().ok_or(("it names no tool".to_owned(), REMEDY))?;
    let found = tools.iter().find(|tool| tool.name == *wanted);
    let tool = found.ok_or_else(|| (format!("no tool '{wanted}' is pinned"), REMEDY))?;
    let mut schema = tool.input.clone();
    if !schema.is_object() {
        schema = json!({"type": "object"});
    }
    Ok(Built {
        schema,
        title: String::new(),
        writes: true,
        idempotent: false,
        pinned: Some(tool.digest()),
        answer: None,
        mark: [json!("MCP"), json!(tool.name), json!(tool.digest())],
        does: Does::Mcp(mcp::Call { tool: tool.name.clone(), pinned: tool.digest() }),
    })
}

fn agent(bundle: &Bundle, file: &ConnectorFile) -> Result<Source, Faulty> {
    const REMEDY: &str = "pin the agent: baton connector import-agent writes both files";
    let name = file.card.as_ref().ok_or_else(|| ("kind", "card is missing".to_owned(), REMEDY))?;
    let wrong = |problem: String| ("card", problem, REMEDY);
    let text = bundle.file(name).ok_or_else(|| wrong(format!("there is no file '{name}'")))?;
    let card: Value = serde_json::from_str(text).map_err(|e| wrong(format!("{name}: {e}")))?;
    let said = a2a::card::interface(&card).map_err(wrong)?;
    let described = file.describe_url.as_deref();
    let described =
        described.ok_or_else(|| ("kind", "describe_url, where its card is, is missing".to_owned(), REMEDY))?;
    let agent = Agent { url: address(file)?, card_url: base_url(described)?, tenant: said.tenant };
    if agent.url != said.url {
        let problem = format!("base_url is {}, and the pinned card says {}", agent.url, said.url);
        return Err(("base_url", problem, REMEDY));
    }
    Ok(Source::Agent(agent, a2a::card::digest(&card)))
}

fn asked(pinned: &str, raw: &ActionFile) -> Result<Built, Problem> {
    const REMEDY: &str = "write operation: send, task or cancel";
    let wanted = raw.operation.as_deref().ok_or(("it names no operation".to_owned(), REMEDY))?;
    let operation = a2a::Operation::named(wanted);
    let operation = operation.ok_or_else(|| (format!("'{wanted}' is nothing an agent is asked"), REMEDY))?;
    Ok(Built {
        schema: operation.schema(),
        title: String::new(),
        writes: operation.writes(),
        idempotent: false,
        pinned: Some(pinned.to_owned()),
        answer: None,
        mark: [json!("A2A"), json!(operation.name()), json!(pinned)],
        does: Does::A2a(a2a::Call { operation, pinned: pinned.to_owned() }),
    })
}

fn database(file: &ConnectorFile) -> Result<Database, String> {
    const ROWS_DEFAULT: usize = 100;
    const ROWS_MAX: usize = 10_000;
    const BYTES_DEFAULT: usize = 256 * 1024;
    const BYTES_MAX: usize = 1024 * 1024;
    let name = file.dialect.as_deref().ok_or("dialect is missing")?;
    let dialect = Dialect::named(name).map_err(|e| e.to_string())?;
    if file.auth.is_none() {
        return Err("auth is missing: it names the setting that holds the database's address".to_owned());
    }
    let (rows_max, bytes_max) = (file.rows_max.unwrap_or(ROWS_DEFAULT), file.bytes_max.unwrap_or(BYTES_DEFAULT));
    if rows_max == 0 || rows_max > ROWS_MAX || bytes_max == 0 || bytes_max > BYTES_MAX {
        return Err(format!("rows_max is 1 to {ROWS_MAX}, bytes_max 1 to {BYTES_MAX}"));
    }
    Ok(Database { dialect, rows_max, bytes_max })
}

pub(super) fn statement(dialect: Dialect, raw: &ActionFile) -> Result<Built, Problem> {
    const REMEDY: &str = "write one statement with :names, and args, a JSON Schema that describes each";
    let text = raw.sql.as_ref().ok_or(("it has no sql".to_owned(), REMEDY))?;
    let statement = sql::parse(dialect, text, raw.one, raw.writes.unwrap_or_default());
    let statement = statement.map_err(|problem| (problem, REMEDY))?;
    let schema = sql::schema(dialect, raw.args.as_ref(), &statement).map_err(|problem| (problem, REMEDY))?;
    // A `?` does not say whose it is, nor does a number where there are several.
    let one = match statement.names.len() {
        0 | 1 if dialect != Dialect::Mysql => json!(raw.one),
        _ => json!([raw.one, statement.names]),
    };
    Ok(Built {
        schema,
        title: String::new(),
        // Whether a statement writes is not guessed: one that does not say so cannot.
        writes: false,
        idempotent: false,
        pinned: None,
        answer: None,
        mark: [json!("SQL"), json!(statement.sql), one],
        does: Does::Sql(statement),
    })
}
