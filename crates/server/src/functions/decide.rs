//! `decide`: asks a decision table of the run's release.

use baton_base::{Error, Event, Result, Versions};
use baton_db::Tx;
use baton_govern::{Rulebook, ledger};
use baton_runs::{CallCx, Function, Outcome};
use serde_json::{Value, json};
use std::sync::Arc;

/// `{table, facts}` → `{outputs, rules, table, digest}`; a table that does not cover the facts is an error of type
/// `urn:baton:error:undecided`, for a person to decide.
pub struct Decide {
    /// Tables by release.
    pub rulebooks: Arc<Versions<Rulebook>>,
}

impl Function for Decide {
    fn name(&self) -> &'static str {
        "decide"
    }

    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome> {
        let Some(name) = args.get("table").and_then(Value::as_str) else {
            return Err(Error::invalid_at("with.table", "decide needs a table", "name a file in tables/"));
        };
        let rulebook = self.rulebooks.at(&cx.ctx.client, &cx.release)?;
        let table = rulebook.table(name).ok_or_else(|| Error::not_found(format!("table {name}")))?;
        let facts = args.get("facts").unwrap_or(&Value::Null);
        let mut event = Event::new(&cx.ctx.client, "rule.decided", name).in_run(&cx.run);
        if let Some(case) = &cx.case {
            event = event.in_case(case);
        }
        match table.decide(facts) {
            Ok(decided) => {
                let data = json!({"rules": decided.rules, "digest": decided.digest, "outputs": decided.outputs});
                ledger::append(tx, &cx.ctx, event.with(data))?;
                Ok(Outcome::Done(serde_json::to_value(decided).map_err(Error::broken)?))
            }
            Err(undecided) => {
                ledger::append(
                    tx,
                    &cx.ctx,
                    event.with(json!({"undecided": undecided.reason, "digest": table.digest()})),
                )?;
                Ok(Outcome::Failed(baton_engine::ErrorDoc {
                    kind: "urn:baton:error:undecided".to_owned(),
                    status: 409,
                    title: Some(format!("Table {name} does not say")),
                    detail: Some(undecided.reason),
                    instance: None,
                }))
            }
        }
    }
}
