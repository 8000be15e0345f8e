//! The seeded shop: the same seed makes the same users, orders and products, to the byte.

use super::catalogue::{KINDS, Kind};
use super::model::{
    Address, Cents, Fulfillment, Item, Name, Order, Payment, PaymentMethod, Product, Shop, Status, Transaction, User,
    Variant,
};
use crate::words::{self, digits, pick, zip};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// Users of a generated shop.
pub const USER_COUNT: usize = 500;
/// Orders of a generated shop.
pub const ORDER_COUNT: usize = 1_000;
/// Most versions of one product.
const VARIANTS_MAX: usize = 14;
/// Most items in one order.
const ITEMS_MAX: usize = 5;

/// Makes the shop of a seed.
pub fn generate(seed: u64) -> Shop {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5408);
    let mut ids = BTreeSet::new();
    let mut shop = Shop::default();
    for kind in KINDS {
        let product = product(&mut rng, &mut ids, kind);
        shop.products.insert(product.product_id.clone(), product);
    }
    while shop.users.len() < USER_COUNT {
        let (id, user) = user(&mut rng, &mut ids);
        // Name and zip code identify a customer: no two may share both.
        let who = format!("{} {} {}", user.name.first_name, user.name.last_name, user.address.zip);
        if ids.insert(who) {
            shop.users.entry(id).or_insert(user);
        }
    }
    add_orders(&mut rng, &mut ids, &mut shop);
    shop
}

/// A new number of `len` digits behind `prefix`.
fn fresh(rng: &mut ChaCha8Rng, ids: &mut BTreeSet<String>, prefix: &str, len: u32) -> String {
    loop {
        let id = format!("{prefix}{}", digits(rng, len));
        if ids.insert(id.clone()) {
            return id;
        }
    }
}

fn product(rng: &mut ChaCha8Rng, ids: &mut BTreeSet<String>, kind: &Kind) -> Product {
    let (name, low, high, axes) = kind;
    let mut all: Vec<BTreeMap<String, String>> = vec![BTreeMap::new()];
    for (axis, values) in *axes {
        let mut wider = Vec::new();
        for options in &all {
            for value in *values {
                let mut more = options.clone();
                more.insert((*axis).to_owned(), (*value).to_owned());
                wider.push(more);
            }
        }
        all = wider;
    }
    all.shuffle(rng);
    all.truncate(VARIANTS_MAX);
    let product_id = fresh(rng, ids, "", 10);
    let base = rng.random_range(*low..*high);
    let mut variants = BTreeMap::new();
    for (index, options) in all.into_iter().enumerate() {
        let item_id = fresh(rng, ids, "", 10);
        let price = Cents((base * rng.random_range(90..=115) / 100).max(500) + rng.random_range(0..100));
        // The first two can always be ordered, so that every product can be exchanged for something.
        let available = index < 2 || rng.random_bool(0.8);
        variants.insert(item_id.clone(), Variant { item_id, options, available, price });
    }
    Product { name: (*name).to_owned(), product_id, variants }
}

fn address(rng: &mut ChaCha8Rng) -> Address {
    let (city, state, prefix) = pick(rng, words::CITIES_EN);
    let suite = if rng.random_bool(0.5) { format!("Apt {}", rng.random_range(1..400)) } else { String::new() };
    Address {
        address1: format!("{} {}", rng.random_range(1..990), pick(rng, words::STREETS_EN)),
        address2: suite,
        city: (*city).to_owned(),
        country: "USA".to_owned(),
        state: (*state).to_owned(),
        zip: zip(rng, prefix),
    }
}

fn payment_methods(rng: &mut ChaCha8Rng, ids: &mut BTreeSet<String>) -> BTreeMap<String, PaymentMethod> {
    let mut kinds = [0, 1, 2];
    kinds.shuffle(rng);
    let mut methods = BTreeMap::new();
    for kind in &kinds[..rng.random_range(1..=3)] {
        let method = match kind {
            0 => PaymentMethod::CreditCard {
                brand: (*pick(rng, &["visa", "mastercard"])).to_owned(),
                last_four: digits(rng, 4),
                id: fresh(rng, ids, "credit_card_", 7),
            },
            1 => PaymentMethod::GiftCard {
                balance: Cents(rng.random_range(0..100) * 100),
                id: fresh(rng, ids, "gift_card_", 7),
            },
            _ => PaymentMethod::Paypal { id: fresh(rng, ids, "paypal_", 7) },
        };
        methods.insert(method.id().to_owned(), method);
    }
    methods
}

fn user(rng: &mut ChaCha8Rng, ids: &mut BTreeSet<String>) -> (String, User) {
    let first = (*pick(rng, words::GIVEN_EN)).to_owned();
    let last = (*pick(rng, words::FAMILY_EN)).to_owned();
    let (low_first, low_last) = (words::ascii(&first), words::ascii(&last));
    let id = fresh(rng, ids, &format!("{low_first}_{low_last}_"), 4);
    let email = fresh(rng, ids, &format!("{low_first}.{low_last}"), 4) + "@example.com";
    let user = User {
        name: Name { first_name: first, last_name: last },
        address: address(rng),
        email,
        payment_methods: payment_methods(rng, ids),
        orders: Vec::new(),
    };
    (id, user)
}

fn add_orders(rng: &mut ChaCha8Rng, ids: &mut BTreeSet<String>, shop: &mut Shop) {
    let user_ids: Vec<String> = shop.users.keys().cloned().collect();
    let products: Vec<Product> = shop.products.values().cloned().collect();
    for number in 0..ORDER_COUNT {
        // Everyone has one order before anyone has two.
        let user_id = user_ids.get(number).unwrap_or_else(|| pick(rng, &user_ids)).clone();
        let order_id = fresh(rng, ids, "#W", 7);
        let Some(user) = shop.users.get_mut(&user_id) else { continue };
        let order = order(rng, ids, &products, user, &order_id, &user_id);
        user.orders.push(order_id.clone());
        shop.orders.insert(order_id, order);
    }
}

fn items(rng: &mut ChaCha8Rng, products: &[Product]) -> Vec<Item> {
    let count = rng.random_range(1..=ITEMS_MAX);
    let mut items: Vec<Item> = Vec::with_capacity(count);
    while items.len() < count {
        let product = pick(rng, products);
        if items.iter().any(|item| item.product_id == product.product_id) {
            continue;
        }
        let variants: Vec<&Variant> = product.variants.values().collect();
        let variant = pick(rng, &variants);
        items.push(Item {
            name: product.name.clone(),
            product_id: product.product_id.clone(),
            item_id: variant.item_id.clone(),
            price: variant.price,
            options: variant.options.clone(),
        });
    }
    items
}

fn order(
    rng: &mut ChaCha8Rng,
    ids: &mut BTreeSet<String>,
    products: &[Product],
    user: &User,
    order_id: &str,
    user_id: &str,
) -> Order {
    let items = items(rng, products);
    let status = match rng.random_range(0..100) {
        0..42 => Status::Pending,
        42..80 => Status::Delivered,
        80..90 => Status::Processed,
        _ => Status::Cancelled,
    };
    let methods: Vec<&String> = user.payment_methods.keys().collect();
    let total = Cents(items.iter().map(|item| item.price.0).sum());
    let paid = Payment {
        transaction_type: Transaction::Payment,
        amount: total,
        payment_method_id: (*pick(rng, &methods)).clone(),
    };
    let mut payment_history = vec![paid.clone()];
    let cancelled = status == Status::Cancelled;
    if cancelled {
        payment_history.push(Payment { transaction_type: Transaction::Refund, ..paid });
    }
    let sent = matches!(status, Status::Processed | Status::Delivered);
    let parcel = |rng: &mut ChaCha8Rng, ids: &mut BTreeSet<String>| Fulfillment {
        tracking_id: vec![fresh(rng, ids, "", 12)],
        item_ids: items.iter().map(|item| item.item_id.clone()).collect(),
    };
    let fulfillments = if sent { vec![parcel(rng, ids)] } else { Vec::new() };
    Order {
        order_id: order_id.to_owned(),
        user_id: user_id.to_owned(),
        address: if rng.random_bool(0.8) { user.address.clone() } else { address(rng) },
        items,
        fulfillments,
        status,
        payment_history,
        cancel_reason: cancelled.then(|| "no longer needed".to_owned()),
        return_items: None,
        return_payment_method_id: None,
        exchange_items: None,
        exchange_new_items: None,
        exchange_payment_method_id: None,
        exchange_price_difference: None,
    }
}
