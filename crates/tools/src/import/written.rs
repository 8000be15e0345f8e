//! What somebody writes becomes a connector: statements on a database, and operations of an API that nobody described.

use super::tools::{first_line, named, picked};
use super::write::{self, Lines};
use super::{Import, Options, Refused, Report, Suggested, fits, names, place, security};
use crate::catalogue::{AuthFile, is_name, written};
use crate::sql::Dialect;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most statements or operations of one connector that are written at once, count.
pub const WRITTEN_MAX: usize = 200;
/// Words with which a statement begins that changes something.
const CHANGES: [&str; 10] =
    ["insert", "update", "delete", "replace", "merge", "truncate", "drop", "create", "alter", "call"];

/// A statement on a database, as somebody wrote it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Statement {
    /// The action's name.
    pub name: String,
    /// For people.
    pub title: String,
    /// One statement; `:names` are its arguments.
    pub sql: String,
    /// The answer is one row, or null.
    pub one: bool,
    /// Whether it changes something.
    pub writes: bool,
    /// JSON Schema of its arguments.
    pub args: Option<Value>,
}

/// An operation of an API that nobody described, as somebody wrote it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Operated {
    /// The action's name.
    pub name: String,
    /// For people.
    pub title: String,
    /// `GET`, `HEAD`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// Below the address of the system; `{names}` are arguments.
    pub path: String,
    /// JSON Schema of its arguments: places of the path, then the query of a read or the fields of a JSON body.
    pub args: Option<Value>,
}

/// Imports statements on a database; the error says why nothing can be. A pick's `operation` is a statement's name. The
/// address of the database is in the setting that `auth` names, or in `NAME.address`.
pub fn statements(dialect: &str, all: &[Statement], options: &Options) -> Result<Import, String> {
    let name = named(options)?;
    let kind = Dialect::named(dialect).map_err(|e| e.to_string())?;
    let own = options.auth.as_ref().map(|auth| auth.setting.trim().to_owned()).filter(|setting| !setting.is_empty());
    let setting = own.unwrap_or_else(|| format!("{name}.address"));
    let auth = Some(AuthFile { setting, ..AuthFile::default() });
    let head = vec![("kind", json!("sql")), ("dialect", json!(dialect))];
    let made = Made { name, language: "SQL", base_url: String::new(), auth, head };
    let own = all.iter().map(|one| (of_statement(one), lines_of_statement(one))).collect();
    made.import(own, options, |action, raw| {
        let text = action.path.trim_start().to_ascii_lowercase();
        let first: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
        if !action.writes && CHANGES.contains(&first.as_str()) {
            return Err(format!("it begins with '{first}', which changes something: say that it writes"));
        }
        written::statement(kind, raw)
    })
}

/// Imports operations of an API that nobody described; the error says why nothing can be. A pick's `operation` is the name
/// of one.
pub fn operations(all: &[Operated], options: &Options) -> Result<Import, String> {
    let name = named(options)?;
    let base_url = place(options.base_url.as_deref().unwrap_or_default())?;
    written::address(&base_url)?;
    let auth = options.auth.as_ref().map(|wanted| security::named(&name, wanted)).transpose()?.flatten();
    let head = vec![("kind", json!("http")), ("base_url", json!(base_url))];
    let made = Made { name, language: "HTTP", base_url, auth, head };
    let own = all.iter().map(|one| (of_operation(one), lines_of_operation(one))).collect();
    made.import(own, options, |_, raw| written::operation(raw))
}

/// A connector on its way, without its actions.
struct Made {
    name: String,
    language: &'static str,
    base_url: String,
    auth: Option<AuthFile>,
    head: Lines,
}

impl Made {
    /// `all`: what was written, each with its lines in the file. `check` sees each as it would stand there.
    fn import(
        self,
        all: Vec<(Suggested, Lines)>,
        options: &Options,
        check: impl Fn(&Suggested, &Value) -> Result<(), String>,
    ) -> Result<Import, String> {
        options.picks.iter().flatten().try_for_each(fits)?;
        if all.len() > WRITTEN_MAX {
            return Err(format!("{WRITTEN_MAX} at most are written at once"));
        }
        let found = all.len();
        let (mut named, mut refused, mut own) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (action, lines) in all {
            match fault(&action, &own) {
                Some(reason) => refused.push(Refused { operation: action.operation, reason }),
                None => {
                    own.insert(action.operation.clone(), lines);
                    named.push(action);
                }
            }
        }
        let chosen = match &options.picks {
            None => named,
            Some(picks) => picked(&named, picks, &mut refused, "nothing was written that is called"),
        };
        let lines = |action: &Suggested| own.get(&action.operation).cloned().unwrap_or_default();
        let mut operations = Vec::new();
        for action in chosen {
            match check(&action, &raw(&action, lines(&action))) {
                Ok(()) => operations.push(action),
                Err(reason) => refused.push(Refused { operation: action.operation, reason }),
            }
        }
        names::unique(&mut operations);
        let report = Report {
            name: self.name,
            title: String::new(),
            language: self.language.to_owned(),
            base_url: self.base_url,
            found,
            picked: operations.len() + refused.len(),
            imported: operations.len(),
            refused,
            callbacks: Vec::new(),
            webhooks: Vec::new(),
            security: Vec::new(),
            auth: self.auth,
            notes: Vec::new(),
            operations,
        };
        let text = write::of_written(&report, &self.head, lines);
        written::file(&text)?;
        let files = BTreeMap::from([(format!("connectors/{}.yaml", report.name), text)]);
        Ok(Import { report, files })
    }
}

/// What is wrong with what was written before anybody looks at what it does.
fn fault(action: &Suggested, before: &BTreeMap<String, Lines>) -> Option<String> {
    if !is_name(&action.operation) {
        return Some("this is no action name: letters, digits, '_' and '-', a letter first, at most 64".to_owned());
    }
    before.contains_key(&action.operation).then(|| "the name is there twice".to_owned())
}

/// An action as it would stand in the file, as far as it is checked.
fn raw(action: &Suggested, lines: Lines) -> Value {
    let mut map: Map<String, Value> = lines.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    map.insert("name".to_owned(), json!(action.name));
    map.insert("writes".to_owned(), json!(action.writes));
    Value::Object(map)
}

fn of_statement(one: &Statement) -> Suggested {
    let erases = one.sql.trim_start().get(..6).is_some_and(|first| first.eq_ignore_ascii_case("delete"));
    let risk = match (one.writes, erases) {
        (false, _) => "low",
        (true, false) => "medium",
        (true, true) => "high",
    };
    Suggested {
        method: "SQL".to_owned(),
        path: one.sql.trim().to_owned(),
        writes: one.writes,
        ..suggested(&one.name, &one.title, risk, !one.writes)
    }
}

fn lines_of_statement(one: &Statement) -> Lines {
    let mut lines = vec![("sql", json!(one.sql.trim()))];
    lines.extend(args(one.args.as_ref()));
    lines.extend(one.one.then(|| ("one", json!(true))));
    lines
}

fn of_operation(one: &Operated) -> Suggested {
    let method = one.method.trim().to_ascii_uppercase();
    let (risk, repeatable) = match method.as_str() {
        "GET" | "HEAD" => ("low", true),
        "PUT" => ("medium", true),
        "DELETE" => ("high", true),
        _ => ("medium", false),
    };
    Suggested {
        path: one.path.trim().to_owned(),
        writes: !matches!(method.as_str(), "GET" | "HEAD"),
        method,
        ..suggested(&one.name, &one.title, risk, repeatable)
    }
}

fn lines_of_operation(one: &Operated) -> Lines {
    let mut lines = vec![("method", json!(one.method.trim().to_ascii_uppercase())), ("path", json!(one.path.trim()))];
    lines.extend(args(one.args.as_ref()));
    lines
}

/// Arguments as they stand in the file; none where there are none.
fn args(schema: Option<&Value>) -> Option<(&'static str, Value)> {
    let some = schema.filter(|schema| !schema.is_null() && **schema != json!({}));
    some.map(|schema| ("args", schema.clone()))
}

/// What is suggested of an action that is called as it was written.
pub(super) fn suggested(name: &str, title: &str, risk: &str, idempotent: bool) -> Suggested {
    Suggested {
        name: name.to_owned(),
        operation: name.to_owned(),
        method: String::new(),
        path: String::new(),
        title: first_line(title),
        writes: true,
        risk: risk.to_owned(),
        idempotent,
        money: Vec::new(),
        minor: Vec::new(),
        redact: Vec::new(),
        compensate: None,
        base_url: None,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Catalogue, Does};
    use crate::import::Pick;
    use baton_base::Bundle;

    fn find() -> Statement {
        Statement {
            name: "find_stock".to_owned(),
            title: "Look at the stock".to_owned(),
            sql: "select \"sku\", 'a: {b}' from stock\nwhere \"sku\" = :sku".to_owned(),
            one: true,
            args: Some(json!({"properties": {"sku": {"type": "string"}}, "required": ["sku"]})),
            ..Statement::default()
        }
    }

    fn reserve(writes: bool) -> Statement {
        let args = json!({"properties": {"count": {"type": "integer", "minimum": 1}}});
        let sql = "update stock set free = free - :count".to_owned();
        Statement { name: "reserve".to_owned(), sql, writes, args: Some(args), ..Statement::default() }
    }

    fn options(name: &str) -> Options {
        Options { name: Some(name.to_owned()), ..Options::default() }
    }

    fn loaded(files: BTreeMap<String, String>) -> Catalogue {
        Catalogue::load(&Bundle { files, ..Bundle::default() }).unwrap_or_else(|found| panic!("{found:#?}"))
    }

    #[test]
    fn statements_become_a_connector_that_loads_and_reads_unless_it_says_otherwise() {
        for dialect in ["postgresql", "mysql", "mariadb", "sqlite"] {
            let done = statements(dialect, &[find(), reserve(true)], &options("warehouse")).unwrap();
            assert_eq!((done.report.imported, done.report.refused.len()), (2, 0), "{:?}", done.report);
            assert_eq!(done.report.auth.unwrap().setting, "warehouse.address");
            let catalogue = loaded(done.files);
            let action = catalogue.action("find_stock").unwrap();
            assert_eq!((action.title.as_str(), action.writes), ("Look at the stock", false));
            assert_eq!(action.schema()["required"], json!(["sku"]));
            let Does::Sql(statement) = &action.does else { panic!("{:?}", action.does) };
            assert!(statement.sql.contains("'a: {b}' from stock\nwhere \"sku\" = "), "{}", statement.sql);
            assert!(catalogue.action("reserve").unwrap().writes);
        }
        let silent = statements("sqlite", &[find(), reserve(false)], &options("warehouse")).unwrap().report;
        assert_eq!((silent.imported, silent.refused[0].operation.as_str()), (1, "reserve"));
        assert!(silent.refused[0].reason.contains("say that it writes"), "{:?}", silent.refused);
    }

    #[test]
    fn what_is_picked_is_called_as_people_say_and_each_fault_is_told() {
        let pick = |operation: &str, name: &str| Pick {
            operation: operation.to_owned(),
            name: Some(name.to_owned()),
            risk: Some("high".to_owned()),
            ..Pick::default()
        };
        let picks = Some(vec![pick("find_stock", "look"), pick("nope", "nope")]);
        let auth = Some(AuthFile { setting: "{{param.env}}.stock".to_owned(), ..AuthFile::default() });
        let chosen = Options { picks, auth, ..options("warehouse") };
        let done = statements("postgresql", &[find(), reserve(true)], &chosen).unwrap();
        let file = &done.files["connectors/warehouse.yaml"];
        assert!(file.contains("- name: look\n") && file.contains("risk: high") && !file.contains("reserve"), "{file}");
        assert!(file.contains("{{param.env}}.stock"), "{file}");
        assert!(done.report.refused[0].reason.contains("'nope'"), "{:?}", done.report.refused);

        let other = |sql: &str, name: &str| Statement { sql: sql.to_owned(), name: name.to_owned(), ..find() };
        let bad = [find(), find(), other("select :x", "unknown"), other("", "empty"), other("select 1", "a b")];
        let told = statements("postgresql", &bad, &options("warehouse")).unwrap().report;
        let reasons: Vec<&str> = told.refused.iter().map(|refused| refused.reason.as_str()).collect();
        for words in ["there twice", "uses :x", "is empty", "no action name"] {
            assert!(reasons.iter().any(|reason| reason.contains(words)), "{words}: {reasons:?}");
        }
        assert!(statements("oracle", &[find()], &options("warehouse")).unwrap_err().contains("postgresql"));
        assert!(statements("sqlite", &[find()], &Options::default()).unwrap_err().contains("a name"));
        let many = vec![find(); WRITTEN_MAX + 1];
        assert!(statements("sqlite", &many, &options("warehouse")).unwrap_err().contains("at most"));
    }

    #[test]
    fn operations_become_a_connector_that_loads() {
        let args = json!({"properties": {"id": {"type": "string"}, "reason": {"type": "string"}}, "required": ["id"]});
        let stop = Operated {
            name: "stop_parcel".to_owned(),
            title: String::new(),
            method: "post".to_owned(),
            path: "/parcels/{id}/stop".to_owned(),
            args: Some(args),
        };
        let bare = Operated { name: "bare".to_owned(), method: "GET".to_owned(), args: None, ..stop.clone() };
        let auth = Some(AuthFile { kind: Some("bearer".to_owned()), ..AuthFile::default() });
        let at = |place: &str| Options { base_url: Some(place.to_owned()), auth: auth.clone(), ..options("parcels") };
        let done = operations(&[stop.clone(), bare], &at("https://parcels.example/v2")).unwrap();
        assert_eq!((done.report.imported, done.report.refused[0].operation.as_str()), (1, "bare"));
        assert!(done.report.refused[0].reason.contains("{id}"), "{:?}", done.report.refused);
        let catalogue = loaded(done.files);
        let action = catalogue.action("stop_parcel").unwrap();
        assert!(action.writes && !action.idempotent);
        assert_eq!(action.system.auth.as_ref().map(|auth| auth.setting.as_str()), Some("parcels.token"));
        for good in ["{{param.parcels_url}}", "{{param.parcels_url}}/v2", "https://{{param.host}}:{{param.port}}/v2"] {
            assert!(operations(std::slice::from_ref(&stop), &at(good)).is_ok(), "{good}");
        }
        for bad in [
            "",
            "parcels",
            "ftp://parcels.example",
            "http://169.254.169.254/x",
            "https://a.example/?key=s3cret",
            "https://ada:s3cret@{{param.host}}/v2",
            "{{param.parcels_url}}/v2?key=s3cret",
        ] {
            assert!(operations(std::slice::from_ref(&stop), &at(bad)).is_err(), "{bad}");
        }
    }
}
