//! What runs tell of themselves: the specification's lifecycle events, to those who listen for them by their types.
//!
//! A turn learns on its way, without a statement of its own, whether anybody of a client has ever listened so; only then
//! it looks up who does now, once for all runs of the turn.

use super::run::RunTurn;
use crate::subscribe;
use baton_base::{ClientId, Result};
use baton_db::{Column, Rows, Tx, params};
use baton_engine::{Turn, lifecycle};
use std::collections::{HashMap, HashSet};

/// By client of which somebody has ever listened so, the types that somebody listens for now.
pub(super) type Heard = HashMap<ClientId, HashSet<String>>;

const TYPE: &[(&str, Column)] = &[("client_id", Column::Text), ("event_type", Column::Text)];

/// Of the types that somebody has ever listened for, those that somebody listens for now.
pub(super) fn heard(tx: &mut Tx, ever: &[(ClientId, String)]) -> Result<Heard> {
    let mut heard = Heard::new();
    if ever.is_empty() {
        return Ok(heard);
    }
    heard.extend(ever.iter().map(|(client, _)| (client.clone(), HashSet::new())));
    let mut rows = Rows::of(TYPE);
    ever.iter().for_each(|(client, kind)| rows.push(params![client, kind]));
    let sql = "SELECT DISTINCT s.client_id, s.event_type FROM run_subscription s {join} \
               WHERE s.client_id = {client_id} AND s.event_type = {event_type}";
    for (client, kind) in tx.query_rows(sql, &rows, |r| Ok((r.id::<ClientId>(0)?, r.text(1)?)))? {
        heard.entry(client).or_default().insert(kind);
    }
    Ok(heard)
}

impl RunTurn<'_> {
    /// Tells of what one event led to: `seq` is that event's place in the journal.
    pub(super) fn tell_lives(&self, tx: &mut Tx, types: &HashSet<String>, seq: i64, turn: &Turn) -> Result<()> {
        let run = &self.run.run;
        for event in lifecycle(&self.definition, run.as_str(), seq, turn, self.now_ms) {
            if event["type"].as_str().is_some_and(|kind| types.contains(kind)) {
                subscribe::tell_of(tx, &self.ctx, &event, run, &self.run.process)?;
            }
        }
        Ok(())
    }
}
