//! Listening for events.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::common::Play;
use baton_engine::{Action, FunctionCall, Status};
use serde_json::json;

#[test]
fn listening_for_one_takes_only_what_is_meant() {
    let body = "
do:
- hear:
    listen:
      to:
        one:
          with: { type: claim.updated, data: '${ .amount > 10 }' }
          correlate: { claim: { from: .data.claim, expect: '${ .id }' } }
- after: { set: { heard: '${ .[0].amount }' } }
";
    let mut play = Play::start(body, json!({"id": "c1"}));
    let Some(Action::Listen { filters, .. }) = play.actions.iter().find(|a| matches!(a, Action::Listen { .. })) else {
        panic!("no listen")
    };
    assert_eq!(
        filters[0],
        json!({"with": {"type": "claim.updated"}, "correlate": {"claim": {"from": ".data.claim", "expect": "c1"}}})
    );
    for (kind, data) in [
        ("claim.opened", json!({"claim": "c1", "amount": 20})),
        ("claim.updated", json!({"claim": "c2", "amount": 20})),
        ("claim.updated", json!({"claim": "c1", "amount": 5})),
        ("claim.updated", json!("nonsense")),
    ] {
        assert_eq!(play.event(kind, data), []);
    }
    let actions = play.event("claim.updated", json!({"claim": "c1", "amount": 20}));
    assert!(actions.iter().any(|a| matches!(a, Action::Unlisten { .. })));
    assert_eq!(play.output(), json!({"heard": 20}));
}

#[test]
fn listening_for_all_and_for_any_until() {
    let all = "do:\n- hear: { listen: { to: { all: [ { with: { type: a } }, { with: { type: b } } ] } } }\n";
    let mut play = Play::start(all, json!({}));
    play.event("b", json!(2));
    play.event("b", json!(3));
    play.event("a", json!(1));
    assert_eq!(play.output(), json!([2, 1]));

    let until =
        "do:\n- hear: { listen: { to: { any: [ { with: { type: a } } ], until: length == 3 }, read: envelope } }\n";
    let mut play = Play::start(until, json!({}));
    for n in 0..3 {
        play.event("a", json!(n));
    }
    let heard = play.output();
    assert_eq!((heard.as_array().unwrap().len(), &heard[2]["data"]), (3, &json!(2)));

    let until = "do:\n- hear: { listen: { to: { any: [], until: { one: { with: { type: stop } } } } } }\n";
    let mut play = Play::start(until, json!({}));
    play.event("x", json!(1));
    play.event("stop", json!(2));
    assert_eq!(play.output(), json!([1]), "what ends the listening is not part of what was heard");
}

#[test]
fn each_event_of_a_listen_can_be_worked_on() {
    let body = "
do:
- hear:
    listen: { to: { any: [ { with: { type: a } } ], until: length == 2 } }
    foreach:
      item: it
      at: n
      do:
      - work: { call: action, with: { it: '${ $it }', n: '${ $n }' } }
      output: { as: .done }
";
    let mut play = Play::start(body, json!({}));
    play.event("a", json!("x"));
    let first = play.the_call();
    play.event("a", json!("y"));
    assert_eq!(play.the_call(), first, "one at a time");
    play.finish(&first, json!({"done": "X"}));
    let (second, function) = play.open_calls().remove(0);
    assert_eq!(function, FunctionCall::Function { name: "action".into(), args: json!({"it": "y", "n": 1}) });
    play.finish(&second, json!({"done": "Y"}));
    assert_eq!(play.output(), json!(["X", "Y"]));
}

#[test]
fn an_event_is_not_heard_by_a_listen_that_it_led_to() {
    let body = "do:\n- one: { listen: { to: { one: { with: { type: a } } } } }\n- two: { listen: { to: { one: { with: { type: a } } } } }\n";
    let mut play = Play::start(body, json!({}));
    play.event("a", json!(1));
    assert_eq!(play.state.status, Status::Running);
    play.event("a", json!(2));
    assert_eq!(play.output(), json!([2]));
}
