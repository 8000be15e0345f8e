//! The KPIs against the reference values: twelve conversations, over all, by intent, and as they stood after a day.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

use baton_insight::facts::{At, Conversation, Fact, Side};
use baton_insight::mix::{Part, change};
use baton_insight::rules::{blamed, came_back, contact, read, service_level_ms};
use baton_insight::tally::{Beside, Share, Tally};
use baton_insight::{CATALOGUE, Figure, Kpi};
use serde_json::{Value, json};
use std::path::Path;

const DAY_MS: i64 = 86_400_000;
/// All has happened, and seven days are over.
const AFTER_MS: i64 = 30 * DAY_MS;
/// How far a figure may be from the stated one.
const NEAR: f64 = 1e-12;

fn reference() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/methods/vectors/kpi_vectors.json");
    match std::fs::read_to_string(path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(_) => {
            println!("skipped: the reference values are not here");
            None
        }
    }
}

fn ms(value: &Value) -> i64 {
    value.as_i64().unwrap() * 1_000
}

fn text(event: &Value, name: &str) -> String {
    event[name].as_str().unwrap().to_owned()
}

/// What an event of the reference is to us; `None` for what no KPI reads. `taken_ms` is when a person took it up.
fn fact(event: &Value, taken_ms: &mut i64) -> Option<Fact> {
    let at_ms = ms(&event["t"]);
    let share = |of: &str| Some(event[of].as_f64()? / event["packet_required"].as_f64()?);
    Some(match event["type"].as_str().unwrap() {
        "opened" => Fact::Opened { channel: text(event, "channel") },
        "message" => Fact::Wrote {
            by: match event["role"].as_str().unwrap() {
                "customer" => Side::Customer,
                "ai" => Side::Ai,
                "human" => Side::Person,
                other => panic!("{other}"),
            },
            messages: 1,
            again: i64::from(event["repeat"] == true),
            cites: event["article"].is_string(),
        },
        "workflow_started" => Fact::RunStarted,
        "workflow_completed" => Fact::RunCompleted { by_hand: event["human_touch"].as_bool().unwrap() },
        "workflow_failed" | "approval_requested" | "customer_left" => return None,
        "escalated" => Fact::Escalated {
            reason: text(event, "reason"),
            complete: share("packet_present"),
            correct: share("packet_correct"),
        },
        "routed_human" => Fact::Routed,
        "human_answered" => {
            *taken_ms = at_ms;
            Fact::Answered { waited_ms: ms(&event["waited"]) }
        }
        "abandoned_queue" => Fact::LeftQueue { waited_ms: ms(&event["waited"]) },
        "wrap_end" => Fact::Wrapped { took_ms: at_ms - *taken_ms },
        "approval_granted" => Fact::Approved { took_ms: 0 },
        "customer_confirmed" => Fact::Confirmed,
        "failure_tagged" => {
            assert_eq!(event["cause"], "knowledge");
            Fact::KnowledgeBlamed { of: text(event, "of") }
        }
        "closed" => Fact::Closed { left: event["by"] == "customer_left", by_ai: event["by"] == "ai" },
        other => panic!("an event that nobody reads: {other}"),
    })
}

fn conversations(all: &Value) -> Vec<Conversation> {
    let read = |one: &Value| {
        let mut taken_ms = 0;
        let events = one["events"].as_array().unwrap().iter();
        let facts =
            events.filter_map(|event| Some(At { at_ms: ms(&event["t"]), fact: fact(event, &mut taken_ms)? })).collect();
        Conversation {
            id: text(one, "conversation_id"),
            customer: text(one, "customer_id"),
            intent: Some(text(one, "intent")),
            facts,
        }
    };
    all["events"].as_array().unwrap().iter().map(read).collect()
}

fn tally(all: &[Conversation], intent: Option<&str>, as_of_ms: i64) -> Tally {
    let contacts: Vec<_> = all.iter().filter_map(|one| contact(one, as_of_ms)).collect();
    let (back, blamed) = (came_back(&contacts), blamed(all, as_of_ms));
    let mut tally = Tally::default();
    for one in all.iter().filter(|one| intent.is_none() || one.intent.as_deref() == intent) {
        let Some(seen) = read(one, as_of_ms) else { continue };
        let beside = Beside { came_back: back.contains(&one.id), blamed: blamed.contains(&one.id), now_ms: as_of_ms };
        tally.add(&seen, beside);
    }
    tally
}

fn is_near(found: Option<f64>, wanted: &Value, what: &str) {
    match (found, wanted.as_f64()) {
        (Some(found), Some(wanted)) => assert!((found - wanted).abs() < NEAR, "{what}: {found} and not {wanted}"),
        (found, wanted) => assert_eq!(found, wanted, "{what}"),
    }
}

fn check(tally: &Tally, wanted: &Value, what: &str) {
    for (id, wanted) in wanted.as_object().unwrap() {
        let what = format!("{what}: {id}");
        match id.as_str() {
            "escalation_reasons" => assert_eq!(json!(tally.volume.escalations), *wanted, "{what}"),
            "service_level_by_channel" => {
                assert_eq!(tally.in_time.len(), wanted.as_object().unwrap().len(), "{what}");
                for (channel, share) in &tally.in_time {
                    let found = json!({"num": share.hits, "den": share.of});
                    let wanted = &wanted[channel];
                    assert_eq!(found, json!({"num": wanted["num"], "den": wanted["den"]}), "{what}: {channel}");
                }
            }
            _ => {
                let kpi = Kpi::find(id).unwrap_or_else(|| panic!("no KPI {id}"));
                let Figure { num, den, value } = kpi.figure(tally);
                if wanted.is_object() {
                    is_near(Some(num), &wanted["num"], &what);
                    assert_eq!(den, wanted["den"].as_i64().unwrap(), "{what}");
                    is_near(value, &wanted["rate"], &what);
                } else {
                    is_near(value, wanted, &what);
                }
            }
        }
    }
}

#[test]
fn every_figure_of_the_reference_is_ours_over_all_and_by_intent() {
    let Some(all) = reference() else { return };
    let found = conversations(&all);
    assert_eq!(found.len(), 12);
    check(&tally(&found, None, AFTER_MS), &all["expected_all"], "all");
    for (intent, wanted) in all["expected_by_intent"].as_object().unwrap() {
        check(&tally(&found, Some(intent), AFTER_MS), wanted, intent);
    }
    let stated = all["expected_all"].as_object().unwrap();
    let ours = CATALOGUE.iter().filter(|kpi| stated.contains_key(kpi.id)).count();
    assert_eq!(ours + 2, stated.len(), "each stated figure is a KPI, but for the reasons and the channels");
}

#[test]
fn parts_add_up_to_the_whole() {
    let Some(all) = reference() else { return };
    let found = conversations(&all);
    let mut sum = tally(&found, Some("password_reset"), AFTER_MS);
    sum.merge(&tally(&found, Some("billing_dispute"), AFTER_MS));
    check(&sum, &all["expected_all"], "merged");
}

#[test]
fn after_a_day_a_resolution_stands_that_is_lost_later_and_says_that_it_is_provisional() {
    let Some(all) = reference() else { return };
    let found = conversations(&all);
    let day = tally(&found, None, DAY_MS);
    let wanted = &all["expected_asof_1d_ai_resolution"];
    let kpi = Kpi::find("ai_resolution_net_7d").unwrap().figure(&day);
    is_near(Some(kpi.num), &wanted["num"], "as of a day");
    assert_eq!(kpi.den, wanted["den"].as_i64().unwrap());
    assert_eq!((day.volume.provisional, day.volume.resolutions_provisional), (8, 4));
    let later = tally(&found, None, AFTER_MS);
    assert_eq!((later.volume.provisional, later.volume.resolutions, later.volume.resolutions_provisional), (0, 2, 0));
}

#[test]
fn the_time_that_keeps_the_service_level_is_the_stated_one() {
    let Some(all) = reference() else { return };
    for (channel, seconds) in all["service_level_thresholds_s"].as_object().unwrap() {
        assert_eq!(service_level_ms(channel), ms(seconds), "{channel}");
    }
}

#[test]
fn what_changed_is_taken_apart_into_rate_and_mix_as_stated() {
    let Some(all) = reference() else { return };
    let wanted = &all["simpson_decomposition"];
    let share = |value: &Value| Share { hits: value[1].as_i64().unwrap(), of: value[0].as_i64().unwrap() };
    let part = |(key, before): (&String, &Value)| Part {
        key: key.clone(),
        before: share(before),
        now: share(&wanted["period1"][key]),
    };
    let parts: Vec<_> = wanted["period0"].as_object().unwrap().iter().map(part).collect();
    let found = change(&parts).unwrap();
    for (name, value) in [
        ("blended0", found.before),
        ("blended1", found.now),
        ("delta", found.delta),
        ("rate_effect", found.rate_effect),
        ("mix_effect", found.mix_effect),
        ("standardised_period1_at_period0_mix", found.at_the_mix_before),
    ] {
        is_near(Some(value), &wanted[name], name);
    }
    for part in &found.parts {
        let wanted = &wanted["by_intent"][&part.key];
        is_near(part.rate_before, &wanted["rate0"], "rate0");
        is_near(part.rate_now, &wanted["rate1"], "rate1");
        is_near(Some(part.share_before), &wanted["share0"], "share0");
        is_near(Some(part.share_now), &wanted["share1"], "share1");
        is_near(Some(part.rate_effect), &wanted["rate_effect"], "rate_effect");
        is_near(Some(part.mix_effect), &wanted["mix_effect"], "mix_effect");
    }
}
