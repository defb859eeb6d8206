/* SPDX-License-Identifier: MIT */
/* Reading through the extents, the root table and the walk over it; see acpi.h. */
#include "acpi/acpi.h"
#include "acpi/bytes.h"
#include "base/bytes.h"

#define FACS_BYTES 64u /* 5.2.10 */

/* Offsets in the FADT, 5.2.9. */
enum {
    FADT_FIRMWARE_CTRL = 36,
    FADT_DSDT = 40,
    FADT_X_FIRMWARE_CTRL = 132,
    FADT_X_DSDT = 140,
};

/* ---- memory ---- */

/* The largest end of the extents that hold this byte; `address` itself where none does. */
static uint64_t end_of_extent_at(const struct acpi_memory *memory, uint64_t address)
{
    uint64_t end = address;

    for (size_t i = 0; i < memory->extent_count; i++) {
        const struct acpi_extent *extent = &memory->extents[i];
        if (extent->first <= address && extent->end > end)
            end = extent->end;
    }
    return end;
}

enum acpi_status acpi_bytes_at(const struct acpi_memory *memory, uint64_t address,
                               uint64_t size_bytes, const uint8_t **ret_bytes)
{
    uint64_t end;
    uint64_t next;

    if (!checked_add_u64(address, size_bytes, &end))
        return ACPI_OUTSIDE;
    /* From extent to extent that adjoins or overlaps; each round uses up at least one. */
    for (uint64_t at = address; at < end; at = next) {
        next = end_of_extent_at(memory, at);
        if (next == at)
            return ACPI_OUTSIDE;
    }
    *ret_bytes = (const uint8_t *)(uintptr_t)(address + memory->pointer_offset);
    return ACPI_OK;
}

/* ---- one table ---- */

static enum acpi_status read_signature(const uint8_t *header, char ret_signature[5])
{
    for (size_t i = 0; i < 4; i++) {
        if (header[i] < ' ' || header[i] > '~')
            return ACPI_BAD_SIGNATURE;
        ret_signature[i] = (char)header[i];
    }
    ret_signature[4] = '\0';
    return ACPI_OK;
}

/*
 * The table at an address: readable, of a sane length, with the signature `wanted`
 * (NULL: any printable one). A bad checksum is noted, not an error.
 */
static enum acpi_status read_table(const struct acpi_memory *memory, uint64_t address,
                                   const char *wanted, struct acpi_table *ret_table)
{
    struct acpi_table table = {.address = address};
    const uint8_t *bytes;
    enum acpi_status status = acpi_bytes_at(memory, address, ACPI_HEADER_BYTES, &bytes);

    if (status == ACPI_OK)
        status = read_signature(bytes, table.signature);
    if (status != ACPI_OK)
        return status;
    if (wanted != NULL && !begins_with((const uint8_t *)table.signature, wanted))
        return ACPI_BAD_SIGNATURE;
    bool is_facs = begins_with((const uint8_t *)table.signature, "FACS");
    table.length_bytes = load_le32(bytes + 4);
    if (table.length_bytes < (is_facs ? FACS_BYTES : ACPI_HEADER_BYTES) ||
        table.length_bytes > ACPI_MAX_TABLE_BYTES)
        return ACPI_BAD_LENGTH;
    status = acpi_bytes_at(memory, address, table.length_bytes, &bytes);
    if (status != ACPI_OK)
        return status;
    table.checksum_ok = is_facs || sums_to_zero(bytes, table.length_bytes);
    *ret_table = table;
    return ACPI_OK;
}

/* ---- the root ---- */

static uint32_t entry_bytes(const struct acpi *acpi)
{
    return acpi->root.signature[0] == 'X' ? 8 : 4;
}

static enum acpi_status read_root(const struct acpi_memory *memory, uint64_t address,
                                  const char *signature, struct acpi_table *ret_table)
{
    struct acpi_table root;

    if (address == 0)
        return ACPI_NONE;
    enum acpi_status status = read_table(memory, address, signature, &root);
    if (status != ACPI_OK)
        return status;
    if (root.length_bytes > ACPI_MAX_ROOT_BYTES)
        return ACPI_BAD_LENGTH;
    if (!root.checksum_ok)
        return ACPI_BAD_CHECKSUM;
    *ret_table = root;
    return ACPI_OK;
}

enum acpi_status acpi_open(struct acpi *ret_acpi, const struct acpi_memory *memory,
                           const struct acpi_rsdp *rsdp)
{
    struct acpi acpi = {.memory = memory};
    enum acpi_status status = read_root(memory, rsdp->xsdt_address, "XSDT", &acpi.root);

    acpi.xsdt_status = status;
    if (status != ACPI_OK && rsdp->rsdt_address != 0)
        status = read_root(memory, rsdp->rsdt_address, "RSDT", &acpi.root);
    if (status != ACPI_OK)
        return status;
    acpi.entry_count = (acpi.root.length_bytes - ACPI_HEADER_BYTES) / entry_bytes(&acpi);
    *ret_acpi = acpi;
    return ACPI_OK;
}

/* ---- the walk ---- */

void acpi_walk_begin(struct acpi_walk *walk, const struct acpi *acpi)
{
    *walk = (struct acpi_walk){.acpi = acpi};
    if (acpi->entry_count > ACPI_MAX_ROOT_ENTRIES)
        walk->skipped_count = acpi->entry_count - ACPI_MAX_ROOT_ENTRIES;
}

static void add_fadt_pointer(struct acpi_walk *walk, uint64_t address, bool is_facs)
{
    if (address == 0)
        return;
    for (size_t i = 0; i < walk->fadt_count; i++) {
        if (walk->fadt_pointers[i].address == address)
            return;
    }
    walk->fadt_pointers[walk->fadt_count].address = address;
    walk->fadt_pointers[walk->fadt_count].is_facs = is_facs;
    walk->fadt_count++;
}

/*
 * Both widths of a pointer are followed where they differ: the specification prefers
 * the wide one, but systems are known to use either, and a table that is listed in
 * vain costs nothing.
 */
static void add_fadt_pointers(struct acpi_walk *walk, const struct acpi_table *fadt)
{
    const uint8_t *bytes;

    if (acpi_bytes_at(walk->acpi->memory, fadt->address, fadt->length_bytes, &bytes) != ACPI_OK)
        return;
    if (fadt->length_bytes >= FADT_X_DSDT + 8)
        add_fadt_pointer(walk, load_le64(bytes + FADT_X_DSDT), false);
    if (fadt->length_bytes >= FADT_DSDT + 4)
        add_fadt_pointer(walk, load_le32(bytes + FADT_DSDT), false);
    if (fadt->length_bytes >= FADT_X_FIRMWARE_CTRL + 8)
        add_fadt_pointer(walk, load_le64(bytes + FADT_X_FIRMWARE_CTRL), true);
    if (fadt->length_bytes >= FADT_FIRMWARE_CTRL + 4)
        add_fadt_pointer(walk, load_le32(bytes + FADT_FIRMWARE_CTRL), true);
}

/* The address in the root's next entry, 0 where it cannot be read; and steps on. */
static uint64_t take_entry(struct acpi_walk *walk)
{
    const struct acpi *acpi = walk->acpi;
    uint32_t size = entry_bytes(acpi);
    uint64_t offset = ACPI_HEADER_BYTES + (uint64_t)walk->next_entry * size;
    const uint8_t *bytes;

    walk->next_entry++;
    if (acpi_bytes_at(acpi->memory, acpi->root.address + offset, size, &bytes) != ACPI_OK)
        return 0;
    return size == 8 ? load_le64(bytes) : load_le32(bytes);
}

static bool walk_is_over(const struct acpi_walk *walk)
{
    return walk->fadt_next == walk->fadt_count &&
           (walk->next_entry == walk->acpi->entry_count ||
            walk->next_entry == ACPI_MAX_ROOT_ENTRIES);
}

/* The table that the next pointer names; the walk is not over. */
static enum acpi_status step(struct acpi_walk *walk, struct acpi_table *ret_table)
{
    const char *wanted = NULL;
    uint64_t address;

    if (walk->fadt_next < walk->fadt_count) {
        address = walk->fadt_pointers[walk->fadt_next].address;
        wanted = walk->fadt_pointers[walk->fadt_next].is_facs ? "FACS" : "DSDT";
        walk->fadt_next++;
    } else {
        address = take_entry(walk);
    }
    if (address == 0)
        return ACPI_NONE;
    return read_table(walk->acpi->memory, address, wanted, ret_table);
}

enum acpi_status acpi_next_table(struct acpi_walk *walk, struct acpi_table *ret_table)
{
    while (!walk_is_over(walk)) {
        if (step(walk, ret_table) != ACPI_OK) {
            walk->skipped_count++;
            continue;
        }
        if (!walk->fadt_seen && begins_with((const uint8_t *)ret_table->signature, "FACP")) {
            walk->fadt_seen = true;
            add_fadt_pointers(walk, ret_table);
        }
        return ACPI_OK;
    }
    return ACPI_NONE;
}

enum acpi_status acpi_find(const struct acpi *acpi, const char *signature,
                           struct acpi_table *ret_table)
{
    struct acpi_walk walk;
    struct acpi_table table;

    acpi_walk_begin(&walk, acpi);
    while (acpi_next_table(&walk, &table) == ACPI_OK) {
        if (begins_with((const uint8_t *)table.signature, signature)) {
            *ret_table = table;
            return ACPI_OK;
        }
    }
    return ACPI_NONE;
}
