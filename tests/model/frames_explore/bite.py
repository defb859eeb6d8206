#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants mistakes in copies of common/frames: the explorer must find each. `ok bite/NAME` or `FAIL bite/NAME`.

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
    shape: int = 2  # log2 of the frames in a word
    arguments: tuple[str, ...] = ()


GIVE = "    hint_set(block, SOME);\n    moves_tell(frames);\n    return true;"
MISTAKES = (
    Mistake("hint-dropped-without-a-second-look", "tree.c",
            "    if (!line_is_empty(block->line))\n        hint_set(block, SOME);\n    moves_end", "    moves_end",
            arguments=("hint: last", "hint: dropped, given")),
    Mistake("row-hint-dropped-without-a-second-look", "tree.c",
            "    if (giant_bits(block, which) != 0)\n        word_or(&block->row->words[which], block->giant_bit);\n", "",
            arguments=("hint: row, block",)),
    Mistake("split-only-looks-at-the-hint", "tree.c", "    word_or(&block->group->words[SOME], block->bit);\n    hint_set",
            "    hint_set", arguments=("hint: left behind, s",)),
    Mistake("give-without-a-hint", "give.h", GIVE, GIVE.replace("    hint_set(block, SOME);\n", ""),
            arguments=("hint:", "word:")),
    Mistake("gather-forgets-to-put-back", "tree.c", "        words_put_back(frames, block, 0, i);", "        ;",
            arguments=("gather:",)),
    Mistake("gather-puts-one-too-few-back", "tree.c", "words_put_back(frames, block, 0, i);",
            "words_put_back(frames, block, 0, i > 1 ? i - 1 : 0);", shape=1,
            arguments=("gather:",)),
    Mistake("gather-puts-one-too-many-back", "tree.c", "words_put_back(frames, block, 0, i);",
            "words_put_back(frames, block, 0, i + 1);",
            arguments=("gather:",)),
    Mistake("gather-takes-full-words-for-granted", "tree.c", "if (!word_cas(&block->line->words[i], &expected, 0))\n",
            "if (word_swap(&block->line->words[i], 0) != expected)\n",
            arguments=("gather:",)),
    Mistake("gather-is-seen-before-it-owns", "tree.c",
            "    moves_begin(frames);\n    for (i = 0; i < LINE_WORDS; i++) {\n        uint64_t expected",
            "    moves_begin(frames);\n    word_or(&block->group->words[WHOLE], block->bit);\n"
            "    for (i = 0; i < LINE_WORDS; i++) {\n        uint64_t expected",
            arguments=("gather:",)),
    Mistake("gather-under-way-is-not-counted", "tree.c",
            "    moves_begin(frames);\n    for (i = 0; i < LINE_WORDS; i++) {\n        uint64_t expected",
            "    word_add(&frames->moves, MOVES_DONE + 1);\n    word_add(&frames->moves, UINT64_MAX);\n"
            "    for (i = 0; i < LINE_WORDS; i++) {\n        uint64_t expected",
            arguments=("gather:",)),
    Mistake("frames-given-in-two-steps", "give.h", "    } while (!word_cas(word, &old, *ret_new));\n    hint_set",
            "    } while ((word_store(word, *ret_new), false));\n    hint_set",
            arguments=("word: take", "word: pairs")),
    Mistake("blocks-taken-in-two-steps", "tree.c", "while (!word_cas(&block->group->words[WHOLE], &old, new));",
            "while ((word_store(&block->group->words[WHOLE], new), false));",
            arguments=("split:", "empty: block")),
    Mistake("block-of-the-hint-taken-in-two-steps", "frames.c",
            "while (!word_cas(&block.group->words[WHOLE], &old, old & ~(UINT64_C(1) << bit)));",
            "while ((word_store(&block.group->words[WHOLE], old & ~(UINT64_C(1) << bit)), false));",
            arguments=("short:",)),
    Mistake("block-given-in-two-steps", "free.c", "while (!word_cas(&block.group->words[WHOLE], &old, new));",
            "while ((word_store(&block.group->words[WHOLE], new), false));",
            arguments=("short:",)),
    Mistake("block-given-without-a-hint", "free.c", "    hint_set(&block, WHOLE);\n", "",
            arguments=("hint:",)),
    Mistake("recent-taken-in-two-steps", "recent.c", "while (!word_cas(word, &old, old & ~taken));",
            "while ((word_store(word, old & ~taken), false));",
            arguments=("short:",)),
    Mistake("refused-blocks-are-lost", "tree.c", "    word_or(&block->group->words[WHOLE], bits);\n    hint_set",
            "    hint_set",
            arguments=("accept: block",)),
    Mistake("giant-split-by-two", "tree.c",
            "was_whole = (word_and(&block->row->words[GIANT], ~block->giant_bit) & block->giant_bit) != 0;",
            "was_whole = row_says(block, GIANT);\n    word_and(&block->row->words[GIANT], ~block->giant_bit);",
            arguments=("giant:",)),
    Mistake("claim-in-two-steps", "line.c", "while (!word_cas(word, &old, old & ~mask));",
            "while ((word_store(word, old & ~mask), false));",
            arguments=("word: claim", "word: two claim")),
    Mistake("run-taken-in-two-steps", "line.c", "if (word_cas(word, &old, old & ~run_mask(first, (unsigned)plan->count))) {",
            "word_store(word, old & ~run_mask(first, (unsigned)plan->count)); {",
            arguments=("word:",)),
    Mistake("words-undo-one-too-few", "line.c", "words_put_back(frames, block, first, i);",
            "words_put_back(frames, block, first, i > 0 ? i - 1 : 0);", shape=1,
            arguments=("words:",)),
    Mistake("words-undo-one-too-many", "line.c", "words_put_back(frames, block, first, i);",
            "words_put_back(frames, block, first, i + 1);", shape=1,
            arguments=("words:",)),
    Mistake("range-undo-one-too-few", "range.c", "range_give(frames, first_pfn, reached);",
            "range_give(frames, first_pfn + 1, reached);",
            arguments=("range:",)),
    Mistake("range-undo-one-too-many", "range.c", "range_give(frames, first_pfn, reached);",
            "range_give(frames, first_pfn, reached + 1);",
            arguments=("range:",)),
    Mistake("claim-without-busy", "cache.c", "word_store(&cache->busy, 1);", ";",
            arguments=("cache:", "word:", "empty:")),
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
    explorer = ROOT / "tests/model/frames_explore"
    sources = [*explorer.glob("*.c"), explorer / "switch.S", ROOT / "tests/model/frames_explore.c", *tree.glob("*.c")]
    program = work / "frames_explore"
    begin = time.monotonic()
    subprocess.run([cc, "-std=c17", "-O1", "-w", "-D_GNU_SOURCE", f"-DEXPLORE_WORD_SHIFT={mistake.shape}u", f"-I{explorer}",
                    f"-I{ROOT / 'tests/model'}", f"-I{work}", f"-I{ROOT / 'common'}", *map(str, sources),
                    "-o", str(program)], check=True)
    try:
        done = subprocess.run([str(program), *mistake.arguments], capture_output=True, text=True, timeout=RUN_S)
    except subprocess.TimeoutExpired:
        print(f"FAIL bite/{mistake.name} no answer within {RUN_S} s", flush=True)
        return False
    faults = [line.strip() for line in done.stdout.splitlines() if line.startswith("  fault:")]
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
    print(f"frames-explore-bite: mistakes={len(chosen)} caught={caught} seconds={time.monotonic() - begin:.0f}")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
