//! What a model costs: kept exactly with each exchange, and never more than a turn may cost.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, bundle, client, one_turn};
use crate::model::answering;
use baton_agents::spend::spent;
use baton_agents::{Models, Price};
use baton_base::MemberId;
use baton_db::params;
use baton_govern::{Ctx, Role};
use baton_testkit::databases;
use serde_json::{Value, json};

const UNDERSTAND: &str = "{ agent: concierge, goal: understand, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";
const COLLECT: &str = "{ agent: concierge, goal: collect, intent: cancel_order, fields: { order_id: {} } }";

fn price(text: &str) -> Option<Price> {
    Some(text.parse().unwrap())
}

/// Reply, cost, currency and price of each exchange, oldest first.
async fn costs(w: &World) -> Vec<(Value, Option<i64>, Option<String>, Option<String>)> {
    w.db.read(|tx| {
        let sql =
            "SELECT reply, cost_pico, currency, price FROM model_exchange WHERE client_id = $1 ORDER BY exchange_id";
        tx.query(sql, params![client()], |r| Ok((r.json(0)?, r.int_opt(1)?, r.text_opt(2)?, r.text_opt(3)?)))
    })
    .await
    .unwrap()
}

/// The shop's agent with a limit on a turn's money.
async fn limited(limit: &str, process: &str, models: Models) -> World {
    let mut bundle = bundle("retail-support", process);
    let agent = bundle.files.get_mut("agents/concierge.yaml").unwrap();
    agent.push_str(&format!("turn_money: {limit}\n"));
    World::of(baton_testkit::sqlite().await, &bundle, models)
}

#[tokio::test]
async fn an_exchange_is_kept_with_what_it_cost_at_the_price_of_its_time_and_without_a_price_with_no_cost() {
    let usage = json!({"prompt_tokens": 120, "completion_tokens": 30});
    for (at, tokens, wanted) in [
        (price("0.25/2.00 USD"), usage.clone(), (Some(90_000_000), Some("USD"), Some("0.25/2.00 USD"))),
        // What a model thinks before it answers, some servers count in the total alone.
        (
            price("0.25/2.00 USD"),
            json!({"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 180}),
            (Some(150_000_000), Some("USD"), Some("0.25/2.00 USD")),
        ),
        (price("0/0 EUR"), usage.clone(), (Some(0), Some("EUR"), Some("0.00/0.00 EUR"))),
        (price("0.25/2.00 USD"), Value::Null, (None, Some("USD"), Some("0.25/2.00 USD"))),
        (None, usage, (None, None, None)),
    ] {
        let (model, _) = answering("{}", tokens.clone()).await;
        let w = World::new("retail-support", &one_turn(UNDERSTAND), Models::of(model.at(at))).await;
        w.write("where is my order #W1234567?").await;
        let kept = costs(&w).await;
        let (_, pico, currency, price) = &kept[0];
        assert_eq!((*pico, currency.as_deref(), price.as_deref()), wanted, "{at:?} {tokens}");
        let spent = w.db.read(|tx| spent(tx, &client(), 0)).await.unwrap();
        let of = &spent["concierge"];
        let counts = (of.unpriced, of.uncounted);
        assert_eq!(counts, (i64::from(at.is_none()), i64::from(at.is_some() && tokens.is_null())), "{at:?} {tokens}");
        assert_eq!(
            of.known.len(),
            usize::from(wanted.0.is_some()),
            "what is not known is not nothing: {at:?} {tokens}"
        );
        assert_eq!(of.known.iter().map(|cost| cost.pico).sum::<i128>(), i128::from(wanted.0.unwrap_or(0)));
    }
}

#[tokio::test]
async fn what_an_exchange_cost_is_shown_beside_the_case_to_whoever_may_see_performance() {
    let (model, _) = answering("{}", json!({"prompt_tokens": 120, "completion_tokens": 30, "cost": 0.00009})).await;
    let w = World::new("retail-support", &one_turn(UNDERSTAND), Models::of(model.at(price("0.25/2.00 USD")))).await;
    let case = w.write("where is my order #W1234567?").await;
    for (role, sees) in [(Role::Supervisor, true), (Role::HumanAgent, false)] {
        let (ctx, of) = (Ctx::member(&w.env, &client(), &MemberId::known("mem_max"), &[role]), case.clone());
        let why = w.db.read(move |tx| baton_agents::reasons(tx, &ctx, &of)).await.unwrap();
        let one = &why.exchanges[0];
        assert_eq!((one.cost.is_some(), one.tokens_in), (sees, 120), "{role:?}");
        assert_eq!((one.reply["usage"]["cost"].is_number(), one.reply["choices"].is_array()), (sees, true), "{role:?}");
    }
}

#[tokio::test]
async fn a_sum_that_64_bits_do_not_hold_is_exact_all_the_same() {
    for (name, db) in databases().await {
        let put = db.write(|tx| {
            for (id, pico) in [("mex_1", 9_000_000_000_000_000_001_i64), ("mex_2", 9_000_000_000_000_000_002)] {
                tx.execute(
                    "INSERT INTO model_exchange (client_id, exchange_id, agent, model, request, reply, tokens_in, tokens_out, \
                     latency_ms, at_ms, cost_pico, currency, price) VALUES ($1, $2, 'concierge', 'm', '{}', '{}', 1, 1, 1, 1, \
                     $3, 'VND', '1.00/1.00 VND')",
                    params![client(), id, pico],
                )?;
            }
            Ok(())
        });
        put.await.unwrap();
        let spent = db.read(|tx| spent(tx, &client(), 0)).await.unwrap();
        assert_eq!(spent["concierge"].known[0].to_string(), "18000000.000000000003 VND", "{name}");
    }
}

#[tokio::test]
async fn a_turn_asks_a_model_as_long_as_its_money_lasts_and_then_reads_by_itself() {
    // The first answer takes nearly all of it.
    let (model, asked) = answering("I am a teapot", json!({"prompt_tokens": 29_780, "completion_tokens": 30})).await;
    let models = Models::of(model.at(price("1/4 USD")));
    let w = limited("0.03 USD", &one_turn(COLLECT), models).await;
    let case = w.write("hi").await;
    w.write("I do not have it at hand").await;
    assert_eq!(asked.lock().unwrap().len(), 1);
    w.write("it is #W1234567").await;
    assert_eq!(w.output(&case).await["fields"]["order_id"], "#W1234567", "the customer is served all the same");
    assert_eq!(asked.lock().unwrap().len(), 1, "another answer could have gone beyond it");
    let kept = costs(&w).await;
    let (refused, paid): (Vec<_>, Vec<_>) = kept.iter().partition(|one| one.0["error"].is_string());
    assert_eq!((paid.len(), paid[0].1), (1, Some(29_900_000_000)));
    assert_eq!((refused.len(), refused[0].1), (1, Some(0)), "what was not asked cost nothing");
    let why = refused[0].0["error"].as_str().unwrap();
    assert!(why.contains("0.0299 USD of 0.03 USD"), "{why}");
}

#[tokio::test]
async fn an_answer_is_as_long_as_the_turn_can_pay_and_an_unknown_price_pays_for_none() {
    let usage = json!({"prompt_tokens": 10, "completion_tokens": 5});
    let (model, asked) = answering("I am a teapot", usage.clone()).await;
    let w = limited("0.03 USD", &one_turn(UNDERSTAND), Models::of(model.at(price("1/100 USD")))).await;
    w.write("where is my order #W1234567?").await;
    let tokens = asked.lock().unwrap()[0]["max_tokens"].as_i64().unwrap();
    assert!((100..300).contains(&tokens), "300 tokens would be all of it, without the question: {tokens}");

    for at in [None, price("1/4 EUR")] {
        let (model, asked) = answering("I am a teapot", usage.clone()).await;
        let w = limited("0.03 USD", &one_turn(UNDERSTAND), Models::of(model.at(at))).await;
        let case = w.write("where is my order #W1234567?").await;
        assert_eq!(w.output(&case).await["intent"], "order_status");
        assert!(asked.lock().unwrap().is_empty(), "{at:?}");
        assert!(costs(&w).await[0].0["error"].as_str().unwrap().contains("0.03 USD"), "{at:?}");
    }
}
