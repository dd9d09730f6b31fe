//! Bodies are kept packed.

use std::io::{self, Read, Write};

use dunning::limits::{INBOX_BODY, WEBHOOK_BODY};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// A body as gzip: made once a delivery, however much of it is kept, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed(Vec<u8>);

impl Packed {
    /// The fastest way: the tool waits.
    pub(crate) fn of(body: &[u8]) -> Self {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        let packed = gzip.write_all(body).and_then(|()| gzip.finish());
        Self(packed.expect("memory takes all that is written"))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// For the inbox: none if it is too large for an item even so.
    pub(crate) fn for_the_inbox(&self) -> Option<Vec<u8>> {
        Some(self.0.clone()).filter(|packed| packed.len() <= INBOX_BODY)
    }
}

/// The body that was packed.
pub fn unpacked(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let longest = u64::try_from(WEBHOOK_BODY).unwrap_or(u64::MAX);
    GzDecoder::new(packed)
        .take(longest)
        .read_to_end(&mut body)?;
    Ok(body)
}
