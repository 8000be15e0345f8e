//! Something told to another system by itself: one POST of JSON, where the release's egress list allows it.

use super::Wire;
use super::exchange::Exchange;
use super::sender::Sent;
use baton_base::{EffectId, Error, Result};
use baton_govern::{Ctx, Outgoing, permit};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// It answered with this HTTP status.
    Answered(u16),
    /// Nothing reached it.
    NotSent(String),
    /// It may have taken it.
    Lost(String),
}

impl Wire {
    /// Whether the live release's egress list allows a POST there; in words if not.
    pub fn may_post(&self, ctx: &Ctx, url: &str) -> Result<()> {
        let url = Url::parse(url).map_err(|e| Error::invalid_at("url", "the address is not valid", e.to_string()))?;
        let (_, egress) = self.inner.parts.egress.live(&ctx.client)?;
        let call = Outgoing { url: &url, method: "POST", writes: true };
        match permit(egress.judge(ctx, &call, "", None), ctx, &EffectId::known(ctx.id(EffectId::PREFIX))) {
            Ok(_) => Ok(()),
            Err(Error::Refused { reason, .. }) => {
                Err(Error::invalid_at("url", "the address may not be called", reason))
            }
            Err(other) => Err(other),
        }
    }

    /// Sends JSON with these headers. What the list does not allow, or what leads inside without its leave, is not sent.
    pub async fn post(
        &self,
        ctx: &Ctx,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
        ms_max: u64,
    ) -> Result<Posted> {
        let url = Url::parse(url).map_err(|e| Error::invalid("the address is not valid", e.to_string()))?;
        let mut exchange = Exchange::of("POST", url);
        exchange.ms_max = ms_max;
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(Error::broken)?;
            exchange.headers.insert(HeaderName::from_static(name), value);
        }
        exchange.body = Some(("application/json".to_owned(), body.into_bytes()));
        let (_, egress) = self.inner.parts.egress.live(&ctx.client)?;
        let terms = egress.terms(&exchange.outgoing()).unwrap_or_default();
        let effect = EffectId::known(ctx.id(EffectId::PREFIX));
        let judged = egress.judge(ctx, &exchange.outgoing(), &exchange.digest_of(), None);
        let permit = match permit(judged, ctx, &effect) {
            Ok(permit) => permit,
            Err(Error::Refused { reason, .. }) => return Ok(Posted::NotSent(reason)),
            Err(other) => return Err(other),
        };
        Ok(match self.inner.sender.run(permit, ctx, &terms, effect.as_str(), &exchange).await {
            Sent::Answered(answer) => Posted::Answered(answer.status),
            // What it says besides the status does not matter.
            Sent::TooLarge => Posted::Lost("its answer is larger than is read".to_owned()),
            Sent::Nothing(why) => Posted::NotSent(why),
            Sent::Lost { why, .. } => Posted::Lost(why),
        })
    }
}
