//! The grammar as a JSON Schema, for editors.

use crate::parse::grammar::{BUILT_IN, DEFINITION, Holds, KINDS, Key, NO_CALLS, Need, Shape, TASK_KEYS, TaskKind};
use serde_json::{Map, Value, json};

/// A JSON Schema (draft 7, which YAML language servers read best) of process definitions, printed from the table that
/// the parser reads by. `functions` are the platform's functions, offered where a task calls one.
///
/// It says what a definition looks like; whether expressions, names and references are right is [`crate::lint`]'s to say.
pub fn editor_schema(functions: &[&str]) -> Value {
    let mut printer = Printer { functions, definitions: Map::new() };
    let Value::Object(root) = printer.shape(&DEFINITION) else { return Value::Null };
    let task = printer.task();
    printer.definitions.insert("task".to_owned(), task);
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("title".to_owned(), json!("Baton process"));
    schema.extend(root);
    schema.insert("definitions".to_owned(), Value::Object(printer.definitions));
    Value::Object(schema)
}

struct Printer<'a> {
    functions: &'a [&'a str],
    definitions: Map<String, Value>,
}

impl Printer<'_> {
    /// A reference to a shape, which is printed once.
    fn reference(&mut self, shape: &'static Shape) -> Value {
        if !self.definitions.contains_key(shape.id) {
            // First the name: a shape may hold itself.
            self.definitions.insert(shape.id.to_owned(), Value::Null);
            let printed = self.shape(shape);
            self.definitions.insert(shape.id.to_owned(), printed);
        }
        json!({ "$ref": format!("#/definitions/{}", shape.id) })
    }

    fn shape(&mut self, shape: &'static Shape) -> Value {
        let mut printed = Map::new();
        printed.insert("type".to_owned(), json!("object"));
        let keys: Vec<&'static Key> = shape.keys.iter().collect();
        printed.insert("properties".to_owned(), self.properties(&keys));
        let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
        if !required.is_empty() {
            printed.insert("required".to_owned(), json!(required));
        }
        if !shape.open {
            printed.insert("additionalProperties".to_owned(), json!(false));
        }
        let each = |keys: &[&str]| keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>();
        match shape.need {
            Need::Nothing => {}
            Need::Any => drop(printed.insert("minProperties".to_owned(), json!(1))),
            Need::Some(keys) => drop(printed.insert("anyOf".to_owned(), json!(each(keys)))),
            Need::One(keys) => drop(printed.insert("oneOf".to_owned(), json!(each(keys)))),
        }
        Value::Object(printed)
    }

    fn properties(&mut self, keys: &[&'static Key]) -> Value {
        let mut properties = Map::new();
        for key in keys {
            let mut printed = if key.name == "call" { self.call() } else { self.holds(key.holds) };
            let doc = match key.holds {
                Holds::Refused(feature) => feature.sentence(),
                _ => key.doc.to_owned(),
            };
            // Beside a reference, draft 7 reads nothing: a description needs a place of its own.
            if printed.get("$ref").is_some() {
                printed = json!({ "allOf": [printed] });
            }
            if let Value::Object(printed) = &mut printed {
                printed.insert("description".to_owned(), Value::from(doc));
            }
            properties.insert(key.name.to_owned(), printed);
        }
        Value::Object(properties)
    }

    fn holds(&mut self, holds: Holds) -> Value {
        match holds {
            Holds::Anything => json!({}),
            Holds::Text | Holds::Expr => json!({ "type": "string" }),
            Holds::Wrapped => json!({ "type": "string", "pattern": EXPRESSION }),
            Holds::Bool => json!({ "type": "boolean" }),
            Holds::Integer => json!({ "type": "integer" }),
            Holds::Uri => json!({ "type": "string", "pattern": URI_OR_EXPRESSION }),
            Holds::Words(words) => json!({ "type": "string", "enum": words }),
            Holds::Usually(words) => json!({ "type": "string", "anyOf": [{ "enum": words }, {}] }),
            Holds::Free => json!({ "type": "object" }),
            Holds::FreeNotEmpty => json!({ "type": "object", "minProperties": 1 }),
            Holds::Shape(shape) => self.reference(shape),
            Holds::List(item) => json!({ "type": "array", "items": self.holds(*item) }),
            Holds::Map(entry) => json!({ "type": "object", "additionalProperties": self.holds(*entry) }),
            Holds::Named(entry) => self.named(*entry, 0),
            Holds::NamedNotEmpty(entry) => self.named(*entry, 1),
            Holds::Either(either) => {
                json!({ "anyOf": either.iter().map(|holds| self.holds(*holds)).collect::<Vec<_>>() })
            }
            Holds::Tasks => self.named(Holds::Task, 0),
            Holds::Task => json!({ "$ref": "#/definitions/task" }),
            Holds::Refused(_) => json!({ "not": {} }),
        }
    }

    fn named(&mut self, entry: Holds, items_min: u32) -> Value {
        let item = json!({
            "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": self.holds(entry),
        });
        if items_min == 0 {
            return json!({ "type": "array", "items": item });
        }
        json!({ "type": "array", "items": item, "minItems": items_min })
    }

    /// What a task may call: the known names are offered, others may stand under `use.functions`.
    fn call(&self) -> Value {
        let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).chain(self.functions.iter().copied()).collect();
        let refused: Vec<&str> = NO_CALLS.iter().map(|(name, _)| *name).collect();
        json!({ "type": "string", "anyOf": [{ "enum": known }, {}], "not": { "enum": refused } })
    }

    /// A task: all keys in one place, so that editors offer them together, and what each kind asks for.
    fn task(&mut self) -> Value {
        let mut keys: Vec<&'static Key> = TASK_KEYS.iter().collect();
        for kind in &KINDS {
            for key in std::iter::once(&kind.key).chain(kind.beside) {
                if !keys.iter().any(|known| known.name == key.name) {
                    keys.push(key);
                }
            }
        }
        let properties = self.properties(&keys);
        let kinds: Vec<Value> = KINDS.iter().map(only).collect();
        let asks: Vec<Value> = KINDS.iter().flat_map(required_beside).collect();
        let calls: Vec<Value> = BUILT_IN
            .iter()
            .map(|(name, shape)| {
                let with = self.reference(shape);
                json!({
                    "if": { "properties": { "call": { "const": name } }, "required": ["call"] },
                    "then": { "properties": { "with": with }, "required": ["with"] },
                })
            })
            .collect();
        json!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "oneOf": kinds,
            "allOf": asks.into_iter().chain(calls).collect::<Vec<_>>(),
        })
    }
}

const EXPRESSION: &str = r"^\s*\$\{[\s\S]*\}\s*$";
const URI_OR_EXPRESSION: &str = r"^([A-Za-z][A-Za-z0-9+.-]*://|\s*\$\{[\s\S]*\}\s*$)";

/// A task of this kind: it has the kind's key, and none that belongs only to other kinds.
fn only(kind: &TaskKind) -> Value {
    let own: Vec<&str> = std::iter::once(&kind.key).chain(kind.beside).map(|key| key.name).collect();
    let foreign = KINDS.iter().flat_map(|other| std::iter::once(&other.key).chain(other.beside)).map(|key| key.name);
    let mut foreign: Vec<&str> = foreign.filter(|name| !own.contains(name)).collect();
    foreign.sort_unstable();
    foreign.dedup();
    let none: Vec<Value> = foreign.iter().map(|name| json!({ "required": [name] })).collect();
    json!({ "required": [kind.key.name], "not": { "anyOf": none } })
}

/// What must stand beside the kind's key.
fn required_beside(kind: &TaskKind) -> Option<Value> {
    let required: Vec<&str> = kind.beside.iter().filter(|key| key.required).map(|key| key.name).collect();
    (!required.is_empty()).then(|| json!({ "if": { "required": [kind.key.name] }, "then": { "required": required } }))
}
