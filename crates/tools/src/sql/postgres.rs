//! PostgreSQL: a read in a read-only transaction, a write in one of its own; types become JSON in the database. A connection that
//! is kept is put back to what it was when it was opened. What leaves this machine is encrypted, and the server's certificate checked,
//! unless the address says otherwise.

use super::idle::Idle;
use super::places::{Reach, fine, resolved};
use super::{Answered, Bound, Limits, Rows, Sent, changed, lost};
use baton_base::{Error, digest_of_text};
use baton_db::tls::{Address, Mode, why};
use futures::TryStreamExt as _;
use serde_json::Value;
use std::error::Error as StdError;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::config::Host;
use tokio_postgres::error::DbError;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, private::BytesMut};
use tokio_postgres::{Client, Config};

/// Time to reach a database, milliseconds.
const CONNECT_MS_MAX: u64 = 3_000;
/// Waited for an answer beyond the time that the database itself is told, milliseconds.
const GRACE_MS: u64 = 1_000;

/// Nothing of a call is left for the next: no setting, no role, no lock, no temporary table, no prepared statement. What
/// `DISCARD ALL` does, but for the statements by which the driver looks up types: it would use them again.
const RESET: &str = "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; \
    SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES; \
    DO $$ DECLARE made pg_catalog.text; BEGIN \
    FOR made IN SELECT name FROM pg_catalog.pg_prepared_statements WHERE from_sql LOOP \
    EXECUTE pg_catalog.format('DEALLOCATE %I', made); END LOOP; END $$";

/// Connections that nobody uses right now.
pub(super) type Pool = Idle<Kept>;

/// A connection that nobody uses right now.
pub(super) struct Kept {
    client: Arc<Client>,
    /// Whether it is as it was when it was opened. That was asked for when it was kept, and whatever is sent next comes after.
    reset: JoinHandle<bool>,
}

pub(super) async fn call(pool: &Pool, address: &str, bound: &Bound, values: Vec<Value>, limits: &Limits) -> Answered {
    let place = digest_of_text(address);
    let (begin, wait) = (begin(bound, limits), Duration::from_millis(CONNECT_MS_MAX));
    if let Some(Kept { client, reset }) = pool.take(&place, |kept| !kept.client.is_closed()) {
        let stop = reset.abort_handle();
        if tokio::time::timeout(wait, begun(&client, reset, &begin)).await.unwrap_or(false) {
            return finished(pool, place, client, (bound, values.as_slice()), limits).await;
        }
        // It was closed meanwhile, is not as it was, or says nothing any more. Nothing was done on it.
        stop.abort();
    }
    let client = Arc::new(connect(address, limits.reach).await?);
    match tokio::time::timeout(wait, client.batch_execute(&begin)).await {
        Ok(done) => done.map_err(|e| before(&e))?,
        Err(_) => return Err(away("it does not answer")),
    }
    finished(pool, place, client, (bound, values.as_slice()), limits).await
}

/// The answer on a connection on which the transaction has begun, which is then kept if another call can use it.
async fn finished(
    pool: &Pool,
    place: String,
    client: Arc<Client>,
    (bound, values): (&Bound, &[Value]),
    limits: &Limits,
) -> Answered {
    let time = limits.time + Duration::from_millis(GRACE_MS);
    let answer = tokio::time::timeout(time, run(&client, bound, values, limits)).await;
    let answer = answer.unwrap_or_else(|_| Err(lost(bound, "it did not answer in time")));
    give_back(pool, place, client, &answer).await;
    answer
}

fn begin(bound: &Bound, limits: &Limits) -> String {
    let kind = if bound.writes { "READ WRITE" } else { "READ ONLY" };
    format!("BEGIN {kind}; SET LOCAL statement_timeout = {}", limits.time.as_millis())
}

/// Begins on a connection that was kept, in one wait with its reset; false where either failed.
async fn begun(client: &Client, reset: JoinHandle<bool>, begin: &str) -> bool {
    let (begun, reset) = tokio::join!(client.batch_execute(begin), reset);
    begun.is_ok() && reset.unwrap_or(false)
}

/// Keeps a connection for the next call. Its reset is sent, and nobody waits for it here.
async fn give_back(pool: &Pool, place: String, client: Arc<Client>, answer: &Answered) {
    // After anything but an answer or a clear no, nobody knows what the connection is in the middle of.
    if !matches!(answer, Ok(_) | Err(Sent::Refused(_))) || client.is_closed() {
        return;
    }
    let own = Arc::clone(&client);
    let mut reset = Box::pin(async move { own.batch_execute(RESET).await.is_ok() });
    // To ask once is to send it: now, so that it goes ahead of what the next call sends.
    let asked = std::future::poll_fn(|cx| Poll::Ready(reset.as_mut().poll(cx))).await;
    let reset = match asked {
        Poll::Ready(done) => tokio::spawn(std::future::ready(done)),
        Poll::Pending => tokio::spawn(reset),
    };
    pool.keep(place, Kept { client, reset });
}

async fn connect(address: &str, reach: Reach) -> Result<Client, Sent> {
    let time = Duration::from_millis(CONNECT_MS_MAX);
    tokio::time::timeout(time, open(address, reach)).await.unwrap_or_else(|_| Err(away("it does not answer")))
}

fn away(why: &str) -> Sent {
    Sent::Nothing(format!("the database cannot be reached: {why}"))
}

async fn open(address: &str, reach: Reach) -> Result<Client, Sent> {
    // Errors can hold the address, and with it the password.
    let unready = || away("the address or the connection is not in order");
    if Address::is_of_machine(address) {
        reach.of_machine()?;
    }
    let text = address.to_owned();
    // It reads files.
    let read = tokio::task::spawn_blocking(move || Address::read(&text, Mode::VerifyFull)).await;
    let address = read.map_err(|_| unready())?.map_err(unread)?;
    let mut sent = unready();
    for way in ways(address.config(), reach).await? {
        match address.connect(&way).await {
            Ok((client, driving)) => {
                tokio::spawn(async move {
                    if let Err(error) = driving.await {
                        tracing::debug!(%error, "a connection to a connected database ended");
                    }
                });
                return Ok(client);
            }
            Err(error) => {
                let words = why(&error).or_else(|| error.as_db_error().map(DbError::message));
                // One of several addresses that says why tells more than the next that does not answer.
                if let Some(words) = words {
                    sent = Sent::Refused(format!("the database does not let Baton in: {words}"));
                }
            }
        }
    }
    Err(sent)
}

/// What is said of an address holds no part of it.
fn unread(error: Error) -> Sent {
    match error {
        Error::Invalid { title, detail, .. } => Sent::Refused(format!("{title}: {detail}")),
        other => away(&other.to_string()),
    }
}

/// The ways to a database: as often as its names lead to further addresses, all of its hosts at one address each.
async fn ways(config: &Config, reach: Reach) -> Result<Vec<Config>, Sent> {
    let mut names = Vec::new();
    for host in config.get_hosts() {
        if let Host::Tcp(name) = host {
            names.push(name);
        }
    }
    if names.len() < config.get_hosts().len() {
        reach.of_machine()?;
    }
    let given = config.get_hostaddrs();
    if !given.is_empty() {
        // Where addresses stand beside the names, names are not resolved.
        for address in given {
            fine(std::iter::once(*address), reach)?;
        }
        return Ok(vec![config.clone()]);
    }
    if names.len() < config.get_hosts().len() && !names.is_empty() {
        return Err(Sent::Refused("the address names hosts and sockets of this machine at once".to_owned()));
    }
    let mut found = Vec::new();
    for name in names {
        found.push(resolved(name, reach).await?);
    }
    let rounds = found.iter().map(Vec::len).max().unwrap_or(1);
    let way = |round: usize| {
        let mut way = config.clone();
        for addresses in &found {
            if let Some(address) = addresses.get(round).or(addresses.last()) {
                way.hostaddr(*address);
            }
        }
        way
    };
    Ok((0..rounds).map(way).collect())
}

/// The statement and the end of the transaction that was begun for it.
async fn run(client: &Client, bound: &Bound, values: &[Value], limits: &Limits) -> Answered {
    let done = work(client, bound, values, limits).await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = client.batch_execute(end).await;
    match (done, ended) {
        (Ok(value), Ok(())) => Ok(value),
        (Ok(_), Err(error)) => Err(match error.as_db_error() {
            Some(said) => Sent::Refused(said.message().to_owned()),
            None => lost(bound, "the connection broke while it was committed"),
        }),
        (Err(sent), _) => Err(sent),
    }
}

async fn work(client: &Client, bound: &Bound, values: &[Value], limits: &Limits) -> Answered {
    let params: Vec<Param<'_>> = values.iter().map(Param).collect();
    let returns = !bound.writes || bound.sql.to_ascii_lowercase().contains("returning");
    if !returns {
        let changed = client.execute_raw(&bound.sql, params).await.map(changed);
        return changed.map(Some).map_err(|e| before(&e));
    }
    // One more than the limit shows that there are more.
    let sql = match bound.writes {
        false => format!("SELECT row_to_json(q)::text FROM (\n{}\n) AS q LIMIT {}", bound.sql, limits.rows_max + 1),
        true => format!("WITH q AS (\n{}\n) SELECT row_to_json(q)::text FROM q", bound.sql),
    };
    let mut found = pin!(client.query_raw(&sql, params).await.map_err(|e| before(&e))?);
    let mut rows = Rows::new();
    // One at a time: a row can be large, and all of them together larger than this machine's memory.
    while let Some(row) = found.try_next().await.map_err(|e| before(&e))? {
        let text: String = row.try_get(0).map_err(|e| Sent::Refused(e.to_string()))?;
        let row = serde_json::from_str(&text).map_err(|e| Sent::Refused(e.to_string()))?;
        if !rows.take(row, limits) {
            break;
        }
    }
    Ok(rows.answer(bound.one))
}

/// Before the commit nothing is changed, whatever happens.
fn before(error: &tokio_postgres::Error) -> Sent {
    match error.as_db_error() {
        Some(said) if said.code().code() == "57014" => Sent::Nothing("it took longer than allowed".to_owned()),
        Some(said) => Sent::Refused(format!("{} ({})", said.message(), said.code().code())),
        None if error.is_closed() => Sent::Nothing("the connection broke".to_owned()),
        None => match error.source() {
            Some(cause) => Sent::Refused(format!("{error}: {cause}")),
            None => Sent::Refused(error.to_string()),
        },
    }
}

/// A JSON value as text, which PostgreSQL reads as whatever type the statement wants there.
#[derive(Debug)]
struct Param<'a>(&'a Value);

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        if self.0.is_null() {
            return Ok(IsNull::Yes);
        }
        let list = matches!(ty.kind(), Kind::Array(_));
        out.extend_from_slice(text(self.0, list).as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(ty, out)
    }
}

fn text(value: &Value, list: bool) -> String {
    match value {
        Value::Array(items) if list => {
            let each = items.iter().map(|item| match item {
                Value::Null => "NULL".to_owned(),
                Value::Array(_) => text(item, true),
                other => format!("\"{}\"", text(other, false).replace('\\', "\\\\").replace('"', "\\\"")),
            });
            format!("{{{}}}", each.collect::<Vec<_>>().join(","))
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_are_resolved_once_and_machines_secrets_are_not_asked_for() {
        for bad in [
            "postgres://ada:s3cret@169.254.169.254/x",
            "postgres://ada:s3cret@[fd00:ec2::254]:5432/x",
            "postgres://ada:s3cret@[::ffff:169.254.169.254]/x",
            "postgres://ada:s3cret@2852039166/x",
            "host=db.example hostaddr=169.254.169.254 user=ada password=s3cret",
            "postgres://ada:s3cret@127.0.0.1,169.254.169.254/x",
            "host=/run/postgresql,127.0.0.1 user=ada password=s3cret",
        ] {
            let Sent::Refused(why) = open(bad, Reach::Anywhere).await.unwrap_err() else { panic!("{bad}") };
            assert!(!why.contains("s3cret"), "{why}");
        }
        let config = "postgres://ada@localhost:5433/x?application_name=b".parse().unwrap();
        let ways = ways(&config, Reach::Anywhere).await.unwrap();
        assert!(!ways.is_empty());
        for way in ways {
            assert!(way.get_hostaddrs().len() == 1 && way.get_hostaddrs()[0].is_loopback(), "{way:?}");
            assert_eq!((way.get_ports(), way.get_application_name()), (&[5433][..], Some("b")));
        }
        let socket = super::ways(&"host=/run/postgresql user=ada".parse().unwrap(), Reach::Anywhere).await.unwrap();
        assert!(socket.len() == 1 && socket[0].get_hostaddrs().is_empty(), "{socket:?}");
        for inside in [
            "postgres://ada@127.0.0.1/x",
            "postgres://ada@localhost/x",
            "host=db.example hostaddr=10.0.0.5",
            "host=/run/postgresql user=ada",
        ] {
            let Sent::Refused(why) = open(inside, Reach::Outside).await.unwrap_err() else { panic!("{inside}") };
            assert!(why.contains("lies inside"), "{why}");
        }
    }
}
