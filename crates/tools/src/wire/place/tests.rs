//! Where parameters go, by version of the description.

use super::*;
use std::sync::Arc;

fn operation(document: Value, id: &str) -> Operation {
    let from = Url::parse("https://api.example.org/spec/openapi.json").unwrap();
    Operation::find(&Arc::new(document), &from, id).unwrap_or_else(|e| panic!("{e:?}"))
}

fn asked(document: Value, given: Value) -> Exchange {
    request(&operation(document, "op"), given.as_object().unwrap()).unwrap_or_else(|e| panic!("{e:?}"))
}

fn body(exchange: &Exchange) -> (String, String) {
    let (media, bytes) = exchange.body.clone().unwrap();
    (media, String::from_utf8(bytes).unwrap())
}

#[test]
fn a_description_of_version_2_says_where_each_parameter_goes() {
    let document = json!({
        "swagger": "2.0", "host": "shop.example.org", "basePath": "/v2", "schemes": ["https", "http"],
        "parameters": {"Trace": {"name": "X-Trace", "in": "header", "type": "string"}},
        "paths": {"/pet/{petId}": {
            "parameters": [{"name": "petId", "in": "path", "required": true}, {"$ref": "#/parameters/Trace"}],
            "post": {"operationId": "op", "consumes": [FORM], "parameters": [
                {"name": "tags", "in": "query", "collectionFormat": "multi"},
                {"name": "ids", "in": "query"},
                {"name": "name", "in": "formData"},
            ]},
        }},
    });
    let given = json!({"petId": "a/b", "X-Trace": 7, "tags": ["x", "y z"], "ids": [1, 2], "name": "Ada & Co"});
    let exchange = asked(document.clone(), given);
    let expected = "https://shop.example.org/v2/pet/a%2Fb?tags=x&tags=y+z&ids=1%2C2";
    assert_eq!((exchange.method.as_str(), exchange.url.as_str()), ("POST", expected));
    assert_eq!(exchange.headers["x-trace"], "7");
    assert_eq!(body(&exchange), (FORM.to_owned(), "name=Ada+%26+Co".to_owned()));
    assert!(exchange.writes && !exchange.repeatable);
    for wrong in [json!({}), json!({"petId": ".."}), json!({"petId": 1, "colour": "red"})] {
        let found = request(&operation(document.clone(), "op"), wrong.as_object().unwrap());
        let Err(Fault::Told(error)) = found else { panic!("{wrong} is taken") };
        assert_eq!(error.status, 400, "{error:?}");
    }
}

#[test]
fn a_body_of_version_2_is_one_parameter() {
    let document = json!({
        "swagger": "2.0",
        "paths": {"/pet": {"put": {"operationId": "op", "parameters": [{"name": "pet", "in": "body"}]}}},
    });
    let exchange = asked(document, json!({"pet": {"id": 1}}));
    assert_eq!(exchange.url.as_str(), "https://api.example.org/pet");
    assert_eq!(body(&exchange), (JSON.to_owned(), "{\"id\":1}".to_owned()));
    assert!(exchange.writes && exchange.repeatable);
}

#[test]
fn a_description_of_version_3_takes_what_is_left_as_fields_of_the_body() {
    let document = json!({
        "openapi": "3.1.0",
        "servers": [{"url": "../{stage}/", "variables": {"stage": {"default": "v3"}}}],
        "components": {"requestBodies": {"Pet": {"content": {JSON: {"schema": {"type": "object"}}}}}},
        "paths": {"/pets/{id}": {"patch": {"operationId": "op",
            "parameters": [
                {"name": "id", "in": "path", "required": true},
                {"name": "filter", "in": "query", "style": "deepObject"},
                {"name": "tags", "in": "query"},
                {"name": "pipes", "in": "query", "style": "pipeDelimited"},
                {"name": "session", "in": "cookie"},
            ],
            "requestBody": {"$ref": "#/components/requestBodies/Pet"},
        }}},
    });
    let given =
        json!({"id": 5, "filter": {"a": 1}, "tags": ["x", "y"], "pipes": ["p", "q"], "session": "s", "name": "Milou"});
    let exchange = asked(document.clone(), given);
    let expected = "https://api.example.org/v3/pets/5?filter%5Ba%5D=1&tags=x&tags=y&pipes=p%7Cq";
    assert_eq!(exchange.url.as_str(), expected);
    assert_eq!(exchange.headers["cookie"], "session=s");
    assert_eq!(body(&exchange).1, "{\"name\":\"Milou\"}");
    let whole = asked(document, json!({"id": 5, "body": [1, 2]}));
    assert_eq!(body(&whole).1, "[1,2]");
}

#[test]
fn forms_with_parts_keep_their_fields_apart() {
    let document = json!({
        "openapi": "3.0.3",
        "paths": {"/up": {"post": {"operationId": "op",
            "requestBody": {"content": {MULTIPART: {"schema": {"type": "object"}}}}}}},
    });
    let (media, text) = body(&asked(document, json!({"title": "a", "meta": {"b": 1}})));
    let boundary = media.split_once("boundary=").unwrap().1;
    assert_eq!(text.matches(boundary).count(), 3);
    assert!(
        text.contains("name=\"title\"\r\n\r\na\r\n") && text.contains("application/json\r\n\r\n{\"b\":1}"),
        "{text}"
    );
}
