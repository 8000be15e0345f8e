//! `baton connector import-tools`.

use super::super::{Outcome, say};
use super::signing_in::{ByHand, SignedIn, sign_in};
use baton_base::Error;
use baton_tools::import::can_be_named;
use baton_tools::mcp::access::{Looked, look, tools_with};
use baton_tools::mcp::pinned::files;
use baton_tools::mcp::{Sandbox, Server, Tool, tools};
use clap::Args;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Time for the server to list its tools, seconds.
const LIST_S_MAX: u64 = 20;

/// Which server.
#[derive(Args)]
pub struct Options {
    /// The connector's name.
    name: String,
    /// Address of a server that speaks streamable HTTP.
    #[arg(long, conflicts_with = "command")]
    url: Option<reqwest::Url>,
    /// Bearer token for that address, read from this variable of the environment.
    #[arg(long, value_name = "VARIABLE", requires = "url")]
    token_from: Option<String>,
    /// Sign in at that address in a browser on this machine.
    #[arg(long, requires = "url", conflicts_with = "token_from")]
    sign_in: bool,
    /// Who Baton is at the authorization server, where it has been registered by hand; or the address of a document about
    /// it. Without this it registers itself.
    #[arg(long, value_name = "ID", requires = "sign_in")]
    client_id: Option<String>,
    /// What proves it, read from this variable of the environment.
    #[arg(long, value_name = "VARIABLE", requires = "client_id")]
    client_secret_from: Option<String>,
    /// Address of the console, from where people will sign in: Baton registers itself for it too.
    #[arg(long, value_name = "URL", requires = "sign_in", conflicts_with = "client_id")]
    origin: Option<reqwest::Url>,
    /// Blueprint folder to write `connectors/NAME.yaml` and the pinned tools into. A connector's file that is there already
    /// stays as it is, and its tools are pinned anew.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write the connector's file anew too.
    #[arg(long, requires = "out")]
    force: bool,
    /// The program reaches the network.
    #[arg(long, requires = "command")]
    network: bool,
    /// A file or folder that the program reads beside what the system has. Can be given several times.
    #[arg(long = "read", value_name = "PATH", requires = "command")]
    reads: Vec<String>,
    /// One that it changes too. Can be given several times.
    #[arg(long = "write", value_name = "PATH", requires = "command")]
    writes: Vec<String>,
    /// The program runs without a sandbox: it reads, changes and reaches what Baton may.
    #[arg(long, requires = "command")]
    unconfined: bool,
    /// A program instead: it and its arguments, after `--`.
    #[arg(last = true)]
    command: Vec<String>,
}

pub async fn run(options: &Options) -> Outcome {
    named(&options.name)?;
    let (server, place) = match &options.url {
        Some(url) => (Server::Http(url.clone()), format!("base_url: {}", json!(url.as_str()))),
        None if !options.command.is_empty() => {
            let (command, sandbox) = (options.command.clone(), reaches(options)?);
            let place = format!("command: {}{}", json!(command), written(&sandbox));
            (Server::Program(command, sandbox), place)
        }
        None => return Err(Error::invalid("no server is named", "give --url, or a program after --")),
    };
    let (listed, place) = match &options.url {
        Some(url) if options.token_from.is_none() => at_address(options, url, place).await?,
        _ => (with_token(options, &server).await?, place),
    };
    for tool in &listed {
        let reads = if tool.hint("readOnlyHint") == Some(true) { "reads" } else { "writes" };
        let words = tool.description.lines().next().unwrap_or_default();
        say(&printable(&format!("  {}  {reads}  {words}", tool.name)));
    }
    if let Some(folder) = &options.out {
        write(folder, &files(&options.name, &place, &listed), options.force)?;
    }
    say(&format!("{} tools found and pinned", listed.len()));
    Ok(ExitCode::SUCCESS)
}

/// What the program may reach, as the options say.
fn reaches(options: &Options) -> baton_base::Result<Sandbox> {
    let (reads, writes) = (options.reads.clone(), options.writes.clone());
    let sandbox = Sandbox { network: options.network, reads, writes, unconfined: options.unconfined };
    let wrong = |problem: String| Error::invalid("what the program may reach is not in order", problem);
    sandbox.check().map(|()| sandbox.clone()).map_err(wrong)
}

/// The same as a line of the connector's file; none where it needs nothing.
fn written(sandbox: &Sandbox) -> String {
    if *sandbox == Sandbox::default() { String::new() } else { format!("\nsandbox: {}", json!(sandbox)) }
}

async fn with_token(options: &Options, server: &Server) -> baton_base::Result<Vec<Tool>> {
    let token = options.token_from.as_deref().map(variable).transpose()?;
    let credential = token.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
    tools(server, None, credential, Duration::from_secs(LIST_S_MAX)).await.map_err(unlisted)
}

/// The tools of a server that may want somebody to sign in, and the lines of the connector's file.
async fn at_address(options: &Options, url: &reqwest::Url, place: String) -> baton_base::Result<(Vec<Tool>, String)> {
    let time = Duration::from_secs(LIST_S_MAX);
    let challenge = match look(url, None, time).await.map_err(unlisted)? {
        Looked::Tools(listed) => {
            if options.sign_in {
                say("it lists its tools to anybody: nobody had to sign in, and no auth is written");
            }
            return Ok((listed, place));
        }
        Looked::Asks(challenge) => challenge,
    };
    if !options.sign_in {
        let remedy = "sign in with --sign-in, or give a token with --token-from";
        return Err(Error::invalid("the server does not list its tools to strangers", remedy));
    }
    let secret = options.client_secret_from.as_deref().map(variable).transpose()?.unwrap_or_default();
    let by_hand = options.client_id.clone().map(|id| ByHand { id, secret });
    let done = sign_in(&options.name, url, &challenge, by_hand, options.origin.as_ref()).await?;
    let SignedIn { token, lines, client } = done;
    let listed = tools_with(url, None, &token, time).await.map_err(unlisted)?;
    let setting = format!("{}.client", options.name);
    match client {
        Some(client) => {
            say(&format!("keep this with `baton secret set CLIENT {setting}`; it is not shown again:\n{client}"))
        }
        None => say(&format!(
            "register Baton at the authorization server and keep `id:secret` as {setting}; --origin does so"
        )),
    }
    Ok((listed, format!("{place}\n{lines}")))
}

/// What a variable of the environment holds. Without it one would go as somebody else than was meant.
pub(super) fn variable(name: &str) -> baton_base::Result<String> {
    let held = std::env::var(name).ok().filter(|value| !value.is_empty());
    held.ok_or_else(|| Error::invalid(format!("the variable {name} holds nothing"), "set it, and try again"))
}

/// What a server says, without what would steer the terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn unlisted(why: String) -> Error {
    Error::Unavailable(format!("the server does not list its tools: {why}"))
}

/// Refuses what no connector can be called.
pub(super) fn named(name: &str) -> baton_base::Result<()> {
    match can_be_named(name) {
        true => Ok(()),
        false => Err(Error::invalid(
            format!("'{name}' is no connector name"),
            "use letters, digits, '_' and '-', a letter first, at most 64",
        )),
    }
}

/// Writes files, by their paths below a folder. A connector's file that is there holds what people know better: without
/// `force` it stays as it is.
pub(super) fn write(folder: &Path, files: &[(String, String)], force: bool) -> baton_base::Result<()> {
    for (path, text) in files {
        let place = folder.join(path);
        if path.ends_with(".yaml") && place.exists() && !force {
            say(&format!("{} is there and stays as it is; --force writes it anew", place.display()));
            continue;
        }
        let wrong = |e: std::io::Error| Error::invalid(format!("{} cannot be written", place.display()), e.to_string());
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(wrong)?;
        }
        fs::write(&place, text).map_err(wrong)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_not_there_is_told_and_no_server_steers_the_terminal() {
        assert!(variable("BATON_NO_SUCH_VARIABLE").is_err_and(|e| e.to_string().contains("BATON_NO_SUCH_VARIABLE")));
        assert!(variable("PATH").is_ok());
        assert_eq!(printable("  find\u{1b}[2J  reads  a\tb"), "  find[2J  reads  ab");
    }

    #[test]
    fn what_a_program_reaches_stands_in_its_file() {
        assert_eq!(written(&Sandbox::default()), "");
        let sandbox = Sandbox { network: true, reads: vec!["/srv/notes".to_owned()], ..Sandbox::default() };
        assert_eq!(written(&sandbox), "\nsandbox: {\"network\":true,\"reads\":[\"/srv/notes\"]}");
    }

    #[test]
    fn pinning_anew_leaves_what_somebody_has_written_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = |tools: &str, file: &str| {
            [("connectors/wiki.tools.json", tools), ("connectors/wiki.yaml", file)]
                .map(|(path, text)| (path.to_owned(), text.to_owned()))
        };
        let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
        let both = || (read("connectors/wiki.tools.json"), read("connectors/wiki.yaml"));
        let are = |tools: &str, file: &str| (tools.to_owned(), file.to_owned());
        write(folder.path(), &files("1", "as listed"), false).unwrap();
        assert_eq!(both(), are("1", "as listed"));
        fs::write(folder.path().join("connectors/wiki.yaml"), "looked through").unwrap();
        write(folder.path(), &files("2", "as listed"), false).unwrap();
        assert_eq!(both(), are("2", "looked through"));
        write(folder.path(), &files("3", "as listed"), true).unwrap();
        assert_eq!(both(), are("3", "as listed"));
        assert!(named("wiki").is_ok() && named("../wiki").is_err());
    }
}
