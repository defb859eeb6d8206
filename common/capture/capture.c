/* SPDX-License-Identifier: MIT */
/* Reading a capture file, which may hold anything; see capture.h. */
#include "capture/capture.h"

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "capture/format.h"

const char *capture_status_text(enum capture_status status)
{
    static const char texts[][48] = {
        "whole",
        "incomplete: it has no trailer",
        "damaged: a checksum or a size is wrong",
        "no capture file",
        "a capture file of another major version",
        "its header is cut or impossible",
        "a record is too short or impossible",
        "there is no such record",
        "the buffer is too small",
        "a value that no record can hold",
    };

    return (unsigned)status < sizeof texts / sizeof texts[0] ? texts[status] : "unknown";
}

/* ---- the file -------------------------------------------------------------------------------- */

/* One record at `offset`, with a good CRC; *ret_end is where the next begins. */
static bool read_record(const uint8_t *bytes, uint64_t size_bytes, uint64_t offset,
                        struct capture_record *ret_record, uint64_t *ret_end)
{
    const uint8_t *head = bytes + offset;
    uint64_t payload_bytes, padded_bytes;

    if (!range_is_inside(offset, CAPTURE_RECORD_BYTES, size_bytes) ||
        load_le32(head + RECORD_MAGIC) != RECORD_MAGIC_VALUE)
        return false;
    payload_bytes = load_le64(head + RECORD_PAYLOAD_BYTES);
    if (!checked_round_up_u64(payload_bytes, 8, &padded_bytes) ||
        !range_is_inside(offset + CAPTURE_RECORD_BYTES, padded_bytes, size_bytes))
        return false;
    if (crc32c(crc32c(0, head, RECORD_CRC), head + CAPTURE_RECORD_BYTES, padded_bytes) !=
        load_le32(head + RECORD_CRC))
        return false;
    *ret_record = (struct capture_record){load_le32(head + RECORD_TYPE),
                                          head + CAPTURE_RECORD_BYTES, payload_bytes};
    *ret_end = offset + CAPTURE_RECORD_BYTES + padded_bytes;
    return true;
}

/* Is this a whole record's worth of bytes, all there, that belie their CRC? Otherwise it was cut. */
static bool is_damaged(const uint8_t *bytes, uint64_t size_bytes, uint64_t offset)
{
    uint64_t payload_bytes;

    if (!range_is_inside(offset, CAPTURE_RECORD_BYTES, size_bytes))
        return false;
    if (load_le32(bytes + offset + RECORD_MAGIC) != RECORD_MAGIC_VALUE)
        return true;
    payload_bytes = load_le64(bytes + offset + RECORD_PAYLOAD_BYTES);
    return checked_round_up_u64(payload_bytes, 8, &payload_bytes) &&
           range_is_inside(offset + CAPTURE_RECORD_BYTES, payload_bytes, size_bytes);
}

static bool trailer_agrees(const struct capture_record *trailer, const struct capture *capture,
                           uint64_t size_bytes)
{
    return trailer->payload_bytes >= CAPTURE_TRAILER_BYTES &&
           load_le64(trailer->payload + TRAILER_FILE_BYTES) == size_bytes &&
           load_le32(trailer->payload + TRAILER_COUNT) == capture->record_count &&
           load_le32(trailer->payload + TRAILER_CRC) ==
               crc32c(0, capture->bytes, capture->records_end);
}

static enum capture_status check_header(const uint8_t *bytes, uint64_t size_bytes)
{
    uint32_t header_bytes;

    if (size_bytes < 8 || load_le64(bytes + HEADER_MAGIC) != CAPTURE_MAGIC)
        return CAPTURE_BAD_MAGIC;
    if (size_bytes < CAPTURE_HEADER_BYTES)
        return CAPTURE_BAD_HEADER;
    if (load_le16(bytes + HEADER_MAJOR) != CAPTURE_MAJOR)
        return CAPTURE_BAD_VERSION;
    header_bytes = load_le32(bytes + HEADER_BYTES);
    if (header_bytes < CAPTURE_HEADER_BYTES || header_bytes % 8 != 0 ||
        header_bytes > size_bytes ||
        crc32c(0, bytes, HEADER_CRC) != load_le32(bytes + HEADER_CRC))
        return CAPTURE_BAD_HEADER;
    return CAPTURE_OK;
}

enum capture_status capture_open(const void *bytes, uint64_t size_bytes,
                                 struct capture *ret_capture)
{
    enum capture_status status = check_header(bytes, size_bytes);
    struct capture capture = {.bytes = bytes};
    struct capture_record record;
    uint64_t end;

    if (status != CAPTURE_OK)
        return status;
    capture.minor = load_le16(capture.bytes + HEADER_MINOR);
    capture.records_first = load_le32(capture.bytes + HEADER_BYTES);
    capture.records_end = capture.records_first;
    status = CAPTURE_INCOMPLETE;
    while (read_record(bytes, size_bytes, capture.records_end, &record, &end)) {
        if (record.type == CAPTURE_TRAILER) {
            status = trailer_agrees(&record, &capture, size_bytes) ? CAPTURE_OK : CAPTURE_DAMAGED;
            break;
        }
        capture.records_end = end;
        capture.record_count++;
    }
    if (status == CAPTURE_INCOMPLETE && is_damaged(bytes, size_bytes, capture.records_end))
        status = CAPTURE_DAMAGED;
    *ret_capture = capture;
    return status;
}

/* CRCs were checked when the file was opened; sizes still hold, for the bytes are the same. */
bool capture_next(const struct capture *capture, uint64_t *position,
                  struct capture_record *ret_record)
{
    uint64_t offset = *position == 0 ? capture->records_first : *position;
    const uint8_t *head = capture->bytes + offset;
    uint64_t payload_bytes;

    if (offset >= capture->records_end)
        return false;
    payload_bytes = load_le64(head + RECORD_PAYLOAD_BYTES);
    *ret_record = (struct capture_record){load_le32(head + RECORD_TYPE),
                                          head + CAPTURE_RECORD_BYTES, payload_bytes};
    *position = offset + CAPTURE_RECORD_BYTES + (payload_bytes + 7) / 8 * 8;
    return true;
}

enum capture_status capture_find(const struct capture *capture, enum capture_type type,
                                 uint32_t index, struct capture_record *ret_record)
{
    struct capture_record record;
    uint64_t position = 0;

    while (capture_next(capture, &position, &record)) {
        if (record.type == (uint32_t)type && index-- == 0) {
            *ret_record = record;
            return CAPTURE_OK;
        }
    }
    return CAPTURE_NOT_FOUND;
}

/* ---- records ------------------------------------------------------------------------------------ */

static bool record_has(const struct capture_record *record, enum capture_type type,
                       uint64_t least_bytes)
{
    return record->type == (uint32_t)type && record->payload_bytes >= least_bytes;
}

/* A text that fills the rest of a payload, cut to the room; always ends in NUL. */
static void load_text(char *to, size_t room, const uint8_t *from, uint64_t size_bytes)
{
    size_t length = size_bytes < room - 1 ? (size_t)size_bytes : room - 1;

    memset(to, 0, room);
    memcpy(to, from, length);
}

enum capture_status capture_read_map(const struct capture_record *record,
                                     struct capture_map *ret_map)
{
    struct capture_map map;
    uint32_t format, least;

    if (!record_has(record, CAPTURE_MAP, MAP_BYTES))
        return CAPTURE_BAD_RECORD;
    format = load_le32(record->payload + MAP_FORMAT);
    if (format != MEMMAP_FORMAT_UEFI && format != MEMMAP_FORMAT_E820)
        return CAPTURE_BAD_RECORD;
    least = format == MEMMAP_FORMAT_UEFI ? MEMMAP_UEFI_DESCRIPTOR_BYTES : MEMMAP_E820_ENTRY_BYTES;
    map.format = (enum memmap_format)format;
    map.moment = CAPTURE_UNKNOWN_MOMENT;
    if (load_le32(record->payload + MAP_MOMENT) <= CAPTURE_AFTER_EXIT)
        map.moment = (enum capture_moment)load_le32(record->payload + MAP_MOMENT);
    map.stride_bytes = load_le32(record->payload + MAP_STRIDE);
    map.descriptor_version = load_le32(record->payload + MAP_VERSION);
    map.size_bytes = load_le64(record->payload + MAP_SIZE);
    map.bytes = record->payload + MAP_BYTES;
    if (map.stride_bytes < least || map.size_bytes % map.stride_bytes != 0 ||
        map.size_bytes / map.stride_bytes > MEMMAP_MAX_ENTRIES ||
        map.size_bytes > record->payload_bytes - MAP_BYTES)
        return CAPTURE_BAD_RECORD;
    *ret_map = map;
    return CAPTURE_OK;
}

enum capture_status capture_read_firmware(const struct capture_record *record,
                                          struct capture_firmware *ret_firmware)
{
    if (!record_has(record, CAPTURE_FIRMWARE, FIRMWARE_VENDOR))
        return CAPTURE_BAD_RECORD;
    ret_firmware->uefi_revision = load_le32(record->payload + FIRMWARE_UEFI);
    ret_firmware->firmware_revision = load_le32(record->payload + FIRMWARE_REVISION);
    load_text(ret_firmware->vendor, sizeof ret_firmware->vendor, record->payload + FIRMWARE_VENDOR,
              record->payload_bytes - FIRMWARE_VENDOR);
    return CAPTURE_OK;
}

enum capture_status capture_read_cpu(const struct capture_record *record,
                                     struct capture_cpu *ret_cpu)
{
    if (!record_has(record, CAPTURE_CPU, CPU_BYTES))
        return CAPTURE_BAD_RECORD;
    ret_cpu->signature = load_le32(record->payload + CPU_SIGNATURE);
    ret_cpu->physical_bits = load_le32(record->payload + CPU_PHYSICAL_BITS);
    ret_cpu->linear_bits = load_le32(record->payload + CPU_LINEAR_BITS);
    load_text(ret_cpu->vendor, sizeof ret_cpu->vendor, record->payload + CPU_VENDOR,
              sizeof ret_cpu->vendor);
    load_text(ret_cpu->brand, sizeof ret_cpu->brand, record->payload + CPU_BRAND,
              sizeof ret_cpu->brand);
    return CAPTURE_OK;
}

enum capture_status capture_read_tables(const struct capture_record *record,
                                        struct capture_tables *ret_tables)
{
    if (!record_has(record, CAPTURE_TABLES, TABLES_BYTES))
        return CAPTURE_BAD_RECORD;
    ret_tables->rsdp_paddr = load_le64(record->payload);
    ret_tables->smbios_paddr = load_le64(record->payload + 8);
    ret_tables->smbios3_paddr = load_le64(record->payload + 16);
    ret_tables->system_table_paddr = load_le64(record->payload + 24);
    return CAPTURE_OK;
}

enum capture_status capture_read_writer(const struct capture_record *record,
                                        struct capture_writer_facts *ret_facts)
{
    if (!record_has(record, CAPTURE_WRITER, WRITER_PROGRAM))
        return CAPTURE_BAD_RECORD;
    ret_facts->unix_seconds = load_le64(record->payload + WRITER_SECONDS);
    load_text(ret_facts->program, sizeof ret_facts->program, record->payload + WRITER_PROGRAM,
              record->payload_bytes - WRITER_PROGRAM);
    return CAPTURE_OK;
}

enum capture_status capture_claim_count(const struct capture_record *record, uint32_t *ret_count)
{
    uint64_t room, stride, count;

    if (!record_has(record, CAPTURE_CLAIMS, CLAIMS_FIRST))
        return CAPTURE_BAD_RECORD;
    count = load_le32(record->payload + CLAIMS_COUNT);
    stride = load_le32(record->payload + CLAIMS_STRIDE);
    room = record->payload_bytes - CLAIMS_FIRST;
    if (stride < CLAIM_BYTES || count > room / stride)
        return CAPTURE_BAD_RECORD;
    *ret_count = (uint32_t)count;
    return CAPTURE_OK;
}

void capture_claim(const struct capture_record *record, uint32_t index,
                   struct memmap_claim *ret_claim, char ret_name[CAPTURE_CLAIM_NAME_BYTES])
{
    uint64_t stride = load_le32(record->payload + CLAIMS_STRIDE);
    const uint8_t *at = record->payload + CLAIMS_FIRST + index * stride;

    *ret_claim = (struct memmap_claim){.first_pfn = load_le64(at + CLAIM_FIRST_PFN),
                                       .end_pfn = load_le64(at + CLAIM_END_PFN),
                                       .kind = at[CLAIM_KIND],
                                       .flags = at[CLAIM_FLAGS]};
    load_text(ret_name, CAPTURE_CLAIM_NAME_BYTES, at + CLAIM_NAME, CAPTURE_CLAIM_NAME_BYTES);
}

enum memmap_status capture_map_source(const struct capture_map *map,
                                      struct memmap_source *ret_source)
{
    if (map->format == MEMMAP_FORMAT_UEFI)
        return memmap_source_uefi(ret_source, map->bytes, map->size_bytes, map->stride_bytes);
    return memmap_source_e820(ret_source, map->bytes, map->size_bytes, map->stride_bytes);
}
