/* SPDX-License-Identifier: MIT */
/*
 * Folders of Linux's sysfs, or copies of them, a numbered folder for each entry:
 * /sys/firmware/memmap: N/start, N/end (inclusive), N/type; /sys/firmware/efi/runtime-map:
 * N/phys_addr, N/num_pages, N/type, N/attribute (Linux, Documentation/ABI/testing).
 */
#include "sysfs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "forms.h"
#include "names.h"

bool sysfs_read_value(const char *path, char value[SYSFS_VALUE_BYTES])
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, value, SYSFS_VALUE_BYTES - 1);

    if (file >= 0)
        close(file);
    if (got < 0)
        return false;
    value[got] = '\0';
    value[strcspn(value, "\n")] = '\0';
    return true;
}

static bool read_number(const char *path, uint64_t *ret_value)
{
    char value[SYSFS_VALUE_BYTES];

    return sysfs_read_value(path, value) && scan_hex((struct span){value, strlen(value)}, ret_value);
}

static void read_e820(const char *entry, struct stated *stated, struct unreadable *bad)
{
    char type[SYSFS_VALUE_BYTES];
    uint64_t first, last;

    if (!read_number(grab_text("%s/start", entry), &first) ||
        !read_number(grab_text("%s/end", entry), &last) ||
        !sysfs_read_value(grab_text("%s/type", entry), type)) {
        bad->reason = "its start, end or type cannot be read";
        return;
    }
    state_closed(stated, first, last);
    if (!e820_type_of((struct span){type, strlen(type)}, &stated->type)) {
        stated->type = family_reserved_type(FAMILY_SYSFS);
        bad->reason = UNKNOWN_TYPE;
        bad->is_reserved = true;
    }
}

static void read_runtime(const char *entry, struct stated *stated, struct unreadable *bad)
{
    uint64_t pages, type;

    if (!read_number(grab_text("%s/phys_addr", entry), &stated->base_bytes) ||
        !read_number(grab_text("%s/num_pages", entry), &pages) ||
        !read_number(grab_text("%s/type", entry), &type) ||
        !read_number(grab_text("%s/attribute", entry), &stated->attributes))
        bad->reason = "its phys_addr, num_pages, type or attribute cannot be read";
    else if (type > UINT32_MAX || !checked_mul_u64(pages, PAGE_BYTES, &stated->size_bytes))
        bad->reason = "its type or size is impossible";
    stated->type = (uint32_t)type;
}

bool sysfs_read_entry(const char *folder, enum family family, uint32_t index,
                      struct stated *ret_stated, struct unreadable *ret_bad)
{
    const char *entry = grab_text("%s/%" PRIu32, folder, index);

    *ret_bad = (struct unreadable){.line = index, .family = family, .text = {"", 0}};
    *ret_stated = (struct stated){.line = index};
    if (access(entry, F_OK) != 0)
        return false;
    if (family == FAMILY_EFI_RUNTIME)
        read_runtime(entry, ret_stated, ret_bad);
    else
        read_e820(entry, ret_stated, ret_bad);
    return true;
}

void parse_sysfs(struct collector *collector, const char *path)
{
    bool is_runtime = access(grab_text("%s/0/phys_addr", path), F_OK) == 0;
    enum family family = is_runtime ? FAMILY_EFI_RUNTIME : FAMILY_SYSFS;
    struct stated stated;
    struct unreadable bad;

    for (uint32_t i = 0; sysfs_read_entry(path, family, i, &stated, &bad); i++) {
        if (bad.reason != NULL)
            collect_unreadable(collector, &bad);
        if (bad.reason == NULL || bad.is_reserved)
            collect_entry(collector, family, &stated);
    }
}
