/* SPDX-License-Identifier: MIT */
/*
 * Device paths written byte by byte. Each is searched in memory of its exact size, so that
 * ASan sees a read behind it.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "devpath/devpath.h"

/* Nodes: type, subtype, length u16, data. */
#define ACPI_ROOT    0x02, 0x01, 12, 0, 0xd0, 0x41, 0x03, 0x0a, 0, 0, 0, 0
#define PCI          0x01, 0x01, 6, 0, 0x02, 0x1f
#define UART         0x03, 0x0e, 19, 0, 0, 0, 0, 0, 0, 0xc2, 1, 0, 0, 0, 0, 0, 8, 1, 1
#define END_INSTANCE 0x7f, 0x01, 4, 0
#define END          0x7f, 0xff, 4, 0

/* 42 bytes: partition, start, size, the signature at 24, format at 40, signature type at 41. */
#define HARD_DRIVE(first, signature_type)                                              \
    0x04, 0x01, 42, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0,      \
        first, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, \
        0xad, 0xae, 0xaf, 2, signature_type

static const uint8_t guid[16] = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
                                 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};

/* Where in the path the node lies; -1 for none, and then the outputs are untouched. */
static long find(const uint8_t *path, size_t size_bytes, uint8_t type, uint8_t subtype,
                 size_t *ret_bytes)
{
    uint8_t *copy = malloc(size_bytes == 0 ? 1 : size_bytes);
    const uint8_t *node = NULL;
    size_t node_bytes = 77;
    long at = -1;

    cr_assert_not_null(copy);
    memcpy(copy, path, size_bytes);
    if (devpath_find(copy, size_bytes, type, subtype, &node, &node_bytes)) {
        at = node - copy;
        cr_assert(range_is_inside((uint64_t)at, node_bytes, size_bytes));
    } else {
        cr_assert_null(node);
        cr_assert_eq(node_bytes, 77);
    }
    *ret_bytes = node_bytes;
    free(copy);
    return at;
}

Test(devpath_find, gives_the_node_and_its_length)
{
    static const uint8_t path[] = {ACPI_ROOT, PCI, UART, END};
    size_t bytes;

    cr_assert_eq(find(path, sizeof path, 2, 1, &bytes), 0);
    cr_assert_eq(bytes, 12);
    cr_assert_eq(find(path, sizeof path, 1, 1, &bytes), 12);
    cr_assert_eq(bytes, 6);
    cr_assert_eq(find(path, sizeof path, DEVPATH_MESSAGING, DEVPATH_MESSAGING_UART, &bytes), 18);
    cr_assert_eq(bytes, 19);
}

Test(devpath_find, finds_nothing_where_type_or_subtype_differ)
{
    static const uint8_t path[] = {ACPI_ROOT, PCI, UART, END};
    size_t bytes;

    cr_assert_eq(find(path, sizeof path, 3, 1, &bytes), -1);
    cr_assert_eq(find(path, sizeof path, 2, 14, &bytes), -1);
    cr_assert_eq(find(path, sizeof path, DEVPATH_MEDIA, DEVPATH_MEDIA_HARD_DRIVE, &bytes), -1);
}

/*   ACPI PCI | end of instance | ACPI UART | end of path | UART       only the first two are searched */
Test(devpath_find, looks_into_every_instance_and_not_behind_the_path)
{
    static const uint8_t path[] = {ACPI_ROOT, PCI, END_INSTANCE, ACPI_ROOT, UART, END, HARD_DRIVE(0xa0, 2)};
    size_t bytes;

    cr_assert_eq(find(path, sizeof path, 3, 14, &bytes), 12 + 6 + 4 + 12);
    cr_assert_eq(find(path, sizeof path, 2, 1, &bytes), 0, "the first of two");
    cr_assert_eq(find(path, sizeof path, 4, 1, &bytes), -1, "behind the end");
}

/* Cut anywhere: found exactly where the whole node is there, and no byte is read behind. */
Test(devpath_find, survives_every_truncation)
{
    static const uint8_t path[] = {ACPI_ROOT, PCI, UART, END};
    size_t bytes;

    for (size_t size = 0; size <= sizeof path; size++)
        cr_assert_eq(find(path, size, 3, 14, &bytes), size < 18 + 19 ? -1 : 18, "%zu bytes", size);
}

Test(devpath_find, stops_at_lengths_below_a_header_or_beyond_the_end)
{
    for (unsigned length = 0; length <= 64; length++) {
        const uint8_t path[] = {0x01, 0x01, (uint8_t)length, 0, 9, 9, 9, 9, UART, END};
        size_t bytes;
        bool skips_well = length == 8;
        long at = find(path, sizeof path, 3, 14, &bytes);
        if (length < 4 || length > sizeof path)
            cr_assert_eq(at, -1, "length %u", length);
        else if (skips_well)
            cr_assert_eq(at, 8);
        /* A node with such a length is not given either. */
        cr_assert_eq(find(path, sizeof path, 1, 1, &bytes),
                     length < 4 || length > sizeof path ? -1 : 0, "length %u", length);
    }
}

Test(devpath_find, reads_both_bytes_of_a_length)
{
    static uint8_t path[4 + 0x1000 + 4] = {1, 1, 0x04, 0x10, [0x1004] = 4, 9, 4, 0};
    size_t bytes;

    cr_assert_eq(find(path, sizeof path, 4, 9, &bytes), 0x1004);
    cr_assert_eq(bytes, 4);
    cr_assert_eq(find(path, 0x1003, 1, 1, &bytes), -1);
}

Test(devpath_find, ends_without_an_end_node)
{
    static const uint8_t path[] = {ACPI_ROOT, PCI};
    size_t bytes;

    cr_assert_eq(find(path, sizeof path, 3, 14, &bytes), -1);
    cr_assert_eq(find(path, 0, 3, 14, &bytes), -1);
}

/* ---- the partition's GUID -------------------------------------------------------------- */

static bool partition_guid(const uint8_t *path, size_t size_bytes, uint8_t ret_guid[16])
{
    uint8_t *copy = malloc(size_bytes == 0 ? 1 : size_bytes);
    bool found;

    cr_assert_not_null(copy);
    memcpy(copy, path, size_bytes);
    found = devpath_partition_guid(copy, size_bytes, ret_guid);
    free(copy);
    return found;
}

Test(devpath_partition_guid, copies_the_signature_of_a_gpt_partition)
{
    static const uint8_t path[] = {ACPI_ROOT, PCI, HARD_DRIVE(0xa0, 2), END};
    uint8_t found[17];

    memset(found, 0x77, sizeof found);
    cr_assert(partition_guid(path, sizeof path, found));
    cr_assert_eq(memcmp(found, guid, 16), 0);
    cr_assert_eq(found[16], 0x77);
}

Test(devpath_partition_guid, finds_none_for_mbr_no_signature_or_no_hard_drive)
{
    static const uint8_t mbr[] = {PCI, HARD_DRIVE(0xa0, 1), END};
    static const uint8_t none[] = {PCI, HARD_DRIVE(0xa0, 0), END};
    static const uint8_t other[] = {ACPI_ROOT, PCI, UART, END};
    uint8_t found[16], before[16];

    memset(found, 0x77, sizeof found);
    memset(before, 0x77, sizeof before);
    cr_assert_not(partition_guid(mbr, sizeof mbr, found));
    cr_assert_not(partition_guid(none, sizeof none, found));
    cr_assert_not(partition_guid(other, sizeof other, found));
    cr_assert_eq(memcmp(found, before, 16), 0, "unchanged");
}

/* A hard drive node of 41 bytes has no signature type; of 43, one and more. */
Test(devpath_partition_guid, wants_all_42_bytes_of_the_node)
{
    uint8_t path[] = {HARD_DRIVE(0xa0, 2), 0, END};
    uint8_t found[16];

    for (unsigned length = 4; length <= 43; length++) {
        path[2] = (uint8_t)length;
        cr_assert_eq(partition_guid(path, sizeof path, found), length >= 42, "length %u", length);
    }
    path[2] = 42;
    for (size_t size = 0; size <= 42; size++)
        cr_assert_eq(partition_guid(path, size, found), size == 42, "%zu bytes", size);
}
