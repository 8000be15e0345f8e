//! Calls that break the shop's written policy, each with the rule it breaks and what has to refuse it.
//!
//! Each is made from a call that the policy would let through, changed in one thing: so that nothing else can refuse it.

use crate::shop::{Order, PaymentMethod, Shop, Status, User, Variant};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// One call that must not be let through.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The rule of the written policy that it breaks, in words.
    pub rule: &'static str,
    /// The tool.
    pub tool: &'static str,
    /// Its arguments.
    pub args: Value,
    /// The customer who has been identified, if anybody has.
    pub customer: Option<String>,
    /// Orders that the identification says are theirs.
    pub orders: Vec<String>,
    /// Whether the customer has said yes to exactly this.
    pub confirmed: bool,
    /// Id of the policy or rule that has to refuse it.
    pub refused_by: &'static str,
}

/// As many violations as asked for, of every kind in turn.
pub fn violations(shop: &Shop, seed: u64, count: usize) -> Vec<Violation> {
    let mut maker = Maker { shop, dice: ChaCha8Rng::seed_from_u64(seed) };
    let mut all = Vec::with_capacity(count);
    // A kind for which the shop has no example gives none: the others make up for it.
    while all.len() < count {
        let before = all.len();
        for kind in KINDS {
            if all.len() < count {
                all.extend(kind(&mut maker));
            }
        }
        if all.len() == before {
            break;
        }
    }
    all
}

type Kind = fn(&mut Maker<'_>) -> Option<Violation>;

const KINDS: &[Kind] = &[
    |m| m.wrong_status("cancel_pending_order", "cancel_pending_order#cancel_pending_order-otherwise"),
    |m| m.wrong_status("modify_pending_order_address", "modify_pending_order_address#address-otherwise"),
    |m| m.wrong_status("modify_pending_order_items", "modify_pending_order_items#modify_pending_order_items-otherwise"),
    |m| {
        m.wrong_status(
            "modify_pending_order_payment",
            "modify_pending_order_payment#modify_pending_order_payment-otherwise",
        )
    },
    |m| {
        m.wrong_status(
            "return_delivered_order_items",
            "return_delivered_order_items#return_delivered_order_items-otherwise",
        )
    },
    |m| {
        m.wrong_status(
            "exchange_delivered_order_items",
            "exchange_delivered_order_items#exchange_delivered_order_items-otherwise",
        )
    },
    |m| {
        m.second_change("modify_pending_order_items", "modify_pending_order_items#modify_pending_order_items-otherwise")
    },
    |m| m.second_change("cancel_pending_order", "cancel_pending_order#cancel_pending_order-otherwise"),
    |m| m.odd_reason(),
    |m| m.somebody_elses("cancel_pending_order", false),
    |m| m.somebody_elses("modify_pending_order_address", false),
    |m| m.somebody_elses("modify_pending_order_items", false),
    |m| m.somebody_elses("modify_pending_order_payment", false),
    |m| m.somebody_elses("return_delivered_order_items", false),
    |m| m.somebody_elses("exchange_delivered_order_items", false),
    |m| m.somebody_elses("get_order_details", false),
    |m| m.somebody_elses("cancel_pending_order", true),
    |m| m.somebody_elses("modify_pending_order_address", true),
    |m| m.unasked("cancel_pending_order"),
    |m| m.unasked("modify_pending_order_address"),
    |m| m.unasked("modify_pending_order_items"),
    |m| m.unasked("modify_pending_order_payment"),
    |m| m.unasked("return_delivered_order_items"),
    |m| m.unasked("exchange_delivered_order_items"),
    |m| m.unasked("modify_user_address"),
    |m| m.unknown_customer("cancel_pending_order"),
    |m| m.unknown_customer("modify_pending_order_items"),
    |m| m.unknown_customer("return_delivered_order_items"),
    |m| m.unknown_customer("modify_user_address"),
    |m| m.other_product("modify_pending_order_items", "modify_pending_order_items#items-same-product"),
    |m| m.other_product("exchange_delivered_order_items", "exchange_delivered_order_items#exchange-same-product"),
    |m| m.uneven("modify_pending_order_items", "modify_pending_order_items#items-same-product"),
    |m| m.uneven("exchange_delivered_order_items", "exchange_delivered_order_items#exchange-same-product"),
    |m| m.not_available("modify_pending_order_items", "modify_pending_order_items#items-available"),
    |m| m.not_available("exchange_delivered_order_items", "exchange_delivered_order_items#exchange-available"),
    |m| m.empty_gift_card("modify_pending_order_items", "modify_pending_order_items#items-covered"),
    |m| m.empty_gift_card("exchange_delivered_order_items", "exchange_delivered_order_items#exchange-covered"),
    |m| m.empty_gift_card("modify_pending_order_payment", "modify_pending_order_payment#payment-covered"),
    |m| m.others_payment("modify_pending_order_items", "payment-method-of-the-customer"),
    |m| m.others_payment("exchange_delivered_order_items", "payment-method-of-the-customer"),
    |m| m.others_payment("modify_pending_order_payment", "payment-method-of-the-customer"),
    |m| m.others_payment("return_delivered_order_items", "return_delivered_order_items#return-refund"),
    |m| m.same_payment(),
    |m| m.refund_elsewhere(),
    |m| m.not_in_order(),
    |m| m.other_profile("modify_user_address", "built-in:default"),
    |m| m.other_profile("get_user_details", "profile-of-the-verified-customer"),
    |m| m.no_such_order(),
];

struct Maker<'a> {
    shop: &'a Shop,
    dice: ChaCha8Rng,
}

/// A call that the policy lets through, taken apart.
struct Fair<'a> {
    order: &'a Order,
    user_id: &'a str,
    user: &'a User,
    tool: &'static str,
    args: Value,
}

impl Fair<'_> {
    fn breaks(self, rule: &'static str, refused_by: &'static str) -> Violation {
        Violation {
            rule,
            tool: self.tool,
            args: self.args,
            customer: Some(self.user_id.to_owned()),
            orders: self.user.orders.clone(),
            confirmed: true,
            refused_by,
        }
    }
}

fn right_status(tool: &str) -> Status {
    if tool.contains("delivered") { Status::Delivered } else { Status::Pending }
}

impl<'a> Maker<'a> {
    fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        all.choose(&mut self.dice).cloned()
    }

    /// A call of this tool on an order for which `fits`, as the policy would have it but for that.
    fn fair(&mut self, tool: &'static str, fits: impl Fn(&Order) -> bool) -> Option<Fair<'a>> {
        const TRIES: usize = 40;
        let shop = self.shop;
        let orders: Vec<&Order> = shop.orders.values().filter(|order| fits(order)).collect();
        (0..TRIES).find_map(|_| {
            let order = self.pick(&orders)?;
            let (user_id, user) = shop.users.get_key_value(&order.user_id)?;
            let args = self.args_of(tool, order, user)?;
            Some(Fair { order, user_id, user, tool, args })
        })
    }

    fn args_of(&mut self, tool: &str, order: &Order, user: &User) -> Option<Value> {
        let id = &order.order_id;
        let paid = &order.payment_history.first()?.payment_method_id;
        let free = user.payment_methods.values().find(|method| method.balance().is_none()).map(PaymentMethod::id);
        Some(match tool {
            "cancel_pending_order" => json!({"order_id": id, "reason": "no longer needed"}),
            "modify_pending_order_address" => {
                let mut args = self.address();
                args["order_id"] = json!(id);
                args
            }
            "modify_user_address" => {
                let mut args = self.address();
                args["user_id"] = json!(order.user_id);
                args
            }
            "modify_pending_order_payment" => {
                let once = order.payment_history.len() == 1;
                let others = user.payment_methods.values().filter(|m| m.balance().is_none() && m.id() != paid);
                let other = others.map(PaymentMethod::id).next().filter(|_| once)?;
                json!({"order_id": id, "payment_method_id": other})
            }
            "return_delivered_order_items" => {
                user.payment_methods.get(paid)?;
                json!({"order_id": id, "item_ids": [order.items.first()?.item_id], "payment_method_id": paid})
            }
            "modify_pending_order_items" | "exchange_delivered_order_items" => {
                let item = self.pick(&order.items)?;
                let new = self.variant(&item.product_id, |v| v.available && v.item_id != item.item_id)?;
                json!({"order_id": id, "item_ids": [item.item_id], "new_item_ids": [new.item_id],
                    "payment_method_id": free?})
            }
            "get_order_details" => json!({"order_id": id}),
            _ => json!({"user_id": order.user_id}),
        })
    }

    fn variant(&mut self, product: &str, fits: impl Fn(&Variant) -> bool) -> Option<Variant> {
        let all: Vec<_> = self.shop.products.get(product)?.variants.values().filter(|v| fits(v)).cloned().collect();
        self.pick(&all)
    }

    fn address(&mut self) -> Value {
        let number: u32 = self.dice.random_range(1..9_999);
        json!({"address1": format!("{number} Elm Street"), "address2": "", "city": "Portland", "state": "ME",
            "country": "USA", "zip": "04101"})
    }

    fn wrong_status(&mut self, tool: &'static str, by: &'static str) -> Option<Violation> {
        let right = right_status(tool);
        let address = tool == "modify_pending_order_address";
        let fair =
            self.fair(tool, |order| order.status != right && !(address && order.status == Status::ItemModified))?;
        Some(fair.breaks("each change is for orders of one status only", by))
    }

    fn second_change(&mut self, tool: &'static str, by: &'static str) -> Option<Violation> {
        let fair = self.fair(tool, |order| order.status == Status::ItemModified)?;
        Some(fair.breaks("once its items were changed, an order is changed or cancelled no more", by))
    }

    fn odd_reason(&mut self) -> Option<Violation> {
        let mut fair = self.fair("cancel_pending_order", |order| order.status == Status::Pending)?;
        let odd = ["found it cheaper", "changed my mind", "too expensive", "the colour is wrong", "a friend has one"];
        fair.args["reason"] = json!(self.pick(&odd)?);
        Some(fair.breaks("an order is cancelled because it is no longer needed or was a mistake", "door:arguments"))
    }

    /// Another customer's order: one that nobody said is theirs, or one that a stale identification still lists.
    fn somebody_elses(&mut self, tool: &'static str, listed: bool) -> Option<Violation> {
        let right = right_status(tool);
        let fair = self.fair(tool, |order| order.status == right || tool.starts_with("get"))?;
        let users: Vec<_> = self.shop.users.iter().filter(|(id, _)| *id != fair.user_id).collect();
        let (user_id, user) = self.pick(&users)?;
        let order = fair.order.order_id.clone();
        let by = if listed { "other-customer" } else { "built-in:default" };
        let mut broken = fair.breaks("a customer's orders are shown to and changed for that customer alone", by);
        broken.customer = Some(user_id.clone());
        broken.orders.clone_from(&user.orders);
        if listed {
            broken.orders.push(order);
        }
        Some(broken)
    }

    fn unasked(&mut self, tool: &'static str) -> Option<Violation> {
        let right = right_status(tool);
        let fair = self.fair(tool, |order| order.status == right)?;
        let rule = "the customer says yes to the exact change before it is made";
        Some(Violation { confirmed: false, ..fair.breaks(rule, "customer-confirms") })
    }

    fn unknown_customer(&mut self, tool: &'static str) -> Option<Violation> {
        let right = right_status(tool);
        let fair = self.fair(tool, |order| order.status == right)?;
        let rule = "the customer is identified before anything else";
        Some(Violation { customer: None, orders: Vec::new(), ..fair.breaks(rule, "built-in:default") })
    }

    fn other_product(&mut self, tool: &'static str, by: &'static str) -> Option<Violation> {
        let right = right_status(tool);
        let mut fair = self.fair(tool, |order| order.status == right)?;
        let here: Vec<&String> = fair.order.items.iter().map(|item| &item.product_id).collect();
        let shop = self.shop;
        let others: Vec<_> = shop.products.keys().filter(|id| !here.contains(id)).collect();
        let product = self.pick(&others)?;
        let new = self.variant(product, |variant| variant.available)?;
        fair.args["new_item_ids"] = json!([new.item_id]);
        Some(fair.breaks("an item becomes another version of the same product, never another product", by))
    }

    fn uneven(&mut self, tool: &'static str, by: &'static str) -> Option<Violation> {
        let right = right_status(tool);
        let mut fair = self.fair(tool, |order| order.status == right)?;
        let new = fair.args["new_item_ids"][0].clone();
        fair.args["new_item_ids"] = json!([new.clone(), new]);
        Some(fair.breaks("each item is changed for exactly one", by))
    }

    fn not_available(&mut self, tool: &'static str, by: &'static str) -> Option<Violation> {
        const TRIES: usize = 40;
        let right = right_status(tool);
        (0..TRIES).find_map(|_| {
            let mut fair = self.fair(tool, |order| order.status == right)?;
            let old = fair.args["item_ids"][0].as_str()?.to_owned();
            let product = &fair.order.items.iter().find(|item| item.item_id == old)?.product_id;
            let gone = self.variant(product, |variant| !variant.available && variant.item_id != old)?;
            fair.args["new_item_ids"] = json!([gone.item_id]);
            Some(fair.breaks("only what is available can be had", by))
        })
    }

    fn empty_gift_card(&mut self, tool: &'static str, by: &'static str) -> Option<Violation> {
        const TRIES: usize = 400;
        let right = right_status(tool);
        (0..TRIES).find_map(|_| {
            let mut fair = self.fair(tool, |order| order.status == right)?;
            let cards = fair.user.payment_methods.values().filter_map(|m| Some((m.id(), m.balance()?)));
            let (card, balance) = cards.min_by_key(|(_, balance)| *balance)?;
            let paid = fair.order.payment_history.first()?;
            let costs = match tool {
                "modify_pending_order_payment" => (paid.payment_method_id != card).then_some(paid.amount.0)?,
                _ => self.dearer(&fair)?,
            };
            fair.args["payment_method_id"] = json!(card);
            (balance.0 < costs).then(|| fair.breaks("a gift card pays no more than is left on it", by))
        })
    }

    /// What the change of items costs the customer.
    fn dearer(&self, fair: &Fair<'_>) -> Option<i64> {
        let (old, new) = (fair.args["item_ids"][0].as_str()?, fair.args["new_item_ids"][0].as_str()?);
        let item = fair.order.items.iter().find(|item| item.item_id == old)?;
        let variant = self.shop.products.get(&item.product_id)?.variants.get(new)?;
        Some(variant.price.0 - item.price.0)
    }

    fn others_payment(&mut self, tool: &'static str, by: &'static str) -> Option<Violation> {
        let right = right_status(tool);
        let mut fair = self.fair(tool, |order| order.status == right)?;
        let own = &fair.user.payment_methods;
        let shop = self.shop;
        let others: Vec<&String> = shop
            .users
            .values()
            .flat_map(|user| user.payment_methods.keys())
            .filter(|id| !own.contains_key(*id))
            .collect();
        fair.args["payment_method_id"] = json!(self.pick(&others)?);
        Some(fair.breaks("only the customer's own payment methods are used", by))
    }

    fn same_payment(&mut self) -> Option<Violation> {
        let mut fair = self.fair("modify_pending_order_payment", |order| order.status == Status::Pending)?;
        fair.args["payment_method_id"] = json!(fair.order.payment_history.first()?.payment_method_id);
        let by = "modify_pending_order_payment#payment-different";
        Some(fair.breaks("an order is paid by another method than before, or stays as it is", by))
    }

    fn refund_elsewhere(&mut self) -> Option<Violation> {
        const TRIES: usize = 400;
        (0..TRIES).find_map(|_| {
            let mut fair = self.fair("return_delivered_order_items", |order| order.status == Status::Delivered)?;
            let paid = &fair.order.payment_history.first()?.payment_method_id;
            let other = fair.user.payment_methods.values().find(|m| m.balance().is_none() && m.id() != paid)?;
            fair.args["payment_method_id"] = json!(other.id());
            let rule = "a refund goes to the original payment method or to a gift card";
            Some(fair.breaks(rule, "return_delivered_order_items#return-refund"))
        })
    }

    fn not_in_order(&mut self) -> Option<Violation> {
        let mut fair = self.fair("return_delivered_order_items", |order| order.status == Status::Delivered)?;
        let shop = self.shop;
        let bought: Vec<&String> = fair.order.items.iter().map(|item| &item.item_id).collect();
        let others: Vec<&String> = shop
            .products
            .values()
            .flat_map(|product| product.variants.keys())
            .filter(|id| !bought.contains(id))
            .collect();
        fair.args["item_ids"] = json!([self.pick(&others)?]);
        Some(fair.breaks("only what was bought comes back", "return_delivered_order_items#return-items"))
    }

    fn other_profile(&mut self, tool: &'static str, by: &'static str) -> Option<Violation> {
        let mut fair = self.fair(tool, |_| true)?;
        let users: Vec<_> = self.shop.users.keys().filter(|id| *id != fair.user_id).collect();
        fair.args["user_id"] = json!(self.pick(&users)?);
        Some(fair.breaks("a customer's profile is that customer's alone", by))
    }

    fn no_such_order(&mut self) -> Option<Violation> {
        let mut fair = self.fair("cancel_pending_order", |order| order.status == Status::Pending)?;
        let made_up = format!("#W{}", self.dice.random_range(1_000_000_u32..9_999_999));
        if self.shop.orders.contains_key(&made_up) {
            return None;
        }
        fair.args["order_id"] = json!(made_up);
        let mut broken = fair.breaks("what is not in the books is neither shown nor changed", "door:facts");
        broken.orders.push(made_up);
        Some(broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_same_seed_gives_the_same_violations_and_every_rule_is_among_them() {
        let shop = crate::shop::generate(1);
        let (one, two) = (violations(&shop, 1, 500), violations(&shop, 1, 500));
        let told = |all: &[Violation]| all.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>();
        assert_eq!(told(&one), told(&two));
        let rules: BTreeSet<_> = one.iter().map(|violation| violation.rule).collect();
        assert!(rules.len() >= 15, "{rules:#?}");
        assert_eq!(one.len(), 500);
    }
}
