//! What the reports say of stored cases, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{ClientId, Error, Result};
use baton_db::{Db, Tx, params};
use baton_insight::{Asked, Behind, FailureKind, Wanted, cases_behind, failures, limits, performance};
use baton_testkit::databases;

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// A day's beginning, by UTC.
const BEGIN_MS: i64 = 20_000 * DAY_MS;
const NOW_MS: i64 = BEGIN_MS + 20 * DAY_MS;

fn acme() -> ClientId {
    ClientId::known("acme")
}

/// A case, told by what is not as usual.
struct Made {
    client: &'static str,
    id: &'static str,
    customer: &'static str,
    intent: Option<&'static str>,
    /// Resolved by the AI, minutes after it was opened; still open if `None`.
    takes_minutes: Option<i64>,
    outcome: &'static str,
    opened_ms: i64,
}

impl Default for Made {
    fn default() -> Self {
        Self {
            client: "acme",
            id: "",
            customer: "",
            intent: Some("refund"),
            takes_minutes: Some(10),
            outcome: "answered",
            opened_ms: BEGIN_MS,
        }
    }
}

/// Puts a case up in which the customer wrote twice and the AI once.
fn put(tx: &mut Tx, number: i64, made: &Made) -> Result<()> {
    let closed_ms = made.takes_minutes.map(|minutes| made.opened_ms + minutes * MINUTE_MS);
    let (state, by) = if closed_ms.is_some() { ("resolved", Some("agent")) } else { ("open", None) };
    let outcome = closed_ms.map(|_| made.outcome);
    tx.execute(
        "INSERT INTO case_file (client_id, case_id, number, customer_id, channel, subject, intent, state, actor_kind, actor, \
         outcome, outcome_by, fields, language, release_id, message_count, opened_ms, changed_ms, closed_ms) \
         VALUES ($1, $2, $3, $4, 'chat', $5, $6, $7, 'agent', 'concierge', $8, $9, '{}', 'en', 'rel_1', 3, $10, $10, $11)",
        params![
            made.client,
            made.id,
            number,
            made.customer,
            format!("about {}", made.id),
            made.intent,
            state,
            outcome,
            by,
            made.opened_ms,
            closed_ms
        ],
    )?;
    for (seq, kind) in [(1_i64, "customer"), (2, "agent"), (3, "customer")] {
        tx.execute(
            "INSERT INTO message (client_id, case_id, seq, message_id, author_kind, author, body, sent_ms) \
             VALUES ($1, $2, $3, $4, $5, 'x', 'sealed', $6)",
            params![made.client, made.id, seq, format!("{}_{seq}", made.id), kind, made.opened_ms + seq * 1_000],
        )?;
    }
    Ok(())
}

/// The AI passed a case on, and a person had it for some minutes after one minute.
fn escalate(tx: &mut Tx, case: &str, trigger: &str, opened_ms: i64, minutes: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO packet (client_id, packet_id, case_id, trigger_name, completeness, body, created_ms, required) \
         VALUES ('acme', $1, $2, $3, 0.5, 'sealed', $4, 4)",
        params![format!("p_{case}"), case, trigger, opened_ms],
    )?;
    let taken_ms = opened_ms + MINUTE_MS;
    tx.execute(
        "INSERT INTO work_item (client_id, work_item_id, kind, queue, title, case_id, form, needs, priority, state, \
         claimed_by, requested_by, opened_ms, due_ms, claimed_ms, ended_ms) \
         VALUES ('acme', $1, 'takeover', 'front', 't', $2, '{}', '{}', 5, 'done', 'mem_1', 'agent:x', $3, $3, $4, $5)",
        params![format!("w_{case}"), case, opened_ms, taken_ms, taken_ms + minutes * MINUTE_MS],
    )?;
    tx.execute(
        "INSERT INTO reading (client_id, reading_id, case_id, agent, goal, threshold, signals, turns, asked, trigger_name, \
         at_ms) VALUES ('acme', $1, $2, 'concierge', 'collect', 0.5, '', 1, 0, $3, $4)",
        params![format!("r_{case}"), case, trigger, opened_ms],
    )?;
    Ok(())
}

fn tag(tx: &mut Tx, case: &str, source: &str, cause: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO tag (client_id, tag_id, fix_id, case_id, source, intent, cause, fix_type, suggested, note, minutes, \
         tagged_by, tagged_ms) VALUES ('acme', $1, 'fix_1', $2, $3, 'refund', $4, 'model', 'model', '', 1, 'm', $5)",
        params![format!("t_{case}"), case, source, cause, BEGIN_MS + DAY_MS],
    )?;
    Ok(())
}

/// Eight cases of acme: four refunds of which one holds, an address, one without a need, one under way, one of long ago;
/// and one of another client.
fn week(tx: &mut Tx) -> Result<()> {
    let made = [
        Made { id: "c1", customer: "ada", ..Made::default() },
        Made { id: "c2", customer: "bob", ..Made::default() },
        Made { id: "c3", customer: "bob", opened_ms: BEGIN_MS + 2 * DAY_MS, ..Made::default() },
        Made { id: "c4", customer: "cyd", ..Made::default() },
        Made { id: "c5", customer: "dan", intent: Some("address"), opened_ms: NOW_MS - DAY_MS, ..Made::default() },
        Made { id: "c6", customer: "eve", intent: None, outcome: "abandoned", ..Made::default() },
        Made { id: "c7", customer: "fay", takes_minutes: None, ..Made::default() },
        Made { id: "c8", customer: "ada", opened_ms: BEGIN_MS - 3 * DAY_MS, ..Made::default() },
        Made { client: "globex", id: "g1", customer: "ada", opened_ms: BEGIN_MS + DAY_MS, ..Made::default() },
    ];
    for (number, one) in (1..).zip(&made) {
        put(tx, number, one)?;
    }
    escalate(tx, "c3", "low_confidence", BEGIN_MS + 2 * DAY_MS, 6)?;
    tag(tx, "c4", "override", "wrong_answer")?;
    tx.execute(
        "INSERT INTO effect (client_id, effect_id, idempotency_key, action, action_digest, writes, args, args_digest, permit, \
         actor, case_id, state, attempts, requested_ms, finished_ms) VALUES ('acme', 'e1', 'k1', 'refund', 'd', 1, '{}', 'd', \
         '{}', 'agent:x', 'c1', 'finished', 1, $1, $1)",
        params![BEGIN_MS],
    )?;
    for n in 0..2 {
        exchange(tx, &format!("x{n}"), "c1", Some((90_000_000, "USD")))?;
    }
    Ok(())
}

/// A model was asked for a case: 100 tokens read and 20 written, at a price or without one.
fn exchange(tx: &mut Tx, id: &str, case: &str, cost: Option<(i64, &str)>) -> Result<()> {
    tx.execute(
        "INSERT INTO model_exchange (client_id, exchange_id, case_id, agent, model, request, reply, tokens_in, tokens_out, \
         latency_ms, at_ms, cost_pico, currency, price) VALUES ('acme', $1, $2, 'concierge', 'm', '{}', '{}', 100, 20, 5, $3, \
         $4, $5, $6)",
        params![
            id,
            case,
            BEGIN_MS,
            cost.map(|(pico, _)| pico),
            cost.map(|(_, currency)| currency),
            cost.map(|(_, currency)| format!("0.25/2.00 {currency}"))
        ],
    )?;
    Ok(())
}

/// A fix that stands beside a group of failed cases.
fn fix(tx: &mut Tx) -> Result<()> {
    tx.execute(
        "INSERT INTO fix (client_id, fix_id, intent, cause, fix_type, title, state, note, created_ms, changed_ms) \
         VALUES ('acme', 'fix_9', 'refund', 'low_confidence', 'conversation', 't', 'doing', '', 1, 1)",
        params![],
    )?;
    Ok(())
}

fn asked(clients: Vec<ClientId>) -> Asked {
    let days_ms = (0..20).map(|day| BEGIN_MS + day * DAY_MS).collect();
    let (time_zone, ahead_ms) = ("UTC".to_owned(), vec![(BEGIN_MS, 0)]);
    Asked { clients, since_ms: BEGIN_MS, until_ms: NOW_MS, now_ms: NOW_MS, time_zone, days_ms, ahead_ms }
}

async fn seeded(db: &Db) {
    db.write(week).await.unwrap();
    db.write(fix).await.unwrap();
}

#[tokio::test]
async fn each_intent_has_its_attempts_resolutions_escalations_overrides_and_cost() {
    for (name, db) in databases().await {
        seeded(&db).await;
        let found = db.read(|tx| performance(tx, &asked(vec![acme()]))).await.unwrap();
        let lines: Vec<_> =
            found.items.iter().map(|line| (line.key.intent.as_deref(), line.counts.volume.cases)).collect();
        assert_eq!(lines, [(Some("refund"), 5), (None, 1), (Some("address"), 1)], "{name}: without a need is a line");
        let refund = &found.items[0].counts;
        // c1 holds; bob came back after c2; c3 went to people; c4 was changed by one; c7 is under way.
        assert_eq!(
            (refund.volume.attempts, refund.volume.contained, refund.volume.resolutions),
            (5, 2, 1),
            "{name}: {refund:?}"
        );
        assert_eq!((refund.volume.verified, refund.volume.came_back, refund.volume.overridden), (1, 1, 1), "{name}");
        assert_eq!((refund.volume.open, refund.volume.provisional), (1, 1), "{name}: what goes on is provisional");
        assert_eq!((refund.volume.escalated, refund.volume.handoffs), (1, 1), "{name}");
        assert_eq!(refund.volume.escalations.get("low_confidence"), Some(&1), "{name}");
        assert_eq!(refund.handling_median_minutes, Some(6.0), "{name}");
        assert!((refund.people_minutes - 6.0).abs() < 1e-9, "{name}");
        assert_eq!((refund.tokens_in, refund.tokens_out), (200, 40), "{name}");
        assert_eq!(refund.resolution_rate, Some(0.2), "{name}");
        let address = &found.items[2].counts;
        assert_eq!((address.volume.resolutions, address.volume.resolutions_provisional), (1, 1), "{name}: a day old");
        let unknown = &found.items[1].counts;
        assert_eq!(
            (unknown.volume.attempts, unknown.volume.contained),
            (1, 0),
            "{name}: whoever went away was not served"
        );
    }
}

#[tokio::test]
async fn what_models_cost_is_exact_by_intent_by_currency_and_unknown_where_no_price_was() {
    for (name, db) in databases().await {
        seeded(&db).await;
        db.write(|tx| {
            exchange(tx, "y1", "c2", Some((1, "EUR")))?;
            exchange(tx, "y2", "c5", None)?;
            exchange(tx, "y3", "c8", Some((7_000_000, "USD")))
        })
        .await
        .unwrap();
        let found = db.read(|tx| performance(tx, &asked(vec![acme()]))).await.unwrap();
        let refund = &found.items[0].counts;
        let shown: Vec<_> = refund.cost.iter().map(|one| (one.currency.to_string(), one.amount.as_str())).collect();
        assert_eq!(shown, [("EUR".to_owned(), "0.000000000001"), ("USD".to_owned(), "0.00018")], "{name}");
        // Five attempts, one resolution: 0.00018 by five, and by one.
        let dollars = &refund.cost[1];
        assert_eq!(dollars.per_attempt.as_deref(), Some("0.000036"), "{name}");
        assert_eq!(dollars.per_resolution.as_deref(), Some("0.00018"), "{name}");
        let address = &found.items[2].counts;
        assert_eq!((address.cost.len(), address.unpriced, address.tokens_in), (0, 1, 100), "{name}: never 0");
        assert_eq!((found.totals.unpriced, found.totals.uncounted), (1, 0), "{name}");
        let kpi = |id: &str, currency: &str| {
            let of = found.money.iter().find(|one| one.id == id && one.currency.to_string() == currency);
            of.map(|one| (one.now.clone(), one.before.clone())).unwrap()
        };
        // Of seven attempts and two resolutions now; the one before held nothing.
        assert_eq!(kpi("model_cost", "USD"), (Some("0.00018".into()), Some("0.000007".into())), "{name}");
        assert_eq!(kpi("model_cost_per_resolution", "USD"), (Some("0.00009".into()), None), "{name}");
        assert_eq!(kpi("model_cost_per_attempt", "EUR").1, None, "{name}: nothing was spent in euros before");
    }
}

#[tokio::test]
async fn totals_days_and_the_time_before_stand_beside_each_other_and_say_what_changed() {
    for (name, db) in databases().await {
        seeded(&db).await;
        let found = db.read(|tx| performance(tx, &asked(vec![acme()]))).await.unwrap();
        assert_eq!((found.totals.volume.cases, found.before.volume.cases), (7, 1), "{name}: the one before is c8");
        // Ada came back after c8 within the seven days.
        assert_eq!((found.before.volume.contained, found.before.volume.resolutions), (1, 0), "{name}");
        let change = found.change.unwrap();
        assert!((change.delta - (change.rate_effect + change.mix_effect)).abs() < 1e-12, "{name}: {change:?}");
        assert!((change.now - 2.0 / 7.0).abs() < 1e-12, "{name}");
        assert_eq!(found.days.len(), 20, "{name}");
        assert_eq!((found.days[0].day_ms, found.days[0].cases, found.days[2].cases), (BEGIN_MS, 5, 1), "{name}");
        assert_eq!(found.days.iter().map(|day| day.cases).sum::<i64>(), 7, "{name}");
        assert_eq!((found.channels[0].channel.as_str(), found.channels[0].in_time), ("chat", 1), "{name}");
        let complete = found.kpis.iter().find(|kpi| kpi.id == "packet_completeness_mean").unwrap();
        assert_eq!(complete.now.value, Some(0.5), "{name}");
        assert!(found.kpis.iter().all(|kpi| kpi.id != "packet_correctness_mean"), "{name}: nobody records it");
    }
}

#[tokio::test]
async fn days_begin_where_they_are_said_to_begin() {
    for (name, db) in databases().await {
        seeded(&db).await;
        let early_ms = 5 * 60 * MINUTE_MS;
        let days_ms: Vec<i64> = (0..21).map(|day| BEGIN_MS + day * DAY_MS - early_ms).collect();
        let (time_zone, ahead_ms) = ("Asia/Almaty".to_owned(), vec![(BEGIN_MS, early_ms)]);
        let there = Asked { time_zone, days_ms: days_ms.clone(), ahead_ms, ..asked(vec![acme()]) };
        // As if clocks there had been put forward by two hours before the first case.
        let later = Asked { ahead_ms: vec![(BEGIN_MS - 1, early_ms + 2 * 60 * MINUTE_MS)], ..there.clone() };
        let later = db.read(move |tx| performance(tx, &later)).await.unwrap();
        assert_eq!(later.hours.iter().find(|hour| hour.cases > 0).map(|hour| hour.hour), Some(7), "{name}");
        let found = db.read(move |tx| performance(tx, &there)).await.unwrap();
        assert_eq!(found.time_zone, "Asia/Almaty", "{name}");
        assert_eq!(found.days.iter().map(|day| day.day_ms).collect::<Vec<_>>(), days_ms, "{name}");
        assert_eq!(found.days.iter().map(|day| day.cases).sum::<i64>(), 7, "{name}: each counts once");
        let by_hour: Vec<_> = found.hours.iter().filter(|hour| hour.cases > 0).map(|hour| hour.hour).collect();
        assert_eq!((found.hours.len(), by_hour[0]), (24, 5), "{name}: midnight by UTC is five there");
        assert_eq!(found.hours.iter().map(|hour| hour.cases).sum::<i64>(), 7, "{name}: each counts once");
    }
}

#[tokio::test]
async fn another_clients_cases_are_not_counted_unless_asked_for() {
    for (name, db) in databases().await {
        seeded(&db).await;
        let both = vec![acme(), ClientId::known("globex")];
        let found = db.read(move |tx| performance(tx, &asked(both))).await.unwrap();
        assert_eq!(found.totals.volume.cases, 8, "{name}");
        let theirs: Vec<_> = found.items.iter().filter(|line| line.key.client != acme()).collect();
        assert_eq!(
            (theirs.len(), theirs[0].counts.volume.cases, theirs[0].counts.volume.came_back),
            (1, 1, 0),
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_cases_behind_a_figure_are_those_that_it_counts() {
    for (name, db) in databases().await {
        seeded(&db).await;
        for (which, intent, reason, wanted) in [
            ("attempts", Some(Some("refund")), None, vec!["c3", "c7", "c4", "c2", "c1"]),
            ("resolutions", None, None, vec!["c5", "c1"]),
            ("escalated", None, Some("low_confidence"), vec!["c3"]),
            ("escalated", None, Some("policy"), vec![]),
            ("cases", Some(None), None, vec!["c6"]),
            ("came_back", None, None, vec!["c2"]),
            ("overridden", None, None, vec!["c4"]),
        ] {
            let asked_for = Wanted {
                which: which.parse::<Behind>().unwrap(),
                intent: intent.map(|intent| intent.map(str::to_owned)),
                reason: reason.map(str::to_owned),
            };
            let found = db.read(move |tx| cases_behind(tx, &asked(vec![acme()]), &asked_for)).await.unwrap();
            let ids: Vec<_> = found.cases.iter().map(|(_, case)| case.as_str()).collect();
            assert_eq!((ids, found.total), (wanted.clone(), i64::try_from(wanted.len()).unwrap()), "{name}: {which}");
        }
    }
}

#[tokio::test]
async fn failed_cases_stand_in_groups_by_need_cause_and_step_with_the_fixes_there_are() {
    for (name, db) in databases().await {
        seeded(&db).await;
        let found = db.read(|tx| failures(tx, &asked(vec![acme()]))).await.unwrap().groups;
        let groups: Vec<_> =
            found.iter().map(|one| (one.kind, one.cause.as_str(), one.cases, one.examples[0].case.as_str())).collect();
        assert_eq!(
            groups,
            [
                (FailureKind::Override, "wrong_answer", 1, "c4"),
                (FailureKind::Escalation, "low_confidence", 1, "c3"),
                (FailureKind::CameBack, "repeat_contact", 1, "c2"),
            ],
            "{name}"
        );
        assert_eq!((found[0].tagged, found[1].tagged), (1, 0), "{name}");
        assert_eq!(found[1].step.as_deref(), Some("collect"), "{name}");
        assert_eq!((found[1].fixes.len(), found[1].fixes[0].state.as_str()), (1, "doing"), "{name}");
        assert!((found[1].people_minutes - 6.0).abs() < 1e-9, "{name}");
        assert_eq!(found[2].examples[0].subject, "about c2", "{name}");
    }
}

/// What the customer of a case wrote first.
fn wrote(tx: &mut Tx, case: &str, text: &str) -> Result<()> {
    let sql = "UPDATE message SET body = $2 WHERE client_id = 'acme' AND case_id = $1 AND author_kind = 'customer'";
    tx.execute(sql, params![case, text]).map(|_| ())
}

#[tokio::test]
async fn failed_cases_whose_customers_wrote_about_the_same_stand_together_whatever_their_cause() {
    for (name, db) in databases().await {
        seeded(&db).await;
        let none = db.read(|tx| failures(tx, &asked(vec![ClientId::known("globex")]))).await.unwrap();
        assert!(none.alike.is_empty(), "{name}: nothing failed there");
        db.write(|tx| {
            wrote(tx, "c2", "Where is my parcel? It was due on Monday.")?;
            wrote(tx, "c3", "I was charged twice for order 4711")?;
            wrote(tx, "c4", "The parcel was due Monday and never came")?;
            wrote(tx, "c1", "My parcel was due on Monday too")
        })
        .await
        .unwrap();
        let found = db.read(|tx| failures(tx, &asked(vec![acme()]))).await.unwrap().alike;
        let [refund] = found.as_slice() else { panic!("{name}: {found:?}") };
        assert_eq!(refund.intent.as_deref(), Some("refund"), "{name}");
        assert_eq!((refund.cases, refund.compared, refund.alone), (3, 3, 1), "{name}: c1 did not fail");
        let [parcels] = refund.groups.as_slice() else { panic!("{name}: {refund:?}") };
        assert_eq!(parcels.words, ["due", "monday", "parcel"], "{name}");
        let cases: Vec<&str> = parcels.examples.iter().map(|one| one.case.as_str()).collect();
        assert_eq!((cases.as_slice(), parcels.cases, parcels.tagged), (&["c4", "c2"][..], 2, 1), "{name}");
        let causes: Vec<(&str, i64)> = parcels.causes.iter().map(|(cause, cases)| (cause.as_str(), *cases)).collect();
        assert_eq!(causes, [("repeat_contact", 1), ("wrong_answer", 1)], "{name}");
        let again = db.read(|tx| failures(tx, &asked(vec![acme()]))).await.unwrap().alike;
        assert_eq!(again, found, "{name}: the same every time");
    }
}

#[tokio::test]
async fn more_cases_than_one_page_are_all_counted_once() {
    for (name, db) in databases().await {
        let many = i64::try_from(limits::PAGE).unwrap() * 2 + 1;
        db.write(move |tx| {
            for n in 0..many {
                // Some of them at the same moment.
                let (id, customer) = (format!("c{n:04}"), format!("u{n}"));
                tx.execute(
                    "INSERT INTO case_file (client_id, case_id, number, customer_id, channel, subject, state, actor_kind, \
                     actor, fields, language, release_id, message_count, opened_ms, changed_ms) VALUES ('acme', $1, $2, $3, \
                     'chat', 's', 'open', 'agent', 'a', '{}', 'en', 'rel_1', 0, $4, $4)",
                    params![id, n, customer, BEGIN_MS + n / 150],
                )?;
            }
            Ok(())
        })
        .await
        .unwrap();
        let found = db.read(|tx| performance(tx, &asked(vec![acme()]))).await.unwrap();
        assert_eq!(
            (found.totals.volume.cases, found.totals.volume.open, found.totals.volume.attempts),
            (many, many, 0),
            "{name}"
        );
        let all = Wanted { which: Behind::Cases, intent: None, reason: None };
        let behind = db.read(move |tx| cases_behind(tx, &asked(vec![acme()]), &all)).await.unwrap();
        assert_eq!((behind.cases.len(), behind.total), (limits::BEHIND_MAX, many), "{name}");
        assert_eq!(behind.cases[0].1.as_str(), format!("c{:04}", many - 1), "{name}: the newest first");
    }
}

#[tokio::test]
async fn a_time_that_cannot_be_reported_on_is_refused_in_words() {
    for (name, db) in databases().await {
        for (since_ms, until_ms) in [
            (NOW_MS, NOW_MS),
            (NOW_MS, BEGIN_MS),
            (-1, BEGIN_MS),
            (i64::MIN, i64::MAX),
            (0, NOW_MS),
            (NOW_MS, NOW_MS + 30 * DAY_MS),
        ] {
            let wrong = Asked { since_ms, until_ms, ..asked(vec![acme()]) };
            let refused = db.read(move |tx| performance(tx, &wrong)).await;
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{name}: {since_ms} {until_ms}: {refused:?}");
        }
    }
}
