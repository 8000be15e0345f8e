//! The letters that the documents service prints.

use serde_json::{Map, Value};

/// Template, language, and its text with `{fields}`.
pub const TEMPLATES: &[(&str, &str, &str)] = &[
    ("acknowledgement", "en", "We have received your notice and are looking at it.\nClaim: {claim_id}"),
    ("acknowledgement", "de", "Ihre Schadenmeldung ist bei uns angekommen und wird geprüft.\nSchaden: {claim_id}"),
    ("payment-advice", "en", "Your claim is settled. We are paying you {amount}.\nClaim: {claim_id}"),
    ("payment-advice", "de", "Ihr Schaden ist reguliert. Wir überweisen Ihnen {amount}.\nSchaden: {claim_id}"),
    ("claim-declined", "en", "We cannot pay this claim. The reason: {reason}\nClaim: {claim_id}"),
    ("claim-declined", "de", "Diesen Schaden können wir nicht bezahlen. Der Grund: {reason}\nSchaden: {claim_id}"),
    ("more-information", "en", "To go on we need from you: {question}\nClaim: {claim_id}"),
    ("more-information", "de", "Damit es weitergeht, brauchen wir von Ihnen: {question}\nSchaden: {claim_id}"),
];

/// The text of a letter; `None` if there is no such template in that language.
pub fn render(template: &str, language: &str, claim_id: &str, fields: &Map<String, Value>) -> Option<String> {
    let (_, _, text) = TEMPLATES.iter().find(|(name, lang, _)| *name == template && *lang == language)?;
    let mut out = text.replace("{claim_id}", claim_id);
    for (name, value) in fields {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        out = out.replace(&format!("{{{name}}}"), &shown);
    }
    Some(out)
}
