//! The first steps: who asks for what, and what the house knows about it, in one reading transaction.

use super::approval::{self, Granted};
use super::call::{About, Call, CaseFacts, Halt, Job};
use super::taint::Taint;
use super::{Inner, taint, uses, waiting};
use crate::catalogue::{Action, Catalogue};
use crate::drift;
use crate::store::{self, Effect};
use crate::validate;
use baton_base::{Error, ReleaseId, Result, digest_of_text};
use baton_db::Tx;
use baton_govern::{Ctx, Level, Right, Rulebook, Stop, autonomy, consent, stop, vault};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the database says that a judgement needs.
pub(super) struct Known {
    /// The key of this call, were it a new one.
    pub key: String,
    pub stop: Option<Stop>,
    pub autonomy: Level,
    pub confirmed: bool,
    /// The text from outside that may steer this call.
    pub taint: Option<Taint>,
    /// This call's effect, or the case's unanswered effect of the same action and arguments.
    pub effect: Option<Effect>,
    /// That effect may have been made before, and its system says that it was not.
    pub not_happened: bool,
    pub approval: Option<Granted>,
    /// Why the action may not be called: its system is not what was pinned.
    pub drift: Option<String>,
    /// Setting → secret, for every system that this call may reach.
    pub secrets: BTreeMap<String, String>,
    /// System → the token that Baton was given for it: two that share a setting have a token each.
    pub tokens: BTreeMap<String, String>,
}

/// A job, or why there is none.
pub(super) type Prepared = Result<Job, (About, Halt)>;

impl Inner {
    /// Names, arguments, actor and circumstances of a call.
    pub(super) async fn prepare(&self, ctx: &Ctx, call: Call) -> Result<Prepared> {
        let (release, catalogue, rulebook) = self.parts_of(ctx, &call)?;
        let caller = ctx.actor.to_string();
        let ctx = match &call.agent {
            Some(agent) => ctx.as_agent(agent, release.as_str()),
            None => ctx.clone(),
        };
        let places = self.limiter.admit(catalogue.limits(), &ctx, &call.action)?;
        let checked = ctx
            .allow(Right::ActionCall)
            .and_then(|()| catalogue.action(&call.action).cloned())
            .and_then(|action| Ok((validate::arguments(&action, &call.args)?, action)));
        let (args_digest, action) = match checked {
            Ok(checked) => checked,
            Err(error) => return Ok(Err((early(&ctx, &call, &release), Halt::of(error)?))),
        };
        if call.via.is_some() && call.case.is_none() && action.needs_case() {
            return Ok(Err((early(&ctx, &call, &release), no_case())));
        }
        let mut wanted = Wanted {
            ctx: ctx.clone(),
            caller: caller.clone(),
            call: call.clone(),
            release: release.clone(),
            action: Arc::clone(&action),
            args_digest: args_digest.clone(),
        };
        let systems = secrets_wanted(&catalogue, &action);
        let (rules, cases) = (Arc::clone(&rulebook), Arc::clone(&self.parts.cases));
        let found = self.parts.db.read(move |tx| {
            let facts = cases.read(tx, &wanted.ctx.client, wanted.call.case.as_ref())?;
            let waits = waiting::find(tx, &mut wanted)?;
            let known = look(tx, &wanted, &facts, &rules, &systems)?;
            Ok((facts, known, waits, wanted.call))
        });
        let (facts, known, waits, call) = match found.await {
            Ok(found) => found,
            Err(error) => return Ok(Err((early(&ctx, &call, &release), Halt::of(error)?))),
        };
        let ctx = match (&facts.customer, &ctx.on_behalf_of) {
            (Some(customer), None) => ctx.for_customer(customer),
            _ => ctx,
        };
        let key = known.effect.as_ref().map_or(&known.key, |effect| &effect.idempotency_key).clone();
        let job =
            Job { ctx, caller, call, action, catalogue, rulebook, release, args_digest, key, facts, known, places };
        Ok(stands(job, waits))
    }

    fn parts_of(&self, ctx: &Ctx, call: &Call) -> Result<(ReleaseId, Arc<Catalogue>, Arc<Rulebook>)> {
        let release = match &call.release {
            Some(release) => release.clone(),
            None => self.parts.catalogues.live(&ctx.client)?.0,
        };
        let catalogue = self.parts.catalogues.at(&ctx.client, &release)?;
        let rulebook = self.parts.rulebooks.at(&ctx.client, &release)?;
        Ok((release, catalogue, rulebook))
    }
}

/// What came of the call before stands, whatever holds now; else it may wait for a person.
#[allow(clippy::result_large_err, reason = "moved once, as by `prepare`")]
fn stands(job: Job, waits: Option<Halt>) -> Prepared {
    if job.answered().is_some() {
        return Ok(job);
    }
    match waits {
        Some(halt) => Err((job.about(), halt)),
        None => Ok(job),
    }
}

/// What is asked of the database for a call.
#[derive(Clone)]
pub(super) struct Wanted {
    pub ctx: Ctx,
    /// Whoever sent the call, before an agent took it on.
    pub caller: String,
    pub call: Call,
    pub release: ReleaseId,
    pub action: Arc<Action>,
    pub args_digest: String,
}

fn no_case() -> Halt {
    const WHY: &str = "this action is about a customer's case; say for which case it is called";
    Halt::refused("door:case", WHY)
}

fn look(tx: &mut Tx, wanted: &Wanted, facts: &CaseFacts, rulebook: &Rulebook, secrets: &[String]) -> Result<Known> {
    let Wanted { ctx, call, args_digest, .. } = wanted;
    let (action, pinned) = (wanted.action.name.as_str(), &wanted.action.pinned);
    let key = &key_of(ctx, call, args_digest);
    let client = &ctx.client;
    let intent = facts.intent.as_deref();
    let agent = matches!(ctx.actor, baton_base::Actor::Agent { .. }).then(|| ctx.actor.name());
    let stop = stop::check(tx, client, agent, intent, Some(action))?;
    let autonomy = autonomy::level(tx, client, rulebook, intent.unwrap_or_default(), action)?;
    let drift = match pinned {
        Some(pinned) => drift::why(tx, client, action, pinned)?,
        None => None,
    };
    let mut effect = match &call.again {
        Some(again) => Some(store::get(tx, client, again)?),
        None => match let_through(tx, wanted)? {
            Some(effect) => Some(effect),
            None => store::by_key(tx, client, key)?,
        },
    };
    let taint = taint::of(tx, wanted)?;
    let mut confirmed = false;
    if let Some(case) = &call.case {
        confirmed = consent::given(tx, ctx, case, action, args_digest)?;
        if effect.is_none() {
            effect = store::unanswered(tx, client, case, action, args_digest)?;
        }
    }
    let approval = granted(tx, wanted, effect.as_ref())?;
    let mut found = BTreeMap::new();
    for name in secrets {
        if let Some(secret) = vault::get(tx, client, name)? {
            found.insert(name.clone(), secret);
        }
    }
    let not_happened = false;
    Ok(Known {
        key: key.clone(),
        stop,
        autonomy,
        confirmed,
        taint,
        effect,
        not_happened,
        approval,
        drift,
        secrets: found,
        tokens: BTreeMap::new(),
    })
}

/// The approval that this call names. What came of the call stands, also where its approval was erased with the case.
fn granted(tx: &mut Tx, wanted: &Wanted, effect: Option<&Effect>) -> Result<Option<Granted>> {
    let Some(item) = &wanted.call.approval else { return Ok(None) };
    match approval::granted(tx, &wanted.ctx, item) {
        Err(Error::Invalid { .. }) if effect.is_some_and(Effect::is_answered) => Ok(None),
        found => found.map(Some),
    }
}

/// The effect of this call that the approval it names has let through before.
fn let_through(tx: &mut Tx, wanted: &Wanted) -> Result<Option<Effect>> {
    let Wanted { ctx, call, action, args_digest, .. } = wanted;
    let Some(item) = &call.approval else { return Ok(None) };
    let found = uses::effect_of(tx, &ctx.client, item)?;
    let same = |e: &Effect| e.action == action.name && e.args_digest == *args_digest && e.case == call.case;
    Ok(found.filter(same))
}

/// Settings with the secrets of every system that a call of this action may reach.
fn secrets_wanted(catalogue: &Catalogue, action: &Action) -> Vec<String> {
    let facts = action.facts.iter().map(|fact| &fact.action);
    let reached = facts.chain(action.reconcile.iter().map(|r| &r.action));
    let others = reached.filter_map(|name| catalogue.action(name).ok()).map(|found| &found.system);
    let mut names: Vec<_> = others
        .chain(std::iter::once(&action.system))
        .filter_map(|system| system.auth.as_ref())
        .flat_map(|auth| auth.settings().into_iter().map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The key that a call carries to its system: the same for the same call, and for no other.
pub(super) fn key_of(ctx: &Ctx, call: &Call, args_digest: &str) -> String {
    const KEY_CHARS: usize = 40;
    let step = match &call.approval {
        // One approval lets one call through, however often it is sent.
        Some(item) if call.run.is_none() => item.as_str(),
        _ => &call.step_key,
    };
    let case = call.case.as_ref().map_or("", |case| case.as_str());
    let run = call.run.as_ref().map_or("", |run| run.as_str());
    let text = [ctx.client.as_str(), case, run, step, &call.action, args_digest].join("\n");
    format!("bt-{}", &digest_of_text(&text)[..KEY_CHARS])
}

/// About a call that did not get far; its name and arguments may be anything.
fn early(ctx: &Ctx, call: &Call, release: &ReleaseId) -> About {
    const NAME_CHARS_MAX: usize = 64;
    About {
        ctx: ctx.clone(),
        action: call.action.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect(),
        title: String::new(),
        args: serde_json::Value::Null,
        args_digest: baton_base::digest_of(&call.args),
        case: call.case.clone(),
        run: call.run.clone(),
        release: Some(release.clone()),
        step_key: call.step_key.clone(),
        via: call.via.clone(),
        waiting: None,
    }
}
