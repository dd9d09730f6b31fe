"""Every golden mail, looked at as programs look at it: by axe in Chromium, at a phone's width and at a desk's, on light
and on dark screens; and by SpamAssassin, with the rules that ask nobody."""

import mailbox
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

PAGES = sorted(Path(os.environ["MAIL_PAGES"]).glob("*.html"))
assert PAGES, "no mail was written"

# Neither changes what the other does to a page.
SCREENS = [(320, "light"), (800, "dark")]
MOST_POINTS = 0.5

each_mail = pytest.mark.parametrize("mail", PAGES, ids=lambda page: page.stem)


@pytest.fixture(scope="module")
def screens() -> Iterator[list[Page]]:
    with sync_playwright() as playwright:
        # The pages are our own, and nothing on them is asked of any server.
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield [
            chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            for width, scheme in SCREENS
        ]
        chromium.close()


@each_mail
def test_whoever_cannot_see_well_reads_each_mail(mail: Path, screens: list[Page]) -> None:
    found = []
    for screen, where in zip(screens, SCREENS, strict=True):
        screen.goto(mail.as_uri())
        results = Axe().run(screen, options={"resultTypes": ["violations", "incomplete"]}).response
        # What axe cannot judge, a contrast above all, is no better than what it refuses.
        faults = results["violations"] + results["incomplete"]
        found += [(where, fault["id"], node["html"]) for fault in faults for node in fault["nodes"]]
    assert not found


@each_mail
def test_no_mail_is_wider_than_its_screen(mail: Path, screens: list[Page]) -> None:
    for screen in screens:
        screen.goto(mail.as_uri())
        assert screen.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@each_mail
def test_the_text_part_has_each_figure_that_the_page_shows(mail: Path, screens: list[Page]) -> None:
    screens[0].goto(mail.as_uri())
    shown = set(re.findall(r"\S*\d\S*", screens[0].inner_text("body")))
    told = mail.with_suffix(".txt").read_text()
    assert shown
    assert not [figure for figure in shown if figure.strip(".,;:()") not in told]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What SpamAssassin says of each mail. One process for all: it takes seconds to start."""
    judged = tmp_path_factory.mktemp("mails") / "judged"
    command = ["spamassassin", "--local", "--nocreate-prefs", "--mbox"]
    with judged.open("wb") as answer:
        sent = [as_sent(mail.stem, mail) for mail in PAGES]
        sent.append(as_sent("hidden", PAGES[0], "<p style='color:#ffffff'>white on white</p>"))
        subprocess.run(command, input=b"".join(sent), stdout=answer, check=True)
    return {mail["X-Mail"]: " ".join(mail["X-Spam-Status"].split()) for mail in mailbox.mbox(judged)}


def as_sent(name: str, mail: Path, before: str = "") -> bytes:
    """A mail as SES writes it, for a box of many; with something `before` what its page shows."""
    subject, _, text = mail.with_suffix(".txt").read_text().partition("\n\n")
    message = EmailMessage()
    message["X-Mail"] = name
    message["From"] = "Example SAS <accounts@example.com>"
    message["To"] = "compta@customer.example"
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<0102018c0a-{name}@eu-west-3.amazonses.com>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(re.sub(r"<body[^>]*>", rf"\g<0>{before}", mail.read_text(), count=1), subtype="html")
    return b"From accounts@example.com Thu Jan  1 00:00:00 2026\n" + bytes(message) + b"\n"


def points(verdict: str) -> float:
    score = re.search(r"score=(-?[\d.]+)", verdict)
    assert score, verdict
    return float(score[1])


@each_mail
def test_no_mail_looks_like_spam(mail: Path, verdicts: dict[str, str]) -> None:
    assert points(verdicts[mail.stem]) <= MOST_POINTS, verdicts[mail.stem]


def test_what_looks_like_spam_would_be_found(verdicts: dict[str, str]) -> None:
    assert points(verdicts["hidden"]) > MOST_POINTS, verdicts["hidden"]
