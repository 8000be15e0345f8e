//! Values of MySQL as JSON, and JSON as values of MySQL. What JSON's numbers cannot hold exactly is text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::{Column, Value as Cell};
use serde_json::{Value, json};

/// The character set of bytes that are no text.
const BINARY: u16 = 63;

/// An argument.
pub(super) fn param(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::NULL,
        Value::Bool(truth) => Cell::Int(i64::from(*truth)),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Cell::Int(whole),
            (None, Some(whole)) => Cell::UInt(whole),
            (None, None) => Cell::Double(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Cell::Bytes(text.clone().into_bytes()),
        nested @ (Value::Array(_) | Value::Object(_)) => Cell::Bytes(nested.to_string().into_bytes()),
    }
}

/// A value of a row.
pub(super) fn json_of(column: &Column, cell: &Cell) -> Value {
    match cell {
        Cell::NULL => Value::Null,
        Cell::Int(number @ (0 | 1)) if is_truth(column) => json!(*number == 1),
        Cell::Int(number) => json!(number),
        Cell::UInt(number) => json!(number),
        // As it is written, not as the nearest number of twice the size.
        Cell::Float(number) => number.to_string().parse::<f64>().map_or(Value::Null, |number| json!(number)),
        Cell::Double(number) => json!(number),
        Cell::Bytes(bytes) => of_bytes(column, bytes),
        Cell::Date(year, month, day, hour, minute, second, micros) => {
            let date = format!("{year:04}-{month:02}-{day:02}");
            let time = format!("T{hour:02}:{minute:02}:{second:02}{}", fraction(*micros));
            match column.column_type() {
                ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => json!(date),
                // The session's time zone is UTC.
                ColumnType::MYSQL_TYPE_TIMESTAMP | ColumnType::MYSQL_TYPE_TIMESTAMP2 => {
                    json!(format!("{date}{time}+00:00"))
                }
                _ => json!(format!("{date}{time}")),
            }
        }
        Cell::Time(negative, days, hours, minutes, seconds, micros) => {
            let sign = if *negative { "-" } else { "" };
            let hours = u64::from(*days) * 24 + u64::from(*hours);
            json!(format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{}", fraction(*micros)))
        }
    }
}

/// MySQL writes BOOL as TINYINT(1).
fn is_truth(column: &Column) -> bool {
    let signed = !column.flags().contains(ColumnFlags::UNSIGNED_FLAG);
    column.column_type() == ColumnType::MYSQL_TYPE_TINY && column.column_length() == 1 && signed
}

fn fraction(micros: u32) -> String {
    if micros == 0 { String::new() } else { format!(".{micros:06}").trim_end_matches('0').to_owned() }
}

fn of_bytes(column: &Column, bytes: &[u8]) -> Value {
    let base64 = || json!({"base64": STANDARD.encode(bytes)});
    let text = || std::str::from_utf8(bytes).map_or_else(|_| base64(), Value::from);
    match column.column_type() {
        ColumnType::MYSQL_TYPE_BIT => {
            let number = bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
            if column.column_length() == 1 { json!(number == 1) } else { json!(number) }
        }
        ColumnType::MYSQL_TYPE_JSON => serde_json::from_slice(bytes).unwrap_or_else(|_| text()),
        ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => text(),
        ColumnType::MYSQL_TYPE_GEOMETRY | ColumnType::MYSQL_TYPE_VECTOR => base64(),
        _ if column.character_set() == BINARY => base64(),
        _ => text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_json_that_holds_them_exactly() {
        use ColumnType::*;
        let plain = |kind: ColumnType| Column::new(kind).with_character_set(45);
        let bytes = |text: &str| Cell::Bytes(text.as_bytes().to_vec());
        for (column, cell, expect) in [
            (plain(MYSQL_TYPE_TINY).with_column_length(1), Cell::Int(1), json!(true)),
            (plain(MYSQL_TYPE_TINY).with_column_length(1), Cell::Int(0), json!(false)),
            (plain(MYSQL_TYPE_TINY).with_column_length(1), Cell::Int(2), json!(2)),
            (plain(MYSQL_TYPE_TINY).with_column_length(4), Cell::Int(1), json!(1)),
            (plain(MYSQL_TYPE_LONGLONG), Cell::UInt(u64::MAX), json!(u64::MAX)),
            (plain(MYSQL_TYPE_LONGLONG), Cell::Int(i64::MIN), json!(i64::MIN)),
            (plain(MYSQL_TYPE_FLOAT), Cell::Float(0.1), json!(0.1)),
            (plain(MYSQL_TYPE_NEWDECIMAL).with_character_set(BINARY), bytes("12.500000"), json!("12.500000")),
            (plain(MYSQL_TYPE_DATE), Cell::Date(2026, 2, 3, 0, 0, 0, 0), json!("2026-02-03")),
            (plain(MYSQL_TYPE_DATETIME), Cell::Date(2026, 2, 3, 0, 0, 0, 0), json!("2026-02-03T00:00:00")),
            (plain(MYSQL_TYPE_DATETIME), Cell::Date(0, 0, 0, 0, 0, 0, 0), json!("0000-00-00T00:00:00")),
            (
                plain(MYSQL_TYPE_TIMESTAMP),
                Cell::Date(2026, 2, 3, 4, 5, 6, 70_000),
                json!("2026-02-03T04:05:06.07+00:00"),
            ),
            (plain(MYSQL_TYPE_TIME), Cell::Time(true, 34, 22, 59, 59, 0), json!("-838:59:59")),
            (plain(MYSQL_TYPE_BIT).with_column_length(1), Cell::Bytes(vec![1]), json!(true)),
            (plain(MYSQL_TYPE_BIT).with_column_length(9), Cell::Bytes(vec![1, 2]), json!(258)),
            (plain(MYSQL_TYPE_JSON).with_character_set(BINARY), bytes(r#"{"a": [1]}"#), json!({"a": [1]})),
            (plain(MYSQL_TYPE_BLOB), bytes("text"), json!("text")),
            (plain(MYSQL_TYPE_BLOB).with_character_set(BINARY), bytes("bytes"), json!({"base64": "Ynl0ZXM="})),
            (plain(MYSQL_TYPE_VAR_STRING), Cell::Bytes(vec![0xff]), json!({"base64": "/w=="})),
            (plain(MYSQL_TYPE_VAR_STRING), Cell::NULL, Value::Null),
        ] {
            assert_eq!(json_of(&column, &cell), expect, "{column:?}");
        }
    }

    #[test]
    fn arguments_keep_their_type() {
        for (value, expect) in [
            (json!(null), Cell::NULL),
            (json!(true), Cell::Int(1)),
            (json!(-7), Cell::Int(-7)),
            (json!(u64::MAX), Cell::UInt(u64::MAX)),
            (json!(1.5), Cell::Double(1.5)),
            (json!("1 or 1=1"), Cell::Bytes(b"1 or 1=1".to_vec())),
            (json!({"a": [1]}), Cell::Bytes(br#"{"a":[1]}"#.to_vec())),
        ] {
            assert_eq!(param(&value), expect);
        }
    }
}
