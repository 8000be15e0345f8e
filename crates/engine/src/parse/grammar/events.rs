//! Events: which are meant, and what one holds.

use super::Holds::*;
use super::{EXPORT, Holds, Key, Need, OUTPUT, Shape, optional, required, shape};

const FILTER: Holds = Shape(&EVENT_FILTER);
const FILTERS: Holds = List(&FILTER);
const ONE: Key = optional("one", Shape(&EVENT_FILTER), "Waits for this event.");
const ANY: Key = optional("any", FILTERS, "Waits for any of these events; of none, for any at all.");
const ALL: Key = optional("all", FILTERS, "Waits until each of these events has come.");
const EXACTLY_ONE: Need = Need::One(&["one", "any", "all"]);

pub(crate) static STRATEGY: Shape = shape(
    "events",
    "the events to listen to",
    &[
        ONE,
        ANY,
        ALL,
        optional(
            "until",
            Either(&[Expr, Shape(&STRATEGY_OF_UNTIL)]),
            "With 'any': goes on listening until this holds for the events so far, or until these events come.",
        ),
    ],
)
.needs(EXACTLY_ONE);
pub(crate) static STRATEGY_OF_UNTIL: Shape =
    shape("eventsUntil", "the events to listen to", &[ONE, ANY, ALL]).needs(EXACTLY_ONE);

pub(crate) static EVENT_FILTER: Shape = shape(
    "eventFilter",
    "the event filter",
    &[
        required(
            "with",
            Shape(&EVENT_ATTRIBUTES),
            "Attributes that the event has; an expression is asked of the value.",
        ),
        optional("correlate", Map(&Shape(&CORRELATION)), "Values on which events must agree."),
    ],
);
pub(crate) static CORRELATION: Shape = shape(
    "correlation",
    "the correlation",
    &[
        required("from", Expr, "The value, from the event."),
        optional("expect", Text, "What it must be; left out, what the first event had."),
    ],
);

const ID: Key = optional("id", Text, "Id of the event; with its source, the only one of its kind.");
const SUBJECT: Key = optional("subject", Text, "What the event is about.");
const CONTENT_TYPE: Key = optional("datacontenttype", Text, "Media type of the data.");
const TIME: Key = optional("time", Text, "When it happened (RFC 3339).");
const DATA_SCHEMA: Key = optional("dataschema", Uri, "The schema of the data.");
const DATA: Key = optional("data", Anything, "What happened.");

pub(crate) static EVENT_ATTRIBUTES: Shape = shape(
    "eventAttributes",
    "the event",
    &[
        ID,
        optional("source", Uri, "Where the event comes from."),
        optional("type", Text, "The kind of event."),
        SUBJECT,
        CONTENT_TYPE,
        TIME,
        DATA_SCHEMA,
        DATA,
    ],
)
.needs(Need::Any)
.open();
pub(crate) static EMITTED: Shape = shape(
    "emitted",
    "the event",
    &[
        ID,
        required("source", Uri, "Where the event comes from."),
        required("type", Text, "The kind of event."),
        SUBJECT,
        CONTENT_TYPE,
        TIME,
        DATA_SCHEMA,
        DATA,
    ],
)
.open();

pub(crate) static EMIT: Shape =
    shape("emit", "'emit'", &[required("event", Shape(&EMIT_EVENT), "The event to publish.")]);
pub(crate) static EMIT_EVENT: Shape =
    shape("emitEvent", "'event'", &[required("with", Shape(&EMITTED), "Its attributes and data.")]);

pub(crate) static LISTEN: Shape = shape(
    "listen",
    "'listen'",
    &[
        required("to", Shape(&STRATEGY), "Which events to wait for."),
        optional("read", Words(&["data", "envelope", "raw"]), "What is kept of each event: its data, or all of it."),
    ],
);
pub(crate) static FOREACH: Shape = shape(
    "foreach",
    "'foreach'",
    &[
        optional("item", Text, "Name of the variable that holds the event: item, if left out."),
        optional("at", Text, "Name of the variable that holds its number: index, if left out."),
        optional("do", Tasks, "Tasks to do with each event."),
        optional("output", Shape(&OUTPUT), "What is kept of each."),
        optional("export", Shape(&EXPORT), "What $context becomes with each."),
    ],
);
