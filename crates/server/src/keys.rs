//! Keys of the installation, kept in its vault, and what is remembered of conversations.

use aws_lc_rs::hmac;
use baton_base::{CaseId, ClientId, Result};
use baton_db::Tx;
use baton_govern::{ledger, vault};
use ed25519_dalek::{SigningKey, VerifyingKey};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Conversations remembered before the memory is emptied; a forgotten one is found again in the database.
const CONVERSATIONS_MAX: usize = 200_000;
const CHAT_SECRET: &str = "chat.key";

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
        let stored = vault::set_once(tx, &ClientId::house(), CHAT_SECRET, &hex::encode(fresh))?;
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

/// Which conversations a case belongs to, as far as this process has seen, and who listens to conversations here.
///
/// One task hears what commits and wakes the streams it is about: a thousand open chats cost a message no more
/// than one.
#[derive(Clone, Default)]
pub struct Conversations(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    of_case: HashMap<CaseId, BTreeSet<String>>,
    listened: HashMap<String, watch::Sender<()>>,
}

impl Known {
    fn tell(&self, conversation: &str) {
        if let Some(news) = self.listened.get(conversation) {
            // The last listener may be going away.
            let _ = news.send(());
        }
    }
}

impl Conversations {
    /// Remembers. Listeners look again: what was said in the case before was news of no conversation.
    pub fn bind(&self, case: &CaseId, conversation: &str) {
        let mut known = self.known();
        if known.of_case.len() >= CONVERSATIONS_MAX {
            known.of_case.clear();
        }
        if known.of_case.entry(case.clone()).or_default().insert(conversation.to_owned()) {
            known.tell(conversation);
        }
    }

    /// Something was said in a case.
    pub fn news_of(&self, case: &CaseId) {
        let known = self.known();
        for conversation in known.of_case.get(case).into_iter().flatten() {
            known.tell(conversation);
        }
    }

    /// Something may have been said anywhere.
    pub fn news_of_all(&self) {
        for news in self.known().listened.values() {
            // The last listener may be going away.
            let _ = news.send(());
        }
    }

    /// Changes when something may have been said in the conversation.
    pub fn listen(&self, conversation: &str) -> Listening {
        let mut known = self.known();
        let news = known.listened.entry(conversation.to_owned()).or_insert_with(|| watch::Sender::new(()));
        Listening { news: news.subscribe(), all: self.clone(), conversation: conversation.to_owned() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listener to one conversation, until it is dropped.
pub struct Listening {
    news: watch::Receiver<()>,
    all: Conversations,
    conversation: String,
}

impl Listening {
    /// Takes all news so far as heard.
    pub fn catch_up(&mut self) {
        self.news.mark_unchanged();
    }

    /// Returns when there is news since [`Listening::catch_up`].
    pub async fn news(&mut self) {
        if self.news.changed().await.is_err() {
            // The sender goes only after the last listener has.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut known = self.all.known();
        if known.listened.get(&self.conversation).is_some_and(|news| news.receiver_count() <= 1) {
            known.listened.remove(&self.conversation);
        }
    }
}
