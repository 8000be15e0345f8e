//! E-mail against real servers: a customer writes, is answered in the thread, and writes again; programs are not answered,
//! what does not arrive has an owner, and nothing is lost while one side is away.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common;
use crate::common::play::Chat;
use crate::common::{Caller, SHOP, TestApp, databases, root};
use baton_agents::Models;
use baton_base::{ClientId, SystemClock};
use baton_cases::mail::{Mail, Written, read};
use baton_clients::{assemble, deploy, read_overlay};
use baton_govern::{Ctx, vault};
use baton_server::{House, serve};
use baton_testkit::MailServer;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const ANN: &str = "ann@home.test";
/// Longest wait for a mail, in looks of 50 ms.
const LOOKS_MAX: u32 = 600;

/// Puts the shop live with a mailbox, beside the running house, which takes it up.
async fn open_mailbox(app: &TestApp, server: &MailServer) {
    let mut overlay = read_overlay(&root().join(format!("demo/overlays/{SHOP}.yaml"))).unwrap();
    overlay.parameters.insert("shop_url".to_owned(), app.systems.addresses.shop.clone().into());
    let folder = root().join("blueprints").join(&overlay.blueprint);
    let (mut bundle, version) = assemble(&folder, &overlay).unwrap();
    let authority = server.authority().replace('\n', "\n      ");
    let text = format!(
        "mail:\n  support:\n    address: help@shop.test\n    title: Larkspur Home\n    imap: {}\n    smtp: {}\n    \
         authority: |\n      {authority}\n",
        server.imaps(),
        server.smtps()
    );
    bundle.files.insert("channels.yaml".to_owned(), text);
    let ctx = app.house.system(&ClientId::known(SHOP), "test");
    let work = move |tx: &mut baton_db::Tx| {
        vault::set(tx, &ctx.client, "mail_password", MailServer::PASSWORD)?;
        let house = Ctx::system(ctx.env(), &ClientId::house(), "test");
        deploy(tx, &house, &overlay, &version, &bundle).map(|_| ())
    };
    app.house.db.write(work).await.unwrap();
}

/// The mails in a mailbox, once there are so many.
async fn inbox(server: &MailServer, address: &str, count: usize) -> Vec<Mail> {
    for _ in 0..LOOKS_MAX {
        let mails = server.inbox(address);
        if mails.len() >= count {
            return mails.iter().map(|mail| read(mail).unwrap()).collect();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{address} never got {count} mails; the servers say:\n{}", server.logs());
}

struct Desk {
    caller: Caller,
}

impl Desk {
    async fn connected(&self) {
        let path = format!("/api/v1/clients/{SHOP}/channels");
        self.caller.until(&path, |page| page["items"][0]["state"] == "connected").await;
    }

    /// The mails of one fate, once there are so many.
    async fn mails(&self, fate: &str, count: usize) -> Vec<Value> {
        let path = format!("/api/v1/clients/{SHOP}/channels/support/mails?fate={fate}");
        let page = self.caller.until(&path, |page| page["items"].as_array().unwrap().len() >= count).await;
        page["items"].as_array().unwrap().clone()
    }

    async fn cases(&self) -> Vec<Value> {
        self.caller.get(&format!("/api/v1/cases?client={SHOP}")).await.ok().items().to_vec()
    }

    async fn messages(&self, case: &str, author: &str) -> Vec<String> {
        let shown = self.caller.get(&format!("/api/v1/clients/{SHOP}/cases/{case}/timeline")).await.ok();
        let messages = shown.items().iter().filter(|item| item["kind"] == "message");
        let theirs = messages.filter(|item| item.to_string().contains(&format!("\"{author}\"")));
        theirs.map(ToString::to_string).collect()
    }

    /// Until nothing waits to be sent.
    async fn all_sent(&self) {
        let path = format!("/api/v1/clients/{SHOP}/deliveries?state=waiting");
        self.caller.until(&path, |page| page["items"].as_array().unwrap().is_empty()).await;
    }

    /// How many answers of a case were sent, once none waits and each has been put into the mailbox of `address`: the server says that
    /// it took a mail before it lies there.
    async fn settled(&self, server: &MailServer, (case, address): (&str, &str)) -> usize {
        self.all_sent().await;
        let sent = self.sent(case).await;
        inbox(server, address, sent).await;
        sent
    }

    /// Answers of a case that were sent.
    async fn sent(&self, case: &str) -> usize {
        let all = self.answers("sent", 0).await;
        all.iter().filter(|owed| owed["case"] == case).count()
    }

    async fn answers(&self, state: &str, count: usize) -> Vec<Value> {
        let path = format!("/api/v1/clients/{SHOP}/deliveries?state={state}");
        let page = self.caller.until(&path, |page| page["items"].as_array().unwrap().len() >= count).await;
        page["items"].as_array().unwrap().clone()
    }
}

const QUESTION: &str = "What are your opening hours?";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_answered_in_the_thread_and_goes_on_in_the_same_case() {
    for (name, url) in databases().await {
        let Some(server) = MailServer::start() else { return };
        let app = TestApp::start(name, url).await;
        open_mailbox(&app, &server).await;
        let desk = Desk { caller: app.member("supervisor@baton.example").await };
        desk.connected().await;

        let head = "Subject: Opening hours\r\nMessage-ID: <first@home.test>\r\nMIME-Version: 1.0\r\n\
                    Content-Type: multipart/mixed; boundary=part";
        let body = format!(
            "--part\nContent-Type: text/plain; charset=utf-8\n\n{QUESTION}\n\n-- \nAnn Weaver\n--part\n\
             Content-Type: text/plain\nContent-Disposition: attachment; filename=\"receipt.txt\"\n\nlamp, 40.00\n--part--"
        );
        server.send("Ann Weaver <ann@home.test>", head, &body);
        let answer = inbox(&server, ANN, 1).await.remove(0);
        assert_eq!(answer.from.address, "help@shop.test", "{name}");
        assert_eq!(answer.subject, "Re: Opening hours", "{name}");
        assert_eq!(answer.in_reply_to, ["first@home.test"], "{name}");
        assert!(matches!(&answer.written, Written::Auto(why) if why.contains("auto-replied")), "{name}: {answer:?}");
        assert!(
            answer.text.contains("working days") && answer.text.contains("AI assistant"),
            "{name}: {}",
            answer.text
        );

        let cases = desk.cases().await;
        assert_eq!(cases.len(), 1, "{name}: {cases:?}");
        assert_eq!(
            (&cases[0]["channel"], &cases[0]["customer"]["name"]),
            (&json!("email"), &json!("Ann Weaver")),
            "{name}"
        );
        assert_eq!(cases[0]["subject"], "Opening hours", "{name}");
        let case = cases[0]["id"].as_str().unwrap().to_owned();
        let whole = desk.caller.get(&format!("/api/v1/clients/{SHOP}/cases/{case}/mails")).await.ok().body;
        assert!(whole["items"][0]["text"].as_str().unwrap().contains("Ann Weaver"), "{name}: the signature is kept");
        let file = &whole["files"][0];
        assert_eq!((&file["name"], &file["kept"]), (&json!("receipt.txt"), &json!(true)), "{name}");
        let path = format!("/api/v1/clients/{SHOP}/cases/{case}/files/{}", file["id"].as_str().unwrap());
        let content = desk.caller.get(&path).await.ok();
        assert_eq!((content.text.trim(), content.header("content-type")), ("lamp, 40.00", "application/octet-stream"));

        let id = answer.message_id.clone().unwrap();
        let head = format!("Subject: Re: Opening hours\r\nMessage-ID: <second@home.test>\r\nIn-Reply-To: <{id}>");
        let quoted = answer.text.lines().map(|line| format!("> {line}\n")).collect::<String>();
        let body = format!("Thank you. I would like to speak to a person.\n\nOn Monday Larkspur Home wrote:\n{quoted}");
        server.send("Ann Weaver <ann@home.test>", &head, &body);
        desk.mails("case", 2).await;
        assert_eq!(desk.cases().await.len(), 1, "{name}: the same case");
        let said = desk.messages(&case, "customer").await;
        assert_eq!(said.len(), 2, "{name}: {said:?}");
        assert!(said[1].contains("speak to a person") && !said[1].contains("working days"), "{name}: {}", said[1]);
        let list = format!("/api/v1/work-items?client={SHOP}&case={case}");
        desk.caller.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;

        let answered = programs_are_not_answered(&desk, &server, name, (&case, &id)).await;
        strangers_have_cases_of_their_own(&desk, &server, name, &id).await;
        forms_open_their_writers_cases(&desk, &server, name).await;
        desk.all_sent().await;
        let now = (desk.sent(&case).await, server.inbox(ANN).len());
        assert_eq!(now, (answered, answered), "{name}: nor are programs answered after a while");
        what_is_kept_is_sealed_and_found_by_its_sender(&app, name, &cases[0]).await;
        app.stop().await;
    }
}

/// Returns how many answers Ann's case has had.
async fn programs_are_not_answered(
    desk: &Desk,
    server: &MailServer,
    name: &str,
    (case, thread): (&str, &str),
) -> usize {
    let before = desk.settled(server, (case, ANN)).await;
    assert_eq!(server.inbox(ANN).len(), before, "{name}: each answer came, and once");
    let away = format!("Subject: Out of office\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <{thread}>");
    server.send("Ann Weaver <ann@home.test>", &away, "I am away until Monday. When do you open?");
    server.send("Robot <robot@home.test>", "Subject: News\r\nList-Id: <news.home.test>", QUESTION);
    server.send("Larkspur Home <help@shop.test>", "Subject: Loop\r\nMessage-ID: <loop@shop.test>", QUESTION);
    let auto = desk.mails("auto", 2).await;
    assert_eq!(auto.len(), 2, "{name}: {auto:?}");
    assert!(auto.iter().any(|mail| mail["case"].is_string()), "{name}: the absence note is told in its case: {auto:?}");
    desk.mails("own", 1).await;
    assert_eq!(desk.cases().await.len(), 1, "{name}: programs open no cases");
    let said = desk.messages(case, "customer").await;
    assert_eq!(said.len(), 2, "{name}: the absence note is no message of the customer: {said:?}");
    assert_eq!(desk.settled(server, (case, ANN)).await, before, "{name}: programs are not answered");
    before
}

/// A contact form sends from the shop's own address, and says whose words it hands on.
async fn forms_open_their_writers_cases(desk: &Desk, server: &MailServer, name: &str) {
    let head = "Subject: Contact\r\nMessage-ID: <form-1@shop.test>\r\nReply-To: Bob Miller <bob@home.test>";
    server.send("Larkspur Home <help@shop.test>", head, QUESTION);
    let answer = inbox(server, "bob@home.test", 1).await.remove(0);
    assert_eq!(answer.in_reply_to, ["form-1@shop.test"], "{name}");
    let cases = desk.cases().await;
    assert!(cases.iter().any(|case| case["customer"]["name"] == "Bob Miller"), "{name}: {cases:?}");
}

/// What is kept of mails and their files does not stand in clear; and what a program sent in a customer's name goes with them.
async fn what_is_kept_is_sealed_and_found_by_its_sender(app: &TestApp, name: &str, case: &Value) {
    let admin = app.member("admin@baton.example").await;
    let path = format!("/api/v1/clients/{SHOP}/customers/{}/export", case["customer"]["id"].as_str().unwrap());
    let exported = admin.get(&path).await.ok();
    let beside = exported.body["mails_beside_cases"].as_array().unwrap();
    assert_eq!(beside.len(), 1, "{name}: {beside:?}");
    assert!(beside[0]["text"].as_str().unwrap().contains("away until Monday"), "{name}: {beside:?}");
    assert_eq!(beside[0]["fate"], "auto", "{name}");

    let client = ClientId::known(SHOP);
    let read = move |tx: &mut baton_db::Tx| {
        let texts = |tx: &mut baton_db::Tx, sql| tx.query(sql, baton_db::params![client], |r| r.text(0));
        let sealed = texts(tx, "SELECT why FROM mail WHERE client_id = $1 AND why IS NOT NULL")?;
        let names = texts(tx, "SELECT name FROM attachment WHERE client_id = $1")?;
        let digests = texts(tx, "SELECT digest FROM mail WHERE client_id = $1")?;
        let ids = texts(tx, "SELECT rfc_id FROM mail WHERE client_id = $1 AND rfc_id IS NOT NULL")?;
        Ok((sealed, names, [digests, ids].concat()))
    };
    let (sealed, names, digests) = app.house.db.read(read).await.unwrap();
    assert!(!sealed.is_empty() && sealed.iter().all(|text| text.starts_with("bv1:")), "{name}: {sealed:?}");
    assert!(!names.is_empty() && names.iter().all(|text| text.starts_with("bv1:")), "{name}: {names:?}");
    assert!(!digests.is_empty() && digests.iter().all(|text| text.starts_with("hmac:")), "{name}: {digests:?}");

    let client = ClientId::known(SHOP);
    let erase = move |tx: &mut baton_db::Tx| baton_channels::mail::erase_sender(tx, &client, ANN);
    assert_eq!(app.house.db.write(erase).await.unwrap(), 3, "{name}: her two mails and the absence note");
    let after = admin.get(&path).await.ok();
    assert!(!after.text.contains("away until Monday"), "{name}: {}", after.text);
}

/// Whoever has a mail of ours in copy cannot speak in its case.
async fn strangers_have_cases_of_their_own(desk: &Desk, server: &MailServer, name: &str, thread: &str) {
    let head = format!("Subject: Re: Opening hours\r\nMessage-ID: <cleo@home.test>\r\nIn-Reply-To: <{thread}>");
    server.send("Cleo <cleo@home.test>", &head, QUESTION);
    inbox(server, "cleo@home.test", 1).await;
    let cases = desk.cases().await;
    assert_eq!(cases.len(), 2, "{name}");
    assert!(cases.iter().any(|case| case["customer"]["name"] == "Cleo"), "{name}: {cases:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_arrive_has_an_owner_and_what_cannot_be_read_is_set_aside() {
    let Some(server) = MailServer::start() else { return };
    let app = TestApp::start("sqlite", None).await;
    open_mailbox(&app, &server).await;
    let desk = Desk { caller: app.member("supervisor@baton.example").await };
    desk.connected().await;
    let tested = desk.caller.post(&format!("/api/v1/clients/{SHOP}/channels/support/test"), &json!({})).await;
    tested.problem(403);
    let admin = app.member("admin@baton.example").await;
    let tested = admin.post(&format!("/api/v1/clients/{SHOP}/channels/support/test"), &json!({})).await.ok();
    assert_eq!(tested.body["passed"], true, "{}", tested.text);

    server.send("Gone <gone@home.test>", "Subject: Returns\r\nMessage-ID: <gone@home.test>", QUESTION);
    let bounced = desk.answers("bounced", 1).await;
    assert!(bounced[0]["error"].as_str().unwrap().contains("failed"), "{bounced:?}");
    server.send("Refused <refused@home.test>", "Subject: Returns\r\nMessage-ID: <ref@home.test>", QUESTION);
    let failed = desk.answers("failed", 1).await;
    assert!(failed[0]["error"].as_str().unwrap().contains("nobody here takes mail"), "{failed:?}");
    assert_eq!(failed[0]["attempts"], 1, "what is refused for good is not tried again");
    for owed in [&bounced[0], &failed[0]] {
        let list = format!("/api/v1/work-items?client={SHOP}&case={}", owed["case"].as_str().unwrap());
        let items = desk.caller.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;
        assert_eq!(items["items"][0]["trigger"], "reply_failed", "{items}");
    }

    server.send_raw("bob@home.test", "Subject: I have no sender\r\n\r\nhello");
    let aside = desk.mails("aside", 1).await;
    assert!(aside[0]["why"].as_str().unwrap().contains("who it is from"), "{aside:?}");
    let list = format!("/api/v1/work-items?client={SHOP}");
    let is_told = |page: &Value| page.to_string().contains("was set aside");
    desk.caller.until(&list, is_told).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_taken_twice_while_one_side_is_away() {
    let Some(mut server) = MailServer::start() else { return };
    let app = TestApp::start("sqlite", None).await;
    open_mailbox(&app, &server).await;
    let desk = Desk { caller: app.member("supervisor@baton.example").await };
    desk.connected().await;

    server.stop_imap();
    let path = format!("/api/v1/clients/{SHOP}/channels");
    let away = desk.caller.until(&path, |page| page["items"][0]["state"] == "away").await;
    assert!(away["items"][0]["error"].is_string(), "{away}");
    server.send("Ann <ann@home.test>", "Subject: One\r\nMessage-ID: <one@home.test>", QUESTION);
    server.start_imap();
    desk.mails("case", 1).await;
    inbox(&server, ANN, 1).await;

    let key = app.key_file();
    let (database, folder) = app.stop().await;
    server.send("Ann <ann@home.test>", "Subject: Two\r\nMessage-ID: <two@home.test>", QUESTION);
    server.send("Ann <ann@home.test>", "Subject: Two\r\nMessage-ID: <two@home.test>", QUESTION);
    let house = House::open_with(&database, Some(&key), Arc::new(SystemClock), Models::none()).await.unwrap();
    let serving = serve::start(Arc::clone(&house), "127.0.0.1:0").await.unwrap();
    let mut subjects: Vec<String> = Vec::new();
    for _ in 0..LOOKS_MAX {
        subjects = inbox(&server, ANN, 1).await.into_iter().map(|mail| mail.subject).collect();
        subjects.dedup();
        if subjects.len() > 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(subjects, ["Re: One", "Re: Two"], "in their order, and none is lost: {}", server.logs());
    let ctx = house.system(&ClientId::known(SHOP), "test");
    let taken = move |tx: &mut baton_db::Tx| {
        let again = baton_channels::mail::mails(tx, &ctx, "support", Some("again"))?;
        Ok((again.len(), baton_channels::mail::mails(tx, &ctx, "support", Some("case"))?.len()))
    };
    let mut counts = (0, 0);
    for _ in 0..LOOKS_MAX {
        counts = house.db.read(taken.clone()).await.unwrap();
        if counts == (1, 2) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(counts, (1, 2), "the same mail twice is one contact");
    house.stop();
    serving.until_stopped().await.unwrap();
    drop(folder);
}

/// The mail to Ann with these words, once it is there.
async fn mail_with(server: &MailServer, words: &str) -> Mail {
    for count in 1..=LOOKS_MAX {
        let mails = inbox(server, ANN, 1).await;
        if let Some(found) = mails.into_iter().find(|mail| mail.text.contains(words)) {
            return found;
        }
        assert!(count < LOOKS_MAX, "Ann never got '{words}'; the servers say:\n{}", server.logs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no mail")
}

async fn claim_first(agent: &Caller, case: &str) {
    let list = format!("/api/v1/work-items?client={SHOP}&case={case}");
    let items = agent.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;
    let path = format!("/api/v1/clients/{SHOP}/work-items/{}/claim", items["items"][0]["id"].as_str().unwrap());
    agent.post(&path, &json!({})).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_goes_on_by_mail_with_a_file_once_a_person_has_linked_the_two_customers() {
    let Some(server) = MailServer::start() else { return };
    let app = TestApp::start("sqlite", None).await;
    open_mailbox(&app, &server).await;
    let desk = Desk { caller: app.member("supervisor@baton.example").await };
    desk.connected().await;
    server.send("Ann Weaver <ann@home.test>", "Subject: Opening hours\r\nMessage-ID: <one@home.test>", QUESTION);
    inbox(&server, ANN, 1).await;
    let ann = desk.cases().await[0]["customer"]["id"].as_str().unwrap().to_owned();

    let mut chat = Chat::open(&app).await;
    chat.say("Hello, my address is ann@home.test").await;
    chat.caller.post(&format!("{}/person", chat.path), &json!({})).await.ok();
    let agent = app.member("agent@baton.example").await;
    claim_first(&agent, &chat.case).await;
    let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
    let visitor = agent.get(&case).await.ok().body["customer"]["id"].as_str().unwrap().to_owned();
    let ways = format!("{case}/ways");
    assert_eq!(agent.get(&ways).await.ok().items().len(), 1, "nobody has said that they are one");
    agent.post(&ways, &json!({"channel": "email", "address": ANN})).await.problem(400);
    let link = json!({"customer": visitor, "reason": "knew the order and its date", "case": chat.case});
    let path = format!("/api/v1/clients/{SHOP}/customers/{ann}");
    agent.post(&format!("{path}/links"), &link).await.ok();
    let seen = agent.get(&path).await.ok().body;
    assert_eq!(seen["cases"].as_array().unwrap().len(), 2, "all cases of both: {seen:#}");
    agent.post(&ways, &json!({"channel": "email"})).await.ok();

    let upload = agent.request(reqwest::Method::POST, &format!("{case}/files?name=label.txt"));
    let upload = upload.header("x-baton-request", "1").body("a label");
    let file = common::answer(upload, "upload").await.ok().id();
    let reply = json!({"text": "You had left, so I write by mail.", "files": [file]});
    agent.post(&format!("{case}/messages"), &reply).await.ok();
    let answer = mail_with(&server, "You had left").await;
    let label = &answer.attachments[0];
    assert_eq!((label.name.as_str(), String::from_utf8_lossy(&label.content).trim()), ("label.txt", "a label"));
    assert!(answer.in_reply_to.is_empty(), "it begins a thread of its own: {answer:?}");

    let id = answer.message_id.clone().unwrap();
    let head = format!("Subject: Re: Hello\r\nMessage-ID: <two@home.test>\r\nIn-Reply-To: <{id}>");
    server.send("Ann Weaver <ann@home.test>", &head, "Thank you, that is all.");
    desk.mails("case", 2).await;
    let said = desk.messages(&chat.case, "customer").await;
    assert!(said.last().unwrap().contains("that is all"), "the answer is in the same case: {said:?}");
    let page = serde_json::to_string(&chat.messages().await).unwrap();
    assert!(!page.contains(QUESTION), "the chat's page shows none of the other customer's cases: {page}");

    let undo = json!({"reason": "it was somebody else's address"});
    let links = format!("{path}/links/{visitor}");
    agent.delete(&links, Some(&undo)).await.ok();
    let seen = agent.get(&path).await.ok().body;
    assert_eq!(seen["cases"].as_array().unwrap().len(), 1, "they are two again: {seen:#}");
    let auditor = app.member("auditor@baton.example").await;
    let entries = auditor.get(&format!("/api/v1/ledger?client={SHOP}&kind=customer.&limit=50")).await.ok();
    let kinds: Vec<_> = entries.items().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"customer.linked") && kinds.contains(&"customer.unlinked"), "{kinds:?}");
    app.stop().await;
}
