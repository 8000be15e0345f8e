//! Whether a call is in a policy's scope (what stands before its conditions), told without Cedar; and what conditions ask in the same
//! words.

use super::policy::Asked;
use cedar_policy::{ActionConstraint, EntityUid, Policy, PrincipalConstraint, ResourceConstraint};
use std::collections::HashSet;

/// A scope, as far as it can be told of the calls of one action.
pub(super) struct Scope {
    who: Who,
    what: What,
    /// Whether the action is in it.
    action: bool,
}

/// Who is meant.
pub(super) enum Who {
    Anyone,
    Kind(String),
    One { kind: String, name: String },
    Role { kind: Option<String>, name: String },
    Unknown,
}

/// What the call has to be about.
pub(super) enum What {
    Anything,
    OfClient(String),
    Unknown,
}

impl Scope {
    /// For calls of this action, which is in these groups.
    pub(super) fn of(policy: &Policy, action: &EntityUid, groups: &HashSet<EntityUid>) -> Self {
        let action = match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(one) => one == *action,
            ActionConstraint::In(several) => several.iter().any(|one| one == action || groups.contains(one)),
        };
        Self { who: who(policy), what: what(policy), action }
    }

    /// `None` where it cannot be told. A scope is never an error.
    pub(super) fn has(&self, asked: &Asked<'_>) -> Option<bool> {
        if !self.action {
            return Some(false);
        }
        match (self.who.is(asked), self.what.is(asked)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            (None, _) | (_, None) => None,
        }
    }
}

impl Who {
    /// `principal == …`.
    pub(super) fn equal((kind, name): (String, String)) -> Self {
        Self::One { kind, name }
    }

    /// `principal in …`; people and service accounts are in their roles, and in nothing else.
    pub(super) fn within(kind: Option<String>, (of, name): (String, String)) -> Self {
        if of == "Role" { Self::Role { kind, name } } else { Self::Unknown }
    }

    /// `None` where it cannot be told.
    pub(super) fn is(&self, asked: &Asked<'_>) -> Option<bool> {
        match self {
            Self::Anyone => Some(true),
            Self::Kind(kind) => Some(kind == asked.kind),
            Self::One { kind, name } => Some(kind == asked.kind && name == asked.name),
            Self::Role { kind, name } => {
                let of_kind = kind.as_ref().is_none_or(|kind| kind == asked.kind);
                Some(of_kind && asked.roles.iter().any(|role| role.name() == name))
            }
            Self::Unknown => None,
        }
    }
}

impl What {
    /// `resource in …`.
    pub(super) fn within((of, name): (String, String)) -> Self {
        if of == "Client" { Self::OfClient(name) } else { Self::Unknown }
    }

    // A case is in its client, and where there is no case it is the client that is asked about.
    /// `None` where it cannot be told.
    pub(super) fn is(&self, asked: &Asked<'_>) -> Option<bool> {
        match self {
            Self::Anything => Some(true),
            Self::OfClient(name) => Some(name == asked.client),
            Self::Unknown => None,
        }
    }
}

fn who(policy: &Policy) -> Who {
    match policy.principal_constraint() {
        PrincipalConstraint::Any => Who::Anyone,
        PrincipalConstraint::Is(kind) => Who::Kind(kind.to_string()),
        PrincipalConstraint::Eq(one) => Who::equal(named(&one)),
        PrincipalConstraint::In(of) => Who::within(None, named(&of)),
        PrincipalConstraint::IsIn(kind, of) => Who::within(Some(kind.to_string()), named(&of)),
    }
}

fn what(policy: &Policy) -> What {
    match policy.resource_constraint() {
        ResourceConstraint::Any => What::Anything,
        ResourceConstraint::In(of) => What::within(named(&of)),
        ResourceConstraint::Eq(_) | ResourceConstraint::Is(_) | ResourceConstraint::IsIn(..) => What::Unknown,
    }
}

/// Type and id.
fn named(one: &EntityUid) -> (String, String) {
    (one.type_name().to_string(), one.id().unescaped().to_owned())
}
