/* SPDX-License-Identifier: MIT */
/*
 * ELF files from the header to the relocated image, in memory of exactly the size that may be touched;
 * what is accepted must satisfy the second opinion of elf_builder.c.
 *
 *   byte 0   what the file is made of: 0 the valid EXEC, 1 the valid PIE, 2 the rest as it stands
 *   2 bytes  0 and 1: where it is cut off; 0: nowhere
 *   rest     0 and 1: edits of where (2), how many bytes (1: 1, 2, 4 or 8), value (8)
 */
#include "fuzz.h"
#include "unit/elf_builder.h"

#define EDIT_BYTES 11u

static void make_file(struct elf_file *file, struct input_bytes *input)
{
    unsigned base = (unsigned)take(input, 1) % 3;
    uint64_t end;

    build_exec(file); /* the limits too */
    if (base == 1)
        build_pie(file);
    if (base == 2) {
        file->size = input->left < sizeof file->bytes ? input->left : sizeof file->bytes;
        memset(file->bytes, 0, sizeof file->bytes);
        memcpy(file->bytes, input->at, file->size);
        return;
    }
    end = take(input, 2);
    while (input->left >= EDIT_BYTES) {
        uint64_t at = take(input, 2);
        unsigned width = 1u << take(input, 1) % 4;
        uint64_t value = take(input, 8);
        if (at + width <= file->size)
            memcpy(file->bytes + at, &value, width);
    }
    if (end != 0 && end < file->size)
        file->size = end;
}

/* The image as loaded and relocated, all segments behind each other. */
static uint8_t *copy_image(const struct elf_plan *plan, const struct elf_image *image)
{
    uint8_t *copy = exactly(plan->total_page_count * PAGE_BYTES);
    size_t at = 0;

    for (uint32_t i = 0; i < plan->segment_count; i++) {
        memcpy(copy + at, image->pages[i], plan->segments[i].page_count * PAGE_BYTES);
        at += plan->segments[i].page_count * PAGE_BYTES;
    }
    return copy;
}

static void check_relocations(const struct elf_plan *plan, const struct elf_image *image)
{
    struct elf_relocations relocations, before;
    size_t size_bytes = plan->total_page_count * PAGE_BYTES;
    uint8_t *loaded = copy_image(plan, image), *once, *twice;
    bool accepted;

    memset(&relocations, 0x5a, sizeof relocations);
    before = relocations;
    accepted = elf_check_relocations(plan, image, &relocations).status == ELF_OK;
    once = copy_image(plan, image);
    CHECK(memcmp(loaded, once, size_bytes) == 0); /* checking changes nothing */
    if (accepted) {
        free(once);
        elf_relocate(plan, image, &relocations);
        once = copy_image(plan, image);
        elf_relocate(plan, image, &relocations);
        twice = copy_image(plan, image);
        CHECK(memcmp(once, twice, size_bytes) == 0);
        CHECK(relocations.count > 0 || memcmp(loaded, once, size_bytes) == 0);
        free(twice);
    } else {
        CHECK(memcmp(&relocations, &before, sizeof before) == 0);
    }
    free(loaded);
    free(once);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    struct input_bytes input = {bytes, size_bytes};
    static struct elf_file file;
    static struct elf_plan plan, before;
    struct elf_image image;
    struct elf_fault fault;
    const char *wrong;

    make_file(&file, &input);
    memset(&plan, 0x5a, sizeof plan);
    before = plan;
    fault = plan_file(&file, &plan);
    CHECK(elf_status_text(fault.status) != NULL);
    if (fault.status != ELF_OK) {
        CHECK(memcmp(&plan, &before, sizeof plan) == 0);
        return 0;
    }
    wrong = plan_fault(&file, &plan);
    CHECK_THAT(wrong == NULL, wrong != NULL ? wrong : "");
    load_image(&file, &plan, &image);
    check_relocations(&plan, &image);
    free_image(&plan, &image);
    return 0;
}
