/* SPDX-License-Identifier: MIT */
/*
 * Files: ELF cores (of QEMU's dump-guest-memory, of gcore, of memwatch snapshot), captures of
 * common/capture record by record, and anything else as raw bytes from address 0. Mapped read-only.
 */
#include <elf.h>
#include <string.h>

#include "base/checked.h"
#include "capture/capture.h"
#include "target.h"

static void add_mapped(struct target *target, uint64_t address, const uint8_t *bytes, uint64_t size_bytes,
                       const char *name)
{
    struct target_region *region = add_region(target, address, size_bytes, name, "");

    region->reader = (struct watch_reader){.mapped = bytes, .is_stable = true};
}

static bool is_core(const uint8_t *bytes, uint64_t size_bytes, Elf64_Ehdr *ret_header)
{
    if (size_bytes < sizeof *ret_header)
        return false;
    memcpy(ret_header, bytes, sizeof *ret_header);
    return memcmp(ret_header->e_ident, ELFMAG, SELFMAG) == 0 && ret_header->e_type == ET_CORE;
}

static Elf64_Phdr program_header(const uint8_t *bytes, const Elf64_Ehdr *header, uint64_t index)
{
    Elf64_Phdr segment;

    memcpy(&segment, bytes + header->e_phoff + index * sizeof segment, sizeof segment);
    return segment;
}

/* More than 65534 segments: their number stands in section 0. */
static uint64_t segment_count(const char *path, const uint8_t *bytes, uint64_t size_bytes, const Elf64_Ehdr *header)
{
    Elf64_Shdr section;

    if (header->e_phnum != PN_XNUM)
        return header->e_phnum;
    if (!range_is_inside(header->e_shoff, sizeof section, size_bytes))
        cannot("%s: the core's first section leaves the file", path);
    memcpy(&section, bytes + header->e_shoff, sizeof section);
    return section.sh_info;
}

static void check_core(const char *path, const Elf64_Ehdr *header, uint64_t count, uint64_t size_bytes)
{
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
        cannot("%s: a core that is not of 64 bits, little-endian", path);
    if (header->e_phentsize != sizeof(Elf64_Phdr) ||
        !range_is_inside(header->e_phoff, count * sizeof(Elf64_Phdr), size_bytes))
        cannot("%s: the core's segment table leaves the file", path);
}

/* Physical where one of them is not 0: QEMU states both, gcore only the virtual ones. */
static void add_core(struct target *target, const char *path, const uint8_t *bytes, uint64_t size_bytes,
                     const Elf64_Ehdr *header)
{
    uint64_t count = segment_count(path, bytes, size_bytes, header);
    bool is_physical = false;

    check_core(path, header, count, size_bytes);
    for (uint64_t i = 0; i < count; i++)
        is_physical |= program_header(bytes, header, i).p_type == PT_LOAD && program_header(bytes, header, i).p_paddr != 0;
    for (uint64_t i = 0; i < count; i++) {
        Elf64_Phdr segment = program_header(bytes, header, i);
        uint64_t address = is_physical ? segment.p_paddr : segment.p_vaddr;
        if (segment.p_type != PT_LOAD || segment.p_filesz == 0)
            continue;
        if (!range_is_inside(segment.p_offset, segment.p_filesz, size_bytes) ||
            segment.p_filesz - 1 > UINT64_MAX - address)
            cannot("%s: segment %lu of the core leaves the file", path, (unsigned long)i);
        add_mapped(target, address, bytes + segment.p_offset, segment.p_filesz, grab_text("segment %lu", (unsigned long)i));
    }
    target->what = is_physical ? "ELF core (physical addresses)" : "ELF core";
}

static const char *record_name(uint32_t type)
{
    static const char *const names[] = {"record", "map", "firmware", "cpu", "tables", "claims", "writer"};

    return names[type < sizeof names / sizeof names[0] ? type : 0];
}

/* Each record at its own address: 2^32 x its place, so that records of two files meet. */
static void add_records(struct target *target, const struct capture *capture)
{
    struct capture_record record;
    uint64_t position = 0, index = 0;

    for (; capture_next(capture, &position, &record); index++) {
        if (record.payload_bytes > 0)
            add_mapped(target, index << 32, record.payload, record.payload_bytes,
                       grab_text("%s (record %lu)", record_name(record.type), (unsigned long)index));
    }
    target->what = "capture";
}

struct target *open_file(const char *word)
{
    struct target *target = grab(1, sizeof *target);
    uint64_t size_bytes;
    const uint8_t *bytes = map_file(word, &size_bytes);
    enum capture_status status;
    struct capture capture;
    Elf64_Ehdr header;

    target->word = word;
    if (is_core(bytes, size_bytes, &header)) {
        add_core(target, word, bytes, size_bytes, &header);
        return target;
    }
    status = capture_open(bytes, size_bytes, &capture);
    if (status == CAPTURE_OK) {
        add_records(target, &capture);
        return target;
    }
    if (status != CAPTURE_BAD_MAGIC && status != CAPTURE_BAD_HEADER)
        warn("%s: %s; taken as raw bytes", word, capture_status_text(status));
    target->what = "raw bytes";
    if (size_bytes > 0)
        add_mapped(target, 0, bytes, size_bytes, "file");
    return target;
}
