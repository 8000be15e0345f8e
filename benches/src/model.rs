//! A language model that answers at once: on loopback, over HTTP, the same reading to every request.

use anyhow::Result;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it makes of every message. It is so unsure that what is done is what would be without it.
const READING: &str = r#"{"intent": "cancel_order", "confidence": 0.2, "fields": {}}"#;
/// Largest request that is read, bytes.
const REQUEST_BYTES_MAX: usize = 1 << 20;
/// What parts the head of a request from its body.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// Serves from now on: the address of its interface, and the task to end.
pub async fn serve() -> Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    Ok((url, serving))
}

/// Answers the requests of one connection, one after the other.
async fn answer(mut stream: TcpStream) {
    let choice = json!({"message": {"role": "assistant", "content": READING}, "finish_reason": "stop"});
    let reply = json!({"choices": [choice], "usage": {"prompt_tokens": 900, "completion_tokens": 20}}).to_string();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", reply.len());
    let reply = head + &reply;
    let mut received: Vec<u8> = Vec::new();
    let mut part = vec![0_u8; 16 * 1024];
    loop {
        while let Some(end) = request_end(&received) {
            received.drain(..end);
            if stream.write_all(reply.as_bytes()).await.is_err() {
                return;
            }
        }
        match stream.read(&mut part).await {
            Ok(bytes) if bytes > 0 && received.len() < REQUEST_BYTES_MAX => received.extend_from_slice(&part[..bytes]),
            _ => return,
        }
    }
}

/// Where the first request ends, once all of it has come.
fn request_end(received: &[u8]) -> Option<usize> {
    let head = received.windows(HEAD_END.len()).position(|window| window == HEAD_END)? + HEAD_END.len();
    let told = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
    let length = told.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let end = head + length.unwrap_or(0);
    (received.len() >= end).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_where_its_body_does() {
        let one = b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(request_end(one), Some(one.len()));
        assert_eq!(request_end(&one[..one.len() - 1]), None);
        assert_eq!(request_end(&one[..20]), None);
        assert_eq!(request_end(b"GET / HTTP/1.1\r\n\r\nPOST"), Some(18));
    }
}
