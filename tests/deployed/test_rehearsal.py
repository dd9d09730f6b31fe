"""From a rehearsal to live: no debtor is written to before, the ladder begins right after, nothing is doubled."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from conftest import Cast
from stack import Stack, until

TEAM = "team@example.com"


def redirect(stack: Stack, whom: str) -> None:
    """As an update of the stack with this `RedirectAllTo` does, and the hourly sweep after it."""
    for function in ("Remind", "Sweep"):
        stack.set_environment(function, REDIRECT_ALL_TO=whom)
    stack.sweep()


@pytest.fixture
def rehearsal(cast: Cast) -> Iterator[Cast]:
    cast.await_sending()
    redirect(cast.stack, "team")
    yield cast
    redirect(cast.stack, "live")


def test_a_debtor_is_written_to_once_and_not_before_it_is_live(rehearsal: Cast) -> None:
    stack = rehearsal.stack
    late = rehearsal.policy.today - timedelta(5)  # so its first reminder is due at once
    invoice = rehearsal.invoice("rehearsed", late)
    debtor = invoice.customer.email
    stack.tell(invoice.finalized())

    def rehearsed() -> list[dict]:
        return [mail for mail in stack.mails(TEAM) if mail["Subject"].startswith(f"[to {debtor}] ")]

    (copy,) = until(rehearsed, "the mail goes to the team")
    assert invoice.number in copy["BodyText"]
    stack.sweep()
    assert not stack.mails(debtor)
    redirect(stack, "live")
    (mail,) = until(lambda: stack.mails(debtor), "the mail goes to the debtor")
    assert copy["Subject"] == f"[to {debtor}] {mail['Subject']}"
    for _ in range(2):
        stack.sweep()
    assert (len(stack.mails(debtor)), len(rehearsed())) == (1, 1)
    # Who was written to before the rehearsal is not written to again.
    assert len(stack.mails(rehearsal.reminded.customer.email)) == 1
