use crate::catalogue::{Action, Catalogue, Does};
use crate::request::Request;
use baton_base::{Bundle, Error, Result};
use serde_json::{Value, json};

fn action(place: &str, path: &str) -> std::sync::Arc<Action> {
    let param = |name: &str, place: &str, schema: Value| json!({"name": name, "in": place, "schema": schema});
    let list = json!({"type": "array", "items": {"type": "string"}});
    let mut commas = param("ids", "query", list.clone());
    commas["explode"] = json!(false);
    let openapi = json!({
        "openapi": "3.0.3",
        "paths": {path: {"post": {
            "operationId": "act",
            "parameters": [
                param("id", "path", json!({"type": "string"})), param("tags", "query", list), commas,
                param("X-Note", "header", json!({"type": "string"})),
            ],
            "requestBody": {"content": {place: {"schema": {"type": "object", "properties": {
                "amount": {"type": "integer"}, "names": {"type": "array", "items": {"type": "string"}},
            }}}}},
        }}},
    });
    let connector = "name: s\nopenapi: s.json\nbase_url: http://shop.example:8080/base/\n\
                     actions: [{ name: act, operation: act }]\n";
    let files = [("connectors/s.yaml", connector.to_owned()), ("s.json", openapi.to_string())];
    let files = files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
    let catalogue = Catalogue::load(&Bundle { files, ..Bundle::default() }).unwrap();
    catalogue.action("act").unwrap().clone()
}

fn build(action: &Action, args: &Value) -> Result<Request> {
    let Does::Http { operation, base_url } = &action.does else { panic!("no HTTP") };
    super::build(base_url, operation, args)
}

fn url_of(id: &str) -> String {
    build(&action("application/json", "/orders/{id}/act"), &json!({"id": id})).unwrap().url.to_string()
}

#[test]
fn a_path_argument_stays_one_segment_of_the_path() {
    let base = "http://shop.example:8080/base/orders/";
    for (id, encoded) in [
        ("#W123", "%23W123"),
        ("a/b", "a%2Fb"),
        ("../admin", "..%2Fadmin"),
        ("a?x=1#y", "a%3Fx=1%23y"),
        ("%2e%2e", "%252e%252e"),
        ("a%2Fb", "a%252Fb"),
        ("@evil.example", "@evil.example"),
        ("//evil.example", "%2F%2Fevil.example"),
        ("\\evil.example", "%5Cevil.example"),
        ("{id}", "%7Bid%7D"),
        ("Zoë", "Zo%C3%AB"),
    ] {
        assert_eq!(url_of(id), format!("{base}{encoded}/act"));
    }
}

#[test]
fn what_would_leave_its_place_is_refused() {
    for bad in ["", ".", "..", "...", "a\nb", "\u{0}"] {
        let error = build(&action("application/json", "/orders/{id}/act"), &json!({"id": bad})).unwrap_err();
        assert!(matches!(&error, Error::Invalid { place: Some(place), .. } if place == "/id"), "{bad:?}: {error}");
    }
}

#[test]
fn lists_travel_as_described_and_headers_take_no_line_breaks() {
    let act = action("application/json", "/orders/{id}/act");
    let args = json!({"id": "1", "tags": ["a b", "c&d"], "ids": ["1", "2"], "X-Note": "hi", "amount": 5});
    let request = build(&act, &args).unwrap();
    assert_eq!(request.url.query(), Some("tags=a+b&tags=c%26d&ids=1,2"));
    assert!(request.headers.contains(&("X-Note".to_owned(), "hi".to_owned())));
    assert_eq!(request.body, Some(("application/json".to_owned(), br#"{"amount":5}"#.to_vec())));
    let broken = build(&act, &json!({"id": "1", "X-Note": "a\r\nhost: evil"})).unwrap_err();
    assert!(matches!(broken, Error::Invalid { .. }));
}

#[test]
fn a_form_is_written_as_a_form() {
    let act = action("application/x-www-form-urlencoded", "/orders/{id}/act");
    let request = build(&act, &json!({"id": "1", "amount": 5, "names": ["a", "b&c"]})).unwrap();
    assert_eq!(
        request.body,
        Some(("application/x-www-form-urlencoded".to_owned(), b"amount=5&names=a&names=b%26c".to_vec()))
    );
}
