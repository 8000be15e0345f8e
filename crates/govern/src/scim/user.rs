//! A user as the directory writes it, and a member as it reads it.

use super::{BASE, Fault, MEMBER, Told, USER, instant};
use crate::members::{Member, MemberState};
use baton_base::digest_of;
use serde_json::{Map, Value, json};

/// Longest userName and externalId, bytes.
const TEXT_BYTES_MAX: usize = 254;
/// Largest set of attributes kept besides what Baton reads itself, bytes of JSON.
const ATTRIBUTES_BYTES_MAX: usize = 16 * 1024;
/// Most skills, languages or licences, each; and the longest, bytes.
const LIST_MAX: usize = 200;
const ENTRY_BYTES_MAX: usize = 128;
/// Attributes of the core schema that are kept and given back.
const KEPT: &[&str] =
    &["name", "displayName", "emails", "title", "userType", "preferredLanguage", "locale", "timezone"];

/// What a resource says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub user_name: String,
    pub external_id: Option<String>,
    pub email: String,
    pub name: String,
    pub active: bool,
    pub attributes: Map<String, Value>,
    pub skills: Option<Vec<String>>,
    pub languages: Option<Vec<String>>,
    pub licences: Option<Vec<String>>,
}

fn find<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let found = object.as_object()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value).filter(|value| !value.is_null())
}

fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    find(object, name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

fn wrong(detail: impl Into<String>) -> Fault {
    Fault::wrong("invalidValue", detail)
}

/// Reads a whole resource.
pub(super) fn read(resource: &Value) -> Told<Said> {
    if !resource.is_object() {
        return Err(Fault::wrong("invalidSyntax", "a user is an object"));
    }
    let user_name = text(resource, "userName").ok_or_else(|| wrong("userName is missing"))?.to_owned();
    let external_id = text(resource, "externalId").map(str::to_owned);
    if user_name.len() > TEXT_BYTES_MAX || external_id.as_ref().is_some_and(|id| id.len() > TEXT_BYTES_MAX) {
        return Err(wrong(format!("userName and externalId have at most {TEXT_BYTES_MAX} bytes")));
    }
    let mut attributes = Map::new();
    for name in KEPT {
        if let Some(value) = find(resource, name) {
            attributes.insert((*name).to_owned(), value.clone());
        }
    }
    if Value::Object(attributes.clone()).to_string().len() > ATTRIBUTES_BYTES_MAX {
        return Err(wrong(format!("a user has at most {ATTRIBUTES_BYTES_MAX} bytes of attributes")));
    }
    let extension = find(resource, MEMBER).cloned().unwrap_or(Value::Null);
    Ok(Said {
        email: email(resource, &user_name)?,
        name: name(resource).unwrap_or_else(|| user_name.clone()),
        active: active(resource)?,
        skills: list(&extension, "skills")?,
        languages: list(&extension, "languages")?,
        licences: list(&extension, "licences")?,
        user_name,
        external_id,
        attributes,
    })
}

/// The address one signs in with: the primary one, the first one, or the user's name.
fn email(resource: &Value, user_name: &str) -> Told<String> {
    let all = find(resource, "emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let primary = all.iter().find(|one| find(one, "primary") == Some(&Value::Bool(true))).or(all.first());
    let found = primary.and_then(|one| text(one, "value")).unwrap_or(user_name);
    crate::members::check_email(found)
        .map_err(|_| wrong(format!("'{found}' is no e-mail address; give emails, or a userName that is one")))
}

fn name(resource: &Value) -> Option<String> {
    let of = find(resource, "name").unwrap_or(&Value::Null);
    let parts: Vec<&str> = [text(of, "givenName"), text(of, "familyName")].into_iter().flatten().collect();
    let whole = text(resource, "displayName").or_else(|| text(of, "formatted")).map(str::to_owned);
    let whole = whole.or_else(|| (!parts.is_empty()).then(|| parts.join(" ")))?;
    let clean: String = whole.chars().filter(|c| !c.is_control()).take(TEXT_BYTES_MAX).collect();
    Some(clean.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Some directories write booleans as texts.
fn active(resource: &Value) -> Told<bool> {
    match find(resource, "active") {
        None => Ok(true),
        Some(Value::Bool(active)) => Ok(*active),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(wrong("active is true or false")),
    }
}

fn list(extension: &Value, name: &str) -> Told<Option<Vec<String>>> {
    let Some(found) = find(extension, name) else { return Ok(None) };
    let items = found.as_array().filter(|items| items.len() <= LIST_MAX);
    let texts =
        items.and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
    let texts = texts.filter(|texts| texts.iter().all(|text| !text.is_empty() && text.len() <= ENTRY_BYTES_MAX));
    texts.map(Some).ok_or_else(|| wrong(format!("{name} is a list of at most {LIST_MAX} short texts")))
}

/// A member as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub member: Member,
    pub user_name: String,
    pub external_id: Option<String>,
    pub attributes: Map<String, Value>,
    pub changed_ms: i64,
    /// The directory has it, and has not taken it out.
    pub provisioned: bool,
    /// The directory has taken it out.
    pub gone: bool,
    /// Id and name of each group.
    pub groups: Vec<(String, String)>,
}

/// Writes a whole resource.
pub(super) fn write(stored: &Stored) -> Value {
    let member = &stored.member;
    let mut user = json!({"schemas": [USER, MEMBER], "id": member.id, "userName": stored.user_name});
    if let Some(id) = &stored.external_id {
        user["externalId"] = id.clone().into();
    }
    user["name"] = json!({"formatted": member.name});
    user["emails"] = json!([{"value": member.email, "type": "work", "primary": true}]);
    for (name, value) in &stored.attributes {
        user[name.as_str()] = value.clone();
    }
    user["displayName"] = member.name.clone().into();
    user["active"] = (member.state == MemberState::Active).into();
    let group = |(id, name): &(String, String)| json!({"value": id, "display": name, "type": "direct", "$ref": format!("{BASE}/Groups/{id}")});
    user["groups"] = stored.groups.iter().map(group).collect();
    user[MEMBER] = json!({"skills": member.skills, "languages": member.languages, "licences": member.licences});
    with_meta(user, "User", &format!("{BASE}/Users/{}", member.id), (member.created_ms, stored.changed_ms))
}

/// The resource with its `meta`; the version is a digest of the rest.
pub(super) fn with_meta(mut resource: Value, kind: &str, location: &str, (made_ms, changed_ms): (i64, i64)) -> Value {
    let digest = digest_of(&resource);
    let version = format!("W/\"{}\"", digest.chars().take(16).collect::<String>());
    resource["meta"] = json!({
        "resourceType": kind, "created": instant(made_ms), "lastModified": instant(changed_ms),
        "location": location, "version": version,
    });
    resource
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_read_as_directories_write_it() {
        let said = read(&json!({
            "schemas": [USER], "USERNAME": "ajensen", "externalId": "7", "active": "True",
            "name": {"givenName": "Ada", "familyName": "Jensen"},
            "emails": [{"value": "other@example.org"}, {"value": "Ada@Example.org", "primary": true}],
            MEMBER: {"skills": ["claims"], "licences": ["adjuster-de"]}, "password": "never kept",
        }))
        .unwrap();
        assert_eq!(
            (said.user_name.as_str(), said.email.as_str(), said.name.as_str()),
            ("ajensen", "ada@example.org", "Ada Jensen")
        );
        assert_eq!((said.skills, said.languages), (Some(vec!["claims".to_owned()]), None));
        assert!(said.active && !Value::Object(said.attributes).to_string().contains("never kept"));
        assert_eq!(read(&json!({"userName": "ada@example.org"})).unwrap().email, "ada@example.org");
        for bad in [
            json!({}),
            json!({"userName": ""}),
            json!({"userName": "ada"}),
            json!({"userName": "a@example.org", "active": "perhaps"}),
            json!({"userName": "a@example.org", MEMBER: {"skills": "x"}}),
            json!([]),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
