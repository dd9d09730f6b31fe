"""Writes the package of an empty function: the runtime, the profile and the versions of the workspace, and no work."""

import shutil
import sys
import tomllib
from pathlib import Path

import tomlkit

WORKSPACE = Path(__file__).parents[2]
MAIN = """
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(event.payload))).await
}
"""


def main(folder: Path) -> None:
    workspace = tomllib.loads((WORKSPACE / "Cargo.toml").read_text())
    versions = workspace["workspace"]["dependencies"]
    manifest = {
        "package": {"name": "empty", "edition": workspace["workspace"]["package"]["edition"]},
        "workspace": {},
        "dependencies": {name: versions[name] for name in ("lambda_runtime", "serde_json", "tokio")},
        "profile": {"release": workspace["profile"]["release"]},
    }
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(tomlkit.dumps(manifest))
    (folder / "src" / "main.rs").write_text(MAIN)
    shutil.copy(WORKSPACE / "Cargo.lock", folder / "Cargo.lock")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
