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
    listened: HashMap<String, Heard>,
}

/// By what the listeners to one conversation are woken.
#[derive(Default)]
struct Heard {
    news: watch::Sender<()>,
    writing: watch::Sender<()>,
    /// What an agent has begun to say.
    saying: watch::Sender<String>,
}

/// Why a listener is woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Something may have been said.
    Said,
    /// A person is writing.
    Writing,
    /// An agent has begun to say this; nothing, where that was taken back.
    Saying(String),
}

impl Known {
    fn tell(&self, conversation: &str) {
        if let Some(heard) = self.listened.get(conversation) {
            // The last listener may be going away.
            let _ = heard.news.send(());
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

    /// A person is writing in a case.
    pub fn writing_in(&self, case: &CaseId) {
        let known = self.known();
        for conversation in known.of_case.get(case).into_iter().flatten() {
            if let Some(heard) = known.listened.get(conversation) {
                // The last listener may be going away.
                let _ = heard.writing.send(());
            }
        }
    }

    /// Whether somebody listens here to a conversation that the case belongs to.
    pub fn is_listened(&self, case: &CaseId) -> bool {
        let known = self.known();
        known.of_case.get(case).into_iter().flatten().any(|conversation| known.listened.contains_key(conversation))
    }

    /// An agent has begun to say something in a case: all of it so far.
    pub fn saying_in(&self, case: &CaseId, text: &str) {
        let known = self.known();
        for conversation in known.of_case.get(case).into_iter().flatten() {
            if let Some(heard) = known.listened.get(conversation) {
                heard.saying.send_replace(text.to_owned());
            }
        }
    }

    /// Something may have been said anywhere, and what an agent had begun to say may have been taken back.
    pub fn news_of_all(&self) {
        for heard in self.known().listened.values() {
            heard.saying.send_if_modified(|begun| !std::mem::take(begun).is_empty());
            // The last listener may be going away.
            let _ = heard.news.send(());
        }
    }

    /// Changes when something may have been said in the conversation.
    pub fn listen(&self, conversation: &str) -> Listening {
        let mut known = self.known();
        let heard = known.listened.entry(conversation.to_owned()).or_default();
        let (news, writing, saying) = (heard.news.subscribe(), heard.writing.subscribe(), heard.saying.subscribe());
        Listening { news, writing, saying, all: self.clone(), conversation: conversation.to_owned() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listener to one conversation, until it is dropped.
pub struct Listening {
    news: watch::Receiver<()>,
    writing: watch::Receiver<()>,
    saying: watch::Receiver<String>,
    all: Conversations,
    conversation: String,
}

impl Listening {
    /// Takes all news so far as heard.
    pub fn catch_up(&mut self) {
        self.news.mark_unchanged();
    }

    /// Takes what an agent had begun to say as said: a message has been told since. That it was taken back nobody tells again.
    pub fn said(&mut self) {
        if !self.saying.borrow().is_empty() {
            self.saying.mark_unchanged();
        }
    }

    /// Returns when there is news since [`Listening::catch_up`].
    pub async fn news(&mut self) {
        if self.news.changed().await.is_err() {
            // The sender goes only after the last listener has.
            std::future::pending::<()>().await;
        }
    }

    /// The same, or when a person is writing, or an agent has begun to say something.
    pub async fn heard(&mut self) -> News {
        let (heard, news) = tokio::select! {
            // Whoever wrote and has said it by now does not write after it; what is said whole needs no piece after it.
            biased;
            heard = self.writing.changed() => (heard, News::Writing),
            heard = self.news.changed() => (heard, News::Said),
            heard = self.saying.changed() => (heard, News::Saying(String::new())),
        };
        if heard.is_err() {
            // The senders go only after the last listener has.
            std::future::pending::<()>().await;
        }
        match news {
            News::Saying(_) => News::Saying(self.saying.borrow().clone()),
            News::Said | News::Writing => news,
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut known = self.all.known();
        if known.listened.get(&self.conversation).is_some_and(|heard| heard.news.receiver_count() <= 1) {
            known.listened.remove(&self.conversation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[tokio::test]
    async fn that_somebody_writes_is_told_before_what_they_have_said() {
        let (all, case) = (Conversations::default(), CaseId::known("case_1"));
        let mut listening = all.listen("chat");
        all.bind(&case, "chat");
        listening.catch_up();
        for _ in 0..20 {
            all.writing_in(&case);
            all.news_of(&case);
            assert_eq!((listening.heard().await, listening.heard().await), (News::Writing, News::Said));
        }
    }

    #[tokio::test]
    async fn what_an_agent_has_begun_to_say_is_told_beside_other_news_until_it_is_said_or_may_be_lost() {
        let (all, case) = (Conversations::default(), CaseId::known("case_1"));
        let mut listening = all.listen("chat");
        all.bind(&case, "chat");
        listening.catch_up();
        let begun = || News::Saying("It takes".to_owned());
        all.news_of(&case);
        all.saying_in(&case, "It takes");
        assert_eq!(listening.heard().await, News::Said);
        listening.catch_up();
        assert_eq!(listening.heard().await, begun(), "other news does not hide it");

        all.saying_in(&case, "It takes 5 days.");
        listening.said();
        assert_eq!(listening.heard().now_or_never(), None, "the message is told");

        all.saying_in(&case, "It takes");
        assert_eq!(listening.heard().await, begun());
        all.news_of_all();
        listening.catch_up();
        assert_eq!(listening.heard().await, News::Saying(String::new()), "what is lost may have taken it back");
    }
}
