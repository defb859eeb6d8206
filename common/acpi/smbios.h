/* SPDX-License-Identifier: MIT */
/*
 * The SMBIOS entry points: where the structure table lies. SMBIOS 3.6 (DMTF DSP0134),
 * 5.2.1 (32-bit, "_SM_") and 5.2.2 (64-bit, "_SM3_"). The table itself is not read.
 */
#ifndef GROMA_ACPI_SMBIOS_H
#define GROMA_ACPI_SMBIOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checked.h"
#include "base/language.h"

C_DECLARATIONS_BEGIN

enum smbios_status {
    SMBIOS_OK,
    SMBIOS_TRUNCATED,                 /* fewer bytes than the entry says it has */
    SMBIOS_BAD_SIGNATURE,             /* neither "_SM_" nor "_SM3_"; or no "_DMI_" inside */
    SMBIOS_BAD_LENGTH,                /* of the entry itself */
    SMBIOS_BAD_CHECKSUM,
    SMBIOS_BAD_INTERMEDIATE_CHECKSUM, /* of the "_DMI_" part */
    SMBIOS_BAD_TABLE,                 /* the table is empty, at 0, or wraps */
};

/* "bad-checksum", ...; never NULL. */
const char *smbios_status_name(enum smbios_status status);

struct smbios_entry {
    uint8_t major;
    uint8_t minor;
    bool is_64_bit;           /* "_SM3_" */
    uint8_t entry_bytes;
    uint64_t table_address;   /* physical */
    uint32_t table_max_bytes; /* the exact length in a 32-bit entry */
};

/*
 * Checks an entry point of either form. `size` is how many bytes may be read. On any
 * error *ret is untouched.
 */
MUST_USE enum smbios_status smbios_check_entry(const uint8_t *bytes, size_t size,
                                               struct smbios_entry *ret);

C_DECLARATIONS_END

#endif
