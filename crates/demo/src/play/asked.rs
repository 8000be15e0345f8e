//! What an agent's message asks of the customer, read as a customer reads it: by its words and its list of choices.

/// One line of a numbered list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its number.
    pub number: usize,
    /// Its words.
    pub label: String,
}

/// What a message asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// To choose from a list.
    Choose(Vec<Choice>),
    /// To say yes or no to a change.
    Confirm,
    /// Who they are.
    Identity,
    /// Which order.
    Order,
    /// Why they cancel.
    Reason,
    /// Which address.
    Address,
    /// Which items.
    Items,
    /// Which payment method.
    Payment,
    /// Whether there is anything else.
    AnythingElse,
    /// What the matter is: the agent did not understand.
    Need,
    /// Nothing: a person will come.
    Person,
    /// Nothing: goodbye.
    Goodbye,
    /// Nothing: it says something.
    Nothing,
}

/// Reads a message: the first row whose words are in it wins.
pub fn asked(text: &str) -> Asked {
    let choices = choices(text);
    if !choices.is_empty() {
        return Asked::Choose(choices);
    }
    let low = text.to_lowercase();
    let row = ROWS.iter().find(|(_, needs, words)| {
        needs.iter().all(|word| low.contains(word)) && words.iter().any(|word| low.contains(word))
    });
    row.map_or(Asked::Nothing, |(asked, _, _)| asked.clone())
}

/// What is asked, the words that must all be there, and words of which one must be.
type Signs = (Asked, &'static [&'static str], &'static [&'static str]);

const ROWS: &[Signs] = &[
    (Asked::AnythingElse, &["?"], &["anything else", "what else", "help further"]),
    (
        Asked::Goodbye,
        &[],
        &["have a good day", "have a nice day", "goodbye", "closing this conversation", "all the best"],
    ),
    (Asked::Need, &[], &["right thing", "not understood", "in a few words", "what can i do for you", "other words"]),
    (Asked::Identity, &["e-mail", "zip"], &["account", "name"]),
    (Asked::Order, &[], &["which order is it", "what is the order number", "make out the order number"]),
    (Asked::Address, &["address"], &["complete new address", "complete address", "which address"]),
    (Asked::Reason, &["?"], &["why you would like", "the reason"]),
    (Asked::Payment, &["?"], &["which payment method", "where should the refund go"]),
    (Asked::Items, &["?"], &["which items", "which one would you like", "what would you like instead"]),
    (Asked::Confirm, &["?"], &["yes or no", "shall i", "should i go ahead", "is that right", "is that correct"]),
    (Asked::Person, &[], &["colleague", "a person will", "someone from our team"]),
];

/// The numbered lines of a message: `1. Table Lamp (rust, brass)`.
fn choices(text: &str) -> Vec<Choice> {
    let mut out = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches([' ', '-', '*', '•']);
        let digits: String = line.chars().take_while(char::is_ascii_digit).collect();
        let rest = line[digits.len()..].strip_prefix(['.', ')', ':']).map(str::trim);
        if let (Ok(number), Some(label)) = (digits.parse(), rest)
            && !label.is_empty()
        {
            out.push(Choice { number, label: label.to_owned() });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_and_the_common_questions() {
        let list = asked("Which of these is it?\n1. Vase (navy, small)\n2) Mug Set (4, moss)");
        let labels = match list {
            Asked::Choose(choices) => choices.into_iter().map(|c| (c.number, c.label)).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(labels, [(1, "Vase (navy, small)".to_owned()), (2, "Mug Set (4, moss)".to_owned())]);
        for (text, expect) in [
            ("What is your e-mail address? Your full name and zip code will do as well.", Asked::Identity),
            ("I could not make out the order number. It begins with #W.", Asked::Order),
            ("I would cancel order #W1234567. Shall I go ahead? Please answer yes or no.", Asked::Confirm),
            ("Is there anything else I can do for you?", Asked::AnythingElse),
            ("I am passing you to a colleague who will be with you shortly.", Asked::Person),
            ("Your order #W1234567 has been cancelled.", Asked::Nothing),
        ] {
            assert_eq!(asked(text), expect, "{text}");
        }
    }

    #[test]
    fn reads_what_the_blueprint_s_templates_ask() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../blueprints/retail-support/templates/en.yaml");
        let text = std::fs::read_to_string(path).unwrap();
        // Top-level keys with the text below them, up to the next key.
        let mut templates: Vec<(String, String)> = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.split_once(':') {
                Some((key, rest)) if !line.starts_with(' ') => templates.push((key.to_owned(), rest.to_owned())),
                _ => templates.iter_mut().rev().take(1).for_each(|(_, text)| text.push_str(line)),
            }
        }
        for (key, text) in templates {
            let expect = match key.as_str() {
                "anything_else" | "ask_again" | "back_from_person" => Asked::AnythingElse,
                "goodbye" | "silence_close" => Asked::Goodbye,
                "greeting" | "clarify" | "clarify_again" => Asked::Need,
                "ask_identity" | "identity_not_found" => Asked::Identity,
                "ask_order" => Asked::Order,
                "ask_address" => Asked::Address,
                "ask_reason" => Asked::Reason,
                "ask_payment" | "ask_payment_refund" => Asked::Payment,
                "ask_items" | "ask_items_exchange" | "ask_new_item" => Asked::Items,
                "handed_to_person" | "handed_to_person_urgent" | "no_article" | "system_trouble" => Asked::Person,
                "people_wait" | "people_away" | "people_closed" => Asked::Person,
                key if key.starts_with("confirm_") => Asked::Confirm,
                _ => Asked::Nothing,
            };
            let plain = text.replace("{{ c.number }}. {{ c.label }}", "");
            assert_eq!(asked(&plain), expect, "{key}: {plain}");
        }
    }
}
