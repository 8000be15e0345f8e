//! All demo systems together: what `baton-demo-systems` starts, and what a test starts in its own process.

use crate::insurer::{self, House, Insurer};
use crate::serve::{Books, Faults, Listening, Shared, SharedFaults, System, listen};
use crate::shop::{self, Shop};
use axum::Router;
use baton_base::{Result, digest_of};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// What to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port of the shop; 0 takes any.
    pub shop_port: u16,
    /// Port of Harbor Mutual; 0 takes any.
    pub mutual_port: u16,
    /// Port of Nordlicht; 0 takes any.
    pub nordic_port: u16,
    /// Folder of the journals; `None` keeps everything in memory.
    pub state: Option<PathBuf>,
    /// Seed of the worlds and of the faults.
    pub seed: u64,
    /// Faults of all three servers.
    pub faults: Faults,
    /// A published shop database to load instead of generating one.
    pub shop_db: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            shop_port: 0,
            mutual_port: 0,
            nordic_port: 0,
            state: None,
            seed: 1,
            faults: Faults::default(),
            shop_db: None,
        }
    }
}

/// Where the systems are, such as `http://127.0.0.1:41234`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The shop.
    pub shop: String,
    /// Harbor Mutual.
    pub mutual: String,
    /// Nordlicht.
    pub nordic: String,
}

/// The running systems; dropping them stops them.
pub struct Systems {
    /// Where they are.
    pub addresses: Addresses,
    _listening: Vec<Listening>,
}

/// Starts the three servers.
pub async fn start(options: &Options) -> Result<Systems> {
    let (shop, origin) = match &options.shop_db {
        Some(dir) => {
            let shop = shop::load(dir)?;
            let origin = format!("database {}", digest_of(&shop));
            (shop, origin)
        }
        None => (shop::generate(options.seed), format!("seed {}", options.seed)),
    };
    let shop = shop_router(options, shop, &origin)?;
    let mutual = insurer_router(options, House::HarborMutual)?;
    let nordic = insurer_router(options, House::Nordlicht)?;
    let shop = listen(SocketAddr::new(options.host, options.shop_port), shop).await?;
    let mutual = listen(SocketAddr::new(options.host, options.mutual_port), mutual).await?;
    let nordic = listen(SocketAddr::new(options.host, options.nordic_port), nordic).await?;
    let url = |listening: &Listening| format!("http://{}", listening.address);
    let addresses = Addresses { shop: url(&shop), mutual: url(&mutual), nordic: url(&nordic) };
    Ok(Systems { addresses, _listening: vec![shop, mutual, nordic] })
}

fn books<S: System>(state: S, dir: Option<&Path>, name: &str, origin: &str) -> Result<Books<S>> {
    match dir {
        Some(dir) => Books::open(state, dir, name, origin),
        None => Ok(Books::in_memory(state)),
    }
}

fn shop_router(options: &Options, shop: Shop, origin: &str) -> Result<Router> {
    let books = books(shop, options.state.as_deref(), "shop", origin)?;
    Ok(shop::router(&Shared::new(books, SharedFaults::new(options.faults, options.seed ^ 0xfa))))
}

fn insurer_router(options: &Options, house: House) -> Result<Router> {
    let insurer: Insurer = insurer::generate(house, options.seed);
    let origin = format!("seed {}", options.seed);
    let books = books(insurer, options.state.as_deref(), house.file_name(), &origin)?;
    let salt = u64::from(house.policy_prefix().as_bytes()[0]);
    Ok(insurer::router(&Shared::new(books, SharedFaults::new(options.faults, options.seed ^ salt))))
}
