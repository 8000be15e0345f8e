//! How agents' models call actions: by the function that processes call, and with what a release says of each action.

use crate::parts::Parts;
use baton_agents::{Actions, Described};
use baton_base::Currency;
use baton_tools::{ActionFunction, Door};
use serde_json::Value;
use std::sync::Arc;

/// The actions of all loaded releases, through this door.
pub(crate) fn called_by_models(parts: &Parts, door: &Door) -> Actions {
    let catalogues = || Arc::clone(&parts.catalogues);
    let (described, checked, told) = (catalogues(), catalogues(), catalogues());
    Actions {
        call: Arc::new(ActionFunction::new(door.clone())),
        describe: Arc::new(move |client, release, name| {
            let catalogue = described.at(client, release)?;
            let action = catalogue.action(name).ok();
            Ok(action.map(|action| Described { title: action.title.clone(), schema: action.schema().clone() }))
        }),
        check: Arc::new(move |client, release, name, args| {
            let catalogue = checked.at(client, release)?;
            catalogue.action(name)?.takes(args)
        }),
        tell: Arc::new(move |tx, client, release, name, answer| {
            let catalogue = told.at(client, release).ok();
            let action = catalogue.as_ref().and_then(|catalogue| catalogue.action(name).ok());
            // A model, its exchanges and what is said of them are no place for what is not written down.
            let Some(action) = action else { return Value::Null };
            let answer = action.without_withheld(&answer);
            if action.money.is_empty() {
                return answer;
            }
            // What it came to is kept in any case.
            let currency = baton_clients::currency(tx, client).ok().and_then(|code| code.parse::<Currency>().ok());
            currency.map_or(answer.clone(), |currency| action.in_major_units(answer, currency))
        }),
    }
}
