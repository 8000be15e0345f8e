//! Which model, where, and by which key.

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
}

impl Provider {
    /// Where it is, if nothing else is said.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Openai => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Gemini => "https://generativelanguage.googleapis.com/v1beta/openai",
            Self::Ollama => "http://127.0.0.1:11434/v1",
        }
    }

    /// The environment variable that usually holds its key.
    pub fn key_env(self) -> &'static str {
        match self {
            Self::Openai => "OPENAI_API_KEY",
            Self::Anthropic => "ANTHROPIC_API_KEY",
            Self::Gemini => "GEMINI_API_KEY",
            Self::Ollama => "OLLAMA_API_KEY",
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
}

impl ModelConfig {
    /// Reads `provider:model` or `provider:model@base_url`, as given on a command line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "write provider:model or provider:model@base_url, with provider openai, anthropic, gemini or ollama";
        let (provider, rest) = text.split_once(':').ok_or(form)?;
        let provider = match provider {
            "openai" => Provider::Openai,
            "anthropic" => Provider::Anthropic,
            "gemini" => Provider::Gemini,
            "ollama" => Provider::Ollama,
            _ => return Err(form.to_owned()),
        };
        let (model, base_url) = match rest.split_once('@') {
            Some((model, url)) => (model, Some(url.trim_end_matches('/').to_owned())),
            None => (rest, None),
        };
        if model.is_empty() {
            return Err(form.to_owned());
        }
        Ok(Self { provider, model: model.to_owned(), base_url, key_env: None })
    }

    /// The address of the chat endpoint.
    pub fn endpoint(&self) -> String {
        let base = self.base_url.as_deref().unwrap_or_else(|| self.provider.base_url());
        format!("{}/chat/completions", base.trim_end_matches('/'))
    }

    /// `provider/model`, for the journal.
    pub fn label(&self) -> String {
        let provider = serde_json::to_value(self.provider).ok();
        let provider = provider.as_ref().and_then(|p| p.as_str()).unwrap_or("openai");
        format!("{provider}/{}", self.model)
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
        for bad in ["small", "openai:", "acme:x"] {
            assert!(ModelConfig::parse(bad).unwrap_err().contains("provider:model"), "{bad}");
        }
    }
}
