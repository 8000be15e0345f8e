//! `baton queue`: queues and hours of a client, at a server that runs. They change by proposals: `baton propose`.

use super::run::At;
use super::run::table::{span, table, text};
use super::{Outcome, say};
use baton_base::Error;
use clap::Subcommand;
use serde_json::Value;
use std::process::ExitCode;

/// Days of the week, as calendars name them.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What to read of queues.
#[derive(Subcommand)]
pub enum Command {
    /// List the queues of a client: whether each is open, and what waits in it.
    List {
        /// Id of the client.
        client: String,
    },
    /// Show what is set of one queue.
    Show {
        /// Id of the client.
        client: String,
        /// Name of the queue.
        queue: String,
    },
    /// Show the weekly hours and the holidays of queues.
    Hours {
        /// Id of the client.
        client: String,
        /// Name of the queue; all if left out.
        queue: Option<String>,
    },
}

pub async fn run(options: At<Command>) -> Outcome {
    let server = options.reach.server().await?;
    let (client, wanted) = match &options.command {
        Command::List { client } => (client, None),
        Command::Show { client, queue } => (client, Some(queue)),
        Command::Hours { client, queue } => (client, queue.as_ref()),
    };
    let found = server.get(&format!("/clients/{client}/queues")).await?;
    let all = found["items"].as_array().cloned().unwrap_or_default();
    let chosen = all.into_iter().filter(|row| wanted.is_none_or(|name| row["queue"] == name.as_str()));
    let chosen: Vec<Value> = chosen.collect();
    if let Some(name) = wanted.filter(|_| chosen.is_empty()) {
        return Err(Error::not_found(format!("queue {name}")));
    }
    if options.reach.json {
        say(&Value::from(chosen).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    match options.command {
        Command::List { .. } => list(&chosen),
        Command::Show { .. } => chosen.iter().for_each(show),
        Command::Hours { .. } => chosen.iter().for_each(hours),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(rows: &[Value]) {
    let cells = |row: &Value| {
        let wait = row["wait_ms"].as_i64().map_or_else(|| "nobody available".to_owned(), span);
        let counts = ["waiting", "claimed", "at_risk"].map(|name| text(row, name));
        [vec![text(row, "queue"), now(row)], counts.to_vec(), vec![wait, text(row, "title")]].concat()
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    table(&["QUEUE", "NOW", "WAITING", "CLAIMED", "LATE", "NEXT WAITS", "TITLE"], &rows);
}

/// In words, by the clock of the place.
fn now(row: &Value) -> String {
    let now = &row["now"];
    match (now["open"].as_bool(), now["until"].as_str(), now["opens"].as_str()) {
        (Some(true), Some(until), _) => format!("open until {until}"),
        (Some(true), None, _) => "always open".to_owned(),
        (Some(false), _, Some(opens)) => format!("closed, opens {opens}"),
        (Some(false), _, None) => "closed".to_owned(),
        (None, ..) => "of an older release".to_owned(),
    }
}

fn show(row: &Value) {
    let line = |name: &str, value: String| {
        if !value.is_empty() {
            say(&format!("{name:<16} {value}"));
        }
    };
    let ms = |value: &Value| value.as_i64().map(span).unwrap_or_default();
    line("queue", format!("{} ({})", text(row, "queue"), text(row, "title")));
    line("now", now(row));
    line("waiting", text(row, "waiting"));
    line("default", if row["default"] == true { "yes".to_owned() } else { String::new() });
    line("due within", ms(&row["sla_ms"]));
    line("an item takes", ms(&row["handling_ms"]));
    line("cost of waiting", text(row, "cost"));
    line(
        "given or taken",
        if row["assign"] == "pull" { "only taken".to_owned() } else { "given and taken".to_owned() },
    );
    line("clock", if row["clock"] == "open_hours" { "runs in its hours".to_owned() } else { "always runs".to_owned() });
    for need in ["skills", "languages", "licences", "jurisdictions", "roles"] {
        line(need, words(&row["needs"][need]));
    }
    let overflow = &row["overflow"];
    if overflow.is_object() {
        line("overflow", format!("to {} after {}", text(overflow, "to"), ms(&overflow["after_ms"])));
    }
    let late = &row["late"];
    if late.is_object() {
        let to = late["to"].as_str().map_or_else(|| "back to it".to_owned(), |to| format!("to {to}"));
        line("late with one", format!("{to} after {}", ms(&late["after_ms"])));
    }
    line("e-mail", text(&row["reach"], "email"));
    line("calls back", if row["reach"]["call_back"] == true { "yes".to_owned() } else { String::new() });
    line("hours in words", text(row, "hours"));
    line("calendar", text(&row["calendar"], "name"));
}

fn hours(row: &Value) {
    say(&format!("{}  {}", text(row, "queue"), now(row)));
    let calendar = &row["calendar"];
    if !calendar.is_object() {
        return say("  no calendar");
    }
    say(&format!("  calendar {}, {}", text(calendar, "name"), text(calendar, "time_zone")));
    let spans = |value: &Value| {
        let said = words(value);
        if said.is_empty() { "closed".to_owned() } else { said }
    };
    for day in DAYS {
        say(&format!("  {day}  {}", spans(&calendar["weekly"][day])));
    }
    for holiday in calendar["holidays"].as_array().into_iter().flatten() {
        say(&format!("  {}  {}  {}", text(holiday, "date"), spans(&holiday["hours"]), text(holiday, "title")));
    }
}

fn words(list: &Value) -> String {
    let words = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_queue_says_in_words_whether_it_is_open() {
        for (now_is, says) in [
            (json!({"open": true, "until": "2026-11-30 17:00"}), "open until 2026-11-30 17:00"),
            (json!({"open": true, "until": null}), "always open"),
            (json!({"open": false, "opens": "2026-11-30 08:00"}), "closed, opens 2026-11-30 08:00"),
            (json!({"open": false}), "closed"),
            (json!(null), "of an older release"),
        ] {
            assert_eq!(now(&json!({"now": now_is})), says);
        }
    }
}
