//! Tables for people: columns as wide as their widest cell, the last one as it is.

use crate::cli::say;
use serde_json::Value;

/// Longest cell of a column that is not the last, characters.
const CELL_CHARS_MAX: usize = 48;

/// Prints rows under their heads.
pub fn table(heads: &[&str], rows: &[Vec<String>]) {
    let short = |text: &str| -> String { text.chars().take(CELL_CHARS_MAX).collect() };
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(at, head)| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| short(cell).chars().count());
            cells.chain([head.chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: Vec<&str>| {
        let last = cells.len().saturating_sub(1);
        let padded = cells.iter().enumerate().map(|(at, cell)| {
            if at == last { (*cell).to_owned() } else { format!("{:<width$}", short(cell), width = widths[at]) }
        });
        say(padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(heads.to_vec());
    rows.iter().for_each(|row| line(row.iter().map(String::as_str).collect()));
}

/// A field as text; empty if it is absent.
pub fn text(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// How long ago, in its largest unit.
pub fn ago(now_ms: i64, value: &Value, name: &str) -> String {
    let Some(ms) = value[name].as_i64() else { return "-".to_owned() };
    span(now_ms - ms)
}

/// A span in its largest unit.
pub fn span(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The error of a run in one line.
pub fn error(value: &Value) -> String {
    let parts = [text(value, "title"), text(value, "detail")];
    let said = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(": ");
    if said.is_empty() { text(value, "type") } else { said }
}

/// Runs.
pub fn runs(rows: &[Value], now_ms: i64) {
    if rows.is_empty() {
        say("no runs");
        return;
    }
    let cells = |row: &Value| {
        vec![
            format!("{}/{}", text(row, "client"), text(row, "id")),
            text(row, "process"),
            text(row, "version"),
            text(row, "status"),
            ago(now_ms, row, "started_ms"),
            ago(now_ms, row, "changed_ms"),
            error(&row["error"]),
        ]
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    table(&["RUN", "PROCESS", "VERSION", "STATUS", "AGE", "LAST STEP", "ERROR"], &rows);
}

/// What begins runs by itself.
pub fn schedules(found: &Value, now_ms: i64) {
    let rows = found["items"].as_array().cloned().unwrap_or_default();
    if rows.is_empty() {
        say("no schedules");
        return;
    }
    let next = |row: &Value| match (row["paused"] == true, row["due_ms"].as_i64(), text(row, "part").as_str()) {
        (true, _, _) => "paused".to_owned(),
        (false, Some(due_ms), _) => format!("in {}", span(due_ms - now_ms)),
        (false, None, "on") => match row["events"].as_u64() {
            Some(0) | None => "on event".to_owned(),
            Some(events) => format!("on event, {events} came"),
        },
        (false, None, _) => "after the last run".to_owned(),
    };
    let last = |row: &Value| match row["last_run"].as_str() {
        Some(run) => format!("{run} {} ({} ago)", text(row, "last_status"), ago(now_ms, row, "last_ms")),
        None => "-".to_owned(),
    };
    let note = |row: &Value| [text(row, "reason"), text(row, "error")].into_iter().find(|said| !said.is_empty());
    let cells = |row: &Value| {
        vec![
            format!("{}/{}", text(row, "client"), text(row, "process")),
            format!("{} {}", text(row, "part"), text(row, "rule")),
            next(row),
            text(row, "runs"),
            text(row, "missed"),
            last(row),
            note(row).unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    table(&["SCHEDULE", "BEGINS", "NEXT", "RUNS", "MISSED", "LAST RUN", "NOTE"], &rows);
}

/// Groups of runs that cannot go on.
pub fn dead_letters(found: &Value) {
    let groups = found["items"].as_array().cloned().unwrap_or_default();
    if groups.is_empty() {
        say("no dead letters");
        return;
    }
    let cells = |group: &Value| {
        vec![
            text(group, "client"),
            text(group, "process"),
            text(group, "task"),
            text(group, "runs"),
            owner(group),
            text(group, "newest"),
            format!("{} ({})", text(group, "example"), text(group, "error_type")),
        ]
    };
    let rows: Vec<_> = groups.iter().map(cells).collect();
    table(&["CLIENT", "PROCESS", "TASK", "RUNS", "OWNER", "NEWEST", "ERROR"], &rows);
    if found["more"] == true {
        say("only the newest 5,000 of a client were looked at");
    }
}

fn owner(group: &Value) -> String {
    let first = &group["owners"][0];
    match (first["claimed_by"].as_str(), first["queue"].as_str()) {
        (Some(member), Some(queue)) => format!("{member}, {queue}"),
        (None, Some(queue)) => format!("queue {queue}"),
        _ => "nobody".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_their_largest_unit() {
        for (ms, says) in [(-5, "0s"), (59_999, "59s"), (60_000, "1m"), (3_600_000, "1h"), (200_000_000, "2d")] {
            assert_eq!(span(ms), says);
        }
    }
}
