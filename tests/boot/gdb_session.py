#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does `make debug` do what it says? gdb must stop, by name, in the loader and at the kernel's entry.

Needs gdb. Prints `ok NAME` or `FAIL NAME detail`.
"""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("continue", "info symbol $pc", "continue", "info symbol $pc", "kill")
STOPS = {"debug.loader": "efi_main in section .text of", "debug.kernel": "kernel_entry in section .text of"}
LIMIT_S = 240


def main() -> int:
    arguments = ["--gdb-arg=-batch", *(part for command in COMMANDS for part in ("--gdb-arg=-ex", f"--gdb-arg={command}"))]
    try:
        done = subprocess.run([sys.executable, ROOT / "tools/machine.py", "debug", *arguments], cwd=ROOT, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=False)
        text = done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        text = f"no end within {LIMIT_S} s"
    for name, line in STOPS.items():
        print(f"ok {name}" if line in text else f"FAIL {name} no line {line!r}")
    if not all(line in text for line in STOPS.values()):
        print("\n".join(f"  | {line}" for line in text.splitlines()[-15:]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
