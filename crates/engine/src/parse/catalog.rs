//! Functions and schemas in files of the release, and names such as `greet:1.0.0@shared`.
//!
//! A release is pinned and complete: what it refers to is inside it. So a catalog is a folder of the release, laid out
//! as the specification has it (`functions/NAME/VERSION/function.yaml`), and `default` is the platform.

use super::Parser;
use super::offered::Feature;
use super::reader::shown;
use crate::ast::CallTarget;
use crate::node::{self, Key, Node};

/// The catalog of the platform's own functions.
const DEFAULT_CATALOG: &str = "default";
/// The version of all platform functions: they change only by a new name.
const PLATFORM_VERSION: &str = "1.0.0";
/// What an endpoint in the release begins with.
const IN_RELEASE: &str = "file:///";

impl Parser<'_> {
    pub(super) fn catalogs(&mut self, node: &Node) {
        for (key, node) in node.entries() {
            if key.text == DEFAULT_CATALOG {
                let message = "the catalog 'default' is the platform's own and cannot be replaced";
                self.error(&key.place(), "name", message, "choose another name for this catalog");
            } else if let Some(endpoint) = node.get("endpoint")
                && let Some(folder) = self.path_in_release(endpoint, Feature::RemoteCatalog)
            {
                self.uses.catalogs.insert(key.text.clone(), folder.trim_end_matches('/').to_owned());
            }
        }
    }

    /// What `call: name` means when it is not one of the built-in calls.
    pub(super) fn function_target(&mut self, node: &Node, name: &str) -> Option<CallTarget> {
        if name.contains("://") {
            self.not_offered(node, Feature::RemoteFunction, name);
            return None;
        }
        if self.own_functions.contains(name) {
            return Some(CallTarget::Own(name.to_owned()));
        }
        let Some((function, catalog)) = name.rsplit_once('@') else {
            self.called.insert(name.to_owned());
            return Some(CallTarget::Platform(name.to_owned()));
        };
        let Some((function, version)) = function.split_once(':').filter(|(name, _)| !name.is_empty()) else {
            let message = format!("'{}' does not say which version of the function", shown(name));
            self.error(node, "value", message, "write name:version@catalog, such as notify:1.0.0@default");
            return None;
        };
        if catalog == DEFAULT_CATALOG {
            return self.platform_function(node, function, version);
        }
        self.cataloged(node, name, &[function, version, catalog])
    }

    fn platform_function(&mut self, node: &Node, function: &str, version: &str) -> Option<CallTarget> {
        if version != PLATFORM_VERSION {
            let message = format!("there is no version '{}' of platform functions", shown(version));
            self.error(node, "unknown-reference", message, format!("write {function}:{PLATFORM_VERSION}@default"));
            return None;
        }
        self.called.insert(function.to_owned());
        Some(CallTarget::Platform(function.to_owned()))
    }

    /// A function of a catalog in the release, read once and kept as a function of the definition.
    fn cataloged(&mut self, node: &Node, name: &str, parts: &[&str; 3]) -> Option<CallTarget> {
        let [function, version, catalog] = *parts;
        let target = Some(CallTarget::Own(name.to_owned()));
        if self.cataloged.contains(name) {
            return target;
        }
        let Some(folder) = self.uses.catalogs.get(catalog).cloned() else {
            self.unknown_use(node, "catalog", "catalogs", catalog);
            return None;
        };
        let file = format!("functions/{function}/{version}/function.yaml");
        let path = if folder.is_empty() { file } else { format!("{folder}/{file}") };
        let root = self.file_of_release(node, &path)?;
        self.cataloged.insert(name.to_owned());
        // The function means the same for every caller: it sees none of the caller's functions and variables.
        let caller = std::mem::replace(&mut self.file, path);
        let functions = std::mem::take(&mut self.own_functions);
        let scope = std::mem::take(&mut self.scope);
        let levels = std::mem::take(&mut self.levels);
        let key = Key { line: root.line, column: root.column, text: name.to_owned() };
        self.check_task(&root, &format!("'{}'", shown(name)));
        let task = self.task(&key, &root, &format!("/use/functions/{name}"));
        (self.file, self.own_functions, self.scope, self.levels) = (caller, functions, scope, levels);
        self.uses.functions.insert(name.to_owned(), task?);
        target
    }

    /// A file of the release, read as YAML (or JSON, which is YAML).
    pub(super) fn file_of_release(&mut self, at: &Node, path: &str) -> Option<Node> {
        let Some(text) = (self.files)(path) else {
            let message = format!("there is no file '{}' in the release", shown(path));
            self.error(at, "missing-file", message, "add it to the blueprint's folder, or correct the path");
            return None;
        };
        match node::read(path, &text) {
            Ok(root) => {
                self.sources.insert(path.to_owned(), text);
                Some(root)
            }
            Err(finding) => {
                self.findings.push(finding);
                None
            }
        }
    }

    /// The path that `file:///path` means; anything else is elsewhere, and refused by the feature's name.
    pub(super) fn path_in_release(&mut self, endpoint: &Node, remote: Feature) -> Option<String> {
        let at = endpoint.get("uri").unwrap_or(endpoint);
        let uri = at.text()?;
        let Some(path) = uri.strip_prefix(IN_RELEASE) else {
            self.not_offered(at, remote, uri);
            return None;
        };
        if path.split('/').any(|part| part == ".." || part == ".") {
            let message = format!("'{}' leaves the release", shown(uri));
            self.error(at, "value", message, "write the path from the blueprint's folder, such as file:///shared");
            return None;
        }
        Some(path.to_owned())
    }

    /// `metadata.compensate` of a task: the function that undoes it.
    pub(super) fn compensation(&mut self, metadata: &Node) -> Option<String> {
        let node = metadata.get("compensate")?;
        match self.function_target(node, node.text()?)? {
            CallTarget::Own(name) | CallTarget::Platform(name) => Some(name),
            _ => None,
        }
    }
}
