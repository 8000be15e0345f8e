//! Numbers by a blueprint's pattern (orders, policies, claims), e-mail addresses, zip codes.

use crate::text::{fold, head, pattern};
use regex::{Regex, RegexBuilder};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Compiled patterns kept; a blueprint has a handful.
const PATTERNS_KEPT_MAX: usize = 512;
/// Largest compiled size of a blueprint's pattern, bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Whether a blueprint's pattern can be used; the error says why not.
pub fn check_pattern(source: &str) -> Result<(), String> {
    compile(source).map(|_| ())
}

/// All different numbers of the form `source` (such as `#W[0-9]{7}` or `HM-[0-9]{3}-[0-9]{6}`) in the text, written
/// canonically: a missing `#`, missing or other separators and lower case are mended.
pub fn numbered(source: &str, text: &str) -> Vec<String> {
    let Some(compiled) = cached(source) else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for caps in compiled.regex.captures_iter(text) {
        let parts: Vec<&str> =
            (0..compiled.parts).filter_map(|i| caps.name(&format!("p{i}"))).map(|m| m.as_str()).collect();
        let joined = parts.join("-");
        let cased = if compiled.upper { joined.to_uppercase() } else { joined };
        let whole = if compiled.hash { format!("#{cased}") } else { cased };
        if !found.contains(&whole) {
            found.push(whole);
        }
    }
    found
}

struct Compiled {
    regex: Regex,
    parts: usize,
    hash: bool,
    upper: bool,
}

fn cached(source: &str) -> Option<Arc<Compiled>> {
    static KEPT: LazyLock<Mutex<HashMap<String, Option<Arc<Compiled>>>>> = LazyLock::new(Mutex::default);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= PATTERNS_KEPT_MAX {
        kept.clear();
    }
    kept.entry(source.to_owned()).or_insert_with(|| compile(source).ok().map(Arc::new)).clone()
}

fn compile(source: &str) -> Result<Compiled, String> {
    let plain = source.trim_start_matches('^').trim_end_matches('$');
    let (hash, body) = plain.strip_prefix('#').map_or((false, plain), |rest| (true, rest));
    let segments = top_level_parts(body);
    let parts = segments.len();
    let grouped: Vec<String> = segments.iter().enumerate().map(|(i, s)| format!("(?P<p{i}>{s})")).collect();
    let lead = if hash { r"(?:#\s?|\b)" } else { r"\b" };
    let whole = format!(r"{lead}{}\b", grouped.join(r"[-–/. ]?"));
    let regex = RegexBuilder::new(&whole)
        .case_insensitive(true)
        .size_limit(PATTERN_BYTES_MAX)
        .build()
        .map_err(|e| e.to_string().lines().last().unwrap_or("not a regular expression").to_owned())?;
    let upper = !body.bytes().any(|b| b.is_ascii_lowercase());
    Ok(Compiled { regex, parts, hash, upper })
}

/// The pattern cut at its `-` outside of brackets, braces and groups.
fn top_level_parts(body: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_i32;
    for c in body.chars() {
        depth += match c {
            '[' | '(' | '{' => 1,
            ']' | ')' | '}' => -1,
            _ => 0,
        };
        if c == '-' && depth == 0 {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

/// All different e-mail addresses, in lower case.
pub fn emails(text: &str) -> Vec<String> {
    static EMAIL: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b[a-z0-9][a-z0-9._%+'-]*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}\b"));
    let mut found: Vec<String> =
        EMAIL.find_iter(head(text, crate::text::READ_BYTES_MAX)).map(|m| m.as_str().to_lowercase()).collect();
    found.dedup();
    found
}

/// The one e-mail address in the text; none if there are several.
pub fn email(text: &str) -> Option<String> {
    let mut found = emails(text);
    if found.len() == 1 { found.pop() } else { None }
}

/// The zip code: five digits (US and German alike), best after the word for it.
pub fn zip(text: &str) -> Option<String> {
    static SAID: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:zip|postal|post)\s*-?\s*(?:code)?\s*(?:is|:|of|=)?\s*(\d{5})\b|(?:plz|postleitzahl)\W{0,3}(?:ist\s)?(\d{5})\b",
        )
    });
    static BARE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?:^|[\s,(])(\d{5})(?:-\d{4})?(?:$|[\s;!?)]|[.,](?:\s|$))"));
    let folded = fold(text);
    if let Some(caps) = SAID.captures(&folded) {
        return caps.get(1).or_else(|| caps.get(2)).map(|m| m.as_str().to_owned());
    }
    let mut found: Vec<&str> = BARE.captures_iter(&folded).filter_map(|c| c.get(1)).map(|m| m.as_str()).collect();
    found.dedup();
    if found.len() == 1 { found.pop().map(str::to_owned) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_numbers_however_they_are_typed() {
        let order = "#W[0-9]{7}";
        for text in ["cancel #W1234567, thanks", "order w1234567.", "it is # W1234567", "W1234567"] {
            assert_eq!(numbered(order, text), ["#W1234567"], "{text}");
        }
        assert!(numbered(order, "XW1234567 W12345678 #W123").is_empty());
        let policy = "(?:HM|NV)-[0-9]{3}-[0-9]{6}";
        for text in ["policy HM-204-118833", "hm 204 118833", "Nr. HM204118833, danke", "HM/204/118833"] {
            assert_eq!(numbered(policy, text), ["HM-204-118833"], "{text}");
        }
        assert_eq!(numbered(order, "#W1234567 and #W7654321 and #W1234567").len(), 2);
        assert!(check_pattern("[").is_err());
    }

    #[test]
    fn finds_addresses_and_zip_codes() {
        assert_eq!(email("it's Ada.Lovelace@Example.COM."), Some("ada.lovelace@example.com".into()));
        assert_eq!(email("a@b.org or c@d.org"), None);
        assert_eq!(zip("Yusuf Rossi, 19122"), Some("19122".into()));
        assert_eq!(zip("my zip code is 19122 and I paid 54321 points"), Some("19122".into()));
        assert_eq!(zip("PLZ: 20095"), Some("20095".into()));
        assert_eq!(zip("#W1234567 costs 12345.67"), None);
    }
}
