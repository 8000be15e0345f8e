//! Values that go into SQL parameters and come out of rows.

use baton_base::{
    AgentName, ArticleId, CallId, CaseId, ClientId, CustomerId, EffectId, EntryId, MemberId, MessageId, PacketId,
    QueueId, ReleaseId, RunId, WorkItemId,
};

/// One SQL value of the types both databases share.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL, of any type.
    Null,
    /// BIGINT; a truth value is 0 or 1.
    Int(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// TEXT.
    Text(String),
    /// BLOB or BYTEA (`BYTES` in migrations).
    Blob(Vec<u8>),
}

/// What can stand in [`params!`](crate::params).
pub trait ToValue {
    /// The SQL value.
    fn to_value(&self) -> Value;
}

/// SQL parameters from anything that is [`ToValue`]: `params![ctx.client, case_id, now_ms, None::<i64>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::ToValue::to_value(&$value)),*] as &[$crate::Value] };
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! values {
    ($($type:ty: $name:ident => $make:expr;)*) => {$(
        impl ToValue for $type {
            fn to_value(&self) -> Value { let $name = self; $make }
        }
        impl From<&$type> for Value {
            fn from(value: &$type) -> Self { value.to_value() }
        }
    )*};
}

values! {
    str: v => Value::Text(v.to_owned());
    String: v => Value::Text(v.clone());
    i64: v => Value::Int(*v);
    i32: v => Value::Int(i64::from(*v));
    u32: v => Value::Int(i64::from(*v));
    u16: v => Value::Int(i64::from(*v));
    bool: v => Value::Int(i64::from(*v));
    f64: v => Value::Real(*v);
    [u8]: v => Value::Blob(v.to_vec());
    Vec<u8>: v => Value::Blob(v.clone());
    serde_json::Value: v => Value::Text(v.to_string());
}

macro_rules! owned {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self { value.to_value() }
        }
    )*};
}

owned!(i64, i32, u32, u16, bool, f64, serde_json::Value);

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}

macro_rules! ids {
    ($($id:ty),* $(,)?) => {
        values! { $($id: v => Value::Text(v.as_str().to_owned());)* }
        owned!($($id),*);
    };
}

ids!(
    AgentName, ArticleId, CallId, CaseId, ClientId, CustomerId, EffectId, EntryId, MemberId, MessageId, PacketId,
    QueueId, ReleaseId, RunId, WorkItemId,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params_take_values_references_and_options_of_either() {
        let client = ClientId::house();
        let note: Option<&str> = None;
        let name = String::from("a");
        let made = params![client, &client, note, name.as_str(), 3_i64, true, Some(&name)];
        assert_eq!(
            made,
            [
                Value::from("house"),
                Value::from("house"),
                Value::Null,
                Value::from("a"),
                Value::Int(3),
                Value::Int(1),
                Value::from("a")
            ]
        );
    }
}
