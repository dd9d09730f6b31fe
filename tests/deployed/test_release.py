"""The folder of a release, as somebody without Rust has it; and `sam build`, from the folder and from the source."""

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from stack import Stack
from test_dev_server import ROOT

RELEASE = Path(os.environ["RELANCE_RELEASE"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy, without the functions: nothing here looks into them."""
    folder = tmp_path / "relance"
    shutil.copytree(RELEASE, folder, ignore=shutil.ignore_patterns("functions", ".aws-sam"))
    (folder / "functions").symlink_to(RELEASE / "functions")
    return folder


def sam_build(folder: Path, *options: str, **environment: str) -> tuple[int, str]:
    """Without what the tests themselves build by."""
    known = {name: value for name, value in os.environ.items() if name not in ("RELANCE", "CHECK")}
    done = subprocess.run(
        ["sam", "build", *options],  # noqa: S607
        cwd=folder,
        env=known | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout


def no_rust(folder: Path) -> str:
    """A path on which no cargo is found."""
    tools = folder / "tools"
    tools.mkdir()
    for tool in ("sam", "make", "sh", "cat", "cp", "rm", "dirname"):
        found = shutil.which(tool)
        assert found, tool
        (tools / tool).symlink_to(found)
    return str(tools)


def test_a_release_is_built_without_rust_once_its_policy_is_sound(folder: Path) -> None:
    path = no_rust(folder)
    code, said = sam_build(folder, PATH=path)
    assert code != 0
    assert 'company.name = "Example SAS" is the example\'s: put your own' in said
    assert "relance: not ready to deploy: " in said
    code, said = sam_build(folder, PATH=path, CHECK="--example")
    assert code == 0, said
    assert "relance.toml: ready to deploy" in said
    built = folder / ".aws-sam/build"
    assert [entry.name for entry in sorted(built.iterdir())] == ["Policy", "template.yaml"]
    assert (built / "Policy/relance.toml").read_text() == (folder / "policy/relance.toml").read_text()


def test_each_environment_has_the_policy_that_is_its_own(folder: Path) -> None:
    shutil.copytree(folder / "policy", folder / "policy-staging")
    policy = folder / "policy-staging/relance.toml"
    policy.write_text(policy.read_text().replace("due + 10 days", "due + 12 days"))
    for options in ([], ["--config-env", "staging"]):
        code, said = sam_build(folder, *options, CHECK="--example")
        assert code == 0, said
    for build, days in (("build", "due + 10 days"), ("staging", "due + 12 days")):
        assert days in (folder / ".aws-sam" / build / "Policy/relance.toml").read_text()
    # What is wrong in one environment's policy stops that one.
    policy.write_text(policy.read_text().replace("due + 12 days", "12 days"))
    code, said = sam_build(folder, "--config-env", "staging", CHECK="--example")
    assert code != 0
    assert "12 days" in said
    assert sam_build(folder, CHECK="--example")[0] == 0


def test_sam_build_makes_of_the_source_what_the_release_has(binary: str, tmp_path: Path) -> None:
    template = ["--template", str(ROOT / "infra/template.yaml"), "--build-dir", str(tmp_path)]
    here = os.environ["RELANCE_ARCHITECTURE"]
    code, said = sam_build(ROOT, *template, RELANCE=binary, CHECK="--example", ARCHITECTURE=here)
    assert code == 0, said
    archives = list((RELEASE / "functions").glob("*.zip"))
    assert len(archives) == 6
    for archive in archives:
        with zipfile.ZipFile(archive) as zipped:
            released = zipped.read("bootstrap")
        assert (tmp_path / archive.stem.capitalize() / "bootstrap").read_bytes() == released, archive.name


def test_whatever_the_pages_of_a_release_refer_to_is_in_its_folder() -> None:
    pages = [RELEASE / "README.md", *(RELEASE / "docs").rglob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\((?!https:|#)([^)#]+)", page.read_text())]
    assert (RELEASE / "README.md", "docs/infra/UPGRADE.md") in links
    assert [(page, link) for page, link in links if not page.parent.joinpath(link).exists()] == []


def test_a_repository_to_begin_with_says_what_production_has_no_default_for() -> None:
    settings = tomllib.loads((RELEASE / "starter/samconfig.toml").read_text())
    said = settings["default"]["deploy"]["parameters"]["parameter_overrides"]
    assert [override.split("=")[0] for override in said] == ["AlarmAddress", "RedirectAllTo"]


def test_a_repository_to_begin_with_takes_the_release_it_names_and_deploys_staging(tmp_path: Path) -> None:
    archive = tmp_path / "relance.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
        packed.add(RELEASE, "relance-0", filter=lambda entry: None if ".aws-sam" in entry.name else entry)
    repository = tmp_path / "repository"
    shutil.copytree(RELEASE / "starter", repository)

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        known = os.environ | {"CHECK": "--example"}
        return subprocess.run(command, cwd=repository, env=known, capture_output=True, text=True, check=False)

    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    for sha256, code in (("0" * 64, 1), (checksum, 0)):
        (repository / "release.env").write_text(f"ARCHIVE=file://{archive}\nSHA256={sha256}\n")
        fetched = run("./get-release")
        assert fetched.returncode == code, fetched.stderr
        assert (repository / "release/template.yaml").exists() == (code == 0)
    # The emulator knows no archives of events.
    overrides = ["PolicyFolder=policy-staging", "AlarmAddress=none", "MailEventDays=0"]
    deployed = run("./deploy", "staging", "--parameter-overrides", *overrides)
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    formation = Stack.client("cloudformation")
    (stack,) = formation.describe_stacks(StackName="relance-staging")["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs["PolicyFolder"] == "policy-staging"
    formation.delete_stack(StackName="relance-staging")
