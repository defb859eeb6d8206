/* SPDX-License-Identifier: MIT */
/*
 * Boot info blocks, sealed anew so that the CRC hides nothing: accepted ones can be read whole, refused
 * ones are named, and nothing outside the block is touched.
 *
 *   byte 0   bit 0: the seal stays as it is; bit 1: the rest is the block as it stands, not edits
 *   2 bytes  where the block is cut off; 0: nowhere
 *   rest     edits of the hand-made block of unit/test_bootinfo.h: where (2), 1, 2, 4 or 8 bytes (1), value (8)
 */
#include "fuzz.h"
#include "unit/test_bootinfo.h"

#define EDIT_BYTES 11u
#define RAW        2u
#define UNSEALED   1u

static struct bootinfo *make_block(struct input_bytes *input, size_t *ret_bytes)
{
    unsigned how = (unsigned)take(input, 1);
    size_t end = (size_t)take(input, 2);
    struct bootinfo *whole = block_make(), *block;
    size_t size_bytes = whole->size_bytes;

    if ((how & RAW) != 0) {
        free(whole);
        whole = copy_of(input->at, input->left);
        size_bytes = input->left;
    }
    while ((how & RAW) == 0 && input->left >= EDIT_BYTES) {
        size_t at = (size_t)take(input, 2) % size_bytes;
        unsigned width = 1u << take(input, 1) % 4;
        uint64_t value = take(input, 8);
        memcpy((uint8_t *)whole + at, &value, at + width <= size_bytes ? width : 1);
    }
    *ret_bytes = end != 0 && end < size_bytes ? end : size_bytes;
    block = copy_of(whole, *ret_bytes);
    free(whole);
    if ((how & UNSEALED) == 0 && *ret_bytes >= 24 && block->size_bytes >= 24 && block->size_bytes <= *ret_bytes)
        block_reseal(block);
    return block;
}

static size_t read_strings(const struct bootinfo *info)
{
    size_t sum = strlen(bootinfo_chars(info, &info->cmdline)) + strlen(bootinfo_chars(info, &info->kernel_path)) +
                 strlen(bootinfo_chars(info, &info->firmware_vendor)) +
                 strlen(bootinfo_chars(info, &info->loader_name)) + strlen(bootinfo_chars(info, &info->loader_version));

    for (uint32_t i = 0; i < info->claims.count; i++)
        sum += strlen(bootinfo_at(info, (uint32_t)((const struct memmap_claim *)bootinfo_entry(info, &info->claims, i))->name));
    for (uint32_t i = 0; i < info->modules.count; i++) {
        const struct bootinfo_module *module = bootinfo_entry(info, &info->modules, i);
        sum += strlen(bootinfo_chars(info, &module->path)) + strlen(bootinfo_chars(info, &module->cmdline));
    }
    return sum;
}

static size_t read_arrays(const struct bootinfo *info)
{
    const struct bootinfo_array *arrays[] = {&info->regions, &info->claims, &info->raw_map, &info->report,
                                             &info->segments, &info->modules, &info->extents, &info->stamps};
    const struct bootinfo_drift *drift = bootinfo_drift(info);
    size_t sum = drift != NULL ? drift->state : 0;

    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        for (uint32_t n = 0; n < arrays[i]->count; n++) {
            const uint8_t *entry = bootinfo_entry(info, arrays[i], n);
            for (uint32_t k = 0; k < arrays[i]->stride_bytes; k++)
                sum += entry[k];
        }
    }
    return sum;
}

/* What a kernel relies on, said again from bootinfo.h: no page of ours is usable, W and X never meet. */
static void check_promises(const struct bootinfo *info)
{
    for (uint32_t i = 0; i < info->segments.count; i++) {
        const struct bootinfo_segment *segment = bootinfo_entry(info, &info->segments, i);
        CHECK((segment->rights & RIGHT_RW) != RIGHT_RW || (segment->rights & BOOTINFO_RIGHT_EXECUTE) == 0);
        CHECK(segment->paddr % 4096 == 0 && segment->vaddr % 4096 == 0);
    }
    for (uint32_t i = 1; i < info->regions.count; i++) {
        const struct memmap_region *one = bootinfo_entry(info, &info->regions, i - 1), *next = one + 1;
        CHECK(one->first_pfn < one->end_pfn && one->end_pfn <= next->first_pfn);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    struct input_bytes input = {bytes, size_bytes};
    struct bootinfo_fault fault = {NULL, 0};
    size_t block_bytes;
    struct bootinfo *block = make_block(&input, &block_bytes);
    enum bootinfo_status status = bootinfo_check(block, block_bytes, &fault);

    CHECK(bootinfo_status_text(status) != NULL && status != BOOTINFO_NO_ROOM);
    if (status == BOOTINFO_OK) {
        CHECK(read_strings(block) + read_arrays(block) > 0);
        check_promises(block);
    } else {
        CHECK(fault.object != NULL);
        CHECK(bootinfo_check(block, block_bytes, NULL) == status);
    }
    free(block);
    return 0;
}
