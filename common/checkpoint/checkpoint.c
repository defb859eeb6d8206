/* SPDX-License-Identifier: MIT */
/* Steps, and which of them are remembered; see checkpoint.h. */
#include "checkpoint/checkpoint.h"

#include "base/mem.h"
#include "text/text.h"

/* A record: this, the code, the code that would be next, the complement of their sum. */
static const uint8_t magic[5] = {'G', 'S', 'T', 'E', 1};

/* In order; no pointers: nothing to relocate. */
static const char names[] =
    "open-volume\0read-config\0inspect-machine\0read-map\0find-tables\0read-kernel\0read-modules\0"
    "build-space\0extras\0leave-firmware\0dma-off\0verify-map\0map-memory\0seal\0switch";

static bool is_step(unsigned code)
{
    return code % CHECKPOINT_STEP == 0 && code >= CHECKPOINT_OPEN_VOLUME && code <= CHECKPOINT_SWITCH;
}

const char *checkpoint_name(unsigned code)
{
    return is_step(code) ? text_nth(names, (code - CHECKPOINT_OPEN_VOLUME) / CHECKPOINT_STEP) : "?";
}

static bool can_be_written(unsigned code)
{
    return is_step(code) && code >= CHECKPOINT_FIRST && code <= CHECKPOINT_LAST;
}

static uint8_t check_of(unsigned code, unsigned missed)
{
    return (uint8_t)~(code + missed);
}

struct checkpoint_before checkpoint_read(const uint8_t *bytes, size_t size)
{
    struct checkpoint_before before = {.state = size == 0 ? CHECKPOINT_NEW : CHECKPOINT_UNREADABLE};

    if (size != CHECKPOINT_RECORD_BYTES || memcmp(bytes, magic, sizeof magic) != 0 ||
        !can_be_written(bytes[5]) || bytes[7] != check_of(bytes[5], bytes[6]))
        return before;
    if (bytes[5] == CHECKPOINT_LAST ? bytes[6] != 0 : !can_be_written(bytes[6]) || bytes[6] <= bytes[5])
        return before;
    before.state = bytes[5] == CHECKPOINT_LAST ? CHECKPOINT_COMPLETE : CHECKPOINT_STOPPED;
    before.code = bytes[5];
    before.missed = bytes[6];
    return before;
}

/*
 * The two steps between the first and the last, of the stretch [code, missed) in which the boot
 * before ended: its middle and its end. A stretch up to the last step is cut in three.
 *
 *   code  .  .  one  .  .  missed = two  .  .  last
 *   code  .  .  one  .  .  two  .  .  missed = last
 */
static void choose(const struct checkpoint_before *before, unsigned *ret_one, unsigned *ret_two)
{
    bool known = before->state == CHECKPOINT_STOPPED;
    unsigned first = known ? before->code : CHECKPOINT_FIRST;
    unsigned end = known ? before->missed : CHECKPOINT_LAST;
    unsigned steps = (end - first) / CHECKPOINT_STEP; /* one more than lie between */

    bool is_tail = end == CHECKPOINT_LAST;
    *ret_one = first + steps / (is_tail ? 3 : 2) * CHECKPOINT_STEP;
    *ret_two = is_tail ? first + 2 * steps / 3 * CHECKPOINT_STEP : end;
}

bool checkpoint_is_written(const struct checkpoint_before *before, enum checkpoint step)
{
    unsigned one, two;

    if (before->state == CHECKPOINT_COMPLETE)
        return false;
    choose(before, &one, &two);
    return step == CHECKPOINT_FIRST || step == CHECKPOINT_LAST || step == one || step == two;
}

void checkpoint_record(const struct checkpoint_before *before, enum checkpoint step,
                       uint8_t ret_bytes[CHECKPOINT_RECORD_BYTES])
{
    unsigned missed = step == CHECKPOINT_LAST ? 0 : step + CHECKPOINT_STEP;

    while (missed != 0 && !checkpoint_is_written(before, (enum checkpoint)missed))
        missed += CHECKPOINT_STEP;
    memcpy(ret_bytes, magic, sizeof magic);
    ret_bytes[5] = (uint8_t)step;
    ret_bytes[6] = (uint8_t)missed;
    ret_bytes[7] = check_of(step, missed);
}
