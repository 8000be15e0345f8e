//! The permit: the policy decision that lets exactly one call of one action through.
//!
//! It can be built only here, from an [`Judgement::Allow`] that only [`crate::judge`] and [`crate::Egress::judge`]
//! make; it cannot be copied, and a connector takes it by value. No permit, no effect.

use crate::{Ctx, Decided, Judgement, Level};
use baton_base::{Actor, ClientId, CustomerId, Digest, EffectId, Error, MemberId, Result};
use serde::Serialize;

/// How long a permit is good for, milliseconds: longer than a call with its retries, shorter than a change of facts.
pub const PERMIT_MS_MAX: i64 = 5 * 60 * 1000;

/// The rules of a decision table that matched: they led to the permit, or stood before a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RulesUsed {
    /// The table's name.
    pub table: String,
    /// Digest of its text.
    pub digest: Digest,
    /// Ids of the rules that matched.
    pub rules: Vec<String>,
}

impl RulesUsed {
    /// What is recorded of a decision.
    pub fn of(decided: &Decided) -> Self {
        Self { table: decided.table.clone(), digest: decided.digest.clone(), rules: decided.rules.clone() }
    }
}

/// Everything that a judgement of "allow" was about; bound into the permit.
#[derive(Debug, PartialEq)]
pub struct Bound {
    pub(crate) client: ClientId,
    pub(crate) actor: Actor,
    pub(crate) on_behalf_of: Option<CustomerId>,
    pub(crate) action: String,
    pub(crate) args_digest: Digest,
    pub(crate) rules: Option<RulesUsed>,
    pub(crate) autonomy: Level,
    pub(crate) confirmed: bool,
    pub(crate) approved_by: Option<MemberId>,
}

/// Lets one call of one action with these arguments through. Not `Clone`; spent by value.
#[derive(Debug, Serialize)]
pub struct Permit {
    effect: EffectId,
    client: ClientId,
    actor: Actor,
    on_behalf_of: Option<CustomerId>,
    action: String,
    args_digest: Digest,
    policies: Vec<String>,
    rules: Option<RulesUsed>,
    autonomy: Level,
    confirmed: bool,
    approved_by: Option<MemberId>,
    issued_ms: i64,
    expires_ms: i64,
}

/// Turns an allowing judgement into the permit for one effect; any other judgement is an error in words.
pub fn permit(judgement: Judgement, ctx: &Ctx, effect: &EffectId) -> Result<Permit> {
    match judgement {
        Judgement::Allow { policies, bound } => Ok(Permit::of(policies, *bound, effect, ctx.now_ms())),
        Judgement::NeedsApproval { policies, role, reason } => {
            Err(Error::refused(format!("approval of a {} is needed: {reason}", role.title()), policies))
        }
        Judgement::Refuse { reason, policies } => Err(Error::refused(reason, policies)),
    }
}

impl Permit {
    fn of(policies: Vec<String>, bound: Bound, effect: &EffectId, now_ms: i64) -> Self {
        Self {
            effect: effect.clone(),
            client: bound.client,
            actor: bound.actor,
            on_behalf_of: bound.on_behalf_of,
            action: bound.action,
            args_digest: bound.args_digest,
            policies,
            rules: bound.rules,
            autonomy: bound.autonomy,
            confirmed: bound.confirmed,
            approved_by: bound.approved_by,
            issued_ms: now_ms,
            expires_ms: now_ms + PERMIT_MS_MAX,
        }
    }

    /// Whether it lets this call through now; to be asked last before the call goes out.
    pub fn covers(&self, client: &ClientId, action: &str, args_digest: &str, now_ms: i64) -> Result<()> {
        let same = self.client == *client && self.action == action && self.args_digest == args_digest;
        if !same {
            return Err(Error::broken(format!("permit {} is for another call than {action}", self.effect)));
        }
        if now_ms > self.expires_ms {
            return Err(Error::refused("the permit has expired; ask again", self.policies.clone()));
        }
        Ok(())
    }

    /// The effect it is for.
    pub fn effect(&self) -> &EffectId {
        &self.effect
    }
    /// Whose system is called.
    pub fn client(&self) -> &ClientId {
        &self.client
    }
    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
    /// In whose name.
    pub fn on_behalf_of(&self) -> Option<&CustomerId> {
        self.on_behalf_of.as_ref()
    }
    /// The action.
    pub fn action(&self) -> &str {
        &self.action
    }
    /// Digest of the canonical arguments.
    pub fn args_digest(&self) -> &str {
        &self.args_digest
    }
    /// Ids of the policies that permitted it.
    pub fn policies(&self) -> &[String] {
        &self.policies
    }
    /// Rules of the decision table, where the action has one.
    pub fn rules(&self) -> Option<&RulesUsed> {
        self.rules.as_ref()
    }
    /// The autonomy level it was judged at.
    pub fn autonomy(&self) -> Level {
        self.autonomy
    }
    /// Whether the customer said yes to exactly these arguments.
    pub fn confirmed(&self) -> bool {
        self.confirmed
    }
    /// Who approved it, where that was needed.
    pub fn approved_by(&self) -> Option<&MemberId> {
        self.approved_by.as_ref()
    }
    /// When it was given, milliseconds.
    pub fn issued_ms(&self) -> i64 {
        self.issued_ms
    }
    /// When it ends, milliseconds.
    pub fn expires_ms(&self) -> i64 {
        self.expires_ms
    }
}
