//! The processes of a world: some written by hand in the shape of real operations, some drawn at random.

mod draw;
mod kinds;

use crate::dice::Dice;
use crate::functions;
use baton_base::{Bundle, ReleaseId};
use baton_runs::Processes;
use serde_json::{Value, json};
use std::sync::Arc;

/// Kinds of events that runs emit and listen for.
pub const EVENTS: &[&str] = &["sim.paid", "sim.shipped", "sim.updated"];

/// Hand-written ones: name and text.
const WRITTEN: &[(&str, &str)] = &[
    ("claim", include_str!("../../processes/claim.yaml")),
    ("support", include_str!("../../processes/support.yaml")),
    ("identify", include_str!("../../processes/identify.yaml")),
    ("booking", include_str!("../../processes/booking.yaml")),
    ("dispatch", include_str!("../../processes/dispatch.yaml")),
];

/// Processes drawn for a world: those that others run as children, and those that start by themselves.
const CHILDREN: usize = 3;
const DRAWN: usize = 8;

/// The processes of one world.
pub struct Library {
    /// Their release.
    pub release: ReleaseId,
    /// Compiled.
    pub processes: Arc<Processes>,
    /// Another release of the same processes, which differ in a word of their descriptions.
    pub again: ReleaseId,
    /// Those, compiled.
    pub reworded: Arc<Processes>,
    /// Names of those that start by themselves.
    pub entries: Vec<String>,
}

impl Library {
    /// Draws a library.
    ///
    /// # Panics
    /// When a drawn process is not valid, with the findings and its text: the drawing is wrong, not the engine.
    pub fn draw(dice: &mut Dice) -> Self {
        let mut files: Vec<(String, String)> =
            WRITTEN.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
        let mut entries: Vec<String> = files.iter().map(|(name, _)| name.clone()).filter(|n| n != "identify").collect();
        let children: Vec<String> = (0..CHILDREN).map(|n| format!("child-{n}")).collect();
        for name in &children {
            files.push((name.clone(), draw::process(dice, name, &[])));
        }
        for n in 0..DRAWN {
            let name = format!("drawn-{n}");
            files.push((name.clone(), draw::process(dice, &name, &children)));
            entries.push(name);
        }
        Self::of(files, entries)
    }

    /// One process of the sweep, and the child that some of them run.
    pub fn single(name: &str, tasks: &Value) -> Self {
        let whole = |name: &str, tasks: &Value| (name.to_owned(), document(name, tasks).to_string());
        let child = json!([{"deed": {"call": "act", "with": {"n": 5}}}]);
        Self::of(vec![whole(name, tasks), whole("sweep-child", &child)], vec![name.to_owned()])
    }

    fn of(files: Vec<(String, String)>, entries: Vec<String>) -> Self {
        let reworded = files.iter().map(|(name, text)| (name.clone(), reword(text))).collect();
        Self {
            release: ReleaseId::known("rel_sim"),
            processes: compile(files),
            again: ReleaseId::known("rel_sim_again"),
            reworded: compile(reworded),
            entries,
        }
    }
}

/// The same definition with a description: another text, and so another version, of the same shape.
fn reword(text: &str) -> String {
    let text = text.replacen("document: {", "document: { summary: again,", 1);
    text.replacen("\"document\":{", "\"document\":{\"summary\":\"again\",", 1)
}

/// A whole definition around a list of tasks.
pub(crate) fn document(name: &str, tasks: &Value) -> Value {
    json!({"document": {"dsl": "1.0.3", "namespace": "sim", "name": name, "version": "1.0.0"}, "do": tasks})
}

fn compile(files: Vec<(String, String)>) -> Arc<Processes> {
    let texts = files.iter().map(|(name, text)| (format!("processes/{name}.yaml"), text.clone()));
    let bundle = Bundle { files: texts.collect(), ..Bundle::default() };
    match Processes::load(&bundle, functions::NAMES) {
        Ok(processes) => Arc::new(processes),
        Err(findings) => {
            let found: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
            let text: String = files.iter().map(|(name, text)| format!("{name}: {text}\n")).collect();
            panic!("{found}{text}")
        }
    }
}
