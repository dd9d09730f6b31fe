"""Plays AWS's side of a connection: TLS, a host for each service, and behind them the emulator and its plain HTTP.

A process of its own, so that what it costs is no part of a function's CPU. It ends when its input is closed.
"""

import asyncio
import json
import ssl
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import certifi
import trustme


class TlsFront:
    """Starts that process."""

    def __init__(self, folder: Path, services: dict[str, str]) -> None:
        """`services`: the URL of each by its name in `AWS_ENDPOINT_URL_<SERVICE>`."""
        self._process = subprocess.Popen(
            [sys.executable, __file__, folder, json.dumps(services)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.urls: dict[str, str] = json.loads(self._process.stdout.readline())
        self.environment = {f"AWS_ENDPOINT_URL_{service}": url for service, url in self.urls.items()} | {
            "SSL_CERT_FILE": str(folder / "roots.pem"),  # Rust
            "AWS_CA_BUNDLE": str(folder / "roots.pem"),  # boto3
            "NODE_EXTRA_CA_CERTS": str(folder / "authority.pem"),  # beside those that Node has in itself
        }

    def answering_seconds(self) -> float:
        """What the emulator took to answer since the last look."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()


class Emulator:
    """Connections to it, kept for the next request."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: bytes) -> bytes:
        while self._idle:
            connection = self._idle.pop()
            if answer := await self._try(connection, request):
                return answer  # else it was closed meanwhile, and took no request any more
        connection = await asyncio.open_connection(self._address.hostname, self._address.port)
        if answer := await self._try(connection, request):
            return answer
        raise ConnectionError("the emulator answered nothing")

    async def _try(self, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes) -> bytes:
        reader, writer = connection
        try:
            writer.write(request)
            answer = await read_message(reader)
        except ConnectionError:
            answer = b""
        if answer:
            self._idle.append(connection)
        else:
            writer.close()
        return answer


class Clock:
    """Adds up the time that answers take, from the request's last byte on."""

    def __init__(self) -> None:
        self._seconds = 0.0

    async def serve(self, emulator: Emulator, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await read_message(reader):
                started = time.perf_counter()
                writer.write(await emulator.ask(request))
                self._seconds += time.perf_counter() - started
                await writer.drain()
        except (ConnectionError, EOFError, ssl.SSLError, asyncio.CancelledError):
            pass  # the function was stopped, or this is
        finally:
            writer.close()

    def restart(self) -> float:
        seconds, self._seconds = self._seconds, 0.0
        return seconds


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """A request or an answer, as it came. Nothing when the connection was closed before one began."""
    try:
        message = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise
        return b""
    lines = message.decode("latin-1").lower().split("\r\n")
    headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if headers.get("transfer-encoding") != "chunked":
        return message + await reader.readexactly(int(headers.get("content-length", 0)))
    size = None
    while size != 0:
        line = await reader.readuntil(b"\r\n")
        size = int(line, 16)
        message += line + await reader.readexactly(size + 2)
    return message


def certified(folder: Path, hosts: list[str]) -> ssl.SSLContext:
    """By RSA and an authority between, as AWS's hosts are. Its root stands among those that a Lambda trusts."""
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    between = authority.create_child_ca(key_type=trustme.KeyType.RSA)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    between.issue_cert(*hosts, key_type=trustme.KeyType.RSA).configure_cert(context)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    roots = Path(certifi.where()).read_bytes() + b"\n" + authority.cert_pem.bytes()
    (folder / "roots.pem").write_bytes(roots)
    return context


async def main(folder: Path, services: dict[str, str]) -> None:
    hosts = {service: f"127.0.0.{number}" for number, service in enumerate(services, start=1)}
    context, clock, urls = certified(folder, list(hosts.values())), Clock(), {}
    for service, host in hosts.items():
        serve = partial(clock.serve, Emulator(services[service]))
        server = await asyncio.start_server(serve, host, 0, ssl=context)
        urls[service] = f"https://{host}:{server.sockets[0].getsockname()[1]}"
    print(json.dumps(urls), flush=True)
    questions = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    while await questions.readline():
        print(json.dumps(clock.restart()), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
