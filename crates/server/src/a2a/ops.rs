//! The operations of the protocol, the same for both bindings (A2A 1.0, section 3.1).

use super::gate::Caller;
use super::message::{Send, no_push};
use super::no::{Kind, No, Told};
use super::task::{STATES, Seen};
use super::{card, stream};
use crate::http::chat::taken_by;
use baton_base::{CaseId, Error};
use baton_cases::limits::MESSAGES_PAGE_MAX;
use baton_cases::outside::{self, Asked, TaskFilter, TaskState, Withdrawn};
use baton_db::Tx;
use baton_govern::Ctx;
use futures::stream::BoxStream;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// Tasks of one page, where the caller does not say.
const PAGE_DEFAULT: u32 = 50;
/// Tasks of one page at most.
const PAGE_MAX: u32 = 100;
/// Longest time for which a message is answered by its result; after that by the task as it stands, milliseconds.
const WAIT_MS_MAX: u64 = 30_000;
/// Messages of each task of a list, and of one whose replies are told.
const LISTED_MAX: usize = 20;
const LISTED_WITH_REPLIES_MAX: usize = 50;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Send,
    Stream,
    Get,
    List,
    Cancel,
    Subscribe,
    Push,
    ExtendedCard,
}

impl Op {
    /// By the method's name in JSON-RPC.
    pub fn named(method: &str) -> Option<Self> {
        Some(match method {
            "SendMessage" => Self::Send,
            "SendStreamingMessage" => Self::Stream,
            "GetTask" => Self::Get,
            "ListTasks" => Self::List,
            "CancelTask" => Self::Cancel,
            "SubscribeToTask" => Self::Subscribe,
            "CreateTaskPushNotificationConfig"
            | "GetTaskPushNotificationConfig"
            | "ListTaskPushNotificationConfigs"
            | "DeleteTaskPushNotificationConfig" => Self::Push,
            "GetExtendedAgentCard" => Self::ExtendedCard,
            _ => return None,
        })
    }
}

/// What comes back: one value, or values as they come.
pub(super) enum Reply {
    One(Value),
    Many(BoxStream<'static, Value>),
}

pub(super) async fn perform(caller: &Caller, op: Op, params: Value) -> Told<Reply> {
    Ok(match op {
        Op::Send => Reply::One(send(caller, read(params)?).await?),
        Op::Stream => Reply::Many(stream_message(caller, read(params)?).await?),
        Op::Get => Reply::One(get(caller, read(params)?).await?),
        Op::List => Reply::One(list(caller, read(params)?).await?),
        Op::Cancel => Reply::One(cancel(caller, read(params)?).await?),
        Op::Subscribe => Reply::Many(subscribe(caller, read(params)?).await?),
        Op::Push => return Err(no_push()),
        Op::ExtendedCard => Reply::One(card::extended(caller).await?),
    })
}

fn read<T: DeserializeOwned>(params: Value) -> Told<T> {
    if !params.is_object() {
        return Err(No::params("params", "the parameters are an object"));
    }
    serde_json::from_value(params).map_err(|error| No::params("params", error.to_string()))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    id: String,
    #[serde(default, alias = "history_length")]
    history_length: Option<i64>,
}

impl One {
    fn id(&self) -> Told<CaseId> {
        if self.id.is_empty() {
            return Err(No::params("id", "name the task"));
        }
        self.id.parse().map_err(|_| No::task(&self.id))
    }
}

/// How many messages are wanted; none where the caller does not say.
pub(super) fn history(asked: Option<i64>) -> Told<Option<usize>> {
    let Some(asked) = asked else { return Ok(None) };
    usize::try_from(asked).map(Some).map_err(|_| No::params("historyLength", "historyLength is 0 or more"))
}

/// One task with its messages, as its caller sees it.
pub(super) fn look(tx: &mut Tx, ctx: &Ctx, id: &CaseId) -> baton_base::Result<Option<Seen>> {
    let Some(row) = outside::task(tx, ctx, id)? else { return Ok(None) };
    let words = outside::words(tx, ctx, &row, 0, MESSAGES_PAGE_MAX)?;
    Ok(Some(Seen { row, words }))
}

pub(super) async fn seen(caller: &Caller, id: &CaseId) -> Told<Seen> {
    let (ctx, wanted) = (caller.ctx.clone(), id.clone());
    let found = caller.house.db.read(move |tx| look(tx, &ctx, &wanted)).await?;
    found.ok_or_else(|| No::task(id.as_str()))
}

/// Takes a message in, and gives the task as it stood then.
async fn take(caller: &Caller, sent: &Send) -> Told<Seen> {
    open(caller)?;
    let ask = sent.ask()?;
    let taken = taken_by(&caller.house, || {
        let (ctx, cases, ask) = (caller.ctx.clone(), caller.house.cases(), ask.clone());
        move |tx: &mut Tx| {
            let asked = outside::ask(tx, &ctx, &cases, &ask)?;
            let words = match &asked {
                Asked::Taken { task, .. } => outside::words(tx, &ctx, task, 0, MESSAGES_PAGE_MAX)?,
                Asked::NoTask | Asked::OtherContext(_) | Asked::Ended(_) => Vec::new(),
            };
            Ok::<_, Error>((asked, words))
        }
    });
    let (asked, words) = taken.await?;
    let named = ask.task.as_ref().map_or("", |task| task.as_str());
    match asked {
        Asked::Taken { task, .. } => Ok(Seen { row: *task, words }),
        Asked::NoTask => Err(No::task(named)),
        Asked::OtherContext(context) => {
            Err(No::params("message.contextId", format!("the task belongs to the context {context}")))
        }
        Asked::Ended(_) => {
            let why = "the task has ended; send the message without taskId to open the next in the same context";
            Err(No::new(Kind::Unsupported, why).fact("taskId", named))
        }
    }
}

/// Whether the live release takes in what outside agents ask.
fn open(caller: &Caller) -> Told<()> {
    match caller.house.parts.processes.live(&caller.ctx.client) {
        Ok((_, processes)) if processes.entry("a2a").is_some() => Ok(()),
        Ok(_) | Err(_) => {
            let why = "the live release has no process for what outside agents ask (entry: a2a)";
            Err(No::new(Kind::Unsupported, why))
        }
    }
}

async fn send(caller: &Caller, sent: Send) -> Told<Value> {
    let history = sent.history()?;
    let seat = if sent.at_once() { None } else { Some(caller.house.seats.take(&caller.ctx)?) };
    let taken = take(caller, &sent).await?;
    let id = taken.row.row.id.clone();
    let task = match seat {
        None => taken,
        Some(_waiting) => stream::settled(caller, taken, Duration::from_millis(WAIT_MS_MAX)).await?,
    };
    tracing::debug!(task = %id, "a message of an outside agent is answered");
    Ok(json!({ "task": task.whole(history, true) }))
}

async fn stream_message(caller: &Caller, sent: Send) -> Told<BoxStream<'static, Value>> {
    let history = sent.history()?;
    let seat = caller.house.seats.take(&caller.ctx)?;
    let taken = take(caller, &sent).await?;
    Ok(stream::follow(caller.clone(), seat, taken, history, true))
}

async fn get(caller: &Caller, one: One) -> Told<Value> {
    let history = history(one.history_length)?;
    Ok(seen(caller, &one.id()?).await?.whole(history, true))
}

async fn subscribe(caller: &Caller, one: One) -> Told<BoxStream<'static, Value>> {
    let task = seen(caller, &one.id()?).await?;
    if task.row.state.is_terminal() {
        return Err(No::new(Kind::Unsupported, "the task has ended: ask for it instead").fact("taskId", one.id));
    }
    let seat = caller.house.seats.take(&caller.ctx)?;
    Ok(stream::follow(caller.clone(), seat, task, None, false))
}

async fn cancel(caller: &Caller, one: One) -> Told<Value> {
    let id = one.id()?;
    let (ctx, cases, wanted) = (caller.ctx.clone(), caller.house.cases(), id.clone());
    let done = caller.house.db.write(move |tx| {
        let done = outside::withdraw(tx, &ctx, &cases, &wanted)?;
        let words = match &done {
            Withdrawn::Done(task) => outside::words(tx, &ctx, task, 0, MESSAGES_PAGE_MAX)?,
            Withdrawn::NoTask | Withdrawn::Not(..) => Vec::new(),
        };
        Ok((done, words))
    });
    match done.await? {
        (Withdrawn::Done(row), words) => Ok(Seen { row: *row, words }.whole(None, true)),
        (Withdrawn::NoTask, _) => Err(No::task(id.as_str())),
        (Withdrawn::Not(_, why), _) => {
            Err(No::new(Kind::TaskNotCancelable, format!("the task cannot be withdrawn: {why}")).fact("taskId", one.id))
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct List {
    #[serde(alias = "context_id")]
    context_id: Option<String>,
    status: Option<String>,
    #[serde(alias = "page_size")]
    page_size: Option<i64>,
    #[serde(alias = "page_token")]
    page_token: Option<String>,
    #[serde(alias = "history_length")]
    history_length: Option<i64>,
    #[serde(alias = "status_timestamp_after")]
    status_timestamp_after: Option<String>,
    #[serde(alias = "include_artifacts")]
    include_artifacts: Option<bool>,
}

impl List {
    fn size(&self) -> Told<u32> {
        let Some(asked) = self.page_size else { return Ok(PAGE_DEFAULT) };
        let fits = u32::try_from(asked).ok().filter(|size| (1..=PAGE_MAX).contains(size));
        fits.ok_or_else(|| No::params("pageSize", format!("pageSize is 1 to {PAGE_MAX}")))
    }

    fn state(&self) -> Told<Option<Option<TaskState>>> {
        match self.status.as_deref() {
            None | Some("" | "TASK_STATE_UNSPECIFIED") => Ok(None),
            // States that a task is never in here.
            Some("TASK_STATE_SUBMITTED" | "TASK_STATE_AUTH_REQUIRED") => Ok(Some(None)),
            Some(named) => match STATES.iter().find(|(name, _)| *name == named) {
                Some((_, state)) => Ok(Some(Some(*state))),
                None => Err(No::params("status", format!("'{named}' is no state of a task"))),
            },
        }
    }

    fn filter(&self) -> Told<TaskFilter> {
        let since = self.status_timestamp_after.as_deref().filter(|text| !text.is_empty()).map(|text| {
            let bad = || No::params("statusTimestampAfter", "give a time such as 2026-01-31T12:00:00Z");
            text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond).map_err(|_| bad())
        });
        let after = self.page_token.as_deref().filter(|text| !text.is_empty()).map(|text| {
            let parts = text.split_once('.').and_then(|(ms, id)| Some((ms.parse().ok()?, id.parse().ok()?)));
            parts.ok_or_else(|| No::params("pageToken", "take the token from the page before"))
        });
        Ok(TaskFilter {
            context: self.context_id.clone().filter(|context| !context.is_empty()),
            state: self.state()?.flatten(),
            since_ms: since.transpose()?,
            after: after.transpose()?,
        })
    }
}

/// How many messages of each listed task are told, and how many are read for that: the last is told with the status in any
/// case, and replies are looked for among more.
fn listed(history: Option<usize>, artifacts: bool) -> (usize, i64) {
    let told = history.unwrap_or_default().min(LISTED_MAX);
    let read = if artifacts { LISTED_WITH_REPLIES_MAX } else { told.max(1) };
    (told, i64::try_from(read).unwrap_or(i64::MAX))
}

async fn list(caller: &Caller, asked: List) -> Told<Value> {
    let (size, filter, history) = (asked.size()?, asked.filter()?, history(asked.history_length)?);
    if asked.state()? == Some(None) {
        return Ok(json!({"tasks": [], "nextPageToken": "", "pageSize": size, "totalSize": 0}));
    }
    let artifacts = asked.include_artifacts.unwrap_or(false);
    let (told, most) = listed(history, artifacts);
    let ctx = caller.ctx.clone();
    let read = caller.house.db.read(move |tx| {
        let (rows, more) = outside::tasks(tx, &ctx, &filter, size)?;
        let total = outside::count(tx, &ctx, &filter)?;
        let last = rows.last().filter(|_| more).map(|task| format!("{}.{}", task.row.changed_ms, task.row.id));
        let mut found = Vec::new();
        for row in rows.into_iter().filter(|row| filter.state.is_none_or(|state| state == row.state)) {
            let words = outside::words(tx, &ctx, &row, 0, most)?;
            found.push(Seen { row, words });
        }
        Ok((found, total, last.unwrap_or_default()))
    });
    let (found, total, next) = read.await?;
    let tasks: Vec<Value> = found.iter().map(|task| task.whole(Some(told), artifacts)).collect();
    Ok(json!({"pageSize": size, "tasks": tasks, "nextPageToken": next, "totalSize": total}))
}
