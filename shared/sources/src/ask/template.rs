//! Texts of a request with slots in them, as `/v1/invoices/{invoice}`. What goes into a slot is escaped for
//! where it stands, so that no id breaks out of a path or a query.

use serde::Deserialize;
use serde_json::Value;

use crate::slots::{self, Part};

/// A text, and what stands between its pieces.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Slot(Slot),
}

/// What a request is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The tool's id of the invoice.
    Invoice,
    /// The tool's id of the customer.
    Customer,
    /// `account` in the policy's section of the source.
    Account,
    /// The account that the tool's own events name.
    Realm,
    /// Since when, in Unix seconds.
    Since,
}

impl Slot {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "invoice" => Self::Invoice,
            "customer" => Self::Customer,
            "account" => Self::Account,
            "realm" => Self::Realm,
            "since" => Self::Since,
            _ => return None,
        })
    }
}

/// Why a request cannot be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfilled {
    /// There is nothing for the slot.
    Empty(Slot),
    /// It cannot stand there, however it is written.
    Odd(Slot),
}

/// What each slot holds.
pub(crate) type Fill<'a> = dyn Fn(Slot) -> Option<&'a str> + 'a;

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = |name: &str| {
            Slot::parse(name).ok_or_else(|| {
                format!(
                    "`{{{name}}}` is none of {{invoice}}, {{customer}}, {{since}}, {{account}} and {{realm}}"
                )
            })
        };
        let pieces = slots::parts(&text)?.into_iter().map(|part| match part {
            Part::Text(text) => Ok(Piece::Text(text.to_owned())),
            Part::Slot(name) => known(name).map(Piece::Slot),
        });
        Ok(Self(pieces.collect::<Result<_, String>>()?))
    }
}

impl Template {
    /// Whether it has that slot.
    pub(crate) fn names(&self, slot: Slot) -> bool {
        self.0.contains(&Piece::Slot(slot))
    }

    fn slots(&self) -> Vec<Slot> {
        let pieces = self.0.iter();
        let slots = pieces.filter_map(|piece| match piece {
            Piece::Slot(slot) => Some(*slot),
            Piece::Text(_) => None,
        });
        slots.collect()
    }

    /// Whether its own text is a path that leads nowhere else.
    pub(crate) fn is_safe_path(&self) -> bool {
        let first = matches!(self.0.first(), Some(Piece::Text(text)) if text.starts_with('/'));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
        let texts = self.0.iter().all(|piece| match piece {
            Piece::Text(text) => text.chars().all(is_plain) && !text.contains(".."),
            Piece::Slot(_) => true,
        });
        first && texts
    }

    fn filled(
        &self,
        fill: &Fill<'_>,
        written: impl Fn(Slot, &str) -> Result<String, Unfilled>,
    ) -> Result<String, Unfilled> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Slot(slot) => {
                    let value = fill(*slot).ok_or(Unfilled::Empty(*slot))?;
                    text.push_str(&written(*slot, value)?);
                }
            }
        }
        Ok(text)
    }

    /// As a path. A part that is nothing but dots leads elsewhere, even when they are escaped.
    pub(crate) fn path(&self, fill: &Fill<'_>) -> Result<String, Unfilled> {
        self.filled(fill, |slot, value| {
            if value.chars().all(|c| c == '.') {
                return Err(Unfilled::Odd(slot));
            }
            Ok(escaped(value))
        })
    }

    /// As it is, for a query that is escaped afterwards.
    pub(crate) fn plain(&self, fill: &Fill<'_>) -> Result<String, Unfilled> {
        self.filled(fill, |_, value| Ok(value.to_owned()))
    }

    /// As a header's value.
    pub(crate) fn header(&self, fill: &Fill<'_>) -> Result<String, Unfilled> {
        self.filled(fill, |slot, value| {
            let is_plain = value.chars().all(|c| c.is_ascii_graphic());
            is_plain
                .then(|| value.to_owned())
                .ok_or(Unfilled::Odd(slot))
        })
    }
}

/// A body with its slots filled. A text that is `{invoice:number}` and nothing else becomes a number.
pub(crate) fn body(shape: &Value, fill: &Fill<'_>) -> Result<Value, Unfilled> {
    Ok(match shape {
        Value::String(text) => match number_slot(text) {
            Some(slot) => number(slot, fill)?,
            None => match Template::try_from(text.clone()) {
                Ok(template) => template.plain(fill)?.into(),
                // Checked when the manifest was read.
                Err(_) => text.clone().into(),
            },
        },
        Value::Array(list) => {
            let filled = list.iter().map(|value| body(value, fill));
            Value::Array(filled.collect::<Result<_, _>>()?)
        }
        Value::Object(object) => {
            let filled = object
                .iter()
                .map(|(name, value)| Ok((name.clone(), body(value, fill)?)));
            Value::Object(filled.collect::<Result<_, _>>()?)
        }
        other => other.clone(),
    })
}

/// Each slot of a body, or what is wrong in it.
pub(crate) fn slots_of_body(shape: &Value) -> Result<Vec<Slot>, String> {
    Ok(match shape {
        Value::String(text) => number_slot(text).map_or_else(
            || Template::try_from(text.clone()).map(|template| template.slots()),
            |slot| Ok(vec![slot]),
        )?,
        Value::Array(list) => list
            .iter()
            .map(slots_of_body)
            .collect::<Result<Vec<_>, _>>()?
            .concat(),
        Value::Object(object) => object
            .values()
            .map(slots_of_body)
            .collect::<Result<Vec<_>, _>>()?
            .concat(),
        _ => Vec::new(),
    })
}

fn number_slot(text: &str) -> Option<Slot> {
    Slot::parse(text.strip_prefix('{')?.strip_suffix(":number}")?)
}

fn number(slot: Slot, fill: &Fill<'_>) -> Result<Value, Unfilled> {
    let text = fill(slot).ok_or(Unfilled::Empty(slot))?;
    let number: u64 = text.parse().map_err(|_| Unfilled::Odd(slot))?;
    Ok(number.into())
}

/// Percent-encoded, but for what stands for itself everywhere.
pub(crate) fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Template {
        Template::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn no_id_breaks_out_of_where_it_stands() {
        let path = template("/v1/invoices/{invoice}/pdf");
        let with = |id: &str| path.path(&|_| Some(id)).map_err(|_| "refused");
        assert_eq!(with("in_1-a.b"), Ok("/v1/invoices/in_1-a.b/pdf".to_owned()));
        assert_eq!(
            with("../x?y=1#z&é%"),
            Ok("/v1/invoices/..%2Fx%3Fy%3D1%23z%26%C3%A9%25/pdf".to_owned())
        );
        for dots in [".", "..", "..."] {
            assert_eq!(with(dots), Err("refused"), "{dots}");
        }
        let header = template("{realm}");
        assert_eq!(
            header.header(&|_| Some("é")),
            Err(Unfilled::Odd(Slot::Realm))
        );
        assert_eq!(header.header(&|_| None), Err(Unfilled::Empty(Slot::Realm)));
    }

    #[test]
    fn a_body_is_filled_with_texts_and_numbers_and_stays_json() {
        let shape = serde_json::json!({"domain": [["id", "=", "{invoice:number}"], "{customer}"]});
        let fill = |slot| match slot {
            Slot::Invoice => Some("17"),
            _ => Some("\"]}"),
        };
        assert_eq!(
            body(&shape, &fill).unwrap(),
            serde_json::json!({"domain": [["id", "=", 17], "\"]}"]})
        );
        assert!(body(&shape, &|_| Some("1 OR 1=1")).is_err());
    }

    #[test]
    fn a_slot_that_nobody_knows_is_refused() {
        assert!(Template::try_from("/{bill}".to_owned()).is_err());
        assert!(Template::try_from("/{invoice".to_owned()).is_err());
        assert!(slots_of_body(&serde_json::json!(["{x}"])).is_err());
    }
}
