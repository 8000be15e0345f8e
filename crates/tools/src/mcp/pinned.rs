//! What a server says of its tools, and the file in which a blueprint pins it.

use baton_base::{Digest, digest_of};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
    for tool in tools {
        let reads = tool.hint("readOnlyHint") == Some(true);
        let risk = match (reads, tool.hint("destructiveHint")) {
            (true, _) => "low",
            (false, Some(false)) => "medium",
            (false, _) => "high",
        };
        let own: String =
            tool.name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        out.push_str(&format!(
            "  - name: {name}_{own}\n    tool: {}\n    writes: {}\n    risk: {risk}\n    idempotent: {}\n",
            json!(tool.name),
            !reads,
            reads || tool.hint("idempotentHint") == Some(true)
        ));
    }
    let pinned = serde_json::to_string_pretty(&Pinned { tools: tools.to_vec() }).unwrap_or_default();
    vec![(format!("connectors/{name}.tools.json"), pinned + "\n"), (format!("connectors/{name}.yaml"), out)]
}
