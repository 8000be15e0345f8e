//! Functions that answer by a script, and note every call; what the script does not know goes to the real one.

use crate::played::Call;
use crate::script::{Answer, Said, Script};
use baton_base::{CallId, Result, RunId};
use baton_db::Tx;
use baton_engine::{ErrorDoc, ErrorKind};
use baton_runs::{CallCx, Finish, Function, Outcome};
use baton_tools::wire::WireFunction;
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An answer that takes its time.
pub(crate) struct Due {
    pub at_ms: i64,
    pub run: RunId,
    pub call: CallId,
    pub answer: Answer,
}

/// What the functions share with the one who plays.
#[derive(Default)]
pub(crate) struct Stage {
    pub script: Script,
    pub calls: Vec<Call>,
    pub due: Vec<Due>,
    /// What a call asked for and nobody knows.
    pub missing: Option<ErrorDoc>,
    pub used: BTreeMap<String, usize>,
    /// Answers by call: a call that is started again gets the same.
    pub given: BTreeMap<CallId, Said>,
}

pub(crate) type Shared = Arc<Mutex<Stage>>;

pub(crate) fn on(stage: &Shared) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One function.
pub(crate) struct Scripted {
    pub name: &'static str,
    /// The name by which a script knows it.
    pub known_as: String,
    pub stage: Shared,
    pub real: Option<WireFunction>,
}

impl Stage {
    fn said(&mut self, cx: &CallCx, known_as: &str) -> Said {
        if let Some(said) = self.given.get(&cx.call) {
            return said.clone();
        }
        let task = cx.task.rsplit('/').next().unwrap_or_default();
        let said = self.script.next([&cx.task, task, known_as], &mut self.used);
        self.given.insert(cx.call.clone(), said.clone());
        said
    }

    fn note(&mut self, cx: &CallCx, function: &str, args: &Value) {
        let task = cx.task.rsplit('/').next().unwrap_or_default().to_owned();
        if self.calls.iter().any(|call| call.id == cx.call) {
            return;
        }
        self.calls.push(Call {
            id: cx.call.clone(),
            process: cx.process.clone(),
            task,
            function: function.to_owned(),
            args: args.clone(),
        });
    }
}

impl Function for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }

    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome> {
        let mut stage = on(&self.stage);
        stage.note(cx, &self.known_as, args);
        let waits = Outcome::Pending { wake_on: None, memo: Value::Null };
        match stage.said(cx, &self.known_as) {
            Said::Answer(answer) if answer.never => Ok(waits),
            Said::Answer(answer) => match answer.delay {
                None | Some(0) => Ok(outcome(&answer)),
                Some(delay_ms) => {
                    let at_ms = cx.ctx.now_ms().saturating_add(delay_ms);
                    let (run, call) = (cx.run.clone(), cx.call.clone());
                    stage.due.push(Due { at_ms, run, call, answer });
                    Ok(waits)
                }
            },
            Said::UsedUp(name) => {
                let detail = format!("the script has fewer answers by the name '{name}' than calls of it");
                stage.missing.get_or_insert_with(|| nobody(cx, detail));
                Ok(waits)
            }
            Said::Nothing => match &self.real {
                Some(real) => {
                    drop(stage);
                    real.start(tx, cx, args)
                }
                None => {
                    let detail = self.how_to_answer(cx);
                    stage.missing.get_or_insert_with(|| nobody(cx, detail));
                    Ok(waits)
                }
            },
        }
    }

    fn perform(&self, cx: CallCx, args: Value, memo: Value) -> BoxFuture<'static, Result<Finish>> {
        match &self.real {
            Some(real) => real.perform(cx, args, memo),
            None => Box::pin(async { Err(baton_base::Error::broken("a scripted function has no outside part")) }),
        }
    }

    fn cancel(&self, _tx: &mut Tx, cx: &CallCx) -> Result<()> {
        on(&self.stage).due.retain(|due| due.call != cx.call);
        Ok(())
    }
}

impl Scripted {
    fn how_to_answer(&self, cx: &CallCx) -> String {
        let task = cx.task.rsplit('/').next().unwrap_or_default();
        format!(
            "nobody answers '{0}' here (task '{task}' of {1}, {2}); script an answer, such as {task}: {{ result: {{}} }}, \
             or for every call of it {0}: {{ result: {{}} }}",
            self.known_as, cx.process, cx.task
        )
    }
}

fn nobody(cx: &CallCx, detail: String) -> ErrorDoc {
    ErrorDoc {
        kind: "urn:baton:error:no-answer".to_owned(),
        status: 501,
        title: Some("Nobody answers".to_owned()),
        detail: Some(detail),
        instance: Some(cx.task.clone()),
    }
}

/// An answer as the end of a call.
pub(crate) fn outcome(answer: &Answer) -> Outcome {
    match &answer.error {
        None => Outcome::Done(answer.result.clone()),
        Some(error) => Outcome::Failed(error_doc(error)),
    }
}

/// A scripted error as a problem document; what it does not say is a runtime error's.
pub(crate) fn error_doc(error: &Value) -> ErrorDoc {
    ErrorDoc::deserialize(error).unwrap_or_else(|_| {
        let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
        let detail = text("detail").unwrap_or_else(|| "scripted".to_owned());
        let standard = ErrorDoc::standard(ErrorKind::Runtime, detail);
        let status = error.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        ErrorDoc {
            kind: text("type").unwrap_or(standard.kind),
            status: status.unwrap_or(standard.status),
            title: text("title").or(standard.title),
            ..ErrorDoc::standard(ErrorKind::Runtime, text("detail").unwrap_or_default())
        }
    })
}
