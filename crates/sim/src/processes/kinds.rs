//! One drawing for each kind of task. A kind is added by a function and a line.

use super::EVENTS;
use super::draw::Draw;
use serde_json::{Map, Value, json};

/// Draws a task of one kind, at a depth, before tasks of these names.
pub(super) type Kind = fn(&mut Draw<'_>, u32, &[String]) -> Value;

/// Kinds without tasks inside, by how often they are drawn.
pub(super) const PLAIN: &[(u64, Kind)] =
    &[(10, set), (6, sum), (12, act), (4, own), (5, pause), (6, ask), (6, hear), (3, talk), (4, emit), (2, raise)];

/// All kinds.
pub(super) const ALL: &[(u64, Kind)] = &[
    (8, set),
    (6, sum),
    (14, act),
    (4, own),
    (5, pause),
    (6, ask),
    (6, hear),
    (4, talk),
    (4, emit),
    (2, raise),
    (2, refuse),
    (8, switch),
    (6, each),
    (7, fork),
    (12, attempt),
    (6, listen),
    (5, child),
    (4, group),
];

fn set(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    let more = draw.dice.below(9);
    json!({"set": {"n": format!("${{ $workflow.input.n + {more} }}"), "ref": "${ $workflow.input.ref }", "of": "set"}})
}

fn arguments(draw: &mut Draw<'_>) -> Value {
    let more = draw.dice.below(9);
    json!({"n": format!("${{ $workflow.input.n + {more} }}"), "ref": "${ $workflow.input.ref }"})
}

fn sum(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    json!({"call": "sum", "with": arguments(draw)})
}

fn act(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    let call = json!({"call": "act", "with": arguments(draw)});
    sometimes_timed(draw, call, 120)
}

fn refuse(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    let name = draw.name();
    let call = json!({"call": "refuse", "with": arguments(draw)});
    draw.guarded(vec![json!({ (name.as_str()): call })])
}

fn own(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    let name = *draw.dice.pick(&["own", "plain"]);
    json!({"call": name, "with": {"n": "${ $workflow.input.n }"}})
}

fn pause(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    match draw.dice.below(4) {
        0 => json!({"wait": {"seconds": draw.dice.below(120)}}),
        1 => json!({"wait": "PT0.5S"}),
        2 => json!({"wait": {"minutes": 1 + draw.dice.below(90)}}),
        _ => json!({"wait": {"milliseconds": draw.dice.below(3_000)}}),
    }
}

fn sometimes_timed(draw: &mut Draw<'_>, mut task: Value, per_mille: u64) -> Value {
    if draw.dice.chance(per_mille) {
        task["timeout"] = match draw.dice.below(3) {
            0 => json!("short"),
            1 => json!({"after": {"seconds": 5 + draw.dice.below(60)}}),
            _ => json!({"after": {"minutes": 10 + draw.dice.below(120)}}),
        };
    }
    task
}

/// Waits that end by a timeout are caught, most of the time.
fn waiting(draw: &mut Draw<'_>, task: Value) -> Value {
    let task = sometimes_timed(draw, task, 800);
    if !draw.dice.chance(800) {
        return task;
    }
    let name = draw.name();
    draw.guarded(vec![json!({ (name.as_str()): task })])
}

fn ask(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    let task = json!({"call": "ask", "with": arguments(draw)});
    waiting(draw, task)
}

fn hear(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    waiting(draw, json!({"call": "hear"}))
}

fn talk(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    let task = json!({"call": "talk", "with": arguments(draw)});
    waiting(draw, task)
}

fn emit(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    let kind = *draw.dice.pick(EVENTS);
    let data = json!({"ref": "${ $workflow.input.ref }", "n": "${ $workflow.input.n }"});
    json!({"emit": {"event": {"with": {"source": "https://sim.example/runs", "type": kind, "data": data}}}})
}

fn raise(draw: &mut Draw<'_>, _: u32, _: &[String]) -> Value {
    let error = match draw.dice.below(2) {
        0 => json!("no"),
        _ => json!({"type": "https://sim.example/errors/stop", "status": 400 + draw.dice.below(150), "title": "Stop"}),
    };
    let name = draw.name();
    let raised = json!({ (name.as_str()): {"raise": {"error": error}} });
    if draw.dice.chance(850) { draw.guarded(vec![raised]) } else { json!({"do": [raised]}) }
}

fn switch(draw: &mut Draw<'_>, _: u32, later: &[String]) -> Value {
    let mut targets: Vec<&str> = later.iter().map(String::as_str).collect();
    targets.extend(["continue", "exit", "end"]);
    let mut cases = Vec::new();
    for n in 0..1 + draw.dice.below(2) {
        let case = format!("case{n}");
        let when = format!("${{ $workflow.input.n == {} }}", draw.dice.below(8));
        cases.push(json!({ (case.as_str()): {"when": when, "then": *draw.dice.pick(&targets)} }));
    }
    if draw.dice.chance(700) {
        cases.push(json!({"otherwise": {"then": "continue"}}));
    }
    json!({"switch": cases})
}

fn each(draw: &mut Draw<'_>, depth: u32, _: &[String]) -> Value {
    let inner = draw.inner(depth);
    let mut task = json!({"for": {"each": "item", "at": "index", "in": "${ $workflow.input.items }"}, "do": inner});
    if draw.dice.chance(400) {
        task["while"] = json!("${ $index < 2 }");
    }
    task
}

fn fork(draw: &mut Draw<'_>, depth: u32, _: &[String]) -> Value {
    let branches: Vec<Value> = (0..2 + draw.dice.below(2))
        .map(|_| {
            let name = draw.name();
            let inner = draw.inner(depth);
            json!({ (name.as_str()): {"do": inner} })
        })
        .collect();
    json!({"fork": {"compete": draw.dice.chance(350), "branches": branches}})
}

fn attempt(draw: &mut Draw<'_>, depth: u32, _: &[String]) -> Value {
    let inner = draw.inner(depth);
    draw.guarded(inner)
}

fn group(draw: &mut Draw<'_>, depth: u32, _: &[String]) -> Value {
    json!({"do": draw.inner(depth)})
}

fn filter(draw: &mut Draw<'_>) -> Value {
    let mut filter = Map::new();
    filter.insert("with".into(), json!({"type": *draw.dice.pick(EVENTS)}));
    if draw.dice.chance(500) {
        let expect = "${ $workflow.input.ref }";
        filter.insert("correlate".into(), json!({"ref": {"from": "${ .data.ref }", "expect": expect}}));
    }
    Value::Object(filter)
}

fn listen(draw: &mut Draw<'_>, depth: u32, _: &[String]) -> Value {
    let to = match draw.dice.below(4) {
        0 => json!({"one": filter(draw)}),
        1 => json!({"any": [filter(draw), filter(draw)]}),
        2 => json!({"all": [filter(draw), filter(draw)]}),
        _ => json!({"any": [filter(draw)], "until": "${ length >= 2 }"}),
    };
    let mut task = json!({"listen": {"to": to, "read": *draw.dice.pick(&["data", "envelope"])}});
    if draw.dice.chance(250) {
        let inner = draw.list(depth + 2, 1);
        task["foreach"] = json!({"item": "event", "at": "nth", "do": inner});
    }
    waiting(draw, task)
}

fn child(draw: &mut Draw<'_>, depth: u32, later: &[String]) -> Value {
    let Some(last) = draw.children.len().checked_sub(1) else { return act(draw, depth, later) };
    let name = draw.children[draw.dice.index(last + 1)].clone();
    let input = json!({"ref": "${ $workflow.input.ref }", "n": "${ $workflow.input.n }", "items": [1, 2]});
    let workflow = json!({"namespace": "sim", "name": name, "version": "1.0.0", "input": input});
    json!({"run": {"workflow": workflow, "await": draw.dice.chance(750)}})
}
