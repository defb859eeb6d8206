/* SPDX-License-Identifier: MIT */
/* See holes.h. */
#include "holes.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { PAGE_SIZE = 4096, LEAST_WINDOW = 64, MOST_WINDOW = 4096, MOST_PAGES = 16384 };

#define XFS_MAGIC 0x58465342

struct holes holes_open(const char *path, const void *mapped, uint64_t size_bytes)
{
    struct holes holes = {mapped, size_bytes, open(path, O_RDONLY | O_CLOEXEC)};
    struct statfs about;

    if (holes.file < 0)
        return holes;
    if (sysconf(_SC_PAGESIZE) == PAGE_SIZE && fstatfs(holes.file, &about) == 0 &&
        (about.f_type == TMPFS_MAGIC || about.f_type == EXT4_SUPER_MAGIC || about.f_type == XFS_MAGIC ||
         about.f_type == BTRFS_SUPER_MAGIC))
        return holes;
    close(holes.file);
    holes.file = -1;
    return holes;
}

/* How many of these pages are in memory, from the first on, up to `most`; asked in windows that grow. */
static uint64_t pages_in_memory(const uint8_t *mapped, uint64_t most)
{
    unsigned char in_memory[MOST_WINDOW];
    uint64_t done = 0;

    for (uint64_t window = LEAST_WINDOW; done < most; window = window < MOST_WINDOW ? 2 * window : window) {
        uint64_t pages = most - done < window ? most - done : window, page = 0;
        if (mincore((void *)(uintptr_t)(mapped + done * PAGE_SIZE), pages * PAGE_SIZE, in_memory) != 0)
            return most;
        while (page < pages && (in_memory[page] & 1) != 0)
            page++;
        done += page;
        if (page < pages)
            break;
    }
    return done;
}

/*
 * A page in memory is no hole, and asking that of many costs little; the file itself is asked only of
 * others (they may also be swapped out). Asking the file for its next hole would walk to its end.
 */
bool holes_next(const struct holes *holes, uint64_t offset, uint64_t *ret_first, uint64_t *ret_end)
{
    uint64_t most;
    off_t data;

    offset -= offset % PAGE_SIZE;
    if (holes->file < 0 || offset >= holes->size_bytes)
        return false;
    most = (holes->size_bytes - offset) / PAGE_SIZE;
    most = most < MOST_PAGES ? most : MOST_PAGES;
    *ret_first = *ret_end = offset + pages_in_memory(holes->mapped + offset, most) * PAGE_SIZE;
    if (*ret_first == offset + most * PAGE_SIZE)
        return true;
    data = lseek(holes->file, (off_t)*ret_first, SEEK_DATA);
    if (data < 0 || (uint64_t)data > holes->size_bytes)
        *ret_end = holes->size_bytes; /* nothing behind it: the file ends in a hole */
    else if ((uint64_t)data > *ret_first)
        *ret_end = (uint64_t)data - (uint64_t)data % PAGE_SIZE;
    else /* swapped out, or on its disk */
        *ret_first = *ret_end = *ret_first + PAGE_SIZE;
    return true;
}
