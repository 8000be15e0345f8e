//! Which model, where, by which key, and at which price.

use super::mask::Redact;
use super::price::Price;
use reqwest::Url;
use serde::{Deserialize, Serialize};

/// What the name of a variable begins with that a file of a release may name for a key: whoever writes such a file has no other secret
/// of the server sent anywhere.
const KEY_ENV: &str = "BATON_MODEL_KEY_";
/// Machines to which a file of a release may have a model asked without TLS.
const LOCAL: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Whose interface is spoken to. All of them serve the OpenAI chat format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// OpenAI, or any server of the same format at `base_url`.
    Openai,
    /// Anthropic's compatible endpoint.
    Anthropic,
    /// Google Gemini's compatible endpoint.
    Gemini,
    /// A local Ollama.
    Ollama,
    /// None: recorded exchanges are played again. Named on a command line alone, never in a file of a release.
    #[serde(skip)]
    Cassette,
}

impl Provider {
    /// Where it is, if nothing else is said.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Openai => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Gemini => "https://generativelanguage.googleapis.com/v1beta/openai",
            Self::Ollama => "http://127.0.0.1:11434/v1",
            Self::Cassette => "",
        }
    }

    /// As in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::Cassette => "cassette",
        }
    }

    /// The environment variable that usually holds its key.
    pub fn key_env(self) -> &'static str {
        match self {
            Self::Openai => "OPENAI_API_KEY",
            Self::Anthropic => "ANTHROPIC_API_KEY",
            Self::Gemini => "GEMINI_API_KEY",
            Self::Ollama => "OLLAMA_API_KEY",
            Self::Cassette => "",
        }
    }
}

/// One configured model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Whose interface.
    pub provider: Provider,
    /// The model's name there.
    pub model: String,
    /// Where, if not the provider's usual address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Name of the environment variable that holds the key; the key itself never stands in a file. Left out, it is the provider's
    /// usual one, where the model is at the provider's usual address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// What a million tokens cost; without it nothing is said of cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Personal data that it is not shown, besides what the installation shows no model: places stand for it.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub redact: Redact,
}

fn is_nothing(redact: &Redact) -> bool {
    redact.kinds().is_empty()
}

impl ModelConfig {
    /// Reads `provider:model`, `provider:model@base_url` or `cassette:model@file`, as given on a command line.
    pub fn parse(text: &str) -> Result<Self, String> {
        const KNOWN: [Provider; 5] =
            [Provider::Openai, Provider::Anthropic, Provider::Gemini, Provider::Ollama, Provider::Cassette];
        let form = "write provider:model or provider:model@base_url, with provider openai, anthropic, gemini or ollama, or cassette:model@file";
        let (provider, rest) = text.split_once(':').ok_or(form)?;
        let provider = KNOWN.into_iter().find(|known| known.name() == provider).ok_or(form)?;
        let (model, base_url) = match rest.split_once('@') {
            Some((model, url)) => (model, Some(url.trim_end_matches('/').to_owned())),
            None => (rest, None),
        };
        if model.is_empty() || (provider == Provider::Cassette && base_url.is_none()) {
            return Err(form.to_owned());
        }
        // Whoever starts the server may have its key sent to an address of theirs.
        let key_env = base_url.as_ref().map(|_| provider.key_env().to_owned());
        Ok(Self { provider, model: model.to_owned(), base_url, key_env, price: None, redact: Redact::default() })
    }

    /// The environment variable whose key the model is asked with; none where a file names an address of its own and no key for it.
    pub(super) fn key(&self) -> Option<&str> {
        let usual = || self.base_url.is_none().then(|| self.provider.key_env());
        self.key_env.as_deref().or_else(usual)
    }

    /// Why a file of a release may not name a model so, and what to do. The one who writes it is not the one who runs the server: no
    /// secret of the server is sent to where the file says, and nothing is asked without TLS but on this machine.
    pub(crate) fn refused_in_file(&self) -> Option<(String, &'static str)> {
        let is_usual = |name: &str| self.base_url.is_none() && name == self.provider.key_env();
        if let Some(name) = self.key_env.as_deref().filter(|&name| !name.starts_with(KEY_ENV) && !is_usual(name)) {
            let message = format!("the key of the model '{}' is to be read from {name}", self.model);
            return Some((message, "name a variable that begins with BATON_MODEL_KEY_, and set it for the server"));
        }
        let address = self.base_url.as_deref()?;
        let fits = Url::parse(address).is_ok_and(|url| {
            let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
            let local = url.scheme() == "http" && url.host_str().is_some_and(|host| LOCAL.contains(&host));
            bare && url.fragment().is_none() && (url.scheme() == "https" || local)
        });
        let message = || format!("the model '{}' is to be asked at '{address}'", self.model);
        (!fits).then(|| (message(), "write it like https://models.example/v1; http is for this machine alone"))
    }

    /// The same at a price.
    #[must_use]
    pub fn at(mut self, price: Option<Price>) -> Self {
        self.price = price;
        self
    }

    /// The address of the chat endpoint.
    pub fn endpoint(&self) -> String {
        let base = self.base_url.as_deref().unwrap_or_else(|| self.provider.base_url());
        format!("{}/chat/completions", base.trim_end_matches('/'))
    }

    /// `provider/model`, for the journal.
    pub fn label(&self) -> String {
        format!("{}/{}", self.provider.name(), self.model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_command_line_gives() {
        let m = ModelConfig::parse("openai:small@http://127.0.0.1:9000/v1/").unwrap();
        assert_eq!(
            (m.endpoint().as_str(), m.label().as_str()),
            ("http://127.0.0.1:9000/v1/chat/completions", "openai/small")
        );
        assert_eq!(ModelConfig::parse("ollama:qwen3:4b").unwrap().model, "qwen3:4b");
        assert_eq!(ModelConfig::parse("cassette:small@tests/a.jsonl").unwrap().label(), "cassette/small");
        for bad in ["small", "openai:", "acme:x", "cassette:small"] {
            assert!(ModelConfig::parse(bad).unwrap_err().contains("provider:model"), "{bad}");
        }
    }

    #[test]
    fn no_secret_of_the_server_is_sent_to_where_a_file_of_a_release_says() {
        let read = |more: &str| {
            let file = format!(r#"{{"provider": "openai", "model": "small"{more}}}"#);
            serde_json::from_str::<ModelConfig>(&file).unwrap()
        };
        let elsewhere = r#", "base_url": "https://models.example/v1""#;
        assert_eq!(read("").key(), Some("OPENAI_API_KEY"));
        assert_eq!(read(elsewhere).key(), None, "the installation's key is for the provider");
        let own = read(&format!(r#"{elsewhere}, "key_env": "BATON_MODEL_KEY_ACME""#));
        assert_eq!((own.key(), own.refused_in_file()), (Some("BATON_MODEL_KEY_ACME"), None));
        for fine in ["", elsewhere, r#", "key_env": "OPENAI_API_KEY""#, r#", "base_url": "http://127.0.0.1:9/v1""#] {
            assert_eq!(read(fine).refused_in_file(), None, "{fine}");
        }
        for (bad, why) in [
            (r#", "key_env": "BATON_MASTER_KEY""#.to_owned(), "BATON_MASTER_KEY"),
            (format!(r#"{elsewhere}, "key_env": "OPENAI_API_KEY""#), "OPENAI_API_KEY"),
            (r#", "base_url": "http://10.0.0.7/v1""#.to_owned(), "10.0.0.7"),
            (r#", "base_url": "http://169.254.169.254""#.to_owned(), "169.254"),
            (r#", "base_url": "https://models.example/v1?to=""#.to_owned(), "?to="),
            (r#", "base_url": "https://me:secret@models.example""#.to_owned(), "models.example"),
            (r#", "base_url": "models""#.to_owned(), "'models'"),
        ] {
            let (message, _) = read(&bad).refused_in_file().unwrap();
            assert!(message.contains(why), "{bad}: {message}");
        }
        let by_hand = ModelConfig::parse("openai:small@http://gpu.example:8080/v1").unwrap();
        assert_eq!(by_hand.key(), Some("OPENAI_API_KEY"), "whoever starts the server says so themselves");
    }

    #[test]
    fn a_file_of_a_release_gives_a_price_and_never_names_a_file_of_the_server() {
        let file = r#"{"provider": "openai", "model": "small", "price": {"input": "0.25", "output": "2.00", "currency": "USD"}}"#;
        let read: ModelConfig = serde_json::from_str(file).unwrap();
        assert_eq!(read.price.unwrap().to_string(), "0.25/2.00 USD");
        let file = r#"{"provider": "openai", "model": "small", "redact": ["email"]}"#;
        assert_eq!(serde_json::from_str::<ModelConfig>(file).unwrap().redact, "email".parse().unwrap());
        let file = r#"{"provider": "cassette", "model": "small", "base_url": "/etc/passwd"}"#;
        assert!(serde_json::from_str::<ModelConfig>(file).is_err());
    }
}
