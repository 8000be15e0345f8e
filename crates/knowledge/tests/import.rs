//! Articles of other people become files of a blueprint, and come again without harm to what was edited here.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{Bundle, ClientId};
use baton_knowledge::import::{Change, Read, Step, Wanted, plan, read, read_text};
use baton_knowledge::{Audience, Shelf};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;

fn wanted(source: &str) -> Wanted {
    Wanted {
        source: source.into(),
        client: Some(ClientId::known("acme")),
        locale: "en".into(),
        audience: Audience::Customer,
        over_edits: false,
    }
}

fn take(name: &str, text: &str) -> Read {
    read_text(name, text).unwrap()
}

fn changes(steps: &[Step]) -> Vec<(Change, &str)> {
    steps.iter().map(|step| (step.change, step.id.as_str())).collect()
}

fn apply(files: &mut BTreeMap<String, String>, steps: &[Step]) {
    for step in steps {
        if let Some(text) = &step.text {
            files.insert(step.file.clone(), text.clone());
        }
    }
}

fn zendesk(title: &str, body: &str) -> String {
    json!({"count": 2, "next_page": "https://acme.zendesk.com/api/v2/help_center/articles.json?page=2", "articles": [
        {"id": 3601, "title": title, "locale": "en-us", "draft": false, "html_url": "https://acme.zendesk.com/hc/3601", "body": body},
        {"id": 3602, "title": "Not yet", "locale": "en-us", "draft": true, "body": "<p>soon</p>"}]})
    .to_string()
}

#[test]
fn a_zendesk_export_becomes_articles_with_sections_and_no_markup() {
    let body = "<h2>How long</h2><p>You have <b>30 days</b>.</p><script>alert(1)</script><h2>Where to</h2><ul><li>the warehouse</li></ul>";
    let found = take("articles.json", &zendesk("Returns &amp; refunds", body));
    assert_eq!((found.drafts.len(), found.skipped.len()), (1, 1));
    assert!(found.next.as_ref().unwrap().contains("page=2"));
    let mut files = BTreeMap::new();
    let steps = plan(&files, &found.drafts, &wanted("zendesk"));
    assert_eq!(steps[0].file, "knowledge/zendesk/returns-amp-refunds.en-us.md");
    apply(&mut files, &steps);
    let mut bundle = Bundle { files, ..Bundle::default() };
    assert!(Shelf::load(&bundle).unwrap().articles().is_empty(), "it is acme's, and this release is nobody's");
    bundle.parameters.insert("client".into(), "acme".into());
    let shelf = Shelf::load(&bundle).unwrap();
    let article = &shelf.articles()[0];
    let sections: Vec<_> = article.sections.iter().map(|s| (s.anchor.as_str(), s.text.contains("alert"))).collect();
    assert_eq!(sections, [("how-long", false), ("where-to", false)]);
    assert!(article.sections[0].text.contains("30 days"));
    assert_eq!(article.origin.as_ref().unwrap().url.as_deref(), Some("https://acme.zendesk.com/hc/3601"));
}

#[test]
fn what_a_source_keeps_from_customers_is_internal_here_also_when_that_is_decided_later() {
    let kept = |export: serde_json::Value| take("a.json", &export.to_string()).drafts[0].audience;
    let inside = Some(Audience::Internal);
    let article = json!({"id": 1, "title": "Tricks", "body": "Say nothing."});
    let with = |name: &str, value: serde_json::Value| {
        let mut one = article.clone();
        one[name] = value;
        json!({"articles": [one]})
    };
    for (export, expect) in [
        (with("user_segment_id", json!(7)), inside),
        (with("user_segment_ids", json!([7])), inside),
        (with("type", json!("internal_article")), inside),
        (with("visibility", json!("signed-in partners")), inside),
        (with("visibility", json!("Public")), Some(Audience::Customer)),
        (with("user_segment_id", json!(null)), None),
        (with("user_segment_ids", json!([])), None),
    ] {
        assert_eq!(kept(export.clone()), expect, "{export}");
    }

    let source = wanted("zendesk");
    let (open, closed) = (with("user_segment_id", json!(null)), with("user_segment_id", json!(7)));
    let (open, closed) = (take("a.json", &open.to_string()), take("a.json", &closed.to_string()));
    let mut files = BTreeMap::new();
    let steps = plan(&files, &open.drafts, &source);
    apply(&mut files, &steps);
    assert!(files.values().all(|text| text.contains("audience: customer")));
    let steps = plan(&files, &closed.drafts, &source);
    assert_eq!(changes(&steps), [(Change::Changed, "tricks")]);
    apply(&mut files, &steps);
    assert!(files.values().all(|text| text.contains("audience: internal")), "{files:?}");
    assert_eq!(changes(&plan(&files, &closed.drafts, &source)), [(Change::Unchanged, "tricks")]);
    assert_eq!(changes(&plan(&files, &open.drafts, &source)), [(Change::Unchanged, "tricks")], "opened by hand alone");

    // What was edited here is closed as well, and keeps its words.
    let edited = |text: &String| text.replace("audience: internal", "audience: customer").replace("nothing", "little");
    files.values_mut().for_each(|text| *text = edited(text));
    let steps = plan(&files, &closed.drafts, &source);
    assert_eq!(changes(&steps), [(Change::EditedHere, "tricks")]);
    apply(&mut files, &steps);
    assert!(
        files.values().all(|text| text.contains("audience: internal") && text.contains("Say little.")),
        "{files:?}"
    );
    assert_eq!(changes(&plan(&files, &closed.drafts, &source)), [(Change::Unchanged, "tricks")]);
}

#[test]
fn what_comes_again_is_compared_and_what_was_edited_here_stays() {
    let source = wanted("zendesk");
    let mut files = BTreeMap::new();
    let first = take("a.json", &zendesk("Returns", "<p>30 days</p>"));
    let steps = plan(&files, &first.drafts, &source);
    apply(&mut files, &steps);
    assert_eq!(changes(&plan(&files, &first.drafts, &source)), [(Change::Unchanged, "returns")]);

    // Another text and another title at the source: the same article, under the same id.
    let second = take("a.json", &zendesk("Sending things back", "<p>45 days</p>"));
    let steps = plan(&files, &second.drafts, &source);
    assert_eq!(changes(&steps), [(Change::Changed, "returns")]);
    apply(&mut files, &steps);
    assert!(files.values().next().unwrap().contains("45 days"));

    // A remark in the head is kept; an edit of the text is not overwritten.
    let path = files.keys().next().unwrap().clone();
    let owned = files[&path].replacen("audience: customer", "audience: internal\nowner: returns team", 1);
    files.insert(path.clone(), owned);
    let third = take("a.json", &zendesk("Sending things back", "<p>60 days</p>"));
    let steps = plan(&files, &third.drafts, &source);
    assert!(steps[0].text.as_ref().unwrap().contains("owner: \"returns team\""));
    assert!(steps[0].text.as_ref().unwrap().contains("audience: internal"));
    files.insert(path.clone(), files[&path].replace("45 days", "forty-five days"));
    assert_eq!(changes(&plan(&files, &third.drafts, &source)), [(Change::EditedHere, "returns")]);
    assert_eq!(changes(&plan(&files, &second.drafts, &source)), [(Change::Unchanged, "returns")]);
    let over = Wanted { over_edits: true, ..source.clone() };
    assert_eq!(changes(&plan(&files, &third.drafts, &over)), [(Change::Changed, "returns")]);

    // Another source does not touch it; the same source without it says so.
    assert_eq!(plan(&files, &first.drafts, &wanted("intercom"))[0].change, Change::New);
    assert_eq!(changes(&plan(&files, &[], &source)), [(Change::Gone, "returns")]);
}

#[test]
fn intercom_brings_its_languages_under_one_id() {
    let export = json!({"type": "list", "pages": {"next": null}, "data": [{"id": "91", "type": "article", "title": "Shipping",
        "state": "published", "body": "<p>Parcels take <b>3</b> days.</p>", "default_locale": "en", "url": "https://help.acme.example/91",
        "translated_content": {"type": "article_translated_content",
            "de": {"title": "Versand", "state": "published", "body": "<p>Pakete brauchen 3 Tage.</p>"},
            "fr": {"title": "Livraison", "state": "draft", "body": "<p>3 jours</p>"}}}]});
    let found = take("intercom.json", &export.to_string());
    let steps = plan(&BTreeMap::new(), &found.drafts, &wanted("intercom"));
    let seen: Vec<_> = steps.iter().map(|s| (s.id.as_str(), s.file.as_str())).collect();
    assert_eq!(
        seen,
        [("shipping", "knowledge/intercom/shipping.de.md"), ("shipping", "knowledge/intercom/shipping.en.md")]
    );
    assert!(found.skipped[0].why.contains("draft"));
}

#[test]
fn any_folder_is_read_and_what_is_not_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("a.md", "---\ntitle: Paying\nlang: de\nweight: 3\n---\n# Paying\nBy card.\n");
    write(
        "deep/b.html",
        "<!doctype html><html lang=\"fr\"><head><title>Livraison</title></head><body><nav>menu</nav><h2>Quand</h2><p>Demain.</p></body></html>",
    );
    write("c.txt", "Opening hours\n\nNine to five.\n");
    write("d.csv", "id,question,answer\nd1,\"Who, then?\",\"Us.\nAlways.\"\n");
    write("e.jsonl", "{\"title\": \"One\", \"text\": \"first\"}\n{\"title\": \"Two\"}\n");
    write("f.pdf", "%PDF");
    write("g.png", "x");
    let found = read(folder.path()).unwrap();
    let seen: Vec<_> = found.drafts.iter().map(|d| (d.title.as_str(), d.locale.as_deref())).collect();
    assert_eq!(
        seen,
        [
            ("Paying", Some("de")),
            ("Opening hours", None),
            ("Who, then?", None),
            ("Livraison", Some("fr")),
            ("One", None)
        ]
    );
    assert!(!found.drafts[3].body.contains("menu") && found.drafts[3].body.contains("## Quand"));
    assert_eq!(found.drafts[0].body, "By card.");
    let told: Vec<_> = found.skipped.iter().map(|s| s.what.as_str()).collect();
    assert_eq!(told, ["e.jsonl: e.jsonl:2", "f.pdf", "g.png"]);
}

#[test]
fn a_broken_file_is_told_with_its_line() {
    for (name, text, line) in [
        ("a.json", "{\n  \"articles\": [\n", 2),
        ("b.csv", "title,text\na,b\nc\n", 3),
        ("c.csv", "one,two\n1,2\n", 1),
        ("d.jsonl", "{\"title\": \"a\", \"text\": \"b\"}\nnot json\n", 2),
    ] {
        let finding = read_text(name, text).unwrap_err();
        assert!(finding.line.abs_diff(line) <= 1, "{name}: {finding}");
        assert!(!finding.remedy.is_empty());
    }
}

#[test]
fn text_of_others_fills_in_nothing_of_ours() {
    let found = take("x.md", "# Trick\nIt is {{param.shop_url}} and {{fact.refund.window}}.\n");
    let steps = plan(&BTreeMap::new(), &found.drafts, &Wanted { client: None, ..wanted("docs") });
    let mut bundle = Bundle::default();
    bundle.files.insert(steps[0].file.clone(), steps[0].text.clone().unwrap());
    assert!(Shelf::load(&bundle).is_ok());
    assert!(!steps[0].text.as_ref().unwrap().contains("{{param."));
}

#[test]
fn an_id_that_stands_in_two_files_is_two_articles_and_twice_in_one_file_is_said() {
    let faq = "id,question,answer\n1,Who are you?,Us.\n2,Where are you?,Here.\n";
    let shipping =
        "id,question,answer\n1,How fast is it?,Two days.\n3,What does it cost?,Nothing.\n3,And abroad?,Much.\n";
    let source = Wanted { client: None, ..wanted("docs") };
    let mut files = BTreeMap::new();
    let mut found = take("faq.csv", faq);
    let first = plan(&files, &found.drafts, &source);
    apply(&mut files, &first);
    assert_eq!(files.len(), 2);

    found.extend(take("shipping.csv", shipping));
    let steps = plan(&files, &found.drafts, &source);
    let of = |change: Change| steps.iter().filter(|s| s.change == change).map(|s| s.title.as_str()).collect::<Vec<_>>();
    assert_eq!(of(Change::New), ["How fast is it?", "What does it cost?"]);
    assert_eq!(of(Change::Unchanged), ["Where are you?", "Who are you?"], "known by its id before it stood twice");
    assert_eq!((of(Change::Twice), of(Change::Gone)), (vec!["And abroad?"], vec![]));
    apply(&mut files, &steps);
    assert_eq!(files.len(), 4);
    let again = plan(&files, &found.drafts, &source);
    assert_eq!(again.iter().filter(|s| s.change == Change::Unchanged).count(), 4, "{again:?}");
    // The other file is gone: what stays keeps its article, whichever comes first by its name.
    let zones = shipping.replace("How fast is it?", "Zones");
    let first = faq.replace("Who are you?", "Any fees?");
    let mut mixed = BTreeMap::new();
    let begun = plan(&mixed, &take("faq.csv", &first).drafts, &source);
    apply(&mut mixed, &begun);
    let mut both = take("faq.csv", &first);
    both.extend(take("shipping.csv", &zones));
    let second = plan(&mixed, &both.drafts, &source);
    apply(&mut mixed, &second);
    let left = plan(&mixed, &take("shipping.csv", &zones).drafts, &source);
    let changed: Vec<_> = left.iter().filter(|s| s.change == Change::Changed).map(|s| s.title.as_str()).collect();
    assert!(changed.is_empty(), "{left:?}");

    let alone = plan(&files, &take("shipping.csv", shipping).drafts, &source);
    assert_eq!(alone.iter().filter(|s| s.change == Change::Unchanged).count(), 2, "{alone:?}");
}

#[test]
fn a_head_fills_in_nothing_of_ours_and_line_ends_and_tags_are_of_one_kind() {
    let export = json!([{"id": "{{param.a}}", "title": "Pay {{fact.fee}} \n now", "locale": "EN-us",
        "url": "https://acme.example/{{param.b}}", "body": "one\r\ntwo"}]);
    let found = take("x.json", &export.to_string());
    let source = Wanted { client: None, ..wanted("{{param.c}}") };
    let mut files = BTreeMap::new();
    let steps = plan(&files, &found.drafts, &source);
    let text = steps[0].text.clone().unwrap();
    assert!(!text.contains("{{") && !text.contains('\r') && text.contains("locale: \"en-us\""), "{text}");
    apply(&mut files, &steps);
    assert_eq!(plan(&files, &found.drafts, &source)[0].change, Change::Unchanged);
    assert!(Shelf::load(&Bundle { files, ..Bundle::default() }).is_ok());
}
