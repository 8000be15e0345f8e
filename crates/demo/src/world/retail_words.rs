//! What the shop's customers write. All sentences are our own.

use super::needs::{IdentifyBy, Need, NeedKind, Step};
use super::wording::{greeting, remark, write};
use crate::shop::Reason;
use crate::words::{pick, text};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Share of words that have a typo.
const TYPO_RATE: f64 = 0.04;

/// The first message of a need: a hello, the first wish, perhaps who they are, perhaps a remark.
pub fn opening(need: &Need) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(need.seed);
    let Some(step) = need.steps.first() else { return "Hello".to_owned() };
    let mut text = greeting(&mut rng).to_owned();
    text.push_str(&request(&mut rng, step));
    if rng.random_bool(0.3) {
        let who = match need.identify_by {
            IdentifyBy::Email => format!(" My e-mail is {}.", need.email),
            IdentifyBy::NameZip => {
                format!(" My name is {} {}, zip {}.", need.name.first_name, need.name.last_name, need.zip)
            }
        };
        text.push_str(&who);
    }
    text.push_str(remark(&mut rng));
    if rng.random_bool(0.15) {
        text = text.replace("I ", "i ").replace("I'm", "im").replace("don't", "dont");
    }
    text
}

/// A wish in words, with the order's id more often than not.
pub fn request(rng: &mut ChaCha8Rng, step: &Step) -> String {
    let named = step.order_id.is_some() && rng.random_bool(0.75);
    let order = match (&step.order_id, named) {
        (Some(id), true) => pick(rng, &["order {}", "my order {}", "order number {}"]).replace("{}", id),
        _ => "my order".to_owned(),
    };
    // Where the order has two of a kind a name would not do, and its options would be taken for what is wanted
    // instead: such a customer leaves it to the agent to ask.
    let items = if step.wishes.is_empty() || step.wishes.iter().any(|wish| wish.ambiguous) {
        "items".to_owned()
    } else {
        let names: Vec<String> = step.wishes.iter().map(|wish| wish.name.to_lowercase()).collect();
        names.join(" and the ")
    };
    let reason = step.reason().map_or("", |reason| reason_words(rng, reason));
    let template = *pick(rng, templates(step));
    write(rng, template, &[("order", &order), ("items", &items), ("reason", reason)], TYPO_RATE)
}

/// Why they cancel, in their words.
fn reason_words(rng: &mut ChaCha8Rng, reason: Reason) -> &'static str {
    match reason {
        Reason::NoLongerNeeded => text(
            rng,
            &["I don't need it anymore", "it is no longer needed", "I no longer need it", "we don't need it any more"],
        ),
        Reason::OrderedByMistake => text(
            rng,
            &[
                "I ordered it by mistake",
                "it was ordered by mistake",
                "that order was a mistake",
                "I ordered by mistake",
            ],
        ),
    }
}

fn templates(step: &Step) -> &'static [&'static str] {
    match step.kind {
        NeedKind::Cancel => &[
            "I need to cancel {order}, {reason}.",
            "please cancel {order}.",
            "can you cancel {order} for me? {reason}",
            "I would like to cancel {order} because {reason}.",
            "I want {order} cancelled please, {reason}.",
            "is it possible to cancel {order}? {reason}.",
        ],
        NeedKind::Return => &[
            "I want to return the {items} from {order}.",
            "I would like to send back the {items} from {order} and get my money back.",
            "the {items} in {order} is not what I hoped for, I want to return it.",
            "how do I return something? It is the {items} from {order}.",
            "please start a return for {order}, the {items}.",
            "I'd like to return the {items} that came with {order}, please.",
        ],
        NeedKind::Exchange => &[
            "I want to exchange the {items} from {order} for a different one.",
            "could I swap the {items} I received in {order} for another version?",
            "the {items} in {order} arrived but I would like to exchange it for another variant.",
            "I'd like an exchange for the {items} from {order}.",
            "please help me exchange the {items} of {order}.",
        ],
        NeedKind::ChangeItems => &[
            "I want to change the {items} in {order} to a different version before it ships.",
            "can I modify the {items} in {order}? I picked the wrong option.",
            "please change the items in {order}, I would like another version of the {items}.",
            "I chose the wrong variant of the {items} in {order}, can you change it?",
            "I'd like to modify an item in {order}, the {items}.",
        ],
        NeedKind::ChangeAddress if step.order_id.is_none() => &[
            "I have moved, please change the default address in my profile.",
            "please update the default address of my profile.",
        ],
        NeedKind::ChangeAddress => &[
            "I need to change the shipping address of {order}.",
            "please send {order} to a different address.",
            "I have moved, can you change the delivery address for {order}?",
            "the address on {order} is wrong, please update it.",
            "can you ship {order} to another address?",
        ],
        NeedKind::ChangePayment => &[
            "I want to change the payment method of {order}.",
            "can I pay for {order} with something else?",
            "please switch {order} to a different payment method.",
            "I would like to use another payment method for {order}.",
            "could you change how I pay for {order}?",
        ],
        NeedKind::Status => &[
            "where is {order}?",
            "can you tell me the status of {order}?",
            "I would like to know where {order} is right now.",
            "has {order} been shipped yet?",
            "what is happening with {order}?",
            "any news on {order}?",
        ],
    }
}
