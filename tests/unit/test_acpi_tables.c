/* SPDX-License-Identifier: MIT */
/* Reading through extents, the root table, and the walk over all tables. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test_acpi.h"

static uint8_t image[IMAGE_BYTES];
static struct acpi_extent extent;
static struct acpi_memory memory;
static struct acpi_rsdp rsdp;
static struct acpi acpi;

static void make_machine(void)
{
    put_image(image);
    memory = memory_of(image, IMAGE_BYTES, &extent);
    cr_assert_eq(acpi_check_rsdp(image + RSDP_AT, 36, &rsdp), ACPI_OK);
}

/* Opens; on an error the output must be untouched. */
static enum acpi_status open_machine(void)
{
    struct acpi before;

    memset(&acpi, 0x5a, sizeof acpi);
    memcpy(&before, &acpi, sizeof before);
    enum acpi_status status = acpi_open(&acpi, &memory, &rsdp);
    if (status != ACPI_OK)
        cr_assert_eq(memcmp(&acpi, &before, sizeof before), 0);
    return status;
}

/* All tables as text: "FACP+0e0:276 ..." with ! for a bad checksum; then how many were skipped. */
static const char *walk_text(void)
{
    static char text[1024];
    struct acpi_walk walk;
    struct acpi_table table;
    size_t length = 0;

    acpi_walk_begin(&walk, &acpi);
    while (acpi_next_table(&walk, &table) == ACPI_OK)
        length += (size_t)sprintf(text + length, "%s+%03x:%u%s ", table.signature,
                                  (unsigned)(table.address - BASE), table.length_bytes,
                                  table.checksum_ok ? "" : "!");
    sprintf(text + length, "skipped %u", walk.skipped_count);
    memset(&table, 0x5a, sizeof table);
    cr_assert_eq(acpi_next_table(&walk, &table), ACPI_NONE, "and it stays at the end");
    cr_assert_eq(table.length_bytes, 0x5a5a5a5a, "untouched");
    return text;
}

/* ---- acpi_bytes_at ---- */

Test(acpi_bytes_at, allows_what_lies_wholly_inside_and_nothing_else)
{
    /*      1000      2000      3000      4000      5000
     *       |  hole   |=========|=========|  hole   |====.. 2^64-1
     */
    const struct acpi_extent extents[] = {
        {0x5000, UINT64_MAX}, {0x3000, 0x4000}, {0x2000, 0x3000}, {0x2800, 0x2900}, {9, 9}, {8, 7},
    };
    const struct acpi_memory map = {0x10, extents, 6};
    static const struct {
        uint64_t address, size;
        enum acpi_status status;
    } rows[] = {
        {0x2000, 1, ACPI_OK},         {0x1fff, 1, ACPI_OUTSIDE},    {0x1fff, 2, ACPI_OUTSIDE},
        {0x2fff, 1, ACPI_OK},         {0x2fff, 2, ACPI_OK},         {0x2000, 0x2000, ACPI_OK},
        {0x2000, 0x2001, ACPI_OUTSIDE}, {0x3fff, 1, ACPI_OK},       {0x4000, 1, ACPI_OUTSIDE},
        {0x2850, 0x1000, ACPI_OK},    {0x3000, 0x2001, ACPI_OUTSIDE}, {0x5000, 0x10000, ACPI_OK},
        {UINT64_MAX - 1, 1, ACPI_OK}, {UINT64_MAX, 1, ACPI_OUTSIDE}, {UINT64_MAX, 2, ACPI_OUTSIDE},
        {0x5000, UINT64_MAX, ACPI_OUTSIDE}, {0, 1, ACPI_OUTSIDE},   {9, 1, ACPI_OUTSIDE},
        {7, 1, ACPI_OUTSIDE},         {8, 1, ACPI_OUTSIDE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint8_t *bytes = image;
        cr_assert_eq(acpi_bytes_at(&map, rows[i].address, rows[i].size, &bytes), rows[i].status,
                     "row %zu", i);
        const uint8_t *expected = rows[i].status == ACPI_OK
                                      ? (const uint8_t *)(uintptr_t)(rows[i].address + 0x10)
                                      : image;
        cr_assert_eq(bytes, expected, "row %zu", i);
    }
    const struct acpi_memory nothing = {0, NULL, 0};
    const uint8_t *bytes;
    cr_assert_eq(acpi_bytes_at(&nothing, 0x1000, 1, &bytes), ACPI_OUTSIDE);
}

/* ---- acpi_open ---- */

Test(acpi_open, prefers_the_xsdt)
{
    make_machine();
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_str_eq(acpi.root.signature, "XSDT");
    cr_assert_eq(acpi.root.address, BASE + XSDT_AT);
    cr_assert_eq(acpi.root.length_bytes, 68);
    cr_assert_eq(acpi.entry_count, 4);
    cr_assert_eq(acpi.xsdt_status, ACPI_OK);
}

static void falls_back(enum acpi_status why)
{
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_str_eq(acpi.root.signature, "RSDT");
    cr_assert_eq(acpi.entry_count, 2);
    cr_assert_eq(acpi.xsdt_status, why, "%s", acpi_status_name(acpi.xsdt_status));
    cr_assert_str_eq(walk_text(), "FACP+0e0:276 DSDT+200:40 FACS+240:64 APIC+280:44 skipped 0");
}

Test(acpi_open, falls_back_to_the_rsdt_and_says_why)
{
    make_machine();
    rsdp.xsdt_address = 0;
    falls_back(ACPI_NONE);
    rsdp.xsdt_address = BASE + IMAGE_BYTES - 35;
    falls_back(ACPI_OUTSIDE);
    rsdp.xsdt_address = BASE + RSDT_AT;
    falls_back(ACPI_BAD_SIGNATURE);
    make_machine();
    image[XSDT_AT + 20] ^= 1;
    falls_back(ACPI_BAD_CHECKSUM);
    make_machine();
    set32(image + XSDT_AT + 4, 35);
    falls_back(ACPI_BAD_LENGTH);
    set32(image + XSDT_AT + 4, 0xffffffff);
    falls_back(ACPI_BAD_LENGTH);
    set32(image + XSDT_AT + 4, IMAGE_BYTES - XSDT_AT + 1);
    falls_back(ACPI_OUTSIDE);
}

Test(acpi_open, case_28_gives_up_where_neither_is_good)
{
    make_machine();
    rsdp.xsdt_address = rsdp.rsdt_address = 0;
    cr_assert_eq(open_machine(), ACPI_NONE);
    make_machine();
    image[XSDT_AT + 20] ^= 1;
    rsdp.rsdt_address = 0;
    cr_assert_eq(open_machine(), ACPI_BAD_CHECKSUM);
    image[RSDT_AT] = 'r';
    rsdp.rsdt_address = BASE + RSDT_AT;
    cr_assert_eq(open_machine(), ACPI_BAD_SIGNATURE);
    rsdp.rsdt_address = 0xfffffffc;
    cr_assert_eq(open_machine(), ACPI_OUTSIDE);
}

Test(acpi_open, refuses_a_root_of_more_than_a_mebibyte)
{
    size_t size = 36 + (1u << 20);
    uint8_t *bytes = calloc(1, size);

    rsdp = (struct acpi_rsdp){.revision = 2, .xsdt_address = BASE};
    memory = memory_of(bytes, size, &extent);
    put_table(bytes, "XSDT", 1u << 20);
    seal(bytes, 1u << 20, 9);
    cr_assert_eq(open_machine(), ACPI_OK);
    put_table(bytes, "XSDT", (1u << 20) + 1);
    seal(bytes, (1u << 20) + 1, 9);
    cr_assert_eq(open_machine(), ACPI_BAD_LENGTH);
    free(bytes);
}

Test(acpi_open, case_28_an_empty_root_has_no_tables)
{
    make_machine();
    for (uint32_t length = 36; length < 44; length++) { /* less than one entry */
        set32(image + XSDT_AT + 4, length);
        seal_table(image + XSDT_AT);
        cr_assert_eq(open_machine(), ACPI_OK);
        cr_assert_eq(acpi.entry_count, 0);
        cr_assert_str_eq(walk_text(), "skipped 0");
    }
}

/* ---- acpi_next_table ---- */

Test(acpi_next_table, yields_every_table_and_those_of_the_fadt_once)
{
    make_machine();
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_str_eq(walk_text(), "FACP+0e0:276 DSDT+200:40 FACS+240:64 APIC+280:44 MCFG+2c0:60 "
                                  "skipped 1");
}

Test(acpi_next_table, says_where_a_checksum_is_bad)
{
    make_machine();
    image[APIC_AT + 40] ^= 1;
    image[FACP_AT + 200] ^= 1;
    image[FACS_AT + 40] ^= 1; /* has none */
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_str_eq(walk_text(), "FACP+0e0:276! DSDT+200:40 FACS+240:64 APIC+280:44! MCFG+2c0:60 "
                                  "skipped 1");
}

Test(acpi_next_table, case_28_skips_and_counts_what_is_no_table)
{
    static const struct {
        unsigned at;
        uint32_t value; /* instead of the table's first or second word */
    } rows[] = {
        {APIC_AT, 0x00495041},     /* "API\0" */
        {APIC_AT, 0xffffffff},
        {APIC_AT + 4, 35},
        {APIC_AT + 4, 0},
        {APIC_AT + 4, 0xffffffff},
        {APIC_AT + 4, 0x01000001}, /* above the cap */
        {APIC_AT + 4, IMAGE_BYTES - APIC_AT + 1},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        make_machine();
        set32(image + rows[i].at, rows[i].value);
        cr_assert_eq(open_machine(), ACPI_OK);
        cr_assert_str_eq(walk_text(),
                         "FACP+0e0:276 DSDT+200:40 FACS+240:64 MCFG+2c0:60 skipped 2", "row %zu",
                         i);
    }
}

Test(acpi_next_table, takes_every_printable_signature)
{
    make_machine();
    memcpy(image + APIC_AT, "A ~b", 4);
    seal_table(image + APIC_AT);
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_str_eq(walk_text(), "FACP+0e0:276 DSDT+200:40 FACS+240:64 A ~b+280:44 MCFG+2c0:60 "
                                  "skipped 1");
    image[APIC_AT + 1] = 0x1f;
    image[MCFG_AT + 1] = 0x7f;
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_str_eq(walk_text(), "FACP+0e0:276 DSDT+200:40 FACS+240:64 skipped 3");
}

Test(acpi_next_table, takes_a_table_of_16_mebibytes_and_no_byte_more)
{
    size_t size = IMAGE_BYTES + (1u << 24);
    uint8_t *bytes = calloc(1, size);

    make_machine();
    memcpy(bytes, image, IMAGE_BYTES);
    memory = memory_of(bytes, size, &extent);
    put_table(bytes + MCFG_AT, "MCFG", 1u << 24);
    seal(bytes + MCFG_AT, 1u << 24, 9);
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_not_null(strstr(walk_text(), "MCFG+2c0:16777216 skipped 1"));
    set32(bytes + MCFG_AT + 4, (1u << 24) + 1);
    cr_assert_not_null(strstr(walk_text(), "APIC+280:44 skipped 2"));
    free(bytes);
}

Test(acpi_next_table, skips_entries_that_lead_outside)
{
    static const uint64_t garbage[] = {
        1, BASE - 1, BASE + IMAGE_BYTES, BASE + IMAGE_BYTES - 35, UINT64_MAX, UINT64_MAX - 35,
        BASE | UINT64_C(1) << 63, BASE | UINT64_C(1) << 32,
    };

    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        make_machine();
        set64(image + XSDT_AT + 44, garbage[i]);
        seal_table(image + XSDT_AT);
        cr_assert_eq(open_machine(), ACPI_OK);
        cr_assert_str_eq(walk_text(),
                         "FACP+0e0:276 DSDT+200:40 FACS+240:64 MCFG+2c0:60 skipped 2", "row %zu",
                         i);
    }
}

Test(acpi_next_table, follows_both_widths_of_the_fadt_where_they_differ)
{
    make_machine();
    set64(image + FACP_AT + 140, BASE + DSDT_AT);
    set32(image + FACP_AT + 40, BASE + APIC_AT);
    memcpy(image + APIC_AT, "DSDT", 4);
    set32(image + FACP_AT + 36, BASE + MCFG_AT); /* no FACS: skipped here, listed by the root */
    seal_table(image + FACP_AT);
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_str_eq(walk_text(), "FACP+0e0:276 DSDT+200:40 DSDT+280:44! FACS+240:64 DSDT+280:44! "
                                  "MCFG+2c0:60 skipped 2");
}

Test(acpi_next_table, reads_no_field_that_a_short_fadt_does_not_have)
{
    static const struct {
        uint32_t length;
        const char *text;
    } rows[] = {
        {36, "FACP+0e0:36 APIC+280:44 MCFG+2c0:60 skipped 1"},
        {39, "FACP+0e0:39 APIC+280:44 MCFG+2c0:60 skipped 1"},
        {40, "FACP+0e0:40 FACS+240:64 APIC+280:44 MCFG+2c0:60 skipped 1"},
        {43, "FACP+0e0:43 FACS+240:64 APIC+280:44 MCFG+2c0:60 skipped 1"},
        {44, "FACP+0e0:44 DSDT+200:40 FACS+240:64 APIC+280:44 MCFG+2c0:60 skipped 1"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        make_machine();
        set32(image + FACP_AT + 4, rows[i].length);
        seal_table(image + FACP_AT);
        cr_assert_eq(open_machine(), ACPI_OK);
        cr_assert_str_eq(walk_text(), rows[i].text);
    }
    for (uint32_t length = 132; length <= 148; length++) { /* only the wide pointers are set */
        make_machine();
        set64(image + FACP_AT + 36, 0);
        set32(image + FACP_AT + 4, length);
        seal_table(image + FACP_AT);
        cr_assert_eq(open_machine(), ACPI_OK);
        cr_assert_eq(strstr(walk_text(), "FACS") != NULL, length >= 140, "length %u", length);
        cr_assert_eq(strstr(walk_text(), "DSDT") != NULL, length >= 148, "length %u", length);
    }
}

Test(acpi_next_table, follows_one_fadt_only_and_ends_where_tables_name_each_other)
{
    make_machine();
    set64(image + XSDT_AT + 44, BASE + FACP_AT); /* the FADT twice, and the root in itself */
    set64(image + XSDT_AT + 52, BASE + XSDT_AT);
    seal_table(image + XSDT_AT);
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_str_eq(walk_text(), "FACP+0e0:276 DSDT+200:40 FACS+240:64 FACP+0e0:276 XSDT+040:68 "
                                  "MCFG+2c0:60 skipped 0");
}

Test(acpi_next_table, stops_after_1024_entries_and_counts_the_rest)
{
    size_t size = 36 + 1500 * 8;
    uint8_t *bytes = calloc(1, size);
    struct acpi_walk walk;
    struct acpi_table table;
    size_t count = 0;

    put_table(bytes, "XSDT", (uint32_t)size);
    for (size_t i = 0; i < 1500; i++)
        set64(bytes + 36 + 8 * i, BASE);
    seal(bytes, size, 9);
    memory = memory_of(bytes, size, &extent);
    rsdp = (struct acpi_rsdp){.revision = 2, .xsdt_address = BASE};
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_eq(acpi.entry_count, 1500);
    acpi_walk_begin(&walk, &acpi);
    while (acpi_next_table(&walk, &table) == ACPI_OK)
        count++;
    cr_assert_eq(count, 1024);
    cr_assert_eq(walk.skipped_count, 1500 - 1024);
    free(bytes);
}

Test(acpi_find, finds_the_first_of_its_signature_or_touches_nothing)
{
    struct acpi_table table;

    make_machine();
    cr_assert_eq(open_machine(), ACPI_OK);
    cr_assert_eq(acpi_find(&acpi, "MCFG", &table), ACPI_OK);
    cr_assert_eq(table.address, BASE + MCFG_AT);
    cr_assert_eq(acpi_find(&acpi, "FACS", &table), ACPI_OK);
    cr_assert_eq(table.address, BASE + FACS_AT);
    memset(&table, 0x5a, sizeof table);
    cr_assert_eq(acpi_find(&acpi, "HPET", &table), ACPI_NONE);
    cr_assert_eq(table.length_bytes, 0x5a5a5a5a);
}
