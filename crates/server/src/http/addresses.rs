//! Limits by address, for whoever has not shown who they are: requests without a sign-in, attempts to sign in, and credentials that
//! are none. Whoever is signed in is not counted, however many sit behind one address.
//!
//! An address is an IPv4 address or an IPv6 /64, as the connection has it, or as the last of the trusted proxies says
//! (`X-Forwarded-For`). A connection from this machine itself is not counted: it is a tool, or a proxy that nobody has named. What a
//! proxy says is counted, whichever address it is.

use crate::House;
use crate::http::auth::{COOKIE, cookie_named};
use crate::http::chat::CALLS;
use crate::http::problem::Failure;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use baton_base::Error;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Most addresses that are kept in memory. Beyond them, those that have nothing left to make up for are forgotten, and while there
/// are none of these, further ones are not counted.
const ADDRESSES_MAX: usize = 50_000;
/// Shortest time between two such clearings, milliseconds.
const CLEAR_MS: i64 = 1_000;
/// Where each proxy adds whom it was asked by, at the end.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// What is guessed at here: passwords, passkeys and codes.
const GUESSES: [&str; 3] = ["/api/v1/session", "/api/v1/session/passkey", "/api/v1/session/sso/code"];
/// What no sign-in is looked at for, beside the beginnings of chats: what a request shows there spares it nothing.
const FOR_ANYBODY: [&str; 3] = ["/api/v1/session/ways", "/api/v1/session/sso", "/api/v1/session/passkey/challenge"];
/// Where something is done for whoever asks. Pages, what systems send by themselves, and calls by phone are not among it.
const OPEN: [&str; 5] = ["/api/", CALLS, "/scim/", "/mcp/", "/a2a/"];

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    /// Requests without credentials.
    Open,
    /// Attempts to sign in.
    Guess,
    /// Credentials that are none.
    Failed,
}

/// In a response: it is a sign-in with a second factor, which was asked for by an attempt without it.
#[derive(Debug, Clone, Copy)]
pub struct WithSecond;

/// How often something may be: one more after so many milliseconds, and so many at once.
struct Rate {
    each_ms: i64,
    at_once: i64,
}

impl Count {
    fn rate(self) -> Rate {
        match self {
            // A page of customers behind one address begins twenty conversations a second.
            Self::Open => Rate { each_ms: 50, at_once: 600 },
            Self::Guess => Rate { each_ms: 2_000, at_once: 60 },
            Self::Failed => Rate { each_ms: 1_000, at_once: 120 },
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Open => "requests without a sign-in",
            Self::Guess => "attempts to sign in",
            Self::Failed => "requests with a session or token that is none",
        }
    }
}

/// When an address has made up for what it has spent, by what is counted; milliseconds since the epoch.
#[derive(Default)]
struct Spent {
    open_ms: i64,
    guess_ms: i64,
    failed_ms: i64,
}

impl Spent {
    fn of(&mut self, count: Count) -> &mut i64 {
        match count {
            Count::Open => &mut self.open_ms,
            Count::Guess => &mut self.guess_ms,
            Count::Failed => &mut self.failed_ms,
        }
    }

    fn is_over(&self, now_ms: i64) -> bool {
        self.open_ms.max(self.guess_ms).max(self.failed_ms) <= now_ms
    }
}

#[derive(Default)]
struct Seen {
    spent: HashMap<IpAddr, Spent>,
    cleared_ms: i64,
}

/// What addresses have spent, in this process.
#[derive(Default)]
pub(crate) struct Addresses {
    proxies: OnceLock<usize>,
    has_warned: AtomicBool,
    seen: Mutex<Seen>,
}

impl Addresses {
    /// How many proxies of ours a request comes through; once, before it is served.
    pub fn trust(&self, proxies: usize) {
        let _ = self.proxies.set(proxies);
    }

    /// Whose request it is, as it is counted; none where it is not.
    fn of(&self, request: &Request) -> Option<IpAddr> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
        let proxies = self.proxies.get().copied().unwrap_or_default();
        if let Some(address) = forwarded(request.headers(), proxies) {
            return Some(network(address));
        }
        if request.headers().contains_key(FORWARDED_FOR) {
            self.warn(proxies);
        }
        (!peer.is_loopback()).then(|| network(peer))
    }

    fn warn(&self, proxies: usize) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                proxies,
                "X-Forwarded-For does not fit --trusted-proxies: all who come through a proxy are limited as one address, and \
                 through one on this machine not at all; say how many there are"
            );
        }
    }

    /// Counts one; the time to wait, milliseconds, where that is too many.
    fn take(&self, address: IpAddr, count: Count, now_ms: i64) -> Result<(), i64> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.has_room(address, now_ms) {
            return Ok(());
        }
        let Rate { each_ms, at_once } = count.rate();
        let until_ms = seen.spent.entry(address).or_default().of(count);
        // Nobody has more to make up for than all of it, even where the clock was set back.
        let from_ms = (*until_ms).clamp(now_ms, now_ms + at_once * each_ms);
        let wait_ms = from_ms - now_ms - (at_once - 1) * each_ms;
        if wait_ms > 0 {
            return Err(wait_ms);
        }
        *until_ms = from_ms + each_ms;
        Ok(())
    }

    /// Takes one back that was none.
    fn give_back(&self, address: IpAddr, count: Count) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spent) = seen.spent.get_mut(&address) {
            *spent.of(count) -= count.rate().each_ms;
        }
    }
}

impl Seen {
    fn has_room(&mut self, address: IpAddr, now_ms: i64) -> bool {
        if self.spent.len() < ADDRESSES_MAX || self.spent.contains_key(&address) {
            return true;
        }
        if now_ms - self.cleared_ms >= CLEAR_MS {
            self.cleared_ms = now_ms;
            self.spent.retain(|_, spent| !spent.is_over(now_ms));
        }
        self.spent.len() < ADDRESSES_MAX
    }
}

/// What the last of the proxies that are trusted was asked by. Whatever stands before it may be made up.
fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    // A proxy may add to a line that somebody began with bytes that are no text: what it added counts all the same.
    let lines = headers.get_all(FORWARDED_FOR).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    let lines: Vec<_> = lines.collect();
    let all: Vec<&str> = lines.iter().flat_map(|line| line.split(',')).map(str::trim).collect();
    // Of no proxies there is no last one.
    let text = all.get(all.len().checked_sub(proxies)?)?;
    let whole = text.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let address = whole.or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))?;
    Some(address.to_canonical())
}

/// An IPv6 address as its /64: whoever has one has all of it.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX))),
    }
}

/// What a request counts as before it is answered; none where only its failure counts.
fn counts_as(request: &Request) -> Option<Count> {
    let path = request.uri().path();
    if request.method() == Method::OPTIONS {
        return None;
    }
    if request.method() == Method::POST && GUESSES.contains(&path) {
        return Some(Count::Guess);
    }
    let begins_chat = request.method() == Method::POST && path.starts_with(CALLS) && path.ends_with("/conversations");
    if begins_chat || FOR_ANYBODY.contains(&path) {
        return Some(Count::Open);
    }
    let headers = request.headers();
    let in_query =
        || request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("token=")));
    let shows = headers.contains_key(header::AUTHORIZATION) || cookie_named(headers, COOKIE).is_some() || in_query();
    (!shows && OPEN.iter().any(|begin| path.starts_with(begin))).then_some(Count::Open)
}

/// Refuses what is too much of an address, in words and with the time to wait.
pub async fn guard(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let Some(address) = house.addresses.of(&request) else { return next.run(request).await };
    let from_a_page = request.uri().path().starts_with(CALLS);
    let counted = counts_as(&request);
    if let Some(count) = counted
        && let Err(wait_ms) = house.addresses.take(address, count, house.env.now_ms())
    {
        return too_many(count, wait_ms, from_a_page);
    }
    let response = next.run(request).await;
    let failed = response.status() == StatusCode::UNAUTHORIZED;
    match counted {
        Some(Count::Guess) => {
            (0..no_guesses(&response)).for_each(|_| house.addresses.give_back(address, Count::Guess));
        }
        None if failed => {
            if let Err(wait_ms) = house.addresses.take(address, Count::Failed, house.env.now_ms()) {
                return too_many(Count::Failed, wait_ms, from_a_page);
            }
        }
        Some(_) | None => {}
    }
    response
}

/// How many attempts to sign in were none, as their answer says. Many who come to work behind one address each ask twice.
fn no_guesses(answer: &Response) -> usize {
    match answer.status() {
        StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS => 0,
        _ if answer.extensions().get::<WithSecond>().is_some() => 2,
        _ => 1,
    }
}

fn too_many(count: Count, wait_ms: i64, from_a_page: bool) -> Response {
    let wait_s = wait_ms.div_euclid(1_000) + 1;
    let why = format!("more {} come from your address than are taken; try again in {wait_s} s", count.words());
    let mut response = Failure(Error::TooMany(why)).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    if from_a_page {
        // A page of a client's own reads it too.
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn asking(method: Method, path: &str, lines: &[(header::HeaderName, &str)]) -> Request {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        for (name, value) in lines {
            request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
        }
        request
    }

    #[test]
    fn what_is_shown_where_nobody_looks_at_it_spares_nothing() {
        let check = |method, path, lines: &[(header::HeaderName, &str)], expect| {
            assert_eq!(counts_as(&asking(method, path, lines)), expect, "{path} {lines:?}");
        };
        let made_up = [(header::AUTHORIZATION, "Bearer made up"), (header::COOKIE, "baton_session=made up")];
        let nothing: &[(header::HeaderName, &str)] = &[];
        for shown in [nothing, &made_up] {
            check(Method::POST, "/chat/v1/acme/conversations?token=x", shown, Some(Count::Open));
            check(Method::POST, "/api/v1/session/passkey/challenge", shown, Some(Count::Open));
            check(Method::POST, "/api/v1/session", shown, Some(Count::Guess));
        }
        check(Method::GET, "/api/v1/cases", nothing, Some(Count::Open));
        check(Method::GET, "/api/v1/cases", &made_up, None);
        check(Method::POST, "/chat/v1/acme/conversations/conv_1/messages", &made_up, None);
        check(Method::OPTIONS, "/chat/v1/acme/conversations", nothing, None);
    }

    #[test]
    fn a_sign_in_with_a_second_factor_gives_back_the_attempt_that_asked_for_it() {
        let mut answer = Response::new(Body::empty());
        assert_eq!(no_guesses(&answer), 1);
        answer.extensions_mut().insert(WithSecond);
        assert_eq!(no_guesses(&answer), 2);
        *answer.status_mut() = StatusCode::UNAUTHORIZED;
        assert_eq!(no_guesses(&answer), 0);
    }

    #[test]
    fn this_machine_is_not_counted_and_what_a_proxy_says_is() {
        let check = |proxies: usize, peer: &str, says: Option<&str>, expect: Option<&str>| {
            let addresses = Addresses::default();
            addresses.trust(proxies);
            let lines: Vec<_> =
                says.map(|text| (header::HeaderName::from_static(FORWARDED_FOR), text)).into_iter().collect();
            let mut request = asking(Method::GET, "/api/v1/session", &lines);
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(at(peer), 4711)));
            assert_eq!(addresses.of(&request), expect.map(at), "{proxies} {peer} {says:?}");
        };
        check(0, "203.0.113.7", Some("127.0.0.1"), Some("203.0.113.7"));
        check(0, "127.0.0.1", None, None);
        check(1, "127.0.0.1", None, None);
        check(1, "127.0.0.1", Some("203.0.113.7"), Some("203.0.113.7"));
        check(1, "203.0.113.7", Some("127.0.0.1"), Some("127.0.0.1"));
        check(2, "10.0.0.1", Some("::1, 203.0.113.7"), Some("::"));
        check(2, "10.0.0.1", Some("203.0.113.7"), Some("10.0.0.1"));
    }

    #[test]
    fn so_many_at_once_and_then_one_after_the_other() {
        let addresses = Addresses::default();
        let take = |now_ms| addresses.take(at("203.0.113.7"), Count::Guess, now_ms);
        assert!((0..60).all(|_| take(1_000_000).is_ok()));
        assert_eq!(take(1_000_000), Err(2_000));
        assert_eq!(take(1_001_500), Err(500));
        assert_eq!(take(1_002_000), Ok(()));
        assert!(take(1_002_000).is_err());
        assert!(addresses.take(at("203.0.113.8"), Count::Guess, 1_000_000).is_ok(), "another address is another");
        assert!(addresses.take(at("203.0.113.7"), Count::Open, 1_000_000).is_ok(), "as is another thing");
        addresses.give_back(at("203.0.113.7"), Count::Guess);
        assert_eq!(take(1_002_000), Ok(()), "what was none is given back");
        assert_eq!(take(500_000), Err(2_000), "a clock that was set back locks nobody out");
    }

    #[test]
    fn the_table_is_bounded_and_what_is_made_up_for_is_forgotten() {
        let addresses = Addresses::default();
        let nth = |n: u32| IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 + n));
        for n in 0..=50_000 {
            assert!(addresses.take(nth(n), Count::Failed, 1_000_000).is_ok());
        }
        let kept = || addresses.seen.lock().unwrap().spent.len();
        assert_eq!(kept(), ADDRESSES_MAX);
        assert!(addresses.take(nth(60_000), Count::Failed, 1_001_000).is_ok());
        assert_eq!(kept(), 1, "all others have made up for theirs");
    }

    #[test]
    fn the_address_is_what_the_last_trusted_proxy_says_and_nothing_before_it() {
        let headers = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
            }
            headers
        };
        let check = |lines: &[&str], proxies, expect: Option<&str>| {
            assert_eq!(forwarded(&headers(lines), proxies), expect.map(at), "{lines:?} through {proxies}");
        };
        check(&["1.1.1.1, 203.0.113.7"], 1, Some("203.0.113.7"));
        check(&["1.1.1.1", "203.0.113.7, 10.0.0.1"], 2, Some("203.0.113.7"));
        check(&["203.0.113.7"], 2, None);
        check(&["203.0.113.7"], 0, None);
        check(&[], 1, None);
        check(&["unknown"], 1, None);
        check(&["203.0.113.7:4711"], 1, Some("203.0.113.7"));
        check(&["[2001:db8::1]:4711"], 1, Some("2001:db8::1"));
        check(&["::ffff:203.0.113.7"], 1, Some("203.0.113.7"));
        assert_eq!(network(at("2001:db8:1:2:3:4:5:6")), at("2001:db8:1:2::"));
        let mut odd = HeaderMap::new();
        odd.append(FORWARDED_FOR, HeaderValue::from_bytes(b"\xe9, 203.0.113.7").unwrap());
        assert_eq!(forwarded(&odd, 1), Some(at("203.0.113.7")), "bytes that are no text hide nobody");
    }
}
