//! Which model, where, by which key, and at which price.

use super::mask::Redact;
use super::price::Price;
use serde::{Deserialize, Serialize};

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
    /// Name of the environment variable that holds the key; the key itself never stands in a file.
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
        Ok(Self { provider, model: model.to_owned(), base_url, key_env: None, price: None, redact: Redact::default() })
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
