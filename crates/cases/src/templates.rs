//! Texts that agents and processes send, by language and key, as MiniJinja templates.

use crate::limits;
use baton_base::{Bundle, Currency, Error, Finding, Money, Result};
use minijinja::value::{Serde, Value as Jinja, ValueKind};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde_json::Value;
use std::collections::BTreeMap;

/// The templates of one release.
#[derive(Debug)]
pub struct Templates {
    engine: Environment<'static>,
    // Locale → keys it has; templates are named `<locale>/<key>` in the engine.
    locales: BTreeMap<String, Vec<String>>,
    fallback: String,
}

impl Templates {
    /// Reads `templates/<locale>.yaml`, each a map from key to text. Every template must parse.
    pub fn load(bundle: &Bundle, fallback_locale: &str) -> std::result::Result<Self, Vec<Finding>> {
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_fuel(Some(limits::TEMPLATE_FUEL_MAX));
        engine.add_filter("money", money);
        let mut locales = BTreeMap::new();
        let mut findings = Vec::new();
        for (path, locale, text) in bundle.in_folder("templates", "yaml") {
            match Bundle::yaml::<BTreeMap<String, String>>(path, text) {
                Ok(texts) => {
                    let mut file = File { path, yaml: text, locale, engine: &mut engine, findings: &mut findings };
                    let keys = texts.into_iter().filter_map(|(key, text)| file.add(key, text)).collect();
                    locales.insert(locale.to_owned(), keys);
                }
                Err(finding) => findings.push(finding),
            }
        }
        let fallback = fallback_locale.to_owned();
        if findings.is_empty() { Ok(Self { engine, locales, fallback }) } else { Err(findings) }
    }

    /// Fills in a template in the language nearest to `locale`: the tag itself, its language, the client's, English,
    /// any. A variable that `data` lacks is an error that names it.
    pub fn render(&self, locale: &str, key: &str, data: &Value) -> Result<String> {
        let Some(name) = self.name(locale, key) else {
            let what = format!("there is no template '{key}'");
            return Err(Error::invalid_at("template", what, "add the key to templates/<locale>.yaml of the blueprint"));
        };
        let template = self.engine.get_template(&name).map_err(Error::broken)?;
        let text = template.render(Serde(data)).map_err(|e| {
            let missing = missing(&template.undeclared_variables(true), data);
            unrendered(&name, &e, &missing)
        })?;
        let text = text.trim().to_owned();
        if text.is_empty() || text.len() > baton_base::limits::MESSAGE_BYTES_MAX {
            let bytes = baton_base::limits::MESSAGE_BYTES_MAX;
            let what = format!("template '{name}' gave {} bytes", text.len());
            return Err(Error::invalid_at("template", what, format!("a message has 1 to {bytes} bytes")));
        }
        Ok(text)
    }

    /// Whether any language has this key.
    pub fn has(&self, key: &str) -> bool {
        self.locales.values().any(|keys| keys.binary_search_by(|k| k.as_str().cmp(key)).is_ok())
    }

    /// All keys, sorted, once each.
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<_> = self.locales.values().flatten().map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Keys that one language has of its own.
    pub fn keys_of(&self, locale: &str) -> impl Iterator<Item = &str> {
        self.locales.get(locale).into_iter().flatten().map(String::as_str)
    }

    /// What a template has gaps for, dotted where they are parts of something; `None` where there is no such template.
    pub fn variables(&self, locale: &str, key: &str) -> Option<Vec<String>> {
        const GLOBALS: [&str; 4] = ["debug", "dict", "namespace", "range"];
        let template = self.engine.get_template(&self.name(locale, key)?).ok()?;
        let mut names: Vec<_> = template.undeclared_variables(true).into_iter().collect();
        names.retain(|name| !GLOBALS.contains(&name.as_str()));
        names.sort_unstable();
        Some(names)
    }

    /// Language tags that have templates.
    pub fn locales(&self) -> impl Iterator<Item = &str> {
        self.locales.keys().map(String::as_str)
    }

    fn name(&self, locale: &str, key: &str) -> Option<String> {
        let wanted = [locale, language(locale), &self.fallback, language(&self.fallback), "en"];
        let any = self.locales.keys().map(String::as_str);
        let mut order = wanted.into_iter().chain(any);
        let found = order.find(|l| self.locales.get(*l).is_some_and(|keys| keys.iter().any(|k| k == key)))?;
        Some(format!("{found}/{key}"))
    }
}

fn language(locale: &str) -> &str {
    locale.split(['-', '_']).next().unwrap_or(locale)
}

struct File<'a> {
    path: &'a str,
    yaml: &'a str,
    locale: &'a str,
    engine: &'a mut Environment<'static>,
    findings: &'a mut Vec<Finding>,
}

impl File<'_> {
    fn add(&mut self, key: String, text: String) -> Option<String> {
        // Block scalars end in a line break that nobody means.
        let text = text.trim_end().to_owned();
        let added = if text.is_empty() || text.len() > limits::TEMPLATE_BYTES_MAX {
            Err(format!("has {} bytes; 1 to {} are allowed", text.len(), limits::TEMPLATE_BYTES_MAX))
        } else {
            self.engine.add_template_owned(format!("{}/{key}", self.locale), text).map_err(|e| words(&e))
        };
        match added {
            Ok(()) => Some(key),
            Err(why) => {
                let remedy = "correct the template; see the MiniJinja syntax";
                let finding = Finding::error(self.path, "template", format!("template '{key}': {why}"), remedy);
                self.findings.push(finding.at(line_of(self.yaml, &key), 1));
                None
            }
        }
    }
}

/// Line of a top-level key, 1-based; 0 if it is written in a way that cannot be found by its text.
fn line_of(yaml: &str, key: &str) -> u32 {
    let found = yaml.lines().position(|line| {
        let line = line.trim_start_matches(['"', '\'']);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    });
    found.and_then(|at| u32::try_from(at + 1).ok()).unwrap_or(0)
}

fn words(e: &minijinja::Error) -> String {
    match e.detail() {
        Some(detail) => format!("{} ({detail})", e.kind()),
        None => e.kind().to_string(),
    }
}

fn missing(used: &std::collections::HashSet<String>, data: &Value) -> Vec<String> {
    const GLOBALS: [&str; 4] = ["debug", "dict", "namespace", "range"];
    let absent = |path: &&String| {
        if GLOBALS.contains(&path.as_str()) {
            return false;
        }
        let mut at = Some(data);
        for part in path.split('.') {
            at = at.and_then(|value| value.get(part));
        }
        at.is_none()
    };
    let mut missing: Vec<_> = used.iter().filter(absent).cloned().collect();
    missing.sort();
    missing
}

fn unrendered(name: &str, e: &minijinja::Error, missing: &[String]) -> Error {
    let what = format!("template '{name}' cannot be filled in");
    let detail = match e.kind() {
        ErrorKind::UndefinedError if !missing.is_empty() => {
            format!("give {} in data", missing.iter().map(|m| format!("'{m}'")).collect::<Vec<_>>().join(", "))
        }
        _ => format!("{}; correct the template or its data", words(e)),
    };
    Error::invalid_at("template", what, detail)
}

/// `{{ amount | money("EUR") }}`: minor units as people read them.
fn money(minor: Jinja, currency: &str) -> std::result::Result<String, minijinja::Error> {
    let bad = |why: String| minijinja::Error::new(ErrorKind::InvalidOperation, why);
    let currency: Currency = currency.parse().map_err(|_| bad(format!("'{currency}' is no ISO 4217 code")))?;
    match (minor.kind(), i64::try_from(minor.clone())) {
        (ValueKind::Number, Ok(minor)) => Ok(Money::new(minor, currency).to_string()),
        _ => Err(bad("money takes an integer of minor units".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bundle(files: &[(&str, &str)]) -> Bundle {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Bundle { files, ..Bundle::default() }
    }

    fn templates() -> Templates {
        let en = "hello: Hello {{ name }}.\npaid: 'We paid {{ amount | money(currency) }}.'\n\
                  nested: '{% for item in order.items %}{{ item }}, {% endfor %}'";
        let de = "hello: |\n  Guten Tag {{ name }}.\n";
        Templates::load(&bundle(&[("templates/en.yaml", en), ("templates/de.yaml", de)]), "de-DE").unwrap()
    }

    #[test]
    fn the_nearest_language_is_used() {
        let t = templates();
        let data = json!({"name": "Ada"});
        assert_eq!(t.render("de-AT", "hello", &data).unwrap(), "Guten Tag Ada.");
        assert_eq!(t.render("en", "hello", &data).unwrap(), "Hello Ada.");
        assert_eq!(t.render("fr-FR", "hello", &data).unwrap(), "Guten Tag Ada.");
        let paid = t.render("de", "paid", &json!({"amount": 120_050, "currency": "EUR"})).unwrap();
        assert!(paid.contains("1200.50"), "{paid}");
        assert_eq!(t.keys(), ["hello", "nested", "paid"]);
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_half_filled_goes_out() {
        let t = templates();
        let missing = t.render("en", "hello", &json!({})).unwrap_err().to_string();
        assert!(missing.contains("en/hello") && missing.contains("'name'"), "{missing}");
        let nested = t.render("en", "nested", &json!({"order": {}})).unwrap_err().to_string();
        assert!(nested.contains("order.items"), "{nested}");
        assert!(t.render("en", "nope", &json!({})).unwrap_err().to_string().contains("'nope'"));
        assert!(t.render("en", "paid", &json!({"amount": 1.5, "currency": "EUR"})).is_err());
    }

    #[test]
    fn customer_text_is_never_read_as_a_template() {
        let text = templates().render("en", "hello", &json!({"name": "{{ 7 * 7 }}"})).unwrap();
        assert_eq!(text, "Hello {{ 7 * 7 }}.");
    }

    #[test]
    fn a_broken_template_is_refused_at_load_with_its_line() {
        let findings =
            Templates::load(&bundle(&[("templates/en.yaml", "good: fine\nbad: 'x {{ y'\n")]), "en").unwrap_err();
        assert_eq!((findings.len(), findings[0].line), (1, 2));
        assert!(findings[0].message.contains("'bad'"), "{findings:?}");
        assert!(Templates::load(&bundle(&[("templates/en.yaml", "a: [1]")]), "en").is_err());
    }

    #[test]
    fn a_template_that_runs_away_is_stopped() {
        let loops = "a: '{% for x in range(100000) %}{% for y in range(100000) %}x{% endfor %}{% endfor %}'";
        let t = Templates::load(&bundle(&[("templates/en.yaml", loops)]), "en").unwrap();
        assert!(t.render("en", "a", &json!({})).is_err());
    }
}
