"""A function killed in the middle of a send ends in exactly one mail."""

import time

import pytest
from conftest import Cast
from ses_front import Kill
from stack import until

SETTLE_WINDOW_SECONDS = 10  # as deployed by tests/run


@pytest.mark.parametrize("kill", Kill, ids=lambda kill: kill.value)
def test_a_sender_killed_in_mid_send_ends_in_exactly_one_mail(cast: Cast, kill: Kill) -> None:
    recipient = cast.killed[kill].customer.email
    requests_to_ses = {Kill.BEFORE_SES: 2, Kill.AFTER_SES: 1}[kill]

    def killed() -> Kill | None:
        if cast.seconds_to_sending() == 0:
            cast.stack.audit()  # the knock may have been lost with another sender's batch
        return cast.front.killed.get(recipient)

    def sent() -> list[dict]:
        cast.stack.audit()
        return cast.stack.mails(recipient)

    until(killed, "the sender is killed", cast.seconds_to_sending() + 90)
    until(sent, "the mail is sent", SETTLE_WINDOW_SECONDS + 60)
    for _ in range(SETTLE_WINDOW_SECONDS):  # two windows long, whoever knocks
        time.sleep(2)
        cast.stack.audit()
    assert len(cast.stack.mails(recipient)) == 1
    assert cast.front.requests[recipient] == requests_to_ses
