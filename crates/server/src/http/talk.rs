//! What a conversation of the web chat holds, in the order in which it was said.

use baton_base::{CaseId, Error, MessageId, Result};
use baton_cases::limits::MESSAGES_PAGE_MAX;
use baton_cases::{CaseState, Channel, MessageRow, merged, people};
use baton_channels::mail::{self, File};
use baton_db::Tx;
use baton_govern::Ctx;
use std::collections::BTreeSet;

/// Cases of one conversation whose messages are shown.
const CASES_MAX: i64 = 20;
/// Messages that are read at once; those after them are read from the last of these on.
const MESSAGES_MAX: usize = 2_000;
/// How often is read on to find a file.
const READS_MAX: usize = 50;

/// What a conversation holds.
#[derive(Default)]
pub(super) struct Talk {
    /// Messages with their files, oldest first.
    pub messages: Vec<(MessageRow, Vec<File>)>,
    /// The cases in which it goes on.
    pub cases: BTreeSet<CaseId>,
}

/// The conversation's messages after one of them, oldest first, [`MESSAGES_MAX`] at most: those of the customer's cases; where one was
/// merged into another, what is said to them there. What was split off is not said twice.
pub(super) fn read(tx: &mut Tx, ctx: &Ctx, conversation: &str, after: Option<&MessageId>) -> Result<Talk> {
    let mut talk = Talk::default();
    let Some(customer) = baton_cases::customer_at(tx, &ctx.client, Channel::Chat, conversation)? else {
        return Ok(talk);
    };
    let own = cases_of(tx, ctx, conversation)?;
    let mut merged_away = BTreeSet::new();
    for case in &own {
        if let Some((end, _)) = merged::works_in(tx, &ctx.client, case)? {
            merged_away.insert(case);
            talk.cases.insert(end);
        }
        talk.cases.insert(case.clone());
    }
    let known: Vec<CaseId> = talk.cases.iter().cloned().collect();
    let last = match after {
        Some(after) => baton_cases::message_of(tx, ctx, &known, after)?,
        None => None,
    };
    let wanted = |m: &MessageRow| m.copy_of.is_none() && !m.is_of_other(&customer) && is_news(m, last.as_ref(), after);
    let mut said: Vec<MessageRow> = Vec::new();
    for case in &own {
        let from = last.as_ref().filter(|last| last.case == *case).map_or(0, |last| last.seq);
        said.extend(said_in(tx, ctx, (case, from), &wanted)?);
        if merged_away.contains(case) {
            said.extend(merged::said_on(tx, ctx, case)?.into_iter().filter(&wanted));
        }
    }
    let mut said = in_order(said);
    said.truncate(MESSAGES_MAX);
    if said.is_empty() {
        return Ok(talk);
    }
    let mut files: Vec<File> = Vec::new();
    for case in &talk.cases {
        files.extend(mail::of_case(tx, ctx, case)?);
    }
    let with_files = |message: MessageRow| {
        let theirs: Vec<File> = files.iter().filter(|file| file.kept && file.message == message.id).cloned().collect();
        (message, theirs)
    };
    talk.messages = said.into_iter().map(with_files).collect();
    Ok(talk)
}

/// The case of the conversation that a member has, if one does.
pub(super) fn with_a_member(tx: &mut Tx, ctx: &Ctx, conversation: &str) -> Result<Option<CaseId>> {
    for case in cases_of(tx, ctx, conversation)? {
        let end = merged::works_in(tx, &ctx.client, &case)?.map_or(case, |(end, _)| end);
        let row = baton_cases::row(tx, ctx, &end)?;
        if row.state == CaseState::WithPerson && row.actor.kind == "member" {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// The messages of a case after one of them, by its number, that are wanted: all, or those that come first.
fn said_in(
    tx: &mut Tx,
    ctx: &Ctx,
    (case, mut after_seq): (&CaseId, i64),
    wanted: &dyn Fn(&MessageRow) -> bool,
) -> Result<Vec<MessageRow>> {
    let mut all = Vec::new();
    loop {
        let page = baton_cases::messages(tx, ctx, case, after_seq)?;
        let is_full = i64::try_from(page.len()).is_ok_and(|count| count >= MESSAGES_PAGE_MAX);
        after_seq = page.last().map_or(after_seq, |last| last.seq);
        all.extend(page.into_iter().filter(wanted));
        if !is_full || all.len() >= MESSAGES_MAX {
            return Ok(all);
        }
    }
}

/// Whether a message comes after the last that was shown: in its case by their numbers, since nodes whose clocks differ give ids
/// that do not tell; elsewhere by their ids.
fn is_news(message: &MessageRow, last: Option<&MessageRow>, after: Option<&MessageId>) -> bool {
    match (last, after) {
        (Some(last), _) if last.case == message.case => message.seq > last.seq,
        (_, Some(after)) => message.id > *after,
        (_, None) => true,
    }
}

/// Messages in the order in which they were said, each once: in a case by their numbers, between cases by their ids.
fn in_order(mut said: Vec<MessageRow>) -> Vec<MessageRow> {
    said.sort_by(|a, b| (&a.case, a.seq).cmp(&(&b.case, b.seq)));
    said.dedup_by(|a, b| a.id == b.id);
    let mut placed: Vec<(MessageId, MessageRow)> = Vec::with_capacity(said.len());
    for message in said {
        // One whose id is before that of a message that it follows has the place of that message.
        let before = placed.last().filter(|(_, last)| last.case == message.case).map(|(place, _)| place.clone());
        let place = before.filter(|place| *place > message.id).unwrap_or_else(|| message.id.clone());
        placed.push((place, message));
    }
    placed.sort_by(|(a, one), (b, other)| (a, one.seq).cmp(&(b, other.seq)));
    placed.into_iter().map(|(_, message)| message).collect()
}

/// A file of the conversation's own messages.
pub(super) fn file_in(tx: &mut Tx, ctx: &Ctx, conversation: &str, id: &str) -> Result<(File, Vec<u8>)> {
    let of = |(message, files): &(MessageRow, Vec<File>)| {
        files.iter().any(|file| file.id == id).then(|| message.case.clone())
    };
    let mut after: Option<MessageId> = None;
    for _ in 0..READS_MAX {
        let talk = read(tx, ctx, conversation, after.as_ref())?;
        if let Some(case) = talk.messages.iter().find_map(of) {
            return mail::file(tx, ctx, &case, id);
        }
        let Some((last, _)) = talk.messages.last() else { break };
        after = Some(last.id.clone());
    }
    Err(Error::not_found(format!("file {id}")))
}

/// The cases of the conversation itself. Whose they are may be linked to others: what those said elsewhere is not shown here,
/// to whoever sits at this browser.
fn cases_of(tx: &mut Tx, ctx: &Ctx, conversation: &str) -> Result<Vec<CaseId>> {
    people::cases_by(tx, &ctx.client, (Channel::Chat, conversation), CASES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_cases::Writer;

    fn said(case: &str, seq: i64, id: &str) -> MessageRow {
        MessageRow {
            id: MessageId::known(id),
            case: CaseId::known(case),
            seq,
            author: Writer { kind: "agent".to_owned(), name: "concierge".to_owned(), version: None },
            text: String::new(),
            articles: Vec::new(),
            sources: Vec::new(),
            sent_ms: 0,
            via_case: None,
            copy_of: None,
        }
    }

    #[test]
    fn an_answer_of_a_node_whose_clock_is_behind_comes_after_what_it_answers() {
        let asked = said("case_1", 1, "msg_5");
        let answer = said("case_1", 2, "msg_4");
        assert!(is_news(&answer, Some(&asked), Some(&asked.id)), "it was not shown yet");
        assert!(!is_news(&asked, Some(&answer), Some(&answer.id)), "it is not shown again");
        let next = said("case_2", 1, "msg_6");
        assert!(is_news(&next, Some(&answer), Some(&answer.id)) && is_news(&asked, None, None));
        let all = in_order(vec![next, answer.clone(), asked, said("case_1", 3, "msg_7"), answer]);
        let ids: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["msg_5", "msg_4", "msg_6", "msg_7"]);
    }
}
