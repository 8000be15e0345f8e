//! What a system sends by itself: the file of a webhook, checked as a release would.

use super::tools::named;
use super::write::flow;
use super::{Import, Options, Report};
use crate::catalogue::AuthFile;
use crate::webhook::Webhooks;
use baton_base::Bundle;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A webhook as somebody wrote it: the keys of its file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hook {
    /// How the sender proves itself; the setting with its secret is made from the name where it is left out.
    pub signature: BTreeMap<String, Value>,
    /// Header with the delivery's id.
    pub id_header: Option<String>,
    /// Place of the delivery's id in the body.
    pub id: Option<String>,
    /// An event for runs.
    pub event: Option<BTreeMap<String, Value>>,
    /// A case.
    pub case: Option<BTreeMap<String, Value>>,
}

/// Makes the file of a webhook; the error says what is wrong.
pub fn hook(written: &Hook, options: &Options) -> Result<Import, String> {
    let name = named(options)?;
    let mut signature = written.signature.clone();
    let setting = signature.get("setting").and_then(Value::as_str).filter(|setting| !setting.is_empty());
    let setting = setting.map_or_else(|| format!("{name}.hook"), str::to_owned);
    signature.insert("setting".to_owned(), json!(setting));
    places(written)?;
    let parts = [
        ("signature", Some(json!(signature))),
        ("id_header", written.id_header.as_ref().map(|header| json!(header))),
        ("id", written.id.as_ref().map(|place| json!(place))),
        ("event", written.event.as_ref().map(|event| json!(event))),
        ("case", written.case.as_ref().map(|case| json!(case))),
    ];
    let lines = parts.into_iter().filter_map(|(key, value)| Some(format!("{key}: {}\n", flow(&value?))));
    let text: String = lines.collect();
    let path = format!("webhooks/{name}.yaml");
    let files = BTreeMap::from([(path, text)]);
    let bundle = Bundle { files: files.clone(), ..Bundle::default() };
    Webhooks::load(&bundle).map_err(|findings| {
        let words = findings.iter().map(|finding| format!("{}: {}", finding.message, finding.remedy));
        words.collect::<Vec<_>>().join("; ")
    })?;
    let report = Report {
        name,
        title: String::new(),
        language: "webhook".to_owned(),
        base_url: String::new(),
        found: 1,
        picked: 1,
        imported: 1,
        refused: Vec::new(),
        callbacks: Vec::new(),
        webhooks: Vec::new(),
        security: Vec::new(),
        auth: Some(AuthFile { setting, ..AuthFile::default() }),
        notes: Vec::new(),
        operations: Vec::new(),
    };
    Ok(Import { report, files })
}

/// Places in the body begin with a slash: others are never found, and nobody would be told.
fn places(written: &Hook) -> Result<(), String> {
    let of = |map: Option<&BTreeMap<String, Value>>, keys: &[&str]| -> Vec<(String, Value)> {
        let map = map.into_iter().flatten();
        map.filter(|(key, _)| keys.contains(&key.as_str())).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let mut places = of(written.case.as_ref(), &["address", "name", "text"]);
    places.extend(of(written.event.as_ref(), &["type_from"]));
    places.extend(written.id.iter().map(|place| ("id".to_owned(), json!(place))));
    let wrong = places.iter().find(|(_, place)| place.as_str().is_some_and(|place| !place.starts_with('/')));
    wrong.map_or(Ok(()), |(key, place)| {
        Err(format!("{key}: {place} is no place in the body; write a JSON pointer such as /order/id"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(written: Value) -> Result<Import, String> {
        let options = Options { name: Some("acme".to_owned()), ..Options::default() };
        hook(&serde_json::from_value(written).unwrap(), &options)
    }

    #[test]
    fn a_webhook_is_written_as_a_release_takes_it() {
        let done = made(json!({"signature": {"scheme": "standard-webhooks"},
            "event": {"type": "com.acme.", "type_from": "/type"}}))
        .unwrap();
        assert_eq!(done.report.auth.map(|auth| auth.setting).as_deref(), Some("acme.hook"));
        let file = &done.files["webhooks/acme.yaml"];
        assert!(file.contains("setting: acme.hook") && file.contains("event: {"), "{file}");
        let form = made(json!({"signature": {"scheme": "hmac-sha256", "header": "X-Signature", "prefix": "sha256="},
            "id": "/id", "case": {"address": "/mail", "text": "/note"}}));
        assert!(form.is_ok(), "{form:?}");
        for (bad, words) in [
            (json!({"signature": {"scheme": "standard-webhooks"}}), "either event or case"),
            (json!({"signature": {"scheme": "hmac-sha256"}, "event": {"type": "x"}}), "signature.header"),
            (
                json!({"signature": {"scheme": "standard-webhooks"}, "case": {"address": "mail", "text": "/x"}}),
                "no place",
            ),
        ] {
            let why = made(bad).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}
