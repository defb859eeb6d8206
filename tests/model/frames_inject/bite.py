#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants mistakes in copies of common/frames: frames_inject must find each. `ok bite/NAME` or `FAIL bite/NAME`.

    bite.py --work FOLDER [--cc gcc] [NAME...]
"""
from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import frames_bite  # noqa: E402
from frames_bite import ROOT, Finder, main  # noqa: E402


@dataclass(frozen=True)
class Mistake(frames_bite.Mistake):
    hardened: bool = False


MISTAKES = (
    Mistake("gather-puts-one-too-few-back", "tree.c", "words_put_back(frames, block, 0, taken);",
            "words_put_back(frames, block, 0, taken > 1 ? taken - 1 : 0);"),
    Mistake("words-undo-one-too-few", "line.c", "words_put_back(frames, block, first, taken);",
            "words_put_back(frames, block, first, taken > 0 ? taken - 1 : 0);"),
    Mistake("words-undo-one-too-many", "line.c", "words_put_back(frames, block, first, taken);",
            "words_put_back(frames, block, first, taken + 1);"),
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

INJECT = ROOT / "tests/model/frames_inject"
FINDER = Finder("frames_inject", 'frames-inject: "',
                lambda mistake: [*(["-DFRAMES_HARDENED"] if mistake.hardened else []), f"-I{INJECT}"],
                (*INJECT.glob("*.c"), INJECT.with_suffix(".c"), ROOT / "tests/model/frames_explore/switch.S"),
                lambda mistake: ())


if __name__ == "__main__":
    sys.exit(main(FINDER, MISTAKES, __doc__.splitlines()[0]))
