//! CSV and TSV: a line with names, then an article a line.

use super::{Draft, Read, html, markdown};
use baton_base::Finding;
use csv::{ReaderBuilder, StringRecord};

const TITLE: [&str; 5] = ["title", "question", "name", "subject", "heading"];
const BODY: [&str; 6] = ["body", "answer", "text", "content", "html", "markdown"];
const ID: [&str; 4] = ["id", "article_id", "slug", "key"];
const LOCALE: [&str; 3] = ["locale", "language", "lang"];
const AUDIENCE: [&str; 2] = ["audience", "visibility"];
const URL: [&str; 3] = ["url", "html_url", "link"];

pub(super) fn read(name: &str, text: &str, separator: u8) -> Result<Read, Finding> {
    let mut reader = ReaderBuilder::new().delimiter(separator).from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|e| not_a_table(name, &e))?.clone();
    let column = |names: &[&str]| {
        names.iter().find_map(|wanted| heads.iter().position(|head| head.trim().eq_ignore_ascii_case(wanted)))
    };
    let (Some(title), Some(body)) = (column(&TITLE), column(&BODY)) else {
        let seen: Vec<&str> = heads.iter().collect();
        let message = format!("the first line names no title and text; it names {}", seen.join(", "));
        let remedy = format!("name one column {} and one {}", TITLE.join(" or "), BODY.join(" or "));
        return Err(Finding::error(name, "csv-columns", message, remedy).at(1, 1));
    };
    let (id, locale, audience, url) = (column(&ID), column(&LOCALE), column(&AUDIENCE), column(&URL));
    let mut all = Read::default();
    for record in reader.records() {
        let record = record.map_err(|e| not_a_table(name, &e))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |column: Option<usize>| cell(&record, column);
        let place = format!("{name}:{line}");
        let (Some(title), Some(text)) = (cell(Some(title)), cell(Some(body))) else {
            all.skip(place, "its title or its text is empty");
            continue;
        };
        let body = if html::is_html(&text) { html::markdown(&text).unwrap_or_default() } else { text };
        all.drafts.push(Draft {
            id: cell(id).unwrap_or(place),
            file: name.to_owned(),
            title,
            locale: cell(locale),
            audience: cell(audience).map(|text| markdown::audience(&text)),
            url: cell(url),
            body,
        });
    }
    Ok(all)
}

fn cell(record: &StringRecord, column: Option<usize>) -> Option<String> {
    record.get(column?).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn not_a_table(name: &str, error: &csv::Error) -> Finding {
    let line = error.position().map_or(0, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("this line has {len} cells; the first has {expected_len}")
        }
        _ => format!("this is no table: {error}"),
    };
    let remedy = "quote cells that hold separators or line breaks, and give every line as many cells as the first";
    Finding::error(name, "csv", message, remedy).at(u32::try_from(line).unwrap_or(0), 1)
}
