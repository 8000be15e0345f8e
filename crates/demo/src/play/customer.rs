//! A customer as a state machine: hears what the agent says, answers what it asks. No clock, no network.

use super::asked::{Asked, Choice, asked};
use super::reading::{is_in_between, names_the_items, shows, words_of};
use crate::shop::{PaymentMethod, Reason, Shop};
use crate::words::{pick, text};
use crate::world::{IdentifyBy, Need, NeedKind, Step, Temper, Wish, request};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// After so many answers a customer gives up and leaves.
const ANSWERS_MAX: usize = 60;
/// A customer says the same wish again at most so many times.
const RESTATED_MAX: usize = 3;

/// What the customer does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Says this.
    Say(String),
    /// Says this after having been away for a while.
    SayLate(String),
    /// Waits for more.
    Wait,
    /// Is served, or gives up, and leaves.
    Leave,
}

/// One customer in the middle of a conversation.
pub struct Customer<'a> {
    need: &'a Need,
    shop: &'a Shop,
    rng: ChaCha8Rng,
    step: usize,
    step_open: bool,
    restated: usize,
    items_answered: BTreeSet<usize>,
    answers: usize,
    was_silent: bool,
    asked_for_person: bool,
    left_it: bool,
    puzzled: bool,
    misheard: bool,
}

impl<'a> Customer<'a> {
    /// A customer who has just written their opening.
    pub fn new(need: &'a Need, shop: &'a Shop) -> Self {
        Self {
            need,
            shop,
            rng: ChaCha8Rng::seed_from_u64(need.seed ^ 0x5a1d),
            step: 0,
            step_open: true,
            restated: 0,
            items_answered: BTreeSet::new(),
            answers: 0,
            was_silent: false,
            asked_for_person: false,
            left_it: false,
            puzzled: false,
            misheard: false,
        }
    }

    /// The need this customer has.
    pub fn need(&self) -> &Need {
        self.need
    }

    /// Hears one message and says what to do.
    pub fn hear(&mut self, message: &str) -> Reply {
        let reply = self.answer(message);
        let Reply::Say(words) = reply else { return reply };
        self.answers += 1;
        if self.answers > ANSWERS_MAX {
            return Reply::Leave;
        }
        if self.need.temper == Temper::GoesSilent && !self.was_silent {
            self.was_silent = true;
            return Reply::SayLate(words);
        }
        Reply::Say(words)
    }

    /// What to say after a silence: a customer who was told something that does not serve them asks again.
    pub fn nudge(&mut self) -> Reply {
        if !std::mem::take(&mut self.puzzled) || !self.step_open || self.answers > ANSWERS_MAX {
            return Reply::Wait;
        }
        self.answers += 1;
        if self.restated >= RESTATED_MAX {
            return Reply::Say(self.leave_it());
        }
        Reply::Say(self.restated())
    }

    fn answer(&mut self, message: &str) -> Reply {
        let asked = asked(message);
        self.puzzled = asked == Asked::Nothing && !self.is_outcome(message) && !is_in_between(message);
        let asks = !matches!(asked, Asked::Nothing | Asked::Person | Asked::Goodbye);
        if self.need.temper == Temper::AsksForPerson && !self.asked_for_person && asks {
            self.asked_for_person = true;
            let words =
                ["I want to talk to a person please.", "Can I speak to a human?", "Please get me a real person."];
            return Reply::Say((*pick(&mut self.rng, &words)).to_owned());
        }
        match asked {
            Asked::Nothing => {
                self.step_open &= !self.is_outcome(message);
                Reply::Wait
            }
            Asked::Person => Reply::Wait,
            Asked::Goodbye => Reply::Leave,
            Asked::AnythingElse => self.anything_else(),
            Asked::Need => Reply::Say(self.restated()),
            Asked::Confirm => Reply::Say(self.confirmation(message)),
            Asked::Identity => Reply::Say(self.identity()),
            Asked::Choose(choices) => Reply::Say(self.chosen(message, &choices)),
            Asked::Order => Reply::Say(self.order()),
            Asked::Reason if self.wants(&[NeedKind::Cancel]) => Reply::Say(self.reason()),
            Asked::Address if self.wants(&[NeedKind::ChangeAddress]) => Reply::Say(self.address()),
            Asked::Payment => Reply::Say(self.payment(&[])),
            Asked::Items if !self.wants(&[NeedKind::Cancel, NeedKind::ChangeAddress]) => Reply::Say(self.items()),
            Asked::Reason | Asked::Address | Asked::Items => Reply::Say(self.not_that()),
        }
    }

    fn wants(&self, kinds: &[NeedKind]) -> bool {
        self.current().is_some_and(|step| kinds.contains(&step.kind))
    }

    /// The agent has misunderstood.
    fn not_that(&mut self) -> String {
        format!("No, that is not what I mean: {}", self.restated())
    }

    /// Whether what the agent says ends this wish: it was done, refused, left, or answered.
    fn is_outcome(&self, message: &str) -> bool {
        let low = message.to_lowercase();
        if low.contains("left everything as it is") || low.contains("i cannot do that") {
            return !self.misheard;
        }
        let about = self.current().is_some_and(|step| match &step.order_id {
            Some(id) => message.contains(id.as_str()) && words_of(step.kind).1.iter().any(|words| low.contains(words)),
            None => low.contains("address of your account is changed"),
        });
        about && !low.contains("i cannot find")
    }

    fn current(&self) -> Option<&'a Step> {
        self.need.steps.get(self.step)
    }

    /// A wish that nobody has dealt with (a person gave the case back, or the agent did not understand) is said
    /// again; otherwise the next one, if there is one.
    fn anything_else(&mut self) -> Reply {
        if self.step_open && self.restated < RESTATED_MAX {
            return Reply::Say(self.restated());
        }
        self.step += 1;
        self.restated = 0;
        self.items_answered.clear();
        self.step_open = self.step < self.need.steps.len();
        Reply::Say(match self.current() {
            Some(step) => request(&mut self.rng, step),
            None => text(&mut self.rng, &["No thanks, that's all.", "no, that is all, thank you", "No, thank you."])
                .to_owned(),
        })
    }

    fn restated(&mut self) -> String {
        self.restated += 1;
        self.misheard = false;
        let Some(step) = self.current() else { return "No thanks, that's all.".to_owned() };
        request(&mut self.rng, step)
    }

    fn confirmation(&mut self, message: &str) -> String {
        let low = message.to_lowercase();
        let says = low.contains("i would");
        if says && !self.current().is_some_and(|step| words_of(step.kind).0.iter().any(|words| low.contains(words))) {
            return self.not_that();
        }
        if says && !self.current().is_none_or(|step| names_the_items(step, message)) {
            self.misheard = true;
            if self.restated >= RESTATED_MAX {
                return self.leave_it();
            }
            return "No, that is not what I mean.".to_owned();
        }
        if self.need.temper == Temper::ChangesMind && !self.left_it {
            self.left_it = true;
            self.step_open = false;
            return text(
                &mut self.rng,
                &["No, I have changed my mind, leave it as it is.", "no, please don't", "Actually no, leave it."],
            )
            .to_owned();
        }
        text(&mut self.rng, &["yes", "Yes please.", "yes, go ahead", "Yes, that's right.", "yep", "Yes, do it please"])
            .to_owned()
    }

    fn identity(&mut self) -> String {
        let Need { name, email, zip, .. } = self.need;
        let (first, last) = (&name.first_name, &name.last_name);
        match self.need.identify_by {
            IdentifyBy::Email => pick(&mut self.rng, &["{}", "my email is {}", "It's {}"]).replace("{}", email),
            IdentifyBy::NameZip if self.rng.random_bool(0.5) => format!("My name is {first} {last}, zip code {zip}"),
            IdentifyBy::NameZip => format!("I'm {first} {last} and my zip is {zip}"),
        }
    }

    fn order(&mut self) -> String {
        match self.current().and_then(|step| step.order_id.clone()) {
            Some(id) => pick(&mut self.rng, &["{}", "it's {}", "The number is {}", "order {}"]).replace("{}", &id),
            None => "It is not about an order, it is about my profile.".to_owned(),
        }
    }

    fn reason(&mut self) -> String {
        match self.current().and_then(Step::reason) {
            Some(Reason::OrderedByMistake) => "I ordered it by mistake".to_owned(),
            Some(Reason::NoLongerNeeded) => "It is no longer needed".to_owned(),
            None => "I would rather not say".to_owned(),
        }
    }

    fn address(&self) -> String {
        match self.current().and_then(Step::address) {
            Some(a) if a.address2.is_empty() => {
                format!("{}, {}, {} {}, {}", a.address1, a.city, a.state, a.zip, a.country)
            }
            Some(a) => format!("{}, {}, {}, {} {}, {}", a.address1, a.address2, a.city, a.state, a.zip, a.country),
            None => "The one you have.".to_owned(),
        }
    }

    fn items(&self) -> String {
        let Some(step) = self.current() else { return "none".to_owned() };
        let names: Vec<String> =
            step.wishes.iter().map(|wish| format!("{} ({})", wish.name, wish.values.join(", "))).collect();
        names.join(" and ")
    }

    /// The payment method in words, or its number in a list.
    fn payment(&mut self, choices: &[Choice]) -> String {
        let Some(id) = self.current().and_then(Step::payment_method_id) else { return "the same as before".to_owned() };
        let methods = &self.shop.users[&self.need.user_id].payment_methods;
        let words = match methods.get(id) {
            Some(PaymentMethod::CreditCard { last_four, .. }) => last_four.clone(),
            Some(PaymentMethod::GiftCard { .. }) => "gift".to_owned(),
            Some(PaymentMethod::Paypal { .. }) => "paypal".to_owned(),
            None => id.to_owned(),
        };
        let fits = |label: &str| label.contains(id) || label.to_lowercase().contains(&words);
        match (choices.iter().find(|choice| fits(&choice.label)), choices.is_empty()) {
            (Some(choice), _) => choice.number.to_string(),
            (None, true) => id.to_owned(),
            (None, false) => self.leave_it(),
        }
    }

    /// What they want is not on offer.
    fn leave_it(&mut self) -> String {
        self.left_it = true;
        "I can't find what I want there. I want to talk to a person please.".to_owned()
    }

    fn chosen(&mut self, message: &str, choices: &[Choice]) -> String {
        let Some(step) = self.current() else { return "none of them, thanks".to_owned() };
        let low = message.to_lowercase();
        if let Some(id) = &step.order_id
            && choices.iter().all(|choice| choice.label.contains("#W"))
        {
            return choices.iter().find(|c| c.label.contains(id)).map_or_else(|| id.clone(), |c| c.number.to_string());
        }
        if choices.iter().any(|choice| choice.label.to_lowercase().contains("mistake")) {
            let wanted = if step.reason() == Some(Reason::OrderedByMistake) { "mistake" } else { "longer" };
            let fits = |choice: &&Choice| choice.label.to_lowercase().contains(wanted);
            return choices.iter().find(fits).map_or_else(|| self.reason(), |choice| choice.number.to_string());
        }
        let methods = ["credit_card", "credit card", "gift_card", "gift card", "paypal", "card ending"];
        if choices.iter().all(|choice| methods.iter().any(|word| choice.label.to_lowercase().contains(word))) {
            return self.payment(choices);
        }
        if low.contains("instead") {
            return self.new_item_chosen(step, message, choices);
        }
        let fits = |wish: &Wish| choices.iter().find(|c| shows(&c.label, &wish.name, &wish.item_id, &wish.values));
        let numbers: Vec<String> =
            step.wishes.iter().filter_map(fits).map(|choice| choice.number.to_string()).collect();
        if numbers.is_empty() { self.leave_it() } else { numbers.join(" and ") }
    }

    /// Which version they want of the product that the list is about.
    fn new_item_chosen(&mut self, step: &Step, message: &str, choices: &[Choice]) -> String {
        let mut best: Option<(usize, usize, String)> = None;
        for (index, wish) in step.wishes.iter().enumerate() {
            let Some((id, values)) = &wish.new else { continue };
            let mut fitting = choices.iter().filter(|c| shows(&c.label, &wish.name, id, values));
            let Some(choice) = fitting.next() else { continue };
            // Two versions that read the same: the catalogue number tells them apart.
            let pick = if fitting.next().is_some() { id.clone() } else { choice.number.to_string() };
            // The item that the question names, else the first that was not asked about yet.
            let named = message.lines().next().is_some_and(|line| shows(line, &wish.name, &wish.item_id, &wish.values));
            let rank = usize::from(!named) * 2 + usize::from(self.items_answered.contains(&index));
            if best.as_ref().is_none_or(|(least, _, _)| rank < *least) {
                best = Some((rank, index, pick));
            }
        }
        let Some((_, index, pick)) = best else { return self.leave_it() };
        self.items_answered.insert(index);
        pick
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Right, retail};

    fn said(reply: Reply) -> String {
        match reply {
            Reply::Say(text) | Reply::SayLate(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_customer_answers_each_question_with_what_they_know() {
        let world = retail(4);
        let plain = |kind| {
            world
                .needs
                .iter()
                .find(|n| n.steps[0].kind == kind && n.temper == Temper::Plain && n.steps[0].right == Right::Done)
                .unwrap()
        };
        let need = plain(NeedKind::Exchange);
        let step = &need.steps[0];
        let mut customer = Customer::new(need, &world.shop);
        let email = said(customer.hear("What is your e-mail address? Your name and zip code will do as well."));
        assert!(email.contains(&need.email) || email.contains(&need.zip), "{email}");
        assert!(said(customer.hear("Which order is it about?")).contains(step.order_id.as_ref().unwrap()));
        let order = &world.shop.orders[step.order_id.as_ref().unwrap()];
        let label = |name: &str, values: &[String]| format!("{name} ({})", values.join(", "));
        let list: Vec<String> = order
            .items
            .iter()
            .enumerate()
            .map(|(i, item)| {
                format!("{}. {}", i + 1, label(&item.name, &item.options.values().cloned().collect::<Vec<_>>()))
            })
            .collect();
        let numbers = said(customer.hear(&format!("Which items?\n{}", list.join("\n"))));
        assert!(numbers.starts_with('1'), "{numbers}\n{}", list.join("\n"));
        let wish = &step.wishes[0];
        let (_, new) = wish.new.as_ref().unwrap();
        let offer = format!(
            "What would you like instead?\n1. {}\n2. {}",
            label(&wish.name, &wish.values),
            label(&wish.name, new)
        );
        assert_eq!(said(customer.hear(&offer)), "2");
        assert!(said(customer.hear("Shall I do it? yes or no")).to_lowercase().starts_with('y'));
        assert_eq!(customer.hear(&format!("Your exchange for order {} is set up.", order.order_id)), Reply::Wait);
        assert!(said(customer.hear("Is there anything else?")).to_lowercase().contains("no"));
        assert_eq!(customer.hear("Goodbye!"), Reply::Leave);
    }

    #[test]
    fn a_misunderstood_customer_says_no_to_another_change_and_says_the_wish_again() {
        let world = retail(4);
        let need =
            world.needs.iter().find(|n| n.steps[0].kind == NeedKind::Return && n.temper == Temper::Plain).unwrap();
        let id = need.steps[0].order_id.as_ref().unwrap();
        let mut customer = Customer::new(need, &world.shop);
        let reply =
            said(customer.hear(&format!("I would cancel order {id}. Shall I go ahead? Please answer yes or no.")));
        assert!(reply.starts_with("No"), "{reply}");
        customer.hear(&format!("I am sorry, the address of order {id} cannot be changed."));
        let again = said(customer.hear("Is there anything else I can do for you?"));
        assert!(!again.to_lowercase().contains("that's all"), "{again}");
        customer.hear(&format!("Your return for order {id} is set up."));
        let end = said(customer.hear("Is there anything else I can do for you?")).to_lowercase();
        assert!(end.contains("no"), "{end}");
    }

    #[test]
    fn a_customer_who_is_told_something_useless_asks_again_and_in_the_end_wants_a_person() {
        let world = retail(4);
        let mut customer = Customer::new(&world.needs[0], &world.shop);
        assert_eq!(customer.nudge(), Reply::Wait);
        for _ in 0..RESTATED_MAX {
            customer.hear("A return is free within the time that the policy names.");
            assert!(!said(customer.nudge()).contains("person"));
            assert_eq!(customer.nudge(), Reply::Wait);
        }
        customer.hear("A return is free within the time that the policy names.");
        assert!(said(customer.nudge()).contains("person"));
    }

    #[test]
    fn some_change_their_mind_go_silent_or_want_a_person() {
        let world = retail(4);
        let of = |temper| Customer::new(world.needs.iter().find(|n| n.temper == temper).unwrap(), &world.shop);
        assert!(said(of(Temper::ChangesMind).hear("Shall I? yes or no")).to_lowercase().contains("no"));
        assert!(matches!(of(Temper::GoesSilent).hear("Which order is it about?"), Reply::SayLate(_)));
        let person = said(of(Temper::AsksForPerson).hear("Which order is it about?")).to_lowercase();
        assert!(person.contains("person") || person.contains("human"), "{person}");
    }
}
