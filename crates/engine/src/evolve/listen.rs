//! `listen`: which events are meant, when enough have come, and what to do with each.

use super::scope::Scope;
use super::task::{Opened, misplaced};
use super::{Cx, Done, EndKind, Poll};
use crate::api::{Action, Change, Data, RunEvent};
use crate::ast::{EventFilter, Flow, ForEach, Listen, ReadAs, Strategy, Task, TaskBody, Template, Until};
use crate::error::{ErrorDoc, ErrorKind};
use crate::limits::LISTEN_EVENTS_MAX;
use crate::state::{Body, ListFrame, ListenFrame, TaskFrame};
use serde_json::{Map, Value, json};
use std::sync::Arc;

impl Strategy {
    fn filters(&self) -> &[EventFilter] {
        match self {
            Self::One(filter) => std::slice::from_ref(filter),
            Self::Any { filters, .. } | Self::All(filters) => filters,
        }
    }

    fn until(&self) -> Option<&Strategy> {
        match self {
            Self::Any { until: Some(Until::Events(until)), .. } => Some(until),
            _ => None,
        }
    }
}

impl<'a> Cx<'a> {
    pub(super) fn open_listen(
        &mut self,
        task: &Task,
        listen: &Listen,
        input: &Value,
        scope: &Scope<'_>,
    ) -> Result<Opened, ErrorDoc> {
        let expected = self.expected(listen, input, scope)?;
        let filters = announced_all(listen, &expected);
        let call = self.next_call();
        let satisfied = filters.is_empty();
        if !satisfied {
            self.turn.changes.push(Change::Correlating { task: task.path.to_string() });
            self.act(Action::Listen { call: call.clone(), filters });
        }
        Ok(Opened::Waits(Body::Listen(Box::new(ListenFrame {
            call,
            opened: self.calls,
            events: Vec::new(),
            matched: vec![false; listen.to.filters().len()],
            until_matched: vec![false; listen.to.until().map_or(0, |until| until.filters().len())],
            correlated: expected,
            satisfied,
            handled: 0,
            current: None,
            outputs: Vec::new(),
            stopped: false,
        }))))
    }

    /// What events must agree on, as given by expressions over the task's input.
    fn expected(&self, listen: &Listen, input: &Value, scope: &Scope<'_>) -> Result<Map<String, Value>, ErrorDoc> {
        let mut expected = Map::new();
        let groups = [("", Some(&listen.to)), ("until/", listen.to.until())];
        for (group, strategy) in groups.into_iter().filter_map(|(group, found)| Some((group, found?))) {
            for (index, filter) in strategy.filters().iter().enumerate() {
                for correlation in &filter.correlate {
                    if let Some(expect) = &correlation.expect {
                        let key = format!("{group}{index}/{}", correlation.name);
                        expected.insert(key, self.fill(expect, input, scope)?);
                    }
                }
            }
        }
        Ok(expected)
    }

    /// Listens again, with what was heard before, when the run goes on after it had failed.
    fn listen_again(&mut self, task: &Task, listen: &Listen, open: &mut ListenFrame) {
        open.call = self.next_call();
        (open.opened, open.stopped) = (self.calls, false);
        self.turn.changes.push(Change::Correlating { task: task.path.to_string() });
        self.act(Action::Listen { call: open.call.clone(), filters: announced_all(listen, &open.correlated) });
    }

    pub(super) fn poll_listen(&mut self, task: &'a Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        let TaskBody::Listen(listen) = &task.body else { return Err(misplaced(task)) };
        let TaskFrame { body: Body::Listen(open), input, raw, started_ms, .. } = frame else {
            return Err(misplaced(task));
        };
        let raw = raw.as_ref().unwrap_or(input);
        let scope = Scope { task: Some(task), raw, input, result: None, output: None, started_ms: *started_ms };
        if self.again.is_some() && open.stopped {
            self.listen_again(task, listen, open);
        }
        if let RunEvent::EventReceived { cloud_event } = self.event
            && !open.satisfied
            && open.opened <= self.calls_before
        {
            self.consume(listen, open, cloud_event, &scope)?;
            if open.satisfied {
                self.heard_all(task, open);
            }
        }
        if let Some(each) = &listen.foreach {
            let handled = open.handled;
            if let Some(done) = self.handle_events(each, open, &scope)? {
                return Ok(done);
            }
            // A condition may look at what handling an event has exported.
            if let Strategy::Any { until: Some(Until::Condition(until)), .. } = &listen.to
                && open.handled > handled
                && !open.satisfied
                && self.holds(Some(until), &Value::Array(open.events.clone()), &scope)?
            {
                open.satisfied = true;
                self.heard_all(task, open);
            }
        }
        if !open.satisfied {
            return Ok(Poll::Pending);
        }
        let output = if listen.foreach.is_some() { &open.outputs } else { &open.events };
        Ok(Poll::Ready(Done { output: Arc::new(Value::Array(output.clone())), flow: task.then.clone() }))
    }

    fn heard_all(&mut self, task: &Task, open: &ListenFrame) {
        self.act(Action::Unlisten { call: open.call.clone() });
        let named = |key: &String| key.rsplit('/').next().unwrap_or(key).to_owned();
        let keys = open.correlated.iter().map(|(key, value)| (named(key), value.clone())).collect();
        self.turn.changes.push(Change::Correlated { task: task.path.to_string(), keys });
    }

    /// Takes in one event, if it is meant.
    fn consume(
        &self,
        listen: &Listen,
        open: &mut ListenFrame,
        event: &Value,
        scope: &Scope<'_>,
    ) -> Result<(), ErrorDoc> {
        // What ends the listening is not part of what was listened for.
        if let Strategy::Any { until: Some(Until::Events(until)), .. } = &listen.to {
            let ending = self.matching(until, "until/", open, event, scope);
            if !ending.is_empty() {
                open.satisfied = until_met(until, open, &ending);
                return Ok(());
            }
        }
        let matching = self.matching(&listen.to, "", open, event, scope);
        let wanted = match &listen.to {
            Strategy::Any { filters, .. } => filters.is_empty() || !matching.is_empty(),
            Strategy::One(_) => !matching.is_empty(),
            Strategy::All(_) => matching.iter().any(|index| !open.matched[*index]),
        };
        if wanted {
            if open.events.len() >= LISTEN_EVENTS_MAX {
                let detail = format!("more than {LISTEN_EVENTS_MAX} events in one listen");
                return Err(ErrorDoc::standard(ErrorKind::Runtime, detail));
            }
            if let Some(index) = matching.iter().find(|index| !open.matched[**index]).or(matching.first()) {
                open.matched[*index] = true;
                self.correlate(&listen.to.filters()[*index], open, event, scope);
            }
            open.events.push(self.within_limit(read(listen.read, event))?);
        }
        open.satisfied = match &listen.to {
            Strategy::One(_) => wanted,
            Strategy::All(_) => open.matched.iter().all(|matched| *matched),
            Strategy::Any { until: None, .. } => wanted,
            Strategy::Any { until: Some(Until::Condition(until)), .. } => {
                wanted && self.holds(Some(until), &Value::Array(open.events.clone()), scope)?
            }
            Strategy::Any { until: Some(Until::Events(_)), .. } => false,
        };
        Ok(())
    }

    /// Indices of the filters that an event fits.
    fn matching(
        &self,
        strategy: &Strategy,
        group: &str,
        open: &ListenFrame,
        event: &Value,
        scope: &Scope<'_>,
    ) -> Vec<usize> {
        let fits = |(index, filter): (usize, &EventFilter)| {
            let attributes = filter
                .with
                .iter()
                .all(|(name, wanted)| self.attribute_fits(wanted, event.get(name).unwrap_or(&Value::Null), scope));
            let key = format!("{group}{index}");
            (attributes && self.correlates(filter, &key, open, event, scope)).then_some(index)
        };
        strategy.filters().iter().enumerate().filter_map(fits).collect()
    }

    /// Whether an attribute is as wanted: equal to a literal, or an expression over it holds or equals it. An
    /// expression that fails on an event does not fit it: the event is somebody else's.
    fn attribute_fits(&self, wanted: &Template, actual: &Value, scope: &Scope<'_>) -> bool {
        match wanted {
            Template::Literal(value) => value == actual,
            Template::Expr(expr) => match self.eval(expr, actual, scope) {
                Ok(Value::Bool(holds)) if !actual.is_boolean() => holds,
                Ok(value) => &value == actual,
                Err(_) => false,
            },
            Template::Object(parts) => parts
                .iter()
                .all(|(key, part)| self.attribute_fits(part, actual.get(key).unwrap_or(&Value::Null), scope)),
            Template::Array(parts) => actual.as_array().is_some_and(|items| {
                items.len() == parts.len()
                    && parts.iter().zip(items).all(|(part, item)| self.attribute_fits(part, item, scope))
            }),
        }
    }

    fn correlates(
        &self,
        filter: &EventFilter,
        key: &str,
        open: &ListenFrame,
        event: &Value,
        scope: &Scope<'_>,
    ) -> bool {
        filter.correlate.iter().all(|correlation| {
            let Ok(value) = self.eval(&correlation.from, event, scope) else { return false };
            let given = open.correlated.get(&format!("{key}/{}", correlation.name));
            let expected = given.or_else(|| open.correlated.get(&correlation.name));
            expected.is_none_or(|expected| *expected == value)
        })
    }

    /// Without an expectation, the first event's value is what later events must agree on.
    fn correlate(&self, filter: &EventFilter, open: &mut ListenFrame, event: &Value, scope: &Scope<'_>) {
        for correlation in filter.correlate.iter().filter(|correlation| correlation.expect.is_none()) {
            if let Ok(value) = self.eval(&correlation.from, event, scope) {
                open.correlated.entry(correlation.name.clone()).or_insert(value);
            }
        }
    }

    /// Runs the tasks for each event; the task's end, if one of them ends it or waits.
    fn handle_events(
        &mut self,
        each: &'a ForEach,
        open: &mut ListenFrame,
        scope: &Scope<'_>,
    ) -> Result<Option<Poll<Done>>, ErrorDoc> {
        let outer = self.vars.len();
        while open.handled < open.events.len() {
            let item = Arc::new(open.events[open.handled].clone());
            let list = open.current.get_or_insert_with(|| ListFrame::begin(Arc::clone(&item)));
            self.vars.push((&each.item, item));
            self.vars.push((&each.at, Arc::new(Value::from(open.handled))));
            let polled = self.poll_list(&each.list, list);
            let mapped = match polled {
                Ok(Poll::Ready(end)) => {
                    self.item_output(each, &end.output, scope).map(|output| Some((output, end.how)))
                }
                Ok(Poll::Pending) => Ok(None),
                Err(error) => Err(error),
            };
            self.vars.truncate(outer);
            match mapped? {
                None => return Ok(Some(Poll::Pending)),
                Some((output, EndKind::End)) => {
                    if !open.satisfied {
                        self.act(Action::Unlisten { call: open.call.clone() });
                    }
                    return Ok(Some(Poll::Ready(Done { output, flow: Flow::End })));
                }
                Some((output, _)) => {
                    open.outputs.push(Value::clone(&output));
                    open.handled += 1;
                    open.current = None;
                }
            }
        }
        Ok(None)
    }

    fn item_output(&mut self, each: &ForEach, raw: &Data, scope: &Scope<'_>) -> Result<Data, ErrorDoc> {
        let output = self.mapped(each.output.map.as_ref(), raw, &Scope { result: Some(raw), ..*scope })?;
        self.check_schema(each.output.schema.as_ref(), &output, "the output")?;
        if let Some(map) = &each.export.map {
            let context = self.fill(map, &output, &Scope { result: Some(raw), output: Some(&output), ..*scope })?;
            self.check_schema(each.export.schema.as_ref(), &context, "the context")?;
            self.context = Arc::new(self.within_limit(context)?);
        }
        Ok(output)
    }
}

fn until_met(until: &Strategy, open: &mut ListenFrame, ending: &[usize]) -> bool {
    for index in ending {
        open.until_matched[*index] = true;
    }
    match until {
        Strategy::All(_) => open.until_matched.iter().all(|matched| *matched),
        Strategy::One(_) | Strategy::Any { .. } => true,
    }
}

fn read(how: ReadAs, event: &Value) -> Value {
    match how {
        ReadAs::Data => event.get("data").cloned().unwrap_or(Value::Null),
        ReadAs::Envelope => event.clone(),
    }
}

/// All filters as the outside is told of them.
fn announced_all(listen: &Listen, expected: &Map<String, Value>) -> Vec<Value> {
    let groups = [("", Some(&listen.to)), ("until/", listen.to.until())];
    let mut filters = Vec::new();
    for (group, strategy) in groups.into_iter().filter_map(|(group, found)| Some((group, found?))) {
        let each = strategy.filters().iter().enumerate();
        filters.extend(each.map(|(index, filter)| announced(filter, &format!("{group}{index}"), expected)));
    }
    if listen.to.filters().is_empty() && !matches!(listen.to, Strategy::All(_)) {
        filters.push(json!({"with": {}}));
    }
    filters
}

/// A filter as the outside is told of it: what can be matched without evaluating anything.
fn announced(filter: &EventFilter, key: &str, expected: &Map<String, Value>) -> Value {
    let literals = filter.with.iter().filter_map(|(name, wanted)| match wanted {
        Template::Literal(value) => Some((name.clone(), value.clone())),
        _ => None,
    });
    let correlate = filter.correlate.iter().map(|correlation| {
        let expect = expected.get(&format!("{key}/{}", correlation.name));
        (correlation.name.clone(), json!({"from": correlation.from.text(), "expect": expect}))
    });
    json!({"with": literals.collect::<Map<_, _>>(), "correlate": correlate.collect::<Map<_, _>>()})
}
