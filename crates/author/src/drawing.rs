//! A process as a Mermaid flowchart.

use baton_engine::{Definition, Graph, GraphNode};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The text of a drawing that Markdown viewers show.
pub fn mermaid(definition: &Definition) -> String {
    let Graph { nodes, edges } = definition.graph();
    let ids: BTreeMap<&str, String> =
        nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), format!("n{at}"))).collect();
    let mut out = String::from("flowchart TD\n");
    children(&nodes, None, &ids, 1, &mut out);
    for edge in &edges {
        let (Some(from), Some(to)) = (ids.get(edge.from.as_str()), ids.get(edge.to.as_str())) else { continue };
        // Back to the task around it is where a list ends: the frame already shows that.
        let label = edge.label.as_deref().map(|label| format!("|\"{}\"|", quoted(label))).unwrap_or_default();
        let _ = writeln!(out, "  {from} -->{label} {to}");
    }
    out
}

fn children(nodes: &[GraphNode], parent: Option<&str>, ids: &BTreeMap<&str, String>, depth: usize, out: &mut String) {
    for node in nodes.iter().filter(|node| node.parent.as_deref() == parent) {
        let Some(id) = ids.get(node.id.as_str()) else { continue };
        let pad = "  ".repeat(depth);
        let _ = writeln!(out, "{pad}{id}{}", shape(node));
        if nodes.iter().any(|inner| inner.parent.as_deref() == Some(&node.id)) {
            let _ = writeln!(out, "{pad}subgraph {id}i [\"{}\"]", quoted(&node.name));
            children(nodes, Some(&node.id), ids, depth + 1, out);
            let _ = writeln!(out, "{pad}end");
        }
    }
}

fn shape(node: &GraphNode) -> String {
    let label = node.label.as_deref().map(|label| format!("<br/>{}", quoted(label))).unwrap_or_default();
    let text = match node.kind.as_str() {
        "start" | "end" => quoted(&node.name),
        kind => format!("{}<br/><i>{kind}</i>{label}", quoted(&node.name)),
    };
    match node.kind.as_str() {
        "start" | "end" => format!("([\"{text}\"])"),
        "switch" => format!("{{\"{text}\"}}"),
        "call" | "run" => format!("[[\"{text}\"]]"),
        "wait" | "listen" => format!("(\"{text}\")"),
        _ => format!("[\"{text}\"]"),
    }
}

fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_has_every_task_and_way() {
        let text = "document: { dsl: '1.0.3', namespace: t, name: p, version: '1.0.0' }\n\
                    do:\n  - ask: { call: human-task, timeout: { after: PT1H } }\n  \
                    - way:\n      switch:\n        - yes: { when: '.a > 1', then: ask }\n        - no: { then: end }\n";
        let drawing = mermaid(&Definition::parse("p.yaml", text).unwrap());
        assert!(drawing.starts_with("flowchart TD\n"), "{drawing}");
        for part in ["[[\"ask<br/><i>call</i><br/>human-task\"]]", "-->|\"yes\"|", "-->|\"no\"|", "([\"end\"])"] {
            assert!(drawing.contains(part), "{part} in {drawing}");
        }
    }
}
