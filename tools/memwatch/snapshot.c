/* SPDX-License-Identifier: MIT */
/*
 * memwatch snapshot: a target's memory as an ELF core, segment by segment as it could be read. The
 * bytes come first and the segment table last: what cannot be read is known only then.
 */
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

#define CHUNK_BYTES (UINT64_C(1) << 20)

struct core {
    FILE *file;
    const char *path;
    const char *part; /* the name it has until it is whole */
    Elf64_Phdr *segments;
    size_t count, room;
    uint64_t offset;
    uint64_t unreadable_bytes;
};

static void write_bytes(struct core *core, const void *bytes, uint64_t size_bytes)
{
    if (fwrite(bytes, 1, size_bytes, core->file) == size_bytes)
        return;
    unlink(core->part);
    cannot("%s: cannot be written: %s", core->path, strerror(errno));
}

/* Memory, of which zeros become a hole of the file; the segment table stands behind all of it. */
static void write_page_run(struct core *core, const uint8_t *bytes, uint64_t size_bytes)
{
    static const uint8_t zeros[CHUNK_BYTES];

    if (memcmp(bytes, zeros, size_bytes) != 0) {
        write_bytes(core, bytes, size_bytes);
    } else if (fseeko(core->file, (off_t)size_bytes, SEEK_CUR) != 0) {
        unlink(core->part);
        cannot("%s: cannot be written: %s", core->path, strerror(errno));
    }
}

/* Bytes at an address: they prolong the segment before, or begin one. */
static void write_memory(struct core *core, uint64_t address, const uint8_t *bytes, uint64_t size_bytes, bool begins)
{
    Elf64_Phdr *last = core->count == 0 ? NULL : &core->segments[core->count - 1];

    if (begins || last->p_vaddr + last->p_filesz != address) {
        core->segments = grow(core->segments, core->count, &core->room, sizeof *core->segments);
        last = &core->segments[core->count++];
        *last = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = address, .p_paddr = address,
                             .p_offset = core->offset};
    }
    last->p_filesz += size_bytes;
    last->p_memsz += size_bytes;
    core->offset += size_bytes;
    write_page_run(core, bytes, size_bytes);
}

static uint64_t read_chunk(struct watch_region *region, uint64_t offset, uint64_t size_bytes, uint8_t *to)
{
    uint64_t got = watch_read(region, offset, size_bytes, to);

    return got == size_bytes ? got : got - got % WATCH_PAGE_BYTES;
}

static void write_region(struct core *core, struct watch_region *region)
{
    static uint8_t chunk[CHUNK_BYTES];
    bool begins = true;

    for (uint64_t offset = 0; offset < region->size_bytes;) {
        uint64_t left = region->size_bytes - offset, wanted = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        uint64_t got = read_chunk(region, offset, wanted, chunk);
        if (got > 0)
            write_memory(core, region->address + offset, chunk, got, begins);
        begins = begins && got == 0;
        offset += got;
        if (got < wanted) {
            uint64_t gap = left - got < WATCH_PAGE_BYTES ? left - got : WATCH_PAGE_BYTES;
            core->unreadable_bytes += gap;
            offset += gap;
            begins = true;
        }
        progress_add(got);
    }
}

static void finish(struct core *core)
{
    Elf64_Ehdr header = {.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_phoff = core->offset,
                         .e_ehsize = sizeof header, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = (Elf64_Half)core->count};

    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    if (core->count >= PN_XNUM) {
        unlink(core->part);
        cannot("%s: more than %d pieces of memory", core->path, PN_XNUM - 1);
    }
    write_bytes(core, core->segments, core->count * sizeof *core->segments);
    rewind(core->file);
    write_bytes(core, &header, sizeof header);
    if (fclose(core->file) != 0 || rename(core->part, core->path) != 0) {
        unlink(core->part);
        cannot("%s: cannot be written: %s", core->path, strerror(errno));
    }
}

int command_snapshot(const struct arguments *arguments)
{
    static const uint8_t zeros[WATCH_PAGE_BYTES];
    struct target_options options = arguments->target;
    struct core core = {.path = arguments->output_path, .offset = sizeof zeros};
    struct target *target;
    struct session *session;
    uint64_t all = 0;

    if (core.path == NULL)
        cannot("snapshot needs --output FILE");
    target = open_target(arguments->words[0], &options);
    session = open_session(target, arguments, 0, 0);
    core.part = grab_text("%s.part%d", core.path, (int)getpid());
    core.file = fopen(core.part, "wxe");
    if (core.file == NULL)
        cannot("%s: cannot be written: %s", core.path, strerror(errno));
    write_bytes(&core, zeros, sizeof zeros);
    for (size_t i = 0; i < session->slice_count; i++)
        all += session->slices[i].region.size_bytes;
    progress_begin("snapshot", all);
    for (size_t i = 0; i < session->slice_count; i++)
        write_region(&core, &session->slices[i].region);
    progress_end();
    if (core.unreadable_bytes == all) {
        unlink(core.part);
        cannot("%s: nothing could be read: %s", target->word,
               target->gone != NULL && target->gone(target) != NULL ? target->gone(target) : "no page of it");
    }
    finish(&core);
    if (core.unreadable_bytes > 0)
        warn("%s: %s could not be read and were left out", target->word, size_words(core.unreadable_bytes));
    return STATUS_SAME;
}
