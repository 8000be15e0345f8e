//! What a definition may contain but should not: one file for each rule, one line in [`RULES`].

mod places;
mod rules;

use crate::parse::{self, Files, Parsed, REFUSALS};
use baton_base::{Finding, Severity};
use places::Process;
use serde::Serialize;

/// A rule of the linter, for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LintRule {
    /// Stable id, as findings have it.
    pub id: &'static str,
    /// Whether it stops the load.
    pub severity: Severity,
    /// What it finds, in a sentence.
    pub what: &'static str,
    /// What to do, in a sentence.
    pub remedy: &'static str,
}

/// A rule and how it is checked.
pub(crate) struct Rule {
    pub id: &'static str,
    pub severity: Severity,
    pub what: &'static str,
    pub remedy: &'static str,
    pub check: fn(&Process<'_>, &mut Report<'_>),
}

/// All rules beyond those of the parser.
static RULES: [&Rule; 13] = [
    &rules::unknown_function::RULE,
    &rules::unreachable::RULE,
    &rules::switch_default::RULE,
    &rules::no_timeout::RULE,
    &rules::human_task::RULE,
    &rules::uncaught_call::RULE,
    &rules::endless_loop::RULE,
    &rules::endless_retry::RULE,
    &rules::empty_catch::RULE,
    &rules::secret_leak::RULE,
    &rules::secret_flow::RULE,
    &rules::schedule_often::RULE,
    &rules::own_event::RULE,
];

/// Collects what one rule finds.
pub(crate) struct Report<'a> {
    file: &'a str,
    rule: &'a Rule,
    findings: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// A finding with the rule's own remedy.
    pub fn at(&mut self, place: (u32, u32), message: impl Into<String>) {
        // A rule's remedy is a sentence; here it follows what is wrong, in the same line.
        let mut remedy = self.rule.remedy.trim_end_matches('.').to_owned();
        if let Some(first) = remedy.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        self.with_remedy(place, message, remedy);
    }

    /// A finding with a remedy that says more than the rule's.
    pub fn with_remedy(&mut self, place: (u32, u32), message: impl Into<String>, remedy: impl Into<String>) {
        let finding = Finding::error(self.file, self.rule.id, message, remedy).at(place.0, place.1);
        self.findings.push(Finding { severity: self.rule.severity, ..finding });
    }
}

/// All findings of a definition that stands by itself: those of [`crate::Definition::parse`], and what is right but
/// unwise. An empty `known_functions` leaves function names unchecked.
pub fn lint(file: &str, yaml: &str, known_functions: &[&str]) -> Vec<Finding> {
    lint_in(file, yaml, known_functions, &|_| None)
}

/// The same for a definition of a release, whose catalogs and schemas may stand in other files of it.
pub fn lint_in(file: &str, yaml: &str, known_functions: &[&str], files: &Files<'_>) -> Vec<Finding> {
    let (parsed, mut findings) = parse::parse(file, yaml, files);
    // Half a tree would be judged for what is missing from it.
    if parse::usable(&findings) {
        findings.extend(unwise(file, &parsed, known_functions));
    }
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
}

/// What the rules find in a definition that the parser found right.
pub(crate) fn unwise(file: &str, parsed: &Parsed, known: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let process = Process::new(parsed, known);
    for rule in RULES {
        (rule.check)(&process, &mut Report { file, rule, findings: &mut findings });
    }
    findings
}

/// Every rule that findings of this crate name: of the parser, which refuses, then of the linter.
pub fn lint_rules() -> Vec<LintRule> {
    let refusals =
        REFUSALS.iter().map(|(id, severity, what, remedy)| LintRule { id, severity: *severity, what, remedy });
    let rules = RULES.iter().map(|rule| LintRule {
        id: rule.id,
        severity: rule.severity,
        what: rule.what,
        remedy: rule.remedy,
    });
    refusals.chain(rules).collect()
}
