//! One question to a model within what its agent may take, and what is kept of it.

use crate::model::{Allowed, Ask, Bounds, Completion, ModelConfig, Taken};
use crate::store::Exchange;
use baton_base::{Error, Result};
use baton_govern::Ctx;
use serde_json::Value;

/// A question that fits within its bounds, from when it is asked until it is answered.
pub(crate) struct Question<'a> {
    /// As it may be asked: its answer is shortened to what is left.
    pub ask: Ask<'a>,
    bounds: Bounds,
    taken: Taken,
    allowed: Allowed,
    exchange: Exchange,
    from_ms: i64,
}

/// What came of a question.
pub(crate) struct Answered {
    /// What the model wrote; none where it failed or was broken off.
    pub text: Option<String>,
    /// The exchange to keep.
    pub exchange: Exchange,
    /// What models have taken by now.
    pub taken: Taken,
}

impl<'a> Question<'a> {
    /// A question to a model, asked from now on; the exchange stands under `name`, with what the model is `shown` of it. In words why
    /// it is not asked, where it could take more than it may.
    pub(crate) fn within(
        (bounds, taken): (Bounds, Taken),
        ctx: &Ctx,
        (name, model): (&str, &ModelConfig),
        (ask, shown): (Ask<'a>, Value),
    ) -> std::result::Result<Self, String> {
        let allowed = bounds.next(model, taken, ask.bytes(), ask.answer_tokens)?;
        let ask = Ask { answer_tokens: allowed.answer_tokens, ..ask };
        let exchange = Exchange::asking(name, model, shown);
        Ok(Self { ask, bounds, taken, allowed, exchange, from_ms: ctx.now_ms() })
    }

    /// The model has replied, or failed, which is no error. A request that a cassette does not hold is one: a test is not to go on
    /// without it.
    pub(crate) fn answered(mut self, ctx: &Ctx, completed: Result<Completion>) -> Result<Answered> {
        let text = match completed {
            Ok(done) => Some(self.exchange.replied(done)),
            Err(missing @ Error::Invalid { .. }) => return Err(missing),
            Err(error) => {
                let (agent, model) = (self.exchange.agent.as_str(), self.exchange.model.as_str());
                tracing::warn!(agent, model, %error, "a model gave no answer");
                self.exchange.failed(&error.to_string());
                None
            }
        };
        Ok(self.ended(ctx, text))
    }

    /// Nobody waits for the answer any more: it counts as the most that it can have taken.
    pub(crate) fn broken_off(mut self, ctx: &Ctx, why: &str) -> Answered {
        self.exchange.failed(why);
        self.ended(ctx, None)
    }

    fn ended(self, ctx: &Ctx, text: Option<String>) -> Answered {
        let Self { ask, bounds, taken, allowed, mut exchange, from_ms } = self;
        exchange.latency_ms = ctx.now_ms() - from_ms;
        let told_pico = exchange.cost.and_then(|cost| i64::try_from(cost.pico).ok());
        let taken = bounds.with(taken, (told_pico, exchange.usage), allowed, ask.bytes());
        Answered { text, exchange, taken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Usage;
    use baton_base::{ClientId, IdSource, ManualClock};
    use baton_govern::Env;
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn a_question_takes_what_is_told_or_the_most_it_can_have_taken_and_what_came_of_it_is_kept() {
        let env = Env::new(ManualClock::at(0), Arc::new(IdSource::seeded(1)));
        let ctx = Ctx::system(&env, &ClientId::known("acme"), "test");
        let model = ModelConfig::parse("openai:small").unwrap();
        let bounds = Bounds { money: None, tokens: Some(1_000) };
        let ask = Ask { system: "abc", user: "defgh", answer_tokens: 800, wait_ms: 10 };
        // What is kept is what the model was shown, and never what that was made of.
        let shown = json!({"system": "abc", "user": "[email-1]"});
        let asks = |tokens: i64| {
            let (taken, shown) = (Taken { pico: 0, tokens }, shown.clone());
            Question::within((bounds, taken), &ctx, ("concierge", &model), (ask, shown))
        };

        let usage = Some(Usage::told(20, 30));
        let (request, reply) = (json!({"sent": 1}), json!({"said": 1}));
        let done = Completion { text: "yes".into(), request, reply, usage, cost: None, cut: false };
        let told = asks(0).unwrap().answered(&ctx, Ok(done)).unwrap();
        assert_eq!((told.text.as_deref(), told.taken.tokens), (Some("yes"), 50));
        assert_eq!((&told.exchange.request, &told.exchange.reply), (&json!({"sent": 1}), &json!({"said": 1})));

        let away = asks(0).unwrap().answered(&ctx, Err(Error::Unavailable("no reply".into()))).unwrap();
        assert_eq!((away.text, away.taken.tokens), (None, 808), "nobody told: all that it can have been");
        assert_eq!(away.exchange.request, shown);
        assert!(away.exchange.reply["error"].as_str().unwrap().contains("no reply"));

        let half = asks(500).unwrap();
        assert_eq!(half.ask.answer_tokens, 492, "shortened to what is left");
        let half = half.broken_off(&ctx, "nobody waits");
        assert_eq!((half.taken.tokens, &half.exchange.reply["error"]), (1_000, &json!("nobody waits")));
        assert_eq!(half.exchange.request, shown);

        assert!(asks(950).err().unwrap().contains("used up"));
        let missing = asks(0).unwrap().answered(&ctx, Err(Error::invalid("not on the cassette", "record it")));
        assert!(missing.is_err(), "a test is not to go on without it");
    }
}
