# SPDX-License-Identifier: MIT
"""A bar on a terminal: how far, how fast, how long still. Nothing where there is no terminal."""
from __future__ import annotations

import os
import shutil
import time
from typing import TextIO

from . import MIB

REDRAW_S = 0.1
BAR_COLUMNS = 30
NARROW_COLUMNS = 72             # below that the figures alone


class Progress:
    """`update(done_bytes)` while it goes, `finish()` wipes the line. Time starts with the object."""

    def __init__(self, label: str, total_bytes: int, stream: TextIO, quiet: bool = False) -> None:
        self._label, self._total, self._stream = label, max(total_bytes, 1), stream
        self._shown = not quiet and stream.isatty() and os.environ.get("TERM", "") != "dumb"
        self._drawn_at = 0.0
        self._started = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._started

    def line(self, done_bytes: int, columns: int) -> str:
        share = min(done_bytes / self._total, 1.0)
        speed = done_bytes / max(self.seconds(), 0.001)
        left = f", {(self._total - done_bytes) / speed:.0f} s left" if done_bytes else ""
        figures = (f"{100 * share:3.0f} % {done_bytes // MIB} of {-(-self._total // MIB)} MiB, "
                   f"{speed / MIB:.1f} MiB/s{left}")
        full = int(share * BAR_COLUMNS)
        bar = f"[{'#' * full}{'.' * (BAR_COLUMNS - full)}] " if columns >= NARROW_COLUMNS else ""
        return f"{self._label} {bar}{figures}"[:max(columns - 1, 1)]

    def update(self, done_bytes: int) -> None:
        now = time.monotonic()
        if self._shown and (now - self._drawn_at >= REDRAW_S or done_bytes >= self._total):
            self._drawn_at = now
            columns = shutil.get_terminal_size().columns
            self._stream.write(f"\r{self.line(done_bytes, columns)}\x1b[K")
            self._stream.flush()

    def finish(self) -> None:
        if self._shown and self._drawn_at:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
