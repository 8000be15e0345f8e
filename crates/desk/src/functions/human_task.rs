//! `human-task`: a person decides by a form; the decision is the task's output.

use super::args::{Args, Shape, put_up};
use crate::actions::withdraw::withdraw;
use crate::{DecisionSpec, Desk, Form, Kind, OnDone};
use baton_base::Result;
use baton_db::Tx;
use baton_runs::{CallCx, Function, Outcome};
use serde_json::Value;

/// `human-task`: output `{decision, fields, note, by}`.
pub struct HumanTask(pub Desk);

impl Function for HumanTask {
    fn name(&self) -> &'static str {
        "human-task"
    }

    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome> {
        let mut args = Args::read(self.name(), args)?;
        let form = args.form.take().unwrap_or_else(|| Form::of(vec![DecisionSpec::new("done", "Done", "d", &[])]));
        let kind = args.kind.unwrap_or(Kind::Review);
        let shape = Shape { kind, title: "Review", trigger: "process", form, on_done: OnDone::FinishCall };
        put_up(tx, cx, &self.0, args, shape)
    }

    fn cancel(&self, tx: &mut Tx, cx: &CallCx) -> Result<()> {
        withdraw(tx, &cx.ctx, &cx.run, &cx.call)
    }
}
