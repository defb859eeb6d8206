# SPDX-License-Identifier: MIT
"""What the tests of the memwatch command share: to run it, to compare, to have a child process."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEED = 1
BUILD = Path("build")       # set by memwatch_cli.py, like
FOLDER = Path()             # the current test's folder


class Failed(Exception):
    pass


def run(*words: object, status: int | None = 0, **more) -> subprocess.CompletedProcess[str]:
    command = [str(BUILD / "san/memwatch"), *map(str, words)]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **more)
    if "Sanitizer" in ran.stderr or "runtime error" in ran.stderr:
        raise Failed(f"{words}: {ran.stderr[-3000:]}")
    if status is not None and ran.returncode != status:
        raise Failed(f"{words}: status {ran.returncode}, not {status}: {ran.stderr[-400:]}{ran.stdout[-400:]}")
    return ran


def equal(what: str, got: object, expected: object) -> None:
    if got != expected:
        raise Failed(f"{what}: {str(got)[:2000]}, expected {str(expected)[:2000]}")


def cannot(about: str, *words: object) -> None:
    ran = run(*words, status=2)
    if ran.stdout or len(ran.stderr.splitlines()) != 1 or about not in ran.stderr:
        raise Failed(f"{words}: {ran.stderr}{ran.stdout}, expected one line with {about!r}")


def runs(ran: subprocess.CompletedProcess[str]) -> list[tuple[int, int]]:
    return [(int(change["address"], 16), change["length"]) for change in json.loads(ran.stdout)["changes"]]


def file(name: str, data: bytes) -> Path:
    path = FOLDER / name
    path.write_bytes(data)
    return path


def byte_loop(old: bytes, new: bytes) -> list[tuple[int, int]]:
    found, first = [], None
    for at, (a, b) in enumerate(zip(old, new)):
        if a != b and first is None:
            first = at
        elif a == b and first is not None:
            found.append((first, at - first))
            first = None
    return found + ([(first, min(len(old), len(new)) - first)] if first is not None else [])


def start(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen([str(BUILD / "san/memwatch"), *map(str, words)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, bufsize=1)


class Child:
    def __init__(self, program: Path | None = None) -> None:
        self.process = subprocess.Popen([str(program or BUILD / "memwatch_child")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)
        base, size = self.process.stdout.readline().split()
        self.base, self.size, self.pid = int(base, 16), int(size), self.process.pid
        self.range = f"--range={self.base:#x}-{self.base + self.size:#x}"

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.communicate()

    def say(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        equal("child", self.process.stdout.readline(), "done\n")
