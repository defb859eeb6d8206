/* SPDX-License-Identifier: MIT */
/* Lines as the programs of each form print them; see convert.h. */
#include <inttypes.h>

#include "convert.h"
#include "names.h"

/* Length in bytes, modulo 2^64 as a 64-bit program has it. */
static uint64_t length_of(const struct plain_entry *entry)
{
    return entry->page_count * PAGE_BYTES + entry->tail_bytes;
}

/* Formats with a 64-bit length cannot say more. */
static uint64_t length_in_64_bits(uint32_t index, const struct plain_entry *entry)
{
    if (entry->page_count >= PFN_END)
        cannot("entry %" PRIu32 " is 2^64 bytes or longer: this form has no such length", index);
    return length_of(entry);
}

static void write_linux_e820(FILE *to, uint32_t index, const struct plain_entry *entry)
{
    uint64_t first = entry->base_bytes, length = length_in_64_bits(index, entry);

    if (length == 0) /* the new style's inclusive end could not say it at address 0 */
        fprintf(to, "BIOS-e820: %016" PRIx64 " - %016" PRIx64 " (%s)\n", first, first,
                e820_type_words(entry->type));
    else
        fprintf(to, "BIOS-e820: [mem 0x%016" PRIx64 "-0x%016" PRIx64 "] %s\n", first,
                first + length - 1, e820_type_words(entry->type));
}

static void write_linux_efi(FILE *to, uint32_t index, const struct plain_entry *entry)
{
    uint64_t first = entry->base_bytes, length = length_of(entry);

    fprintf(to, "efi: mem%02" PRIu32 ": type=%" PRIu32 ", attr=0x%" PRIx64 ", range=[0x%016" PRIx64
                "-0x%016" PRIx64 ") (%" PRIu64 "MB)\n",
            index, entry->type, entry->attributes, first, first + length, entry->page_count >> 8);
}

static void write_xen_e820(FILE *to, uint32_t index, const struct plain_entry *entry)
{
    uint64_t first = entry->base_bytes, length = length_in_64_bits(index, entry);

    if (length == 0)
        fprintf(to, "(XEN)  %016" PRIx64 " - %016" PRIx64 " (%s)\n", first, first,
                e820_type_words(entry->type));
    else
        fprintf(to, "(XEN)  [%016" PRIx64 ", %016" PRIx64 "] (%s)\n", first, first + length - 1,
                e820_type_words(entry->type));
}

static void write_xen_efi(FILE *to, uint32_t index, const struct plain_entry *entry)
{
    (void)index;
    fprintf(to, "(XEN)  %013" PRIx64 "-%013" PRIx64 " type=%" PRIu32 " attr=%016" PRIx64 "\n",
            entry->base_bytes, entry->base_bytes + length_of(entry) - 1, entry->type,
            entry->attributes);
}

static void write_efi_shell(FILE *to, uint32_t index, const struct plain_entry *entry)
{
    static const char names[][12] = {"Reserved",  "LoaderCode", "LoaderData", "BS_Code",
                                     "BS_Data",   "RT_Code",    "RT_Data",    "Available",
                                     "Unusable",  "ACPI_Recl",  "ACPI_NVS",   "MMIO",
                                     "MMIO_Port", "PalCode",    "Persistent", "Unaccepted"};

    if (index == 0)
        fputs("Type       Start            End              # Pages          Attributes\n", to);
    if (entry->type < sizeof names / sizeof names[0])
        fprintf(to, "%-10s ", names[entry->type]);
    else
        fprintf(to, "%08" PRIX32 "   ", entry->type);
    fprintf(to, "%016" PRIX64 "-%016" PRIX64 " %016" PRIX64 " %016" PRIX64 "\n", entry->base_bytes,
            entry->base_bytes + length_of(entry) - 1, entry->page_count, entry->attributes);
}

static void write_lsefimmap(FILE *to, uint32_t index, const struct plain_entry *entry)
{
    static const char names[][9] = {"reserved", "ldr-code", "ldr-data", "BS-code ", "BS-data ",
                                    "RT-code ", "RT-data ", "conv-mem", "unusable", "ACPI-rec",
                                    "ACPI-nvs", "MMIO    ", "IO-ports", "PAL-code", "persist "};
    static const struct {
        uint64_t bit;
        const char *name;
    } bits[] = {{MEMMAP_RUNTIME, "RT"}, {MEMMAP_UC, "UC"}, {MEMMAP_WC, "WC"}, {MEMMAP_WT, "WT"},
                {MEMMAP_WB, "WB"}, {MEMMAP_UCE, "UCE"}, {MEMMAP_WP, "WP"}, {MEMMAP_RP, "RP"},
                {MEMMAP_XP, "XP"}, {MEMMAP_NV, "NV"}, {MEMMAP_MORE_RELIABLE, "MR"},
                {MEMMAP_RO, "RO"}, {MEMMAP_SP, "SP"}, {MEMMAP_CPU_CRYPTO, "CC"}};

    if (index == 0)
        fputs("Type      Physical start  - end             #Pages        Size Attributes\n", to);
    if (entry->type < sizeof names / sizeof names[0])
        fprintf(to, "%s ", names[entry->type]);
    else
        fprintf(to, "Unk %02" PRIx32 "   ", entry->type);
    fprintf(to, " %016" PRIx64 "-%016" PRIx64 " %08" PRIx64 " %4" PRIu64 "KiB", entry->base_bytes,
            entry->base_bytes + length_of(entry) - 1, entry->page_count, entry->page_count * 4);
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        if ((entry->attributes & bits[i].bit) != 0)
            fprintf(to, " %s", bits[i].name);
    }
    fputc('\n', to);
}

static void write_smap(FILE *to, uint32_t index, const struct plain_entry *entry)
{
    fprintf(to, "SMAP type=%02" PRIx32 " base=%016" PRIx64 " len=%016" PRIx64 "\n", entry->type,
            entry->base_bytes, length_in_64_bits(index, entry));
}

static void write_multiboot2(FILE *to, uint32_t index, const struct plain_entry *entry)
{
    fprintf(to, "base_addr = 0x%" PRIx64 ", length = 0x%" PRIx64 ", type = 0x%" PRIx32 "\n",
            entry->base_bytes, length_in_64_bits(index, entry), entry->type);
}

static void write_limine(FILE *to, uint32_t index, const struct plain_entry *entry)
{
    static const char names[][24] = {"Usable", "Reserved", "ACPI reclaimable", "ACPI NVS",
                                     "Bad memory", "Bootloader reclaimable", "Kernel and modules",
                                     "Framebuffer", "Reserved mapped"};

    if (entry->type >= sizeof names / sizeof names[0])
        cannot("entry %" PRIu32 " has type %" PRIu32 ": this form has no word for it", index,
               entry->type);
    fprintf(to, "base: 0x%016" PRIx64 ", length: 0x%016" PRIx64 ", type: %s\n", entry->base_bytes,
            length_in_64_bits(index, entry), names[entry->type]);
}

const struct written_form written_forms[] = {
    {"linux-e820", MEMMAP_FORMAT_E820, write_linux_e820},
    {"linux-efi", MEMMAP_FORMAT_UEFI, write_linux_efi},
    {"xen-e820", MEMMAP_FORMAT_E820, write_xen_e820},
    {"xen-efi", MEMMAP_FORMAT_UEFI, write_xen_efi},
    {"efi-shell", MEMMAP_FORMAT_UEFI, write_efi_shell},
    {"lsefimmap", MEMMAP_FORMAT_UEFI, write_lsefimmap},
    {"smap", MEMMAP_FORMAT_E820, write_smap},
    {"multiboot2", MEMMAP_FORMAT_MULTIBOOT2, write_multiboot2},
    {"limine", MEMMAP_FORMAT_LIMINE, write_limine},
};
const size_t written_form_count = sizeof written_forms / sizeof written_forms[0];
