//! A person connects a system: what Baton signs in with is kept, and a read is tried.

use super::Door;
use super::call::{Call, Called};
use super::effect::kept_detail;
use crate::catalogue::{Catalogue, System, Way, is_name};
use crate::pointers::redacted_or_not;
use crate::store;
use baton_base::{EffectId, Error, Event, Result};
use baton_govern::{Ctx, Right, ledger, vault};
use serde::Serialize;
use serde_json::{Value, json};

/// Largest secret, bytes.
pub const SECRET_BYTES_MAX: usize = 16 * 1024;
/// Longest name of a secret, bytes.
const NAME_BYTES_MAX: usize = 128;
/// Below this name the door keeps what it needs itself.
const OWN: &str = "connector";

/// What came of a call that somebody tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TriedOut {
    /// `done`, `refused`, `undecided`, `approval`, `failed`, `unreachable` or `unknown`.
    pub outcome: &'static str,
    /// In words; empty where it was done.
    pub words: String,
    /// What the system answered, without what its action withholds.
    pub result: Value,
    /// Ids of what refused, or asks for an approval.
    pub policies: Vec<String>,
    /// Where it is written down.
    pub effect: Option<EffectId>,
}

impl Door {
    /// Keeps what Baton signs in with at a system of a client, which may not be live yet: as `CONNECTOR.WORD`. A secret that is
    /// there already is replaced only where it was set this way, or the live connector of that name signs in with it. Where Baton
    /// itself keeps a sign-in, nobody writes.
    pub async fn keep_secret(&self, ctx: &Ctx, connector: &str, setting: &str, value: &str) -> Result<()> {
        ctx.allow(Right::ConnectorOperate)?;
        fits(connector, setting, value)?;
        let catalogue = self.catalogue(&ctx.client)?;
        if keeps_sign_in(&catalogue, setting) {
            let why = format!("Baton keeps a sign-in under '{setting}'; sign in on the page of its connector");
            return Err(Error::Conflict(why));
        }
        let own = catalogue.system(connector).is_ok_and(|system| signs_in_with(system, setting));
        let (ctx, connector) = (ctx.clone(), connector.to_owned());
        let (setting, value) = (setting.to_owned(), value.to_owned());
        let write = self.inner.parts.db.write(move |tx| {
            let free = own || vault::get(tx, &ctx.client, &setting)?.is_none();
            if !free && !store::secret_was_set(tx, &ctx.client, &setting)? {
                let why = format!(
                    "a secret '{setting}' is kept already for something else than a connector '{connector}'; name the \
                     connector otherwise, or set it with baton secret set"
                );
                return Err(Error::Conflict(why));
            }
            vault::set(tx, &ctx.client, &setting, &value)?;
            let data = json!({"connector": connector, "setting": setting});
            let entry = Event::new(&ctx.client, store::SECRET_SET, &setting).with(data);
            ledger::append(tx, &ctx, entry).map(|_| ())
        });
        write.await
    }

    /// Makes one call of an action that only reads, through the door as any other. Who tried it stands in the ledger, and
    /// shown is what is written down of it: what its action withholds is withheld here too. Nobody is asked for an approval: a yes
    /// would be good for a call that is not made again.
    pub async fn try_out(&self, ctx: &Ctx, connector: &str, action: &str, args: Value) -> Result<TriedOut> {
        ctx.allow(Right::ConnectorOperate)?;
        ctx.allow(Right::EffectRead)?;
        // What is looked at here is what is called, whatever goes live meanwhile.
        let (release, catalogue) = self.inner.parts.catalogues.live(&ctx.client)?;
        catalogue.system(connector)?;
        let found = catalogue.action(action)?;
        if found.system.name != connector {
            return Err(Error::not_found(format!("action {action} of {connector}")));
        }
        if found.writes {
            let what = format!("'{action}' changes something at {}", found.system.title);
            return Err(Error::invalid_at("/action", what, "only actions that read are tried out; try another"));
        }
        let (of, data) = (ctx.clone(), json!({"connector": connector, "action": action}));
        let entry = Event::new(&ctx.client, "connector.tried", connector).with(data);
        self.inner.parts.db.write(move |tx| ledger::append(tx, &of, entry.clone()).map(|_| ())).await?;
        let ctx = ctx.as_system("connector-try");
        let step_key = ctx.id("try");
        let call = Call { action: action.to_owned(), args, step_key, release: Some(release), ..Call::default() };
        let before = self.answer_before(&ctx, call.clone()).await?;
        if before.needs_approval {
            return Ok(TriedOut {
                outcome: "approval",
                words: before.reason,
                result: Value::Null,
                policies: before.policies,
                effect: None,
            });
        }
        let (outcome, result, policies, effect, words) = match self.call(&ctx, call).await? {
            Called::Done { effect, result } => {
                let shown = redacted_or_not(&result, "result", &found.redact);
                ("done", shown.unwrap_or_else(|why| json!({"withheld": why})), Vec::new(), Some(effect), String::new())
            }
            Called::Failed { effect, status, detail } => {
                let words = format!("the system says no ({status})");
                ("failed", kept_detail(found, &detail), Vec::new(), Some(effect), words)
            }
            Called::Refused { reason, policies } => ("refused", Value::Null, policies, None, reason),
            Called::Undecided { reason } => ("undecided", Value::Null, vec!["door:table".to_owned()], None, reason),
            Called::NeedsApproval { reason, policies, .. } => ("approval", Value::Null, policies, None, reason),
            Called::Invalid(error) => return Err(error),
            Called::Unreachable { why } => ("unreachable", Value::Null, Vec::new(), None, why),
            Called::Unknown { effect, why } => ("unknown", Value::Null, Vec::new(), Some(effect), why),
        };
        Ok(TriedOut { outcome, words, result, policies, effect })
    }
}

fn fits(connector: &str, setting: &str, value: &str) -> Result<()> {
    if !is_name(connector) || connector.eq_ignore_ascii_case(OWN) {
        let remedy = "use 1 to 64 letters, digits, '_' and '-', a letter first, and another name than 'connector'";
        return Err(Error::invalid("this is not a connector name", remedy));
    }
    let word = setting.strip_prefix(connector).and_then(|rest| rest.strip_prefix('.'));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if setting.len() > NAME_BYTES_MAX || !word.is_some_and(plain) {
        let remedy = format!("write it as '{connector}.WORD', of letters, digits, '_', '-' and '.'");
        return Err(Error::invalid_at("/setting", "this names no secret of the connector", remedy));
    }
    if value.is_empty() || value.len() > SECRET_BYTES_MAX || value.chars().any(char::is_control) {
        let remedy = format!("give 1 to {SECRET_BYTES_MAX} bytes without control characters");
        return Err(Error::invalid_at("/value", "there is no secret to keep", remedy));
    }
    Ok(())
}

/// Whether tokens of somebody who signed in are kept under this name.
fn keeps_sign_in(catalogue: &Catalogue, setting: &str) -> bool {
    let mut auths = catalogue.systems().filter_map(|system| system.auth.as_ref());
    auths.any(|auth| matches!(auth.way, Way::Code(_)) && auth.setting == setting)
}

/// Whether a connector signs in with what is kept under this name.
fn signs_in_with(system: &System, setting: &str) -> bool {
    system.auth.as_ref().is_some_and(|auth| auth.settings().contains(&setting))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_named_after_its_connector_and_is_one() {
        let check = |connector: &str, setting: &str, value: &str, expect: bool| {
            assert_eq!(fits(connector, setting, value).is_ok(), expect, "{connector} {setting}");
        };
        check("carrier", "carrier.key", "s3", true);
        check("carrier", "carrier.sign-in_2.x", "id:s3", true);
        check("carrier", "carrier", "s3", false);
        check("carrier", "carrier.", "s3", false);
        check("carrier", "carriers.key", "s3", false);
        check("carrier", "mail.password", "s3", false);
        check("carrier", "carrier.a b", "s3", false);
        check("carrier", "carrier.key", "", false);
        check("carrier", "carrier.key", "a\nb", false);
        check("carrier", "carrier.key", &"x".repeat(SECRET_BYTES_MAX + 1), false);
        // The door's own.
        check("connector", "connector.pending", "s3", false);
        check("1", "1.key", "s3", false);
    }
}
