//! What a release says about cases: its templates, its service levels, the client's language.

use crate::{Templates, duration_ms};
use baton_base::{Bundle, Finding};
use serde::Deserialize;

/// How soon a case must be answered and resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sla {
    /// From opening to the first reply, milliseconds.
    pub first_reply_ms: Option<i64>,
    /// From opening to resolution, milliseconds.
    pub resolution_ms: Option<i64>,
}

/// The part of a release that this room works by.
#[derive(Debug)]
pub struct CasesConfig {
    /// Texts by language and key.
    pub templates: Templates,
    /// Service levels.
    pub sla: Sla,
    /// The client's language tag, where a customer's is not known.
    pub locale: String,
}

#[derive(Deserialize, Default)]
struct Head {
    #[serde(default)]
    sla: SlaText,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct SlaText {
    first_reply: Option<String>,
    resolution: Option<String>,
}

impl CasesConfig {
    /// Reads `templates/<locale>.yaml` and `sla` of `blueprint.yaml`.
    pub fn load(bundle: &Bundle, client_locale: &str) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let head = match bundle.file("blueprint.yaml").map(|text| Bundle::yaml::<Head>("blueprint.yaml", text)) {
            Some(Ok(head)) => head,
            Some(Err(finding)) => {
                findings.push(finding);
                Head::default()
            }
            None => Head::default(),
        };
        let sla = Sla {
            first_reply_ms: read("first_reply", head.sla.first_reply.as_deref(), &mut findings),
            resolution_ms: read("resolution", head.sla.resolution.as_deref(), &mut findings),
        };
        let templates = Templates::load(bundle, client_locale).map_err(|more| findings.extend(more));
        match templates {
            Ok(templates) if findings.is_empty() => Ok(Self { templates, sla, locale: client_locale.to_owned() }),
            _ => Err(findings),
        }
    }
}

fn read(name: &str, text: Option<&str>, findings: &mut Vec<Finding>) -> Option<i64> {
    match duration_ms(text?) {
        Ok(ms) => Some(ms),
        Err(e) => {
            let what = format!("sla.{name}: {e}");
            findings.push(Finding::error("blueprint.yaml", "sla", what, "write a duration such as PT2M"));
            None
        }
    }
}
