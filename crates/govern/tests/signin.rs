//! Signing in, tokens, members and isolation by client, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{ClientId, Error, IdSource, ManualClock, MemberId, Result};
use baton_db::{Db, Tx, params};
use baton_govern::members::{self, MemberPatch, MemberState, NewMember, PasswordHash};
use baton_govern::signin::{self, FAILURES_MAX, FAILURES_WINDOW_MS, SESSION_MS_MAX};
use baton_govern::stop::{self, Scope};
use baton_govern::{Ctx, Env, Right, Role, autonomy, consent, tokens};
use baton_testkit::databases;
use std::sync::{Arc, LazyLock};

const PASSWORD: &str = "a good password";
// Hashing is slow on purpose; once is enough for all tests of a process.
static HASH: LazyLock<PasswordHash> = LazyLock::new(|| PasswordHash::of(PASSWORD).unwrap());

struct World {
    db: Db,
    env: Arc<Env>,
    clock: Arc<ManualClock>,
}

impl World {
    async fn each() -> Vec<(&'static str, Self)> {
        let all = databases().await.into_iter();
        all.map(|(name, db)| {
            let clock = ManualClock::at(1_700_000_000_000);
            let env = Env::new(clock.clone(), Arc::new(IdSource::seeded(3)));
            (name, Self { db, env, clock })
        })
        .collect()
    }

    fn system(&self, client: &str) -> Ctx {
        Ctx::system(&self.env, &ClientId::known(client), "test")
    }

    async fn write<T: Send + 'static>(&self, f: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        self.db.write(f).await
    }

    async fn member(&self, email: &str, grants: &[(&'static str, Role)]) -> MemberId {
        let (ctx, grants) = (self.system("house"), grants.to_vec());
        let new = NewMember {
            email: email.to_owned(),
            name: "Ada".to_owned(),
            password: Some(HASH.clone()),
            licences: vec!["adjuster:de".to_owned()],
            ..NewMember::default()
        };
        self.write(move |tx| {
            let id = members::create(tx, &ctx, &new)?;
            for (client, role) in grants {
                members::grant(tx, &ctx.for_client(&ClientId::known(client))?, &id, role)?;
            }
            Ok(id)
        })
        .await
        .unwrap()
    }

    async fn signed(&self, email: &str) -> Result<(signin::SessionToken, signin::Signed)> {
        signin::sign_in(&self.db, &self.env, email, PASSWORD).await
    }

    async fn ctx(&self, email: &str, client: &str) -> Ctx {
        self.signed(email).await.unwrap().1.ctx_for(&ClientId::known(client)).unwrap()
    }

    async fn session(&self, token: &str) -> Result<signin::Signed> {
        let (env, token) = (Arc::clone(&self.env), token.to_owned());
        self.db.read(move |tx| signin::session(tx, &env, &token)).await
    }
}

#[tokio::test]
async fn a_member_signs_in_works_where_granted_and_signs_out() {
    for (name, world) in World::each().await {
        let id = world.member("Ada@Example.org", &[("acme", Role::HumanAgent)]).await;
        let (token, signed) = world.signed(" ada@example.ORG").await.unwrap();
        assert_eq!(signed.member.as_ref().unwrap().id, id, "{name}");
        let again = world.session(token.as_str()).await.unwrap();
        assert_eq!(again.ctx_for(&ClientId::known("acme")).unwrap().roles(), [Role::HumanAgent], "{name}");
        let elsewhere = again.ctx_for(&ClientId::known("globex"));
        assert!(matches!(elsewhere, Err(Error::NotFound(_))), "{name}: a client without a role does not exist");
        let all = [ClientId::known("globex"), ClientId::known("acme")];
        assert_eq!(again.clients_of(&all), [ClientId::known("acme")], "{name}");
        let (env, text) = (Arc::clone(&world.env), token.as_str().to_owned());
        world.write(move |tx| signin::sign_out(tx, &env, &text)).await.unwrap();
        assert!(matches!(world.session(token.as_str()).await, Err(Error::Unauthenticated(_))), "{name}");
    }
}

#[tokio::test]
async fn the_database_holds_no_session_secret_and_sessions_end() {
    for (name, world) in World::each().await {
        world.member("ada@example.org", &[("acme", Role::HumanAgent)]).await;
        let (token, _) = world.signed("ada@example.org").await.unwrap();
        let stored = world
            .write(|tx| {
                tx.query("SELECT token_digest FROM session WHERE client_id = 'house'", params![], |r| r.text(0))
            })
            .await
            .unwrap();
        assert!(!stored.contains(&token.as_str().to_owned()), "{name}");
        assert_eq!(format!("{token:?}"), "SessionToken(…)");
        world.clock.advance_ms(SESSION_MS_MAX);
        assert!(world.session(token.as_str()).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn wrong_and_unknown_are_one_answer_and_guessing_meets_a_limit() {
    for (name, world) in World::each().await {
        world.member("ada@example.org", &[("acme", Role::HumanAgent)]).await;
        for email in ["ada@example.org", "nobody@example.org"] {
            let mut answers = vec![];
            for _ in 0..FAILURES_MAX {
                let wrong = signin::sign_in(&world.db, &world.env, email, "wrong").await;
                answers.push(wrong.err().unwrap().to_string());
            }
            answers.dedup();
            assert_eq!(answers, ["sign in first: e-mail or password is wrong"], "{name} {email}");
            assert!(matches!(world.signed(email).await, Err(Error::TooMany(_))), "{name} {email}");
        }
        world.clock.advance_ms(FAILURES_WINDOW_MS + 1);
        assert!(world.signed("ada@example.org").await.is_ok(), "{name}: the limit ends");
    }
}

#[tokio::test]
async fn disabling_a_member_or_changing_the_password_ends_sessions_at_once() {
    for (name, world) in World::each().await {
        let id = world.member("ada@example.org", &[("acme", Role::HumanAgent)]).await;
        let (token, _) = world.signed("ada@example.org").await.unwrap();
        let ctx = world.system("house");
        let patch = MemberPatch { state: Some(MemberState::Disabled), ..MemberPatch::default() };
        world.write(move |tx| members::update(tx, &ctx, &id, &patch)).await.unwrap();
        assert!(world.session(token.as_str()).await.is_err(), "{name}");
        assert!(matches!(world.signed("ada@example.org").await, Err(Error::Unauthenticated(_))), "{name}");
    }
}

#[tokio::test]
async fn a_token_is_shown_once_bound_to_its_client_and_revocable() {
    for (name, world) in World::each().await {
        let ctx = world.system("acme");
        let made = world.write(move |tx| tokens::create(tx, &ctx, "crm", &[Role::Service], None)).await.unwrap();
        assert!(made.token.starts_with("bt_"), "{name}");
        let (env, text) = (Arc::clone(&world.env), made.token.clone());
        let signed = world.db.read(move |tx| signin::token(tx, &env, &text)).await.unwrap();
        let there = signed.ctx_for(&ClientId::known("acme")).unwrap();
        assert!(there.allow(Right::CaseCreate).is_ok() && there.allow(Right::StopSwitch).is_err(), "{name}");
        assert!(matches!(signed.ctx_for(&ClientId::known("globex")), Err(Error::NotFound(_))), "{name}");
        let (ctx, other, id) = (world.system("acme"), world.system("globex"), made.id.clone());
        let theirs = made.id.clone();
        let elsewhere = world.write(move |tx| tokens::revoke(tx, &other, &theirs)).await;
        assert!(matches!(elsewhere, Err(Error::NotFound(_))), "{name}");
        world.write(move |tx| tokens::revoke(tx, &ctx, &id)).await.unwrap();
        let env = Arc::clone(&world.env);
        assert!(world.db.read(move |tx| signin::token(tx, &env, &made.token)).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn nobody_rises_by_a_token_or_by_another_clients_member() {
    for (name, world) in World::each().await {
        world.member("int@example.org", &[("acme", Role::Integrator)]).await;
        world.member("admin@example.org", &[("acme", Role::Admin)]).await;
        let both = world.member("both@example.org", &[("acme", Role::HumanAgent), ("globex", Role::Admin)]).await;
        let stranger = world.member("far@example.org", &[("globex", Role::HumanAgent)]).await;
        let ctx = world.ctx("int@example.org", "acme").await;
        let rise = world.write(move |tx| tokens::create(tx, &ctx, "x", &[Role::Admin], None)).await;
        assert!(matches!(rise, Err(Error::Refused { .. })), "{name}");
        let (ctx, patch) = (world.ctx("admin@example.org", "acme").await, MemberPatch::default());
        let (c, p) = (ctx.clone(), patch.clone());
        let reset = world.write(move |tx| members::update(tx, &c, &both, &p)).await;
        assert!(matches!(reset, Err(Error::Refused { .. })), "{name}: they administer globex");
        let (c, s) = (ctx.clone(), stranger.clone());
        let unseen = world.write(move |tx| members::update(tx, &c, &s, &patch)).await;
        assert!(matches!(unseen, Err(Error::NotFound(_))), "{name}");
        let listed = world.db.read(move |tx| members::list(tx, &ctx, None, 50)).await.unwrap();
        assert!(listed.len() == 3 && listed.iter().all(|m| m.id != stranger), "{name}");
    }
}

#[tokio::test]
async fn the_stop_switch_covers_its_scope_and_no_other_client() {
    for (name, world) in World::each().await {
        let acme = world.system("acme");
        let house = world.system("house");
        world
            .write(move |tx| {
                let check = |tx: &mut Tx, client: &str, agent, intent, action| {
                    stop::check(tx, &ClientId::known(client), agent, intent, action).map(|s| s.map(|s| s.scope))
                };
                stop::engage(tx, &acme, None, Scope::Action, "refund", "wrong amounts")?;
                assert_eq!(check(tx, "acme", Some("a"), None, Some("refund"))?, Some(Scope::Action));
                assert_eq!(check(tx, "acme", Some("a"), None, Some("cancel"))?, None);
                assert_eq!(check(tx, "globex", Some("a"), None, Some("refund"))?, None);
                stop::engage(tx, &acme, None, Scope::Agent, "a", "odd replies")?;
                assert_eq!(check(tx, "acme", Some("a"), Some("i"), Some("cancel"))?, Some(Scope::Agent));
                stop::engage(tx, &house, None, Scope::All, "", "drill")?;
                assert_eq!(check(tx, "globex", None, None, None)?, Some(Scope::All));
                stop::release(tx, &house, None, Scope::All, "")?;
                assert_eq!(check(tx, "globex", None, None, None)?, None);
                assert!(stop::engage(tx, &acme, None, Scope::Agent, "", "x").is_err());
                assert!(stop::engage(tx, &acme, None, Scope::Client, "", " ").is_err());
                Ok(())
            })
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        world.member("lead@example.org", &[("acme", Role::AiLead)]).await;
        let lead = world.ctx("lead@example.org", "acme").await;
        let everywhere = world.write(move |tx| stop::engage(tx, &lead, None, Scope::All, "", "no")).await;
        assert!(matches!(everywhere, Err(Error::NotFound(_))), "{name}: the installation is not theirs to stop");
    }
}

#[tokio::test]
async fn autonomy_overrides_by_the_most_specific_and_consent_is_for_exact_arguments() {
    for (name, world) in World::each().await {
        let acme = world.system("acme");
        world
            .write(move |tx| {
                use autonomy::Level::{Act, Observe, Suggest};
                let client = ClientId::known("acme");
                autonomy::set(tx, &acme, "*", "*", Observe, "start")?;
                autonomy::set(tx, &acme, "returns", "*", Suggest, "tested")?;
                autonomy::set(tx, &acme, "*", "refund", Act, "earned")?;
                assert_eq!(autonomy::get(tx, &client, "returns", "refund")?, Some(Act));
                assert_eq!(autonomy::get(tx, &client, "returns", "label")?, Some(Suggest));
                assert_eq!(autonomy::get(tx, &client, "other", "label")?, Some(Observe));
                assert_eq!(autonomy::get(tx, &ClientId::known("globex"), "returns", "refund")?, None);
                let (case, message) = ("c1".parse()?, "m1".parse()?);
                consent::record(tx, &acme, &case, "refund", "d1", &message)?;
                consent::record(tx, &acme, &case, "refund", "d1", &message)?;
                assert!(consent::given(tx, &acme, &case, "refund", "d1")?);
                assert!(!consent::given(tx, &acme, &case, "refund", "d2")?);
                assert!(!consent::given(tx, &acme, &"c2".parse()?, "refund", "d1")?);
                Ok(())
            })
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}
