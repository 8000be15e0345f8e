//! The recogniser on real customer messages (BANKING77's train split, our own folds), and with an encoder where one is.

#![allow(clippy::print_stdout, reason = "the figure is what this test is read for")]

use crate::common::{World, bundle, one_turn};
use baton_agents::evaluate::{Example, few};
use baton_agents::{Encoder, Models, Recogniser, Roster};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn banking77() -> Option<Vec<(String, String)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/intents/banking77/train.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: ../shared/data/intents/banking77 is not here");
        return None;
    };
    Some(text.lines().skip(1).filter_map(row).collect())
}

/// `text,label` where the text may be quoted; rows with line breaks inside are few and left out.
fn row(line: &str) -> Option<(String, String)> {
    let (text, label) = line.rsplit_once(',')?;
    let known = !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"_?".contains(&b));
    known.then(|| (text.trim_matches('"').replace("\"\"", "\""), label.to_owned()))
}

/// The encoder that `cargo xtask test` fetches.
fn encoder() -> Option<Arc<Encoder>> {
    let named = std::env::var_os("BATON_TEST_ENCODER").map(PathBuf::from);
    let skips = std::env::var("BATON_SKIP_ENCODER").is_ok_and(|value| value == "1");
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/encoder");
    let found = named.or_else(|| usual.is_dir().then_some(usual)).filter(|_| !skips);
    if found.is_none() {
        println!("skipped: no encoder is here (cargo xtask test --only tools fetches it)");
    }
    found.map(|folder| Arc::new(Encoder::load(&folder).unwrap()))
}

/// Share of the messages whose likeliest label is right.
fn share_right(recogniser: &Recogniser, messages: &[(String, String)]) -> f64 {
    let right = messages.iter().filter(|(text, label)| recogniser.best(text).is_some_and(|(found, _)| found == *label));
    right.count() as f64 / messages.len() as f64
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(text, label)| ((*text).to_owned(), (*label).to_owned())).collect()
}

/// Accuracy over the first `folds` of five folds.
fn accuracy(examples: &[(String, String)], folds: usize) -> f64 {
    let (mut right, mut all) = (0_u32, 0_u32);
    for fold in 0..folds {
        let (held, train): (Vec<_>, Vec<_>) = examples.iter().cloned().enumerate().partition(|(i, _)| i % 5 == fold);
        let train: Vec<_> = train.into_iter().map(|(_, e)| e).collect();
        let recogniser = Recogniser::train(&train);
        for (_, (text, label)) in &held {
            all += 1;
            right += u32::from(recogniser.best(text).is_some_and(|(found, _)| found == *label));
        }
    }
    f64::from(right) / f64::from(all)
}

#[test]
fn recognises_most_of_77_banking_intents() {
    let Some(examples) = banking77() else { return };
    let folds = std::env::var("BATON_FOLDS").ok().and_then(|f| f.parse().ok()).unwrap_or(1);
    let started = std::time::Instant::now();
    let share = accuracy(&examples, folds);
    println!(
        "banking77: {} examples, {folds} of 5 folds: accuracy {share:.4} in {:?}",
        examples.len(),
        started.elapsed()
    );
    assert!(share >= 0.88, "accuracy {share:.4}");
}

/// Five examples of each of six intents, and the same needs in words that none of the examples has.
const EXAMPLES: &[(&str, &str)] = &[
    ("I lost my card", "lost_card"),
    ("my card is gone", "lost_card"),
    ("I cannot find my card anymore", "lost_card"),
    ("please block my card", "lost_card"),
    ("my wallet with the card was stolen", "lost_card"),
    ("I want my money back", "refund"),
    ("please refund my order", "refund"),
    ("when do I get my refund", "refund"),
    ("the money was not returned to me", "refund"),
    ("I would like a refund", "refund"),
    ("where is my parcel", "delivery"),
    ("when will my order arrive", "delivery"),
    ("my package has not come", "delivery"),
    ("track my delivery", "delivery"),
    ("the parcel is late", "delivery"),
    ("I forgot my password", "password"),
    ("reset my password", "password"),
    ("I cannot log in", "password"),
    ("my login does not work", "password"),
    ("the password is not accepted", "password"),
    ("cancel my contract", "cancel"),
    ("I want to end my subscription", "cancel"),
    ("please stop my plan", "cancel"),
    ("how do I quit", "cancel"),
    ("terminate my agreement", "cancel"),
    ("send me the bill", "invoice"),
    ("I need a copy of my invoice", "invoice"),
    ("where do I find my invoices", "invoice"),
    ("the bill is missing", "invoice"),
    ("I need a receipt", "invoice"),
];
const OTHER_WORDS: &[(&str, &str)] = &[
    ("somebody robbed me and took my bank plastic", "lost_card"),
    ("I think I left my debit card in a taxi", "lost_card"),
    ("mislaid my Visa yesterday", "lost_card"),
    ("reimburse me for these shoes", "refund"),
    ("can you pay me back what I spent", "refund"),
    ("I am owed a repayment for the broken kettle", "refund"),
    ("the courier never showed up", "delivery"),
    ("has my shipment left the warehouse", "delivery"),
    ("how long until the books get to my house", "delivery"),
    ("I am locked out of my account", "password"),
    ("the website keeps saying wrong credentials", "password"),
    ("I can't remember what I use to sign on", "password"),
    ("I no longer wish to be a customer", "cancel"),
    ("close down my membership", "cancel"),
    ("get me out of this deal", "cancel"),
    ("my accountant wants proof of what I paid", "invoice"),
    ("could I have the statement of charges for May", "invoice"),
    ("email me the document with the VAT on it", "invoice"),
];

#[test]
fn needs_in_words_that_no_example_has_are_recognised_with_an_encoder() {
    let Some(encoder) = encoder() else { return };
    let (examples, messages) = (owned(EXAMPLES), owned(OTHER_WORDS));
    let without = share_right(&Recogniser::train(&examples), &messages);
    let with = Recogniser::train_with(&examples, Some(&encoder)).unwrap();
    let share = share_right(&with, &messages);
    println!("other words: {without:.2} right without an encoder, {share:.2} with");
    assert!(share >= 0.9 && without < 0.5, "{without} {share}");
    // Six needs do not cover everything, and nothing is certain after five examples of each.
    let found = with.best("is there a museum of lighthouses in Norway").unwrap();
    assert!(found.1 < 0.9, "{found:?}");
    assert!(with.best("I lost my card").unwrap().1 > found.1);
    let again = Recogniser::train_with(&examples, Some(&encoder)).unwrap();
    let (one, other) = (with.recognise_message(&messages[0].0), again.recognise_message(&messages[0].0));
    // An encoder's sums round otherwise from time to time, which shows in the seventh decimal.
    let is_same = |(a, b): (&(String, f32), &(String, f32))| a.0 == b.0 && (a.1 - b.1).abs() < 1e-5;
    assert!(one.len() == other.len() && one.iter().zip(&other).all(is_same), "{one:?} {other:?}");
}

const UNDERSTAND: &str = "{ agent: concierge, goal: understand, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";

#[tokio::test]
async fn a_message_that_an_encoder_reads_is_answered_and_what_follows_is_read_with_it() {
    let Some(encoder) = encoder() else { return };
    let files = bundle("retail-support", &one_turn(UNDERSTAND));
    let roster = Roster::load_with(&files, Some(&encoder)).unwrap();
    let w = World::reading(baton_testkit::sqlite().await, &files, roster, Models::none());
    let case = w.write("Hello").await;
    assert_eq!(w.messages(&case).await.len(), 2, "it is greeted");
    w.write("I want to cancel my order. It is #W1234567. I ordered it by mistake.").await;
    let out = w.output(&case).await;
    assert_eq!((&out["intent"], &out["fields"]["order_id"]), (&"cancel_order".into(), &"#W1234567".into()), "{out}");
}

#[test]
fn recognises_more_banking_intents_from_ten_examples_each_with_an_encoder() {
    let (Some(examples), Some(encoder)) = (banking77(), encoder()) else { return };
    let (held, train): (Vec<_>, Vec<_>) = examples.into_iter().enumerate().partition(|(i, _)| i % 10 == 0);
    let all: Vec<Example> = train.into_iter().map(|(_, (text, label))| Example { text, label }).collect();
    let train: Vec<(String, String)> = few(&all, 10).into_iter().map(|e| (e.text, e.label)).collect();
    let held: Vec<(String, String)> = held.into_iter().map(|(_, e)| e).collect();
    let without = share_right(&Recogniser::train(&train), &held);
    let share = share_right(&Recogniser::train_with(&train, Some(&encoder)).unwrap(), &held);
    println!("banking77, ten examples an intent: {without:.4} right without an encoder, {share:.4} with");
    assert!(share >= 0.80 && share > without + 0.05, "{without:.4} {share:.4}");
}
