//! `call` and what it takes: endpoints, authentication, arguments.

use super::Parser;
use super::offered::Feature;
use super::reader::{Fields, shown};
use crate::ast::{Call, CallTarget, TaskBody, Template};
use crate::expr;
use crate::node::{Kind, Node};
use serde_json::{Map, Value};

const OUTPUTS: [&str; 3] = ["raw", "content", "response"];
const MCP_METHODS: [&str; 7] = [
    "tools/list",
    "tools/call",
    "prompts/list",
    "prompts/get",
    "resources/list",
    "resources/read",
    "resources/templates/list",
];
const A2A_METHODS: [&str; 11] = [
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
];
const AUTHENTICATIONS: [&str; 5] = ["basic", "bearer", "digest", "oauth2", "oidc"];

impl Parser<'_> {
    pub(super) fn call(&mut self, node: &Node, fields: &mut Fields<'_>) -> Option<TaskBody> {
        let name = self.text(node, "'call'")?.to_owned();
        let target = match name.as_str() {
            "http" => CallTarget::Http,
            "openapi" => CallTarget::OpenApi,
            "mcp" => CallTarget::Mcp,
            "a2a" => CallTarget::A2a,
            "grpc" | "asyncapi" => {
                let feature = if name == "grpc" { Feature::Grpc } else { Feature::AsyncApi };
                self.not_offered(node, feature, "");
                fields.get("with");
                return None;
            }
            "" => {
                self.error(node, "value", "'call' names no function", "name a function, or http, openapi, mcp, a2a");
                return None;
            }
            _ => {
                let target = self.function_target(node, &name);
                if target.is_none() {
                    fields.get("with");
                }
                target?
            }
        };
        let with = match &target {
            CallTarget::Own(_) | CallTarget::Platform(_) => fields.get("with"),
            _ => Some(self.required(fields, "with")?),
        };
        let Some(with) = with else {
            return Some(TaskBody::Call(Call { target, with: Template::Literal(Value::Object(Map::new())) }));
        };
        match &target {
            CallTarget::Http => self.http(with),
            CallTarget::OpenApi => self.openapi(with),
            CallTarget::Mcp => self.mcp(with),
            CallTarget::A2a => self.a2a(with),
            CallTarget::Own(_) | CallTarget::Platform(_) => {
                self.entries(with, "'with'");
            }
        }
        self.inlined(with).map(|with| TaskBody::Call(Call { target, with }))
    }

    /// The arguments as a template, authentication references replaced by the policies they name.
    fn inlined(&mut self, node: &Node) -> Option<Template> {
        let template = self.template(node)?;
        Some(self.with_policies(template))
    }

    fn with_policies(&self, template: Template) -> Template {
        match template {
            Template::Object(parts) => Template::Object(
                parts
                    .into_iter()
                    .map(|(key, part)| {
                        let policy = (key == "authentication").then(|| self.policy_of(&part)).flatten();
                        let part = policy.unwrap_or_else(|| self.with_policies(part));
                        (key, part)
                    })
                    .collect(),
            ),
            Template::Literal(value) if holds_reference(&value) => self.with_policies(opened(value)),
            other => other,
        }
    }

    fn policy_of(&self, part: &Template) -> Option<Template> {
        let name = match part {
            Template::Literal(value) => value.get("use")?.as_str()?,
            Template::Object(parts) => match parts.as_slice() {
                [(key, Template::Literal(Value::String(name)))] if key == "use" => name,
                _ => return None,
            },
            _ => return None,
        };
        self.known().authentications.get(name).cloned()
    }

    fn http(&mut self, node: &Node) {
        let Some(mut fields) = self.fields(node, "the HTTP call") else { return };
        if let Some(method) = self.required(&mut fields, "method") {
            self.text(method, "'method'");
        }
        if let Some(endpoint) = self.required(&mut fields, "endpoint") {
            self.endpoint(endpoint, "'endpoint'");
        }
        for key in ["headers", "query"] {
            if let Some(node) = fields.get(key) {
                self.texts_or_expr(node, key);
            }
        }
        fields.get("body");
        self.output_and_redirect(&mut fields);
        self.finish(fields);
    }

    fn output_and_redirect(&mut self, fields: &mut Fields<'_>) {
        if let Some(node) = fields.get("output") {
            self.word(node, "'output'", &OUTPUTS);
        }
        if let Some(node) = fields.get("redirect") {
            self.boolean(node, "'redirect'");
        }
    }

    fn texts_or_expr(&mut self, node: &Node, what: &str) {
        if let Kind::Text(text) = &node.kind
            && expr::unwrapped(text).is_some()
        {
            return;
        }
        for (_, value) in self.entries(node, what).unwrap_or_default() {
            self.text(value, what);
        }
    }

    fn openapi(&mut self, node: &Node) {
        let Some(mut fields) = self.fields(node, "the OpenAPI call") else { return };
        if let Some(document) = self.required(&mut fields, "document") {
            self.external_resource(document, "'document'");
        }
        self.required_text(&mut fields, "operationId");
        if let Some(node) = fields.get("parameters") {
            self.entries(node, "'parameters'");
        }
        if let Some(node) = fields.get("authentication") {
            self.authentication(node, true);
        }
        self.output_and_redirect(&mut fields);
        self.finish(fields);
    }

    fn mcp(&mut self, node: &Node) {
        let Some(mut fields) = self.fields(node, "the MCP call") else { return };
        self.text_at(&mut fields, "protocolVersion");
        if let Some(node) = self.required(&mut fields, "method") {
            self.word(node, "'method'", &MCP_METHODS);
        }
        if let Some(node) = fields.get("parameters") {
            self.mapping_or_text(node, "'parameters'");
        }
        if let Some(node) = fields.get("timeout") {
            self.span(node, "'timeout'");
        }
        if let Some(node) = self.required(&mut fields, "transport") {
            self.mcp_transport(node);
        }
        if let Some(mut client) = fields.get("client").and_then(|node| self.fields(node, "'client'")) {
            self.required_text(&mut client, "name");
            self.required_text(&mut client, "version");
            self.text_at(&mut client, "description");
            self.finish(client);
        }
        self.finish(fields);
    }

    fn mcp_transport(&mut self, node: &Node) {
        let Some(mut fields) = self.fields(node, "'transport'") else { return };
        if let Some(node) = fields.get("stdio") {
            self.not_offered(node, Feature::McpStdio, "");
        } else if let Some(http) = self.required(&mut fields, "http").and_then(|node| self.fields(node, "'http'")) {
            let mut http = http;
            if let Some(node) = self.required(&mut http, "endpoint") {
                self.endpoint(node, "'endpoint'");
            }
            if let Some(node) = http.get("headers") {
                self.texts_or_expr(node, "'headers'");
            }
            self.finish(http);
        }
        if let Some(node) = fields.get("options") {
            self.texts_or_expr(node, "'options'");
        }
        self.finish(fields);
    }

    fn a2a(&mut self, node: &Node) {
        let Some(mut fields) = self.fields(node, "the A2A call") else { return };
        let card = fields.get("agentCard");
        let server = fields.get("server");
        if let Some(node) = card {
            self.external_resource(node, "'agentCard'");
        }
        if let Some(node) = server {
            self.endpoint(node, "'server'");
        }
        if card.is_none() && server.is_none() {
            self.error(node, "missing-key", "the A2A call says neither 'agentCard' nor 'server'", "add one of them");
        }
        if let Some(node) = self.required(&mut fields, "method") {
            self.word(node, "'method'", &A2A_METHODS);
        }
        if let Some(node) = fields.get("parameters") {
            self.mapping_or_text(node, "'parameters'");
            if matches!(&node.kind, Kind::Map(entries) if entries.is_empty()) {
                self.error(node, "shape", "'parameters' is empty", "give at least one parameter, or leave it out");
            }
        }
        self.finish(fields);
    }

    fn mapping_or_text(&mut self, node: &Node, what: &str) {
        if !matches!(node.kind, Kind::Text(_)) {
            self.entries(node, what);
        }
    }

    /// `{name, endpoint}`.
    pub(super) fn external_resource(&mut self, node: &Node, what: &str) -> Option<Template> {
        let mut fields = self.fields(node, what)?;
        self.text_at(&mut fields, "name");
        let endpoint = self.required(&mut fields, "endpoint").and_then(|node| self.endpoint(node, "'endpoint'"));
        self.finish(fields);
        endpoint
    }

    /// A URI, an expression, or `{uri, authentication}`; its URI.
    pub(super) fn endpoint(&mut self, node: &Node, what: &str) -> Option<Template> {
        if !matches!(node.kind, Kind::Map(_)) {
            return self.uri(node, what);
        }
        let mut fields = self.fields(node, what)?;
        let uri = self.required(&mut fields, "uri").and_then(|node| self.uri(node, "'uri'"));
        if let Some(node) = fields.get("authentication") {
            self.authentication(node, true);
        }
        self.finish(fields);
        uri
    }

    /// A URI (or URI template), or an expression that gives one.
    pub(super) fn uri(&mut self, node: &Node, what: &str) -> Option<Template> {
        let text = self.text(node, what)?;
        if expr::unwrapped(text).is_some() {
            return self.template(node);
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let valid = scheme.is_some_and(|scheme| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        if !valid {
            let message = format!("{what} is not a URI: '{}'", shown(text));
            self.error(node, "uri", message, "write it in full, such as https://host/path, or as an expression ${ … }");
            return None;
        }
        Some(Template::Literal(Value::from(text)))
    }

    /// An authentication policy; by reference where that is allowed.
    pub(super) fn authentication(&mut self, node: &Node, by_name: bool) -> Option<Template> {
        let mut fields = self.fields(node, "the authentication")?;
        if let Some(node) = fields.get("use").filter(|_| by_name) {
            let name = self.text(node, "'use'")?;
            if !self.known().authentications.contains_key(name) {
                self.unknown_use(node, "authentication", "authentications", name);
            }
            self.finish(fields);
            return None;
        }
        if let Some(node) = fields.get("certificate") {
            self.not_offered(node, Feature::Certificate, "");
            self.finish(fields);
            return None;
        }
        let found: Vec<(&str, &Node)> =
            AUTHENTICATIONS.iter().filter_map(|kind| Some((*kind, fields.get(kind)?))).collect();
        self.finish(fields);
        let [(kind, policy)] = found.as_slice() else {
            let message = "an authentication has exactly one policy";
            self.error(node, "shape", message, format!("one of: {}", AUTHENTICATIONS.join(", ")));
            return None;
        };
        self.policy(kind, policy);
        self.template(node)
    }

    fn policy(&mut self, kind: &str, node: &Node) {
        let Some(mut fields) = self.fields(node, "the policy") else { return };
        if let Some(secret) = fields.get("use") {
            if let Some(name) = self.text(secret, "'use'") {
                self.secret_known(secret, name);
            }
            self.finish(fields);
            return;
        }
        match kind {
            "basic" | "digest" => {
                self.required_text(&mut fields, "username");
                self.required_text(&mut fields, "password");
            }
            "bearer" => {
                self.required_text(&mut fields, "token");
            }
            _ => self.oauth2(&mut fields, kind == "oauth2"),
        }
        self.finish(fields);
    }

    fn secret_known(&mut self, node: &Node, name: &str) {
        if !self.known().secrets.iter().any(|known| known == name) {
            self.warn(
                node,
                "unknown-secret",
                format!("secret '{}' is not declared", shown(name)),
                "list it under use.secrets, so that a release can be checked for it",
            );
        }
    }

    fn oauth2(&mut self, fields: &mut Fields<'_>, endpoints: bool) {
        const GRANTS: [&str; 5] = [
            "authorization_code",
            "client_credentials",
            "password",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ];
        if let Some(node) = fields.get("authority") {
            self.uri(node, "'authority'");
        }
        if let Some(node) = fields.get("grant") {
            self.word(node, "'grant'", &GRANTS);
        }
        if let Some(mut client) = fields.get("client").and_then(|node| self.fields(node, "'client'")) {
            for key in ["id", "secret", "assertion"] {
                self.text_at(&mut client, key);
            }
            if let Some(node) = client.get("authentication") {
                let ways =
                    ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
                self.word(node, "'authentication'", &ways);
            }
            self.finish(client);
        }
        if let Some(mut request) = fields.get("request").and_then(|node| self.fields(node, "'request'")) {
            if let Some(node) = request.get("encoding") {
                self.word(node, "'encoding'", &["application/x-www-form-urlencoded", "application/json"]);
            }
            self.finish(request);
        }
        for key in ["issuers", "scopes", "audiences"] {
            for node in fields.get(key).and_then(|node| self.list(node, key)).unwrap_or_default() {
                self.text(node, key);
            }
        }
        for key in ["username", "password"] {
            self.text_at(fields, key);
        }
        for key in ["subject", "actor"] {
            if let Some(mut token) = fields.get(key).and_then(|node| self.fields(node, key)) {
                self.required_text(&mut token, "token");
                self.required_text(&mut token, "type");
                self.finish(token);
            }
        }
        if let Some(node) = fields.get("endpoints").filter(|_| endpoints) {
            let Some(mut paths) = self.fields(node, "'endpoints'") else { return };
            for key in ["token", "revocation", "introspection"] {
                self.text_at(&mut paths, key);
            }
            self.finish(paths);
        }
    }
}

/// Whether a literal holds `authentication: {use: name}` somewhere.
fn holds_reference(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| key == "authentication" || holds_reference(value)),
        _ => false,
    }
}

/// A literal object as a template, one level opened.
fn opened(value: Value) -> Template {
    match value {
        Value::Object(map) => {
            Template::Object(map.into_iter().map(|(key, value)| (key, Template::Literal(value))).collect())
        }
        other => Template::Literal(other),
    }
}
