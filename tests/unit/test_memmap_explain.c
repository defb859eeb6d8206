/* SPDX-License-Identifier: MIT */
/* Why a page is what it is: drawings. */
#include "test_memmap_explain.h"

/* Explains a page; all reasons as literals. */
static struct memmap_verdict reasons_are(const struct memmap_input *input, uint64_t pfn,
                                         const struct memmap_reason *expected, size_t count)
{
    struct memmap_explanation walk;
    struct memmap_reason got, untouched;

    cr_assert_eq(memmap_explain_begin(&walk, input, pfn), MEMMAP_OK);
    for (size_t i = 0; i < count; i++) {
        cr_assert(memmap_explain_next(&walk, &got), "reason %zu", i);
        cr_assert_eq(got.origin, expected[i].origin, "reason %zu origin %x", i, got.origin);
        cr_assert_eq(got.rule, expected[i].rule, "reason %zu: %s", i, memmap_rule_name(got.rule));
        cr_assert_eq(got.kind, expected[i].kind, "reason %zu: %s", i, memmap_kind_name(got.kind));
        cr_assert_eq(got.attributes, expected[i].attributes, "reason %zu: %lx", i, got.attributes);
    }
    memset(&got, 0xcc, sizeof got);
    memcpy(&untouched, &got, sizeof got);
    cr_assert_not(memmap_explain_next(&walk, &got), "one more: %x", got.origin);
    cr_assert_not(memmap_explain_next(&walk, &got), "and it stays so");
    cr_assert_eq(memcmp(&got, &untouched, sizeof got), 0);
    return walk.verdict;
}
#define REASONS_ARE(input, pfn, ...)                                                   \
    reasons_are(input, pfn, (const struct memmap_reason[]){__VA_ARGS__},               \
                sizeof((const struct memmap_reason[]){__VA_ARGS__}) /                  \
                    sizeof(struct memmap_reason))

static void verdict_is(struct memmap_verdict verdict, enum memmap_kind kind, uint64_t attributes,
                       uint32_t origin, uint32_t entries, uint32_t claims)
{
    cr_assert_not(verdict.is_hole);
    cr_assert_eq(verdict.kind, kind, "%s", memmap_kind_name(verdict.kind));
    cr_assert_eq(verdict.attributes, attributes, "%lx", verdict.attributes);
    cr_assert_eq(verdict.origin, origin, "%x", verdict.origin);
    cr_assert_eq(verdict.entry_count, entries);
    cr_assert_eq(verdict.claim_count, claims);
}

static void verdict_is_hole(struct memmap_verdict verdict)
{
    cr_assert(verdict.is_hole);
    cr_assert_not(verdict.page_0);
    cr_assert_eq(verdict.origin, MEMMAP_NO_ORIGIN);
    cr_assert_eq(verdict.entry_count + verdict.claim_count, 0);
}

/*   0 usable    |--------------|
 *   1 reserved      |-----|
 *   2 reserved        |-----|
 *   3 usable                     |--|    does not touch the page
 *   claim 0         |kernel|
 *   page                 ^                                                                */
Test(memmap_explain_next, names_the_decider_the_later_one_and_the_outranked)
{
    struct fixture f;

    begin(&f, 48);
    add(&f, 7, 0x100000, 16, WB | MEMMAP_UC);
    add(&f, 0, 0x104000, 6, WB | MEMMAP_RO);
    add(&f, 0, 0x106000, 6, WB | MEMMAP_XP);
    add(&f, 7, 0x110000, 4, WB);
    claim(&f, 0x104, 0x109, MEMMAP_KERNEL);
    verdict_is(REASONS_ARE(uefi(&f), 0x108, {0, MEMMAP_RULE_OUTRANKED, MEMMAP_USABLE, WB | MEMMAP_UC},
                           {1, MEMMAP_RULE_DECIDES, MEMMAP_RESERVED, WB | MEMMAP_RO},
                           {2, MEMMAP_RULE_SAME_KIND, MEMMAP_RESERVED, WB | MEMMAP_XP},
                           {CLAIM | 0, MEMMAP_RULE_OUTRANKED, MEMMAP_KERNEL, 0}),
               MEMMAP_RESERVED, WB | MEMMAP_RO | MEMMAP_XP, 1, 3, 1);
    verdict_is(REASONS_ARE(uefi(&f), 0x10b, {0, MEMMAP_RULE_OUTRANKED, MEMMAP_USABLE, WB | MEMMAP_UC},
                           {2, MEMMAP_RULE_DECIDES, MEMMAP_RESERVED, WB | MEMMAP_XP}),
               MEMMAP_RESERVED, WB | MEMMAP_XP, 2, 2, 0);
}

/*   loader data   |-------|
 *   claims          |kk|        the claim decides, the entry's attributes stay            */
Test(memmap_explain_next, names_a_claim_that_decides)
{
    struct fixture f;

    begin(&f, 48);
    add(&f, 2, 0x100000, 16, WB);
    claim(&f, 0x300, 0x301, MEMMAP_FRAMEBUFFER);
    claim(&f, 0x104, 0x106, MEMMAP_KERNEL);
    verdict_is(REASONS_ARE(uefi(&f), 0x105,
                           {0, MEMMAP_RULE_OUTRANKED, MEMMAP_LOADER_RECLAIMABLE, WB},
                           {CLAIM | 1, MEMMAP_RULE_DECIDES, MEMMAP_KERNEL, 0}),
               MEMMAP_KERNEL, WB, CLAIM | 1, 1, 1);
    verdict_is(REASONS_ARE(uefi(&f), 0x300, {CLAIM | 0, MEMMAP_RULE_DECIDES, MEMMAP_FRAMEBUFFER, 0}),
               MEMMAP_FRAMEBUFFER, 0, CLAIM | 0, 0, 1);
    verdict_is_hole(reasons_are(uefi(&f), 0x301, NULL, 0));
}

/*   0 usable     |..---|        from the middle of page 0x100 to the middle of 0x103
 *   1 reserved   |..---..|                                                              */
Test(memmap_explain_next, says_where_usable_memory_was_rounded_away)
{
    struct fixture f;

    begin(&f, 48);
    add(&f, 7, 0x100800, 3, WB);
    verdict_is_hole(REASONS_ARE(uefi(&f), 0x100, {0, MEMMAP_RULE_ROUNDED_AWAY, MEMMAP_USABLE, WB}));
    verdict_is(REASONS_ARE(uefi(&f), 0x101, {0, MEMMAP_RULE_DECIDES, MEMMAP_USABLE, WB}),
               MEMMAP_USABLE, WB, 0, 1, 0);
    verdict_is_hole(REASONS_ARE(uefi(&f), 0x103, {0, MEMMAP_RULE_ROUNDED_AWAY, MEMMAP_USABLE, WB}));
    verdict_is_hole(reasons_are(uefi(&f), 0x104, NULL, 0));
    add(&f, 0, 0x100800, 3, 0);
    verdict_is(REASONS_ARE(uefi(&f), 0x103, {0, MEMMAP_RULE_ROUNDED_AWAY, MEMMAP_USABLE, WB},
                           {1, MEMMAP_RULE_DECIDES, MEMMAP_RESERVED, 0}),
               MEMMAP_RESERVED, 0, 1, 1, 0);
}

/* 36 bits: 2^24 pages. */
Test(memmap_explain_next, says_what_was_clipped_and_what_was_dropped)
{
    struct fixture f;

    begin(&f, 36);
    add(&f, 7, UINT64_C(0xffffff000), 4, WB);
    add(&f, 7, UINT64_C(0x1000000000), 0, WB);
    add(&f, 0, UINT64_C(0x800000000), UINT64_C(1) << 52, 0);
    add(&f, 0, 0x5000, 1, 0);
    verdict_is(REASONS_ARE(uefi(&f), 0xffffff, {0, MEMMAP_RULE_DECIDES, MEMMAP_USABLE, WB},
                           {2, MEMMAP_RULE_WRAPPING, MEMMAP_RESERVED, 0}),
               MEMMAP_USABLE, WB, 0, 1, 0);
    verdict_is_hole(REASONS_ARE(uefi(&f), 0x1000000, {0, MEMMAP_RULE_CLIPPED, MEMMAP_USABLE, WB},
                                {1, MEMMAP_RULE_EMPTY, MEMMAP_USABLE, WB},
                                {2, MEMMAP_RULE_WRAPPING, MEMMAP_RESERVED, 0}));
    verdict_is_hole(REASONS_ARE(uefi(&f), PFN_END - 1, {2, MEMMAP_RULE_WRAPPING, MEMMAP_RESERVED, 0}));
    verdict_is_hole(reasons_are(uefi(&f), 0x7fffff, NULL, 0));
}

/* An entry that ends at 2^64 is like any other; one byte more wraps. */
Test(memmap_explain_next, treats_an_entry_that_ends_at_2_to_64_like_any_other)
{
    struct fixture f;

    begin(&f, 64);
    add(&f, 7, UINT64_C(0xffffffffffffe000), 2, WB);
    add(&f, 0, UINT64_C(0xfffffffffffff001), 1, 0);
    verdict_is(REASONS_ARE(uefi(&f), PFN_END - 1, {0, MEMMAP_RULE_DECIDES, MEMMAP_USABLE, WB},
                           {1, MEMMAP_RULE_WRAPPING, MEMMAP_RESERVED, 0}),
               MEMMAP_USABLE, WB, 0, 1, 0);
}

Test(memmap_explain_begin, makes_page_0_reserved_by_rule_where_it_would_be_usable)
{
    struct fixture f;
    struct memmap_verdict verdict;

    begin(&f, 48);
    add(&f, 7, 0, 16, WB);
    add(&f, 7, 0, 32, WB);
    verdict = REASONS_ARE(uefi(&f), 0, {0, MEMMAP_RULE_DECIDES, MEMMAP_USABLE, WB},
                          {1, MEMMAP_RULE_SAME_KIND, MEMMAP_USABLE, WB});
    verdict_is(verdict, MEMMAP_RESERVED, WB, 0, 2, 0);
    cr_assert(verdict.page_0);
    verdict = REASONS_ARE(uefi(&f), 1, {0, MEMMAP_RULE_DECIDES, MEMMAP_USABLE, WB},
                          {1, MEMMAP_RULE_SAME_KIND, MEMMAP_USABLE, WB});
    cr_assert_not(verdict.page_0);
    claim(&f, 0, 1, MEMMAP_AP_TRAMPOLINE);
    verdict = REASONS_ARE(uefi(&f), 0, {0, MEMMAP_RULE_OUTRANKED, MEMMAP_USABLE, WB},
                          {1, MEMMAP_RULE_OUTRANKED, MEMMAP_USABLE, WB},
                          {CLAIM | 0, MEMMAP_RULE_DECIDES, MEMMAP_AP_TRAMPOLINE, 0});
    verdict_is(verdict, MEMMAP_AP_TRAMPOLINE, WB, CLAIM | 0, 2, 1);
    cr_assert_not(verdict.page_0);
}

/*   0   |------|      the shorter one decides, whatever the order; an entry before a claim
 *   1   |---|                                                                            */
Test(memmap_explain_begin, lets_the_shorter_entry_decide_of_two_that_begin_together)
{
    struct fixture f;

    begin(&f, 48);
    add(&f, 0, 0x10000, 8, WB);
    add(&f, 0, 0x10000, 4, WB);
    claim(&f, 0x10, 0x11, MEMMAP_RESERVED);
    REASONS_ARE(uefi(&f), 0x10, {0, MEMMAP_RULE_SAME_KIND, MEMMAP_RESERVED, WB},
                {1, MEMMAP_RULE_DECIDES, MEMMAP_RESERVED, WB},
                {CLAIM | 0, MEMMAP_RULE_SAME_KIND, MEMMAP_RESERVED, 0});
    REASONS_ARE(uefi(&f), 0x14, {0, MEMMAP_RULE_DECIDES, MEMMAP_RESERVED, WB});
}

Test(memmap_explain_begin, refuses_what_normalize_refuses_and_pages_beyond_2_to_52)
{
    struct fixture f;
    struct memmap_explanation walk, untouched;

    begin(&f, 31);
    memset(&walk, 0xcc, sizeof walk);
    memcpy(&untouched, &walk, sizeof walk);
    cr_assert_eq(memmap_explain_begin(&walk, uefi(&f), 1), MEMMAP_BAD_WIDTH);
    f.input.physical_bits = 65;
    cr_assert_eq(memmap_explain_begin(&walk, uefi(&f), 1), MEMMAP_BAD_WIDTH);
    f.input.physical_bits = 64;
    cr_assert_eq(memmap_explain_begin(&walk, uefi(&f), PFN_END), MEMMAP_BAD_RANGE);
    cr_assert_eq(memmap_explain_begin(&walk, uefi(&f), UINT64_MAX), MEMMAP_BAD_RANGE);
    f.input.physical_bits = 36;
    claim(&f, 5, 5, MEMMAP_KERNEL);
    cr_assert_eq(memmap_explain_begin(&walk, uefi(&f), 1), MEMMAP_BAD_CLAIM);
    f.claims[0] = (struct memmap_claim){.first_pfn = 5, .end_pfn = 0x1000001};
    cr_assert_eq(memmap_explain_begin(&walk, uefi(&f), 1), MEMMAP_BAD_CLAIM);
    f.claims[0] = (struct memmap_claim){.first_pfn = 5, .end_pfn = 6, .kind = MEMMAP_KIND_COUNT};
    cr_assert_eq(memmap_explain_begin(&walk, uefi(&f), 1), MEMMAP_BAD_CLAIM);
    f.input.claim_count = MEMMAP_MAX_ENTRIES + 1;
    cr_assert_eq(memmap_explain_begin(&walk, uefi(&f), 1), MEMMAP_BAD_CLAIM);
    cr_assert_eq(memcmp(&walk, &untouched, sizeof walk), 0, "unchanged on error");
    f.input.claim_count = 1;
    f.claims[0] = (struct memmap_claim){.first_pfn = 5, .end_pfn = 0x1000000, .kind = MEMMAP_BAD};
    cr_assert_eq(memmap_explain_begin(&walk, uefi(&f), PFN_END - 1), MEMMAP_OK);
}

Test(memmap_rule_name, names_every_rule)
{
    static const char *const names[] = {"decides",      "same-kind", "outranked", "rounded-away",
                                        "clipped",      "empty",     "wrapping",  "unknown"};

    for (unsigned rule = 0; rule <= MEMMAP_RULE_COUNT; rule++)
        cr_assert_str_eq(memmap_rule_name((enum memmap_rule)rule), names[rule]);
}
