//! `schedule`: when runs begin by themselves.

use super::{GLOBALS, GLOBALS_BEFORE, Parser};
use crate::ast::Span;
use crate::cron::Cron;
use crate::node::Node;
use crate::schedule::Schedule;

/// What `schedule` may say.
const WAYS: [&str; 4] = ["every", "cron", "after", "on"];

impl Parser<'_> {
    pub(super) fn schedule(&mut self, node: &Node) -> Option<Schedule> {
        let mut fields = self.fields(node, "'schedule'")?;
        let every = fields.get("every").map(|node| (node, self.fixed_span(node, "'every'")));
        if let Some((node, Some(0))) = every {
            self.error(node, "value", "'every' is no time at all", "give at least one second");
        }
        let cron = fields.get("cron").and_then(|node| self.cron(node));
        let after_ms = fields.get("after").and_then(|node| self.fixed_span(node, "'after'"));
        let on = fields.get("on").and_then(|node| {
            self.globals = &GLOBALS_BEFORE;
            let on = self.strategy(node, true);
            self.globals = &GLOBALS;
            on
        });
        if WAYS.iter().all(|way| fields.get(way).is_none()) {
            self.error(node, "shape", "'schedule' says nothing", format!("add one of: {}", WAYS.join(", ")));
        }
        self.finish(fields);
        Some(Schedule { every_ms: every.and_then(|(_, ms)| ms), cron, after_ms, on })
    }

    /// A duration known before there is a run.
    fn fixed_span(&mut self, node: &Node, what: &str) -> Option<i64> {
        match self.span(node, what)? {
            Span::Ms(ms) => Some(ms),
            Span::Expr(_) => {
                let message = format!("{what} cannot be an expression: there is no run yet to evaluate it in");
                self.error(node, "duration", message, "write units (minutes: 15) or an ISO 8601 duration (PT15M)");
                None
            }
        }
    }

    fn cron(&mut self, node: &Node) -> Option<Cron> {
        let text = self.text(node, "'cron'")?;
        match Cron::parse(text) {
            Ok(cron) => Some(cron),
            Err(message) => {
                self.error(
                    node,
                    "cron",
                    message,
                    "write minute, hour, day, month, weekday (UTC), such as '0 6 * * 1-5'",
                );
                None
            }
        }
    }
}
