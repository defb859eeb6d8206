#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of the loader's error ids in loader/README.md, made from the code.

  error_ids.py           checks: the table is as the code has it, no id twice, none that cannot be read
  error_ids.py --write   writes the table (make ids)

Where ids come from: constants `static const char not_found[] = "E-FILE-02|open|put the file there"` (the name
is the meaning), whole lines `"\\nE-MEM-06 allocate ...: ... - free some"`, the rows of common/config/status.c and
the sentences of common/elf. Prints `ok ids.NAME` or `FAIL ids.NAME detail`.
"""
from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "loader/README.md"
BEGIN = "<!-- Error ids: `make ids` writes this table from the code. -->"
END = "<!-- End of the error ids. -->"
ID = r"[EW]-[A-Z]+-\d\d"
LITERAL = r'"(?:[^"\\]|\\.)*"'
LITERALS = re.compile(rf"{LITERAL}(?:\s*{LITERAL})*")
CONSTANT = re.compile(rf"(?:(\w+)\[\]\s*=\s*)?({LITERALS.pattern})")
BUILD_ANEW = "link the kernel [as it must be](../docs/your-kernel.md)"
MEND_LINE = {"E": "mend the line that is named", "W": "the boot goes on; mend the line that is named"}


class Unreadable(Exception):
    """One phrase: what in the code is not of a form that is known."""


@dataclass(frozen=True)
class Row:
    id: str
    meaning: str
    advice: str
    place: str


def joined(literals: str) -> str:
    """Adjacent literals as one string; escapes of layout become blanks, \\0 stays a separator."""
    text = "".join(part[1:-1] for part in re.findall(LITERAL, literals))
    return re.sub(r"\\[rnt]", " ", text).replace("\\0", "\0").replace('\\"', '"').replace("\\\\", "\\")


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


# ---- the loader's own ------------------------------------------------------------------------------

def row_of(name: str | None, text: str, place: str) -> Row | None:
    """The row of one string, where it is one of an id."""
    if not re.search(ID, text):
        return None
    parts = re.fullmatch(rf"({ID})\|([^|]+)\|([^|]+)", text)
    if parts and name:
        return Row(parts[1], f"{parts[2]}: {name.replace('_', ' ')}", parts[3], place)
    line = re.fullmatch(rf"\s*({ID}) ([^|]+?)(?:: %s \(0x%lx\))? - ([^|]+?)\s*", text)
    if line:
        return Row(line[1], line[2], line[3], place)
    raise Unreadable(f"{place}: {text[:60]!r} is no id with a step and advice")


def loader_rows() -> list[Row]:
    rows = []
    for file in sorted([*ROOT.glob("loader/**/*.c"), *ROOT.glob("loader/**/*.S")]):
        place = str(file.relative_to(ROOT))
        for match in CONSTANT.finditer(without_comments(file.read_text("utf-8"))):
            row = row_of(match[1], joined(match[2]), place)
            rows += [row] if row else []
    return rows


# ---- what it prints for common/ ----------------------------------------------------------------------

def config_rows() -> list[Row]:
    place = "common/config/status.c"
    match = re.search(rf"rows\[\]\s*=\s*({LITERALS.pattern});", without_comments((ROOT / place).read_text("utf-8")))
    if not match:
        raise Unreadable(f"{place}: no rows[]")
    words = joined(match[1]).split("\0")
    pairs = [(words[i], words[i + 1]) for i in range(0, len(words) - 1, 2)]
    return [Row(name, meaning, MEND_LINE[name[0]], place) for name, meaning in pairs
            if re.fullmatch(ID, name) and not name.endswith("-99")]


def elf_rows() -> list[Row]:
    """Numbers from the enum, sentences from the list; what follows a `;` is advice."""
    header = without_comments((ROOT / "common/elf/elf.h").read_text("utf-8"))
    numbers = {name: int(value) for name, value in re.findall(r"\b(ELF_[A-Z_]+) = (\d+),", header)}
    source = without_comments((ROOT / "common/elf/status.c").read_text("utf-8")).replace("\\\n", "\n")
    rows = []
    for name, literals in re.findall(rf"X\((ELF_[A-Z_]+),\s*({LITERALS.pattern})\)", source):
        if name not in numbers:
            raise Unreadable(f"common/elf/status.c: {name} has no number in elf.h")
        meaning, _, advice = joined(literals).partition("; ")
        if numbers[name] != 0:
            rows.append(Row(f"E-ELF-{numbers[name]:02}", meaning, advice or BUILD_ANEW, "common/elf/elf.h"))
    missing = {number for number in numbers.values() if number} - {int(row.id[-2:]) for row in rows}
    if missing or not rows:
        raise Unreadable(f"common/elf/status.c: no sentence for the numbers {sorted(missing)}")
    return rows


# ---- the table ---------------------------------------------------------------------------------------

def all_rows() -> list[Row]:
    return sorted(loader_rows() + config_rows() + elf_rows(), key=lambda row: (row.id[0] == "W", row.id))


def table(rows: list[Row]) -> str:
    cell = lambda text: text.replace("\\", "\\\\").replace("|", "\\|")
    lines = [BEGIN, "", "| id | what failed | what to do | from |", "|---|---|---|---|"]
    lines += [f"| `{row.id}` | {cell(row.meaning)} | {cell(row.advice)} | [{Path(row.place).name}](../{row.place}) |"
              for row in rows]
    return "\n".join([*lines, "", END])


def split_readme() -> tuple[str, str, str]:
    """What stands before the table, the table, what stands behind it."""
    text = README.read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise Unreadable(f"{README.relative_to(ROOT)}: the two lines around the table are not there once each")
    first, end = text.index(BEGIN), text.index(END) + len(END)
    return text[:first], text[first:end], text[end:]


def twice(rows: list[Row]) -> list[str]:
    places: dict[str, list[str]] = {}
    for row in rows:
        places.setdefault(row.id, []).append(row.place)
    return [f"{name} in {' and '.join(where)}" for name, where in sorted(places.items()) if len(where) > 1]


def unknown(rows: list[Row]) -> list[str]:
    """Ids of the loader's classes that pages for people name, and the code does not have."""
    known = {row.id for row in rows}
    classes = {name[:-3] for name in known}
    found = []
    for page in [ROOT / "README.md", *ROOT.glob("common/*/README.md"), *ROOT.glob("loader/*.md"),
                 *ROOT.glob("tools/*/README.md")]:
        text = page.read_text("utf-8")
        found += [f"{name} in {page.relative_to(ROOT)}" for name in sorted(set(re.findall(rf"\b{ID}\b", text)))
                  if name not in known and name[:-3] in classes and name[:-3] != "E-BI"]
    return found


def check() -> int:
    rows = all_rows()
    wrong = {"table": [] if split_readme()[1] == table(rows) else ["the table in loader/README.md is stale: make ids"],
             "once": twice(rows), "known": unknown(rows)}
    for name, faults in wrong.items():
        print(f"FAIL ids.{name} {'; '.join(faults)}" if faults else f"ok ids.{name}")
    return 1 if any(wrong.values()) else 0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="error_ids.py", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the table into loader/README.md")
    try:
        if not parser.parse_args(argv).write:
            return check()
        before, _, behind = split_readme()
        README.write_text(before + table(all_rows()) + behind, "utf-8")
        return 0
    except Unreadable as error:
        print(f"FAIL ids.code {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
