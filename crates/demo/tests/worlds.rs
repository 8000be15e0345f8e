//! The worlds have the ends they claim: what the systems' own rules make of every wish.

#![allow(clippy::unwrap_used)]

use baton_demo::shop::apply;
use baton_demo::world::{NeedKind, Right, Temper, from_tasks, retail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[test]
fn five_hundred_needs_of_all_kinds_one_per_customer_the_same_for_a_seed() {
    let world = retail(4);
    assert_eq!(world, retail(4));
    assert_eq!(world.needs.len(), 500);
    let users: BTreeSet<_> = world.needs.iter().map(|need| &need.user_id).collect();
    assert_eq!(users.len(), 500);
    let mut kinds: BTreeMap<NeedKind, usize> = BTreeMap::new();
    let mut rights: BTreeMap<String, usize> = BTreeMap::new();
    let mut tempers: BTreeMap<Temper, usize> = BTreeMap::new();
    for need in &world.needs {
        *kinds.entry(need.steps[0].kind).or_default() += 1;
        *rights.entry(format!("{:?}", need.steps[0].right)).or_default() += 1;
        *tempers.entry(need.temper).or_default() += 1;
    }
    println!("{kinds:?}\n{rights:?}\n{tempers:?}");
    assert!(NeedKind::ALL.iter().all(|kind| kinds[kind] >= 25), "{kinds:?}");
    assert!(rights["Refused"] >= 30 && rights["Done"] >= 250 && rights["LeftAsItWas"] >= 10, "{rights:?}");
    assert!(tempers.len() == 4 && tempers.values().all(|n| *n >= 10), "{tempers:?}");
}

#[test]
fn the_end_is_what_the_allowed_wishes_make_of_the_start_in_any_order() {
    let world = retail(4);
    let mut shop = world.shop.clone();
    for need in world.needs.iter().rev() {
        for step in &need.steps {
            match (&step.call, step.right) {
                (Some(call), Right::Done) => {
                    apply(&mut shop, call).unwrap();
                }
                (Some(call), Right::Refused) => {
                    let own = world.shop.users[&need.user_id].orders.contains(step.order_id.as_ref().unwrap());
                    let mut trial = world.shop.clone();
                    assert!(!own || apply(&mut trial, call).is_err(), "{} could be done", need.id);
                }
                _ => {}
            }
        }
    }
    assert_eq!(shop, world.end);
    for need in &world.needs {
        assert_eq!(need.expected.user, shop.users[&need.user_id]);
    }
}

#[test]
fn openings_name_the_order_as_it_is_and_differ() {
    let world = retail(4);
    let texts: BTreeSet<_> = world.needs.iter().map(|need| &need.opening).collect();
    assert!(texts.len() > 490, "{}", texts.len());
    for need in world.needs.iter().take(12) {
        println!("{}", need.opening);
    }
    let named = world.needs.iter().filter(|n| n.opening.contains(n.steps[0].order_id.as_ref().unwrap())).count();
    assert!((300..450).contains(&named), "{named}");
}

#[test]
fn published_tasks_become_rounds_in_which_every_customer_has_one_need() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/retail");
    if !dir.exists() {
        eprintln!("skipped: the published retail data is not beside the project");
        return;
    }
    let rounds = from_tasks(&dir, &dir.join("retail_tasks_train.json")).unwrap();
    assert_eq!(rounds.iter().map(|round| round.needs.len()).sum::<usize>(), 500);
    assert_eq!(rounds.len(), 7);
    let mut refused = 0;
    for round in &rounds {
        let users: BTreeSet<_> = round.needs.iter().map(|need| &need.user_id).collect();
        assert_eq!(users.len(), round.needs.len());
        let steps = round.needs.iter().flat_map(|need| &need.steps);
        refused += steps.filter(|step| step.right == Right::Refused).count();
    }
    assert_eq!(refused, 20);
    let broken = from_tasks(&dir, &dir.join("retail_db_users.json")).unwrap_err().to_string();
    assert!(broken.contains("not a list of tasks"), "{broken}");
}
