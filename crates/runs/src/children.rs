//! Processes that processes run: each must be one of the release, as it was meant, or the run that starts it would fail.

use crate::Processes;
use baton_base::written::Places;
use baton_base::{Bundle, Finding, Severity};
use baton_engine::{ChildProcess, Definition};
use std::collections::BTreeMap;

/// The version that is whichever the release has.
const LATEST: &str = "latest";

/// Child processes that the release does not have, or has in another namespace or version than is written, each with its
/// place. A run starts the process of its own release that has the name: nothing else could be meant.
pub fn unknown_children(bundle: &Bundle, processes: &Processes) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut read = BTreeMap::new();
    for (process, definition) in processes.all() {
        let own = format!("processes/{process}.yaml");
        for one in of(definition, &own, &|path| bundle.file(path).unwrap_or_default(), &mut read, processes) {
            // A function of a catalog is found once for each process that takes it in.
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found
}

/// The same of a draft beside a release; as warnings, since what it runs may be changed together with it.
pub fn unknown_children_of(draft: &Definition, (file, text): (&str, &str), processes: &Processes) -> Vec<Finding> {
    let found = of(draft, file, &|path| if path == file { text } else { "" }, &mut BTreeMap::new(), processes);
    found.into_iter().map(|one| Finding { severity: Severity::Warning, ..one }).collect()
}

fn of<'t>(
    definition: &Definition,
    own: &str,
    text: &dyn Fn(&str) -> &'t str,
    read: &mut BTreeMap<String, Places<'t>>,
    processes: &Processes,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for child in definition.children() {
        let Some((key, rule, what, remedy)) = wrong(&child, processes) else { continue };
        let path = child.file.unwrap_or_else(|| own.to_owned());
        let places = read.entry(path.clone()).or_insert_with(|| Places::of(text(&path)));
        let (line, column) = places.place_of(&format!("{}/run/workflow/{key}", child.pointer));
        found.push(Finding::error(&path, rule, format!("'{}' {what}", child.task), remedy).at(line, column));
    }
    found
}

/// The key that is wrong, by which rule, in what way, and what to do.
fn wrong(child: &ChildProcess<'_>, processes: &Processes) -> Option<(&'static str, &'static str, String, String)> {
    let ChildProcess { namespace, name, version, .. } = *child;
    let Some(definition) = processes.get(name) else {
        let known: Vec<&str> = processes.all().map(|(name, _)| name).collect();
        let what = format!("runs the process '{name}', which the release does not have");
        let remedy = format!("name a file in processes/ without its extension, one of: {}", known.join(", "));
        return Some(("name", "process-unknown", what, remedy));
    };
    let other = |key, meant: &str, has: &str| {
        let what = format!("runs the process '{name}' with the {key} '{meant}'; the release has it with '{has}'");
        (key, "process-version", what, remedy_of(key, definition))
    };
    if definition.namespace() != namespace {
        return Some(other("namespace", namespace, definition.namespace()));
    }
    let is_meant = version == LATEST || definition.version() == version;
    (!is_meant).then(|| other("version", version, definition.version()))
}

fn remedy_of(key: &str, definition: &Definition) -> String {
    match key {
        "version" => format!("write version: {}, or {LATEST} for whichever the release has", definition.version()),
        _ => format!("write namespace: {}", definition.namespace()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(run: &str) -> Vec<(u32, String, String)> {
        let head = |name: &str| format!("document: {{ dsl: 1.0.3, namespace: shop, name: {name}, version: 1.2.0 }}\n");
        let files = [
            ("processes/pay.yaml".to_owned(), format!("{}do: [{{ a: {{ set: {{ b: 1 }} }} }}]\n", head("pay"))),
            (
                "processes/order.yaml".to_owned(),
                format!("{}do:\n  - part:\n      do:\n        - sub:\n            run:\n{run}", head("order")),
            ),
        ];
        let bundle = Bundle { files: files.into(), ..Bundle::default() };
        let processes = Processes::load(&bundle, &[]).unwrap_or_else(|found| panic!("{found:?}"));
        let found = unknown_children(&bundle, &processes);
        assert!(found.iter().all(|one| one.file == "processes/order.yaml" && !one.remedy.is_empty()), "{found:?}");
        found.into_iter().map(|one| (one.line, one.rule, one.message)).collect()
    }

    fn workflow(namespace: &str, name: &str, version: &str) -> String {
        let pad = " ".repeat(14);
        format!("{pad}workflow:\n{pad}  namespace: {namespace}\n{pad}  name: {name}\n{pad}  version: {version}\n")
    }

    #[test]
    fn a_process_that_is_run_is_one_of_the_release_as_it_was_meant() {
        for version in ["1.2.0", "latest"] {
            assert!(found(&workflow("shop", "pay", version)).is_empty(), "{version}");
        }
        for (run, line, rule, says) in [
            (workflow("shop", "pya", "1.2.0"), 9, "process-unknown", "'pya'"),
            (workflow("store", "pay", "1.2.0"), 8, "process-version", "'shop'"),
            (workflow("shop", "pay", "1.1.0"), 10, "process-version", "'1.2.0'"),
        ] {
            let found = found(&run);
            assert_eq!(found.len(), 1, "{run}: {found:?}");
            assert_eq!((found[0].0, found[0].1.as_str()), (line, rule), "{found:?}");
            assert!(found[0].2.contains(says) && found[0].2.contains("'sub'"), "{found:?}");
        }
    }
}
