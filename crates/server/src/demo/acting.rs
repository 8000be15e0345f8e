//! A stage on which the shop's agent has a model that may call the shop's actions: one process whose only step is the goal `act`.

use super::processes::fresh_folder;
use super::scripted::Scripted;
use super::stage::{Places, Stage, Who};
use baton_agents::Models;
use baton_base::{CaseId, Error, Result};
use baton_cases::{CaseState, Channel, Incoming, MessageRow, Patch, receive};
use baton_db::Tx;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// How every question for a yes ends on this stage.
pub const YES_OR_NO: &str = "Please answer yes or no.";
/// The shop's actions that change something, and their arguments.
pub const WRITES: [(&str, &[&str]); 7] = [
    ("cancel_pending_order", &["order_id", "reason"]),
    ("modify_user_address", &["user_id", "address1", "address2", "city", "state", "country", "zip"]),
    ("modify_pending_order_address", &["order_id", "address1", "address2", "city", "state", "country", "zip"]),
    ("modify_pending_order_payment", &["order_id", "payment_method_id"]),
    ("modify_pending_order_items", &["order_id", "item_ids", "new_item_ids", "payment_method_id"]),
    ("exchange_delivered_order_items", &["order_id", "item_ids", "new_item_ids", "payment_method_id"]),
    ("return_delivered_order_items", &["order_id", "item_ids", "payment_method_id"]),
];
const BLUEPRINT: &str = "retail-support";
const PROCESS: &str = "document:
  dsl: 1.0.3
  namespace: retail-support
  name: support
  version: 1.0.0
  title: Retail support by a model
  summary: The agent's model calls actions until it has finished, or a person goes on.
do:
  - serve:
      try:
        - act:
            call: agent-turn
            with:
              agent: concierge
              goal: act
              text: '${ $workflow.input.text }'
              message_id: '${ $workflow.input.message_id }'
              data: '${ $workflow.input.data }'
      catch:
        as: error
        do:
          - handOver:
              call: escalate
              with:
                queue: customer-care
                trigger: '${ if $error.type == \"urn:baton:error:escalation\" then $error.title else \"tool_failure\" end }'
                reason: '${ $error.detail }'
                recommendation: Go on with the customer.
              timeout: { after: P7D }
  - close:
      call: record
      with: { outcome: served }
";

/// What is otherwise than in the shop's blueprint.
pub struct Changes<'a> {
    /// Actions that change nothing and that the model may call as well.
    pub reads: &'a [&'a str],
    /// What the agent's role begins with; may be empty.
    pub role: &'a str,
    /// Files by their paths in the blueprint.
    pub files: Vec<(String, String)>,
}

/// Writes the changed blueprint below a folder; the folder of blueprints is what it gives.
fn blueprint(places: &Places, changes: &Changes<'_>, below: &Path) -> Result<PathBuf> {
    let blueprints = below.join("blueprints");
    let to = blueprints.join(BLUEPRINT);
    copy(&places.blueprints.join(BLUEPRINT), &to)?;
    write(&to.join("processes/support.yaml"), PROCESS)?;
    let agent = to.join("agents/concierge.yaml");
    let begins = if changes.role.is_empty() { String::new() } else { format!("  {}\n", changes.role) };
    let text = read(&agent)?.replacen("role: |\n", &format!("role: |\n{begins}"), 1);
    write(&agent, &(text + &tools(changes.reads)))?;
    let templates = to.join("templates/en.yaml");
    write(&templates, &(read(&templates)? + &questions()))?;
    for (path, text) in &changes.files {
        write(&to.join(path), text)?;
    }
    Ok(blueprints)
}

fn tools(reads: &[&str]) -> String {
    let mut out = "tool_calls_max: 50\ntools:\n".to_owned();
    for read in reads {
        let _ = writeln!(out, "  - {{ action: {read}, calls_max: 50 }}");
    }
    for (action, _) in WRITES {
        let _ = writeln!(out, "  - {{ action: {action}, calls_max: 50, confirm: ask_{action} }}");
    }
    out
}

/// A template for each action that asks for a yes to all its arguments.
fn questions() -> String {
    let mut out = "\n".to_owned();
    for (action, args) in WRITES {
        let args: Vec<String> = args.iter().map(|name| format!("{name} {{{{ {name} }}}}")).collect();
        let _ = writeln!(out, "ask_{action}: |\n  Shall I do {action} with {}? {YES_OR_NO}", args.join(", "));
    }
    out
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = |error| unreadable(from, &error);
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to)?;
        } else {
            fs::copy(&path, &to).map_err(failed)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::invalid(format!("{} cannot be read or written", path.display()), format!("{error}; check the path"))
}

/// What a customer writes.
pub struct Said<'a> {
    /// Number of the conversation.
    pub number: usize,
    /// Number of the message in it, from 0.
    pub turn: usize,
    /// The text.
    pub text: &'a str,
}

impl Said<'_> {
    fn incoming(&self, case: Option<CaseId>, data: Value) -> Incoming {
        let Self { number, turn, text } = self;
        Incoming {
            channel: Channel::Api,
            address: format!("c{number}@example.com"),
            name: None,
            locale: Some("en".to_owned()),
            text: (*text).to_owned(),
            external_id: Some(format!("stage-{number}-{turn}")),
            case,
            data,
        }
    }
}

impl Stage {
    /// With a shop's database, or a shop made of a seed, and this model. It works until it is closed.
    pub async fn acting(
        places: &Places,
        changes: &Changes<'_>,
        shop: (Option<PathBuf>, u64),
        model: &Scripted,
    ) -> Result<Self> {
        let folder = fresh_folder()?;
        let blueprints = blueprint(places, changes, folder.path())?;
        let places = Places { blueprints, overlays: places.overlays.clone() };
        let models = Models::of(model.model.clone());
        let stage = Self::open_in(folder, &places, shop, models).await?;
        Ok(stage.at_work())
    }

    /// A conversation of an identified customer, with their first message and what the process knows of it.
    pub async fn begin(&self, said: &Said<'_>, who: &Who, data: Value) -> Result<CaseId> {
        let (ctx, cases, who, incoming) = (self.ctx(), self.house.cases(), who.clone(), said.incoming(None, data));
        let write = move |tx: &mut Tx| {
            let received = receive(tx, &ctx, &cases, incoming)?;
            let identity = Some(json!({"how": "email", "user_id": who.user, "orders": who.orders}));
            baton_cases::record(tx, &ctx, &received.case, Patch { identity, ..Patch::default() })?;
            Ok(received.case)
        };
        self.house.db.write(write).await
    }

    /// The customer writes again.
    pub async fn say(&self, case: &CaseId, said: &Said<'_>) -> Result<()> {
        let (ctx, cases) = (self.ctx(), self.house.cases());
        let incoming = said.incoming(Some(case.clone()), json!({}));
        self.house.db.write(move |tx| receive(tx, &ctx, &cases, incoming).map(drop)).await
    }

    /// Where a case stands, and what agents have written in it.
    pub async fn stands(&self, case: &CaseId) -> Result<(CaseState, Vec<String>)> {
        let (ctx, case) = (self.ctx(), case.clone());
        let read = move |tx: &mut Tx| -> Result<(CaseState, Vec<MessageRow>)> {
            Ok((baton_cases::row(tx, &ctx, &case)?.state, baton_cases::messages(tx, &ctx, &case, 0)?))
        };
        let (state, messages) = self.house.db.read(read).await?;
        Ok((state, messages.into_iter().filter(|one| one.author.kind == "agent").map(|one| one.text).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_that_changes_something_has_a_question_with_all_its_arguments() {
        let questions = questions();
        for (action, args) in WRITES {
            let question = questions.split(&format!("ask_{action}: |\n")).nth(1).unwrap().lines().next().unwrap();
            assert!(question.ends_with(YES_OR_NO), "{question}");
            assert!(args.iter().all(|name| question.contains(&format!("{{{{ {name} }}}}"))), "{question}");
            assert!(tools(&[]).contains(&format!("confirm: ask_{action} ")), "{action}");
        }
    }
}
