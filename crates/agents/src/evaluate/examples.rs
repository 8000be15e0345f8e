//! Labelled messages from files of the usual shapes: delimited text, JSON lines, a JSON list, a JSON map of lists.

use super::table;
use baton_base::{Error, Result};
use baton_recognise::OUT_OF_SCOPE;
use serde_json::Value;

/// Most examples one file may hold.
const EXAMPLES_MAX: usize = 500_000;
/// Names that the column of messages goes by.
const TEXT_NAMES: &[&str] = &["text", "utterance", "message", "query", "question", "sentence", "input"];
/// Names that the column of labels goes by.
const LABEL_NAMES: &[&str] = &["label", "intent", "category", "class", "target", "label_text"];
/// Labels that mean "no intent of ours".
const OUT_OF_SCOPE_NAMES: &[&str] = &["oos", "ood", "out_of_scope", "out-of-scope", "out of scope"];

/// One labelled message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What the customer wrote; may be empty.
    pub text: String,
    /// The intent; `out_of_scope` however the file spells it.
    pub label: String,
}

/// Reads the examples of a file. `name` is what messages call it. `parts` picks lists of a JSON map by name; all of them if
/// empty. Errors name the file, the line where there is one, and what to do.
pub fn read(name: &str, bytes: &[u8], parts: &[&str]) -> Result<Vec<Example>> {
    let file = File { name, parts };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(e) => {
            let line = bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
            return Err(file.wrong(line, "the line is not UTF-8 text", "save the file as UTF-8"));
        }
    };
    let examples = match text.trim_start().chars().next() {
        None => Vec::new(),
        Some('[') => file.list(&file.json(text)?, "")?,
        Some('{') => file.objects(text)?,
        Some(_) => file.rows(text)?,
    };
    match examples.len() {
        0 => Err(Error::invalid(format!("{name} holds no examples"), "give rows with a text and a label")),
        n if n > EXAMPLES_MAX => Err(Error::Limit(format!("{name} holds {n} examples; {EXAMPLES_MAX} can be read"))),
        _ => Ok(examples),
    }
}

struct File<'a> {
    name: &'a str,
    parts: &'a [&'a str],
}

impl File<'_> {
    fn wrong(&self, line: usize, title: &str, remedy: impl Into<String>) -> Error {
        Error::invalid(format!("{}:{line}: {title}", self.name), remedy)
    }

    fn json(&self, text: &str) -> Result<Value> {
        serde_json::from_str(text).map_err(|e| self.wrong(e.line(), "this is not valid JSON", e.to_string()))
    }

    /// A map of lists, or one object a line.
    fn objects(&self, text: &str) -> Result<Vec<Example>> {
        if let Ok(Value::Object(map)) = serde_json::from_str::<Value>(text)
            && map.values().all(Value::is_array)
        {
            let known = map.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            if let Some(part) = self.parts.iter().find(|part| !map.contains_key(**part)) {
                return Err(Error::invalid(format!("{} has no part '{part}'", self.name), format!("it has: {known}")));
            }
            let wanted = map.iter().filter(|(key, _)| self.parts.is_empty() || self.parts.contains(&key.as_str()));
            return Ok(wanted.map(|(key, list)| self.list(list, key)).collect::<Result<Vec<_>>>()?.concat());
        }
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(i, line)| {
                let value: Value = serde_json::from_str(line)
                    .map_err(|e| self.wrong(i + 1, "the line is not valid JSON", e.to_string()))?;
                example(&value).map_err(|(title, remedy)| self.wrong(i + 1, &title, remedy))
            })
            .collect()
    }

    /// A JSON list of objects, or of (text, label) pairs.
    fn list(&self, list: &Value, part: &str) -> Result<Vec<Example>> {
        let items = list.as_array().into_iter().flatten().enumerate();
        items
            .map(|(i, item)| {
                example(item)
                    .map_err(|(title, remedy)| Error::invalid(format!("{}:{part}[{i}]: {title}", self.name), remedy))
            })
            .collect()
    }

    fn rows(&self, text: &str) -> Result<Vec<Example>> {
        let rows = table::rows(text).map_err(|line| {
            self.wrong(line, "a quotation mark is never closed", "close it, or double it if it belongs to the text")
        })?;
        let Some((head, rows)) = rows.split_first() else { return Ok(Vec::new()) };
        let column = |what: &str, names: &[&str]| {
            let named = |name: &&str| head.cells.iter().position(|c| c.trim().eq_ignore_ascii_case(name));
            names.iter().find_map(named).ok_or_else(|| {
                let title = format!("no column of the first line holds the {what}");
                self.wrong(head.line, &title, format!("name one of its columns: {}", names.join(", ")))
            })
        };
        let (text, label) = (column("text", TEXT_NAMES)?, column("label", LABEL_NAMES)?);
        rows.iter()
            .map(|row| match (row.cells.get(text), row.cells.get(label)) {
                (Some(text), Some(label)) if !label.trim().is_empty() => Ok(labelled(text, label)),
                (Some(_), Some(_)) => Err(self.wrong(row.line, "the row has no label", "give it one, or delete it")),
                _ => {
                    let title =
                        format!("the row has {} columns, the first line has {}", row.cells.len(), head.cells.len());
                    Err(self.wrong(row.line, &title, "quote texts that hold a separator"))
                }
            })
            .collect()
    }
}

fn labelled(text: &str, label: &str) -> Example {
    let label = label.trim();
    let outside = OUT_OF_SCOPE_NAMES.iter().any(|name| label.eq_ignore_ascii_case(name));
    Example { text: text.to_owned(), label: if outside { OUT_OF_SCOPE } else { label }.to_owned() }
}

/// What is wrong, and what to do.
type Complaint = (String, String);

fn example(value: &Value) -> std::result::Result<Example, Complaint> {
    let found = |what: &str, names: &[&str], at: usize| -> std::result::Result<String, Complaint> {
        let value = match value {
            Value::Object(map) => names
                .iter()
                .find_map(|name| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
                .map(|(_, value)| value),
            other => other.get(at),
        };
        match value {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(_) => Err((format!("the {what} is not text"), "put it in quotation marks".to_owned())),
            None => Err((format!("the {what} is missing"), format!("name it one of: {}", names.join(", ")))),
        }
    };
    let (text, label) = (found("text", TEXT_NAMES, 0)?, found("label", LABEL_NAMES, 1)?);
    if label.trim().is_empty() {
        return Err(("the label is empty".to_owned(), "give it one, or delete the example".to_owned()));
    }
    Ok(labelled(&text, &label))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str, parts: &[&str]) -> Vec<(String, String)> {
        read("x", text.as_bytes(), parts).unwrap().into_iter().map(|e| (e.text, e.label)).collect()
    }

    #[test]
    fn every_usual_shape_gives_the_same_examples() {
        let expected =
            [("hi, \"you\"".to_owned(), "greet".to_owned()), ("ünclear".to_owned(), OUT_OF_SCOPE.to_owned())];
        for text in [
            "\u{feff}text,label\n\"hi, \"\"you\"\"\",greet\nünclear,oos\n",
            "Category;id;Utterance\r\ngreet;1;hi, \"you\"\r\nOOS;2;ünclear\r\n",
            "{\"text\":\"hi, \\\"you\\\"\",\"label\":\"greet\"}\n\n{\"utterance\":\"ünclear\",\"intent\":\"out-of-scope\"}",
            "[[\"hi, \\\"you\\\"\",\"greet\"],{\"query\":\"ünclear\",\"class\":\"oos\"}]",
            "{\"train\":[[\"hi, \\\"you\\\"\",\"greet\"]],\"oos_train\":[[\"ünclear\",\"oos\"]]}",
        ] {
            let mut found = pairs(text, &[]);
            found.sort();
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(pairs("{\"a\":[[\"x\",\"y\"]],\"b\":[[\"v\",\"w\"]]}", &["b"]), [("v".into(), "w".into())]);
    }

    #[test]
    fn what_is_wrong_is_said_with_file_line_and_remedy() {
        let check = |bytes: &[u8], parts: &[&str], words: &[&str]| {
            let error = read("my.csv", bytes, parts).unwrap_err().to_string();
            assert!(words.iter().all(|w| error.contains(w)), "{error}");
        };
        check(b"", &[], &["my.csv holds no examples"]);
        check(b"text,label\n", &[], &["holds no examples"]);
        check(b"a,b\nc,d", &[], &["my.csv:1", "utterance"]);
        check(b"text,label\nhi\n", &[], &["my.csv:2", "1 columns"]);
        check(b"text,label\nhi,x\nho, \n", &[], &["my.csv:3", "no label"]);
        check(b"text,label\n\"hi,x\n", &[], &["my.csv:2", "never closed"]);
        check(b"text,label\nhi,x\nh\xff,x", &[], &["my.csv:3", "UTF-8"]);
        check(b"{\"text\":\"a\",\"label\":\"b\"}\n{\"text\":\"a\"}", &[], &["my.csv:2", "label is missing"]);
        check(b"{\"text\":\"a\",\"label\":\"b\"}\nnonsense", &[], &["my.csv:2", "not valid JSON"]);
        check(b"{\"text\":[1],\"label\":\"b\"}\n{}", &[], &["my.csv:1", "not text"]);
        check(b"[[\"a\"]]", &[], &["my.csv:[0]", "label is missing"]);
        check(b"{\"a\":[]}", &["b"], &["no part 'b'", "it has: a"]);
    }
}
