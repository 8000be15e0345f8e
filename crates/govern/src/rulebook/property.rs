//! `policies/properties/*.yaml`: what the policies must never let through, whatever the call.
//!
//! ```yaml
//! properties:
//!   - id: injury-needs-an-adjuster
//!     says: no AI agent pays a claim in which an injury is recorded before an adjuster has decided
//!     principal: principal is Agent                 # as in a policy; absent: anyone
//!     action: action == Action::"create_payment"    # absent: every action
//!     resource: resource                            # absent: every case, and none
//!     when: context has case && …                   # Cedar; absent: always
//!     unless: context.case.review.decision == "approve"
//!     even_with_approval: true                      # absent: true. false: only what goes without a person's approval
//! ```

use super::policy::Policies;
use super::schema::Source;
use baton_base::{Bundle, Finding};
use cedar_policy::{Policy, PolicyId, PolicySet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most properties of a release: each is asked about every action that it concerns.
pub const PROPERTIES_MAX: usize = 50;
const FOLDER: &str = "policies/properties";

/// What the policies of a release must never let through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Property {
    /// Its id, unique in the release.
    pub id: String,
    /// In words.
    pub says: String,
    /// The file.
    pub file: String,
    /// 1-based line where it begins; 0 where unknown.
    pub line: u32,
    /// The calls that it forbids, as a Cedar policy that would permit exactly these.
    pub text: String,
    /// Whether it also forbids what a person has approved.
    pub even_with_approval: bool,
}

/// A property with its calls as a policy.
pub(crate) struct Claim {
    pub property: Property,
    pub policy: Policy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    properties: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    says: String,
    #[serde(default)]
    principal: Option<String>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    resource: Option<String>,
    #[serde(default)]
    when: Option<String>,
    #[serde(default)]
    unless: Option<String>,
    #[serde(default = "yes")]
    even_with_approval: bool,
}

fn yes() -> bool {
    true
}

impl Row {
    fn text(&self) -> String {
        let part = |own: &Option<String>, name: &str| own.as_deref().unwrap_or(name).trim().to_owned();
        let (principal, action) = (part(&self.principal, "principal"), part(&self.action, "action"));
        let mut text = format!("permit (\n  {principal},\n  {action},\n  {}\n)", part(&self.resource, "resource"));
        for (word, condition) in [("when", &self.when), ("unless", &self.unless)] {
            if let Some(condition) = condition {
                text.push_str(&format!(" {word} {{\n  {}\n}}", condition.trim()));
            }
        }
        text.push(';');
        text
    }
}

/// Reads the properties of a release; what is wrong with one is added to the findings.
pub(super) fn load(
    bundle: &Bundle,
    source: &Source<'_>,
    policies: &Policies,
    findings: &mut Vec<Finding>,
) -> Vec<Claim> {
    let policies_fit = findings.is_empty();
    let mut claims: Vec<Claim> = Vec::new();
    for (path, _, text) in bundle.in_folder(FOLDER, "yaml") {
        match Bundle::yaml::<File>(path, text) {
            Ok(file) => {
                for row in file.properties {
                    let line = line_of(text, &row.id);
                    let found = claim(path, line, row, &claims, findings);
                    claims.extend(found);
                }
            }
            Err(finding) => findings.push(finding),
        }
    }
    for path in bundle.files.keys().filter(|path| is_passed_over(path)) {
        let message = "properties stand in files that end in .yaml; this one would not be read";
        findings.push(Finding::error(path, "property", message, "rename it, or take it out"));
    }
    if claims.len() > PROPERTIES_MAX {
        let message = format!("{} properties, {PROPERTIES_MAX} may be", claims.len());
        findings.push(Finding::error(FOLDER, "property", message, "join some of them"));
    }
    // Where a policy does not fit, none of the properties that concern its action would.
    if policies_fit {
        claims.iter().for_each(|claim| check(claim, source, policies, findings));
    }
    claims
}

/// A file among the properties that is read as none, and is no text about them.
fn is_passed_over(path: &str) -> bool {
    let name = path.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| ![".yaml", ".md"].iter().any(|end| name.ends_with(end)))
}

fn claim(path: &str, line: u32, row: Row, others: &[Claim], findings: &mut Vec<Finding>) -> Option<Claim> {
    let mut wrong = |message: String, remedy: &str| {
        findings.push(Finding::error(path, "property", message, remedy).at(line, 1));
    };
    if row.id.trim().is_empty() || others.iter().any(|other| other.property.id == row.id) {
        wrong(format!("the id '{}' is empty or stands twice", row.id), "give every property an id of its own");
        return None;
    }
    if row.says.trim().is_empty() {
        wrong(format!("'{}' does not say in words what it forbids", row.id), "say it under 'says'");
        return None;
    }
    let text = row.text();
    // A name that no policy may have.
    match Policy::parse(Some(PolicyId::new(format!("built-in:property:{}", row.id))), &text) {
        Ok(policy) => {
            let (file, even_with_approval) = (path.to_owned(), row.even_with_approval);
            let property = Property { id: row.id, says: row.says, file, line, text, even_with_approval };
            Some(Claim { property, policy })
        }
        Err(errors) => {
            let message = format!("'{}': {}", row.id, first_line(&errors.to_string()));
            wrong(message, "write principal, action, resource, when and unless as in a Cedar policy");
            None
        }
    }
}

/// A property by the schema of every action that it concerns, together with the policies of that action: what is inside
/// facts, a case or an identity they have to take to be the same.
fn check(claim: &Claim, source: &Source<'_>, policies: &Policies, findings: &mut Vec<Finding>) {
    let property = &claim.property;
    let mut wrong = |rule: &str, message: String, remedy: &str| {
        findings.push(Finding::error(&property.file, rule, message, remedy).at(property.line, 1));
    };
    let mut seen = BTreeSet::new();
    let mut concerned = 0;
    for info in source.actions.values().filter(|info| Policies::concern(info, &claim.policy)) {
        concerned += 1;
        let joint = with(policies.set_of(&info.name, false), &claim.policy);
        for (_, words) in source.check(info, &joint) {
            if seen.insert(words.clone()) {
                let message = format!("'{}', for '{}': {words}", property.id, info.name);
                let remedy = "read a place as the policies of the action do, and ask with 'has' where they do";
                wrong("property-type", message, remedy);
            }
        }
    }
    if concerned == 0 {
        wrong("property", format!("'{}' concerns no action", property.id), "name an action of a connector");
    }
}

/// The set with one policy more.
pub(super) fn with(mut set: PolicySet, policy: &Policy) -> PolicySet {
    // Its id is reserved, and no policy of a rulebook has it.
    let _ = set.add(policy.clone());
    set
}

fn line_of(text: &str, id: &str) -> u32 {
    let named =
        |line: &str| line.split_once("id:").is_some_and(|(_, rest)| rest.trim().trim_matches(['"', '\'']) == id);
    text.lines().position(named).map_or(0, |at| u32::try_from(at + 1).unwrap_or(0))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
