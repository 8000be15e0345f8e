//! Needs made from published tasks: identity, order and item ids come from the ground-truth actions, and the end
//! from applying them; the words are our own.
//!
//! Published tasks do not know of each other, and several may be about one customer: they are dealt into rounds,
//! each played on the shop as published, in which every customer has at most one.

use super::needs::{IdentifyBy, Need, Right, Step, Temper};
use super::retail::{RetailWorld, expected};
use super::retail_words::opening;
use crate::shop::{Call, Shop, apply, load};
use baton_base::{Error, Result};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Needs that can be played together on one fresh shop.
pub type TaskRound = RetailWorld;

#[derive(Deserialize)]
struct Task {
    user_id: String,
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct Action {
    name: String,
    kwargs: Value,
}

/// Reads a published database and its tasks.
pub fn from_tasks(db_dir: &Path, tasks_file: &Path) -> Result<Vec<TaskRound>> {
    let shop = load(db_dir)?;
    let place = tasks_file.display().to_string();
    let text = std::fs::read_to_string(tasks_file).map_err(|e| {
        Error::invalid_at(&place, "the tasks cannot be read", format!("{e}; give a JSON file of tasks"))
    })?;
    let tasks: Vec<Task> = serde_json::from_str(&text)
        .map_err(|e| Error::invalid_at(&place, "not a list of tasks", format!("{e}; see user_id and actions")))?;
    let mut rounds: Vec<(TaskRound, BTreeSet<String>)> = Vec::new();
    for (number, task) in tasks.iter().enumerate() {
        let at = rounds.iter().position(|(_, users)| !users.contains(&task.user_id));
        let at = at.unwrap_or_else(|| {
            let round = RetailWorld { shop: shop.clone(), end: shop.clone(), needs: Vec::new() };
            rounds.push((round, BTreeSet::new()));
            rounds.len() - 1
        });
        let (round, users) = &mut rounds[at];
        users.insert(task.user_id.clone());
        let need = need(&shop, &mut round.end, number, task).map_err(|why| {
            Error::invalid_at(format!("{place}#/{number}"), "a task that does not fit the database", why)
        })?;
        round.needs.push(need);
    }
    Ok(rounds.into_iter().map(|(round, _)| round).collect())
}

fn need(shop: &Shop, end: &mut Shop, number: usize, task: &Task) -> Result<Need, String> {
    let user = shop.users.get(&task.user_id).ok_or_else(|| format!("there is no user '{}'", task.user_id))?;
    let mut rng = ChaCha8Rng::seed_from_u64(number as u64);
    let mut steps = Vec::new();
    for action in &task.actions {
        let call = serde_json::json!({ "operation": action.name, "args": action.kwargs });
        let call: Call = serde_json::from_value(call).map_err(|e| format!("{}: {e}", action.name))?;
        // What the published rules refuse changes nothing, in the benchmark and here.
        let right = if apply(end, &call).is_ok() { Right::Done } else { Right::Refused };
        steps.push(Step::of(shop, call, right));
    }
    let expected = expected(end, &task.user_id, &steps);
    let mut need = Need {
        id: format!("task-{:03}", number + 1),
        user_id: task.user_id.clone(),
        name: user.name.clone(),
        email: user.email.clone(),
        zip: user.address.zip.clone(),
        identify_by: if rng.random_bool(0.5) { IdentifyBy::Email } else { IdentifyBy::NameZip },
        temper: Temper::Plain,
        steps,
        opening: String::new(),
        expected,
        seed: rng.random(),
    };
    need.opening = opening(&need);
    Ok(need)
}
