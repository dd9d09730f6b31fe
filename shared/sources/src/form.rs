//! `application/x-www-form-urlencoded` bodies, as JSON: `a[b][c]=d` becomes `{"a": {"b": {"c": "d"}}}`,
//! and `a[]=b&a[]=c` becomes `{"a": ["b", "c"]}`.

use jaq_json::Val;
use serde_json::{Map, Value};

/// No tool nests deeper; a body that does would only exhaust the stack.
const DEEPEST: usize = 16;

/// Reads a body. All values are text; a name that stands twice has its last value.
pub(crate) fn parse(body: &[u8]) -> Result<Val, String> {
    let mut root = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        let path = path(&name)?;
        insert(&mut root, &path, value.into_owned())
            .ok_or("a name is both a value and a group or a list of values")?;
    }
    jaq_json::read::parse_single(Value::Object(root).to_string().as_bytes())
        .map_err(|why| why.to_string())
}

/// `a[b][c]` is a, b, c.
fn path(name: &str) -> Result<Vec<&str>, String> {
    let (first, rest) = name.split_once('[').unwrap_or((name, ""));
    let mut path = vec![first];
    if !rest.is_empty() || name.ends_with('[') {
        let inner = rest
            .strip_suffix(']')
            .ok_or("a name has a bracket without its other half")?;
        path.extend(inner.split("]["));
    }
    if path.len() > DEEPEST {
        return Err(format!("a name is nested more than {DEEPEST} deep"));
    }
    Ok(path)
}

fn insert(into: &mut Map<String, Value>, path: &[&str], value: String) -> Option<()> {
    match path {
        [] => None,
        [name] => match into.insert((*name).to_owned(), Value::String(value)) {
            None | Some(Value::String(_)) => Some(()),
            Some(_) => None,
        },
        [name, ""] => into
            .entry((*name).to_owned())
            .or_insert_with(|| Value::Array(Vec::new()))
            .as_array_mut()
            .map(|list| list.push(Value::String(value))),
        [name, rest @ ..] => into
            .entry((*name).to_owned())
            .or_insert_with(|| Value::Object(Map::new()))
            .as_object_mut()
            .and_then(|inner| insert(inner, rest, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<String, String> {
        parse(body.as_bytes()).map(|value| value.to_string())
    }

    #[test]
    fn brackets_nest_and_escapes_are_undone() {
        let body =
            "id=81&event=payment_success&payload[site][id]=4&payload%5Bnote%5D=a+b%26c%C3%A9";
        let wanted = r#"{"event":"payment_success","id":"81","payload":{"note":"a b&cé","site":{"id":"4"}}}"#;
        assert_eq!(read(body).as_deref(), Ok(wanted));
    }

    #[test]
    fn a_list_keeps_all_of_its_values() {
        let body = "payload[uids][]=a&payload[uids][]=b&id=1&id=2";
        let wanted = r#"{"id":"2","payload":{"uids":["a","b"]}}"#;
        assert_eq!(read(body).as_deref(), Ok(wanted));
    }

    #[test]
    fn what_cannot_be_nested_is_refused() {
        for bad in [
            "a[b=1",
            "a=1&a[b]=2",
            "a=1&a[]=2",
            "a[]=2&a=1",
            "a[]=1&a[b]=2",
            "a[b]=2&a=1",
            &format!("a{}=1", "[b]".repeat(40)),
        ] {
            assert!(read(bad).is_err(), "{bad} was taken");
        }
    }
}
