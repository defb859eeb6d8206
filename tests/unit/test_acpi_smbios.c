/* SPDX-License-Identifier: MIT */
/* SMBIOS entry points: real ones, and each fault. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "acpi/smbios.h"
#include "unit/test_acpi.h"

/* As OVMF 2022.11 left them in q35 machines of QEMU 7.2 (the second: entry point type 64). */
static const uint8_t ovmf_32[31] = {
    0x5f, 0x53, 0x4d, 0x5f, 0x2e, 0x1f, 0x02, 0x08, 0x4b, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x5f, 0x44, 0x4d, 0x49, 0x5f, 0x67, 0x7f, 0x01, 0x00, 0xf0, 0x51, 0x0f, 0x09, 0x00, 0x28,
};
static const uint8_t ovmf_64[24] = {
    0x5f, 0x53, 0x4d, 0x33, 0x5f, 0x9d, 0x18, 0x03, 0x00, 0x00, 0x01, 0x00,
    0x85, 0x01, 0x00, 0x00, 0x00, 0xd0, 0x51, 0x0f, 0x00, 0x00, 0x00, 0x00,
};

static struct smbios_entry entry;

/* Checks an exact-size heap copy; on an error the output must be untouched. */
static enum smbios_status check(const uint8_t *bytes, size_t size)
{
    struct smbios_entry before;
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    memcpy(copy, bytes, size);
    memset(&entry, 0x5a, sizeof entry);
    memcpy(&before, &entry, sizeof before);
    enum smbios_status status = smbios_check_entry(copy, size, &entry);
    if (status != SMBIOS_OK)
        cr_assert_eq(memcmp(&entry, &before, sizeof before), 0);
    free(copy);
    return status;
}

Test(smbios_check_entry, reads_a_32_bit_entry)
{
    cr_assert_eq(check(ovmf_32, 31), SMBIOS_OK);
    cr_assert(entry.major == 2 && entry.minor == 8 && !entry.is_64_bit);
    cr_assert_eq(entry.entry_bytes, 31);
    cr_assert_eq(entry.table_address, 0x0f51f000);
    cr_assert_eq(entry.table_max_bytes, 383);
}

Test(smbios_check_entry, reads_a_64_bit_entry)
{
    uint8_t bytes[24];

    cr_assert_eq(check(ovmf_64, 24), SMBIOS_OK);
    cr_assert(entry.major == 3 && entry.minor == 0 && entry.is_64_bit);
    cr_assert_eq(entry.entry_bytes, 24);
    cr_assert_eq(entry.table_address, 0x0f51d000);
    cr_assert_eq(entry.table_max_bytes, 389);
    memcpy(bytes, ovmf_64, 24);
    set32(bytes + 12, 0xffff0001);
    set64(bytes + 16, UINT64_C(0x123456789a));
    seal(bytes, 24, 5);
    cr_assert_eq(check(bytes, 24), SMBIOS_OK);
    cr_assert_eq(entry.table_max_bytes, 0xffff0001);
    cr_assert_eq(entry.table_address, UINT64_C(0x123456789a));
}

/* SMBIOS 2.1 itself gave the length as 30. */
Test(smbios_check_entry, accepts_the_length_30_of_smbios_2_1)
{
    uint8_t bytes[31];

    memcpy(bytes, ovmf_32, 31);
    bytes[5] = 30;
    seal(bytes, 30, 4);
    cr_assert_eq(check(bytes, 31), SMBIOS_OK);
    cr_assert_eq(entry.entry_bytes, 30);
}

Test(smbios_check_entry, names_each_fault)
{
    uint8_t bytes[64] = {0};

    cr_assert_eq(check(bytes, 31), SMBIOS_BAD_SIGNATURE);
    cr_assert_eq(check(bytes, 5), SMBIOS_BAD_SIGNATURE, "5 bytes hold either anchor");
    memcpy(bytes, ovmf_32, 31);
    bytes[16] = '-';
    seal(bytes, 31, 4);
    cr_assert_eq(check(bytes, 31), SMBIOS_BAD_SIGNATURE, "_DMI_");
    memcpy(bytes, ovmf_32, 31);
    bytes[9] ^= 1;
    cr_assert_eq(check(bytes, 31), SMBIOS_BAD_CHECKSUM);
    memcpy(bytes, ovmf_32, 31);
    bytes[21] ^= 1;
    seal(bytes, 31, 4);
    cr_assert_eq(check(bytes, 31), SMBIOS_BAD_INTERMEDIATE_CHECKSUM);
    memcpy(bytes, ovmf_32, 31);
    bytes[5] = 29;
    cr_assert_eq(check(bytes, 64), SMBIOS_BAD_LENGTH);
    bytes[5] = 32;
    cr_assert_eq(check(bytes, 64), SMBIOS_BAD_LENGTH);
    memcpy(bytes, ovmf_64, 24);
    bytes[6] = 23;
    cr_assert_eq(check(bytes, 64), SMBIOS_BAD_LENGTH);
    bytes[6] = 65;
    cr_assert_eq(check(bytes, 64), SMBIOS_TRUNCATED);
    memcpy(bytes, ovmf_64, 24);
    bytes[9] ^= 1;
    cr_assert_eq(check(bytes, 24), SMBIOS_BAD_CHECKSUM);
}

Test(smbios_check_entry, refuses_a_table_that_cannot_be)
{
    uint8_t bytes[31];

    memcpy(bytes, ovmf_64, 24);
    set64(bytes + 16, 0);
    seal(bytes, 24, 5);
    cr_assert_eq(check(bytes, 24), SMBIOS_BAD_TABLE, "at 0");
    set64(bytes + 16, UINT64_MAX - 388);
    seal(bytes, 24, 5);
    cr_assert_eq(check(bytes, 24), SMBIOS_BAD_TABLE, "wraps");
    set64(bytes + 16, UINT64_MAX - 389);
    seal(bytes, 24, 5);
    cr_assert_eq(check(bytes, 24), SMBIOS_OK);
    set32(bytes + 12, 0);
    seal(bytes, 24, 5);
    cr_assert_eq(check(bytes, 24), SMBIOS_BAD_TABLE, "empty");
    memcpy(bytes, ovmf_32, 31);
    bytes[22] = bytes[23] = 0;
    seal(bytes + 16, 15, 5);
    seal(bytes, 31, 4);
    cr_assert_eq(check(bytes, 31), SMBIOS_BAD_TABLE, "empty");
}

Test(smbios_check_entry, refuses_every_truncation_and_every_change_of_one_byte)
{
    uint8_t bytes[31];

    for (size_t size = 0; size < 31; size++)
        cr_assert_eq(check(ovmf_32, size), SMBIOS_TRUNCATED, "%zu", size);
    for (size_t size = 0; size < 24; size++)
        cr_assert_eq(check(ovmf_64, size), SMBIOS_TRUNCATED, "%zu", size);
    for (size_t at = 0; at < 31; at++) {
        for (unsigned value = 0; value < 256; value++) {
            memcpy(bytes, ovmf_32, 31);
            bytes[at] = (uint8_t)value;
            cr_assert_eq(check(bytes, 31) == SMBIOS_OK, value == ovmf_32[at], "%zu %u", at, value);
            memcpy(bytes, ovmf_64, 24);
            bytes[at % 24] = (uint8_t)value;
            cr_assert_eq(check(bytes, 24) == SMBIOS_OK, value == ovmf_64[at % 24]);
        }
    }
}

Test(smbios_status_name, names_every_status)
{
    static const char *const names[] = {"ok",         "truncated",    "bad-signature",
                                        "bad-length", "bad-checksum", "bad-intermediate-checksum",
                                        "bad-table",  "unknown"};

    for (unsigned i = 0; i < 8; i++)
        cr_assert_str_eq(smbios_status_name((enum smbios_status)i), names[i]);
}
