//! `relance schema`: what an editor needs to complete and check `relance.toml`.

use dunning::policy::SCHEMA;

pub(crate) fn run() {
    print!("{SCHEMA}");
}
