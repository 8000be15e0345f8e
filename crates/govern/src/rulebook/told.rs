//! A call as Cedar is told it: as far as the policies read it that are asked about it.

use super::context::{expression, record, uid};
use super::policy::Asked;
use super::reads::{Looks, Place, Reads};
use cedar_policy::{Context, Entities, Entity, EntityUid, Request, RestrictedExpression};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The request, and the entities that are looked into. `groups` are those of the action.
pub(super) fn request(
    asked: &Asked<'_>,
    groups: &HashSet<EntityUid>,
    reads: &[&Reads],
) -> Result<(Request, Entities), String> {
    let names = Names::of(asked)?;
    let looks = reads.iter().fold(Looks::default(), |all, one| all.and(one.looks));
    let entities = names.entities(asked, groups, looks)?;
    let context = Context::from_pairs(context(asked, reads)).map_err(|e| e.to_string())?;
    let Names { principal, action, resource, .. } = names;
    let request = Request::new(principal, action, resource, context, None).map_err(|e| e.to_string())?;
    Ok((request, entities))
}

struct Names {
    principal: EntityUid,
    action: EntityUid,
    client: EntityUid,
    /// The case, or the client where there is none.
    resource: EntityUid,
}

impl Names {
    fn of(asked: &Asked<'_>) -> Result<Self, String> {
        let client = named("Client", asked.client)?;
        let resource = asked.case.map_or_else(|| Ok(client.clone()), |case| named("Case", case))?;
        Ok(Self { principal: named(asked.kind, asked.name)?, action: named("Action", asked.action)?, client, resource })
    }

    fn entities(&self, asked: &Asked<'_>, groups: &HashSet<EntityUid>, looks: Looks) -> Result<Entities, String> {
        let mut all = Vec::new();
        if looks.principal {
            let roles = asked.roles.iter().map(|role| named("Role", role.name())).collect::<Result<HashSet<_>, _>>()?;
            let name = HashMap::from([("name".to_owned(), RestrictedExpression::new_string(asked.name.to_owned()))]);
            all.push(Entity::new(self.principal.clone(), name, roles).map_err(|e| e.to_string())?);
        }
        if looks.action {
            all.push(Entity::new_no_attrs(self.action.clone(), groups.clone()));
        }
        if looks.resource {
            all.push(Entity::new_no_attrs(self.client.clone(), HashSet::new()));
        }
        if looks.resource && asked.case.is_some() {
            all.push(Entity::new_no_attrs(self.resource.clone(), HashSet::from([self.client.clone()])));
        }
        // To put even none of them in order takes time.
        if all.is_empty() {
            return Ok(Entities::empty());
        }
        Entities::from_entities(all, None).map_err(|e| e.to_string())
    }
}

fn named(kind: &str, id: &str) -> Result<EntityUid, String> {
    uid(kind, id).ok_or_else(|| format!("'{kind}' is no entity type"))
}

/// What is read at or below one place.
#[derive(Clone, Copy)]
struct Below<'a> {
    path: &'a [String],
    whole: bool,
}

impl<'a> Below<'a> {
    fn of(place: &'a Place) -> Self {
        Self { path: &place.path, whole: place.whole }
    }

    /// What of it is read one name further, where that is the name.
    fn after(self, name: &str) -> Option<Self> {
        let (first, path) = self.path.split_first()?;
        (first == name).then_some(Self { path, ..self })
    }

    fn is_all(self) -> bool {
        self.whole && self.path.is_empty()
    }
}

fn context(asked: &Asked<'_>, reads: &[&Reads]) -> Vec<(String, RestrictedExpression)> {
    let places: Vec<_> = reads.iter().flat_map(|one| &one.places).map(Below::of).collect();
    let roles = || RestrictedExpression::new_set(asked.roles.iter().map(|role| text(role.name())));
    let known = asked.context.iter().map(|(name, value)| (*name, Some(value.as_ref())));
    let mut told = Vec::with_capacity(places.len());
    for (name, value) in known.chain([("roles", None)]) {
        let below = if places.iter().any(|place| place.is_all()) {
            vec![Below { path: &[], whole: true }]
        } else {
            places.iter().filter_map(|place| place.after(name)).collect()
        };
        if !below.is_empty() {
            let value = value.map_or_else(|| Some(roles()), |value| narrowed(value, &below));
            told.extend(value.map(|value| (name.to_owned(), value)));
        }
    }
    told
}

fn text(name: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(name.to_owned())
}

/// A value as far as it is read; `None` where there is nothing to tell.
fn narrowed(value: &Value, read: &[Below<'_>]) -> Option<RestrictedExpression> {
    let Value::Object(map) = value else { return expression(value) };
    if read.iter().any(|one| one.is_all()) {
        return expression(value);
    }
    let mut fields = Vec::with_capacity(read.len());
    for (at, name) in read.iter().enumerate().filter_map(|(at, one)| Some((at, one.path.first()?))) {
        let again = read.iter().take(at).any(|one| one.path.first() == Some(name));
        let Some(inner) = map.get(name).filter(|_| !again) else { continue };
        let below: Vec<_> = read.iter().filter_map(|one| one.after(name)).collect();
        fields.extend(narrowed(inner, &below).map(|told| (name.clone(), told)));
    }
    Some(record(fields))
}
