/* SPDX-License-Identifier: MIT */
/*
 * Was a run right? A loader that is stopped before the exit must return an error, say it in one whole line with
 * an id that names the failed step, and leave no page, no pool memory, no open file, no watchdog.
 */
#include "target.h"
#include "text/text.h"

struct counts counts;

static const char verdict_names[VERDICTS][8] = {"ok", "LEAKED", "HUNG", "SILENT", "WILD", "WRONG"};
static char reason[200];

/* Behind "E-" stand capitals, "-", digits. */
static bool is_error_id(const char *at)
{
    if (at[0] != 'E' || at[1] != '-')
        return false;
    for (at += 2; *at >= 'A' && *at <= 'Z'; at++)
        ;
    return at[0] == '-' && at[1] >= '0' && at[1] <= '9';
}

/* The error lines that ConOut showed; the first one's id. */
static unsigned error_lines(char *ret_id, size_t capacity)
{
    unsigned count = 0;

    for (size_t at = 0; at < run.text_bytes; at++) {
        if ((at > 0 && run.text[at - 1] != '\n') || !is_error_id(run.text + at))
            continue;
        for (size_t i = 0; count == 0 && i + 1 < capacity && run.text[at + i] > ' '; i++) {
            ret_id[i] = run.text[at + i];
            ret_id[i + 1] = '\0';
        }
        count++;
    }
    return count;
}

const char *judge_error_id(void)
{
    static char id[24];

    id[0] = '\0';
    (void)error_lines(id, sizeof id);
    return id;
}

static bool script_touches(enum call call)
{
    for (unsigned i = 0; i < run.script.count; i++) {
        if (run.script.rules[i].call == call)
            return true;
    }
    return false;
}

static bool script_lies(void)
{
    for (unsigned i = 0; i < run.script.count; i++) {
        if (run.script.rules[i].action->lie != NO_LIE)
            return true;
    }
    return false;
}

static bool harmless(void)
{
    for (unsigned i = 0; i < run.script.count; i++) {
        if (!call_is_optional(run.script.rules[i].call))
            return false;
    }
    return run.map == NULL || run.map_laid_over;
}

__attribute__((format(printf, 3, 4)))
static enum verdict blame(enum verdict verdict, const char **ret_why, const char *format, ...)
{
    struct text text;
    va_list list;

    text_init(&text, reason, sizeof reason);
    va_start(list, format);
    text_vformat(&text, format, list);
    va_end(list);
    *ret_why = reason;
    return verdict;
}

/* By the loader's own calls, and by the firmware's map. */
static enum verdict judge_resources(const char **ret_why)
{
    unsigned pages = 0, pool = 0;

    for (unsigned i = 0; i < run.pages_count; i++)
        pages += !run.pages[i].excused;
    for (unsigned i = 0; i < run.pool_count; i++)
        pool += !run.pool[i].excused;
    if (pages != 0 || pool != 0)
        return blame(LEAKED, ret_why, "%u allocations of pages and %u of pool are left", pages, pool);
    if (files_open_count() != 0)
        return blame(LEAKED, ret_why, "%u files are open", files_open_count());
    if (run.watchdog_s != 0 && !script_touches(SET_WATCHDOG))
        return blame(LEAKED, ret_why, "the watchdog runs: %lu s", run.watchdog_s);
    if (run.after.loader_pages != run.before.loader_pages)
        return blame(LEAKED, ret_why, "%lu pages of loader memory, %lu before", run.after.loader_pages,
                     run.before.loader_pages);
    if (run.after.free_pages != run.before.free_pages && !run.variant->on_volume && !run.by_firmware)
        return blame(LEAKED, ret_why, "%lu pages are free, %lu before", run.after.free_pages, run.before.free_pages);
    return GOOD;
}

static enum verdict judge_words(const char **ret_why)
{
    char id[24] = "";
    unsigned lines = error_lines(id, sizeof id);
    const struct rule *rule = &run.script.rules[0];

    if (lines == 0 && script_touches(OUTPUT_STRING))
        return GOOD; /* on the serial port: the host looks there */
    if (lines == 0)
        return blame(SILENT, ret_why, "returns 0x%lx without a line that has an id", run.status);
    if (lines != 1 && !script_lies() && run.map == NULL)
        return blame(WRONG, ret_why, "says %u error lines, not one", lines);
    if (run.gated || run.script.count != 1 || run.faults.fired == 0)
        return GOOD;
    if (!call_explains(rule->call, id))
        return blame(WRONG, ret_why, "the line's id %s names another step", id);
    if (rule->action->lie == NO_LIE && run.status != rule->action->status)
        return blame(WRONG, ret_why, "returns 0x%lx, not the firmware's status", run.status);
    return GOOD;
}

enum verdict judge_run(const char **ret_why)
{
    enum verdict verdict;

    *ret_why = "";
    if (run.violation != NULL)
        return blame(WILD, ret_why, "%s (0x%lx)", run.violation, run.violation_value);
    if (run.calls > MOST_CALLS)
        return blame(HUNG, ret_why, "makes %u calls without an end", run.calls);
    if (run.stalled_us > MOST_WAIT_US)
        return blame(HUNG, ret_why, "waits for %lu us", run.stalled_us);
    if (run.halted != run.must_halt)
        return blame(WRONG, ret_why, run.halted ? "halts (%u tries to exit)" : "does not halt (%u tries to exit)",
                     run.exits);
    if (run.halted)
        return GOOD; /* its line is on the serial port: the host looks there */
    if (run.ended && run.exits != run.exit_refusals + 1)
        return blame(WRONG, ret_why, "tries the exit %u times", run.exits);
    if (run.ended)
        return GOOD;
    if (run.ending == ENDED_AT_EXIT)
        return blame(WRONG, ret_why, "does not come to the exit: %s", judge_error_id());
    if (!EFI_ERROR(run.status))
        return blame(WRONG, ret_why, "returns status 0x%lx, which is no error", run.status);
    if (run.exits > 0)
        return blame(WILD, ret_why, "returns to firmware that has begun to shut down (0x%lx)", run.status);
    verdict = judge_resources(ret_why);
    if (verdict == GOOD && harmless() && !run.gated)
        return blame(WRONG, ret_why, "does not come to the exit although nothing it needs failed: %s",
                     judge_error_id());
    return verdict == GOOD ? judge_words(ret_why) : verdict;
}

static bool something_was_wrong(void)
{
    return run.faults.fired > 0 || run.map != NULL || run.stride_bytes != 0 || run.exit_refusals > 0;
}

void judge_and_count(void)
{
    const char *why;
    enum verdict verdict = judge_run(&why);
    const char *id = judge_error_id();

    counts.runs++;
    counts.injected += something_was_wrong();
    counts.verdicts[verdict]++;
    counts.gated += run.gated;
    counts.halted += run.halted;
    counts.ended += run.ended && !run.halted;
    counts.refused += !run.gated && !run.ended;
    if (id[0] == '\0')
        id = run.halted ? "halted" : run.ended ? "exit" : "on-serial";
    serial_say("-> %s %s fired=%u status=0x%lx%s%s\n", verdict_names[verdict], id, run.faults.fired, run.status,
               why[0] != '\0' ? ": " : "", why);
    if (verdict != GOOD)
        serial_say("conout: %.*s\n", (int)(run.text_bytes < 300 ? run.text_bytes : 300),
                   run.text + (run.text_bytes < 300 ? 0 : run.text_bytes - 300));
}
