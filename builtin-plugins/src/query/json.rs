//! Between JSON texts and the values of jaq, which can be more than JSON: byte strings, NaN, keys of any type.

use std::fmt::Write;

use jaq_json::{Num, Val};
use keyway_interfaces::ToolError;
use serde_json::value::RawValue;

use crate::leash::Leash;

/// How deep values may be nested: deeper ones are read, written and dropped by recursion that has no end.
const DEEPEST: usize = 1000;
/// The longest result, in bytes.
const LONGEST: usize = 64 << 20;

/// Reads a JSON text.
pub(super) fn read(what: &str, text: &str) -> Result<Val, ToolError> {
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(ToolError::limit_exceeded(format!("`{what}` is nested deeper than {DEEPEST}")));
        }
    }
    let read = jaq_json::read::parse_single(text.as_bytes());
    read.map_err(|error| ToolError::invalid_arguments(format!("`{what}` is no JSON: {error}")))
}

/// Whether a value is not nested too deep, along its first and its last elements: what a loop nests, it nests there.
pub(super) fn is_shallow(value: &Val) -> bool {
    fn descends<'a>(mut value: &'a Val, step: impl Fn(&'a [Val]) -> Option<&'a Val>) -> bool {
        for _ in 0..DEEPEST {
            let inner = match value {
                Val::Arr(array) => step(array),
                Val::Obj(object) => object.last().map(|(_, value)| value),
                _ => None,
            };
            match inner {
                Some(inner) => value = inner,
                None => return false,
            }
        }
        true
    }
    !descends(value, <[Val]>::first) && !descends(value, <[Val]>::last)
}

/// Writes a value as JSON, as jq does: NaN is `null`, an infinity the largest number.
///
/// **Errors:** what has no form in JSON.
pub(super) fn write(value: &Val, leash: &Leash) -> Result<Box<RawValue>, ToolError> {
    let mut text = String::new();
    put(&mut text, value, leash, 0)?;
    RawValue::from_string(text).map_err(|error| ToolError::failed(format!("a result is no JSON: {error}")))
}

fn put(text: &mut String, value: &Val, leash: &Leash, depth: usize) -> Result<(), ToolError> {
    if depth > DEEPEST {
        return Err(ToolError::limit_exceeded(format!("a result is nested deeper than {DEEPEST}")));
    }
    if text.len() > LONGEST {
        return Err(ToolError::limit_exceeded(format!("a result is longer than {LONGEST} bytes")));
    }
    if !leash.step() {
        return Err(ToolError::limit_exceeded("stopped"));
    }
    match value {
        Val::Null => text.push_str("null"),
        Val::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Val::Num(number) => put_number(text, number),
        Val::TStr(bytes) => put_string(text, &String::from_utf8_lossy(bytes)),
        Val::BStr(_) => {
            return Err(ToolError::failed("a result has a byte string, which JSON has no form for")
                .with_help("turn it into text with `@base64` or `tostring`"));
        }
        Val::Arr(array) => {
            text.push('[');
            for (at, value) in array.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                put(text, value, leash, depth + 1)?;
            }
            text.push(']');
        }
        Val::Obj(object) => {
            text.push('{');
            for (at, (key, value)) in object.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                match key {
                    Val::TStr(key) => put_string(text, &String::from_utf8_lossy(key)),
                    key => {
                        let message =
                            format!("a result has the key `{key}`, and JSON has only strings as keys");
                        return Err(ToolError::failed(message).with_help("write `(… | tostring)` as the key"));
                    }
                }
                text.push(':');
                put(text, value, leash, depth + 1)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn put_number(text: &mut String, number: &Num) {
    let _ = match number {
        Num::Int(number) => write!(text, "{number}"),
        Num::BigInt(number) => write!(text, "{number}"),
        Num::Float(number) if number.is_nan() => write!(text, "null"),
        Num::Float(number) if number.is_infinite() => write!(text, "{:?}", f64::MAX.copysign(*number)),
        Num::Float(number) if number.fract() == 0.0 && number.abs() < 1e17 => write!(text, "{number}"),
        Num::Float(number) => write!(text, "{number:?}"),
        // As it was written in the input.
        Num::Dec(digits) => write!(text, "{digits}"),
    };
}

fn put_string(text: &mut String, string: &str) {
    text.push_str(&serde_json::Value::from(string).to_string());
}
