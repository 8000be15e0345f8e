//! Calls from outside that wait for a person's yes. Whoever sent one sends it again, or asks for it by its work item;
//! both find the one approval, and neither asks a person twice.

use super::call::{About, Call, Called, Halt, Job};
use super::known::{self, Wanted};
use super::{Door, approval, call, uses};
use crate::store::{self, Effect};
use baton_base::{AgentName, CaseId, ClientId, Error, ReleaseId, Result, WorkItemId, digest_of, digest_of_text};
use baton_db::{Row, Tx, params};
use baton_desk::withdraw_item;
use baton_govern::{Ctx, Role, ledger};
use serde_json::{Value, json};

/// A call from outside that a person has been asked about.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The work item that asks.
    pub work_item: WorkItemId,
    /// The action.
    pub action: String,
    /// Its arguments; null where some of them are not written down.
    pub args: Value,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// Whose yes it takes.
    pub role: Role,
    /// Why, in words.
    pub reason: String,
    /// When the person was asked.
    pub asked_ms: i64,
    /// Until when a yes counts.
    pub expires_ms: i64,
    /// Whether nobody has decided yet.
    pub open: bool,
    /// What came of it, where that is known: it stands, whatever is live now. Else what a person's no, or none, means.
    came: Option<Called>,
    agent: Option<AgentName>,
    via: String,
    step_key: String,
    release: ReleaseId,
}

/// What is kept of a call from outside when a person is asked about it.
#[derive(Clone)]
pub(crate) struct Remembered {
    key: String,
    /// Whoever sent it.
    pub(super) caller: String,
    agent: Option<AgentName>,
    args: Value,
}

impl Remembered {
    pub(super) fn of(job: &Job) -> Option<Self> {
        job.call.via.as_ref()?;
        let call = &job.call;
        let kept = crate::pointers::redacted(&call.args, "args", &job.action.redact);
        Some(Self {
            key: key_of(&job.caller, call, &job.args_digest),
            caller: job.caller.clone(),
            agent: call.agent.clone(),
            args: if kept == call.args { kept } else { Value::Null },
        })
    }

    /// Whom this call waits for already. Two that ask at once are asked for one after the other: the second finds the first.
    pub(super) fn asked(&self, tx: &mut Tx, about: &About, role: Role) -> Result<Option<(WorkItemId, Role, String)>> {
        let none = WorkItemId::known(format!("none:{}", self.key));
        let turn = "ON CONFLICT (client_id, call_key) DO UPDATE SET caller = waiting_call.caller";
        self.put(tx, about, (&none, role, ""), about.ctx.now_ms() - 1, turn)?;
        let found = by_key(tx, &about.ctx, &self.key)?;
        let Some(found) =
            found.filter(|found| found.work_item != none && found.counts(&about.ctx, about.release.as_ref()))
        else {
            return Ok(None);
        };
        let over = approval::granted(tx, &about.ctx, &found.work_item)?.is_over(about.ctx.now_ms());
        Ok((!over).then_some((found.work_item, found.role, found.reason)))
    }

    /// Keeps the call. One that was asked about before, in vain, is asked about anew.
    pub(super) fn keep(&self, tx: &mut Tx, about: &About, item: &WorkItemId, role: Role, reason: &str) -> Result<()> {
        let until_ms = about.ctx.now_ms() + approval::APPROVAL_MS_MAX;
        let anew = "ON CONFLICT (client_id, call_key) DO UPDATE SET work_item_id = excluded.work_item_id, \
                    release_id = excluded.release_id, role = excluded.role, reason = excluded.reason, \
                    args = excluded.args, asked_ms = excluded.asked_ms, expires_ms = excluded.expires_ms";
        self.put(tx, about, (item, role, reason), until_ms, anew)
    }

    fn put(
        &self,
        tx: &mut Tx,
        about: &About,
        (item, role, reason): (&WorkItemId, Role, &str),
        until_ms: i64,
        or_else: &str,
    ) -> Result<()> {
        let args = Some(&self.args).filter(|args| !args.is_null());
        let sql = format!(
            "INSERT INTO waiting_call (client_id, work_item_id, call_key, caller, via, agent, action, args, case_id, \
             step_key, release_id, role, reason, asked_ms, expires_ms) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15) {or_else}"
        );
        tx.execute(
            &sql,
            params![
                about.ctx.client,
                item,
                self.key,
                self.caller,
                about.via,
                self.agent,
                about.action,
                args,
                about.case,
                about.step_key,
                about.release,
                role.name(),
                reason,
                about.ctx.now_ms(),
                until_ms
            ],
        )?;
        Ok(())
    }
}

fn key_of(caller: &str, call: &Call, args_digest: &str) -> String {
    let agent = call.agent.as_ref().map_or("", |agent| agent.as_str());
    let case = call.case.as_ref().map_or("", |case| case.as_str());
    digest_of_text(&[caller, agent, case, &call.step_key, &call.action, args_digest].join("\n"))
}

const COLUMNS: &str = "work_item_id, action, args, case_id, role, reason, asked_ms, expires_ms, agent, via, step_key, \
                       release_id";

fn read(row: &Row) -> Result<Waiting> {
    Ok(Waiting {
        work_item: row.id(0)?,
        action: row.text(1)?,
        args: row.json_opt(2)?.unwrap_or(Value::Null),
        case: row.id_opt(3)?,
        role: row.id(4)?,
        reason: row.text(5)?,
        asked_ms: row.int(6)?,
        expires_ms: row.int(7)?,
        agent: row.id_opt(8)?,
        via: row.text(9)?,
        step_key: row.text(10)?,
        release: row.id(11)?,
        open: true,
        came: None,
    })
}

fn by_key(tx: &mut Tx, ctx: &Ctx, key: &str) -> Result<Option<Waiting>> {
    let sql = format!("SELECT {COLUMNS} FROM waiting_call WHERE client_id = $1 AND call_key = $2");
    tx.query_opt(&sql, params![ctx.client, key], read)
}

impl Waiting {
    /// Whether a yes would count: asked for under the policies that hold, and not too long ago.
    fn counts(&self, ctx: &Ctx, release: Option<&ReleaseId>) -> bool {
        Some(&self.release) == release && self.expires_ms >= ctx.now_ms()
    }
}

/// Whether this call has been asked about. What came of it, or may have come of it, holds. Otherwise a decision is taken
/// up; while there is none, the call goes on waiting. An approval that was asked for under other policies, or too long
/// ago, counts for nothing.
pub(super) fn find(tx: &mut Tx, wanted: &mut Wanted) -> Result<Option<Halt>> {
    if wanted.call.via.is_none() || wanted.call.approval.is_some() {
        return Ok(None);
    }
    let key = key_of(&wanted.caller, &wanted.call, &wanted.args_digest);
    let ctx = &wanted.ctx;
    let Some(found) = by_key(tx, ctx, &key)? else { return Ok(None) };
    if holds(tx, wanted, &found.work_item)? {
        wanted.call.approval = Some(found.work_item);
        return Ok(None);
    }
    if !found.counts(ctx, Some(&wanted.release)) {
        return Ok(None);
    }
    if approval::granted(tx, ctx, &found.work_item)?.is_over(ctx.now_ms()) {
        wanted.call.approval = Some(found.work_item);
        return Ok(None);
    }
    let Waiting { work_item, role, reason, .. } = found;
    Ok(Some(Halt::Waiting { work_item, role, reason }))
}

/// Whether the approval has let this call through, and what came of that holds.
fn holds(tx: &mut Tx, wanted: &Wanted, item: &WorkItemId) -> Result<bool> {
    let client = &wanted.ctx.client;
    let found = match uses::effect_of(tx, client, item)? {
        Some(effect) => Some(effect),
        None => {
            let approved = Call { approval: Some(item.clone()), ..wanted.call.clone() };
            store::by_key(tx, client, &known::key_of(&wanted.ctx, &approved, &wanted.args_digest))?
        }
    };
    Ok(found.is_some_and(|effect| uses::stands(&effect)))
}

impl Door {
    /// A call from outside that waits or waited for a person, for whoever sent it; for others it does not exist.
    pub async fn waiting(&self, ctx: &Ctx, item: &WorkItemId) -> Result<Waiting> {
        let (ctx, item) = (ctx.clone(), item.clone());
        let read = move |tx: &mut Tx| {
            let mut found = of_caller(tx, &ctx, &item)?;
            found.look(tx, &ctx)?;
            Ok(found)
        };
        self.inner.parts.db.read(read).await
    }

    /// Goes on with a call that waited: what came of it, or that it still waits. Asking again changes nothing more.
    pub async fn go_on(&self, ctx: &Ctx, waiting: &Waiting) -> Result<Called> {
        if let Some(called) = &waiting.came {
            return Ok(called.clone());
        }
        let Waiting { work_item, role, .. } = waiting.clone();
        if waiting.open {
            let reason = waiting.reason.clone();
            return Ok(Called::NeedsApproval { work_item, role, reason, policies: Vec::new() });
        }
        if waiting.args.is_null() {
            let how = "send the same call again: what it withholds is not kept";
            return Ok(Called::Invalid(Error::invalid("a person has said yes", how)));
        }
        let call = Call {
            action: waiting.action.clone(),
            args: waiting.args.clone(),
            case: waiting.case.clone(),
            step_key: waiting.step_key.clone(),
            agent: waiting.agent.clone(),
            release: Some(waiting.release.clone()),
            approval: Some(work_item),
            via: Some(waiting.via.clone()),
            ..Call::default()
        };
        self.call(ctx, call).await
    }

    /// Nobody waits for the call any more: the request for approval is withdrawn, unless it was decided.
    pub async fn give_up(&self, ctx: &Ctx, item: &WorkItemId) -> Result<()> {
        let (ctx, item) = (ctx.clone(), item.clone());
        let write = move |tx: &mut Tx| {
            let found = of_caller(tx, &ctx, &item)?;
            if withdraw_item(tx, &ctx.as_system("door"), &item)? {
                let mut event = baton_base::Event::new(&ctx.client, "approval.given_up", &item);
                event.case.clone_from(&found.case);
                ledger::append(tx, &ctx, event.with(json!({"action": found.action, "via": found.via})))?;
            }
            Ok(())
        };
        self.inner.parts.db.write(write).await
    }
}

impl Waiting {
    /// What came of it, or whether it is still open. What was done is told first: its approval may be erased.
    fn look(&mut self, tx: &mut Tx, ctx: &Ctx) -> Result<()> {
        self.open = false;
        let kept = (!self.args.is_null()).then(|| digest_of(&self.args));
        if let Some(effect) = self.effect(tx, ctx, kept.as_deref())? {
            self.came = call::answered(&effect);
            return Ok(());
        }
        if self.expires_ms == 0 {
            self.came = Some(approval::expired());
            return Ok(());
        }
        let (granted, now_ms) = (approval::granted(tx, ctx, &self.work_item)?, ctx.now_ms());
        match self.effect(tx, ctx, Some(granted.args_digest()))? {
            Some(effect) => self.came = call::answered(&effect),
            None if granted.is_over(now_ms) => self.came = granted.refused(now_ms),
            None => self.open = true,
        }
        Ok(())
    }

    /// The effect that its approval has let through: the one that is noted, or where none is, the one with its key.
    fn effect(&self, tx: &mut Tx, ctx: &Ctx, args_digest: Option<&str>) -> Result<Option<Effect>> {
        if let Some(effect) = uses::effect_of(tx, &ctx.client, &self.work_item)? {
            return Ok(Some(effect));
        }
        let Some(args_digest) = args_digest else { return Ok(None) };
        let approved = Call {
            action: self.action.clone(),
            case: self.case.clone(),
            approval: Some(self.work_item.clone()),
            ..Call::default()
        };
        store::by_key(tx, &ctx.client, &known::key_of(ctx, &approved, args_digest))
    }
}

/// Forgets the arguments and reasons of calls that nobody has waited for since a time.
pub(super) fn forget(tx: &mut Tx, client: &ClientId, before_ms: i64) -> Result<()> {
    let sql = "UPDATE waiting_call SET args = NULL, reason = '' \
               WHERE client_id = $1 AND expires_ms < $2 AND (args IS NOT NULL OR reason <> '')";
    tx.execute(sql, params![client, before_ms]).map(|_| ())
}

fn of_caller(tx: &mut Tx, ctx: &Ctx, item: &WorkItemId) -> Result<Waiting> {
    let sql = format!("SELECT {COLUMNS} FROM waiting_call WHERE client_id = $1 AND work_item_id = $2 AND caller = $3");
    let found = tx.query_opt(&sql, params![ctx.client, item, ctx.actor.to_string()], read)?;
    found.ok_or_else(|| Error::not_found(format!("task {item}")))
}
