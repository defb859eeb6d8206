/* SPDX-License-Identifier: MIT */
/*
 * Files of bytes: our capture file and boot info block through their own readers in common/, and
 * coreboot's table (libpayload, coreboot_tables.h: "LBIO" header, then records of tag and size).
 */
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "bootinfo/bootinfo.h"
#include "capture/capture.h"
#include "input.h"

/* A name that can stand in a list separated by commas and blanks. */
static const char *plain_name(const char *name, const char *otherwise, uint32_t index)
{
    char *copy = name[0] == '\0' ? grab_text("%s%" PRIu32, otherwise, index) : grab_text("%s", name);

    for (char *at = copy; *at != '\0'; at++) {
        if (*at <= ' ' || *at == ',' || *at == 0x7f)
            *at = '-';
    }
    return copy;
}

/* Somebody's text, safe to show on a terminal. */
static const char *shown(const char *text)
{
    char *copy = grab_text("%s", text);

    for (char *at = copy; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    }
    return copy;
}

/* ---- capture ---------------------------------------------------------------------------------- */

static const char *moment_words(enum capture_moment moment)
{
    static const char *const words[] = {"at an unknown moment", "before the loader's allocations",
                                        "before the exit", "after the exit"};
    return words[moment];
}

static void note_machine(struct map_input *input, const struct capture *capture)
{
    struct capture_record record;
    struct capture_firmware firmware;
    struct capture_cpu cpu;
    struct capture_tables tables;
    struct capture_writer_facts writer;

    if (capture_find(capture, CAPTURE_WRITER, 0, &record) == CAPTURE_OK &&
        capture_read_writer(&record, &writer) == CAPTURE_OK)
        input_note(input, grab_text("written by %s", shown(writer.program)));
    if (capture_find(capture, CAPTURE_FIRMWARE, 0, &record) == CAPTURE_OK &&
        capture_read_firmware(&record, &firmware) == CAPTURE_OK)
        input_note(input, grab_text("firmware: %s, revision 0x%" PRIx32 ", UEFI %" PRIu32 ".%" PRIu32,
                                    shown(firmware.vendor), firmware.firmware_revision,
                                    firmware.uefi_revision >> 16, (firmware.uefi_revision & 0xffff) / 10));
    if (capture_find(capture, CAPTURE_CPU, 0, &record) == CAPTURE_OK &&
        capture_read_cpu(&record, &cpu) == CAPTURE_OK) {
        const char *name = cpu.brand[0] != '\0' ? cpu.brand : cpu.vendor;
        input_note(input, grab_text("cpu: %s, %" PRIu32 " physical address bits",
                                    name[0] == '\0' ? "not named" : shown(name),
                                    cpu.physical_bits));
        input->physical_bits = cpu.physical_bits;
    }
    if (capture_find(capture, CAPTURE_TABLES, 0, &record) == CAPTURE_OK &&
        capture_read_tables(&record, &tables) == CAPTURE_OK)
        input_note(input, grab_text("tables: RSDP 0x%" PRIx64 ", SMBIOS 0x%" PRIx64
                                    ", SMBIOS3 0x%" PRIx64,
                                    tables.rsdp_paddr, tables.smbios_paddr,
                                    tables.smbios3_paddr));
}

static void note_claims(struct map_input *input, const struct capture *capture)
{
    struct capture_record record;
    uint32_t count;

    if (capture_find(capture, CAPTURE_CLAIMS, 0, &record) == CAPTURE_OK &&
        capture_claim_count(&record, &count) == CAPTURE_OK)
        input_note(input, grab_text("claims: %" PRIu32 " by the loader", count));
}

/* The claims belong to maps that were taken after they were made. */
static void load_claims(struct map_input *input, const struct capture *capture)
{
    struct capture_record record;
    uint32_t count;

    if (capture_find(capture, CAPTURE_CLAIMS, 0, &record) != CAPTURE_OK ||
        capture_claim_count(&record, &count) != CAPTURE_OK)
        return;
    input->claims = grab(count + (size_t)1, sizeof *input->claims);
    input->claim_names = grab(count + (size_t)1, sizeof *input->claim_names);
    for (uint32_t i = 0; i < count; i++) {
        char name[CAPTURE_CLAIM_NAME_BYTES];
        capture_claim(&record, i, &input->claims[i], name);
        input->claim_names[i] = plain_name(name, "claim", i);
    }
    input->claim_count = count;
}

/* Which map is read when none is asked for: the last, which is nearest to the exit. */
static void choose_map(struct map_input *input, const struct capture *capture, unsigned map_number)
{
    struct capture_map map = {0}, chosen = {0};
    struct capture_record record;
    uint32_t count = 0;

    while (capture_find(capture, CAPTURE_MAP, count, &record) == CAPTURE_OK) {
        if (capture_read_map(&record, &map) != CAPTURE_OK)
            cannot("%s: map %" PRIu32 ": %s", input->path, count + 1,
                   capture_status_text(CAPTURE_BAD_RECORD));
        count++;
        input_note(input, grab_text("map %" PRIu32 ": %s", count, moment_words(map.moment)));
        if (map_number == 0 || count == map_number)
            chosen = map;
    }
    if (map_number > count || count == 0)
        cannot("%s: there is no map %u, only %" PRIu32, input->path, map_number == 0 ? 1 : map_number,
               count);
    if (chosen.size_bytes / chosen.stride_bytes > INPUT_MAX_ENTRIES)
        cannot("%s: more than %u entries", input->path, (unsigned)INPUT_MAX_ENTRIES);
    if (capture_map_source(&chosen, &input->source) != MEMMAP_OK)
        cannot("%s: the map cannot be opened", input->path);
    if (chosen.moment == CAPTURE_BEFORE_EXIT || chosen.moment == CAPTURE_AFTER_EXIT)
        load_claims(input, capture);
}

bool parse_capture(struct map_input *input, const struct file_bytes *file, unsigned map_number)
{
    struct capture capture;
    enum capture_status status = capture_open(file->bytes, file->size, &capture);

    if (status == CAPTURE_BAD_MAGIC)
        return false;
    if (status != CAPTURE_OK && status != CAPTURE_INCOMPLETE && status != CAPTURE_DAMAGED)
        cannot("%s: %s", input->path, capture_status_text(status));
    input->family = FAMILY_CAPTURE;
    if (status != CAPTURE_OK)
        input->defect = capture_status_text(status);
    note_machine(input, &capture);
    note_claims(input, &capture);
    choose_map(input, &capture, map_number);
    return true;
}

/* ---- boot info ------------------------------------------------------------------------------------ */

static void load_block_claims(struct map_input *input, const struct bootinfo *info)
{
    uint32_t count = info->claims.count;

    input->claims = grab(count + (size_t)1, sizeof *input->claims);
    input->claim_names = grab(count + (size_t)1, sizeof *input->claim_names);
    for (uint32_t i = 0; i < count; i++) {
        struct memmap_claim claim;
        memcpy(&claim, bootinfo_entry(info, &info->claims, i), sizeof claim);
        input->claims[i] = claim;
        input->claim_names[i] = plain_name(
            claim.name == 0 ? "" : (const char *)bootinfo_at(info, claim.name), "claim", i);
    }
    input->claim_count = count;
}

/* The raw map with the loader's claims where the block has one: what the kernel normalizes again. */
static enum memmap_status open_block(struct map_input *input, const struct bootinfo *info)
{
    if (info->raw_map.count > 0) {
        load_block_claims(input, info);
        return memmap_source_uefi(&input->source, bootinfo_at(info, info->raw_map.offset),
                                  (uint64_t)info->raw_map.count * info->raw_map.stride_bytes,
                                  info->raw_map.stride_bytes);
    }
    return memmap_source_bootinfo(&input->source, bootinfo_at(info, info->regions.offset),
                                  (uint64_t)info->regions.count * info->regions.stride_bytes,
                                  info->regions.stride_bytes);
}

bool parse_bootinfo(struct map_input *input, const struct file_bytes *file)
{
    const struct bootinfo *info = (const void *)file->bytes; /* grabbed memory: aligned */
    struct bootinfo_fault fault = {"", 0};
    enum bootinfo_status status;

    if (file->size < 8 || load_le64(file->bytes) != BOOTINFO_MAGIC)
        return false;
    status = bootinfo_check(file->bytes, file->size, &fault);
    if (status != BOOTINFO_OK)
        cannot("%s: boot info block: %s (%s %" PRIu32 ")", input->path,
               bootinfo_status_text(status), fault.object == NULL ? "" : fault.object,
               fault.index);
    input->family = FAMILY_BOOTINFO;
    input->physical_bits = info->physical_bits;
    if (info->firmware_vendor.offset != 0)
        input_note(input, grab_text("firmware: %s", shown(bootinfo_chars(info, &info->firmware_vendor))));
    if (open_block(input, info) != MEMMAP_OK)
        cannot("%s: boot info block: its map cannot be opened", input->path);
    if (input->source.count > INPUT_MAX_ENTRIES)
        cannot("%s: more than %u entries", input->path, (unsigned)INPUT_MAX_ENTRIES);
    return true;
}

/* ---- coreboot's table -------------------------------------------------------------------------------- */

enum {
    LB_HEADER_LEAST = 24,
    LB_HEADER_BYTES = 4,  /* u32 */
    LB_TABLE_BYTES = 12,  /* u32 */
    LB_TAG_MEMORY = 1,
    LB_ENTRY_BYTES = 20,  /* u64 start, u64 size, u32 type: E820's types, and coreboot's own */
};

static void collect_memory(struct collector *collector, const uint8_t *record, uint32_t size)
{
    for (uint32_t at = 8; size - at >= LB_ENTRY_BYTES; at += LB_ENTRY_BYTES) {
        struct stated stated = {.base_bytes = load_le64(record + at),
                                .size_bytes = load_le64(record + at + 8),
                                .type = load_le32(record + at + 16)};
        collect_entry(collector, FAMILY_COREBOOT_TABLE, &stated);
    }
    if ((size - 8) % LB_ENTRY_BYTES != 0)
        cannot("coreboot table: the memory record ends inside an entry");
}

bool parse_coreboot_table(struct collector *collector, const struct file_bytes *file)
{
    uint64_t at, end;

    if (file->size < LB_HEADER_LEAST || memcmp(file->bytes, "LBIO", 4) != 0)
        return false;
    at = load_le32(file->bytes + LB_HEADER_BYTES);
    end = at + load_le32(file->bytes + LB_TABLE_BYTES);
    if (at < LB_HEADER_LEAST || end > file->size)
        cannot("coreboot table: its sizes are impossible or it is cut");
    while (end - at >= 8) {
        uint32_t size = load_le32(file->bytes + at + 4);
        if (size < 8 || size > end - at)
            cannot("coreboot table: a record of impossible size at offset %" PRIu64, at);
        if (load_le32(file->bytes + at) == LB_TAG_MEMORY)
            collect_memory(collector, file->bytes + at, size);
        at += size;
    }
    return true;
}
