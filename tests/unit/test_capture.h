/* SPDX-License-Identifier: MIT */
/* A complete capture file for the tests of common/capture; its values are written by hand. */
#ifndef GROMA_TEST_CAPTURE_H
#define GROMA_TEST_CAPTURE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "capture/capture.h"

#define FILE_CAPACITY 4096u

/* Two UEFI descriptors at stride 48 and one E820 entry. */
static const uint8_t file_uefi[96] = {7, [9] = 0x10, [24] = 0x9f, [32] = 15, [48] = 2, [58] = 0x10,
                                      [72] = 0x10, [80] = 15};
static const uint8_t file_e820[20] = {[10] = 0x10, [16] = 1};

static const struct memmap_claim file_claims[2] = {
    {.first_pfn = 0x100, .end_pfn = 0x108, .kind = MEMMAP_KERNEL, .flags = MEMMAP_CLAIM_LOADED},
    {.first_pfn = 0x108, .end_pfn = 0x109, .kind = MEMMAP_STACK},
};
static const char *const file_claim_names[2] = {"kernel", NULL};

static inline void file_add_all(struct capture_builder *builder)
{
    struct capture_map uefi = {.format = MEMMAP_FORMAT_UEFI, .moment = CAPTURE_AT_START,
                               .stride_bytes = 48, .descriptor_version = 1, .bytes = file_uefi,
                               .size_bytes = sizeof file_uefi};
    struct capture_map e820 = {.format = MEMMAP_FORMAT_E820, .moment = CAPTURE_BEFORE_EXIT,
                               .stride_bytes = 20, .bytes = file_e820,
                               .size_bytes = sizeof file_e820};
    struct capture_firmware firmware = {0x00020046, 0x10000, "Hand-made firmware"};
    struct capture_cpu cpu = {0x506e3, 39, 48, "GenuineIntel", "A CPU @ 3 GHz"};
    struct capture_tables tables = {0x7fe00014, 0xf0000, 0x7fe01000, 0x7ff00018};
    struct capture_writer_facts writer = {1700000000, "groma 9.9"};

    capture_add_map(builder, &uefi);
    capture_add_firmware(builder, &firmware);
    capture_add_cpu(builder, &cpu);
    capture_add_tables(builder, &tables);
    capture_add_claims(builder, file_claims, file_claim_names, 2);
    capture_add_writer(builder, &writer);
    capture_add_map(builder, &e820);
}

/* Offsets of the seven records and the trailer in the file above, counted by hand. */
static const uint64_t file_offsets[9] = {
    24,
    24 + 24 + 120,                               /* map: 24 + 96 */
    168 + 24 + 32,                               /* firmware: 8 + 18, filled up to 32 */
    224 + 24 + 96,                               /* cpu */
    344 + 24 + 32,                               /* tables */
    400 + 24 + 104,                              /* claims: 8 + 2 x 48 */
    528 + 24 + 24,                               /* writer: 8 + 9, filled up to 24 */
    576 + 24 + 48,                               /* map: 24 + 20, filled up to 48 */
    648 + 24 + 24,                               /* trailer */
};
#define FILE_BYTES 696u

/* The file in memory of its exact size, so that ASan sees a read behind it; the caller frees it. */
static inline uint8_t *file_copy(const uint8_t *bytes, size_t size_bytes)
{
    uint8_t *copy = malloc(size_bytes == 0 ? 1 : size_bytes);

    cr_assert_not_null(copy);
    memcpy(copy, bytes, size_bytes);
    return copy;
}

static inline uint8_t *file_make(void)
{
    static uint8_t buffer[FILE_CAPACITY];
    struct capture_builder builder;
    uint64_t size_bytes = 0;

    cr_assert_eq(capture_begin(&builder, buffer, sizeof buffer), CAPTURE_OK);
    file_add_all(&builder);
    cr_assert_eq(capture_seal(&builder, &size_bytes), CAPTURE_OK);
    cr_assert_eq(size_bytes, FILE_BYTES);
    return file_copy(buffer, size_bytes);
}

/* Reads everything that an opened file shows, as a tool would; returns the number of records. */
static inline uint32_t file_read_all(const struct capture *capture)
{
    struct capture_record record;
    uint64_t position = 0;
    uint32_t records = 0;

    for (; capture_next(capture, &position, &record); records++) {
        struct capture_map map;
        struct capture_firmware firmware;
        struct capture_cpu cpu;
        struct capture_tables tables;
        struct capture_writer_facts writer;
        struct memmap_source source;
        struct memmap_entry entry;
        uint32_t count = 0;
        if (capture_read_map(&record, &map) == CAPTURE_OK &&
            capture_map_source(&map, &source) == MEMMAP_OK) {
            for (uint32_t i = 0; i < source.count; i++)
                memmap_source_entry(&source, i, &entry);
        }
        if (capture_read_firmware(&record, &firmware) == CAPTURE_OK)
            cr_assert_lt(strlen(firmware.vendor), sizeof firmware.vendor);
        if (capture_read_cpu(&record, &cpu) == CAPTURE_OK)
            cr_assert_lt(strlen(cpu.brand) + strlen(cpu.vendor), 80);
        if (capture_read_writer(&record, &writer) == CAPTURE_OK)
            cr_assert_lt(strlen(writer.program), sizeof writer.program);
        if (capture_read_tables(&record, &tables) == CAPTURE_OK)
            cr_assert_eq(record.type, CAPTURE_TABLES);
        if (capture_claim_count(&record, &count) == CAPTURE_OK) {
            for (uint32_t i = 0; i < count; i++) {
                struct memmap_claim claim;
                char name[CAPTURE_CLAIM_NAME_BYTES];
                capture_claim(&record, i, &claim, name);
                cr_assert_lt(strlen(name), sizeof name);
            }
        }
    }
    return records;
}

#endif
