//! What an answer's body can suffer.

use crate::Dice;
use serde_json::{Value, json};

/// Flips one to four bits anywhere.
pub(crate) fn flip_bits(body: &mut [u8], dice: &mut Dice) {
    for _ in 0..=dice.below(4) {
        let at = dice.below(body.len());
        if let Some(byte) = body.get_mut(at) {
            *byte ^= 1 << dice.below(8);
        }
    }
}

/// Changes one letter of a sealed text and leaves the JSON around it alone. False where there is none.
pub(crate) fn flip_sealed(body: &mut Value, dice: &mut Dice) -> bool {
    let Some(Value::String(text)) = any(body, dice, &|_, value| value.as_str().is_some_and(is_sealed)) else {
        return false;
    };
    let at = 5 + dice.below(text.len() - 5);
    let other = char::from(LETTERS[dice.below(LETTERS.len())]);
    text.replace_range(at..=at, other.encode_utf8(&mut [0; 4]));
    true
}

/// Puts another sealed text in the place of one. False where there is none.
pub(crate) fn replace_sealed(body: &mut Value, with: String, dice: &mut Dice) -> bool {
    match any(body, dice, &|_, value| value.as_str().is_some_and(is_sealed)) {
        Some(text) => {
            *text = Value::String(with);
            true
        }
        None => false,
    }
}

/// A sealed text somewhere in a body.
pub(crate) fn sealed_in(body: &mut Value, dice: &mut Dice) -> Option<String> {
    any(body, dice, &|_, value| value.as_str().is_some_and(is_sealed))?
        .as_str()
        .map(str::to_owned)
}

/// Changes the structure: fields swapped, deleted and replaced, elements removed, doubled and put in another order.
/// False where there is nothing to change.
pub(crate) fn disarrange(body: &mut Value, dice: &mut Dice) -> bool {
    match dice.below(8) {
        0 => elements(body, dice, |list, dice| {
            list.remove(dice.below(list.len()));
        }),
        1 => elements(body, dice, |list, dice| {
            let twice = list[dice.below(list.len())].clone();
            list.insert(dice.below(list.len() + 1), twice);
        }),
        2 => elements(body, dice, |list, dice| dice.shuffle(list)),
        3 | 4 => elements(body, dice, |list, dice| swap_a_field(list, dice)),
        5 => match any(body, dice, &|_, value| {
            value.as_object().is_some_and(|o| !o.is_empty())
        }) {
            Some(Value::Object(object)) => {
                let keys: Vec<String> = object.keys().cloned().collect();
                dice.pick(&keys).is_some_and(|key| object.remove(key).is_some())
            }
            _ => false,
        },
        6 => {
            let other = any(body, dice, &|_, value| !value.is_object() && !value.is_array())
                .map_or(Value::Null, |value| value.clone());
            replace_scalar(body, other, dice)
        }
        _ => {
            let junk = [
                Value::Null,
                json!(0),
                json!(-1),
                json!(1e300),
                json!(""),
                json!("x"),
                json!(true),
                json!([]),
                json!({}),
                json!("<hidden-by-infisical>"),
                json!("personal"),
                json!("/"),
                json!("/coffer/log/0"),
                json!("A".repeat(9000)),
            ];
            let junk = dice.pick(&junk).cloned().unwrap_or_default();
            replace_scalar(body, junk, dice)
        }
    }
}

/// Two elements of a list exchange one field.
fn swap_a_field(list: &mut [Value], dice: &mut Dice) {
    let (one, other) = (dice.below(list.len()), dice.below(list.len()));
    let keys: Vec<String> = list[one]
        .as_object()
        .map(|object| object.keys().cloned().collect())
        .unwrap_or_default();
    // What means something most of the time.
    let telling = ["secretValue", "secretKey", "secretPath"];
    let known = telling
        .iter()
        .find(|key| keys.iter().any(|k| k == *key) && dice.permille(400));
    let key = known
        .map(|key| (*key).to_owned())
        .or_else(|| dice.pick(&keys).cloned());
    if let Some(key) = key {
        let moved = list[one][&key].clone();
        let back = list[other][&key].clone();
        list[one][&key] = back;
        list[other][&key] = moved;
    }
}

fn replace_scalar(body: &mut Value, with: Value, dice: &mut Dice) -> bool {
    match any(body, dice, &|_, value| !value.is_object() && !value.is_array()) {
        Some(place) => {
            *place = with;
            true
        }
        None => false,
    }
}

fn elements(body: &mut Value, dice: &mut Dice, change: impl FnOnce(&mut Vec<Value>, &mut Dice)) -> bool {
    match any(body, dice, &|_, value| {
        value.as_array().is_some_and(|list| !list.is_empty())
    }) {
        Some(Value::Array(list)) => {
            change(list, dice);
            true
        }
        _ => false,
    }
}

type Wanted<'a> = &'a dyn Fn(&str, &Value) -> bool;

/// One value of those that are wanted, anywhere in the body.
fn any<'a>(body: &'a mut Value, dice: &mut Dice, wanted: Wanted<'_>) -> Option<&'a mut Value> {
    let count = count(body, "", wanted);
    let mut left = dice.below(count);
    (count > 0).then(|| nth(body, "", wanted, &mut left)).flatten()
}

fn count(value: &Value, key: &str, wanted: Wanted<'_>) -> usize {
    let below: usize = match value {
        Value::Array(list) => list.iter().map(|value| count(value, "", wanted)).sum(),
        Value::Object(object) => object.iter().map(|(key, value)| count(value, key, wanted)).sum(),
        _ => 0,
    };
    below + usize::from(wanted(key, value))
}

fn nth<'a>(value: &'a mut Value, key: &str, wanted: Wanted<'_>, left: &mut usize) -> Option<&'a mut Value> {
    if wanted(key, value) {
        if *left == 0 {
            return Some(value);
        }
        *left -= 1;
    }
    match value {
        Value::Array(list) => list.iter_mut().find_map(|value| nth(value, "", wanted, left)),
        Value::Object(object) => object
            .iter_mut()
            .find_map(|(key, value)| nth(value, key, wanted, left)),
        _ => None,
    }
}

fn is_sealed(text: &str) -> bool {
    text.len() > 6 && text.starts_with("cf") && text.is_ascii() && text.as_bytes()[4] == b'.'
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
