/* SPDX-License-Identifier: MIT */
/*
 * Judging a run: contract of a refusal, of a halt after the exit, and of a boot. A boot is looked at
 * from outside: page tables by the walker, the kernel's bytes against the file, the loader's map
 * against the firmware's own list.
 */
#include "judge.h"

#include <stdio.h>
#include <string.h>

#include "bootinfo/bootinfo.h"
#include "boot_check.h"
#include "capture_check.h"

#define MOST_WAIT_US UINT64_C(11000000) /* the longest timeout of any scenario, and a little */

static char reason[256];

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[VERDICTS] = {"good", "leaked", "hung", "silent", "wild", "wrong"};

    return names[verdict];
}

/* Does a line begin with an id of this class, "E-FILE-02 "? Returns its start. */
static const char *find_id(const char *text)
{
    for (const char *at = strstr(text, "\nE-"); at != NULL; at = strstr(at + 1, "\nE-")) {
        size_t letters = strspn(at + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        const char *number = at + 3 + letters;
        if (letters >= 2 && number[0] == '-' && strspn(number + 1, "0123456789") == 2 && number[3] == ' ')
            return at + 1;
    }
    return NULL;
}

/* A whole error line: id, what for, status in hex, and a piece of advice. */
static bool is_whole(const char *line)
{
    const char *status = line != NULL ? strstr(line, "(0x") : NULL;

    return status != NULL && strstr(status, ") - ") != NULL && strchr(status, '\n') != NULL;
}

/* The first error line, from where it can be read whole. */
static const char *error_line(void)
{
    const char *line = find_id(world.conout);

    return is_whole(line) ? line : find_id(world.serial);
}

static bool line_is_whole(void)
{
    return is_whole(error_line());
}

const char *judge_error_id(void)
{
    static char id[24];
    const char *line = error_line();

    snprintf(id, sizeof id, "%.*s", line != NULL ? (int)strcspn(line, " ") : 0, line != NULL ? line : "");
    return id;
}

static bool script_touches(enum call call)
{
    for (unsigned i = 0; world.script != NULL && i < world.script->count; i++) {
        if (world.script->rules[i].call == call)
            return true;
    }
    return false;
}

/* Has the loader found the framebuffer? */
static bool screen_is_known(void)
{
    return world.scenario->graphics && !script_touches(LOCATE_PROTOCOL);
}

/* Has anything been drawn? Only machines without UART start with a black screen. */
static bool screen_is_written(void)
{
    const uint32_t *pixels = (const uint32_t *)FRAMEBUFFER_PADDR;

    for (size_t i = 0; i < FRAMEBUFFER_BYTES / 4; i++) {
        if (pixels[i] != 0)
            return true;
    }
    return false;
}

/* Could the loader tell anyone? */
static bool has_listener(void)
{
    return !world.scenario->no_uart || (!world.scenario->no_conout && !script_touches(OUTPUT_STRING));
}

static enum verdict blame(enum verdict verdict, const char **ret_why, const char *format, unsigned long value)
{
    snprintf(reason, sizeof reason, format, value);
    *ret_why = reason;
    return verdict;
}

static enum verdict judge_resources(const char **ret_why)
{
    unsigned expected = world.excused_pages + world.excused_pool;

    if (world.allocation_count != expected)
        return blame(LEAKED, ret_why, "%lu allocations are left", world.allocation_count);
    if (expected == 0 && memory_free_pages() != world.start_free_pages)
        return blame(LEAKED, ret_why, "%lu pages are free, not as many as before", memory_free_pages());
    if (world.opened_count != world.closed_count)
        return blame(LEAKED, ret_why, "%lu files are open", world.opened_count - world.closed_count);
    if (world.watchdog_s != 0 && !script_touches(SET_WATCHDOG))
        return blame(LEAKED, ret_why, "the watchdog runs: %lu s", world.watchdog_s);
    return GOOD;
}

static enum verdict judge_refusal(const char **ret_why)
{
    if (!EFI_ERROR(world.status))
        return blame(WRONG, ret_why, "returns status 0x%lx, which is no error", world.status);
    if (world.exit_called)
        return blame(WILD, ret_why, "returns to firmware that has begun to shut down (0x%lx)", world.status);
    if (has_listener() && !line_is_whole())
        return blame(SILENT, ret_why, "returns 0x%lx without a line that has an id", world.status);
    if (world.stalled_us > MOST_WAIT_US)
        return blame(STUCK, ret_why, "waits for %lu us", world.stalled_us);
    return judge_resources(ret_why);
}

static enum verdict judge_halt(const char **ret_why)
{
    if (!world.exit_called)
        return blame(WRONG, ret_why, "halts before the exit (%lu)", world.calls);
    if (world.scenario->no_uart && screen_is_known() && !screen_is_written())
        return blame(SILENT, ret_why, "halts with a black screen (%lu)", world.calls);
    if (!world.scenario->no_uart && !line_is_whole())
        return blame(SILENT, ret_why, "halts without a line that has an id (%lu)", world.calls);
    return GOOD;
}

enum verdict judge_run(bool must_boot, const char **ret_why)
{
    *ret_why = "as it should be";
    if (world.violation != NULL) {
        snprintf(reason, sizeof reason, "%s (0x%lx)", world.violation, (unsigned long)world.violation_value);
        *ret_why = reason;
        return WILD;
    }
    if (world.outcome == CRASHED)
        return blame(WILD, ret_why, "touches memory that is not its own, at 0x%lx", world.crash_address);
    if (world.outcome == HUNG)
        return blame(STUCK, ret_why, "does not end (%lu calls)", world.calls);
    if (world.scenario->may_write && capture_fault() != NULL) {
        *ret_why = capture_fault();
        return WRONG;
    }
    if (world.outcome == JUMPED) {
        const char *fault = boot_fault();
        if (fault != NULL) {
            *ret_why = fault;
            return WRONG;
        }
        return GOOD;
    }
    if (must_boot)
        return blame(WRONG, ret_why, "does not boot although nothing it needs failed (0x%lx)", world.status);
    return world.outcome == RETURNED ? judge_refusal(ret_why) : judge_halt(ret_why);
}
