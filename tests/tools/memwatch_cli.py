#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The memwatch command: changes planted in files, in a child process and in a guest are found exactly.

usage: memwatch_cli.py BUILD [TEST]...
BUILD has san/memwatch, memwatch_child and memwatch_self; the guest boots esp/.
"""
from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import memwatch_aids as aids
import memwatch_files
import memwatch_guest
import memwatch_process


def main(argv: list[str]) -> int:
    aids.BUILD = Path(argv[0]).resolve()
    tests = {name[5:]: value for part in (memwatch_files, memwatch_process, memwatch_guest)
             for name, value in vars(part).items() if name.startswith("test_")}
    wanted = argv[1:] or list(tests)
    good = True
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="groma-memwatch-") as folder:
            aids.FOLDER = Path(folder)
            started = time.monotonic()
            try:
                tests[name]()
                print(f"ok memwatch.{name} {time.monotonic() - started:.2f}", flush=True)
            except Exception as error:
                good = False
                print(f"FAIL memwatch.{name} " + f"{type(error).__name__} {error}".replace("\n", "\n  "), flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
