/* SPDX-License-Identifier: MIT */
/*
 * Firmware's configuration tables (UEFI 2.10, 4.6): ACPI, SMBIOS and whatever else there is.
 * What they point at inside memory that a kernel may reclaim is claimed as `firmware-table`,
 * so that it survives; known tables with their whole length, unknown ones with their page.
 */
#include "acpi/smbios.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "loader.h"

#define BIOS_AREA_FIRST UINT64_C(0xe0000) /* RSDP and SMBIOS may lie here outside the map */
#define BIOS_AREA_END   UINT64_C(0x100000)
#define BGRT_IMAGE_AT   40u /* offset of the image's address: ACPI 6.5, 5.2.23 */

static const char too_many_tables[] =
    "W-TAB-01|keep every firmware table|the boot goes on; its kernel may reuse the others: report this machine";

/* What of memory may be read: everything the map calls memory, and the BIOS area. */
struct readable {
    struct acpi_memory memory;
    struct acpi_extent *extents;
};

static bool kind_is_readable(uint8_t kind)
{
    return kind != MEMMAP_BAD && kind != MEMMAP_UNACCEPTED && kind != MEMMAP_MMIO &&
           kind != MEMMAP_PERSISTENT && kind != MEMMAP_SOFT_RESERVED && kind != MEMMAP_FRAMEBUFFER;
}

/* Readable extents from the normalized map, neighbours joined; the scratch memory holds them. */
static struct readable list_readable(struct loader *loader)
{
    const struct memmap *map = &loader->memory.map;
    struct acpi_extent *extents = loader->memory.scratch;
    size_t count = 0;

    extents[count++] = (struct acpi_extent){BIOS_AREA_FIRST, BIOS_AREA_END};
    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        uint64_t first = byte_of_pfn(region->first_pfn);
        uint64_t end = byte_of_pfn(region->end_pfn);
        if (!kind_is_readable(region->kind) || region->first_pfn == 0 || end == 0)
            continue;
        if (extents[count - 1].end == first)
            extents[count - 1].end = end;
        else
            extents[count++] = (struct acpi_extent){first, end};
    }
    return (struct readable){
        .memory = {.pointer_offset = 0, .extents = extents, .extent_count = count},
        .extents = extents,
    };
}

static bool is_reclaimable(const struct loader *loader, uint64_t paddr)
{
    size_t index;

    if (memmap_find(&loader->memory.map, pfn_of_byte(paddr), &index) != MEMMAP_OK)
        return false;
    return loader->memory.map.regions[index].kind <= MEMMAP_ACPI_RECLAIMABLE;
}

/* Shows a table's pages to the kernel, and claims them where they could be reclaimed. */
static void keep(struct loader *loader, uint64_t paddr, uint64_t size_bytes, const char *name,
                 bool show)
{
    struct direct_map_table *table = NULL;
    uint64_t end;

    if (paddr == 0 || size_bytes == 0 || !checked_add_u64(paddr, size_bytes, &end))
        return;
    if (show)
        table = store_add(loader, &loader->tables, sizeof *table, NULL);
    if (table != NULL)
        *table = (struct direct_map_table){.first_pfn = pfn_of_byte(paddr), .end_pfn = pages_for_bytes(end)};
    else if (show)
        loader->is_table_missing = true;
    /* ACPI-reclaimable memory is kept until the kernel says so: its rank does not matter here. */
    if (!is_reclaimable(loader, paddr))
        return;
    if (loader->is_table_missing || loader->claim_count >= MAX_CLAIMS - LATE_CLAIMS ||
        EFI_ERROR(memory_claim(loader, paddr, size_bytes, MEMMAP_FIRMWARE_TABLE, false, name)))
        loader->is_table_missing = true;
}

/* The boot logo that a BGRT points at; a BMP states its own size at offset 2. */
static void keep_bgrt_image(struct loader *loader, const struct acpi_memory *memory,
                            const struct acpi_table *table)
{
    const uint8_t *bytes;
    uint64_t image;

    if (acpi_bytes_at(memory, table->address, BGRT_IMAGE_AT + 16, &bytes) != ACPI_OK)
        return;
    image = load_le64(bytes + BGRT_IMAGE_AT);
    if (acpi_bytes_at(memory, image, 6, &bytes) != ACPI_OK || bytes[0] != 'B' || bytes[1] != 'M')
        return;
    keep(loader, image, load_le32(bytes + 2), "boot logo", false);
}

static void keep_acpi(struct loader *loader, const struct acpi_memory *memory)
{
    const uint8_t *bytes;
    struct acpi_rsdp rsdp;
    struct acpi acpi;
    struct acpi_walk walk;
    struct acpi_table table;

    if (acpi_bytes_at(memory, loader->rsdp_paddr, ACPI_RSDP_V1_BYTES, &bytes) != ACPI_OK ||
        acpi_check_rsdp(bytes, bytes[15] < 2 ? ACPI_RSDP_V1_BYTES : ACPI_RSDP_BYTES, &rsdp) != ACPI_OK) {
        loader->rsdp_paddr = 0;
        return;
    }
    keep(loader, loader->rsdp_paddr, rsdp.size_bytes, "RSDP", true);
    if (acpi_open(&acpi, memory, &rsdp) != ACPI_OK)
        return;
    keep(loader, acpi.root.address, acpi.root.length_bytes, acpi.root.signature, true);
    acpi_walk_begin(&walk, &acpi);
    while (acpi_next_table(&walk, &table) == ACPI_OK) {
        keep(loader, table.address, table.length_bytes, table.signature, true);
        if (memcmp(table.signature, "BGRT", 4) == 0)
            keep_bgrt_image(loader, memory, &table);
    }
    loader->has_pm_timer = acpi_pm_timer(&acpi, &loader->pm_timer) == ACPI_OK;
}

/* Checks an SMBIOS entry point and keeps it and its table; 0 where it is none. */
static uint64_t keep_smbios(struct loader *loader, const struct acpi_memory *memory, uint64_t paddr)
{
    const uint8_t *bytes;
    struct smbios_entry entry;

    if (acpi_bytes_at(memory, paddr, 24, &bytes) != ACPI_OK ||
        acpi_bytes_at(memory, paddr, bytes[4] == '_' ? 24 : 31, &bytes) != ACPI_OK ||
        smbios_check_entry(bytes, bytes[4] == '_' ? 24 : 31, &entry) != SMBIOS_OK)
        return 0;
    keep(loader, paddr, entry.entry_bytes, "SMBIOS entry", true);
    if (acpi_bytes_at(memory, entry.table_address, entry.table_max_bytes, &bytes) == ACPI_OK)
        keep(loader, entry.table_address, entry.table_max_bytes, "SMBIOS table", true);
    return paddr;
}

/* Length of a table that says how long it is; a page's rest where we do not know its form. */
static uint64_t table_length(const struct acpi_memory *memory, const EFI_GUID *guid, uint64_t paddr)
{
    static const EFI_GUID esrt = UEFI_ESRT_GUID;
    static const EFI_GUID attributes = UEFI_MEMORY_ATTRIBUTES_GUID;
    uint64_t rest = PAGE_BYTES - paddr % PAGE_BYTES;
    const uint8_t *bytes;
    uint64_t length = 0;

    if (acpi_bytes_at(memory, paddr, 16, &bytes) != ACPI_OK)
        return 0;
    if (memcmp(guid, &esrt, sizeof esrt) == 0) /* u32 count; 16-byte header, 40-byte entries */
        length = 16 + (uint64_t)load_le32(bytes) * 40;
    else if (memcmp(guid, &attributes, sizeof attributes) == 0) /* u32 version, count, size */
        length = 16 + (uint64_t)load_le32(bytes + 4) * load_le32(bytes + 8);
    return length > rest && length < MIB ? length : rest;
}

static void keep_table(struct loader *loader, const struct acpi_memory *memory,
                       const EFI_CONFIGURATION_TABLE *table)
{
    static const EFI_GUID acpi_2 = ACPI_20_TABLE_GUID;
    static const EFI_GUID acpi_1 = ACPI_TABLE_GUID;
    static const EFI_GUID smbios = SMBIOS_TABLE_GUID;
    static const EFI_GUID smbios_3 = UEFI_SMBIOS3_GUID;
    uint64_t paddr = (uint64_t)table->VendorTable;

    if (memcmp(&table->VendorGuid, &acpi_2, sizeof acpi_2) == 0)
        loader->rsdp_paddr = paddr;
    else if (memcmp(&table->VendorGuid, &acpi_1, sizeof acpi_1) == 0)
        loader->rsdp_paddr = loader->rsdp_paddr == 0 ? paddr : loader->rsdp_paddr;
    else if (memcmp(&table->VendorGuid, &smbios, sizeof smbios) == 0)
        loader->smbios_paddr = keep_smbios(loader, memory, paddr);
    else if (memcmp(&table->VendorGuid, &smbios_3, sizeof smbios_3) == 0)
        loader->smbios3_paddr = keep_smbios(loader, memory, paddr);
    else if (is_reclaimable(loader, paddr))
        keep(loader, paddr, table_length(memory, &table->VendorGuid, paddr), "configuration table",
             false);
}

void tables_find(struct loader *loader)
{
    struct readable readable = list_readable(loader);
    const EFI_SYSTEM_TABLE *system = loader->system;
    const EFI_CONFIGURATION_TABLE *tables = system->ConfigurationTable;
    uint64_t count = system->NumberOfTableEntries;

    checkpoint(loader, CHECKPOINT_FIND_TABLES);
    keep(loader, (uint64_t)system, sizeof *system, "EFI system table", true);
    if (tables == NULL || count > 1024)
        return;
    keep(loader, (uint64_t)tables, count * sizeof *tables, "configuration tables", true);
    for (uint64_t i = 0; i < count; i++)
        keep_table(loader, &readable.memory, &tables[i]);
    if (loader->rsdp_paddr != 0)
        keep_acpi(loader, &readable.memory);
    if (loader->is_table_missing)
        (void)fail(loader, too_many_tables, EFI_BUFFER_TOO_SMALL, "%u shown", loader->tables.count);
}
