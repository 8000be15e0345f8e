//! The interpreter.
use crate::{Definition, RunEvent, RunState, Turn};
/// x
pub fn evolve(def: &Definition, state: &mut RunState, event: &RunEvent, now_ms: i64) -> Turn {
    let _ = (def, state, event, now_ms);
    Turn::default()
}
