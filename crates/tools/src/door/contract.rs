//! Whether connected systems still are what the release pinned, and still do what its tests expect.

use super::call::{Call, Called};
use super::credentials::notice;
use super::{Door, Inner};
use crate::catalogue::{Action, Contract, Document, Does, Kind, System, pinned_of};
use crate::drift::{self, Drift};
use crate::{a2a, mcp};
use baton_base::{Error, Event, Result};
use baton_db::Tx;
use baton_desk::open_item;
use baton_govern::{Ctx, ledger};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Time to fetch a description, milliseconds; its largest size, bytes.
const DESCRIBE_MS_MAX: u64 = 20_000;
const DESCRIBE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What came of one test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tested {
    /// The action.
    pub action: String,
    /// The test's name.
    pub test: String,
    /// Whether all was as expected.
    pub passed: bool,
    /// What was not, or why the test was left out.
    pub why: String,
}

impl Inner {
    /// Takes note that an action's system is not what was pinned: the action is not called again, and somebody is told.
    pub(super) async fn drifted(&self, ctx: &Ctx, action: &Action, seen: &str, why: &str) -> Result<()> {
        let Some(pinned) = action.pinned.clone() else { return Ok(()) };
        let (ctx, desk) = (ctx.as_system("door"), self.parts.desk.clone());
        let drift = Drift {
            action: action.name.clone(),
            connector: action.system.name.clone(),
            pinned,
            seen: seen.to_owned(),
            why: why.to_owned(),
            found_ms: ctx.now_ms(),
        };
        let owner = action.system.owner.clone();
        let title = format!("{}: '{}' is not called any more: {why}", action.system.title, action.title);
        let write = move |tx: &mut Tx| {
            if !drift::note(tx, &ctx.client, &drift)? {
                return Ok(());
            }
            let mut data = serde_json::to_value(&drift).map_err(Error::broken)?;
            data["owner"] = json!(owner);
            ledger::append(tx, &ctx, Event::new(&ctx.client, "connector.drifted", &drift.action).with(data))?;
            open_item(tx, &ctx, &desk, notice(&ctx, title.clone())).map(|_| ())
        };
        self.parts.db.write(write).await
    }
}

impl Door {
    /// Compares what a system says of itself with what was pinned. Returns the actions that are not the same, with the
    /// reason; what is the same again may be called again.
    pub async fn check_drift(&self, ctx: &Ctx, connector: &str) -> Result<Vec<(String, String)>> {
        let catalogue = self.catalogue(&ctx.client)?;
        let system = Arc::clone(catalogue.system(connector)?);
        let Some(now) = self.seen(ctx, &system).await? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for action in catalogue.actions().filter(|action| action.system.name == connector) {
            let Some(pinned) = &action.pinned else { continue };
            match now.of(action) {
                Ok(seen) if seen == *pinned => {
                    let (client, name, pinned) = (ctx.client.clone(), action.name.clone(), pinned.clone());
                    self.inner.parts.db.write(move |tx| drift::clear(tx, &client, &name, &pinned)).await?;
                }
                Ok(seen) => {
                    let why = "the system describes it differently from what was pinned";
                    self.inner.drifted(ctx, action, &seen, why).await?;
                    found.push((action.name.clone(), why.to_owned()));
                }
                Err(why) => {
                    self.inner.drifted(ctx, action, "", &why).await?;
                    found.push((action.name.clone(), why));
                }
            }
        }
        Ok(found)
    }

    /// Compares systems of the live release that say what they are: all, or those with actions that are not called for what was
    /// seen before. Returns those that could not be compared, with the reason: one that is away keeps no other from being looked at.
    /// `goes_on` is asked before each; none is left in the middle, since a sign-in that is renewed for it may be good once.
    pub async fn compare(&self, ctx: &Ctx, all: bool, goes_on: impl Fn() -> bool) -> Result<Vec<(String, String)>> {
        let client = ctx.client.clone();
        let drifted = self.inner.parts.db.read(move |tx| drift::all(tx, &client)).await?;
        let is_due = |name: &str| all || drifted.iter().any(|drift| drift.connector == name);
        let catalogue = self.catalogue(&ctx.client)?;
        let names: Vec<String> =
            catalogue.systems().map(|system| system.name.clone()).filter(|name| is_due(name)).collect();
        let mut away = Vec::new();
        for name in names {
            if !goes_on() {
                break;
            }
            if let Err(error) = self.check_drift(ctx, &name).await {
                away.push((name, error.to_string()));
            }
        }
        Ok(away)
    }

    async fn seen(&self, ctx: &Ctx, system: &Arc<System>) -> Result<Option<Seen>> {
        let away = |why: String| Error::Unavailable(format!("{}: {why}", system.title));
        match (&system.kind, &system.describe_url) {
            (Kind::Mcp(server, revision), _) => {
                let secret = self.inner.credential(ctx, system).await?.map_err(away)?;
                let credential = system.auth.as_ref().zip(secret).map(|(auth, secret)| auth.header(&secret));
                let listed = mcp::tools(server, *revision, credential, system.timeout).await;
                listed.map(|tools| Some(Seen::Tools(tools))).map_err(away)
            }
            (Kind::A2a(agent), _) => {
                let card = a2a::card(&agent.card_url, system.timeout).await.map_err(away)?;
                Ok(Some(Seen::Agent(a2a::card::digest(&card))))
            }
            (Kind::Http, Some(url)) => {
                let time = Duration::from_millis(DESCRIBE_MS_MAX);
                let response = self.inner.connector.client().get(url.clone()).timeout(time).send().await;
                let mut response = response.map_err(|_| away("its description cannot be reached".to_owned()))?;
                let mut bytes = Vec::new();
                // Half a description would quarantine what the other half describes.
                let broken = |_| away("its description broke off".to_owned());
                while let Some(chunk) = response.chunk().await.map_err(broken)? {
                    bytes.extend_from_slice(&chunk);
                    if bytes.len() > DESCRIBE_BYTES_MAX {
                        return Err(away("its description is too large".to_owned()));
                    }
                }
                if !response.status().is_success() {
                    return Err(away(format!("its description answered {}", response.status().as_u16())));
                }
                let text = String::from_utf8(bytes).map_err(|_| away("its description is no text".to_owned()))?;
                Document::parse(url.as_str(), &text).map(|doc| Some(Seen::Described(doc))).map_err(away)
            }
            (Kind::Http | Kind::Sql(_), _) => Ok(None),
        }
    }

    /// Runs the tests of a connector's actions; those of actions that write only where that is asked for.
    pub async fn test(&self, ctx: &Ctx, connector: &str, writes: bool) -> Result<Vec<Tested>> {
        let catalogue = self.catalogue(&ctx.client)?;
        catalogue.system(connector)?;
        let mut out = Vec::new();
        for action in catalogue.actions().filter(|action| action.system.name == connector) {
            for test in &action.tests {
                let verdict = match action.writes && !writes {
                    true => Err("left out: it writes".to_owned()),
                    false => self.one_test(ctx, action, test).await?,
                };
                out.push(Tested {
                    action: action.name.clone(),
                    test: test.name.clone(),
                    passed: verdict.is_ok(),
                    why: verdict.err().unwrap_or_default(),
                });
            }
        }
        Ok(out)
    }

    async fn one_test(&self, ctx: &Ctx, action: &Action, test: &Contract) -> Result<Result<(), String>> {
        let ctx = ctx.as_system("contract-test");
        let call =
            Call { action: action.name.clone(), args: test.args.clone(), step_key: ctx.id("test"), ..Call::default() };
        let seen = match self.call(&ctx, call).await? {
            Called::Done { result, .. } => json!({"result": result, "status": 200}),
            Called::Failed { status, detail, .. } => json!({"result": detail, "status": status}),
            other => return Ok(Err(in_words(other))),
        };
        let Some(expect) = &test.expect else {
            let good = seen["status"] == json!(200);
            return Ok(if good { Ok(()) } else { Err(format!("it answered {}", seen["status"])) });
        };
        Ok(match expect.value("expect", &seen) {
            Ok(Value::Bool(true)) => Ok(()),
            Ok(other) => Err(format!("expect gives {other}")),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// What a system says of itself now.
enum Seen {
    Described(Document),
    Tools(Vec<mcp::Tool>),
    Agent(baton_base::Digest),
}

impl Seen {
    fn of(&self, action: &Action) -> Result<String, String> {
        match (self, &action.does) {
            (Self::Described(doc), Does::Http { operation, .. }) => {
                let covers = action.system.auth.as_ref().map_or(&[][..], |auth| &auth.covers);
                let name = format!("{} {}", operation.method, operation.path);
                let now = doc.operation_without(&name, &action.system.idempotency_header, covers);
                now.map(|now| pinned_of(&now))
            }
            (Self::Tools(tools), Does::Mcp(call)) => {
                let found = tools.iter().find(|tool| tool.name == call.tool);
                found.map(mcp::Tool::digest).ok_or_else(|| "the server has no such tool any more".to_owned())
            }
            (Self::Agent(digest), Does::A2a(_)) => Ok(digest.clone()),
            _ => action.pinned.clone().ok_or_else(|| "nothing was pinned".to_owned()),
        }
    }
}

fn in_words(called: Called) -> String {
    match called {
        Called::Refused { reason, .. } | Called::Undecided { reason } => format!("refused: {reason}"),
        Called::NeedsApproval { reason, .. } => format!("it needs an approval: {reason}"),
        Called::Invalid(error) => error.to_string(),
        Called::Unreachable { why } | Called::Unknown { why, .. } => why,
        Called::Done { .. } | Called::Failed { .. } => String::new(),
    }
}
