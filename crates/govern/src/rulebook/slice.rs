//! The policies of one action, and what they say of a call: as much as can be told without Cedar ([`super::sieve`]), and the rest by
//! Cedar, which is told of the call only what that rest reads.

use super::policy::Asked;
use super::reads::Reads;
use super::scope::Scope;
use super::sieve::{Says, Sieve};
use super::told::request;
use cedar_policy::{Authorizer, Effect, EntityUid, Policy, PolicySet};
use std::collections::HashSet;
use std::sync::Arc;

/// A policy, prepared to be asked about many calls; every action that it concerns shares it.
pub(super) struct Ruled {
    pub policy: Policy,
    id: String,
    /// Whether no approval lifts it.
    firm: bool,
    /// A set of this policy: to make one takes longer than to evaluate it.
    alone: PolicySet,
    reads: Reads,
}

impl Ruled {
    pub(super) fn new(policy: Policy, firm: bool) -> Self {
        let mut alone = PolicySet::new();
        // An empty set takes every policy but a template, and of those there are none.
        let _ = alone.add(policy.clone());
        Self { id: policy.id().to_string(), firm, alone, reads: Reads::of(&policy), policy }
    }
}

pub(super) struct Slice {
    policies: Vec<Arc<Ruled>>,
    sieve: Sieve,
    /// Those of the action.
    groups: HashSet<EntityUid>,
}

/// What policies say of one call.
#[derive(Debug, Default)]
pub(super) struct Heard<'a> {
    /// Ids of the permits that apply.
    pub permits: Vec<&'a str>,
    /// Ids of the forbids that apply.
    pub forbids: Vec<&'a str>,
    /// Of the policies that cannot be evaluated, in words.
    pub errors: Vec<String>,
}

impl<'a> Heard<'a> {
    fn applies(&mut self, ruled: &'a Ruled) {
        match ruled.policy.effect() {
            Effect::Permit => self.permits.push(&ruled.id),
            Effect::Forbid => self.forbids.push(&ruled.id),
        }
    }

    fn in_order(mut self) -> Self {
        self.permits.sort_unstable();
        self.forbids.sort_unstable();
        self.errors.sort_unstable();
        self
    }
}

impl Slice {
    /// The policies of an action that is in these groups.
    pub(super) fn new(action: &EntityUid, groups: HashSet<EntityUid>, policies: Vec<Arc<Ruled>>) -> Self {
        let mut sieve = Sieve::default();
        for Ruled { policy, .. } in policies.iter().map(AsRef::as_ref) {
            sieve.add(policy, Scope::of(policy, action, &groups));
        }
        Self { policies, sieve, groups }
    }

    pub(super) fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.policies.iter().map(|ruled| &ruled.policy)
    }

    pub(super) fn groups(&self) -> &HashSet<EntityUid> {
        &self.groups
    }

    /// Whether a policy reads this name of the context.
    pub(super) fn reads(&self, name: &str) -> bool {
        let mut places = self.policies.iter().flat_map(|ruled| &ruled.reads.places);
        places.any(|place| place.path.first().is_none_or(|first| first == name))
    }

    /// What the policies say; on request, without the forbids that an approval lifts. An error where the call cannot be
    /// told to Cedar.
    pub(super) fn hear(&self, cedar: &Authorizer, asked: &Asked<'_>, only_firm: bool) -> Result<Heard<'_>, String> {
        let (mut heard, mut unclear) = (Heard::default(), Vec::new());
        for (at, says) in self.sieve.says(asked) {
            let Some(ruled) = self.policies.get(at).filter(|ruled| ruled.firm || !only_firm) else { continue };
            match says {
                Says::Applies => heard.applies(ruled),
                Says::Unclear => unclear.push(ruled.as_ref()),
            }
        }
        if !unclear.is_empty() {
            self.evaluate(cedar, asked, &unclear, &mut heard)?;
        }
        Ok(heard.in_order())
    }

    fn evaluate<'a>(
        &self,
        cedar: &Authorizer,
        asked: &Asked<'_>,
        unclear: &[&'a Ruled],
        heard: &mut Heard<'a>,
    ) -> Result<(), String> {
        let reads: Vec<_> = unclear.iter().map(|ruled| &ruled.reads).collect();
        let (request, entities) = request(asked, &self.groups, &reads)?;
        for ruled in unclear {
            let response = cedar.is_authorized(&request, &ruled.alone, &entities);
            heard.errors.extend(response.diagnostics().errors().map(ToString::to_string));
            if response.diagnostics().reason().next().is_some() {
                heard.applies(ruled);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
