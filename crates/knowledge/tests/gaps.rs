//! Questions without an article: counted in all their words, kept without what names a person, seen to, and open again.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{CaseId, ClientId, Error, IdSource, ManualClock, MemberId};
use baton_db::{Db, params};
use baton_govern::{Ctx, Env, Role};
use baton_knowledge::gaps::rules::{Reason, State};
use baton_knowledge::gaps::{Asked, Filter, Gap, erase_case, first_asked_in, list, note, settle};
use std::sync::Arc;

struct World {
    db: Db,
    env: Arc<Env>,
}

fn client(name: &str) -> ClientId {
    ClientId::known(name)
}

impl World {
    fn on(db: Db) -> Self {
        Self { db, env: Env::new(ManualClock::at(1_000), Arc::new(IdSource::seeded(3))) }
    }

    async fn ask(&self, of: &str, question: &'static str) {
        self.ask_in(of, question, None).await;
    }

    async fn ask_in(&self, of: &str, question: &'static str, case: Option<&str>) {
        let ctx = Ctx::system(&self.env, &client(of), "channel:test");
        let case = case.map(CaseId::known);
        self.db
            .write(move |tx| {
                let (reason, case) = (Reason::NoArticle, case.as_ref());
                let asked = Asked { question, locale: "en", intent: None, reason, detail: None, case };
                note(tx, &ctx, &asked)
            })
            .await
            .unwrap();
    }

    async fn gaps(&self, of: &[&str], state: Option<State>) -> Vec<Gap> {
        let filter = Filter { clients: of.iter().map(|name| client(name)).collect(), state };
        self.db.read(move |tx| list(tx, &filter, None, None)).await.unwrap().items
    }

    async fn settle(&self, role: Role, gap: &Gap, state: State) -> baton_base::Result<Gap> {
        let ctx = Ctx::member(&self.env, &gap.client, &MemberId::known("mem_1"), &[role]);
        let id = gap.id.clone();
        self.db.write(move |tx| settle(tx, &ctx, &id, state, "see the article on shipping")).await
    }
}

#[tokio::test]
async fn a_question_is_counted_in_all_its_words_and_of_its_client_only() {
    for (name, db) in baton_testkit::databases().await {
        let w = World::on(db);
        w.ask("acme", "Do you ship to Norway?").await;
        w.ask("acme", "hi, do you ship to norway please").await;
        w.ask("acme", "My mail is ada@example.org, is order 778812 insured?").await;
        w.ask("other", "Do you ship to Norway?").await;
        let gaps = w.gaps(&["acme"], None).await;
        let seen: Vec<_> = gaps.iter().map(|gap| (gap.question.as_str(), gap.asked)).collect();
        assert_eq!(seen[0], ("Do you ship to Norway?", 2), "{name}");
        assert!(!seen[1].0.contains("ada@") && !seen[1].0.contains("778812"), "{name}: {seen:?}");
        assert_eq!(w.gaps(&["acme", "other"], None).await.len(), 3, "{name}");
    }
}

#[tokio::test]
async fn a_gap_is_seen_to_by_whoever_may_and_opens_again_when_it_is_asked_again() {
    for (name, db) in baton_testkit::databases().await {
        let w = World::on(db);
        w.ask("acme", "Do you ship to Norway?").await;
        let gap = w.gaps(&["acme"], None).await.remove(0);
        let refused = w.settle(Role::HumanAgent, &gap, State::Answered).await.unwrap_err();
        assert!(matches!(refused, Error::Refused { .. }), "{name}: {refused}");
        let settled = w.settle(Role::KnowledgeManager, &gap, State::Answered).await.unwrap();
        assert_eq!((settled.state, settled.note.as_str()), (State::Answered, "see the article on shipping"), "{name}");
        assert!(w.gaps(&["acme"], None).await.is_empty(), "{name}");
        w.ask("acme", "Do you ship to Norway?").await;
        assert_eq!(w.gaps(&["acme"], Some(State::Open)).await[0].asked, 2, "{name}");
        w.settle(Role::AiLead, &gap, State::Dismissed).await.unwrap();
        w.ask("acme", "Do you ship to Norway?").await;
        assert_eq!(w.gaps(&["acme"], Some(State::Dismissed)).await[0].asked, 3, "{name}");
        let strange = Gap { client: client("other"), ..gap };
        assert!(matches!(w.settle(Role::AiLead, &strange, State::Planned).await, Err(Error::NotFound(_))), "{name}");
    }
}

#[tokio::test]
async fn what_a_customer_asked_first_goes_with_their_case_and_other_gaps_forget_it() {
    for (name, db) in baton_testkit::databases().await {
        let w = World::on(db);
        w.ask_in("acme", "Does my neighbour Jo Miller get the parcel?", Some("case_1")).await;
        w.ask_in("acme", "does my neighbour Jo Miller get the parcel", Some("case_2")).await;
        w.ask_in("acme", "Do you ship to Norway?", Some("case_2")).await;
        w.ask_in("acme", "Do you ship to Norway?", Some("case_1")).await;
        w.ask_in("other", "Do you ship to Norway?", Some("case_1")).await;
        let erase = |case: &'static str| {
            let (of, case) = (client("acme"), CaseId::known(case));
            w.db.write(move |tx| {
                let words: Vec<_> = first_asked_in(tx, &of, &case)?.into_iter().map(|gap| gap.question).collect();
                Ok((words, erase_case(tx, &of, &case)?))
            })
        };
        let (words, gone) = erase("case_1").await.unwrap();
        assert_eq!((words, gone), (vec!["Does my neighbour Jo Miller get the parcel?".to_owned()], 1), "{name}");
        let left = w.gaps(&["acme", "other"], None).await;
        let seen: Vec<_> = left.iter().map(|gap| (gap.client.as_str(), gap.asked, gap.case.is_some())).collect();
        assert_eq!(seen, [("acme", 2, false), ("other", 1, true)], "{name}");
        assert_eq!(erase("case_2").await.unwrap().1, 1, "{name}");
        assert!(w.gaps(&["acme"], None).await.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_by_how_often_was_asked() {
    let w = World::on(baton_testkit::sqlite().await);
    for question in ["Do you sell chairs?", "Do you sell tables?", "Do you sell tables?", "Do you sell lamps?"] {
        w.ask("acme", question).await;
    }
    let filter = Filter { clients: vec![client("acme")], state: None };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (f, a) = (filter.clone(), after.clone());
        let page = w.db.read(move |tx| list(tx, &f, a.as_deref(), Some(1))).await.unwrap();
        seen.extend(page.items.into_iter().map(|gap| gap.question));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), seen[0].as_str()), (3, "Do you sell tables?"));
    let bad = w.db.read(move |tx| list(tx, &filter, Some("x"), None)).await;
    assert!(matches!(bad, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn where_many_are_kept_a_new_question_takes_the_place_of_those_that_matter_least() {
    for (name, db) in baton_testkit::databases().await {
        let w = World::on(db);
        let sql = "INSERT INTO knowledge_gap (client_id, gap_id, digest, question, language, reason, asked, first_ms, last_ms, \
                   state, note) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
                   SELECT 'acme', 'gap_' || CAST(i AS TEXT), 'digest ' || CAST(i AS TEXT), 'why', 'en', 'no_article', CASE WHEN i = 60 THEN 7 ELSE 1 END, i, i, \
                   CASE WHEN i > 9950 THEN 'answered' WHEN i = 1 THEN 'planned' WHEN i = 2 THEN 'dismissed' ELSE 'open' END, '' FROM n";
        w.db.write(move |tx| tx.execute(sql, params![])).await.unwrap();
        w.ask("acme", "Do you ship to Norway?").await;
        let kept: Vec<(String, String)> =
            w.db.read(|tx| {
                let sql = "SELECT gap_id, question FROM knowledge_gap WHERE client_id = $1";
                tx.query(sql, params![client("acme")], |r| Ok((r.text(0)?, r.text(1)?)))
            })
            .await
            .unwrap();
        let has = |number: u32| kept.iter().any(|(gap, _)| *gap == format!("gap_{number}"));
        assert_eq!(kept.len(), 9_901, "{name}");
        assert!(kept.iter().any(|(_, question)| question == "Do you ship to Norway?"), "{name}");
        assert!(has(9_950) && !has(9_951) && !has(10_000), "{name}: what is answered gives way first");
        assert!(!has(3) && !has(52) && has(53) && has(60), "{name}: then the oldest of what was asked once");
        assert!(has(1) && has(2), "{name}: what a person has decided on stays");
    }
}
