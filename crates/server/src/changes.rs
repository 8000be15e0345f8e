//! A release as a proposal: put together from the files that were sent, checked by every means there is, and compared
//! with the calls that were made.

use crate::House;
use crate::compare::compare;
use crate::parts::{Compiled, accepted, refused};
use crate::rules::Rules;
use baton_author::policies::PolicyTests;
use baton_author::suite;
use baton_base::{Bundle, ClientId, Error, Finding, ReleaseId, Result, Severity};
use baton_clients::changes::{self, Check, Content, Kind, New, Proposal, State, without_owner};
use baton_clients::{Overlay, assemble_files, declared, overlay_of};
use baton_db::Tx;
use baton_govern::Ctx;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How far back calls are compared, days.
const COMPARED_DAYS: i64 = 31;
/// Longest time for the tests of processes, seconds.
const TESTS_S_MAX: u64 = 120;
const TESTS: &str = ".test.yaml";
/// Most findings that a refusal tells.
const FINDINGS_TOLD_MAX: usize = 5;
const OVERTAKEN: &str = "another release has gone live since; read the files again";

/// What was sent.
#[derive(Default)]
pub struct Sent {
    /// In a few words.
    pub title: String,
    /// Why.
    pub reason: String,
    /// The blueprint's files as written, tests included: path → text.
    pub files: BTreeMap<String, String>,
    /// The release whose files these are with edits; the live one if left out.
    pub base: Option<ReleaseId>,
    /// Parameters that change; the rest stay as they are.
    pub parameters: BTreeMap<String, Value>,
    /// Not before this time.
    pub publish_ms: Option<i64>,
}

/// Checks a release and writes it down as a proposal. What does not load is refused with its findings.
pub async fn propose(house: &Arc<House>, ctx: &Ctx, sent: Sent) -> Result<Proposal> {
    ctx.allow(baton_govern::Right::ChangePropose)?;
    let (live, overlay) = overlay(house, ctx, &sent).await?;
    let base = sent.base.or(live);
    let loaded = load(&sent.files, &overlay).map_err(|found| refused(&found))?;
    let Loaded { bundle, version, rules, agents } = loaded;
    let checks = checks(house, ctx, &sent.files, &overlay, (&bundle, &agents), rules).await?;
    let content = Content::Release { overlay: Box::new(overlay), version, bundle };
    let new = New { title: sent.title, reason: sent.reason, content, checks, publish_ms: sent.publish_ms };
    let ctx = ctx.clone();
    let write = house.db.write(move |tx| {
        // The checks take their time: what has gone live meanwhile would be taken back, and they were made without it.
        if baton_clients::live_release(tx, &ctx.client)? != base {
            return Err(Error::Conflict(OVERTAKEN.to_owned()));
        }
        changes::propose(tx, &ctx, new)
    });
    write.await
}

/// Checks a release and writes nothing down: what does not load is told as findings, and then there are no checks.
pub async fn check(house: &Arc<House>, ctx: &Ctx, sent: Sent) -> Result<(Vec<Finding>, Vec<Check>)> {
    ctx.allow(baton_govern::Right::ChangePropose)?;
    let (_, overlay) = overlay(house, ctx, &sent).await?;
    match load(&sent.files, &overlay) {
        Ok(Loaded { bundle, rules, agents, .. }) => {
            Ok((Vec::new(), checks(house, ctx, &sent.files, &overlay, (&bundle, &agents), rules).await?))
        }
        Err(findings) => Ok((findings, Vec::new())),
    }
}

/// What is wrong with these files, and the files as they would run, where they can be put together.
pub async fn findings(
    house: &Arc<House>,
    ctx: &Ctx,
    files: BTreeMap<String, String>,
) -> Result<(Option<Bundle>, Vec<Finding>)> {
    let sent = Sent { files, ..Sent::default() };
    let (_, overlay) = overlay(house, ctx, &sent).await?;
    let work = move || match assemble_files(sent.files, &overlay) {
        Ok((bundle, _)) => {
            let found = accepted(&bundle).err().unwrap_or_default();
            (Some(bundle), found)
        }
        Err(found) => (None, found),
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::broken)
}

/// The files of the live release as they were written, with these edits: a text in a file's place, or nothing. They are of
/// the release `base`: a conflict where another is live by now, whose files they would take back.
pub async fn edited(
    house: &Arc<House>,
    ctx: &Ctx,
    base: Option<&ReleaseId>,
    edits: BTreeMap<String, Option<String>>,
) -> Result<BTreeMap<String, String>> {
    let (live, mut files) = sources(house, ctx).await?;
    let base = base.ok_or_else(|| {
        Error::invalid_at(
            "base",
            "the release whose files were edited is not named",
            "send the release of GET blueprint",
        )
    })?;
    if *base != live {
        return Err(Error::Conflict(OVERTAKEN.to_owned()));
    }
    for (path, text) in edits {
        match text {
            Some(text) => {
                files.insert(path, text);
            }
            None if files.remove(&path).is_none() => {
                let title = format!("'{path}' is no file of the live release");
                return Err(Error::invalid_at("edits", title, "name a file that is there, or give a text"));
            }
            None => {}
        }
    }
    Ok(files)
}

/// The live release and its files as they were written; of a release that does not hold them, the files that run.
pub async fn sources(house: &Arc<House>, ctx: &Ctx) -> Result<(ReleaseId, BTreeMap<String, String>)> {
    sources_of(house, ctx, None).await
}

/// The same of any stored release of the client.
pub async fn sources_of(
    house: &Arc<House>,
    ctx: &Ctx,
    release: Option<ReleaseId>,
) -> Result<(ReleaseId, BTreeMap<String, String>)> {
    let client = ctx.client.clone();
    let read = house.db.read(move |tx| {
        let release = match release {
            Some(release) => Some(release),
            None => baton_clients::live_release(tx, &client)?,
        };
        let release = release.ok_or_else(|| Error::Conflict("no release of this client is live".to_owned()))?;
        let bundle = baton_clients::release(tx, &client, &release)?.bundle;
        Ok((release, if bundle.sources.is_empty() { bundle.files } else { bundle.sources }))
    });
    read.await
}

/// The live release, and the client's overlay as it is for it, with the parameters that change.
async fn overlay(house: &Arc<House>, ctx: &Ctx, sent: &Sent) -> Result<(Option<ReleaseId>, Overlay)> {
    if let Some(bad) = sent.files.keys().find(|path| !is_inside(path)) {
        let title = format!("'{bad}' is no path of a blueprint");
        return Err(Error::invalid_at("files", title, "use paths below its folder"));
    }
    let client = ctx.client.clone();
    let read = house.db.read(move |tx| Ok((baton_clients::live_release(tx, &client)?, overlay_of(tx, &client)?)));
    let (live, mut overlay) = read.await?;
    // What the blueprint no longer asks for is left out.
    if let Some(declared) = sent.files.get("blueprint.yaml").and_then(|text| declared(text)) {
        overlay.parameters.retain(|name, _| declared.contains_key(name));
    }
    overlay.parameters.extend(sent.parameters.clone());
    Ok((live, overlay))
}

/// A release that every room accepts.
struct Loaded {
    bundle: Bundle,
    version: String,
    rules: Rules,
    /// What the lint of agents says.
    agents: Vec<Finding>,
}

fn load(files: &BTreeMap<String, String>, overlay: &Overlay) -> std::result::Result<Loaded, Vec<Finding>> {
    let (bundle, version) = assemble_files(files.clone(), overlay)?;
    let compiled = accepted(&bundle)?;
    let agents = baton_agents::lint::warnings(&bundle, compiled.roster());
    let rules = Rules::of(&bundle)?;
    Ok(Loaded { bundle, version, rules, agents })
}

async fn checks(
    house: &Arc<House>,
    ctx: &Ctx,
    files: &BTreeMap<String, String>,
    overlay: &Overlay,
    (bundle, agents): (&Bundle, &[Finding]),
    rules: Rules,
) -> Result<Vec<Check>> {
    Ok(vec![
        Check { name: "load".into(), passed: true, says: "every room accepts it".into(), details: Value::Null },
        found("owners", &without_owner(bundle)),
        found("tables", &rules.table_findings()),
        found("agents", agents),
        policy_tests(files, overlay)?,
        crate::proofs::check(house, &ctx.client, Arc::clone(&rules.rulebook)).await?,
        process_tests(ctx, files.clone()).await?,
        calls(house, &ctx.client, rules).await?,
    ])
}

/// Whether a path stays below the folder that it is in.
pub(crate) fn is_inside(path: &str) -> bool {
    let parts = || Path::new(path).components();
    !path.is_empty() && parts().all(|part| matches!(part, std::path::Component::Normal(_)))
}

fn found(name: &str, findings: &[Finding]) -> Check {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let says = match (errors, findings.len() - errors) {
        (0, 0) => "nothing found".to_owned(),
        (errors, warnings) => format!("{errors} errors, {warnings} warnings"),
    };
    Check { name: name.to_owned(), passed: errors == 0, says, details: json!(findings) }
}

fn policy_tests(files: &BTreeMap<String, String>, overlay: &Overlay) -> Result<Check> {
    let (mut all, mut wrong) = (0, Vec::new());
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with("policies/") && path.ends_with(TESTS)) {
        let played = PolicyTests::read(path, text)?;
        // A test says for which parameters it is written.
        let mut own = overlay.clone();
        let declared = played.parameters.iter().filter(|(name, _)| own.parameters.contains_key(*name));
        let declared: Vec<_> = declared.map(|(name, value)| (name.clone(), value.clone())).collect();
        own.parameters.extend(declared);
        let bundle: Bundle = assemble_files(files.clone(), &own).map_err(|found| refused(&found))?.0;
        let rules = Rules::of(&bundle).map_err(|found| refused(&found))?;
        let report = played.play(&rules.catalogue, &rules.rulebook)?;
        all += report.tests.len();
        wrong.extend(report.tests.into_iter().filter(|test| !test.wrong.is_empty()));
    }
    let says = format!("{all} tests, {} failed", wrong.len());
    Ok(Check { name: "policy tests".into(), passed: wrong.is_empty(), says, details: json!(wrong) })
}

/// Plays the tests beside the processes, in a folder that is gone afterwards.
async fn process_tests(ctx: &Ctx, files: BTreeMap<String, String>) -> Result<Check> {
    let folder = std::env::temp_dir().join(ctx.id("baton-proposal"));
    let place = folder.clone();
    let written = tokio::task::spawn_blocking(move || write_all(&place, &files));
    written.await.map_err(Error::broken)??;
    // On a thread of their own: playing a process keeps hold of it between its steps.
    let (place, here) = (folder.clone(), tokio::runtime::Handle::current());
    let playing = tokio::task::spawn_blocking(move || {
        here.block_on(async { tokio::time::timeout(Duration::from_secs(TESTS_S_MAX), play_all(&place)).await })
    });
    let played = playing.await.map_err(Error::broken);
    let _ = tokio::fs::remove_dir_all(&folder).await;
    let (all, wrong) = match played? {
        Ok(played) => played,
        Err(_) => (0, vec![json!({"name": "all", "wrong": [format!("not done within {TESTS_S_MAX} s")]})]),
    };
    let says = format!("{all} tests, {} failed", wrong.len());
    Ok(Check { name: "process tests".into(), passed: wrong.is_empty(), says, details: json!(wrong) })
}

fn write_all(folder: &Path, files: &BTreeMap<String, String>) -> Result<()> {
    let failed = |e: std::io::Error| Error::Unavailable(format!("the tests cannot be written down: {e}"));
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
        std::fs::write(path, text).map_err(failed)?;
    }
    Ok(())
}

async fn play_all(folder: &Path) -> (usize, Vec<Value>) {
    let (mut all, mut wrong) = (0, Vec::new());
    let files: Vec<PathBuf> = suite::files(&[folder.join("processes")]).unwrap_or_default();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match suite::run(&file).await {
            Ok(report) => {
                all += report.cases.len();
                let failed = report.cases.into_iter().filter(|case| !case.wrong.is_empty());
                wrong.extend(failed.map(|case| json!({"file": name, "name": case.name, "wrong": case.wrong})));
            }
            Err(unplayable) => wrong.push(json!({"file": name, "name": "all", "wrong": [words(unplayable)]})),
        }
    }
    (all, wrong)
}

fn words(unplayable: suite::Unplayable) -> String {
    match unplayable {
        suite::Unplayable::Error(error) => error.to_string(),
        suite::Unplayable::Invalid(findings) => refused(&findings).to_string(),
    }
}

/// What the new rules would have said of the calls that were made. Told, and no reason to refuse: a change may mean to.
async fn calls(house: &Arc<House>, client: &ClientId, new: Rules) -> Result<Check> {
    let (client, env) = (client.clone(), Arc::clone(&house.env));
    let since_ms = env.now_ms() - COMPARED_DAYS * DAY_MS;
    let new = Arc::new(new);
    let told = house.db.read(move |tx| {
        let (_, old) = Rules::stored(tx, &client, None)?;
        compare(tx, &env, &client, &old, &new, since_ms)
    });
    let told = told.await?;
    let changed: usize = told.changes.values().map(|change| change.count).sum();
    let says = format!("{} calls of {COMPARED_DAYS} days compared, {changed} judged otherwise", told.compared);
    Ok(Check { name: "recorded calls".into(), passed: true, says, details: json!(told) })
}

/// What puts a release live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A proposal is published: its release.
    Publish,
    /// A proposal is taken back: the release before.
    TakeBack,
}

/// A release that is about to go live, and loads.
pub struct Ready {
    client: ClientId,
    release: ReleaseId,
    compiled: Compiled,
}

impl Ready {
    /// It is live: this node works with it at once.
    pub async fn take_up(self, house: &House) {
        let Self { client, release, compiled } = self;
        if let Err(error) = house.take_up(&client, &release, compiled).await {
            tracing::warn!(%client, %release, %error, "a release that went live is taken up with the next look");
        }
    }
}

/// The release that a step would put live, compiled; none where it puts none live, or one that is loaded here already. What no
/// longer loads is a conflict: Baton may have been renewed since it was checked, and the next start would fail at it.
pub async fn ready(house: &Arc<House>, client: &ClientId, id: &str, step: Step) -> Result<Option<Ready>> {
    let (of, wanted) = (client.clone(), id.to_owned());
    let found = house.db.read(move |tx| goes_live(tx, &of, &wanted, step)).await?;
    let Some((release, bundle)) = found else { return Ok(None) };
    if house.parts.processes.at(client, &release).is_ok() {
        return Ok(None);
    }
    match house.compiled(bundle).await? {
        Ok(compiled) => Ok(Some(Ready { client: client.clone(), release, compiled })),
        Err(findings) => {
            let told = told(&findings);
            Err(Error::Conflict(match step {
                Step::Publish => format!(
                    "its release does not load with this version of Baton: {told}. Propose it again with these mended"
                ),
                Step::TakeBack => format!(
                    "the release before, {release}, does not load with this version of Baton: {told}. What is live stays. To \
                     go back, write its files out with `baton proposal files {id} --client {client} --to FOLDER`, mend \
                     them, and propose them"
                ),
            }))
        }
    }
}

fn goes_live(tx: &mut Tx, client: &ClientId, id: &str, step: Step) -> Result<Option<(ReleaseId, Bundle)>> {
    let proposal = changes::get(tx, client, id)?;
    let expected = match step {
        Step::Publish => State::Approved,
        Step::TakeBack => State::Published,
    };
    if proposal.kind != Kind::Release || proposal.state != expected {
        return Ok(None);
    }
    if step == Step::Publish {
        return Ok(match changes::content(tx, client, id)? {
            Content::Release { bundle, .. } => Some((baton_clients::release_of(&bundle), bundle)),
            Content::Autonomy { .. } => None,
        });
    }
    let Some(base) = proposal.base else { return Ok(None) };
    let bundle = baton_clients::release(tx, client, &base)?.bundle;
    Ok(Some((base, bundle)))
}

/// Findings in one sentence, the first of them.
fn told(findings: &[Finding]) -> String {
    let mut lines: Vec<_> = findings.iter().take(FINDINGS_TOLD_MAX).map(ToString::to_string).collect();
    if findings.len() > lines.len() {
        lines.push(format!("and {} more", findings.len() - lines.len()));
    }
    lines.join("; ")
}

/// Publishes approved proposals whose time has come. Each by itself: one that cannot be published keeps no other back.
pub async fn publish_due(house: &Arc<House>) -> Result<()> {
    let now_ms = house.env.now_ms();
    for (client, id) in house.db.read(move |tx| changes::due(tx, now_ms)).await? {
        let ctx = house.system(&client, "changes");
        let published = publish_one(house, &ctx, &id).await;
        match published {
            Err(error @ (Error::Conflict(_) | Error::Refused { .. })) => {
                tracing::warn!(%client, proposal = %id, %error, "a proposal whose time has come cannot be published");
                house.db.write(move |tx| changes::miss(tx, &ctx, &id, &error.to_string())).await?;
            }
            Err(error) => {
                tracing::warn!(%client, proposal = %id, %error, "a proposal whose time has come is not published yet");
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

async fn publish_one(house: &Arc<House>, ctx: &Ctx, id: &str) -> Result<()> {
    let ready = ready(house, &ctx.client, id, Step::Publish).await?;
    let (publisher, wanted) = (ctx.clone(), id.to_owned());
    house.db.write(move |tx| changes::publish(tx, &publisher, &wanted)).await?;
    if let Some(ready) = ready {
        ready.take_up(house).await;
    }
    Ok(())
}
