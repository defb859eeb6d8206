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
    lemmas: tuple[str, ...] = ()
    before: str = ""                # an option of the preprocessor that comes before -Icommon
    casts: bool = False             # `const void *` becomes `const uint8_t *`: WP must take that as it is


PLACE = "common/memmap/place.c"


def place_unit(name: str, headers: tuple[str, ...] = (), functions: tuple[str, ...] = (), lemmas: tuple[str, ...] = ()) -> Unit:
    """A part of the sort's proof: functions of place.c, or the lemmas of headers."""
    sources = (*((PLACE,) if functions else ()), *(f"tests/prove/place/{header}.h" for header in headers))
    return Unit(f"place-{name.replace('_', '-')}", f"tests/prove/place_{name}.c", sources, proved=functions, lemmas=lemmas)


UNITS = (
    Unit("base", "tests/prove/base.c",
         ("common/base/address.h", "common/base/bits.h", "common/base/bytes.h", "common/base/checked.h"),
         proved=("checked_add_u64", "checked_sub_u64", "checked_mul_u64", "checked_round_up_u64", "range_is_inside",
                 "paddr", "vaddr", "pfn_of_byte", "byte_of_pfn", "pages_for_bytes", "is_page_aligned",
                 "round_down_u64", "address_is_canonical", "load_le16", "load_le32", "load_le64",
                 "store_le16", "store_le32", "store_le64"),
         trusted=("bit_highest_by_halves", "bit_highest", "bit_lowest", "bit_count", "bit_mask_low",
                  "bit_at_most_one", "bit_without_lowest", "bit_round_down", "join_u16", "join_u32", "join_u64")),
    Unit("divide", "tests/prove/divide.c", ("common/base/divide.h",), proved=("divide_u64_by_u32",),
         lemmas=("pow2_at", "pow2_positive", "pow2_grows", "pow2_16", "pow2_32", "pow2_48", "pow2_63", "pow2_64")),
    Unit("query", "common/memmap/query.c", ("common/memmap/memmap.h", "common/memmap/query.c"),
         proved=("memmap_region_page_count", "memmap_kind_bit", "memmap_kind_name", "memmap_status_name",
                 "memmap_find", "kind_is_wanted", "run_at", "place_in_run", "memmap_find_run", "memmap_totals",
                 "region_offence", "neighbour_offence", "offence_at", "memmap_check")),
    Unit("cut", "common/memmap/cut.c", ("common/memmap/pages.h", "common/memmap/cut.h", "common/memmap/cut.c"),
         proved=("memmap_range_is_bad", "memmap_copy_region", "memmap_first_ending_above", "memmap_cut_splits",
                 "shift_up", "part_at", "split_region", "memmap_cut_at"),
         lemmas=("same_kind", "same_attributes", "pages_below", "pages_above", "same_pages", "cut_sound", "cut_pairs",
                 "cut_sorted", "cut_makes_seam", "cut_keeps_seams", "cut_keeps_kind", "cut_keeps_attributes",
                 "moved_one_more", "shifted_and_parted", "overlap_parts", "cut_keeps_pages")),
    Unit("merge", "common/memmap/merge.c", ("common/memmap/merge.c",),
         proved=("are_alike", "take_in", "widen_last", "take_region", "merge_one", "merge_regions",
                 "memmap_merge_neighbours"),
         lemmas=("widen_sound", "widen_sorted", "widen_merged", "append_sound", "append_sorted", "append_merged")),
    Unit("edit", "tests/prove/edit.c", ("common/memmap/changes.h", "common/memmap/edit.c"),
         proved=("raise_region", "raise_kinds", "raise_range", "memmap_reserve"),
         lemmas=("same_sorted", "same_sound", "same_merged", "changed_kind", "changed_attributes", "changed_pages",
                 "changed_order")),
    Unit("release", "tests/prove/release.c", ("common/memmap/release.c",),
         proved=("give_kind", "set_range", "may_be_released", "range_has_kind", "release_from_0", "release_range",
                 "memmap_release", "reserve_page_0", "change_region", "change_kind", "release_kind",
                 "memmap_release_all"),
         lemmas=("found_kind", "none_at_0_of_kind", "kind_of_page_0", "pages_but_0")),
    Unit("allocate", "tests/prove/allocate.c", ("common/memmap/allocate.c",),
         proved=("ranks_above", "memmap_allocate")),
    Unit("source", "common/memmap/source.c", ("common/memmap/source.h", "common/memmap/source.c"), casts=True,
         proved=("memmap_uefi_type_name", "is_general_memory", "kind_by_attributes", "uefi_kind", "e820_kind",
                 "kind_in_table", "kind_of_type", "stands_on_ram", "open_source", "entry_bytes",
                 "says_nothing_of_caching", "memmap_source_uefi", "memmap_source_e820",
                 "memmap_source_multiboot2_entries", "memmap_source_limine", "memmap_source_boot_params",
                 "regions_are_ranges", "memmap_source_bootinfo", "memmap_source_ranges", "decode_uefi",
                 "decode_typed", "decode_region", "memmap_source_entry"),
         lemmas=("entry_inside", "product_fits")),
    Unit("multiboot2", "tests/prove/multiboot2.c", ("common/memmap/source_multiboot2.c",), casts=True,
         proved=("note_tag", "find_map_tags", "open_tag", "memmap_source_multiboot2", "memmap_source_multiboot2_info")),
    Unit("extent", "common/memmap/extent.c", ("common/memmap/extent.h", "common/memmap/extent.c"),
         proved=("memmap_extent_of_entry", "extent_is_aligned", "extent_reaches_over", "extent_round_inward",
                 "extent_round_outward", "memmap_extent_pages")),
    Unit("crc32c", "common/base/crc32c.c", ("common/base/crc32c.c",), casts=True, proved=("crc32c",)),
    Unit("mem", "common/base/mem.c", ("common/base/mem.c",), casts=True,
         proved=("copy_word", "copy_block", "memcpy", "copy_downwards", "copy_upwards", "memmove", "set_word",
                 "set_block", "memset", "memcmp"),
         trusted=("lies_inside", "word_of")),
    Unit("span", "tests/prove/span.c", ("common/memmap/span.h", "common/memmap/span.c"),
         proved=("width_pfn_of", "entry_is_exact", "memmap_report_finding", "memmap_check_input", "round_span",
                 "fill_span", "memmap_span_of_entry", "note_rounding", "memmap_span_of_claim",
                 "take_span", "collect_entry", "memmap_spans_collect", "stated_key", "memmap_span_key", "memmap_span_precedes"),
         lemmas=("width_bounds",)),
    Unit("account", "tests/prove/account.c", ("common/memmap/account.h", "common/memmap/account.c"),
         proved=("account_places", "bytes_of_pages", "add_bound", "ranges_of_entry", "add_entry", "add_entries",
                 "add_claims", "memmap_size_add", "loss", "add_bytes", "add_bytes_to", "shares_page", "step",
                 "memmap_account_bytes")),
    Unit("explain", "tests/prove/explain.c", ("common/memmap/explain.c",),
         proved=("memmap_rule_name", "rule_of_touching", "hear_entry", "hear_claim", "hear", "origin_of_voice",
                 "decides_over", "count_span", "take_tally", "verdict_of", "memmap_explain_begin", "rule_among",
                 "memmap_explain_next")),
    Unit("fdt", "common/memmap/source_fdt.c", ("common/memmap/source_fdt.c",), casts=True,
         proved=("load_be32", "load_be64", "block_is_text", "push_range", "load_cells", "push_reg",
                 "is_at_range_node", "branch_of_name", "rest_of_structure", "step_over", "name_bytes", "begin_node",
                 "end_node", "take_cells", "take_node_property", "take_property", "read_property", "walk_structure",
                 "walk_reservations", "open_blob", "place_block", "collect", "memmap_fdt_collect")),
    Unit("parts", "tests/prove/parts.c",
         tuple(f"common/memmap/{name}" for name in ("in_place.c", "normalize.c", "normalize.h")),
         proved=("memmap_max_regions", "memmap_finding_name", "memmap_scratch_bytes",
                 "cut_scratch", "memmap_report_balances", "check_call", "begin_report", "account_for_rounding",
                 "regions_bytes", "memmap_in_place_bytes"), casts=True),
    Unit("place", "common/memmap/place.c", (PLACE,),
         proved=("place_store", "place_copy", "twins_step", "any_step", "least", "merge_pair"), trusted=("select",)),
    # Each function and each lemma with the lemmas that it needs and no other: else the provers lose their way.
    place_unit("gap", ("gap",), functions=("make_gap",), lemmas=("up_one_more",)),
    place_unit("insert", ("same", "split", "shift"), functions=("place_insert",),
               lemmas=("placed_same", "placed_split", "placed_shift")),
    place_unit("blocks", functions=("sort_nearly_sorted", "sort_block")),
    place_unit("rest", ("rest",), lemmas=("placed_with_rest", "permuted_with_rest")),
    place_unit("first", ("first",), lemmas=("placed_first", "placed_before")),
    place_unit("permuted", ("again",), lemmas=("permuted_again", "permuted_same")),
    *(place_unit(name, (f"{name}_next", name), lemmas=(f"{name}_next", name))
      for name in ("merged_left", "merged_right", "merged_left_down", "merged_right_down",
                   "heads_left", "heads_right", "tails_left", "tails_right")),
    *(place_unit(name, (name,), lemmas=(f"{name}_sorted", f"{name}_merged")) for name in ("head_moves", "tail_moves")),
    place_unit("twins", functions=("merge_halves",)),
    place_unit("parted", ("far", "parted", "once", "seam"),
               lemmas=("order_far", "order_rises", "parted_no_higher", "parted_once", "halves_in_order")),
    place_unit("halves", ("quarters", "halves"), lemmas=("placed_quarters", "half_counted", "rest_counted")),
    place_unit("whole", ("whole",), lemmas=("halves_permuted",)),
    place_unit("meet", functions=("merge_twins",)),
    place_unit("part", ("part", "known"),
               lemmas=("same_part", "placed_same_part", "heads_known_merged", "heads_known_sorted")),
    place_unit("any", functions=("merge_any",)),
    place_unit("used_up", functions=("merge_rest",)),
    place_unit("runs", ("runs_below", "runs"), lemmas=("runs_below_same", "runs_joined", "run_more", "runs_whole")),
    place_unit("split", ("more_split", "all"),
               lemmas=("more_split_a", "more_split_b", "inside_split_b", "inside_split_c", "merged_all")),
    place_unit("more", ("more",), lemmas=("permuted_more", "permuted_inside")),
    place_unit("pass", functions=("sort_blocks", "merge_pass", "memmap_places_sort")),
    Unit("sweep", "tests/prove/sweep.c", ("common/memmap/sweep.c",), lemmas=("leads_on",),
         proved=("class_bit", "entry_kinds", "claim_kinds", "last_region", "goes_on", "grow_last", "cut_page_0",
                 "append_region", "origin_of_span", "fail", "claim_alone", "emit_alone", "class_of", "count_finding",
                 "note_overlap", "counted_bits", "open_bits", "close_bits", "open_span", "close_span", "first_open",
                 "sort_ends", "cluster_end")),
    Unit("compare", "common/memmap/compare.c", ("common/memmap/compare.c",),
         proved=("regions_are_equal", "memmap_equal", "skip_to", "side_at", "side_end", "sides_are_equal",
                 "memmap_difference_begin", "even_run", "advance", "memmap_difference_next", "mix_0", "mix_1", "absorb",
                 "memmap_digest"), lemmas=("equal_sides_agree", "kept_in_order")),
    Unit("reclaim", "common/memmap/reclaim.c", ("common/memmap/reclaim.c",),
         proved=("memmap_condition_name", "memmap_reclaim_name", "memmap_reclaim_kind", "memmap_reclaim_begin",
                 "keep_page_0", "memmap_reclaim_next")),
    Unit("frames", "tests/prove/frames.c", ("common/frames/runs.h",),
         proved=("range_mask", "run_starts", "aligned_starts", "run_find", "run_exact", "aligned_runs", "makes_run",
                 "word_take", "word_give"),
         trusted=("run_mask",),
         lemmas=(*(f"starts_{n}" for n in (1, 2, 4, 8, 16, 32)), *(f"only_{n}" for n in (1, 2, 4, 8, 16, 32)))),
    Unit("tree", "tests/prove/tree.c",
         ("tests/prove/sequential/frames/atomic.h", "common/frames/tree.h", "common/frames/give.h",
          "common/frames/harden.h", "common/frames/search.h", "common/frames/tree.c", "common/frames/line.c"),
         before="-Itests/prove/sequential ",
         proved=("word_load", "word_store", "word_cas", "word_swap", "word_or", "word_and", "word_add", "word_peek",
                 "min_u64", "max_u64", "block_pfn", "group_first", "giant_first", "frames_find_near",
                 "frames_find_span", "frame_word", "frame_bit", "aligned_run_mask", "word_base", "row_says",
                 "group_says", "block_is_open", "moves_under_way", "moves_begin", "moves_end", "moves_tell", "hint_set",
                 "frames_refuse", "harden_clear", "plan_is_order", "block_set_bits", "block_tell_run",
                 "block_tell_given", "block_give_run", "span_place", "block_of",
                 "line_is_empty", "line_is_full", "block_drop_hint", "giant_bits", "giant_drop_hint",
                 "block_is_hinted", "words_take_full", "words_put_back", "become_whole", "gather_words", "gather_once", "block_gather",
                 "block_settle", "tell_quarter", "settle_and_tell", "block_has_run", "block_give", "span_gather",
                 "hint_gather", "frames_gather_hints", "blocks_take", "blocks_close", "block_open", "blocks_open", "line_clear", "line_write",
                 "block_split", "group_write", "giant_write", "giant_split",
                 "usable_bits", "fitting_starts", "word_without", "take_run_of_word", "claim_word", "line_claim",
                 "line_words_are_full", "twin_of", "take_full_words", "words_take", "words_take_around", "line_take"),
         trusted=("block_accept",)),
    Unit("bitmap", "common/frames/bitmap.c", ("common/frames/bitmap.c",),
         proved=("head_mask", "tail_mask", "fill_masked", "fill_words", "bitmap_fill", "bitmap_count")),
)

# What the proof is about: every function that is defined here counts, proved or not.
SHIPPED = ("common/base", "common/memmap", "common/frames/runs.h", "common/frames/bitmap.c", "common/frames/tree.h",
           "common/frames/give.h", "common/frames/tree.c", "common/frames/line.c")

LEVEL_3_PROVED = ("memmap_places_sort",)                   # of these, whose functional theorem stands in a contract
LEVEL_3 = ("memmap_places_sort", "memmap_sweep_spans")     # a sorted permutation; the highest rank wins


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
CUT, MERGE, RELEASE, ALLOCATE = (f"common/memmap/{name}.c" for name in ("cut", "merge", "release", "allocate"))

DIVIDE, EXTENT = "common/base/divide.h", "common/memmap/extent.h"
SOURCE, MULTIBOOT2 = "common/memmap/source.c", "common/memmap/source_multiboot2.c"
COMPARE, RECLAIM = "common/memmap/compare.c", "common/memmap/reclaim.c"
SWEEP = "common/memmap/sweep.c"
ACCOUNT, SPAN, CRC = "common/memmap/account.c", "common/memmap/span.h", "common/base/crc32c.c"

MEM, SPANS, EXPLAIN = "common/base/mem.c", "common/memmap/span.c", "common/memmap/explain.c"
FDT, NORMALIZE = "common/memmap/source_fdt.c", "common/memmap/normalize.c"
REST_MISTAKES = (
    Mistake("move-upwards-over-itself", "mem", "memmove", MEM,
            "    if (lies_inside(to, from, size_bytes))\n        copy_downwards(to, from, size_bytes);\n    else\n"
            "        copy_upwards", "    copy_upwards", "memmove_call_copy_upwards_requires"),
    Mistake("block-copied-with-a-gap", "mem", "copy_block", MEM,
            "copy_word(to, from, at + 16);", "copy_word(to, from, at + 24);", "copy_block_(assert|ensures)"),
    Mistake("set-ends-early", "mem", "memset", MEM,
            "        set_word(out, at, word, value);\n", "        set_word(out, 0, word, value);\n",
            "memset_loop_invariant"),
    Mistake("hole-until-the-region-ends", "compare", "side_end", COMPARE,
            "                                                : map->regions[index].first_pfn;",
            "                                                : map->regions[index].end_pfn;", "side_end_ensures"),
    Mistake("run-as-long-as-the-left", "compare", "even_run", COMPARE,
            "left_end < right_end ? left_end : right_end;", "left_end;", "even_run_ensures"),
    Mistake("span-of-a-dropped-entry", "span", "round_span", SPANS,
            "    else\n        span->end_pfn = span->first_pfn;\n", "", "round_span_ensures"),
    Mistake("empty-span-in-order", "span", "take_span", SPANS,
            "span->end_pfn <= span->first_pfn ||", "span->end_pfn < span->first_pfn ||", "take_span_ensures"),
    Mistake("bounds-beyond-the-places", "account", "add_claims", ACCOUNT,
            "    for (uint32_t i = 0; i < count; i++)\n        add_bound(", "    for (uint32_t i = 0; i <= count; i++)\n"
            "        add_bound(", "add_claims_(loop_invariant|call|loop_assigns|assert)"),
    Mistake("explain-looks-behind-the-claims", "explain", "take_tally", EXPLAIN,
            "    for (uint32_t i = 0; i < count; i++) {", "    for (uint32_t i = 0; i <= count; i++) {",
            "take_tally_(loop_invariant|call_hear_requires|loop_variant)"),
    Mistake("places-over-spans", "parts", "cut_scratch", NORMALIZE,
            "(struct place *)(void *)(bytes + 2 * spans_bytes);", "(struct place *)(void *)(bytes + spans_bytes);",
            "cut_scratch_ensures"),
    Mistake("half-a-pair-of-cells", "fdt", "push_reg", FDT,
            "reg.size_bytes - at >= pair_bytes;", "reg.size_bytes - at >= 4;", "push_reg_(call|loop_invariant)"),
    Mistake("padding-behind-the-structure", "fdt", "step_over", FDT,
            "range_is_inside(walk->at, step_bytes,", "range_is_inside(walk->at, size_bytes,", "step_over_ensures"),
)

EDIT_MISTAKES = (
    Mistake("shift-leaves-one-out", "cut", "shift_up", CUT,
            "for (size_t i = count; i > index; i--) {", "for (size_t i = count - 1; i > index; i--) {",
            "shift_up_(ensures|loop_invariant)"),
    Mistake("cut-leaves-a-hole", "cut", "part_at", CUT,
            "map->regions[index + 1].first_pfn = pfn;", "map->regions[index + 1].first_pfn = pfn + 1;",
            "part_at_ensures"),
    Mistake("merge-ignores-attributes", "merge", "are_alike", MERGE,
            "left->kind == right->kind &&\n           left->attributes == right->attributes;",
            "left->kind == right->kind;", "are_alike_ensures"),
    Mistake("merge-loses-the-neighbour", "merge", "take_in", MERGE,
            "    region->end_pfn = next->end_pfn;\n", "", "take_in_ensures"),
    Mistake("reserve-lowers", "edit", "raise_region", EDIT,
            "if (region->kind > kind)", "if (region->kind > kind + 1)", "raise_region_ensures"),
    Mistake("reserve-stops-early", "edit", "raise_kinds", EDIT,
            "regions[i].first_pfn < end_pfn; i++", "regions[i].end_pfn < end_pfn; i++",
            "raise_kinds_(ensures|assert)"),
    Mistake("reserve-without-room", "edit", "memmap_reserve", EDIT,
            "if (map->capacity - map->count < cuts)", "if (map->capacity - map->count + 1 < cuts)",
            "memmap_reserve_(call_raise_range_requires|ensures)"),
    Mistake("release-frees-page-0", "release", "release_from_0", RELEASE,
            "set_range(map, 0, 1, MEMMAP_RESERVED);\n    //@ ghost", "set_range(map, 0, 1, MEMMAP_USABLE);\n    //@ ghost",
            "release_from_0_(assert|ensures)"),
    Mistake("release-all-counts-others", "release", "change_region", RELEASE,
            "return 0;", "return 1;", "change_region_ensures"),
    Mistake("allocate-takes-one-more", "allocate", "memmap_allocate", ALLOCATE,
            "pfn + want->page_count, kind", "pfn + want->page_count + 1, kind", "memmap_allocate_(assert|ensures)"),
)

SWEEP_MISTAKES = (
    Mistake("cluster-ends-too-far", "sweep", "cluster_end", SWEEP,
            "for (; i < count && spans[i].first_pfn", "for (; i <= count && spans[i].first_pfn",
            "cluster_end_(assert|loop_invariant|ensures)"),
    Mistake("link-of-the-span-itself", "sweep", "first_open", SWEEP,
            "const uint32_t *behind = sweep->next + 1;", "const uint32_t *behind = sweep->next;",
            "first_open_(assert|loop_invariant|loop_variant)"),
    Mistake("bits-never-run-out", "sweep", "close_bits", SWEEP,
            "        if (--sweep->bit_counts[bit] == 0)", "        bits |= 1;\n        if (--sweep->bit_counts[bit] == 0)",
            "close_bits_loop_variant"),
)

SORT_MISTAKES = (
    Mistake("halves-do-not-meet", "place-twins", "merge_halves", PLACE,
            "for (size_t i = 0; i < width; i++) {", "for (size_t i = 0; i + 1 < width; i++) {", "merge_halves_ensures"),
    Mistake("last-of-a-run-not-copied", "place-used-up", "merge_rest", PLACE,
            "while (right < high) {", "while (right + 1 < high) {", "merge_rest_ensures"),
    Mistake("short-run-merged-from-both-ends", "place", "merge_pair", PLACE,
            "if (high - middle == width)", "if (middle - low == width)", "merge_pair_call_merge_twins_requires"),
    Mistake("pass-leaves-a-run-out", "place-pass", "merge_pass", PLACE,
            "low += 2 * width) {", "low += 3 * width) {", "merge_pass_(assert|loop_invariant)"),
    Mistake("sort-returns-the-older-places", "place-pass", "memmap_places_sort", PLACE,
            "        from = to;\n", "", "memmap_places_sort_loop_invariant"),
)

TREE_H, TREE, GIVE, LINE = ("common/frames/" + name for name in ("tree.h", "tree.c", "give.h", "line.c"))
BITMAP = "common/frames/bitmap.c"

FRAMES_MISTAKES = (
    Mistake("starts-of-four-beside", "frames", "aligned_starts", RUNS,
            "UINT64_C(0x1111111111111111),\n", "UINT64_C(0x2222222222222222),\n", "aligned_starts_ensures"),
    Mistake("upper-half-of-a-pair-is-exact", "frames", "run_exact", RUNS,
            "return found & ~(pairs | halves);", "return found & ~pairs;", "run_exact_ensures"),
    Mistake("head-keeps-the-last-bit", "bitmap", "head_mask", BITMAP,
            "run_mask(first, 64 - first)", "run_mask(first, 63 - first)", "head_mask_ensures"),
    Mistake("a-whole-word-forgotten", "bitmap", "bitmap_fill", BITMAP,
            "fill_words(words, head + 1, tail, value);", "fill_words(words, head + 2, tail, value);",
            "bitmap_fill_(assert|ensures)"),
    Mistake("word-of-another-block", "tree", "frame_word", TREE_H,
            "pfn % BLOCK_FRAMES / WORD_FRAMES", "pfn / WORD_FRAMES", "frame_word_(ensures|assert)"),
    Mistake("hint-not-set-in-the-row", "tree", "hint_set", TREE_H,
            "    if (!row_says(block, which))", "    if (row_says(block, which))", "hint_set_ensures"),
    Mistake("free-frame-given-again", "tree", "block_set_bits", GIVE,
            "        if (!word_give(old, mask, ret_new))\n            return false;\n",
            "        *ret_new = old | mask;\n", "block_set_bits_ensures"),
    Mistake("given-word-not-written", "tree", "block_set_bits", GIVE,
            "while (!word_cas(word, &old, *ret_new));", "while (old != *word);", "block_set_bits_ensures"),
    Mistake("gathers-seven-words", "tree", "gather_once", TREE,
            "    if (taken == LINE_WORDS) {", "    if (taken + 1 >= LINE_WORDS) {", "gather_once_(ensures|assert)"),
    Mistake("split-frees-what-was-asked-for", "tree", "line_write", TREE,
            "uint64_t free = WORD_FULL & ~taken;", "uint64_t free = WORD_FULL & taken;",
            "line_write_(assert|loop_invariant)"),
    Mistake("claim-clears-other-bits", "tree", "claim_word", LINE,
            "while (!word_cas(word, &old, old & ~mask));", "while (!word_cas(word, &old, 0));", "claim_word_ensures"),
    Mistake("run-taken-one-beside", "tree", "take_run_of_word", LINE,
            "taken->pfn = base_pfn + first;", "taken->pfn = base_pfn + first + 1;", "take_run_of_word_ensures"),
)

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
    Mistake("cut-at-a-seam-splits", "cut", "memmap_cut_splits", CUT,
            "return index < map->count && map->regions[index].first_pfn < pfn;",
            "return index < map->count && map->regions[index].first_pfn <= pfn;", "memmap_cut_splits_ensures"),
    Mistake("range-may-end-in-a-hole", "release", "range_has_kind", RELEASE,
            "return covered_to >= end_pfn;", "return true;", "range_has_kind_ensures"),
    Mistake("soft-reserved-is-released", "release", "may_be_released", RELEASE,
            "kind <= MEMMAP_UNACCEPTED)", "kind <= MEMMAP_SOFT_RESERVED)", "may_be_released_ensures"),
    Mistake("take-changes-other-frames", "frames", "word_take", RUNS,
            "*ret_word = word & ~mask;", "*ret_word = word & ~mask & (word - 1);", "word_take_ensures"),
    Mistake("give-accepts-a-free-frame", "frames", "word_give", RUNS,
            "if ((word & mask) != 0)", "if ((word & mask) == mask)", "word_give_ensures"),
    Mistake("run-starts-one-step-too-far", "frames", "run_starts", RUNS,
            "count - known < known ? count - known : known", "known", "run_starts_loop_invariant"),
    Mistake("range-beyond-the-word", "frames", "range_mask", RUNS,
            "    if (high > size)\n        high = size;\n", "", "range_mask_(ensures|call)"),
    Mistake("quotient-never-counts", "divide", "divide_u64_by_u32", DIVIDE,
            "            quotient++;\n", "", "divide_u64_by_u32_(assert|loop_invariant)"),
    Mistake("half-an-entry-is-one", "source", "open_source", SOURCE,
            "if (rest_bytes != 0 || count > MEMMAP_MAX_ENTRIES)", "if (count > MEMMAP_MAX_ENTRIES)",
            "open_source_(assert|ensures)"),
    Mistake("e820-reserved-is-usable", "source", "e820_kind", SOURCE,
            "    case 1:\n        return MEMMAP_USABLE;", "    case 2:\n        return MEMMAP_USABLE;",
            "e820_kind_ensures"),
    Mistake("table-beyond-the-zero-page", "source", "memmap_source_boot_params", SOURCE,
            "if (!range_is_inside(BOOT_PARAMS_E820_TABLE, table_bytes, size_bytes))", "if (size_bytes == 0)",
            "memmap_source_boot_params_call_open_source_requires"),
    Mistake("tag-of-no-size", "multiboot2", "find_map_tags", MULTIBOOT2,
            "tag_bytes < TAG_HEADER_BYTES || !range_is_inside", "!range_is_inside", "find_map_tags_loop_variant"),
    Mistake("inward-keeps-the-first-half", "extent", "extent_round_inward", EXTENT,
            "extent->first_pfn + (extent->first_offset != 0)", "extent->first_pfn", "extent_round_inward_ensures"),
    Mistake("insert-below-the-first", "place-gap", "make_gap", PLACE,
            "while (gap > low &&", "while (gap >= low &&", "make_gap_(assert|loop_invariant)"),
    Mistake("tail-one-too-far", "place", "twins_step", PLACE,
            "size_t tail = select(take_left, t.right_end, t.left_end) - 1;",
            "size_t tail = select(take_left, t.right_end, t.left_end);", "twins_step_(ensures|assert)"),
    Mistake("insert-forgets-the-place", "place-insert", "place_insert", PLACE,
            "    place_store(places, to, place);\n", "    place_store(places, to, places[at]);\n",
            "place_insert_(ensures|assert)"),
    Mistake("heads-take-the-greater", "place", "twins_step", PLACE,
            "size_t take_right = from[t.right].key < from[t.left].key;",
            "size_t take_right = from[t.left].key < from[t.right].key;", "twins_step_ensures"),
    Mistake("nearly-sorted-gives-up-late", "place-blocks", "sort_nearly_sorted", PLACE,
            "        if (far > PLACE_NEAR)\n            return false;", "        if (far > PLACE_NEAR)\n            return true;",
            "sort_nearly_sorted_ensures"),
    Mistake("equal-whatever-the-end", "compare", "regions_are_equal", COMPARE,
            "left->first_pfn == right->first_pfn && left->end_pfn == right->end_pfn &&",
            "left->first_pfn == right->first_pfn &&", "regions_are_equal_ensures"),
    Mistake("kinds-without-a-stage-are-freed", "reclaim", "memmap_reclaim_kind", RECLAIM,
            "(unsigned)kind >= MEMMAP_KIND_COUNT || waits_for[kind] == 0", "(unsigned)kind >= MEMMAP_KIND_COUNT",
            "memmap_reclaim_kind_ensures"),
    Mistake("carry-of-a-page-lost", "account", "memmap_size_add", ACCOUNT,
            "size->pages += pages + size->bytes / PAGE_BYTES;", "size->pages += pages;", "memmap_size_add_ensures"),
    Mistake("exact-over-the-width", "span", "entry_is_exact", SPAN,
            "entry->page_count <= width_pfn - first_pfn;", "entry->page_count <= width_pfn;", "entry_is_exact_ensures"),
    Mistake("byte-behind-the-last", "crc32c", "crc32c", CRC,
            "i < size_bytes; i++", "i <= size_bytes; i++", "crc32c_(assert|loop_invariant)"),
    *REST_MISTAKES,
    *EDIT_MISTAKES,
    *SWEEP_MISTAKES,
    *SORT_MISTAKES,
    *FRAMES_MISTAKES,
)
