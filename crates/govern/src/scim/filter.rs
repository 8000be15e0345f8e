//! Filters of lists (RFC 7644, section 3.4.2.2): attributes that are equal to a text, joined by `and`.

use super::{Fault, Told};
use baton_base::ClientId;
use baton_db::{ToValue as _, Value};

/// Longest filter, bytes.
const FILTER_BYTES_MAX: usize = 1_024;
/// Most comparisons of one filter.
const PARTS_MAX: usize = 8;

/// A filter that has been read: pairs of attribute, in lower case, and value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(pub Vec<(String, String)>);

impl Filter {
    /// Reads a filter; what is not offered is refused, since a list that is too long would be taken for the answer.
    pub fn read(text: &str) -> Told<Self> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(wrong("it is too long"));
        }
        let mut rest = text.trim();
        let mut parts: Vec<(String, String)> = Vec::new();
        loop {
            let (attribute, after) = word(rest).ok_or_else(|| wrong("an attribute is missing"))?;
            let (operator, after) = word(after).ok_or_else(|| wrong("an operator is missing"))?;
            if !operator.eq_ignore_ascii_case("eq") {
                return Err(wrong(&format!("the operator '{operator}' is not offered")));
            }
            let (value, after) = value(after.trim_start())?;
            parts.push(compared(&parts, plain(attribute), value)?);
            rest = after.trim_start();
            if rest.is_empty() {
                return Ok(Self(parts));
            }
            let (join, after) = word(rest).ok_or_else(|| wrong("'and' is missing"))?;
            if !join.eq_ignore_ascii_case("and") || parts.len() >= PARTS_MAX {
                return Err(wrong(&format!("'{join}' is not offered here")));
            }
            rest = after;
        }
    }

    /// What an attribute must be equal to, if the filter says so.
    pub fn wants(&self, attribute: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == attribute).map(|(_, value)| value.as_str())
    }

    /// The same for an attribute that has two names.
    pub fn wants_either(&self, attribute: &str, or: &str) -> Told<Option<&str>> {
        match (self.wants(attribute), self.wants(or)) {
            (Some(_), Some(_)) => Err(wrong(&format!("'{attribute}' and '{or}' are the same; name one of them"))),
            (one, other) => Ok(one.or(other)),
        }
    }

    /// Refuses attributes that the list does not look at.
    pub fn only(&self, known: &[&str]) -> Told<()> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((odd, _)) => Err(wrong(&format!("'{odd}' is not offered; use {}", known.join(", ")))),
            None => Ok(()),
        }
    }
}

fn wrong(why: &str) -> Fault {
    Fault::wrong(
        "invalidFilter",
        format!("the filter cannot be read: {why}; write it like userName eq \"a@example.org\""),
    )
}

/// A comparison beside those before it. One with nothing would not narrow the list, and of two with one attribute only the
/// first would: both would give everybody.
fn compared(before: &[(String, String)], attribute: String, value: String) -> Told<(String, String)> {
    if value.trim().is_empty() || value.chars().any(char::is_control) {
        return Err(wrong(&format!("'{attribute}' is compared with no text")));
    }
    if before.iter().any(|(known, _)| *known == attribute) {
        return Err(wrong(&format!("'{attribute}' is named twice")));
    }
    Ok((attribute, value))
}

/// The conditions whose values are there, with their parameters: `?` stands for the value, and `$1` is the house.
pub(super) fn conditions(all: &[(Option<String>, &str)]) -> (String, Vec<Value>) {
    let (mut sql, mut params) = (String::new(), vec![ClientId::house().to_value()]);
    for (value, condition) in all {
        let Some(value) = value else { continue };
        params.push(value.to_value());
        sql.push_str(" AND ");
        sql.push_str(&condition.replace('?', &format!("${}", params.len())));
    }
    (sql, params)
}

fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// An attribute in lower case, without the URN of the schema it is of.
fn plain(attribute: &str) -> String {
    let lower = attribute.to_lowercase();
    match lower.strip_prefix("urn:").and_then(|rest| rest.rsplit_once(':')) {
        Some((_, name)) => name.to_owned(),
        None => lower,
    }
}

/// A text in quotes as JSON writes it, or a bare word such as `true`.
fn value(text: &str) -> Told<(String, &str)> {
    if !text.starts_with('"') {
        let (bare, rest) = word(text).ok_or_else(|| wrong("a value is missing"))?;
        return Ok((bare.to_owned(), rest));
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let read = values.next().and_then(Result::ok).ok_or_else(|| wrong("a text has no end"))?;
    let rest = text.get(values.byte_offset()..).unwrap_or_default();
    Ok((read, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_are_read_whatever_their_spelling() {
        let read = |text: &str| Filter::read(text).map(|filter| filter.0).ok();
        let one = |name: &str, value: &str| Some(vec![(name.to_owned(), value.to_owned())]);
        assert_eq!(read("userName eq \"ada@example.org\""), one("username", "ada@example.org"));
        assert_eq!(read("  USERNAME EQ \"a \\\"b\\\" and c\" "), one("username", "a \"b\" and c"));
        assert_eq!(read("urn:ietf:params:scim:schemas:core:2.0:User:externalId eq \"7\""), one("externalid", "7"));
        assert_eq!(read("active eq true"), one("active", "true"));
        assert_eq!(read("userName eq \"a\" and externalId eq \"b\"").unwrap().len(), 2);
        for bad in [
            "",
            "userName",
            "userName eq",
            "userName co \"a\"",
            "userName eq \"a",
            "a eq \"b\" or c eq \"d\"",
            "(a eq \"b\")",
            "userName eq \"\"",
            "userName eq \" \\t\"",
            "userName eq \"a\" and USERNAME eq \"b\"",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
        let both = Filter::read("emails eq \"a@b.example\" and emails.value eq \"c@d.example\"").unwrap();
        assert_eq!(both.wants_either("emails.value", "emails").unwrap_err().kind, "invalidFilter");
        let one = Filter::read("emails eq \"a@b.example\"").unwrap();
        assert_eq!(one.wants_either("emails.value", "emails").unwrap(), Some("a@b.example"));
    }
}
