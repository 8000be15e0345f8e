//! Which revision of the protocol is spoken with a server (MCP 2026-07-28, versioning and compatibility): the newest that
//! both speak, or the one that the connector's file pins.

use super::{NAME_CHARS_MAX, Trouble, UNSAID};
use serde_json::Value;

/// The revision without a handshake and without sessions.
pub(crate) const STATELESS: &str = "2026-07-28";
/// Those with a handshake, newest first.
const HANDSHAKES: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
/// Names of revisions that are repeated, count.
const NAMES_MAX: usize = 8;

/// Codes of errors that only a server of the stateless revision gives (MCP 2026-07-28, error codes): nothing was done.
pub(crate) const HEADER_MISMATCH: i64 = -32020;
const MISSING_CAPABILITY: i64 = -32021;
pub(super) const UNSUPPORTED: i64 = -32022;

/// A revision of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    /// 2026-07-28: no handshake and no sessions, each request says all of itself.
    Stateless,
    /// One that begins with a handshake, by its name: 2025-11-25 and what lies before.
    Handshake(&'static str),
}

impl Revision {
    /// The newest with a handshake.
    pub(super) const NEWEST_HANDSHAKE: &'static str = HANDSHAKES[0];

    /// The revision of a name, if Baton speaks it.
    pub fn named(name: &str) -> Option<Self> {
        if name == STATELESS {
            return Some(Self::Stateless);
        }
        HANDSHAKES.into_iter().find(|known| *known == name).map(Self::Handshake)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stateless => STATELESS,
            Self::Handshake(name) => name,
        }
    }

    /// All that Baton speaks, newest first, for people.
    pub fn all() -> String {
        format!("{STATELESS}, {}", HANDSHAKES.join(", "))
    }

    /// The newest of those that a server names.
    fn of(supported: &[String]) -> Option<Self> {
        let has = |name: &str| supported.iter().any(|one| one == name);
        if has(STATELESS) {
            return Some(Self::Stateless);
        }
        HANDSHAKES.into_iter().find(|known| has(known)).map(Self::Handshake)
    }
}

/// Whether a code is one of those by which a server of the stateless revision refuses a request before it does anything.
pub(super) fn is_stateless(code: i64) -> bool {
    matches!(code, HEADER_MISMATCH | MISSING_CAPABILITY | UNSUPPORTED)
}

/// The revision that the answer to `server/discover` leads to; none where the server does not know that question, which
/// one with a handshake may say in any way (backward compatibility).
pub(super) fn chosen(answered: Result<Value, Trouble>) -> Result<Option<Revision>, Trouble> {
    let supported = match answered {
        Ok(result) => match names(&result["supportedVersions"]) {
            Some(supported) => supported,
            None => return Ok(None),
        },
        // Who is not let in is not told either way.
        Err(Trouble::Refused(status @ (401 | 403), detail)) => return Err(Trouble::Refused(status, detail)),
        Err(Trouble::Refused(status, detail)) => match detail["code"].as_i64() {
            Some(UNSUPPORTED) => names(&detail["supported"]).unwrap_or_default(),
            Some(HEADER_MISMATCH | MISSING_CAPABILITY) => return Err(Trouble::Refused(status, detail)),
            Some(_) | None => return Ok(None),
        },
        Err(Trouble::Nothing(why)) if why == UNSAID => return Ok(None),
        Err(trouble @ (Trouble::Nothing(_) | Trouble::Unclear(_))) => return Err(trouble),
    };
    Revision::of(&supported).map(Some).ok_or_else(|| unknown(&supported))
}

/// The stateless revision, where that is pinned; what was found instead is said.
pub(super) fn pinned(found: Option<Revision>) -> Result<(), Trouble> {
    match found {
        Some(Revision::Stateless) => Ok(()),
        Some(Revision::Handshake(name)) => Err(Trouble::Nothing(format!(
            "it speaks revision {name} of MCP, and its connector's file pins {STATELESS}: correct revision there"
        ))),
        None => Err(Trouble::Nothing(format!(
            "it does not speak revision {STATELESS} of MCP, which its connector's file pins: take revision out there"
        ))),
    }
}

/// The revision that a server chose in the handshake, if Baton speaks it and it is no newer than what is pinned.
pub(super) fn shaken(said: &Value, asked: &'static str, pinned: bool) -> Result<Revision, Trouble> {
    let version = said.get("protocolVersion").and_then(Value::as_str).unwrap_or(asked);
    let known = HANDSHAKES.into_iter().find(|known| *known == version);
    let Some(known) = known else {
        let named = format!("it speaks revision '{}' of MCP, which Baton does not", short(version));
        return Err(Trouble::Nothing(named));
    };
    // Names are dates.
    if pinned && known > asked {
        return Err(Trouble::Nothing(format!(
            "it speaks revision {known} of MCP, and its connector's file pins {asked}: correct revision there"
        )));
    }
    Ok(Revision::Handshake(known))
}

fn unknown(supported: &[String]) -> Trouble {
    let theirs: Vec<String> = supported.iter().take(NAMES_MAX).map(|name| format!("'{}'", short(name))).collect();
    Trouble::Nothing(match theirs.is_empty() {
        true => format!("it does not speak revision {STATELESS} of MCP, nor say which it speaks"),
        false => format!("it speaks revisions {} of MCP, and Baton {}", theirs.join(", "), Revision::all()),
    })
}

fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}

/// The texts of a list; none where it is no list.
fn names(list: &Value) -> Option<Vec<String>> {
    Some(list.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OLD: Option<Revision> = Some(Revision::Handshake("2025-11-25"));

    #[test]
    fn the_answer_to_discover_leads_to_the_newest_revision_that_both_speak() {
        let check = |answered: Result<Value, Trouble>, expect: Option<Revision>| {
            let words = format!("{answered:?}");
            assert_eq!(chosen(answered).ok(), Some(expect), "{words}");
        };
        let supports = |names: &[&str]| Ok(json!({"supportedVersions": names, "capabilities": {}}));
        let refused = |status: u16, code: i64| Err(Trouble::Refused(status, json!({"code": code, "message": "no"})));
        check(supports(&["2025-11-25", "2026-07-28"]), Some(Revision::Stateless));
        check(supports(&["2025-06-18", "2025-11-25", "2031-01-01"]), OLD);
        let named = json!({"code": UNSUPPORTED, "message": "no", "supported": ["2031-01-01", "2025-11-25"]});
        check(Err(Trouble::Refused(400, named)), OLD);
        // A server with a handshake says in its own way that it does not know the question.
        check(Ok(json!({})), None);
        check(refused(400, -32601), None);
        check(refused(400, -32000), None);
        check(Err(Trouble::Refused(404, json!("it answered 404"))), None);
        check(Err(Trouble::Nothing(UNSAID.to_owned())), None);
    }

    #[test]
    fn what_leads_to_no_revision_is_told() {
        let check = |answered: Result<Value, Trouble>, part: &str| {
            let words = chosen(answered).unwrap_err().words();
            assert!(words.contains(part), "{words}");
        };
        check(Ok(json!({"supportedVersions": ["2031-01-01"]})), "speaks revisions '2031-01-01' of MCP, and Baton 2026");
        check(Err(Trouble::Refused(400, json!({"code": UNSUPPORTED}))), "nor say which");
        check(Err(Trouble::Refused(401, json!("it answered 401"))), "401");
        check(Err(Trouble::Refused(400, json!({"code": HEADER_MISMATCH, "message": "Mcp-Method"}))), "Mcp-Method");
        check(Err(Trouble::Nothing("it cannot be reached".to_owned())), "reached");
    }

    #[test]
    fn a_pinned_revision_is_spoken_and_none_newer() {
        assert!(pinned(Some(Revision::Stateless)).is_ok());
        assert!(pinned(OLD).unwrap_err().words().contains("speaks revision 2025-11-25 of MCP, and its connector's"));
        assert!(pinned(None).unwrap_err().words().contains("take revision out there"));
        let check = |said: &str, pinned: bool| shaken(&json!({"protocolVersion": said}), "2025-11-25", pinned).ok();
        assert_eq!(check("2025-11-25", true), OLD);
        assert_eq!(check("2025-06-18", true), Some(Revision::Handshake("2025-06-18")));
        assert_eq!(check("2031-01-01", false), None);
        let newer = shaken(&json!({"protocolVersion": "2025-11-25"}), "2025-06-18", true).unwrap_err().words();
        assert!(
            newer.contains("speaks revision 2025-11-25 of MCP, and its connector's file pins 2025-06-18"),
            "{newer}"
        );
        // The handshake does not lead to a revision that has none.
        assert_eq!(check("2026-07-28", false), None);
        for name in ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] {
            assert_eq!(Revision::named(name).map(Revision::name), Some(name));
        }
        assert_eq!(Revision::named("2026-07-29"), None);
    }
}
