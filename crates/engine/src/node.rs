//! YAML as a tree that remembers where each part stands. Size and depth are limited before anything is built.

use crate::limits::{DEFINITION_BYTES_MAX, DEFINITION_DEPTH_MAX, DEFINITION_NODES_MAX};
use baton_base::{Finding, yaml_words};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;
use std::fmt;

/// One part of a YAML document.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub line: u32,
    pub column: u32,
    pub kind: Kind,
}

/// What a part is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub line: u32,
    pub column: u32,
    pub text: String,
}

impl Kind {
    /// In words, with its article.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl Key {
    /// A node of nothing at its place, for findings.
    pub fn place(&self) -> Node {
        Node { line: self.line, column: self.column, kind: Kind::Null }
    }
}

impl Node {
    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name.text == key).map(|(_, node)| node)
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[(Key, Self)] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// The entries of a list; none of anything else.
    pub fn items(&self) -> &[Self] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    /// The one entry of each item of a list such as `- name: {…}`; items of another form are passed over.
    pub fn named(&self) -> impl Iterator<Item = (&Key, &Self)> {
        self.items().iter().filter_map(|item| match item.entries() {
            [(key, node)] => Some((key, node)),
            _ => None,
        })
    }

    /// A text.
    pub fn text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }

    /// A boolean.
    pub fn boolean(&self) -> Option<bool> {
        if let Kind::Bool(value) = self.kind { Some(value) } else { None }
    }

    /// A whole number; JSON Schema counts 3.0 as one.
    pub fn integer(&self) -> Option<i64> {
        let Kind::Number(n) = &self.kind else { return None };
        n.as_i64().or_else(|| n.as_f64().filter(|f| f.fract() == 0.0).map(|f| f as i64))
    }

    /// The text of a key of a mapping.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }

    /// The same as JSON.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(*b),
            Kind::Number(n) => Value::Number(n.clone()),
            Kind::Text(s) => Value::String(s.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Kind::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.text.clone(), value.to_value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}

/// Reads one YAML document.
pub(crate) fn read(file: &str, yaml: &str) -> Result<Node, Finding> {
    if yaml.len() > DEFINITION_BYTES_MAX {
        return Err(Finding::error(
            file,
            "size",
            format!("the file has {} bytes, more than {DEFINITION_BYTES_MAX}", yaml.len()),
            "split the process: move parts into processes of their own and start them with 'run: workflow'",
        ));
    }
    let options = serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! {
            max_depth: DEFINITION_DEPTH_MAX,
            max_nodes: DEFINITION_NODES_MAX,
        },
    };
    serde_saphyr::from_str_with_options::<Node>(yaml, options).map_err(|e| {
        let message = yaml_words(&e.to_string());
        let (line, column) = e.location().map_or((0, 0), |at| place(&at));
        Finding::error(file, "yaml", message, "correct the YAML at this place").at(line, column)
    })
}

fn place(at: &serde_saphyr::Location) -> (u32, u32) {
    (u32::try_from(at.line()).unwrap_or(0), u32::try_from(at.column()).unwrap_or(0))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Kind>::deserialize(d)?;
        let (line, column) = place(&spanned.referenced);
        Ok(Self { line, column, kind: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }
    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }
    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Kind, D::Error> {
        Kind::deserialize(d)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Number(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Number(value.into()))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Kind, E> {
        Number::from_f64(value).map(Kind::Number).ok_or_else(|| E::custom("infinity and NaN are not offered"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Kind, E> {
        Ok(Kind::Text(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Kind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Kind::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let (line, column) = place(&key.referenced);
            entries.push((Key { line, column, text: key.value }, map.next_value()?));
        }
        Ok(Kind::Map(entries))
    }
}
