//! Passkeys over time: challenges that are over, attempts that are forgiven, members who are disabled, an address that stays.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{ClientId, Error, IdSource, ManualClock, Result};
use baton_db::{Db, Tx};
use baton_govern::members::{self, MemberPatch, MemberState, NewMember, PasswordHash};
use baton_govern::passkey::{self, Assertion, CHALLENGE_MS_MAX, PASSKEYS_MAX, Passkey};
use baton_govern::signin::{self, FAILURES_MAX, FAILURES_WINDOW_MS};
use baton_govern::sso::{self, Provider};
use baton_govern::{Ctx, Env, SessionToken, Signed};
use baton_testkit::{Device, KeyKind, Said, databases};
use serde_json::Value;
use std::sync::{Arc, LazyLock};

const HOME: &str = "https://baton.example.org";
const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "a good password";
// Hashing is slow on purpose; once is enough for all tests of a process.
static HASH: LazyLock<PasswordHash> = LazyLock::new(|| PasswordHash::of(PASSWORD).unwrap());

struct World {
    db: Db,
    env: Arc<Env>,
    clock: Arc<ManualClock>,
    ada: Signed,
    session: String,
}

impl World {
    /// One on each database: an address, and Ada, who is signed in.
    async fn each() -> Vec<(&'static str, Self)> {
        let mut all = Vec::new();
        for (name, db) in databases().await {
            let clock = ManualClock::at(1_700_000_000_000);
            let env = Env::new(clock.clone(), Arc::new(IdSource::seeded(5)));
            let house = Ctx::system(&env, &ClientId::house(), "test");
            let new = NewMember {
                email: EMAIL.to_owned(),
                name: "Ada".to_owned(),
                password: Some(HASH.clone()),
                ..NewMember::default()
            };
            let made = db.write(move |tx| {
                passkey::set_address(tx, &house, Some(HOME))?;
                members::create(tx, &house, &new)
            });
            made.await.unwrap();
            let (token, ada) = signin::sign_in(&db, &env, EMAIL, PASSWORD).await.unwrap();
            all.push((name, Self { db, env, clock, ada, session: token.as_str().to_owned() }));
        }
        all
    }

    fn house(&self) -> Ctx {
        Ctx::system(&self.env, &ClientId::house(), "test")
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let house = self.house();
        self.db.write(move |tx| work(tx, &house)).await
    }

    async fn begin(&self) -> Result<Value> {
        let (ada, session) = (self.ada.clone(), self.session.clone());
        self.db.write(move |tx| passkey::begin_registration(tx, &ada, &session)).await
    }

    async fn finish(&self, name: &str, credential: Value) -> Result<Passkey> {
        let shown = serde_json::from_value(credential).unwrap();
        passkey::register(&self.db, &self.ada, &self.session, name, shown).await
    }

    async fn add(&self, name: &str) -> Device {
        let mut device = Device::new(KeyKind::EdDsa);
        let options = self.begin().await.unwrap();
        self.finish(name, device.register(&options, HOME)).await.unwrap();
        device
    }

    /// The secret of a browser, and what its device is asked.
    async fn ask(&self) -> (String, Value) {
        let env = Arc::clone(&self.env);
        let begun = self.db.write(move |tx| passkey::begin_sign_in(tx, &env, false)).await.unwrap();
        (begun.browser, begun.options)
    }

    async fn enter(&self, device: &mut Device, change: impl FnOnce(&mut Said)) -> Result<(SessionToken, Signed)> {
        let (browser, options) = self.ask().await;
        let shown: Assertion = serde_json::from_value(device.sign_saying(&options, HOME, change)).unwrap();
        passkey::sign_in(&self.db, &self.env, &browser, shown).await
    }
}

#[tokio::test]
async fn a_challenge_is_soon_over() {
    for (name, world) in World::each().await {
        let mut device = Device::new(KeyKind::EdDsa);
        let options = world.begin().await.unwrap();
        world.clock.advance_ms(CHALLENGE_MS_MAX);
        let late = world.finish("Laptop", device.register(&options, HOME)).await.unwrap_err();
        assert!(late.to_string().contains("took too long"), "{name}: {late}");
        let options = world.begin().await.unwrap();
        world.clock.advance_ms(CHALLENGE_MS_MAX - 1);
        world.finish("Laptop", device.register(&options, HOME)).await.unwrap();

        let (browser, options) = world.ask().await;
        world.clock.advance_ms(CHALLENGE_MS_MAX);
        let shown = serde_json::from_value(device.sign(&options, HOME)).unwrap();
        let late = passkey::sign_in(&world.db, &world.env, &browser, shown).await.err().unwrap();
        assert!(matches!(&late, Error::Unauthenticated(why) if why.contains("took too long")), "{name}: {late}");
        assert!(world.enter(&mut device, |_| ()).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn too_many_attempts_are_forgiven_after_a_while() {
    for (name, world) in World::each().await {
        let mut device = world.add("Laptop").await;
        for _ in 0..FAILURES_MAX {
            let refused = world.enter(&mut device, |said| said.forged = true).await;
            assert!(matches!(refused, Err(Error::Unauthenticated(_))), "{name}");
        }
        assert!(matches!(world.enter(&mut device, |_| ()).await, Err(Error::TooMany(_))), "{name}");
        world.clock.advance_ms(FAILURES_WINDOW_MS + 1);
        assert!(world.enter(&mut device, |_| ()).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn who_is_disabled_comes_in_by_no_passkey() {
    for (name, world) in World::each().await {
        let mut device = world.add("Laptop").await;
        let id = world.ada.member.as_ref().unwrap().id.clone();
        let patch = MemberPatch { state: Some(MemberState::Disabled), ..MemberPatch::default() };
        world.write(move |tx, house| members::update(tx, house, &id, &patch)).await.unwrap();
        let refused = world.enter(&mut device, |_| ()).await.err().unwrap();
        assert!(
            matches!(&refused, Error::Unauthenticated(why) if why.contains("ask an administrator")),
            "{name}: {refused}"
        );
    }
}

#[tokio::test]
async fn a_member_has_so_many_passkeys_and_each_has_a_name() {
    let (_, world) = World::each().await.swap_remove(0);
    for number in 0..PASSKEYS_MAX {
        world.add(&format!("Key {number}")).await;
    }
    assert!(matches!(world.begin().await, Err(Error::Limit(_))));
    for name in ["", "  ", "a\u{7}b", "x".repeat(61).as_str()] {
        let credential = Device::new(KeyKind::EdDsa).register(
            &serde_json::json!({"challenge": "AA", "rp": {"id": "baton.example.org"}, "user": {"id": "AA"}}),
            HOME,
        );
        let refused = world.finish(name, credential).await.unwrap_err();
        assert!(refused.to_string().contains("the passkey's name is not valid"), "{name}: {refused}");
    }
}

#[tokio::test]
async fn when_single_sign_on_goes_passkeys_that_were_made_at_its_address_stay_good() {
    for (name, world) in World::each().await {
        let provider = Provider {
            issuer: "https://login.example.org".to_owned(),
            client_id: "baton".to_owned(),
            origin: HOME.to_owned(),
            ..Provider::default()
        };
        let kept = world.write(move |tx, house| {
            sso::remember(tx, house, &provider.checked()?, None)?;
            passkey::set_address(tx, house, None)?;
            passkey::address(tx, house)
        });
        let kept = kept.await.unwrap();
        assert_eq!((kept.address.as_deref(), kept.own), (Some(HOME), false), "{name}");
        let mut device = world.add("Laptop").await;
        world.write(sso::forget).await.unwrap();
        let kept = world.write(passkey::address).await.unwrap();
        assert_eq!((kept.address.as_deref(), kept.own, kept.elsewhere), (Some(HOME), true, 0), "{name}");
        assert!(world.enter(&mut device, |_| ()).await.is_ok(), "{name}");
    }
}
