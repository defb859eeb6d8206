#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The memmap command on every real map: each subcommand against the painter of tests/model/painter.py.

usage: memmap_corpus.py MEMMAP [--maps FOLDER]
Prints `ok NAME seconds` and `FAIL NAME detail`. Normalized regions, sizes, counts, totals and origins are
compared with the painter's; JSON with the plain form; explanations with the painter's page; pictures are
parsed as XML and rendered; every conversion is read back.
"""
from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "model"))
import painter  # noqa: E402

WORKERS = 2
FILES_EXPECTED = 80
WIDTHS = (52, 36)
FORMS = ("linux-e820", "linux-efi", "xen-e820", "xen-efi", "efi-shell", "lsefimmap", "smap", "multiboot2", "limine", "json",
         "capture")
PAGE = painter.PAGE
NAMES = {"MR": "mr", "CC": "cc", "RUN": "run"}
ATTRIBUTES = {NAMES.get(name, name.lower()): bit for name, bit in painter.ATTRIBUTES.items()}
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1", "LC_ALL": "C"}

Region = tuple[int, int, str, int]


class Failed(Exception):
    pass


def run(program: str, *words: str, status: int | None = 0, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    ran = subprocess.run([program, *words], input=text, capture_output=True, timeout=60, env=ENVIRONMENT)
    if status is not None and ran.returncode != status:
        raise Failed(f"memmap {' '.join(words)}: status {ran.returncode}, not {status}: "
                     f"{ran.stderr.decode(errors='replace').strip()[-600:]}")
    if b"Sanitizer" in ran.stderr or b"runtime error" in ran.stderr:
        raise Failed(f"memmap {' '.join(words)}: {ran.stderr.decode(errors='replace')[-2000:]}")
    return ran


def attribute_word(names: list[str]) -> int:
    return sum(int(name, 16) if name.startswith("0x") else ATTRIBUTES[name] for name in names)


class Plain:
    """What `normalize` printed."""

    def __init__(self, text: str) -> None:
        self.regions: list[Region] = []
        self.origins: list[list[int]] = []
        self.sizes: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.totals: dict[str, tuple[int, int]] = {}
        self.report: dict[str, str] = {}
        self.digest = ""
        for line in text.splitlines():
            self._read(line)

    def _read(self, line: str) -> None:
        region = re.fullmatch(r"0x([0-9a-f]{16,17})-0x([0-9a-f]{16,17}) (\S+) (\d+) (\S+) ([0-9,]+)", line)
        words = line.split()
        if region:
            first, end = int(region[1], 16), int(region[2], 16)
            if first % PAGE or end % PAGE or (end - first) // PAGE != int(region[4]):
                raise Failed(f"{line!r}: pages")
            names = [] if region[5] == "-" else region[5].split(",")
            self.regions.append((first // PAGE, end // PAGE, region[3], attribute_word(names)))
            self.origins.append([int(word) for word in region[6].split(",")])
        elif not line.startswith("# "):
            raise Failed(f"{line!r} is no line of normalize")
        elif words[1] == "report":
            self.report = dict(word.split("=") for word in words[2:])
        elif words[1] == "digest":
            self.digest = words[2]
        else:
            values = {key: int(value) for key, value in (word.split("=") for word in words[3:])}
            if words[1] == "size":
                self.sizes[words[2]] = values["pages"] * PAGE + values["bytes"]
            elif words[1] == "finding":
                self.counts[words[2]] = values["count"]
            elif words[1] == "total":
                self.totals[words[2]] = (values["pages"], values["stated"])


def painted_origins(fwmap: painter.Map, regions: list[Region], width: int) -> list[list[int]]:
    kept = []
    for index, entry in enumerate(fwmap.entries):
        alone = painter.ranges_of(painter.Map(fwmap.name, fwmap.source, [entry]), width)
        kind = painter.decide(fwmap)[index][0]
        for one in alone:
            if one.kind != kind:    # whether attributes are silent is a matter of the whole map
                raise Failed(f"{fwmap.name}: entry {index} alone is {one.kind}")
            kept.append((index, one.kept[0] // PAGE, one.kept[1] // PAGE))
    return [[index for index, first, end in kept if first < b and a < end] for a, b, _, _ in regions]


class Judge:
    def __init__(self, program: str, maps: list[tuple[Path, painter.Map]], folder: Path) -> None:
        self.program = program
        self.maps = maps
        self.folder = folder

    def normalize(self, path: Path, fwmap: painter.Map) -> None:
        for bits in WIDTHS:
            plain = Plain(run(self.program, "normalize", str(path), f"--phys-bits={bits}").stdout.decode())
            painted = painter.paint(fwmap, bits)
            if plain.regions != painted.regions:
                raise Failed(f"{bits} bits: printed {painter.show(r for r in plain.regions if r not in painted.regions)} "
                             f"painted {painter.show(r for r in painted.regions if r not in plain.regions)}")
            if plain.sizes != painted.sizes:
                raise Failed(f"{bits} bits: sizes {plain.sizes}, painted {painted.sizes}")
            for name, count in painted.counts.items():
                if plain.counts.get(name, 0) != count:
                    raise Failed(f"{bits} bits: {name} {plain.counts.get(name, 0)}, painted {count}")
            for kind, pages in painted.stated_pages.items():
                if plain.totals.get(kind, (0, 0))[1] != pages:
                    raise Failed(f"{bits} bits: {kind}: stated {plain.totals.get(kind)}, painted {pages}")
            if plain.origins != painted_origins(fwmap, plain.regions, 1 << bits):
                raise Failed(f"{bits} bits: origins {plain.origins}")
            if plain.report["entries"] != str(len(fwmap.entries)) or plain.report["balance"] != "0":
                raise Failed(f"{bits} bits: report {plain.report}")

    def json(self, path: Path, fwmap: painter.Map) -> None:
        plain = Plain(run(self.program, "normalize", str(path)).stdout.decode())
        said = json.loads(run(self.program, "normalize", "--json", str(path)).stdout)
        regions = [(int(r["base"], 16) // PAGE, (int(r["base"], 16) + int(r["size"], 16)) // PAGE, r["kind"],
                    attribute_word(r["attributes"])) for r in said["regions"]]
        if regions != plain.regions or [r["origins"] for r in said["regions"]] != plain.origins:
            raise Failed("JSON and plain form differ in regions")
        report = said["report"]
        if {name: int(report[name], 16) for name in plain.sizes} != plain.sizes or not report["balanced"]:
            raise Failed("JSON and plain form differ in sizes")
        if {name: finding["count"] for name, finding in report["findings"].items()} != plain.counts:
            raise Failed("JSON and plain form differ in findings")
        totals = {kind: int(size, 16) // PAGE for kind, size in said["totals"].items()}
        if totals != {kind: pages for kind, (pages, _) in plain.totals.items() if pages}:
            raise Failed("JSON and plain form differ in totals")
        if report["digest"] != plain.digest or report["unreadable"]:
            raise Failed("JSON and plain form differ in the digest, or lines are unreadable")

    def show(self, path: Path, fwmap: painter.Map) -> None:
        text = run(self.program, "show", str(path)).stdout.decode()
        if "\033" in text:
            raise Failed("colours though stdout is no terminal")
        rows = re.findall(r"^0x([0-9a-f]{16,17})-0x([0-9a-f]{16,17}) .*?(\S+) +entry (\d+)", text, re.M)
        painted = painter.paint(fwmap, 52).regions
        if [(int(a, 16) // PAGE, int(b, 16) // PAGE, kind) for a, b, kind, _ in rows] != [r[:3] for r in painted]:
            raise Failed(f"rows: {rows}")
        if f", {len(fwmap.entries)} entries, {len(painted)} regions" not in text.splitlines()[0]:
            raise Failed(text.splitlines()[0])
        strip = [line for line in text.splitlines() if re.fullmatch("[█▓▒░ ]+", line)]
        if painted and [len(line) for line in strip] != [80]:
            raise Failed(f"strip: {strip}")

    def check(self, path: Path, fwmap: painter.Map) -> None:
        ran = run(self.program, "check", "--json", str(path), status=None)
        found = {f["id"]: f for f in json.loads(ran.stdout)["findings"]}
        if ran.returncode != (1 if any(not f["note"] for f in found.values()) else 0):
            raise Failed(f"status {ran.returncode} with {sorted(found)}")
        expected = {
            "empty": [i for i, e in enumerate(fwmap.entries) if e.first == e.end],
            "misaligned": [i for i, e in enumerate(fwmap.entries)
                           if e.first != e.end and (e.first % PAGE or e.end % PAGE)],
            "beyond-width": [i for i, e in enumerate(fwmap.entries) if e.end > 1 << 52 and e.first != e.end],
            "overlap": [], "contradiction": [], "duplicate": [], "wrapping": [], "unreadable": [],
        }
        for name, entries in expected.items():
            if found.get(name, {"entries": []})["entries"] != entries[:64]:
                raise Failed(f"{name}: {found.get(name)}, expected {entries}")
        plain = run(self.program, "check", str(path), status=ran.returncode).stdout.decode()
        if not all(re.search(rf"^(note )?{name}: ", plain, re.M) for name in found):
            raise Failed("a finding is missing in the plain form")

    def plot(self, path: Path, fwmap: painter.Map) -> None:
        picture = self.folder / f"{path.stem}.svg"
        run(self.program, "plot", str(path), "-o", str(picture))
        tree = ElementTree.parse(picture)
        titles = "\n".join(title.text or "" for title in tree.iter("{http://www.w3.org/2000/svg}title"))
        for first, end, kind, _ in painter.paint(fwmap, 52).regions:
            if f"{kind}\n0x{first * PAGE:016x} - 0x{end * PAGE:016x}\n" not in titles:
                raise Failed(f"{kind} {first * PAGE:#x} has no tooltip")
        image = picture.with_suffix(".png")
        ran = subprocess.run(["rsvg-convert", "-w", "520", str(picture), "-o", str(image)], capture_output=True,
                             timeout=60)
        if ran.returncode != 0 or image.read_bytes()[:8] != b"\x89PNG\r\n\x1a\n":
            raise Failed(f"rsvg-convert: {ran.stderr.decode(errors='replace')}")

    def convert(self, path: Path, fwmap: painter.Map) -> None:
        own = (("linux-e820", "xen-e820", "smap", "json", "capture", "linux-efi") if fwmap.source == "e820" else
               ("linux-efi", "xen-efi", "efi-shell", "json", "capture"))
        digest = Plain(run(self.program, "normalize", str(path)).stdout.decode()).digest
        for form in own:
            written = self.folder / f"{path.stem}.{form}"
            halves = form == "linux-efi" and any(entry.first % PAGE or entry.end % PAGE for entry in fwmap.entries)
            run(self.program, "convert", str(path), "--to", form, "-o", str(written), status=1 if halves else 0)
            if form in ("linux-e820", "capture", "linux-efi") and form.endswith(fwmap.source):
                if Plain(run(self.program, "normalize", str(written)).stdout.decode()).origins != \
                        Plain(run(self.program, "normalize", str(path)).stdout.decode()).origins:
                    raise Failed(f"{form}: entries changed their order")
            again = run(self.program, "diff", "--digest", str(written)).stdout.decode().split()
            if again[1] != digest:
                raise Failed(f"{form}: read back as another map")
        for form in set(FORMS) - set(own):
            self.convert_poorer(path, form, digest)

    def convert_poorer(self, path: Path, form: str, digest: str) -> None:
        """A form with fewer words: either it says all, or convert's status, its line and diff agree that it does not."""
        written = self.folder / f"{path.stem}.{form}"
        ran = run(self.program, "convert", str(path), "--to", form, "-o", str(written), status=None)
        again = run(self.program, "diff", "--digest", str(written)).stdout.decode().split()[1]
        differs = b"the new form cannot say all" in ran.stderr
        if ran.returncode != (1 if ran.stderr else 0) or differs != (again != digest):
            raise Failed(f"{form}: status {ran.returncode}, digests {again} {digest}: {ran.stderr!r}")
        run(self.program, "diff", str(path), str(written), status=1 if differs else 0)

    def explain(self, path: Path, fwmap: painter.Map) -> None:
        painted = painter.paint(fwmap, 52).regions
        for first, _, kind, _ in painted[::max(1, len(painted) // 3)]:
            text = run(self.program, "explain", str(path), hex(first * PAGE)).stdout.decode()
            page_0 = first == 0 and "page 0 is never usable" in text
            if not text.startswith(f"0x{first * PAGE:016x}: {kind}, ") or text.count("\n      decides") != 1:
                raise Failed(f"{first * PAGE:#x} is {kind}: {text}")
            decided = re.search(r"  entry \d+ .*? (\S+) \S+\n      decides", text)
            if decided and decided[1] != kind and not page_0:
                raise Failed(text)

    def diff(self, path: Path, fwmap: painter.Map) -> None:
        run(self.program, "diff", str(path), str(path))
        index = [p for p, _ in self.maps].index(path)
        other_path, other = self.maps[(index + 1) % len(self.maps)]
        said = json.loads(run(self.program, "diff", "--json", str(path), str(other_path), status=None).stdout)
        a, b = painter.paint(fwmap, 52).regions, painter.paint(other, 52).regions
        differences = []
        cuts = sorted({bound for region in a + b for bound in region[:2]})
        for low, high in zip(cuts, cuts[1:]):
            left, right = (next((r[2:] for r in regions if r[0] <= low and high <= r[1]), None)
                           for regions in (a, b))
            if left == right:
                continue
            if differences and differences[-1][1:] == (low, left, right):
                low = differences.pop()[0]
            differences.append((low, high, left, right))
        got = [(int(d["first"], 16) // PAGE, int(d["end"], 16) // PAGE,
                *(side and (side["kind"], attribute_word(side["attributes"])) for side in (d["a"], d["b"])))
               for d in said["differences"]]
        if got != differences or said["equal"] != (not differences):
            raise Failed(f"against {other_path.name}: {got[:3]}, painted {differences[:3]}")


TESTS = ("normalize", "json", "show", "check", "plot", "convert", "explain", "diff")


def judge_all(name: str, judge: Judge) -> list[str]:
    ask: Callable[[Path, painter.Map], None] = getattr(judge, name)

    def one(item: tuple[Path, painter.Map]) -> str:
        try:
            ask(*item)
        except Exception as error:      # whatever a wrong program makes this one stumble over
            return f"{item[0].name}: {type(error).__name__}: {error}"
        return ""

    with ThreadPoolExecutor(WORKERS) as pool:
        return [fault for fault in pool.map(one, judge.maps) if fault]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="memmap_corpus.py")
    parser.add_argument("memmap")
    parser.add_argument("--maps", default=str(ROOT / "tests" / "data" / "maps"))
    args = parser.parse_args(argv)
    paths = sorted(Path(args.maps).glob("*.txt"))
    maps = [(path, painter.read_map(path)) for path in paths]
    failed = len(maps) != FILES_EXPECTED
    if failed:
        print(f"FAIL files {len(maps)} maps, {FILES_EXPECTED} expected")
    if shutil.which("rsvg-convert") is None:
        print("FAIL plot rsvg-convert is missing (librsvg2-bin)")
        return 1
    with tempfile.TemporaryDirectory(prefix="memmap-") as folder:
        judge = Judge(str(Path(args.memmap).resolve()), maps, Path(folder))
        for name in TESTS:
            started = time.monotonic()
            faults = judge_all(name, judge)
            failed = failed or bool(faults)
            took = time.monotonic() - started
            print(f"FAIL {name} {len(faults)} files\n  " + "\n  ".join(faults[:10]) if faults else
                  f"ok {name} {took:.2f}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
