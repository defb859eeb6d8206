#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants mistakes in copies of common/frames: the explorer must find each. `ok bite/NAME` or `FAIL bite/NAME`.

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
    Mistake("split-only-looks-at-the-hint", "tree.c", "    word_or(&block->group->words[SOME], block->bit);\n    //@",
            "    //@", arguments=("hint: left behind, s",)),
    Mistake("give-without-a-hint", "give.h", GIVE, GIVE.replace("    hint_set(block, SOME);\n", ""),
            arguments=("hint:", "word:")),
    Mistake("gather-forgets-to-put-back", "tree.c", "        words_put_back(frames, block, 0, taken);", "        ;",
            arguments=("gather:",)),
    Mistake("gather-puts-one-too-few-back", "tree.c", "words_put_back(frames, block, 0, taken);",
            "words_put_back(frames, block, 0, taken > 1 ? taken - 1 : 0);", shape=1,
            arguments=("gather:",)),
    Mistake("gather-puts-one-too-many-back", "tree.c", "words_put_back(frames, block, 0, taken);",
            "words_put_back(frames, block, 0, taken + 1);",
            arguments=("gather:",)),
    Mistake("gather-takes-full-words-for-granted", "tree.c", "if (!word_cas(&line->words[first + i], &expected, 0))\n",
            "if (word_swap(&line->words[first + i], 0) != expected)\n",
            arguments=("gather:",)),
    Mistake("gather-is-seen-before-it-owns", "tree.c",
            "    unsigned taken = words_take_full(block->line, 0, LINE_WORDS);\n",
            "    word_or(&block->group->words[WHOLE], block->bit);\n"
            "    unsigned taken = words_take_full(block->line, 0, LINE_WORDS);\n",
            arguments=("gather:",)),
    Mistake("gather-under-way-is-not-counted", "tree.c",
            "    moves_begin(frames);\n    became_whole =",
            "    word_add(&frames->moves, MOVES_DONE + 1);\n    word_add(&frames->moves, UINT64_MAX);\n"
            "    became_whole =",
            arguments=("gather:",)),
    Mistake("frames-given-in-two-steps", "give.h", "    } while (!word_cas(word, &old, *ret_new));\n",
            "    } while ((word_store(word, *ret_new), false));\n",
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
    Mistake("run-taken-in-two-steps", "line.c", "if (word_cas(word, &old, word_without(old, first, (unsigned)plan->count))) {",
            "word_store(word, word_without(old, first, (unsigned)plan->count)); {",
            arguments=("word:",)),
    Mistake("words-undo-one-too-few", "line.c", "words_put_back(frames, block, first, taken);",
            "words_put_back(frames, block, first, taken > 0 ? taken - 1 : 0);", shape=1,
            arguments=("words:",)),
    Mistake("words-undo-one-too-many", "line.c", "words_put_back(frames, block, first, taken);",
            "words_put_back(frames, block, first, taken + 1);", shape=1,
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

EXPLORER = ROOT / "tests/model/frames_explore"
FINDER = Finder("frames_explore", "  fault:",
                lambda mistake: [f"-DEXPLORE_WORD_SHIFT={mistake.shape}u", f"-I{EXPLORER}", f"-I{ROOT / 'tests/model'}"],
                (*EXPLORER.glob("*.c"), EXPLORER / "switch.S", EXPLORER.with_suffix(".c")),
                lambda mistake: mistake.arguments)


if __name__ == "__main__":
    sys.exit(main(FINDER, MISTAKES, __doc__.splitlines()[0]))
