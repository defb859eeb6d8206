# SPDX-License-Identifier: MIT
"""What is proved, what is trusted, and the mistakes that the proofs must notice."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    name: str
    file: str                       # what Frama-C reads
    sources: tuple[str, ...]        # whose contracts must each be proved or trusted
    proved: tuple[str, ...]
    trusted: tuple[str, ...] = ()   # contracts taken as given; tested in tests/unit/test_base_bits.c, test_frames_runs.c


UNITS = (
    Unit("base", "tests/prove/base.c",
         ("common/base/address.h", "common/base/bits.h", "common/base/bytes.h", "common/base/checked.h"),
         proved=("checked_add_u64", "checked_sub_u64", "checked_mul_u64", "checked_round_up_u64", "range_is_inside",
                 "paddr", "vaddr", "pfn_of_byte", "byte_of_pfn", "pages_for_bytes", "is_page_aligned",
                 "round_down_u64", "address_is_canonical", "load_le16", "load_le32", "load_le64",
                 "store_le16", "store_le32", "store_le64"),
         trusted=("bit_highest_by_halves", "bit_highest", "bit_lowest", "bit_count", "bit_mask_low",
                  "bit_at_most_one", "bit_round_down", "join_u16", "join_u32", "join_u64")),
    Unit("query", "common/memmap/query.c", ("common/memmap/memmap.h", "common/memmap/query.c"),
         proved=("memmap_region_page_count", "memmap_kind_bit", "memmap_kind_name", "memmap_status_name",
                 "memmap_find", "kind_is_wanted", "run_at", "place_in_run", "memmap_find_run", "memmap_totals",
                 "region_offence", "neighbour_offence", "offence_at", "memmap_check")),
    Unit("edit", "common/memmap/edit.c", ("common/memmap/edit.c",),
         proved=("first_ending_above", "cut_splits", "range_is_bad", "may_be_released", "range_has_kind")),
    Unit("frames", "tests/prove/frames.c", ("common/frames/runs.h",),
         proved=("range_mask", "run_starts", "run_find", "word_take", "word_give"),
         trusted=("run_mask",)),
)


@dataclass(frozen=True)
class Mistake:
    name: str
    unit: str
    function: str
    file: str
    old: str                        # stands exactly once in the file
    new: str
    goal: str                       # a regex that the name of a failed goal must match


CHECKED, ADDRESS, BYTES = "common/base/checked.h", "common/base/address.h", "common/base/bytes.h"
QUERY, EDIT, RUNS = "common/memmap/query.c", "common/memmap/edit.c", "common/frames/runs.h"

MISTAKES = (
    Mistake("add-refuses-the-last", "base", "checked_add_u64", CHECKED,
            "if (a > UINT64_MAX - b)", "if (a >= UINT64_MAX - b)", "checked_add_u64_ensures"),
    Mistake("mul-wraps", "base", "checked_mul_u64", CHECKED,
            "a > UINT64_MAX / b)", "a > UINT64_MAX / b + 1)", "checked_mul_u64_ensures"),
    Mistake("pages-of-a-rest-forgotten", "base", "pages_for_bytes", ADDRESS,
            "size_bytes / PAGE_BYTES + (size_bytes % PAGE_BYTES != 0)", "size_bytes / PAGE_BYTES",
            "pages_for_bytes_ensures"),
    Mistake("load-halves-swapped", "base", "load_le32", BYTES,
            "join_u32(load_le16(bytes), load_le16(bytes + 2))", "join_u32(load_le16(bytes + 2), load_le16(bytes))",
            "load_le32_ensures"),
    Mistake("contract-contradicts-itself", "base", "byte_of_pfn", ADDRESS,
            "requires pfn < PFN_END;", "requires pfn < PFN_END < pfn;", "byte_of_pfn_wp_smoke"),
    Mistake("find-takes-the-end", "query", "memmap_find", QUERY,
            "if (map->regions[middle].end_pfn <= pfn)", "if (map->regions[middle].end_pfn < pfn)",
            "memmap_find_(loop_invariant|ensures)"),
    Mistake("find-never-ends", "query", "memmap_find", QUERY,
            "low = middle + 1;", "low = middle;", "memmap_find_(loop_variant|loop_invariant)"),
    Mistake("run-ignores-the-limit", "query", "run_at", QUERY,
            "if (run.end_pfn > limit)", "if (run.first_pfn > limit)", "run_at_ensures"),
    Mistake("place-misaligned-upward", "query", "place_in_run", QUERY,
            "run.first_pfn + (align - 1), align)", "run.first_pfn + align, align)", "place_in_run_ensures"),
    Mistake("highest-run-is-the-first", "query", "memmap_find_run", QUERY,
            "(found == 0 || want->from_top)", "found == 0", "memmap_find_run_(ensures|assert|loop_invariant)"),
    Mistake("totals-keep-the-last", "query", "memmap_totals", QUERY,
            "ret_pages[map->regions[i].kind] +=", "ret_pages[map->regions[i].kind] =", "memmap_totals_loop_invariant"),
    Mistake("check-ignores-attributes", "query", "neighbour_offence", QUERY,
            " && left->kind == right->kind &&\n        left->attributes == right->attributes)",
            " && left->kind == right->kind)", "neighbour_offence_ensures"),
    Mistake("cut-at-a-seam-splits", "edit", "cut_splits", EDIT,
            "return index < map->count && map->regions[index].first_pfn < pfn;",
            "return index < map->count && map->regions[index].first_pfn <= pfn;", "cut_splits_ensures"),
    Mistake("range-may-end-in-a-hole", "edit", "range_has_kind", EDIT,
            "return covered_to >= end_pfn;", "return true;", "range_has_kind_ensures"),
    Mistake("soft-reserved-is-released", "edit", "may_be_released", EDIT,
            "kind <= MEMMAP_UNACCEPTED)", "kind <= MEMMAP_SOFT_RESERVED)", "may_be_released_ensures"),
    Mistake("take-changes-other-frames", "frames", "word_take", RUNS,
            "*ret_word = word & ~mask;", "*ret_word = word & ~mask & (word - 1);", "word_take_ensures"),
    Mistake("give-accepts-a-free-frame", "frames", "word_give", RUNS,
            "if ((word & mask) != 0)", "if ((word & mask) == mask)", "word_give_ensures"),
    Mistake("run-starts-one-step-too-far", "frames", "run_starts", RUNS,
            "count - known < known ? count - known : known", "known", "run_starts_loop_invariant"),
    Mistake("range-beyond-the-word", "frames", "range_mask", RUNS,
            "    if (high > size)\n        high = size;\n", "", "range_mask_(ensures|call)"),
)
