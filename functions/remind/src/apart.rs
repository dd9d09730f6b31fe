//! A way that is long.

use std::pin::Pin;

/// What need not lie in the future of whoever waits for it.
pub(crate) type Apart<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
