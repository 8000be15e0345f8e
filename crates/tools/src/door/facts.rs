//! Facts from systems of record, read wave by wave; never from what a model said.

use super::Inner;
use super::call::{Halt, Job};
use super::reads::Got;
use crate::catalogue::{Action, Fact};
use crate::date::utc_date;
use crate::expr;
use crate::store::Effect;
use baton_base::{Error, Result};
use baton_govern::Rulebook;
use futures::future::join_all;
use serde_json::{Map, Value, json};

/// Most things that one fact may be read for, count.
const EACH_MAX: usize = 100;

/// What expressions, tables and policies see of a call.
#[derive(Debug, Clone)]
pub(super) struct View(pub Value);

impl View {
    pub(super) fn of(job: &Job) -> Self {
        let facts = &job.facts;
        let intent = facts.intent.as_deref();
        let (args, confirmed) = (&job.call.args, job.known.confirmed);
        Self::on(args, [&facts.case, &facts.identity], intent, confirmed, &job.rulebook, job.ctx.now_ms())
    }

    /// Of these arguments, case and identity, at a time.
    pub(super) fn on(
        args: &Value,
        [case, identity]: [&Value; 2],
        intent: Option<&str>,
        confirmed: bool,
        rulebook: &Rulebook,
        now_ms: i64,
    ) -> Self {
        Self(json!({
            "args": args,
            "facts": {},
            "derived": {},
            "case": case,
            "identity": identity,
            "intent": intent,
            "confirmed": confirmed,
            "policy": rulebook.facts_at(now_ms),
            "now": {"ms": now_ms, "date": utc_date(now_ms)},
        }))
    }

    pub(super) fn part(&self, name: &str) -> &Value {
        &self.0[name]
    }

    fn with_item(&self, item: &Value) -> Value {
        let mut view = self.0.clone();
        view["item"] = item.clone();
        view["each"] = item.clone();
        view
    }
}

impl Inner {
    /// Reads all facts of the action and works out what derives from them.
    pub(super) async fn facts(&self, job: &Job, rows: &mut Vec<Effect>) -> Result<Result<View, Halt>> {
        let mut view = View::of(job);
        let waves = job.action.facts.iter().map(|fact| fact.wave + 1).max().unwrap_or(0);
        for wave in 0..waves {
            let now = job.action.facts.iter().filter(|fact| fact.wave == wave);
            let read = join_all(now.map(|fact| self.fact(job, fact, &view))).await;
            let mut halts = Vec::new();
            for done in read {
                let (name, fact_rows, value) = done?;
                rows.extend(fact_rows);
                match value {
                    Ok(value) => view.0["facts"][name] = value,
                    Err(halt) => halts.push(halt),
                }
            }
            if let Some(halt) = halts.into_iter().next() {
                return Ok(Err(halt));
            }
        }
        match derive(&job.action, &mut view) {
            Ok(()) => Ok(Ok(view)),
            Err(error) => Halt::of(error).map(Err),
        }
    }

    async fn fact<'f>(
        &self,
        job: &Job,
        fact: &'f Fact,
        view: &View,
    ) -> Result<(&'f str, Vec<Effect>, Result<Value, Halt>)> {
        let mut rows = Vec::new();
        let value = match inputs(fact, view) {
            Err(error) => Err(Halt::of(error)?),
            Ok((inputs, listed)) => {
                let each = join_all(inputs.into_iter().map(|args| self.one(job, fact, args))).await;
                let mut values = Vec::with_capacity(each.len());
                let mut halted = None;
                for done in each {
                    let (read, value) = done?;
                    rows.extend(read);
                    match value {
                        Ok(value) => values.push(value),
                        Err(halt) => halted = halted.or(Some(halt)),
                    }
                }
                match (halted, listed) {
                    (Some(halt), _) => Err(halt),
                    (None, true) => Ok(Value::Array(values)),
                    (None, false) => Ok(values.into_iter().next().unwrap_or(Value::Null)),
                }
            }
        };
        Ok((fact.name.as_str(), rows, value))
    }

    async fn one(&self, job: &Job, fact: &Fact, args: Value) -> Result<(Vec<Effect>, Result<Value, Halt>)> {
        let mut rows = Vec::new();
        let what = format!("fact '{}'", fact.name);
        let value = match self.read(job, &what, &fact.action, args, &mut rows).await? {
            Ok(Got::Value(value)) => Ok(value),
            Ok(Got::NotThere) if fact.optional => Ok(Value::Null),
            Ok(Got::NotThere) => Err(Halt::refused("door:facts", format!("{what}: the system knows no such thing"))),
            Err(halt) => Err(halt),
        };
        Ok((rows, value))
    }
}

/// The arguments to read a fact with, once or for each of a list.
fn inputs(fact: &Fact, view: &View) -> Result<(Vec<Value>, bool)> {
    let what = format!("fact '{}', argument", fact.name);
    let Some(each) = &fact.each else {
        return Ok((vec![expr::object_of(&fact.args, &what, &view.0)?], false));
    };
    let list = each.value(&format!("fact '{}', each", fact.name), &view.0)?;
    let Value::Array(items) = list else {
        let why = format!("fact '{}' is to be read for each of a list, and there is none", fact.name);
        return Err(Error::refused(why, vec!["door:facts".to_owned()]));
    };
    if items.len() > EACH_MAX {
        return Err(Error::Limit(format!("fact '{}' can be read for at most {EACH_MAX} things", fact.name)));
    }
    let args = items.iter().map(|item| expr::object_of(&fact.args, &what, &view.with_item(item)));
    Ok((args.collect::<Result<Vec<_>>>()?, true))
}

// Later values may use earlier ones.
pub(super) fn derive(action: &Action, view: &mut View) -> Result<()> {
    let mut derived = Map::new();
    for (name, expr) in &action.derived {
        let value = expr.value(&format!("derived '{name}'"), &view.0)?;
        derived.insert(name.clone(), value);
        view.0["derived"] = Value::Object(derived.clone());
    }
    Ok(())
}
