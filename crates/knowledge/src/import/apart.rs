//! Drafts as they are compared: in words that a file may hold, and told apart where two have one id.

use super::{Draft, Wanted};
use crate::article::tag;
use std::collections::{BTreeMap, BTreeSet};

/// A draft with the ids under which it may be known from before.
pub(super) struct Told {
    /// The draft, under its id in this import.
    pub draft: Draft,
    /// Language tag.
    pub locale: String,
    /// Its id at the source.
    plain: String,
    /// The same with its file.
    own: String,
}

impl Told {
    /// Whether this is its id with its file.
    pub fn is_own(&self, id: &str) -> bool {
        id == self.own
    }

    /// Whether something with this id and title was imported from it.
    pub fn was(&self, id: &str, title: &str) -> bool {
        self.is_own(id) || id == self.plain && (self.draft.id == self.plain || title == self.draft.title)
    }
}

/// Tells drafts apart: an id that stands in several files gets the file's name before it. What has the same id and language
/// as another even so is left out, and returned after the others.
pub(super) fn apart(drafts: &[Draft], wanted: &Wanted) -> (Vec<Told>, Vec<Draft>) {
    let mut drafts: Vec<Draft> = drafts.iter().map(|draft| clean(draft, wanted)).collect();
    let mut files: BTreeMap<(&str, Option<&String>), BTreeSet<&str>> = BTreeMap::new();
    for draft in &drafts {
        files.entry((&draft.id, draft.locale.as_ref())).or_default().insert(&draft.file);
    }
    let several = files.into_iter().filter(|(_, files)| files.len() > 1);
    let clashing: BTreeSet<String> = several.map(|((id, _), _)| id.to_owned()).collect();
    let (mut told, mut twice, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for mut draft in drafts.drain(..) {
        let plain = draft.id.clone();
        let own = format!("{}#{plain}", draft.file);
        if clashing.contains(&plain) {
            draft.id.clone_from(&own);
        }
        let locale = draft.locale.clone().unwrap_or_default();
        if seen.insert((draft.id.clone(), locale.clone())) {
            told.push(Told { draft, locale, plain, own });
        } else {
            twice.push(draft);
        }
    }
    (told, twice)
}

/// A draft whose head holds nothing that a release fills in, and no line breaks.
fn clean(draft: &Draft, wanted: &Wanted) -> Draft {
    Draft {
        id: line(&draft.id),
        file: line(&draft.file),
        title: line(&draft.title),
        locale: Some(tag(draft.locale.as_ref().unwrap_or(&wanted.locale))),
        audience: draft.audience,
        url: draft.url.as_deref().map(line),
        body: draft.body.clone(),
    }
}

/// Text for one line of a head.
pub(super) fn line(text: &str) -> String {
    harmless(&text.replace(['\r', '\n'], " "))
}

/// Text in which a release finds nothing to fill in.
pub(super) fn harmless(text: &str) -> String {
    text.replace("{{param.", "{ {param.").replace("{{fact.", "{ {fact.")
}
