//! What an MCP server says of its tools becomes a connector: a report and files, as of a description.

use super::{Import, Options, Pick, Refused, Report, Suggested, fits, write};
use crate::catalogue::{AuthFile, is_name};
use crate::mcp::Tool;
use crate::mcp::pinned::{Pinned, names};
use crate::validate;
use reqwest::Url;

/// Longest title that is made of a description, characters.
const TITLE_CHARS_MAX: usize = 120;

/// Imports the tools of the server at an address; the error says why nothing can be. A pick's `operation` is a tool's name.
/// Baton signs in with a bearer token, or not at all.
pub fn tools(url: &Url, tools: &[Tool], options: &Options) -> Result<Import, String> {
    let name = named(options)?;
    options.picks.iter().flatten().try_for_each(fits)?;
    let auth = signed_in(&name, options.auth.as_ref())?;
    let (mut all, mut refused) = (Vec::new(), Vec::new());
    for (tool, own) in tools.iter().zip(names(&name, tools)) {
        match validate::compile(&tool.input) {
            Ok(_) => all.push(suggested(tool, own)),
            Err(why) => {
                let reason = format!("its arguments' schema is not valid: {why}");
                refused.push(Refused { operation: tool.name.clone(), reason });
            }
        }
    }
    let mut operations = match &options.picks {
        None => all,
        Some(picks) => picked(&all, picks, &mut refused, "the server has no tool"),
    };
    super::names::unique(&mut operations);
    let has = |tool: &&Tool| operations.iter().any(|one| one.operation == tool.name);
    let pinned = Pinned { tools: tools.iter().filter(has).cloned().collect() };
    let report = Report {
        name,
        title: String::new(),
        language: "MCP".to_owned(),
        base_url: url.to_string(),
        found: tools.len(),
        picked: operations.len() + refused.len(),
        imported: operations.len(),
        refused,
        callbacks: Vec::new(),
        webhooks: Vec::new(),
        security: Vec::new(),
        auth,
        notes: Vec::new(),
        operations,
    };
    let files = write::of_tools(&report, &pinned);
    Ok(Import { report, files })
}

/// The name that somebody gave; nothing is there to make one of.
pub(super) fn named(options: &Options) -> Result<String, String> {
    const NAMELESS: &str = "give the connector a name: letters, digits, '_' and '-', a letter first, at most 64";
    options.name.clone().filter(|name| is_name(name)).ok_or_else(|| NAMELESS.to_owned())
}

/// The title of what is described in several lines, for people.
pub(super) fn first_line(words: &str) -> String {
    let words = words.lines().next().unwrap_or_default().trim();
    words.chars().filter(|c| !c.is_control()).take(TITLE_CHARS_MAX).collect()
}

fn signed_in(name: &str, wanted: Option<&AuthFile>) -> Result<Option<AuthFile>, String> {
    match wanted.and_then(|auth| auth.kind.as_deref()) {
        None | Some("none") => Ok(None),
        Some("bearer") => {
            let setting = format!("{name}.token");
            Ok(Some(AuthFile { kind: Some("bearer".to_owned()), setting, ..AuthFile::default() }))
        }
        Some(other) => {
            Err(format!("an MCP server is signed in at with a token here; for '{other}' write auth by hand"))
        }
    }
}

fn suggested(tool: &Tool, name: String) -> Suggested {
    let (reads, risk, idempotent) = tool.leans();
    Suggested {
        name,
        operation: tool.name.clone(),
        method: "tool".to_owned(),
        path: tool.name.clone(),
        title: first_line(&tool.description),
        writes: !reads,
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

/// Those that were picked, each once, with what is known better of them; `nothing` says that there is none of a name.
pub(super) fn picked(all: &[Suggested], picks: &[Pick], refused: &mut Vec<Refused>, nothing: &str) -> Vec<Suggested> {
    let mut found: Vec<Suggested> = Vec::new();
    // What cannot be called and was not picked is nobody's concern.
    refused.retain(|refused| picks.iter().any(|pick| pick.operation == refused.operation));
    for pick in picks {
        let known = |one: &&Suggested| one.operation == pick.operation;
        match all.iter().find(known) {
            Some(one) if !found.iter().any(|before| before.operation == one.operation) => {
                found.push(better(one.clone(), pick));
            }
            None if !refused.iter().any(|refused| refused.operation == pick.operation) => {
                let reason = format!("{nothing} '{}'", pick.operation);
                refused.push(Refused { operation: pick.operation.clone(), reason });
            }
            Some(_) | None => {}
        }
    }
    found
}

fn better(one: Suggested, pick: &Pick) -> Suggested {
    Suggested {
        name: pick.name.clone().unwrap_or(one.name),
        title: pick.title.clone().unwrap_or(one.title),
        writes: pick.writes.unwrap_or(one.writes),
        risk: pick.risk.clone().unwrap_or(one.risk),
        idempotent: pick.idempotent.unwrap_or(one.idempotent),
        money: pick.money.clone().unwrap_or(one.money),
        compensate: pick.compensate.clone(),
        ..one
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use baton_base::Bundle;
    use serde_json::json;

    fn listed() -> Vec<Tool> {
        let tools = json!([
            {"name": "find", "description": "Finds pages.\nAnd more.", "inputSchema": {"type": "object"},
             "annotations": {"readOnlyHint": true}},
            {"name": "erase.all", "inputSchema": {"type": "object"}},
            {"name": "odd", "inputSchema": {"type": 7}},
        ]);
        serde_json::from_value(tools).unwrap()
    }

    fn import(options: &Options) -> Result<Import, String> {
        tools(&"https://wiki.example/mcp".parse().unwrap(), &listed(), options)
    }

    fn named(name: &str) -> Options {
        Options { name: Some(name.to_owned()), ..Options::default() }
    }

    #[test]
    fn a_servers_tools_become_a_connector_that_loads() {
        let pick = Pick {
            operation: "find".to_owned(),
            title: Some("Look it up: \"here\"".to_owned()),
            risk: Some("medium".to_owned()),
            ..Pick::default()
        };
        let nothing = Pick { operation: "nope".to_owned(), ..Pick::default() };
        let auth = Some(AuthFile { kind: Some("bearer".to_owned()), ..AuthFile::default() });
        let options = Options { picks: Some(vec![pick.clone(), pick, nothing]), auth, ..named("wiki") };
        let Import { report, files } = import(&options).unwrap();
        assert_eq!((report.found, report.picked, report.imported, report.refused.len()), (3, 2, 1, 1));
        assert!(report.refused[0].reason.contains("no tool 'nope'"), "{:?}", report.refused);
        assert_eq!(report.auth.as_ref().map(|auth| auth.setting.as_str()), Some("wiki.token"));
        assert!(!files["connectors/wiki.tools.json"].contains("erase.all"), "only what was picked is pinned");
        let catalogue = Catalogue::load(&Bundle { files, ..Bundle::default() }).unwrap_or_else(|f| panic!("{f:#?}"));
        let found: Vec<_> = catalogue.actions().map(|action| (action.name.as_str(), action.title.as_str())).collect();
        assert_eq!(found, [("wiki_find", "Look it up: \"here\"")]);
    }

    #[test]
    fn all_tools_are_suggested_and_those_that_cannot_be_called_are_told() {
        let Import { report, files } = import(&named("wiki")).unwrap();
        let seen: Vec<_> = report.operations.iter().map(|o| (o.name.as_str(), o.writes, o.risk.as_str())).collect();
        assert_eq!(seen, [("wiki_find", false, "low"), ("wiki_erase_all", true, "high")]);
        assert_eq!(
            (report.operations[0].title.as_str(), report.refused[0].operation.as_str()),
            ("Finds pages.", "odd")
        );
        assert!(Catalogue::load(&Bundle { files, ..Bundle::default() }).is_ok());
        let called = |operation: &str| Pick {
            operation: operation.to_owned(),
            name: Some("look".to_owned()),
            ..Pick::default()
        };
        let alike = Options { picks: Some(vec![called("find"), called("erase.all")]), ..named("wiki") };
        let other = Pick { name: Some("true".to_owned()), ..called("find") };
        for options in [alike, Options { picks: Some(vec![other]), ..named("wiki") }] {
            let files = import(&options).unwrap().files;
            assert!(Catalogue::load(&Bundle { files, ..Bundle::default() }).is_ok());
        }
        assert!(import(&Options::default()).unwrap_err().contains("a name"));
        assert!(import(&named("a b")).unwrap_err().contains("a name"));
        let auth = Some(AuthFile { kind: Some("basic".to_owned()), ..AuthFile::default() });
        assert!(import(&Options { auth, ..named("wiki") }).unwrap_err().contains("'basic'"));
    }
}
