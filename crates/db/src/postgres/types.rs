//! Baton's values on PostgreSQL's wire.

use crate::{Row, Value};
use ::postgres::types::private::BytesMut;
use ::postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use baton_base::{Error, Result};
use std::error::Error as StdError;

type Wire<T> = std::result::Result<T, Box<dyn StdError + Sync + Send>>;

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => int_to_sql(*number, ty, out),
            Self::Real(number) => real_to_sql(*number, ty, out),
            Self::Text(text) => text.as_str().to_sql(&Type::TEXT, out),
            Self::Blob(bytes) => bytes.as_slice().to_sql(&Type::BYTEA, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn int_to_sql(number: i64, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    match *ty {
        Type::INT8 => number.to_sql(ty, out),
        Type::INT4 => i32::try_from(number)?.to_sql(ty, out),
        Type::INT2 => i16::try_from(number)?.to_sql(ty, out),
        Type::BOOL => (number != 0).to_sql(ty, out),
        #[expect(clippy::cast_precision_loss, reason = "as SQLite's REAL column does")]
        Type::FLOAT8 => (number as f64).to_sql(ty, out),
        Type::TEXT | Type::VARCHAR => number.to_string().to_sql(ty, out),
        _ => Err(format!("an integer for a parameter of type {ty}; write CAST($N AS BIGINT)").into()),
    }
}

fn real_to_sql(number: f64, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    match *ty {
        Type::FLOAT8 => number.to_sql(ty, out),
        #[expect(clippy::cast_possible_truncation, reason = "the column is that narrow")]
        Type::FLOAT4 => (number as f32).to_sql(ty, out),
        _ => Err(format!("a real number for a parameter of type {ty}; write CAST($N AS DOUBLE PRECISION)").into()),
    }
}

/// One row with all its cells.
pub(crate) fn row(row: &::postgres::Row) -> Result<Row> {
    let cells: Result<Vec<_>> = (0..row.len())
        .map(|i| row.try_get::<_, Cell>(i).map(|cell| cell.0).map_err(|e| Error::broken(format!("column {i}: {e}"))))
        .collect();
    Ok(Row::new(cells?))
}

struct Cell(Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Wire<Self> {
        Ok(Self(match *ty {
            Type::BOOL => Value::Int(i64::from(bool::from_sql(ty, raw)?)),
            Type::INT2 => Value::Int(i64::from(i16::from_sql(ty, raw)?)),
            Type::INT4 => Value::Int(i64::from(i32::from_sql(ty, raw)?)),
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::FLOAT4 => Value::Real(f64::from(f32::from_sql(ty, raw)?)),
            Type::FLOAT8 => Value::Real(f64::from_sql(ty, raw)?),
            Type::NUMERIC => numeric(raw)?,
            Type::BYTEA => Value::Blob(raw.to_vec()),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::UNKNOWN => {
                Value::Text(std::str::from_utf8(raw)?.to_owned())
            }
            _ => return Err(format!("type {ty} is not one that both databases share").into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Wire<Self> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// SUM and AVG over BIGINT come as NUMERIC: base-10000 digits (PostgreSQL `numeric_send`). A whole number is read
/// as an integer, as SQLite does with SUM.
fn numeric(raw: &[u8]) -> Wire<Value> {
    let words: Vec<u16> = raw.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let [_count, weight, sign, scale, digits @ ..] = words.as_slice() else {
        return Err("a NUMERIC that is too short".into());
    };
    let weight = i32::from(weight.cast_signed());
    let negative = match sign {
        0 => false,
        0x4000 => true,
        _ => return Err("a NUMERIC that is not a number".into()),
    };
    if *scale == 0 {
        let mut whole: i64 = 0;
        for place in 0..=weight.max(-1) {
            let digit = usize::try_from(place).ok().and_then(|i| digits.get(i)).copied().unwrap_or(0);
            let next = whole.checked_mul(10_000).and_then(|w| w.checked_add(i64::from(digit)));
            whole = next.ok_or("a NUMERIC that is too large")?;
        }
        return Ok(Value::Int(if negative { -whole } else { whole }));
    }
    let mut real = 0.0_f64;
    for (digit, place) in digits.iter().zip(0_i32..) {
        real += f64::from(*digit) * 10_000_f64.powi(weight - place);
    }
    Ok(Value::Real(if negative { -real } else { real }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[u16], expected: Value) {
        let raw: Vec<u8> = words.iter().flat_map(|w| w.to_be_bytes()).collect();
        assert_eq!(numeric(&raw).unwrap(), expected);
    }

    #[test]
    fn numeric_is_read_as_postgresql_sends_it() {
        check(&[0, 0, 0, 0], Value::Int(0));
        check(&[1, 0, 0, 0, 42], Value::Int(42));
        check(&[2, 1, 0x4000, 0, 12, 3456], Value::Int(-123_456));
        check(&[1, 1, 0, 0, 3], Value::Int(30_000));
        check(&[2, 0, 0, 2, 1, 5000], Value::Real(1.5));
        check(&[1, 0xffff, 0, 1, 2500], Value::Real(0.25));
    }
}
