//! The pages and mails, as files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

/// Where the mails lie, beside the pages that show them.
pub(super) const MAILS: &str = "mails";

/// Why they cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("--out: cannot write to {path}: {source}", path = path.display())]
pub(crate) struct Unwritten {
    path: PathBuf,
    source: std::io::Error,
}

/// What is to be written, by the names of the files.
#[derive(Default)]
pub(super) struct Files {
    pages: BTreeMap<String, String>,
    mails: BTreeMap<String, String>,
}

impl Files {
    pub(super) fn pages(&self) -> usize {
        self.pages.len()
    }

    pub(super) fn mails(&self) -> usize {
        self.mails.len()
    }

    pub(super) fn add_mails(&mut self, mails: BTreeMap<String, String>) {
        self.mails.extend(mails);
    }

    /// Fills in a page.
    pub(super) fn add_page(&mut self, name: &str, template: &str, shown: &impl Serialize) {
        let page = PAGES.get_template(template);
        let page = page.and_then(|page| page.render(context! { page => Serde(shown) }));
        // The templates are built in, and a test fills in each.
        let page = page.expect("the built-in pages can be filled in");
        self.pages.insert(name.to_owned(), page);
    }

    #[cfg(test)]
    pub(super) fn page(&self, name: &str) -> &str {
        &self.pages[name]
    }

    /// Writes them, in place of what has their names. Gives the first page to open.
    pub(super) fn write(&self, folder: &Path) -> Result<PathBuf, Unwritten> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| Unwritten { path, source }
        };
        let mails = folder.join(MAILS);
        fs::create_dir_all(&mails).map_err(failed(&mails))?;
        for (folder, files) in [(folder, &self.pages), (&mails, &self.mails)] {
            for (name, text) in files {
                let path = folder.join(name);
                fs::write(&path, text).map_err(failed(&path))?;
            }
        }
        Ok(folder.join("index.html"))
    }
}

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, text) in [
        ("frame.html", include_str!("pages/frame.html.j2")),
        ("index.html", include_str!("pages/index.html.j2")),
        ("sheet.html", include_str!("pages/sheet.html.j2")),
        ("look.css", include_str!("pages/look.css")),
    ] {
        let added = environment.add_template(name, text);
        added.expect("the built-in pages can be read");
    }
    environment
});
