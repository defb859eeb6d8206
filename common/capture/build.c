/* SPDX-License-Identifier: MIT */
/* Writing a capture file into the caller's buffer; see capture.h. */
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "capture/capture.h"
#include "capture/format.h"

static uint64_t padded(uint64_t size_bytes)
{
    return (size_bytes + 7) / 8 * 8;
}

enum capture_status capture_begin(struct capture_builder *builder, void *buffer,
                                  uint64_t capacity_bytes)
{
    if (capacity_bytes < CAPTURE_HEADER_BYTES)
        return CAPTURE_NO_ROOM;
    *builder = (struct capture_builder){.bytes = buffer,
                                        .capacity_bytes = capacity_bytes,
                                        .used_bytes = CAPTURE_HEADER_BYTES};
    memset(buffer, 0, CAPTURE_HEADER_BYTES);
    store_le64(builder->bytes + HEADER_MAGIC, CAPTURE_MAGIC);
    store_le16(builder->bytes + HEADER_MAJOR, CAPTURE_MAJOR);
    store_le16(builder->bytes + HEADER_MINOR, CAPTURE_MINOR);
    store_le32(builder->bytes + HEADER_BYTES, CAPTURE_HEADER_BYTES);
    store_le32(builder->bytes + HEADER_CRC, crc32c(0, builder->bytes, HEADER_CRC));
    return CAPTURE_OK;
}

uint64_t capture_bound(uint64_t map_count, uint64_t map_bytes, uint32_t claim_count)
{
    uint64_t heads = (map_count + 6) * (CAPTURE_RECORD_BYTES + 8);

    return CAPTURE_HEADER_BYTES + heads + map_count * MAP_BYTES + map_bytes +
           2 * (8 + CAPTURE_TEXT_BYTES) + CPU_BYTES + TABLES_BYTES + CLAIMS_FIRST +
           (uint64_t)claim_count * CLAIM_BYTES + CAPTURE_TRAILER_BYTES;
}

/* A record's head and a payload of zeroes to be filled; NULL, and `failed` set, where it does not fit. */
static uint8_t *open_record(struct capture_builder *builder, uint32_t type, uint64_t payload_bytes)
{
    uint64_t room = builder->capacity_bytes - builder->used_bytes;
    uint8_t *head = builder->bytes + builder->used_bytes;

    if (builder->failed != CAPTURE_OK)
        return NULL;
    if (room < CAPTURE_RECORD_BYTES || payload_bytes > room - CAPTURE_RECORD_BYTES ||
        padded(payload_bytes) > room - CAPTURE_RECORD_BYTES) {
        builder->failed = CAPTURE_NO_ROOM;
        return NULL;
    }
    memset(head, 0, CAPTURE_RECORD_BYTES + padded(payload_bytes));
    store_le32(head + RECORD_MAGIC, RECORD_MAGIC_VALUE);
    store_le32(head + RECORD_TYPE, type);
    store_le64(head + RECORD_PAYLOAD_BYTES, payload_bytes);
    return head + CAPTURE_RECORD_BYTES;
}

/* Seals the record that open_record began. */
static void close_record(struct capture_builder *builder)
{
    uint8_t *head = builder->bytes + builder->used_bytes;
    uint64_t payload_bytes = padded(load_le64(head + RECORD_PAYLOAD_BYTES));
    uint32_t crc = crc32c(0, head, RECORD_CRC);

    store_le32(head + RECORD_CRC, crc32c(crc, head + CAPTURE_RECORD_BYTES, payload_bytes));
    builder->used_bytes += CAPTURE_RECORD_BYTES + payload_bytes;
    builder->record_count++;
}

static size_t text_bytes(const char *text, size_t most)
{
    size_t length = 0;

    while (length < most && text[length] != '\0')
        length++;
    return length;
}

/* The first bytes of a text, as many as fit. */
static void store_text(uint8_t *to, const char *text, size_t room)
{
    memcpy(to, text, text_bytes(text, room));
}

static bool may_be_added(const struct capture_map *map)
{
    uint32_t least = map->format == MEMMAP_FORMAT_UEFI ? MEMMAP_UEFI_DESCRIPTOR_BYTES
                                                       : MEMMAP_E820_ENTRY_BYTES;

    return (map->format == MEMMAP_FORMAT_UEFI || map->format == MEMMAP_FORMAT_E820) &&
           map->stride_bytes >= least && map->size_bytes % map->stride_bytes == 0;
}

void capture_add_map(struct capture_builder *builder, const struct capture_map *map)
{
    uint8_t *payload;

    if (!may_be_added(map) || map->size_bytes > UINT64_MAX - MAP_BYTES) {
        if (builder->failed == CAPTURE_OK)
            builder->failed = CAPTURE_BAD_VALUE;
        return;
    }
    payload = open_record(builder, CAPTURE_MAP, MAP_BYTES + map->size_bytes);
    if (payload == NULL)
        return;
    store_le32(payload + MAP_FORMAT, map->format);
    store_le32(payload + MAP_MOMENT, map->moment);
    store_le32(payload + MAP_STRIDE, map->stride_bytes);
    store_le32(payload + MAP_VERSION, map->descriptor_version);
    store_le64(payload + MAP_SIZE, map->size_bytes);
    if (map->size_bytes > 0)
        memcpy(payload + MAP_BYTES, map->bytes, map->size_bytes);
    close_record(builder);
}

void capture_add_firmware(struct capture_builder *builder, const struct capture_firmware *firmware)
{
    size_t length = text_bytes(firmware->vendor, CAPTURE_TEXT_BYTES - 1);
    uint8_t *payload = open_record(builder, CAPTURE_FIRMWARE, FIRMWARE_VENDOR + length);

    if (payload == NULL)
        return;
    store_le32(payload + FIRMWARE_UEFI, firmware->uefi_revision);
    store_le32(payload + FIRMWARE_REVISION, firmware->firmware_revision);
    store_text(payload + FIRMWARE_VENDOR, firmware->vendor, length);
    close_record(builder);
}

void capture_add_cpu(struct capture_builder *builder, const struct capture_cpu *cpu)
{
    uint8_t *payload = open_record(builder, CAPTURE_CPU, CPU_BYTES);

    if (payload == NULL)
        return;
    store_le32(payload + CPU_SIGNATURE, cpu->signature);
    store_le32(payload + CPU_PHYSICAL_BITS, cpu->physical_bits);
    store_le32(payload + CPU_LINEAR_BITS, cpu->linear_bits);
    store_text(payload + CPU_VENDOR, cpu->vendor, sizeof cpu->vendor - 1);
    store_text(payload + CPU_BRAND, cpu->brand, sizeof cpu->brand - 1);
    close_record(builder);
}

void capture_add_tables(struct capture_builder *builder, const struct capture_tables *tables)
{
    uint8_t *payload = open_record(builder, CAPTURE_TABLES, TABLES_BYTES);

    if (payload == NULL)
        return;
    store_le64(payload, tables->rsdp_paddr);
    store_le64(payload + 8, tables->smbios_paddr);
    store_le64(payload + 16, tables->smbios3_paddr);
    store_le64(payload + 24, tables->system_table_paddr);
    close_record(builder);
}

void capture_add_writer(struct capture_builder *builder, const struct capture_writer_facts *facts)
{
    size_t length = text_bytes(facts->program, CAPTURE_TEXT_BYTES - 1);
    uint8_t *payload = open_record(builder, CAPTURE_WRITER, WRITER_PROGRAM + length);

    if (payload == NULL)
        return;
    store_le64(payload + WRITER_SECONDS, facts->unix_seconds);
    store_text(payload + WRITER_PROGRAM, facts->program, length);
    close_record(builder);
}

void capture_add_claims(struct capture_builder *builder, const struct memmap_claim *claims,
                        const char *const *names, uint32_t count)
{
    uint8_t *payload =
        open_record(builder, CAPTURE_CLAIMS, CLAIMS_FIRST + (uint64_t)count * CLAIM_BYTES);

    if (payload == NULL)
        return;
    store_le32(payload + CLAIMS_COUNT, count);
    store_le32(payload + CLAIMS_STRIDE, CLAIM_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *at = payload + CLAIMS_FIRST + (uint64_t)i * CLAIM_BYTES;
        store_le64(at + CLAIM_FIRST_PFN, claims[i].first_pfn);
        store_le64(at + CLAIM_END_PFN, claims[i].end_pfn);
        at[CLAIM_KIND] = claims[i].kind;
        at[CLAIM_FLAGS] = claims[i].flags;
        if (names != NULL && names[i] != NULL)
            store_text(at + CLAIM_NAME, names[i], CAPTURE_CLAIM_NAME_BYTES - 1);
    }
    close_record(builder);
}

enum capture_status capture_seal(struct capture_builder *builder, uint64_t *ret_size_bytes)
{
    uint64_t before = builder->used_bytes;
    uint8_t *payload = open_record(builder, CAPTURE_TRAILER, CAPTURE_TRAILER_BYTES);

    if (payload == NULL)
        return builder->failed;
    store_le64(payload + TRAILER_FILE_BYTES, before + CAPTURE_RECORD_BYTES + CAPTURE_TRAILER_BYTES);
    store_le32(payload + TRAILER_COUNT, builder->record_count);
    store_le32(payload + TRAILER_CRC, crc32c(0, builder->bytes, before));
    close_record(builder);
    *ret_size_bytes = builder->used_bytes;
    return CAPTURE_OK;
}
