//! How far it has come, in a file: whoever is interrupted goes on from there.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ledger::{Place, Replanned};
use serde::{Deserialize, Serialize};

#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("cannot read or write {path}: {source}", path = path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path} is not a file of `relance replan`: {source}", path = path.display())]
    NotOurs {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{path} is about `{about}`: delete it to begin anew", path = path.display())]
    AboutAnother { path: PathBuf, about: String },
}

pub(super) struct State {
    file: Option<PathBuf>,
    noted: Noted,
}

/// What stands in the file. Ids of customers are in it, and no address.
#[derive(Serialize, Deserialize)]
struct Noted {
    about: String,
    parts: Vec<Place>,
    items: usize,
    invoices: usize,
    changed: usize,
}

impl State {
    /// From a file, if there is one; or from the beginning.
    pub(super) fn open(file: Option<&Path>, about: &str, parts: u8) -> Result<Self, StateError> {
        let noted = match file.map(fs::read) {
            None => None,
            Some(Err(error)) if error.kind() == ErrorKind::NotFound => None,
            Some(Err(source)) => return Err(StateError::of(file, source)),
            Some(Ok(bytes)) => Some(Self::read(file, &bytes)?),
        };
        if let (Some(path), Some(noted)) = (file, &noted)
            && noted.about != about
        {
            return Err(StateError::AboutAnother {
                path: path.to_owned(),
                about: noted.about.clone(),
            });
        }
        let noted = noted.unwrap_or_else(|| Noted {
            about: about.to_owned(),
            parts: vec![Place::Start; usize::from(parts)],
            items: 0,
            invoices: 0,
            changed: 0,
        });
        let file = file.map(Path::to_owned);
        Ok(Self { file, noted })
    }

    fn read(file: Option<&Path>, bytes: &[u8]) -> Result<Noted, StateError> {
        serde_json::from_slice(bytes).map_err(|source| StateError::NotOurs {
            path: file.map(Path::to_owned).unwrap_or_default(),
            source,
        })
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.noted.parts
    }

    /// As many as it was begun with.
    pub(super) fn parts(&self) -> u8 {
        u8::try_from(self.noted.parts.len()).unwrap_or(u8::MAX)
    }

    pub(super) fn items(&self) -> usize {
        self.noted.items
    }

    pub(super) fn replanned(&self) -> Replanned {
        let Noted {
            invoices, changed, ..
        } = self.noted;
        Replanned { invoices, changed }
    }

    /// Notes a page that is done. The file is always whole: it is written beside, and put in its place.
    pub(super) fn note(
        &mut self,
        part: usize,
        place: Place,
        items: usize,
        replanned: Replanned,
    ) -> Result<(), StateError> {
        if let Some(known) = self.noted.parts.get_mut(part) {
            *known = place;
        }
        self.noted.items += items;
        self.noted.invoices += replanned.invoices;
        self.noted.changed += replanned.changed;
        let Some(file) = &self.file else {
            return Ok(());
        };
        let beside = file.with_extension("new");
        let text = serde_json::to_string(&self.noted).expect("names and numbers");
        fs::write(&beside, text)
            .and_then(|()| fs::rename(&beside, file))
            .map_err(|source| StateError::of(Some(file), source))
    }

    /// All is done.
    pub(super) fn close(self) -> Result<(), StateError> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        match fs::remove_file(file) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                Err(StateError::of(Some(file), source))
            }
            _ => Ok(()),
        }
    }
}

impl StateError {
    fn of(file: Option<&Path>, source: std::io::Error) -> Self {
        let path = file.map(Path::to_owned).unwrap_or_default();
        Self::File { path, source }
    }
}
