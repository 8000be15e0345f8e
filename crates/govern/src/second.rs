//! The second factor, as signing in asks for it: a code from an app or on paper, or a passkey.

use crate::passkey::{self, Answered, Assertion};
use crate::{Env, factor};
use baton_base::{MemberId, Result};
use baton_db::{Db, Tx};
use serde_json::{Value, json};
use std::sync::Arc;

const NO_CODE: &str = "give the code of your second factor as well";
const NO_PASSKEY: &str = "use a passkey as your second factor as well";
const NEITHER: &str = "give the code of your second factor, or use a passkey for it, as well";
const WRONG_CODE: &str = "the code of your second factor is wrong, or was used already";

/// What is shown besides a password, or besides the word of the identity provider.
#[derive(Clone, Default)]
pub enum Second {
    /// Nothing.
    #[default]
    Nothing,
    /// A code from the app, or one on paper.
    Code(String),
    /// What a passkey has signed, and the secret of the browser that has begun it.
    Passkey {
        /// From the cookie.
        browser: String,
        /// The answer.
        shown: Assertion,
    },
}

/// The same, with the challenge of a passkey used up.
pub(crate) enum Ready {
    Nothing,
    Code(String),
    Passkey(Answered),
}

impl Second {
    /// Uses up what can be used once only, before the transaction that looks at the rest. The caller has counted the attempt.
    pub(crate) async fn ready(self, db: &Db, env: &Arc<Env>) -> Result<Ready> {
        Ok(match self {
            Self::Nothing => Ready::Nothing,
            Self::Code(code) => Ready::Code(code),
            Self::Passkey { browser, shown } => {
                Ready::Passkey(passkey::answered(db, env, passkey::Purpose::Second, &browser, shown).await?)
            }
        })
    }
}

/// Whether signing in asks a member for a second factor: they have an app, or a passkey.
pub(crate) fn is_on(tx: &mut Tx, member: &MemberId) -> Result<bool> {
    Ok(factor::is_on(tx, member)? || passkey::has_any(tx, member)?)
}

/// What was shown, for the ledger; or what is wrong with it. Whoever shows nothing has shown nothing, even where nothing is
/// asked for.
pub(crate) fn shown(
    tx: &mut Tx,
    env: &Arc<Env>,
    member: &MemberId,
    ready: &Ready,
) -> Result<std::result::Result<Value, &'static str>> {
    match ready {
        Ready::Nothing => {
            let (code, passkey) = (factor::is_on(tx, member)?, passkey::has_any(tx, member)?);
            Ok(Err(match (code, passkey) {
                (true, true) => NEITHER,
                (false, true) => NO_PASSKEY,
                (_, false) => NO_CODE,
            }))
        }
        Ready::Code(code) if factor::take(tx, env, member, code)? => Ok(Ok(json!({"second": "code"}))),
        Ready::Code(_) => Ok(Err(WRONG_CODE)),
        Ready::Passkey(answered) => {
            let proven = passkey::prove(tx, env, answered, Some(member))?;
            Ok(proven.map(|proven| json!({"second": "passkey", "passkey": proven.passkey})).map_err(|no| no.why))
        }
    }
}
