//! What people notice of presence, automatic assignment and work given to others, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{START_MS, World, acme, globex, is_conflict, is_not_found, is_refused};
use baton_base::{ClientId, WorkItemId};
use baton_cases::CaseState;
use baton_db::params;
use baton_desk::{
    Here, Planned, ProfilePatch, State, To, WorkItem, assign_round, claim, colleagues, get, leave, queue_counts,
    reassign, reassign_back, release, set_presence, set_presence_of, set_profile, show_life, take_back_shut,
    tidy_round, whereabouts,
};
use baton_govern::members::{self, MemberPatch, MemberState};
use baton_govern::{Ctx, Role};
use baton_testkit::databases;

const MINUTE_MS: i64 = 60_000;

async fn round(w: &World) -> Vec<Planned> {
    let house = Ctx::system(&w.env, &ClientId::house(), "router");
    assign_round(&w.db, &house, &w.desk).await.unwrap()
}

async fn tidy(w: &World) {
    let house = Ctx::system(&w.env, &ClientId::house(), "desk");
    tidy_round(&w.db, &house, &w.desk).await.unwrap();
}

async fn be(w: &World, who: &Ctx, state: Here) {
    let ctx = who.clone();
    w.write(move |tx| set_presence(tx, &ctx, state, "")).await.unwrap();
}

async fn item(w: &World, id: &WorkItemId) -> WorkItem {
    let (ctx, id) = (w.system(), id.clone());
    w.write(move |tx| get(tx, &ctx, &id)).await.unwrap()
}

#[tokio::test]
async fn work_comes_by_itself_to_whoever_is_available_and_may_have_it() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let case = w.case("ada", "roof", "m1").await;
        let (ada, uli) = (w.granted("ada", &["adjuster"]).await, w.granted("uli", &[]).await);
        assert!(round(&w).await.is_empty(), "{name}: nobody is there");
        be(&w, &uli, Here::Available).await;
        be(&w, &ada, Here::Break).await;
        assert!(round(&w).await.is_empty(), "{name}: one is not licensed, the other not back yet");
        be(&w, &ada, Here::Available).await;
        let given = round(&w).await;
        assert_eq!(given.iter().map(|one| Some(&one.member)).collect::<Vec<_>>(), [ada.member_id()], "{name}");
        let found = item(&w, &given[0].item).await;
        assert_eq!((found.state, found.claimed_by.as_ref()), (State::Claimed, ada.member_id()), "{name}");
        let actor = w.found(&case).await.row.actor;
        assert_eq!((actor.kind.as_str(), Some(actor.name.as_str())), ("member", ada.member_id().map(|m| m.as_str())));
        assert!(round(&w).await.is_empty(), "{name}: once");
    }
}

#[tokio::test]
async fn nobody_is_given_more_than_they_take_nor_what_they_put_back() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        for n in 0..4 {
            w.case(&format!("c{n}"), "roof", "m1").await;
        }
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let ada = w.granted("ada", &["adjuster"]).await;
        be(&w, &ada, Here::Available).await;
        let (ctx, member) = (lead.clone(), ada.member_id().unwrap().clone());
        let two = ProfilePatch { places: Some(2), ..ProfilePatch::default() };
        w.write(move |tx| set_profile(tx, &ctx, &member, two)).await.unwrap();
        let given = round(&w).await;
        assert_eq!(given.len(), 2, "{name}");
        let third = w.to_do().await.into_iter().find(|item| item.state == State::Waiting).unwrap().id;
        let (ctx, id) = (ada.clone(), third);
        assert!(is_conflict(&w.write(move |tx| claim(tx, &ctx, &id)).await), "{name}: nor may they take more");
        let (ctx, id) = (ada.clone(), given[0].item.clone());
        w.write(move |tx| release(tx, &ctx, &id)).await.unwrap();
        let again = round(&w).await;
        assert_eq!(again.len(), 1, "{name}");
        assert_ne!(again[0].item, given[0].item, "{name}: what was put back goes to somebody else");
    }
}

#[tokio::test]
async fn the_work_of_whoever_vanishes_goes_back_after_a_while_and_nothing_is_lost() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let case = w.case("ada", "roof", "m1").await;
        let ada = w.granted("ada", &["adjuster"]).await;
        be(&w, &ada, Here::Available).await;
        let id = round(&w).await.remove(0).item;
        w.clock.advance_ms(2 * MINUTE_MS);
        let ctx = ada.clone();
        assert!(w.write(move |tx| show_life(tx, &ctx)).await.unwrap(), "{name}");
        w.clock.advance_ms(2 * MINUTE_MS);
        tidy(&w).await;
        assert_eq!(item(&w, &id).await.state, State::Claimed, "{name}: seen two minutes ago");
        w.message("ada", "and the gutter", "m2").await;
        w.clock.advance_ms(2 * MINUTE_MS);
        tidy(&w).await;
        let back = item(&w, &id).await;
        assert_eq!((back.state, back.claimed_by), (State::Waiting, None), "{name}");
        let found = w.found(&case).await;
        assert_eq!((found.row.state, found.row.actor.name.as_str()), (CaseState::WithPerson, "queue:claims"), "{name}");
        assert_eq!(found.row.message_count, 2, "{name}");
        let ctx = ada.clone();
        assert!(!w.write(move |tx| show_life(tx, &ctx)).await.unwrap(), "{name}: is told that they count as gone");
        let there: i64 = w
            .db
            .read(|tx| tx.query_one("SELECT there_ms FROM presence WHERE client_id = 'house'", params![], |r| r.int(0)))
            .await
            .unwrap();
        assert_eq!(there, 2 * MINUTE_MS, "{name}: at work until they were seen last");
        let eva = w.granted("eva", &["adjuster"]).await;
        be(&w, &eva, Here::Available).await;
        assert_eq!(round(&w).await[0].item, id, "{name}: a colleague goes on");
    }
}

#[tokio::test]
async fn somebody_is_told_where_they_are_themselves() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let (ada, eva) = (w.granted("ada", &["adjuster"]).await, w.granted("eva", &["adjuster"]).await);
        let of = async |who: &Ctx| {
            let ctx = who.clone();
            w.write(move |tx| whereabouts(tx, &ctx)).await.unwrap()
        };
        assert_eq!((of(&ada).await.presence, of(&ada).await.on_shift), (None, None), "{name}: has never said it");
        be(&w, &ada, Here::Available).await;
        be(&w, &eva, Here::Break).await;
        let seen = of(&ada).await.presence.unwrap();
        assert_eq!((seen.state, seen.since_ms), (Here::Available, START_MS), "{name}");
        assert_eq!(of(&eva).await.presence.unwrap().state, Here::Break, "{name}: each their own");
    }
}

#[tokio::test]
async fn a_supervisor_gives_work_to_others_and_signs_off_who_forgot() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let case = w.case("ada", "roof", "m1").await;
        let id = w.to_do().await.remove(0).id;
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let (ada, eva) = (w.granted("ada", &["adjuster"]).await, w.granted("eva", &["adjuster"]).await);
        let uli = w.granted("uli", &[]).await;
        let (ctx, one) = (ada.clone(), id.clone());
        w.write(move |tx| claim(tx, &ctx, &one)).await.unwrap();
        let to = |who: &Ctx| To::Member(who.member_id().unwrap().clone());
        let (to_eva, to_uli, to_ada) = (to(&eva), to(&uli), to(&ada));
        let (ctx, desk, one) = (lead.clone(), w.desk.clone(), id.clone());
        let (unfit, fit, refused) = w
            .write(move |tx| {
                let unfit = reassign(tx, &ctx, &desk, std::slice::from_ref(&one), &to_uli, "absent")?;
                let fit = reassign(tx, &ctx, &desk, &[one.clone(), WorkItemId::known("wi_none")], &to_eva, "absent")?;
                Ok((unfit, fit, reassign(tx, &ada, &desk, &[one], &to_ada, "mine")))
            })
            .await
            .unwrap();
        assert!(!unfit[0].moved && unfit[0].why.as_ref().unwrap().contains("licence"), "{name}: {unfit:?}");
        assert!(fit[0].moved && !fit[1].moved, "{name}: {fit:?}");
        assert!(is_refused(&refused), "{name}: only who may assign");
        assert_eq!(item(&w, &id).await.claimed_by.as_ref(), eva.member_id(), "{name}");
        assert_eq!(w.found(&case).await.row.actor.name, eva.member_id().unwrap().as_str(), "{name}");
        be(&w, &eva, Here::Busy).await;
        let (ctx, member) = (lead.clone(), eva.member_id().unwrap().clone());
        w.write(move |tx| set_presence_of(tx, &ctx, &member, Here::Off, "went home")).await.unwrap();
        assert_eq!(item(&w, &id).await.state, State::Waiting, "{name}");
        let (ctx, desk, one) = (lead.clone(), w.desk.clone(), id.clone());
        let to = To::Queue("front".to_owned());
        let moved = w.write(move |tx| reassign(tx, &ctx, &desk, &[one], &to, "wrong queue")).await.unwrap();
        assert!(moved[0].moved, "{name}");
        assert_eq!(
            (item(&w, &id).await.queue.as_str(), w.found(&case).await.row.actor.name.as_str()),
            ("front", "queue:front")
        );
        let there = Ctx::member(&w.env, &globex(), lead.member_id().unwrap(), &[Role::Supervisor]);
        let member = eva.member_id().unwrap().clone();
        let other = w.write(move |tx| set_presence_of(tx, &there, &member, Here::Off, "")).await;
        assert!(is_not_found(&other), "{name}: who does not work for a client does not exist there");
    }
}

#[tokio::test]
async fn what_somebody_has_begun_is_not_taken_back_by_an_undo() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let case = w.case("ada", "roof", "m1").await;
        let id = w.to_do().await.remove(0).id;
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let (ada, eva) = (w.granted("ada", &["adjuster"]).await, w.granted("eva", &["adjuster"]).await);
        let (ctx, one) = (ada.clone(), id.clone());
        w.write(move |tx| claim(tx, &ctx, &one)).await.unwrap();
        let to = |who: &Ctx| To::Member(who.member_id().unwrap().clone());
        let give = async |to: To| {
            let (ctx, desk, one) = (lead.clone(), w.desk.clone(), id.clone());
            w.clock.advance_ms(1_000);
            w.write(move |tx| reassign(tx, &ctx, &desk, &[one], &to, "absent")).await.unwrap().remove(0)
        };
        let undo = async || {
            let (ctx, desk, one, back) = (lead.clone(), w.desk.clone(), id.clone(), to(&ada));
            w.clock.advance_ms(1_000);
            w.write(move |tx| reassign_back(tx, &ctx, &desk, &[one], &back, "by mistake")).await.unwrap().remove(0)
        };
        assert!(give(to(&eva)).await.moved, "{name}");
        let back = undo().await;
        assert!(back.moved, "{name}: nobody has begun: {back:?}");
        assert!(give(to(&eva)).await.moved, "{name}");
        let (ctx, of) = (eva.clone(), case.clone());
        w.clock.advance_ms(1_000);
        w.write(move |tx| baton_cases::say(tx, &ctx, &of, "Good morning", &[])).await.unwrap();
        let kept = undo().await;
        assert!(!kept.moved && kept.why.as_ref().unwrap().contains("eva has begun"), "{name}: {kept:?}");
        assert_eq!(item(&w, &id).await.claimed_by.as_ref(), eva.member_id(), "{name}");
        // From a queue somebody takes it by themselves.
        assert!(give(To::Queue("claims".to_owned())).await.moved, "{name}");
        let (ctx, one) = (eva.clone(), id.clone());
        w.write(move |tx| claim(tx, &ctx, &one)).await.unwrap();
        let kept = undo().await;
        assert!(!kept.moved && kept.why.as_ref().unwrap().contains("eva has taken it"), "{name}: {kept:?}");
    }
}

#[tokio::test]
async fn an_item_asks_for_what_the_queue_asks_for_where_it_waits() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        w.case("ada", "roof", "m1").await;
        let id = w.to_do().await.remove(0).id;
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let (uli, eva) = (w.granted("uli", &["adjuster"]).await, w.granted("eva", &["adjuster", "expert"]).await);
        for (queue, wanted) in [("experts", vec!["adjuster", "expert"]), ("front", vec!["adjuster"])] {
            let (ctx, desk, one) = (lead.clone(), w.desk.clone(), id.clone());
            let to = To::Queue(queue.to_owned());
            let moved = w.write(move |tx| reassign(tx, &ctx, &desk, &[one], &to, "wrong queue")).await.unwrap();
            assert!(moved[0].moved, "{name}: {moved:?}");
            assert_eq!(item(&w, &id).await.needs.licences, wanted, "{name}: {queue}");
            let (ctx, one) = (uli.clone(), id.clone());
            let taken = w.write(move |tx| claim(tx, &ctx, &one)).await;
            assert_eq!(is_refused(&taken), queue == "experts", "{name}: {queue}: {taken:?}");
            if queue == "experts" {
                let (ctx, one) = (eva.clone(), id.clone());
                w.write(move |tx| claim(tx, &ctx, &one)).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_profile_is_changed_by_whoever_may_at_every_client_of_its_member() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let (lead, admin) =
            (w.granted_as("lead", Role::Supervisor, &[]).await, w.granted_as("adm", Role::Admin, &[]).await);
        let ada = w.granted("ada", &[]).await.member_id().unwrap().clone();
        let places = ProfilePatch { places: Some(5), ..ProfilePatch::default() };
        let lands = ProfilePatch { jurisdictions: Some(vec!["de".to_owned()]), ..ProfilePatch::default() };
        let change = async |who: &Ctx, patch: &ProfilePatch| {
            let (ctx, member, patch) = (who.clone(), ada.clone(), patch.clone());
            w.write(move |tx| set_profile(tx, &ctx, &member, patch)).await
        };
        assert!(is_refused(&change(&lead, &lands).await), "{name}: it decides what they may sign");
        let said = change(&admin, &lands).await.unwrap();
        assert_eq!((said.places, said.jurisdictions.len()), (None, 1), "{name}: nobody has said how many");
        assert_eq!(change(&lead, &places).await.unwrap().places, Some(5), "{name}");
        let (there, member) = (Ctx::system(&w.env, &globex(), "test"), ada.clone());
        w.write(move |tx| members::grant(tx, &there, &member, Role::HumanAgent)).await.unwrap();
        assert!(is_refused(&change(&admin, &lands).await), "{name}: they work for another client too");
        assert!(is_refused(&change(&lead, &places).await), "{name}");
    }
}

#[tokio::test]
async fn an_item_that_cannot_be_given_stops_no_other_and_who_left_is_given_nothing() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        for n in 0..2 {
            w.case(&format!("c{n}"), "roof", "m1").await;
        }
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let (ada, eva) = (w.granted("ada", &["adjuster"]).await, w.granted("eva", &["adjuster"]).await);
        let broken = w.to_do().await.remove(0).id;
        let one = broken.clone();
        w.write(move |tx| {
            let sql = "UPDATE work_item SET form = 'no form' WHERE client_id = $1 AND work_item_id = $2";
            tx.execute(sql, params![acme(), one])
        })
        .await
        .unwrap();
        be(&w, &ada, Here::Available).await;
        let given = round(&w).await;
        assert_eq!(given.len(), 1, "{name}: the other one");
        assert_ne!(given[0].item, broken, "{name}");
        let (system, member) = (w.system(), eva.member_id().unwrap().clone());
        let left = MemberPatch { state: Some(MemberState::Disabled), ..MemberPatch::default() };
        w.write(move |tx| members::update(tx, &system, &member, &left)).await.unwrap();
        let (ctx, desk, one) = (lead.clone(), w.desk.clone(), given[0].item.clone());
        let to = To::Member(eva.member_id().unwrap().clone());
        let moved = w.write(move |tx| reassign(tx, &ctx, &desk, &[one], &to, "absent")).await.unwrap();
        assert!(!moved[0].moved, "{name}: {moved:?}");
        w.clock.advance_ms(4 * MINUTE_MS);
        tidy(&w).await;
        assert_eq!(item(&w, &given[0].item).await.state, State::Waiting, "{name}: what is broken ends no round");
    }
}

#[tokio::test]
async fn the_floor_tells_who_is_there_and_the_queue_how_long_it_takes() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        for n in 0..5 {
            w.case(&format!("c{n}"), "roof", "m1").await;
        }
        let ada = w.granted("ada", &["adjuster"]).await;
        let desk = w.desk.clone();
        let before = w.write(move |tx| queue_counts(tx, &desk, &[acme()], START_MS)).await.unwrap();
        assert!(before.iter().all(|queue| queue.wait_ms.is_none() && queue.places == 0), "{name}: nobody is there");
        be(&w, &ada, Here::Available).await;
        round(&w).await;
        let desk = w.desk.clone();
        let (counts, people) = w
            .write(move |tx| Ok((queue_counts(tx, &desk, &[acme()], START_MS)?, colleagues(tx, START_MS, &[acme()])?)))
            .await
            .unwrap();
        let claims = counts.iter().find(|queue| queue.queue == "claims").unwrap();
        assert_eq!((claims.waiting, claims.claimed, claims.places, claims.free), (2, 3, 3, 0), "{name}");
        assert_eq!(
            claims.wait_ms,
            Some(3 * 10 * MINUTE_MS / 3),
            "{name}: two before it, ten minutes each, three at once"
        );
        let shown = people.iter().find(|one| Some(&one.member) == ada.member_id()).unwrap();
        assert_eq!((shown.has, shown.presence.as_ref().map(|p| p.state)), (3, Some(Here::Available)), "{name}");
    }
}

/// Copies of an item that belong to no case: so many, with these needs, this priority and due time.
async fn copies(
    w: &World,
    of: &WorkItemId,
    (prefix, count): (&'static str, usize),
    needs: &'static str,
    (priority, due_ms): (i64, i64),
) {
    let of = of.clone();
    let write = w.write(move |tx| {
        for n in 0..count {
            tx.execute(
                "INSERT INTO work_item (client_id, work_item_id, kind, queue, title, form, needs, priority, state, \
                 requested_by, opened_ms, due_ms, on_done, channel, queued_ms) SELECT client_id, $3, kind, queue, title, \
                 form, $4, $5, 'waiting', requested_by, opened_ms, $6, 'case', channel, queued_ms FROM work_item \
                 WHERE client_id = $1 AND work_item_id = $2",
                params![acme(), of, format!("wi_{prefix}{n}"), needs, priority, due_ms],
            )?;
        }
        Ok(())
    });
    write.await.unwrap();
}

#[tokio::test]
async fn however_much_waits_that_nobody_there_may_have_the_rest_is_given_out() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        w.case("ada", "a person, please", "m1").await;
        let plain = w.to_do().await.remove(0).id;
        copies(&w, &plain, ("notary", 2_001), r#"{"licences":["notary"]}"#, (1, START_MS + MINUTE_MS)).await;
        let max = w.granted("max", &[]).await;
        be(&w, &max, Here::Available).await;
        let given: Vec<_> = round(&w).await.into_iter().map(|one| one.item).collect();
        assert_eq!(given, [plain], "{name}: it is the least urgent of 2,002");
    }
}

#[tokio::test]
async fn what_nobody_there_can_do_is_late_whatever_the_order_and_changes_nobody_elses() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        w.case("ada", "a person, please", "m1").await;
        let plain = w.to_do().await.remove(0).id;
        copies(&w, &plain, ("urgent", 1), "{}", (2, START_MS + 600 * MINUTE_MS)).await;
        copies(&w, &plain, ("late", 1), r#"{"licences":["notary"]}"#, (1, START_MS - MINUTE_MS)).await;
        let max = w.granted("max", &[]).await;
        be(&w, &max, Here::Available).await;
        let given: Vec<_> = round(&w).await.into_iter().map(|one| one.item.to_string()).collect();
        assert_eq!(given, ["wi_urgent0", plain.as_str()], "{name}: by their bands, as ever");
    }
}

#[tokio::test]
async fn whoever_takes_work_while_off_is_missed_too_and_a_program_is_not() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        w.case("ada", "roof", "m1").await;
        w.case("eve", "roof", "m1").await;
        let (ada, eva) = (w.granted("ada", &["adjuster"]).await, w.granted("eva", &["adjuster"]).await);
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let items: Vec<_> = w.to_do().await.into_iter().map(|item| item.id).collect();
        let lives = async || {
            let ctx = ada.clone();
            w.write(move |tx| show_life(tx, &ctx)).await.unwrap()
        };
        assert!(!lives().await, "{name}: their console is open, and they have not said that they are there");
        for (who, id) in [&ada, &eva].into_iter().zip(&items) {
            let (ctx, id) = (who.clone(), id.clone());
            w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        }
        w.clock.advance_ms(2 * MINUTE_MS);
        lives().await;
        w.clock.advance_ms(2 * MINUTE_MS);
        tidy(&w).await;
        assert_eq!(item(&w, &items[0]).await.state, State::Claimed, "{name}: seen two minutes ago");
        w.clock.advance_ms(2 * MINUTE_MS);
        tidy(&w).await;
        assert_eq!(item(&w, &items[0]).await.state, State::Waiting, "{name}: goes back");
        assert_eq!(
            item(&w, &items[1]).await.state,
            State::Claimed,
            "{name}: never gave a sign of life, as programs do"
        );
        // Their console is closed by now: what a program takes for them stays theirs.
        let (ctx, id) = (ada.clone(), items[0].clone());
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        w.clock.advance_ms(4 * MINUTE_MS);
        tidy(&w).await;
        assert_eq!(item(&w, &items[0]).await.state, State::Claimed, "{name}: nobody was at a console");
        let member = eva.member_id().unwrap().clone();
        for _ in 0..2 {
            let (ctx, who, id) = (lead.clone(), member.clone(), items[1].clone());
            w.write(move |tx| set_presence_of(tx, &ctx, &who, Here::Off, "")).await.unwrap();
            assert_eq!(item(&w, &items[1]).await.state, State::Waiting, "{name}: signed off");
            let ctx = eva.clone();
            w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn who_may_approve_no_more_gives_approvals_back_though_they_still_work_on_cases() {
    for (name, db) in databases().await {
        let w = World::new(db, "payment");
        w.case("ada", "pay me", "m1").await;
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let id = w.to_do().await.remove(0).id;
        let (ctx, of) = (lead.clone(), id.clone());
        w.write(move |tx| claim(tx, &ctx, &of)).await.unwrap();
        let (system, member) = (w.system(), lead.member_id().unwrap().clone());
        let returned = w.write(move |tx| {
            members::grant(tx, &system, &member, Role::HumanAgent)?;
            let kept = take_back_shut(tx, &system, &member, "has no role for it any more")?;
            members::revoke(tx, &system, &member, Role::Supervisor)?;
            Ok((kept, take_back_shut(tx, &system, &member, "has no role for it any more")?))
        });
        assert_eq!(returned.await.unwrap(), (0, 1), "{name}");
        assert_eq!(item(&w, &id).await.state, State::Waiting, "{name}: whoever may approve finds it");
    }
}

#[tokio::test]
async fn the_work_of_whoever_is_disabled_goes_back_for_that_reason_also_where_they_were_off() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        w.case("ada", "roof", "m1").await;
        let ada = w.granted("ada", &["adjuster"]).await;
        be(&w, &ada, Here::Off).await;
        let id = w.to_do().await.remove(0).id;
        let (ctx, system, member) = (ada.clone(), w.system(), ada.member_id().unwrap().clone());
        let returned = w.write(move |tx| {
            claim(tx, &ctx, &id)?;
            leave(tx, &system, &member, "is disabled")
        });
        assert_eq!(returned.await.unwrap(), 1, "{name}");
        let sql = "SELECT data FROM ledger WHERE client_id = $1 AND kind = 'work_item.returned'";
        let told: Vec<serde_json::Value> =
            w.write(move |tx| tx.query(sql, params![acme()], |row| row.json(0))).await.unwrap();
        assert_eq!(told.iter().map(|data| &data["why"]).collect::<Vec<_>>(), ["is disabled"], "{name}");
    }
}
