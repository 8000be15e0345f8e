//! Queues that processes name: each must be one of the release, or work would go where nobody looks for it.

use crate::Intake;
use baton_base::written::Places;
use baton_base::{Bundle, Finding};
use baton_runs::Processes;
use std::collections::BTreeMap;

/// Functions of the platform that put work into a queue.
const GIVING: [&str; 3] = ["escalate", "human-task", "approval"];

/// Calls that name a queue which the release does not have, each with its place. A name that an expression computes is not
/// known before the run: what it names wrongly goes to the default queue.
pub fn unknown_queues(bundle: &Bundle, intake: &Intake, processes: &Processes) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut read: BTreeMap<String, Places> = BTreeMap::new();
    for (process, definition) in processes.all() {
        for call in definition.platform_calls() {
            if !GIVING.contains(&call.function) {
                continue;
            }
            let Some(name) = call.with.get("queue").and_then(|name| name.as_str()) else { continue };
            if name.trim_start().starts_with("${") || intake.queue(name).is_some() {
                continue;
            }
            let path = call.file.unwrap_or_else(|| format!("processes/{process}.yaml"));
            let places = read.entry(path.clone()).or_insert_with(|| Places::of(bundle.file(&path).unwrap_or_default()));
            let (line, column) = places.place_of(&format!("{}/with/queue", call.pointer));
            let what = format!("'{}' gives work to the queue '{name}', which queues.yaml does not have", call.task);
            let one = Finding::error(&path, "queue-unknown", what, remedy(intake)).at(line, column);
            // A function of a catalog is found once for each process that takes it in.
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found
}

fn remedy(intake: &Intake) -> String {
    let known: Vec<&str> = intake.queues().iter().map(|queue| queue.name.as_str()).collect();
    format!("name one of its queues ({}), or leave the queue out for the default one", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["escalate", "human-task", "notify"];

    fn found(process: &str, more: &[(&str, &str)]) -> Vec<(String, u32, String)> {
        let queues = "queues: [{name: motor, title: Motor, default: true}, {name: care, title: Care}]";
        let files =
            [("queues.yaml", queues), ("processes/claim.yaml", process)].into_iter().chain(more.iter().copied());
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        let bundle = Bundle { files, ..Bundle::default() };
        let processes = Processes::load(&bundle, &KNOWN).unwrap_or_else(|found| panic!("{found:?}"));
        let intake = Intake::load(&bundle).unwrap();
        let found = unknown_queues(&bundle, &intake, &processes);
        found.into_iter().map(|one| (one.file, one.line, one.message)).collect()
    }

    const HEAD: &str = "document: { dsl: 1.0.3, namespace: test, name: claim, version: 1.0.0 }\n";

    #[test]
    fn a_queue_that_is_not_there_is_an_error_at_its_line_wherever_it_is_named() {
        let text = format!(
            "{HEAD}use:\n  functions:\n    ask:\n      call: human-task\n      with:\n        queue: gone\ndo:\n  - first:\n      \
             call: ask\n  - second:\n      do:\n        - inner:\n            call: escalate\n            with: {{ queue: away }}\n"
        );
        let mut all = found(&text, &[]);
        all.sort_by_key(|one| one.1);
        let places: Vec<_> = all.iter().map(|(file, line, _)| (file.as_str(), *line)).collect();
        assert_eq!(places, [("processes/claim.yaml", 7), ("processes/claim.yaml", 15)], "{all:?}");
        assert!(all[0].2.contains("'gone'") && all[1].2.contains("'inner'"), "{all:?}");
    }

    #[test]
    fn queues_of_the_release_no_queue_and_computed_ones_are_left_alone() {
        let text = format!(
            "{HEAD}do:\n  - a:\n      call: escalate\n      with: {{ queue: care }}\n  - b:\n      call: human-task\n  - c:\n      \
             call: escalate\n      with: {{ queue: \"${{ .queue }}\" }}\n  - d:\n      call: notify\n      with: {{ queue: other }}\n"
        );
        let all = found(&text, &[]);
        assert!(all.is_empty(), "{all:?}");
    }

    #[test]
    fn a_function_of_a_catalog_is_found_in_its_own_file() {
        let text = format!(
            "{HEAD}use: {{ catalogs: {{ shared: {{ endpoint: file:///shared }} }} }}\ndo:\n  - hand:\n      \
             call: hand:1.0.0@shared\n"
        );
        let function = "call: escalate\nwith:\n  reason: asked\n  queue: gone\n";
        let all = found(&text, &[("shared/functions/hand/1.0.0/function.yaml", function)]);
        let places: Vec<_> = all.iter().map(|(file, line, _)| (file.as_str(), *line)).collect();
        assert_eq!(places, [("shared/functions/hand/1.0.0/function.yaml", 4)], "{all:?}");
    }
}
