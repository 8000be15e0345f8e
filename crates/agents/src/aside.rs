//! A language model asked by a person: what it writes is shown to them and stored nowhere as a message.

use crate::model::{Ask, ModelConfig, Models};
use crate::store::{Exchange, insert_exchange};
use baton_base::{CaseId, Result};
use baton_db::Tx;
use baton_govern::Ctx;

/// What a model has written, or why it has not, with the exchange that is kept in either case.
#[derive(Debug)]
pub struct Written {
    /// The text; the error to answer with, where the model gave none.
    pub text: Result<String>,
    exchange: Exchange,
}

impl Written {
    /// Keeps the exchange with its cost, as those of agents are kept; where the case was erased meanwhile, without its words.
    pub fn keep(&self, tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<()> {
        insert_exchange(tx, ctx, Some(case), &self.exchange)
    }
}

/// Asks a model; the exchange stands under `name`. `whole` takes the text out of a reply, and refuses one that is `cut`.
pub(crate) async fn written(
    (models, model): (&Models, &ModelConfig),
    ctx: &Ctx,
    name: &str,
    ask: Ask<'_>,
    whole: fn(&str, bool) -> Result<String>,
) -> Written {
    let mut exchange = Exchange::asking(name, model, models.shown(model, ask.system, ask.user));
    let from_ms = ctx.now_ms();
    let completed = models.complete(model, &ask).await;
    exchange.latency_ms = ctx.now_ms() - from_ms;
    let text = match completed {
        Ok(done) => {
            let cut = done.cut;
            whole(&exchange.replied(done), cut)
        }
        Err(error) => {
            exchange.failed(&error.to_string());
            Err(error)
        }
    };
    Written { text, exchange }
}
