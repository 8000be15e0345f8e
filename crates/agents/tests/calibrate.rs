//! Calibration and thresholds against the shared vectors, digit by digit.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

use baton_agents::calibrate::{
    Answer, Bins, Costs, Goal, Isotonic, answers_needed, area_under_risk, brier, calibration_error, cheapest,
    conformal, fixed_sequence, nudge, risk_by_coverage, without_error,
};
use serde_json::Value;
use std::path::Path;

/// As many digits as a double holds.
const EXACT: f64 = 1e-12;

fn vectors() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/methods/vectors/calibration_vectors.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: ../shared/methods/vectors is not here");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("a number, not {value}"))
}

fn answers(data: &Value) -> Vec<Answer> {
    let right = numbers(&data["correct"]);
    numbers(&data["conf"]).into_iter().zip(right).map(|(p, right)| Answer::new(p, right > 0.5)).collect()
}

fn same(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < EXACT, "{what}: {found}, not {expected}");
}

#[test]
fn errors_of_calibration_and_risk_by_coverage_are_the_stated_ones() {
    let Some(all) = vectors() else { return };
    let data = &all["dataset60"];
    let answers = answers(data);
    let ece = |bins| calibration_error(&answers, bins);
    same(ece(Bins::EqualWidth(10)), number(&data["ece_equal_width_10"]), "equal width");
    same(ece(Bins::EqualMass(6)), number(&data["ece_equal_mass_6"]), "equal mass");
    same(brier(&answers), number(&data["brier"]), "brier");
    same(area_under_risk(&answers), number(&data["risk_coverage"]["aurc"]), "area under risk");
    let expected =
        numbers(&data["risk_coverage"]["coverage"]).into_iter().zip(numbers(&data["risk_coverage"]["selective_risk"]));
    for ((coverage, risk), (c, r)) in risk_by_coverage(&answers).into_iter().zip(expected) {
        same(coverage, c, "coverage");
        same(risk, r, "risk");
    }
    let curve = Isotonic::fit(&answers);
    for (answer, expected) in answers.iter().zip(numbers(&data["isotonic_fit_at_conf"])) {
        same(curve.apply(answer.p), expected, "isotonic");
    }
}

#[test]
fn thresholds_with_a_promise_are_the_stated_ones() {
    let Some(all) = vectors() else { return };
    let data = &all["dataset60"];
    let answers = answers(data);
    for case in data["crc_joint_loss"].as_array().unwrap() {
        let found = conformal(&answers, number(&case["alpha"])).unwrap();
        same(found.threshold, number(&case["threshold"]), "threshold");
        same(found.coverage, number(&case["coverage"]), "coverage");
        assert_eq!(found.errors as u64, case["errors_answered"].as_u64().unwrap());
    }
    for case in data["ltt_selective_risk"].as_array().unwrap() {
        let goal = Goal { risk: number(&case["alpha"]), doubt: number(&case["delta"]) };
        let found = fixed_sequence(&answers, goal, &numbers(&case["grid_desc"]));
        match case["result"].as_array() {
            None => assert_eq!(found, None),
            Some(expected) => {
                let found = found.unwrap();
                same(found.threshold, number(&expected[0]), "threshold");
                assert_eq!(
                    (found.answered as u64, found.errors as u64),
                    (expected[1].as_u64().unwrap(), expected[2].as_u64().unwrap())
                );
                same(found.p_value, number(&expected[3]), "p");
            }
        }
    }
}

#[test]
fn costs_sizes_and_the_walk_between_fits_are_the_stated_ones() {
    let Some(all) = vectors() else { return };
    // They stand beside the data set or inside it.
    let part = |name: &str| if all[name].is_null() { &all["dataset60"][name] } else { &all[name] };
    let costs = |case: &Value| Costs {
        wrong: number(&case["cost_wrong"]),
        person: number(&case["cost_human"]),
        agent: number(&case["cost_ai"]),
    };
    for case in part("cost_threshold").as_array().unwrap() {
        same(costs(case).threshold(), number(&case["threshold_p"]), "cost threshold");
    }
    let expected = part("empirical_min_cost");
    let found = cheapest(&answers(&all["dataset60"]), costs(expected));
    same(found.threshold, number(&expected["best"][0]), "cheapest threshold");
    same(found.cost, number(&expected["best"][1]), "least cost");
    same(found.all_person, number(&expected["all_human"]), "all to people");
    same(found.all_agent, number(&expected["all_ai"]), "all to agents");
    for case in part("ltt_sample_size").as_array().unwrap() {
        let goal = Goal { risk: number(&case["alpha"]), doubt: number(&case["delta"]) };
        assert_eq!(without_error(goal).map(|n| n as u64), case["zero_error_n"].as_u64());
        let found = answers_needed(goal, number(&case["n_for_80pct_power_true"]), 0.8);
        assert_eq!(found.map(|n| n as u64), case["n"].as_u64());
    }
    let walk = part("online_update");
    let mut threshold = number(&walk["tau0"]);
    for (error, expected) in numbers(&walk["err"]).into_iter().zip(numbers(&walk["tau"])) {
        threshold = nudge(threshold, error > 0.5, 1.0, number(&walk["gamma"]), number(&walk["alpha"]));
        same(threshold, expected, "threshold after an audit");
    }
}
