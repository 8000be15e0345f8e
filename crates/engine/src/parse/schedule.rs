//! `schedule`: when runs begin by themselves.

use super::{GLOBALS, GLOBALS_BEFORE, Parser};
use crate::ast::Span;
use crate::cron::Cron;
use crate::node::Node;
use crate::schedule::Schedule;

impl Parser<'_> {
    pub(super) fn schedule(&mut self, node: &Node) -> Schedule {
        let every_ms = self.fixed_span(node, "every");
        if let Some(node) = node.get("every").filter(|_| every_ms == Some(0)) {
            self.error(node, "range", "'every' is no time at all", "give at least one second");
        }
        let cron = node.get("cron").and_then(|node| self.cron(node));
        let after_ms = self.fixed_span(node, "after");
        self.globals = &GLOBALS_BEFORE;
        let on = node.get("on").and_then(|node| self.strategy(node));
        self.globals = &GLOBALS;
        Schedule { every_ms, cron, after_ms, on, at: (node.line, node.column) }
    }

    /// A duration known before there is a run.
    fn fixed_span(&mut self, node: &Node, key: &str) -> Option<i64> {
        let node = node.get(key)?;
        match self.span(node, &format!("'{key}'"))? {
            Span::Ms(ms) => Some(ms),
            Span::Expr(_) => {
                let message = format!("'{key}' cannot be an expression: there is no run yet to evaluate it in");
                self.error(node, "duration", message, "write units (minutes: 15) or an ISO 8601 duration (PT15M)");
                None
            }
        }
    }

    fn cron(&mut self, node: &Node) -> Option<Cron> {
        match Cron::parse(node.text()?) {
            Ok(cron) => Some(cron),
            Err(message) => {
                self.error(
                    node,
                    "cron",
                    message,
                    "write minute, hour, day, month, weekday, such as '0 6 * * 1-5' (UTC) or 'CRON_TZ=Europe/Berlin 0 6 * * 1-5'",
                );
                None
            }
        }
    }
}
