//! One call on its way: every exchange of it is judged, permitted and written down.

use super::answer;
use super::exchange::{Answer, Exchange, place, url};
use super::secrets::Known;
use super::sender::Sent;
use super::{Fault, Inner, Told, limits};
use crate::connector::How;
use crate::door::call::About;
use crate::door::record::{self, Outcome as Recorded};
use crate::store::{self, Effect, State};
use baton_base::{EffectId, Error, Result, digest_of_text};
use baton_db::Tx;
use baton_engine::{ErrorDoc, ErrorKind};
use baton_govern::{Egress, Permit, Stop, Terms, permit, stop};
use baton_runs::{CallCx, Finish, Outcome};
use serde_json::{Value, json};
use std::sync::Arc;

/// One call on its way.
pub(crate) struct Going {
    pub(crate) inner: Arc<Inner>,
    pub(crate) cx: CallCx,
    egress: Arc<Egress>,
    secrets: Option<Known>,
    /// What was sent so far, to be recorded with the result.
    done: Vec<Done>,
    hops: usize,
}

enum Done {
    Read(Box<Effect>, Recorded),
    Written(About, EffectId, Recorded),
    Refused(About, Value),
}

impl Going {
    pub(crate) fn begin(inner: Arc<Inner>, cx: CallCx) -> Result<Self> {
        let egress = inner.parts.egress.at(&cx.ctx.client, &cx.release)?;
        Ok(Self { inner, cx, egress, secrets: None, done: Vec::new(), hops: 0 })
    }

    /// The secrets that the process has declared.
    pub(crate) async fn secrets(&mut self) -> Told<&Known> {
        if self.secrets.is_none() {
            let process = self.inner.parts.processes.at(&self.cx.ctx.client, &self.cx.release)?;
            let names = process.get(&self.cx.process).map(|d| d.secrets().to_vec()).unwrap_or_default();
            let (source, client) = (Arc::clone(&self.inner.parts.secrets), self.cx.ctx.client.clone());
            let read = self.inner.parts.db.read(move |tx| {
                let found = names.into_iter().map(|name| Ok((name.clone(), source.get(tx, &client, &name)?)));
                found.collect::<Result<_>>()
            });
            self.secrets = Some(Known(read.await?));
        }
        Ok(self.secrets.get_or_insert_default())
    }

    /// Makes an exchange, and where its answer leads elsewhere and `follow` says so, the ones after it.
    pub(crate) async fn follow(&mut self, mut exchange: Exchange, follow: bool) -> Told<(Exchange, Answer)> {
        loop {
            let answer = self.exchange(&exchange).await?;
            let next = if follow { onward(&exchange, &answer)? } else { None };
            match next {
                None => return Ok((exchange, answer)),
                Some(_) if self.hops >= limits::REDIRECTS_MAX => {
                    return Err(Fault::garbled(format!("more than {} redirects", limits::REDIRECTS_MAX)));
                }
                Some(next) => {
                    self.hops += 1;
                    exchange = next;
                }
            }
        }
    }

    /// Makes one exchange; whatever the server answers is an answer.
    pub(crate) async fn exchange(&mut self, exchange: &Exchange) -> Told<Answer> {
        let terms = self.egress.terms(&exchange.outgoing()).unwrap_or_default();
        let about = self.about(exchange);
        let permit = self.permit(exchange, &about).await?;
        let row = self.row(exchange, &permit)?;
        let (id, key) = (row.id.clone(), row.idempotency_key.clone());
        let may_repeat = exchange.repeatable || terms.idempotency_header.is_some();
        let id = match exchange.writes {
            true => self.request(&about, row.clone(), may_repeat).await?.unwrap_or(id),
            false => id,
        };
        let sent = self.inner.sender.run(permit, &self.cx.ctx, &terms, &key, exchange).await;
        let how = how(exchange, &sent, may_repeat);
        let done = match exchange.writes {
            true => Done::Written(about, id, how),
            false => Done::Read(Box::new(row), how),
        };
        self.done.push(done);
        told(exchange, sent, may_repeat)
    }

    async fn permit(&mut self, exchange: &Exchange, about: &About) -> Told<Permit> {
        let stopped = if exchange.writes { self.stopped(&about.action).await? } else { None };
        let id = EffectId::known(self.cx.ctx.id(EffectId::PREFIX));
        let judgement = self.egress.judge(&self.cx.ctx, &exchange.outgoing(), &about.args_digest, stopped);
        permit(judgement, &self.cx.ctx, &id).map_err(|error| match error {
            Error::Refused { reason, policies } => {
                let data = json!({"action": about.action, "args_digest": about.args_digest, "outcome": "refused",
                    "reason": reason, "policies": policies});
                self.done.push(Done::Refused(about.clone(), data));
                refused(reason, &policies)
            }
            other => other.into(),
        })
    }

    async fn stopped(&self, action: &str) -> Result<Option<Stop>> {
        let (client, action) = (self.cx.ctx.client.clone(), action.to_owned());
        self.inner.parts.db.read(move |tx| stop::check(tx, &client, None, None, Some(&action))).await
    }

    /// Writes down that something is about to be changed: the id of the effect where it was written down before.
    async fn request(&self, about: &About, row: Effect, may_repeat: bool) -> Told<Option<EffectId>> {
        let (about, place) = (about.clone(), row.args.clone());
        let write = self.inner.parts.db.write(move |tx| requested(tx, &about, &row, may_repeat));
        match write.await? {
            Before::New => Ok(None),
            Before::Again(id) => Ok(Some(id)),
            Before::MaybeDone => Err(maybe_done(&place)),
        }
    }

    fn row(&self, exchange: &Exchange, permit: &Permit) -> Result<Effect> {
        let id = permit.effect().clone();
        let written = self.done.iter().filter(|done| matches!(done, Done::Written(..))).count();
        let key = match (exchange.writes, written) {
            (false, _) => id.to_string(),
            (true, 0) => self.cx.call.to_string(),
            (true, more) => format!("{}.{more}", self.cx.call),
        };
        let action = permit.action().to_owned();
        Ok(Effect {
            idempotency_key: key,
            id,
            action_digest: digest_of_text(&action),
            action,
            writes: exchange.writes,
            args: exchange.kept(),
            args_digest: permit.args_digest().to_owned(),
            permit: serde_json::to_value(permit).map_err(Error::broken)?,
            actor: self.cx.ctx.actor.to_string(),
            case: self.cx.case.clone(),
            run: Some(self.cx.run.clone()),
            state: State::Requested,
            attempts: 0,
            result: None,
            requested_ms: self.cx.ctx.now_ms(),
            finished_ms: None,
        })
    }

    fn about(&self, exchange: &Exchange) -> About {
        About {
            ctx: self.cx.ctx.clone(),
            action: exchange.outgoing().action(),
            title: String::new(),
            args: exchange.kept(),
            args_digest: exchange.digest_of(),
            case: self.cx.case.clone(),
            run: Some(self.cx.run.clone()),
            release: Some(self.cx.release.clone()),
            step_key: self.cx.call.to_string(),
            via: None,
            waiting: None,
        }
    }

    /// What the run takes in, and the record of all that was sent, in one transaction.
    pub(crate) fn finish(self, told: Told) -> Result<Finish> {
        let told = match told {
            Ok(value) => Ok(value),
            Err(Fault::Told(error)) => Err(*error),
            // What was only read is read again with the call.
            Err(Fault::Ours(error)) => return Err(error),
        };
        let (ctx, sent) = (self.cx.ctx.clone(), self.done);
        Ok(Box::new(move |tx| {
            sent.iter().try_for_each(|done| write_down(tx, &ctx, done))?;
            Ok(match &told {
                Ok(value) => Outcome::Done(value.clone()),
                Err(error) => Outcome::Failed(error.clone()),
            })
        }))
    }
}

fn write_down(tx: &mut Tx, ctx: &baton_govern::Ctx, done: &Done) -> Result<()> {
    match done {
        Done::Refused(about, data) => record::append(tx, about, "action.refused", &about.action, data.clone()),
        Done::Written(about, id, how) => record::finished(tx, about, id, how, 1).map(drop),
        Done::Read(row, how) => {
            let about = About::of_effect(ctx, row);
            let id = row.id.clone();
            let row = Effect {
                state: how.state,
                attempts: 1,
                result: Some(how.stored.clone()),
                finished_ms: Some(ctx.now_ms()),
                ..row.as_ref().clone()
            };
            store::insert(tx, &ctx.client, &row)?;
            record::outcome(tx, &about, &id, how, 1)
        }
    }
}

enum Before {
    New,
    Again(EffectId),
    MaybeDone,
}

fn requested(tx: &mut Tx, about: &About, row: &Effect, may_repeat: bool) -> Result<Before> {
    let client = &about.ctx.client;
    let Some(old) = store::by_key(tx, client, &row.idempotency_key)? else {
        store::insert(tx, client, row)?;
        record::requested(tx, about, row, &[], false)?;
        return Ok(Before::New);
    };
    // A person who has found out that it was not done lets it be sent again.
    let may_repeat = may_repeat || (old.is_settled() && old.state == State::Failed);
    if may_repeat && !old.is_answered() && store::take_up(tx, client, &old, &row.permit, row.requested_ms)? {
        record::requested(tx, about, &Effect { id: old.id.clone(), ..row.clone() }, &[], true)?;
        return Ok(Before::Again(old.id));
    }
    let why = "it was sent before, its outcome was lost, and sending it again could do it twice";
    let how = Recorded {
        state: State::Unknown,
        stored: json!({"why": why, "final": false}),
        how: How::Unclear { why: why.to_owned() },
    };
    record::finished(tx, about, &old.id, &how, 0)?;
    Ok(Before::MaybeDone)
}

/// What is recorded of how an exchange ended: no content, which the run keeps.
fn how(exchange: &Exchange, sent: &Sent, may_repeat: bool) -> Recorded {
    match sent {
        Sent::Answered(answer) => {
            let stored = json!({"status": answer.status, "bytes": answer.body.len(), "final": true});
            match answer.status {
                status if status < 400 => {
                    Recorded { state: State::Finished, stored, how: How::Done(Some(Value::Null)) }
                }
                status if status >= 500 && exchange.writes && !may_repeat => unclear(format!("it answered {status}")),
                status => Recorded { state: State::Failed, stored, how: How::Refused { status, detail: Value::Null } },
            }
        }
        Sent::TooLarge => {
            let stored = json!({"withheld": "the answer was too large"});
            Recorded { state: State::Finished, stored, how: How::Done(None) }
        }
        Sent::Nothing(why) => nothing(why),
        Sent::Lost { why, .. } if exchange.writes => unclear(why.clone()),
        Sent::Lost { why, .. } => nothing(why),
    }
}

fn nothing(why: &str) -> Recorded {
    let stored = json!({"why": why, "final": true});
    Recorded { state: State::Failed, stored, how: How::Nothing { why: why.to_owned() } }
}

fn unclear(why: String) -> Recorded {
    Recorded { state: State::Unknown, stored: json!({"why": why, "final": false}), how: How::Unclear { why } }
}

/// What the process hears of how an exchange ended.
fn told(exchange: &Exchange, sent: Sent, may_repeat: bool) -> Told<Answer> {
    match sent {
        Sent::Answered(answer) => Ok(answer),
        Sent::TooLarge => Err(Fault::garbled(format!("the answer has more than {} bytes", exchange.bytes_max))),
        Sent::Nothing(why) => Err(ErrorDoc::standard(ErrorKind::Communication, why).with_status(503).into()),
        Sent::Lost { why, .. } if exchange.writes && !may_repeat => Err(unknown(&why)),
        Sent::Lost { why, late: true } => Err(Fault::of(ErrorKind::Timeout, why)),
        Sent::Lost { why, late: false } => {
            Err(ErrorDoc::standard(ErrorKind::Communication, why).with_status(502).into())
        }
    }
}

fn maybe_done(kept: &Value) -> Fault {
    let what = format!("{} {}", answer::text(&kept["method"]), answer::text(&kept["url"]));
    unknown(&format!("{what} was sent before a crash, and sending it again could do it twice"))
}

/// Nobody can say whether it happened; never a guess.
fn unknown(why: &str) -> Fault {
    let detail = format!(
        "{why}; a person must find out whether it happened. The call would have been repeated if the server knew it by \
         a key: send a header Idempotency-Key, or give its entry in egress.yaml an idempotency_header"
    );
    ErrorDoc {
        kind: "urn:baton:error:outcome-unknown".to_owned(),
        status: 502,
        title: Some("Nobody can say whether it happened".to_owned()),
        detail: Some(detail),
        instance: None,
    }
    .into()
}

fn refused(reason: String, policies: &[String]) -> Fault {
    if policies.iter().any(|policy| policy.starts_with("stop:")) {
        // A stop is about us, not about what the process wants: a person goes on.
        return ErrorDoc {
            kind: "urn:baton:error:escalation".to_owned(),
            status: 403,
            title: Some("policy".to_owned()),
            detail: Some(reason),
            instance: None,
        }
        .into();
    }
    Fault::of(ErrorKind::Authorization, reason)
}

/// The exchange that an answer leads to.
fn onward(exchange: &Exchange, answer: &Answer) -> Told<Option<Exchange>> {
    let Some(location) = answer.header("location").filter(|_| (300..400).contains(&answer.status)) else {
        return Ok(None);
    };
    let target = exchange.url.join(location);
    let target =
        target.map_err(|_| Fault::garbled(format!("the redirect from {} leads nowhere", place(&exchange.url))))?;
    let target = url(target.as_str())?;
    let keeps_method = matches!(answer.status, 307 | 308) || matches!(exchange.method.as_str(), "GET" | "HEAD");
    let mut next = match answer.status {
        301 | 302 | 303 | 307 | 308 if keeps_method => Exchange { url: target, ..exchange.clone() },
        301..=303 => {
            let mut headers = exchange.headers.clone();
            headers.remove("content-type");
            Exchange {
                headers,
                secret: exchange.secret.clone(),
                digest: exchange.digest.clone(),
                ..Exchange::get(target)
            }
        }
        _ => return Ok(None),
    };
    if next.url.origin() != exchange.url.origin() {
        next.secret.clear();
        next.digest = None;
    }
    Ok(Some(next))
}

/// The terms of a call that may go anywhere, for what asks before it sends.
impl Going {
    /// Whether a call of this method may go to an address at all.
    pub(crate) fn terms(&self, exchange: &Exchange) -> Option<Terms> {
        self.egress.terms(&exchange.outgoing())
    }
}
