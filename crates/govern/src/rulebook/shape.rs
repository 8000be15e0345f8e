//! The shape of what policies read: from descriptions where there is one, and from use where there is none.
//!
//! What a system answers as a fact is often not described. Its shape is then what the policies of the action take it to
//! be, all of them together: one that reads it otherwise than the rest is found.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Deepest description followed; below it anything may stand.
const DEPTH_MAX: usize = 12;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Not known yet.
    Unknown,
    Bool,
    Long,
    Text,
    Set(Box<Shape>),
    Record(Fields),
}

/// Attributes of a record.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Fields {
    pub attrs: BTreeMap<String, Attr>,
    /// Whether attributes come from use.
    pub open: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attr {
    pub shape: Shape,
    pub always: bool,
}

impl Fields {
    pub(super) fn with(mut self, name: &str, shape: Shape, always: bool) -> Self {
        self.attrs.insert(name.to_owned(), Attr { shape, always });
        self
    }
}

impl Shape {
    /// A record of which only use says what is in it.
    pub(super) fn open() -> Self {
        Self::Record(Fields { open: true, ..Fields::default() })
    }

    /// By a JSON Schema; whatever it does not say is unknown.
    pub(super) fn of_schema(schema: &Value, depth: usize) -> Self {
        if depth > DEPTH_MAX {
            return Self::Unknown;
        }
        match one_type(schema) {
            Some("boolean") => Self::Bool,
            // A number that is whole comes as one; any other refuses when it is compared.
            Some("integer" | "number") => Self::Long,
            Some("string") => Self::Text,
            Some("array") => {
                let item = schema.get("items").map_or(Self::Unknown, |items| Self::of_schema(items, depth + 1));
                Self::Set(Box::new(item))
            }
            Some("object") => match schema.get("properties").and_then(Value::as_object) {
                Some(properties) => Self::Record(fields_of(schema, properties, depth)),
                None => Self::open(),
            },
            _ => Self::Unknown,
        }
    }

    /// By a value.
    pub(super) fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Unknown,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_i64() => Self::Long,
            Value::Number(_) | Value::String(_) => Self::Text,
            Value::Array(items) => Self::Set(Box::new(items.first().map_or(Self::Unknown, Self::of_value))),
            Value::Object(map) => Self::Record(Fields {
                attrs: map.iter().map(|(k, v)| (k.clone(), Attr { shape: Self::of_value(v), always: true })).collect(),
                open: false,
            }),
        }
    }

    /// Takes on another shape as far as it is not known.
    pub(super) fn fill(&mut self, with: &Self) {
        match (self, with) {
            (unknown @ Self::Unknown, known) => *unknown = known.clone(),
            (Self::Set(own), Self::Set(other)) => own.fill(other),
            _ => {}
        }
    }

    /// What stands at a path; use makes it, where nothing is described.
    pub(super) fn at(&mut self, path: &[String]) -> Option<&mut Attr> {
        let (last, before) = path.split_last()?;
        let mut here = self;
        for name in before {
            here = &mut here.attr(name)?.shape;
        }
        here.attr(last)
    }

    fn attr(&mut self, name: &str) -> Option<&mut Attr> {
        if *self == Self::Unknown {
            *self = Self::open();
        }
        let Self::Record(fields) = self else { return None };
        if fields.open {
            let new = || Attr { shape: Self::Unknown, always: true };
            return Some(fields.attrs.entry(name.to_owned()).or_insert_with(new));
        }
        fields.attrs.get_mut(name)
    }

    /// Whether attributes of what stands at a path come from use.
    pub(super) fn is_open(&self, path: &[String]) -> bool {
        let mut here = self;
        for name in path {
            let Self::Record(fields) = here else { return *here == Self::Unknown };
            match fields.attrs.get(name) {
                Some(attr) => here = &attr.shape,
                None => return fields.open,
            }
        }
        matches!(here, Self::Unknown) || matches!(here, Self::Record(fields) if fields.open)
    }

    /// The same, with nothing more to come from use.
    pub(super) fn closed(self) -> Self {
        match self {
            Self::Record(fields) => {
                let attrs = fields.attrs.into_iter();
                let attrs = attrs.map(|(name, attr)| (name, Attr { shape: attr.shape.closed(), always: attr.always }));
                Self::Record(Fields { attrs: attrs.collect(), open: false })
            }
            other => other,
        }
    }

    /// As Cedar's schema writes it. What nobody compares with anything is text.
    pub(super) fn cedar(&self) -> Value {
        match self {
            Self::Unknown | Self::Text => json!({"type": "String"}),
            Self::Bool => json!({"type": "Boolean"}),
            Self::Long => json!({"type": "Long"}),
            Self::Set(element) => json!({"type": "Set", "element": element.cedar()}),
            Self::Record(fields) => {
                let mut attributes = Map::new();
                for (name, attr) in &fields.attrs {
                    let mut written = attr.shape.cedar();
                    written["required"] = Value::from(attr.always);
                    attributes.insert(name.clone(), written);
                }
                json!({"type": "Record", "attributes": attributes})
            }
        }
    }
}

fn fields_of(schema: &Value, properties: &Map<String, Value>, depth: usize) -> Fields {
    let required: Vec<_> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let attrs = properties.iter().map(|(name, inner)| {
        let always = required.contains(&name.as_str()) && !may_be_null(inner);
        (name.clone(), Attr { shape: Shape::of_schema(inner, depth + 1), always })
    });
    Fields { attrs: attrs.collect(), open: false }
}

fn may_be_null(schema: &Value) -> bool {
    let listed = schema.get("type").and_then(Value::as_array).is_some_and(|all| all.contains(&Value::from("null")));
    listed || schema.get("nullable") == Some(&Value::Bool(true))
}

/// The one type besides null.
fn one_type(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(one) => Some(one),
        Value::Array(several) => {
            let mut named = several.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            named.next().filter(|_| named.next().is_none())
        }
        _ => None,
    }
}
