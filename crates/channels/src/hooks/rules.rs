//! Pure decisions: who is told what, how it is signed, when it is tried again.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use baton_base::{Error, Result};
use serde_json::Value;

/// What every secret begins with.
pub(super) const SECRET: &str = "whsec_";
/// Kind of the entry that says a delivery was given up.
pub(super) const GIVEN_UP: &str = "webhook.given_up";
/// Most kinds of one subscription, count.
const KINDS_MAX: usize = 50;
/// Longest kind, bytes.
const KIND_BYTES_MAX: usize = 80;
/// Pauses after each attempt, milliseconds; after the last the delivery is dead.
const PAUSES_MS: [i64; 9] = [
    5_000,
    30_000,
    5 * 60_000,
    30 * 60_000,
    2 * 3_600_000,
    5 * 3_600_000,
    10 * 3_600_000,
    14 * 3_600_000,
    20 * 3_600_000,
];

/// Whether a kind of entry is one of those subscribed to: the kind itself, `case.*` for all that begin so, `*` for all.
pub(super) fn wants(kinds: &[String], kind: &str) -> bool {
    kinds.iter().any(|wanted| match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => wanted == kind,
    })
}

/// Whether an entry speaks of a failure to tell that is no news to this subscription: that it was not reached itself, or that another
/// was not told of such a failure. Told, each would make the next, without end.
pub(super) fn is_echo(hook: &str, (kind, subject): (&str, &str), facts: &Value) -> bool {
    kind == GIVEN_UP && (subject == hook || facts["kind"] == GIVEN_UP)
}

/// Kinds as they may be subscribed to.
pub(super) fn checked_kinds(kinds: &[String]) -> Result<Vec<String>> {
    let fine = |kind: &String| {
        let stem = kind.strip_suffix(".*").unwrap_or(kind);
        let plain = !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.');
        kind.len() <= KIND_BYTES_MAX && (kind == "*" || plain)
    };
    let mut all: Vec<String> = kinds.iter().map(|kind| kind.trim().to_owned()).collect();
    all.sort();
    all.dedup();
    match all.iter().find(|kind| !fine(kind)) {
        Some(odd) => Err(Error::invalid_at("kinds", format!("'{odd}' is no kind"), "write case.opened, case.* or *")),
        None if all.is_empty() || all.len() > KINDS_MAX => {
            Err(Error::invalid_at("kinds", "nothing is subscribed to", format!("give 1 to {KINDS_MAX} kinds")))
        }
        None => Ok(all),
    }
}

/// When a delivery is tried again after so many attempts; `None` when it is dead.
pub(super) fn again_ms(attempts: i64, now_ms: i64) -> Option<i64> {
    let at = usize::try_from(attempts.saturating_sub(1)).ok()?;
    PAUSES_MS.get(at).map(|pause| now_ms.saturating_add(*pause))
}

/// The signature of a delivery (Standard Webhooks 1.0): HMAC-SHA256 over id, time and body, with the bytes that the secret writes in
/// Base64 after `whsec_`.
pub fn signature(secret: &str, id: &str, at_s: i64, body: &str) -> Result<String> {
    let text = secret.strip_prefix(SECRET).unwrap_or(secret);
    let bytes = BASE64.decode(text).map_err(|_| Error::broken("a webhook's secret is not Base64"))?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
    Ok(format!("v1,{}", BASE64.encode(hmac::sign(&key, format!("{id}.{at_s}.{body}").as_bytes()))))
}

/// The headers of a delivery, signed with each secret that is valid.
pub fn signed_headers(secrets: &[String], id: &str, at_s: i64, body: &str) -> Result<Vec<(&'static str, String)>> {
    let all: Result<Vec<String>> = secrets.iter().map(|secret| signature(secret, id, at_s, body)).collect();
    Ok(vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at_s.to_string()),
        ("webhook-signature", all?.join(" ")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // Made with another program's HMAC.
        let secret = "whsec_YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcyBsb25n";
        let body = r#"{"type":"case.opened","data":{}}"#;
        let signed = signature(secret, "wh_1", 1_700_000_000, body).unwrap();
        assert_eq!(signed, "v1,upg320aQq47pIcr3rL5qxu9POEGT53NBoIlh9Xv/xkw=");
        let both = signed_headers(&[secret.to_owned(), "whsec_AAAA".to_owned()], "a", 1, "{}").unwrap();
        assert_eq!(both[2].1.split(' ').count(), 2, "while a secret is changed, both are valid");
    }

    #[test]
    fn kinds_are_named_one_by_one_or_by_their_beginning() {
        let check = |wanted: &str, kind: &str| wants(&[wanted.to_owned()], kind);
        assert!(check("case.opened", "case.opened") && check("case.*", "case.opened") && check("*", "a.b"));
        assert!(!check("case.opened", "case.opened_again") && !check("case.*", "caseload.seen"));
        for bad in ["", "Case", "case *", "c*se", "**"] {
            assert!(checked_kinds(&[bad.to_owned()]).is_err(), "{bad}");
        }
        assert_eq!(checked_kinds(&["b.*".to_owned(), "a".to_owned(), "a".to_owned()]).unwrap(), ["a", "b.*"]);
    }

    #[test]
    fn that_a_system_is_not_reached_is_told_to_others_and_once() {
        let check =
            |subject: &str, told: &str| is_echo("hook_1", (GIVEN_UP, subject), &serde_json::json!({"kind": told}));
        assert!(check("hook_1", "case.opened"), "it is not told that it is not reached");
        assert!(!check("hook_2", "case.opened"));
        assert!(check("hook_2", GIVEN_UP), "two that are away never tell of each other");
        assert!(!is_echo("hook_1", ("webhook.created", "hook_1"), &Value::Null));
    }

    #[test]
    fn a_delivery_is_tried_for_days_and_then_dead() {
        assert_eq!((again_ms(1, 7), again_ms(9, 0)), (Some(5_007), Some(20 * 3_600_000)));
        assert_eq!(again_ms(10, 0), None);
    }
}
