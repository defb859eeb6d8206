# SPDX-License-Identifier: MIT
"""The parts of groma-usb; README.md in this folder says which does what."""
from __future__ import annotations

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
SECTOR_BYTES = 512


class StickError(Exception):
    """One line for the user: an id that stays the same, what it is about, and what to do."""

    def __init__(self, number: int, about: object, what: str) -> None:
        super().__init__(f"E-STICK-{number:02} {about}: {what}")


class Interrupted(Exception):
    """Ctrl-C or a signal to end, turned into an exception by command.py."""


def size_text(size_bytes: int) -> str:
    """A size as people read it: 300 MiB, 28.7 GiB; digits behind the point only where they say something."""
    for unit, name in ((1 << 40, "TiB"), (GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size_bytes} bytes"
