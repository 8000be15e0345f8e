//! What an operation seems to be, by its method, its words and its schemas. Suggestions only.

use super::{Pick, Suggested, names};
use crate::catalogue::{Document, Entry, IDEMPOTENCY_HEADER_DEFAULT, Operation};
use reqwest::Url;
use serde_json::Value;

/// Words of operations whose mistakes are hard to undo, or cost money.
const HIGH: [&str; 29] = [
    "delete",
    "remove",
    "refund",
    "refunds",
    "payout",
    "payouts",
    "transfer",
    "transfers",
    "charge",
    "charges",
    "pay",
    "payment",
    "payments",
    "capture",
    "captures",
    "cancel",
    "cancels",
    "close",
    "revoke",
    "terminate",
    "void",
    "reverse",
    "reversals",
    "purge",
    "destroy",
    "permissions",
    "admin",
    "password",
    "reject",
];
/// Words that say that something is changed, even where the method says that it is read.
const CHANGES: [&str; 20] = [
    "create", "update", "delete", "remove", "add", "set", "send", "post", "cancel", "archive", "invite", "kick",
    "revoke", "rename", "start", "end", "open", "close", "join", "leave",
];
/// Words of fields that hold amounts of money.
const AMOUNTS: [&str; 16] = [
    "amount",
    "price",
    "total",
    "subtotal",
    "fee",
    "balance",
    "cost",
    "tax",
    "discount",
    "refund",
    "tip",
    "paid",
    "due",
    "salary",
    "premium",
    "deductible",
];
/// Words of fields that nobody should read later.
const SECRETS: [&str; 12] = [
    "password",
    "secret",
    "cvc",
    "cvv",
    "iban",
    "ssn",
    "pin",
    "token",
    "card_number",
    "account_number",
    "passcode",
    "private_key",
];
/// Deepest place looked at, levels; most parts of a schema looked at, count; most places suggested, count.
const DEPTH_MAX: usize = 5;
const PARTS_MAX: usize = 3_000;
const PLACES_MAX: usize = 8;
/// Most places of secrets suggested, count: one that is left out is written down.
const SECRETS_MAX: usize = 64;

/// What holds for all operations of a description.
pub(super) struct OfAll<'a> {
    pub doc: &'a Document,
    /// The header in which the connector sends its keys.
    pub key_header: &'a str,
}

/// The header that most operations want a key in.
pub(super) fn key_header<'a>(wanted: impl Iterator<Item = &'a str>) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for header in wanted {
        match counts.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(header)) {
            Some((_, count)) => *count += 1,
            None => counts.push((header, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    let found = counts.iter().find(|(_, count)| Some(*count) == most);
    found.map_or(IDEMPOTENCY_HEADER_DEFAULT, |(header, _)| header).to_owned()
}

/// The action that an operation would be.
pub(super) fn action(of_all: &OfAll<'_>, entry: &Entry, operation: &Operation, pick: &Pick) -> Suggested {
    let doc = of_all.doc;
    let reads = matches!(entry.method.as_str(), "get" | "head" | "options" | "query" | "trace");
    let words = words(entry);
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let mut notes = operation.notes.clone();
    let writes = !reads || last_verb_changes(entry);
    if writes && reads {
        notes.push("its name says that it changes something, though its method only reads".to_owned());
    }
    if !reads && words.iter().any(|w| matches!(w.as_str(), "search" | "query" | "lookup" | "preview" | "calculate")) {
        notes.push("it may only read; if so, set writes: false".to_owned());
    }
    let risk = match (writes, entry.method.as_str()) {
        (false, _) => "low",
        (true, "delete") => "high",
        (true, _) if any(&HIGH) => "high",
        (true, _) => "medium",
    };
    let takes_key = operation.takes_key.as_deref().is_some_and(|header| header.eq_ignore_ascii_case(of_all.key_header));
    if let Some(other) = operation.takes_key.as_deref().filter(|_| !takes_key) {
        notes.push(format!("it wants its key in '{other}', and this connector sends keys in '{}'", of_all.key_header));
    }
    let known = matches!(entry.method.as_str(), "get" | "head" | "put" | "delete") && reads != writes;
    let mut places = Places::default();
    places.answer(doc, entry);
    places.arguments(operation);
    if places.left_out > 0 {
        notes.push(format!("{} more places may hold secrets than are named in redact", places.left_out));
    }
    let base_url = own_address(doc, entry, &mut notes);
    Suggested {
        name: pick.name.clone().unwrap_or_else(|| names::action(entry)),
        operation: entry.name.clone(),
        method: operation.method.clone(),
        path: entry.path.clone(),
        title: pick.title.clone().unwrap_or_else(|| operation.summary.clone()),
        writes: pick.writes.unwrap_or(writes),
        risk: pick.risk.clone().unwrap_or_else(|| risk.to_owned()),
        idempotent: pick.idempotent.unwrap_or(known || takes_key),
        money: pick.money.clone().unwrap_or(places.money),
        minor: places.minor,
        redact: places.redact,
        compensate: pick.compensate.clone(),
        base_url,
        notes,
    }
}

/// The address that an operation has of its own. The connector's secret goes there too.
fn own_address(doc: &Document, entry: &Entry, notes: &mut Vec<String>) -> Option<String> {
    let own = doc.servers(Some(entry)).into_iter().next()?;
    let base = doc.servers(None).into_iter().next().and_then(|base| Url::parse(&base).ok());
    let url = match (Url::parse(&own), &base) {
        (Ok(url), _) => url,
        (Err(_), Some(base)) => base.join(&own).ok()?,
        (Err(_), None) => {
            notes.push(format!("it has an address of its own, '{own}', and nothing says where that is"));
            return None;
        }
    };
    if base.is_some_and(|base| base.origin() != url.origin()) {
        let host = url.host_str().unwrap_or_default();
        notes.push(format!("it is at another host, {host}: the connector's secret would be sent there too"));
    }
    Some(own).filter(|own| own.contains("://")).or_else(|| Some(url.to_string()))
}

fn words(entry: &Entry) -> Vec<String> {
    let snake = names::action(entry);
    let path = entry.path.split('/').filter(|step| !step.starts_with('{'));
    let path = path.flat_map(|step| step.split(['.', '_', '-'])).map(str::to_ascii_lowercase);
    snake.split('_').map(str::to_owned).chain(path).collect()
}

// `conversations.archive`, `/things/delete`: the last word of an RPC-like name is what it does.
fn last_verb_changes(entry: &Entry) -> bool {
    let last = entry.path.rsplit('/').next().unwrap_or_default();
    let verb = last.rsplit('.').next().unwrap_or_default();
    !last.starts_with('{') && CHANGES.contains(&verb)
}

/// Places that hold amounts or secrets.
#[derive(Default)]
struct Places {
    money: Vec<String>,
    minor: Vec<String>,
    redact: Vec<String>,
    /// Places of secrets that were too many to name.
    left_out: usize,
    parts: usize,
}

impl Places {
    fn answer(&mut self, doc: &Document, entry: &Entry) {
        let Some((_, media)) = doc.answers(doc.value(entry)).find(|(media, _)| media.contains("json")) else { return };
        if let Some(schema) = media.get("schema") {
            self.walk(doc, schema, "", &mut Vec::new());
        }
    }

    /// `above` are the references that led here: what refers to itself is looked at once.
    fn walk<'a>(&mut self, doc: &'a Document, schema: &'a Value, at: &str, above: &mut Vec<&'a str>) {
        self.parts += 1;
        if above.len() > DEPTH_MAX || self.parts > PARTS_MAX {
            return;
        }
        let reference = schema.get("$ref").and_then(Value::as_str).unwrap_or_default();
        if !reference.is_empty() && above.contains(&reference) {
            return;
        }
        let Ok(schema) = doc.follow(schema) else { return };
        above.push(reference);
        for key in ["allOf", "anyOf", "oneOf"] {
            for part in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
                self.walk(doc, part, at, above);
            }
        }
        if let Some(items) = schema.get("items") {
            self.walk(doc, items, &format!("{at}/*"), above);
        }
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            if let Ok(plain) = doc.follow(field) {
                self.field(name, plain, &place);
            }
            self.walk(doc, field, &place, above);
        }
        above.pop();
    }

    fn field(&mut self, name: &str, field: &Value, place: &str) {
        if is_secret(name) {
            self.secret(format!("/result{place}"));
        }
        let name = name.to_ascii_lowercase();
        if !is_amount(&name) {
            return;
        }
        let text = |key: &str| field.get(key).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "number" => push(&mut self.money, place.to_owned()),
            "string" if text("format") == "decimal" || text("pattern").contains("\\d") => {
                push(&mut self.money, place.to_owned());
            }
            "integer" => push(&mut self.minor, format!("/result{place}")),
            _ => {}
        }
    }

    fn arguments(&mut self, operation: &Operation) {
        let fields = operation.schema.get("properties").and_then(Value::as_object);
        for (name, field) in fields.into_iter().flatten() {
            let lower = name.to_ascii_lowercase();
            let place = format!("/args/{}", name.replace('~', "~0").replace('/', "~1"));
            if is_secret(name) {
                self.secret(place.clone());
            }
            let whole = field.get("type").is_some_and(|kind| kind == "integer" || kind == "number");
            if is_amount(&lower) && whole {
                push(&mut self.minor, place);
            }
        }
    }
}

impl Places {
    fn secret(&mut self, place: String) {
        match self.redact.len() < SECRETS_MAX {
            true if !self.redact.contains(&place) => self.redact.push(place),
            true => {}
            false => self.left_out += 1,
        }
    }
}

fn push(list: &mut Vec<String>, place: String) {
    if list.len() < PLACES_MAX && !list.contains(&place) {
        list.push(place);
    }
}

fn is_amount(name: &str) -> bool {
    let count =
        name.contains("count") || name.ends_with("_percent") || name.ends_with("_rate") || name.ends_with("_at");
    !count && (name.ends_with("amount") || name.split(['_', '-']).any(|word| AMOUNTS.contains(&word)))
}

/// Whether nobody should read later what a field of this name holds.
pub(super) fn is_secret(name: &str) -> bool {
    let name = names::snake(name);
    let page = ["next", "page", "cursor", "sync"].iter().any(|word| name.contains(word));
    !page && SECRETS.iter().any(|word| name == **word || name.ends_with(&format!("_{word}")))
}

/// Operations that name addresses to be called back.
pub(super) fn callbacks(doc: &Document) -> Vec<String> {
    let mut out = Vec::new();
    for entry in doc.entries() {
        let said = doc.value(entry).get("callbacks").and_then(Value::as_object);
        out.extend(said.into_iter().flatten().map(|(name, _)| format!("{}: {name}", entry.name)));
    }
    out
}

/// What the system sends by itself.
pub(super) fn webhooks(doc: &Document) -> Vec<String> {
    let root = doc.root();
    let said = root.get("webhooks").or_else(|| root.get("x-webhooks")).and_then(Value::as_object);
    said.into_iter().flatten().map(|(name, _)| name.clone()).collect()
}
