# SPDX-License-Identifier: MIT
"""Runs a measuring program, plain or under callgrind; its lines are words of the form key=value."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

Row = dict[str, str]


def run(command: list[str], limit_s: int) -> list[Row]:
    """The key=value words of each line that the command prints, and its first word as `line`."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=limit_s)
    if done.returncode:
        sys.exit(f"{sys.argv[0]}: {' '.join(command)}: status {done.returncode}")
    rows = []
    for line in done.stdout.splitlines():
        first, *words = line.split()
        rows.append({"line": first} | dict(word.split("=", 1) for word in words))
    return rows


class Totals(dict[str, int]):
    """Instructions by the label that the program gave its dump."""

    def __missing__(self, label: str) -> int:
        sys.exit(f"{sys.argv[0]}: callgrind wrote no dump {label} (is valgrind's header installed?)")


def count(command: list[str], limit_s: int) -> tuple[list[Row], Totals]:
    """Callgrind writes one dump a figure, named in its `desc: Trigger:` line."""
    totals = Totals()
    with tempfile.TemporaryDirectory() as folder:
        rows = run(["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no",
                    f"--callgrind-out-file={folder}/out", *command], limit_s)
        for dump in Path(folder).iterdir():
            text = dump.read_text()
            label = re.search(r"^desc: Trigger: Client Request: (\S+)$", text, re.M)
            total = re.search(r"^(?:totals|summary): (\d+)$", text, re.M)
            if label and total:
                totals[label[1]] = int(total[1])
    return rows, totals
