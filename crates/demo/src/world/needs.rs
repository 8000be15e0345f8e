//! One need of one customer of the shop, and what must have come of it at the end.

use crate::shop::{Address, Call, Name, Order, Reason, Shop, User};
use serde::{Deserialize, Serialize};

/// What a customer wants, of seven kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedKind {
    /// Cancel a pending order.
    Cancel,
    /// Send items back.
    Return,
    /// Send items back for others.
    Exchange,
    /// Other versions of items of a pending order.
    ChangeItems,
    /// Another address for a pending order.
    ChangeAddress,
    /// Another payment method for a pending order.
    ChangePayment,
    /// Where is it?
    Status,
}

impl NeedKind {
    /// All seven.
    pub const ALL: [Self; 7] = [
        Self::Cancel,
        Self::Return,
        Self::Exchange,
        Self::ChangeItems,
        Self::ChangeAddress,
        Self::ChangePayment,
        Self::Status,
    ];

    /// The kind of need that a call serves.
    pub fn of(call: &Call) -> Self {
        match call {
            Call::CancelPendingOrder { .. } => Self::Cancel,
            Call::ReturnDeliveredOrderItems { .. } => Self::Return,
            Call::ExchangeDeliveredOrderItems { .. } => Self::Exchange,
            Call::ModifyPendingOrderItems { .. } => Self::ChangeItems,
            Call::ModifyPendingOrderAddress { .. } | Call::ModifyUserAddress { .. } => Self::ChangeAddress,
            Call::ModifyPendingOrderPayment { .. } => Self::ChangePayment,
        }
    }

    /// As in a table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Return => "return",
            Self::Exchange => "exchange",
            Self::ChangeItems => "change items",
            Self::ChangeAddress => "change address",
            Self::ChangePayment => "change payment",
            Self::Status => "status",
        }
    }
}

/// How the customer says who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifyBy {
    /// By e-mail address.
    Email,
    /// By name and zip code.
    NameZip,
}

/// How the customer behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Temper {
    /// Answers what is asked.
    Plain,
    /// Says no when asked to confirm: they have thought better of it.
    ChangesMind,
    /// Leaves a question unanswered for a while and comes back.
    GoesSilent,
    /// Asks for a person first.
    AsksForPerson,
}

/// What must come of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// The call is done once.
    Done,
    /// The policy forbids it: nothing changes, and the customer is told or gets a person.
    Refused,
    /// The customer is told; there is nothing to change.
    Told,
    /// The customer thinks better of it: nothing changes.
    LeftAsItWas,
}

/// One item and, if it is to become another, which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Name of the product.
    pub name: String,
    /// The order has other items of this product: the name alone does not say which.
    pub ambiguous: bool,
    /// Item id in the order.
    pub item_id: String,
    /// Values of its options, such as `slate`.
    pub values: Vec<String>,
    /// The new item's id and the values of its options.
    pub new: Option<(String, Vec<String>)>,
}

/// One thing that the customer wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Of which kind.
    pub kind: NeedKind,
    /// Which order, or none (their own address).
    pub order_id: Option<String>,
    /// What the shop would have to do; none for a question.
    pub call: Option<Call>,
    /// What must come of it.
    pub right: Right,
    /// The items it is about.
    pub wishes: Vec<Wish>,
}

impl Step {
    /// A step that asks for `call`.
    pub fn of(shop: &Shop, call: Call, right: Right) -> Self {
        let order_id = (!matches!(call, Call::ModifyUserAddress { .. })).then(|| call.target().to_owned());
        let order = order_id.as_ref().and_then(|id| shop.orders.get(id));
        let wishes = order.map(|order| wishes(shop, order, &call)).unwrap_or_default();
        Self { kind: NeedKind::of(&call), order_id, call: Some(call), right, wishes }
    }

    /// A question where an order is.
    pub fn status(order_id: &str) -> Self {
        Self {
            kind: NeedKind::Status,
            order_id: Some(order_id.to_owned()),
            call: None,
            right: Right::Told,
            wishes: Vec::new(),
        }
    }

    /// Why they cancel.
    pub fn reason(&self) -> Option<Reason> {
        match &self.call {
            Some(Call::CancelPendingOrder { reason, .. }) => Some(*reason),
            _ => None,
        }
    }

    /// The payment method they want used.
    pub fn payment_method_id(&self) -> Option<&str> {
        match self.call.as_ref()? {
            Call::ModifyPendingOrderItems { payment_method_id, .. }
            | Call::ModifyPendingOrderPayment { payment_method_id, .. }
            | Call::ReturnDeliveredOrderItems { payment_method_id, .. }
            | Call::ExchangeDeliveredOrderItems { payment_method_id, .. } => Some(payment_method_id),
            Call::CancelPendingOrder { .. }
            | Call::ModifyPendingOrderAddress { .. }
            | Call::ModifyUserAddress { .. } => None,
        }
    }

    /// The address they want used.
    pub fn address(&self) -> Option<Address> {
        match self.call.clone()? {
            Call::ModifyPendingOrderAddress { address1, address2, city, state, country, zip, .. }
            | Call::ModifyUserAddress { address1, address2, city, state, country, zip, .. } => {
                Some(Address { address1, address2, city, country, state, zip })
            }
            _ => None,
        }
    }
}

fn wishes(shop: &Shop, order: &Order, call: &Call) -> Vec<Wish> {
    let (old, new): (&[String], &[String]) = match call {
        Call::ModifyPendingOrderItems { item_ids, new_item_ids, .. }
        | Call::ExchangeDeliveredOrderItems { item_ids, new_item_ids, .. } => (item_ids, new_item_ids),
        Call::ReturnDeliveredOrderItems { item_ids, .. } => (item_ids, &[]),
        Call::CancelPendingOrder { .. }
        | Call::ModifyPendingOrderAddress { .. }
        | Call::ModifyPendingOrderPayment { .. }
        | Call::ModifyUserAddress { .. } => (&[], &[]),
    };
    let mut out = Vec::new();
    for (index, item_id) in old.iter().enumerate() {
        let Some(item) = order.items.iter().find(|item| item.item_id == *item_id) else { continue };
        let new = new.get(index).and_then(|id| {
            let variant = shop.products.get(&item.product_id)?.variants.get(id)?;
            Some((id.clone(), variant.options.values().cloned().collect()))
        });
        out.push(Wish {
            name: item.name.clone(),
            ambiguous: order.items.iter().filter(|other| other.product_id == item.product_id).count() > 1,
            item_id: item_id.clone(),
            values: item.options.values().cloned().collect(),
            new,
        });
    }
    out
}

/// What an order or user must be at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The user.
    pub user: User,
    /// The orders that the need is about.
    pub orders: Vec<Order>,
}

/// One need of one customer, from first message to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Such as `need-017`.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// Their name.
    pub name: Name,
    /// Their e-mail address.
    pub email: String,
    /// Their zip code.
    pub zip: String,
    /// How they say who they are.
    pub identify_by: IdentifyBy,
    /// How they behave.
    pub temper: Temper,
    /// What they want, in this order.
    pub steps: Vec<Step>,
    /// Their first message.
    pub opening: String,
    /// What must be at the end.
    pub expected: Expected,
    /// Seed of what they say later.
    pub seed: u64,
}
