//! How a customer reads what an agent proposes and reports: which items it names, and what it is about.

use crate::world::{NeedKind, Step, Wish};

/// Words of a proposal, and of an outcome, that is about this kind of wish.
pub(super) fn words_of(kind: NeedKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        NeedKind::Cancel => (&["i would cancel"], &["cancelled"]),
        NeedKind::Return => (&["set up a return"], &["return"]),
        NeedKind::Exchange => (&["i would exchange"], &["exchange"]),
        NeedKind::ChangeItems => (&["i would change in order"], &["changed as you wished", "the items of order"]),
        NeedKind::ChangeAddress => (&["i would send", "i would change the address"], &["address"]),
        NeedKind::ChangePayment => (&["i would charge"], &["payment"]),
        NeedKind::Status => (&[], &[" is "]),
    }
}

/// Whether what the agent says leads on to something: the customer just waits.
pub(super) fn is_in_between(message: &str) -> bool {
    let low = message.to_lowercase();
    ["found your account", "one moment", "i cannot find order", "let us do that instead", "still there"]
        .iter()
        .any(|words| low.contains(words))
}

/// Whether a proposal names exactly the items that the customer means, and what they want instead.
pub(super) fn names_the_items(step: &Step, proposal: &str) -> bool {
    if step.wishes.is_empty() {
        return true;
    }
    let (old, new) = match proposal.split_once("), for ").or_else(|| proposal.split_once("), to ")) {
        Some((old, new)) => (old, Some(new)),
        None => (proposal, None),
    };
    // Items stand apart by semicolons; each must be one of those meant, and all of those must be there.
    let named: Vec<&str> = old.split("; ").collect();
    let mut left: Vec<&Wish> = step.wishes.iter().collect();
    for label in &named {
        let Some(at) = left.iter().position(|w| shows(label, &w.name, &w.item_id, &w.values)) else { return false };
        left.remove(at);
    }
    let wanted = |new: &str| {
        step.wishes.iter().all(|wish| {
            let Some((id, values)) = &wish.new else { return true };
            new.split("; ").any(|label| shows(label, &wish.name, id, values))
        })
    };
    left.is_empty() && new.is_none_or(wanted)
}

/// Whether a label such as `Vase (navy, small)` shows an item of this product, by its id or by the values of its
/// options: each value is one part of the label, and two equal values are two parts.
pub(super) fn shows(label: &str, name: &str, id: &str, values: &[String]) -> bool {
    if label.contains(id) {
        return true;
    }
    let inside = label.split_once('(').map_or(label, |(_, inside)| inside);
    let mut parts: Vec<&str> = inside.split([',', '(', ')', ';']).map(str::trim).collect();
    label.contains(name)
        && values.iter().all(|value| {
            let fits = |part: &&str| part == value || part.rsplit(": ").next() == Some(value);
            parts.iter().position(fits).map(|at| parts.swap_remove(at)).is_some()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_reads_what_is_proposed() {
        let wish = |name: &str, values: &[&str], new: Option<&[&str]>| Wish {
            name: name.into(),
            ambiguous: false,
            item_id: "1".into(),
            values: values.iter().map(|v| (*v).to_owned()).collect(),
            new: new.map(|values| ("2".into(), values.iter().map(|v| (*v).to_owned()).collect())),
        };
        let step = |wishes| Step { wishes, ..Step::status("#W1") };
        let back = step(vec![wish("Vase", &["navy", "small"], None), wish("Mug Set", &["4", "moss"], None)]);
        let ask = "I would set up a return for order #W1: ";
        assert!(names_the_items(
            &back,
            &format!("{ask}Mug Set (4, moss); Vase (navy, small). The refund goes to paypal_1.")
        ));
        assert!(!names_the_items(&back, &format!("{ask}Vase (navy, small).")));
        assert!(!names_the_items(&back, &format!("{ask}Vase (navy, small); Mug Set (4, moss); Vase (rust, small).")));
        let swap = step(vec![wish("Vase", &["navy", "small"], Some(&["rust", "small"]))]);
        let ask = "I would exchange in order #W1: Vase (navy, small), for ";
        assert!(names_the_items(&swap, &format!("{ask}Vase (rust, small). Any price difference is settled with x.")));
        assert!(!names_the_items(&swap, &format!("{ask}Vase (moss, small). Any price difference is settled with x.")));
    }

    #[test]
    fn a_label_shows_an_item_only_with_all_of_its_values() {
        let values = |list: &[&str]| list.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
        let label = "Sunglasses (black, brown, plastic)";
        assert!(shows(label, "Sunglasses", "1", &values(&["brown", "plastic", "black"])));
        assert!(!shows(label, "Sunglasses", "1", &values(&["brown", "brown", "plastic"])));
        assert!(!shows(label, "Vase", "1", &values(&["black"])));
        assert!(shows("Item 17", "Vase", "17", &values(&["black"])));
    }
}
