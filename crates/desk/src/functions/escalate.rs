//! `escalate`: the case goes to a person with everything that is known.

use super::args::{Args, Shape, put_up};
use super::takeover_form;
use crate::actions::withdraw::withdraw;
use crate::{Desk, Kind, OnDone};
use baton_base::Result;
use baton_db::Tx;
use baton_runs::{CallCx, Function, Outcome};
use serde_json::Value;

/// `escalate`: output `{decision: "resolved" | "return_to_ai", instruction, fields, note, by}`; with `gate: collect` also
/// `{decision: "collect", missing}` at once, where something critical is missing and the trigger bears a delay; with
/// `nobody: return` `{decision: "nobody", queue}`, where nobody is there.
pub struct Escalate(pub Desk);

impl Function for Escalate {
    fn name(&self) -> &'static str {
        "escalate"
    }

    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome> {
        let mut args = Args::read(self.name(), args)?;
        let form = args.form.take().unwrap_or_else(|| takeover_form(true));
        let on_done = OnDone::FinishCall;
        let shape = Shape { kind: Kind::Takeover, title: "Take over", trigger: "process", form, on_done };
        put_up(tx, cx, &self.0, args, shape)
    }

    fn cancel(&self, tx: &mut Tx, cx: &CallCx) -> Result<()> {
        withdraw(tx, &cx.ctx, &cx.run, &cx.call)
    }
}
