//! An answer from an article in a model's words: sentence by sentence, each checked before anybody sees it. Where a sentence may not
//! be said, or the model fails, the article's own words are sent, as without a model.

use super::args::{Args, Heard, Memo};
use super::reading::filled;
use super::scene::{ANSWER, Answer, Scene, article_data};
use super::{AgentTurn, agent_of, parked};
use crate::agent::{AgentSpec, said};
use crate::fenced::fenced;
use crate::model::{Ask, ModelConfig, Taken};
use crate::question::{Answered, Question};
use crate::store::{Exchange, insert_exchange};
use crate::text::{fold, head};
use baton_base::Result;
use baton_cases::{Channel, SAYING_BYTES_MAX, tell_saying};
use baton_db::Tx;
use baton_runs::{CallCx, Finish, Outcome};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Longest part of a section and of a question that a model is shown, bytes.
const SHOWN_BYTES_MAX: usize = 8 * 1024;
/// Most tokens of an answer.
const WORDS_TOKENS_MAX: u32 = 600;
/// Longest wait for an answer, milliseconds: a customer waits too.
const WORDS_MS_MAX: u64 = 20_000;

const WORDS: &str = include_str!("prompts/words.txt");

/// An answer that a model is to word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Wording {
    /// What was asked.
    question: Heard,
    /// The section that answers it.
    answer: Answer,
    /// Language of the conversation.
    language: String,
    /// The customer follows live, and is shown what may be said as it comes.
    live: bool,
}

impl Scene<'_> {
    /// Answers in a model's words.
    pub(super) fn word(mut self, question: &str, answer: Answer) -> Result<Outcome> {
        let question = Heard { text: question.to_owned(), message_id: self.memo.message_id.clone() };
        // Where the template says something before it, it is the message that is said, and nothing of it before.
        let begins = self.render(ANSWER, &article_data(&answer))?.starts_with(answer.text.trim());
        let live = begins && matches!(self.case.channel, Channel::Chat | Channel::Voice);
        self.memo.wording = Some(Wording { question, answer, language: self.language.clone(), live });
        Ok(Outcome::Outside { memo: self.memo.stored()? })
    }
}

impl AgentTurn {
    /// Asks a model for the words, shows them as they come, and leaves to the turn what is said.
    pub(super) async fn worded(&self, cx: CallCx, args: Args, mut memo: Memo, wording: Wording) -> Result<Finish> {
        let roster = self.rosters.at(&cx.ctx.client, &cx.release)?;
        let agent = agent_of(&roster, &args)?;
        let (mut text, mut unkept) = (None, None);
        if let Some(model) = self.models_for(&cx, &args, agent).into_iter().next() {
            let taken = Taken { pico: memo.spent_pico, tokens: memo.spent_tokens };
            let worded = self.ask_words(&cx, &args, (agent, &model), &wording, taken).await?;
            (memo.spent_pico, memo.spent_tokens) = (worded.taken.pico, worded.taken.tokens);
            text = worded.text;
            unkept = if self.keep(&cx, &worded.exchange).await { None } else { Some(worded.exchange) };
        }
        let this = self.clone();
        let finish: Finish = Box::new(move |tx| {
            if let Some(exchange) = &unkept {
                insert_exchange(tx, &cx.ctx, cx.case.as_ref(), exchange)?;
            }
            if let Some(parked) = interrupted(tx, &cx, &args, &memo, &wording)? {
                return Ok(parked);
            }
            this.with_scene(tx, &cx, &args, memo.clone(), |mut scene| {
                scene.language.clone_from(&wording.language);
                let text = text.clone().unwrap_or_else(|| wording.answer.text.clone());
                scene.say_article(&Answer { text, source: wording.answer.source.clone() })?;
                scene.wait()
            })
        });
        Ok(finish)
    }

    async fn ask_words(
        &self,
        cx: &CallCx,
        args: &Args,
        (agent, model): (&AgentSpec, &ModelConfig),
        wording: &Wording,
        taken: Taken,
    ) -> Result<Answered> {
        let (system, user) = prompt(agent, wording);
        let (ctx, name) = (&cx.ctx, agent.name.as_str());
        let wait_ms = (u64::from(agent.model_seconds) * 1_000).min(WORDS_MS_MAX);
        let ask = Ask { system: &system, user: &user, answer_tokens: WORDS_TOKENS_MAX, wait_ms };
        let shown = self.models.shown(model, &system, &user);
        let question = match Question::within((agent.bounds(), taken), ctx, (name, model), (ask, shown.clone())) {
            Ok(question) => question,
            Err(why) => {
                let exchange = Exchange::not_made(name, model, shown, &why);
                return Ok(Answered { text: None, exchange, taken });
            }
        };
        let (tell, told) = watch::channel(String::new());
        let asking = async {
            let mut words = Words::new(&agent.never, wording, tell);
            let done = self.models.stream(model, &question.ask, &mut |piece: &str| words.hear(piece)).await;
            let words = words.end(done.as_ref().is_ok_and(|done| !done.cut));
            (done, words)
        };
        let ((done, words), ()) = tokio::join!(asking, self.show(cx, args, wording.live, told));
        let mut answered = question.answered(ctx, done)?;
        if answered.text.is_some() {
            answered.text = fit(&mut answered.exchange, words);
        }
        Ok(answered)
    }

    /// Shows the customer what may be said, as it comes; where AI may no longer speak, what was shown is taken back at once.
    async fn show(&self, cx: &CallCx, args: &Args, live: bool, mut told: watch::Receiver<String>) {
        while told.changed().await.is_ok() {
            let text = told.borrow_and_update().clone();
            let Some(case) = cx.case.clone().filter(|_| live) else { continue };
            let (cx, args) = (cx.clone(), args.clone());
            let tell = move |tx: &mut Tx| {
                let may = parked::may_speak(tx, &cx, &args)?;
                tell_saying(tx, &cx.ctx.client, &case, if may { text.as_str() } else { "" })
            };
            let shown = self.db.write(tell).await;
            if let Err(error) = shown {
                tracing::debug!(%error, "what an agent is about to say is not shown");
            }
        }
    }
}

/// What the turn does where AI may no longer speak in the case: it takes back what was shown, and waits; it hears the question again
/// when it may, unless a person has answered it.
fn interrupted(tx: &mut Tx, cx: &CallCx, args: &Args, memo: &Memo, wording: &Wording) -> Result<Option<Outcome>> {
    let before = Memo { turns: memo.turns.saturating_sub(1), ..memo.clone() };
    let mut parked = parked::at_a_stop(tx, cx, args, before.clone(), Some(&wording.question))?;
    if parked.is_none() {
        parked = parked::with_a_person(tx, cx, args, &before, Some(&wording.question))?;
    }
    if parked.is_none() {
        parked = parked::answered(tx, cx, args, &before, &wording.question)?;
    }
    if let Some(case) = cx.case.as_ref().filter(|_| parked.is_some() && wording.live) {
        tell_saying(tx, &cx.ctx.client, case, "")?;
    }
    Ok(parked)
}

/// What may be said of what came back; why not stands with the exchange.
fn fit(exchange: &mut Exchange, words: std::result::Result<String, String>) -> Option<String> {
    match words {
        Ok(text) => Some(text),
        Err(why) => {
            tracing::warn!(%why, "a model's words are not said");
            exchange.reply["error"] = format!("not said: {why}").into();
            None
        }
    }
}

fn prompt(agent: &AgentSpec, wording: &Wording) -> (String, String) {
    let places = [
        ("{title}", agent.title.as_str()),
        ("{role}", agent.role.trim()),
        ("{language}", wording.language.as_str()),
        ("{tone}", agent.tone.trim()),
    ];
    let heading = fenced(&wording.answer.source.heading);
    let section = fenced(head(&wording.answer.text, SHOWN_BYTES_MAX));
    let question = fenced(head(&wording.question.text, SHOWN_BYTES_MAX));
    let user = format!("<article>\n{heading}\n{section}\n</article>\n<message>\n{question}\n</message>");
    (filled(WORDS, &places), user)
}

/// A model's words as they come, as far as they may be said.
struct Words<'a> {
    never: &'a [String],
    /// What numbers, links and addresses may be taken from: folded, and signs beside their numbers.
    source: String,
    /// Whole sentences that may be said.
    fit: String,
    /// What follows them and is no whole sentence yet.
    rest: String,
    /// Why it may not be said.
    why: Option<String>,
    tell: watch::Sender<String>,
}

impl<'a> Words<'a> {
    fn new(never: &'a [String], wording: &Wording, tell: watch::Sender<String>) -> Self {
        let Wording { question, answer, .. } = wording;
        let source = source_of(&format!("{}\n{}\n{}", answer.source.heading, answer.text, question.text));
        Self { never, source, fit: String::new(), rest: String::new(), why: None, tell }
    }

    /// Takes more of it; false where it may not be said.
    fn hear(&mut self, piece: &str) -> bool {
        self.rest.push_str(piece);
        while let Some(end) = sentence_end(&self.rest) {
            let sentence: String = self.rest.drain(..end).collect();
            if !self.take(&sentence) {
                return false;
            }
        }
        self.fit.len() + self.rest.len() <= SAYING_BYTES_MAX || self.refuse("it is too long".to_owned())
    }

    fn take(&mut self, sentence: &str) -> bool {
        let so_far = format!("{}{sentence}", self.fit);
        if let Some(why) = unfit(self.never, &self.source, &so_far) {
            return self.refuse(why);
        }
        self.fit = so_far;
        self.tell.send_replace(self.fit.trim().to_owned());
        true
    }

    /// Takes back what was shown.
    fn refuse(&mut self, why: String) -> bool {
        self.why = Some(why);
        self.tell.send_replace(String::new());
        false
    }

    /// The whole answer, or why it may not be said; `whole` where the model came to its end.
    fn end(mut self, whole: bool) -> std::result::Result<String, String> {
        let rest = std::mem::take(&mut self.rest);
        if whole && self.why.is_none() && !rest.trim().is_empty() {
            self.take(&rest);
        }
        if self.why.is_none() && (!whole || self.fit.trim().is_empty()) {
            self.refuse("it did not come to its end".to_owned());
        }
        match self.why {
            Some(why) => Err(why),
            None => Ok(self.fit.trim().to_owned()),
        }
    }
}

/// Where the first whole sentence ends: after a mark that white space follows, or at the end of a line.
fn sentence_end(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let ends = matches!(c, '.' | '!' | '?' | '…') && chars.peek().is_some_and(|(_, next)| next.is_whitespace());
        if ends || (c == '\n' && !text[..at].trim().is_empty()) {
            return Some(at + c.len_utf8());
        }
    }
    None
}

/// Why this may not be said, in words: the agent never says so, or it names what its source does not.
fn unfit(never: &[String], source: &str, so_far: &str) -> Option<String> {
    if let Some(phrase) = said(never, so_far) {
        return Some(format!("it says '{phrase}', which the agent never says"));
    }
    let invented = invented(source, so_far)?;
    Some(format!("'{invented}' stands neither in the section nor in the question"))
}

/// A text as numbers, links and addresses are looked for in it.
pub(super) fn source_of(text: &str) -> String {
    tight(&fold(text))
}

/// The first number, link or address of a text that does not stand in its source.
pub(super) fn invented(source: &str, text: &str) -> Option<String> {
    let text = source_of(text);
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && !is_sign(c)));
    words.filter(|word| names(word)).find(|word| !stands_in(word, source)).map(str::to_owned)
}

/// A text whose signs stand beside their numbers: `7 %` is `7%`, `€ 5` is `€5`.
fn tight(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.trim_start();
        if c.is_whitespace() {
            let (last, next) = (out.chars().next_back(), after.chars().next());
            let of_one = |number: Option<char>, sign: Option<char>| {
                number.is_some_and(char::is_numeric) && sign.is_some_and(is_sign)
            };
            if !of_one(last, next) && !of_one(next, last) {
                out.push_str(&rest[..rest.len() - after.len()]);
            }
            rest = after;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// What makes another value of a number.
fn is_sign(c: char) -> bool {
    matches!(c, '%' | '€' | '$' | '£' | '¥')
}

/// Whether a word is a number, a link or an address.
fn names(word: &str) -> bool {
    word.chars().any(char::is_numeric) || is_address(word)
}

/// A link, an e-mail address or the name of a server.
fn is_address(word: &str) -> bool {
    let is_dotted = word.split('.').filter(|part| part.chars().count() > 1).count() > 1;
    word.contains('@') || word.contains("://") || (is_dotted && word.chars().any(char::is_alphabetic))
}

/// Whether a number, link or address stands in a source: plain numbers as whole numbers, the rest as it is written, and not as a
/// part of another.
fn stands_in(word: &str, source: &str) -> bool {
    if is_address(word) || word.chars().any(is_sign) {
        return source.match_indices(word).any(|(at, _)| stands_alone(word, &source[..at], &source[at + word.len()..]));
    }
    let known: Vec<&str> = numbers(source).collect();
    numbers(word).all(|number| known.contains(&number))
}

/// Whether what stands around a word makes it no part of a longer one, as `7%` is of `17%` and `shop.example` of `my-shop.example`.
fn stands_alone(word: &str, before: &str, after: &str) -> bool {
    let goes_on = |next: Option<char>, beyond: Option<char>| {
        let joins = |c: char| matches!(c, '.' | ',') || (c == '-' && is_address(word));
        next.is_some_and(|c| {
            c.is_alphanumeric() || is_sign(c) || (joins(c) && beyond.is_some_and(char::is_alphanumeric))
        })
    };
    let (mut before, mut after) = (before.chars().rev(), after.chars());
    !goes_on(before.next(), before.next()) && !goes_on(after.next(), after.next())
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !(c.is_numeric() || matches!(c, '.' | ',')));
    parts.map(|part| part.trim_matches(['.', ','])).filter(|number| !number.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_base::Citation;

    fn wording() -> Wording {
        let source = Citation {
            article: "payments".parse().unwrap(),
            title: "Payments".into(),
            locale: "en".into(),
            version: "v".into(),
            section: "refunds".into(),
            heading: "How long a refund takes".into(),
        };
        let text =
            "A refund to a card takes 5 to 7 business days, above 110.50 € less 15 %. Write to help@shop.example."
                .into();
        let question = Heard { text: "How long for order #W1234567?".into(), message_id: None };
        Wording { question, answer: Answer { text, source }, language: "en".into(), live: true }
    }

    /// What is shown last, and what may be said.
    fn check(never: &[&str], reply: &str, whole: bool) -> (String, std::result::Result<String, String>) {
        let (tell, told) = watch::channel(String::new());
        let never: Vec<String> = never.iter().map(|&one| one.to_owned()).collect();
        let wording = wording();
        let mut words = Words::new(&never, &wording, tell);
        // In pieces of one character, as it may come.
        let goes = reply.chars().all(|c| words.hear(c.encode_utf8(&mut [0; 4])));
        let said = words.end(whole && goes);
        (told.borrow().clone(), said)
    }

    #[test]
    fn what_the_section_says_is_said_sentence_by_sentence() {
        for reply in [
            "It takes 5 to 7 business days for #W1234567. Write to help@shop.example, please.",
            "Five to seven days! A 7-day wait is the longest.\n",
            "Above 110.50€ it is 15% less, with 110.50 € in all, that is 110.50.",
        ] {
            assert_eq!(check(&["we guarantee"], reply, true), (reply.trim().to_owned(), Ok(reply.trim().to_owned())));
        }
        let (shown, said) = check(&[], "It takes 5 days. And then", false);
        assert!(shown.is_empty() && said.is_err(), "half an answer is none: {said:?}");
        assert!(check(&[], " \n", true).1.is_err());
    }

    #[test]
    fn what_is_never_said_or_stands_nowhere_is_not_said_and_what_was_shown_is_taken_back() {
        let long = "word ".repeat(SAYING_BYTES_MAX);
        for (reply, why) in [
            ("It takes 5 days. We guarantee it. Yes.", "we guarantee"),
            ("It takes 5 days. Now, we. Guarantee it. Yes.", "we guarantee"),
            ("It takes 5 days. At most 9, I think.", "'9'"),
            ("It takes 5 days. Or 5.7 days on average.", "5.7"),
            ("It takes 5 days. You get 7% off.", "7%"),
            ("It takes 5 days. You get 7 % off.", "7%"),
            ("It takes 5 days. You get 7\n% off.", "7%"),
            ("It takes 5 days. You get 5% off.", "5%"),
            ("It takes 5 days. It costs € 5 more.", "€5"),
            ("It takes 5 days. It costs 10.50 more.", "10.50"),
            ("It takes 5 days. Write to p@shop.example now.", "p@shop.example"),
            ("It takes 5 days. See shop.exam for more.", "shop.exam"),
            ("It takes 5 days. See www.evil.example for more.", "www.evil.example"),
            ("It takes 5 days. Write to me@evil.example now.", "me@evil.example"),
            ("It takes 5 days. Open https://evil.example/x now.", "evil.example/x"),
            (long.as_str(), "too long"),
        ] {
            let (shown, said) = check(&["we guarantee"], reply, true);
            assert!(shown.is_empty(), "{reply}: {shown}");
            assert!(said.clone().unwrap_err().contains(why), "{reply}: {said:?}");
        }
    }

    #[test]
    fn a_sentence_ends_at_a_mark_before_white_space_or_at_a_line() {
        for (text, wanted) in
            [("It is 3.5 days", None), ("Yes. No", Some(4)), ("Yes.", None), ("Yes\nNo", Some(4)), ("\n\nYes", None)]
        {
            assert_eq!(sentence_end(text), wanted, "{text}");
        }
    }
}
