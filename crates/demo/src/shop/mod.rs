//! The shop "Larkspur Home": users, orders and products in the schema of the published τ-bench retail
//! database, with the effects of its tools (github.com/sierra-research/tau-bench, MIT) written anew.

mod catalogue;
mod generate;
mod load;
mod model;
mod openapi;
mod routes;
mod rules;

pub use generate::{ORDER_COUNT, USER_COUNT, generate};
pub use load::load;
pub use model::{
    Address, Cents, Fulfillment, Item, Name, Order, Payment, PaymentMethod, Product, Shop, Status, Transaction, User,
    Variant,
};
pub use openapi::openapi;
pub use routes::router;
pub use rules::{Call, Reason, apply};
