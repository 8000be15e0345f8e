//! Data of a claim (or any form) out of a free-text notice, without a conversation.

use crate::entities::signals;
use crate::fields::{Found, Reading, is_known, read};
use crate::roster::{FieldSpec, Kind};
use crate::text::{READ_BYTES_MAX, fold, head, pattern};
use regex::Regex;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Longest description kept, characters.
const DESCRIPTION_CHARS_MAX: usize = 600;

/// What a notice says.
#[derive(Debug, Clone, Serialize)]
pub struct Extracted {
    /// Values found.
    pub fields: Map<String, Value>,
    /// The least sure of the required fields; 0 if one is missing.
    pub confidence: f64,
    /// How sure, per field.
    pub confidences: BTreeMap<String, f64>,
    /// What a person should know before anything is decided: `injury`, `injection`, `oversized`, `disputed` …
    pub flags: Vec<String>,
    /// Required fields that were not found.
    pub missing: Vec<String>,
    /// Values that were given and cannot be taken.
    pub problems: Vec<FieldProblem>,
    /// Language of the notice.
    pub language: String,
}

/// A value that was given and cannot be taken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldProblem {
    /// Field.
    pub field: String,
    /// Name of the problem, such as `date_impossible`.
    pub problem: String,
}

/// Reads the fields from a notice. `data` is what came with it: `oversized`, `stripped`.
pub fn extract(
    specs: &BTreeMap<String, FieldSpec>,
    text: &str,
    data: &Value,
    language: &str,
    now_ms: i64,
) -> Extracted {
    let part = head(text, READ_BYTES_MAX);
    let mut out = Extracted {
        fields: Map::new(),
        confidence: 1.0,
        confidences: BTreeMap::new(),
        flags: flags(text, part, data),
        missing: Vec::new(),
        problems: Vec::new(),
        language: language.to_owned(),
    };
    for (name, spec) in specs {
        let how = Reading { answering: false, now_ms, language, known: &out.fields };
        let found = if spec.kind == Kind::Text { description(name, part) } else { read(name, spec, part, &how) };
        take(&mut out, name, spec, found);
    }
    out
}

fn take(out: &mut Extracted, name: &str, spec: &FieldSpec, found: Found) {
    if let Some(problem) = found.problem {
        out.flags.push(problem.name().to_owned());
        out.problems.push(FieldProblem { field: name.to_owned(), problem: problem.name().to_owned() });
    }
    out.fields.extend(found.values);
    let known = is_known(&out.fields, name, spec.kind);
    if known {
        out.confidences.insert(name.to_owned(), found.confidence);
    } else if !spec.optional {
        out.missing.push(name.to_owned());
    }
    if !spec.optional {
        out.confidence = out.confidence.min(if known { found.confidence } else { 0.0 });
    }
}

fn flags(text: &str, part: &str, data: &Value) -> Vec<String> {
    static DISPUTED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:disput\w*|disagree\w*|not agree|underpaid|appeal\w*|contest(?:ed|ing)?|second (?:opinion|estimate)|widerspr\w*|strittig\w*|nicht einverstanden|bestreite\w*|bestritten|streit um|zweites gutachten|zu niedrig)\b",
        )
    });
    static DOUBT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:not sure (?:if|whether)|unsure (?:if|whether)|don'?t know (?:if|whether)|unclear (?:if|whether)|wonder(?:ing)? (?:if|whether)|is (?:this|that|it) (?:even )?covered|nicht sicher,? ob|weiss nicht,? ob|unklar,? ob|ob (?:das|dies|der schaden) (?:ueberhaupt )?(?:versichert|gedeckt|abgedeckt))\b",
        )
    });
    let folded = fold(part);
    let mut found: Vec<String> = signals(part).names().into_iter().map(str::to_owned).collect();
    let control = text.chars().any(|c| c.is_control() && !"\n\r\t".contains(c));
    let hidden = text
        .chars()
        .any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}'));
    let stripped = data.get("stripped").and_then(Value::as_u64).unwrap_or(0) > 0;
    let oversized = data.get("oversized").and_then(Value::as_bool).unwrap_or(false) || part.len() < text.len();
    let more = [
        (DISPUTED.is_match(&folded), "disputed"),
        (DOUBT.is_match(&folded), "coverage_doubt"),
        (control || hidden || stripped, "control_characters"),
        (oversized, "oversized"),
    ];
    found.extend(more.iter().filter(|(set, _)| *set).map(|(_, name)| (*name).to_owned()));
    found
}

fn description(name: &str, text: &str) -> Found {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(DESCRIPTION_CHARS_MAX)
        .collect();
    if clean.len() < 10 {
        return Found::default();
    }
    Found { values: Map::from_iter([(name.to_owned(), clean.into())]), confidence: 0.9, problem: None }
}
