//! The kinds of tasks.

use super::Holds::*;
use super::{
    DURATION, EMIT, ERROR, ERROR_FILTER, FOREACH, Holds, Key, LISTEN, RETRY, Shape, optional, required, shape,
};
use crate::parse::offered::Feature;

/// Where to go after a task.
pub(crate) const THEN: Holds = Usually(&["continue", "exit", "end"]);

/// A kind of task: the key that says so, and the keys that belong to it.
#[derive(Debug)]
pub(crate) struct TaskKind {
    pub key: Key,
    pub beside: &'static [Key],
}

const fn kind(name: &'static str, holds: Holds, doc: &'static str, beside: &'static [Key]) -> TaskKind {
    TaskKind { key: optional(name, holds, doc), beside }
}

/// All kinds. `for` stands before `do`, since a loop has both.
pub(crate) static KINDS: [TaskKind; 12] = [
    kind(
        "call",
        Text,
        "Calls a function: http, openapi, mcp, a2a, one of the platform's, or one under use.functions.",
        &[optional("with", Free, "What the function is given.")],
    ),
    kind(
        "for",
        Shape(&FOR),
        "Does tasks for each item of a list.",
        &[
            optional("while", Expr, "Goes on only while this holds."),
            required("do", Tasks, "The tasks to do for each item."),
        ],
    ),
    kind("fork", Shape(&FORK), "Does tasks side by side.", &[]),
    kind(
        "try",
        Tasks,
        "Does tasks and handles their errors.",
        &[required("catch", Shape(&CATCH), "Which errors to handle, and how.")],
    ),
    kind(
        "listen",
        Shape(&LISTEN),
        "Waits for events.",
        &[optional("foreach", Shape(&FOREACH), "What to do with each event as it comes.")],
    ),
    kind("do", Tasks, "Does tasks in order.", &[]),
    kind("set", Either(&[FreeNotEmpty, Expr]), "Gives these values as its output.", &[]),
    kind("switch", NamedNotEmpty(&Shape(&CASE)), "Goes on with the first case that holds.", &[]),
    kind("wait", DURATION, "Waits for a time.", &[]),
    kind("emit", Shape(&EMIT), "Publishes an event.", &[]),
    kind("raise", Shape(&RAISE), "Raises an error.", &[]),
    kind("run", Shape(&RUN), "Starts a run of another process.", &[]),
];

pub(crate) static FOR: Shape = shape(
    "for",
    "'for'",
    &[
        optional("each", Text, "Name of the variable that holds the item: item, if left out."),
        required("in", Expr, "The list."),
        optional("at", Text, "Name of the variable that holds its number: index, if left out."),
    ],
);
pub(crate) static FORK: Shape = shape(
    "fork",
    "'fork'",
    &[
        required("branches", Tasks, "Tasks that begin together."),
        optional("compete", Bool, "Whether the first to end wins and the others are cancelled."),
    ],
);
pub(crate) static CATCH: Shape = shape(
    "catch",
    "'catch'",
    &[
        optional("errors", Shape(&ERROR_FILTER), "Which errors; left out, all."),
        optional("as", Text, "Name of the variable that holds the error: error, if left out."),
        optional("when", Expr, "Catches only where this holds."),
        optional("exceptWhen", Expr, "Does not catch where this holds."),
        optional("retry", Either(&[Text, Shape(&RETRY)]), "Tries again: a policy, or the name of one."),
        optional("do", Tasks, "What to do when trying again is over, or not asked for."),
    ],
);
pub(crate) static CASE: Shape = shape(
    "case",
    "the case",
    &[
        optional("when", Expr, "Holds for this case; left out, every case that no other holds for."),
        required("then", THEN, "Where to go on."),
    ],
);
pub(crate) static RAISE: Shape = shape(
    "raise",
    "'raise'",
    &[required("error", Either(&[Text, Shape(&ERROR)]), "The error, or the name of one under use.errors.")],
);
pub(crate) static RUN: Shape = shape(
    "run",
    "'run'",
    &[
        optional("workflow", Shape(&WORKFLOW), "The process to start."),
        optional("await", Bool, "Whether to wait for its end; yes, if left out."),
        optional(
            "return",
            Words(&["stdout", "stderr", "code", "all", "none"]),
            "none: the output is null. Otherwise it is the child's output.",
        ),
        optional("container", Refused(Feature::Container), "Not offered: a process starts no programs."),
        optional("script", Refused(Feature::Script), "Not offered: a process starts no programs."),
        optional("shell", Refused(Feature::Shell), "Not offered: a process starts no programs."),
    ],
)
.needs(super::Need::One(&["workflow", "container", "script", "shell"]));
pub(crate) static WORKFLOW: Shape = shape(
    "workflow",
    "'workflow'",
    &[
        required("namespace", Text, "Its namespace."),
        required("name", Text, "Its name."),
        required("version", Text, "Its version."),
        optional("input", Free, "What it is given."),
    ],
);
