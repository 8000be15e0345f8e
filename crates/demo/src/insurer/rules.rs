//! What the insurer's services do and refuse.

use super::letters::render;
use super::model::{Document, Insurer, Letter, Payment};
use crate::serve::{Done, Refusal, System};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Largest single payment that the payment system makes, in minor units.
pub const PAYMENT_MINOR_MAX: i64 = 100_000_000;

/// One writing operation with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", content = "args", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Call {
    CreatePayment {
        claim_id: String,
        policy_number: String,
        amount_minor: i64,
        currency: String,
        payee: String,
    },
    StoreDocument {
        claim_id: String,
        kind: String,
        title: String,
        text: String,
    },
    SendLetter {
        claim_id: String,
        recipient: String,
        language: String,
        template: String,
        #[serde(default)]
        fields: Map<String, Value>,
    },
}

impl System for Insurer {
    type Call = Call;

    fn apply(&mut self, call: &Call, key: Option<&str>, at_ms: i64) -> Result<Done, Refusal> {
        match call {
            Call::CreatePayment { claim_id, policy_number, amount_minor, currency, payee } => {
                self.judge_payment(policy_number, *amount_minor, currency)?;
                filled("claim_id", claim_id)?;
                filled("payee", payee)?;
                let payment = Payment {
                    payment_id: format!("pay_{:06}", self.payments.len() + 1),
                    claim_id: claim_id.clone(),
                    policy_number: policy_number.clone(),
                    amount_minor: *amount_minor,
                    currency: currency.clone(),
                    payee: payee.clone(),
                    key: key.map(str::to_owned),
                    paid_at_ms: at_ms,
                };
                let done = done("create_payment", claim_id, &payment);
                self.payments.push(payment);
                Ok(done)
            }
            Call::StoreDocument { claim_id, kind, title, text } => {
                filled("claim_id", claim_id)?;
                filled("kind", kind)?;
                let document = Document {
                    document_id: format!("doc_{:06}", self.documents.len() + 1),
                    claim_id: claim_id.clone(),
                    kind: kind.clone(),
                    title: title.clone(),
                    text: text.clone(),
                    stored_at_ms: at_ms,
                };
                // The answer leaves out the text, which the caller has.
                let mut done = done("store_document", claim_id, &document);
                if let Some(body) = done.body.as_object_mut() {
                    body.remove("text");
                }
                self.documents.push(document);
                Ok(done)
            }
            Call::SendLetter { claim_id, recipient, language, template, fields } => {
                filled("claim_id", claim_id)?;
                filled("recipient", recipient)?;
                let text = render(template, language, claim_id, fields).ok_or_else(|| {
                    Refusal::invalid("no such letter", format!("there is no template '{template}' in '{language}'"))
                })?;
                let letter = Letter {
                    letter_id: format!("let_{:06}", self.letters.len() + 1),
                    claim_id: claim_id.clone(),
                    recipient: recipient.clone(),
                    language: language.clone(),
                    template: template.clone(),
                    text,
                    sent_at_ms: at_ms,
                };
                let done = done("send_letter", claim_id, &letter);
                self.letters.push(letter);
                Ok(done)
            }
        }
    }

    fn state(&self) -> Value {
        json!({ "payments": self.payments, "documents": self.documents, "letters": self.letters })
    }

    fn part(&self, kind: &str, id: &str) -> Option<Value> {
        match kind {
            "policies" => serde_json::to_value(self.policies.get(id)?).ok(),
            "payments" => {
                let of_claim: Vec<&Payment> = self.payments.iter().filter(|p| p.claim_id == id).collect();
                serde_json::to_value(of_claim).ok()
            }
            "letters" => {
                let of_claim: Vec<&Letter> = self.letters.iter().filter(|l| l.claim_id == id).collect();
                serde_json::to_value(of_claim).ok()
            }
            _ => None,
        }
    }
}

impl Insurer {
    fn judge_payment(&self, policy_number: &str, amount_minor: i64, currency: &str) -> Result<(), Refusal> {
        let policy = self.policies.get(policy_number).ok_or_else(|| Refusal::not_found("policy", policy_number))?;
        if !(1..=PAYMENT_MINOR_MAX).contains(&amount_minor) {
            let detail = format!("{amount_minor} is not from 1 to {PAYMENT_MINOR_MAX} minor units");
            return Err(Refusal::invalid("amount out of range", detail));
        }
        if policy.currency != currency {
            let detail = format!("policy {policy_number} pays in {}, not {currency}", policy.currency);
            return Err(Refusal::invalid("wrong currency", detail));
        }
        Ok(())
    }
}

fn filled(name: &str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::invalid("something is missing", format!("{name} must not be empty")));
    }
    Ok(())
}

fn done<T: Serialize>(operation: &'static str, target: &str, made: &T) -> Done {
    Done { operation, target: target.to_owned(), body: serde_json::to_value(made).unwrap_or(Value::Null) }
}
