//! `emit` and `listen`.

use super::Parser;
use super::reader::Fields;
use crate::ast::{Correlation, EventFilter, ForEach, Listen, ReadAs, Strategy, TaskBody, Template, Until};
use crate::limits::FORK_BRANCHES_MAX;
use crate::node::{Kind, Node};

impl Parser<'_> {
    pub(super) fn emit(&mut self, node: &Node) -> Option<TaskBody> {
        let mut fields = self.fields(node, "'emit'")?;
        let event = self.required(&mut fields, "event");
        self.finish(fields);
        let mut event = self.fields(event?, "'event'")?;
        let with = self.required(&mut event, "with");
        self.finish(event);
        let with = with?;
        let mut properties = self.fields(with, "the event")?;
        for key in ["source", "type"] {
            if properties.get(key).is_none() {
                self.missing(&properties, key);
            }
        }
        self.event_properties(with);
        self.template(with).map(TaskBody::Emit)
    }

    /// The attributes of an event; extension attributes are free.
    fn event_properties(&mut self, node: &Node) {
        for (key, value) in self.entries(node, "the event").unwrap_or_default() {
            match key.text.as_str() {
                "id" | "type" | "subject" | "datacontenttype" | "time" => {
                    self.text(value, &key.text);
                }
                "source" | "dataschema" => {
                    self.uri(value, &key.text);
                }
                _ => {}
            }
        }
    }

    pub(super) fn listen(&mut self, node: &Node, fields: &mut Fields<'_>, path: &str) -> Option<TaskBody> {
        let mut spec = self.fields(node, "'listen'")?;
        let to = self.required(&mut spec, "to").and_then(|node| self.strategy(node, true));
        let read = spec.get("read").and_then(|node| self.word(node, "'read'", &["data", "envelope", "raw"]));
        self.finish(spec);
        // Events come in parsed: their raw form is their envelope.
        let read = if matches!(read, Some("envelope" | "raw")) { ReadAs::Envelope } else { ReadAs::Data };
        let foreach = fields.get("foreach").and_then(|node| self.foreach(node, path));
        Some(TaskBody::Listen(Box::new(Listen { to: to?, read, foreach })))
    }

    fn foreach(&mut self, node: &Node, path: &str) -> Option<ForEach> {
        let mut fields = self.fields(node, "'foreach'")?;
        let item = self.text_at(&mut fields, "item").unwrap_or("item").to_owned();
        let at = self.text_at(&mut fields, "at").unwrap_or("index").to_owned();
        let outer = self.scope.len();
        self.scope.extend([item.clone(), at.clone()]);
        let list = fields.get("do").map(|node| self.task_list(node, &format!("{path}/foreach/do"), "'do'"));
        let output = self.mapping(fields.get("output"), "as", "'output'");
        let export = self.mapping(fields.get("export"), "as", "'export'");
        self.scope.truncate(outer);
        self.finish(fields);
        Some(ForEach { item, at, list: list.unwrap_or_default(), output, export })
    }

    /// Which events to consume.
    pub(super) fn strategy(&mut self, node: &Node, until_allowed: bool) -> Option<Strategy> {
        let mut fields = self.fields(node, "the events to listen to")?;
        let (one, any, all) = (fields.get("one"), fields.get("any"), fields.get("all"));
        let until = fields.get("until");
        self.finish(fields);
        if [one, any, all].iter().flatten().count() != 1 {
            self.error(node, "shape", "say exactly one of 'one', 'any', 'all'", "keep one of the three");
            return None;
        }
        if let Some(node) = until.filter(|_| any.is_none() || !until_allowed) {
            self.error(node, "shape", "'until' belongs to 'any'", "remove 'until'");
        }
        if let Some(one) = one {
            return self.filter(one).map(Strategy::One);
        }
        let filters = self.filters(any.or(all)?)?;
        if all.is_some() {
            return Some(Strategy::All(filters));
        }
        let until = match until {
            Some(node) if matches!(node.kind, Kind::Text(_)) => Some(Until::Condition(self.expr(node, "'until'")?)),
            Some(node) => Some(Until::Events(Box::new(self.strategy(node, false)?))),
            None => None,
        };
        Some(Strategy::Any { filters, until })
    }

    fn filters(&mut self, node: &Node) -> Option<Vec<EventFilter>> {
        let items = self.list(node, "the events")?;
        if items.len() > FORK_BRANCHES_MAX {
            let message = format!("{} event filters are more than {FORK_BRANCHES_MAX}", items.len());
            self.error(node, "size", message, "listen to fewer kinds of events");
            return None;
        }
        let filters: Vec<EventFilter> = items.iter().filter_map(|item| self.filter(item)).collect();
        (filters.len() == items.len()).then_some(filters)
    }

    fn filter(&mut self, node: &Node) -> Option<EventFilter> {
        let mut fields = self.fields(node, "the event filter")?;
        let with = self.required(&mut fields, "with");
        let correlate = fields.get("correlate");
        self.finish(fields);
        let with = with?;
        if matches!(&with.kind, Kind::Map(entries) if entries.is_empty()) {
            self.error(with, "shape", "'with' filters nothing", "give at least one attribute, such as 'type'");
        }
        self.event_properties(with);
        let entries = self.entries(with, "'with'")?;
        let attributes: Vec<(String, Template)> =
            entries.iter().filter_map(|(key, value)| Some((key.text.clone(), self.template(value)?))).collect();
        let correlate = match correlate {
            Some(node) => self.correlations(node)?,
            None => Vec::new(),
        };
        (attributes.len() == entries.len()).then_some(EventFilter { with: attributes, correlate })
    }

    fn correlations(&mut self, node: &Node) -> Option<Vec<Correlation>> {
        let mut found = Vec::new();
        for (key, node) in self.entries(node, "'correlate'")? {
            let mut fields = self.fields(node, "the correlation")?;
            let from = self.required(&mut fields, "from").and_then(|node| self.expr(node, "'from'"));
            let expect = fields.get("expect").and_then(|node| self.text_template(node, "'expect'"));
            self.finish(fields);
            found.push(Correlation { name: key.text.clone(), from: from?, expect });
        }
        Some(found)
    }
}
