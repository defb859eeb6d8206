/* SPDX-License-Identifier: MIT */
/* Which steps of a boot are written down, and what the next boot makes of them. */
#include <criterion/criterion.h>
#include <string.h>

#include "checkpoint/checkpoint.h"

#define VARIABLE_MOST 16u

/* A firmware variable, and how often it was written in this boot. */
static uint8_t variable[VARIABLE_MOST];
static size_t variable_bytes;
static unsigned writes;

/* Runs a boot as a loader does, up to the step in which it dies (0: none). Returns what it was told. */
static struct checkpoint_before boot(unsigned dies_in)
{
    struct checkpoint_before before = checkpoint_read(variable, variable_bytes);

    writes = 0;
    for (unsigned step = CHECKPOINT_FIRST; step <= CHECKPOINT_LAST; step += CHECKPOINT_STEP) {
        uint8_t record[CHECKPOINT_RECORD_BYTES];
        if (checkpoint_is_written(&before, step)) {
            checkpoint_record(&before, step, record);
            if (variable_bytes != sizeof record || memcmp(variable, record, sizeof record) != 0)
                writes++;
            memcpy(variable, record, sizeof record);
            variable_bytes = sizeof record;
        }
        if (step == dies_in)
            break;
    }
    cr_assert_leq(writes, 4);
    return before;
}

static void forget(void)
{
    variable_bytes = 0;
}

Test(checkpoint, every_step_has_a_name_of_its_own_and_nothing_else_has_one)
{
    unsigned named = 0;

    cr_assert_str_eq(checkpoint_name(CHECKPOINT_OPEN_VOLUME), "open-volume");
    cr_assert_str_eq(checkpoint_name(CHECKPOINT_READ_KERNEL), "read-kernel");
    cr_assert_str_eq(checkpoint_name(CHECKPOINT_LEAVE_FIRMWARE), "leave-firmware");
    cr_assert_str_eq(checkpoint_name(CHECKPOINT_SWITCH), "switch");
    for (unsigned code = 0; code < 0x200; code++) {
        named += strcmp(checkpoint_name(code), "?") != 0;
        for (unsigned other = 0x10; other < code && strcmp(checkpoint_name(code), "?") != 0; other += 8)
            cr_assert_str_neq(checkpoint_name(code), checkpoint_name(other));
    }
    cr_assert_eq(named, 15);
}

Test(checkpoint, a_boot_that_comes_to_the_last_step_ends_the_writing)
{
    forget();
    cr_assert_eq(boot(0).state, CHECKPOINT_NEW);
    cr_assert_eq(writes, 4);
    struct checkpoint_before before = boot(0);
    cr_assert_eq(before.state, CHECKPOINT_COMPLETE);
    cr_assert_eq(before.code, CHECKPOINT_LEAVE_FIRMWARE);
    cr_assert_eq(writes, 0);
    cr_assert_eq(boot(CHECKPOINT_READ_KERNEL).state, CHECKPOINT_COMPLETE);
    cr_assert_eq(writes, 0);
    forget();
    cr_assert_eq(boot(0).state, CHECKPOINT_NEW);
    cr_assert_eq(writes, 4);
}

/* By hand:   20 28 30 38 40 48 50 58     first and last, 30 and 40 between
 *            *     *     *        *  */
Test(checkpoint, the_first_boot_writes_at_fixed_steps)
{
    struct checkpoint_before none = {.state = CHECKPOINT_NEW};

    for (unsigned step = 0; step < 0x100; step++) {
        bool want = step == 0x20 || step == 0x30 || step == 0x40 || step == 0x58;
        cr_assert_eq(checkpoint_is_written(&none, step), want, "step 0x%x", step);
    }
}

/* Wherever a machine dies, five boots find the step, and no boot says what is not so. */
Test(checkpoint, boots_that_end_in_the_same_step_find_it)
{
    for (unsigned dies = CHECKPOINT_FIRST; dies < CHECKPOINT_LAST; dies += CHECKPOINT_STEP) {
        forget();
        for (unsigned round = 0; round < 6; round++) {
            struct checkpoint_before before = boot(dies);
            if (round == 0)
                continue;
            cr_assert_eq(before.state, CHECKPOINT_STOPPED);
            cr_assert(before.code <= dies && dies < before.missed, "dies in 0x%x, told 0x%x to 0x%x", dies,
                      before.code, before.missed);
            if (round >= 5)
                cr_assert_eq(before.missed - before.code, CHECKPOINT_STEP, "0x%x in boot %u", dies, round);
        }
        cr_assert_eq(boot(0).state, CHECKPOINT_STOPPED);
        cr_assert_eq(boot(0).state, CHECKPOINT_COMPLETE);
    }
}

/* A machine that dies now here, now there: what is told is always of the boot before. */
Test(checkpoint, tells_of_the_boot_before_whatever_came_earlier)
{
    for (unsigned one = CHECKPOINT_FIRST; one < CHECKPOINT_LAST; one += CHECKPOINT_STEP) {
        for (unsigned two = CHECKPOINT_FIRST; two < CHECKPOINT_LAST; two += CHECKPOINT_STEP) {
            forget();
            (void)boot(one);
            (void)boot(two);
            struct checkpoint_before before = boot(one);
            cr_assert(before.code <= two && two < before.missed, "0x%x then 0x%x: told 0x%x to 0x%x", one, two,
                      before.code, before.missed);
        }
    }
}

Test(checkpoint, a_variable_of_anything_is_no_record)
{
    struct checkpoint_before none = {.state = CHECKPOINT_NEW};
    uint8_t record[CHECKPOINT_RECORD_BYTES + 1] = {0};

    checkpoint_record(&none, CHECKPOINT_FIND_TABLES, record);
    for (size_t size = 1; size <= sizeof record; size++)
        cr_assert_eq(checkpoint_read(record, size).state, size == 8 ? CHECKPOINT_STOPPED : CHECKPOINT_UNREADABLE);
    for (unsigned at = 0; at < CHECKPOINT_RECORD_BYTES; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            record[at] ^= (uint8_t)(1u << bit);
            struct checkpoint_before before = checkpoint_read(record, CHECKPOINT_RECORD_BYTES);
            cr_assert_eq(before.state, CHECKPOINT_UNREADABLE, "byte %u bit %u", at, bit);
            cr_assert(before.code == 0 && before.missed == 0);
            cr_assert(checkpoint_is_written(&before, CHECKPOINT_FIRST), "it is written anew");
            record[at] ^= (uint8_t)(1u << bit);
        }
    }
}

/* Any code and any next one under a good check byte: what is accepted is a stretch of steps. */
Test(checkpoint, accepts_only_stretches_of_steps)
{
    struct checkpoint_before none = {.state = CHECKPOINT_NEW};
    uint8_t record[CHECKPOINT_RECORD_BYTES];

    checkpoint_record(&none, CHECKPOINT_FIRST, record);
    for (unsigned code = 0; code < 256; code++) {
        for (unsigned missed = 0; missed < 256; missed++) {
            record[5] = (uint8_t)code;
            record[6] = (uint8_t)missed;
            record[7] = (uint8_t)~(code + missed);
            struct checkpoint_before before = checkpoint_read(record, sizeof record);
            bool steps = code % 8 == 0 && code >= 0x20 && code < 0x58 && missed % 8 == 0 && missed > code &&
                         missed <= 0x58;
            bool last = code == 0x58 && missed == 0;
            cr_assert_eq(before.state, steps ? CHECKPOINT_STOPPED : last ? CHECKPOINT_COMPLETE : CHECKPOINT_UNREADABLE,
                         "0x%x, 0x%x", code, missed);
        }
    }
}
