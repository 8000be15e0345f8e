//! The shop's OpenAPI description. Operation ids are the published tool names.

use crate::serve::{Described, described, document, object, operation, path_parameter, query_parameter};
use serde_json::{Value, json};

/// OpenAPI 3.1 description of the shop.
pub fn openapi() -> Value {
    let mut operations = reads();
    operations.extend(writes());
    document("Larkspur Home", "Orders, customers and products of a shop for the home.", operations, schemas())
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "maxLength": 500, "description": description })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn order_id() -> Value {
    path_parameter("order_id", "Order id, such as #W0000000, with its '#'; percent-encode it in the path.")
}

fn reads() -> Vec<Described> {
    let found = object(json!({ "user_id": text("Id of the user.") }), &[]);
    let user = path_parameter("user_id", "User id, such as clara_varga_1234.");
    let product = path_parameter("product_id", "Product id; not an item id.");
    let email = vec![query_parameter("email", true, "E-mail address of the user.")];
    let name_zip = name_and_zip();
    let kinds = object(json!({ "products": { "type": "array", "items": reference("ProductName") } }), &[]);
    vec![
        described(
            "get",
            "/users/by-email",
            operation("find_user_id_by_email", "Find a user by e-mail address.", email, None, found.clone()),
        ),
        described(
            "get",
            "/users/by-name-zip",
            operation("find_user_id_by_name_zip", "Find a user by name and zip code.", name_zip, None, found),
        ),
        described(
            "get",
            "/users/{user_id}",
            operation(
                "get_user_details",
                "A user's profile, payment methods and order ids.",
                vec![user],
                None,
                reference("User"),
            ),
        ),
        described(
            "get",
            "/orders/{order_id}",
            operation(
                "get_order_details",
                "An order with its items, status and payments.",
                vec![order_id()],
                None,
                reference("Order"),
            ),
        ),
        described(
            "get",
            "/products",
            operation("list_all_product_types", "Every kind of product with its id.", vec![], None, kinds),
        ),
        described(
            "get",
            "/products/{product_id}",
            operation(
                "get_product_details",
                "A product with its versions, prices and availability.",
                vec![product],
                None,
                reference("Product"),
            ),
        ),
    ]
}

fn name_and_zip() -> Vec<Value> {
    vec![
        query_parameter("first_name", true, "Given name."),
        query_parameter("last_name", true, "Family name."),
        query_parameter("zip", true, "Zip code of the default address."),
    ]
}

fn item_list(description: &str) -> Value {
    json!({ "type": "array", "minItems": 1, "maxItems": 100, "items": { "type": "string", "maxLength": 40 },
            "description": description })
}

fn swap(items: &str) -> Value {
    let new_ids = item_list("New item ids of the same products, in the same positions.");
    let pays = text("Payment method of the order's owner that pays or receives the difference.");
    object(json!({ "item_ids": item_list(items), "new_item_ids": new_ids, "payment_method_id": pays }), &[])
}

fn cancel_reason() -> Value {
    json!({ "type": "string", "enum": ["no longer needed", "ordered by mistake"], "description": "Why the customer cancels." })
}

fn writes() -> Vec<Described> {
    let order = |path, id, summary, body| {
        described("post", path, operation(id, summary, vec![order_id()], Some(body), reference("Order")))
    };
    let refund = text("Where the refund goes: the original payment method or a gift card of the owner.");
    let user = path_parameter("user_id", "User id.");
    vec![
        order(
            "/orders/{order_id}/cancel",
            "cancel_pending_order",
            "Cancel a pending order and refund it.",
            object(json!({ "reason": cancel_reason() }), &[]),
        ),
        order(
            "/orders/{order_id}/modify-items",
            "modify_pending_order_items",
            "Change items of a pending order to other versions of the same products; once only.",
            swap("Item ids in the order to change; repeat an id to change it twice."),
        ),
        order(
            "/orders/{order_id}/modify-address",
            "modify_pending_order_address",
            "Change where a pending order goes.",
            address_schema(),
        ),
        order(
            "/orders/{order_id}/modify-payment",
            "modify_pending_order_payment",
            "Pay a pending order by another payment method.",
            object(json!({ "payment_method_id": text("The new payment method of the owner.") }), &[]),
        ),
        order(
            "/orders/{order_id}/return",
            "return_delivered_order_items",
            "Take back items of a delivered order.",
            object(json!({ "item_ids": item_list("Item ids to return."), "payment_method_id": refund }), &[]),
        ),
        order(
            "/orders/{order_id}/exchange",
            "exchange_delivered_order_items",
            "Exchange items of a delivered order for other versions of the same products.",
            swap("Item ids in the order to exchange."),
        ),
        described(
            "post",
            "/users/{user_id}/address",
            operation(
                "modify_user_address",
                "Change a user's default address.",
                vec![user],
                Some(address_schema()),
                reference("User"),
            ),
        ),
    ]
}

fn address_schema() -> Value {
    object(
        json!({
            "address1": text("Street and number."), "address2": text("Flat or suite; may be empty."),
            "city": text("City."), "state": text("State, such as ME."), "country": text("Country, such as USA."),
            "zip": text("Zip code."),
        }),
        &[],
    )
}

fn schemas() -> Value {
    let amount = json!({ "type": "number", "description": "US dollars with two decimals." });
    let options = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let strings = json!({ "type": "array", "items": { "type": "string" } });
    let list = |name: &str| json!({ "type": "array", "items": reference(name) });
    let by_id =
        |name: &str| json!({ "type": "object", "additionalProperties": reference(name), "description": "By id." });
    let status = json!({ "type": "string", "enum": ["pending", "pending (item modified)", "processed", "delivered",
        "cancelled", "return requested", "exchange requested"] });
    let method = object(
        json!({ "source": { "type": "string", "enum": ["credit_card", "gift_card", "paypal"] }, "id": text("Its id."),
                "brand": text("Of a card."), "last_four": text("Of a card."), "balance": amount }),
        &["brand", "last_four", "balance"],
    );
    let payment = object(
        json!({ "transaction_type": { "type": "string", "enum": ["payment", "refund"] }, "amount": amount,
                "payment_method_id": text("By which payment method.") }),
        &[],
    );
    let order = json!({
        "order_id": text("#W and seven digits."), "user_id": text("Whose."), "address": reference("Address"),
        "items": list("Item"), "fulfillments": list("Fulfillment"), "status": status,
        "payment_history": list("Payment"), "cancel_reason": text("Why cancelled."), "return_items": strings,
        "return_payment_method_id": text("Where the refund goes."), "exchange_items": strings,
        "exchange_new_items": strings, "exchange_payment_method_id": text("Who pays the difference."),
        "exchange_price_difference": amount,
    });
    let later = [
        "cancel_reason",
        "return_items",
        "return_payment_method_id",
        "exchange_items",
        "exchange_new_items",
        "exchange_payment_method_id",
        "exchange_price_difference",
    ];
    let name = object(json!({ "first_name": text("Given name."), "last_name": text("Family name.") }), &[]);
    json!({
        "Address": address_schema(),
        "User": object(json!({ "user_id": text("Id."), "name": name, "address": reference("Address"),
            "email": text("E-mail address."), "payment_methods": by_id("PaymentMethod"), "orders": strings }), &[]),
        "PaymentMethod": method,
        "Item": object(json!({ "name": text("Product."), "product_id": text("Product id."), "item_id": text("Item id."),
            "price": amount, "options": options }), &[]),
        "Fulfillment": object(json!({ "tracking_id": strings, "item_ids": strings }), &[]),
        "Payment": payment,
        "Order": object(order, &later),
        "ProductName": object(json!({ "name": text("Name."), "product_id": text("Id.") }), &[]),
        "Variant": object(json!({ "item_id": text("Id."), "options": options, "price": amount,
            "available": { "type": "boolean", "description": "Can be ordered now." } }), &[]),
        "Product": object(json!({ "name": text("Name."), "product_id": text("Id."), "variants": by_id("Variant") }), &[]),
    })
}
