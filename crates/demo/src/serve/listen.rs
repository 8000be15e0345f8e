//! The listener. Its own, and not the framework's, because a fault must be able to close a connection
//! without an answer, as a system does that dies after the work.

use super::http::Silent;
use axum::Router;
use baton_base::{Error, Result};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

/// How long a silent system holds the connection before closing it, in milliseconds.
pub const SILENCE_MS: u64 = 30_000;

/// A server that listens; dropping it closes the port and its connections.
#[derive(Debug)]
pub struct Listening {
    /// Where.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves `router` on `address`; port 0 takes any free one.
pub async fn listen(address: SocketAddr, router: Router) -> Result<Listening> {
    let listener = TcpListener::bind(address).await.map_err(|e| {
        let detail = format!("{e}; choose another port, or 0 for any");
        Error::invalid_at(address.to_string(), "cannot listen there", detail)
    })?;
    let address = listener.local_addr().map_err(Error::broken)?;
    let task = tokio::spawn(async move {
        // Aborting this task drops the set, and with it every connection.
        let mut connections = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, router.clone()));
                } else {
                    // Out of file handles: wait for some to be given back.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                },
                Some(_) = connections.join_next() => {}
            }
        }
    });
    Ok(Listening { address, task })
}

async fn connection(stream: TcpStream, router: Router) {
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let response = match router.oneshot(request.map(axum::body::Body::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.extensions().get::<Silent>().is_some() {
                tokio::time::sleep(Duration::from_millis(SILENCE_MS)).await;
                return Err("silent after the work, as asked");
            }
            Ok(response)
        }
    });
    // An error here is a peer that went away, or the silence above; neither is for anyone to act on.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
