//! One connection to PostgreSQL, driven by the thread that uses it. What is sent together costs one wait for the server.

use crate::error;
use crate::tls::Address;
use ::postgres::types::{ToSql, Type};
use ::postgres::{Error as PgError, NoTls, Row, Statement};
use baton_base::{Error, Result};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::runtime::{self, Runtime};
use tokio::task::yield_now;
use tokio_postgres::tls::{MakeTlsConnect, NoTlsStream};
use tokio_postgres::{AsyncMessage, Client, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
type Came<T> = std::result::Result<T, PgError>;

/// A parameter on its way.
pub(super) type Param<'a> = &'a (dyn ToSql + Sync);

/// One thing that is asked of the server.
pub(super) enum Ask<'a> {
    /// Text without parameters.
    Text(&'a str),
    /// The rows that a prepared statement finds.
    Query(&'a Statement, Vec<Param<'a>>),
    /// How many rows a prepared statement changes.
    Change(&'a Statement, Vec<Param<'a>>),
}

/// What came of it.
pub(super) enum Answer {
    Changed(u64),
    Rows(Vec<Row>),
}

pub(super) struct Wire {
    runtime: Runtime,
    client: Client,
    /// Gone once it is lost: whoever waits for an answer hears that it is closed.
    link: Option<Link>,
    /// How often it has waited for the server.
    waits: u64,
}

impl Wire {
    pub(super) fn connect(address: &Address) -> Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Error::Unavailable(format!("no runtime for a connection: {e}")))?;
        let (client, link) = runtime.block_on(Link::open(address)).map_err(|e| error::connecting(&e))?;
        Ok(Self { runtime, client, link: Some(link), waits: 0 })
    }

    /// Whether it is known that the connection is gone.
    pub(super) fn is_lost(&self) -> bool {
        self.link.is_none()
    }

    /// Whether the connection is gone, as far as this machine has heard by now.
    pub(super) fn is_gone(&mut self) -> bool {
        let link = &mut self.link;
        self.runtime.block_on(async {
            // What has come meanwhile is known once the runtime has looked.
            yield_now().await;
            poll_fn(|cx| {
                drive(link, cx);
                Poll::Ready(())
            })
            .await;
        });
        self.is_lost()
    }

    /// How often it has waited since this was last asked.
    pub(super) fn take_waits(&mut self) -> u64 {
        std::mem::take(&mut self.waits)
    }

    pub(super) fn prepare(&mut self, sql: &str, types: &[Type]) -> Came<Statement> {
        self.waits += 1;
        let (client, link) = (&self.client, &mut self.link);
        let mut preparing = std::pin::pin!(client.prepare_typed(sql, types));
        self.runtime.block_on(poll_fn(|cx| {
            drive(link, cx);
            preparing.as_mut().poll(cx)
        }))
    }

    /// Sends all, in order, and waits once; an answer for each. After one that failed within a transaction, the others
    /// fail too; one that cannot be sent is the last that has an answer, and nothing after it is sent.
    pub(super) fn send(&mut self, asks: &[Ask<'_>]) -> Vec<Came<Answer>> {
        self.waits += 1;
        let (client, link) = (&self.client, &mut self.link);
        let mut open: Vec<Pending<'_>> = asks.iter().map(|ask| Pending::of(client, ask)).collect();
        let mut is_sent = false;
        self.runtime.block_on(poll_fn(|cx| {
            drive(link, cx);
            let (mut waits, mut unsent) = (false, None);
            for (at, one) in open.iter_mut().enumerate() {
                waits |= !one.is_there(cx);
                // No answer can be here in the first round: this one was not sent.
                if !is_sent && matches!(one.came, Some(Err(_))) {
                    unsent = Some(at);
                    break;
                }
            }
            is_sent = true;
            open.truncate(unsent.map_or(open.len(), |at| at + 1));
            if waits { Poll::Pending } else { Poll::Ready(()) }
        }));
        open.into_iter().filter_map(|one| one.came).collect()
    }
}

/// What goes over the connection: in clear as it always went, or encrypted.
enum Link {
    Plain(Box<Connection<Socket, NoTlsStream>>),
    Tls(Box<Connection<Socket, TlsStream>>),
}

impl Link {
    async fn open(address: &Address) -> Came<(Client, Self)> {
        match &address.tls {
            None => {
                let (client, link) = address.config.connect(NoTls).await?;
                Ok((client, Self::Plain(Box::new(link))))
            }
            Some(tls) => {
                let (client, link) = address.config.connect(tls.clone()).await?;
                Ok((client, Self::Tls(Box::new(link))))
            }
        }
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Came<AsyncMessage>>> {
        match self {
            Self::Plain(link) => link.poll_message(cx),
            Self::Tls(link) => link.poll_message(cx),
        }
    }
}

/// An answer that is awaited.
struct Pending<'a> {
    answering: Pin<Box<dyn Future<Output = Came<Answer>> + 'a>>,
    came: Option<Came<Answer>>,
}

impl<'a> Pending<'a> {
    fn of(client: &'a Client, ask: &'a Ask<'a>) -> Self {
        Self { answering: Box::pin(answer(client, ask)), came: None }
    }

    fn is_there(&mut self, cx: &mut Context<'_>) -> bool {
        if self.came.is_none()
            && let Poll::Ready(came) = self.answering.as_mut().poll(cx)
        {
            self.came = Some(came);
        }
        self.came.is_some()
    }
}

/// Sent when it is polled for the first time.
async fn answer(client: &Client, ask: &Ask<'_>) -> Came<Answer> {
    match ask {
        Ask::Text(text) => client.batch_execute(text).await.map(|()| Answer::Changed(0)),
        Ask::Query(statement, params) => client.query(*statement, params).await.map(Answer::Rows),
        Ask::Change(statement, params) => client.execute(*statement, params).await.map(Answer::Changed),
    }
}

/// Brings on their way what is to be sent and what has come.
fn drive(link: &mut Option<Link>, cx: &mut Context<'_>) {
    while let Some(open) = link.as_mut() {
        match open.poll_message(cx) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(e))) => {
                tracing::debug!(error = %e, "a connection to PostgreSQL was lost");
                *link = None;
            }
            Poll::Ready(None) => *link = None,
            Poll::Pending => return,
        }
    }
}
