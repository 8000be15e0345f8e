//! Reads a published database: three JSON files of a folder.

use super::model::Shop;
use baton_base::{Error, Result};
use serde::de::DeserializeOwned;
use std::path::Path;

/// Loads `retail_db_{users,orders,products}.json` of `dir`.
pub fn load(dir: &Path) -> Result<Shop> {
    Ok(Shop {
        users: read(dir, "retail_db_users.json")?,
        orders: read(dir, "retail_db_orders.json")?,
        products: read(dir, "retail_db_products.json")?,
    })
}

fn read<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<T> {
    let path = dir.join(name);
    let place = path.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|e| {
        Error::invalid_at(&place, "the shop's database cannot be read", format!("{e}; give a folder that has {name}"))
    })?;
    serde_json::from_str(&text)
        .map_err(|e| Error::invalid_at(&place, "not a shop database", format!("{e}; see the schema in /openapi.json")))
}
