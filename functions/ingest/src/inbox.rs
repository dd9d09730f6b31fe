//! Bodies that made no sense are kept, small enough for an item of the table.

use std::io::Write;

use dunning::limits::INBOX_BODY;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The body as gzip; none if it is too large to keep even so.
pub(crate) fn compress(body: &[u8]) -> Option<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body).ok()?;
    gzip.finish()
        .ok()
        .filter(|packed| packed.len() <= INBOX_BODY)
}
