//! An insurer's data. Money is integer minor units with a currency; dates are `YYYY-MM-DD`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One of the two insurers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum House {
    /// Harbor Mutual: US dollars, English.
    HarborMutual,
    /// Nordlicht Versicherung: euros, German.
    Nordlicht,
}

impl House {
    /// Both.
    pub const ALL: [Self; 2] = [Self::HarborMutual, Self::Nordlicht];

    /// Its name, as on its letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::HarborMutual => "Harbor Mutual",
            Self::Nordlicht => "Nordlicht Versicherung",
        }
    }
    /// ISO 4217 code.
    pub fn currency(self) -> &'static str {
        match self {
            Self::HarborMutual => "USD",
            Self::Nordlicht => "EUR",
        }
    }
    /// BCP 47 language of its customers.
    pub fn language(self) -> &'static str {
        match self {
            Self::HarborMutual => "en",
            Self::Nordlicht => "de",
        }
    }
    /// What its policy numbers begin with.
    pub fn policy_prefix(self) -> &'static str {
        match self {
            Self::HarborMutual => "HM",
            Self::Nordlicht => "NV",
        }
    }
    /// Name of its journal.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::HarborMutual => "mutual",
            Self::Nordlicht => "nordic",
        }
    }
}

/// Product line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Buildings and contents.
    Home,
    /// Cars.
    Motor,
}

impl Line {
    /// All lines.
    pub const ALL: [Self; 2] = [Self::Home, Self::Motor];
}

/// Every peril that a line may cover.
pub fn perils_of(line: Line) -> &'static [&'static str] {
    match line {
        Line::Home => &["water", "fire", "theft", "storm", "glass", "vandalism"],
        Line::Motor => &["collision", "theft", "fire", "storm", "glass", "vandalism"],
    }
}

/// Whether a policy is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyStatus {
    /// In force.
    Active,
    /// The premium was not paid.
    Lapsed,
    /// Ended by either side.
    Cancelled,
}

/// Who is insured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Such as `HM-204-118833`.
    pub policy_number: String,
    /// Who is insured.
    pub holder: Holder,
    /// Product line.
    pub product_line: Line,
    /// Perils covered without condition.
    pub covered_perils: Vec<String>,
    /// Perils covered on conditions that an adjuster must look at.
    pub conditional_perils: Vec<String>,
    /// Most that one claim is paid, in minor units, before the deductible is taken off.
    pub limit_minor: i64,
    /// Lower limits of single perils, in minor units.
    pub peril_limits_minor: BTreeMap<String, i64>,
    /// The holder's own share of each claim, in minor units.
    pub deductible_minor: i64,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// First day insured.
    pub effective_from: String,
    /// Last day insured.
    pub effective_to: String,
    /// Whether in force.
    pub status: PolicyStatus,
    /// Country and state whose law applies, such as `US-ME` or `DE-SH`.
    pub jurisdiction: String,
}

/// A claim of former years.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastClaim {
    /// Its id.
    pub claim_id: String,
    /// When it happened.
    pub date_of_loss: String,
    /// What happened.
    pub peril: String,
    /// `paid` or `denied`.
    pub outcome: String,
    /// What was paid, in minor units.
    pub paid_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// A stored document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// `doc_` and a number.
    pub document_id: String,
    /// The claim it belongs to.
    pub claim_id: String,
    /// Such as `notice`.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Content.
    pub text: String,
    /// When it was stored.
    pub stored_at_ms: i64,
}

/// A letter that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// `let_` and a number.
    pub letter_id: String,
    /// The claim it is about.
    pub claim_id: String,
    /// Who gets it.
    pub recipient: String,
    /// `en` or `de`.
    pub language: String,
    /// Name of the template.
    pub template: String,
    /// As printed.
    pub text: String,
    /// When it went out.
    pub sent_at_ms: i64,
}

/// Money that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// `pay_` and a number.
    pub payment_id: String,
    /// The claim it settles.
    pub claim_id: String,
    /// The policy.
    pub policy_number: String,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Who got it.
    pub payee: String,
    /// Idempotency key it was made under.
    pub key: Option<String>,
    /// When.
    pub paid_at_ms: i64,
}

/// All that an insurer's systems know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insurer {
    /// Which.
    pub house: House,
    /// By policy number.
    pub policies: BTreeMap<String, Policy>,
    /// By policy number.
    pub history: BTreeMap<String, Vec<PastClaim>>,
    /// Oldest first; ids count from 1.
    pub documents: Vec<Document>,
    /// Oldest first; ids count from 1.
    pub letters: Vec<Letter>,
    /// Oldest first; ids count from 1.
    pub payments: Vec<Payment>,
}
