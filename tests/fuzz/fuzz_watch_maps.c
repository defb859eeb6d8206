/* SPDX-License-Identifier: MIT */
/* Lines of /proc/PID/maps: whatever they hold, nothing outside is read, and what is accepted is sound. */
#include "../../tools/memwatch/maps.c"
#include "fuzz.h"

static void check_entry(const struct maps_entry *entry, const char *line, size_t length)
{
    CHECK(entry->first < entry->end);
    CHECK(entry->name >= line && entry->name + entry->name_length == line + length);
    CHECK(entry->name_length == 0 || entry->name[0] != ' ');
    CHECK(entry->rights[0] == 'r' || entry->rights[0] == '-');
    CHECK(entry->rights[1] == 'w' || entry->rights[1] == '-');
    CHECK(entry->rights[2] == 'x' || entry->rights[2] == '-');
    CHECK(entry->rights[3] == 'p' || entry->rights[3] == 's');
    CHECK(entry->rights[4] == '\0');
}

/* What an entry says, written as the kernel does, says the same again. */
static void check_again(const struct maps_entry *entry)
{
    struct maps_entry again;
    char line[200];
    int length = snprintf(line, sizeof line, "%08llx-%08llx %s 00000000 00:00 0 %s", (unsigned long long)entry->first,
                          (unsigned long long)entry->end, entry->rights, "[x]");

    CHECK(maps_parse_line(line, (size_t)length, &again));
    CHECK(again.first == entry->first && again.end == entry->end);
    CHECK(again.name_length == 3 && memcmp(again.name, "[x]", 3) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    char *text = copy_of(bytes, size_bytes);
    size_t at = 0, covered = 0, length;
    const char *line;

    while (maps_next_line(text, size_bytes, &at, &line, &length)) {
        struct maps_entry entry;
        char *alone;
        CHECK(line == text + covered && length <= size_bytes - covered);
        CHECK(length == 0 || memchr(line, '\n', length) == NULL);
        covered += length + 1;
        alone = copy_of(line, length);
        if (maps_parse_line(alone, length, &entry)) {
            check_entry(&entry, alone, length);
            check_again(&entry);
        }
        free(alone);
    }
    CHECK(covered == size_bytes || covered == size_bytes + 1 || size_bytes == 0);
    free(text);
    return 0;
}
