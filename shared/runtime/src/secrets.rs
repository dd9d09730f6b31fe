//! Webhook secrets, and keys to ask billing tools by: SSM SecureStrings, read at the start, and read again every five minutes, so that a rotation
//! needs no deployment.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use dunning::value::SourceName;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;

const FRESH: SignedDuration = SignedDuration::from_mins(5);
/// A wrong signature may mean that the secret was rotated a moment ago; but strangers send wrong
/// signatures too, and must not make us read SSM for each.
const REFRESH_AT_MOST: SignedDuration = SignedDuration::from_mins(1);

/// What SSM gives in one answer.
const MOST_AT_ONCE: usize = 10;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Nobody has put one.
    #[error("there is no SSM parameter {0}: put the webhook's secret there")]
    Missing(String),
    /// SSM did not answer as it should.
    #[error("SSM did not answer as it should ({0}): try again later")]
    Unavailable(String),
}

/// The secrets, as read from SSM. A value holds one secret a line.
#[derive(Clone)]
pub struct SecretStore {
    ssm: aws_sdk_ssm::Client,
    prefix: String,
    clock: Clock,
    cache: Arc<Mutex<HashMap<SourceName, Cached>>>,
}

#[derive(Clone)]
struct Cached {
    /// None: there is none.
    value: Option<Arc<str>>,
    read_at: Timestamp,
}

impl fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretStore")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl SecretStore {
    /// Secrets below a path of the Parameter Store.
    pub fn new(ssm: aws_sdk_ssm::Client, prefix: impl Into<String>, clock: Clock) -> Self {
        Self {
            ssm,
            prefix: prefix.into(),
            clock,
            cache: Arc::default(),
        }
    }

    /// Reads the secrets of all these sources ahead. Gives those that have one; what cannot be read now is read
    /// when a webhook comes.
    pub async fn read_ahead<'s>(
        &self,
        sources: impl IntoIterator<Item = &'s SourceName>,
    ) -> Vec<SourceName> {
        let sources: Vec<&SourceName> = sources.into_iter().collect();
        let mut found = Vec::new();
        for sources in sources.chunks(MOST_AT_ONCE) {
            let names = sources.iter().map(|source| self.name(source)).collect();
            let request = self.ssm.get_parameters().set_names(Some(names));
            let Ok(answer) = request.with_decryption(true).send().await else {
                continue;
            };
            for parameter in answer.parameters.unwrap_or_default() {
                let (Some(name), Some(value)) = (parameter.name, parameter.value) else {
                    continue;
                };
                if let Some(source) = sources.iter().find(|source| self.name(source) == name) {
                    self.keep(source, Some(value.into()));
                    found.push((*source).clone());
                }
            }
            let absent = answer.invalid_parameters.unwrap_or_default();
            for source in sources {
                if absent.contains(&self.name(source)) {
                    self.keep(source, None);
                }
            }
        }
        found
    }

    /// The secret of a source. One that was read is good for five minutes, and longer while SSM
    /// does not answer.
    pub async fn get(&self, source: &SourceName) -> Result<Arc<str>, SecretError> {
        // Whoever put one a moment ago waits for nobody's memory of none.
        let cached = self.cached(source).and_then(|cached| {
            let age = self.age(&cached);
            Some((cached.value?, age))
        });
        match cached {
            Some((value, age)) if age < FRESH => Ok(value),
            Some((value, _)) => match self.read(source).await {
                Err(SecretError::Unavailable(why)) => {
                    tracing::warn!(%source, error = why, "secret not refreshed");
                    Ok(value)
                }
                result => result,
            },
            None => self.read(source).await,
        }
    }

    /// The secret of a source, if it has one. That there is none is remembered for five minutes, too.
    pub async fn find(&self, source: &SourceName) -> Result<Option<Arc<str>>, SecretError> {
        let cached = self.cached(source);
        if let Some(cached) = &cached
            && self.age(cached) < FRESH
        {
            return Ok(cached.value.clone());
        }
        match (self.read(source).await, cached) {
            (Ok(value), _) => Ok(Some(value)),
            (Err(SecretError::Missing(_)), _) => {
                self.keep(source, None);
                Ok(None)
            }
            (Err(SecretError::Unavailable(why)), Some(cached)) => {
                tracing::warn!(%source, error = why, "secret not refreshed");
                Ok(cached.value)
            }
            (Err(error), None) => Err(error),
        }
    }

    /// After a signature that did not match: the secret, if it has changed since it was read.
    pub async fn changed(&self, source: &SourceName) -> Result<Option<Arc<str>>, SecretError> {
        match self.cached(source) {
            Some(cached) if self.age(&cached) >= REFRESH_AT_MOST => {
                let value = self.read(source).await?;
                Ok((Some(&value) != cached.value.as_ref()).then_some(value))
            }
            _ => Ok(None),
        }
    }

    async fn read(&self, source: &SourceName) -> Result<Arc<str>, SecretError> {
        let name = self.name(source);
        let request = self.ssm.get_parameter().name(&name).with_decryption(true);
        let answer = request.send().await.map_err(|error| match &error {
            SdkError::ServiceError(service) if service.err().is_parameter_not_found() => {
                SecretError::Missing(name.clone())
            }
            error => SecretError::Unavailable(error.code().unwrap_or("no answer").to_owned()),
        })?;
        let value = answer.parameter.and_then(|parameter| parameter.value);
        let value: Arc<str> = value.ok_or(SecretError::Missing(name))?.into();
        self.keep(source, Some(value.clone()));
        Ok(value)
    }

    fn name(&self, source: &SourceName) -> String {
        format!("{}/{source}", self.prefix)
    }

    fn keep(&self, source: &SourceName, value: Option<Arc<str>>) {
        let read_at = self.clock.now();
        self.lock()
            .insert(source.clone(), Cached { value, read_at });
    }

    fn cached(&self, source: &SourceName) -> Option<Cached> {
        self.lock().get(source).cloned()
    }

    fn age(&self, cached: &Cached) -> SignedDuration {
        self.clock.now().duration_since(cached.read_at)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SourceName, Cached>> {
        // A map of strings is whole after any panic.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
