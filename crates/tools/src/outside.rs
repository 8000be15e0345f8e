//! One call that the house makes in its own name, such as to its identity provider: the same way out as every other, by
//! a list of addresses, on a permit, to no address inside unless the list says so, without redirects, and capped.

use crate::wire::{Exchange, Fault, Sender, Sent};
use baton_base::{EffectId, Error, Result};
use baton_govern::{Ctx, Egress, permit};
use reqwest::Url;
use serde_json::Value;

/// Longest time for one call, answer included, milliseconds.
const CALL_MS_MAX: u64 = 10_000;
/// Largest answer, bytes.
const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// What is asked.
pub struct Asked<'a> {
    /// Where.
    pub url: &'a str,
    /// A form to send; without one it is read.
    pub form: Option<&'a [(&'a str, String)]>,
    /// Value of the header `authorization`, which no log shows.
    pub authorization: Option<String>,
}

/// What was answered.
pub struct Said {
    /// HTTP status.
    pub status: u16,
    /// The JSON of it; null where it is none.
    pub body: Value,
}

/// The way out.
pub struct Outside {
    sender: Sender,
}

impl Outside {
    /// A way out with its own connections.
    pub fn new() -> Result<Self> {
        Ok(Self { sender: Sender::new()? })
    }

    /// Asks, if the list has the address.
    pub async fn ask(&self, ctx: &Ctx, list: &Egress, asked: &Asked<'_>) -> Result<Said> {
        let exchange = exchange(asked)?;
        let outgoing = exchange.outgoing();
        let terms = list.terms(&outgoing).ok_or_else(|| {
            let host = exchange.url.origin().ascii_serialization();
            let why = format!("{host} is not among the addresses that may be called for this; add it there");
            Error::refused(why, vec!["built-in:egress".to_owned()])
        })?;
        let judgement = list.judge(ctx, &outgoing, &exchange.digest_of(), None);
        let permit = permit(judgement, ctx, &EffectId::known(ctx.id(EffectId::PREFIX)))?;
        let key = permit.effect().to_string();
        match self.sender.run(permit, ctx, &terms, &key, &exchange).await {
            Sent::Answered(answer) => {
                Ok(Said { status: answer.status, body: serde_json::from_slice(&answer.body).unwrap_or(Value::Null) })
            }
            Sent::TooLarge => Err(Error::Unavailable(format!("{} answers with too much", outgoing.action()))),
            Sent::Nothing(why) | Sent::Lost { why, .. } => Err(Error::Unavailable(why)),
        }
    }
}

fn exchange(asked: &Asked<'_>) -> Result<Exchange> {
    let url = Url::parse(asked.url).map_err(|_| Error::Unavailable(format!("'{}' is no address", asked.url)))?;
    let mut exchange = Exchange::get(url);
    exchange.ms_max = CALL_MS_MAX;
    exchange.bytes_max = ANSWER_BYTES_MAX;
    let told = |_: Fault| Error::broken("a header of the call cannot be written");
    exchange.header("accept", "application/json", false).map_err(told)?;
    if let Some(secret) = &asked.authorization {
        exchange.header("authorization", secret, true).map_err(told)?;
    }
    if let Some(form) = asked.form {
        let mut body = Url::parse("form:").map_err(Error::broken)?;
        body.query_pairs_mut().extend_pairs(form);
        let text = body.query().unwrap_or_default().to_owned();
        exchange.body = Some(("application/x-www-form-urlencoded".to_owned(), text.into_bytes()));
        exchange.method = "POST".to_owned();
    }
    Ok(exchange)
}
