/* SPDX-License-Identifier: MIT */
/*
 * memmap convert: the same entries in another form, read back and compared. Types are kept where
 * both forms number them alike, and chosen by kind where not.
 */
#include "convert.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "capture/capture.h"
#include "command.h"
#include "names.h"

/* ---- entries in the numbering of the new form ---------------------------------------------------- */

static const uint8_t e820_of_kind[MEMMAP_KIND_COUNT] = {
    [MEMMAP_USABLE] = 1, [MEMMAP_LOADER_RECLAIMABLE] = 1, [MEMMAP_BOOT_RECLAIMABLE] = 1,
    [MEMMAP_ACPI_RECLAIMABLE] = 3, [MEMMAP_PERSISTENT] = 7, [MEMMAP_ACPI_NVS] = 4, [MEMMAP_BAD] = 5,
};

static const uint8_t uefi_of_kind[MEMMAP_KIND_COUNT] = {
    [MEMMAP_USABLE] = 7, [MEMMAP_LOADER_RECLAIMABLE] = 2, [MEMMAP_BOOT_RECLAIMABLE] = 4,
    [MEMMAP_ACPI_RECLAIMABLE] = 9, [MEMMAP_UNACCEPTED] = 15, [MEMMAP_SOFT_RESERVED] = 7,
    [MEMMAP_PERSISTENT] = 14, [MEMMAP_ACPI_NVS] = 10, [MEMMAP_RUNTIME_CODE] = 5,
    [MEMMAP_RUNTIME_DATA] = 6, [MEMMAP_MMIO] = 11, [MEMMAP_BAD] = 8,
};

static const uint8_t limine_of_kind[MEMMAP_KIND_COUNT] = {
    [MEMMAP_LOADER_RECLAIMABLE] = 5, [MEMMAP_BOOT_RECLAIMABLE] = 5, [MEMMAP_ACPI_RECLAIMABLE] = 2,
    [MEMMAP_KERNEL] = 6, [MEMMAP_MODULE] = 6, [MEMMAP_ACPI_NVS] = 3, [MEMMAP_FRAMEBUFFER] = 7,
    [MEMMAP_BAD] = 4,
};

static void renumber(struct plain_entry *entry, enum memmap_kind kind, enum memmap_format format)
{
    switch (format) {
    case MEMMAP_FORMAT_UEFI:
        entry->type = uefi_of_kind[kind];
        if (kind == MEMMAP_SOFT_RESERVED)
            entry->attributes |= MEMMAP_SP;
        break;
    case MEMMAP_FORMAT_LIMINE:
        entry->type = limine_of_kind[kind] != 0 || kind == MEMMAP_USABLE ? limine_of_kind[kind] : 1;
        break;
    default:
        entry->type = e820_of_kind[kind] == 0 ? 2 : e820_of_kind[kind];
        if (kind == MEMMAP_SOFT_RESERVED && format == MEMMAP_FORMAT_E820)
            entry->type = UINT32_C(0xefffffff);
        break;
    }
}

/* Whole pages, as the engine would round the entry: nothing changes but the remainders. */
static void round_to_pages(struct plain_entry *entry, const struct memmap_entry *from)
{
    uint64_t offset = from->base_bytes % PAGE_BYTES, rest = offset + from->tail_bytes;

    if (rest == 0)
        return;
    entry->tail_bytes = 0;
    entry->base_bytes -= offset;
    if (from->kind != MEMMAP_USABLE) {
        entry->page_count += rest / PAGE_BYTES + (rest % PAGE_BYTES != 0);
        return;
    }
    entry->page_count += rest / PAGE_BYTES;
    if (offset == 0)
        return;
    if (entry->page_count == 0) /* not even one whole page */
        return;
    entry->base_bytes += PAGE_BYTES;
    entry->page_count--;
}

/* Entry `index`, or with claims in play region `index` of the result: claims exist nowhere else. */
void plain_entry_of(const struct result *result, uint32_t index, enum memmap_format format,
                    bool from_regions, struct plain_entry *ret_entry)
{
    struct memmap_source regions;
    const struct memmap_source *source = &result->engine.source;
    struct memmap_entry entry;

    if (from_regions && memmap_source_bootinfo(&regions, result->map.regions,
                                               result->map.count * sizeof(struct memmap_region),
                                               sizeof(struct memmap_region)) == MEMMAP_OK)
        source = &regions;
    memmap_source_entry(source, index, &entry);
    *ret_entry = (struct plain_entry){entry.base_bytes, entry.page_count, entry.tail_bytes,
                                      entry.type, entry.attributes};
    if (source->format == MEMMAP_FORMAT_UEFI && source->assume_wb)
        ret_entry->attributes = load_le64(source->bytes + (uint64_t)index * source->stride_bytes + 32);
    if (source->format != format)
        renumber(ret_entry, entry.kind, format);
    if (format == MEMMAP_FORMAT_UEFI)
        round_to_pages(ret_entry, &entry);
}

/* ---- capture files ------------------------------------------------------------------------------------ */

enum { UEFI_STRIDE = 48 };

static void store_uefi(uint8_t *at, const struct plain_entry *entry)
{
    store_le32(at, entry->type);
    store_le64(at + 8, entry->base_bytes);
    store_le64(at + 24, entry->page_count);
    store_le64(at + 32, entry->attributes);
}

/* The table as it is where a capture file can hold it; as UEFI descriptors where not. */
static struct capture_map capture_table(const struct result *result)
{
    const struct memmap_source *source = &result->engine.source;
    struct capture_map map = {.format = MEMMAP_FORMAT_UEFI, .stride_bytes = UEFI_STRIDE};
    uint8_t *bytes;

    if (source->format == MEMMAP_FORMAT_UEFI || source->format == MEMMAP_FORMAT_E820)
        return (struct capture_map){.format = source->format,
                                    .stride_bytes = source->stride_bytes,
                                    .bytes = source->bytes,
                                    .size_bytes = (uint64_t)source->count * source->stride_bytes};
    bytes = grab(source->count + (size_t)1, UEFI_STRIDE);
    for (uint32_t i = 0; i < source->count; i++) {
        struct plain_entry entry;
        plain_entry_of(result, i, MEMMAP_FORMAT_UEFI, false, &entry);
        store_uefi(bytes + (size_t)i * UEFI_STRIDE, &entry);
    }
    map.bytes = bytes;
    map.size_bytes = (uint64_t)source->count * UEFI_STRIDE;
    return map;
}

void write_capture(FILE *to, const struct result *result, const char *program_words)
{
    struct capture_map map = capture_table(result);
    struct capture_cpu cpu = {.physical_bits = result->engine.physical_bits};
    struct capture_writer_facts facts = {.unix_seconds = 0};
    uint32_t claims = result->engine.claim_count;
    uint64_t room = capture_bound(1, map.size_bytes, claims), size;
    uint8_t *bytes = grab(room, 1);
    struct capture_builder builder;
    enum capture_status status = capture_begin(&builder, bytes, room);

    snprintf(facts.program, sizeof facts.program, "%s " GROMA_VERSION, program_words);
    map.moment = claims > 0 ? CAPTURE_BEFORE_EXIT : CAPTURE_AT_START;
    if (status == CAPTURE_OK) {
        capture_add_writer(&builder, &facts);
        capture_add_cpu(&builder, &cpu);
        capture_add_map(&builder, &map);
        if (claims > 0)
            capture_add_claims(&builder, result->engine.claims, result->input.claim_names, claims);
        status = capture_seal(&builder, &size);
    }
    if (status != CAPTURE_OK)
        cannot("%s: no capture file can be made of it: %s", result->input.path,
               capture_status_text(status));
    fwrite(bytes, 1, size, to);
}

/* ---- the command ------------------------------------------------------------------------------------------ */

static void write_form(FILE *to, const struct result *result, const struct written_form *form)
{
    bool from_regions = result->engine.claim_count > 0;
    uint32_t count = from_regions ? (uint32_t)result->map.count : result->engine.source.count;

    for (uint32_t i = 0; i < count; i++) {
        struct plain_entry entry;
        plain_entry_of(result, i, form->format, from_regions, &entry);
        form->write(to, i, &entry);
    }
}

static const struct written_form *find_form(const char *name)
{
    for (size_t i = 0; i < written_form_count; i++) {
        if (strcmp(written_forms[i].name, name) == 0)
            return &written_forms[i];
    }
    return NULL;
}

/* UEFI's descriptors have whole pages: the maps are equal then, the entries are not. */
static uint32_t count_rounded(const struct result *result, enum memmap_format written)
{
    const struct memmap_source *source = &result->engine.source;
    uint32_t count = 0;

    if (written != MEMMAP_FORMAT_UEFI)
        return 0;
    for (uint32_t i = 0; i < source->count; i++) {
        struct memmap_entry entry;
        memmap_source_entry(source, i, &entry);
        count += entry.base_bytes % PAGE_BYTES != 0 || entry.tail_bytes != 0;
    }
    return count;
}

/* Says on stderr what the new form could not say. */
static bool reads_back(const struct result *result, enum memmap_format written)
{
    uint32_t rounded = count_rounded(result, written);
    struct span text = output_text();
    struct file_bytes file = {grab(text.length + 1, 1), text.length};
    struct input_options options = {.physical_bits = result->engine.physical_bits, .bytes = &file};
    struct memmap_difference_walk walk;
    struct memmap_difference difference;
    struct result again;
    size_t count = 0;

    if (result->engine.source.count == 0 && result->map.count == 0)
        return true; /* an empty list has no form that shows */
    memcpy(file.bytes, text.at, text.length);
    result_make(&again, "what was written", &options);
    memmap_difference_begin(&walk, &result->map, &again.map);
    while (memmap_difference_next(&walk, &difference))
        count++;
    if (count > 0)
        fprintf(stderr, "memmap: %s: the new form cannot say all: %zu range%s (memmap diff)\n",
                result->input.path, count, count == 1 ? " differs" : "s differ");
    if (rounded > 0)
        fprintf(stderr, "memmap: %s: the new form has whole pages only: %" PRIu32 " %s rounded\n",
                result->input.path, rounded, rounded == 1 ? "entry was" : "entries were");
    return !input_complain(&again.input) && count == 0 && rounded == 0;
}

int command_convert(const struct arguments *arguments)
{
    const struct written_form *form;
    struct result result;
    enum memmap_format written = MEMMAP_FORMAT_BOOTINFO; /* JSON: the result's regions, as asked for */
    bool is_whole;

    if (arguments->format == NULL)
        cannot("convert needs --to FORMAT (try memmap convert --help)");
    form = find_form(arguments->format);
    if (form == NULL && strcmp(arguments->format, "json") != 0 &&
        strcmp(arguments->format, "capture") != 0)
        cannot("--to %s: there is no such format to write (try memmap convert --help)",
               arguments->format);
    result_make(&result, arguments->words[0], &arguments->input);
    if (form != NULL)
        written = form->format;
    else if (strcmp(arguments->format, "capture") == 0)
        written = capture_table(&result).format;
    if (form != NULL)
        write_form(output(), &result, form);
    else if (strcmp(arguments->format, "json") == 0)
        print_result_json(output(), &result);
    else
        write_capture(output(), &result, "memmap convert");
    is_whole = reads_back(&result, written);
    output_finish(arguments->output_path);
    return input_complain(&result.input) || !is_whole ? STATUS_FINDINGS : STATUS_FINE;
}
