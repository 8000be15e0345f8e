//! Decision tables from and to DMN: files as other tools write them, what has no equal, and the law that what is written is
//! read as the same table.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{actions, bundle};
use baton_base::{Error, Finding, Severity};
use baton_govern::dmn::{self, DMN_BYTES_MAX, Edition, Import};
use baton_govern::{Hit, Rulebook, Table};
use proptest::prelude::*;
use serde_json::{Value, json};

fn book(files: &[(&str, &str)]) -> Rulebook {
    Rulebook::load(&bundle(files), &actions()).unwrap_or_else(|found| panic!("{found:?}\n{files:?}"))
}

fn loaded(import: &Import) -> Rulebook {
    let files: Vec<_> = import.tables.iter().map(|table| (table.file.as_str(), table.text.as_str())).collect();
    book(&files)
}

/// The first table of a file, as it decides.
fn decided(import: &Import, facts: Value) -> Result<(Value, Vec<String>), String> {
    let book = loaded(import);
    let table = book.table(&import.tables[0].name).unwrap();
    table.decide(&facts).map(|decided| (decided.outputs, decided.rules)).map_err(|undecided| undecided.reason)
}

#[test]
fn a_file_as_camunda_modeler_writes_it_becomes_a_table_that_decides_and_names_its_rules() {
    let import = dmn::import("parcel.dmn", include_str!("dmn/parcel.dmn")).unwrap();
    let [table] = import.tables.as_slice() else { panic!("{:?}", import.findings) };
    assert_eq!((table.name.as_str(), table.file.as_str()), ("parcel_fee", "tables/parcel_fee.yaml"));
    assert_eq!((table.title.as_str(), table.hit, table.rules), ("What a parcel costs", Hit::First, 4));
    let [refused] = import.findings.as_slice() else { panic!("{:?}", import.findings) };
    assert!(refused.message.contains("'What is said': it holds literalExpression"), "{refused}");
    assert_eq!((refused.file.as_str(), refused.line), ("parcel.dmn", 59));

    let asked = |weight: i64, zone: &str, sent: &str| {
        decided(&import, json!({"parcel": {"weight": weight, "zone": zone, "sent on": sent, "quote": 31}})).unwrap()
    };
    let fee = |fee: Value, reason: Value| json!({"fee": fee, "reason": reason});
    let gift = (fee(json!(0), json!("a gift & free")), vec!["DecisionRule_gift".to_owned()]);
    assert_eq!(asked(2, "far", "2026-12-01"), gift);
    let close = (fee(json!(4.5), json!("close by")), vec!["DecisionRule_close".to_owned()]);
    assert_eq!(asked(2, "near", "2026-12-24"), close);
    let far = (fee(json!(31), json!(null)), vec!["DecisionRule_far".to_owned()]);
    assert_eq!(asked(30, "far", "2026-01-01"), far);
    assert_eq!(asked(31, "far", "2026-01-01").1, ["default"]);

    let grid = loaded(&import).table("parcel_fee").unwrap().grid();
    assert_eq!(grid.inputs[0], ("Weight".to_owned(), ".parcel.weight".to_owned()));
    assert_eq!(grid.inputs[2], ("parcel.sent on".to_owned(), ".parcel[\"sent on\"]".to_owned()));
    assert_eq!(grid.rules[0].note.as_deref(), Some("agreed for the holidays"));
    assert_eq!(grid.rules[0].when[2], "[2026-12-01..2026-12-24)");
    assert_eq!(grid.rules[1].when[1], "not(far)");
}

#[test]
fn a_file_with_prefixes_types_priorities_and_annotations_is_read_as_well() {
    let import = dmn::import("cover.dmn", include_str!("dmn/cover.dmn")).unwrap();
    let [table] = import.tables.as_slice() else { panic!("{:?}", import.findings) };
    assert_eq!(table.name, "Who-looks-at-it", "an id that cannot name a file gives way to the name");
    assert_eq!(import.findings.len(), 1, "{:?}", import.findings);
    assert_eq!(import.findings[0].severity, Severity::Warning);
    let asked = |tier: &str, amount: i64| decided(&import, json!({"Tier": tier, "Amount": amount})).unwrap();
    assert_eq!(asked("gold", 700), (json!({"result": "adjuster"}), vec!["_R2".to_owned()]), "the first of the outputs");
    assert_eq!(asked("none", 700), (json!({"result": "agent"}), vec!["_R1".to_owned()]));
    let book = loaded(&import);
    let grid = book.table("Who-looks-at-it").unwrap().grid();
    assert_eq!(grid.description.as_deref(), Some("For claims of all kinds."));
    assert_eq!(grid.rules[1].note.as_deref(), Some("small"));
    assert!(import.tables[0].text.contains("values: [\"gold\", \"silver\", \"none\"]"), "{}", import.tables[0].text);
}

/// A file with one table: what stands in the table before its rules, and its rules.
fn file(attributes: &str, clauses: &str, rules: &str) -> String {
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20211108/MODEL/\" id=\"d\" name=\"d\" namespace=\"n\">\n\
         <decision id=\"t\" name=\"T\"><decisionTable {attributes}>\n{clauses}\n{rules}\n</decisionTable></decision>\n</definitions>"
    )
}

const ONE: &str = "<input id=\"i\" label=\"In\"><inputExpression><text>x</text></inputExpression></input><output id=\"o\" name=\"out\"/>";

fn rule(id: &str, when: &str, then: &str) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let (when, then) = (escaped(when), escaped(then));
    format!(
        "<rule id=\"{id}\"><inputEntry><text>{when}</text></inputEntry><outputEntry><text>{then}</text></outputEntry></rule>\n"
    )
}

fn errors(text: &str) -> Vec<Finding> {
    let import = dmn::import("f.dmn", text).unwrap();
    let errors: Vec<_> = import.findings.into_iter().filter(|one| one.severity == Severity::Error).collect();
    assert_eq!(import.tables.is_empty(), !errors.is_empty(), "{errors:?}");
    errors
}

#[test]
fn what_has_no_equal_is_refused_with_decision_rule_column_and_line() {
    for (cell, why) in [
        ("gold", "'gold' is the name of something else"),
        ("date and time(\"2026-01-01T00:00:00Z\")", "no equal"),
        ("contains(?, \"x\")", "the function contains"),
        ("[5..1]", "ends before it begins"),
    ] {
        let found = errors(&file("", ONE, &(rule("a", "1", "1") + &rule("b", cell, "2"))));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.starts_with("decision 'T', rule 'b', column 'In': "), "{}", found[0].message);
        assert!(found[0].message.contains(why) && !found[0].remedy.is_empty(), "{}", found[0]);
        assert_eq!(found[0].line, 5, "{found:?}");
    }
    let output = errors(&file("", ONE, &rule("a", "1", "x + 1")));
    assert!(output[0].message.starts_with("decision 'T', rule 'a', column 'out': "), "{}", output[0]);
    for (attributes, clauses, rules, why) in [
        ("hitPolicy=\"COLLECT\" aggregation=\"SUM\"", ONE.to_owned(), rule("a", "1", "1"), "does not aggregate (SUM)"),
        ("hitPolicy=\"BEST\"", ONE.to_owned(), rule("a", "1", "1"), "no hit policy 'BEST'"),
        ("hitPolicy=\"PRIORITY\"", ONE.to_owned(), rule("a", "1", "1"), "no place in the order"),
        (
            "hitPolicy=\"ANY\"",
            ONE.to_owned(),
            rule("a", "> 1", "1") + &rule("b", "> 2", "2"),
            "'a' and 'b' say different things",
        ),
        (
            "hitPolicy=\"ANY\"",
            ONE.to_owned(),
            rule("a", "not(true)", "1") + &rule("b", "not(false)", "2"),
            "'a' and 'b' say different things for In = null",
        ),
        ("", ONE.to_owned(), rule("a", "1", "1") + &rule("a", "2", "2"), "the rule id 'a' stands twice"),
        ("", ONE.to_owned(), String::new(), "1 to 2000 rules"),
        ("", ONE.replace(">x<", ">x + 1<"), rule("a", "1", "1"), "more than the name of a fact"),
        ("", ONE.replace(">x<", ">x instance of number<"), rule("a", "true", "1"), "more than the name of a fact"),
        (
            "",
            ONE.replace("<inputExpression>", "<inputExpression expressionLanguage=\"groovy\">"),
            rule("a", "1", "1"),
            "groovy",
        ),
        (
            "",
            ONE.replace("<inputExpression>", "<inputExpression expressionLanguage=\"urn:baton:jq\">")
                .replace(">x<", ">.x | (<"),
            rule("a", "1", "1"),
            "column 'In'",
        ),
        (
            "",
            ONE.replace("name=\"out\"/>", "name=\"out\"/><output name=\"out\"/>"),
            rule("a", "1", "1"),
            "names of their own",
        ),
        (
            "",
            ONE.replace("name=\"out\"/>", "name=\"out\"/><output name=\"more\"/>"),
            rule("a", "1", "1"),
            "1 conditions and 1 results",
        ),
    ] {
        let found = errors(&file(attributes, &clauses, &rules));
        assert!(found.iter().any(|one| one.message.contains(why)), "{why}: {found:?}");
    }
}

#[test]
fn a_result_that_names_what_nothing_in_the_file_gives_is_told() {
    let told = |text: &str| dmn::import("f.dmn", text).unwrap().findings;
    let of = |then: &str| file("", ONE, &(rule("a", "1", "1") + &rule("b", "2", then)));
    let found = told(&of("gold tier"));
    assert_eq!((found.len(), found[0].severity, found[0].line), (1, Severity::Warning, 5), "{found:?}");
    let why = "decision 'T', rule 'b', column 'out': it reads the fact 'gold tier', which nothing in the file gives";
    assert_eq!(found[0].message, why);
    for known in ["\"gold tier\"", "x.tier", "7"] {
        assert_eq!(told(&of(known)), [], "{known}");
    }
    let data = "<inputData id=\"gold\" name=\"gold  tier\"/>\n<decision ";
    assert_eq!(told(&of("gold tier").replace("<decision ", data)), []);
    let default = "name=\"out\"><defaultOutputEntry><text>gold</text></defaultOutputEntry></output>";
    let found = told(&file("", &ONE.replace("name=\"out\"/>", default), &rule("a", "1", "1")));
    assert!(found.len() == 1 && found[0].message.contains("column 'out': it reads the fact 'gold'"), "{found:?}");
}

#[test]
fn hit_policies_and_defaults_decide_as_in_dmn() {
    let read =
        |attributes: &str, clauses: &str, rules: &str| dmn::import("f.dmn", &file(attributes, clauses, rules)).unwrap();
    let x = |n: i64| json!({"x": n});
    let any = read("hitPolicy=\"ANY\"", ONE, &(rule("a", "> 1", "\"y\"") + &rule("b", "> 2", "\"y\"")));
    assert_eq!(decided(&any, x(3)).unwrap(), (json!({"out": "y"}), vec!["a".to_owned()]));
    for order in ["hitPolicy=\"COLLECT\"", "hitPolicy=\"RULE ORDER\""] {
        let all = read(order, ONE, &(rule("a", "> 1", "1") + &rule("b", "> 2", "2")));
        assert_eq!(decided(&all, x(3)).unwrap(), (json!({"out": [1, 2]}), vec!["a".to_owned(), "b".to_owned()]));
    }
    let ordered = ONE.replace("name=\"out\"/>", "name=\"out\"><outputValues><text>2, 1</text></outputValues></output>");
    let all = read("hitPolicy=\"OUTPUT ORDER\"", &ordered, &(rule("a", "> 1", "1") + &rule("b", "> 2", "2")));
    assert_eq!(decided(&all, x(3)).unwrap().0, json!({"out": [2, 1]}));

    // A default is for what no rule matches: a unique table gets a last rule for it, if no two of its rules meet.
    let default =
        ONE.replace("name=\"out\"/>", "name=\"out\"><defaultOutputEntry><text>9</text></defaultOutputEntry></output>");
    let unique = read("", &default, &(rule("a", "> 2", "1") + &rule("default", "[1..2]", "2")));
    assert_eq!(decided(&unique, x(0)).unwrap(), (json!({"out": 9}), vec!["default-2".to_owned()]));
    assert_eq!(decided(&unique, x(2)).unwrap().1, ["default"]);
    let meet = errors(&file("", &default, &(rule("a", "> 2", "1") + &rule("b", "> 3", "2"))));
    assert!(meet[0].message.contains("'a' and 'b' both match"), "{}", meet[0]);
    let collects = errors(&file("hitPolicy=\"COLLECT\"", &default, &rule("a", "> 2", "1")));
    assert!(collects[0].message.contains("has no defaults"), "{}", collects[0]);
    // Rules without an id get one.
    let nameless = read("", ONE, &rule("", "1", "1").replace(" id=\"\"", ""));
    assert_eq!(decided(&nameless, x(1)).unwrap().1, ["rule-1"]);
}

#[test]
fn bad_files_are_refused_whole_and_large_ones_are_not_read() {
    let laughs = "<?xml version=\"1.0\"?>\n<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>\n<definitions>&b;</definitions>";
    for (text, why) in [
        (laughs, "line 2, column 1: document types and entities are not read"),
        ("<definitions>&b;</definitions>", "line 1, column 14: '&' begins none of"),
        ("<definitions><decision></definitions>", "stands where decision is open"),
        ("<definitions/>", "save the file as DMN 1.3, 1.4 or 1.5"),
        ("<definitions xmlns=\"http://www.omg.org/spec/DMN/20151101/dmn.xsd\"/>", "save the file as DMN"),
        ("title: x\nhit: first\n", "outside of the root"),
        ("", "no element"),
    ] {
        match dmn::import("f.dmn", text) {
            Err(Error::Invalid { detail, .. }) => assert!(detail.contains(why), "{text}: {detail}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(matches!(dmn::import("f.dmn", &" ".repeat(DMN_BYTES_MAX + 1)), Err(Error::Limit(_))));
    let empty = dmn::import("f.dmn", "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"/>").unwrap();
    assert!(empty.findings[0].message.contains("no decision"), "{:?}", empty.findings);
}

#[test]
fn several_tables_in_one_file_keep_the_ids_of_their_rules() {
    let table = |out: i64| {
        format!(
            "hit: unique\ninputs: [{{ name: a, expr: .facts.a }}, {{ name: b, expr: .a | length }}]\noutputs: [out]\nrules:\n  - {{ id: in-window, when: {{ a: [\"-\", 3] }}, then: {{ out: {out} }} }}\n"
        )
    };
    let (one, two) = (table(1), table(2));
    let before = book(&[("tables/one.yaml", &one), ("tables/deep/two.yaml", &two)]);
    let tables: Vec<&Table> = before.tables().collect();
    for edition in [Edition::V1_3, Edition::V1_5] {
        let text = dmn::export(&tables, edition).unwrap();
        assert!(text.contains("<rule id=\"in-window\">"), "{text}");
        let import = dmn::import("f.dmn", &text).unwrap();
        assert_eq!(import.findings, [], "{text}");
        let after = loaded(&import);
        for table in &tables {
            assert!(after.table(table.name()).unwrap().says_as(table), "{} {text}", table.name());
        }
    }
    let named = book(&[("tables/t.yaml", &one.replace("in-window", "\"\\u0007\""))]);
    assert!(dmn::export(&named.tables().collect::<Vec<_>>(), Edition::V1_5).is_err(), "XML has no such character");
}

fn text() -> impl Strategy<Value = String> {
    let known = [
        "gold",
        "true",
        "5",
        "-",
        "< 5",
        "it's",
        "say \"hi\"",
        "a, b",
        "a..b",
        "",
        "null",
        "größe",
        "a\\b",
        "two\nlines",
        "not(x)",
        "2026-01-31",
        "<&>",
        "[1..2]",
        "${",
        "\u{1}",
    ];
    prop_oneof![proptest::sample::select(known.to_vec()).prop_map(str::to_owned), "[a-zA-Z ,.'\"()-]{0,6}"]
}

/// Text for people: something is in it, and nothing that XML cannot hold.
fn words() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["Refund", "a & b <c>", "it's \"so\"", "two\nlines", "größe", "tab\there"])
        .prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![(-20_i64..20).prop_map(Value::from), (-40_i32..40).prop_map(|n| json!(f64::from(n) / 4.0))]
}

/// One test, as a file has it.
fn simple() -> impl Strategy<Value = Value> {
    let sign = || proptest::sample::select(vec!["<", "<=", ">", ">="]);
    let range = (number(), 0_i64..9, any::<bool>(), any::<bool>()).prop_map(|(low, more, low_in, high_in)| {
        let high = low.as_f64().unwrap() + f64::from(i32::try_from(more).unwrap());
        let (open, close) = (if low_in { '[' } else { '(' }, if high_in { ']' } else { ')' });
        json!(format!("{open}{low}..{high}{close}"))
    });
    prop_oneof![
        number(),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        text().prop_map(|text| json!(format!("\"{text}\""))),
        (sign(), number()).prop_map(|(sign, bound)| json!(format!("{sign} {bound}"))),
        (sign(), text()).prop_map(|(sign, bound)| json!(format!("{sign} \"{bound}\""))),
        text().prop_map(|text| json!(format!("!= \"{text}\""))),
        range,
        Just(json!("[2026-01-01..2026-03-31)")),
        proptest::sample::subsequence(vec!["gold", "5", "[1..5]", "'a, b'", "< 3", "not(x)", "true"], 1..5)
            .prop_map(|parts| json!(format!("not({})", parts.join(", ")))),
    ]
}

fn cell() -> impl Strategy<Value = Option<Value>> {
    let list = proptest::collection::vec(simple(), 1..4).prop_map(Value::from);
    let nested = (simple(), simple()).prop_map(|(a, b)| json!([a, [b, "-"]]));
    prop_oneof![2 => Just(None::<Value>), 6 => simple().prop_map(Some), 2 => list.prop_map(Some), 1 => nested.prop_map(Some)]
}

fn said() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => text().prop_map(Value::from),
        2 => number(),
        1 => Just(json!(null)),
        1 => any::<bool>().prop_map(Value::from),
        1 => (text(), number()).prop_map(|(text, number)| json!([text, { "a b": number, "c": [] }])),
        1 => Just(json!("${ .facts.days }")),
        1 => Just(json!("${.facts[\"net total\"]}")),
        1 => Just(json!("${ [.facts.days, 1] | length }")),
    ]
}

const READS: [&str; 5] =
    [".facts.days", ".facts[\"net total\"]", ".tier", "(.facts.days // 0) > 3", "[.tier, .facts.days] | length"];

fn input() -> impl Strategy<Value = Value> {
    let listed = proptest::collection::vec(text().prop_map(Value::from), 0..3);
    let name = proptest::sample::select(vec!["days", "net total ", "a&b", "größe"]);
    (name, proptest::sample::select(READS.to_vec()), any::<bool>(), listed)
        .prop_map(|(name, expr, whole, values)| json!({"name": name, "expr": expr, "whole": whole, "values": values}))
}

/// A table's file, as JSON, which is YAML too.
fn table() -> impl Strategy<Value = Value> {
    let head = (words(), proptest::option::of(words()), proptest::sample::select(vec!["unique", "first", "collect"]));
    let columns = (proptest::collection::vec(input(), 0..4), 1_usize..3);
    (head, columns).prop_flat_map(|((title, description, hit), (mut inputs, outputs))| {
        for (at, input) in inputs.iter_mut().enumerate() {
            input["name"] = json!(format!("{}{at}", input["name"].as_str().unwrap()));
        }
        let id = proptest::sample::select(vec!["r", "in window ", "größe-", "", "a#", "_", "T_table"]);
        let cells = proptest::collection::vec(cell(), inputs.len());
        let rule = (id, proptest::option::of(words()), cells, proptest::collection::vec(said(), outputs));
        proptest::collection::vec(rule, 1..6).prop_map(move |rules| {
            let rules = rules.into_iter().enumerate().map(|(at, (id, note, cells, said))| {
                let name = |at: usize| inputs[at]["name"].as_str().unwrap().to_owned();
                let when: serde_json::Map<String, Value> =
                    cells.into_iter().enumerate().filter_map(|(at, cell)| Some((name(at), cell?))).collect();
                let then: serde_json::Map<String, Value> =
                    said.into_iter().enumerate().map(|(at, value)| (format!("out {at}"), value)).collect();
                json!({"id": format!("{id}{at}"), "note": note, "when": when, "then": then})
            });
            let rules: Vec<Value> = rules.collect();
            let outputs: Vec<String> = (0..outputs).map(|at| format!("out {at}")).collect();
            json!({"title": title, "description": description, "hit": hit, "inputs": inputs, "outputs": outputs, "rules": rules})
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_written_is_read_as_the_same_table_and_decides_the_same(
        table in table(),
        old in any::<bool>(),
        days in prop_oneof![number(), Just(Value::Null), text().prop_map(Value::from)],
        total in number(),
        tier in text(),
    ) {
        let before = book(&[("tables/t.yaml", &table.to_string())]);
        let before = before.table("t").unwrap();
        let text = dmn::export(&[before], if old { Edition::V1_3 } else { Edition::V1_5 }).unwrap();
        let import = dmn::import("f.dmn", &text).unwrap();
        prop_assert!(import.findings.is_empty(), "{:?}\n{}", import.findings, text);
        let after = loaded(&import);
        let after = after.table("t").unwrap();
        prop_assert!(after.says_as(before), "{}\n{}", text, import.tables[0].text);
        let facts = json!({"facts": {"days": days, "net total": total}, "tier": tier});
        let ask = |table: &Table| table.decide(&facts).map(|decided| (decided.outputs, decided.rules));
        prop_assert_eq!(ask(after), ask(before));
    }
}
