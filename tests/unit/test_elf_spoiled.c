/* SPDX-License-Identifier: MIT */
/*
 * Case 99 of the fault catalogue: whatever stands in header, program headers, dynamic section
 * and relocations, nothing is read or written outside (the sanitizers watch exact copies), and
 * what is accepted satisfies the second opinion of elf_builder.c. The same spoiled files, and
 * whether they ought to be accepted, are the business of tests/model/elf_judge.py.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "model/random.h"
#include "unit/elf_builder.h"

static struct elf_file file;
static struct elf_file valid;
static struct elf_file valid_pie;

/* Named in failures: the seed in use, 0 where bytes are spoilt one by one. */
static uint64_t seed;

static struct {
    unsigned accepted;
    unsigned relocated;
    unsigned refused;
} tally;

/* The whole way of one file; true where it may be started. */
static bool run_file(void)
{
    struct elf_plan plan;
    struct elf_image image;
    struct elf_relocations relocations;
    const char *wrong;
    bool accepted;

    if (plan_file(&file, &plan).status != ELF_OK) {
        tally.refused++;
        return false;
    }
    tally.accepted++;
    wrong = plan_fault(&file, &plan);
    cr_assert_null(wrong, "%s (seed %#" PRIx64 ", file %u)", wrong, seed,
                   tally.accepted + tally.refused);
    load_image(&file, &plan, &image);
    accepted = elf_check_relocations(&plan, &image, &relocations).status == ELF_OK;
    if (accepted) {
        elf_relocate(&plan, &image, &relocations);
        tally.relocated++;
    }
    free_image(&plan, &image);
    return accepted;
}

/* Each bit of [first, end) flipped, each byte set to the values that break most. */
static void spoil_each_byte(uint64_t first, uint64_t end)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

    for (uint64_t at = first; at < end; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            file = valid;
            file.bytes[at] ^= (uint8_t)(1u << bit);
            run_file();
        }
        for (size_t i = 0; i < sizeof values; i++) {
            file = valid;
            file.bytes[at] = values[i];
            run_file();
        }
    }
}

Test(elf_plan, survives_each_spoiled_byte_of_the_headers_of_an_exec)
{
    build_exec(&valid);
    spoil_each_byte(0, 64 + 7 * 56);
    cr_assert_gt(tally.accepted, 500, "%u", tally.accepted);
    cr_assert_gt(tally.refused, 1000, "%u", tally.refused);
}

Test(elf_plan, survives_each_spoiled_byte_of_the_headers_of_a_pie)
{
    build_pie(&valid);
    spoil_each_byte(0, 64 + 8 * 56);
    cr_assert_gt(tally.relocated, 500, "%u", tally.relocated);
    cr_assert_gt(tally.refused, 1000, "%u", tally.refused);
}

Test(elf_check_relocations, survives_each_spoiled_byte_of_its_tables)
{
    build_pie(&valid);
    spoil_each_byte(RELA_OFFSET, RELA_OFFSET + 4 * 24);
    spoil_each_byte(DYNAMIC_OFFSET, DYNAMIC_OFFSET + 8 * 16);
    cr_assert_eq(tally.refused, 0, "the plan does not look at them");
    cr_assert_gt(tally.relocated, 200, "%u", tally.relocated);
    cr_assert_gt(tally.accepted - tally.relocated, 500, "%u", tally.accepted - tally.relocated);
}

/* A field of some program header becomes another field's value, or a number from the edges. */
static void spoil_at_random(uint64_t *state)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     0xfff,
                                     0x1000,
                                     0x200000,
                                     EXEC_BASE,
                                     WINDOW_END,
                                     WINDOW_END - 0x1000,
                                     UINT64_MAX,
                                     UINT64_C(1) << 63};
    static const unsigned fields[] = {P_TYPE,  P_FLAGS,  P_OFFSET, P_VADDR,
                                      P_FILESZ, P_MEMSZ, P_ALIGN};
    unsigned index = (unsigned)(random_next(state) % 8);
    unsigned field = fields[random_next(state) % 7];
    uint64_t value = edges[random_next(state) % 10];

    if (random_next(state) % 2 == 0)
        value = get_part(&file, (unsigned)(random_next(state) % 8), field);
    if (random_next(state) % 4 == 0)
        value += random_next(state) % 0x2000 - 0x1000;
    put_part(&file, index, field, value);
}

Test(elf_plan, survives_spoiled_fields_in_numbers)
{
    uint64_t state = UINT64_C(0x67726f6d61000001);

    build_exec(&valid);
    build_pie(&valid_pie);
    seed = state;
    for (unsigned round = 0; round < 20000; round++) {
        file = random_next(&state) % 2 == 0 ? valid : valid_pie;
        for (uint64_t i = random_next(&state) % 3; i < 3; i++)
            spoil_at_random(&state);
        run_file();
    }
    cr_assert_gt(tally.relocated, 500, "seed %#" PRIx64 ": %u", seed, tally.relocated);
    cr_assert_gt(tally.refused, 5000, "seed %#" PRIx64 ": %u", seed, tally.refused);
}
