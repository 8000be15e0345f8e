//! The few flags of the commands.

use anyhow::{Context, Result, bail};
use std::str::FromStr;

/// Words of the command line, taken away as they are understood.
pub struct Args {
    words: Vec<String>,
}

impl Args {
    /// All words after the command's name.
    pub fn new(words: Vec<String>) -> Self {
        Self { words }
    }

    /// Whether the flag is there.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    /// The value of `--name value` or `--name=value`.
    pub fn value<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => bail!("{name} does not take `{text}`"),
        }
    }

    fn text(&mut self, name: &str) -> Result<Option<String>> {
        let joined = format!("{name}=");
        if let Some(at) = self.words.iter().position(|word| word.starts_with(&joined)) {
            return Ok(Some(self.words.remove(at)[joined.len()..].to_owned()));
        }
        let Some(at) = self.words.iter().position(|word| word == name) else { return Ok(None) };
        self.words.remove(at);
        (at < self.words.len())
            .then(|| self.words.remove(at))
            .map(Some)
            .with_context(|| format!("{name} wants a value"))
    }

    /// Refuses what nobody understood.
    pub fn finish(&self) -> Result<()> {
        match self.words.first() {
            Some(word) => bail!("`{word}` is not understood here; see `cargo xtask help`"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Args {
        Args::new(text.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn flags_and_values_are_taken_in_any_order() {
        let mut given = args("--port 8000 --fresh --per-minute=3");
        assert!(given.flag("--fresh"));
        assert_eq!(given.value::<u16>("--port").unwrap(), Some(8000));
        assert_eq!(given.value::<u32>("--per-minute").unwrap(), Some(3));
        assert!(given.finish().is_ok());
    }

    #[test]
    fn a_wrong_word_is_named() {
        let given = args("--frehs");
        assert!(given.finish().unwrap_err().to_string().contains("--frehs"));
        assert!(args("--port many").value::<u16>("--port").is_err());
        assert!(args("--port").value::<u16>("--port").is_err());
    }
}
