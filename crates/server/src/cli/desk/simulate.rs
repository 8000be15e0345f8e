//! `baton desk simulate`: a day again, under other orders or with other people, side by side.

use crate::cli::{Database, Outcome, say};
use crate::parts::refused;
use baton_base::{ClientId, Clock, Error, Result, SystemClock};
use baton_db::Db;
use baton_desk::route::{Discipline, Policy, Report, replay};
use baton_desk::{Intake, Recorded, colleagues, day_of_file, recorded_day, with_people};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

const DAY_MS: i64 = 86_400_000;

/// Which day, and what is different.
#[derive(Args)]
pub struct Options {
    /// A day in a YAML file: lines of work, arrivals, people.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The recorded work of this client instead.
    #[arg(long, env = "BATON_CLIENT", required_unless_present = "file")]
    client: Option<String>,
    /// How many days back the recorded day ends.
    #[arg(long, default_value_t = 0)]
    days_ago: u16,
    #[command(flatten)]
    database: Database,
    /// Orders to compare; all if none is named.
    #[arg(long, value_enum)]
    policy: Vec<Order>,
    /// Also with this many people instead, each able to do everything; may be given several times.
    #[arg(long, value_name = "COUNT")]
    people: Vec<usize>,
    /// Pieces of work that each of these people has at once.
    #[arg(long, default_value_t = 1)]
    places: u16,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// By what work is ordered.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Order {
    /// As the desk does: bands, then the due time, weighted urgency under overload.
    Banded,
    /// Whatever came first.
    FirstCome,
    /// Bands, then whatever came first.
    Priority,
    /// Whatever is due first.
    Due,
    /// Whatever costs most per minute of work.
    Cost,
    /// Weighted urgency always.
    Weighted,
}

impl Order {
    fn discipline(self) -> Discipline {
        match self {
            Self::Banded => Discipline::Banded,
            Self::FirstCome => Discipline::FirstCome,
            Self::Priority => Discipline::Priority,
            Self::Due => Discipline::Due,
            Self::Cost => Discipline::Cost,
            Self::Weighted => Discipline::Weighted,
        }
    }
}

/// Plays the day and prints what would have become of it.
pub async fn run(options: Options) -> Outcome {
    let recorded = recorded(&options).await?;
    let day = &recorded.day;
    if day.arrivals.is_empty() && day.in_hand.is_empty() {
        return Err(Error::invalid("nothing came in on that day", "choose another with --days-ago, or give a --file"));
    }
    let orders: Vec<Discipline> = match options.policy.as_slice() {
        [] => Discipline::ALL.to_vec(),
        some => some.iter().map(|order| order.discipline()).collect(),
    };
    let mut days = vec![(format!("{} people", day.workers.len()), day.clone())];
    for count in &options.people {
        days.push((format!("{count} people for everything"), with_people(day.clone(), *count, options.places)));
    }
    let begins = options.file.is_none().then(|| begins(&recorded));
    if let Some(words) = begins.as_ref().filter(|_| !options.json) {
        say(&format!("{}\n", words.join("\n")));
    }
    let mut all = Vec::new();
    for (who, day) in &days {
        for order in &orders {
            let report = replay(day, Policy::of(*order));
            if options.json {
                all.push(json!({
                    "policy": order, "people": day.workers.len(), "staffing": who, "report": report, "begins": begins,
                }));
            } else {
                show(&format!("{}, {who}", order.name()), &report);
            }
        }
    }
    if options.json {
        say(&serde_json::to_string_pretty(&all).unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}

/// How a recorded day begins, and whence it is known who was there.
fn begins(recorded: &Recorded) -> Vec<String> {
    let (waited, in_hand) = (recorded.waited, recorded.in_hand);
    let time = |ms| jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default();
    let since = recorded.known_from_ms.map(|ms| format!("it is recorded since {}", time(ms)));
    let people = match (recorded.people_known, since) {
        (true, Some(since)) => format!("people are there when they were available and on shift; {since}"),
        (_, Some(since)) => {
            format!("people are there by their shifts: who was available is not known for this day; {since}")
        }
        (_, None) => "people are there by their shifts: nobody has said yet where they are".to_owned(),
    };
    vec![format!("the day begins with {waited} that waited and {in_hand} that somebody had"), people]
}

fn show(title: &str, report: &Report) {
    say(&format!(
        "{title}: at work {:.1} % of their time, fairness {:.2}, taken under overload {}",
        report.utilisation * 100.0,
        report.fairness,
        report.under_overload
    ));
    say(&format!("  {:<28} {:>8} {:>8} {:>8} {:>12} {:>12}", "", "came in", "left", "late", "wait p50", "wait p90"));
    for line in &report.lines {
        say(&format!(
            "  {:<28} {:>8} {:>8} {:>6.1} % {:>10} s {:>10} s",
            line.name,
            line.arrived,
            line.left,
            line.late * 100.0,
            line.wait_p50_ms / 1_000,
            line.wait_p90_ms / 1_000
        ));
    }
    say("");
}

async fn recorded(options: &Options) -> Result<Recorded> {
    if let Some(file) = &options.file {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|e| Error::invalid_at(name.clone(), "the file cannot be read", e.to_string()))?;
        let day = day_of_file(&name, &text)?;
        return Ok(Recorded { day, waited: 0, in_hand: 0, known_from_ms: None, people_known: false });
    }
    let client: ClientId = options.client.as_deref().unwrap_or_default().parse()?;
    let db = Db::open(&options.database.database).await?;
    let now_ms = SystemClock.now_ms();
    let to_ms = now_ms - i64::from(options.days_ago) * DAY_MS;
    let read = db.read(move |tx| {
        let row = baton_clients::clients(tx)?.into_iter().find(|row| row.id == client);
        let release = row.and_then(|row| row.release);
        let release = release.ok_or_else(|| Error::not_found(format!("client {client}")))?;
        let bundle = baton_clients::release(tx, &client, &release)?.bundle;
        let intake = Intake::load(&bundle).map_err(|findings| refused(&findings))?;
        let people = colleagues(tx, now_ms, std::slice::from_ref(&client))?;
        recorded_day(tx, &client, &intake, &people, (to_ms - DAY_MS, to_ms), now_ms)
    });
    let found = read.await;
    db.close().await;
    found
}
