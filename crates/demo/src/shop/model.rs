//! The shop's data. Prices are cents inside and decimal numbers on the wire, as the published schema has them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// An amount in US cents. Written as a decimal number (`47.84`), read from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Cents(pub i64);

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        // Two decimals of any sum below 10^13 survive the trip through a double.
        #[allow(clippy::cast_precision_loss)]
        s.serialize_f64(self.0 as f64 / 100.0)
    }
}

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(d)?;
        if !number.is_finite() || number.abs() > 1e12 {
            return Err(serde::de::Error::custom("an amount must be a number below 10^12"));
        }
        #[allow(clippy::cast_possible_truncation)]
        Ok(Self((number * 100.0).round() as i64))
    }
}

impl std::fmt::Display for Cents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let abs = self.0.unsigned_abs();
        write!(f, "{sign}${}.{:02}", abs / 100, abs % 100)
    }
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Street and number.
    pub address1: String,
    /// Flat or suite; may be empty.
    pub address2: String,
    /// City.
    pub city: String,
    /// Country, such as `USA`.
    pub country: String,
    /// State, such as `ME`.
    pub state: String,
    /// Zip code.
    pub zip: String,
}

/// A person's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
}

/// How a user pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum PaymentMethod {
    /// A credit card.
    CreditCard {
        /// Such as `visa`.
        brand: String,
        /// Last four digits.
        last_four: String,
        /// `credit_card_` and digits.
        id: String,
    },
    /// A gift card with money on it.
    GiftCard {
        /// What is left on it.
        balance: Cents,
        /// `gift_card_` and digits.
        id: String,
    },
    /// A PayPal account.
    Paypal {
        /// `paypal_` and digits.
        id: String,
    },
}

impl PaymentMethod {
    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::CreditCard { id, .. } | Self::GiftCard { id, .. } | Self::Paypal { id } => id,
        }
    }
    /// What is left on it; `None` where nothing limits it.
    pub fn balance(&self) -> Option<Cents> {
        match self {
            Self::GiftCard { balance, .. } => Some(*balance),
            Self::CreditCard { .. } | Self::Paypal { .. } => None,
        }
    }
}

/// A customer's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Name.
    pub name: Name,
    /// Default address.
    pub address: Address,
    /// E-mail address.
    pub email: String,
    /// By id.
    pub payment_methods: BTreeMap<String, PaymentMethod>,
    /// Order ids, oldest first.
    pub orders: Vec<String>,
}

/// One thing in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Name of the product.
    pub name: String,
    /// The product.
    pub product_id: String,
    /// The variant.
    pub item_id: String,
    /// What was paid for it.
    pub price: Cents,
    /// Such as `color: blue`.
    pub options: BTreeMap<String, String>,
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fulfillment {
    /// The carrier's numbers.
    pub tracking_id: Vec<String>,
    /// What is in it.
    pub item_ids: Vec<String>,
}

/// Which way money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transaction {
    /// From the customer.
    Payment,
    /// To the customer.
    Refund,
}

/// One movement of money of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Which way.
    pub transaction_type: Transaction,
    /// How much, never negative.
    pub amount: Cents,
    /// By which payment method.
    pub payment_method_id: String,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Not packed yet.
    #[serde(rename = "pending")]
    Pending,
    /// Not packed yet, and its items were changed: nothing else may be.
    #[serde(rename = "pending (item modified)")]
    ItemModified,
    /// Packed.
    #[serde(rename = "processed")]
    Processed,
    /// With the customer.
    #[serde(rename = "delivered")]
    Delivered,
    /// Given up.
    #[serde(rename = "cancelled")]
    Cancelled,
    /// The customer sends items back.
    #[serde(rename = "return requested")]
    ReturnRequested,
    /// The customer sends items back for others.
    #[serde(rename = "exchange requested")]
    ExchangeRequested,
}

impl Status {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::ItemModified => "pending (item modified)",
            Self::Processed => "processed",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
            Self::ReturnRequested => "return requested",
            Self::ExchangeRequested => "exchange requested",
        }
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// `#W` and seven digits.
    pub order_id: String,
    /// Whose.
    pub user_id: String,
    /// Where it goes.
    pub address: Address,
    /// What is in it; an item id may come twice.
    pub items: Vec<Item>,
    /// Its parcels.
    pub fulfillments: Vec<Fulfillment>,
    /// Where it stands.
    pub status: Status,
    /// Every movement of money, oldest first.
    pub payment_history: Vec<Payment>,
    /// Why it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    /// Items that come back, sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_items: Option<Vec<String>>,
    /// Where the refund of a return goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_payment_method_id: Option<String>,
    /// Items that come back for others, sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_items: Option<Vec<String>>,
    /// The others, sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_new_items: Option<Vec<String>>,
    /// Who pays or receives the difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_payment_method_id: Option<String>,
    /// New price less old price; negative is owed to the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_price_difference: Option<Cents>,
}

/// One version of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Its id.
    pub item_id: String,
    /// Such as `size: M`.
    pub options: BTreeMap<String, String>,
    /// Whether it can be ordered now.
    pub available: bool,
    /// Price.
    pub price: Cents,
}

/// A kind of thing that the shop sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Name.
    pub name: String,
    /// Its id.
    pub product_id: String,
    /// By item id.
    pub variants: BTreeMap<String, Variant>,
}

/// All that the shop knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Shop {
    /// By user id.
    pub users: BTreeMap<String, User>,
    /// By order id.
    pub orders: BTreeMap<String, Order>,
    /// By product id.
    pub products: BTreeMap<String, Product>,
}
