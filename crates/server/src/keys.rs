//! Keys of the installation, kept in its settings, and what is remembered of conversations.

use aws_lc_rs::hmac;
use baton_base::{CaseId, ClientId, Result};
use baton_db::Tx;
use baton_govern::{ledger, settings};
use ed25519_dalek::{SigningKey, VerifyingKey};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Conversations remembered before the memory is emptied; a forgotten one is found again in the database.
const CONVERSATIONS_MAX: usize = 200_000;
const CHAT_SETTING: &str = "chat.key";

/// Signs the ledger's checkpoints.
pub struct LedgerKey(SigningKey);

impl LedgerKey {
    /// Reads it; makes it at first use.
    pub fn load(tx: &mut Tx) -> Result<Self> {
        ledger::signing_key(tx).map(Self)
    }
    /// For sealing.
    pub fn signing_key(&self) -> SigningKey {
        self.0.clone()
    }
    /// For checking.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.0.verifying_key()
    }
    /// The public key as lower-case hex, for whoever checks from outside.
    pub fn public_text(&self) -> String {
        hex::encode(self.0.verifying_key().as_bytes())
    }
}

/// Makes and checks the tokens of chat conversations (HMAC-SHA256 over client and conversation).
pub struct ChatKey(hmac::Key);

impl ChatKey {
    /// Reads it; makes it at first use.
    pub fn load(tx: &mut Tx) -> Result<Self> {
        let mut fresh = [0_u8; 32];
        aws_lc_rs::rand::fill(&mut fresh)
            .map_err(|_| baton_base::Error::broken("the machine gives no random bytes"))?;
        let stored = settings::set_once(tx, &ClientId::house(), CHAT_SETTING, &hex::encode(fresh))?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, stored.as_bytes())))
    }

    /// The token of a conversation.
    pub fn sign(&self, client: &ClientId, conversation: &str) -> String {
        hex::encode(hmac::sign(&self.0, said(client, conversation).as_bytes()))
    }

    /// Whether a token is the conversation's; in constant time.
    pub fn proves(&self, client: &ClientId, conversation: &str, token: &str) -> bool {
        let Ok(tag) = hex::decode(token) else { return false };
        hmac::verify(&self.0, said(client, conversation).as_bytes(), &tag).is_ok()
    }
}

fn said(client: &ClientId, conversation: &str) -> String {
    format!("chat\n{client}\n{conversation}")
}

/// Which conversation a case belongs to, as far as this process has seen.
#[derive(Default)]
pub struct Conversations(Mutex<HashMap<CaseId, String>>);

impl Conversations {
    /// Remembers.
    pub fn bind(&self, case: &CaseId, conversation: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CONVERSATIONS_MAX {
            known.clear();
        }
        known.insert(case.clone(), conversation.to_owned());
    }

    /// Whether the case is known to belong to the conversation.
    pub fn is(&self, case: &CaseId, conversation: &str) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(case).is_some_and(|found| found == conversation)
    }
}
