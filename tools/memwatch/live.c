/* SPDX-License-Identifier: MIT */
/* See live.h. */
#include "live.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define QUIET_NS  UINT64_C(5000000000) /* at most so long without a line */
#define IDLE      0.02                 /* processors: less is waiting */

enum { HEAD_LINES = 4, LEAST_NAME = 12, MOST_HOTTEST = 3 };

static double seconds_of(uint64_t ns)
{
    return (double)ns / 1e9;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* The chosen bytes, and in how many of the target's regions they lie. Slices and regions ascend. */
static uint64_t watched(const struct session *session, size_t *ret_regions)
{
    const struct target *target = session->target;
    uint64_t sum = 0;
    size_t region = 0, counted = SIZE_MAX;

    *ret_regions = 0;
    for (size_t i = 0; i < session->slice_count; i++) {
        uint64_t first = session->slices[i].region.address, last = first + (session->slices[i].region.size_bytes - 1);
        sum += session->slices[i].region.size_bytes;
        while (region < target->count && target->regions[region].address <= last) {
            bool lies_in = target->regions[region].address + (target->regions[region].size_bytes - 1) >= first;
            *ret_regions += lies_in && region != counted;
            counted = lies_in ? region : counted;
            if (target->regions[region].address + (target->regions[region].size_bytes - 1) > last)
                break; /* the next slice may lie in it, too */
            region++;
        }
    }
    return sum;
}

/* ---- a picture ------------------------------------------------------------------------------------------- */

static void print_strip(const struct heat *heat)
{
    static const char heats[] = " .:-=+*#%@";
    uint32_t most = 1;

    for (unsigned i = 0; i < STRIP_CELLS; i++)
        most = heat->rounds[i] > most ? heat->rounds[i] : most;
    putchar('[');
    for (unsigned i = 0; i < STRIP_CELLS; i++)
        putchar(heats[heat->rounds[i] == 0 ? 0 : 1 + (uint64_t)heat->rounds[i] * 8 / most]);
    putchar(']');
}

static void print_heat(const struct history *history, const struct heat *heat, const char *name, unsigned columns)
{
    unsigned used = STRIP_CELLS + 2 + 12 + 12 + 1;
    int room = columns > used + LEAST_NAME ? (int)(columns - used) : LEAST_NAME;

    print_strip(heat);
    printf("%10s/s%12s %.*s\033[K\n", size_words((uint64_t)((double)heat->round_bytes / seconds_of(history->round_ns))),
           size_words(heat->all_bytes), room - 1, name);
}

/* Hotter regions first: by the last round, then by all of them. */
static int compare_heat(const void *left, const void *right)
{
    const struct heat *a = *(const struct heat *const *)left, *b = *(const struct heat *const *)right;

    if (a->round_bytes != b->round_bytes)
        return a->round_bytes > b->round_bytes ? -1 : 1;
    if (a->all_bytes != b->all_bytes)
        return a->all_bytes > b->all_bytes ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* The regions that changed, hottest first; how many. */
static size_t hottest(const struct history *history, const struct heat ***ret_heats)
{
    static const struct heat **heats;
    static size_t room;
    size_t count = 0;

    for (; room < history->region_count; room = history->region_count)
        heats = grab(history->region_count, sizeof *heats);
    for (size_t i = 0; i < history->region_count; i++) {
        if (history->regions[i].all_bytes > 0)
            heats[count++] = &history->regions[i];
    }
    if (count > 0)
        qsort(heats, count, sizeof *heats, compare_heat);
    *ret_heats = heats;
    return count;
}

static const char *name_of(const struct history *history, const struct heat *heat)
{
    return history->session->target->regions[heat - history->regions].name;
}

/* Why it may be that nothing changes. */
static const char *idle_words(const struct history *history)
{
    const struct target *target = history->session->target;

    if (target->pid == 0)
        return "nobody may be writing there";
    return target->is_guest ? "the guest waits, or has halted (Groma's kernel does when it is done)"
                            : "it sleeps or waits";
}

static void print_since(const struct history *history)
{
    if (history->changed_rounds == 0)
        printf("nothing has changed yet");
    else
        printf("%" PRIu64 " change%s so far, the last %.1f s ago in round %" PRIu64, history->change_count,
               plural(history->change_count), seconds_of(history->now_ns - history->last_ns), history->last_round);
    if (history->session->found_count == 0 && history->busy < IDLE)
        printf("; %s", idle_words(history));
    printf("\033[K\n");
}

static void print_last_found(const struct history *history, unsigned lines, unsigned columns)
{
    const struct session *session = history->session;

    for (size_t i = 0; i < history->found_count && i < lines; i++) {
        char *line = NULL;
        size_t length = 0;
        FILE *to = open_memstream(&line, &length);
        if (to == NULL)
            return;
        print_found(to, session, &history->kept[i]);
        fclose(to);
        printf("%.*s\033[K\n", (int)(columns - 1), strtok(line, "\n"));
        free(line);
    }
}

static void terminal_size(unsigned *ret_columns, unsigned *ret_lines)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;

    *ret_columns = known ? size.ws_col : 80;
    *ret_lines = known ? size.ws_row : 24;
}

void show_picture(const struct history *history)
{
    const struct session *session = history->session;
    const struct heat **heats;
    size_t count = hottest(history, &heats), regions;
    unsigned columns, lines, left, shown_regions;

    terminal_size(&columns, &lines);
    left = lines > HEAD_LINES + 3 ? lines - HEAD_LINES - 2 : 1;
    shown_regions = count < left / 2 ? (unsigned)count : left / 2;
    printf("\033[H%.*s\033[K\n", (int)(columns - 1), session->target->what);
    printf("round %" PRIu64 ", %.1f s; %s compared in %.0f ms", history->round, seconds_of(history->now_ns - history->start_ns),
           size_words(session->totals.compared_bytes), seconds_of(history->took_ns) * 1e3);
    if (session->target->pid != 0)
        printf("; %s uses %.0f %% of a processor", session->target->is_guest ? "QEMU" : "it", history->busy * 100);
    printf("; Ctrl-C ends\033[K\n");
    print_since(history);
    (void)watched(session, &regions);
    printf("%*s now     so far\033[K\n", (int)STRIP_CELLS + 12, "");
    print_heat(history, &history->whole, "all of it", columns);
    for (unsigned i = 0; i < shown_regions; i++)
        print_heat(history, heats[i], name_of(history, heats[i]), columns);
    if (regions > shown_regions)
        printf("%zu of %zu regions unchanged\033[K\n", regions - count, regions);
    print_last_found(history, left - shown_regions - 2, columns);
    fputs("\033[J", stdout);
}

/* ---- lines ----------------------------------------------------------------------------------------------- */

void show_begin(const struct history *history)
{
    size_t regions;
    const char *size = size_words(watched(history->session, &regions));

    printf("%s: %s in %zu region%s, a look every %.3g s\n", history->session->target->what, size, regions, plural(regions),
           seconds_of(history->session->arguments->interval_ns));
}

static void print_quiet(const struct history *history)
{
    uint64_t first = history->told_round + 1;

    if (first == history->round)
        printf("round %" PRIu64, first);
    else
        printf("rounds %" PRIu64 " to %" PRIu64, first, history->round);
    printf(" (%.1f s): nothing changed%s%s\n", seconds_of(history->now_ns - history->start_ns),
           history->busy < IDLE ? "; " : "", history->busy < IDLE ? idle_words(history) : "");
}

void show_lines(struct history *history)
{
    const struct session *session = history->session;
    uint64_t limit = session->arguments->limit, unreadable = session->totals.unreadable_bytes;

    if (session->found_count == 0 && unreadable == 0) {
        if (history->now_ns - history->told_ns < QUIET_NS)
            return;
        print_quiet(history);
    }
    for (size_t i = 0; i < session->found_count && i < limit; i++)
        print_found(stdout, session, &session->found[i]);
    if (session->found_count > limit)
        printf("and %zu more (--limit)\n", session->found_count - (size_t)limit);
    if (session->found_count > 0)
        printf("round %" PRIu64 " (%.1f s): %zu change%s, %" PRIu64 " byte%s\n", history->round,
               seconds_of(history->now_ns - history->start_ns), session->found_count, plural(session->found_count),
               history->whole.round_bytes, plural(history->whole.round_bytes));
    if (unreadable > 0)
        printf("round %" PRIu64 " (%.1f s): %s could not be read\n", history->round,
               seconds_of(history->now_ns - history->start_ns), size_words(unreadable));
    history->told_round = history->round;
    history->told_ns = history->now_ns;
}

void show_json(const struct history *history)
{
    const struct session *session = history->session;

    printf("{\"round\":%" PRIu64 ",\"seconds\":%.3f,\"changes\":[", history->round, seconds_of(history->round_ns));
    for (size_t i = 0; i < session->found_count; i++) {
        fputs(i == 0 ? "" : ",", stdout);
        print_found_json(stdout, session, &session->found[i], true);
    }
    printf("],\"compared_bytes\":%" PRIu64 ",\"unreadable_bytes\":%" PRIu64 "}\n", session->totals.compared_bytes,
           session->totals.unreadable_bytes);
}

/* ---- the end ----------------------------------------------------------------------------------------------- */

void show_end(const struct history *history)
{
    const struct target *target = history->session->target;
    const struct heat **heats;
    size_t count = hottest(history, &heats);
    double all = seconds_of(history->now_ns - history->start_ns);

    printf("%" PRIu64 " round%s in %.1f s: ", history->round, plural(history->round), all);
    if (history->changed_rounds == 0)
        printf("nothing changed\n");
    else
        printf("%" PRIu64 " change%s, %" PRIu64 " byte%s, in %" PRIu64 " round%s, the first in %" PRIu64 ", the last in %" PRIu64 "\n",
               history->change_count, plural(history->change_count), history->changed_bytes, plural(history->changed_bytes),
               history->changed_rounds, plural(history->changed_rounds), history->first_round, history->last_round);
    for (size_t i = 0; i < count && i < MOST_HOTTEST; i++)
        printf("  %10s %s\n", size_words(heats[i]->all_bytes), name_of(history, heats[i]));
    if (count > MOST_HOTTEST)
        printf("  and %zu more regions\n", count - MOST_HOTTEST);
    if (target->pid != 0 && all > 0) {
        double used = seconds_of(history->processor_ns - history->processor_start_ns);
        printf("%s used %.2f s of processor time%s%s\n", target->is_guest ? "QEMU" : "the process", used,
               history->changed_rounds == 0 && used < all * IDLE ? ": " : "",
               history->changed_rounds == 0 && used < all * IDLE ? idle_words(history) : "");
    }
}
