"""From the signed webhook to the mail, and to silence once it is paid."""

import json
import time
from datetime import date, timedelta

from conftest import Cast
from policy import Step
from stack import schedule_prefix, until
from stripe_events import Invoice


def key(invoice: Invoice) -> str:
    return schedule_prefix(f"stripe#default#live#{invoice.customer.id}", invoice.id)


def registered(cast: Cast, invoice: Invoice) -> dict[str, str]:
    schedules = cast.stack.schedules(key(invoice))
    return {schedule["Name"]: schedule["ScheduleExpression"] for schedule in schedules}


def planned(cast: Cast, invoice: Invoice, due: date, steps: list[Step]) -> dict[str, str]:
    return {f"{key(invoice)}-{step.id}": f"at({cast.policy.instant(due, step):%Y-%m-%dT%H:%M:%S})" for step in steps}


def at_rest(cast: Cast, invoice: Invoice) -> tuple[list[dict], dict[str, str], int]:
    """All that could change, once nothing has for three seconds."""

    def look() -> tuple[list[dict], dict[str, str], int]:
        customer = invoice.customer
        return cast.stack.file(customer.id), registered(cast, invoice), len(cast.stack.mails(customer.email))

    def still() -> tuple[list[dict], dict[str, str], int] | None:
        before = look()
        time.sleep(3)
        return before if look() == before else None

    return until(still, "no change for three seconds")


def reminded(cast: Cast) -> list[dict]:
    # Its sender is nobody else's: one that is killed takes along no knock but its own.
    deadline = cast.seconds_to_sending() + 60
    return until(lambda: cast.stack.mails(cast.reminded.customer.email), "the reminder is sent", deadline)


def test_a_signed_webhook_registers_one_schedule_for_each_coming_reminder(cast: Cast) -> None:
    invoice = cast.moved
    plan = planned(cast, invoice, invoice.due, cast.policy.steps)
    until(lambda: registered(cast, invoice) == plan, f"these schedules: {plan}")
    schedule = cast.stack.schedules(key(invoice))[0]
    debtor = f"stripe#default#live#{invoice.customer.id}"
    assert json.loads(schedule["Target"]["Input"]) == {"debtor": debtor, "invoice": invoice.id}
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert schedule["FlexibleTimeWindow"]["Mode"] == "FLEXIBLE"
    assert schedule["Target"]["DeadLetterConfig"]["Arn"].endswith(
        cast.stack.outputs["KnockDeadLetterUrl"].rsplit("/", 1)[1]
    )


def test_a_moved_due_date_moves_its_schedules(cast: Cast) -> None:
    later = cast.moved.due + timedelta(6)
    cast.stack.tell(cast.moved.moved(later))
    plan = planned(cast, cast.moved, later, cast.policy.steps)
    until(lambda: registered(cast, cast.moved) == plan, f"these schedules: {plan}")


def test_a_reminder_whose_date_has_come_is_sent_once_and_the_others_wait(cast: Cast) -> None:
    (mail,) = reminded(cast)
    assert cast.policy.steps[0].sender in mail["Source"]
    assert cast.reminded.number in mail["BodyText"]
    assert cast.reminded.number in mail["BodyHtml"]
    assert cast.reminded.url in mail["BodyText"]
    assert cast.reminded.url in mail["BodyHtml"]
    coming = planned(cast, cast.reminded, cast.reminded.due, cast.policy.steps[1:])
    until(lambda: registered(cast, cast.reminded) == coming, f"these schedules: {coming}")


def test_a_duplicate_or_an_older_delivery_changes_nothing(cast: Cast) -> None:
    reminded(cast)
    before = at_rest(cast, cast.reminded)
    cast.stack.tell(cast.reminded.finalized(event_id="evt_reminded"))
    cast.stack.tell(cast.reminded.finalized())  # the same fact under another id
    cast.stack.tell(cast.reminded.draft())
    cast.stack.sweep()
    assert at_rest(cast, cast.reminded) == before


def test_the_payment_deletes_the_schedules_that_are_left(cast: Cast) -> None:
    reminded(cast)
    cast.stack.tell(cast.reminded.paid())
    until(lambda: not registered(cast, cast.reminded), "no schedules")
    cast.stack.tell(cast.reminded.finalized())  # comes late, wakes nothing up
    cast.stack.sweep()
    _, schedules, mails = at_rest(cast, cast.reminded)
    assert (schedules, mails) == ({}, 1)


def test_an_invoice_paid_before_its_date_is_never_chased(cast: Cast) -> None:
    cast.await_sending()
    cast.stack.sweep()
    _, schedules, mails = at_rest(cast, cast.paid_in_time)
    assert (schedules, mails) == ({}, 0)


def test_a_payment_that_came_before_its_invoice_keeps_it_quiet(cast: Cast) -> None:
    cast.await_sending()
    cast.stack.sweep()
    _, schedules, mails = at_rest(cast, cast.overtaken)
    assert (schedules, mails) == ({}, 0)
