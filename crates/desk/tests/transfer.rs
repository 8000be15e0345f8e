//! One person hands their work to another, and people write for each other; on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, is_conflict, is_not_found, is_refused};
use baton_base::{ClientId, MemberId, WorkItemId};
use baton_db::params;
use baton_desk::{Here, State, To};
use baton_desk::{
    answer_offer, assign_round, claim, offer, offers, offers_of_case, pass_on, reassign, set_presence, withdraw_offer,
};
use baton_govern::{Ctx, Role};
use baton_testkit::databases;

fn id_of(ctx: &Ctx) -> MemberId {
    ctx.member_id().unwrap().clone()
}

async fn offered(w: &World, from: &Ctx, item: &WorkItemId, to: &Ctx) -> baton_base::Result<()> {
    let (ctx, item, to) = (from.clone(), item.clone(), id_of(to));
    w.write(move |tx| offer(tx, &ctx, &item, &to, "she wants the money back")).await
}

async fn answered(w: &World, who: &Ctx, item: &WorkItemId, accept: bool) -> baton_base::Result<baton_desk::WorkItem> {
    let (ctx, item) = (who.clone(), item.clone());
    w.write(move |tx| answer_offer(tx, &ctx, &item, accept, "")).await
}

async fn open_for(w: &World, who: &Ctx) -> usize {
    let me = id_of(who);
    w.write(move |tx| offers(tx, &me, &[acme()])).await.unwrap().len()
}

#[tokio::test]
async fn work_goes_from_hand_to_hand_when_the_other_takes_it_and_the_customer_sees_one_conversation() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let case = w.case("ada", "a person, please", "m1").await;
        let (max, eva, uli) = (w.granted("max", &[]).await, w.granted("eva", &[]).await, w.granted("uli", &[]).await);
        let item = w.to_do().await.remove(0).id;
        assert!(is_conflict(&offered(&w, &max, &item, &eva).await), "{name}: one offers what one has");
        let (ctx, id) = (max.clone(), item.clone());
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        let stranger = w.member("zoe", &[Role::HumanAgent], &[]).await;
        assert!(is_not_found(&offered(&w, &max, &item, &stranger).await), "{name}: no colleague");
        offered(&w, &max, &item, &eva).await.unwrap();
        assert_eq!((open_for(&w, &eva).await, open_for(&w, &max).await, open_for(&w, &uli).await), (1, 1, 0), "{name}");
        assert!(is_conflict(&answered(&w, &uli, &item, true).await), "{name}: it is not offered to them");
        let left = answered(&w, &eva, &item, false).await.unwrap();
        assert_eq!(left.claimed_by.as_ref(), max.member_id(), "{name}: declined, it stays");
        assert_eq!(open_for(&w, &eva).await, 0, "{name}");

        offered(&w, &max, &item, &eva).await.unwrap();
        let taken = answered(&w, &eva, &item, true).await.unwrap();
        assert_eq!((taken.state, taken.claimed_by.as_ref()), (State::Claimed, eva.member_id()), "{name}");
        let row = w.found(&case).await.row;
        assert_eq!((row.actor.kind.as_str(), row.actor.name.as_str()), ("member", id_of(&eva).as_str()), "{name}");
        let (ctx, id) = (eva.clone(), case.clone());
        w.write(move |tx| baton_cases::say(tx, &ctx, &id, "I have read everything.", &[])).await.unwrap();
        let (ctx, id) = (max.clone(), case.clone());
        assert!(
            is_conflict(&w.write(move |tx| baton_cases::say(tx, &ctx, &id, "me too", &[])).await),
            "{name}: one of us"
        );
        assert_eq!(w.found(&case).await.row.number, row.number, "{name}: one conversation");
    }
}

#[tokio::test]
async fn an_offer_ends_when_it_is_taken_back_or_its_giver_no_longer_has_the_work() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        w.case("ada", "a person, please", "m1").await;
        let (max, eva) = (w.granted("max", &[]).await, w.granted("eva", &[]).await);
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let item = w.to_do().await.remove(0).id;
        let (ctx, id) = (max.clone(), item.clone());
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        offered(&w, &max, &item, &eva).await.unwrap();
        let (ctx, id) = (max.clone(), item.clone());
        w.write(move |tx| withdraw_offer(tx, &ctx, &id)).await.unwrap();
        assert!(is_conflict(&answered(&w, &eva, &item, true).await), "{name}: taken back");
        offered(&w, &max, &item, &eva).await.unwrap();
        let (desk, id, ctx) = (w.desk.clone(), item.clone(), lead.clone());
        let to = To::Queue("claims".to_owned());
        w.write(move |tx| reassign(tx, &ctx, &desk, &[id], &to, "wrong queue")).await.unwrap();
        assert_eq!(open_for(&w, &eva).await, 0, "{name}: nobody has it to give");
        assert!(is_conflict(&answered(&w, &eva, &item, true).await), "{name}");
    }
}

#[tokio::test]
async fn a_note_reaches_whom_it_names_and_a_whisper_whoever_has_the_case() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let case = w.case("ada", "a person, please", "m1").await;
        let (max, eva) = (w.granted("max", &[]).await, w.granted("eva", &[]).await);
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let (ctx, id, named) = (max.clone(), case.clone(), id_of(&eva));
        w.write(move |tx| baton_cases::add_note(tx, &ctx, &id, "look at card 4111 1111 1111 1111", &[named]))
            .await
            .unwrap();
        let for_eva = |w: &World| {
            let me = id_of(&eva);
            let db = w.db.clone();
            async move { db.read(move |tx| baton_cases::mentions(tx, &me, &[acme()])).await.unwrap() }
        };
        let found = for_eva(&w).await;
        assert_eq!((found.len(), found[0].case.clone(), found[0].kind.as_str()), (1, case.clone(), "note"), "{name}");
        assert!(!found[0].text.contains("4111 1111 1111"), "{name}: a card's number is never kept: {}", found[0].text);
        let (ctx, id) = (eva.clone(), case.clone());
        w.write(move |tx| baton_cases::mentions_seen(tx, &ctx, &id)).await.unwrap();
        assert!(for_eva(&w).await.is_empty(), "{name}: seen");

        let (ctx, id) = (lead.clone(), case.clone());
        let early = w.write(move |tx| baton_cases::whisper(tx, &ctx, &id, "offer the refund")).await;
        assert!(is_conflict(&early), "{name}: nobody has it to hear");
        let item = w.to_do().await.remove(0).id;
        let ctx = eva.clone();
        w.write(move |tx| claim(tx, &ctx, &item)).await.unwrap();
        let (ctx, id) = (max.clone(), case.clone());
        assert!(
            is_refused(&w.write(move |tx| baton_cases::whisper(tx, &ctx, &id, "psst")).await),
            "{name}: supervisors do"
        );
        let (ctx, id) = (lead.clone(), case.clone());
        w.write(move |tx| baton_cases::whisper(tx, &ctx, &id, "offer the refund")).await.unwrap();
        let heard = for_eva(&w).await;
        assert_eq!(
            (heard.len(), heard[0].text.as_str(), heard[0].kind.as_str()),
            (1, "offer the refund", "whisper"),
            "{name}"
        );
        // None of it is a message: the customer reads nothing of it.
        let (ctx, id) = (w.system(), case.clone());
        let messages = w.write(move |tx| baton_cases::messages(tx, &ctx, &id, 0)).await.unwrap();
        assert!(messages.iter().all(|m| !m.text.contains("refund") && !m.text.contains("card")), "{name}");
    }
}

#[tokio::test]
async fn what_people_write_with_an_offer_is_kept_as_messages_are() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let case = w.case("ada", "a person, please", "m1").await;
        let (max, eva) = (w.granted("max", &[]).await, w.granted("eva", &[]).await);
        let item = w.to_do().await.remove(0).id;
        let (ctx, id, to) = (max.clone(), item.clone(), id_of(&eva));
        w.write(move |tx| {
            claim(tx, &ctx, &id)?;
            offer(tx, &ctx, &id, &to, "her card is 4111 1111 1111 1111")
        })
        .await
        .unwrap();
        let me = id_of(&eva);
        let seen = w.write(move |tx| offers(tx, &me, &[acme()])).await.unwrap();
        assert_eq!(seen[0].note, "her card is [card ending 1111]", "{name}");
        let (ctx, id) = (eva.clone(), item.clone());
        w.write(move |tx| answer_offer(tx, &ctx, &id, false, "not 4111 1111 1111 1111 again")).await.unwrap();
        let kept = w.write(move |tx| offers_of_case(tx, &acme(), &case)).await.unwrap();
        assert_eq!((kept.len(), kept[0].state.as_str()), (1, "declined"), "{name}");
        assert_eq!(
            (kept[0].note.as_str(), kept[0].answer.as_str()),
            ("her card is [card ending 1111]", "not [card ending 1111] again"),
            "{name}"
        );
        let sql = "SELECT note, answer FROM transfer WHERE client_id = $1";
        let stored =
            w.write(move |tx| tx.query_one(sql, params![acme()], |r| Ok((r.text(0)?, r.text(1)?)))).await.unwrap();
        assert!(!stored.0.contains("card") && !stored.1.contains("again"), "{name}: {stored:?}");
    }
}

#[tokio::test]
async fn the_newest_notes_of_a_long_case_are_shown_and_all_of_them_kept() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let case = w.case("ada", "a person, please", "m1").await;
        let max = w.granted("max", &[]).await;
        let (shown, all) = w
            .write(move |tx| {
                for n in 0..502 {
                    baton_cases::add_note(tx, &max, &case, &format!("note {n}"), &[])?;
                }
                Ok((baton_cases::notes(tx, &max, &case)?, baton_cases::all_notes(tx, &max, &case)?))
            })
            .await
            .unwrap();
        let ends = |notes: &[baton_cases::Note]| {
            (notes.len(), notes[0].text.clone(), notes.last().map(|note| note.text.clone()).unwrap())
        };
        assert_eq!(ends(&shown), (500, "note 2".to_owned(), "note 501".to_owned()), "{name}");
        assert_eq!(ends(&all), (502, "note 0".to_owned(), "note 501".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn work_is_passed_to_another_queue_with_a_note_and_does_not_come_back_to_whoever_passed_it() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let case = w.case("ada", "a person, please", "m1").await;
        let max = w.granted("max", &["expert"]).await;
        let item = w.to_do().await.remove(0).id;
        let pass = async |queue: &'static str, note: &'static str| {
            let (ctx, desk, id) = (max.clone(), w.desk.clone(), item.clone());
            w.write(move |tx| pass_on(tx, &ctx, &desk, &id, queue, note)).await
        };
        assert!(is_conflict(&pass("experts", "").await), "{name}: one passes on what one has");
        let ctx = max.clone();
        w.write(move |tx| set_presence(tx, &ctx, Here::Available, "")).await.unwrap();
        let (ctx, id) = (max.clone(), item.clone());
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        assert!(is_not_found(&pass("attic", "").await), "{name}: there is no such queue");
        assert!(pass("front", "").await.is_err(), "{name}: it is of this one");
        let moved = pass("experts", "the roof is listed").await.unwrap();
        assert_eq!((moved.state, moved.queue.as_str()), (State::Waiting, "experts"), "{name}");
        assert_eq!(moved.needs.licences, ["expert"], "{name}: it asks for what that queue asks for");
        assert_eq!(w.found(&case).await.row.actor.name, "queue:experts", "{name}");
        let (ctx, id) = (max.clone(), case.clone());
        let notes = w.write(move |tx| baton_cases::notes(tx, &ctx, &id)).await.unwrap();
        assert_eq!(notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["the roof is listed"], "{name}");

        let house = Ctx::system(&w.env, &ClientId::house(), "router");
        assert!(assign_round(&w.db, &house, &w.desk).await.unwrap().is_empty(), "{name}: not to them again");
        let eva = w.granted("eva", &["expert"]).await;
        let ctx = eva.clone();
        w.write(move |tx| set_presence(tx, &ctx, Here::Available, "")).await.unwrap();
        let given = assign_round(&w.db, &house, &w.desk).await.unwrap();
        assert_eq!(given.iter().map(|one| Some(&one.member)).collect::<Vec<_>>(), [eva.member_id()], "{name}");
    }
}
