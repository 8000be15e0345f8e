//! MySQL and MariaDB: a read in a read-only transaction of a read-only session, a write in a transaction of its own; limits of time
//! are told to the database as well.

mod address;
mod cells;

use super::idle::Idle;
use super::{Answered, Bound, Limits, Reach, Rows, Sent, changed, lost};
use baton_base::digest_of_text;
use futures::TryStreamExt as _;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, DriverError, Error, IoError, Params, Row, ServerError};
use serde_json::{Map, Value, json};
use std::io::ErrorKind;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Time to reach a database and to be let in, milliseconds.
const CONNECT_MS_MAX: u64 = 3_000;
/// Waited for an answer beyond the time that the database itself is told, milliseconds.
const GRACE_MS: u64 = 1_000;
/// The database is full, or on its way down.
const BUSY: [u16; 5] = [1040, 1041, 1053, 1203, 1226];
/// It broke the statement off at the time that it was told, or because somebody asked for that.
const BROKEN_OFF: [u16; 3] = [1317, 1969, 3024];
/// It waited for a lock, or two statements waited for each other.
const LOCKED: [u16; 2] = [1205, 1213];
/// It ends the connection.
const ENDED: [u16; 4] = [1053, 1080, 1927, 4031];

/// Connections that nobody uses right now, on their way back to what they were when they were opened; none where that failed.
pub(super) type Pool = Idle<JoinHandle<Option<Conn>>>;

pub(super) async fn call(pool: &Pool, address: &str, bound: &Bound, values: Vec<Value>, limits: Limits) -> Answered {
    let place = digest_of_text(address);
    let idle = pool.take(&place, |_| true);
    let job = Job { bound: bound.clone(), values, limits };
    let address = address.to_owned();
    // A task of its own ends by itself, whatever a server says.
    let done = tokio::spawn(async move { job.run(idle, &address).await }).await;
    let (answer, conn) = done.unwrap_or_else(|_| (Err(lost(bound, "what the database says cannot be read")), None));
    if let Some(conn) = conn {
        // Nobody waits for it here, and a lock is not held until somebody calls again.
        pool.keep(place, tokio::spawn(reset(conn)));
    }
    answer
}

/// One statement to run.
struct Job {
    bound: Bound,
    values: Vec<Value>,
    limits: Limits,
}

/// What came back.
struct Said {
    value: Option<Value>,
    /// There are rows that were not read.
    unread: bool,
}

impl Job {
    /// The answer, and the connection if another call can use it.
    async fn run(self, idle: Option<JoinHandle<Option<Conn>>>, address: &str) -> (Answered, Option<Conn>) {
        let mut conn = match self.begun(idle, address).await {
            Ok(conn) => conn,
            Err(sent) => return (Err(sent), None),
        };
        let time = self.limits.time + Duration::from_millis(GRACE_MS);
        let said = tokio::time::timeout(time, self.talk(&mut conn)).await;
        let said = said.unwrap_or_else(|_| Err(lost(&self.bound, "it did not answer in time")));
        // After anything but an answer or a clear no, nobody knows what the connection is in the middle of.
        let whole = matches!(said, Ok(Said { unread: false, .. }) | Err(Sent::Refused(_))) && !conn.is_disconnected();
        let conn = if whole { Some(conn) } else { cut(conn).await };
        (said.map(|said| said.value), conn)
    }

    /// A connection on which the transaction has begun.
    async fn begun(&self, idle: Option<JoinHandle<Option<Conn>>>, address: &str) -> Result<Conn, Sent> {
        let (time, begin) = (Duration::from_millis(CONNECT_MS_MAX), begin(&self.bound, self.limits));
        if let Some(idle) = idle {
            let on_kept = async {
                let mut conn = idle.await.ok().flatten()?;
                conn.query_drop(begin.as_str()).await.ok().map(|()| conn)
            };
            // The server may have closed it meanwhile: nothing was done on it.
            if let Ok(Some(conn)) = tokio::time::timeout(time, on_kept).await {
                return Ok(conn);
            }
        }
        let mut conn = open(address, self.limits.reach).await?;
        match tokio::time::timeout(time, conn.query_drop(begin)).await {
            Ok(done) => done.map(|()| conn).map_err(|error| not_begun(&error)),
            Err(_) => Err(away("it does not answer")),
        }
    }

    async fn talk(&self, conn: &mut Conn) -> Result<Said, Sent> {
        match self.rows(conn).await {
            // What is still to come stands in the way of an end; the connection is cut, which is one.
            Ok(said) if said.unread => Ok(said),
            Ok(said) => match conn.query_drop("COMMIT").await {
                Ok(()) => Ok(said),
                Err(_) if !self.bound.writes => Ok(Said { unread: true, ..said }),
                Err(Error::Server(error)) if LOCKED.contains(&error.code) => Err(self.no(&error)),
                Err(Error::Server(error)) => {
                    // What the database says may repeat a value, and this goes into the ledger.
                    Err(Sent::Unclear(format!("it could not commit ({})", error.code)))
                }
                Err(_) => Err(lost(&self.bound, "the connection broke while it was committed")),
            },
            Err(Sent::Unclear(why)) => Err(Sent::Unclear(why)),
            Err(sent) => match conn.query_drop("ROLLBACK").await {
                // A warning says that a table without transactions has kept what was done before the error.
                Ok(()) if self.bound.writes && conn.get_warnings() > 0 => {
                    Err(Sent::Unclear("it failed, and a table without transactions may hold a part of it".to_owned()))
                }
                Ok(()) => Err(sent),
                Err(_) => Err(if self.bound.writes { lost(&self.bound, "the connection broke") } else { sent }),
            },
        }
    }

    async fn rows(&self, conn: &mut Conn) -> Result<Said, Sent> {
        let failed = |error: Error| self.failed(&error);
        let cells: Vec<_> = self.values.iter().map(cells::param).collect();
        let params = if cells.is_empty() { Params::Empty } else { Params::Positional(cells) };
        // A prepared statement is one statement: the server refuses a second.
        let mut result = conn.exec_iter(self.bound.sql.as_str(), params).await.map_err(failed)?;
        if result.columns_ref().is_empty() {
            let mut value = changed(result.affected_rows());
            if let Some(id) = result.last_insert_id().filter(|id| *id > 0) {
                value["inserted_id"] = json!(id);
            }
            result.drop_result().await.map_err(failed)?;
            return Ok(Said { value: Some(value), unread: false });
        }
        let (mut rows, mut unread) = (Rows::new(), false);
        if let Some(mut found) = result.stream::<Row>().await.map_err(failed)? {
            while let Some(row) = found.try_next().await.map_err(failed)? {
                // A write goes to its end; a read has seen enough.
                if !rows.take(json_of(&row), &self.limits) && !self.bound.writes {
                    unread = found.try_next().await.map_err(failed)?.is_some();
                    break;
                }
            }
        }
        Ok(Said { value: rows.answer(self.bound.one), unread })
    }

    /// Where the connection broke, the server rolls back what it had begun, but for tables without transactions.
    fn failed(&self, error: &Error) -> Sent {
        match error {
            Error::Server(error) => self.no(error),
            Error::Io(IoError::Io(error)) if error.kind() == ErrorKind::Other && !self.bound.writes => {
                Sent::Refused("its answer is too large, or cannot be read".to_owned())
            }
            Error::Io(_) => lost(&self.bound, "the connection broke"),
            Error::Driver(DriverError::ConnectionClosed) => lost(&self.bound, "the connection broke"),
            Error::Driver(DriverError::MixedParams | DriverError::StmtParamsMismatch { .. }) => {
                Sent::Refused("the database reads other parameters in the statement than its action has".to_owned())
            }
            Error::Driver(_) | Error::Other(_) | Error::Url(_) => {
                lost(&self.bound, "what the database says cannot be read")
            }
        }
    }

    fn no(&self, error: &ServerError) -> Sent {
        match error.code {
            code if BROKEN_OFF.contains(&code) => Sent::Nothing("it took longer than allowed".to_owned()),
            code if LOCKED.contains(&code) => Sent::Nothing("it waited for what others had locked".to_owned()),
            code if ENDED.contains(&code) => lost(&self.bound, "the database ended the connection"),
            _ => Sent::Refused(words(error)),
        }
    }
}

fn not_begun(error: &Error) -> Sent {
    match error {
        Error::Server(error) if !ENDED.contains(&error.code) => Sent::Refused(words(error)),
        Error::Server(_) | Error::Driver(_) | Error::Io(_) | Error::Other(_) | Error::Url(_) => {
            Sent::Nothing("the connection broke before the statement was sent".to_owned())
        }
    }
}

fn words(error: &ServerError) -> String {
    format!("{} ({})", error.message, error.code)
}

fn json_of(row: &Row) -> Value {
    let mut out = Map::new();
    for (at, column) in row.columns_ref().iter().enumerate() {
        let value = row.as_ref(at).map_or(Value::Null, |cell| cells::json_of(column, cell));
        out.insert(column.name_str().into_owned(), value);
    }
    Value::Object(out)
}

/// The connection as new: nothing of an earlier call is left, such as a lock or a setting.
async fn reset(mut conn: Conn) -> Option<Conn> {
    let done = tokio::time::timeout(Duration::from_millis(CONNECT_MS_MAX), conn.reset()).await;
    matches!(done, Ok(Ok(true))).then_some(conn)
}

async fn open(address: &str, reach: Reach) -> Result<Conn, Sent> {
    let time = Duration::from_millis(CONNECT_MS_MAX);
    let opening = async {
        let opts = address::read(address, reach).await?;
        Conn::new(opts).await.map_err(|error| not_let_in(&error))
    };
    tokio::time::timeout(time, opening).await.unwrap_or_else(|_| Err(away("it does not answer")))
}

fn away(why: &str) -> Sent {
    Sent::Nothing(format!("the database cannot be reached: {why}"))
}

/// Other errors than the database's own can hold the address, and with it the password.
fn not_let_in(error: &Error) -> Sent {
    let refused = |why: &str| Sent::Refused(format!("the database does not let Baton in: {why}"));
    match error {
        Error::Server(error) if BUSY.contains(&error.code) => away(&error.message),
        Error::Server(error) => refused(&error.message),
        Error::Driver(DriverError::NoClientSslFlagFromServer) => {
            refused("it offers no encryption, and its address asks for it")
        }
        Error::Driver(DriverError::UnknownAuthPlugin { .. } | DriverError::MysqlOldPasswordDisabled) => {
            refused("it asks for a way to sign in that is not offered")
        }
        Error::Driver(DriverError::CleartextPluginDisabled) => {
            refused("it asks for the password in clear, which is not sent")
        }
        Error::Io(IoError::Tls(_)) => away("its certificate or its encryption is not in order"),
        Error::Io(IoError::Io(error)) if error.kind() == ErrorKind::InvalidData => {
            away("its certificate or its encryption is not in order")
        }
        Error::Driver(_) | Error::Io(_) | Error::Other(_) | Error::Url(_) => {
            away("the address or the connection is not in order")
        }
    }
}

/// Closes a connection without reading on: it is dropped in the middle of a command.
async fn cut(mut conn: Conn) -> Option<Conn> {
    // Whatever comes of it is of no use any more.
    let _ = tokio::time::timeout(Duration::ZERO, conn.ping()).await;
    None
}

/// What is said before the statement. Only MariaDB reads `/*M!`, only MySQL `/*!50708`: there a limit of time is one of reads alone,
/// and locks are waited for in whole seconds. The mode says that a backslash in a text takes the next character along, and that a
/// value that does not fit is an error.
fn begin(bound: &Bound, limits: Limits) -> String {
    let ms = limits.time.as_millis();
    let (lock_s, seconds, rest) = (limits.time.as_secs().max(1), ms / 1000, ms % 1000);
    let session = format!(
        "SET NAMES utf8mb4; SET SESSION sql_mode = 'TRADITIONAL', time_zone = '+00:00', \
         /*M! max_statement_time = {seconds}.{rest:03}, */ /*!50708 max_execution_time = {ms}, */ \
         innodb_lock_wait_timeout = {lock_s}, lock_wait_timeout = {lock_s}"
    );
    if bound.writes {
        return format!("{session}; START TRANSACTION READ WRITE");
    }
    // One more than the limit shows that there are more.
    let rows = limits.rows_max + 1;
    format!("{session}, sql_select_limit = {rows}; SET SESSION TRANSACTION READ ONLY; START TRANSACTION READ ONLY")
}
