//! A tool call on its way through the door, and back as a result, a task or a refusal.

use super::handler::Desk;
use super::{meta, told};
use baton_base::{Error, Result, WorkItemId};
use baton_tools::{Call, Called, Step, Waiting};
use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CreateTaskResult, DetailedTask, GetTaskResult, JsonObject,
    ProgressNotificationParam, ProgressToken, ProtocolVersion, Task, TaskPayload, TaskStatus,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How often a client should ask whether a person has decided, milliseconds.
const POLL_MS: u64 = 5_000;

impl Desk {
    pub(super) async fn called(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> std::result::Result<CallToolResponse, ErrorData> {
        let mut call = match self.call_of(&request, context) {
            Ok(call) => call,
            Err(error) => return told::error(error).map(Into::into),
        };
        let made = match context.meta.get_progress_token() {
            None => self.house.door.call(&self.asker.ctx, call).await,
            Some(token) => {
                let (steps, heard) = unbounded_channel();
                call.steps = Some(steps);
                tokio::join!(self.house.door.call(&self.asker.ctx, call), tell(context, token, heard)).0
            }
        };
        let called = match made {
            Ok(called) => called,
            Err(error) => return told::error(error).map(Into::into),
        };
        let tasks = context.client_capabilities().is_some_and(|capabilities| capabilities.supports_tasks());
        if let (Called::NeedsApproval { work_item, .. }, true) = (&called, tasks) {
            let waiting = self.house.door.waiting(&self.asker.ctx, work_item).await;
            return match waiting {
                Ok(waiting) => Ok(CreateTaskResult::new(task(&waiting, TaskStatus::Working)).into()),
                Err(error) => told::error(error).map(Into::into),
            };
        }
        told::result(called, wraps(context)).map(Into::into)
    }

    fn call_of(&self, request: &CallToolRequestParams, context: &RequestContext<RoleServer>) -> Result<Call> {
        let said = meta::said(request.meta.as_ref(), &context.meta)?;
        let agent = self.asker.agent.as_ref().map_or("", |agent| agent.as_str());
        let args = request.arguments.clone().unwrap_or_default();
        Ok(Call {
            action: request.name.to_string(),
            args: Value::Object(args),
            case: said.case,
            // Another caller's call is never this one, whatever their arguments.
            step_key: format!("{}/{agent}/{}", self.asker.via, said.key.unwrap_or_default()),
            agent: self.asker.agent.clone(),
            via: Some(self.asker.via.clone()),
            ..Call::default()
        })
    }

    pub(super) async fn task(
        &self,
        id: &str,
        context: &RequestContext<RoleServer>,
    ) -> std::result::Result<GetTaskResult, ErrorData> {
        let item = task_id(id)?;
        let ctx = &self.asker.ctx;
        let waiting = self.house.door.waiting(ctx, &item).await.map_err(|error| no_task(&error))?;
        let payload = match self.house.door.go_on(ctx, &waiting).await {
            Ok(Called::NeedsApproval { .. }) => TaskPayload::Working,
            Ok(called) => payload(told::result(called, wraps(context))),
            // Nothing is known yet of a call that is being made, or that we could not make just now.
            Err(Error::Unavailable(_) | Error::TooMany(_)) => TaskPayload::Working,
            Err(error) => payload(told::error(error)),
        };
        Ok(GetTaskResult::new(DetailedTask::new(task(&waiting, payload.status()), payload)))
    }

    pub(super) async fn cancelled(&self, id: &str) -> std::result::Result<(), ErrorData> {
        let item = task_id(id)?;
        self.house.door.give_up(&self.asker.ctx, &item).await.map_err(|error| no_task(&error))
    }

    pub(super) async fn known_task(&self, id: &str) -> std::result::Result<(), ErrorData> {
        let item = task_id(id)?;
        self.house.door.waiting(&self.asker.ctx, &item).await.map(|_| ()).map_err(|error| no_task(&error))
    }
}

/// Tells the client how far its call has come.
async fn tell(context: &RequestContext<RoleServer>, token: ProgressToken, mut heard: UnboundedReceiver<Step>) {
    const STEPS: f64 = 3.0;
    while let Some(step) = heard.recv().await {
        let (done, words) = match step {
            Step::Taken => (1.0, "the call is being judged"),
            Step::Permitted => (2.0, "the call may go out"),
            Step::Answered => (STEPS, "the system has answered"),
        };
        let progress = ProgressNotificationParam::new(token.clone(), done).with_total(STEPS).with_message(words);
        if context.peer.notify_progress(progress).await.is_err() {
            return;
        }
    }
}

fn wraps(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_none_or(|version| version.as_str() < ProtocolVersion::V_2026_07_28.as_str())
}

fn task_id(id: &str) -> std::result::Result<WorkItemId, ErrorData> {
    id.parse().map_err(|error| no_task(&error))
}

fn no_task(error: &Error) -> ErrorData {
    ErrorData::invalid_params(format!("Unknown task: {}", error.problem().detail), None)
}

fn payload(result: std::result::Result<CallToolResult, ErrorData>) -> TaskPayload {
    let object = |value: serde_json::Result<Value>| match value {
        Ok(Value::Object(map)) => map,
        _ => JsonObject::new(),
    };
    match result {
        Ok(result) => TaskPayload::Completed { result: object(serde_json::to_value(result)) },
        Err(error) => TaskPayload::Failed { error: object(serde_json::to_value(error)) },
    }
}

fn task(waiting: &Waiting, status: TaskStatus) -> Task {
    let asked = at(waiting.asked_ms);
    let ttl_ms = u64::try_from(waiting.expires_ms - waiting.asked_ms).unwrap_or_default();
    Task::new(waiting.work_item.to_string(), status, asked.clone(), asked)
        .with_status_message(format!("a {} has been asked: {}", waiting.role.title(), waiting.reason))
        .with_ttl_ms(ttl_ms)
        .with_poll_interval_ms(POLL_MS)
}

/// ISO 8601 in UTC, with milliseconds.
pub(crate) fn at(ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let in_day = ms.rem_euclid(DAY_MS);
    let (hours, minutes) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (seconds, millis) = (in_day / 1_000 % 60, in_day % 1_000);
    format!("{}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z", baton_tools::utc_date(ms))
}
