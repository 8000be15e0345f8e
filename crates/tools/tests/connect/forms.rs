//! Bodies that are no JSON, and answers that are none.

use super::echo::{Echo, World, openapi};
use serde_json::{Value, json};

async fn world(echo: &Echo, media: &str, of: Value) -> World {
    let paths =
        json!({"/send": {"post": {"operationId": "send", "requestBody": {"required": true, "content": {media: of}}}}});
    World::imported(&openapi("3.0.3", paths), echo, |text| text).await
}

#[tokio::test]
async fn a_form_is_written_as_its_encoding_says() {
    let echo = Echo::start().await;
    let any = json!({});
    let schema = json!({"type": "object", "properties": {
        "amount": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}},
        "expand": any, "metadata": any, "items": any, "short": any, "plain": any,
    }, "required": ["amount"]});
    let deep = json!({"style": "deepObject", "explode": true});
    let encoding =
        json!({"expand": deep, "metadata": deep, "items": deep, "short": {"style": "form", "explode": false}});
    let world =
        world(&echo, "application/x-www-form-urlencoded", json!({"schema": schema, "encoding": encoding})).await;
    let args = json!({
        "amount": 5, "tags": ["a", "b c"], "expand": ["x.y"], "metadata": {"k": "v=1"},
        "items": [{"price": "p1", "quantity": 2}], "short": [1, 2], "plain": {"a": 1},
    });
    world.done("send", args).await;
    let seen = echo.last();
    assert_eq!(seen.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(
        seen.text(),
        "amount=5&tags=a&tags=b+c&expand[0]=x.y&metadata[k]=v%3D1&items[0][price]=p1&items[0][quantity]=2\
         &short=1,2&plain=%7B%22a%22%3A1%7D"
    );
    assert!(world.invalid("send", json!({"amount": "5"})).await.contains("/amount"));
    assert!(world.invalid("send", json!({"amount": 5, "colour": "red"})).await.contains("colour"));
    assert_eq!(echo.count(), 1);
}

#[tokio::test]
async fn parts_carry_texts_objects_and_files() {
    let echo = Echo::start().await;
    let file = json!({"type": "string", "format": "binary"});
    let schema = json!({"type": "object", "properties": {
        "purpose": {"type": "string"}, "meta": {"type": "object"}, "file": file,
        "more": {"type": "array", "items": file},
    }, "required": ["file"]});
    let of = json!({"schema": schema, "encoding": {"file": {"contentType": "image/png, application/pdf"}}});
    let world = world(&echo, "multipart/form-data", of).await;
    let args = json!({
        "purpose": "dispute", "meta": {"a": 1},
        "file": {"filename": "scan.pdf", "content_type": "application/pdf", "base64": "JVBERv8="},
        "more": [{"text": "one"}, {"filename": "b.txt", "text": "two"}],
    });
    world.done("send", args).await;
    let seen = echo.last();
    let boundary = seen.header("content-type").strip_prefix("multipart/form-data; boundary=").unwrap().to_owned();
    let part = |head: &str, body: &[u8]| {
        let mut part = format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n").into_bytes();
        part.extend_from_slice(body);
        part.extend_from_slice(b"\r\n");
        part
    };
    let expect = [
        part("name=\"purpose\"", b"dispute"),
        part("name=\"meta\"\r\nContent-Type: application/json", b"{\"a\":1}"),
        part("name=\"file\"; filename=\"scan.pdf\"\r\nContent-Type: application/pdf", b"%PDF\xff"),
        part("name=\"more\"; filename=\"more\"\r\nContent-Type: application/octet-stream", b"one"),
        part("name=\"more\"; filename=\"b.txt\"\r\nContent-Type: application/octet-stream", b"two"),
        format!("--{boundary}--\r\n").into_bytes(),
    ]
    .concat();
    assert_eq!(String::from_utf8_lossy(&seen.body), String::from_utf8_lossy(&expect));
    for bad in [
        json!({"file": "bytes"}),
        json!({"file": {"base64": "?"}}),
        json!({"file": {"text": "x", "filename": "a\"\r\nX: 1"}}),
        json!({"file": {"text": "x", "base64": "eA=="}}),
    ] {
        world.invalid("send", bad).await;
    }
    assert_eq!(echo.count(), 1);
}

#[tokio::test]
async fn text_and_bytes_are_sent_and_received_as_they_are() {
    let echo = Echo::start().await;
    let text = world(&echo, "text/csv", json!({"schema": {"type": "string"}})).await;
    echo.says((200, "application/pdf", b"%PDF\xff".to_vec()));
    let got = text.done("send", json!({"body": "a,b\n"})).await;
    assert_eq!((echo.last().header("content-type"), echo.last().text().as_str()), ("text/csv; charset=utf-8", "a,b\n"));
    assert_eq!(got, json!({"content_type": "application/pdf", "bytes": 5, "base64": "JVBERv8="}));
    let bytes = world(&echo, "application/octet-stream", json!({})).await;
    bytes.done("send", json!({"body": {"base64": "AP8=", "content_type": "image/png"}})).await;
    assert_eq!((echo.last().header("content-type"), echo.last().body), ("image/png", vec![0, 255]));
}

#[tokio::test]
async fn swagger_2_forms_files_and_bodies_are_sent() {
    let echo = Echo::start().await;
    let field = |name: &str, kind: &str| json!({"name": name, "in": "formData", "type": kind, "required": true});
    let description = json!({
        "swagger": "2.0", "info": {"title": "Old", "version": "1"}, "consumes": ["application/json"],
        "definitions": {"Note": {"type": "object", "required": ["text"], "properties": {
            "text": {"type": "string", "x-nullable": true}, "kids": {"type": "array", "items": {"$ref": "#/definitions/Note"}}}}},
        "paths": {
            "/form": {"post": {"consumes": ["application/x-www-form-urlencoded"], "parameters": [field("a", "string"), field("n", "integer")]}},
            "/file": {"post": {"parameters": [field("f", "file")]}},
            "/body": {"post": {"parameters": [{"name": "note", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Note"}}]}},
        },
    });
    let world = World::imported(&description, &echo, |text| text).await;
    world.done("post_form", json!({"a": "x y", "n": 3})).await;
    assert_eq!(echo.last().text(), "a=x+y&n=3");
    world.done("post_file", json!({"f": {"text": "hi"}})).await;
    assert!(echo.last().text().contains("name=\"f\"; filename=\"f\""));
    world.done("post_body", json!({"text": null, "kids": [{"text": "k"}]})).await;
    assert_eq!(echo.last().text(), r#"{"text":null,"kids":[{"text":"k"}]}"#);
    assert!(world.invalid("post_body", json!({"text": "x", "kids": [{}]})).await.contains("/kids/0"));
}

#[tokio::test]
async fn choices_are_told_apart_by_their_field() {
    let echo = Echo::start().await;
    let kind = |extra: Value| json!({"type": "object", "properties": {"kind": {"type": "string"}, "at": extra}});
    let paths = json!({"/pay": {"post": {"operationId": "pay", "requestBody": {"required": true, "content": {"application/json": {"schema":
        {"oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Bank"}],
         "discriminator": {"propertyName": "kind", "mapping": {"card": "#/components/schemas/Card", "bank": "#/components/schemas/Bank"}}}}}}}}});
    let mut description = openapi("3.1.0", paths);
    description["components"] = json!({"schemas": {"Card": kind(json!({"type": "integer"})), "Bank": kind(json!({"type": ["string", "integer"]}))}});
    let world = World::imported(&description, &echo, |text| text).await;
    // Both shapes hold for this one: only the field says which is meant.
    world.done("pay", json!({"body": {"kind": "card", "at": 1}})).await;
    world.done("pay", json!({"body": {"kind": "bank", "at": "x"}})).await;
    world.invalid("pay", json!({"body": {"kind": "card", "at": "x"}})).await;
    world.invalid("pay", json!({"body": {"kind": "cash"}})).await;
}
