//! Valid processes at random: every kind of task, nested, with the data flow around it.

use super::kinds;
use crate::dice::Dice;
use serde_json::{Map, Value, json};

/// Deepest nesting of drawn tasks, levels.
const DEPTH_MAX: u32 = 3;

/// What is being drawn.
pub(super) struct Draw<'a> {
    pub dice: &'a mut Dice,
    pub children: &'a [String],
    names: u32,
}

/// One process, as JSON, which is YAML too.
pub(super) fn process(dice: &mut Dice, name: &str, children: &[String]) -> String {
    let mut draw = Draw { dice, children, names: 0 };
    let length = 2 + draw.dice.index(4);
    let tasks = Value::Array(draw.list(0, length));
    let mut whole = super::document(name, &tasks);
    whole["use"] = draw.uses();
    if draw.dice.chance(150) {
        whole["timeout"] = json!({"after": {"hours": 1 + draw.dice.below(6)}});
    }
    if draw.dice.chance(200) {
        whole["output"] = json!({"as": "${ { last: ., context: $context } }"});
    }
    if draw.dice.chance(150) {
        let document = json!({"type": "object", "required": ["ref"]});
        whole["input"] = json!({"schema": {"document": document}});
    }
    whole.to_string()
}

impl Draw<'_> {
    /// A new name of a task.
    pub(super) fn name(&mut self) -> String {
        self.names += 1;
        format!("t{}", self.names)
    }

    /// A list of so many tasks.
    pub(super) fn list(&mut self, depth: u32, length: usize) -> Vec<Value> {
        let names: Vec<String> = (0..length).map(|_| self.name()).collect();
        let mut tasks = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let task = self.task(depth, &names[at + 1..]);
            tasks.push(json!({ (name.as_str()): task }));
        }
        tasks
    }

    /// A short list inside another task.
    pub(super) fn inner(&mut self, depth: u32) -> Vec<Value> {
        let length = 1 + self.dice.index(2);
        self.list(depth + 1, length)
    }

    fn task(&mut self, depth: u32, later: &[String]) -> Value {
        let kinds: &[(u64, kinds::Kind)] = if depth >= DEPTH_MAX { kinds::PLAIN } else { kinds::ALL };
        let draw = *self.dice.weighed(kinds);
        let mut task = draw(self, depth, later);
        self.flow_of_data(&mut task);
        task
    }

    fn flow_of_data(&mut self, task: &mut Value) {
        let Some(task) = task.as_object_mut() else { return };
        if self.dice.chance(60) {
            task.insert("if".into(), json!(format!("${{ $workflow.input.n > {} }}", self.dice.below(6))));
        }
        if self.dice.chance(80) {
            let key = format!("k{}", self.dice.below(5));
            let export = format!("${{ $context + {{ {key}: ($workflow.input.n + 1), was: . }} }}");
            task.insert("export".into(), json!({"as": export}));
        }
        if self.dice.chance(60) && !task.contains_key("switch") {
            task.insert("output".into(), json!({"as": "${ { out: . } }"}));
        }
        if self.dice.chance(40) {
            task.insert("input".into(), json!({"from": "${ { in: . , n: $workflow.input.n } }"}));
        }
        if self.dice.chance(25) && !task.contains_key("then") {
            let flow = *self.dice.pick(&["continue", "exit", "end"]);
            task.insert("then".into(), json!(flow));
        }
    }

    fn uses(&mut self) -> Value {
        let mut uses = Map::new();
        let act = json!({"call": "act", "with": {"n": "${ .n }", "who": "own"}});
        uses.insert("functions".into(), json!({"own": act, "plain": {"set": {"n": "${ .n + 1 }"}}}));
        let retry = json!({"delay": {"seconds": 3}, "backoff": {"linear": {}}, "limit": {"attempt": {"count": 2}}});
        uses.insert("retries".into(), json!({"some": retry}));
        uses.insert("timeouts".into(), json!({"short": {"after": {"minutes": 5}}}));
        let error = json!({"type": "https://sim.example/errors/no", "status": 409, "title": "No"});
        uses.insert("errors".into(), json!({"no": error}));
        if self.dice.chance(200) {
            let before = json!([{"noted": {"set": "${ . }"}}]);
            let call = json!([{"after": {"call": "sum", "with": {"n": 1}}}]);
            let when = "${ $workflow.input.n > 2 }";
            let extension = json!({"extend": "call", "when": when, "before": before, "after": call});
            uses.insert("extensions".into(), json!([{ "watch": extension }]));
        }
        Value::Object(uses)
    }

    /// Sometimes a handler, sometimes none: errors also pass through.
    pub(super) fn guarded(&mut self, tasks: Vec<Value>) -> Value {
        let mut catch = Map::new();
        if self.dice.chance(400) {
            catch.insert("retry".into(), self.retry());
        }
        if self.dice.chance(300) {
            catch.insert("when".into(), json!("${ $error.status >= 400 }"));
        }
        let name = self.name();
        catch.insert("do".into(), json!([{ (name.as_str()): {"set": {"caught": "${ $error.status }", "n": 0}} }]));
        json!({"try": tasks, "catch": catch})
    }

    fn retry(&mut self) -> Value {
        if self.dice.chance(250) {
            return json!("some");
        }
        let backoff = *self.dice.pick(&["constant", "linear", "exponential"]);
        let count = self.dice.below(3);
        let mut retry = json!({"delay": {"seconds": self.dice.below(20)}, "backoff": {backoff: {}}});
        retry["limit"] = json!({"attempt": {"count": count}});
        if self.dice.chance(500) {
            retry["jitter"] = json!({"from": {"milliseconds": 100}, "to": {"seconds": 4}});
        }
        if self.dice.chance(200) {
            retry["limit"]["duration"] = json!({"minutes": 10});
        }
        if self.dice.chance(200) {
            retry["limit"]["attempt"]["duration"] = json!({"minutes": 4});
        }
        retry
    }
}
