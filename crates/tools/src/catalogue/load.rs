//! One connector file, read and put together with its system's description.

use super::ACTIONS_MAX;
use super::action::{Action, Fact, Reconcile, System};
use super::check::{at, waves};
use super::file::{ATTEMPTS_MAX, ActionFile, ConnectorFile, FactFile, ReconcileFile, RiskWord, TIMEOUT_MS_MAX};
use super::openapi::{Document, Operation};
use crate::expr::{self, Expr};
use crate::pointers::is_pointer;
use crate::validate;
use baton_base::{Bundle, Finding, digest_of};
use baton_govern::Risk;
use reqwest::Url;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// What is wrong, and what to do.
type Problem = (String, &'static str);

/// The actions of one file; what is wrong with it goes to `findings`.
pub(super) fn connector(bundle: &Bundle, path: &str, text: &str, findings: &mut Vec<Finding>) -> Vec<Action> {
    let file: ConnectorFile = match Bundle::yaml(path, text) {
        Ok(file) => file,
        Err(finding) => {
            findings.push(finding);
            return Vec::new();
        }
    };
    let parts = document(bundle, &file).and_then(|doc| Ok((doc, system(&file)?)));
    let (doc, system) = match parts {
        Ok((doc, system)) => (doc, Arc::new(system)),
        Err((key, problem, remedy)) => {
            findings.push(at(path, text, key, problem, remedy));
            return Vec::new();
        }
    };
    let mut actions = Vec::new();
    for raw in &file.actions {
        match action(&doc, &system, raw) {
            Ok(action) => actions.push(action),
            Err((problem, remedy)) => {
                findings.push(at(path, text, &raw.name, format!("action '{}': {problem}", raw.name), remedy));
            }
        }
    }
    actions
}

fn document(bundle: &Bundle, file: &ConnectorFile) -> Result<Document, (&'static str, String, &'static str)> {
    const REMEDY: &str = "put the system's OpenAPI 3.0 or 3.1 description, as JSON or YAML, into the blueprint";
    let wrong = |problem: String| ("openapi", problem, REMEDY);
    let text = bundle.file(&file.openapi).ok_or_else(|| wrong(format!("there is no file '{}'", file.openapi)))?;
    let root: Value = if file.openapi.ends_with(".json") {
        serde_json::from_str(text).map_err(|e| wrong(format!("{}: {e}", file.openapi)))?
    } else {
        Bundle::yaml(&file.openapi, text).map_err(|finding| wrong(finding.to_string()))?
    };
    Document::new(root).map_err(|problem| wrong(format!("{}: {problem}", file.openapi)))
}

fn system(file: &ConnectorFile) -> Result<System, (&'static str, String, &'static str)> {
    if !is_name(&file.name) {
        return Err(("name", format!("'{}' is not a connector name", file.name), NAME_REMEDY));
    }
    if file.actions.len() > ACTIONS_MAX {
        return Err(("actions", format!("more than {ACTIONS_MAX} actions"), "declare the actions that are used"));
    }
    if file.timeout_ms == 0 || file.timeout_ms > TIMEOUT_MS_MAX {
        let problem = format!("timeout_ms is {}, not 1 to {TIMEOUT_MS_MAX}", file.timeout_ms);
        return Err(("timeout_ms", problem, "give one attempt a time within these bounds"));
    }
    if file.attempts == 0 || file.attempts > ATTEMPTS_MAX {
        let problem = format!("attempts is {}, not 1 to {ATTEMPTS_MAX}", file.attempts);
        return Err(("attempts", problem, "choose a number within these bounds"));
    }
    let header = |name: &str| reqwest::header::HeaderName::try_from(name).is_ok();
    let auth_header = file.auth.as_ref().map_or("authorization", |auth| &auth.header);
    if !header(&file.idempotency_header) || !header(auth_header) {
        return Err(("header", "a header name is not valid".into(), "use letters, digits and '-'"));
    }
    Ok(System {
        name: file.name.clone(),
        title: file.title.clone().unwrap_or_else(|| file.name.clone()),
        base_url: base_url(&file.base_url)?,
        timeout: Duration::from_millis(file.timeout_ms),
        attempts: file.attempts,
        idempotency_header: file.idempotency_header.clone(),
        auth: file.auth.clone(),
    })
}

fn base_url(text: &str) -> Result<Url, (&'static str, String, &'static str)> {
    const REMEDY: &str = "write http:// or https://, host, port and a path at most; secrets belong into a setting";
    let url = Url::parse(text).map_err(|e| ("base_url", format!("base_url '{text}': {e}"), REMEDY))?;
    let plain = matches!(url.scheme(), "http" | "https") && url.has_host() && !url.cannot_be_a_base();
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if plain && bare && url.fragment().is_none() {
        return Ok(url);
    }
    Err(("base_url", format!("base_url '{text}' is not an address Baton can call"), REMEDY))
}

const NAME_REMEDY: &str = "use 1 to 64 letters, digits, '_' and '-', beginning with a letter";

fn is_name(text: &str) -> bool {
    const NAME_BYTES_MAX: usize = 64;
    text.len() <= NAME_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

fn action(doc: &Document, system: &Arc<System>, raw: &ActionFile) -> Result<Action, Problem> {
    if !is_name(&raw.name) {
        return Err(("this is not an action name".into(), NAME_REMEDY));
    }
    let operation = doc.operation(&raw.operation, &system.idempotency_header).map_err(|p| operation_problem(doc, p))?;
    let writes = raw.writes.unwrap_or(!matches!(operation.method.as_str(), "GET" | "HEAD" | "OPTIONS"));
    let idempotent = raw.idempotent.unwrap_or(matches!(operation.method.as_str(), "GET" | "HEAD" | "PUT" | "DELETE"));
    let validator = validate::compile(&operation.schema)
        .map_err(|e| (format!("its arguments' schema is not valid: {e}"), "correct the system's description"))?;
    places(&raw.money, is_pointer, "money")?;
    places(&raw.redact, |p| p.starts_with("/args") || p.starts_with("/result"), "redact")?;
    Ok(Action {
        name: raw.name.clone(),
        title: title(raw, &operation),
        writes,
        risk: match raw.risk {
            RiskWord::Low => Risk::Low,
            RiskWord::Medium => Risk::Medium,
            RiskWord::High => Risk::High,
        },
        idempotent,
        confirm: raw.confirm,
        system: Arc::clone(system),
        digest: digest_of(&json!([
            raw.name,
            operation.method,
            operation.path,
            operation.schema,
            writes,
            idempotent,
            raw.confirm,
            system.base_url.as_str(),
            raw.table,
        ])),
        facts: facts(&raw.facts)?,
        derived: expr::read_all(&raw.derived).map_err(|(name, p)| jq(&format!("derived.{name}"), &p))?,
        table: raw.table.clone(),
        money: raw.money.clone(),
        redact: raw.redact.clone(),
        reconcile: raw.reconcile.as_ref().map(reconcile).transpose()?,
        operation,
        validator,
    })
}

fn operation_problem(doc: &Document, problem: String) -> Problem {
    const NAMES_SHOWN_MAX: usize = 20;
    let names: Vec<_> = doc.names().into_iter().take(NAMES_SHOWN_MAX).collect();
    (format!("{problem}; it has {}", names.join(", ")), "name an operation by its operationId or as 'GET /path'")
}

fn title(raw: &ActionFile, operation: &Operation) -> String {
    let own = raw.title.clone().unwrap_or_else(|| operation.summary.clone());
    if own.is_empty() { raw.name.replace('_', " ") } else { own }
}

fn places(pointers: &[String], fits: impl Fn(&str) -> bool, key: &str) -> Result<(), Problem> {
    match pointers.iter().find(|p| !fits(p)) {
        None => Ok(()),
        Some(bad) => Err((
            format!("{key}: '{bad}' is not a place"),
            "write JSON pointers such as /items/*/price; for redact below /args or /result",
        )),
    }
}

fn jq(place: &str, problem: &str) -> Problem {
    (format!("{place} is not valid jq: {problem}"), "correct the expression; literal text is written as '\"text\"'")
}

fn facts(raw: &[FactFile]) -> Result<Vec<Fact>, Problem> {
    let mut facts = Vec::with_capacity(raw.len());
    for fact in raw {
        let place = format!("facts.{}", fact.name);
        if !is_name(&fact.name) || raw.iter().filter(|other| other.name == fact.name).count() > 1 {
            return Err((format!("{place} is not a name of its own"), NAME_REMEDY));
        }
        let args = expr::read_all(&fact.args).map_err(|(name, p)| jq(&format!("{place}.args.{name}"), &p))?;
        let each = fact.each.as_ref().map(|e| Expr::read(&Value::from(e.as_str())));
        facts.push(Fact {
            name: fact.name.clone(),
            action: fact.action.clone(),
            args,
            each: each.transpose().map_err(|p| jq(&format!("{place}.each"), &p))?,
            optional: fact.optional,
            wave: 0,
        });
    }
    waves(&mut facts);
    Ok(facts)
}

fn reconcile(raw: &ReconcileFile) -> Result<Reconcile, Problem> {
    let happened = raw.happened.as_ref().map(|e| Expr::read(&Value::from(e.as_str())));
    Ok(Reconcile {
        action: raw.action.clone(),
        args: expr::read_all(&raw.args).map_err(|(name, p)| jq(&format!("reconcile.args.{name}"), &p))?,
        happened: happened.transpose().map_err(|p| jq("reconcile.happened", &p))?,
    })
}
