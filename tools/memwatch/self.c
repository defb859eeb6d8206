/* SPDX-License-Identifier: MIT */
/*
 * See self.h. The numbers are of linux/userfaultfd.h and linux/fs.h of Linux 6.7, which systems with
 * older headers lack (Documentation/admin-guide/mm/pagemap.rst, "Pagemap Scan IOCTL").
 */
#include "self.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FEATURE_WP_UNPOPULATED (UINT64_C(1) << 13)
#define FEATURE_WP_ASYNC       (UINT64_C(1) << 15)
#define PAGE_IS_WRITTEN        (UINT64_C(1) << 1)
#define PM_SCAN_WP_MATCHING    (UINT64_C(1) << 0)
#define USER_MODE_ONLY         1

struct pm_scan {
    uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
    uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
struct page_range {
    uint64_t start, end, categories;
};
#define PAGEMAP_SCAN_CALL _IOWR('f', 16, struct pm_scan)

/* Written pages of [first, end) into *ret_range; 0 none, 1 some, -1 refused. */
static int scan_written(const struct watch_self *self, uint64_t first, uint64_t end, uint64_t flags,
                        struct page_range *ret_range)
{
    struct pm_scan scan = {
        .size = sizeof scan,
        .flags = flags,
        .start = first,
        .end = end,
        .vec = (uintptr_t)ret_range,
        .vec_len = ret_range == NULL ? 0 : 1,
        .category_mask = PAGE_IS_WRITTEN,
        .return_mask = PAGE_IS_WRITTEN,
    };
    int got = ioctl(self->map_file, PAGEMAP_SCAN_CALL, &scan);

    return got < 0 ? -1 : got > 0;
}

static uint64_t read_self(void *context, uint64_t address, void *to, uint64_t size_bytes)
{
    (void)context;
    memcpy(to, (const void *)(uintptr_t)address, size_bytes);
    return size_bytes;
}

static bool next_written(void *context, uint64_t address, uint64_t *ret_first, uint64_t *ret_end)
{
    const struct watch_self *self = context;
    uint64_t end = (uintptr_t)self->memory + self->size_bytes;
    struct page_range range = {0};
    int got = address >= end ? 0 : scan_written(self, address & ~UINT64_C(4095), end, 0, &range);

    *ret_first = got < 0 ? address : range.start;
    *ret_end = got < 0 ? end : range.end; /* unknown: everything */
    return got != 0;
}

void watch_self_close(struct watch_self *self)
{
    if (self->fault_file >= 0)
        close(self->fault_file);
    if (self->map_file >= 0)
        close(self->map_file);
    self->fault_file = self->map_file = -1;
}

/* Protects the memory; why it cannot, or NULL. */
static const char *protect(struct watch_self *self)
{
    struct uffdio_api api = {.api = UFFD_API, .features = FEATURE_WP_ASYNC | FEATURE_WP_UNPOPULATED};
    struct uffdio_register place = {
        .range = {.start = (uintptr_t)self->memory, .len = self->size_bytes},
        .mode = UFFDIO_REGISTER_MODE_WP,
    };
    struct uffdio_writeprotect protection = {.range = place.range, .mode = UFFDIO_WRITEPROTECT_MODE_WP};

    self->fault_file = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | USER_MODE_ONLY);
    if (self->fault_file < 0)
        return "snapshots: no userfaultfd";
    if (ioctl(self->fault_file, UFFDIO_API, &api) != 0)
        return "snapshots: userfaultfd has no asynchronous write protection";
    if (ioctl(self->fault_file, UFFDIO_REGISTER, &place) != 0 ||
        ioctl(self->fault_file, UFFDIO_WRITEPROTECT, &protection) != 0)
        return "snapshots: this memory cannot be write-protected";
    self->map_file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (self->map_file < 0 || scan_written(self, place.range.start, place.range.start + 4096, 0, NULL) < 0)
        return "snapshots: no PAGEMAP_SCAN";
    return NULL;
}

struct watch_reader watch_self_open(struct watch_self *self, void *memory, size_t size_bytes)
{
    *self = (struct watch_self){.memory = memory, .size_bytes = size_bytes, .fault_file = -1, .map_file = -1};
    self->why = protect(self);
    if (self->why != NULL)
        watch_self_close(self);
    else
        self->why = "userfaultfd write protection and PAGEMAP_SCAN";
    return (struct watch_reader){
        .read = read_self,
        .dirty = self->map_file < 0 ? NULL : next_written,
        .context = self,
    };
}

bool watch_self_arm(struct watch_self *self, struct watch_region *region)
{
    uint64_t first = (uintptr_t)self->memory;
    struct page_range range;
    int got = self->map_file < 0 ? -1 : 1;

    /* Each call protects what it returns. */
    while (got > 0)
        got = scan_written(self, first, first + self->size_bytes, PM_SCAN_WP_MATCHING, &range);
    region->reader.dirty = got < 0 ? NULL : next_written;
    return got == 0;
}
