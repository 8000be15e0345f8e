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
    #[serde(default, alias = "arguments")]
    kwargs: Value,
}

/// Tools that look and change nothing.
const READS: &[&str] = &[
    "find_user_id_by_email",
    "find_user_id_by_name_zip",
    "get_order_details",
    "get_product_details",
    "get_user_details",
    "list_all_product_types",
];
/// Tools that no system has.
const NO_CALLS: &[&str] = &["calculate", "think", "transfer_to_human_agents"];

/// The ground-truth actions of one task.
#[derive(Debug, Clone)]
pub struct Script {
    /// Its place in the file, from 1.
    pub number: usize,
    /// Whose task.
    pub user_id: String,
    /// Their orders.
    pub orders: Vec<String>,
    /// In order.
    pub actions: Vec<Scripted>,
}

/// One ground-truth action.
#[derive(Debug, Clone)]
pub struct Scripted {
    /// The tool.
    pub name: String,
    /// As published.
    pub args: Value,
    /// Whether a system is called at all.
    pub is_call: bool,
    /// Whether it changes something.
    pub writes: bool,
    /// Whether the published tools do it.
    pub allowed: bool,
}

/// Tasks that can be played beside each other on one fresh shop: every user has at most one.
pub struct ScriptRound {
    /// What the shop is when all have been played.
    pub end: Shop,
    /// The tasks.
    pub scripts: Vec<Script>,
}

/// Reads a published database and its tasks, action by action.
///
/// # Errors
/// `Invalid` with the file and the task's place where the file is not read, or an action is of no published tool.
pub fn scripts(db_dir: &Path, tasks_file: &Path) -> Result<Vec<ScriptRound>> {
    let shop = load(db_dir)?;
    let mut rounds: Vec<ScriptRound> = Vec::new();
    for (at, task) in read(tasks_file)?.into_iter().enumerate() {
        let wrong = |why: String| {
            let place = format!("{}#/{at}", tasks_file.display());
            Error::invalid_at(place, "a task that does not fit the database", why)
        };
        let user =
            shop.users.get(&task.user_id).ok_or_else(|| wrong(format!("there is no user '{}'", task.user_id)))?;
        let free = |round: &ScriptRound| round.scripts.iter().all(|script| script.user_id != task.user_id);
        let to = rounds.iter().position(free).unwrap_or_else(|| {
            rounds.push(ScriptRound { end: shop.clone(), scripts: Vec::new() });
            rounds.len() - 1
        });
        let actions = task.actions.into_iter().map(|action| scripted(&mut rounds[to].end, action));
        let actions = actions.collect::<Result<Vec<_>, String>>().map_err(wrong)?;
        let (user_id, orders) = (task.user_id, user.orders.clone());
        rounds[to].scripts.push(Script { number: at + 1, user_id, orders, actions });
    }
    Ok(rounds)
}

fn scripted(end: &mut Shop, action: Action) -> Result<Scripted, String> {
    let Action { name, kwargs } = action;
    let args = if kwargs.is_null() { serde_json::json!({}) } else { kwargs };
    let (is_call, writes, allowed) = match name.as_str() {
        known if NO_CALLS.contains(&known) => (false, false, true),
        known if READS.contains(&known) => (true, false, finds(end, known, &args)),
        _ => (true, true, apply(end, &changing(&name, &args)?).is_ok()),
    };
    Ok(Scripted { name, args, is_call, writes, allowed })
}

/// Whether what is looked for is there.
fn finds(shop: &Shop, tool: &str, args: &Value) -> bool {
    let text = |name: &str| args[name].as_str().unwrap_or_default();
    let is = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    match tool {
        "get_order_details" => shop.orders.contains_key(text("order_id")),
        "get_product_details" => shop.products.contains_key(text("product_id")),
        "get_user_details" => shop.users.contains_key(text("user_id")),
        "find_user_id_by_email" => shop.users.values().any(|user| is(&user.email, text("email"))),
        "find_user_id_by_name_zip" => shop.users.values().any(|user| {
            let name = is(&user.name.first_name, text("first_name")) && is(&user.name.last_name, text("last_name"));
            name && user.address.zip == text("zip")
        }),
        _ => true,
    }
}

fn changing(name: &str, args: &Value) -> Result<Call, String> {
    let call = serde_json::json!({ "operation": name, "args": args });
    serde_json::from_value(call).map_err(|e| format!("{name}: {e}"))
}

fn read(tasks_file: &Path) -> Result<Vec<Task>> {
    let place = tasks_file.display().to_string();
    let text = std::fs::read_to_string(tasks_file).map_err(|e| {
        Error::invalid_at(&place, "the tasks cannot be read", format!("{e}; give a JSON file of tasks"))
    })?;
    serde_json::from_str(&text)
        .map_err(|e| Error::invalid_at(&place, "not a list of tasks", format!("{e}; see user_id and actions")))
}

/// Reads a published database and its tasks.
pub fn from_tasks(db_dir: &Path, tasks_file: &Path) -> Result<Vec<TaskRound>> {
    let shop = load(db_dir)?;
    let place = tasks_file.display().to_string();
    let tasks = read(tasks_file)?;
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
    let changes = |action: &&Action| ![READS, NO_CALLS].concat().contains(&action.name.as_str());
    for action in task.actions.iter().filter(changes) {
        let call = changing(&action.name, &action.kwargs)?;
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
