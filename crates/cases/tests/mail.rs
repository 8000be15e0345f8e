//! Mails as they come in: of people, of programs, and of servers that could not deliver.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::CaseId;
use baton_cases::mail::{Mail, Written, case_of, read};

fn mail(head: &str, body: &str) -> Mail {
    let from = if head.to_lowercase().contains("from:") { "" } else { "From: Ada Lovelace <Ada@Example.org>\n" };
    read(format!("{from}{head}\n\n{body}").replace('\n', "\r\n").as_bytes()).unwrap()
}

#[test]
fn a_mail_of_a_person_is_read_whole() {
    let text = "To: help@shop.example, =?utf-8?q?B=C3=BCro?= <buero@shop.example>\nSubject: =?utf-8?b?R3LDvMOfZQ==?=\n\
        Message-ID: <m2@example.org>\nIn-Reply-To: <m1@shop.example>\nReferences: <m0@shop.example>\n <m1@shop.example>\n\
        Date: Mon, 2 Nov 2026 10:00:00 +0100\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b";
    let body = "--b\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nSch=F6n, =\ndanke.\n\
        --b\nContent-Type: application/pdf; name=\"../../bill.pdf\"\nContent-Disposition: attachment; filename=\"../../bill.pdf\"\n\
        Content-Transfer-Encoding: base64\n\nJVBERg==\n--b--\n";
    let mail = mail(text, body);
    assert_eq!((mail.from.address.as_str(), mail.from.name.as_deref()), ("ada@example.org", Some("Ada Lovelace")));
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("Grüße", "Schön, danke."));
    assert_eq!(mail.to[1].name.as_deref(), Some("Büro"));
    assert_eq!((mail.message_id.as_deref(), mail.references.len()), (Some("m2@example.org"), 2));
    assert_eq!(mail.date_ms, Some(1_793_610_000_000));
    let file = &mail.attachments[0];
    assert_eq!((file.name.as_str(), file.media.as_str(), file.bytes), ("bill.pdf", "application/pdf", 4));
    assert_eq!(mail.written, Written::Person);
}

#[test]
fn a_mail_in_html_alone_is_read_as_text() {
    let mail = mail("Content-Type: text/html; charset=utf-8", "<p>Where is <b>my order</b>?</p><p>Ada</p>");
    assert!(mail.text.contains("Where is my order?") && !mail.text.contains('<'), "{}", mail.text);
}

#[test]
fn a_mail_belongs_to_the_case_of_the_nearest_one_before_it() {
    let known = |id: &str| match id {
        "m0@shop.example" => Some(CaseId::known("case_old")),
        "m1@shop.example" => Some(CaseId::known("case_new")),
        _ => None,
    };
    let of = |head: &str| case_of(&mail(head, "hi"), known).map(|case| case.to_string());
    assert_eq!(of("In-Reply-To: <m1@shop.example>\nReferences: <m0@shop.example>").as_deref(), Some("case_new"));
    assert_eq!(of("References: <m0@shop.example> <m1@shop.example> <x@y>").as_deref(), Some("case_new"));
    assert_eq!(of("References: <m0@shop.example>").as_deref(), Some("case_old"));
    assert_eq!(of("Subject: Re: my order"), None);
}

#[test]
fn programs_are_known_by_their_heads_and_people_are_not_taken_for_them() {
    for head in [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner-email=x@y",
        "Precedence: bulk",
        "X-Autoreply: yes",
        "List-Id: News <news.example.org>",
        "Return-Path: <>",
        "Subject: Out of Office: back on Monday",
        "Subject: Abwesenheitsnotiz: Re: Bestellung",
    ] {
        assert!(matches!(mail(head, "I am away.").written, Written::Auto(_)), "{head}");
    }
    for head in [
        "Auto-Submitted: no",
        "Subject: my automatic reply does not work",
        "Return-Path: <ada@example.org>",
        "X-Priority: 1",
    ] {
        assert_eq!(mail(head, "Hello").written, Written::Person, "{head}");
    }
}

const REPORT: &str = "--b\nContent-Type: text/plain\n\nYour mail could not be delivered.\n\
    --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\nArrival-Date: Mon, 2 Nov 2026 10:00:00 +0100\n\n\
    Final-Recipient: rfc822; Gone@Example.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such\n mailbox here\n\n\
    Final-Recipient: rfc822; full@example.org\nAction: delayed\nStatus: 4.2.2 (mailbox full)\n\n\
    --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <sent-7@shop.example>\nSubject: Your order\n\n--b--\n";

#[test]
fn a_bounce_says_who_did_not_get_which_mail_and_why() {
    let head = "From: MAILER-DAEMON@mx.example.org\nReturn-Path: <>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=b";
    let mail = mail(head, REPORT);
    let Written::Bounce(bounce) = &mail.written else { panic!("{:?}", mail.written) };
    assert_eq!(bounce.original.as_deref(), Some("sent-7@shop.example"));
    let seen: Vec<_> =
        bounce.recipients.iter().map(|r| (r.address.as_str(), r.status.as_str(), r.is_final())).collect();
    assert_eq!(seen, [("gone@example.org", "5.1.1", true), ("full@example.org", "4.2.2", false)]);
    assert_eq!(bounce.recipients[0].why, "550 5.1.1 no such mailbox here");
    let known = |id: &str| (id == "sent-7@shop.example").then(|| CaseId::known("case_7"));
    assert_eq!(case_of(&mail, known).unwrap().as_str(), "case_7");
}

#[test]
fn what_is_no_mail_is_refused_in_words_and_nothing_makes_it_fall_over() {
    for bytes in [&b""[..], b"\0\0\0", b"hello", b"Subject: x\r\n\r\nno sender", b"From:\r\n\r\n"] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
    let nested: String =
        (0..500).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let _ = read(format!("From: a@b.example\r\n{nested}").as_bytes());
    let many = format!("From: a@b.example\r\nReferences: {}\r\n\r\nhi", "<x@y> ".repeat(5_000));
    assert!(read(many.as_bytes()).unwrap().references.len() <= 100);
}
