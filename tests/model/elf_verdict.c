/* SPDX-License-Identifier: MIT */
/*
 * What common/elf says about files: for each file named in the arguments, or on a line of
 * standard input, one line with `accept` and what the plan says, or the fault's id:
 *
 *   accept bias=0x... entry=0x... first=0x... end=0x... pages=N relro=N relocations=N sum=0x...
 *   E-ELF-NN
 *
 * It does what the loader does: header, program headers, plan, memory, file bytes in file
 * order, relocation. `sum` is the Adler-32 (RFC 1950) of all segments' pages afterwards. The other
 * opinion is elf_judge.py's. Exit status 2 where a file cannot be read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elf.h"

/* The same numbers as in elf_judge.py. */
static const struct elf_limits limits = {
    .window_first = UINT64_C(0xffffffff80000000),
    .window_end = UINT64_C(0xffffffffc0000000),
    .max_image_bytes = 1 * MIB,
    .pie_base = UINT64_C(0xffffffff90000000),
};

struct file {
    uint8_t *bytes; /* at least 64, zeros behind the end */
    uint64_t size_bytes;
};

static void *allocate(size_t count, size_t size_bytes)
{
    void *memory = calloc(count, size_bytes);

    if (memory == NULL) {
        fputs("elf_verdict: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

static struct file read_file(const char *name)
{
    FILE *stream = fopen(name, "rb");
    struct file file = {0};
    long size;

    if (stream == NULL || fseek(stream, 0, SEEK_END) != 0 || (size = ftell(stream)) < 0) {
        perror(name);
        exit(2);
    }
    rewind(stream);
    file.size_bytes = (uint64_t)size;
    file.bytes = allocate(size < 64 ? 64 : (size_t)size, 1);
    if (fread(file.bytes, 1, (size_t)size, stream) != (size_t)size) {
        perror(name);
        exit(2);
    }
    fclose(stream);
    return file;
}

static struct elf_fault plan_file(const struct file *file, struct elf_plan *ret_plan)
{
    struct elf_header header;
    struct elf_fault fault = elf_check_header(file->bytes, file->size_bytes, &header);

    if (fault.status != ELF_OK)
        return fault;
    return elf_plan(&header, file->bytes + header.program_headers_offset, file->size_bytes, &limits,
                    ret_plan);
}

static void load_image(const struct file *file, const struct elf_plan *plan,
                       struct elf_image *image)
{
    for (uint32_t i = 0; i < plan->segment_count; i++)
        image->pages[i] = allocate((size_t)plan->segments[i].page_count, PAGE_BYTES);
    for (uint32_t i = 0; i < plan->by_offset_count; i++) {
        const struct elf_segment *segment = &plan->segments[plan->by_offset[i]];

        memcpy(image->pages[plan->by_offset[i]] + (segment->vaddr - segment->page_vaddr),
               file->bytes + segment->file_offset, (size_t)segment->file_bytes);
    }
}

static uint32_t adler32(uint32_t sum, const uint8_t *bytes, uint64_t size_bytes)
{
    uint32_t low = sum & 0xffff;
    uint32_t high = sum >> 16;

    for (uint64_t i = 0; i < size_bytes; i++) {
        low = (low + bytes[i]) % 65521;
        high = (high + low) % 65521;
    }
    return high << 16 | low;
}

static void print_accepted(const struct elf_plan *plan, const struct elf_image *image,
                           const struct elf_relocations *relocations)
{
    uint64_t relro_page_count = 0;
    uint32_t sum = 1;

    for (uint32_t i = 0; i < plan->segment_count; i++) {
        relro_page_count += plan->segments[i].relro_page_count;
        sum = adler32(sum, image->pages[i], plan->segments[i].page_count * PAGE_BYTES);
    }
    printf("accept bias=%#" PRIx64 " entry=%#" PRIx64 " first=%#" PRIx64 " end=%#" PRIx64
           " pages=%" PRIu64 " relro=%" PRIu64 " relocations=%" PRIu64 " sum=%#" PRIx32 "\n",
           plan->load_bias, plan->entry, plan->image_first, plan->image_end,
           plan->total_page_count, relro_page_count, relocations->count, sum);
}

static void judge(const char *name)
{
    struct file file = read_file(name);
    struct elf_plan plan;
    struct elf_image image;
    struct elf_relocations relocations;
    struct elf_fault fault = plan_file(&file, &plan);

    if (fault.status != ELF_OK) {
        printf("E-ELF-%02u\n", (unsigned)fault.status);
        free(file.bytes);
        return;
    }
    load_image(&file, &plan, &image);
    fault = elf_check_relocations(&plan, &image, &relocations);
    if (fault.status == ELF_OK) {
        elf_relocate(&plan, &image, &relocations);
        print_accepted(&plan, &image, &relocations);
    } else {
        printf("E-ELF-%02u\n", (unsigned)fault.status);
    }
    for (uint32_t i = 0; i < plan.segment_count; i++)
        free(image.pages[i]);
    free(file.bytes);
}

int main(int argument_count, char **arguments)
{
    char line[4096];

    for (int i = 1; i < argument_count; i++)
        judge(arguments[i]);
    if (argument_count > 1)
        return 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        judge(line);
    }
    return 0;
}
