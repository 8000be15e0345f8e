//! Which runs: from options to the API's parameters.

use baton_base::{Error, Result};
use clap::Args;

/// Which runs to list.
#[derive(Args)]
pub struct Filter {
    /// One client; all that you may see if left out.
    #[arg(long)]
    client: Option<String>,
    /// Name of the process.
    #[arg(long)]
    process: Option<String>,
    /// Version of its definition.
    #[arg(long)]
    version: Option<String>,
    /// running, waiting, suspended, faulted, completed or cancelled, or several with commas.
    #[arg(long)]
    status: Option<String>,
    /// Only runs that cannot go on.
    #[arg(long)]
    dead: bool,
    /// Of this case.
    #[arg(long)]
    case: Option<String>,
    /// Of a case of this customer.
    #[arg(long)]
    customer: Option<String>,
    /// Started by this run.
    #[arg(long)]
    parent: Option<String>,
    /// Part of the error's type or text.
    #[arg(long)]
    error: Option<String>,
    /// person, timer, message, child, event, event:TYPE or function:NAME.
    #[arg(long, value_name = "WHAT")]
    waits_on: Option<String>,
    /// Part of the run's data, such as an order's number.
    #[arg(long)]
    text: Option<String>,
    /// Started longer ago than this, such as 90s, 15m, 2h or 3d.
    #[arg(long, value_name = "AGE")]
    older_than: Option<String>,
    /// Started within this time.
    #[arg(long, value_name = "AGE")]
    newer_than: Option<String>,
}

impl Filter {
    /// As the API takes it.
    pub fn query(&self, now_ms: i64, after: Option<&str>) -> Result<String> {
        let at = |age: &Option<String>| -> Result<Option<String>> {
            age.as_deref().map(|text| Ok((now_ms - age_ms(text)?).to_string())).transpose()
        };
        let (to_ms, from_ms) = (at(&self.older_than)?, at(&self.newer_than)?);
        Ok(query(&[
            ("client", self.client.as_deref()),
            ("process", self.process.as_deref()),
            ("version", self.version.as_deref()),
            ("status", self.status.as_deref()),
            ("dead", self.dead.then_some("1")),
            ("case", self.case.as_deref()),
            ("customer", self.customer.as_deref()),
            ("parent", self.parent.as_deref()),
            ("error", self.error.as_deref()),
            ("waits_on", self.waits_on.as_deref()),
            ("q", self.text.as_deref()),
            ("to_ms", to_ms.as_deref()),
            ("from_ms", from_ms.as_deref()),
            ("after", after),
        ]))
    }
}

/// Parameters that are there, with the question mark; empty if none is.
pub fn query(parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped((*value)?))));
    let all = given.collect::<Vec<_>>().join("&");
    if all.is_empty() { all } else { format!("?{all}") }
}

/// Percent-encoding (RFC 3986) of everything that is not unreserved.
fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// `90s`, `15m`, `2h`, `3d` in milliseconds.
fn age_ms(text: &str) -> Result<i64> {
    let wrong = || Error::invalid_at("age", format!("'{text}' is no age"), "write it like 90s, 15m, 2h or 3d");
    let (number, unit) = text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
    let unit_ms = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let number: i64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(unit_ms).filter(|ms| *ms >= 0).ok_or_else(wrong)
}

/// One run.
#[derive(Args)]
pub struct Which {
    /// The run's id, or CLIENT/RUN.
    run: String,
    /// Client that it belongs to.
    #[arg(long, env = "BATON_CLIENT")]
    client: Option<String>,
}

impl Which {
    /// Its address in the API.
    pub fn path(&self, below: &str) -> Result<String> {
        let (client, run) = match (self.run.split_once('/'), &self.client) {
            (Some((client, run)), _) => (client, run),
            (None, Some(client)) => (client.as_str(), self.run.as_str()),
            (None, None) => {
                let how = "write CLIENT/RUN, or give --client";
                return Err(Error::invalid("It is not said whose run it is", how));
            }
        };
        Ok(format!("/clients/{}/runs/{}{below}", escaped(client), escaped(run)))
    }
}

/// The schedule of one process.
#[derive(Args)]
pub struct OfProcess {
    /// The process's name, or CLIENT/PROCESS.
    process: String,
    /// Client that it belongs to.
    #[arg(long, env = "BATON_CLIENT")]
    client: Option<String>,
}

impl OfProcess {
    /// Its address in the API.
    pub fn path(&self, verb: &str) -> Result<String> {
        let (client, process) = match (self.process.split_once('/'), &self.client) {
            (Some((client, process)), _) => (client, process),
            (None, Some(client)) => (client.as_str(), self.process.as_str()),
            (None, None) => {
                let how = "write CLIENT/PROCESS, or give --client";
                return Err(Error::invalid("It is not said whose process it is", how));
            }
        };
        Ok(format!("/clients/{}/schedules/{}/{verb}", escaped(client), escaped(process)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_and_nonsense_is_refused() {
        for (text, ms) in [("90s", 90_000), ("15m", 900_000), ("2h", 7_200_000), ("3d", 259_200_000)] {
            assert_eq!(age_ms(text).unwrap(), ms, "{text}");
        }
        for text in ["", "h", "-2h", "2w", "2", "9999999999999999d", "2ü"] {
            assert!(age_ms(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_run_is_named_with_its_client() {
        let path = |run: &str, client: Option<&str>| {
            Which { run: run.to_owned(), client: client.map(str::to_owned) }.path("/suspend")
        };
        assert_eq!(path("acme/run_1", None).unwrap(), "/clients/acme/runs/run_1/suspend");
        assert_eq!(path("run_1", Some("a b")).unwrap(), "/clients/a%20b/runs/run_1/suspend");
        assert!(path("run_1", None).is_err());
    }
}
