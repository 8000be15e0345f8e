//! Filters that a member has given a name: their own, on every machine where they sign in.

use baton_base::{ClientId, Error, MemberId, Result};
use baton_db::{Tx, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Screens that have filters.
const SCREENS: [&str; 7] = ["desk", "floor", "cases", "runs", "fixes", "performance", "ledger"];
/// Most views of one member on one screen.
const VIEWS_MAX: usize = 20;
/// Longest name, characters.
const NAME_CHARS_MAX: usize = 40;
/// Largest filter, bytes of JSON.
const FILTER_BYTES_MAX: usize = 2 * 1024;

/// A filter with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// `desk`, `floor`, `cases`, `runs`, `fixes`, `performance` or `ledger`.
    pub screen: String,
    /// What its member calls it.
    pub name: String,
    /// What the screen's address asks for.
    #[serde(default)]
    pub filter: Map<String, Value>,
}

/// The views of a member, by screen, in the order in which they were kept.
pub fn list(tx: &mut Tx, member: &MemberId) -> Result<Vec<View>> {
    tx.query(
        "SELECT screen, name, filter FROM saved_view WHERE client_id = $1 AND member_id = $2 ORDER BY screen, saved_ms, name",
        params![ClientId::house(), member],
        |r| Ok(View { screen: r.text(0)?, name: r.text(1)?, filter: r.json_as(2)? }),
    )
}

/// Keeps a view; one of the same name on the same screen is replaced.
pub fn keep(tx: &mut Tx, member: &MemberId, view: &View, now_ms: i64) -> Result<()> {
    let name = view.name.trim();
    if !SCREENS.contains(&view.screen.as_str()) {
        let remedy = format!("use one of {}", SCREENS.join(", "));
        return Err(Error::invalid_at("screen", format!("'{}' has no views", view.screen), remedy));
    }
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Error::invalid_at(
            "name",
            "the name cannot be kept",
            format!("give 1 to {NAME_CHARS_MAX} characters"),
        ));
    }
    let filter = Value::Object(view.filter.clone());
    if filter.to_string().len() > FILTER_BYTES_MAX {
        return Err(Error::Limit(format!("a filter has at most {FILTER_BYTES_MAX} bytes")));
    }
    let own = list(tx, member)?.into_iter().filter(|one| one.screen == view.screen && one.name != name).count();
    if own >= VIEWS_MAX {
        return Err(Error::Limit(format!("you have {VIEWS_MAX} views here already; forget one")));
    }
    tx.execute(
        "INSERT INTO saved_view (client_id, member_id, screen, name, filter, saved_ms) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (client_id, member_id, screen, name) DO UPDATE SET filter = excluded.filter, saved_ms = excluded.saved_ms",
        params![ClientId::house(), member, view.screen, name, filter, now_ms],
    )?;
    Ok(())
}

/// Forgets a view. Forgetting none is no error.
pub fn forget(tx: &mut Tx, member: &MemberId, screen: &str, name: &str) -> Result<()> {
    tx.execute(
        "DELETE FROM saved_view WHERE client_id = $1 AND member_id = $2 AND screen = $3 AND name = $4",
        params![ClientId::house(), member, screen, name],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_screen_with_filters_keeps_views_and_no_other_does() {
        let db = baton_testkit::sqlite().await;
        let me = MemberId::known("mem_1");
        let view = |screen: &str| {
            let filter = Map::from_iter([("client".to_owned(), "acme".into())]);
            View { screen: screen.to_owned(), name: "Mine".to_owned(), filter }
        };
        let wanted: Vec<View> = SCREENS.iter().map(|screen| view(screen)).collect();
        let (kept, refused) = db
            .write(move |tx| {
                for one in &wanted {
                    keep(tx, &me, one, 1)?;
                }
                Ok((list(tx, &me)?, keep(tx, &me, &view("settings"), 1)))
            })
            .await
            .unwrap();
        let mut names: Vec<_> = kept.iter().map(|one| one.screen.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["cases", "desk", "fixes", "floor", "ledger", "performance", "runs"]);
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    }
}
