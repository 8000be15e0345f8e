//! `emit` and `listen`.

use super::Parser;
use crate::ast::{Correlation, EventFilter, ForEach, Listen, ReadAs, Strategy, TaskBody, Template, Until};
use crate::limits::FORK_BRANCHES_MAX;
use crate::node::{Kind, Node};

impl Parser<'_> {
    pub(super) fn emit(&mut self, node: &Node) -> Option<TaskBody> {
        let with = node.get("event")?.get("with")?;
        self.template(with).map(TaskBody::Emit)
    }

    pub(super) fn listen(&mut self, node: &Node, task: &Node, path: &str) -> Option<TaskBody> {
        let to = node.get("to").and_then(|node| self.strategy(node));
        // Events come in parsed: their raw form is their envelope.
        let whole = matches!(node.text_of("read"), Some("envelope" | "raw"));
        let read = if whole { ReadAs::Envelope } else { ReadAs::Data };
        let foreach = task.get("foreach").map(|node| self.foreach(node, path));
        Some(TaskBody::Listen(Box::new(Listen { to: to?, read, foreach })))
    }

    fn foreach(&mut self, node: &Node, path: &str) -> ForEach {
        let item = node.text_of("item").unwrap_or("item").to_owned();
        let at = node.text_of("at").unwrap_or("index").to_owned();
        let outer = self.scope.len();
        self.scope.extend([item.clone(), at.clone()]);
        let list = node.get("do").map(|node| self.task_list(node, &format!("{path}/foreach/do")));
        let output = self.mapping(node.get("output"), "as");
        let export = self.mapping(node.get("export"), "as");
        self.scope.truncate(outer);
        ForEach { item, at, list: list.unwrap_or_default(), output, export }
    }

    /// Which events to consume.
    pub(super) fn strategy(&mut self, node: &Node) -> Option<Strategy> {
        let (any, all, until) = (node.get("any"), node.get("all"), node.get("until"));
        if let Some(until) = until.filter(|_| any.is_none()) {
            self.error(until, "until", "'until' belongs to 'any'", "remove 'until'");
        }
        if let Some(one) = node.get("one") {
            return self.filter(one).map(Strategy::One);
        }
        let filters = self.filters(any.or(all)?)?;
        if all.is_some() {
            return Some(Strategy::All(filters));
        }
        let until = match until {
            Some(node) if matches!(node.kind, Kind::Text(_)) => Some(Until::Condition(self.expr(node)?)),
            Some(node) => Some(Until::Events(Box::new(self.strategy(node)?))),
            None => None,
        };
        Some(Strategy::Any { filters, until })
    }

    fn filters(&mut self, node: &Node) -> Option<Vec<EventFilter>> {
        let items = node.items();
        if items.len() > FORK_BRANCHES_MAX {
            let message = format!("{} event filters are more than {FORK_BRANCHES_MAX}", items.len());
            self.error(node, "size", message, "listen to fewer kinds of events");
            return None;
        }
        let filters: Vec<EventFilter> = items.iter().filter_map(|item| self.filter(item)).collect();
        (filters.len() == items.len()).then_some(filters)
    }

    fn filter(&mut self, node: &Node) -> Option<EventFilter> {
        let entries = node.get("with")?.entries();
        let attributes: Vec<(String, Template)> =
            entries.iter().filter_map(|(key, value)| Some((key.text.clone(), self.template(value)?))).collect();
        let mut correlate = Vec::new();
        for (key, node) in node.get("correlate").map(Node::entries).unwrap_or_default() {
            let from = self.expr_of(node, "from");
            let expect = self.text_template(node, "expect");
            correlate.push(Correlation { name: key.text.clone(), from: from?, expect });
        }
        (attributes.len() == entries.len()).then_some(EventFilter { with: attributes, correlate })
    }
}
