//! What an actor could ever do, by the scopes of policies alone: what they say of principal, action and resource. Their
//! conditions need arguments and facts, and are asked at the call.

use super::context::uid;
use super::policy::Policies;
use crate::Ctx;
use baton_base::Actor;
use cedar_policy::{Effect, EntityTypeName, EntityUid, Policy, PrincipalConstraint, ResourceConstraint};

impl Policies {
    pub(super) fn may_ever(&self, ctx: &Ctx, action: &str) -> bool {
        let Some(whole) = self.of_action(action) else { return false };
        let who = Who::of(ctx);
        let mut permitted = false;
        for policy in whole {
            match policy.effect() {
                Effect::Permit => permitted |= who.could_match(policy),
                // Without a condition it forbids whatever the call; with one, or for some cases only, it may not.
                Effect::Forbid if !policy.has_non_scope_constraint() && self.is_firm(policy) => {
                    if who.always_matches(policy) {
                        return false;
                    }
                }
                Effect::Forbid => {}
            }
        }
        permitted
    }
}

struct Who<'a> {
    kind: &'static str,
    ctx: &'a Ctx,
}

impl<'a> Who<'a> {
    fn of(ctx: &'a Ctx) -> Self {
        let kind = match ctx.actor {
            Actor::Member { .. } => "Member",
            Actor::Agent { .. } => "Agent",
            Actor::System { .. } => "System",
        };
        Self { kind, ctx }
    }

    fn could_match(&self, policy: &Policy) -> bool {
        let client = |entity: &EntityUid| entity.type_name().to_string() != "Client" || self.is_client(entity);
        let resource = match policy.resource_constraint() {
            ResourceConstraint::Any | ResourceConstraint::Is(_) => true,
            ResourceConstraint::In(entity) | ResourceConstraint::Eq(entity) | ResourceConstraint::IsIn(_, entity) => {
                client(&entity)
            }
        };
        resource && self.is_principal(policy)
    }

    fn always_matches(&self, policy: &Policy) -> bool {
        let everywhere = match policy.resource_constraint() {
            ResourceConstraint::Any => true,
            ResourceConstraint::In(entity) => self.is_client(&entity),
            ResourceConstraint::Eq(_) | ResourceConstraint::Is(_) | ResourceConstraint::IsIn(..) => false,
        };
        everywhere && self.is_principal(policy)
    }

    fn is_principal(&self, policy: &Policy) -> bool {
        match policy.principal_constraint() {
            PrincipalConstraint::Any => true,
            PrincipalConstraint::Eq(entity) => self.is(&entity),
            PrincipalConstraint::In(entity) => self.is_in(&entity),
            PrincipalConstraint::Is(kind) => self.is_kind(&kind),
            PrincipalConstraint::IsIn(kind, entity) => self.is_kind(&kind) && self.is_in(&entity),
        }
    }

    fn is(&self, entity: &EntityUid) -> bool {
        uid(self.kind, self.ctx.actor.name()).as_ref() == Some(entity)
    }

    fn is_in(&self, entity: &EntityUid) -> bool {
        let role = |name: &str| uid("Role", name).as_ref() == Some(entity);
        self.is(entity) || self.ctx.roles().iter().any(|held| role(held.name()))
    }

    fn is_kind(&self, kind: &EntityTypeName) -> bool {
        kind.to_string() == self.kind
    }

    fn is_client(&self, entity: &EntityUid) -> bool {
        uid("Client", self.ctx.client.as_str()).as_ref() == Some(entity)
    }
}

#[cfg(test)]
mod tests {
    use crate::{ActionInfo, Ctx, Env, Risk, Role, Rulebook};
    use baton_base::{AgentName, Bundle, ClientId, IdSource, ManualClock, MemberId};
    use std::sync::Arc;

    fn check(policies: &str, ctx: &Ctx, expect: bool) {
        let info = |name: &str| ActionInfo {
            name: name.to_owned(),
            title: name.to_owned(),
            writes: true,
            risk: Risk::High,
            schema: serde_json::json!({}),
            confirm: false,
            facts: None,
            derived: None,
            table: None,
        };
        let files = [("policies/p.cedar".to_owned(), policies.to_owned())].into();
        let book = Rulebook::load(&Bundle { files, ..Bundle::default() }, &[info("pay"), info("look")]);
        assert_eq!(book.unwrap().may_ever(ctx, "pay"), expect, "{policies}");
    }

    #[test]
    fn what_nobody_permits_is_not_offered_and_conditions_are_left_to_the_call() {
        let env = Env::new(ManualClock::at(1), Arc::new(IdSource::seeded(1)));
        let acme = ClientId::known("acme");
        let agent = Ctx::agent(&env, &acme, &AgentName::known("concierge"), "r");
        let member = Ctx::member(&env, &acme, &MemberId::known("mem_1"), &[Role::FinanceLead]);
        let permit = |scope: &str| format!("@id(\"a\") permit ({scope}, action == Action::\"pay\", resource);");
        let forbid = |scope: &str, rest: &str| {
            format!("{} @id(\"b\") @reason(\"no\") {rest} forbid ({scope}, action, resource);", permit("principal"))
        };
        check("", &agent, false);
        check("@id(\"a\") permit (principal, action == Action::\"look\", resource);", &agent, false);
        check(&permit("principal"), &agent, true);
        check(&permit("principal == Agent::\"concierge\""), &agent, true);
        check(&permit("principal == Agent::\"other\""), &agent, false);
        check(&permit("principal is Member"), &agent, false);
        check(&permit("principal in Role::\"finance_lead\""), &member, true);
        check(&permit("principal in Role::\"supervisor\""), &member, false);
        check(&forbid("principal is Agent", ""), &agent, false);
        check(&forbid("principal is Agent", ""), &member, true);
        // An approval can lift it.
        check(&forbid("principal is Agent", "@approval(\"supervisor\")"), &agent, true);
        let sometimes = "@id(\"c\") @reason(\"no\") forbid (principal, action, resource) when { context.confirmed };";
        check(&format!("{}{sometimes}", permit("principal")), &agent, true);
        let elsewhere = "@id(\"a\") permit (principal, action, resource in Client::\"globex\");";
        check(elsewhere, &agent, false);
    }
}
