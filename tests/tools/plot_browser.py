#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The picture of `memmap plot` in a browser: a screenshot of headless Chromium, looked at pixel by pixel.

usage: plot_browser.py MEMMAP [FOLDER]
Each region, each hole and each field of the legend must have its colour where the picture says it, titles and
letters must be there, the ground white. FOLDER keeps the screenshots. A missing Chromium is a failure.
"""
from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--force-color-profile=srgb")
LIMIT_S = 90
SVG = "{http://www.w3.org/2000/svg}"
WHITE = (255, 255, 255)
# A laptop's EFI list, the loader's claims, a server with much of everything, a list of one entry.
MAPS = {"laptop": "tests/data/maps/efi-thinkpad-t14-gen3-163.txt", "claims": "tests/data/captures/qemu-ovmf-512m.map",
        "server": "tests/data/maps/e820-server-pmem-256g.txt", "one": None}
ONE = "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] unusable\n"
Colour = tuple[int, int, int]


class Failed(Exception):
    pass


class Picture:
    """A PNG of 8 bits a channel, RGB or RGBA, not interlaced (PNG specification, 9 to 11)."""

    def __init__(self, data: bytes) -> None:
        if data[:8] != b"\x89PNG\r\n\x1a\n":
            raise Failed("the screenshot is no PNG")
        self.width, self.height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
        if depth != 8 or kind not in (2, 6) or interlaced:
            raise Failed(f"a PNG of depth {depth}, type {kind}, interlaced {interlaced}")
        self._step = 3 if kind == 2 else 4
        packed, at = b"", 8
        while at < len(data):
            size, name = struct.unpack_from(">I4s", data, at)
            packed += data[at + 8:at + 8 + size] if name == b"IDAT" else b""
            at += 12 + size
        self._rows = self._unfilter(zlib.decompress(packed))

    def _unfilter(self, raw: bytes) -> list[bytearray]:
        length, step, rows = self.width * self._step, self._step, []
        above = bytearray(length)
        for start in range(0, len(raw), length + 1):
            how, row = raw[start], bytearray(raw[start + 1:start + 1 + length])
            for i in range(length) if how else ():
                left, up = row[i - step] if i >= step else 0, above[i]
                corner = above[i - step] if i >= step else 0
                if how == 4:
                    guess = left + up - corner
                    far = abs(guess - left), abs(guess - up), abs(guess - corner)
                    row[i] = row[i] + (left, up, corner)[far.index(min(far))] & 255
                else:
                    row[i] = row[i] + (0, left, up, (left + up) // 2)[how] & 255
            rows.append(row)
            above = row
        return rows

    def at(self, x: int, y: int) -> Colour:
        red, green, blue = self._rows[y][x * self._step:x * self._step + 3]
        return red, green, blue

    def colours(self, x: int, y: int, width: int, height: int) -> set[Colour]:
        return {self.at(column, row) for row in range(y, y + height) for column in range(x, x + width)}


def colour_of(text: str) -> Colour:
    if len(text) == 4:
        text = "#" + "".join(2 * letter for letter in text[1:])
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def take(browser: str, svg: Path, png: Path, width: int, height: int) -> Picture:
    with tempfile.TemporaryDirectory(prefix="groma-browser-") as profile:
        words = [browser, *FLAGS, f"--user-data-dir={profile}/new", f"--window-size={width},{height}",
                 f"--screenshot={png}", svg.as_uri()]
        ran = subprocess.run(words, capture_output=True, timeout=LIMIT_S)
    if ran.returncode != 0 or not png.is_file():
        raise Failed(f"{browser}: status {ran.returncode}, {ran.stderr.decode(errors='replace')[-300:]}")
    return Picture(png.read_bytes())


def place(element: ElementTree.Element) -> tuple[int, int, int, int]:
    x, y, width, height = (int(element.get(name, "0")) for name in ("x", "y", "width", "height"))
    return x, y, width, height


def look_at_regions(tree: ElementTree.ElementTree, picture: Picture) -> set[Colour]:
    """Every region of 3 pixels and more, at its lower edge, where no letter stands."""
    seen = set()
    for rect in tree.iter(f"{SVG}rect"):
        if rect.get("class") not in ("region", "hole"):
            continue
        x, y, width, height = place(rect)
        if width < 3:
            continue
        inside = picture.colours(x + 1, y + height - 4, width - 2, 2)
        if rect.get("class") == "hole":
            if width > 8 and len(picture.colours(x + 1, y + 1, width - 2, height - 2)) < 2:
                raise Failed(f"the hole at {x},{y} has no pattern")
            continue
        if inside != {colour_of(rect.get("fill", ""))}:
            raise Failed(f"the region at {x},{y} is {sorted(inside)[:4]}, not {rect.get('fill')}")
        seen |= inside
    return seen


def look_at_texts(tree: ElementTree.ElementTree, picture: Picture) -> None:
    """Each word has left something of its own colour where it stands."""
    for text in tree.iter(f"{SVG}text"):
        x, y, _, _ = place(text)
        wide = 20 if text.get("class") in ("letter", "address") else 0
        around = picture.colours(max(x - wide // 2, 0), y - 9, wide or 24, 10)
        wanted = colour_of(text.get("fill", "#1b1f24"))
        if min(max(abs(a - b) for a, b in zip(colour, wanted)) for colour in around) > 60:
            raise Failed(f"{text.text!r} at {x},{y} does not show: {sorted(around)[:4]}")


def check(memmap: str, browser: str, name: str, source: str | None, folder: Path) -> None:
    svg = folder / f"{name}.svg"
    subprocess.run([memmap, "plot", str(ROOT / source) if source else "-", "-o", str(svg)], input=ONE.encode(), check=True,
                   timeout=30)
    tree = ElementTree.parse(svg)
    width, height = int(tree.getroot().get("width", "0")), int(tree.getroot().get("height", "0"))
    picture = take(browser, svg, folder / f"{name}.png", width, height)
    if (picture.width, picture.height) != (width, height):
        raise Failed(f"the screenshot has {picture.width} x {picture.height} pixels, not {width} x {height}")
    seen = look_at_regions(tree, picture)
    stated = {colour_of(rect.get("fill", "")) for rect in tree.iter(f"{SVG}rect") if rect.get("class") == "region"}
    if seen != stated or not seen:
        raise Failed(f"{len(seen)} of {len(stated)} kinds' colours are to be seen")
    look_at_texts(tree, picture)
    edge = picture.colours(0, 0, width, 8) | picture.colours(0, height - 8, width, 8)
    if edge != {WHITE}:
        raise Failed(f"the ground is {sorted(edge)[:4]}")


def main(argv: list[str]) -> int:
    browser = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if browser is None:
        print("FAIL plot no Chromium here (make deps-full installs it)")
        return 1
    passed = True
    with tempfile.TemporaryDirectory(prefix="groma-plot-") as made:
        folder = Path(argv[1] if len(argv) > 1 else made).resolve()
        for name, source in MAPS.items():
            started = time.monotonic()
            try:
                check(argv[0], browser, name, source, folder)
            except (Failed, OSError, subprocess.SubprocessError) as error:
                passed = False
                print(f"FAIL plot.{name} {error}".replace("\n", "\n  "), flush=True)
            else:
                print(f"ok plot.{name} {time.monotonic() - started:.2f}", flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
