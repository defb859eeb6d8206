/* SPDX-License-Identifier: MIT */
/*
 * The kernel file: headers checked, then placed, then read straight to where it runs.
 *
 *   file    |ehdr|phdrs| gap |  segment 0  |gap| segment 1 |
 *   memory         (dropped) |  segment 0  |   | segment 1 |zero|
 *
 * Bytes of the headers that a segment covers are copied from the header buffer: no byte is
 * read twice. The TSC is measured against the ACPI PM timer over the read, never by a wait.
 */
#include "base/mem.h"
#include "clock/clock.h"
#include "cpu.h"
#include "handoff/layout.h"
#include "loader.h"

#define MAX_HOLE_PAGES 512u /* holes in an image worth keeping it in one physical block */

static const char too_small[] = "E-FILE-08|read|this is no kernel: the file is too small";

/* A refused file: the id is that of the ELF status. */
static EFI_STATUS refuse(struct loader *loader, const char *path, const struct elf_fault *fault)
{
    char failure[160];
    char where[64];
    struct text text;
    const char *counted = elf_status_index_name(fault->status);

    text_init(&text, failure, sizeof failure);
    text_format(&text, "E-ELF-%02u|check|%s", (unsigned)fault->status,
                elf_status_text(fault->status));
    text_init(&text, where, sizeof where);
    if (counted != NULL)
        text_format(&text, ", %s %lu", counted, fault->index);
    if (fault->value != 0)
        text_format(&text, ", value 0x%lx", fault->value);
    return fail(loader, failure, EFI_UNSUPPORTED, "%s%s", path, where);
}

/* The headers, in a buffer of ELF_MAX_HEADERS_END bytes; checks all that they allow. */
static EFI_STATUS read_headers(struct loader *loader, struct reader *reader, uint8_t *headers)
{
    static const struct elf_limits limits = {
        .window_first = LAYOUT_KERNEL,
        .window_end = LAYOUT_KERNEL_END,
        .max_image_bytes = GIB,
        .pie_base = LAYOUT_KERNEL,
    };
    uint64_t first = reader->size_bytes < ELF_HEADER_BYTES ? reader->size_bytes : ELF_HEADER_BYTES;
    struct elf_header header;
    struct elf_fault fault;
    EFI_STATUS status = reader_read(reader, headers, first);

    if (EFI_ERROR(status))
        return status;
    fault = elf_check_header(headers, reader->size_bytes, &header);
    if (fault.status != ELF_OK)
        return refuse(loader, reader->path, &fault);
    status = reader_read(reader, headers + ELF_HEADER_BYTES,
                         header.program_headers_offset +
                             header.program_header_count * ELF_PROGRAM_HEADER_BYTES -
                             ELF_HEADER_BYTES);
    if (EFI_ERROR(status))
        return status;
    fault = elf_plan(&header, headers + header.program_headers_offset, reader->size_bytes, &limits,
                     &loader->plan);
    if (fault.status != ELF_OK)
        return refuse(loader, reader->path, &fault);
    reader->wanted_bytes = loader->plan.file_end; /* symbols and the like stay unread */
    return EFI_SUCCESS;
}

/* Pages for [first, first + pages) of virtual space, congruent mod 2 MiB where that helps. */
static EFI_STATUS place_like(struct loader *loader, uint64_t vaddr, uint64_t page_count,
                             const char *what, uint8_t **ret_pages)
{
    uint64_t lead = vaddr % LARGE_PAGE_BYTES / PAGE_BYTES;
    bool large = page_count >= LARGE_PAGE_BYTES / PAGE_BYTES;
    struct placement want = {
        .page_count = page_count + (large ? lead : 0),
        .align_pages = large ? LARGE_PAGE_BYTES / PAGE_BYTES : 1,
        .what = what,
    };
    uint64_t paddr;
    EFI_STATUS status = memory_place(loader, &want, &paddr);

    if (!EFI_ERROR(status))
        *ret_pages = (uint8_t *)(paddr + (large ? lead * PAGE_BYTES : 0));
    return status;
}

/* Memory for each segment: one block where the image is nearly dense, else one each. */
static EFI_STATUS place_segments(struct loader *loader)
{
    struct elf_plan *plan = &loader->plan;
    uint64_t span = (plan->image_end - plan->image_first) / PAGE_BYTES;
    uint8_t *block;
    EFI_STATUS status = EFI_SUCCESS;

    if (span <= plan->total_page_count + MAX_HOLE_PAGES) {
        status = place_like(loader, plan->image_first, span, "the kernel", &block);
        for (uint32_t i = 0; i < plan->segment_count && !EFI_ERROR(status); i++)
            loader->elf_image.pages[i] = block + (plan->segments[i].page_vaddr - plan->image_first);
        return status;
    }
    for (uint32_t i = 0; i < plan->segment_count && !EFI_ERROR(status); i++)
        status = place_like(loader, plan->segments[i].page_vaddr, plan->segments[i].page_count,
                            "a kernel segment", &loader->elf_image.pages[i]);
    return status;
}

/* One segment's bytes: what the headers hold of it is copied, the rest is read, then zeroes. */
static EFI_STATUS fill_segment(struct loader *loader, struct reader *reader, uint32_t index,
                               const uint8_t *headers, uint64_t header_bytes)
{
    const struct elf_segment *segment = &loader->plan.segments[index];
    uint8_t *to = loader->elf_image.pages[index] + (segment->vaddr - segment->page_vaddr);
    uint64_t done = 0;
    EFI_STATUS status;

    if (segment->file_offset < header_bytes) {
        done = header_bytes - segment->file_offset;
        if (done > segment->file_bytes)
            done = segment->file_bytes;
        memcpy(to, headers + segment->file_offset, done);
    }
    if (done == segment->file_bytes)
        return EFI_SUCCESS;
    status = reader_skip_to(reader, segment->file_offset + done);
    if (EFI_ERROR(status))
        return status;
    return reader_read(reader, to + done, segment->file_bytes - done);
}

/* Zeroes what the file does not fill: before the first byte, the BSS, the last page's rest. */
static void zero_rest(const struct elf_segment *segment, uint8_t *pages)
{
    uint64_t lead = segment->vaddr - segment->page_vaddr;
    uint64_t filled = lead + segment->file_bytes;

    memset(pages, 0, lead);
    memset(pages + filled, 0, segment->page_count * PAGE_BYTES - filled);
}

static EFI_STATUS fill_segments(struct loader *loader, struct reader *reader, const uint8_t *headers)
{
    const struct elf_plan *plan = &loader->plan;
    uint64_t header_bytes = reader->offset;
    EFI_STATUS status = EFI_SUCCESS;

    for (uint32_t i = 0; i < plan->by_offset_count && !EFI_ERROR(status); i++)
        status = fill_segment(loader, reader, plan->by_offset[i], headers, header_bytes);
    for (uint32_t i = 0; i < plan->segment_count && !EFI_ERROR(status); i++)
        zero_rest(&plan->segments[i], loader->elf_image.pages[i]);
    return status;
}

static EFI_STATUS relocate(struct loader *loader, const char *path)
{
    struct elf_relocations relocations;
    struct elf_fault fault =
        elf_check_relocations(&loader->plan, &loader->elf_image, &relocations);

    if (fault.status != ELF_OK)
        return refuse(loader, path, &fault);
    elf_relocate(&loader->plan, &loader->elf_image, &relocations);
    return EFI_SUCCESS;
}

/* Notes and claims [page, page + count) of a segment with these rights. */
static EFI_STATUS note_segment(struct loader *loader, const struct elf_segment *segment,
                               uint8_t *pages, uint64_t first, uint64_t count, uint32_t rights)
{
    static const char names[3][20] = {"kernel rodata", "kernel text", "kernel data"};
    const char *name = names[(rights & BOOTINFO_RIGHT_EXECUTE) != 0 ? 1
                             : (rights & BOOTINFO_RIGHT_WRITE) != 0 ? 2
                                                                    : 0];
    uint64_t paddr = (uint64_t)(pages + first * PAGE_BYTES);

    if (count == 0)
        return EFI_SUCCESS;
    loader->segments[loader->segment_count++] = (struct bootinfo_segment){
        .vaddr = segment->page_vaddr + first * PAGE_BYTES,
        .paddr = paddr,
        .page_count = count,
        .rights = rights | BOOTINFO_RIGHT_READ,
    };
    return memory_claim(loader, paddr, count * PAGE_BYTES, MEMMAP_KERNEL, true, name);
}

/* The segments as the kernel will see them: pages of RELRO are read-only from now on. */
static EFI_STATUS note_segments(struct loader *loader)
{
    EFI_STATUS status = EFI_SUCCESS;

    for (uint32_t i = 0; i < loader->plan.segment_count && !EFI_ERROR(status); i++) {
        const struct elf_segment *segment = &loader->plan.segments[i];
        uint8_t *pages = loader->elf_image.pages[i];
        uint32_t rights = 0;
        if ((segment->rights & ELF_RIGHT_EXECUTE) != 0)
            rights |= BOOTINFO_RIGHT_EXECUTE;
        if ((segment->rights & ELF_RIGHT_WRITE) != 0)
            rights |= BOOTINFO_RIGHT_WRITE;
        status = note_segment(loader, segment, pages, 0, segment->relro_page_count, 0);
        if (!EFI_ERROR(status))
            status = note_segment(loader, segment, pages, segment->relro_page_count,
                                  segment->page_count - segment->relro_page_count, rights);
    }
    return status;
}

static EFI_STATUS load_from(struct loader *loader, struct reader *reader)
{
    void *headers = NULL;
    EFI_STATUS status;

    if (reader->size_bytes == 0)
        return fail(loader, too_small, EFI_END_OF_FILE, "%s", reader->path);
    status = memory_borrow(loader, ELF_MAX_HEADERS_END, "the kernel's headers", &headers);
    if (EFI_ERROR(status))
        return status;
    status = read_headers(loader, reader, headers);
    if (!EFI_ERROR(status))
        status = place_segments(loader);
    if (!EFI_ERROR(status))
        status = fill_segments(loader, reader, headers);
    (void)loader->boot->FreePool(headers);
    if (!EFI_ERROR(status))
        status = relocate(loader, reader->path);
    if (!EFI_ERROR(status))
        status = note_segments(loader);
    return status;
}

EFI_STATUS kernel_load(struct loader *loader)
{
    bool measure = loader->tsc_hz == 0 && loader->has_pm_timer;
    uint16_t port = loader->pm_timer.port;
    uint32_t timer = measure ? cpu_in32(port) : 0;
    uint64_t tsc = cpu_tsc();
    struct reader reader;
    EFI_STATUS status = reader_open(loader, loader->config->kernel, false, &reader);

    if (EFI_ERROR(status))
        return status;
    status = load_from(loader, &reader);
    reader_close(&reader);
    if (measure && clock_tsc_hz_pm_timer(tsc, cpu_tsc(), timer, cpu_in32(port),
                                         loader->pm_timer.bits, &loader->tsc_hz,
                                         &loader->tsc_error_ppm))
        loader->tsc_source = BOOTINFO_TSC_PM_TIMER;
    return status;
}
