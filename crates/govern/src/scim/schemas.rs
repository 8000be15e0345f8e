//! What this service says of itself (RFC 7643, sections 5 to 7; RFC 7644, section 4).

use super::bulk::OPERATIONS_MAX;
use super::{BASE, GROUP, MEMBER, PAGE_MAX, USER};
use baton_base::limits::BODY_BYTES_MAX;
use serde_json::{Value, json};

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// What is offered.
pub fn config() -> Value {
    let no = || json!({"supported": false});
    json!({
        "schemas": [CONFIG],
        "patch": {"supported": true},
        "bulk": {"supported": true, "maxOperations": OPERATIONS_MAX, "maxPayloadSize": BODY_BYTES_MAX},
        "filter": {"supported": true, "maxResults": PAGE_MAX},
        "changePassword": no(), "sort": no(), "etag": {"supported": true},
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "Bearer token", "primary": true,
            "description": "A token for SCIM, made by an administrator of the installation",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
        }],
        "meta": {"resourceType": "ServiceProviderConfig", "location": format!("{BASE}/ServiceProviderConfig")},
    })
}

/// The kinds of resource.
pub fn resource_types() -> Vec<Value> {
    let kind = |name: &str, at: &str, schema: &str, extensions: Value| {
        json!({
            "schemas": [RESOURCE_TYPE], "id": name, "name": name, "endpoint": at, "schema": schema,
            "schemaExtensions": extensions,
            "meta": {"resourceType": "ResourceType", "location": format!("{BASE}/ResourceTypes/{name}")},
        })
    };
    vec![
        kind("User", "/Users", USER, json!([{"schema": MEMBER, "required": false}])),
        kind("Group", "/Groups", GROUP, json!([])),
    ]
}

/// The schemas of the resources.
pub fn schemas() -> Vec<Value> {
    vec![
        schema(USER, "User", "A member", user()),
        schema(GROUP, "Group", "A group that gives roles", group()),
        schema(MEMBER, "Member", "What routing asks of people", member()),
    ]
}

fn schema(id: &str, name: &str, description: &str, attributes: Vec<Value>) -> Value {
    json!({
        "schemas": [SCHEMA], "id": id, "name": name, "description": description, "attributes": attributes,
        "meta": {"resourceType": "Schema", "location": format!("{BASE}/Schemas/{id}")},
    })
}

/// One attribute: name, type, several, required, who changes it, and whether it is one of a kind.
struct Attribute(&'static str, &'static str, bool, bool, &'static str, &'static str);

fn written(one: &Attribute, parts: Vec<Value>) -> Value {
    let Attribute(name, kind, several, required, mutability, uniqueness) = one;
    let mut attribute = json!({
        "name": name, "type": kind, "multiValued": several, "required": required, "caseExact": false,
        "mutability": mutability, "returned": "default", "uniqueness": uniqueness,
    });
    if !parts.is_empty() {
        attribute["subAttributes"] = parts.into();
    }
    attribute
}

fn text(name: &'static str) -> Value {
    written(&Attribute(name, "string", false, false, "readWrite", "none"), Vec::new())
}

fn user() -> Vec<Value> {
    let read_only = |name| written(&Attribute(name, "string", false, false, "readOnly", "none"), Vec::new());
    let primary = written(&Attribute("primary", "boolean", false, false, "readWrite", "none"), Vec::new());
    vec![
        written(&Attribute("userName", "string", false, true, "readWrite", "server"), Vec::new()),
        written(
            &Attribute("name", "complex", false, false, "readWrite", "none"),
            vec![text("formatted"), text("familyName"), text("givenName")],
        ),
        text("displayName"),
        text("title"),
        text("userType"),
        text("preferredLanguage"),
        text("locale"),
        text("timezone"),
        written(&Attribute("active", "boolean", false, false, "readWrite", "none"), Vec::new()),
        written(
            &Attribute("emails", "complex", true, false, "readWrite", "none"),
            vec![text("value"), text("type"), primary],
        ),
        written(
            &Attribute("groups", "complex", true, false, "readOnly", "none"),
            vec![read_only("value"), read_only("display"), read_only("type")],
        ),
    ]
}

fn group() -> Vec<Value> {
    let fixed = |name| written(&Attribute(name, "string", false, false, "immutable", "none"), Vec::new());
    vec![
        written(&Attribute("displayName", "string", false, true, "readWrite", "server"), Vec::new()),
        written(
            &Attribute("members", "complex", true, false, "readWrite", "none"),
            vec![fixed("value"), fixed("type"), fixed("display")],
        ),
    ]
}

fn member() -> Vec<Value> {
    ["skills", "languages", "licences"]
        .map(|name| written(&Attribute(name, "string", true, false, "readWrite", "none"), Vec::new()))
        .to_vec()
}
