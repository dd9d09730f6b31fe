//! An HTTP request, as far as a billing tool is to be known by it.

use crate::error::SignatureError;

/// A webhook as it came: nothing in it is to be trusted yet.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// Names, which have no case, and values.
    pub headers: &'r [(&'r str, &'r str)],
    /// The parameters behind the `?` of the address.
    pub query: &'r [(&'r str, &'r str)],
    /// The raw bytes.
    pub body: &'r [u8],
}

impl<'r> Request<'r> {
    /// Without parameters in its address.
    pub fn new(headers: &'r [(&'r str, &'r str)], body: &'r [u8]) -> Self {
        Self {
            headers,
            query: &[],
            body,
        }
    }

    /// The value of a header that stands once, or not at all.
    pub(crate) fn header(&self, name: &str) -> Result<Option<&'r str>, SignatureError> {
        let mut values = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value);
        match (values.next(), values.next()) {
            (Some(_), Some(_)) => Err(SignatureError::Twice {
                header: name.to_owned(),
            }),
            (value, _) => Ok(value),
        }
    }

    pub(crate) fn required_header(&self, name: &str) -> Result<&'r str, SignatureError> {
        self.header(name)?.ok_or_else(|| SignatureError::Missing {
            header: name.to_owned(),
        })
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&'r str> {
        let mut query = self.query.iter();
        query
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }
}
