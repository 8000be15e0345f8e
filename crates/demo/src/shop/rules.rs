//! What each operation of the shop does to its state. Pure: the clock, the network and the journal are elsewhere.
//!
//! The shop enforces what the published tools enforce and no more; the rest of the written policy
//! (whose order it is, that the customer said yes) is the caller's to keep.

use super::model::{Address, Cents, Order, Payment, PaymentMethod, Shop, Status, Transaction, User, Variant};
use crate::serve::{Done, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Why a pending order is cancelled: the two reasons that the shop knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// The customer does not want it any more.
    #[serde(rename = "no longer needed")]
    NoLongerNeeded,
    /// The customer never meant to order it.
    #[serde(rename = "ordered by mistake")]
    OrderedByMistake,
}

impl Reason {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoLongerNeeded => "no longer needed",
            Self::OrderedByMistake => "ordered by mistake",
        }
    }
}

/// One operation with its arguments, named as the published tools are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", content = "args", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Call {
    CancelPendingOrder {
        order_id: String,
        reason: Reason,
    },
    ModifyPendingOrderItems {
        order_id: String,
        item_ids: Vec<String>,
        new_item_ids: Vec<String>,
        payment_method_id: String,
    },
    ModifyPendingOrderAddress {
        order_id: String,
        address1: String,
        address2: String,
        city: String,
        state: String,
        country: String,
        zip: String,
    },
    ModifyPendingOrderPayment {
        order_id: String,
        payment_method_id: String,
    },
    ReturnDeliveredOrderItems {
        order_id: String,
        item_ids: Vec<String>,
        payment_method_id: String,
    },
    ExchangeDeliveredOrderItems {
        order_id: String,
        item_ids: Vec<String>,
        new_item_ids: Vec<String>,
        payment_method_id: String,
    },
    ModifyUserAddress {
        user_id: String,
        address1: String,
        address2: String,
        city: String,
        state: String,
        country: String,
        zip: String,
    },
}

impl Call {
    /// The operation's name.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::CancelPendingOrder { .. } => "cancel_pending_order",
            Self::ModifyPendingOrderItems { .. } => "modify_pending_order_items",
            Self::ModifyPendingOrderAddress { .. } => "modify_pending_order_address",
            Self::ModifyPendingOrderPayment { .. } => "modify_pending_order_payment",
            Self::ReturnDeliveredOrderItems { .. } => "return_delivered_order_items",
            Self::ExchangeDeliveredOrderItems { .. } => "exchange_delivered_order_items",
            Self::ModifyUserAddress { .. } => "modify_user_address",
        }
    }

    /// The order or user it changes.
    pub fn target(&self) -> &str {
        match self {
            Self::CancelPendingOrder { order_id, .. }
            | Self::ModifyPendingOrderItems { order_id, .. }
            | Self::ModifyPendingOrderAddress { order_id, .. }
            | Self::ModifyPendingOrderPayment { order_id, .. }
            | Self::ReturnDeliveredOrderItems { order_id, .. }
            | Self::ExchangeDeliveredOrderItems { order_id, .. } => order_id,
            Self::ModifyUserAddress { user_id, .. } => user_id,
        }
    }
}

/// Does one operation, or says why not and changes nothing.
pub fn apply(shop: &mut Shop, call: &Call) -> Result<Done, Refusal> {
    let body = match call.clone() {
        Call::CancelPendingOrder { order_id, reason } => cancel(shop, &order_id, reason)?,
        Call::ModifyPendingOrderItems { order_id, item_ids, new_item_ids, payment_method_id } => {
            modify_items(shop, &order_id, &Swap { item_ids, new_item_ids, payment_method_id })?
        }
        Call::ModifyPendingOrderAddress { order_id, address1, address2, city, state, country, zip } => {
            modify_address(shop, &order_id, Address { address1, address2, city, country, state, zip })?
        }
        Call::ModifyPendingOrderPayment { order_id, payment_method_id } => {
            modify_payment(shop, &order_id, &payment_method_id)?
        }
        Call::ReturnDeliveredOrderItems { order_id, item_ids, payment_method_id } => {
            give_back(shop, &order_id, item_ids, payment_method_id)?
        }
        Call::ExchangeDeliveredOrderItems { order_id, item_ids, new_item_ids, payment_method_id } => {
            exchange(shop, &order_id, Swap { item_ids, new_item_ids, payment_method_id })?
        }
        Call::ModifyUserAddress { user_id, address1, address2, city, state, country, zip } => {
            let user = shop.users.get_mut(&user_id).ok_or_else(|| Refusal::not_found("user", &user_id))?;
            user.address = Address { address1, address2, city, country, state, zip };
            user_body(&user_id, user)
        }
    };
    Ok(Done { operation: call.operation(), target: call.target().to_owned(), body })
}

/// A user as the API shows it: the profile with its id.
pub(super) fn user_body(user_id: &str, user: &User) -> Value {
    json!({
        "user_id": user_id, "name": user.name, "address": user.address, "email": user.email,
        "payment_methods": user.payment_methods, "orders": user.orders,
    })
}

/// Items for other items of the same products, and who pays the difference.
struct Swap {
    item_ids: Vec<String>,
    new_item_ids: Vec<String>,
    payment_method_id: String,
}

fn order_in<'a>(shop: &'a mut Shop, id: &str, status: Status) -> Result<(&'a mut Order, &'a mut User), Refusal> {
    let order = shop.orders.get_mut(id).ok_or_else(|| Refusal::not_found("order", id))?;
    if order.status != status {
        let detail = format!("order {id} is '{}'; this needs '{}'", order.status.as_str(), status.as_str());
        return Err(Refusal::conflict("wrong order status", detail));
    }
    let user = shop.users.get_mut(&order.user_id).ok_or_else(|| Refusal::not_found("user", &order.user_id))?;
    Ok((order, user))
}

fn method<'a>(user: &'a User, id: &str) -> Result<&'a PaymentMethod, Refusal> {
    user.payment_methods.get(id).ok_or_else(|| {
        Refusal::invalid("unknown payment method", format!("the owner of the order has no payment method '{id}'"))
    })
}

fn add_to_gift_card(user: &mut User, id: &str, amount: Cents) {
    if let Some(PaymentMethod::GiftCard { balance, .. }) = user.payment_methods.get_mut(id) {
        balance.0 += amount.0;
    }
}

fn must_cover(method: &PaymentMethod, amount: Cents) -> Result<(), Refusal> {
    match method.balance() {
        Some(balance) if balance < amount => {
            Err(Refusal::conflict("gift card balance too low", format!("{balance} on the card, {amount} needed")))
        }
        _ => Ok(()),
    }
}

fn must_hold(order: &Order, item_ids: &[String]) -> Result<(), Refusal> {
    if item_ids.is_empty() {
        return Err(Refusal::invalid("no items", "name at least one item of the order"));
    }
    for id in item_ids {
        let asked = item_ids.iter().filter(|other| *other == id).count();
        let held = order.items.iter().filter(|item| item.item_id == *id).count();
        if asked > held {
            return Err(Refusal::invalid("item not in the order", format!("{asked} of item {id} asked, {held} there")));
        }
    }
    Ok(())
}

fn body_of(order: &Order) -> Value {
    serde_json::to_value(order).unwrap_or(Value::Null)
}

fn cancel(shop: &mut Shop, id: &str, reason: Reason) -> Result<Value, Refusal> {
    let (order, user) = order_in(shop, id, Status::Pending)?;
    // As published, every entry of the history is refunded, whatever its own direction.
    let refunds: Vec<Payment> =
        order.payment_history.iter().map(|p| Payment { transaction_type: Transaction::Refund, ..p.clone() }).collect();
    for refund in &refunds {
        add_to_gift_card(user, &refund.payment_method_id, refund.amount);
    }
    order.status = Status::Cancelled;
    order.cancel_reason = Some(reason.as_str().to_owned());
    order.payment_history.extend(refunds);
    Ok(body_of(order))
}

/// New price less old price of a swap, or why it cannot be.
fn price_difference(shop: &Shop, order: &Order, swap: &Swap) -> Result<Cents, Refusal> {
    must_hold(order, &swap.item_ids)?;
    if swap.item_ids.len() != swap.new_item_ids.len() {
        let detail = format!("{} items for {} new items", swap.item_ids.len(), swap.new_item_ids.len());
        return Err(Refusal::invalid("each item needs one new item", detail));
    }
    let mut difference = 0;
    for (old, new) in swap.item_ids.iter().zip(&swap.new_item_ids) {
        let item = order.items.iter().find(|item| item.item_id == *old);
        let Some(item) = item else { return Err(Refusal::invalid("item not in the order", old.clone())) };
        let variant = shop.products.get(&item.product_id).and_then(|p| p.variants.get(new));
        match variant {
            Some(variant) if variant.available => difference += variant.price.0 - item.price.0,
            _ => {
                let detail = format!("item {new} is not an available version of product {}", item.product_id);
                return Err(Refusal::conflict("new item not available", detail));
            }
        }
    }
    Ok(Cents(difference))
}

/// The difference of a swap that may be done: status, items, availability, payment method and balance are right.
fn judge_swap(shop: &mut Shop, id: &str, status: Status, swap: &Swap) -> Result<Cents, Refusal> {
    order_in(shop, id, status)?;
    let order = shop.orders.get(id).ok_or_else(|| Refusal::not_found("order", id))?;
    let difference = price_difference(shop, order, swap)?;
    let user = shop.users.get(&order.user_id).ok_or_else(|| Refusal::not_found("user", &order.user_id))?;
    must_cover(method(user, &swap.payment_method_id)?, difference)?;
    Ok(difference)
}

fn modify_items(shop: &mut Shop, id: &str, swap: &Swap) -> Result<Value, Refusal> {
    let difference = judge_swap(shop, id, Status::Pending, swap)?;
    let products = variants(shop, &swap.new_item_ids);
    let (order, user) = order_in(shop, id, Status::Pending)?;
    order.payment_history.push(Payment {
        transaction_type: if difference.0 > 0 { Transaction::Payment } else { Transaction::Refund },
        amount: Cents(difference.0.abs()),
        payment_method_id: swap.payment_method_id.clone(),
    });
    add_to_gift_card(user, &swap.payment_method_id, Cents(-difference.0));
    for ((old, new), variant) in swap.item_ids.iter().zip(&swap.new_item_ids).zip(products) {
        if let Some(item) = order.items.iter_mut().find(|item| item.item_id == *old) {
            item.item_id.clone_from(new);
            item.price = variant.price;
            item.options = variant.options;
        }
    }
    order.status = Status::ItemModified;
    Ok(body_of(order))
}

fn variants(shop: &Shop, item_ids: &[String]) -> Vec<Variant> {
    item_ids.iter().filter_map(|id| shop.products.values().find_map(|p| p.variants.get(id)).cloned()).collect()
}

fn modify_address(shop: &mut Shop, id: &str, address: Address) -> Result<Value, Refusal> {
    let (order, _) = order_in(shop, id, Status::Pending)?;
    order.address = address;
    Ok(body_of(order))
}

fn modify_payment(shop: &mut Shop, id: &str, to: &str) -> Result<Value, Refusal> {
    let (order, user) = order_in(shop, id, Status::Pending)?;
    let new = method(user, to)?;
    let [first] = order.payment_history.as_slice() else {
        return Err(Refusal::conflict("payment was changed before", "an order's payment method changes at most once"));
    };
    if first.transaction_type != Transaction::Payment {
        return Err(Refusal::conflict("payment was changed before", "the order has no open payment"));
    }
    if first.payment_method_id == to {
        return Err(Refusal::conflict("same payment method", "choose another than the present payment method"));
    }
    let (amount, from) = (first.amount, first.payment_method_id.clone());
    must_cover(new, amount)?;
    let entry = |transaction_type, id: &str| Payment { transaction_type, amount, payment_method_id: id.to_owned() };
    order.payment_history.push(entry(Transaction::Payment, to));
    order.payment_history.push(entry(Transaction::Refund, &from));
    add_to_gift_card(user, to, Cents(-amount.0));
    add_to_gift_card(user, &from, amount);
    Ok(body_of(order))
}

fn give_back(shop: &mut Shop, id: &str, mut item_ids: Vec<String>, to: String) -> Result<Value, Refusal> {
    let (order, user) = order_in(shop, id, Status::Delivered)?;
    let gift_card = method(user, &to)?.balance().is_some();
    let original = order.payment_history.first().is_some_and(|p| p.payment_method_id == to);
    if !gift_card && !original {
        let detail = "a refund goes to the original payment method or to a gift card";
        return Err(Refusal::conflict("refund to another payment method", detail));
    }
    must_hold(order, &item_ids)?;
    item_ids.sort();
    order.status = Status::ReturnRequested;
    order.return_items = Some(item_ids);
    order.return_payment_method_id = Some(to);
    Ok(body_of(order))
}

fn exchange(shop: &mut Shop, id: &str, mut swap: Swap) -> Result<Value, Refusal> {
    let difference = judge_swap(shop, id, Status::Delivered, &swap)?;
    let (order, _) = order_in(shop, id, Status::Delivered)?;
    swap.item_ids.sort();
    swap.new_item_ids.sort();
    order.status = Status::ExchangeRequested;
    order.exchange_items = Some(swap.item_ids);
    order.exchange_new_items = Some(swap.new_item_ids);
    order.exchange_payment_method_id = Some(swap.payment_method_id);
    order.exchange_price_difference = Some(difference);
    Ok(body_of(order))
}
