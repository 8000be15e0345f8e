//! What a release offers as tools, made once for each release; who is shown which of them is asked at each request.

use baton_base::{ClientId, ReleaseId};
use baton_govern::Risk;
use baton_tools::{Action, Catalogue};
use rmcp::model::{JsonObject, MetaObject, Tool, ToolAnnotations};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// The tools of one release, by name.
pub(super) type Tools = BTreeMap<String, Tool>;

/// Tools of the live releases, as far as somebody has asked.
#[derive(Default)]
pub(crate) struct Offers(Mutex<HashMap<ClientId, (ReleaseId, Arc<Tools>)>>);

impl Offers {
    pub(super) fn of(&self, client: &ClientId, release: &ReleaseId, catalogue: &Catalogue) -> Arc<Tools> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tools)) = made.get(client).filter(|(of, _)| of == release) {
            return Arc::clone(tools);
        }
        let tools: Tools = catalogue.actions().map(|action| (action.name.clone(), tool(action))).collect();
        let tools = Arc::new(tools);
        made.insert(client.clone(), (release.clone(), Arc::clone(&tools)));
        tools
    }
}

fn tool(action: &Action) -> Tool {
    let words = description(action);
    let mut tool = Tool::new(action.name.clone(), words, object(action.schema()));
    tool.title = Some(action.title.clone());
    tool.annotations = Some(
        ToolAnnotations::with_title(action.title.clone())
            .read_only(!action.writes)
            .destructive(action.writes && action.risk != Risk::Low)
            .idempotent(action.may_repeat())
            .open_world(true),
    );
    // Structured content before 2026-07-28 is an object, and so is what is said of it.
    let described = action.output().filter(|schema| schema["type"] == "object" && action.money.is_empty());
    tool.output_schema = described.map(|schema| Arc::new(object(schema)));
    tool.meta = Some(MetaObject(super::meta::of(&[
        ("baton/risk", json!(action.risk)),
        ("baton/needsCase", json!(action.needs_case())),
        ("baton/system", json!(action.system.title)),
    ])));
    tool
}

/// What a model reads: the title, and what it has to know before it calls.
fn description(action: &Action) -> String {
    let mut words = format!("{} ({}).", action.title, action.system.title);
    if action.needs_case() {
        words.push_str(" For one case: its id stands in _meta as baton/case.");
    }
    if action.confirm {
        words.push_str(" The customer must have said yes to exactly these arguments.");
    }
    words
}

fn object(schema: &Value) -> JsonObject {
    const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
    let mut object = JsonObject::from_iter([("$schema".to_owned(), json!(DIALECT))]);
    object.extend(schema.as_object().cloned().unwrap_or_default());
    object
}
