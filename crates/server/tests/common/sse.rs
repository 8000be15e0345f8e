//! Server-sent events, read as a browser reads them.

use super::Caller;
use reqwest::{Method, Response, header};
use serde_json::Value;
use std::time::Duration;

const PATIENCE_S: u64 = 30;

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: String,
    pub name: String,
    pub data: Value,
}

/// An open stream.
pub struct Events {
    response: Response,
    read: String,
}

impl Events {
    /// Opens a stream, going on after an event if one is named.
    pub async fn open(caller: &Caller, path: &str, last: Option<&str>) -> Self {
        let mut request = caller.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self { response, read: String::new() }
    }

    /// The next event; fails if none comes.
    pub async fn next(&mut self) -> Event {
        tokio::time::timeout(Duration::from_secs(PATIENCE_S), self.wait()).await.expect("no event came")
    }

    /// The next event that is as wanted.
    pub async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        loop {
            let event = self.next().await;
            if wanted(&event) {
                return event;
            }
        }
    }

    async fn wait(&mut self) -> Event {
        loop {
            while let Some(end) = self.read.find("\n\n") {
                let block: String = self.read.drain(..end + 2).collect();
                if let Some(event) = parse(&block) {
                    return event;
                }
            }
            let chunk = self.response.chunk().await.unwrap().expect("the stream ended");
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        let mut lines = block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        lines.next().map(|text| text.trim_start().to_owned())
    };
    let data = field("data")?;
    Some(Event {
        id: field("id").unwrap_or_default(),
        name: field("event").unwrap_or_default(),
        data: serde_json::from_str(&data).unwrap_or(Value::Null),
    })
}
