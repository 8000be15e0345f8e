//! What systems send by themselves: signed, fresh, once, and then an event for runs or a case.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_base::{Bundle, Error, Finding, Result, digest_of_text};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Largest delivery taken in, bytes.
pub const DELIVERY_BYTES_MAX: usize = 1024 * 1024;
/// How far a delivery's time may be from now where the file does not say, seconds; and at most.
const TOLERANCE_S_DEFAULT: i64 = 300;
const TOLERANCE_S_MAX: i64 = 3_600;
/// Longest id of a delivery, characters.
const ID_CHARS_MAX: usize = 200;

/// The webhooks of one release, by name.
#[derive(Debug, Default)]
pub struct Webhooks {
    hooks: BTreeMap<String, Webhook>,
}

/// One webhook, as `webhooks/NAME.yaml` declares it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// How the sender proves itself.
    pub signature: Signature,
    /// Header with the delivery's id; Standard Webhooks have their own.
    #[serde(default)]
    pub id_header: Option<String>,
    /// Place of the delivery's id in the body, where no header has it.
    #[serde(default)]
    pub id: Option<String>,
    /// An event for runs.
    #[serde(default)]
    pub event: Option<EventOf>,
    /// A case.
    #[serde(default)]
    pub case: Option<CaseOf>,
}

/// How a sender proves itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Which way.
    pub scheme: Scheme,
    /// Name of the setting with the secret.
    pub setting: String,
    /// Header with the signature.
    #[serde(default)]
    pub header: Option<String>,
    /// Text before the signature in its header.
    #[serde(default)]
    pub prefix: String,
    /// How the signature is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// Header with the time, seconds since 1970; it is signed with the body as `time.body`.
    #[serde(default)]
    pub timestamp_header: Option<String>,
    /// How far that time may be from now, seconds.
    #[serde(default = "tolerance_default")]
    pub tolerance_s: i64,
}

fn tolerance_default() -> i64 {
    TOLERANCE_S_DEFAULT
}

/// Ways of signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// HMAC-SHA256 in a header of the sender's choice.
    HmacSha256,
    /// Standard Webhooks 1.0.
    StandardWebhooks,
}

/// Ways of writing bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Hexadecimal.
    #[default]
    Hex,
    /// Base64.
    Base64,
}

/// How a delivery becomes an event.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventOf {
    /// Its type, or what stands before the type that the body names.
    pub r#type: String,
    /// Place of the type in the body.
    #[serde(default)]
    pub type_from: Option<String>,
}

/// How a delivery becomes a case: places in the body.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseOf {
    /// Of the customer's address.
    pub address: String,
    /// Of the customer's name.
    #[serde(default)]
    pub name: Option<String>,
    /// Of what the customer wrote.
    pub text: String,
}

/// A delivery, as it came in.
pub struct Delivery<'a> {
    /// A header by its lower-case name.
    pub header: &'a dyn Fn(&str) -> Option<String>,
    /// The body as it is.
    pub body: &'a [u8],
    /// Now, milliseconds since 1970.
    pub now_ms: i64,
}

/// What a delivery means.
#[derive(Debug, Clone, PartialEq)]
pub struct Meant {
    /// Its id: the same id is the same delivery.
    pub id: String,
    /// Its body.
    pub data: Value,
    /// The type of the event.
    pub event: Option<String>,
    /// Address, name and text of the case.
    pub case: Option<(String, Option<String>, String)>,
}

impl Webhooks {
    /// Reads `webhooks/*.yaml`.
    pub fn load(bundle: &Bundle) -> Result<Self, Vec<Finding>> {
        let (mut hooks, mut findings) = (BTreeMap::new(), Vec::new());
        for (path, name, text) in bundle.in_folder("webhooks", "yaml") {
            match Bundle::yaml::<Webhook>(path, text).and_then(|hook| hook.checked(path)) {
                Ok(hook) => {
                    hooks.insert(name.to_owned(), hook);
                }
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() { Ok(Self { hooks }) } else { Err(findings) }
    }

    /// The webhook of this name.
    pub fn get(&self, name: &str) -> Result<&Webhook> {
        self.hooks.get(name).ok_or_else(|| Error::not_found(format!("webhook {name}")))
    }

    /// All, by name.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Webhook)> {
        self.hooks.iter()
    }
}

impl Webhook {
    fn checked(self, path: &str) -> Result<Self, Finding> {
        let wrong = |what: &str, remedy: &str| Err(Finding::error(path, "webhook", what, remedy));
        if self.event.is_some() == self.case.is_some() {
            return wrong("it becomes neither an event nor a case, or both", "declare either event or case");
        }
        if self.signature.scheme == Scheme::HmacSha256 && self.signature.header.is_none() {
            return wrong("no header has the signature", "name it as signature.header");
        }
        if !(1..=TOLERANCE_S_MAX).contains(&self.signature.tolerance_s) {
            return wrong("signature.tolerance_s is out of bounds", "give 1 to 3,600 seconds");
        }
        Ok(self)
    }

    /// What a delivery means, once its signature and its time are in order.
    pub fn read(&self, secret: &str, delivery: &Delivery<'_>) -> Result<Meant> {
        self.signature.check(secret, delivery)?;
        let data: Value = serde_json::from_slice(delivery.body)
            .map_err(|e| Error::invalid("the delivery is no JSON", e.to_string()))?;
        // What is null says nothing: no customer is called so, and no two deliveries are one by it.
        let there = |place: &str| data.pointer(place).filter(|value| !value.is_null());
        let text = |place: &str| there(place).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
        let standard = self.signature.scheme == Scheme::StandardWebhooks;
        let header = self.id_header.as_deref().or(standard.then_some("webhook-id"));
        let named = header.and_then(|name| (delivery.header)(&name.to_ascii_lowercase()));
        let id = named.or_else(|| self.id.as_deref().and_then(text));
        // Where nothing names it, the same body is the same delivery.
        let id = id.unwrap_or_else(|| digest_of_text(&String::from_utf8_lossy(delivery.body)));
        if id.is_empty() || id.chars().count() > ID_CHARS_MAX {
            return Err(Error::invalid("the delivery has no usable id", format!("1 to {ID_CHARS_MAX} characters")));
        }
        let missing =
            |place: &str| Error::invalid("the delivery lacks something", format!("there is nothing at {place}"));
        let event = match &self.event {
            Some(EventOf { r#type, type_from: Some(place) }) => {
                Some(format!("{type}{}", text(place).ok_or_else(|| missing(place))?))
            }
            Some(EventOf { r#type, type_from: None }) => Some(r#type.clone()),
            None => None,
        };
        let case = match &self.case {
            Some(case) => {
                let want = |place: &str| text(place).ok_or_else(|| missing(place));
                Some((want(&case.address)?, case.name.as_deref().and_then(text), want(&case.text)?))
            }
            None => None,
        };
        Ok(Meant { id, data, event, case })
    }
}

impl Meant {
    /// The event as a `CloudEvent`.
    pub fn cloud_event(&self, hook: &str, kind: &str) -> Value {
        json!({"specversion": "1.0", "id": self.id, "source": format!("/hooks/{hook}"), "type": kind, "data": self.data})
    }
}

impl Signature {
    fn check(&self, secret: &str, delivery: &Delivery<'_>) -> Result<()> {
        let no = |why: &str| Error::Unauthenticated(why.to_owned());
        let header = |name: &str| (delivery.header)(&name.to_ascii_lowercase());
        let standard = self.scheme == Scheme::StandardWebhooks;
        let time_header = self.timestamp_header.as_deref().or(standard.then_some("webhook-timestamp"));
        let time = match time_header {
            Some(name) => Some(header(name).ok_or_else(|| no("the delivery has no time"))?),
            None => None,
        };
        if let Some(time) = &time {
            let sent_s: i64 = time.trim().parse().map_err(|_| no("the delivery's time is no number"))?;
            if (delivery.now_ms / 1_000).abs_diff(sent_s) > self.tolerance_s.unsigned_abs() {
                return Err(no("the delivery is too old, or from the future"));
            }
        }
        let given = header(self.header.as_deref().unwrap_or("webhook-signature"));
        let given = given.ok_or_else(|| no("the delivery is not signed"))?;
        let mut signed = Vec::new();
        if standard {
            signed.extend_from_slice(header("webhook-id").unwrap_or_default().as_bytes());
            signed.push(b'.');
        }
        if let Some(time) = &time {
            signed.extend_from_slice(time.as_bytes());
            signed.push(b'.');
        }
        signed.extend_from_slice(delivery.body);
        let key = match secret.strip_prefix("whsec_").filter(|_| standard) {
            Some(encoded) => {
                STANDARD.decode(encoded).map_err(|_| Error::broken("the webhook's secret is no base64"))?
            }
            None => secret.as_bytes().to_vec(),
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let good = |tag: Option<Vec<u8>>| tag.is_some_and(|tag| hmac::verify(&key, &signed, &tag).is_ok());
        let holds = match standard {
            // Several, while a secret is changed.
            true => {
                given.split(' ').filter_map(|one| one.strip_prefix("v1,")).any(|one| good(STANDARD.decode(one).ok()))
            }
            false => given.strip_prefix(&self.prefix).is_some_and(|text| good(self.encoding.bytes(text))),
        };
        if holds { Ok(()) } else { Err(no("the signature does not hold")) }
    }
}

impl Encoding {
    fn bytes(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Base64 => STANDARD.decode(text).ok(),
            Self::Hex => {
                let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
                pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(text: &str) -> Webhook {
        let files = [("webhooks/paid.yaml".to_owned(), text.to_owned())].into();
        let hooks = Webhooks::load(&Bundle { files, ..Bundle::default() }).unwrap_or_else(|f| panic!("{f:#?}"));
        hooks.get("paid").unwrap().clone()
    }

    fn sign(key: &[u8], text: &str) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
    }

    fn read(hook: &Webhook, secret: &str, headers: &[(&str, String)], body: &str, now_s: i64) -> Result<Meant> {
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        hook.read(secret, &Delivery { header: &header, body: body.as_bytes(), now_ms: now_s * 1_000 })
    }

    #[test]
    fn standard_webhooks_are_read_once_signed_and_fresh() {
        let hook = hook(
            "signature: { scheme: standard-webhooks, setting: s }\nevent: { type: com.acme., type_from: /type }\n",
        );
        let key = b"0123456789abcdef01234567";
        let secret = format!("whsec_{}", STANDARD.encode(key));
        let body = r#"{"type":"order.paid","n":1}"#;
        let tag = STANDARD.encode(sign(key, &format!("msg_1.1000.{body}")));
        let headers = [
            ("webhook-id", "msg_1".to_owned()),
            ("webhook-timestamp", "1000".to_owned()),
            ("webhook-signature", format!("v1,{} v1,{tag}", STANDARD.encode("other"))),
        ];
        let meant = read(&hook, &secret, &headers, body, 1_100).unwrap();
        assert_eq!((meant.id.as_str(), meant.event.as_deref()), ("msg_1", Some("com.acme.order.paid")));
        assert_eq!(meant.cloud_event("paid", "t")["source"], "/hooks/paid");
        for sent in ["-9223372036854775808", "9223372036854775807", "soon", ""] {
            let headers = [headers[0].clone(), ("webhook-timestamp", sent.to_owned()), headers[2].clone()];
            let error = read(&hook, &secret, &headers, body, 1_100).unwrap_err();
            assert!(matches!(error, Error::Unauthenticated(_)), "{sent}: {error}");
        }
        for (secret, body, now_s) in [
            (secret.as_str(), body, 1_301),
            (secret.as_str(), body, 600),
            ("whsec_AAAA", body, 1_100),
            (secret.as_str(), "{}", 1_100),
        ] {
            let error = read(&hook, secret, &headers, body, now_s).unwrap_err();
            assert!(matches!(error, Error::Unauthenticated(_)), "{error}");
        }
        assert!(read(&hook, &secret, &headers[..2], body, 1_100).is_err());
    }

    #[test]
    fn a_senders_own_signature_is_read_as_declared() {
        let hook = hook(
            "signature: { scheme: hmac-sha256, setting: s, header: X-Sig, prefix: 'sha256=' }\nid: /id\n\
             case: { address: /from/mail, name: /from/name, text: /note }\n",
        );
        let body = r#"{"id":7,"from":{"mail":"a@b.example"},"note":"hello"}"#;
        let tag: String = sign(b"key", body).iter().map(|byte| format!("{byte:02x}")).collect();
        let headers = [("x-sig", format!("sha256={tag}"))];
        let meant = read(&hook, "key", &headers, body, 5).unwrap();
        assert_eq!(meant.case, Some(("a@b.example".to_owned(), None, "hello".to_owned())));
        assert_eq!(meant.id, "7");
        assert!(read(&hook, "key", &[("x-sig", tag)], body, 5).is_err());
        assert!(read(&hook, "other", &headers, body, 5).is_err());
    }

    #[test]
    fn what_is_null_is_not_there() {
        let hook = hook(
            "signature: { scheme: hmac-sha256, setting: s, header: x-sig }\nid: /id\n\
             case: { address: /mail, name: /name, text: /note }\n",
        );
        let read = |body: &str| {
            let tag: String = sign(b"key", body).iter().map(|byte| format!("{byte:02x}")).collect();
            read(&hook, "key", &[("x-sig", tag)], body, 5)
        };
        let [one, two] =
            ["one", "two"].map(|note| format!(r#"{{"id":null,"mail":"a@b.example","name":null,"note":"{note}"}}"#));
        let (one, two) = (read(&one).unwrap(), read(&two).unwrap());
        assert_ne!(one.id, two.id, "two deliveries without an id are two");
        assert_eq!(one.case, Some(("a@b.example".to_owned(), None, "one".to_owned())));
        assert!(read(r#"{"mail":"a@b.example","note":null}"#).is_err());
    }

    #[test]
    fn a_webhook_that_says_nothing_clear_is_refused() {
        for bad in [
            "signature: { scheme: hmac-sha256, setting: s }\nevent: { type: t }\n",
            "signature: { scheme: hmac-sha256, setting: s, header: x }\n",
            "signature: { scheme: none, setting: s }\nevent: { type: t }\n",
            "event: { type: t }\n",
        ] {
            let files = [("webhooks/paid.yaml".to_owned(), bad.to_owned())].into();
            assert!(Webhooks::load(&Bundle { files, ..Bundle::default() }).is_err(), "{bad}");
        }
    }
}
