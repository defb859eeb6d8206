/* SPDX-License-Identifier: MIT */
/* Reading a file and choosing what it is; see input.h. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan.h"

static size_t read_some(int file, const char *path, uint8_t *to, size_t room)
{
    ssize_t got;

    do {
        got = read(file, to, room);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        cannot("%s: cannot be read: %s", path, strerror(errno));
    return (size_t)got;
}

static void read_whole(const char *path, int file, struct file_bytes *ret_file)
{
    size_t room = 0, got;

    ret_file->size = 0;
    ret_file->bytes = NULL;
    do {
        while (room < ret_file->size + 4096)
            ret_file->bytes = grow(ret_file->bytes, room, &room, 1);
        got = read_some(file, path, ret_file->bytes + ret_file->size, room - ret_file->size - 1);
        ret_file->size += got;
        if (ret_file->size > INPUT_MAX_BYTES)
            cannot("%s: larger than %u MiB", path, INPUT_MAX_BYTES >> 20);
    } while (got > 0);
    ret_file->bytes[ret_file->size] = '\0';
}

void input_read_file(const char *path, struct file_bytes *ret_file)
{
    int file = STDIN_FILENO;

    if (strcmp(path, "-") != 0) {
        file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0)
            cannot("%s: cannot be opened: %s", path, strerror(errno));
    }
    read_whole(path, file, ret_file);
    if (file != STDIN_FILENO)
        close(file);
}

void input_note(struct map_input *input, const char *note)
{
    input->notes = grow(input->notes, input->note_count, &input->note_room, sizeof *input->notes);
    input->notes[input->note_count++] = note;
}

/* ---- several lists ----------------------------------------------------------------------------- */

/* How much a list says: a runtime map is a part of a map, iomem a digest of one. */
static unsigned rank(enum family family)
{
    if (family == FAMILY_EFI_RUNTIME)
        return 0;
    if (family == FAMILY_IOMEM)
        return 1;
    return family_format(family) == MEMMAP_FORMAT_UEFI ? 3 : 2;
}

/* Which is read where a file holds several: those that say most, of equals the last. */
static size_t best_list(const struct collector *collector)
{
    size_t best = collector->count - 1;

    for (size_t i = collector->count - 1; i-- > 0;) {
        if (rank(collector->lists[i].family) > rank(collector->lists[best].family))
            best = i;
    }
    return best;
}

static void note_lists(struct map_input *input, const struct collector *collector, size_t chosen)
{
    for (size_t i = 0; collector->count > 1 && i < collector->count; i++) {
        const struct list *list = &collector->lists[i];
        input_note(input, grab_text("map %zu of %zu: %s, %zu entries, from line %u%s", i + 1,
                                    collector->count, family_name(list->family), list->count,
                                    list->entries[0].line, i == chosen ? " (read)" : ""));
    }
}

static const char *unreadable_words(const struct map_input *input, const struct unreadable *item)
{
    const char *colon = item->reason[0] == '\0' ? "" : ": ";

    if (item->is_reserved)
        return grab_text("%s:%u: %s", input->path, item->line, item->reason);
    if (item->family == FAMILY_COUNT)
        return grab_text("%s:%u: stands in a list of entries and is none", input->path, item->line);
    return grab_text("%s:%u: looks like %s but cannot be read%s%s", input->path, item->line,
                     family_entry(item->family), colon, item->reason);
}

/* Where nothing else was read, a line of unknown type is no map. */
static _Noreturn void cannot_read(const struct map_input *input, struct unreadable first)
{
    if (first.is_reserved) {
        first.is_reserved = false;
        first.reason = "unknown type or attribute";
    }
    cannot("%s, and no entry could be read", unreadable_words(input, &first));
}

static void choose_list(struct map_input *input, const struct collector *collector,
                        unsigned map_number)
{
    size_t chosen;

    input->unreadables = collector->unreadables;
    if (collector->count == 0) {
        if (collector->unreadables.count > 0)
            cannot_read(input, collector->unreadables.items[0]);
        cannot("%s: no memory map of a known form in it", input->path);
    }
    if (map_number > collector->count)
        cannot("%s: there is no map %u, only %zu", input->path, map_number, collector->count);
    chosen = map_number == 0 ? best_list(collector) : map_number - 1;
    note_lists(input, collector, chosen);
    if (collector->lists[chosen].family == FAMILY_NORMALIZED)
        input->physical_bits = collector->physical_bits;
    open_list(input, &collector->lists[chosen]);
}

/* ---- claims and width ------------------------------------------------------------------------------ */

static void add_claims(struct map_input *input, const struct input_options *options)
{
    uint32_t count = input->claim_count + options->claim_count;
    struct memmap_claim *claims = grab(count + 1u, sizeof *claims);
    const char **names = grab(count + 1u, sizeof *names);

    for (uint32_t i = 0; i < count; i++) {
        bool own = i < input->claim_count;
        uint32_t at = own ? i : i - input->claim_count;
        claims[i] = (own ? input->claims : options->claims)[at];
        names[i] = (own ? input->claim_names : options->claim_names)[at];
    }
    input->claims = claims;
    input->claim_names = names;
    input->claim_count = count;
}

static void read_file(struct map_input *input, const struct input_options *options)
{
    struct collector collector = {0};
    struct file_bytes file;
    struct stat about;

    if (options->bytes == NULL && strcmp(input->path, "-") != 0 &&
        stat(input->path, &about) == 0 && S_ISDIR(about.st_mode)) {
        parse_sysfs(&collector, input->path);
        if (collector.count == 0 && collector.unreadables.count == 0)
            cannot("%s: a folder, and not as /sys/firmware/memmap is (a stick: memmap capture %s)", input->path,
                   input->path);
        choose_list(input, &collector, options->map_number);
        return;
    }
    if (options->bytes != NULL)
        file = *options->bytes;
    else
        input_read_file(input->path, &file);
    plain_text(&file);
    if (parse_capture(input, &file, options->map_number) || parse_bootinfo(input, &file) ||
        parse_json(input, &file))
        return;
    if (!parse_coreboot_table(&collector, &file))
        parse_text(&collector, &file);
    choose_list(input, &collector, options->map_number);
}

void input_load(struct map_input *input, const char *path, const struct input_options *options)
{
    *input = (struct map_input){.path = path};
    read_file(input, options);
    add_claims(input, options);
    if (options->physical_bits != 0)
        input->physical_bits = options->physical_bits;
    else if (input->physical_bits < 32 || input->physical_bits > 64)
        input->physical_bits = INPUT_DEFAULT_PHYSICAL_BITS;
}

bool input_complain(const struct map_input *input)
{
    for (size_t i = 0; i < input->unreadables.count; i++) {
        const struct unreadable *item = &input->unreadables.items[i];
        fprintf(stderr, "memmap: %s\n", unreadable_words(input, item));
    }
    if (input->defect != NULL)
        fprintf(stderr, "memmap: %s: %s\n", input->path, input->defect);
    return input->unreadables.count > 0 || input->defect != NULL;
}
