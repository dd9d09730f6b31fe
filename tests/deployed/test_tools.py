"""Every life of every billing tool, through `relance dev`."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import tools
from test_dev_server import ROOT, Dev

LIVES = [(tool, name) for tool in tools.TOOLS for name in tools.lives(tool)]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' policy, with every tool connected."""
    folder = tmp_path_factory.mktemp("policy")
    shutil.copytree(ROOT / "tests/fixtures/policy", folder, dirs_exist_ok=True)
    with (folder / "relance.toml").open("a") as policy:
        for tool in tools.TOOLS:
            if tool != "stripe":
                lines = f'mode = "live"\ntime_zone = "Europe/Paris"\nurl = "{tools.URL}"'
                policy.write(f"\n[sources.{tool}]\n{lines}\n")
    return folder


@pytest.mark.parametrize(("tool", "name"), LIVES, ids=[f"{tool}: {name}" for tool, name in LIVES])
def test_each_life_of_each_tool_leaves_the_right_file(binary: str, policy: Path, tool: str, name: str) -> None:
    life = tools.lives(tool)[name]
    secret = f"{tool}={tools.SECRETS[tool]}"
    command = [binary, "dev", "--live", "--listen", "127.0.0.1:0", "--at", "2027-01-01T10:00:00Z"]
    command += ["--policy", str(policy), "--secret", secret]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        dev = Dev(server.stdout.readline().split()[-1])
        try:
            for step in life["events"]:
                request = tools.request(tool, step)
                status, text = dev.post(request.path, request.body, **request.headers)
                assert status == 200, f"{step}: {text}"
                assert "inbox" not in text, step
            place = f"?account={life['account']}" if "account" in life else ""
            file = json.loads(dev.get(f"/_local/files/{tool}/{life['customer']}{place}"))
        finally:
            server.kill()
    facts = [invoice["facts"] for invoice in [*file["open"].values(), *file["closed"]]]
    (found,) = [facts for facts in facts if facts["id"] == life["invoice"]]
    assert (found["status"], found["remaining"]["minor"]) == (life["status"], life["remaining"])
    held = [invoice["outlook"] for invoice in file["open"].values()] == [{"held": "reopened"}]
    assert held == life.get("held", False)
