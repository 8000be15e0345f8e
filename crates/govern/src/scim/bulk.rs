//! Many operations in one request (RFC 7644, section 3.7): read, put in order, their names replaced by ids, and told how each
//! went. Each is a request of its own, under the same right, in a transaction and with ledger entries of its own.

use super::{BASE, Fault, Told};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most operations of one request.
pub const OPERATIONS_MAX: usize = 500;
/// Longest name of a new resource, bytes.
const NAME_BYTES_MAX: usize = 200;
const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
/// What stands before the name of a resource that another operation makes.
const NAMED: &str = "bulkId:";

/// A request.
#[derive(Debug)]
pub struct Bulk {
    /// After how many errors no other operation is begun.
    pub errors_max: usize,
    /// As sent.
    pub operations: Vec<Operation>,
}

/// One operation as it is written.
#[derive(Debug)]
pub struct Operation {
    method: String,
    path: String,
    /// Name under which others speak of what it makes.
    pub name: Option<String>,
    version: Option<String>,
    data: Option<Value>,
}

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A member.
    User,
    /// A group.
    Group,
}

/// What is done.
#[derive(Debug, PartialEq)]
pub enum Verb {
    /// Makes a resource.
    Create(Value),
    /// Makes a resource what is said.
    Replace(Value),
    /// Changes it by operations.
    Change(Value),
    /// Takes it away.
    Remove,
}

/// One operation as it is done.
#[derive(Debug, PartialEq)]
pub struct Work {
    /// Of which kind the resource is.
    pub kind: Kind,
    /// Its id; empty for a new one.
    pub id: String,
    /// What it must be now, if the caller says so.
    pub version: Option<String>,
    /// What is done.
    pub verb: Verb,
}

impl Work {
    /// Status of its success.
    pub fn status(&self) -> u16 {
        match self.verb {
            Verb::Create(_) => 201,
            Verb::Remove => 204,
            Verb::Replace(_) | Verb::Change(_) => 200,
        }
    }
}

impl Bulk {
    /// Reads a request. What is wrong with one operation is found when its turn comes.
    pub fn read(document: &Value) -> Told<Self> {
        let wrong = |detail: &str| Fault::wrong("invalidSyntax", detail);
        let schemas = find(document, "schemas").and_then(Value::as_array).into_iter().flatten();
        if !schemas.filter_map(Value::as_str).any(|urn| urn.eq_ignore_ascii_case(REQUEST)) {
            return Err(wrong("schemas does not name the schema of a BulkRequest"));
        }
        let listed = find(document, "Operations").and_then(Value::as_array);
        let listed = listed.ok_or_else(|| wrong("the request has no list of Operations"))?;
        if listed.len() > OPERATIONS_MAX {
            return Err(Fault::of(413, "", format!("a request has at most {OPERATIONS_MAX} operations")));
        }
        let errors_max = match find(document, "failOnErrors") {
            None | Some(Value::Null) => usize::MAX,
            Some(number) => {
                let number = number.as_u64().filter(|number| *number > 0);
                let number = number.ok_or_else(|| Fault::wrong("invalidValue", "failOnErrors is a number from 1"))?;
                usize::try_from(number).unwrap_or(usize::MAX)
            }
        };
        let operations: Vec<Operation> = listed.iter().map(Operation::read).collect();
        let mut names = BTreeSet::new();
        if let Some(twice) = operations.iter().filter_map(|one| one.name.as_deref()).find(|name| !names.insert(*name)) {
            return Err(Fault::wrong("invalidValue", format!("the bulkId '{twice}' is given twice")));
        }
        Ok(Self { errors_max, operations })
    }

    /// In which order the operations are done: as they stand, but what is spoken of comes first.
    pub fn order(&self) -> Vec<usize> {
        let named = self.operations.iter().enumerate();
        let makes: BTreeMap<&str, usize> = named.filter_map(|(at, one)| Some((one.makes()?, at))).collect();
        let (mut seen, mut order) = (BTreeSet::new(), Vec::with_capacity(self.operations.len()));
        for at in 0..self.operations.len() {
            self.visit(at, &makes, &mut seen, &mut order);
        }
        order
    }

    fn visit(&self, at: usize, makes: &BTreeMap<&str, usize>, seen: &mut BTreeSet<usize>, order: &mut Vec<usize>) {
        let Some(operation) = self.operations.get(at).filter(|_| seen.insert(at)) else { return };
        let mut spoken = Vec::new();
        operation.spoken_of(&mut spoken);
        for first in spoken.iter().filter_map(|name| makes.get(name)) {
            self.visit(*first, makes, seen, order);
        }
        order.push(at);
    }

    /// What an operation does, with ids in the place of names: of those in `made`. A name that this request gives to what
    /// could not be made is a conflict, and so is one that speaks of itself in a circle.
    pub fn work(&self, operation: &Operation, made: &BTreeMap<String, String>) -> Told<Work> {
        let id_of = |name: &str| match made.get(name) {
            Some(id) => Ok(id.clone()),
            None if self.operations.iter().any(|one| one.makes() == Some(name)) => {
                Err(Fault::of(409, "", format!("what the bulkId '{name}' stands for has not been made")))
            }
            None => Err(Fault::wrong("invalidValue", format!("no operation has the bulkId '{name}'"))),
        };
        let (kind, id) = operation.place()?;
        let id = id.strip_prefix(NAMED).map_or_else(|| Ok(id.to_owned()), id_of)?;
        let data = |make: fn(Value) -> Verb| {
            let mut data = operation.data.clone().ok_or_else(|| Fault::wrong("invalidSyntax", "data is missing"))?;
            resolve(&mut data, false, &id_of)?;
            Ok::<_, Fault>(make(data))
        };
        let verb = match (operation.method.as_str(), id.is_empty()) {
            ("POST", true) if operation.name.is_none() => {
                return Err(Fault::wrong("invalidSyntax", "a POST needs a bulkId"));
            }
            ("POST", true) => data(Verb::Create)?,
            ("PUT", false) => data(Verb::Replace)?,
            ("PATCH", false) => data(Verb::Change)?,
            ("DELETE", false) => Verb::Remove,
            ("POST" | "PUT" | "PATCH" | "DELETE", _) => {
                return Err(Fault::wrong("invalidPath", "this path does not take that method"));
            }
            _ => return Err(Fault::wrong("invalidSyntax", "method is POST, PUT, PATCH or DELETE")),
        };
        Ok(Work { kind, id, version: operation.version.clone(), verb })
    }
}

impl Operation {
    fn read(document: &Value) -> Self {
        let text = |name: &str| find(document, name).and_then(Value::as_str).map(str::to_owned);
        Self {
            method: text("method").unwrap_or_default().to_uppercase(),
            path: text("path").unwrap_or_default(),
            name: text("bulkId").filter(|name| !name.is_empty() && name.len() <= NAME_BYTES_MAX),
            version: text("version").filter(|version| !version.is_empty()),
            data: find(document, "data").filter(|data| data.is_object()).cloned(),
        }
    }

    /// The name of what it makes.
    fn makes(&self) -> Option<&str> {
        self.name.as_deref().filter(|_| self.method == "POST")
    }

    /// Kind and id that the path names; no id for all of the kind.
    fn place(&self) -> Told<(Kind, &str)> {
        let mut parts = self.path.trim_start_matches('/').splitn(2, '/');
        let kind = match parts.next() {
            Some("Users") => Kind::User,
            Some("Groups") => Kind::Group,
            _ => return Err(Fault::wrong("invalidPath", "path is /Users or /Groups, or one of them by its id")),
        };
        Ok((kind, parts.next().unwrap_or_default()))
    }

    /// Names of which it speaks.
    fn spoken_of<'a>(&'a self, names: &mut Vec<&'a str>) {
        names.extend(self.place().ok().and_then(|(_, id)| id.strip_prefix(NAMED)));
        if let Some(data) = &self.data {
            spoken(data, false, names);
        }
    }

    /// How it went, as the answer says it.
    pub fn told(&self, work: Option<&Work>, told: &Told<Value>) -> Value {
        let mut entry = json!({"method": self.method});
        if let Some(name) = &self.name {
            entry["bulkId"] = name.as_str().into();
        }
        let resource = told.as_ref().ok();
        if let Some(version) = resource.and_then(|resource| resource["meta"]["version"].as_str()) {
            entry["version"] = version.into();
        }
        let place = resource.and_then(|resource| resource["meta"]["location"].as_str().map(str::to_owned));
        // What could not be made has no place.
        let place = place.or_else(|| match work {
            Some(work) if !work.id.is_empty() => Some(format!("{BASE}/{}/{}", work.kind.plural(), work.id)),
            None if self.method != "POST" => Some(format!("{BASE}/{}", self.path.trim_start_matches('/'))),
            _ => None,
        });
        if let Some(place) = place {
            entry["location"] = place.into();
        }
        let status = match told {
            Ok(_) => work.map_or(200, Work::status),
            Err(fault) => {
                entry["response"] = fault.document();
                fault.status
            }
        };
        entry["status"] = status.to_string().into();
        entry
    }
}

impl Kind {
    fn plural(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }
}

/// The answer.
pub fn answer(operations: Vec<Value>) -> Value {
    json!({"schemas": [RESPONSE], "Operations": operations})
}

fn find<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = document.as_object()?;
    fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Only what refers to a resource can be a name: a text elsewhere is a text, also one that a patch puts in a text's place.
fn refers(attribute: &str, of_patch: bool) -> bool {
    !of_patch && attribute.eq_ignore_ascii_case("value")
}

/// Whether these are the parts of a patch's operation, whose `value` belongs to the attribute that its path names.
fn is_of_patch(fields: &Map<String, Value>) -> bool {
    fields.keys().any(|name| name.eq_ignore_ascii_case("op"))
}

fn spoken<'a>(data: &'a Value, refers_here: bool, names: &mut Vec<&'a str>) {
    match data {
        Value::String(text) if refers_here => names.extend(text.strip_prefix(NAMED)),
        Value::Array(items) => items.iter().for_each(|item| spoken(item, refers_here, names)),
        Value::Object(fields) => {
            let of_patch = is_of_patch(fields);
            fields.iter().for_each(|(name, value)| spoken(value, refers(name, of_patch), names));
        }
        _ => {}
    }
}

fn resolve(data: &mut Value, refers_here: bool, id_of: &impl Fn(&str) -> Told<String>) -> Told<()> {
    match data {
        Value::String(text) if refers_here => {
            if let Some(name) = text.strip_prefix(NAMED) {
                *text = id_of(name)?;
            }
        }
        Value::Array(items) => {
            for item in items {
                resolve(item, refers_here, id_of)?;
            }
        }
        Value::Object(fields) => {
            let of_patch = is_of_patch(fields);
            for (name, value) in fields.iter_mut() {
                resolve(value, refers(name, of_patch), id_of)?;
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(operations: Value) -> Told<Bulk> {
        Bulk::read(&json!({"schemas": [REQUEST], "failOnErrors": 2, "Operations": operations}))
    }

    fn user(name: &str) -> Value {
        json!({"method": "post", "path": "/Users", "bulkId": name, "data": {"userName": name}})
    }

    fn group(name: &str, member: &str) -> Value {
        let data = json!({"displayName": "bulkId:a", "members": [{"value": format!("bulkId:{member}")}]});
        json!({"method": "POST", "path": "/Groups", "bulkId": name, "data": data})
    }

    #[test]
    fn what_is_spoken_of_comes_first_and_circles_end() {
        let check = |operations: Value, expect: &[usize]| assert_eq!(bulk(operations).unwrap().order(), expect);
        check(json!([user("a"), user("b"), user("c")]), &[0, 1, 2]);
        check(json!([group("g", "b"), user("a"), user("b")]), &[2, 0, 1]);
        check(json!([group("g", "h"), group("h", "g"), user("a")]), &[1, 0, 2]);
        check(json!([group("g", "g")]), &[0]);
        let patch = json!({"method": "PATCH", "path": "/Groups/bulkId:g", "data": {"Operations": []}});
        check(json!([patch, group("g", "a"), user("a")]), &[2, 1, 0]);
    }

    #[test]
    fn names_become_ids_where_they_refer_and_nowhere_else() {
        let bulk = bulk(json!([group("g", "a"), user("a"), group("h", "nobody")])).unwrap();
        assert_eq!(bulk.errors_max, 2);
        let made = BTreeMap::from([("a".to_owned(), "mem_1".to_owned())]);
        let Work { verb: Verb::Create(data), .. } = bulk.work(&bulk.operations[0], &made).unwrap() else { panic!() };
        assert_eq!(data, json!({"displayName": "bulkId:a", "members": [{"value": "mem_1"}]}));
        let status =
            |at: usize, made: &BTreeMap<_, _>| bulk.work(&bulk.operations[at], made).map_err(|fault| fault.status);
        assert_eq!(status(0, &BTreeMap::new()), Err(409));
        assert_eq!(status(2, &made), Err(400));
    }

    #[test]
    fn a_patch_may_put_a_text_in_the_place_of_a_text_whatever_it_looks_like() {
        let patch = |id: &str| {
            json!({"Operations": [{"op": "replace", "path": "displayName", "value": "bulkId:nobody"},
                {"op": "add", "path": "members", "value": [{"value": id}]}]})
        };
        let one = json!({"method": "PATCH", "path": "/Groups/grp_1", "data": patch("bulkId:a")});
        let bulk = bulk(json!([one, user("a")])).unwrap();
        assert_eq!(bulk.order(), [1, 0]);
        let made = BTreeMap::from([("a".to_owned(), "mem_1".to_owned())]);
        assert_eq!(bulk.work(&bulk.operations[0], &made).unwrap().verb, Verb::Change(patch("mem_1")));
    }

    #[test]
    fn operations_that_make_no_sense_are_refused_one_by_one() {
        for operation in [
            json!({"method": "POST", "path": "/Users", "data": {}}),
            json!({"method": "POST", "path": "/Users/mem_1", "bulkId": "a", "data": {}}),
            json!({"method": "PUT", "path": "/Users", "data": {}}),
            json!({"method": "PUT", "path": "/Users/mem_1"}),
            json!({"method": "GET", "path": "/Users/mem_1"}),
            json!({"method": "DELETE", "path": "/Bulk/x"}),
            json!({"method": "DELETE"}),
            json!("DELETE"),
        ] {
            let bulk = bulk(json!([operation])).unwrap();
            let told = bulk.work(&bulk.operations[0], &BTreeMap::new());
            assert_eq!(told.map_err(|fault| fault.status), Err(400), "{operation}");
        }
    }

    #[test]
    fn requests_that_make_no_sense_are_refused_whole() {
        let status = |told: Told<Bulk>| told.map(|_| ()).map_err(|fault| fault.status);
        assert_eq!(status(bulk(json!([user("a"), user("a")]))), Err(400));
        assert_eq!(status(bulk(json!({}))), Err(400));
        assert_eq!(status(bulk(vec![user("a"); OPERATIONS_MAX + 1].into())), Err(413));
        assert_eq!(status(Bulk::read(&json!({"Operations": []}))), Err(400));
        let none = json!({"schemas": [REQUEST], "Operations": [], "failOnErrors": 0});
        assert_eq!(status(Bulk::read(&none)), Err(400));
    }
}
