//! What a server says of its tools, and the file in which a blueprint pins it.

use baton_base::{Digest, digest_of, digest_of_text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest name of an action, bytes.
const NAME_BYTES_MAX: usize = 64;
/// Hex digits that tell names apart, count.
const DIGEST_CHARS: usize = 8;

/// One tool as its server describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// In words; agents read them, so they are pinned too.
    #[serde(default)]
    pub description: String,
    /// JSON Schema of its arguments.
    #[serde(rename = "inputSchema", default)]
    pub input: Value,
    /// What it says of itself: hints, never trusted further than a suggestion.
    #[serde(default)]
    pub annotations: Value,
}

/// `connectors/NAME.tools.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pinned {
    /// Tools.
    pub tools: Vec<Tool>,
}

impl Tool {
    /// Digest of name, description and schema.
    pub fn digest(&self) -> Digest {
        digest_of(&json!([self.name, self.description, self.input]))
    }

    /// Tools of a page of `tools/list`.
    pub(super) fn page(result: &Value) -> Vec<Self> {
        let tools = result.get("tools").and_then(Value::as_array).into_iter().flatten();
        tools.filter_map(|tool| serde_json::from_value(tool.clone()).ok()).collect()
    }

    /// Whether it only reads, how bad a wrong call may be, and whether it may be repeated: as it says of itself, leaning to the
    /// safe side.
    pub(crate) fn leans(&self) -> (bool, &'static str, bool) {
        let reads = self.hint("readOnlyHint") == Some(true);
        let risk = match (reads, self.hint("destructiveHint")) {
            (true, _) => "low",
            (false, Some(false)) => "medium",
            (false, _) => "high",
        };
        (reads, risk, reads || self.hint("idempotentHint") == Some(true))
    }

    /// A hint, if the server gives it.
    pub fn hint(&self, name: &str) -> Option<bool> {
        self.annotations.get(name).and_then(Value::as_bool)
    }
}

/// The connector file and the pinned tools of a server; every tool is there, with the safe side suggested.
pub fn files(name: &str, place: &str, tools: &[Tool]) -> Vec<(String, String)> {
    let mut out = format!(
        "# From what the server says of its tools. Look through risk and writes, leave out what nobody needs.\n\
         name: {name}\nkind: mcp\n{place}\ntools: connectors/{name}.tools.json\nactions:\n"
    );
    for (tool, own) in tools.iter().zip(names(name, tools)) {
        let (reads, risk, repeatable) = tool.leans();
        out.push_str(&format!(
            "  - name: {own}\n    tool: {}\n    writes: {}\n    risk: {risk}\n    idempotent: {repeatable}\n",
            json!(tool.name),
            !reads,
        ));
    }
    let pinned = serde_json::to_string_pretty(&Pinned { tools: tools.to_vec() }).unwrap_or_default();
    vec![(format!("connectors/{name}.tools.json"), pinned + "\n"), (format!("connectors/{name}.yaml"), out)]
}

/// A name for each tool's action, in the letters that names have. One that is too long, or that two tools come to, is told
/// apart by the tool's own name, so that no name depends on which other tools there are.
pub(crate) fn names(connector: &str, tools: &[Tool]) -> Vec<String> {
    let letter = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let plain = |tool: &Tool| format!("{connector}_{}", tool.name.chars().map(letter).collect::<String>());
    let plain: Vec<String> = tools.iter().map(plain).collect();
    let alone = |name: &String| plain.iter().filter(|other| *other == name).count() == 1;
    let told = |(name, tool): (&String, &Tool)| {
        if alone(name) && name.len() <= NAME_BYTES_MAX {
            return name.clone();
        }
        let kept: String = name.chars().take(NAME_BYTES_MAX - DIGEST_CHARS - 1).collect();
        format!("{kept}_{}", &digest_of_text(&tool.name)[..DIGEST_CHARS])
    };
    plain.iter().zip(tools).map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_a_name_of_its_own_that_an_action_can_have() {
        let tool = |name: &str| Tool {
            name: name.to_owned(),
            description: String::new(),
            input: Value::Null,
            annotations: Value::Null,
        };
        let (long, longer) = ("x".repeat(80), "x".repeat(81));
        let tools = ["find", "a.b", "a_b", long.as_str(), longer.as_str()].map(tool);
        let found = names("wiki", &tools);
        assert_eq!(found[0], "wiki_find");
        assert!(found[1].starts_with("wiki_a_b_") && found[2].starts_with("wiki_a_b_"), "{found:?}");
        let mut different = found.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), tools.len(), "{found:?}");
        assert!(found.iter().all(|name| crate::import::can_be_named(name)), "{found:?}");
        // Whatever the server lists first.
        let turned: Vec<Tool> = tools.iter().rev().cloned().collect();
        assert_eq!(names("wiki", &turned).into_iter().rev().collect::<Vec<_>>(), found);
    }
}
