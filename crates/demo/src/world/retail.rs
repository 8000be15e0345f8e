//! Five hundred needs of the generated shop's customers: one each, so that no need touches another's order or card.

use super::needs::{Expected, IdentifyBy, Need, NeedKind, Right, Step, Temper};
use super::retail_words::opening;
use crate::shop::{Call, Order, PaymentMethod, Reason, Shop, Status, User, Variant, apply, generate};
use crate::words::{self, digits, pick, zip};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// Needs of a world.
pub const NEED_COUNT: usize = 500;

/// Share of needs that the policy must refuse.
const REFUSED_SHARE: f64 = 0.14;

/// A shop and the needs of its customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetailWorld {
    /// The shop at the start.
    pub shop: Shop,
    /// The shop when every need has come to its right end.
    pub end: Shop,
    /// The needs.
    pub needs: Vec<Need>,
}

/// Makes the world of a seed; its shop is `shop::generate(seed)`.
pub fn retail(seed: u64) -> RetailWorld {
    let shop = generate(seed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0eed5);
    let mut end = shop.clone();
    let mut used: BTreeMap<NeedKind, usize> = BTreeMap::new();
    let mut needs = Vec::with_capacity(NEED_COUNT);
    let user_ids: Vec<String> = shop.users.keys().take(NEED_COUNT).cloned().collect();
    for (number, user_id) in user_ids.iter().enumerate() {
        let mut step = step(&mut rng, &shop, user_id, &used);
        *used.entry(step.kind).or_default() += 1;
        let temper = temper(&mut rng, &step);
        if temper == Temper::ChangesMind {
            step.right = Right::LeftAsItWas;
        }
        if let (Right::Done, Some(call)) = (step.right, &step.call) {
            // A wish that the shop's rules refuse would be a fault of this generator.
            if let Err(refusal) = apply(&mut end, call) {
                debug_assert!(false, "{user_id}: {refusal:?}");
                step.right = Right::Refused;
            }
        }
        needs.push(need(&mut rng, &shop, number, user_id, step, temper));
    }
    // Only now: a need about somebody else's order ends where that order's owner leaves it.
    for need in &mut needs {
        need.expected = expected(&end, &need.user_id, &need.steps);
    }
    RetailWorld { shop, end, needs }
}

fn need(rng: &mut ChaCha8Rng, shop: &Shop, number: usize, user_id: &str, step: Step, temper: Temper) -> Need {
    let user = &shop.users[user_id];
    let mut need = Need {
        id: format!("need-{:03}", number + 1),
        user_id: user_id.to_owned(),
        name: user.name.clone(),
        email: user.email.clone(),
        zip: user.address.zip.clone(),
        identify_by: if rng.random_bool(0.5) { IdentifyBy::Email } else { IdentifyBy::NameZip },
        temper,
        expected: expected(shop, user_id, std::slice::from_ref(&step)),
        steps: vec![step],
        opening: String::new(),
        seed: rng.random(),
    };
    need.opening = opening(&need);
    need
}

/// What the shop says of a user and of the orders of some steps.
pub(super) fn expected(shop: &Shop, user_id: &str, steps: &[Step]) -> Expected {
    let ids: BTreeSet<&String> = steps.iter().filter_map(|step| step.order_id.as_ref()).collect();
    let orders = ids.into_iter().filter_map(|id| shop.orders.get(id)).cloned().collect();
    Expected { user: shop.users[user_id].clone(), orders }
}

fn temper(rng: &mut ChaCha8Rng, step: &Step) -> Temper {
    match rng.random_range(0..100) {
        0..8 if step.right == Right::Done => Temper::ChangesMind,
        8..16 => Temper::GoesSilent,
        16..22 => Temper::AsksForPerson,
        _ => Temper::Plain,
    }
}

/// The least used kind that this customer's orders allow, or a wish that must be refused.
fn step(rng: &mut ChaCha8Rng, shop: &Shop, user_id: &str, used: &BTreeMap<NeedKind, usize>) -> Step {
    let user = &shop.users[user_id];
    if rng.random_bool(REFUSED_SHARE)
        && let Some(step) = forbidden(rng, shop, user_id, user)
    {
        return step;
    }
    let mut best: Option<(usize, Step)> = None;
    for id in &user.orders {
        let order = &shop.orders[id];
        for kind in NeedKind::ALL {
            let count = used.get(&kind).copied().unwrap_or(0);
            if best.as_ref().is_some_and(|(least, _)| *least <= count) {
                continue;
            }
            if let Some(step) = wish(rng, shop, user, order, kind) {
                best = Some((count, step));
            }
        }
    }
    best.map_or_else(|| Step::status(&user.orders[0]), |(_, step)| step)
}

/// A step of `kind` that the policy allows on this order, if there is one.
fn wish(rng: &mut ChaCha8Rng, shop: &Shop, user: &User, order: &Order, kind: NeedKind) -> Option<Step> {
    if kind == NeedKind::Status {
        return Some(Step::status(&order.order_id));
    }
    let call = call_for(rng, shop, user, order, kind)?;
    // The shop's own rules say whether it can be; they work on a copy of what they touch.
    let mut trial = Shop {
        users: BTreeMap::from([(order.user_id.clone(), user.clone())]),
        orders: BTreeMap::from([(order.order_id.clone(), order.clone())]),
        products: order
            .items
            .iter()
            .filter_map(|item| Some((item.product_id.clone(), shop.products.get(&item.product_id)?.clone())))
            .collect(),
    };
    apply(&mut trial, &call).ok()?;
    Some(Step::of(shop, call, Right::Done))
}

/// A call of `kind` on this order, whether or not it may be.
fn call_for(rng: &mut ChaCha8Rng, shop: &Shop, user: &User, order: &Order, kind: NeedKind) -> Option<Call> {
    let order_id = order.order_id.clone();
    let paid = order.payment_history[0].payment_method_id.clone();
    let count = rng.random_range(1..=order.items.len().min(2));
    let item_ids: Vec<String> = order.items[..count].iter().map(|item| item.item_id.clone()).collect();
    Some(match kind {
        NeedKind::Cancel => {
            let reason = *pick(rng, &[Reason::NoLongerNeeded, Reason::OrderedByMistake]);
            Call::CancelPendingOrder { order_id, reason }
        }
        NeedKind::Return => {
            let gift = user.payment_methods.values().find(|m| matches!(m, PaymentMethod::GiftCard { .. }));
            let to_gift = gift.filter(|_| rng.random_bool(0.3)).map(|m| m.id().to_owned());
            Call::ReturnDeliveredOrderItems { order_id, item_ids, payment_method_id: to_gift.unwrap_or(paid) }
        }
        NeedKind::Exchange | NeedKind::ChangeItems => {
            let mut new_item_ids = Vec::new();
            for item in &order.items[..count] {
                let variants = shop.products[&item.product_id].variants.values();
                let others: Vec<&Variant> = variants.filter(|v| v.available && v.item_id != item.item_id).collect();
                if others.is_empty() {
                    return None;
                }
                new_item_ids.push(pick(rng, &others).item_id.clone());
            }
            let methods: Vec<&String> = user.payment_methods.keys().collect();
            let payment_method_id = (*pick(rng, &methods)).clone();
            if kind == NeedKind::Exchange {
                Call::ExchangeDeliveredOrderItems { order_id, item_ids, new_item_ids, payment_method_id }
            } else {
                Call::ModifyPendingOrderItems { order_id, item_ids, new_item_ids, payment_method_id }
            }
        }
        NeedKind::ChangeAddress => {
            let (city, state, prefix) = pick(rng, words::CITIES_EN);
            let flat = if rng.random_bool(0.5) { format!("Apt {}", digits(rng, 2)) } else { String::new() };
            Call::ModifyPendingOrderAddress {
                order_id,
                address1: format!("{} {}", rng.random_range(1..990), pick(rng, words::STREETS_EN)),
                address2: flat,
                city: (*city).to_owned(),
                state: (*state).to_owned(),
                country: "USA".to_owned(),
                zip: zip(rng, prefix),
            }
        }
        NeedKind::ChangePayment => {
            let others: Vec<&String> = user.payment_methods.keys().filter(|id| **id != paid).collect();
            let payment_method_id = (*others.first()?).clone();
            Call::ModifyPendingOrderPayment { order_id, payment_method_id }
        }
        NeedKind::Status => return None,
    })
}

/// A wish that the policy must refuse: the wrong status, a card that cannot pay, or somebody else's order.
fn forbidden(rng: &mut ChaCha8Rng, shop: &Shop, user_id: &str, user: &User) -> Option<Step> {
    let foreign = rng.random_bool(0.2);
    let kind = *pick(rng, &NeedKind::ALL[..6]);
    let order = if foreign {
        let orders: Vec<&Order> = shop.orders.values().filter(|o| o.user_id != user_id && fits(o, kind)).collect();
        *pick(rng, &orders)
    } else {
        user.orders.iter().map(|id| &shop.orders[id]).find(|o| !fits(o, kind))?
    };
    let owner = &shop.users[&order.user_id];
    let call = call_for(rng, shop, owner, order, kind)?;
    Some(Step::of(shop, call, Right::Refused))
}

fn fits(order: &Order, kind: NeedKind) -> bool {
    match kind {
        NeedKind::Return | NeedKind::Exchange => order.status == Status::Delivered,
        NeedKind::Cancel | NeedKind::ChangeItems | NeedKind::ChangeAddress | NeedKind::ChangePayment => {
            order.status == Status::Pending
        }
        NeedKind::Status => true,
    }
}
