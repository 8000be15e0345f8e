//! What the language has and Baton does not offer: refused by name, each with what to do instead.

use super::Parser;
use super::reader::shown;
use crate::node::Node;

/// A feature of the language that is refused at load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    Grpc,
    AsyncApi,
    Container,
    Script,
    Shell,
    McpStdio,
    RemoteCatalog,
    RemoteFunction,
    SchemaElsewhere,
    SchemaFormat,
    EvaluateLanguage,
    EvaluateLoose,
    Certificate,
}

impl Feature {
    /// Its name, why it is not offered, and the alternative.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        const PINNED: &str = "a release is complete and does not change under its runs";
        match self {
            Self::Grpc => (
                "call: grpc",
                "gRPC services are not spoken to",
                "use 'call: http' or 'call: openapi', or 'call: action' of a connector",
            ),
            Self::AsyncApi => (
                "call: asyncapi",
                "message brokers are not spoken to",
                "use 'emit' and 'listen' for events, or 'call: action' of a connector",
            ),
            Self::Container => ("run: container", NO_PROGRAMS, INSTEAD_OF_PROGRAMS),
            Self::Script => ("run: script", NO_PROGRAMS, INSTEAD_OF_PROGRAMS),
            Self::Shell => ("run: shell", NO_PROGRAMS, INSTEAD_OF_PROGRAMS),
            Self::McpStdio => (
                "mcp over stdio",
                NO_PROGRAMS,
                "run the MCP server elsewhere and use 'transport: http', or call it through a connector",
            ),
            Self::RemoteCatalog => (
                "remote catalog",
                PINNED,
                "copy the functions into the release (endpoint: file:///folder), or define them under use.functions",
            ),
            Self::RemoteFunction => (
                "remote function",
                PINNED,
                "copy the function under use.functions, or into a catalog in the release (endpoint: file:///folder)",
            ),
            Self::SchemaElsewhere => (
                "remote schema",
                PINNED,
                "put the schema inline under 'document', or into the release (endpoint: file:///path)",
            ),
            Self::SchemaFormat => ("schema format", "schemas are JSON Schemas", "write 'format: json'"),
            Self::EvaluateLanguage => ("evaluate.language", "expressions are jq", "write 'language: jq'"),
            Self::EvaluateLoose => (
                "evaluate.mode: loose",
                "a text that happens to be an expression would be run",
                "write 'mode: strict', and expressions as ${ … }",
            ),
            Self::Certificate => (
                "authentication: certificate",
                "the language does not define it",
                "use basic, bearer, digest, oauth2 or oidc, or a connector",
            ),
        }
    }
}

impl Feature {
    /// For the editor: that it is not offered, and what to do instead.
    pub(crate) fn sentence(self) -> String {
        let (_, why, instead) = self.words();
        format!("Not offered: {why}; {instead}.")
    }
}

const NO_PROGRAMS: &str = "a process starts no programs of its own";
const INSTEAD_OF_PROGRAMS: &str =
    "do it in a connected system and call it with 'call: action', or start a process with 'run: workflow'";

impl Parser<'_> {
    /// Refuses a feature by its name; `text` is what the author wrote, where that says more.
    pub(super) fn not_offered(&mut self, at: &Node, feature: Feature, text: &str) {
        let (name, why, instead) = feature.words();
        let written = if text.is_empty() { String::new() } else { format!(" ('{}')", shown(text)) };
        self.error(at, "unsupported", format!("'{name}' is not offered{written}: {why}"), instead);
    }
}
