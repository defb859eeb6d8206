/* SPDX-License-Identifier: MIT */
/* memwatch watch: what changes while one looks; see live.h for what is told of it. */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "live.h"

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

/* One round; false where the target has gone. */
static bool look(struct session *session, struct history *history)
{
    struct target *target = session->target;
    uint64_t start = now_ns(), took;

    if (target->gone != NULL && target->gone(target) != NULL)
        return false;
    session_diff(session, true, start);
    took = now_ns() - start;
    if (session->found_count > 0 && target->learn != NULL)
        target->learn(target, session->found, session->found_count);
    history_add(history, took);
    return true;
}

int command_watch(const struct arguments *arguments)
{
    struct target_options options = arguments->target;
    struct target *target = open_target(arguments->words[0], &options);
    struct session *session =
        open_session(target, arguments, arguments->hashes ? WATCH_KEEP_HASHES : WATCH_KEEP_COPY, SLICE_BYTES);
    bool is_live = isatty(STDOUT_FILENO) && !arguments->json, is_there = true;
    struct sigaction action = {.sa_handler = on_interrupt};
    struct history history;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    session_snapshot(session);
    history_begin(&history, session);
    if (is_live)
        fputs("\033[2J", stdout);
    else if (!arguments->json)
        show_begin(&history);
    fflush(stdout);
    while (is_there && (arguments->round_count == 0 || history.round < arguments->round_count)) {
        sleep_until(history.start_ns + (history.round + 1) * arguments->interval_ns);
        if (is_interrupted)
            break;
        is_there = look(session, &history);
        if (is_there && arguments->json)
            show_json(&history);
        else if (is_there && is_live)
            show_picture(&history);
        else if (is_there)
            show_lines(&history);
        fflush(stdout);
    }
    if (!arguments->json)
        show_end(&history);
    if (!is_there)
        cannot("%s: %s", target->word, target->gone(target));
    return history.changed_rounds > 0 ? STATUS_CHANGED : STATUS_SAME;
}
