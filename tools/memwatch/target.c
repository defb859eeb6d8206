/* SPDX-License-Identifier: MIT */
/* Which target a word names, and its regions; see target.h. */
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct target_region *add_region(struct target *target, uint64_t address, uint64_t size_bytes,
                                 const char *name, const char *rights)
{
    struct target_region *region;

    target->regions = grow(target->regions, target->count, &target->room, sizeof *target->regions);
    region = &target->regions[target->count++];
    *region = (struct target_region){.address = address, .size_bytes = size_bytes, .name = name, .rights = rights};
    return region;
}

const struct target_region *find_region(const struct target *target, uint64_t address)
{
    for (size_t i = 0; i < target->count; i++) {
        if (address - target->regions[i].address < target->regions[i].size_bytes)
            return &target->regions[i];
    }
    return NULL;
}

const char *describe(const struct target *target, uint64_t address)
{
    static char buffer[512];
    const struct target_region *region = find_region(target, address);
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    if (target->describe != NULL)
        target->describe(target, address, &text);
    if (text.length_bytes == 0 && region != NULL)
        text_format(&text, "%s+0x%lx", region->name, address - region->address);
    return buffer;
}

static bool parse_pid(const char *text, int *ret_pid)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value < 1 || value > INT32_MAX)
        return false;
    *ret_pid = (int)value;
    return true;
}

struct target *open_target(const char *word, const struct target_options *options)
{
    struct stat about;
    int pid;
    size_t found;

    if (strncmp(word, "guest:", 6) == 0)
        return open_guest(word, word + 6, options);
    if (strncmp(word, "pid:", 4) == 0) {
        if (!parse_pid(word + 4, &pid))
            cannot("%s: not the number of a process", word);
        return open_process(word, pid, options);
    }
    if (parse_pid(word, &pid) && stat(word, &about) != 0)
        return open_process(word, pid, options);
    if (stat(word, &about) == 0)
        return open_file(word);
    found = find_processes(word, &pid);
    if (found == 0)
        cannot("%s: no file and no process has this name", word);
    if (found > 1)
        cannot("%s: %zu processes have this name; name one by its number (memwatch ps)", word, found);
    return open_process(word, pid, options);
}
