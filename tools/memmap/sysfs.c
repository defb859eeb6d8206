/* SPDX-License-Identifier: MIT */
/*
 * Linux's folder /sys/firmware/memmap (or a copy of it): N/start, N/end (inclusive), N/type; and
 * memmap capture, which takes this machine's map from there or from /proc/iomem.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "forms.h"
#include "names.h"
#include "result.h"

enum { VALUE_BYTES = 256 };

/* The first line of a small file; false where it cannot be read. */
static bool read_value(const char *path, char value[VALUE_BYTES])
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, value, VALUE_BYTES - 1);

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
    char value[VALUE_BYTES];

    return read_value(path, value) && scan_hex((struct span){value, strlen(value)}, ret_value);
}

/* Entry `index` of the folder; false where there is none. */
static bool read_entry(const char *folder, uint32_t index, struct stated *ret_stated,
                       struct unreadable *ret_bad)
{
    const char *entry = grab_text("%s/%" PRIu32, folder, index);
    char type[VALUE_BYTES];
    uint64_t first, last;

    *ret_bad = (struct unreadable){.line = index, .family = FAMILY_SYSFS, .text = {"", 0}};
    if (access(entry, F_OK) != 0)
        return false;
    *ret_stated = (struct stated){0};
    if (!read_number(grab_text("%s/start", entry), &first) ||
        !read_number(grab_text("%s/end", entry), &last) ||
        !read_value(grab_text("%s/type", entry), type))
        ret_bad->reason = "its start, end or type cannot be read";
    else
        state_closed(ret_stated, first, last);
    if (ret_bad->reason == NULL &&
        !e820_type_of((struct span){type, strlen(type)}, &ret_stated->type)) {
        ret_stated->type = family_reserved_type(FAMILY_SYSFS);
        ret_bad->reason = UNKNOWN_TYPE;
        ret_bad->is_reserved = true;
    }
    return true;
}

void parse_sysfs(struct collector *collector, const char *path)
{
    struct stated stated;
    struct unreadable bad;

    for (uint32_t i = 0; read_entry(path, i, &stated, &bad); i++) {
        stated.line = i;
        if (bad.reason != NULL)
            collect_unreadable(collector, &bad);
        if (bad.reason == NULL || bad.is_reserved)
            collect_entry(collector, FAMILY_SYSFS, &stated);
    }
}

/* ---- memmap capture ------------------------------------------------------------------------------- */

/* As comments, so that every reader passes over them. */
static void print_machine(FILE *to)
{
    static const char *const facts[][2] = {{"vendor", "/sys/class/dmi/id/sys_vendor"},
                                           {"product", "/sys/class/dmi/id/product_name"},
                                           {"bios", "/sys/class/dmi/id/bios_version"},
                                           {"kernel", "/proc/sys/kernel/osrelease"}};
    char value[VALUE_BYTES];

    fputs("# memmap capture " GROMA_VERSION "\n", to);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (read_value(facts[i][1], value) && value[0] != '\0')
            fprintf(to, "# %s: %s\n", facts[i][0], value);
    }
}

static bool capture_sysfs(FILE *to)
{
    struct stated stated;
    struct unreadable bad;
    uint32_t count = 0;

    for (; read_entry("/sys/firmware/memmap", count, &stated, &bad); count++) {
        if (bad.reason != NULL && !bad.is_reserved)
            cannot("/sys/firmware/memmap/%" PRIu32 ": %s", count, bad.reason);
        if (count == 0)
            fputs("# source: /sys/firmware/memmap\n", to);
        fprintf(to, "BIOS-e820: [mem 0x%016" PRIx64 "-0x%016" PRIx64 "] %s\n", stated.base_bytes,
                stated.base_bytes + stated.size_bytes - 1, e820_type_words(stated.type));
    }
    return count > 0;
}

static bool copy_iomem_line(FILE *to, char *line)
{
    uint64_t first, last;
    char *name = strstr(line, " : "), *rest;

    if (line[0] == ' ' || name == NULL)
        return true;
    first = strtoull(line, &rest, 16);
    last = *rest == '-' ? strtoull(rest + 1, NULL, 16) : 0;
    fputs(line, to);
    return first != 0 || last != 0;
}

/* The top level, as it stands; without root the kernel shows zeroes. */
static bool capture_iomem(FILE *to)
{
    FILE *from = fopen("/proc/iomem", "re");
    bool is_shown = true;
    char *line = NULL;
    size_t room = 0, lines = 0;

    if (from == NULL)
        return false;
    fputs("# source: /proc/iomem\n", to);
    for (; getline(&line, &room, from) > 0; lines++)
        is_shown = copy_iomem_line(to, line) && is_shown;
    free(line);
    fclose(from);
    if (!is_shown)
        cannot("/proc/iomem hides its addresses; capture needs root");
    return lines > 0;
}

int command_capture(const struct arguments *arguments)
{
    FILE *to = output();

    print_machine(to);
    if (!capture_sysfs(to) && !capture_iomem(to))
        cannot("this machine shows no map: neither /sys/firmware/memmap nor /proc/iomem");
    output_finish(arguments->output_path);
    return STATUS_FINE;
}
