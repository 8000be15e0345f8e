//! `knowledge/synonyms.yaml`: words that mean the same to a client's customers.
//!
//! ```yaml
//! synonyms:
//!   - words: [refund, money back, reimbursement]
//!     locale: en              # absent: in every language
//!     clients: [acme]         # absent: for every client of the blueprint
//! ```

use crate::article::language;
use baton_base::{Bundle, ClientId, Finding};
use serde::Deserialize;

const FILE: &str = "knowledge/synonyms.yaml";
/// Most groups of a file, count.
const GROUPS_MAX: usize = 2_000;
/// Most words of a group, count.
const WORDS_MAX: usize = 20;

/// Words that mean the same.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synonyms {
    /// Each a word or a few.
    pub words: Vec<String>,
    /// The language; every one where there is none.
    #[serde(default)]
    pub locale: Option<String>,
    /// The clients; every one where there are none.
    #[serde(default)]
    pub clients: Vec<ClientId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    synonyms: Vec<Synonyms>,
}

impl Synonyms {
    /// Reads the groups that hold for a client.
    pub fn load(bundle: &Bundle, client: Option<&str>, findings: &mut Vec<Finding>) -> Vec<Self> {
        let Some(text) = bundle.file(FILE) else { return Vec::new() };
        let groups = match Bundle::yaml::<File>(FILE, text) {
            Ok(file) => file.synonyms,
            Err(finding) => {
                findings.push(finding);
                return Vec::new();
            }
        };
        let many = groups.len() > GROUPS_MAX || groups.iter().any(|group| group.words.len() > WORDS_MAX);
        if many || groups.iter().any(|group| group.words.len() < 2) {
            let message = format!("at most {GROUPS_MAX} groups, each of 2 to {WORDS_MAX} words");
            findings.push(Finding::error(FILE, "synonyms", message, "split or complete the groups"));
        }
        let own = |group: &Self| group.clients.is_empty() || group.clients.iter().any(|c| Some(c.as_str()) == client);
        groups.into_iter().filter(own).collect()
    }

    /// Whether they are words of a language.
    pub(crate) fn of(&self, wanted: &str) -> bool {
        self.locale.as_deref().is_none_or(|locale| language(locale) == wanted)
    }
}
