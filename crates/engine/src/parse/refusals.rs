//! The rules of the parser: why a definition is refused, or read with a warning.

use baton_base::Severity::{self, Error, Warning};

/// Id, severity, what is found, and what to do.
pub(crate) static REFUSALS: [(&str, Severity, &str, &str); 30] = [
    ("yaml", Error, "The file is not YAML, or nests too deep.", "Correct the YAML at this place."),
    ("size", Error, "The file, a list or a fork is larger than a process may be.", "Split the process in two."),
    (
        "depth",
        Error,
        "Tasks are nested too deep for a run to be stored.",
        "Move inner tasks to a process of their own.",
    ),
    ("internal", Error, "The definition could not be read.", "Report it as a fault of the program."),
    ("unknown-key", Error, "A key that the language does not have.", "Use one of the keys that the finding names."),
    ("missing-key", Error, "A key that must be there is not.", "Add it."),
    ("type", Error, "A text, number, list or mapping where another is meant.", "Write what the finding asks for."),
    ("shape", Error, "Alternatives of which none or several are given, or something empty.", "Keep exactly one."),
    ("value", Error, "A word that is not one of those allowed.", "Use one of the words that the finding names."),
    ("range", Error, "A number that is too small or too large.", "Give a number in the range."),
    ("task-kind", Error, "A task that says nothing to do, or two things.", "Give each task exactly one kind."),
    ("unsupported", Error, "A feature of the language that Baton does not offer.", "Do as the finding says instead."),
    ("expression", Error, "An expression that is not jq, or uses what is not offered.", "Correct the jq expression."),
    ("unknown-variable", Error, "A variable that is not defined at this place.", "Use one that the finding names."),
    (
        "partial-expression",
        Warning,
        "A text with ${ } inside, which is taken literally.",
        "Make all of it one expression.",
    ),
    ("schema", Error, "A JSON Schema that is not valid.", "Correct the schema."),
    ("duration", Error, "A duration that cannot be read, or is too long.", "Write units, or ISO 8601 such as PT15M."),
    ("uri", Error, "An address without its scheme.", "Write it in full, or as an expression."),
    (
        "cron",
        Error,
        "A cron expression that cannot be read, or never fits.",
        "Write five fields, such as '0 6 * * 1-5'; CRON_TZ=ZONE before them if not by UTC.",
    ),
    ("until", Error, "'until' beside 'one' or 'all', which end by themselves.", "Remove 'until'."),
    ("dsl", Error, "A version of the language that is not understood.", "Write dsl: '1.0.3'."),
    ("version", Error, "A version that is not semantic.", "Write three numbers, such as 1.0.0."),
    ("name", Error, "A name that cannot be used.", "Choose a name as the finding says."),
    ("duplicate-name", Error, "Two tasks of one list have the same name.", "Give each a name of its own."),
    ("two-defaults", Error, "A switch with two cases without 'when'.", "Keep one default case."),
    ("then-target", Error, "A 'then' that leads to no task of its list.", "Name one, or continue, exit, end."),
    ("unknown-reference", Error, "A name that is not defined under 'use'.", "Define it there."),
    ("function-cycle", Error, "A function that calls itself.", "Use a loop, or start a run of a process."),
    ("unknown-secret", Warning, "A secret that the process does not declare.", "List it under use.secrets."),
    ("missing-file", Error, "A file that is not in the release.", "Add the file, or correct the path."),
];
