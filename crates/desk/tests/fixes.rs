//! What people notice of tags, fixes and overrides, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{START_MS, World, acme, is_conflict, is_not_found, is_refused};
use baton_base::{CaseId, Error, ReleaseId};
use baton_cases::Page;
use baton_desk::{
    FixFilter, FixPatch, FixState, FixType, NewTag, Source, evidence, fixes, override_outcome, tag_case, untagged,
    update_fix,
};
use baton_govern::Role;
use baton_testkit::databases;

const DAY_MS: i64 = 86_400_000;

async fn cases(w: &World, count: usize) -> Vec<CaseId> {
    let mut all = Vec::new();
    for n in 0..count {
        w.clock.advance_ms(10);
        all.push(w.case(&format!("c{n}"), "I want a person", "m1").await);
    }
    all
}

#[tokio::test]
async fn tags_of_one_cause_gather_into_one_fix_with_its_cases_and_worth() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let all = cases(&w, 3).await;
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let ctx = lead.clone();
        let (waiting, tagged, left) = w
            .write(move |tx| {
                let waiting = untagged(tx, &ctx, 0, &Page::default())?;
                let mut tagged = Vec::new();
                for case in &all[..2] {
                    tagged.push(tag_case(tx, &ctx, case, NewTag::default())?);
                }
                let other = NewTag { fix_type: Some(FixType::Knowledge), ..NewTag::default() };
                tagged.push(tag_case(tx, &ctx, &all[2], other)?);
                // Said again about the same case: one tag, not two.
                tagged.push(tag_case(tx, &ctx, &all[0], NewTag::default())?);
                Ok((waiting, tagged, untagged(tx, &ctx, 0, &Page::default())?))
            })
            .await
            .unwrap();
        assert_eq!((waiting.len(), left.len()), (3, 0), "{name}");
        assert_eq!(waiting[0].suggested, FixType::Policy, "{name}: its trigger is a policy");
        assert_eq!((tagged[0].fix_type, tagged[0].cause.as_str()), (FixType::Policy, "policy"), "{name}");
        assert!(tagged[0].new_fix && !tagged[1].new_fix && tagged[0].fix == tagged[1].fix, "{name}");
        assert_ne!(tagged[2].fix, tagged[0].fix, "{name}: another thing has to change");
        assert_eq!(tagged[3].tag, tagged[0].tag, "{name}");
        let (ctx, id) = (lead.clone(), tagged[0].fix.clone());
        let (board, behind) = w
            .write(move |tx| {
                let now_ms = START_MS + 2 * DAY_MS;
                Ok((fixes(tx, &acme(), &FixFilter::default(), now_ms)?, evidence(tx, &ctx, &id)?))
            })
            .await
            .unwrap();
        assert_eq!((board.len(), board[0].cases, behind.len()), (2, 2, 2), "{name}");
        assert_eq!((board[0].fix_type, board[0].intent.as_str()), (FixType::Policy, "claim_new"), "{name}: worth more");
        // Two cases in two days, ten minutes each: five hours a month.
        assert!((board[0].hours_a_month - 5.0).abs() < 0.01, "{name}: {}", board[0].hours_a_month);
        assert_eq!(behind[0].source, Source::Escalation, "{name}");
    }
}

#[tokio::test]
async fn a_fix_has_an_owner_moves_forward_and_comes_back_when_its_cause_does() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let all = cases(&w, 2).await;
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let clerk = w.granted("clerk", &[]).await;
        let ctx = lead.clone();
        let id = {
            let case = all[0].clone();
            w.write(move |tx| tag_case(tx, &ctx, &case, NewTag::default())).await.unwrap().fix
        };
        let to = |state| FixPatch { state: Some(state), ..FixPatch::default() };
        let (ctx, one) = (clerk.clone(), id.clone());
        assert!(is_refused(&w.write(move |tx| update_fix(tx, &ctx, &one, to(FixState::Doing))).await), "{name}");
        let (ctx, one) = (lead.clone(), id.clone());
        assert!(
            w.write(move |tx| update_fix(tx, &ctx, &one, to(FixState::Kept))).await.is_err(),
            "{name}: not at once"
        );
        let (ctx, one) = (lead.clone(), id.clone());
        let kept = w
            .write(move |tx| {
                let doing = update_fix(tx, &ctx, &one, to(FixState::Doing))?;
                assert_eq!(doing.owner.as_ref(), ctx.member_id(), "whoever begins has it");
                let test = FixPatch {
                    state: Some(FixState::Testing),
                    test: Some("scenarios/limit".to_owned()),
                    ..FixPatch::default()
                };
                update_fix(tx, &ctx, &one, test)?;
                let released = update_fix(tx, &ctx, &one, to(FixState::Released))?;
                assert!(released.released_ms.is_some() && released.test.as_deref() == Some("scenarios/limit"));
                update_fix(tx, &ctx, &one, to(FixState::Kept))
            })
            .await
            .unwrap();
        assert_eq!((kept.state, kept.since_release), (FixState::Kept, 0), "{name}");
        w.clock.advance_ms(DAY_MS);
        let (ctx, case, one) = (lead.clone(), all[0].clone(), id.clone());
        let still = w
            .write(move |tx| {
                tag_case(tx, &ctx, &case, NewTag { note: "of last week".to_owned(), ..NewTag::default() })?;
                baton_desk::fix(tx, &ctx, &one)
            })
            .await
            .unwrap();
        assert_eq!(still.state, FixState::Kept, "{name}: an old case says nothing new");
        let (ctx, case) = (lead.clone(), all[1].clone());
        let again = w.write(move |tx| tag_case(tx, &ctx, &case, NewTag::default())).await.unwrap();
        assert_eq!(again.fix, id, "{name}");
        let ctx = lead.clone();
        let back = w.write(move |tx| baton_desk::fix(tx, &ctx, &id)).await.unwrap();
        assert_eq!((back.state, back.since_release), (FixState::Open, 1), "{name}: it did not help for good");
    }
}

#[tokio::test]
async fn an_outcome_of_the_ai_is_changed_for_a_reason_of_the_list_and_tagged() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let case = w.case("ada", "Hello", "m1").await;
        let max = w.granted("max", &[]).await;
        let (ctx, one) = (max.clone(), case.clone());
        let early = w.write(move |tx| override_outcome(tx, &ctx, &one, "refunded", "wrong_answer", "")).await;
        assert!(is_conflict(&early), "{name}: a case that goes on is taken, not overridden");
        w.case("ada", "Thanks", "m2").await;
        assert_eq!(w.found(&case).await.outcome_by.as_deref(), Some("agent"), "{name}");
        let (ctx, one) = (max.clone(), case.clone());
        let unlisted = w.write(move |tx| override_outcome(tx, &ctx, &one, "refunded", "because", "")).await;
        assert!(matches!(unlisted, Err(Error::Invalid { .. })), "{name}");
        let (ctx, one) = (max.clone(), case.clone());
        let tagged = w
            .write(move |tx| override_outcome(tx, &ctx, &one, "refunded", "outdated_article", "KB7 is old"))
            .await
            .unwrap();
        assert_eq!((tagged.fix_type, tagged.cause.as_str()), (FixType::Knowledge, "outdated_article"), "{name}");
        let found = w.found(&case).await;
        assert_eq!((found.row.outcome.as_deref(), found.outcome_by.as_deref()), (Some("refunded"), Some("member")));
        let again = w.write(move |tx| override_outcome(tx, &max, &case, "x", "wrong_answer", "")).await;
        assert!(is_conflict(&again), "{name}: it is a person's outcome now");
    }
}

#[tokio::test]
async fn a_tag_that_is_corrected_leaves_no_empty_fix_behind_and_comes_back_to_it() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let case = cases(&w, 1).await.remove(0);
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let tag = async |fix_type| {
            let (ctx, case) = (lead.clone(), case.clone());
            let new = NewTag { fix_type, note: "card 4111 1111 1111 1111".to_owned(), ..NewTag::default() };
            w.write(move |tx| tag_case(tx, &ctx, &case, new)).await.unwrap().fix
        };
        let state = async |id: &str| {
            let (ctx, id) = (lead.clone(), id.to_owned());
            w.write(move |tx| baton_desk::fix(tx, &ctx, &id)).await.unwrap().state
        };
        let (policy, knowledge) = (tag(None).await, tag(Some(FixType::Knowledge)).await);
        assert_eq!((state(&policy).await, state(&knowledge).await), (FixState::Dropped, FixState::Open), "{name}");
        assert_eq!(tag(None).await, policy, "{name}");
        assert_eq!((state(&policy).await, state(&knowledge).await), (FixState::Open, FixState::Dropped), "{name}");
        let (ctx, id) = (lead.clone(), policy.clone());
        let behind = w.write(move |tx| evidence(tx, &ctx, &id)).await.unwrap();
        assert!(!behind[0].note.contains("4111 1111"), "{name}: no card number is kept: {}", behind[0].note);
        let patch = FixPatch { release: Some(ReleaseId::known("rel_of_nobody")), ..FixPatch::default() };
        let ctx = lead.clone();
        assert!(
            is_not_found(&w.write(move |tx| update_fix(tx, &ctx, &policy, patch)).await),
            "{name}: no such release"
        );
    }
}
