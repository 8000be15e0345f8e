//! YAML files as people wrote them: where a value stands, and values that change while all else stays as it was, comments
//! and parameters that are not filled in yet included.

mod amend;
mod render;
mod tree;

use crate::{Bundle, Finding};
use serde_json::Value;
use std::cell::OnceCell;
use tree::Tree;

/// A parameter as it stands in a file before it is filled in, and what stands in for its braces while the file is read: an
/// unquoted one would be a map of YAML. Both are as long.
const OPEN: (&str, &str) = ("{{param.", "<<param.");
const CLOSE: (&str, &str) = ("}}", ">>");

/// A file with other values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amended {
    /// Its text.
    pub text: String,
    /// Comments of the old text that are not in it any more.
    pub lost: usize,
}

/// Reads a file as it was written: parameters that are not filled in are text, `{{param.NAME}}`.
pub fn read(path: &str, text: &str) -> Result<Value, Finding> {
    let hides = Hides::of(text);
    Bundle::yaml::<Value>(path, &hides.hidden(text)).map(|value| hides.shown_in(&value))
}

/// The text with these values. Only what differs is written anew; where that does not give these values, all of it is.
pub fn amend(path: &str, text: &str, wanted: &Value) -> Result<Amended, Finding> {
    let hides = Hides::of(text);
    let (hidden, wanted) = (hides.hidden(text), hides.hidden_in(wanted));
    let old: Value = Bundle::yaml(path, &hidden)?;
    if same(&old, &wanted) {
        return Ok(Amended { text: text.to_owned(), lost: 0 });
    }
    let tree = Tree::read(&hidden);
    let says = |text: &str| Bundle::yaml::<Value>(path, text).is_ok_and(|now| same(&now, &wanted));
    if let Some(tree) = &tree {
        let (new, lost) = amend::amended(&hidden, tree, &old, &wanted);
        if says(&new) {
            return Ok(Amended { text: hides.shown(&new), lost });
        }
    }
    let whole = render::whole(&wanted);
    if !says(&whole) {
        let what = "what was entered cannot be written down in this file";
        return Err(Finding::error(path, "written", what, "change the file itself, in the blueprint"));
    }
    Ok(Amended { text: hides.shown(&whole), lost: tree.map_or(0, |tree| tree.comments.len()) })
}

/// A new file with these values.
pub fn write(path: &str, wanted: &Value) -> Result<Amended, Finding> {
    amend(path, "{}\n", wanted)
}

/// Where the values of a text stand. The text is read when the first is asked for, and once.
pub struct Places<'a> {
    text: &'a str,
    tree: OnceCell<Option<Tree>>,
}

impl<'a> Places<'a> {
    /// Those of a text.
    pub fn of(text: &'a str) -> Self {
        Self { text, tree: OnceCell::new() }
    }

    fn tree(&self) -> Option<&Tree> {
        self.tree.get_or_init(|| Tree::read(self.text)).as_ref()
    }

    /// Line and column, 1-based, of what a pointer (RFC 6901) names; of what is not there, those of the nearest that holds it;
    /// zeros where the text cannot be read.
    pub fn place_of(&self, pointer: &str) -> (u32, u32) {
        self.tree().map_or((0, 0), |tree| tree::line_column(self.text, tree.find(pointer)))
    }

    /// The pointer of the smallest value that stands at a line and column; empty where none does.
    pub fn pointer_at(&self, line: u32, column: u32) -> String {
        let at = tree::offset(self.text, line, column);
        self.tree().zip(at).map(|(tree, at)| tree.pointer(self.text, at)).unwrap_or_default()
    }
}

/// The same values, however numbers are written.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| a.total_cmp(&b).is_eq())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

/// Whether parameters are hidden while a file is read. They are not where what stands in for them stands in it already: then
/// nobody could tell which was which.
#[derive(Clone, Copy)]
struct Hides(bool);

impl Hides {
    fn of(text: &str) -> Self {
        Self(!text.contains(OPEN.1))
    }

    fn hidden(self, text: &str) -> String {
        if self.0 { swapped(text, (OPEN.0, CLOSE.0), (OPEN.1, CLOSE.1)) } else { text.to_owned() }
    }

    fn shown(self, text: &str) -> String {
        if self.0 { swapped(text, (OPEN.1, CLOSE.1), (OPEN.0, CLOSE.0)) } else { text.to_owned() }
    }

    fn hidden_in(self, value: &Value) -> Value {
        in_texts(value, &|text| self.hidden(text))
    }

    fn shown_in(self, value: &Value) -> Value {
        in_texts(value, &|text| self.shown(text))
    }
}

fn swapped(text: &str, from: (&str, &str), to: (&str, &str)) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from.0) {
        let Some((name, after)) = after.split_once(from.1) else { break };
        let to = if name.contains(to.1) { from } else { to };
        out.push_str(before);
        out.extend([to.0, name, to.1]);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn in_texts(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => change(text).into(),
        Value::Array(items) => items.iter().map(|item| in_texts(item, change)).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (change(key), in_texts(value, change))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const QUEUES: &str = "\
# Who answers whom.
queues:
  # Cars.
  - name: motor          # as processes name it
    title: Motor claims
    sla: PT2H            # agreed in May
    needs:
      # All of these.
      skills: [\"motor:2\"]
    overflow: { to: all, after: PT1H }

  # Everybody else.
  - { name: all, title: All, default: true }
# The end.
";

    fn with(change: impl FnOnce(&mut Value)) -> Amended {
        let mut wanted = read("queues.yaml", QUEUES).unwrap();
        change(&mut wanted);
        let amended = amend("queues.yaml", QUEUES, &wanted).unwrap();
        assert!(same(&read("queues.yaml", &amended.text).unwrap(), &wanted), "{}", amended.text);
        amended
    }

    /// Lines that went, and lines that came.
    fn diff(new: &str) -> (Vec<String>, Vec<String>) {
        let not_in = |one: &str, other: &str| -> Vec<String> {
            let there: Vec<&str> = other.lines().collect();
            one.lines().filter(|line| !there.contains(line)).map(str::to_owned).collect()
        };
        (not_in(QUEUES, new), not_in(new, QUEUES))
    }

    #[test]
    fn what_is_the_same_stays_to_the_letter() {
        assert_eq!(with(|_| ()), Amended { text: QUEUES.to_owned(), lost: 0 });
        let number = amend("a.yaml", "cost: 2.0 # twice\n", &json!({"cost": 2})).unwrap();
        assert_eq!(number.text, "cost: 2.0 # twice\n", "2 is 2.0");
    }

    #[test]
    fn one_value_changes_one_line_and_its_comment_stays() {
        let amended = with(|all| all["queues"][0]["sla"] = json!("PT4H"));
        let (gone, new) = diff(&amended.text);
        assert_eq!((gone.len(), new.len(), amended.lost), (1, 1, 0), "{}", amended.text);
        assert_eq!(new[0], "    sla: PT4H            # agreed in May");
    }

    #[test]
    fn a_key_comes_and_goes_at_the_end_of_its_own_entry() {
        let amended = with(|all| {
            let motor = all["queues"][0].as_object_mut().unwrap();
            motor.shift_remove("overflow");
            motor.insert("calendar".to_owned(), json!("office"));
            motor.insert("reach".to_owned(), json!({"email": "motor@example.org", "call_back": true}));
        });
        let (gone, new) = diff(&amended.text);
        assert_eq!(gone, ["    overflow: { to: all, after: PT1H }"], "{}", amended.text);
        assert_eq!(new, ["    calendar: office", "    reach: { email: motor@example.org, call_back: true }"]);
        assert!(amended.text.contains("  # Everybody else.\n  - { name: all"), "{}", amended.text);
    }

    #[test]
    fn entries_come_go_and_are_renamed_where_they_stand() {
        let amended = with(|all| {
            all["queues"]
                .as_array_mut()
                .unwrap()
                .push(json!({"name": "night", "title": "At night: all", "sla": "PT1H"}));
            all["queues"][0]["name"] = json!("car");
            all["queues"][0]["needs"]["skills"] = json!(["motor:3", "glass"]);
        });
        let (gone, new) = diff(&amended.text);
        assert_eq!(gone.len(), 2, "{}", amended.text);
        assert_eq!(
            new,
            [
                "  - name: car          # as processes name it",
                "      skills: [\"motor:3\", glass]",
                "  - name: night",
                "    title: \"At night: all\"",
                "    sla: PT1H",
            ]
        );
        assert_eq!((amended.lost, amended.text.matches('#').count()), (0, QUEUES.matches('#').count()));

        let without = with(|all| {
            all["queues"].as_array_mut().unwrap().remove(0);
        });
        assert!(!without.text.contains("motor") && without.text.contains("# Everybody else."), "{}", without.text);
        assert_eq!(without.lost, 3, "those beside and inside of what went");
    }

    #[test]
    fn parameters_that_are_not_filled_in_stay_as_they_are() {
        let text =
            "queues:\n  - name: all\n    title: Care of {{param.brand}}\n    cost: {{param.cost}}\n    sla: PT1H\n";
        let mut wanted = read("queues.yaml", text).unwrap();
        assert_eq!(wanted["queues"][0]["cost"], "{{param.cost}}");
        wanted["queues"][0]["sla"] = json!("PT2H");
        let amended = amend("queues.yaml", text, &wanted).unwrap();
        assert_eq!(amended.text, text.replace("PT1H", "PT2H"));
    }

    #[test]
    fn what_only_looks_as_if_it_stood_in_for_a_parameter_is_not_made_one() {
        let text = "note: \"write <<param.brand>> here\"\ncost: 1\n";
        let mut wanted = read("a.yaml", text).unwrap();
        assert_eq!(wanted["note"], "write <<param.brand>> here");
        assert_eq!(amend("a.yaml", text, &wanted).unwrap().text, text);
        wanted["cost"] = json!(2);
        assert_eq!(amend("a.yaml", text, &wanted).unwrap().text, text.replace("cost: 1", "cost: 2"));
    }

    #[test]
    fn texts_of_several_lines_are_written_as_such() {
        let text =
            "greeting: |\n  Hello {{ name }}.\n# said when nobody is there\npeople_away: |\n  Nobody.\nother: x\n";
        let mut wanted = read("templates/en.yaml", text).unwrap();
        wanted["people_away"] = json!("Nobody is here{% if email %}:\n  {{ email }}{% endif %}.\n");
        wanted["people_wait"] = json!("A moment: {{ wait_minutes }}\n");
        let amended = amend("templates/en.yaml", text, &wanted).unwrap();
        let expected = "greeting: |\n  Hello {{ name }}.\n# said when nobody is there\npeople_away: |\n  \
            Nobody is here{% if email %}:\n    {{ email }}{% endif %}.\nother: x\npeople_wait: |\n  \
            A moment: {{ wait_minutes }}\n";
        assert_eq!((amended.text.as_str(), amended.lost), (expected, 0));
    }

    #[test]
    fn a_comment_behind_what_becomes_several_lines_goes_and_no_other_does() {
        let text = "# Said.\npeople_away: Nobody. # short\nai_back: # not yet\nother: x # stays\n";
        let mut wanted = read("templates/en.yaml", text).unwrap();
        wanted["people_away"] = json!("Nobody is here.\nSorry.\n");
        wanted["ai_back"] = json!("Here again.\n");
        let amended = amend("templates/en.yaml", text, &wanted).unwrap();
        let expected =
            "# Said.\npeople_away: |\n  Nobody is here.\n  Sorry.\nai_back: |\n  Here again.\nother: x # stays\n";
        assert_eq!((amended.text.as_str(), amended.lost), (expected, 2));
    }

    #[test]
    fn words_that_yaml_reads_otherwise_are_quoted_and_long_maps_have_a_line_each() {
        let day = json!(["08:00-12:00", "13:00-17:00"]);
        let wanted = json!({"calendars": [{"name": "no", "time_zone": "Europe/Berlin",
            "weekly": {"mon": day, "tue": day, "wed": day, "thu": day, "fri": day},
            "holidays": [{"date": "2026-12-25", "title": "Christmas"}]}]});
        let written = write("calendars.yaml", &wanted).unwrap().text;
        let expected = "calendars:\n  - name: \"no\"\n    time_zone: Europe/Berlin\n    weekly:\n      \
            mon: [\"08:00-12:00\", \"13:00-17:00\"]\n";
        assert!(written.starts_with(expected), "{written}");
        assert!(
            written.ends_with("    holidays:\n      - date: \"2026-12-25\"\n        title: Christmas\n"),
            "{written}"
        );
    }

    #[test]
    fn what_stands_there_by_an_alias_can_be_changed_too() {
        let text = "# Hours.\nbase: &base { sla: PT1H }\nqueues:\n  - { <<: *base, name: a, title: A }\n";
        let mut wanted = read("queues.yaml", text).unwrap();
        wanted["queues"][0].as_object_mut().unwrap().shift_remove("sla");
        let amended = amend("queues.yaml", text, &wanted).unwrap();
        assert!(same(&read("queues.yaml", &amended.text).unwrap(), &wanted), "{}", amended.text);
    }

    #[test]
    fn a_place_is_found_from_a_pointer_and_a_pointer_from_a_place() {
        let places = Places::of(QUEUES);
        for (pointer, place) in [
            ("/queues/0/sla", (6, 5)),
            ("/queues/0/needs/skills", (9, 7)),
            ("/queues/0/needs/skills/0", (9, 16)),
            ("/queues/1/title", (13, 18)),
        ] {
            assert_eq!(places.place_of(pointer), place, "{pointer}");
            assert_eq!(places.pointer_at(place.0, place.1), pointer);
        }
        assert_eq!(places.place_of("/queues/0/calendar"), (4, 5), "what is not there: the entry that lacks it");
        assert_eq!(places.pointer_at(6, 1), "/queues/0/sla", "a line of its own");
        assert_eq!((places.pointer_at(99, 1), Places::of("a: [").place_of("/a")), (String::new(), (0, 0)));
    }
}
