//! Secrets: named in a process, read when a call leaves.

use super::{Fault, Told};
use baton_base::{ClientId, Result};
use baton_db::Tx;
use baton_engine::ErrorKind;
use baton_govern::vault;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where secrets are.
pub trait Secrets: Send + Sync + 'static {
    /// A client's secret by name: a text, or a JSON object as text.
    fn get(&self, tx: &mut Tx, client: &ClientId, name: &str) -> Result<Option<String>>;
}

/// Secrets in the vault.
#[derive(Debug, Clone, Copy)]
pub struct InVault;

impl Secrets for InVault {
    fn get(&self, tx: &mut Tx, client: &ClientId, name: &str) -> Result<Option<String>> {
        vault::get(tx, client, name)
    }
}

/// The secrets that a process has declared, as far as they are there.
#[derive(Default)]
pub(crate) struct Known(pub(crate) BTreeMap<String, Option<String>>);

impl Known {
    /// The name of the secret that a value stands for: what `$secrets.NAME` gives in a process.
    pub(crate) fn named(value: &Value) -> Option<&str> {
        let map = value.as_object().filter(|map| map.len() == 1)?;
        map.get("secret")?.as_str()
    }

    /// A secret's value: an object where it is JSON of one, else a text.
    pub(crate) fn value(&self, name: &str) -> Told {
        match self.0.get(name) {
            Some(Some(text)) => {
                let object = serde_json::from_str::<Map<String, Value>>(text).map(Value::Object);
                Ok(object.unwrap_or_else(|_| Value::from(text.as_str())))
            }
            Some(None) => Err(Fault::of(ErrorKind::Authorization, format!("the secret '{name}' is not set"))),
            None => {
                let detail = format!("the process uses the secret '{name}' without declaring it in use.secrets");
                Err(Fault::of(ErrorKind::Authorization, detail))
            }
        }
    }

    /// A copy of a policy or header with secrets in the place of their names.
    pub(crate) fn filled(&self, value: &Value) -> Told {
        if let Some(name) = Self::named(value) {
            return self.value(name);
        }
        Ok(match value {
            Value::Object(map) => {
                let mut filled = Map::new();
                for (key, part) in map {
                    filled.insert(key.clone(), self.filled(part)?);
                }
                Value::Object(filled)
            }
            Value::Array(items) => Value::Array(items.iter().map(|item| self.filled(item)).collect::<Told<_>>()?),
            other => other.clone(),
        })
    }
}
