/* SPDX-License-Identifier: MIT */
/*
 * From a list of stated entries to the bytes that a reader of common/memmap takes, in the form
 * that loses nothing the list said.
 */
#include <string.h>

#include "base/bytes.h"
#include "input.h"

enum { UEFI_STRIDE = 48 };

static const struct {
    const char *name;
    enum memmap_format format;
    const char *entry;
} families[FAMILY_COUNT] = {
    [FAMILY_LINUX_E820] = {"linux-e820", MEMMAP_FORMAT_E820, "a BIOS-e820 entry"},
    [FAMILY_LINUX_EFI] = {"linux-efi", MEMMAP_FORMAT_UEFI, "an efi: mem entry"},
    [FAMILY_XEN_E820] = {"xen-e820", MEMMAP_FORMAT_E820, "a Xen e820 entry"},
    [FAMILY_XEN_EFI] = {"xen-efi", MEMMAP_FORMAT_UEFI, "a Xen EFI entry"},
    [FAMILY_EFI_SHELL] = {"efi-shell", MEMMAP_FORMAT_UEFI, "an EFI shell memmap entry"},
    [FAMILY_GRUB_EFI] = {"lsefimmap", MEMMAP_FORMAT_UEFI, "a GRUB lsefimmap entry"},
    [FAMILY_GRUB_MMAP] = {"lsmmap", MEMMAP_FORMAT_E820, "a GRUB lsmmap entry"},
    [FAMILY_FREEBSD_SMAP] = {"smap", MEMMAP_FORMAT_E820, "an SMAP entry"},
    [FAMILY_MULTIBOOT2] = {"multiboot2", MEMMAP_FORMAT_MULTIBOOT2, "a Multiboot2 entry"},
    [FAMILY_LIMINE] = {"limine", MEMMAP_FORMAT_LIMINE, "a Limine entry"},
    [FAMILY_COREBOOT] = {"coreboot", MEMMAP_FORMAT_E820, "a coreboot entry"},
    [FAMILY_PLAIN_EFI] = {"plain-efi", MEMMAP_FORMAT_UEFI, "an EFI entry"},
    [FAMILY_IOMEM] = {"iomem", MEMMAP_FORMAT_E820, "an iomem entry"},
    [FAMILY_GROMA] = {"groma", MEMMAP_FORMAT_BOOTINFO, "a Groma entry"},
    [FAMILY_NORMALIZED] = {"normalized", MEMMAP_FORMAT_BOOTINFO, "a memmap normalize entry"},
    [FAMILY_SYSFS] = {"sysfs", MEMMAP_FORMAT_E820, "a sysfs entry"},
    [FAMILY_EFI_RUNTIME] = {"efi-runtime-map", MEMMAP_FORMAT_UEFI, "an EFI runtime map entry"},
    [FAMILY_COREBOOT_TABLE] = {"coreboot-table", MEMMAP_FORMAT_E820, "a coreboot table entry"},
    [FAMILY_JSON] = {"json", MEMMAP_FORMAT_BOOTINFO, "a JSON entry"},
    [FAMILY_CAPTURE] = {"capture", MEMMAP_FORMAT_UEFI, "a capture entry"},
    [FAMILY_BOOTINFO] = {"bootinfo", MEMMAP_FORMAT_UEFI, "a boot info entry"},
};

const char *family_name(enum family family)
{
    return families[family].name;
}

const char *family_entry(enum family family)
{
    return families[family].entry;
}

enum memmap_format family_format(enum family family)
{
    return families[family].format;
}

uint32_t family_reserved_type(enum family family)
{
    switch (families[family].format) {
    case MEMMAP_FORMAT_UEFI:
        return 0;
    case MEMMAP_FORMAT_LIMINE:
        return 1;
    case MEMMAP_FORMAT_BOOTINFO:
        return MEMMAP_RESERVED;
    default:
        return 2;
    }
}

static size_t stride_of(enum memmap_format format)
{
    switch (format) {
    case MEMMAP_FORMAT_UEFI:
        return UEFI_STRIDE;
    case MEMMAP_FORMAT_MULTIBOOT2:
        return MEMMAP_MULTIBOOT2_ENTRY_BYTES;
    case MEMMAP_FORMAT_LIMINE:
        return MEMMAP_LIMINE_ENTRY_BYTES;
    case MEMMAP_FORMAT_BOOTINFO:
        return sizeof(struct memmap_region);
    default:
        return MEMMAP_E820_ENTRY_BYTES;
    }
}

/* EFI_MEMORY_DESCRIPTOR; the virtual address stays 0. */
static void store_uefi(uint8_t *at, const struct stated *stated)
{
    store_le32(at, stated->type);
    store_le64(at + 8, stated->base_bytes);
    store_le64(at + 24, stated->is_whole_space ? PFN_END : stated->size_bytes / PAGE_BYTES);
    store_le64(at + 32, stated->attributes);
}

/* Its bounds are whole pages, and it is not empty: the form saw to that. */
static void store_region(uint8_t *at, const struct stated *stated)
{
    uint64_t first_pfn = pfn_of_byte(stated->base_bytes);
    struct memmap_region region = {
        .first_pfn = first_pfn,
        .end_pfn = stated->is_whole_space ? PFN_END : first_pfn + pfn_of_byte(stated->size_bytes),
        .attributes = stated->attributes,
        .kind = (uint8_t)stated->type,
    };

    memcpy(at, &region, sizeof region);
}

/* base, length, type: where Limine's type is wider the rest stays 0. */
static void store_typed(uint8_t *at, const struct stated *stated)
{
    store_le64(at, stated->base_bytes);
    store_le64(at + 8, stated->size_bytes);
    store_le32(at + 16, stated->type);
}

static enum memmap_status open_format(struct memmap_source *source, enum memmap_format format,
                                      const void *bytes, size_t size_bytes)
{
    switch (format) {
    case MEMMAP_FORMAT_UEFI:
        return memmap_source_uefi(source, bytes, size_bytes, UEFI_STRIDE);
    case MEMMAP_FORMAT_MULTIBOOT2:
        return memmap_source_multiboot2_entries(source, bytes, size_bytes,
                                                MEMMAP_MULTIBOOT2_ENTRY_BYTES);
    case MEMMAP_FORMAT_LIMINE:
        return memmap_source_limine(source, bytes, size_bytes, MEMMAP_LIMINE_ENTRY_BYTES);
    case MEMMAP_FORMAT_BOOTINFO:
        return memmap_source_bootinfo(source, bytes, size_bytes, sizeof(struct memmap_region));
    default:
        return memmap_source_e820(source, bytes, size_bytes, MEMMAP_E820_ENTRY_BYTES);
    }
}

void open_list(struct map_input *input, const struct list *list)
{
    enum memmap_format format = families[list->family].format;
    size_t stride = stride_of(format);
    uint8_t *bytes = grab(list->count + 1, stride);
    uint32_t *lines = grab(list->count + 1, sizeof *lines);
    enum memmap_status status;

    for (size_t i = 0; i < list->count; i++) {
        if (format == MEMMAP_FORMAT_UEFI)
            store_uefi(bytes + i * stride, &list->entries[i]);
        else if (format == MEMMAP_FORMAT_BOOTINFO)
            store_region(bytes + i * stride, &list->entries[i]);
        else
            store_typed(bytes + i * stride, &list->entries[i]);
        lines[i] = list->entries[i].line;
    }
    status = open_format(&input->source, format, bytes, list->count * stride);
    if (status != MEMMAP_OK)
        cannot("%s: the entries cannot be opened: %s", input->path, memmap_status_name(status));
    input->family = list->family;
    input->lines = lines;
}
