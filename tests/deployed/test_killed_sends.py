"""A function killed in the middle of a send ends in exactly one mail; in two, if nothing was heard of the first."""

import json
import time

import pytest
from conftest import Cast
from ses_front import Kill
from stack import until

DELIVERY_WINDOW_SECONDS = 10  # as deployed by tests/run
REQUESTS_TO_SES = {Kill.BEFORE_SES: 2, Kill.AFTER_SES: 1, Kill.UNHEARD: 2}
MAILS = {Kill.BEFORE_SES: 1, Kill.AFTER_SES: 1, Kill.UNHEARD: 2}


@pytest.mark.parametrize("kill", Kill, ids=lambda kill: kill.value)
def test_a_sender_killed_in_mid_send_ends_in_one_mail_unless_nothing_was_heard(cast: Cast, kill: Kill) -> None:
    customer = cast.killed[kill].customer
    recipient = customer.email

    def sent() -> bool:
        cast.stack.sweep()
        return len(cast.stack.mails(recipient)) == MAILS[kill]

    until(lambda: cast.front.killed.get(recipient), "the sender is killed", cast.seconds_to_sending() + 90)
    until(sent, "the mail is sent", DELIVERY_WINDOW_SECONDS + 60)
    for _ in range(DELIVERY_WINDOW_SECONDS):  # two windows long, whoever knocks
        time.sleep(2)
        cast.stack.sweep()
    assert len(cast.stack.mails(recipient)) == MAILS[kill]
    assert cast.front.requests[recipient] == REQUESTS_TO_SES[kill]
    journal = [item for item in cast.stack.partition(customer.id) if item["SK"]["S"].startswith("JOURNAL#")]
    # What was decided anew is named.
    assert json.dumps(journal).count('"unsettled"') == REQUESTS_TO_SES[kill] - 1
