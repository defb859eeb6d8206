/* SPDX-License-Identifier: MIT */
/* A bar on stderr for what takes long; see session.h. */
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

#define PROGRESS_AFTER_NS UINT64_C(200000000)

static struct {
    const char *what;
    uint64_t total_bytes;
    _Atomic uint64_t done_bytes, next_ns;
} progress;

void progress_begin(const char *what, uint64_t total_bytes)
{
    progress.what = isatty(STDERR_FILENO) ? what : NULL;
    progress.total_bytes = total_bytes;
    progress.done_bytes = 0;
    progress.next_ns = now_ns() + PROGRESS_AFTER_NS;
}

void progress_add(uint64_t size_bytes)
{
    uint64_t done = progress.done_bytes += size_bytes, due = progress.next_ns, now;
    char bar[41];
    unsigned full;

    if (progress.what == NULL || (now = now_ns()) < due ||
        !atomic_compare_exchange_strong(&progress.next_ns, &due, now + PROGRESS_AFTER_NS / 2))
        return;
    full = progress.total_bytes == 0 || done > progress.total_bytes ? 40 : (unsigned)(done / (progress.total_bytes / 40 + 1));
    memset(bar, '.', 40);
    memset(bar, '#', full);
    bar[40] = '\0';
    fprintf(stderr, "\r%s [%s] %3u %%", progress.what, bar, full * 5 / 2);
}

void progress_end(void)
{
    if (progress.what != NULL)
        fputs("\r\033[K", stderr);
    progress.what = NULL;
}
