//! Published tasks as conversations: a scripted model asks for the ground-truth actions, one after the other, and the customer says yes
//! where they are asked.

use super::acting::{Changes, Said, YES_OR_NO};
use super::scripted::{self, Asked, Scripted, calls};
use super::stage::{Places, Stage, Who};
use baton_base::{Error, Result};
use baton_cases::CaseState;
use baton_demo::world::{Script, ScriptRound};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest wait for the agent's next word.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(20);
const OPENING: &str = "Please do for me what we have spoken of.";
/// The published tools that change nothing.
const READS: [&str; 6] = [
    "find_user_id_by_email",
    "find_user_id_by_name_zip",
    "get_order_details",
    "get_product_details",
    "get_user_details",
    "list_all_product_types",
];
/// How the model is told of a call that was not made, or not carried out; an answer of a system is JSON.
const NOT_DONE: [&str; 2] = ["Not ", "The customer "];

/// What the model was told of its calls, by task.
type Told = Arc<Mutex<BTreeMap<u64, Vec<String>>>>;

/// What came of an action of a task: `None` for what is no call.
pub type Given = Option<std::result::Result<(), String>>;

/// The model.
pub struct ByModel {
    server: Scripted,
    told: Told,
}

impl ByModel {
    /// Serves the calls of all tasks.
    pub async fn serve(rounds: &[ScriptRound]) -> Result<Self> {
        let script = |script: &Script| {
            let called = script.actions.iter().filter(|action| action.is_call);
            (script.number as u64, called.map(|one| (one.name.clone(), one.args.clone())).collect())
        };
        let scripts: BTreeMap<u64, Vec<(String, Value)>> =
            rounds.iter().flat_map(|round| &round.scripts).map(script).collect();
        let told = Told::default();
        let kept = Arc::clone(&told);
        let server = scripted::serve(Arc::new(move |asked: &Asked| reply(&scripts, &kept, asked))).await?;
        Ok(Self { server, told })
    }

    /// A stage on which it may call all that the published tools can do.
    pub async fn stage(&self, places: &Places, db: PathBuf) -> Result<Stage> {
        let changes = Changes { reads: &READS, role: "", files: Vec::new() };
        Stage::acting(places, &changes, (Some(db), 1), &self.server).await
    }

    /// Plays a task to its end: what came of each of its actions.
    ///
    /// # Errors
    /// `Unavailable` where the conversation comes to no end.
    pub async fn play(&self, stage: &Stage, script: &Script) -> Result<Vec<Given>> {
        converse(stage, script).await?;
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = told.get(&(script.number as u64)).map_or(&[] as &[String], Vec::as_slice);
        Ok(given(script, told))
    }
}

fn reply(scripts: &BTreeMap<u64, Vec<(String, Value)>>, told: &Told, asked: &Asked) -> Value {
    let task = asked.data["task"].as_u64().unwrap_or_default();
    let answers = asked.of_role("tool").map(str::to_owned).collect();
    told.lock().unwrap_or_else(PoisonError::into_inner).insert(task, answers);
    match scripts.get(&task).and_then(|script| script.get(asked.replies())) {
        Some((name, args)) => calls(name, args),
        None => calls("finish", &json!({"outcome": "done", "summary": "All that was asked for was tried."})),
    }
}

async fn converse(stage: &Stage, script: &Script) -> Result<()> {
    let said = |turn, text| Said { number: script.number, turn, text };
    let who = Who { user: Some(script.user_id.clone()), orders: script.orders.clone() };
    let case = stage.begin(&said(0, OPENING), &who, json!({"task": script.number})).await?;
    let (mut turn, mut heard, mut since) = (0, 0, Instant::now());
    while since.elapsed() < PATIENCE {
        let (state, replies) = stage.stands(&case).await?;
        match state {
            CaseState::WithPerson | CaseState::Resolved | CaseState::Closed => return Ok(()),
            CaseState::Open | CaseState::WaitingCustomer => {}
        }
        if replies.len() == heard {
            tokio::time::sleep(LOOK).await;
            continue;
        }
        (heard, since) = (replies.len(), Instant::now());
        if replies.last().is_some_and(|text| text.trim_end().ends_with(YES_OR_NO)) {
            turn += 1;
            stage.say(&case, &said(turn, "yes")).await?;
        }
    }
    Err(Error::Unavailable(format!("the conversation of task {} comes to no end", script.number)))
}

/// What came of each action of a task, by what the model was told of its calls.
fn given(script: &Script, told: &[String]) -> Vec<Given> {
    let mut told = told.iter();
    let of_call = |answer: Option<&String>| match answer {
        None => Err("the conversation ended before it".to_owned()),
        Some(text) if NOT_DONE.iter().any(|begins| text.starts_with(begins)) => Err(text.clone()),
        Some(_) => Ok(()),
    };
    script.actions.iter().map(|action| action.is_call.then(|| of_call(told.next()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_demo::world::Scripted as Action;

    fn script() -> Script {
        let action = |name: &str, is_call| Action {
            name: name.to_owned(),
            args: json!({"order_id": "#W1"}),
            is_call,
            writes: is_call,
            allowed: true,
        };
        let actions = vec![action("think", false), action("cancel", true), action("look", true), action("give", true)];
        Script { number: 3, user_id: "ada".to_owned(), orders: Vec::new(), actions }
    }

    #[test]
    fn what_the_model_is_told_says_what_came_of_each_call() {
        let told = ["Not done (refused). No: not pending".to_owned(), "{\"order_id\":\"#W1\"}".to_owned()];
        let given = given(&script(), &told);
        assert!(given[0].is_none(), "it is no call");
        assert!(given[1].as_ref().unwrap().as_ref().is_err_and(|why| why.contains("not pending")));
        assert_eq!(given[2], Some(Ok(())));
        assert!(given[3].as_ref().unwrap().is_err(), "nothing was told of it");
    }

    #[test]
    fn the_model_asks_for_the_next_action_and_finishes_after_the_last() {
        let scripts = BTreeMap::from([(3, vec![("cancel".to_owned(), json!({"order_id": "#W1"}))])]);
        let told = Told::default();
        let mut asked = Asked { data: json!({"task": 3}), messages: Vec::new() };
        let first = reply(&scripts, &told, &asked);
        assert_eq!(first["tool_calls"][0]["function"]["name"], "cancel");
        asked.messages = vec![first, json!({"role": "tool", "content": "{}"})];
        assert_eq!(reply(&scripts, &told, &asked)["tool_calls"][0]["function"]["name"], "finish");
        assert_eq!(told.lock().unwrap()[&3], ["{}"]);
    }
}
