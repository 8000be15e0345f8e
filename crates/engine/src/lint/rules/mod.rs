//! One file for each rule.

pub(super) mod empty_catch;
pub(super) mod endless_loop;
pub(super) mod endless_retry;
pub(super) mod human_task;
pub(super) mod no_timeout;
pub(super) mod own_event;
pub(super) mod schedule_often;
pub(super) mod secret_flow;
pub(super) mod secret_leak;
pub(super) mod switch_default;
pub(super) mod uncaught_call;
pub(super) mod unknown_function;
pub(super) mod unreachable;

use super::places::{self, Place, Process};
use super::{Report, Rule};
