//! Lists on the wire: pages by key.

use baton_base::limits::{PAGE_DEFAULT, PAGE_MAX};
use baton_base::{Error, Result};
use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Send as `after` for the next page; null on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A list that has only one page.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// A page of rows that were read with one more than `limit`, to see whether there are more.
    pub fn cut(mut items: Vec<T>, limit: u32, key: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }
}

/// The page size asked for, within the limit.
pub fn limit(asked: Option<u32>) -> Result<u32> {
    match asked.unwrap_or(PAGE_DEFAULT) {
        n if (1..=PAGE_MAX).contains(&n) => Ok(n),
        n => Err(Error::invalid_at(
            "limit",
            format!("a page of {n} items cannot be had"),
            format!("ask for 1 to {PAGE_MAX}"),
        )),
    }
}
