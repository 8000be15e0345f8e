//! Labelled questions: JSON lines, a JSON list, or CSV, each with a question and the articles that answer it.

use baton_base::Finding;
use serde_json::{Map, Value};

const QUESTION: [&str; 4] = ["question", "query", "text", "q"];
const ARTICLES: [&str; 8] = ["articles", "article", "relevant", "answers", "doc_ids", "documents", "doc_id", "id"];
const REMEDY: &str = "write {\"question\": \"…\", \"articles\": [\"id, file or title\", …]} or, with grades, {\"article\": \"…\", \"grade\": 2}";

/// A question and what answers it.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The question.
    pub question: String,
    /// Its language tag, where the file says.
    pub locale: Option<String>,
    /// Name of each article that answers it, id, file or title, and how well; 1 where no grade is given.
    pub articles: Vec<(String, f64)>,
    /// Name of the section that answers it best, where the file says.
    pub section: Option<String>,
    /// Line of the file.
    pub line: u32,
}

/// Reads a file of questions; the finding names file, line and remedy.
pub fn questions(name: &str, text: &str) -> Result<Vec<Labelled>, Finding> {
    let text = text.trim_start_matches('\u{feff}');
    let found = match text.trim_start().chars().next() {
        Some('[') => list(name, text)?,
        Some('{') => lines(name, text)?,
        Some(_) => table(name, text)?,
        None => Vec::new(),
    };
    match found.is_empty() {
        true => Err(Finding::error(name, "questions", "there is no question in it", REMEDY)),
        false => Ok(found),
    }
}

fn at(name: &str, line: usize, message: String) -> Finding {
    Finding::error(name, "questions", message, REMEDY).at(u32::try_from(line).unwrap_or(0), 1)
}

fn lines(name: &str, text: &str) -> Result<Vec<Labelled>, Finding> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(number, line)| {
        let value: Value = serde_json::from_str(line).map_err(|e| {
            let said = e.to_string();
            at(
                name,
                number + 1,
                format!("this line is not JSON: {}", said.split(" at line ").next().unwrap_or_default()),
            )
        })?;
        one(name, number + 1, &value)
    });
    read.collect()
}

fn list(name: &str, text: &str) -> Result<Vec<Labelled>, Finding> {
    let items: Vec<Value> =
        serde_json::from_str(text).map_err(|e| at(name, e.line(), format!("this is not a JSON list: {e}")))?;
    items.iter().enumerate().map(|(number, item)| one(name, number + 1, item)).collect()
}

fn one(name: &str, line: usize, value: &Value) -> Result<Labelled, Finding> {
    let map = value.as_object().ok_or_else(|| at(name, line, "this is no object".to_owned()))?;
    let text = |names: &[&str]| names.iter().find_map(|key| map.get(*key)?.as_str()).map(str::to_owned);
    let question = text(&QUESTION).filter(|text| !text.trim().is_empty());
    let question = question.ok_or_else(|| at(name, line, "there is no question".to_owned()))?;
    let articles = ARTICLES.iter().find_map(|key| map.get(*key)).map(|value| names(name, line, value)).transpose()?;
    let articles = articles.filter(|all| !all.is_empty());
    let articles = articles.ok_or_else(|| at(name, line, "no article is named that answers it".to_owned()))?;
    let line = u32::try_from(line).unwrap_or(0);
    Ok(Labelled {
        question,
        locale: text(&["locale", "language", "lang"]),
        articles,
        section: text(&["section"]),
        line,
    })
}

fn names(name: &str, line: usize, value: &Value) -> Result<Vec<(String, f64)>, Finding> {
    let graded = |map: &Map<String, Value>| {
        let article = ["article", "id", "name"].iter().find_map(|key| map.get(*key)).map(plain)?;
        let grade = ["grade", "relevance", "score"].iter().find_map(|key| map.get(*key)?.as_f64()).unwrap_or(1.0);
        (grade >= 0.0).then_some((article, grade))
    };
    match value {
        Value::Array(items) => {
            Ok(items.iter().map(|item| names(name, line, item)).collect::<Result<Vec<_>, _>>()?.concat())
        }
        Value::Object(map) => match graded(map) {
            Some(one) => Ok(vec![one]),
            None => Err(at(name, line, "an article has no name, or a grade below 0".to_owned())),
        },
        Value::String(_) | Value::Number(_) => Ok(vec![(plain(value), 1.0)]),
        _ => Err(at(name, line, format!("{value} names no article"))),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

/// CSV: a line with names; several articles in one cell stand apart by `;` or `|`.
fn table(name: &str, text: &str) -> Result<Vec<Labelled>, Finding> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|e| at(name, 1, e.to_string()))?.clone();
    let column =
        |names: &[&str]| names.iter().find_map(|n| heads.iter().position(|h| h.trim().eq_ignore_ascii_case(n)));
    let (Some(question), Some(articles)) = (column(&QUESTION), column(&ARTICLES)) else {
        let seen: Vec<&str> = heads.iter().collect();
        return Err(at(name, 1, format!("no column is named question and none article; seen: {}", seen.join(", "))));
    };
    let (locale, grade) = (column(&["locale", "language", "lang"]), column(&["grade", "relevance"]));
    let mut all = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| {
            let line = e.position().map_or(0, csv::Position::line);
            at(name, usize::try_from(line).unwrap_or(0), format!("this line is no table: {e}"))
        })?;
        let line = usize::try_from(record.position().map_or(0, csv::Position::line)).unwrap_or(0);
        let cell = |column: usize| record.get(column).map(str::trim).unwrap_or_default().to_owned();
        let grade = grade.and_then(|column| cell(column).parse::<f64>().ok()).unwrap_or(1.0);
        let named = cell(articles);
        let articles: Vec<(String, f64)> =
            named.split([';', '|']).map(str::trim).filter(|n| !n.is_empty()).map(|n| (n.to_owned(), grade)).collect();
        let question = cell(question);
        if question.is_empty() || articles.is_empty() {
            return Err(at(name, line, "the question or its article is empty".to_owned()));
        }
        let locale = locale.map(cell).filter(|tag| !tag.is_empty());
        all.push(Labelled { question, locale, articles, section: None, line: u32::try_from(line).unwrap_or(0) });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lists_and_tables_say_the_same() {
        let lines = "{\"question\": \"how long\", \"articles\": [\"a\", {\"article\": \"b\", \"grade\": 2}]}\n\n{\"query\": \"who\", \"doc_id\": 7}\n";
        let list = "[{\"question\": \"how long\", \"articles\": [\"a\", {\"article\": \"b\", \"grade\": 2}]}, {\"query\": \"who\", \"doc_id\": 7}]";
        let plain = |text: &str| -> Vec<(String, Vec<(String, f64)>)> {
            questions("q", text).unwrap().into_iter().map(|l| (l.question, l.articles)).collect()
        };
        assert_eq!(plain(lines), plain(list));
        assert_eq!(plain(lines)[0].1, [("a".to_owned(), 1.0), ("b".to_owned(), 2.0)]);
        assert_eq!(plain("question,article\n\"how, long\",a;b\n")[0].1.len(), 2);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, words) in [
            ("{\"question\": \"a\", \"articles\": \"b\"}\n{\"question\": \"a\"}", 2, "no article"),
            ("{\"question\": \"a\", \"articles\": \"b\"}\n{oops}", 2, "not JSON"),
            ("{\"articles\": \"b\"}", 1, "no question"),
            ("a,b\n1,2\n", 1, "no column"),
            ("question,article\nx,y\nz,\n", 3, "empty"),
            ("", 0, "no question"),
        ] {
            let finding = questions("q.jsonl", text).unwrap_err();
            assert_eq!(finding.line, line, "{text}");
            assert!(finding.message.contains(words), "{text}: {}", finding.message);
        }
    }
}
