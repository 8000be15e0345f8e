//! The judgement: may this actor make this call with these arguments, given these facts. Pure.

use crate::permit::Bound;
use crate::rulebook::{Asked, Verdict, rank};
use crate::{Ctx, Decided, Level, Role, Rulebook, RulesUsed, Stop};
use baton_base::{Actor, MemberId, canonical_json, digest_of_text};
use serde_json::Value;
use std::borrow::Cow;

/// The actor of the door's own reads, for policies: `System::"door"`. No decision table is asked about them.
pub const DOOR: &str = "door";

/// Everything that is asked about one call.
pub struct Question<'a> {
    /// The action's name.
    pub action: &'a str,
    /// Canonical arguments.
    pub args: &'a Value,
    /// Facts from systems of record.
    pub facts: &'a Value,
    /// What the catalogue derived from arguments and facts, such as amounts in minor units.
    pub derived: &'a Value,
    /// The case's intent, if known.
    pub intent: Option<&'a str>,
    /// The case (object with `id`), or null.
    pub case: &'a Value,
    /// How the customer's identity was verified (object with `how`), or null.
    pub identity: &'a Value,
    /// Whether the customer said yes to exactly these arguments.
    pub confirmed: bool,
    /// What the action's decision table said, where it has one.
    pub rules: Option<&'a Decided>,
    /// The approval given for exactly this call, if any.
    pub approved: Option<&'a Approved>,
}

/// A person's approval of exactly one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// Who.
    pub by: MemberId,
    /// Their roles for the client.
    pub roles: Vec<Role>,
}

/// What comes of a question.
#[derive(Debug, PartialEq)]
pub enum Judgement {
    /// Go: turn it into a [`crate::Permit`]. Only [`judge`] and [`crate::Egress::judge`] make one.
    #[non_exhaustive]
    Allow {
        /// Ids of the policies that permit it.
        policies: Vec<String>,
        /// What it was about.
        bound: Box<Bound>,
    },
    /// A person of this role has to say yes first.
    NeedsApproval {
        /// Ids of the policies that ask for it.
        policies: Vec<String>,
        /// Whose approval.
        role: Role,
        /// In words.
        reason: String,
    },
    /// No.
    Refuse {
        /// In words, for the actor and the ledger.
        reason: String,
        /// Ids of the policies or rules that refused.
        policies: Vec<String>,
    },
}

impl Judgement {
    fn refuse(policy: &str, reason: impl Into<String>) -> Self {
        Self::Refuse { reason: reason.into(), policies: vec![policy.to_owned()] }
    }
}

/// Judges a question. Everything that is missing, unknown or in error refuses.
///
/// In order: the stop switch, the decision table's `verdict` output, policies, the customer's confirmation, and the
/// autonomy level. The stop switch, the confirmation and the level are for AI and processes; people are bound by the
/// table and the policies. A decision table takes part by an output named `verdict`: `allow`, `approve` (a person says
/// yes first) or `refuse`, with `reason` in words; other outputs are for policies to read in `context.rules`.
pub fn judge(rulebook: &Rulebook, ctx: &Ctx, q: &Question<'_>, autonomy: Level, stopped: Option<Stop>) -> Judgement {
    let Some(info) = rulebook.action(q.action) else {
        return Judgement::refuse("built-in:action", format!("there is no action '{}'", q.action));
    };
    let person = matches!(ctx.actor, Actor::Member { .. });
    let automatic_write = info.writes && !person;
    if let (true, Some(stop)) = (automatic_write, &stopped) {
        let policy = format!("stop:{}:{}", stop.scope.name(), stop.target);
        return Judgement::refuse(&policy, format!("stopped by {}: {}", stop.engaged_by, stop.reason));
    }
    let mut wanted = Wanted::default();
    if let Some(refusal) = by_table(q.rules, &mut wanted) {
        return refusal;
    }
    let permits = match by_policies(rulebook, ctx, q, &mut wanted) {
        Ok(permits) => permits,
        Err(refusal) => return refusal,
    };
    if info.confirm && !person && !q.confirmed {
        return Judgement::refuse("built-in:confirm", "the customer has not yet said yes to exactly this");
    }
    if automatic_write && let Some(refusal) = by_autonomy(autonomy, q.action, &mut wanted) {
        return refusal;
    }
    match settle(ctx, q.approved, wanted) {
        Some(judgement) => judgement,
        None => Judgement::Allow { policies: permits, bound: Box::new(bound(ctx, q, autonomy)) },
    }
}

/// Approvals that are asked for, by whom, and why.
#[derive(Default)]
struct Wanted(Vec<(Role, Vec<String>, String)>);

/// The table's verdict; an unknown one refuses.
fn by_table(rules: Option<&Decided>, wanted: &mut Wanted) -> Option<Judgement> {
    let rules = rules?;
    let verdict = rules.outputs.get("verdict")?;
    let ids: Vec<_> = rules.rules.iter().map(|rule| format!("{}#{rule}", rules.table)).collect();
    let said = rules.outputs.get("reason").and_then(Value::as_str);
    let reason = said.map_or_else(|| format!("rule {}", ids.join(", ")), str::to_owned);
    match verdict.as_str() {
        Some("allow") => None,
        Some("approve") => {
            wanted.0.push((Role::Supervisor, ids, reason));
            None
        }
        Some("refuse") => Some(Judgement::Refuse { reason, policies: ids }),
        _ => {
            let reason = format!("table {} says '{verdict}', which is neither allow, approve nor refuse", rules.table);
            Some(Judgement::Refuse { reason, policies: ids })
        }
    }
}

/// Ids of the permits, or a refusal.
fn by_policies(
    rulebook: &Rulebook,
    ctx: &Ctx,
    q: &Question<'_>,
    wanted: &mut Wanted,
) -> Result<Vec<String>, Judgement> {
    let asked = asked(rulebook, ctx, q);
    match rulebook.ask(&asked) {
        Verdict::Permit { policies } => Ok(policies),
        Verdict::Forbid { policies, reason } => Err(Judgement::Refuse { reason, policies }),
        Verdict::Approval { policies, role, reason } => {
            wanted.0.push((role, policies, reason));
            match rulebook.ask_approved(&asked) {
                Verdict::Permit { policies } => Ok(policies),
                Verdict::Forbid { policies, reason } | Verdict::Approval { policies, reason, .. } => {
                    Err(Judgement::Refuse { reason, policies })
                }
            }
        }
    }
}

fn asked<'a>(rulebook: &Rulebook, ctx: &'a Ctx, q: &Question<'a>) -> Asked<'a> {
    let kind = match ctx.actor {
        Actor::Member { .. } => "Member",
        Actor::Agent { .. } => "Agent",
        Actor::System { .. } => "System",
    };
    let context = vec![
        ("args", Cow::Borrowed(q.args)),
        ("facts", Cow::Borrowed(q.facts)),
        ("derived", Cow::Borrowed(q.derived)),
        ("policy", Cow::Owned(rulebook.facts_read(q.action, ctx.now_ms()))),
        ("case", Cow::Borrowed(q.case)),
        ("identity", Cow::Borrowed(q.identity)),
        ("intent", Cow::Owned(q.intent.map_or(Value::Null, Value::from))),
        ("confirmed", Cow::Owned(Value::from(q.confirmed))),
        ("approved", Cow::Owned(Value::from(q.approved.is_some()))),
        ("rules", q.rules.map_or(Cow::Owned(Value::Null), |rules| Cow::Borrowed(&rules.outputs))),
        ("client_id", Cow::Owned(Value::from(ctx.client.as_str()))),
    ];
    Asked {
        kind,
        name: ctx.actor.name(),
        roles: ctx.roles(),
        client: ctx.client.as_str(),
        action: q.action,
        case: q.case.get("id").and_then(Value::as_str),
        context,
    }
}

fn by_autonomy(level: Level, action: &str, wanted: &mut Wanted) -> Option<Judgement> {
    let policy = format!("autonomy:{}", level.name());
    match level {
        Level::Act => None,
        Level::ActWithApproval => {
            let reason = format!("AI does '{action}' only after a person has said yes");
            wanted.0.push((Role::Supervisor, vec![policy], reason));
            None
        }
        Level::Suggest => Some(Judgement::refuse(&policy, format!("AI may propose '{action}'; a person does it"))),
        Level::Observe => Some(Judgement::refuse(&policy, format!("AI only watches '{action}'; a person does it"))),
    }
}

/// What is left of the approvals asked for: nothing, a request, or a refusal of the approver.
fn settle(ctx: &Ctx, approved: Option<&Approved>, wanted: Wanted) -> Option<Judgement> {
    let role = wanted.0.iter().map(|(role, ..)| *role).max_by_key(|role| rank(*role))?;
    let policies: Vec<_> = wanted.0.iter().flat_map(|(_, ids, _)| ids.clone()).collect();
    let reason = wanted.0.into_iter().map(|(_, _, reason)| reason).collect::<Vec<_>>().join("; ");
    let Some(approved) = approved else { return Some(Judgement::NeedsApproval { policies, role, reason }) };
    if ctx.member_id() == Some(&approved.by) {
        return Some(Judgement::refuse("built-in:approver", "whoever asks for a call cannot approve it"));
    }
    if approved.roles.iter().any(|held| rank(*held) >= rank(role)) {
        return None;
    }
    let reason = format!("the approval has to come from a {}", role.title());
    Some(Judgement::refuse("built-in:approver", reason))
}

fn bound(ctx: &Ctx, q: &Question<'_>, autonomy: Level) -> Bound {
    Bound {
        client: ctx.client.clone(),
        actor: ctx.actor.clone(),
        on_behalf_of: ctx.on_behalf_of.clone(),
        action: q.action.to_owned(),
        args_digest: digest_of_text(&canonical_json(q.args)),
        rules: q.rules.map(RulesUsed::of),
        autonomy,
        confirmed: q.confirmed,
        approved_by: q.approved.map(|approved| approved.by.clone()),
    }
}
