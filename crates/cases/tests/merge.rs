//! What a customer, a colleague and an outside agent notice when cases are merged and split, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{START_MS, World, acme, chat, globex, is_not_found};
use baton_base::{Actor, CaseId, CustomerId, Error, MemberId, MessageId, Result};
use baton_cases::merged::{self, Merge, Split, SplitOff};
use baton_cases::outside::{self, Ask, Asked, TaskState};
use baton_cases::{
    Case, CaseState, Channel, Incoming, MessageRow, OwedState, TimelineItem, all_messages, erase, floor, gone_since,
    hand_over, held_beside, hold, owed, say, timeline,
};
use baton_govern::{Ctx, Role};
use baton_testkit::databases;
use serde_json::json;

fn member(w: &World) -> Ctx {
    Ctx::member(&w.env, &acme(), &MemberId::known("mem_1"), &[Role::HumanAgent])
}

async fn open(w: &World, conversation: &str, text: &str) -> CaseId {
    let case = w.receive(&acme(), chat(conversation, text, "m1")).await.unwrap().case;
    w.settle().await;
    case
}

/// A case that a member has, so that no process goes on in it.
async fn open_with(w: &World, ctx: &Ctx, conversation: &str, text: &str) -> CaseId {
    let case = open(w, conversation, text).await;
    let (by, id) = (ctx.clone(), case.clone());
    w.write(move |tx| hand_over(tx, &by, &id, &by.actor.clone())).await.unwrap();
    case
}

async fn merge(w: &World, ctx: &Ctx, case: &CaseId, into: &CaseId, other_customer: bool) -> Result<(Case, Case)> {
    let order = Merge { case: case.clone(), into: into.clone(), other_customer, reason: "one person".to_owned() };
    let ctx = ctx.clone();
    w.write(move |tx| merged::begin(tx, &ctx, &order)?.finish(tx, &ctx)).await
}

async fn unmerge(w: &World, ctx: &Ctx, case: &CaseId) -> Result<(Case, Case)> {
    let (ctx, case) = (ctx.clone(), case.clone());
    w.write(move |tx| merged::unmerge(tx, &ctx, &case, &Actor::system("queue:front"))).await
}

async fn split(w: &World, ctx: &Ctx, case: &CaseId, messages: &[MessageId], start: bool) -> Result<SplitOff> {
    let order = Split {
        case: case.clone(),
        messages: messages.to_vec(),
        subject: "A wrong invoice".to_owned(),
        start,
        data: json!({"files": [{"name": "invoice.pdf"}]}),
    };
    let (ctx, cases) = (ctx.clone(), w.cases.clone());
    w.write(move |tx| merged::split(tx, &ctx, &cases, &order)).await
}

async fn get(w: &World, case: &CaseId) -> Case {
    let (ctx, case) = (w.system(&acme()), case.clone());
    w.write(move |tx| baton_cases::get(tx, &ctx, &case)).await.unwrap()
}

async fn words(w: &World, case: &CaseId) -> Vec<MessageRow> {
    let case = case.clone();
    w.write(move |tx| all_messages(tx, &acme(), &case)).await.unwrap()
}

async fn seen(w: &World, case: &CaseId) -> Vec<TimelineItem> {
    let (ctx, case) = (w.system(&acme()), case.clone());
    w.write(move |tx| timeline(tx, &ctx, &case)).await.unwrap()
}

async fn said_on(w: &World, case: &CaseId) -> Vec<String> {
    let (ctx, case) = (w.system(&acme()), case.clone());
    let said = w.write(move |tx| merged::said_on(tx, &ctx, &case)).await.unwrap();
    said.into_iter().map(|message| message.text).collect()
}

fn texts(messages: &[MessageRow]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_str()).collect()
}

fn is_conflict<T: std::fmt::Debug>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Conflict(_)))
}

#[tokio::test]
async fn a_merged_case_is_read_beside_the_other_and_what_its_customer_writes_arrives_there() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let ctx = member(&w);
        let kept = open_with(&w, &ctx, "conv-1", "My lamp is broken").await;
        w.receive(&acme(), chat("conv-1", "the tall one", "m2")).await.unwrap();
        let gone = open(&w, "conv-2", "The lamp again, from my phone").await;
        let unsaid = merge(&w, &ctx, &gone, &kept, false).await;
        assert!(is_conflict(&unsaid), "{name}: two customers are one only if somebody says so: {unsaid:?}");
        merge(&w, &ctx, &gone, &kept, true).await.unwrap();
        w.settle().await;

        let closed = get(&w, &gone).await;
        assert_eq!((closed.row.state, closed.row.outcome.as_deref()), (CaseState::Closed, Some("merged")), "{name}");
        assert_eq!(texts(&words(&w, &gone).await), ["The lamp again, from my phone", "Hello Ada."], "{name}: it stays");
        let items = seen(&w, &kept).await;
        let theirs: Vec<_> = items.iter().filter(|i| i.from.as_ref().is_some_and(|from| from.case == gone)).collect();
        assert!(theirs.iter().any(|i| i.body.as_deref() == Some("The lamp again, from my phone")), "{name}");
        assert!(theirs.iter().any(|i| i.title == "case.merged"), "{name}: the ledger of both is there");
        let runs = theirs.iter().filter(|i| i.title == "run.cancelled").count();
        assert_eq!(runs, 1, "{name}: its process was ended");

        // The same id of two senders is two messages, and sent again it is one.
        let there = w.receive(&acme(), chat("conv-2", "Is anybody there?", "m2")).await.unwrap();
        assert_eq!((&there.case, there.duplicate), (&kept, false), "{name}");
        let again = w.receive(&acme(), chat("conv-2", "Is anybody there?", "m2")).await.unwrap();
        assert_eq!((again.message, again.duplicate), (there.message, true), "{name}");
        let old = w.receive(&acme(), chat("conv-2", "The lamp again, from my phone", "m1")).await.unwrap();
        assert_eq!((&old.case, old.duplicate), (&gone, true), "{name}: what was there before is there still");
        let (by, id) = (ctx.clone(), kept.clone());
        w.write(move |tx| say(tx, &by, &id, "A new lamp is on its way.", &[])).await.unwrap();
        assert_eq!(
            said_on(&w, &gone).await,
            ["Is anybody there?", "A new lamp is on its way."],
            "{name}: no other's words"
        );

        let (ada, bob) = (get(&w, &kept).await.row.customer.id, closed.row.customer.id);
        let of = kept.clone();
        let voices = w
            .write(move |tx| {
                let voice = |tx: &mut baton_db::Tx, customer: &CustomerId| merged::voices(tx, &acme(), &of, customer);
                Ok((voice(tx, &ada)?, voice(tx, &bob)?, voice(tx, &CustomerId::known("cus_other"))?))
            })
            .await
            .unwrap();
        assert_eq!(
            voices,
            (Some(kept.clone()), Some(gone.clone()), None),
            "{name}: each answers in the thread as themselves"
        );

        let (clients, _) = w.write(move |tx| floor(tx, &[acme()], START_MS + 1)).await.unwrap();
        assert_eq!((clients[0].counts.resolved_today, clients[0].counts.open), (0, 1), "{name}: no resolution");
        let refused = unmerge(&w, &ctx, &gone).await;
        assert!(is_conflict(&refused), "{name}: something was written through it: {refused:?}");
    }
}

#[tokio::test]
async fn an_answer_goes_by_the_channel_that_was_written_by_last() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let ctx = member(&w);
        let kept = open_with(&w, &ctx, "conv-1", "My lamp is broken").await;
        w.clock.advance_ms(1_000);
        let mail = Incoming {
            channel: Channel::Email,
            address: "ada@example.org".to_owned(),
            ..chat("", "My lamp, by mail", "mail:1")
        };
        let gone = w.receive(&acme(), mail).await.unwrap().case;
        w.settle().await;
        merge(&w, &ctx, &gone, &kept, true).await.unwrap();
        assert_eq!(get(&w, &kept).await.answers_by(), Channel::Email, "{name}");
        let (by, id) = (ctx.clone(), kept.clone());
        w.write(move |tx| say(tx, &by, &id, "It is on its way.", &[])).await.unwrap();
        let system = w.system(&acme());
        let owed = w.write(move |tx| owed(tx, &system, OwedState::Waiting, 50)).await.unwrap();
        assert!(owed.iter().any(|one| one.case == kept), "{name}: it is carried by mail");
        w.receive(&acme(), chat("conv-1", "thanks", "m9")).await.unwrap();
        assert_eq!(get(&w, &kept).await.answers_by(), Channel::Chat, "{name}");
    }
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused_in_words() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let ctx = member(&w);
        let (one, other) = (open(&w, "conv-1", "one").await, open(&w, "conv-2", "other").await);
        let third = open(&w, "conv-3", "third").await;
        assert!(matches!(merge(&w, &ctx, &one, &one, true).await, Err(Error::Invalid { .. })), "{name}: into itself");
        let stranger = Ctx::member(&w.env, &globex(), &MemberId::known("mem_9"), &[Role::Supervisor]);
        assert!(is_not_found(&merge(&w, &stranger, &one, &other, true).await), "{name}: another client's");
        let reader = Ctx::member(&w.env, &acme(), &MemberId::known("mem_8"), &[Role::Auditor]);
        assert!(matches!(merge(&w, &reader, &one, &other, true).await, Err(Error::Refused { .. })), "{name}");

        let admin = Ctx::member(&w.env, &acme(), &MemberId::known("mem_7"), &[Role::Admin]);
        let held = get(&w, &other).await.row.customer.id;
        let (by, customer) = (admin.clone(), held.clone());
        w.write(move |tx| hold(tx, &by, &customer, "a lawsuit")).await.unwrap();
        let refused = merge(&w, &ctx, &one, &other, true).await;
        assert!(matches!(&refused, Err(Error::Conflict(why)) if why.contains("a lawsuit")), "{name}: {refused:?}");
        w.write(move |tx| baton_cases::lift(tx, &admin, &held)).await.unwrap();

        merge(&w, &ctx, &one, &other, true).await.unwrap();
        assert!(is_conflict(&merge(&w, &ctx, &other, &one, true).await), "{name}: in a ring");
        assert!(is_conflict(&merge(&w, &ctx, &one, &third, true).await), "{name}: merged already");
        merge(&w, &ctx, &other, &third, true).await.unwrap();
        let on = w.receive(&acme(), chat("conv-1", "still me", "m2")).await.unwrap();
        assert_eq!(on.case, third, "{name}: on through both");
        assert!(is_conflict(&unmerge(&w, &ctx, &one).await), "{name}: the other was merged on");
        w.settle().await;
        assert_eq!(get(&w, &third).await.row.state, CaseState::Resolved, "{name}: its process heard it");
        let late = open(&w, "conv-4", "late").await;
        assert!(is_conflict(&merge(&w, &ctx, &late, &third, true).await), "{name}: into one that has ended");
        let next = w.receive(&acme(), chat("conv-1", "a new thing", "m3")).await.unwrap();
        assert!(next.new, "{name}: once it has ended, what comes is a new case");
    }
}

#[tokio::test]
async fn a_merge_is_undone_while_nothing_was_written_through_it() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let ctx = member(&w);
        let (kept, gone) = (open(&w, "conv-1", "one").await, open(&w, "conv-2", "other").await);
        merge(&w, &ctx, &gone, &kept, true).await.unwrap();
        let (back, other) = unmerge(&w, &ctx, &gone).await.unwrap();
        assert_eq!((back.row.state, back.row.actor.name.as_str()), (CaseState::WithPerson, "queue:front"), "{name}");
        assert_eq!((back.row.outcome, back.closed_ms), (None, None), "{name}");
        assert_eq!(other.row.id, kept, "{name}");
        let mine = w.receive(&acme(), chat("conv-2", "me again", "m2")).await.unwrap();
        assert_eq!(mine.case, gone, "{name}: it is one of its own again");
        assert!(seen(&w, &kept).await.iter().all(|item| item.from.is_none()), "{name}");
        assert!(seen(&w, &kept).await.iter().any(|item| item.title == "case.parted"), "{name}");
        assert!(is_conflict(&unmerge(&w, &ctx, &gone).await), "{name}: there is nothing to undo");
    }
}

#[tokio::test]
async fn messages_become_a_case_of_their_own_and_stay_where_they_are() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let ctx = member(&w);
        let old = open_with(&w, &ctx, "conv-1", "Where is my parcel?").await;
        w.receive(&acme(), chat("conv-1", "And your last invoice is wrong", "m2")).await.unwrap();
        let messages = words(&w, &old).await;
        let (greeting, invoice) = (messages[1].id.clone(), messages[2].id.clone());
        let ours_alone = split(&w, &ctx, &old, &[greeting], false).await;
        assert!(matches!(ours_alone, Err(Error::Invalid { .. })), "{name}: no customer's words: {ours_alone:?}");
        assert!(is_not_found(&split(&w, &ctx, &old, &[MessageId::known("msg_none")], false).await), "{name}");

        let made = split(&w, &ctx, &old, std::slice::from_ref(&invoice), false).await.unwrap();
        let new = get(&w, &made.case).await;
        assert_eq!(new.row.subject, "A wrong invoice", "{name}");
        assert_eq!(new.row.customer, get(&w, &old).await.row.customer, "{name}: the same customer");
        let copies = words(&w, &made.case).await;
        assert_eq!(texts(&copies), ["And your last invoice is wrong"], "{name}");
        assert_eq!(copies[0].copy_of.as_ref(), Some(&invoice), "{name}");
        assert_eq!(words(&w, &old).await.len(), 3, "{name}: nothing is gone");
        let items = seen(&w, &old).await;
        let marked = items.iter().find(|item| item.id == invoice.as_str()).unwrap();
        assert_eq!(marked.data["split_into"]["number"], made.number, "{name}");
        let (by, id) = (w.system(&acme()), made.case.clone());
        let links = w.write(move |tx| merged::links(tx, &by, &id)).await.unwrap();
        assert_eq!(links.split_from.map(|link| link.case), Some(old.clone()), "{name}: linked both ways");
        assert!(is_conflict(&split(&w, &ctx, &old, &[invoice], false).await), "{name}: not twice");
        let next = w.receive(&acme(), chat("conv-1", "so where is it?", "m3")).await.unwrap();
        assert_eq!(next.case, old, "{name}: the conversation stays where it was");

        let question = words(&w, &old).await[0].id.clone();
        let taken = split(&w, &ctx, &old, &[question], true).await.unwrap();
        let run = taken.run.clone().unwrap();
        w.settle().await;
        let journal = w.write(move |tx| baton_runs::journal(tx, &acme(), &run)).await.unwrap();
        assert!(format!("{journal:?}").contains("invoice.pdf"), "{name}: the process is told of the files");
        assert_eq!(
            texts(&words(&w, &taken.case).await),
            ["Where is my parcel?", "Hello Ada."],
            "{name}: its process began"
        );
    }
}

#[tokio::test]
async fn each_customers_words_go_with_them() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let ctx = member(&w);
        let kept = open_with(&w, &ctx, "conv-1", "My lamp is broken").await;
        let gone = open(&w, "conv-2", "The lamp again").await;
        let (ada, bob): (CustomerId, CustomerId) =
            (get(&w, &kept).await.row.customer.id, get(&w, &gone).await.row.customer.id);
        merge(&w, &ctx, &gone, &kept, true).await.unwrap();
        w.receive(&acme(), chat("conv-2", "My number is 5551234", "m2")).await.unwrap();
        let late_ms = START_MS + 1_000_000_000;
        let due = w.write(move |tx| gone_since(tx, &acme(), late_ms)).await.unwrap();
        assert!(!due.contains(&bob), "{name}: where it was merged it is worked on");

        let admin = Ctx::member(&w.env, &acme(), &MemberId::known("mem_7"), &[Role::Admin]);
        let (by, customer) = (admin.clone(), ada.clone());
        w.write(move |tx| hold(tx, &by, &customer, "a lawsuit")).await.unwrap();
        let id = bob.clone();
        let beside = w.write(move |tx| held_beside(tx, &acme(), &id)).await.unwrap();
        assert_eq!(beside, Some((ada.clone(), "a lawsuit".to_owned())), "{name}");

        w.write(move |tx| tx.overwriting(|tx| erase(tx, &acme(), &bob, START_MS))).await.unwrap();
        assert_eq!(texts(&words(&w, &kept).await), ["My lamp is broken", "Hello Ada.", ""], "{name}: theirs alone");
        assert_eq!(texts(&words(&w, &gone).await), ["", ""], "{name}");
    }
}

#[tokio::test]
async fn where_a_process_was_told_what_another_customer_waits_for_is_known() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let ctx = member(&w);
        let (kept, gone) = (open(&w, "conv-1", "one").await, open(&w, "conv-2", "other").await);
        let (mine, silent) = (open_with(&w, &ctx, "conv-3", "third").await, open(&w, "conv-4", "fourth").await);
        w.clock.advance_ms(1_000);
        w.receive(&acme(), chat("conv-2", "where is it?", "m2")).await.unwrap();
        merge(&w, &ctx, &gone, &kept, true).await.unwrap();
        w.receive(&acme(), chat("conv-4", "and mine?", "m2")).await.unwrap();
        merge(&w, &ctx, &silent, &mine, true).await.unwrap();
        let heard = async |case: &CaseId| {
            let customer = get(&w, case).await.row.customer.id;
            w.write(move |tx| merged::heard_in(tx, &acme(), &customer)).await.unwrap()
        };
        let told = heard(&gone).await;
        assert_eq!(told, [(kept.clone(), START_MS + 1_000)], "{name}: although nothing was written there");
        assert!(heard(&kept).await.is_empty(), "{name}: its customer's words are nowhere else");
        assert!(heard(&silent).await.is_empty(), "{name}: a person has that case, and no process was told");
        w.receive(&acme(), chat("conv-4", "hello?", "m3")).await.unwrap();
        assert_eq!(heard(&silent).await.len(), 1, "{name}: written there");
        merge(&w, &ctx, &kept, &mine, true).await.unwrap();
        assert_eq!(heard(&gone).await, told, "{name}: where that case went on, nobody was told");
    }
}

#[tokio::test]
async fn an_outside_agents_task_goes_on_in_the_case_that_it_was_merged_into() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let ctx = member(&w);
        let kept = open_with(&w, &ctx, "conv-1", "a secret of mine").await;
        let ask = async |text: &str, sent_id: &str, task: Option<CaseId>| {
            let ask = Ask { sent_id: sent_id.to_owned(), text: text.to_owned(), task, ..Ask::default() };
            let (ctx, cases) = (w.system(&acme()), w.cases.clone());
            match w.write(move |tx| outside::ask(tx, &ctx, &cases, &ask)).await.unwrap() {
                Asked::Taken { task, .. } => *task,
                other => panic!("{other:?}"),
            }
        };
        let task = ask("find out about the lamp", "s1", None).await;
        w.settle().await;
        let id = task.row.id.clone();
        merge(&w, &ctx, &id, &kept, true).await.unwrap();
        let on = ask("any news?", "s2", Some(id.clone())).await;
        assert_eq!((&on.row.id, on.state, on.works_in()), (&id, TaskState::Working, &kept), "{name}");
        let (by, case) = (ctx.clone(), kept.clone());
        w.write(move |tx| say(tx, &by, &case, "It is repaired.", &[])).await.unwrap();

        let reader = w.system(&acme());
        let (said, own) = w
            .write(move |tx| {
                let row = outside::task(tx, &reader, &id)?.unwrap();
                let own = outside::task(tx, &reader, row.works_in())?;
                Ok((outside::words(tx, &reader, &row, 0, 100)?, own))
            })
            .await
            .unwrap();
        let texts: Vec<_> = said.iter().map(|(_, message)| message.text.as_str()).collect();
        assert_eq!(texts, ["find out about the lamp", "Hello .", "any news?", "It is repaired."], "{name}");
        assert_eq!(said[2].0, "s2", "{name}: under the sender's id");
        assert!(said.windows(2).all(|pair| pair[0].1.seq < pair[1].1.seq), "{name}: counted on");
        assert!(own.is_none(), "{name}: the other case is not theirs to see");
    }
}
