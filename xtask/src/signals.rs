//! Ctrl-C and its kin: the first asks to stop, the second insists.

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

static SEEN: AtomicUsize = AtomicUsize::new(0);

/// From now on signals are counted instead of ending this program.
pub fn watch() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("signals cannot be watched")?;
    thread::spawn(move || {
        for _ in signals.forever() {
            SEEN.fetch_add(1, Ordering::Relaxed);
        }
    });
    Ok(())
}

/// Somebody asked us to stop.
pub fn stop_asked() -> bool {
    SEEN.load(Ordering::Relaxed) > 0
}

/// Somebody asked twice.
pub fn stop_insisted() -> bool {
    SEEN.load(Ordering::Relaxed) > 1
}

/// An error once somebody asked us to stop.
pub fn check() -> Result<()> {
    if stop_asked() {
        bail!("stopped");
    }
    Ok(())
}
