"""Stands in front of the emulator's SES: publishes the events that SES would, and kills a sender in mid-send."""

import http.client
import json
import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from server import Handler, Server


class Kill(Enum):
    """When the process that sends a mail dies."""

    BEFORE_SES = "SES was not reached"
    AFTER_SES = "SES has taken the mail, its answer never arrived"
    UNHEARD = "SES has taken the mail, neither its answer nor its events ever arrived"


class SesFront(Server):
    def __init__(self, ses: str, configuration_set: str, publish: Callable[[dict], None]) -> None:
        self.kills: dict[str, Kill] = {}  # by recipient, each for one mail
        self.killed: dict[str, Kill] = {}
        self.requests: Counter[str] = Counter()  # by recipient
        self.sent_at: dict[str, float] = {}  # by SES's id of the mail
        self._ses = urlsplit(ses)
        self._configuration_set = configuration_set
        self._publish = publish
        front = self

        class Answers(Handler):
            disable_nagle_algorithm = True  # an answer's head and body leave one by one

            def do_POST(self) -> None:  # noqa: N802
                front._take(self, self.body())

            def do_GET(self) -> None:  # noqa: N802
                status, headers, answer = front._forward(self, b"")
                front._answer(self, status, headers, answer)

        super().__init__(Answers)

    def _take(self, request: Handler, body: bytes) -> None:
        mail = json.loads(body)
        recipient = mail["Destination"]["ToAddresses"][0]
        self.requests[recipient] += 1
        kill = self.kills.pop(recipient, None)
        if kill is not None:  # before SES is asked: a slow answer is one that the sender may no longer be waiting for
            self._kill_peer(request)
        if kill is not Kill.BEFORE_SES:
            self._send(request, mail, body, kill)
        if kill is not None:
            self.killed[recipient] = kill

    def _send(self, request: Handler, mail: dict, body: bytes, kill: Kill | None) -> None:
        status, headers, answer = self._forward(request, body)
        if status == http.client.OK:
            self.sent_at[json.loads(answer)["MessageId"]] = time.time()
        if status == http.client.OK and kill is not Kill.UNHEARD:
            for kind in ("Send", "Delivery"):
                self._publish(self._ses_event(kind, mail, json.loads(answer)["MessageId"]))
        if kill is None:
            self._answer(request, status, headers, answer)

    @staticmethod
    def _answer(request: Handler, status: int, headers: http.client.HTTPMessage, answer: bytes) -> None:
        request.send_response(status)
        for name in ("Content-Type", "x-amzn-RequestId", "x-amzn-ErrorType"):
            if name in headers:
                request.send_header(name, headers[name])
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)

    def _forward(self, request: Handler, body: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection(self._ses.hostname or "", self._ses.port)
        # As it came, its Host included: that is what was signed.
        connection.request(request.command, request.path, body, dict(request.headers.items()))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    @staticmethod
    def _kill_peer(request: Handler) -> None:
        os.kill(_owner_of(request.client_address[1]), signal.SIGKILL)
        request.close_connection = True

    def _ses_event(self, kind: str, mail: dict, message_id: str) -> dict:
        """As EventBridge delivers it: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html"""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        to = mail["Destination"]["ToAddresses"]
        tags = {tag["Name"]: [tag["Value"]] for tag in mail.get("EmailTags", [])}
        what = {
            "Send": {"send": {}},
            "Delivery": {
                "delivery": {
                    "timestamp": now,
                    "processingTimeMillis": 512,
                    "recipients": to,
                    "smtpResponse": "250 2.6.0 Message received",
                    "remoteMtaIp": "127.0.2.0",
                    "reportingMTA": "mta.example.com",
                }
            },
        }[kind]
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": {"Send": "Email Sent", "Delivery": "Email Delivered"}[kind],
            "source": "aws.ses",
            "account": "000000000000",
            "time": now,
            "region": "us-east-1",
            "resources": [f"arn:aws:ses:us-east-1:000000000000:configuration-set/{self._configuration_set}"],
            "detail": {
                "eventType": kind,
                "mail": {
                    "timestamp": now,
                    "source": mail["FromEmailAddress"],
                    "sendingAccountId": "000000000000",
                    "messageId": message_id,
                    "destination": to,
                    "headersTruncated": False,
                    "headers": [{"name": "To", "value": to[0]}],
                    "commonHeaders": {"from": [mail["FromEmailAddress"]], "to": to, "messageId": message_id},
                    "tags": {"ses:configuration-set": [self._configuration_set], **tags},
                },
                **what,
            },
        }


def _owner_of(port: int) -> int:
    """The process at the other end of a connection from `port` of this machine."""
    local = f"0100007F:{port:04X}"
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    socket = next(f"socket:[{columns[9]}]" for columns in lines if columns[1] == local)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone, or somebody else's
            for descriptor in (process / "fd").iterdir():
                with suppress(FileNotFoundError):  # closed since
                    if os.readlink(descriptor) == socket:
                        return int(process.name)
    raise LookupError(f"nobody holds the connection from port {port}")
