//! What a policy reads of a call. A call has far more to tell than its policies ask, and telling Cedar all of it takes several
//! times as long as evaluating what is asked.
//!
//! Of the context a policy reads places (`context.facts.order.total`) and whether there is one (`context.facts has order`); what
//! stands elsewhere is the same to it, there or not. Into an entity it looks by `in` and by its attributes alone. Whatever
//! is not read here for certain counts as a look at all of it. Source: Cedar's JSON policy format,
//! <https://docs.cedarpolicy.com/policies/json-format.html>.

use cedar_policy::{ActionConstraint, Policy, PrincipalConstraint, ResourceConstraint};
use serde_json::Value;

/// What is read by one policy.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    pub looks: Looks,
    pub places: Vec<Place>,
}

/// Entities that are looked into, besides being compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Looks {
    pub principal: bool,
    pub action: bool,
    pub resource: bool,
}

/// A place of the context; the one without a name is the context.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub path: Vec<String>,
    /// All that stands there, and not only whether something does.
    pub whole: bool,
}

impl Looks {
    const ALL: Self = Self { principal: true, action: true, resource: true };

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            principal: self.principal || other.principal,
            action: self.action || other.action,
            resource: self.resource || other.resource,
        }
    }
}

impl Reads {
    /// All that a call has to tell.
    pub(super) fn everything() -> Self {
        Self { looks: Looks::ALL, places: vec![Place { path: Vec::new(), whole: true }] }
    }

    pub(super) fn of(policy: &Policy) -> Self {
        let written = policy.to_json().unwrap_or_default();
        let Some(conditions) = written.get("conditions") else { return Self::everything() };
        let mut reads = Self { looks: scope(policy), places: Vec::new() };
        reads.expr(conditions);
        reads
    }

    fn expr(&mut self, written: &Value) {
        match written {
            Value::Object(map) => map.iter().for_each(|(operator, inner)| self.operator(operator, inner)),
            Value::Array(items) => items.iter().for_each(|item| self.expr(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    // The names of a record written in a policy look like operators: they are read as such, and what they hold is read too.
    fn operator(&mut self, operator: &str, inner: &Value) {
        match operator {
            "." | "has" => {
                if let Some(path) = accessed(inner) {
                    return self.places.push(Place { path, whole: operator == "." });
                }
            }
            "Var" => self.variable(inner.as_str().unwrap_or_default()),
            // A literal that is neither text nor number may be an entity, the one that is asked about too.
            "Value" if inner.is_object() || inner.is_array() => self.looks = Looks::ALL,
            _ => {}
        }
        self.expr(inner);
    }

    fn variable(&mut self, name: &str) {
        match name {
            "principal" => self.looks.principal = true,
            "action" => self.looks.action = true,
            "resource" => self.looks.resource = true,
            _ => self.places.push(Place { path: Vec::new(), whole: true }),
        }
    }
}

fn scope(policy: &Policy) -> Looks {
    use {ActionConstraint as A, PrincipalConstraint as P, ResourceConstraint as R};
    Looks {
        principal: matches!(policy.principal_constraint(), P::In(_) | P::IsIn(..)),
        action: matches!(policy.action_constraint(), A::In(_)),
        resource: matches!(policy.resource_constraint(), R::In(_) | R::IsIn(..)),
    }
}

/// `context.a.b` as `["a", "b"]`.
pub(super) fn place(written: &Value) -> Option<Vec<String>> {
    accessed(written.get(".")?)
}

/// The same, or the context as `[]`.
pub(super) fn place_or_root(written: &Value) -> Option<Vec<String>> {
    if written["Var"] == "context" { Some(Vec::new()) } else { place(written) }
}

fn accessed(access: &Value) -> Option<Vec<String>> {
    let mut path = place_or_root(&access["left"])?;
    path.push(access["attr"].as_str()?.to_owned());
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: &str, expect: &[(&str, bool)], looks: [bool; 3]) {
        let reads = Reads::of(&Policy::parse(None, policy).unwrap());
        let places: Vec<_> = reads.places.iter().map(|place| (place.path.join("."), place.whole)).collect();
        let expect: Vec<_> = expect.iter().map(|(path, whole)| ((*path).to_owned(), *whole)).collect();
        assert_eq!(places, expect, "{policy}");
        assert_eq!([reads.looks.principal, reads.looks.action, reads.looks.resource], looks, "{policy}");
    }

    #[test]
    fn places_are_read_and_what_is_compared_is_not_looked_into() {
        let when = |text: &str| format!("permit (principal, action, resource) when {{ {text} }};");
        let none = [false; 3];
        check(&when("context.a.b > 1 && context has c"), &[("a.b", true), ("c", false)], none);
        check(&when("context.a has b"), &[("a.b", false)], none);
        check(&when("context[\"a b\"].c like \"x*\""), &[("a b.c", true)], none);
        check(&when("[1, context.a].contains(context.b)"), &[("a", true), ("b", true)], none);
        check("permit (principal == Agent::\"a\", action == Action::\"b\", resource);", &[], none);
        check("permit (principal is Agent, action in Action::\"b\", resource);", &[], [false, true, false]);
        check("permit (principal in Role::\"a\", action, resource in Client::\"c\");", &[], [true, false, true]);
        check(&when("principal.name == \"a\""), &[], [true, false, false]);
        check(&when("Agent::\"a\".name == \"a\""), &[], [true; 3]);
    }

    #[test]
    fn what_uses_the_context_itself_reads_all_of_it() {
        check("permit (principal, action, resource) when { context == {} };", &[("", true)], [false; 3]);
        let within = "permit (principal, action, resource) when { {a: context} == {a: context.b} };";
        check(within, &[("", true), ("b", true)], [false; 3]);
    }

    #[test]
    fn a_record_with_the_names_of_operators_hides_nothing() {
        for name in ["Var", "Value", "Record", "has", "."] {
            let text =
                format!("permit (principal, action, resource) when {{ {{\"{name}\": context.a.b}} == context.c }};");
            let reads = Reads::of(&Policy::parse(None, &text).unwrap());
            let reads_place = |path: &str| {
                let known = |place: &Place| place.whole && path.starts_with(&place.path.join("."));
                reads.places.iter().any(known)
            };
            assert!(reads_place("a.b") && reads_place("c"), "{text}: {reads:?}");
        }
    }
}
