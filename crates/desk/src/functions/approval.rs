//! `approval`: a person with the right to approve says yes or no.

use super::args::{Args, Shape, put_up};
use crate::actions::withdraw::withdraw;
use crate::{Desk, Form, Kind, OnDone};
use baton_base::Result;
use baton_db::Tx;
use baton_runs::{CallCx, Function, Outcome};
use serde_json::Value;

/// `approval`: output `{decision: "approve", note, by}`; a rejection is the error `urn:baton:error:rejected`.
pub struct Approval(pub Desk);

impl Function for Approval {
    fn name(&self) -> &'static str {
        "approval"
    }

    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome> {
        let mut args = Args::read(self.name(), args)?;
        let form = args.form.take().unwrap_or_else(Form::approval);
        let on_done = OnDone::FinishApproval;
        let shape = Shape { kind: Kind::Approval, title: "Approve", trigger: "approval", form, on_done };
        put_up(tx, cx, &self.0, args, shape)
    }

    fn cancel(&self, tx: &mut Tx, cx: &CallCx) -> Result<()> {
        withdraw(tx, &cx.ctx, &cx.run, &cx.call)
    }
}
