//! A phone call, played by a client that speaks the provider's protocol.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{SHOP, TestApp, databases, root};
use baton_base::{Bundle, ClientId};
use baton_clients::{assemble, deploy, read_overlay};
use baton_govern::{Ctx, vault};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const TOKEN: &str = "the provider's token";

/// Puts the shop live with a line, and with `more` in its agent's file.
pub(crate) async fn open_line(app: &TestApp, more: &str) {
    put_live(app, |bundle| bundle.files.get_mut("agents/concierge.yaml").unwrap().push_str(more)).await;
}

/// Puts the shop live with a line, and its files changed.
pub(crate) async fn put_live(app: &TestApp, change: impl FnOnce(&mut Bundle)) {
    let mut overlay = read_overlay(&root().join(format!("demo/overlays/{SHOP}.yaml"))).unwrap();
    overlay.parameters.insert("shop_url".to_owned(), app.systems.addresses.shop.clone().into());
    overlay.parameters.insert("voice_secret".to_owned(), "voice_token".into());
    overlay.parameters.insert("voice_url".to_owned(), "wss://baton.example/voice/larkspur/hotline".into());
    let (mut bundle, version) = assemble(&root().join("blueprints").join(&overlay.blueprint), &overlay).unwrap();
    change(&mut bundle);
    let ctx = app.house.system(&ClientId::known(SHOP), "test");
    let work = move |tx: &mut baton_db::Tx| {
        vault::set(tx, &ctx.client, "voice_token", TOKEN)?;
        let house = Ctx::system(ctx.env(), &ClientId::house(), "test");
        deploy(tx, &house, &overlay, &version, &bundle).map(|_| ())
    };
    app.house.db.write(work).await.unwrap();
    app.house.load().await.unwrap();
}

/// The provider's side of a call.
pub(crate) struct Call(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Call {
    async fn dial(app: &TestApp, header: (&'static str, &str)) -> Result<Self, Error> {
        let url = format!("{}/voice/{SHOP}/hotline", app.url.replace("http://", "ws://"));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert(header.0, header.1.parse().unwrap());
        connect_async(request).await.map(|(socket, _)| Self(socket))
    }

    pub(crate) async fn begin(app: &TestApp, sid: &str, from: &str) -> Self {
        let mut call = Self::dial(app, ("authorization", &format!("Bearer {TOKEN}"))).await.unwrap();
        call.send(json!({
            "type": "setup", "sessionId": format!("VX{sid}"), "callSid": sid, "from": from, "to": "+15550199",
            "direction": "inbound", "callerName": "Ann Weaver", "customParameters": {}
        }))
        .await;
        call
    }

    async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    pub(crate) async fn speak(&mut self, text: &str) {
        self.send(json!({"type": "prompt", "voicePrompt": text, "lang": "en-US", "last": true})).await;
    }

    pub(crate) async fn frame(&mut self) -> Option<Value> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(60), self.0.next()).await.expect("an answer in time");
            match next? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next answer, put together from its tokens.
    pub(crate) async fn hear(&mut self) -> String {
        let mut said = String::new();
        loop {
            let frame = self.frame().await.expect("the call goes on");
            assert_eq!(frame["type"], "text", "{frame}");
            said.push_str(frame["token"].as_str().unwrap());
            if frame["last"] == true {
                return said;
            }
        }
    }

    /// What the provider is handed at the end.
    async fn end(&mut self) -> Value {
        loop {
            let frame = self.frame().await.expect("the call is ended in words");
            if frame["type"] == "end" {
                return serde_json::from_str(frame["handoffData"].as_str().unwrap()).unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_is_answered_interrupts_and_is_passed_to_a_person() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        open_line(&app, "").await;
        let supervisor = app.member("supervisor@baton.example").await;
        let mut call = Call::begin(&app, "CA1", "+15550100").await;
        call.send(json!({"type": "prompt", "voicePrompt": "What are your ", "lang": "en-US", "last": false})).await;
        call.speak("opening hours?").await;
        let answer = call.hear().await;
        assert!(answer.contains("working days"), "{name}: {answer}");
        call.send(
            json!({"type": "interrupt", "utteranceUntilInterrupt": "The AI agent", "durationUntilInterruptMs": "460"}),
        )
        .await;
        for digit in ["4", "2", "#"] {
            call.send(json!({"type": "dtmf", "digit": digit})).await;
        }
        call.hear().await;
        call.speak("I want to speak to a person").await;
        let handed = call.end().await;
        assert_eq!(
            (&handed["reason"], &handed["trigger"]),
            (&json!("person"), &json!("customer_asks")),
            "{name}: {handed}"
        );

        let cases = supervisor.get(&format!("/api/v1/cases?client={SHOP}")).await.ok();
        assert_eq!(cases.items().len(), 1, "{name}: one call, one case: {}", cases.text);
        assert_eq!(
            (&cases.items()[0]["channel"], &cases.items()[0]["id"]),
            (&json!("voice"), &handed["case"]),
            "{name}"
        );
        let case = handed["case"].as_str().unwrap();
        let timeline = supervisor.get(&format!("/api/v1/clients/{SHOP}/cases/{case}/timeline")).await.ok();
        for told in ["What are your opening hours?", "\"42\"", "message.interrupted"] {
            assert!(timeline.text.contains(told), "{name}: {told} is not in {}", timeline.text);
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_calls_who_is_not_the_provider() {
    let app = TestApp::start("sqlite", None).await;
    let refused = |dialled: Result<Call, Error>| match dialled {
        Err(Error::Http(answer)) => answer.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    };
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(refused(Call::dial(&app, ("authorization", &bearer)).await), 404, "there is no line yet");
    open_line(&app, "").await;
    assert_eq!(refused(Call::dial(&app, ("authorization", "Bearer wrong")).await), 401);
    assert_eq!(refused(Call::dial(&app, ("x-twilio-signature", "AAAA")).await), 401);
    // HMAC-SHA1 of the line's address under the token, made with another program.
    assert_eq!(refused(Call::dial(&app, ("x-twilio-signature", "wWiQ79k3K6alqMpbZrOlXaclde8=")).await), 101);
    let mut call = Call::begin(&app, "CA2", "anonymous").await;
    call.send(json!({"type": "prompt", "voicePrompt": "hello", "last": "nonsense"})).await;
    assert_eq!(call.end().await["reason"], "fault", "what is not understood ends the call in words");
    app.stop().await;
}
