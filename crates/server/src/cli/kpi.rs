//! `baton kpi`: what the KPIs are, and the report of a server that runs.

use super::run::Reach;
use super::run::table::{table, text};
use super::{Outcome, say};
use crate::http::performance::catalogue;
use baton_base::Error;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// List the KPIs: what each is, its unit, and whether what it needs is recorded.
    List(List),
    /// How AI and people served cases that were opened in a time, by intent, beside the same time before; and what customers wrote
    /// about whose cases failed.
    Report(Report),
}

/// How to print.
#[derive(Args)]
pub struct List {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Which report.
#[derive(Args)]
pub struct Report {
    #[command(flatten)]
    reach: Reach,
    /// One client; all that you may see if left out.
    #[arg(long, env = "BATON_CLIENT")]
    client: Option<String>,
    /// How far back: days (28d), weeks (4w) or hours (12h).
    #[arg(long, default_value = "28d", value_name = "TIME")]
    since: String,
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::List(list) => {
            print_list(&list);
            Ok(ExitCode::SUCCESS)
        }
        Command::Report(report) => print_report(&report).await,
    }
}

fn print_list(list: &List) {
    if list.json {
        say(&serde_json::to_string_pretty(&json!({"items": catalogue()})).unwrap_or_default());
        return;
    }
    let row = |kpi: &Value| {
        let recorded = if kpi["recorded"] == true { "yes" } else { "no" };
        vec![text(kpi, "id"), text(kpi, "unit"), recorded.to_owned(), text(kpi, "says")]
    };
    table(&["kpi", "unit", "recorded", "what it is"], &catalogue().iter().map(row).collect::<Vec<_>>());
}

async fn print_report(report: &Report) -> Outcome {
    let back_ms = span_ms(&report.since)?;
    let server = report.reach.server().await?;
    let until_ms = server.now_ms();
    let client = report.client.as_ref().map(|client| format!("&client={client}")).unwrap_or_default();
    let since_ms = until_ms.saturating_sub(back_ms);
    let which = format!("since_ms={since_ms}&until_ms={until_ms}{client}");
    let mut found = server.get(&format!("/performance?{which}")).await?;
    let alike = match server.get(&format!("/performance/failures?{which}")).await {
        Ok(mut failures) => failures.get_mut("alike").map(Value::take),
        // Whoever may see figures and no case is shown none.
        Err(Error::Refused { .. }) => None,
        Err(error) => return Err(error),
    };
    if report.reach.json {
        found["failed_alike"] = json!(alike);
        say(&serde_json::to_string_pretty(&found).unwrap_or_default());
        return Ok(ExitCode::SUCCESS);
    }
    let heads = [
        "client",
        "intent",
        "cases",
        "attempts",
        "resolved",
        "rate",
        "provisional",
        "escalated",
        "overridden",
        "minutes",
        "models",
        "an attempt",
        "resolved one",
    ];
    let mut rows: Vec<Vec<String>> = found["items"].as_array().into_iter().flatten().map(line).collect();
    let mut all = line(&found["totals"]);
    (all[0], all[1]) = ("all".to_owned(), String::new());
    let mut before = line(&found["before"]);
    (before[0], before[1]) = ("before".to_owned(), String::new());
    rows.extend([all, before]);
    table(&heads, &rows);
    if found["change"].is_object() {
        say(&changed(&found["change"]));
    }
    for line in unknown_costs(&found["totals"]) {
        say(&line);
    }
    print_alike(alike.as_ref());
    Ok(ExitCode::SUCCESS)
}

/// Failed cases by what their customers wrote first.
fn print_alike(alike: Option<&Value>) {
    let needs = alike.and_then(Value::as_array).into_iter().flatten();
    let rows: Vec<Vec<String>> = needs.flat_map(alike_lines).collect();
    if rows.is_empty() {
        return;
    }
    say("");
    say("failed cases in which customers wrote about the same:");
    table(&["client", "intent", "cases", "of", "about", "why"], &rows);
}

/// The groups of one need: how many cases, of how many that were compared, about what, and by which causes they failed.
fn alike_lines(need: &Value) -> Vec<Vec<String>> {
    let intent = need["intent"].as_str().unwrap_or("not recognised");
    let line = |group: &Value| {
        let words = group["words"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
        let about = if words.is_empty() { "-".to_owned() } else { words.join(" ") };
        let causes = group["causes"].as_object().into_iter().flatten();
        let why: Vec<String> = causes.map(|(cause, cases)| format!("{cause} {cases}")).collect();
        vec![
            text(need, "client"),
            intent.to_owned(),
            text(group, "cases"),
            text(need, "compared"),
            about,
            why.join(", "),
        ]
    };
    need["groups"].as_array().into_iter().flatten().map(line).collect()
}

fn line(counts: &Value) -> Vec<String> {
    let intent = counts["intent"].as_str().unwrap_or("not recognised").to_owned();
    let minutes = counts["people_minutes"].as_f64().map(|minutes| format!("{minutes:.0}")).unwrap_or_default();
    let number = |name: &str| text(counts, name);
    vec![
        number("client"),
        intent,
        number("cases"),
        number("attempts"),
        number("resolutions"),
        percent(&counts["resolution_rate"]),
        number("provisional"),
        number("escalated"),
        number("overridden"),
        minutes,
        money(counts, "amount"),
        money(counts, "per_attempt"),
        money(counts, "per_resolution"),
    ]
}

/// What models cost, each currency by itself; in words where no price was configured, and never nothing for something.
fn money(counts: &Value, which: &str) -> String {
    let each = counts["cost"].as_array().into_iter().flatten();
    let known: Vec<String> = each
        .filter_map(|one| {
            one[which].as_str().map(|amount| format!("{amount} {}", one["currency"].as_str().unwrap_or_default()))
        })
        .collect();
    let some = |name: &str| counts[name].as_i64().unwrap_or_default() > 0;
    match (known.is_empty(), some("unpriced"), some("uncounted")) {
        (true, true, _) => "no price".to_owned(),
        (true, false, true) => "not counted".to_owned(),
        (true, false, false) => "-".to_owned(),
        (false, false, false) => known.join(" + "),
        (false, _, _) => format!("{} and more", known.join(" + ")),
    }
}

/// What of the cost is not known, and what to do about it.
fn unknown_costs(counts: &Value) -> Vec<String> {
    let count = |name: &str| counts[name].as_i64().filter(|count| *count > 0);
    let unpriced = count("unpriced").map(|count| {
        format!(
            "no price configured: {count} exchanges with models, whose cost is not known; give the agent's model a price, or \
             serve with --model-price"
        )
    });
    let uncounted = count("uncounted")
        .map(|count| format!("not counted: {count} exchanges that failed, or whose server told no tokens"));
    unpriced.into_iter().chain(uncounted).collect()
}

fn percent(value: &Value) -> String {
    value.as_f64().map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// Why the share of resolutions changed, in a line.
fn changed(change: &Value) -> String {
    let points = |name: &str| format!("{:+.1}", change[name].as_f64().unwrap_or_default() * 100.0);
    format!(
        "resolved: {} to {}, {} points; of these {} by how well each intent goes and {} by which intents come in",
        percent(&change["before"]),
        percent(&change["now"]),
        points("delta"),
        points("rate_effect"),
        points("mix_effect"),
    )
}

/// Milliseconds of `28d`, `4w` or `12h`.
fn span_ms(text: &str) -> Result<i64, Error> {
    const HOUR_MS: i64 = 3_600_000;
    let wrong =
        || Error::invalid_at("--since", format!("'{text}' is no time"), "write days (28d), weeks (4w) or hours (12h)");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let unit_ms = match unit {
        'h' => HOUR_MS,
        'd' => 24 * HOUR_MS,
        'w' => 7 * 24 * HOUR_MS,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    number.checked_mul(unit_ms).filter(|ms| *ms > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_failed_cases_is_a_line_with_what_they_are_about_and_why_they_failed() {
        let need = json!({"client": "acme", "intent": null, "cases": 9, "compared": 8, "alone": 3, "groups": [
            {"words": ["parcel", "monday"], "cases": 3, "causes": {"low_confidence": 2, "policy": 1}},
            {"words": [], "cases": 2, "causes": {"policy": 2}}]});
        let lines: Vec<String> = alike_lines(&need).iter().map(|line| line.join("|")).collect();
        assert_eq!(
            lines,
            ["acme|not recognised|3|8|parcel monday|low_confidence 2, policy 1", "acme|not recognised|2|8|-|policy 2"]
        );
    }

    #[test]
    fn what_is_not_known_of_the_cost_is_said_and_is_never_nothing() {
        let dollars = json!({"currency": "USD", "amount": "0.0012", "per_attempt": "0.0003", "per_resolution": null});
        let counts = |cost: Value, unpriced: i64| json!({"cost": cost, "unpriced": unpriced, "uncounted": 0});
        for (counts, which, shown) in [
            (counts(json!([]), 0), "amount", "-"),
            (counts(json!([]), 3), "amount", "no price"),
            (counts(json!([dollars]), 0), "amount", "0.0012 USD"),
            (counts(json!([dollars]), 3), "per_attempt", "0.0003 USD and more"),
            (counts(json!([dollars]), 0), "per_resolution", "-"),
        ] {
            assert_eq!(money(&counts, which), shown);
        }
        let uncounted = json!({"cost": [], "unpriced": 0, "uncounted": 2});
        assert_eq!(money(&uncounted, "amount"), "not counted");
        let said = unknown_costs(&counts(json!([]), 3));
        assert!(said[0].contains("no price configured: 3") && said[0].contains("--model-price"), "{said:?}");
        assert!(unknown_costs(&counts(json!([dollars]), 0)).is_empty());
    }

    #[test]
    fn a_time_back_is_hours_days_or_weeks() {
        for (text, ms) in [("12h", 43_200_000), ("7d", 604_800_000), ("2w", 1_209_600_000)] {
            assert_eq!(span_ms(text).unwrap(), ms, "{text}");
        }
        for text in ["", "d", "7", "-1d", "0d", "7 d", "seven", "99999999999999999999d", "1\u{20ac}"] {
            assert!(span_ms(text).is_err(), "{text}");
        }
    }
}
