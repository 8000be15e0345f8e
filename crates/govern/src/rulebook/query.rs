//! The questions that a property asks of the policies: one for each kind of call that it is about.

use super::context::uid;
use super::policy::{Asked, Policies, Verdict};
use super::property::{Claim, with};
use super::real::{self, Kind, Named};
use super::schema::Source;
use super::{ActionInfo, Rulebook};
use crate::Role;
use baton_base::{Digest, digest_of};
use cedar_policy::{EntityTypeName, Policy, PolicyId, PolicySet, RequestEnv, Schema};
use std::str::FromStr as _;

const PRINCIPALS: [&str; 3] = ["Agent", "Member", "System"];
const RESOURCES: [&str; 2] = ["Case", "Client"];

/// Is there a call of this kind that the policies let through and that the property forbids?
pub(crate) struct Query {
    pub action: String,
    /// The kind of principal and of resource.
    pub env: RequestEnv,
    /// What such a call looks like.
    pub schema: Schema,
    /// What lets a call through.
    pub allowed: PolicySet,
    /// Permits exactly the calls that the property forbids, as far as the door makes them.
    pub never: Policy,
    /// What policies and property call by name: type and id.
    pub named: Named,
    /// Of all of this: two questions of one digest have one answer.
    pub digest: Digest,
}

impl Query {
    /// What the property forbids, as a set.
    pub(crate) fn never_set(&self) -> PolicySet {
        with(PolicySet::new(), &self.never)
    }
}

impl Rulebook {
    /// Every question of a property; an error where none can be made of it, in words.
    pub(crate) fn queries(&self, claim: &Claim) -> Result<Vec<Query>, String> {
        let mut queries = Vec::new();
        for info in self.actions().filter(|info| Policies::concern(info, &claim.policy)) {
            let seen = self.seen(info, claim)?;
            for principal in PRINCIPALS {
                for resource in RESOURCES {
                    queries.push(self.query(claim, &Kind { info, principal, resource }, &seen)?);
                }
            }
        }
        Ok(queries)
    }

    fn query(&self, claim: &Claim, kind: &Kind<'_>, seen: &Seen) -> Result<Query, String> {
        let (info, property) = (kind.info, &claim.property);
        let own = real::conditions(kind, &self.tables, &self.facts, &seen.named, property.even_with_approval);
        let mut text = property.text.trim_end_matches(';').to_owned();
        own.iter().for_each(|condition| text.push_str(&format!("\nwhen {{ {condition} }}")));
        text.push(';');
        let id = PolicyId::new(format!("built-in:property:{}", property.id));
        let never = Policy::parse(Some(id), text).map_err(|e| format!("its calls cannot be written down: {e}"))?;
        let env = env(kind).ok_or_else(|| format!("'{}' is no name for a policy", info.name))?;
        let digest = digest_of(&(&seen.digest, kind.principal, kind.resource, never.to_string()));
        let Seen { schema, allowed, named, .. } = seen.clone();
        Ok(Query { action: info.name.clone(), env, schema, allowed, never, named, digest })
    }

    /// How the calls of an action look to its policies and the property, and what lets them through.
    fn seen(&self, info: &ActionInfo, claim: &Claim) -> Result<Seen, String> {
        let joint = with(self.policies.set_of(&info.name, false), &claim.policy);
        let all: Vec<&Policy> = joint.policies().collect();
        let source = Source { actions: &self.actions, tables: &self.tables, facts: &self.facts };
        let text = source.schema_of_calls(info, &all);
        let schema = Schema::from_json_value(text.clone()).map_err(|e| format!("no schema can be made: {e}"))?;
        let allowed = self.policies.set_of(&info.name, claim.property.even_with_approval);
        let mut texts: Vec<_> =
            allowed.policies().map(|policy| (policy.id().to_string(), policy.to_string())).collect();
        texts.sort_unstable();
        let digest = digest_of(&(&info.name, text, texts));
        let mut named = Named::new();
        all.iter().filter_map(|policy| policy.to_json().ok()).for_each(|text| real::names_in(&text, &mut named));
        Ok(Seen { digest, schema, allowed, named })
    }

    /// What the rules say of a call that a property forbids: ids of the policies that let it through, and the role whose
    /// approval that takes; `None` where it is not let through, or is not what the property forbids.
    pub(crate) fn let_through(&self, query: &Query, even_with_approval: bool, asked: &Asked<'_>) -> Option<Through> {
        if !self.policies.is_among(asked, &query.never) {
            return None;
        }
        match self.policies.ask(asked) {
            Verdict::Permit { policies } => Some((policies, None)),
            Verdict::Approval { role, .. } if even_with_approval => match self.policies.ask_approved(asked) {
                Verdict::Permit { policies } => Some((policies, Some(role))),
                Verdict::Approval { .. } | Verdict::Forbid { .. } => None,
            },
            Verdict::Approval { .. } | Verdict::Forbid { .. } => None,
        }
    }
}

/// What all questions about an action have in common.
#[derive(Clone)]
struct Seen {
    /// Of all but what is named.
    digest: Digest,
    schema: Schema,
    allowed: PolicySet,
    /// What policies and property call by name.
    named: Named,
}

/// Ids of policies, and the role whose approval a call takes.
pub(crate) type Through = (Vec<String>, Option<Role>);

fn env(kind: &Kind<'_>) -> Option<RequestEnv> {
    let named = |name: &str| EntityTypeName::from_str(name).ok();
    Some(RequestEnv::new(named(kind.principal)?, uid("Action", &kind.info.name)?, named(kind.resource)?))
}
