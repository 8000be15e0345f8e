//! A release as a proposal: put together from the files that were sent, checked by every means there is, and compared
//! with the calls that were made.

use crate::House;
use crate::compare::compare;
use crate::parts::{compile, refused};
use crate::rules::Rules;
use baton_author::policies::PolicyTests;
use baton_author::suite;
use baton_base::{Bundle, ClientId, Error, Finding, Result, Severity};
use baton_clients::changes::{self, Check, Content, New, Proposal, without_owner};
use baton_clients::{Overlay, assemble_files, overlay_of};
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

/// What was sent.
pub struct Sent {
    /// In a few words.
    pub title: String,
    /// Why.
    pub reason: String,
    /// The blueprint's files, tests included: path → text.
    pub files: BTreeMap<String, String>,
    /// Parameters that change; the rest stay as they are.
    pub parameters: BTreeMap<String, Value>,
    /// Not before this time.
    pub publish_ms: Option<i64>,
}

/// Checks a release and writes it down as a proposal. What does not load is refused with its findings.
pub async fn propose(house: &Arc<House>, ctx: &Ctx, sent: Sent) -> Result<Proposal> {
    ctx.allow(baton_govern::Right::ChangePropose)?;
    let (tests, files): (BTreeMap<_, _>, BTreeMap<_, _>) =
        sent.files.into_iter().partition(|(path, _)| path.ends_with(TESTS));
    if let Some(bad) = files.keys().chain(tests.keys()).find(|path| !is_inside(path)) {
        return Err(Error::invalid_at(
            "files",
            format!("'{bad}' is no path of a blueprint"),
            "use paths below its folder",
        ));
    }
    let client = ctx.client.clone();
    let mut overlay: Overlay = house.db.read(move |tx| overlay_of(tx, &client)).await?;
    // What the blueprint no longer asks for is left out.
    let declared = files.get("blueprint.yaml").map(String::as_str).unwrap_or_default();
    overlay.parameters.retain(|name, _| declared.contains(&format!("{name}:")));
    overlay.parameters.extend(sent.parameters);
    let (bundle, version) = assemble_files(files.clone(), &overlay).map_err(|found| refused(&found))?;
    compile(&bundle).map_err(|found| refused(&found))?;
    let rules = Rules::of(&bundle).map_err(|found| refused(&found))?;
    let mut checks = vec![
        Check { name: "load".into(), passed: true, says: "every room accepts it".into(), details: Value::Null },
        found("owners", &without_owner(&bundle)),
        found("tables", &rules.table_findings()),
        policy_tests(&tests, &files, &overlay)?,
        process_tests(ctx, files, tests).await?,
    ];
    checks.push(calls(house, &ctx.client, rules).await?);
    let content = Content::Release { overlay: Box::new(overlay), version, bundle };
    let new = New { title: sent.title, reason: sent.reason, content, checks, publish_ms: sent.publish_ms };
    let ctx = ctx.clone();
    house.db.write(move |tx| changes::propose(tx, &ctx, new)).await
}

fn is_inside(path: &str) -> bool {
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

fn policy_tests(
    tests: &BTreeMap<String, String>,
    files: &BTreeMap<String, String>,
    overlay: &Overlay,
) -> Result<Check> {
    let (mut all, mut wrong) = (0, Vec::new());
    for (path, text) in tests.iter().filter(|(path, _)| path.starts_with("policies/")) {
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
async fn process_tests(ctx: &Ctx, files: BTreeMap<String, String>, tests: BTreeMap<String, String>) -> Result<Check> {
    let folder = std::env::temp_dir().join(ctx.id("baton-proposal"));
    let place = folder.clone();
    let written = tokio::task::spawn_blocking(move || write_all(&place, files.iter().chain(&tests)));
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

fn write_all<'a>(folder: &Path, files: impl Iterator<Item = (&'a String, &'a String)>) -> Result<()> {
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

/// Publishes approved proposals whose time has come. Each by itself: one that cannot be published keeps no other back.
pub async fn publish_due(house: &Arc<House>) -> Result<()> {
    let now_ms = house.env.now_ms();
    for (client, id) in house.db.read(move |tx| changes::due(tx, now_ms)).await? {
        let ctx = house.system(&client, "changes");
        let wanted = id.clone();
        if let Err(error) = house.db.write(move |tx| changes::publish(tx, &ctx, &wanted)).await {
            tracing::warn!(%client, proposal = %id, %error, "a proposal whose time has come cannot be published");
        }
    }
    Ok(())
}
