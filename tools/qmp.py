# SPDX-License-Identifier: MIT
"""QEMU's monitor over its JSON socket (QMP), and what we ask of it: pictures of the screen.

QEMU writes PPM; the PNG is made here, since not every QEMU is built with libpng.
Spec: QEMU docs/interop/qmp-spec; PNG (RFC 2083); PPM P6 (netpbm).
"""
from __future__ import annotations

import json
import re
import socket
import struct
import time
import zlib
from pathlib import Path

CONNECT_S = 5.0
ANSWER_S = 30.0


class QmpError(Exception):
    """One line: what the monitor refused, or that it is gone."""


class Qmp:
    """A connection to a running QEMU: `with Qmp(path) as qmp: qmp.command("stop")`."""

    def __init__(self, path: Path) -> None:
        self._socket = _connect(path)
        self._stream = self._socket.makefile("rw", encoding="utf-8")
        self._read()                                    # the greeting
        self.command("qmp_capabilities")

    def __enter__(self) -> Qmp:
        return self

    def __exit__(self, *_) -> None:
        self._stream.close()
        self._socket.close()

    def _read(self) -> dict:
        try:
            line = self._stream.readline()
        except OSError as error:
            raise QmpError(f"monitor: {error}") from error
        if not line:
            raise QmpError("monitor: QEMU has ended")
        return json.loads(line)

    def command(self, name: str, **arguments):
        """Sends one command and returns its result; events that come before it are dropped."""
        try:
            self._stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
            self._stream.flush()
        except OSError as error:
            raise QmpError(f"monitor: {error}") from error
        while True:
            answer = self._read()
            if "error" in answer:
                raise QmpError(f"monitor: {name}: {answer['error'].get('desc')}")
            if "return" in answer:
                return answer["return"]

    def human(self, line: str) -> str:
        """The text that the human monitor prints for a command such as `info mem`."""
        return self.command("human-monitor-command", **{"command-line": line}).replace("\r", "")


def _connect(path: Path) -> socket.socket:
    deadline = time.monotonic() + CONNECT_S
    while True:
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(ANSWER_S)
        try:
            link.connect(str(path))
            return link
        except OSError as error:
            link.close()
            if time.monotonic() > deadline:
                raise QmpError(f"monitor: {path}: {error}") from error
        time.sleep(0.02)


def png_from_ppm(data: bytes) -> bytes:
    """A PNG with the pixels of a binary 8-bit PPM."""
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    if not head:
        raise QmpError("screendump: not a binary 8-bit PPM")
    width, height = int(head[1]), int(head[2])
    row = 3 * width
    pixels = data[head.end():head.end() + row * height]
    if len(pixels) != row * height:
        raise QmpError("screendump: the PPM is cut short")
    raw = b"".join(b"\0" + pixels[y * row:(y + 1) * row] for y in range(height))    # filter 0: none

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


def screendump(qmp: Qmp, out: Path) -> None:
    """Writes the screen to `out`: a PNG, or the PPM itself where the name ends in .ppm."""
    ppm = out.with_name(out.name + ".part").absolute()
    try:
        qmp.command("screendump", filename=str(ppm))
        data = ppm.read_bytes()
    finally:
        ppm.unlink(missing_ok=True)
    out.write_bytes(data if out.suffix == ".ppm" else png_from_ppm(data))
