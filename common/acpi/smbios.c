/* SPDX-License-Identifier: MIT */
/* SMBIOS entry points; see smbios.h. */
#include "acpi/smbios.h"

#include "acpi/bytes.h"
#include "base/bytes.h"

/* Offsets in the 32-bit entry, 5.2.1. */
enum {
    SM_LENGTH = 5,
    SM_MAJOR = 6,
    SM_MINOR = 7,
    SM_INTERMEDIATE = 16, /* "_DMI_" and what its own checksum covers: */
    SM_INTERMEDIATE_BYTES = 15,
    SM_TABLE_LENGTH = 22,
    SM_TABLE_ADDRESS = 24,
    SM_BYTES = 31,
};

/* Offsets in the 64-bit entry, 5.2.2. */
enum {
    SM3_LENGTH = 6,
    SM3_MAJOR = 7,
    SM3_MINOR = 8,
    SM3_TABLE_MAX_LENGTH = 12,
    SM3_TABLE_ADDRESS = 16,
    SM3_BYTES = 24,
};

const char *smbios_status_name(enum smbios_status status)
{
    static const char names[][26] = {
        "ok",           "truncated",    "bad-signature",
        "bad-length",   "bad-checksum", "bad-intermediate-checksum",
        "bad-table",
    };

    return (size_t)status < sizeof names / sizeof names[0] ? names[status] : "unknown";
}

/* The length that the entry gives itself fits, and so does its checksum. */
static enum smbios_status check_frame(const uint8_t *bytes, size_t size, size_t length,
                                      size_t min, size_t max)
{
    if (length < min || length > max)
        return SMBIOS_BAD_LENGTH;
    if (length > size)
        return SMBIOS_TRUNCATED;
    return sums_to_zero(bytes, length) ? SMBIOS_OK : SMBIOS_BAD_CHECKSUM;
}

/*
 * The entry has 31 bytes. SMBIOS 2.1 gave that length as 30 by mistake, and entries
 * that say 30 exist (5.2.1, note to the length); the checksum then covers 30.
 */
static enum smbios_status check_32_bit(const uint8_t *bytes, size_t size,
                                       struct smbios_entry *entry)
{
    if (size < SM_BYTES)
        return SMBIOS_TRUNCATED;
    entry->entry_bytes = bytes[SM_LENGTH];
    enum smbios_status status =
        check_frame(bytes, size, entry->entry_bytes, SM_BYTES - 1, SM_BYTES);
    if (status != SMBIOS_OK)
        return status;
    if (!begins_with(bytes + SM_INTERMEDIATE, "_DMI_"))
        return SMBIOS_BAD_SIGNATURE;
    if (!sums_to_zero(bytes + SM_INTERMEDIATE, SM_INTERMEDIATE_BYTES))
        return SMBIOS_BAD_INTERMEDIATE_CHECKSUM;
    entry->major = bytes[SM_MAJOR];
    entry->minor = bytes[SM_MINOR];
    entry->table_max_bytes = load_le16(bytes + SM_TABLE_LENGTH);
    entry->table_address = load_le32(bytes + SM_TABLE_ADDRESS);
    return SMBIOS_OK;
}

/* 24 bytes; a later revision may make it longer. */
static enum smbios_status check_64_bit(const uint8_t *bytes, size_t size,
                                       struct smbios_entry *entry)
{
    if (size < SM3_BYTES)
        return SMBIOS_TRUNCATED;
    entry->entry_bytes = bytes[SM3_LENGTH];
    enum smbios_status status =
        check_frame(bytes, size, entry->entry_bytes, SM3_BYTES, UINT8_MAX);
    if (status != SMBIOS_OK)
        return status;
    entry->is_64_bit = true;
    entry->major = bytes[SM3_MAJOR];
    entry->minor = bytes[SM3_MINOR];
    entry->table_max_bytes = load_le32(bytes + SM3_TABLE_MAX_LENGTH);
    entry->table_address = load_le64(bytes + SM3_TABLE_ADDRESS);
    return SMBIOS_OK;
}

static bool table_is_sane(const struct smbios_entry *entry)
{
    return entry->table_address != 0 && entry->table_max_bytes != 0 &&
           entry->table_address <= UINT64_MAX - entry->table_max_bytes;
}

enum smbios_status smbios_check_entry(const uint8_t *bytes, size_t size, struct smbios_entry *ret)
{
    struct smbios_entry entry = {.is_64_bit = false};
    enum smbios_status status = SMBIOS_BAD_SIGNATURE;

    if (size < 5) /* the longer of the two anchors */
        return SMBIOS_TRUNCATED;
    if (begins_with(bytes, "_SM_"))
        status = check_32_bit(bytes, size, &entry);
    else if (begins_with(bytes, "_SM3_"))
        status = check_64_bit(bytes, size, &entry);
    if (status != SMBIOS_OK)
        return status;
    if (!table_is_sane(&entry))
        return SMBIOS_BAD_TABLE;
    *ret = entry;
    return SMBIOS_OK;
}
