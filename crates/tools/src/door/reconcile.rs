//! Asking a system whether a lost call happened.

use super::Inner;
use super::call::Job;
use super::facts::View;
use super::reads::Got;
use crate::catalogue::Reconcile;
use crate::connector::{Ended, How};
use crate::expr;
use crate::pointers::redacted_or_not;
use crate::store::Effect;
use baton_base::Result;
use serde_json::{Value, json};

impl Job {
    /// Whether what the system is asked with gives text that somebody outside wrote.
    pub(super) fn asks_outside(&self) -> bool {
        let asked = self.action.reconcile.as_ref().and_then(|how| self.catalogue.action(&how.action).ok());
        asked.is_some_and(|action| action.outside_text)
    }
}

impl Inner {
    /// `Some(Some(result))`: it happened. `Some(None)`: it did not. `None`: the system does not say.
    pub(super) async fn asked(
        &self,
        job: &Job,
        how: &Reconcile,
        view: &View,
        rows: &mut Vec<Effect>,
    ) -> Result<Option<Option<Value>>> {
        let mut input = view.0.clone();
        input["key"] = json!(job.key);
        let Ok(args) = expr::object_of(&how.args, "reconcile, argument", &input) else { return Ok(None) };
        let found = self.read(job, "the outcome of the call", &how.action, args, rows).await?;
        Ok(match found {
            Ok(Got::Value(value)) => {
                let yes = happened(how, &mut input, &value);
                // The read withholds what it withholds, whichever action asked for it.
                let redact = &job.catalogue.action(&how.action)?.redact;
                let shown = redacted_or_not(&value, "result", redact).unwrap_or_else(|why| json!({"withheld": why}));
                yes.map(|yes| yes.then_some(shown))
            }
            Ok(Got::NotThere) => Some(None),
            Err(_) => None,
        })
    }

    /// The end of a call, once the system has been asked about it where its outcome was lost.
    pub(super) async fn reconciled(
        &self,
        job: &Job,
        view: &View,
        ended: Ended,
        rows: &mut Vec<Effect>,
    ) -> Result<Ended> {
        let (How::Unclear { why }, Some(how)) = (&ended.how, &job.action.reconcile) else { return Ok(ended) };
        let attempts = ended.attempts;
        Ok(match self.asked(job, how, view, rows).await? {
            Some(Some(value)) => Ended { how: How::Done(Some(value)), attempts },
            // Its key makes a late arrival harmless. Without one, the call may still be on its way.
            Some(None) if job.action.idempotent => {
                let why = format!("{why}; the system says that it did not happen");
                Ended { how: How::Nothing { why }, attempts }
            }
            _ => ended,
        })
    }
}

fn happened(how: &Reconcile, input: &mut Value, result: &Value) -> Option<bool> {
    let Some(expr) = &how.happened else {
        let empty = result.is_null() || result.as_array().is_some_and(Vec::is_empty);
        return Some(!empty);
    };
    input["result"] = result.clone();
    expr.value("reconcile, happened", input).ok()?.as_bool()
}
