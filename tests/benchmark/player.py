"""Plays the Lambda Runtime API for one process of a function: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

One thread and plain sockets, so that what is measured is the function and not this.
"""

import json
import os
import selectors
import signal
import socket
import time
import uuid
from pathlib import Path
from typing import Self

NEXT = "GET /2018-06-01/runtime/invocation/next"


class Player:
    """The process, from its start to its end."""

    def __init__(self, command: list[Path | str], environment: dict[str, str], log: Path) -> None:
        """Returns when it asks for its first event."""
        self._server = socket.create_server(("127.0.0.1", 0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._server, selectors.EVENT_READ)
        self._log = log
        variables = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.getsockname()[1]}",
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_GROUP_NAME": "bench",
            "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
            "_HANDLER": "bootstrap",
            **environment,
        }
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [(os.POSIX_SPAWN_OPEN, 1, log, flags, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2)]
        started = time.perf_counter()
        self.pid = os.posix_spawn(command[0], command, variables, file_actions=actions)
        try:
            self._waiting = self._expect(NEXT)[0]
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.perf_counter() - started

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def call(self, event: dict) -> tuple[float, dict]:
        """The seconds until the function's answer, and the answer."""
        request_id = str(uuid.uuid4())
        payload = json.dumps(event, default=str).encode()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60_000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:bench",
            "Content-Type": "application/json",
        }
        started = time.perf_counter()
        self._answer(self._waiting, "200 OK", headers, payload)
        connection, answer = self._expect(f"POST /2018-06-01/runtime/invocation/{request_id}/response")
        seconds = time.perf_counter() - started
        self._answer(connection, "202 Accepted", {}, b"")
        self._waiting = self._expect(NEXT)[0]
        return seconds, json.loads(answer)

    def cpu_seconds(self) -> float:
        """User and system time of all its threads, to the nanosecond: the clock that clock_getcpuclockid(3) names."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def peak_bytes(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _expect(self, request_line: str) -> tuple[socket.socket, bytes]:
        connection, line, body = self._next_request()
        if not line.startswith(request_line):
            raise RuntimeError(f"{line}: {body.decode()}\n{self._log.read_text()}")
        return connection, body

    def _next_request(self) -> tuple[socket.socket, str, bytes]:
        while ready := self._selector.select(timeout=30):
            for key, _ in ready:
                if key.fileobj is self._server:
                    connection = self._server.accept()[0]
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._selector.register(connection, selectors.EVENT_READ)
                elif request := _read(key.fileobj):
                    return key.fileobj, *request
                else:
                    self._selector.unregister(key.fileobj)
                    key.fileobj.close()
        raise RuntimeError(f"no request for 30 s\n{self._log.read_text()}")

    @staticmethod
    def _answer(connection: socket.socket, status: str, headers: dict[str, str], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
        connection.sendall("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)


def _read(connection: socket.socket) -> tuple[str, bytes] | None:
    """One request: its first line and its body. None when the connection was closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    length = int(headers.get("content-length", 0))
    while len(body) < length:
        body += connection.recv(65536)
    return line, body
