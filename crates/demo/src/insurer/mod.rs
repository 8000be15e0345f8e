//! The two insurers' systems: policy administration, documents and payments.

mod generate;
mod letters;
mod model;
mod openapi;
mod routes;
mod rules;

pub use generate::{POLICY_COUNT, generate};
pub use letters::{TEMPLATES, render};
pub use model::{Document, Holder, House, Insurer, Letter, Line, PastClaim, Payment, Policy, PolicyStatus, perils_of};
pub use openapi::{Service, openapi};
pub use routes::router;
pub use rules::{Call, PAYMENT_MINOR_MAX};
