/* SPDX-License-Identifier: MIT */
/* memwatch watch: what changes while one looks; a live view in a terminal. */
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

enum { STRIP_CELLS = 48, SHOWN_REGIONS = 12, SHOWN_CHANGES = 10 };

static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

/* Sleeps up to a moment; a signal ends it early. */
static void sleep_until(uint64_t moment_ns)
{
    uint64_t now = now_ns();
    struct timespec wait;

    if (moment_ns <= now || is_interrupted)
        return;
    wait = (struct timespec){(time_t)((moment_ns - now) / 1000000000u), (long)((moment_ns - now) % 1000000000u)};
    nanosleep(&wait, NULL);
}

/* ---- the live view ------------------------------------------------------------------------------------- */

/* How often the pages of each cell changed, as a row of characters. */
static void print_strip(const struct session *session, size_t index)
{
    static const char heat[] = " .:-=+*#%@";
    const struct target_region *region = &session->target->regions[index];
    uint64_t counts[STRIP_CELLS] = {0}, most = 1;

    for (size_t i = 0; i < session->slice_count; i++) {
        const struct watch_region *slice = &session->slices[i].region;
        for (uint64_t page = 0; session->slices[i].index == index && page < watch_page_count(slice); page++) {
            uint64_t at = slice->address - region->address + page * WATCH_PAGE_BYTES;
            uint64_t cell = (uint64_t)((unsigned __int128)at * STRIP_CELLS / region->size_bytes);
            counts[cell] += slice->statistics[page].change_count;
            most = counts[cell] > most ? counts[cell] : most;
        }
    }
    putchar('[');
    for (unsigned i = 0; i < STRIP_CELLS; i++)
        putchar(heat[counts[i] == 0 ? 0 : 1 + counts[i] * 8 / most]);
    putchar(']');
}

static uint64_t changed_bytes_of(const struct session *session, size_t index)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < session->slice_count; i++)
        sum += session->slices[i].index == index ? session->slices[i].totals.changed_bytes : 0;
    return sum;
}

/* The regions that changed most in this round stand first. */
static void print_regions(const struct session *session, double seconds)
{
    uint64_t below = UINT64_MAX;
    unsigned lines = 0;

    while (lines < SHOWN_REGIONS) {
        uint64_t most = 0;
        bool any = false;
        for (size_t i = 0; i < session->target->count; i++) {
            uint64_t changed = changed_bytes_of(session, i);
            if (changed < below && (!any || changed > most)) {
                most = changed;
                any = true;
            }
        }
        for (size_t i = 0; any && i < session->target->count && lines < SHOWN_REGIONS; i++) {
            if (changed_bytes_of(session, i) != most)
                continue;
            print_strip(session, i);
            printf(" %9s/s %.60s\033[K\n", size_words((uint64_t)((double)most / seconds)), session->target->regions[i].name);
            lines++;
        }
        if (!any || most == 0)
            break;
        below = most;
    }
}

static void show_live(const struct session *session, uint64_t round, double seconds)
{
    printf("\033[H%s: round %" PRIu64 ", %zu changes, %s compared; Ctrl-C ends\033[K\n", session->target->what, round,
           session->found_count, size_words(session->totals.compared_bytes));
    print_regions(session, seconds);
    for (size_t i = 0; i < session->found_count && i < SHOWN_CHANGES; i++) {
        fputs("\033[K", stdout);
        print_found(stdout, session, &session->found[i]);
    }
    fputs("\033[J", stdout);
}

/* ---- rounds ---------------------------------------------------------------------------------------------- */

static void show_round(const struct session *session, uint64_t round, double seconds)
{
    const struct arguments *arguments = session->arguments;

    if (arguments->json) {
        printf("{\"round\":%" PRIu64 ",\"seconds\":%.3f,\"changes\":[", round, seconds);
        for (size_t i = 0; i < session->found_count; i++) {
            fputs(i == 0 ? "" : ",", stdout);
            print_found_json(stdout, session, &session->found[i], true);
        }
        printf("],\"compared_bytes\":%" PRIu64 ",\"unreadable_bytes\":%" PRIu64 "}\n", session->totals.compared_bytes,
               session->totals.unreadable_bytes);
        return;
    }
    for (size_t i = 0; i < session->found_count && i < arguments->limit; i++)
        print_found(stdout, session, &session->found[i]);
    if (session->found_count > arguments->limit)
        printf("and %zu more in round %" PRIu64 " (--limit)\n", session->found_count - (size_t)arguments->limit, round);
    if (session->totals.unreadable_bytes > 0)
        printf("%s could not be read in round %" PRIu64 "\n", size_words(session->totals.unreadable_bytes), round);
}

int command_watch(const struct arguments *arguments)
{
    struct target_options options = arguments->target;
    struct target *target = open_target(arguments->words[0], &options);
    unsigned keep = (arguments->hashes ? WATCH_KEEP_HASHES : WATCH_KEEP_COPY) | WATCH_KEEP_STATISTICS;
    struct session *session = open_session(target, arguments, keep, UINT64_C(64) << 20);
    bool is_live = isatty(STDOUT_FILENO) && !arguments->json, any = false;
    struct sigaction action = {.sa_handler = on_interrupt};
    uint64_t start, last;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    session_snapshot(session);
    start = last = now_ns();
    fputs(is_live ? "\033[2J" : "", stdout);
    for (uint64_t round = 1; arguments->round_count == 0 || round <= arguments->round_count; round++) {
        const char *gone;
        uint64_t now;
        sleep_until(start + round * arguments->interval_ns);
        if (is_interrupted)
            break;
        gone = target->gone == NULL ? NULL : target->gone(target);
        if (gone != NULL)
            cannot("%s: %s", target->word, gone);
        now = now_ns();
        session_diff(session, true, now);
        any |= session->found_count > 0;
        (is_live ? show_live : show_round)(session, round, (double)(now - last) / 1e9 + 1e-9);
        fflush(stdout);
        last = now;
    }
    return any ? STATUS_CHANGED : STATUS_SAME;
}
