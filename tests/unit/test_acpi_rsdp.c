/* SPDX-License-Identifier: MIT */
/* The RSDP: real ones, and each fault. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test_acpi.h"

/* As OVMF 2022.11 left them in a q35 machine of QEMU 7.2. */
static const uint8_t ovmf_v2[36] = {
    0x52, 0x53, 0x44, 0x20, 0x50, 0x54, 0x52, 0x20, 0x96, 0x42, 0x4f, 0x43,
    0x48, 0x53, 0x20, 0x02, 0x74, 0xc0, 0x77, 0x0f, 0x24, 0x00, 0x00, 0x00,
    0xe8, 0xc0, 0x77, 0x0f, 0x00, 0x00, 0x00, 0x00, 0xae, 0x00, 0x00, 0x00,
};
static const uint8_t ovmf_v1[20] = {
    0x52, 0x53, 0x44, 0x20, 0x50, 0x54, 0x52, 0x20, 0x0c, 0x42,
    0x4f, 0x43, 0x48, 0x53, 0x20, 0x00, 0x00, 0xc0, 0x77, 0x0f,
};

/* Checks an exact-size heap copy; on an error the output must be untouched. */
static enum acpi_status check(const uint8_t *bytes, size_t size, struct acpi_rsdp *rsdp)
{
    struct acpi_rsdp before;
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    memcpy(copy, bytes, size);
    memset(rsdp, 0x5a, sizeof *rsdp);
    memcpy(&before, rsdp, sizeof before);
    enum acpi_status status = acpi_check_rsdp(copy, size, rsdp);
    if (status != ACPI_OK)
        cr_assert_eq(memcmp(rsdp, &before, sizeof before), 0);
    free(copy);
    return status;
}

Test(acpi_check_rsdp, reads_one_of_revision_2)
{
    struct acpi_rsdp rsdp;

    cr_assert_eq(check(ovmf_v2, 36, &rsdp), ACPI_OK);
    cr_assert_eq(rsdp.revision, 2);
    cr_assert_eq(rsdp.size_bytes, 36);
    cr_assert_eq(rsdp.rsdt_address, 0x0f77c074);
    cr_assert_eq(rsdp.xsdt_address, 0x0f77c0e8);
}

Test(acpi_check_rsdp, case_28_reads_one_of_acpi_1)
{
    struct acpi_rsdp rsdp;

    cr_assert_eq(check(ovmf_v1, 20, &rsdp), ACPI_OK);
    cr_assert_eq(rsdp.revision, 0);
    cr_assert_eq(rsdp.size_bytes, 20);
    cr_assert_eq(rsdp.rsdt_address, 0x0f77c000);
    cr_assert_eq(rsdp.xsdt_address, 0);
}

Test(acpi_check_rsdp, takes_no_xsdt_from_a_revision_that_has_none)
{
    uint8_t bytes[36];
    struct acpi_rsdp rsdp;

    memcpy(bytes, ovmf_v2, 36);
    bytes[15] = 1;
    seal(bytes, 20, 8);
    cr_assert_eq(check(bytes, 36, &rsdp), ACPI_OK);
    cr_assert_eq(rsdp.size_bytes, 20);
    cr_assert_eq(rsdp.xsdt_address, 0);
}

Test(acpi_check_rsdp, case_28_refuses_a_bad_signature)
{
    uint8_t bytes[36] = {0};
    struct acpi_rsdp rsdp;

    cr_assert_eq(check(bytes, 36, &rsdp), ACPI_BAD_SIGNATURE, "zeros have a good checksum");
    memcpy(bytes, ovmf_v2, 36);
    bytes[7] = 0; /* the blank at the end belongs to it */
    cr_assert_eq(check(bytes, 36, &rsdp), ACPI_BAD_SIGNATURE);
}

Test(acpi_check_rsdp, case_28_refuses_a_bad_checksum_of_either_part)
{
    uint8_t bytes[36];
    struct acpi_rsdp rsdp;

    for (size_t at = 8; at < 36; at++) {
        memcpy(bytes, ovmf_v2, 36);
        bytes[at] ^= 0x40;
        bool in_length = at >= 20 && at < 24;
        enum acpi_status expected = in_length ? ACPI_TRUNCATED : ACPI_BAD_CHECKSUM;
        cr_assert_eq(check(bytes, 36, &rsdp), expected, "byte %zu", at);
    }
}

Test(acpi_check_rsdp, refuses_a_length_that_cannot_be)
{
    uint8_t bytes[64] = {0};
    struct acpi_rsdp rsdp;

    memcpy(bytes, ovmf_v2, 36);
    set32(bytes + 20, 35);
    seal(bytes, 35, 32);
    cr_assert_eq(check(bytes, 64, &rsdp), ACPI_BAD_LENGTH);
    set32(bytes + 20, 0);
    cr_assert_eq(check(bytes, 64, &rsdp), ACPI_BAD_LENGTH);
    set32(bytes + 20, 65);
    cr_assert_eq(check(bytes, 64, &rsdp), ACPI_TRUNCATED);
    set32(bytes + 20, 0xffffffff);
    cr_assert_eq(check(bytes, 64, &rsdp), ACPI_TRUNCATED);
    set32(bytes + 20, 64); /* of a later revision */
    seal(bytes, 64, 32);
    cr_assert_eq(check(bytes, 64, &rsdp), ACPI_OK);
    cr_assert_eq(rsdp.size_bytes, 64);
}

Test(acpi_check_rsdp, refuses_every_truncation)
{
    struct acpi_rsdp rsdp;

    for (size_t size = 0; size < 36; size++)
        cr_assert_eq(check(ovmf_v2, size, &rsdp), ACPI_TRUNCATED, "%zu bytes", size);
    for (size_t size = 0; size < 20; size++)
        cr_assert_eq(check(ovmf_v1, size, &rsdp), ACPI_TRUNCATED, "%zu bytes", size);
}

/* A checksum sees every change of a single byte. */
Test(acpi_check_rsdp, accepts_no_other_byte_anywhere)
{
    uint8_t bytes[36];
    struct acpi_rsdp rsdp;

    for (size_t at = 0; at < 36; at++) {
        for (unsigned value = 0; value < 256; value++) {
            memcpy(bytes, ovmf_v2, 36);
            bytes[at] = (uint8_t)value;
            bool same = value == ovmf_v2[at];
            cr_assert_eq(check(bytes, 36, &rsdp) == ACPI_OK, same, "byte %zu = %u", at, value);
        }
    }
}

Test(acpi_status_name, names_every_status)
{
    cr_assert_str_eq(acpi_status_name(ACPI_OK), "ok");
    cr_assert_str_eq(acpi_status_name(ACPI_NONE), "none");
    cr_assert_str_eq(acpi_status_name(ACPI_TRUNCATED), "truncated");
    cr_assert_str_eq(acpi_status_name(ACPI_BAD_SIGNATURE), "bad-signature");
    cr_assert_str_eq(acpi_status_name(ACPI_BAD_CHECKSUM), "bad-checksum");
    cr_assert_str_eq(acpi_status_name(ACPI_BAD_LENGTH), "bad-length");
    cr_assert_str_eq(acpi_status_name(ACPI_OUTSIDE), "outside");
    cr_assert_str_eq(acpi_status_name((enum acpi_status)7), "unknown");
    cr_assert_str_eq(acpi_status_name((enum acpi_status)99), "unknown");
}
