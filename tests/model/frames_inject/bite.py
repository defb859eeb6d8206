#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants mistakes in copies of common/frames: frames_inject must find each. `ok bite/NAME` or `FAIL bite/NAME`.

    bite.py --work FOLDER [--cc gcc] [NAME...]
"""
from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RUN_S = 240


@dataclass(frozen=True)
class Mistake:
    name: str
    file: str
    old: str       # stands exactly once in the file
    new: str
    hardened: bool = False


MISTAKES = (
    Mistake("gather-puts-one-too-few-back", "tree.c", "words_put_back(frames, block, 0, i);",
            "words_put_back(frames, block, 0, i > 1 ? i - 1 : 0);"),
    Mistake("words-undo-one-too-few", "line.c", "words_put_back(frames, block, first, i);",
            "words_put_back(frames, block, first, i > 0 ? i - 1 : 0);"),
    Mistake("words-undo-one-too-many", "line.c", "words_put_back(frames, block, first, i);",
            "words_put_back(frames, block, first, i + 1);"),
    Mistake("range-undo-one-too-few", "range.c", "range_give(frames, first_pfn, reached);",
            "range_give(frames, first_pfn + 1, reached);"),
    Mistake("range-undo-one-too-many", "range.c", "range_give(frames, first_pfn, reached);",
            "range_give(frames, first_pfn, reached + 1);"),
    Mistake("spans-undo-forgotten", "frames.c", "            if (reached > first_pfn)\n", "            if (false)\n"),
    Mistake("refused-blocks-are-lost", "tree.c", "    word_or(&block->group->words[WHOLE], bits);\n    hint_set",
            "    hint_set"),
    Mistake("giant-split-by-two", "tree.c",
            "was_whole = (word_and(&block->row->words[GIANT], ~block->giant_bit) & block->giant_bit) != 0;",
            "was_whole = row_says(block, GIANT);\n    word_and(&block->row->words[GIANT], ~block->giant_bit);"),
    Mistake("blocks-given-in-two-steps", "free.c", "while (!word_cas(&block.group->words[WHOLE], &old, new));",
            "while ((word_store(&block.group->words[WHOLE], new), false));"),
    Mistake("single-from-the-hint-in-two-steps", "frames.c", "while (!word_cas(word, &old, old & ~(UINT64_C(1) << bit)));",
            "while ((word_store(word, old & ~(UINT64_C(1) << bit)), false));"),
    Mistake("recent-taken-in-two-steps", "recent.c", "while (!word_cas(word, &old, old & ~taken));",
            "while ((word_store(word, old & ~taken), false));"),
    Mistake("frames-given-in-two-steps", "give.h", "while (!word_cas(word, &old, *ret_new));",
            "while ((word_store(word, *ret_new), false));"),
    Mistake("empty-without-looking-whether-something-moved", "frames.c",
            "if (status != FRAMES_EMPTY || word_load(&frames->moves) == before)", "if (true)"),
    Mistake("marks-are-not-given-back", "harden.c", "                give_marks_back(frames, first_pfn, pfn);\n", "", hardened=True),
    Mistake("marks-taken-in-two-steps", "harden.c", "while (!word_cas(&piece.line->owned[piece.i], &old, old & ~piece.mask));",
            "while ((word_store(&piece.line->owned[piece.i], old & ~piece.mask), false));", hardened=True),
)


def bite(mistake: Mistake, work: Path, cc: str) -> bool:
    tree = work / "frames"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT / "common/frames", tree)
    text = (tree / mistake.file).read_text()
    if text.count(mistake.old) != 1:
        print(f"FAIL bite/{mistake.name} {mistake.file} has {text.count(mistake.old)} such places", flush=True)
        return False
    (tree / mistake.file).write_text(text.replace(mistake.old, mistake.new))
    inject = ROOT / "tests/model/frames_inject"
    sources = [*inject.glob("*.c"), inject.with_suffix(".c"), ROOT / "tests/model/frames_explore/switch.S", *tree.glob("*.c")]
    program = work / "frames_inject"
    begin = time.monotonic()
    subprocess.run([cc, "-std=c17", "-O1", "-w", "-D_GNU_SOURCE", *(["-DFRAMES_HARDENED"] if mistake.hardened else []),
                    f"-I{inject}", f"-I{work}", f"-I{ROOT / 'common'}", *map(str, sources), "-o", str(program)], check=True)
    try:
        done = subprocess.run([str(program)], capture_output=True, text=True, errors="replace", timeout=RUN_S)
    except subprocess.TimeoutExpired:
        print(f"FAIL bite/{mistake.name} no answer within {RUN_S} s", flush=True)
        return False
    faults = [line.split(": ", 1)[1] for line in done.stdout.splitlines() if line.startswith("frames-inject: \"")]
    if done.returncode == 1 and faults:
        print(f"ok bite/{mistake.name} {time.monotonic() - begin:.1f} {faults[0]}", flush=True)
        return True
    print(f"FAIL bite/{mistake.name} not found; status {done.returncode}\n{done.stdout[-500:]}", flush=True)
    return False


def main() -> int:
    parser = argparse.ArgumentParser(prog="bite.py", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="a folder for copies and programs")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("only", nargs="*", help="mistakes; default: all")
    options = parser.parse_args()
    if unknown := set(options.only) - {mistake.name for mistake in MISTAKES}:
        sys.exit(f"bite: no {', '.join(sorted(unknown))}")
    options.work.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    chosen = [mistake for mistake in MISTAKES if not options.only or mistake.name in options.only]
    caught = sum(bite(mistake, options.work.resolve(), options.cc) for mistake in chosen)
    print(f"frames-inject-bite: mistakes={len(chosen)} caught={caught} seconds={time.monotonic() - begin:.0f}")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
