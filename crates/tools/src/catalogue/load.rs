//! One connector file, read and put together with its system's description.

use super::ACTIONS_MAX;
use super::action::{Action, Contract, Fact, Kind, Reconcile, System};
use super::auth::Auth;
use super::check::{at, waves};
use super::file::{
    ATTEMPTS_MAX, ActionFile, ConnectorFile, ContractFile, FactFile, ReconcileFile, RiskWord, TIMEOUT_MS_MAX,
};
use super::kinds::{Faulty, Problem, Source, base_url};
use crate::expr::{self, Expr};
use crate::mcp::{Server, sandbox};
use crate::pointers::is_pointer;
use crate::validate;
use baton_base::{Bundle, Finding, digest_of};
use baton_govern::Risk;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The actions of one file; what is wrong with it goes to `findings`.
pub(super) fn connector(bundle: &Bundle, path: &str, text: &str, findings: &mut Vec<Finding>) -> Vec<Action> {
    let file: ConnectorFile = match Bundle::yaml(path, text) {
        Ok(file) => file,
        Err(finding) => {
            findings.push(finding);
            return Vec::new();
        }
    };
    let parts = Source::of(bundle, &file).and_then(|source| Ok((system(&file, &source)?, source)));
    let (system, source) = match parts {
        Ok((system, source)) => (Arc::new(system), source),
        Err((key, problem, remedy)) => {
            findings.push(at(path, text, key, problem, remedy));
            return Vec::new();
        }
    };
    let mut actions = Vec::new();
    for raw in &file.actions {
        match action(&source, &system, raw) {
            Ok(action) => actions.push(action),
            Err((problem, remedy)) => {
                findings.push(at(path, text, &raw.name, format!("action '{}': {problem}", raw.name), remedy));
            }
        }
    }
    actions
}

fn system(file: &ConnectorFile, source: &Source) -> Result<System, Faulty> {
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
    if reqwest::header::HeaderName::try_from(file.idempotency_header.as_str()).is_err() {
        return Err(("header", "a header name is not valid".into(), "use letters, digits and '-'"));
    }
    let auth = file.auth.as_ref().map(|auth| auth.read()).transpose();
    let auth = auth.map_err(|problem| ("auth", problem, "see the guide, docs/guide/connect.md"))?;
    let kind = source.kind();
    let auth = match &kind {
        // The protocol asks for it (MCP, authorization): a token of one server opens no other.
        Kind::Mcp(Server::Http(url), _) => auth.map(|auth| auth.at(url)),
        Kind::Mcp(Server::Program(..), _) => auth.map(as_variable).transpose()?,
        _ => auth,
    };
    let describe_url = file.describe_url.as_deref().map(base_url).transpose()?;
    Ok(System {
        name: file.name.clone(),
        title: file.title.clone().unwrap_or_else(|| file.name.clone()),
        kind,
        place: source.place(&file.name),
        owner: file.owner.clone(),
        describe_url,
        timeout: Duration::from_millis(file.timeout_ms),
        attempts: file.attempts,
        idempotency_header: file.idempotency_header.clone(),
        auth,
    })
}

/// How a program is told a secret: not by a variable that is read before it is shut in.
fn as_variable(auth: Auth) -> Result<Auth, Faulty> {
    let (name, _) = auth.header("");
    if sandbox::is_for_programs(&name) {
        return Ok(auth);
    }
    let problem =
        format!("a program cannot be told its secret in the variable {name}: whatever starts it would read that too");
    Err(("auth", problem, "name a variable of its own, of letters, digits and '_', such as API_TOKEN"))
}

const NAME_REMEDY: &str = "use 1 to 64 letters, digits, '_' and '-', beginning with a letter";

/// Whether a text can name a connector or an action.
pub(crate) fn is_name(text: &str) -> bool {
    const NAME_BYTES_MAX: usize = 64;
    text.len() <= NAME_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

fn action(source: &Source, system: &Arc<System>, raw: &ActionFile) -> Result<Action, Problem> {
    if !is_name(&raw.name) {
        return Err(("this is not an action name".into(), NAME_REMEDY));
    }
    let covers = system.auth.as_ref().map_or(&[][..], |auth| &auth.covers);
    let built = source.build(raw, &system.idempotency_header, covers)?;
    let writes = raw.writes.unwrap_or(built.writes);
    let idempotent = raw.idempotent.unwrap_or(built.idempotent);
    let validator = validate::compile(&built.schema)
        .map_err(|e| (format!("its arguments' schema is not valid: {e}"), "correct the system's description"))?;
    places(&raw.money, is_pointer, "money")?;
    places(&raw.redact, |p| p.starts_with("/args") || p.starts_with("/result"), "redact")?;
    let [first, second, place] = &built.mark;
    Ok(Action {
        name: raw.name.clone(),
        title: title(raw, &built.title),
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
            first,
            second,
            built.schema,
            writes,
            idempotent,
            raw.confirm,
            place,
            raw.table,
        ])),
        facts: facts(&raw.facts)?,
        derived: expr::read_all(&raw.derived).map_err(|(name, p)| jq(&format!("derived.{name}"), &p))?,
        table: raw.table.clone(),
        money: raw.money.clone(),
        redact: raw.redact.clone(),
        tests: raw.tests.iter().enumerate().map(contract).collect::<Result<_, _>>()?,
        pinned: built.pinned,
        compensate: raw.compensate.clone(),
        reconcile: raw.reconcile.as_ref().map(reconcile).transpose()?,
        // What an agent says is written outside, whatever the file says of it.
        outside_text: raw.outside_text || matches!(system.kind, Kind::A2a(_)),
        answers: built.answer.as_ref().and_then(|schema| validate::compile(schema).ok()),
        output: built.answer,
        schema: built.schema,
        does: built.does,
        validator,
    })
}

fn contract((at, raw): (usize, &ContractFile)) -> Result<Contract, Problem> {
    let expect = raw.expect.as_ref().map(|text| Expr::read(&Value::from(text.as_str()))).transpose();
    Ok(Contract {
        name: raw.name.clone().unwrap_or_else(|| format!("test {}", at + 1)),
        args: Value::Object(raw.args.clone()),
        expect: expect.map_err(|p| jq(&format!("tests.{at}.expect"), &p))?,
    })
}

fn title(raw: &ActionFile, said: &str) -> String {
    let own = raw.title.clone().unwrap_or_else(|| said.to_owned());
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
