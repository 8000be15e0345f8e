//! OpenAPI 3.1 descriptions of the insurer's services, one document each.

use super::letters::TEMPLATES;
use super::model::House;
use super::rules::PAYMENT_MINOR_MAX;
use crate::serve::{Described, described, document, object, operation, path_parameter, query_parameter};
use serde_json::{Value, json};

/// One of the three services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Policy administration.
    Policies,
    /// Documents and letters.
    Documents,
    /// Payments.
    Payments,
}

impl Service {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Policies, Self::Documents, Self::Payments];
    /// First part of its paths.
    pub fn path(self) -> &'static str {
        match self {
            Self::Policies => "policies",
            Self::Documents => "documents",
            Self::Payments => "payments",
        }
    }
}

/// The description of one service of one insurer.
pub fn openapi(house: House, service: Service) -> Value {
    let name = house.name();
    match service {
        Service::Policies => document(
            &format!("{name}: policies"),
            "Policy administration: who is insured against what.",
            policies(),
            json!({ "Policy": policy_schema(), "PastClaim": past_claim_schema() }),
        ),
        Service::Documents => document(
            &format!("{name}: documents"),
            "Stores documents of claims and sends letters.",
            documents(),
            json!({ "Document": document_schema(true), "StoredDocument": document_schema(false), "Letter": letter_schema() }),
        ),
        Service::Payments => {
            document(&format!("{name}: payments"), "Pays claims.", payments(), json!({ "Payment": payment_schema() }))
        }
    }
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "maxLength": 500, "description": description })
}

fn minor(description: &str) -> Value {
    json!({ "type": "integer", "description": format!("{description}, in minor units (cents).") })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn policies() -> Vec<Described> {
    let number = || vec![path_parameter("policy_number", "Policy number, such as HM-204-118833.")];
    let claims = json!({ "type": "array", "items": reference("PastClaim") });
    let history = object(json!({ "policy_number": text("The policy."), "claims": claims }), &[]);
    let id = "get_claims_history";
    vec![
        described(
            "get",
            "/policies/{policy_number}",
            operation("get_policy", "A policy with its cover and limits.", number(), None, reference("Policy")),
        ),
        described(
            "get",
            "/policies/{policy_number}/claims",
            operation(id, "Former claims under a policy.", number(), None, history),
        ),
    ]
}

fn documents() -> Vec<Described> {
    let store = object(
        json!({
            "claim_id": text("The claim it belongs to."), "kind": text("Such as notice, estimate or decision."),
            "title": text("Title."), "text": { "type": "string", "maxLength": 1_500_000, "description": "Content." },
        }),
        &[],
    );
    let mut names: Vec<&str> = TEMPLATES.iter().map(|(name, _, _)| *name).collect();
    names.dedup();
    let letter = object(
        json!({
            "claim_id": text("The claim it is about."), "recipient": text("Who gets it: an e-mail address."),
            "language": { "type": "string", "enum": ["en", "de"], "description": "Language of the letter." },
            "template": { "type": "string", "enum": names, "description": "Which letter." },
            "fields": { "type": "object", "additionalProperties": { "type": ["string", "number"] },
                        "description": "What the template names: amount, reason or question." },
        }),
        &["fields"],
    );
    let id = vec![path_parameter("document_id", "Document id.")];
    vec![
        described(
            "post",
            "/documents",
            operation(
                "store_document",
                "Store a document of a claim.",
                vec![],
                Some(store),
                reference("StoredDocument"),
            ),
        ),
        described(
            "get",
            "/documents/{document_id}",
            operation("get_document", "A stored document.", id, None, reference("Document")),
        ),
        described(
            "post",
            "/documents/letters",
            operation("send_letter", "Send a letter to the customer.", vec![], Some(letter), reference("Letter")),
        ),
    ]
}

fn payments() -> Vec<Described> {
    let amount = json!({ "type": "integer", "minimum": 1, "maximum": PAYMENT_MINOR_MAX,
                         "description": "How much, in minor units (cents)." });
    let create = object(
        json!({
            "claim_id": text("The claim it settles."), "policy_number": text("The policy."), "amount_minor": amount,
            "currency": { "type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217 code; the policy's." },
            "payee": text("Who gets it: the holder's name."),
        }),
        &[],
    );
    let list = object(
        json!({ "payments": { "type": "array", "items": reference("Payment") },
                "next_after": { "type": ["integer", "null"], "description": "For the next page." } }),
        &[],
    );
    let filter = vec![
        query_parameter("claim_id", false, "Only payments of this claim."),
        query_parameter("after", false, "Leave out this many."),
    ];
    let id = vec![path_parameter("payment_id", "Payment id.")];
    let key = vec![path_parameter("key", "Idempotency key of the call that made it.")];
    vec![
        described(
            "post",
            "/payments",
            operation("create_payment", "Pay a claim.", vec![], Some(create), reference("Payment")),
        ),
        described("get", "/payments", operation("list_payments", "Payments, oldest first.", filter, None, list)),
        described(
            "get",
            "/payments/{payment_id}",
            operation("get_payment", "One payment.", id, None, reference("Payment")),
        ),
        described(
            "get",
            "/payments/by-key/{key}",
            operation(
                "get_payment_by_key",
                "The payment made under an idempotency key, if it was made.",
                key,
                None,
                reference("Payment"),
            ),
        ),
    ]
}

fn policy_schema() -> Value {
    let names =
        |description: &str| json!({ "type": "array", "items": { "type": "string" }, "description": description });
    let holder = object(
        json!({ "name": text("Full name."), "email": text("E-mail address."), "street": text("Street and number."),
                "postal_code": text("Postal code."), "city": text("City.") }),
        &[],
    );
    let date = |description: &str| json!({ "type": "string", "format": "date", "description": description });
    object(
        json!({
            "policy_number": text("Its number."), "holder": holder,
            "product_line": { "type": "string", "enum": ["home", "motor"] },
            "covered_perils": names("Perils covered without condition."),
            "conditional_perils": names("Perils covered on conditions that an adjuster must look at."),
            "limit_minor": minor("Most that one claim is paid, before the deductible is taken off"),
            "peril_limits_minor": { "type": "object", "additionalProperties": { "type": "integer" },
                                    "description": "Lower limits of single perils, in minor units." },
            "deductible_minor": minor("The holder's own share of each claim"),
            "currency": text("ISO 4217 code."), "effective_from": date("First day insured."),
            "effective_to": date("Last day insured."),
            "status": { "type": "string", "enum": ["active", "lapsed", "cancelled"] },
            "jurisdiction": text("Country and state, such as US-ME or DE-SH."),
        }),
        &[],
    )
}

fn past_claim_schema() -> Value {
    object(
        json!({
            "claim_id": text("Its id."), "date_of_loss": { "type": "string", "format": "date" },
            "peril": text("What happened."), "outcome": { "type": "string", "enum": ["paid", "denied"] },
            "paid_minor": minor("What was paid"), "currency": text("ISO 4217 code."),
        }),
        &[],
    )
}

fn document_schema(with_text: bool) -> Value {
    let mut properties = json!({
        "document_id": text("Its id."), "claim_id": text("The claim."), "kind": text("Kind."), "title": text("Title."),
        "stored_at_ms": { "type": "integer", "description": "Milliseconds since 1970." },
    });
    if with_text {
        properties["text"] = json!({ "type": "string", "description": "Content." });
    }
    object(properties, &[])
}

fn letter_schema() -> Value {
    object(
        json!({
            "letter_id": text("Its id."), "claim_id": text("The claim."), "recipient": text("Who got it."),
            "language": text("Language."), "template": text("Template."), "text": text("As printed."),
            "sent_at_ms": { "type": "integer", "description": "Milliseconds since 1970." },
        }),
        &[],
    )
}

fn payment_schema() -> Value {
    object(
        json!({
            "payment_id": text("Its id."), "claim_id": text("The claim."), "policy_number": text("The policy."),
            "amount_minor": minor("How much"), "currency": text("ISO 4217 code."), "payee": text("Who got it."),
            "key": { "type": ["string", "null"], "description": "Idempotency key." },
            "paid_at_ms": { "type": "integer", "description": "Milliseconds since 1970." },
        }),
        &[],
    )
}
