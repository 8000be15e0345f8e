//! What an administrator sets of people's work: queues, hours, service targets and the words to whoever waits. Read from the
//! files of a blueprint as they were written, and written back into them; what the files mean is the loaders' business.

use baton_base::written::{self, Amended, Places};
use baton_base::{Bundle, Finding};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const QUEUES: &str = "queues.yaml";
const CALENDARS: &str = "calendars.yaml";
const BLUEPRINT: &str = "blueprint.yaml";
/// Templates that tell how a queue stands, or that the AI goes on after all.
const WORDS: [&str; 4] = ["people_wait", "people_away", "people_closed", "ai_back"];

type Files = BTreeMap<String, String>;
type Entry = Map<String, Value>;

/// Queues, hours, service targets and words, entry by entry as the files give them. A value can be `{{param.NAME}}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueSettings {
    /// `queues` of `queues.yaml`.
    pub queues: Vec<Entry>,
    /// `calendars` of `calendars.yaml`.
    pub calendars: Vec<Entry>,
    /// `sla` of `blueprint.yaml`: first reply, next reply, resolution.
    pub sla: Entry,
    /// By language, as the files in `templates/` are named: `people_wait`, `people_away`, `people_closed`, `ai_back`.
    pub words: BTreeMap<String, BTreeMap<String, String>>,
}

/// Files that hold other settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Path → text, those that change.
    pub edits: BTreeMap<String, String>,
    /// Path → how many comments the new text lacks, where it lacks any.
    pub lost: BTreeMap<String, usize>,
}

impl QueueSettings {
    /// The settings that these files hold. A blueprint without queues has one, `people`.
    pub fn read(files: &Files) -> Result<Self, Finding> {
        let list = |path: &str, key: &str| -> Result<Option<Vec<Entry>>, Finding> {
            let Some(found) = value_of(files, path)? else { return Ok(None) };
            let items = match &found[key] {
                Value::Null => Some(Vec::new()),
                // What cannot be shown as entries would be gone from the file after the first change.
                items => items.as_array().and_then(|all| all.iter().map(|item| item.as_object().cloned()).collect()),
            };
            items.map(Some).ok_or_else(|| unreadable(path))
        };
        let sla = value_of(files, BLUEPRINT)?.and_then(|head| head["sla"].as_object().cloned());
        let mut words = BTreeMap::new();
        for (path, locale) in templates(files) {
            let found = value_of(files, &path)?.unwrap_or_default();
            let said = WORDS.iter().filter_map(|key| Some(((*key).to_owned(), lines(found[*key].as_str()?))));
            words.insert(locale, said.collect());
        }
        Ok(Self {
            queues: list(QUEUES, "queues")?.unwrap_or_else(implied),
            calendars: list(CALENDARS, "calendars")?.unwrap_or_default(),
            sla: sla.unwrap_or_default(),
            words,
        })
    }

    /// The files that hold these settings and did not before. What did not change stays as it was written.
    pub fn write(&self, files: &Files) -> Result<Written, Vec<Finding>> {
        let mut written = Written::default();
        let mut findings = Vec::new();
        let all = [
            (QUEUES, self.file_of(files, QUEUES, "queues", &self.queues)),
            (CALENDARS, self.file_of(files, CALENDARS, "calendars", &self.calendars)),
            (BLUEPRINT, self.blueprint(files)),
        ];
        let all = all.map(|(path, file)| (path.to_owned(), file));
        for (path, file) in all.into_iter().chain(self.templates(files)) {
            match file {
                Ok(None) => {}
                Ok(Some(Amended { text, .. })) if files.get(&path) == Some(&text) => {}
                Ok(Some(Amended { text, lost })) => {
                    if lost > 0 {
                        written.lost.insert(path.clone(), lost);
                    }
                    written.edits.insert(path, text);
                }
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() { Ok(written) } else { Err(findings) }
    }

    fn file_of(&self, files: &Files, path: &str, key: &str, entries: &[Entry]) -> Result<Option<Amended>, Finding> {
        match files.get(path) {
            Some(text) => {
                let mut wanted = written::read(path, text)?;
                let file = wanted.as_object_mut().ok_or_else(|| unreadable(path))?;
                file.insert(key.to_owned(), json!(entries));
                written::amend(path, text, &wanted).map(Some)
            }
            None if entries.is_empty() || (path == QUEUES && self.queues == implied()) => Ok(None),
            None => written::write(path, &json!({ key: entries })).map(Some),
        }
    }

    fn blueprint(&self, files: &Files) -> Result<Option<Amended>, Finding> {
        let Some(text) = files.get(BLUEPRINT) else { return Ok(None) };
        let mut wanted = written::read(BLUEPRINT, text)?;
        let head = wanted.as_object_mut().ok_or_else(|| unreadable(BLUEPRINT))?;
        if self.sla.is_empty() {
            head.shift_remove("sla");
        } else {
            head.insert("sla".to_owned(), Value::Object(self.sla.clone()));
        }
        written::amend(BLUEPRINT, text, &wanted).map(Some)
    }

    fn templates(&self, files: &Files) -> Vec<(String, Result<Option<Amended>, Finding>)> {
        let all = self.words.iter().map(|(locale, words)| {
            let path = format!("templates/{locale}.yaml");
            let file = template(files, &path, words);
            (path, file)
        });
        all.collect()
    }
}

fn template(files: &Files, path: &str, words: &BTreeMap<String, String>) -> Result<Option<Amended>, Finding> {
    if let Some(key) = words.keys().find(|key| !WORDS.contains(&key.as_str())) {
        let what = format!("'{key}' is none of the words about queues");
        return Err(Finding::error(path, "words", what, format!("use {}", WORDS.join(", "))));
    }
    let Some(text) = files.get(path) else {
        if words.is_empty() {
            return Ok(None);
        }
        let what = "the blueprint has no texts in this language";
        return Err(Finding::error(path, "words", what, "add the file with all texts of the blueprint first"));
    };
    let mut wanted = written::read(path, text)?;
    let texts = wanted.as_object_mut().ok_or_else(|| unreadable(path))?;
    for key in WORDS {
        let said = words.get(key).map(|said| said.trim_end()).filter(|said| !said.is_empty());
        match (texts.get(key).and_then(Value::as_str).map(lines), said) {
            (Some(old), Some(said)) if old == said => {}
            // One that is there and says nothing was not entered here.
            (Some(old), None) if old.is_empty() => {}
            (_, Some(said)) => {
                texts.insert(key.to_owned(), format!("{said}\n").into());
            }
            (_, None) => {
                texts.shift_remove(key);
            }
        }
    }
    written::amend(path, text, &wanted).map(Some)
}

/// A text without the line break at its end, which every text in a file has.
fn lines(text: &str) -> String {
    text.trim_end().to_owned()
}

fn value_of(files: &Files, path: &str) -> Result<Option<Value>, Finding> {
    files.get(path).map(|text| written::read(path, text)).transpose()
}

/// Files of templates, with their languages.
fn templates(files: &Files) -> impl Iterator<Item = (String, String)> {
    files.keys().filter_map(|path| {
        let locale = path.strip_prefix("templates/")?.strip_suffix(".yaml")?;
        (!locale.contains(['/', '.'])).then(|| (path.clone(), locale.to_owned()))
    })
}

/// The queue of a blueprint that has none.
fn implied() -> Vec<Entry> {
    let people = json!({"name": "people", "title": "People", "default": true});
    people.as_object().cloned().into_iter().collect()
}

fn unreadable(path: &str) -> Finding {
    let what = "the file holds something else than keys and entries";
    Finding::error(path, "written", what, "change the file itself, in the blueprint")
}

/// The pointer of what each finding is about, in the file that it names, as that file was loaded; empty where it is about all
/// of the file.
pub fn pointers_of(bundle: &Bundle, findings: &[Finding]) -> Vec<String> {
    let mut read: BTreeMap<&str, Places> = BTreeMap::new();
    let mut pointer = |finding: &Finding| {
        let (path, text) = bundle.files.get_key_value(&finding.file).filter(|_| finding.line > 0)?;
        let places = read.entry(path.as_str()).or_insert_with(|| Places::of(text));
        Some(places.pointer_at(finding.line, finding.column))
    };
    findings.iter().map(|finding| pointer(finding).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Intake;

    const QUEUES_TEXT: &str = "# Ours.\nqueues:\n  - name: care\n    title: Care of {{param.brand}}\n    default: true\n    \
        sla: PT30M   # promised\n    reach: { call_back: true }\n";
    const HEAD: &str = "version: 1.0.0\nsla: { first_reply: PT2M }   # as in the contract\nowner: Ada\n";
    const EN: &str = "hello: |\n  Hello.\npeople_away: |\n  Nobody is here.\n";

    fn files() -> Files {
        let all = [(QUEUES, QUEUES_TEXT), (BLUEPRINT, HEAD), ("templates/en.yaml", EN)];
        all.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
    }

    fn loaded(files: &Files) -> Result<Intake, Vec<Finding>> {
        Intake::load(&Bundle { files: files.clone(), ..Bundle::default() })
    }

    fn entry(value: Value) -> Entry {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_is_read_and_not_changed_changes_no_file() {
        let settings = QueueSettings::read(&files()).unwrap();
        assert_eq!(settings.queues[0]["title"], "Care of {{param.brand}}");
        assert_eq!(settings.words["en"]["people_away"], "Nobody is here.");
        assert_eq!(settings.write(&files()).unwrap(), Written::default());
        let sent = serde_json::from_value::<QueueSettings>(json!(settings)).unwrap();
        assert_eq!(sent.write(&files()).unwrap(), Written::default(), "nor over the wire");
    }

    #[test]
    fn words_that_say_nothing_stay_and_what_is_no_entry_is_not_dropped() {
        let empty = "hello: |\n  Hello.\nai_back: \"\"\n";
        let mut now = files();
        now.insert("templates/en.yaml".to_owned(), empty.to_owned());
        let settings = QueueSettings::read(&now).unwrap();
        assert_eq!(settings.write(&now).unwrap(), Written::default(), "nobody has changed anything");

        now.insert(CALENDARS.to_owned(), "calendars: \"{{param.calendars}}\"\n".to_owned());
        assert_eq!(
            QueueSettings::read(&now).unwrap_err().file,
            CALENDARS,
            "a list that is a parameter is no empty list"
        );
        now.insert(CALENDARS.to_owned(), "calendars:\n  - office\n".to_owned());
        assert_eq!(QueueSettings::read(&now).unwrap_err().file, CALENDARS);
    }

    #[test]
    fn a_blueprint_without_queues_has_one_and_gets_a_file_when_that_changes() {
        let none = Files::from([(BLUEPRINT.to_owned(), HEAD.to_owned())]);
        let mut settings = QueueSettings::read(&none).unwrap();
        assert_eq!(settings.queues[0]["name"], "people");
        assert_eq!(settings.write(&none).unwrap(), Written::default());
        settings.queues[0].insert("sla".to_owned(), json!("PT1H"));
        let written = settings.write(&none).unwrap();
        assert_eq!(
            written.edits[QUEUES],
            "queues:\n  - name: people\n    title: People\n    default: true\n    sla: PT1H\n"
        );
    }

    #[test]
    fn every_field_of_the_format_can_be_set_and_loads() {
        let mut settings = QueueSettings::read(&files()).unwrap();
        settings.calendars.push(entry(json!({
            "name": "office", "time_zone": "Europe/Berlin",
            "weekly": {"mon": ["08:00-12:00", "13:00-17:00"], "sat": ["22:00-02:00"]},
            "holidays": [{"date": "2026-12-24", "title": "Christmas Eve", "hours": ["08:00-12:00"]}, {"date": "2026-12-25"}],
        })));
        settings.queues.push(entry(json!({
            "name": "motor", "title": "Motor claims", "sla": "PT2H", "hours": "Weekdays", "calendar": "office",
            "clock": "open_hours", "handling": "PT15M", "cost": 2.5, "assign": "pull",
            "needs": {"skills": ["motor:2"], "languages": ["de"], "licences": ["adjuster-de"], "jurisdictions": ["de"],
                "roles": ["human_agent"]},
            "overflow": {"to": "care", "after": "PT1H"}, "reach": {"email": "motor@example.org", "call_back": true},
            "late": {"after": "PT30M", "to": "care"},
        })));
        settings.sla.insert("calendar".to_owned(), json!("office"));
        settings.words.get_mut("en").unwrap().insert("people_closed".to_owned(), "We are back {{ opens }}.".to_owned());
        let written = settings.write(&files()).unwrap();
        let mut now = files();
        now.extend(written.edits.clone());
        let again = QueueSettings::read(&now).unwrap();
        assert_eq!(again, settings, "{:#?}", written.edits);
        assert!(written.lost.is_empty(), "{:?}", written.lost);
        assert!(now[QUEUES].starts_with(QUEUES_TEXT), "what was there stays: {}", now[QUEUES]);
        assert!(now[BLUEPRINT].contains("# as in the contract"), "{}", now[BLUEPRINT]);
        assert!(now["templates/en.yaml"].starts_with(EN), "{}", now["templates/en.yaml"]);

        let intake = loaded(&now).unwrap();
        let motor = intake.queues().iter().find(|queue| queue.name == "motor").unwrap();
        assert_eq!((motor.sla_ms, motor.push, motor.handling_ms), (Some(7_200_000), false, 900_000));
        assert_eq!(motor.calendar.as_ref().unwrap().text().holidays.len(), 2);
        assert_eq!(motor.needs.licences, ["adjuster-de"]);
    }

    #[test]
    fn what_is_taken_out_is_gone_and_an_unknown_word_or_language_is_refused() {
        let mut settings = QueueSettings::read(&files()).unwrap();
        settings.sla = Entry::new();
        settings.words.get_mut("en").unwrap().clear();
        settings.queues[0].shift_remove("reach");
        let written = settings.write(&files()).unwrap();
        assert_eq!(written.edits[BLUEPRINT], "version: 1.0.0\nowner: Ada\n");
        assert_eq!(written.lost, BTreeMap::from([(BLUEPRINT.to_owned(), 1)]), "the comment of what went");
        assert_eq!(written.edits["templates/en.yaml"], "hello: |\n  Hello.\n");
        assert_eq!(written.edits[QUEUES], QUEUES_TEXT.replace("    reach: { call_back: true }\n", ""));

        let mut other = QueueSettings::read(&files()).unwrap();
        other.words.insert("fr".to_owned(), BTreeMap::from([("people_away".to_owned(), "Personne.".to_owned())]));
        other.words.get_mut("en").unwrap().insert("hello".to_owned(), "Hi".to_owned());
        let files_of: Vec<_> = other.write(&files()).unwrap_err().into_iter().map(|found| found.file).collect();
        assert_eq!(files_of, ["templates/en.yaml", "templates/fr.yaml"]);
    }

    #[test]
    fn what_the_loader_finds_is_told_by_its_field() {
        let mut settings = QueueSettings::read(&files()).unwrap();
        settings.queues[0].insert("calendar".to_owned(), json!("nights"));
        settings.queues[0].insert("overflow".to_owned(), json!({"to": "care", "after": "later"}));
        settings.calendars.push(entry(json!({"name": "x", "time_zone": "UTC", "weekly": {"mon": ["8-12"]}})));
        let mut now = files();
        now.extend(settings.write(&files()).unwrap().edits);
        let bundle = Bundle { files: now.clone(), ..Bundle::default() };
        let found = loaded(&now).unwrap_err();
        let pointers = pointers_of(&bundle, &found);
        let found: Vec<_> = found.iter().zip(pointers).map(|(one, at)| format!("{}#{at}", one.file)).collect();
        let expected = [
            "calendars.yaml#/calendars/0/weekly/mon",
            "queues.yaml#/queues/0/overflow/after",
            "queues.yaml#/queues/0/calendar",
        ];
        assert_eq!(found[..3], expected, "{found:?}");
        settings.queues[0].insert("colour".to_owned(), json!("blue"));
        now.extend(settings.write(&files()).unwrap().edits);
        let bundle = Bundle { files: now.clone(), ..Bundle::default() };
        let found = loaded(&now).unwrap_err();
        assert!(pointers_of(&bundle, &found).iter().any(|at| at.starts_with("/queues/0")), "{found:?}");
    }
}
