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
} families[FAMILY_COUNT] = {
    [FAMILY_LINUX_E820] = {"linux-e820", MEMMAP_FORMAT_E820},
    [FAMILY_LINUX_EFI] = {"linux-efi", MEMMAP_FORMAT_UEFI},
    [FAMILY_XEN_E820] = {"xen-e820", MEMMAP_FORMAT_E820},
    [FAMILY_XEN_EFI] = {"xen-efi", MEMMAP_FORMAT_UEFI},
    [FAMILY_EFI_SHELL] = {"efi-shell", MEMMAP_FORMAT_UEFI},
    [FAMILY_GRUB_EFI] = {"lsefimmap", MEMMAP_FORMAT_UEFI},
    [FAMILY_GRUB_MMAP] = {"lsmmap", MEMMAP_FORMAT_E820},
    [FAMILY_FREEBSD_SMAP] = {"smap", MEMMAP_FORMAT_E820},
    [FAMILY_MULTIBOOT2] = {"multiboot2", MEMMAP_FORMAT_MULTIBOOT2},
    [FAMILY_LIMINE] = {"limine", MEMMAP_FORMAT_LIMINE},
    [FAMILY_COREBOOT] = {"coreboot", MEMMAP_FORMAT_E820},
    [FAMILY_PLAIN_EFI] = {"plain-efi", MEMMAP_FORMAT_UEFI},
    [FAMILY_IOMEM] = {"iomem", MEMMAP_FORMAT_E820},
    [FAMILY_SYSFS] = {"sysfs", MEMMAP_FORMAT_E820},
    [FAMILY_COREBOOT_TABLE] = {"coreboot-table", MEMMAP_FORMAT_E820},
    [FAMILY_JSON] = {"json", MEMMAP_FORMAT_BOOTINFO},
    [FAMILY_CAPTURE] = {"capture", MEMMAP_FORMAT_UEFI},
    [FAMILY_BOOTINFO] = {"bootinfo", MEMMAP_FORMAT_UEFI},
};

const char *family_name(enum family family)
{
    return families[family].name;
}

enum memmap_format family_format(enum family family)
{
    return families[family].format;
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
