//! One person on several channels: who looks the same, two made one by hand and two again, and a chat that goes on by e-mail.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, chat, globex, is_not_found};
use baton_base::{CaseId, CustomerId, Error, MemberId, Result};
use baton_cases::people::{self, Linking, Person, Seen, TraitKind};
use baton_cases::{Channel, Incoming, Patch, erase, get, gone_since, hand_over, hold, lift, messages, record};
use baton_db::Tx;
use baton_govern::{Ctx, Role};
use baton_testkit::databases;
use serde_json::{Value, json};

const ANN: &str = "ann@home.example";

fn mail(from: &str, id: &str) -> Incoming {
    Incoming { channel: Channel::Email, ..chat(from, "Where is my parcel?", id) }
}

async fn customer_of(w: &World, case: &CaseId) -> CustomerId {
    let (ctx, case) = (w.system(&acme()), case.clone());
    w.write(move |tx| get(tx, &ctx, &case)).await.unwrap().row.customer.id
}

async fn person(w: &World, id: &CustomerId) -> Person {
    let (ctx, id) = (w.system(&acme()), id.clone());
    w.write(move |tx| people::person(tx, &ctx, &id)).await.unwrap()
}

/// Which customer wrote each message of a case that a customer wrote.
async fn authors(w: &World, case: &CaseId) -> Vec<String> {
    let (ctx, case) = (w.system(&acme()), case.clone());
    let all = w.write(move |tx| messages(tx, &ctx, &case, 0)).await.unwrap();
    all.into_iter().filter(|message| message.author.kind == "customer").map(|message| message.author.name).collect()
}

fn sam(w: &World, role: Role) -> Ctx {
    Ctx::member(&w.env, &acme(), &MemberId::known("mem_sam"), &[role])
}

type Work<T> = fn(&mut Tx, &Ctx, &Linking<'_>) -> Result<T>;

/// Sam says something of two customers.
async fn say<T: Send + 'static>(w: &World, ctx: Ctx, work: Work<T>, pair: (&CustomerId, &CustomerId)) -> Result<T> {
    let (customer, other) = (pair.0.clone(), pair.1.clone());
    w.write(move |tx| {
        work(tx, &ctx, &Linking { customer: &customer, other: &other, reason: "knew the parcel's number", case: None })
    })
    .await
}

async fn note(w: &World, case: &CaseId, fields: Value, identity: Value) {
    let (ctx, case) = (w.system(&acme()), case.clone());
    let identity = Some(identity).filter(|value| !value.is_null());
    let patch = Patch { fields: fields.as_object().cloned(), identity, ..Patch::default() };
    w.write(move |tx| record(tx, &ctx, &case, patch)).await.unwrap();
}

#[tokio::test]
async fn two_who_look_the_same_are_two_until_a_person_says_that_they_are_one() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let by_mail = w.receive(&acme(), mail(ANN, "m1")).await.unwrap();
        let by_chat = w.receive(&acme(), chat("conv-1", "Where is it?", "c1")).await.unwrap();
        let (ann, visitor) = (customer_of(&w, &by_mail.case).await, customer_of(&w, &by_chat.case).await);
        assert!(person(&w, &visitor).await.looks_same.is_empty(), "{name}");

        note(&w, &by_chat.case, json!({"email": "Ann@home.example", "order_id": "#W1234567"}), Value::Null).await;
        let seen = person(&w, &visitor).await;
        assert_eq!(seen.looks_same.len(), 1, "{name}: {seen:?}");
        let like = &seen.looks_same[0];
        assert_eq!((&like.customer.id, like.proved), (&ann, false), "{name}: what somebody says proves nothing");
        assert_eq!((like.by[0].kind, like.by[0].here), (TraitKind::Email, Seen::Claimed), "{name}");
        assert_eq!(like.by[0].there, Seen::Address, "{name}");
        assert_eq!(person(&w, &ann).await.looks_same[0].customer.id, visitor, "{name}: and the other way round");
        assert_ne!(customer_of(&w, &by_chat.case).await, ann, "{name}: nothing is linked by itself");

        let account = json!({"user_id": "ann_1", "how": "e-mail"});
        note(&w, &by_chat.case, json!({}), account.clone()).await;
        note(&w, &by_mail.case, json!({}), account).await;
        let seen = person(&w, &visitor).await;
        assert!(seen.looks_same[0].proved, "{name}: the same account was found for both: {seen:?}");
        assert_eq!(seen.accounts, ["ann_1"], "{name}");
        assert_ne!(customer_of(&w, &by_chat.case).await, ann, "{name}: not even what is proved");

        let elsewhere = w.receive(&globex(), mail(ANN, "m1")).await.unwrap();
        let ctx = w.system(&globex());
        let there = w.write(move |tx| get(tx, &ctx, &elsewhere.case)).await.unwrap().row.customer.id;
        let linked = say(&w, sam(&w, Role::HumanAgent), people::link, (&visitor, &there)).await;
        assert!(is_not_found(&linked), "{name}: another client's customer does not exist: {linked:?}");
        let refused = say(&w, sam(&w, Role::Auditor), people::link, (&ann, &visitor)).await;
        assert!(matches!(refused, Err(Error::Refused { .. })), "{name}: {refused:?}");
    }
}

#[tokio::test]
async fn linked_customers_are_one_and_are_two_again_with_what_came_since() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let by_mail = w.receive(&acme(), mail(ANN, "m1")).await.unwrap();
        let by_chat = w.receive(&acme(), chat("conv-1", "Where is it?", "c1")).await.unwrap();
        let other_chat = w.receive(&acme(), chat("conv-2", "Hello", "c1")).await.unwrap();
        let (ann, visitor) = (customer_of(&w, &by_mail.case).await, customer_of(&w, &by_chat.case).await);
        let second = customer_of(&w, &other_chat.case).await;
        say(&w, sam(&w, Role::HumanAgent), people::link, (&visitor, &second)).await.unwrap();
        let one = say(&w, sam(&w, Role::Supervisor), people::link, (&ann, &visitor)).await.unwrap();
        assert_eq!(one, ann, "{name}");
        let again = say(&w, sam(&w, Role::Supervisor), people::link, (&second, &ann)).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{name}: they are one already: {again:?}");
        let seen = person(&w, &visitor).await;
        assert_eq!((seen.customer.id.clone(), seen.cases.len()), (ann.clone(), 3), "{name}: all cases of all");
        assert_eq!((seen.identities.len(), seen.linked.len()), (3, 2), "{name}: {seen:?}");
        assert_eq!(seen.linked[0].reason, "knew the parcel's number", "{name}");

        w.settle().await;
        let goes_on = w.receive(&acme(), chat("conv-1", "Are you there?", "c2")).await.unwrap();
        assert_eq!(goes_on.case, by_chat.case, "{name}: a conversation goes on with its own case");
        let another = w.receive(&acme(), chat("conv-2", "Hello again", "c2")).await.unwrap();
        assert_eq!(another.case, other_chat.case, "{name}: and the other with its own, and their ids are their own");
        let anew = w.receive(&acme(), mail(ANN, "m2")).await.unwrap();
        assert_eq!(customer_of(&w, &anew.case).await, ann, "{name}");
        let of = |conversation: &'static str| {
            move |tx: &mut Tx| people::cases_by(tx, &acme(), (Channel::Chat, conversation), 10)
        };
        assert_eq!(
            w.write(of("conv-1")).await.unwrap(),
            std::slice::from_ref(&by_chat.case),
            "{name}: no page shows another's words"
        );

        assert_eq!(authors(&w, &by_chat.case).await, [ann.as_str(), ann.as_str()], "{name}: one customer wrote both");
        say(&w, sam(&w, Role::HumanAgent), people::unlink, (&ann, &visitor)).await.unwrap();
        assert_eq!(
            authors(&w, &by_chat.case).await,
            [visitor.as_str(), visitor.as_str()],
            "{name}: and has them again"
        );
        assert_eq!(
            authors(&w, &other_chat.case).await,
            [visitor.as_str(), visitor.as_str()],
            "{name}: with the other's"
        );
        let (left, back) = (person(&w, &ann).await, person(&w, &visitor).await);
        let cases = |person: &Person| person.cases.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
        assert_eq!(cases(&left), [anew.case.clone(), by_mail.case.clone()], "{name}");
        assert_eq!(back.customer.id, visitor, "{name}");
        assert_eq!(
            cases(&back),
            [other_chat.case.clone(), by_chat.case.clone()],
            "{name}: with whoever was linked to them"
        );
        assert_eq!((back.identities.len(), back.linked.len()), (2, 1), "{name}: {back:?}");
        let none = say(&w, sam(&w, Role::HumanAgent), people::unlink, (&ann, &visitor)).await;
        assert!(is_not_found(&none), "{name}: {none:?}");
    }
}

#[tokio::test]
async fn holds_and_erasure_cover_everyone_who_is_linked() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let by_mail = w.receive(&acme(), mail(ANN, "m1")).await.unwrap();
        let by_chat = w.receive(&acme(), chat("conv-1", "Where is it?", "c1")).await.unwrap();
        let (ann, visitor) = (customer_of(&w, &by_mail.case).await, customer_of(&w, &by_chat.case).await);
        note(&w, &by_chat.case, json!({"email": ANN}), Value::Null).await;
        let (ctx, held) = (w.system(&acme()), visitor.clone());
        w.write(move |tx| hold(tx, &ctx, &held, "a dispute")).await.unwrap();
        say(&w, sam(&w, Role::HumanAgent), people::link, (&ann, &visitor)).await.unwrap();
        assert_eq!(person(&w, &ann).await.customer.held.as_deref(), Some("a dispute"), "{name}: one's hold holds both");
        for case in [&by_mail.case, &by_chat.case] {
            let (ctx, case) = (w.system(&acme()), case.clone());
            let patch = Patch { outcome: Some("answered".to_owned()), ..Patch::default() };
            w.write(move |tx| record(tx, &ctx, &case, patch)).await.unwrap();
        }
        w.clock.advance_ms(1_000);
        let now_ms = w.env.now_ms();
        assert!(w.write(move |tx| gone_since(tx, &acme(), now_ms)).await.unwrap().is_empty(), "{name}");
        let (ctx, held) = (w.system(&acme()), ann.clone());
        w.write(move |tx| lift(tx, &ctx, &held)).await.unwrap();
        assert_eq!(
            w.write(move |tx| gone_since(tx, &acme(), now_ms)).await.unwrap(),
            std::slice::from_ref(&ann),
            "{name}"
        );

        let whose = ann.clone();
        let destroyed = w.write(move |tx| erase(tx, &acme(), &whose, now_ms)).await.unwrap();
        assert_eq!(
            (&destroyed["names"], &destroyed["addresses"], &destroyed["cases_emptied"]),
            (&json!(2), &json!(2), &json!(2)),
            "{name}"
        );
        for gone in [&ann, &visitor] {
            let seen = person(&w, gone).await;
            assert!(seen.customer.name.is_empty() && seen.identities.is_empty(), "{name}: {seen:?}");
            assert!(seen.linked.is_empty() && seen.looks_same.is_empty(), "{name}: {seen:?}");
        }
        let anew = w.receive(&acme(), mail(ANN, "m2")).await.unwrap();
        let stranger = customer_of(&w, &anew.case).await;
        assert!(
            stranger != ann && person(&w, &stranger).await.looks_same.is_empty(),
            "{name}: nothing is left to know"
        );
    }
}

async fn go_by(w: &World, case: &CaseId, channel: Channel, address: Option<&'static str>, mailbox: bool) -> Result<()> {
    let (ctx, case) = (sam(w, Role::HumanAgent), case.clone());
    w.write(move |tx| people::go_by(tx, &ctx, &case, (channel, address), mailbox).map(|_| ())).await
}

async fn ways(w: &World, case: &CaseId) -> Vec<(Channel, Option<String>, bool)> {
    let (ctx, case) = (w.system(&acme()), case.clone());
    let found = w.write(move |tx| people::ways(tx, &ctx, &case, true)).await.unwrap();
    found.items.into_iter().map(|way| (way.channel, way.address, way.now)).collect()
}

#[tokio::test]
async fn a_chat_goes_on_by_mail_where_there_is_a_mailbox_and_an_address_that_is_not_only_claimed() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let by_chat = w.receive(&acme(), chat("conv-1", "Where is it?", "c1")).await.unwrap();
        let case = by_chat.case.clone();
        note(&w, &case, json!({"email": ANN}), Value::Null).await;
        assert_eq!(ways(&w, &case).await, [(Channel::Chat, None, true)], "{name}: what is only claimed is no way");
        note(&w, &case, json!({}), json!({"user_id": "ann_1", "email": ANN, "how": "e-mail"})).await;
        let early = go_by(&w, &case, Channel::Email, None, true).await;
        assert!(matches!(early, Err(Error::Conflict(_))), "{name}: whoever has the case chooses: {early:?}");
        let (ctx, of) = (sam(&w, Role::HumanAgent), case.clone());
        w.write(move |tx| hand_over(tx, &ctx, &of, &ctx.actor.clone())).await.unwrap();
        let none = go_by(&w, &case, Channel::Email, None, false).await;
        assert!(matches!(none, Err(Error::Invalid { .. })), "{name}: without a mailbox there is no way: {none:?}");
        let strange = go_by(&w, &case, Channel::Email, Some("eve@evil.example"), true).await;
        assert!(matches!(strange, Err(Error::Invalid { .. })), "{name}: {strange:?}");

        go_by(&w, &case, Channel::Email, None, true).await.unwrap();
        let by_mail = (Channel::Email, Some(ANN.to_owned()), true);
        assert_eq!(ways(&w, &case).await, [(Channel::Chat, None, false), by_mail], "{name}");
        let (ctx, of) = (w.system(&acme()), case.clone());
        let found = w.write(move |tx| get(tx, &ctx, &of)).await.unwrap();
        assert_eq!(found.answers_by(), Channel::Email, "{name}");
        let answer = Incoming { case: Some(case.clone()), ..mail(ANN, "m1") };
        let back = w.receive(&acme(), answer).await.unwrap();
        assert_eq!(back.case, case, "{name}: an answer by mail is in the same case");
        assert_eq!(
            person(&w, &found.row.customer.id).await.identities.len(),
            2,
            "{name}: the address is the customer's"
        );

        w.receive(&acme(), chat("conv-1", "I am back", "c2")).await.unwrap();
        assert_eq!(ways(&w, &case).await[0], (Channel::Chat, None, true), "{name}: who comes back is answered there");
    }
}
