//! What built-in calls take.

use super::Holds::*;
use super::{AUTHENTICATION, DURATION, ENDPOINT, Holds, Key, Need, RESOURCE, Shape, optional, required, shape};
use crate::parse::offered::Feature;

/// Texts by name, or an expression that gives them.
const TEXTS: Holds = Either(&[Wrapped, Map(&Text)]);
const OUTPUT_KEY: Key = optional(
    "output",
    Words(&["raw", "content", "response"]),
    "What is kept of the answer: its content, its bytes in base64, or all of it with status and headers.",
);
const REDIRECT_KEY: Key = optional("redirect", Bool, "Whether an answer 3xx is no error.");

/// Built-in calls and what they take.
pub(crate) static BUILT_IN: [(&str, &Shape); 4] =
    [("http", &HTTP), ("openapi", &OPENAPI), ("mcp", &MCP), ("a2a", &A2A)];
/// Built-in calls of the language that are not offered.
pub(crate) const NO_CALLS: [(&str, Feature); 2] = [("grpc", Feature::Grpc), ("asyncapi", Feature::AsyncApi)];

pub(crate) static HTTP: Shape = shape(
    "http",
    "the HTTP call",
    &[
        required("method", Usually(&["get", "post", "put", "patch", "delete", "head", "options"]), "The HTTP method."),
        required("endpoint", ENDPOINT, "What to call."),
        optional("headers", TEXTS, "Headers to send."),
        optional("query", TEXTS, "Parameters of the query."),
        optional("body", Anything, "What to send."),
        OUTPUT_KEY,
        REDIRECT_KEY,
    ],
);
pub(crate) static OPENAPI: Shape = shape(
    "openapi",
    "the OpenAPI call",
    &[
        required("document", Shape(&RESOURCE), "The OpenAPI description."),
        required("operationId", Text, "The operation of it to call."),
        optional("parameters", Free, "What the operation takes."),
        optional("authentication", Shape(&AUTHENTICATION), "How to sign in."),
        OUTPUT_KEY,
        REDIRECT_KEY,
    ],
);
pub(crate) static MCP: Shape = shape(
    "mcp",
    "the MCP call",
    &[
        optional("protocolVersion", Usually(&["2025-06-18"]), "Version of the protocol."),
        required(
            "method",
            Words(&[
                "tools/list",
                "tools/call",
                "prompts/list",
                "prompts/get",
                "resources/list",
                "resources/read",
                "resources/templates/list",
            ]),
            "What to ask the server.",
        ),
        optional("parameters", Either(&[Text, Free]), "What the method takes."),
        optional("timeout", DURATION, "How long the answer may take."),
        required("transport", Shape(&MCP_TRANSPORT), "How to reach the server."),
        optional("client", Shape(&MCP_CLIENT), "As what to introduce ourselves."),
    ],
);
pub(crate) static MCP_TRANSPORT: Shape = shape(
    "mcpTransport",
    "'transport'",
    &[
        optional("http", Shape(&MCP_HTTP), "Over HTTP."),
        optional("stdio", Refused(Feature::McpStdio), "Not offered: a process starts no programs."),
        optional("options", TEXTS, "Options of the transport."),
    ],
)
.needs(Need::One(&["http", "stdio"]));
pub(crate) static MCP_HTTP: Shape = shape(
    "mcpHttp",
    "'http'",
    &[required("endpoint", ENDPOINT, "The server."), optional("headers", TEXTS, "Headers to send.")],
);
pub(crate) static MCP_CLIENT: Shape = shape(
    "mcpClient",
    "'client'",
    &[
        required("name", Text, "Name of the client."),
        required("version", Text, "Version of the client."),
        optional("description", Text, "What the client is."),
    ],
);
pub(crate) static A2A: Shape = shape(
    "a2a",
    "the A2A call",
    &[
        optional("agentCard", Shape(&RESOURCE), "The card of the agent."),
        optional("server", ENDPOINT, "The agent's server, where there is no card."),
        required(
            "method",
            Words(&[
                "message/send",
                "message/stream",
                "tasks/get",
                "tasks/list",
                "tasks/cancel",
                "tasks/resubscribe",
                "tasks/pushNotificationConfig/set",
                "tasks/pushNotificationConfig/get",
                "tasks/pushNotificationConfig/list",
                "tasks/pushNotificationConfig/delete",
                "agent/getAuthenticatedExtendedCard",
            ]),
            "What to ask the agent.",
        ),
        optional("parameters", Either(&[Text, FreeNotEmpty]), "What the method takes."),
    ],
)
.needs(Need::Some(&["agentCard", "server"]));
