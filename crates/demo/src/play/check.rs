//! The check: a whole world at full speed against a running server, then the verdict.

use super::api::{Api, SignIn};
use super::chat::{FULL_SPEED, converse};
use super::desk::{Cast, Desk};
use super::holder::{Answers, Notices, send, tag};
use super::report::{Fault, Report};
use super::verdict::Judge;
use crate::insurer::House;
use crate::shop::Shop;
use crate::systems::Addresses;
use crate::world::{ClaimCase, Need, claims, retail};
use baton_base::Result;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

/// Pause between two looks whether cases are still open, in milliseconds.
const LOOK_MS: u64 = 250;
/// If the number of open cases has not changed for so long, the rest is stuck, in milliseconds.
const STUCK_MS: u64 = 90_000;

/// Names of the clients in Baton.
#[derive(Debug, Clone)]
pub struct Clients {
    /// The retailer.
    pub shop: String,
    /// Harbor Mutual.
    pub mutual: String,
    /// Nordlicht.
    pub nordic: String,
}

impl Default for Clients {
    fn default() -> Self {
        Self { shop: "larkspur".into(), mutual: "harbor-mutual".into(), nordic: "nordlicht".into() }
    }
}

/// How far a check has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Needs and claims whose sender is through with them.
    pub done: usize,
    /// All needs and claims.
    pub total: usize,
}

/// Told whenever a need or claim is through; the caller may kill and restart the server meanwhile.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// What to play, and where.
#[derive(Clone)]
pub struct CheckOptions {
    /// Baton's address.
    pub base_url: String,
    /// The demo systems' addresses.
    pub systems: Addresses,
    /// Seed of the worlds; the systems' own.
    pub seed: u64,
    /// Conversations and notices at the same time.
    pub concurrency: usize,
    /// A service token that may open cases; without it the desk's sign-in is used.
    pub token: Option<String>,
    /// Who works the desk: may see, claim and complete everything of the three clients.
    pub desk: SignIn,
    /// Names of the clients.
    pub clients: Clients,
    /// Claims of each insurer, at most.
    pub claims_max: usize,
    /// Needs of the shop, at most.
    pub needs_max: usize,
    /// Told of progress.
    pub on_progress: Option<OnProgress>,
}

impl CheckOptions {
    /// The whole world of seed 1.
    pub fn new(base_url: &str, systems: Addresses, desk: SignIn) -> Self {
        Self {
            base_url: base_url.to_owned(),
            systems,
            seed: 1,
            concurrency: 64,
            token: None,
            desk,
            clients: Clients::default(),
            claims_max: usize::MAX,
            needs_max: usize::MAX,
            on_progress: None,
        }
    }
}

/// Callers and addresses of one play.
pub(super) struct Stage {
    pub options: CheckOptions,
    pub open: Api,
    pub service: Api,
    pub desk_api: Api,
    pub shop: Api,
    pub mutual: Api,
    pub nordic: Api,
}

impl Stage {
    pub(super) async fn set(options: &CheckOptions) -> Result<Self> {
        let open = Api::new(&options.base_url)?;
        let desk_api = open.signed_in(&options.desk).await?;
        let service = options.token.as_deref().map_or_else(|| desk_api.clone(), |token| open.with_token(token));
        Ok(Self {
            shop: Api::new(&options.systems.shop)?,
            mutual: Api::new(&options.systems.mutual)?,
            nordic: Api::new(&options.systems.nordic)?,
            options: options.clone(),
            open,
            service,
            desk_api,
        })
    }

    pub(super) fn open_desk(&self, notices: &Notices, cast: Cast) -> Result<(Arc<Desk>, JoinHandle<()>)> {
        let clients = &self.options.clients;
        let desk = Arc::new(Desk {
            api: self.desk_api.clone(),
            shop: self.shop.clone(),
            insurers: vec![clients.mutual.clone(), clients.nordic.clone()],
            retailer: clients.shop.clone(),
            notices: notices.clone(),
            cast,
            closing: AtomicBool::new(false),
            given_back: Mutex::default(),
            troubles: Mutex::default(),
        });
        let working = tokio::spawn(Arc::clone(&desk).work());
        Ok((desk, working))
    }
}

/// Plays the world of `options` and says what came of it. The demo systems are put back to their start first.
pub async fn check(options: &CheckOptions) -> Result<Report> {
    let world = retail(options.seed);
    let needs: Vec<Arc<Need>> = world.needs.into_iter().take(options.needs_max).map(Arc::new).collect();
    let of = |house| claims(options.seed, house).into_iter().take(options.claims_max).map(Arc::new).collect();
    let play =
        Play { shop: Arc::new(world.shop), needs, mutual: of(House::HarborMutual), nordic: of(House::Nordlicht) };
    play_all(&Stage::set(options).await?, play).await
}

/// What is played together.
pub(super) struct Play {
    pub shop: Arc<Shop>,
    pub needs: Vec<Arc<Need>>,
    pub mutual: Vec<Arc<ClaimCase>>,
    pub nordic: Vec<Arc<ClaimCase>>,
}

pub(super) async fn play_all(stage: &Stage, play: Play) -> Result<Report> {
    let mut report = Report::default();
    let (mutual, nordic) = (Notices::default(), Notices::default());
    for system in [&stage.shop, &stage.mutual, &stage.nordic] {
        system.send("/_reset", &json!({})).await?;
    }
    let before = [effects(&stage.shop).await?, effects(&stage.mutual).await?, effects(&stage.nordic).await?];
    let both = Notices::default();
    let tag = tag(&stage.open, &stage.options.clients.shop).await?;
    let start = Instant::now();
    let (desk, working) = stage.open_desk(&both, Cast::new(play.needs.iter().cloned()))?;
    send_all(stage, &play, &tag, [&mutual, &nordic, &both], &mut report).await;
    settle(stage, &both, &desk.cast).await?;
    report.elapsed_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    desk.closing.store(true, Ordering::Relaxed);
    let _ = working.await;
    let clients = &stage.options.clients;
    let judge =
        |system, client, name, effects_before| Judge { baton: &stage.desk_api, system, client, name, effects_before };
    if !play.needs.is_empty() {
        let judge = judge(&stage.shop, clients.shop.as_str(), "retail needs", before[0]);
        judge.needs(&play.shop, &play.needs, &desk.cast, &mut report).await?;
    }
    for (notices, system, client, name, before) in [
        (&mutual, &stage.mutual, &clients.mutual, "claims, Harbor Mutual", before[1]),
        (&nordic, &stage.nordic, &clients.nordic, "claims, Nordlicht", before[2]),
    ] {
        if !notices.all().is_empty() {
            judge(system, client.as_str(), name, before).claims(notices, &mut report).await?;
        }
    }
    for trouble in desk.troubles.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        report.finding(Fault::Desk, trouble);
    }
    Ok(report)
}

async fn effects(system: &Api) -> Result<u64> {
    Ok(system.fetch("/_state").await?["effects"].as_u64().unwrap_or(0))
}

/// Sends every need and claim, mixed, as many at a time as allowed, and waits for the senders.
async fn send_all(stage: &Stage, play: &Play, tag: &str, [mutual, nordic, both]: [&Notices; 3], report: &mut Report) {
    let limit = Arc::new(Semaphore::new(stage.options.concurrency.max(1)));
    let done = Arc::new(AtomicUsize::new(0));
    let total = play.needs.len() + play.mutual.len() + play.nordic.len();
    let mut senders: JoinSet<Option<String>> = JoinSet::new();
    let longest = play.needs.len().max(play.mutual.len()).max(play.nordic.len());
    let clients = &stage.options.clients;
    for number in 0..longest {
        for (list, notices, client) in
            [(&play.mutual, mutual, &clients.mutual), (&play.nordic, nordic, &clients.nordic)]
        {
            let Some(claim) = list.get(number).cloned() else { continue };
            let (api, client, notices, both) = (stage.service.clone(), client.clone(), notices.clone(), both.clone());
            let (limit, told, tag) = (Arc::clone(&limit), teller(stage, &done, total), tag.to_owned());
            senders.spawn(async move {
                let _turn = limit.acquire_owned().await.ok()?;
                let sent = send(&api, &client, &claim, (number, &tag), &notices, &both).await;
                told();
                sent.err().map(|e| format!("{} could not be sent: {e}", claim.id))
            });
        }
        if let Some(need) = play.needs.get(number).cloned() {
            let (api, client, shop) = (stage.open.clone(), clients.shop.clone(), Arc::clone(&play.shop));
            let (limit, told) = (Arc::clone(&limit), teller(stage, &done, total));
            senders.spawn(async move {
                let _turn = limit.acquire_owned().await.ok()?;
                let talk = converse(&api, &client, &need, &shop, FULL_SPEED).await;
                told();
                match talk {
                    Ok(super::chat::Talk::Over) => None,
                    Ok(super::chat::Talk::GaveUp) => Some(format!("{} got no answer and gave up", need.id)),
                    Err(e) => Some(format!("{} could not talk: {e}", need.id)),
                }
            });
        }
    }
    while let Some(ended) = senders.join_next().await {
        match ended {
            Ok(None) => {}
            Ok(Some(finding)) => report.finding(Fault::Sender, finding),
            Err(e) => report.finding(Fault::Sender, format!("a sender broke: {e}")),
        }
    }
}

fn teller(stage: &Stage, done: &Arc<AtomicUsize>, total: usize) -> impl FnOnce() + Send + 'static {
    let (done, tell) = (Arc::clone(done), stage.options.on_progress.clone());
    move || {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(tell) = tell {
            tell(Progress { done, total });
        }
    }
}

/// Waits until no case of the play is with the AI or with a person any more, or nothing moves. Senders of claims
/// answer meanwhile what they are asked.
async fn settle(stage: &Stage, notices: &Notices, cast: &Cast) -> Result<()> {
    let clients = &stage.options.clients;
    let mut answers = Answers::default();
    let mut last = usize::MAX;
    let mut moved = Instant::now();
    loop {
        let mut open = 0;
        for client in [&clients.shop, &clients.mutual, &clients.nordic] {
            let rows = rows(stage, client, "open,with_person").await?;
            open += rows.iter().filter(|row| is_ours(row, notices, cast)).count();
        }
        for client in [&clients.mutual, &clients.nordic] {
            for row in rows(stage, client, "waiting_customer").await? {
                open += usize::from(answers.answer(&stage.service, client, &row, notices).await?);
            }
        }
        if open == 0 {
            return Ok(());
        }
        if open != last {
            (last, moved) = (open, Instant::now());
        }
        if moved.elapsed() > Duration::from_millis(STUCK_MS) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
    }
}

/// Cases of a client in some states, at most a page.
async fn rows(stage: &Stage, client: &str, states: &str) -> Result<Vec<Value>> {
    let page = stage.desk_api.fetch(&format!("/api/v1/cases?client={client}&state={states}&limit=200")).await?;
    Ok(page["items"].as_array().cloned().unwrap_or_default())
}

fn is_ours(row: &Value, notices: &Notices, cast: &Cast) -> bool {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    notices.claim_of(&text(&row["id"])).is_some()
        || cast.of(&text(&row["customer"]["name"]), &text(&row["subject"])).is_some()
}
