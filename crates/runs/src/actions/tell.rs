//! What a run tells of itself when somebody suspends it or lets it go on: the specification's lifecycle events.

use super::Operating;
use crate::Processes;
use crate::store::Kept;
use crate::subscribe::{anybody_hears_of_runs, tell_of};
use baton_base::{Error, Result, Versions};
use baton_db::Tx;
use baton_engine::{Change, RunState, Turn, lifecycle};
use baton_govern::Ctx;
use serde_json::Value;

impl Operating {
    /// Tells those who listen for it by name. A run that has not begun has nothing to tell, and of one whose release is not
    /// loaded here, or gone, nobody knows which process it is of: it is suspended all the same.
    pub fn tell(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        processes: &Versions<Processes>,
        change: impl Fn(Vec<String>) -> Change,
    ) -> Result<()> {
        let loaded = &self.loaded;
        if !anybody_hears_of_runs(tx, &ctx.client)? {
            return Ok(());
        }
        let Ok(part) = processes.at(&loaded.client, &loaded.release) else { return Ok(()) };
        let Some(definition) = part.get(&loaded.process) else { return Ok(()) };
        let kept: Kept<RunState> = serde_json::from_str(&loaded.state).map_err(Error::broken)?;
        let Some(state) = &kept.engine else { return Ok(()) };
        let turn = Turn { changes: vec![change(state.waiting_tasks())], ..Turn::default() };
        for mut event in lifecycle(definition, loaded.run.as_str(), kept.journal, &turn, ctx.now_ms()) {
            // The journal has no entry of it by whose number it could be named.
            event["id"] = Value::from(ctx.id("evt"));
            tell_of(tx, ctx, &event, &loaded.run, &loaded.process)?;
        }
        Ok(())
    }
}
