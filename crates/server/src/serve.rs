//! Serving: listens, works, and stops cleanly.

use crate::{House, http};
use baton_base::{Error, Result};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long requests under way may take when the process stops. A browser also holds connections on which it never
/// asked anything; they are not waited for any longer.
const WEB_STOP_MS_MAX: u64 = 3_000;

/// A serving house in this process; for the command line and for tests.
pub struct Serving {
    /// Where it listens.
    pub address: SocketAddr,
    house: Arc<House>,
    web: tokio::task::JoinHandle<std::io::Result<()>>,
    work: tokio::task::JoinHandle<()>,
}

/// Listens on `address` (port 0 takes any), and starts to work.
pub async fn start(house: Arc<House>, address: &str) -> Result<Serving> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Error::Unavailable(format!("cannot listen on {address}: {error}; choose another with --listen"))
    })?;
    let address = listener.local_addr().map_err(Error::broken)?;
    let router = http::router(Arc::clone(&house)).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(http::chat::tell(Arc::clone(&house), house.db.live()));
    tokio::spawn(crate::shadow::follow(Arc::clone(&house), house.db.live()));
    let mut stop = house.stopping();
    let web = tokio::spawn(async move {
        use axum::serve::ListenerExt as _;
        // Small answers go out at once: Nagle's delay would be most of their time.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router)
            .with_graceful_shutdown(async move {
                let _ = stop.wait_for(|stopped| *stopped).await;
            })
            .await
    });
    let worker = Arc::clone(&house);
    let work = tokio::spawn(async move { worker.work().await });
    Ok(Serving { address, house, web, work })
}

impl Serving {
    /// Base address, such as `http://127.0.0.1:7700`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until the process is told to stop, then finishes what is under way.
    pub async fn until_stopped(self) -> Result<()> {
        let mut stop = self.house.stopping();
        let _ = stop.wait_for(|stopped| *stopped).await;
        let _ = tokio::time::timeout(Duration::from_millis(WEB_STOP_MS_MAX), self.web).await;
        self.work.await.map_err(Error::broken)?;
        self.house.db.close().await;
        Ok(())
    }
}
