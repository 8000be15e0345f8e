//! Parameters of every style arrive as OpenAPI says.

use super::echo::{Echo, World, openapi};
use serde_json::{Value, json};

fn param(name: &str, place: &str, style: Option<&str>, explode: Option<bool>) -> Value {
    let mut param = json!({"name": name, "in": place, "required": place == "path", "schema": {}});
    if let Some(style) = style {
        param["style"] = json!(style);
    }
    if let Some(explode) = explode {
        param["explode"] = json!(explode);
    }
    param
}

async fn arrives(param: Value, path: &str, value: Value) -> super::echo::Seen {
    let echo = Echo::start().await;
    let name = param["name"].as_str().unwrap().to_owned();
    let paths = json!({path: {"get": {"operationId": "look", "parameters": [param]}}});
    let world = World::imported(&openapi("3.1.0", paths), &echo, |text| text).await;
    world.done("look", json!({name: value})).await;
    echo.last()
}

#[tokio::test]
async fn query_parameters_travel_in_every_style() {
    let (list, object) = (json!(["a b", "c,d"]), json!({"x": 1, "y": "z&"}));
    for (style, explode, value, expect) in [
        (None, None, json!("a b&c"), "/q?p=a+b%26c"),
        (None, None, list.clone(), "/q?p=a+b&p=c%2Cd"),
        (Some("form"), Some(false), list.clone(), "/q?p=a+b,c%2Cd"),
        (None, None, object.clone(), "/q?x=1&y=z%26"),
        (Some("form"), Some(false), object.clone(), "/q?p=x,1,y,z%26"),
        (Some("spaceDelimited"), Some(false), json!(["a", "b"]), "/q?p=a%20b"),
        (Some("pipeDelimited"), Some(false), json!(["a", "b"]), "/q?p=a%7Cb"),
        (Some("deepObject"), None, json!({"a": {"gte": 5}, "l": [1, 2]}), "/q?p[a][gte]=5&p[l][0]=1&p[l][1]=2"),
    ] {
        let seen = arrives(param("p", "query", style, explode), "/q", value).await;
        assert_eq!(seen.target, expect, "{style:?} {explode:?}");
    }
}

#[tokio::test]
async fn path_parameters_travel_in_every_style() {
    for (style, explode, value, expect) in [
        (None, None, json!([1, 2]), "/t/1,2/x"),
        (None, Some(true), json!({"a": 1, "b": 2}), "/t/a=1,b=2/x"),
        (Some("label"), None, json!([1, 2]), "/t/.1,2/x"),
        (Some("label"), Some(true), json!([1, 2]), "/t/.1.2/x"),
        (Some("matrix"), None, json!([1, 2]), "/t/;p=1,2/x"),
        (Some("matrix"), Some(true), json!([1, 2]), "/t/;p=1;p=2/x"),
        (None, None, json!("a/../b"), "/t/a%2F..%2Fb/x"),
    ] {
        let seen = arrives(param("p", "path", style, explode), "/t/{p}/x", value).await;
        assert_eq!(seen.target, expect, "{style:?} {explode:?}");
    }
}

#[tokio::test]
async fn what_would_arrive_as_several_is_refused() {
    for (place, style, explode, value) in [
        ("path", None, None, json!(["1,2"])),
        ("path", None, Some(true), json!({"a": "1,b=2"})),
        ("path", Some("label"), Some(true), json!(["1.2", "3"])),
        ("path", Some("label"), None, json!("a.b")),
        ("path", Some("matrix"), None, json!("1;admin=1")),
        ("path", Some("matrix"), Some(true), json!(["1;p=2"])),
        ("header", None, None, json!(["1,2"])),
    ] {
        let echo = Echo::start().await;
        let paths = json!({"/t/{p}/x": {"get": {"operationId": "look", "parameters": [
            param("p", "path", style.filter(|_| place == "path"), explode), param("X-P", "header", None, None),
        ]}}});
        let world = World::imported(&openapi("3.1.0", paths), &echo, |text| text).await;
        let args = if place == "path" { json!({"p": value}) } else { json!({"p": "1", "X-P": value}) };
        assert!(world.invalid("look", args).await.contains("as several"), "{place} {style:?} {value}");
        assert_eq!(echo.count(), 0);
    }
}

#[tokio::test]
async fn headers_and_cookies_travel_and_cannot_become_others() {
    let seen = arrives(param("X-List", "header", None, None), "/h", json!([1, 2])).await;
    assert_eq!(seen.header("x-list"), "1,2");
    let seen = arrives(param("sid", "cookie", None, None), "/h", json!("a; admin=1")).await;
    assert_eq!(seen.header("cookie"), "sid=a%3B%20admin%3D1");
    let mut content = param("filter", "query", None, None);
    content["content"] = json!({"application/json": {"schema": {"type": "object"}}});
    let seen = arrives(content, "/h", json!({"a": [1]})).await;
    assert_eq!(seen.target, "/h?filter=%7B%22a%22%3A[1]%7D");
}

#[tokio::test]
async fn two_of_one_name_are_two_arguments_and_paths_share_theirs() {
    let echo = Echo::start().await;
    let paths = json!({"/things/{id}": {
        "parameters": [param("id", "path", None, None), param("v", "query", None, None)],
        "post": {"parameters": [param("id", "query", None, None)], "requestBody": {"content": {"application/json":
            {"schema": {"type": "object", "properties": {"id": {"type": "integer"}}}}}}},
    }});
    let world = World::imported(&openapi("3.0.3", paths), &echo, |text| text).await;
    world.done("post_things_id", json!({"id": "p", "query_id": "q", "v": 2, "body": {"id": 7}})).await;
    let seen = echo.last();
    assert_eq!((seen.target.as_str(), seen.text().as_str()), ("/things/p?v=2&id=q", r#"{"id":7}"#));
    assert!(world.invalid("post_things_id", json!({"id": "p", "body": {"id": "x"}})).await.contains("/body/id"));
}

#[tokio::test]
async fn collections_of_swagger_2_travel_in_their_formats() {
    let echo = Echo::start().await;
    let list = |name: &str, format: &str| json!({"name": name, "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": format});
    let description = json!({
        "swagger": "2.0", "info": {"title": "Old", "version": "1"}, "produces": ["text/csv"],
        "parameters": {"token": {"name": "token", "in": "header", "type": "string"}},
        "securityDefinitions": {"login": {"type": "basic"}}, "security": [{"login": []}],
        "paths": {"/q": {"get": {"operationId": "look", "parameters": [
            list("a", "csv"), list("b", "ssv"), list("c", "tsv"), list("d", "pipes"), list("e", "multi"),
            {"$ref": "#/parameters/token"},
        ], "responses": {"200": {"description": "", "schema": {"type": "string"}}}}}},
    });
    let world = World::imported(&description, &echo, |text| text).await;
    world.secret("sys.login", "ada:pw").await;
    echo.says((200, "text/csv", b"1,2\n".to_vec()));
    let two = json!(["1", "2"]);
    let got = world.done("look", json!({"a": two, "b": two, "c": two, "d": two, "e": two})).await;
    let seen = echo.last();
    assert_eq!(seen.target, "/q?a=1,2&b=1%202&c=1%092&d=1%7C2&e=1&e=2");
    assert_eq!((seen.header("accept"), seen.header("authorization")), ("text/csv", "Basic YWRhOnB3"));
    // Text stays text.
    assert_eq!(got, json!("1,2\n"));
}
