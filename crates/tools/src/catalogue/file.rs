//! What stands in `connectors/*.yaml`, before it is checked against the system's own description.

use super::auth::AuthFile;
use crate::mcp::Sandbox;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Longest time a system is given for one attempt where the file does not say, milliseconds.
pub const TIMEOUT_MS_DEFAULT: u64 = 5_000;
/// Longest time a file may give a system for one attempt, milliseconds.
pub const TIMEOUT_MS_MAX: u64 = 60_000;
/// Attempts at one call where the file does not say.
pub const ATTEMPTS_DEFAULT: u32 = 5;
/// Most attempts that a file may ask for.
pub const ATTEMPTS_MAX: u32 = 10;
/// Header that carries an effect's key where the file does not say.
pub const IDEMPOTENCY_HEADER_DEFAULT: &str = "Idempotency-Key";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectorFile {
    pub name: String,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default = "kind_default")]
    pub kind: String,
    #[serde(default)]
    pub openapi: Option<String>,
    #[serde(default)]
    pub base_url: Option<String>,
    #[serde(default)]
    pub describe_url: Option<String>,
    #[serde(default)]
    pub command: Option<Vec<String>>,
    #[serde(default)]
    pub sandbox: Option<Sandbox>,
    #[serde(default)]
    pub tools: Option<String>,
    #[serde(default)]
    pub revision: Option<String>,
    #[serde(default)]
    pub card: Option<String>,
    #[serde(default)]
    pub dialect: Option<String>,
    #[serde(default)]
    pub rows_max: Option<usize>,
    #[serde(default)]
    pub bytes_max: Option<usize>,
    #[serde(default = "timeout_default")]
    pub timeout_ms: u64,
    #[serde(default = "attempts_default")]
    pub attempts: u32,
    #[serde(default = "idempotency_header_default")]
    pub idempotency_header: String,
    #[serde(default)]
    pub auth: Option<AuthFile>,
    #[serde(default)]
    pub owner: Option<String>,
    pub actions: Vec<ActionFile>,
}

fn kind_default() -> String {
    "openapi".to_owned()
}
fn timeout_default() -> u64 {
    TIMEOUT_MS_DEFAULT
}
fn attempts_default() -> u32 {
    ATTEMPTS_DEFAULT
}
fn idempotency_header_default() -> String {
    IDEMPOTENCY_HEADER_DEFAULT.to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionFile {
    pub name: String,
    #[serde(default)]
    pub operation: Option<String>,
    #[serde(default)]
    pub method: Option<String>,
    #[serde(default)]
    pub path: Option<String>,
    #[serde(default)]
    pub tool: Option<String>,
    #[serde(default)]
    pub tests: Vec<ContractFile>,
    #[serde(default)]
    pub sql: Option<String>,
    #[serde(default)]
    pub one: bool,
    #[serde(default)]
    pub args: Option<Value>,
    #[serde(default)]
    pub base_url: Option<String>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub writes: Option<bool>,
    #[serde(default)]
    pub risk: RiskWord,
    #[serde(default)]
    pub idempotent: Option<bool>,
    #[serde(default)]
    pub confirm: bool,
    #[serde(default)]
    pub facts: Vec<FactFile>,
    #[serde(default)]
    pub derived: Map<String, Value>,
    #[serde(default)]
    pub table: Option<String>,
    #[serde(default)]
    pub money: Vec<String>,
    #[serde(default)]
    pub redact: Vec<String>,
    #[serde(default)]
    pub reconcile: Option<ReconcileFile>,
    #[serde(default)]
    pub compensate: Option<String>,
    #[serde(default)]
    pub outside_text: bool,
}

/// How bad a wrong call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RiskWord {
    #[default]
    Low,
    Medium,
    High,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactFile {
    pub name: String,
    pub action: String,
    #[serde(default)]
    pub args: Map<String, Value>,
    #[serde(default)]
    pub each: Option<String>,
    #[serde(default)]
    pub optional: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReconcileFile {
    pub action: String,
    #[serde(default)]
    pub args: Map<String, Value>,
    #[serde(default)]
    pub happened: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContractFile {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub args: Map<String, Value>,
    #[serde(default)]
    pub expect: Option<String>,
}
