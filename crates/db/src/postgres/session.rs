//! One connection with its prepared statements, and what it owes within the transaction that runs.
//!
//! BEGIN goes with the first query, if that only reads, or with what is owed; what is owed (statements of which nobody asks what
//! came of them, and savepoints) goes with the next statement, and at the latest with COMMIT. Nothing is said to be saved before
//! the answer to COMMIT is here, and the first error among what was sent together is the error of all of it: PostgreSQL refuses
//! whatever follows it in a transaction, COMMIT included. What follows a BEGIN that was refused stands in no transaction, and
//! is refused too if it writes: the connection only reads where it is not told otherwise.

use super::types;
use super::wire::{Answer, Ask, Param, Wire};
use crate::rows::{Cells, Column, text_together};
use crate::tls::Address;
use crate::{Row, Rows, Value, error, sql};
use ::postgres::Statement;
use ::postgres::types::Type;
use baton_base::{Error, Result};
use std::collections::HashMap;

/// Prepared statements kept per connection.
const STATEMENTS_MAX: usize = 512;
/// Longest statement, wait for a lock and pause inside a transaction: a stuck one must not hold the others.
const SETTINGS: &str = "SET statement_timeout = '60s'; SET lock_timeout = '10s'; \
                        SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = 'warning'; \
                        SET default_transaction_read_only = on";
/// Tables are where they are for the role that connects, also while another role stands in: a schema may be named after it.
const PLACE: &str = "SELECT set_config('search_path', quote_ident(current_schema()), false)";

pub(crate) struct PgSession {
    address: Address,
    wire: Wire,
    /// What the transaction begins with, until it is sent.
    begin: Option<String>,
    /// It was sent with a query, and did not begin one.
    refused: bool,
    /// What goes with the next statement.
    owed: Vec<Owed>,
    /// Whether the transaction that runs stands behind a wall.
    pub(crate) is_within: bool,
    /// Those behind a wall are others: one that is run under changing roles would be planned anew each time.
    outside: Plans,
    within: Plans,
}

/// Statements that PostgreSQL has prepared, by their text.
type Known = HashMap<String, Statement>;

#[derive(Default)]
struct Plans {
    statements: Known,
    /// Statements for many rows, by the text that their columns have yet to be filled into.
    for_many: Known,
    /// The same for one row.
    for_one: Known,
}

/// What is owed.
enum Owed {
    /// Control of the transaction.
    Text(String),
    Rows {
        sql: String,
        rows: Rows,
        statement: ForRows,
    },
    /// Several statements for one row each, as one.
    Together {
        sql: String,
        parts: Vec<(String, Rows)>,
        statement: Statement,
    },
}

/// A statement for rows, as it is sent.
enum ForRows {
    /// Once for each row.
    Each(Statement),
    /// Once for all.
    All(Statement),
}

impl ForRows {
    /// The columns as arrays, where they are sent so; an error where the rows cannot be sent either way.
    fn arrays<'a>(&self, rows: &'a Rows) -> Result<Vec<Cells<'a>>> {
        let arrays = rows.arrays()?;
        Ok(match self {
            Self::Each(_) => Vec::new(),
            Self::All(_) => arrays,
        })
    }

    fn calls<'a>(&'a self, rows: &'a Rows, arrays: &'a [Cells<'a>]) -> Vec<(&'a Statement, Vec<Param<'a>>)> {
        match self {
            Self::Each(statement) => rows.rows().iter().map(|row| (statement, values(row))).collect(),
            Self::All(statement) => vec![(statement, wired(arrays))],
        }
    }
}

fn values(row: &[Value]) -> Vec<Param<'_>> {
    row.iter().map(|value| value as Param<'_>).collect()
}

fn wired<'a>(arrays: &'a [Cells<'a>]) -> Vec<Param<'a>> {
    let each = arrays.iter().map(|cells| match cells {
        Cells::Text(texts) => texts as Param<'a>,
        Cells::Int(numbers) => numbers as Param<'a>,
    });
    each.collect()
}

/// Something to send, with its text for messages.
type Piece<'a> = (&'a str, Ask<'a>);

impl PgSession {
    pub(crate) fn connect(address: &Address) -> Result<Self> {
        let mut wire = Wire::connect(address)?;
        let settings = format!("{SETTINGS}; {PLACE}");
        let set = wire.send(&[Ask::Text(&settings)]).into_iter().collect::<std::result::Result<Vec<_>, _>>();
        set.map_err(|e| error::connecting(&e))?;
        let (outside, within) = (Plans::default(), Plans::default());
        let (begin, owed, address) = (None, Vec::new(), address.clone());
        Ok(Self { address, wire, begin, refused: false, owed, is_within: false, outside, within })
    }

    /// The next transaction begins so, once it has something to ask.
    pub(crate) fn begin(&mut self, begin: String) {
        self.owed.clear();
        self.refused = false;
        self.begin = Some(begin);
    }

    /// Whether the transaction has asked for nothing yet: there is nothing to end.
    pub(crate) fn has_not_begun(&self) -> bool {
        self.begin.is_some() && self.owed.is_empty()
    }

    /// How often it has waited for the server since this was last asked.
    pub(crate) fn take_waits(&mut self) -> u64 {
        self.wire.take_waits()
    }

    /// Ends the transaction without what is still owed.
    pub(crate) fn rollback(&mut self) -> Result<()> {
        self.owed.clear();
        if self.has_not_begun() { Ok(()) } else { self.batch("ROLLBACK") }
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        self.open()?;
        let statement = self.prepare(sql)?;
        let params = checked(&statement, params, sql)?;
        self.send(vec![(sql, Ask::Change(&statement, params))]).map(changed)
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        self.reading(is_reading(sql), |session| {
            let statement = session.prepare(sql)?;
            let params = checked(&statement, params, sql)?;
            session.send(vec![(sql, Ask::Query(&statement, params))]).and_then(found)
        })
    }

    pub(crate) fn execute_rows(&mut self, sql: &str, rows: &Rows) -> Result<u64> {
        self.open()?;
        let statement = self.prepare_rows(sql, rows)?;
        let arrays = statement.arrays(rows)?;
        let calls = statement.calls(rows, &arrays).into_iter();
        self.send(calls.map(|(statement, params)| (sql, Ask::Change(statement, params))).collect()).map(changed)
    }

    /// Runs queries for rows one after the other, sent together: the rows that each finds.
    pub(crate) fn query_rows(&mut self, asked: &[(&str, &Rows)]) -> Result<Vec<Vec<Row>>> {
        let reads = asked.iter().all(|(sql, _)| is_reading(sql));
        self.reading(reads, |session| session.query_all(asked))
    }

    fn query_all(&mut self, asked: &[(&str, &Rows)]) -> Result<Vec<Vec<Row>>> {
        // All before any is kept: where one has yet to be prepared and the connection was lost while it was idle, the new one
        // knows none of them.
        asked.iter().try_for_each(|(sql, rows)| self.prepare_rows(sql, rows).map(drop))?;
        let mut statements = Vec::with_capacity(asked.len());
        for (sql, rows) in asked {
            statements.push(self.prepare_rows(sql, rows)?);
        }
        let arrays: Result<Vec<_>> = statements.iter().zip(asked).map(|(s, (_, rows))| s.arrays(rows)).collect();
        let arrays = arrays?;
        let (mut pieces, mut counts) = (Vec::new(), Vec::with_capacity(asked.len()));
        for ((statement, (sql, rows)), arrays) in statements.iter().zip(asked).zip(&arrays) {
            let calls = statement.calls(rows, arrays);
            counts.push(calls.len());
            pieces.extend(calls.into_iter().map(|(statement, params)| (*sql, Ask::Query(statement, params))));
        }
        let mut answers = self.send(pieces)?.into_iter();
        counts.into_iter().map(|count| found(answers.by_ref().take(count).collect())).collect()
    }

    /// Runs a statement for rows with the next one, or with COMMIT.
    pub(crate) fn owe_rows(&mut self, sql: &str, rows: Rows) -> Result<()> {
        let statement = self.prepare_rows(sql, &rows)?;
        // What cannot be sent is told here, and not of the statement that it would go with.
        statement.arrays(&rows)?;
        self.owed.push(Owed::Rows { sql: sql.to_owned(), rows, statement });
        Ok(())
    }

    /// The same for several statements for one row each, as one.
    pub(crate) fn owe_together(&mut self, parts: Vec<(String, Rows)>) -> Result<()> {
        let statement = self.prepare_together(&parts)?;
        // What cannot be sent is told here, as with any statement that is owed.
        parts.iter().try_for_each(|(_, rows)| rows.arrays().map(|_| ()))?;
        self.owed.push(Owed::Together { sql: together(&parts), parts, statement });
        Ok(())
    }

    /// Runs control of the transaction with the next statement; at once where statements are owed, whose errors would be
    /// taken for its own.
    pub(crate) fn owe_text(&mut self, sql: &str) -> Result<()> {
        if self.owes_rows() {
            return self.batch(sql);
        }
        self.open()?;
        self.owed.push(Owed::Text(sql.to_owned()));
        Ok(())
    }

    /// Whether statements for rows are owed.
    pub(crate) fn owes_rows(&self) -> bool {
        self.owed.iter().any(|owed| !matches!(owed, Owed::Text(_)))
    }

    /// Statements for rows that are owed are not run any more.
    pub(crate) fn forget_rows(&mut self) {
        self.owed.retain(|owed| matches!(owed, Owed::Text(_)));
    }

    /// Sends what is owed.
    pub(crate) fn settle(&mut self) -> Result<()> {
        self.open()?;
        if self.owed.is_empty() { Ok(()) } else { self.send(Vec::new()).map(|_| ()) }
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        self.open()?;
        self.send(vec![(sql, Ask::Text(sql))]).map(|_| ())
    }

    /// Sends BEGIN by itself, on a new connection where this one was lost while it was idle. Where something is owed, BEGIN goes
    /// with that.
    fn open(&mut self) -> Result<()> {
        if !self.owed.is_empty() {
            return self.renew();
        }
        let Some(begin) = self.begin.take() else { return Ok(()) };
        if self.send(vec![(begin.as_str(), Ask::Text(&begin))]).is_ok() {
            return Ok(());
        }
        self.reconnect()?;
        self.send(vec![(begin.as_str(), Ask::Text(&begin))]).map(|_| ())
    }

    /// Takes a new connection where this one is known to be gone and BEGIN is not sent: of what is sent together with COMMIT on one
    /// that is lost, nobody could say whether it is saved. What is owed is prepared there anew.
    fn renew(&mut self) -> Result<()> {
        if self.begin.is_none() || !self.wire.is_gone() {
            return Ok(());
        }
        let (begin, owed) = (self.begin.take(), std::mem::take(&mut self.owed));
        self.reconnect()?;
        self.begin = begin;
        self.open()?;
        for one in owed {
            let one = match one {
                Owed::Text(text) => Owed::Text(text),
                Owed::Rows { sql, rows, .. } => {
                    let statement = self.prepare_rows(&sql, &rows)?;
                    Owed::Rows { sql, rows, statement }
                }
                Owed::Together { sql, parts, .. } => {
                    let statement = self.prepare_together(&parts)?;
                    Owed::Together { sql, parts, statement }
                }
            };
            self.owed.push(one);
        }
        Ok(())
    }

    fn reconnect(&mut self) -> Result<()> {
        let fresh = Self::connect(&self.address)?;
        *self = Self { is_within: self.is_within, ..fresh };
        Ok(())
    }

    /// Asks something, together with BEGIN if that is not sent yet and this only reads: where BEGIN fails, what follows it is not
    /// part of a transaction. If the connection was lost, all is asked again on a new one.
    fn reading<T>(&mut self, reads: bool, ask: impl Fn(&mut Self) -> Result<T>) -> Result<T> {
        if !reads || !self.owed.is_empty() {
            self.open()?;
            return ask(self);
        }
        let asked = ask(self);
        if asked.is_ok() || !std::mem::take(&mut self.refused) {
            return asked;
        }
        let begin = self.begin.take();
        self.reconnect()?;
        self.begin = begin;
        self.open()?;
        ask(self)
    }

    /// Sends BEGIN if it is not sent, what is owed, and these, and waits once; the answers to these. The first error of all
    /// is the answer; where it is that of BEGIN, or the connection that it was sent on is lost, BEGIN counts as not sent.
    fn send(&mut self, last: Vec<Piece<'_>>) -> Result<Vec<Answer>> {
        let (begin, owed) = (self.begin.take(), std::mem::take(&mut self.owed));
        let arrays: Result<Vec<_>> = owed.iter().map(Owed::arrays).collect();
        let arrays = arrays?;
        let first = begin.iter().map(|begin| (begin.as_str(), Ask::Text(begin)));
        let owing = owed.iter().zip(&arrays).flat_map(|(owed, arrays)| owed.pieces(arrays));
        let before: Vec<Piece<'_>> = first.chain(owing).collect();
        let skipped = before.len();
        let (texts, asks): (Vec<&str>, Vec<Ask<'_>>) = before.into_iter().chain(last).unzip();
        let mut answers = Vec::with_capacity(asks.len());
        for (at, (answer, sql)) in self.wire.send(&asks).into_iter().zip(texts).enumerate() {
            match answer {
                Ok(answer) => answers.push(answer),
                Err(e) => {
                    let failed = self.failed(&e, sql);
                    self.refused = begin.is_some() && (at == 0 || self.wire.is_lost());
                    self.begin = begin.clone().filter(|_| self.refused);
                    return Err(failed);
                }
            }
        }
        Ok(answers.split_off(skipped))
    }

    fn plans(&mut self) -> &mut Plans {
        if self.is_within { &mut self.within } else { &mut self.outside }
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement> {
        self.known(
            |plans| &mut plans.statements,
            sql,
            |session| match sql::without_null_tests(sql) {
                None => session.prepare_text(sql, &[]),
                Some(without) => {
                    let learnt = session.prepare_text(&without, &[])?;
                    session.prepare_text(sql, learnt.params())
                }
            },
        )
    }

    fn prepare_rows(&mut self, sql: &str, rows: &Rows) -> Result<ForRows> {
        if rows.len() > Rows::FEW {
            let text = |session: &mut Self| session.prepare_text(&rows.text_for_all(sql), &[]);
            return self.known(|plans| &mut plans.for_many, sql, text).map(ForRows::All);
        }
        let types = || rows.columns().map(type_of).collect::<Vec<_>>();
        let text = |session: &mut Self| session.prepare_text(&rows.text_for_one(sql), &types());
        self.known(|plans| &mut plans.for_one, sql, text).map(ForRows::Each)
    }

    fn prepare_together(&mut self, parts: &[(String, Rows)]) -> Result<Statement> {
        let text = |session: &mut Self| {
            let types: Vec<Type> = parts.iter().flat_map(|(_, rows)| rows.columns().map(type_of)).collect();
            session.prepare_text(&text_together(parts), &types)
        };
        self.known(|plans| &mut plans.for_one, &together(parts), text)
    }

    /// The statement that this session has prepared for a text, or prepares now.
    fn known(
        &mut self,
        of: fn(&mut Plans) -> &mut Known,
        sql: &str,
        prepare: impl FnOnce(&mut Self) -> Result<Statement>,
    ) -> Result<Statement> {
        if let Some(statement) = of(self.plans()).get(sql) {
            return Ok(statement.clone());
        }
        let statement = prepare(self)?;
        let known = of(self.plans());
        if known.len() >= STATEMENTS_MAX {
            known.clear();
        }
        known.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Prepares within the transaction, and after what it owes: a text that cannot be prepared fails like a statement.
    fn prepare_text(&mut self, sql: &str, types: &[Type]) -> Result<Statement> {
        self.settle()?;
        self.wire.prepare(sql, types).map_err(|e| error::of_postgres(&e, sql))
    }

    // A plan that a migration made invalid is prepared anew the next time.
    fn failed(&mut self, e: &::postgres::Error, sql: &str) -> Error {
        let error = error::of_postgres(e, sql);
        if matches!(error, Error::Broken(_)) {
            let known = self.plans();
            known.statements.remove(sql);
            known.for_many.remove(sql);
            known.for_one.remove(sql);
        }
        error
    }
}

impl Owed {
    fn arrays(&self) -> Result<Vec<Cells<'_>>> {
        match self {
            Self::Text(_) | Self::Together { .. } => Ok(Vec::new()),
            Self::Rows { rows, statement, .. } => statement.arrays(rows),
        }
    }

    fn pieces<'a>(&'a self, arrays: &'a [Cells<'a>]) -> Vec<Piece<'a>> {
        match self {
            Self::Text(text) => vec![(text.as_str(), Ask::Text(text))],
            Self::Together { sql, parts, statement } => {
                let row = parts.iter().flat_map(|(_, rows)| rows.rows()).flatten();
                vec![(sql.as_str(), Ask::Change(statement, row.map(|value| value as Param<'a>).collect()))]
            }
            Self::Rows { sql, rows, statement } => {
                let calls = statement.calls(rows, arrays).into_iter();
                calls.map(|(statement, params)| (sql.as_str(), Ask::Change(statement, params))).collect()
            }
        }
    }
}

/// What statements are known by that are sent as one: their texts, into which nothing is filled.
fn together(parts: &[(String, Rows)]) -> String {
    let texts: Vec<&str> = parts.iter().map(|(sql, _)| sql.as_str()).collect();
    texts.join("; ")
}

/// Whether a statement changes nothing, whatever becomes of the transaction.
fn is_reading(sql: &str) -> bool {
    sql.starts_with("SELECT ") || sql.starts_with("WITH RECURSIVE ")
}

fn type_of(column: Column) -> Type {
    match column {
        Column::Text => Type::TEXT,
        Column::Int => Type::INT8,
    }
}

fn changed(answers: Vec<Answer>) -> u64 {
    let each = answers.into_iter().map(|answer| match answer {
        Answer::Changed(count) => count,
        Answer::Rows(_) => 0,
    });
    each.sum()
}

fn found(answers: Vec<Answer>) -> Result<Vec<Row>> {
    let rows = answers.into_iter().flat_map(|answer| match answer {
        Answer::Rows(rows) => rows,
        Answer::Changed(_) => Vec::new(),
    });
    rows.map(|row| types::row(&row)).collect()
}

fn checked<'a>(statement: &Statement, params: &'a [Value], sql: &str) -> Result<Vec<Param<'a>>> {
    let wanted = statement.params().len();
    if wanted != params.len() {
        let head = crate::tx::head(sql);
        return Err(Error::broken(format!("{} parameters given, {wanted} wanted in: {head}", params.len())));
    }
    Ok(values(params))
}
