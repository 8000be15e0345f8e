//! The operation context: who acts, for which client, with the clock and the id source.

use crate::{Right, Role};
use baton_base::{Actor, AgentName, ClientId, Clock, CustomerId, Error, IdSource, MemberId, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Time and ids of the running program.
pub struct Env {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The id source.
    pub ids: Arc<IdSource>,
}

impl Env {
    /// An environment to share.
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<IdSource>) -> Arc<Self> {
        Arc::new(Self { clock, ids })
    }
    /// Milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
    /// A new id text with this prefix.
    pub fn id(&self, prefix: &str) -> String {
        self.ids.text(prefix, self.now_ms())
    }
}

/// A role for one client; `house` means the installation and all clients.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// Where.
    pub client: ClientId,
    /// What.
    pub role: Role,
}

/// Where an actor's rights come from.
#[derive(Clone)]
enum Authority {
    /// A part of Baton or an agent of a release: code decides when it runs, policy decides what it may call.
    Internal,
    /// A person or a service account: roles decide.
    Granted(Arc<[Grant]>),
}

/// Who acts, for which client. Every store function takes one.
#[derive(Clone)]
pub struct Ctx {
    /// The client whose rows are read and written.
    pub client: ClientId,
    /// Whoever acts.
    pub actor: Actor,
    /// The customer in whose name, if any.
    pub on_behalf_of: Option<CustomerId>,
    authority: Authority,
    roles: Vec<Role>,
    env: Arc<Env>,
}

impl Ctx {
    /// A part of Baton, such as `process:claim` or `channel:chat`.
    pub fn system(env: &Arc<Env>, client: &ClientId, name: &str) -> Self {
        Self::internal(env, client, Actor::system(name))
    }

    /// An AI agent at the version of its release.
    pub fn agent(env: &Arc<Env>, client: &ClientId, name: &AgentName, version: &str) -> Self {
        Self::internal(env, client, Actor::Agent { name: name.clone(), version: version.to_owned() })
    }

    /// A member with these roles for this client and no other.
    pub fn member(env: &Arc<Env>, client: &ClientId, member: &MemberId, roles: &[Role]) -> Self {
        let grants: Vec<_> = roles.iter().map(|role| Grant { client: client.clone(), role: *role }).collect();
        let authority = Authority::Granted(grants.into());
        let actor = Actor::Member { id: member.clone() };
        Self {
            client: client.clone(),
            actor,
            on_behalf_of: None,
            authority,
            roles: roles.to_vec(),
            env: Arc::clone(env),
        }
    }

    /// A member or service account with these grants, acting for this client; `NotFound` where nothing is granted.
    pub(crate) fn granted(env: &Arc<Env>, client: &ClientId, actor: Actor, grants: &Arc<[Grant]>) -> Result<Self> {
        let roles = roles_at(grants, client)?;
        let authority = Authority::Granted(Arc::clone(grants));
        Ok(Self { client: client.clone(), actor, on_behalf_of: None, authority, roles, env: Arc::clone(env) })
    }

    fn internal(env: &Arc<Env>, client: &ClientId, actor: Actor) -> Self {
        Self {
            client: client.clone(),
            actor,
            on_behalf_of: None,
            authority: Authority::Internal,
            roles: Vec::new(),
            env: Arc::clone(env),
        }
    }

    /// The same operation, taken on by an AI agent of this client.
    #[must_use]
    pub fn as_agent(&self, name: &AgentName, version: &str) -> Self {
        Self { on_behalf_of: self.on_behalf_of.clone(), ..Self::agent(&self.env, &self.client, name, version) }
    }

    /// The same operation, taken on by a part of Baton.
    #[must_use]
    pub fn as_system(&self, name: &str) -> Self {
        Self { on_behalf_of: self.on_behalf_of.clone(), ..Self::system(&self.env, &self.client, name) }
    }

    /// The same operation in the name of a customer.
    #[must_use]
    pub fn for_customer(&self, customer: &CustomerId) -> Self {
        Self { on_behalf_of: Some(customer.clone()), ..self.clone() }
    }

    /// The same actor at another client. People and service accounts only where they have a role, agents only at
    /// home; otherwise the client does not exist for them.
    pub fn for_client(&self, client: &ClientId) -> Result<Self> {
        let roles = match (&self.authority, &self.actor) {
            (Authority::Granted(grants), _) => roles_at(grants, client)?,
            (Authority::Internal, Actor::Agent { .. }) if *client != self.client => return Err(no_client(client)),
            (Authority::Internal, _) => Vec::new(),
        };
        Ok(Self { client: client.clone(), roles, ..self.clone() })
    }

    /// Milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.env.now_ms()
    }

    /// A new id text with this prefix.
    pub fn id(&self, prefix: &str) -> String {
        self.env.id(prefix)
    }

    /// Clock and ids.
    pub fn env(&self) -> &Arc<Env> {
        &self.env
    }

    /// Roles held for this client, those for the whole installation included.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The member who acts, if it is one.
    pub fn member_id(&self) -> Option<&MemberId> {
        match &self.actor {
            Actor::Member { id } => Some(id),
            Actor::Agent { .. } | Actor::System { .. } => None,
        }
    }

    /// Whether roles decide what this actor may do: people and service accounts, not parts of Baton.
    pub fn is_granted(&self) -> bool {
        matches!(self.authority, Authority::Granted(_))
    }

    /// Whether one of the actor's roles holds this right for this client. Parts of Baton and agents hold the rights
    /// that their code needs; what they call outside is judged at the door.
    pub fn allow(&self, right: Right) -> Result<()> {
        if !self.is_granted() || self.roles.iter().any(|role| role.has(right)) {
            return Ok(());
        }
        let roles: Vec<_> = self.roles.iter().map(|role| role.title()).collect();
        let reason = format!(
            "to {} needs one of the roles {}; yours here: {}",
            right.title(),
            Role::with(right).map(Role::title).collect::<Vec<_>>().join(", "),
            roles.join(", ")
        );
        Err(Error::refused(reason, vec![format!("right:{}", right.name())]))
    }
}

fn roles_at(grants: &[Grant], client: &ClientId) -> Result<Vec<Role>> {
    let house = ClientId::house();
    let mut roles: Vec<_> =
        grants.iter().filter(|g| g.client == *client || g.client == house).map(|g| g.role).collect();
    roles.sort();
    roles.dedup();
    if roles.is_empty() { Err(no_client(client)) } else { Ok(roles) }
}

fn no_client(client: &ClientId) -> Error {
    Error::not_found(format!("client {client}"))
}

impl fmt::Debug for Ctx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.actor, self.client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_base::ManualClock;

    fn env() -> Arc<Env> {
        Env::new(ManualClock::at(1_000), Arc::new(IdSource::seeded(1)))
    }

    #[test]
    fn a_member_reaches_only_granted_clients_and_others_do_not_exist() {
        let acme = ClientId::known("acme");
        let ctx = Ctx::member(&env(), &acme, &MemberId::known("mem_1"), &[Role::HumanAgent]);
        assert!(ctx.for_client(&acme).is_ok());
        assert!(matches!(ctx.for_client(&ClientId::known("globex")), Err(Error::NotFound(_))));
        assert!(matches!(ctx.for_client(&ClientId::house()), Err(Error::NotFound(_))));
    }

    #[test]
    fn a_grant_for_the_house_reaches_every_client() {
        let house = ClientId::house();
        let ctx = Ctx::member(&env(), &house, &MemberId::known("mem_1"), &[Role::Auditor]);
        let there = ctx.for_client(&ClientId::known("globex")).unwrap();
        assert_eq!(there.roles(), [Role::Auditor]);
    }

    #[test]
    fn an_agent_stays_at_home() {
        let ctx = Ctx::agent(&env(), &ClientId::known("acme"), &AgentName::known("concierge"), "r1");
        assert!(ctx.for_client(&ClientId::known("globex")).is_err());
    }

    #[test]
    fn a_refusal_says_what_is_missing_and_a_system_is_not_asked() {
        let acme = ClientId::known("acme");
        let ctx = Ctx::member(&env(), &acme, &MemberId::known("mem_1"), &[Role::HumanAgent]);
        let refused = ctx.allow(Right::StopSwitch).unwrap_err().to_string();
        assert!(refused.contains("human agent") && refused.contains("AI lead"), "{refused}");
        assert!(ctx.as_system("process:claim").allow(Right::StopSwitch).is_ok());
    }
}
