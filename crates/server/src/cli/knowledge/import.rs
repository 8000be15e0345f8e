//! `baton knowledge import`: other people's articles into files of a blueprint, again and again.

use super::super::{Outcome, say, say_error};
use baton_base::{ClientId, Error, Finding, Result};
use baton_knowledge::Audience;
use baton_knowledge::import::{self, Change, Draft, Read, Step, Wanted};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Pages of an export that are followed, count.
const PAGES_MAX: usize = 500;
/// Articles that an export by address may have, count.
const DRAFTS_MAX: usize = baton_knowledge::ARTICLES_MAX;

/// What to import, and into what.
#[derive(Args)]
pub struct Options {
    /// Folder, file, or address (https://…) of articles. Only an address is fetched, and none inside.
    from: String,
    /// Client that the articles are for; without it every client of the blueprint.
    #[arg(long)]
    client: Option<ClientId>,
    /// Blueprint folder whose `knowledge/` is written; with --dry-run only compared.
    #[arg(long, required_unless_present = "dry_run")]
    blueprint: Option<PathBuf>,
    /// Print what would change; change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Name of the source, under which it is recognised the next time; made from the path or address if left out.
    #[arg(long)]
    source: Option<String>,
    /// Language of articles that name none.
    #[arg(long, default_value = "en")]
    locale: String,
    /// Who may be answered from articles that do not say.
    #[arg(long, value_enum, default_value = "customer")]
    audience: Who,
    /// Also delete articles that are gone at the source.
    #[arg(long)]
    remove: bool,
    /// Take the source's text even where the article was edited here.
    #[arg(long)]
    over_edits: bool,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Who may be answered.
#[derive(Clone, Copy, ValueEnum)]
pub enum Who {
    /// Anyone.
    Customer,
    /// People of the operation only.
    Internal,
}

pub async fn run(options: &Options) -> Outcome {
    let read = if is_address(&options.from) { fetched(&options.from).await? } else { local(&options.from)? };
    let wanted = Wanted {
        source: options.source.clone().unwrap_or_else(|| source_name(&options.from)),
        client: options.client.clone(),
        locale: options.locale.clone(),
        audience: match options.audience {
            Who::Customer => Audience::Customer,
            Who::Internal => Audience::Internal,
        },
        over_edits: options.over_edits,
    };
    let mut left_out: Vec<String> = read.skipped.iter().map(|s| format!("{}: {}", s.what, s.why)).collect();
    let (fitting, odd): (Vec<Draft>, Vec<Draft>) = read.drafts.into_iter().partition(|d| import::fits(d, &wanted));
    left_out.extend(odd.iter().map(|d| format!("{}: its language tag cannot stand in a file", d.id)));
    let files = options.blueprint.as_deref().map(knowledge_files).transpose()?.unwrap_or_default();
    let steps = import::plan(&files, &fitting, &wanted);
    if let (Some(folder), false) = (&options.blueprint, options.dry_run) {
        write(folder, &steps, options.remove)?;
    }
    match options.json {
        true => {
            say(&json!({"source": wanted.source, "articles": steps, "left_out": left_out, "written": !options.dry_run})
                .to_string())
        }
        false => lines(&steps, &left_out, options),
    }
    Ok(ExitCode::SUCCESS)
}

fn is_address(from: &str) -> bool {
    from.starts_with("http://") || from.starts_with("https://")
}

fn told(finding: &Finding) -> Error {
    let place = if finding.line > 0 { format!("{}:{}", finding.file, finding.line) } else { finding.file.clone() };
    Error::invalid(format!("{place}: {}", finding.message), finding.remedy.clone())
}

fn local(from: &str) -> Result<Read> {
    import::read(Path::new(from)).map_err(|finding| told(&finding))
}

/// An address, and the pages after it where an export has several; these stay on the same host.
async fn fetched(from: &str) -> Result<Read> {
    let mut all = Read::default();
    let mut next = Some(from.to_owned());
    let mut pages = 0;
    while let Some(address) = next.take() {
        if pages >= PAGES_MAX || all.drafts.len() > DRAFTS_MAX {
            return Err(Error::Limit(format!("{from} has more than {PAGES_MAX} pages or {DRAFTS_MAX} articles")));
        }
        pages += 1;
        let page = baton_tools::fetch::page(&address).await?;
        let path = page.url.split(['?', '#']).next().unwrap_or_default();
        let base = path.rsplit('/').next().filter(|base| !base.is_empty()).unwrap_or("page");
        let name = match page.media.as_str() {
            "application/json" => format!("{base}.json"),
            "text/html" | "application/xhtml+xml" => format!("{base}.html"),
            "text/csv" => format!("{base}.csv"),
            "text/markdown" => format!("{base}.md"),
            "text/plain" if !base.contains('.') => format!("{base}.txt"),
            _ => base.to_owned(),
        };
        let mut read = import::read_text(&name, &page.text).map_err(|finding| told(&finding))?;
        for draft in &mut read.drafts {
            if draft.id == name {
                (draft.id, draft.url) = (page.url.clone(), Some(page.url.clone()));
            }
        }
        next = read.next.take().filter(|next| host(next) == host(from));
        all.extend(read);
    }
    Ok(all)
}

fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn source_name(from: &str) -> String {
    if is_address(from) {
        return host(from).to_owned();
    }
    let path = Path::new(from);
    let name = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    name.file_stem().map_or_else(|| "import".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Files below `knowledge/` of a blueprint, by their path in it.
fn knowledge_files(blueprint: &Path) -> Result<BTreeMap<String, String>> {
    if !blueprint.join("blueprint.yaml").is_file() {
        let what = format!("{} is no blueprint", blueprint.display());
        return Err(Error::invalid(what, "give the folder that holds blueprint.yaml"));
    }
    let mut files = BTreeMap::new();
    let mut folders = vec![blueprint.join("knowledge")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                let name = path.strip_prefix(blueprint).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                let text = fs::read_to_string(&path);
                files.insert(
                    name,
                    text.map_err(|e| Error::invalid(format!("{} cannot be read", path.display()), e.to_string()))?,
                );
            }
        }
    }
    Ok(files)
}

fn write(blueprint: &Path, steps: &[Step], remove: bool) -> Result<()> {
    for step in steps {
        let place = blueprint.join(&step.file);
        let wrong = |e: std::io::Error| Error::invalid(format!("{} cannot be written", place.display()), e.to_string());
        if let Some(text) = &step.text {
            let parent = place.parent().unwrap_or(blueprint);
            fs::create_dir_all(parent).and_then(|()| fs::write(&place, text)).map_err(wrong)?;
        } else if step.change == Change::Gone && remove {
            fs::remove_file(&place).map_err(wrong)?;
        }
    }
    Ok(())
}

fn lines(steps: &[Step], left_out: &[String], options: &Options) {
    let of = |change: Change| steps.iter().filter(move |step| step.change == change);
    for (change, mark) in [
        (Change::New, "new"),
        (Change::Changed, "changed"),
        (Change::EditedHere, "edited here"),
        (Change::Gone, "gone"),
    ] {
        of(change).for_each(|step| say(&format!("{mark:<12} {}  {}", step.file, step.title)));
    }
    left_out.iter().for_each(|line| say_error(&format!("left out {line}")));
    let count = |change: Change| of(change).count();
    say(&format!(
        "{} new, {} changed, {} unchanged, {} edited here and left, {} gone, {} left out",
        count(Change::New),
        count(Change::Changed),
        count(Change::Unchanged),
        count(Change::EditedHere),
        count(Change::Gone),
        left_out.len()
    ));
    if count(Change::EditedHere) > 0 && !options.over_edits {
        say(
            "edited here: these files differ from what was imported and from the source; --over-edits takes the source's text",
        );
    }
    if of(Change::EditedHere).any(|step| step.text.is_some()) {
        say("some of them the source keeps from customers: their text stays, and they become internal");
    }
    if count(Change::Gone) > 0 && !options.remove {
        say("gone: these are no longer at the source and stay here; --remove deletes them");
    }
}
