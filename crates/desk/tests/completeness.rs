//! Completeness of a handoff against the reference values.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_desk::{HandoffField, Pattern, When, completeness, mean_share, no_reask, score};
use serde_json::{Value, json};

fn field(name: &str, weight: &Value) -> HandoffField {
    HandoffField {
        name: name.to_owned(),
        weight: weight.as_i64().unwrap(),
        pattern: None,
        when: None,
        asked_as: vec![],
    }
}

fn wanted(spec: &Value, order_pattern: &str) -> Vec<HandoffField> {
    let mut wanted: Vec<_> = spec["required"].as_object().unwrap().iter().map(|(n, w)| field(n, w)).collect();
    for condition in spec["conditional"].as_array().unwrap() {
        let when =
            When { field: condition["if_field"].as_str().unwrap().to_owned(), equals: condition["equals"].clone() };
        for (name, weight) in condition["require"].as_object().unwrap() {
            wanted.push(HandoffField { when: Some(when.clone()), ..field(name, weight) });
        }
    }
    for field in wanted.iter_mut().filter(|field| field.name == "order_id") {
        field.pattern = Some(Pattern::new(order_pattern).unwrap());
    }
    wanted
}

fn reference() -> Value {
    serde_json::from_str(include_str!("vectors/handoff.json")).unwrap()
}

#[test]
fn one_figure_for_a_handoff_is_the_reference_score() {
    let all = reference();
    let (handoff, wanted) = (&all["handoff_completeness"], &all["handoff_completeness"]["example_final"]);
    let number = |value: &Value| value.as_f64().unwrap();
    let (asked, required) =
        (wanted["reasked_fields"].as_array().unwrap().len(), handoff["present"].as_object().unwrap().len());
    let kept = no_reask(asked, required);
    assert!((kept - number(&wanted["no_reask"])).abs() < 1e-12);
    let whole = score(number(&wanted["completeness"]), number(&wanted["validity"]), kept);
    assert!((whole - number(&wanted["score"])).abs() < 1e-12, "{whole}");
}

#[test]
fn mean_completeness_and_correctness_of_the_reference_handoffs_are_as_it_says() {
    let all = reference();
    let events = all["events"].as_array().unwrap().iter().flat_map(|c| c["events"].as_array().unwrap());
    let escalated: Vec<_> = events.filter(|event| event["type"] == "escalated").collect();
    let share = |part: &str| {
        let count = |event: &Value, name: &str| u32::try_from(event[name].as_u64().unwrap()).unwrap();
        let shares: Vec<_> = escalated.iter().map(|e| (count(e, part), count(e, "packet_required"))).collect();
        mean_share(&shares).unwrap()
    };
    let expected = &all["expected_all"];
    assert!((share("packet_present") - expected["packet_completeness_mean"].as_f64().unwrap()).abs() < 1e-12);
    assert!((share("packet_correct") - expected["packet_correctness_mean"].as_f64().unwrap()).abs() < 1e-12);
}

#[test]
fn the_reference_packet_scores_as_the_reference_says() {
    let all = reference();
    let reference = &all["handoff_completeness"];
    let pattern = reference["validity"]["order_id_regex"].as_str().unwrap();
    let scored = completeness(&wanted(&reference["spec"]["refund"], pattern), &reference["packet"]);
    assert!((scored.completeness - reference["completeness"].as_f64().unwrap()).abs() < 1e-12);
    assert_eq!(scored.gate, reference["gate_pass"].as_bool().unwrap());
    assert!((scored.validity - 1.0).abs() < 1e-12);
    for field in &scored.required {
        assert_eq!(json!(field.present), reference["present"][&field.name], "{}", field.name);
    }
}

#[test]
fn empty_is_absent_a_wrong_form_is_invalid_and_a_missing_critical_field_fails_the_gate() {
    let mut id = field("id", &json!(3));
    id.pattern = Some(Pattern::new("^P-[0-9]+$").unwrap());
    let wanted = [id, field("notes", &json!(1))];
    let scored = completeness(&wanted, &json!({"id": "12", "notes": []}));
    assert_eq!((scored.completeness, scored.validity, scored.gate), (0.75, 0.0, true));
    let scored = completeness(&wanted, &json!({"id": " ", "notes": "x"}));
    assert_eq!((scored.completeness, scored.validity, scored.gate), (0.25, 1.0, false));
}
