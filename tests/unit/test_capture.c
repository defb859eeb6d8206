/* SPDX-License-Identifier: MIT */
/* The capture file: what lies where, what comes back, and what a spoilt file still gives. */
#include "unit/test_capture.h"

Test(capture_seal, lays_header_records_and_trailer_where_the_readme_says)
{
    static const uint8_t header[16] = {'G', 'M', 'A', 'A', 'C', 'A', 'P', 0, 1, 0, 0, 0, 24, 0, 0, 0};
    static const uint8_t map_head[20] = {'G', 'R', 'E', 'C', 1, 0, 0, 0, 120};
    static const uint8_t map_payload[24] = {0, [4] = 1, [8] = 48, [12] = 1, [16] = 96};
    static const uint8_t trailer[16] = {'G', 'R', 'E', 'C', 'G', 'E', 'N', 'D', 24};
    uint8_t *file = file_make();
    uint32_t crc;

    cr_assert_eq(memcmp(file, header, sizeof header), 0);
    cr_assert_eq(memcmp(file + 24, map_head, sizeof map_head), 0);
    cr_assert_eq(memcmp(file + 48, map_payload, sizeof map_payload), 0);
    cr_assert_eq(memcmp(file + 72, file_uefi, sizeof file_uefi), 0);
    cr_assert_eq(memcmp(file + 168 + 24 + 8, "Hand-made firmware\0\0\0\0\0", 24), 0);
    cr_assert_eq(memcmp(file + 648, trailer, sizeof trailer), 0);
    cr_assert_eq(file[648 + 24], FILE_BYTES & 255);
    cr_assert_eq(file[648 + 24 + 8], 7, "records before the trailer");
    crc = crc32c(0, file, 648);
    cr_assert_eq(memcmp(file + 648 + 24 + 12, &crc, 4), 0);
    free(file);
}

Test(capture_open, gives_back_what_was_written)
{
    uint8_t *file = file_make();
    struct capture capture;
    struct capture_record record;
    struct capture_map map;
    struct capture_firmware firmware;
    struct capture_cpu cpu;
    struct capture_tables tables;
    struct capture_writer_facts writer;

    cr_assert_eq(capture_open(file, FILE_BYTES, &capture), CAPTURE_OK);
    cr_assert_eq(capture.record_count, 7);
    cr_assert_eq(capture_find(&capture, CAPTURE_MAP, 0, &record), CAPTURE_OK);
    cr_assert_eq(capture_read_map(&record, &map), CAPTURE_OK);
    cr_assert(map.format == MEMMAP_FORMAT_UEFI && map.moment == CAPTURE_AT_START);
    cr_assert(map.stride_bytes == 48 && map.descriptor_version == 1 && map.size_bytes == 96);
    cr_assert_eq(memcmp(map.bytes, file_uefi, sizeof file_uefi), 0);
    cr_assert_eq(capture_find(&capture, CAPTURE_MAP, 1, &record), CAPTURE_OK);
    cr_assert_eq(capture_read_map(&record, &map), CAPTURE_OK);
    cr_assert(map.format == MEMMAP_FORMAT_E820 && map.moment == CAPTURE_BEFORE_EXIT);
    cr_assert_eq(memcmp(map.bytes, file_e820, sizeof file_e820), 0);
    cr_assert_eq(capture_find(&capture, CAPTURE_MAP, 2, &record), CAPTURE_NOT_FOUND);
    cr_assert_eq(capture_find(&capture, CAPTURE_FIRMWARE, 0, &record), CAPTURE_OK);
    cr_assert_eq(capture_read_firmware(&record, &firmware), CAPTURE_OK);
    cr_assert(firmware.uefi_revision == 0x00020046 && firmware.firmware_revision == 0x10000);
    cr_assert_str_eq(firmware.vendor, "Hand-made firmware");
    cr_assert_eq(capture_find(&capture, CAPTURE_CPU, 0, &record), CAPTURE_OK);
    cr_assert_eq(capture_read_cpu(&record, &cpu), CAPTURE_OK);
    cr_assert(cpu.signature == 0x506e3 && cpu.physical_bits == 39 && cpu.linear_bits == 48);
    cr_assert_str_eq(cpu.vendor, "GenuineIntel");
    cr_assert_str_eq(cpu.brand, "A CPU @ 3 GHz");
    cr_assert_eq(capture_find(&capture, CAPTURE_TABLES, 0, &record), CAPTURE_OK);
    cr_assert_eq(capture_read_tables(&record, &tables), CAPTURE_OK);
    cr_assert(tables.rsdp_paddr == 0x7fe00014 && tables.smbios_paddr == 0xf0000);
    cr_assert(tables.smbios3_paddr == 0x7fe01000 && tables.system_table_paddr == 0x7ff00018);
    cr_assert_eq(capture_find(&capture, CAPTURE_WRITER, 0, &record), CAPTURE_OK);
    cr_assert_eq(capture_read_writer(&record, &writer), CAPTURE_OK);
    cr_assert_eq(writer.unix_seconds, 1700000000);
    cr_assert_str_eq(writer.program, "groma 9.9");
    cr_assert_eq(capture_read_map(&record, &map), CAPTURE_BAD_RECORD, "of another type");
    free(file);
}

Test(capture_claim, gives_back_the_claims_and_their_names)
{
    uint8_t *file = file_make();
    struct capture capture;
    struct capture_record record;
    struct memmap_claim claim;
    char name[CAPTURE_CLAIM_NAME_BYTES];
    uint32_t count = 0;

    cr_assert_eq(capture_open(file, FILE_BYTES, &capture), CAPTURE_OK);
    cr_assert_eq(capture_find(&capture, CAPTURE_CLAIMS, 0, &record), CAPTURE_OK);
    cr_assert_eq(capture_claim_count(&record, &count), CAPTURE_OK);
    cr_assert_eq(count, 2);
    capture_claim(&record, 0, &claim, name);
    cr_assert_eq(memcmp(&claim, &file_claims[0], sizeof claim), 0);
    cr_assert_str_eq(name, "kernel");
    capture_claim(&record, 1, &claim, name);
    cr_assert_eq(memcmp(&claim, &file_claims[1], sizeof claim), 0);
    cr_assert_str_eq(name, "");
    free(file);
}

/* Every length of a cut file: as many records as are whole, never a read behind the end. */
Test(capture_open, calls_every_cut_file_incomplete_and_reads_its_whole_records)
{
    uint8_t *file = file_make();

    for (size_t size = 0; size < FILE_BYTES; size++) {
        uint8_t *cut = file_copy(file, size);
        struct capture capture = {.record_count = 99};
        enum capture_status status = capture_open(cut, size, &capture);
        uint32_t whole = 0;
        while (whole < 7 && file_offsets[whole + 1] <= size)
            whole++;
        if (size < 24) {
            cr_assert_eq(status, size < 8 ? CAPTURE_BAD_MAGIC : CAPTURE_BAD_HEADER, "%zu", size);
            cr_assert_eq(capture.record_count, 99, "untouched");
        } else {
            cr_assert_eq(status, CAPTURE_INCOMPLETE, "%zu: %d", size, status);
            cr_assert_eq(capture.record_count, whole, "%zu", size);
            cr_assert_eq(file_read_all(&capture), whole);
        }
        free(cut);
    }
    free(file);
}

/* Every bit of the file: it is never called whole, and what it still shows is what was written. */
Test(capture_open, notices_every_flipped_bit)
{
    uint8_t *file = file_make();

    for (size_t bit = 0; bit < 8 * FILE_BYTES; bit++) {
        uint8_t *spoilt = file_copy(file, FILE_BYTES);
        struct capture capture;
        enum capture_status status;
        spoilt[bit / 8] ^= (uint8_t)(1u << bit % 8);
        status = capture_open(spoilt, FILE_BYTES, &capture);
        cr_assert_neq(status, CAPTURE_OK, "bit %zu", bit);
        if (status == CAPTURE_INCOMPLETE || status == CAPTURE_DAMAGED) {
            cr_assert_leq(file_read_all(&capture), 7);
            cr_assert_leq(capture.records_end, bit / 8 < 24 ? 0 : bit / 8 + 1);
        }
        free(spoilt);
    }
    free(file);
}

Test(capture_open, calls_bytes_behind_the_trailer_damage)
{
    uint8_t *file = file_make();
    uint8_t longer[FILE_BYTES + 8] = {0};
    struct capture capture;

    memcpy(longer, file, FILE_BYTES);
    cr_assert_eq(capture_open(longer, sizeof longer, &capture), CAPTURE_DAMAGED);
    cr_assert_eq(capture.record_count, 7);
    free(file);
}

/* Seals the header again after a change, without the code under test. */
static void reseal_header(uint8_t *file)
{
    uint32_t crc = crc32c(0, file, 20);

    memcpy(file + 20, &crc, 4);
}

Test(capture_open, reads_later_minor_versions_and_refuses_other_majors)
{
    uint8_t *file = file_make();
    struct capture capture;

    file[10] = 7;
    reseal_header(file);
    /* The file's CRC is the same still: a CRC over bytes and their own CRC does not depend on them. */
    cr_assert_eq(capture_open(file, FILE_BYTES, &capture), CAPTURE_OK);
    cr_assert_eq(capture.record_count, 7);
    cr_assert_eq(capture.minor, 7);
    file[8] = 2;
    reseal_header(file);
    cr_assert_eq(capture_open(file, FILE_BYTES, &capture), CAPTURE_BAD_VERSION);
    free(file);
}

/* A record as a later version may write it: of an unknown type, or longer than this one knows. */
Test(capture_next, shows_unknown_and_longer_records_and_goes_on)
{
    uint8_t record_bytes[24 + 40] = {'G', 'R', 'E', 'C', 4, [8] = 40, [24] = 0x11};
    uint8_t file[24 + 2 * sizeof record_bytes];
    uint8_t *made = file_make();
    struct capture capture;
    struct capture_record record;
    struct capture_tables tables;
    uint32_t crc;

    memcpy(file, made, 24);
    for (unsigned i = 0; i < 2; i++) {
        record_bytes[4] = i == 0 ? 200 : 4;
        crc = crc32c(crc32c(0, record_bytes, 20), record_bytes + 24, 40);
        memcpy(record_bytes + 20, &crc, 4);
        memcpy(file + 24 + i * sizeof record_bytes, record_bytes, sizeof record_bytes);
    }
    cr_assert_eq(capture_open(file, sizeof file, &capture), CAPTURE_INCOMPLETE);
    cr_assert_eq(capture.record_count, 2);
    cr_assert_eq(capture_find(&capture, CAPTURE_TABLES, 0, &record), CAPTURE_OK);
    cr_assert_eq(capture_read_tables(&record, &tables), CAPTURE_OK);
    cr_assert_eq(tables.rsdp_paddr, 0x11);
    free(made);
}

/* Records whose own numbers lie; the CRC is right, so only these checks stand before a wild read. */
Test(capture_read_map, refuses_sizes_and_strides_that_do_not_fit)
{
    static const struct {
        uint32_t format, stride;
        uint64_t size;
    } cases[] = {{0, 48, 144}, {0, 56, 112}, {0, 48, 95}, {0, 39, 78}, {0, 0, 0}, {1, 19, 95}, {2, 48, 96},
                 {0, 48, UINT64_MAX - 15}, {0, UINT32_MAX, 96}};
    uint8_t payload[120] = {0};
    struct capture_record record = {CAPTURE_MAP, payload, sizeof payload};
    struct capture_map map = {.stride_bytes = 5};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(payload, &cases[i].format, 4);
        memcpy(payload + 8, &cases[i].stride, 4);
        memcpy(payload + 16, &cases[i].size, 8);
        cr_assert_eq(capture_read_map(&record, &map), CAPTURE_BAD_RECORD, "case %zu", i);
        cr_assert_eq(map.stride_bytes, 5, "untouched");
    }
    record.payload_bytes = 23;
    cr_assert_eq(capture_read_map(&record, &map), CAPTURE_BAD_RECORD);
}

Test(capture_claim_count, refuses_more_claims_than_bytes)
{
    uint8_t payload[8 + 48] = {2, [4] = 48};
    struct capture_record record = {CAPTURE_CLAIMS, payload, sizeof payload};
    uint32_t count = 77;

    cr_assert_eq(capture_claim_count(&record, &count), CAPTURE_BAD_RECORD);
    payload[0] = 1;
    payload[4] = 47;
    cr_assert_eq(capture_claim_count(&record, &count), CAPTURE_BAD_RECORD);
    cr_assert_eq(count, 77);
    payload[4] = 48;
    cr_assert_eq(capture_claim_count(&record, &count), CAPTURE_OK);
    cr_assert_eq(count, 1);
}

/* Every capacity up to enough: NO_ROOM, and nothing behind the buffer is written. */
Test(capture_seal, says_no_room_for_every_buffer_that_is_too_small)
{
    for (size_t capacity = 0; capacity <= FILE_BYTES; capacity++) {
        uint8_t *buffer = malloc(capacity == 0 ? 1 : capacity);
        struct capture_builder builder;
        uint64_t size_bytes = 99;
        enum capture_status status = capture_begin(&builder, buffer, capacity);
        if (capacity >= 24) {
            cr_assert_eq(status, CAPTURE_OK);
            file_add_all(&builder);
            status = capture_seal(&builder, &size_bytes);
        }
        cr_assert_eq(status, capacity < FILE_BYTES ? CAPTURE_NO_ROOM : CAPTURE_OK, "%zu", capacity);
        cr_assert_eq(size_bytes, capacity < FILE_BYTES ? 99 : FILE_BYTES);
        free(buffer);
    }
    cr_assert_geq(capture_bound(2, sizeof file_uefi + sizeof file_e820, 2), FILE_BYTES);
}

Test(capture_add_map, refuses_what_no_record_can_say)
{
    static uint8_t buffer[FILE_CAPACITY];
    struct capture_map map = {.format = MEMMAP_FORMAT_LIMINE, .stride_bytes = 24};
    struct capture_builder builder;
    uint64_t size_bytes;

    cr_assert_eq(capture_begin(&builder, buffer, sizeof buffer), CAPTURE_OK);
    capture_add_map(&builder, &map);
    cr_assert_eq(capture_seal(&builder, &size_bytes), CAPTURE_BAD_VALUE);
}

Test(capture_status_text, has_a_sentence_for_every_value)
{
    for (unsigned i = 0; i <= CAPTURE_BAD_VALUE; i++)
        cr_assert_str_neq(capture_status_text((enum capture_status)i), "unknown");
    cr_assert_str_eq(capture_status_text((enum capture_status)99), "unknown");
}
