//! The definition as a whole.

use super::{
    AUTHENTICATION_POLICY, ENDPOINT, ERROR, Holds, INPUT, Key, Need, OUTPUT, RETRY, STRATEGY, Shape, TIMEOUT, optional,
    required, shape,
};
use super::{DURATION, Holds::*};

pub(crate) static DEFINITION: Shape = shape(
    "definition",
    "the definition",
    &[
        required("document", Shape(&DOCUMENT), "What this process is called, and its version."),
        required("do", Tasks, "The tasks, in the order in which they are done."),
        optional("input", Shape(&INPUT), "What a run is given: its schema, and what becomes of it."),
        optional("output", Shape(&OUTPUT), "What a run gives back."),
        optional("use", Shape(&USE), "Parts that tasks refer to by name."),
        optional("timeout", TIMEOUT_OR_NAME, "How long a run may take in all."),
        optional("schedule", Shape(&SCHEDULE), "When runs begin by themselves."),
        optional("evaluate", Shape(&EVALUATE), "How expressions are read: as jq, in ${ }."),
    ],
);

/// A timeout, or the name of one under `use.timeouts`.
pub(crate) const TIMEOUT_OR_NAME: Holds = Either(&[Shape(&TIMEOUT), Text]);

pub(crate) static DOCUMENT: Shape = shape(
    "document",
    "'document'",
    &[
        required("dsl", Usually(&["1.0.3"]), "Version of the language: 1.0.3."),
        required("namespace", Text, "Whose process it is: letters, digits, hyphens."),
        required("name", Text, "Name in its namespace: letters, digits, hyphens."),
        required("version", Text, "Semantic version, such as 1.0.0. Runs stay on the version they began with."),
        optional("title", Text, "Name for people."),
        optional("summary", Text, "What the process does, in Markdown."),
        optional("tags", Free, "Labels of your own."),
        optional("metadata", Free, "What tools keep with the definition."),
    ],
);

pub(crate) static USE: Shape = shape(
    "use",
    "'use'",
    &[
        optional("authentications", Map(&Shape(&AUTHENTICATION_POLICY)), "Ways to sign in to other systems."),
        optional("catalogs", Map(&Shape(&CATALOG)), "Folders of the release that hold functions."),
        optional("errors", Map(&Shape(&ERROR)), "Errors that tasks raise."),
        optional("extensions", Named(&Shape(&EXTENSION)), "Tasks put before and after other tasks."),
        optional("functions", Map(&Task), "Tasks that are called by name."),
        optional("retries", Map(&Shape(&RETRY)), "When and how often to try again."),
        optional("secrets", List(&Text), "Names of secrets that the process needs."),
        optional("timeouts", Map(&Shape(&TIMEOUT)), "Timeouts by name."),
    ],
);

pub(crate) static CATALOG: Shape = shape(
    "catalog",
    "the catalog",
    &[required("endpoint", ENDPOINT, "The folder of the release, such as file:///shared.")],
);

pub(crate) static EXTENSION: Shape = shape(
    "extension",
    "the extension",
    &[
        required("extend", Words(&EXTENDABLE), "The kind of tasks to extend."),
        optional("when", Expr, "Extends only tasks for which this holds."),
        optional("before", Tasks, "Done before the task; 'then: exit' passes over the task."),
        optional("after", Tasks, "Done after the task, which keeps its output."),
    ],
);
/// What can be extended: every kind but `do` by its name, `do` and `fork` as `composite`.
const EXTENDABLE: [&str; 12] =
    ["call", "composite", "emit", "for", "listen", "raise", "run", "set", "switch", "try", "wait", "all"];

pub(crate) static SCHEDULE: Shape = shape(
    "schedule",
    "'schedule'",
    &[
        optional("every", DURATION, "Begins a run each time this has passed, whether or not the last has ended."),
        optional(
            "cron",
            Text,
            "Begins runs at these minutes: minute, hour, day, month, weekday; UTC, or CRON_TZ=ZONE before them.",
        ),
        optional("after", DURATION, "Begins a run when this has passed since the last one ended."),
        optional("on", Shape(&STRATEGY), "Begins a run when these events have come; they are its input."),
    ],
)
.needs(Need::Some(&["every", "cron", "after", "on"]));

pub(crate) static EVALUATE: Shape = shape(
    "evaluate",
    "'evaluate'",
    &[
        optional("language", Usually(&["jq"]), "The language of expressions: jq."),
        optional("mode", Words(&["strict", "loose"]), "strict: only what stands in ${ } is an expression."),
    ],
);

/// Keys that every task has.
pub(crate) static TASK_KEYS: &[Key] = &[
    optional("if", Expr, "The task is passed over unless this holds; its input is then its output."),
    optional("input", Shape(&INPUT), "What the task is given of the data so far."),
    optional("output", Shape(&OUTPUT), "What the next task is given."),
    optional("export", Shape(&super::EXPORT), "What $context becomes."),
    optional("timeout", TIMEOUT_OR_NAME, "How long the task may take; then a timeout error is raised."),
    optional("then", super::THEN, "Where to go on: a task of the same list, or continue, exit, end."),
    optional("metadata", Shape(&METADATA), "What tools keep with the task."),
];

pub(crate) static METADATA: Shape = shape(
    "metadata",
    "'metadata'",
    &[optional("compensate", Text, "The function that undoes this task when the run is cancelled with compensation.")],
)
.open();
