"""A policy folder for the tests: their own, with every hour and day open and the sending time in a moment."""

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import tomlkit

TESTS = Path(__file__).parents[1] / "fixtures" / "policy"


# Of those alone whose plan says so: the automation is told the day after they were warned.
SUSPENDS = """
[[sequences]]
name = "suspends"
when = "invoice.tags.suspends == 'never by a tag'"

[[sequences.steps]]
id = "warns-1"
on = "due + 1 day"
template = "reminder"
sender = "friendly"

[[sequences.steps]]
id = "suspends-2"
on = "previous + 1 day"
signal = "service.suspend"
undo = "service.resume"
"""


@dataclass(frozen=True)
class Step:
    id: str
    days: int  # after the due date
    sender: str  # address


@dataclass(frozen=True)
class Policy:
    zone: ZoneInfo
    country: str  # that has this one zone
    today: date
    send_at: time
    steps: list[Step]

    def instant(self, due: date, step: Step) -> datetime:
        local = datetime.combine(due + timedelta(step.days), self.send_at, self.zone)
        return local.astimezone(UTC)

    @property
    def sends_at(self) -> datetime:
        """When today's mails leave."""
        return datetime.combine(self.today, self.send_at, self.zone)

    @property
    def due_for_first_step(self) -> date:
        """A due date whose first step falls on today."""
        return self.today - timedelta(self.steps[0].days)


def write(folder: Path, tools: dict[str, str], seconds_ahead: int = 45) -> Policy:
    """Writes the folder. The sending time is a whole minute, so it lies up to a minute further ahead. `tools`: by
    source, the address at which its tool is asked, if there is a key. Each is a Stripe."""
    zone, country = _far_from_midnight()
    sends_at = datetime.now(zone) + timedelta(seconds=seconds_ahead + 60)
    sends_at = sends_at.replace(second=0, microsecond=0)
    shutil.copytree(TESTS, folder, dirs_exist_ok=True)
    text = tomlkit.parse((TESTS / "relance.toml").read_text())
    text["company"]["team"] = "team@example.com"
    text["company"]["time_zone"] = zone.key
    for name, sender in text["senders"].items():
        sender["email"] = f"{name}@example.com"
    text["calendar"] = {
        "send_at": f"{sends_at:%H:%M}",
        "window": ["00:00", "24:00"],
        "weekend": [],
        "holidays": False,
    }
    text["first_contact"]["patience"] = "0 days"  # what comes in now is reminded of today
    for name, address in tools.items():
        text["sources"].setdefault(name, {"tool": "stripe"}).update(mode="live", time_zone=zone.key, api=address)
    (folder / "relance.toml").write_text(tomlkit.dumps(text) + SUSPENDS)
    steps = [
        Step(str(step["id"]), _days(step["on"]), str(text["senders"][step["sender"]]["email"]))
        for step in text["steps"]
    ]
    return Policy(zone, country, sends_at.date(), sends_at.time(), steps)


def _far_from_midnight() -> tuple[ZoneInfo, str]:
    """A country in which today stays today while the tests run."""
    paris, tokyo = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Tokyo")
    by_day = 2 <= datetime.now(paris).hour < 22
    return (paris, "FR") if by_day else (tokyo, "JP")


def _days(on: str) -> int:
    """`due - 15 days`"""
    words = on.split()
    return int(words[1] + words[2]) if len(words) > 1 else 0
