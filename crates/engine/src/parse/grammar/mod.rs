//! The language as a table: the keys of each mapping, what they hold and what they are for.
//!
//! The reader takes keys from here and from nowhere else, and [`crate::editor_schema`] prints the same table for
//! editors: neither can know a key that the other does not.

mod calls;
mod data;
mod document;
mod events;
mod tasks;

pub(crate) use calls::*;
pub(crate) use data::*;
pub(crate) use document::*;
pub(crate) use events::*;
pub(crate) use tasks::*;

use super::offered::Feature;

/// A mapping with known keys.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Its name in the editor schema.
    pub id: &'static str,
    /// What messages call it.
    pub what: &'static str,
    pub keys: &'static [Key],
    pub need: Need,
    /// Whether keys of the author's own are allowed beside these.
    pub open: bool,
}

/// One key of a mapping.
#[derive(Debug)]
pub(crate) struct Key {
    pub name: &'static str,
    pub holds: Holds,
    pub required: bool,
    /// What it is for, in a sentence.
    pub doc: &'static str,
}

/// Which keys must be there, beyond those that are required each.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    Nothing,
    /// Exactly one of these.
    One(&'static [&'static str]),
    /// At least one of these.
    Some(&'static [&'static str]),
    /// At least one, whichever.
    Any,
}

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holds {
    Anything,
    Text,
    /// A jq expression, bare or in `${ }`.
    Expr,
    /// A jq expression, in `${ }`.
    Wrapped,
    Bool,
    Integer,
    /// A text with a scheme, or an expression in `${ }`.
    Uri,
    Words(&'static [&'static str]),
    /// A text; these are its usual values.
    Usually(&'static [&'static str]),
    /// A mapping whose keys are the author's.
    Free,
    /// The same, with at least one key.
    FreeNotEmpty,
    Shape(&'static Shape),
    List(&'static Holds),
    /// A mapping of the author's names.
    Map(&'static Holds),
    /// A list of `- name: …`, each with one name.
    Named(&'static Holds),
    /// The same, with at least one entry.
    NamedNotEmpty(&'static Holds),
    Either(&'static [Holds]),
    /// A list of tasks.
    Tasks,
    Task,
    Refused(Feature),
}

/// A key that must be there.
const fn required(name: &'static str, holds: Holds, doc: &'static str) -> Key {
    Key { name, holds, required: true, doc }
}

/// A key that may be there.
const fn optional(name: &'static str, holds: Holds, doc: &'static str) -> Key {
    Key { name, holds, required: false, doc }
}

/// A mapping with these keys and no others.
const fn shape(id: &'static str, what: &'static str, keys: &'static [Key]) -> Shape {
    Shape { id, what, keys, need: Need::Nothing, open: false }
}

impl Shape {
    const fn needs(mut self, need: Need) -> Self {
        self.need = need;
        self
    }

    const fn open(mut self) -> Self {
        self.open = true;
        self
    }
}
