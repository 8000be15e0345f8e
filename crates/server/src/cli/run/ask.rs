//! Which runs: from options to the API's parameters.

use baton_base::{Error, Result};
use clap::Args;
use serde_json::{Map, Value, json};

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
    /// Path of the task that failed, such as /do/3/plan.
    #[arg(long, value_name = "PATH")]
    failed_at: Option<String>,
    /// A value that the event must have which it waits for, such as an order's number; found by an index.
    #[arg(long, value_name = "VALUE")]
    correlation: Option<String>,
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
    /// The client that is named.
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// As the API takes it in an address.
    pub fn query(&self, now_ms: i64, after: Option<&str>) -> Result<String> {
        let numbers = self.numbers(now_ms)?.map(|(name, number)| (name, number.map(|number| number.to_string())));
        let numbers = numbers.iter().map(|(name, number)| (*name, number.as_deref()));
        let all = [("client", self.client.as_deref()), ("after", after)];
        let all: Vec<(&str, Option<&str>)> = all.into_iter().chain(self.texts()).chain(numbers).collect();
        Ok(query(&all))
    }

    /// As the API takes it in a body; the client stands in the address.
    pub fn body(&self, now_ms: i64, after: Option<&str>) -> Result<Value> {
        let mut body = Map::new();
        for (name, text) in self.texts().into_iter().chain([("after", after)]) {
            body.extend(text.map(|text| (name.to_owned(), json!(text))));
        }
        for (name, number) in self.numbers(now_ms)? {
            body.extend(number.map(|number| (name.to_owned(), json!(number))));
        }
        Ok(Value::Object(body))
    }

    fn texts(&self) -> [(&'static str, Option<&str>); 11] {
        [
            ("process", self.process.as_deref()),
            ("version", self.version.as_deref()),
            ("status", self.status.as_deref()),
            ("case", self.case.as_deref()),
            ("customer", self.customer.as_deref()),
            ("parent", self.parent.as_deref()),
            ("error", self.error.as_deref()),
            ("failed_at", self.failed_at.as_deref()),
            ("correlation", self.correlation.as_deref()),
            ("waits_on", self.waits_on.as_deref()),
            ("q", self.text.as_deref()),
        ]
    }

    fn numbers(&self, now_ms: i64) -> Result<[(&'static str, Option<i64>); 3]> {
        let at = |age: &Option<String>| -> Result<Option<i64>> {
            age.as_deref().map(|text| Ok(now_ms - age_ms(text)?)).transpose()
        };
        let (to_ms, from_ms) = (at(&self.older_than)?, at(&self.newer_than)?);
        Ok([("dead", self.dead.then_some(1)), ("to_ms", to_ms), ("from_ms", from_ms)])
    }
}

/// Parameters that are there, with the question mark; empty if none is.
pub fn query(parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped((*value)?))));
    let all = given.collect::<Vec<_>>().join("&");
    if all.is_empty() { all } else { format!("?{all}") }
}

/// Percent-encoding (RFC 3986) of everything that is not unreserved.
pub fn escaped(text: &str) -> String {
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
    fn a_filter_says_the_same_in_an_address_and_in_a_body() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            filter: Filter,
        }
        let line = ["x", "--client", "acme", "--process", "a b", "--dead", "--older-than", "1s", "--text", "W1"];
        let Line { filter } = clap::Parser::parse_from(line);
        let query = filter.query(5_000, Some("run_1")).unwrap();
        assert_eq!(query, "?client=acme&after=run_1&process=a%20b&q=W1&dead=1&to_ms=4000");
        let body = filter.body(5_000, Some("run_1")).unwrap();
        assert_eq!(body, json!({"after": "run_1", "process": "a b", "q": "W1", "dead": 1, "to_ms": 4000}));
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
