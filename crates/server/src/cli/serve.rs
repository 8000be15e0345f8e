//! `baton serve`.

use super::{Database, Outcome, say, set_up_expressions};
use crate::{House, serve};
use baton_agents::{ModelConfig, Models, Price, Redact};
use baton_base::{Error, SystemClock};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

/// What to serve.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    database: Database,
    /// Address and port.
    #[arg(long, default_value = "127.0.0.1:7700")]
    listen: String,
    /// Model for the agents' language, such as `openai:gpt-4o-mini`, `anthropic:…`, `ollama:llama3.2` or
    /// `openai:NAME@http://127.0.0.1:8080/v1`. Without one, language is read locally. `cassette:NAME@FILE` plays recorded
    /// exchanges and asks no model: for tests.
    #[arg(long)]
    model: Option<String>,
    /// What a million tokens of it cost, read and written: `0.25/2.00 USD`. Without it no cost is shown.
    #[arg(long, env = "BATON_MODEL_PRICE", value_name = "INPUT/OUTPUT CURRENCY")]
    model_price: Option<Price>,
    /// Personal data that no model is shown, whoever names it: `card`, `iban`, `email`, `url`, `ip`, `ssn`, `phone`, `date`, `name`,
    /// with commas. Places such as `[email-1]` stand for it, and mean it again in what the model answers.
    #[arg(long, env = "BATON_MODEL_REDACT", value_name = "KINDS")]
    model_redact: Option<String>,
    /// Record every exchange with a model in this cassette, without keys, and with masks for personal data that has a form of
    /// its own. For tests: what customers write freely still stands in it.
    #[arg(long, env = "BATON_RECORD_MODEL", value_name = "FILE")]
    record_model: Option<PathBuf>,
    #[command(flatten)]
    encoder: super::encoder::Given,
    /// Name under which others reach this server, such as `baton.example.org`; may be given more than once. The MCP
    /// servers answer for these names and for this machine's own, and for no other.
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// How many reverse proxies of yours every request comes through, each of which adds to X-Forwarded-For whom it was asked by:
    /// limits by address are then by what the outermost of them says. Without proxies the header is not read.
    #[arg(long, env = "BATON_TRUSTED_PROXIES", value_name = "COUNT", default_value_t = 0)]
    trusted_proxies: usize,
    /// Print one line of JSON with the address once serving.
    #[arg(long)]
    print_ready: bool,
}

pub async fn run(options: Options) -> Outcome {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,baton=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| super::logs::Masked).init();
    set_up_expressions()?;
    if let Err(why) = baton_tools::mcp::sandbox::supported() {
        tracing::info!("{why}");
    }
    let models = models(&options)?;
    let encoder = options.encoder.load()?;
    // The vault is opened here first, so that a key that is made is said where people read.
    options.database.open().await?.close().await;
    match &encoder {
        Some(encoder) => tracing::info!(%encoder, "messages are recognised and articles found with an encoder"),
        None => tracing::info!("messages are recognised and articles found by words alone"),
    }
    let key_file = options.database.master_key_file.as_deref();
    let house =
        House::open_encoding(&options.database.database, key_file, Arc::new(SystemClock), models, encoder).await?;
    house.known_as(&options.hosts);
    house.behind(options.trusted_proxies);
    let serving = serve::start(Arc::clone(&house), &options.listen).await?;
    if options.print_ready {
        say(&serde_json::json!({"ready": serving.url()}).to_string());
    } else {
        say(&format!("Baton serves {} ; stop with Ctrl-C", serving.url()));
    }
    tokio::spawn(async move {
        signal().await;
        house.stop();
    });
    serving.until_stopped().await?;
    Ok(ExitCode::SUCCESS)
}

/// The models that are asked, or played from a cassette, and whether they are recorded.
fn models(options: &Options) -> Result<Models, Error> {
    let models = match options.model.as_deref().map(ModelConfig::parse) {
        None => Models::none(),
        Some(Ok(model)) => Models::opened(model.at(options.model_price))?,
        Some(Err(why)) => return Err(Error::invalid_at("--model", "the model cannot be used", why)),
    };
    let redact = options.model_redact.as_deref().map(str::parse::<Redact>).transpose()?;
    let models = models.redacting(redact.unwrap_or_default());
    match &options.record_model {
        None => Ok(models),
        Some(path) => models.recording(path),
    }
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut stream) => {
                stream.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}

/// Makes the folder of an SQLite file.
pub(super) fn prepare_folder(url: &str) -> Result<(), Error> {
    let Some(path) = url.strip_prefix("sqlite:").filter(|path| !path.starts_with(':')) else { return Ok(()) };
    match Path::new(path).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder)
            .map_err(|e| Error::Unavailable(format!("cannot make the folder {}: {e}", folder.display()))),
        _ => Ok(()),
    }
}
