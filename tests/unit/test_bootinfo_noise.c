/* SPDX-License-Identifier: MIT */
/*
 * Blocks of other versions, and blocks spoilt at random and sealed again: what is accepted can be
 * read to the last byte.
 */
#include <criterion/logging.h>

#include "unit/test_bootinfo_check.h"

#define SEED UINT64_C(0xb0071fee)

/* ---- other versions -------------------------------------------------------------------- */

/* A block whose arrays begin where later versions have fields. */
static struct bootinfo *make_older(uint64_t memory[BLOCK_CAPACITY / 8], uint16_t minor,
                                   uint32_t header_bytes)
{
    struct bootinfo_builder builder;
    struct bootinfo *info;

    cr_assert_eq(bootinfo_begin(&builder, memory, BLOCK_CAPACITY), BOOTINFO_OK);
    info = builder.info;
    builder.used_bytes = header_bytes;
    block_fill(&builder, 24);
    cr_assert_eq(bootinfo_seal(&builder), BOOTINFO_OK);
    info->minor = minor;
    info->header_bytes = header_bytes;
    block_reseal(info);
    cr_assert_eq(info->regions.offset, header_bytes);
    return info;
}

/*   | header 504 | arrays ... |   1.0 */
Test(bootinfo_check, accepts_a_block_of_version_1_0)
{
    static uint64_t memory[BLOCK_CAPACITY / 8];
    struct bootinfo *info = make_older(memory, 0, BLOCK_OLD);

    cr_assert_null(bootinfo_drift(info));
    cr_assert_not(bootinfo_watches(info));
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_OK, NULL, 0, "1.0");
}

/*   | header 520 | arrays ... |   1.1 had drift, which is still looked at */
Test(bootinfo_check, accepts_a_block_of_version_1_1_and_checks_its_drift)
{
    static uint64_t memory[BLOCK_CAPACITY / 8];
    struct bootinfo *info = make_older(memory, 1, BLOCK_1_1);

    cr_assert_eq(bootinfo_drift(info)->placements_moved, 2);
    cr_assert_not(bootinfo_watches(info));
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_OK, NULL, 0, "1.1");
    info->drift.offset = info->size_bytes;
    block_reseal(info);
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_BAD_ARRAY, "drift", 0,
               "1.1");
}

Test(bootinfo_drift, gives_what_the_loader_found_and_null_where_it_did_not_look)
{
    struct bootinfo *info = block_make();

    cr_assert_eq(bootinfo_drift(info)->placements_moved, 2);
    info->drift.count = 0;
    cr_assert_null(bootinfo_drift(info));
    free(info);
}

/*   | header 560 | 16 new bytes | arrays, claims 32 bytes apart ... |   what 1.3 might be */
Test(bootinfo_check, accepts_a_later_minor_version_with_larger_header_and_claims)
{
    static uint64_t memory[BLOCK_CAPACITY / 8];
    struct bootinfo_builder builder;
    struct bootinfo *info;

    cr_assert_eq(bootinfo_begin(&builder, memory, sizeof memory), BOOTINFO_OK);
    info = builder.info;
    builder.used_bytes += 16;
    block_fill(&builder, 32);
    cr_assert_eq(bootinfo_seal(&builder), BOOTINFO_OK);
    memset((uint8_t *)memory + BLOCK_HEADER, 0x77, 16);
    for (uint32_t i = 0; i < BLOCK_CLAIMS; i++)
        memset((uint8_t *)memory + info->claims.offset + i * 32 + 24, 0x77, 8);
    info->minor = 3;
    info->header_bytes = BLOCK_HEADER + 16;
    block_reseal(info);
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_OK, NULL, 0, "1.3");
    info->regions.offset = BLOCK_HEADER; /* in what 1.3 added to the header */
    block_reseal(info);
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_BAD_ARRAY, "regions",
               0, "1.3");
    ((struct memmap_claim *)(void *)((uint8_t *)memory + info->claims.offset + 7 * 32))->kind = 99;
    info->regions.offset = BLOCK_HEADER + 16;
    block_reseal(info);
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_BAD_CLAIM, "claims", 7,
               "1.3");
}

/* ---- noise ----------------------------------------------------------------------------- */

static uint64_t random_state;

static uint64_t random_u64(void) /* splitmix64 */
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Reads all that a kernel may trust after the check; a step outside is ASan's to find. */
static size_t read_everything(const struct bootinfo *info)
{
    size_t sum = strlen(bootinfo_chars(info, &info->cmdline)) +
                 strlen(bootinfo_chars(info, &info->kernel_path)) +
                 strlen(bootinfo_chars(info, &info->firmware_vendor)) +
                 strlen(bootinfo_chars(info, &info->loader_name)) +
                 strlen(bootinfo_chars(info, &info->loader_version));

    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        const struct bootinfo_array *array = (const void *)((const uint8_t *)info + arrays[i].at);
        for (uint32_t n = 0; n < array->count; n++) {
            const uint8_t *entry = bootinfo_entry(info, array, n);
            for (uint32_t k = 0; k < array->stride_bytes; k++)
                sum += entry[k];
        }
    }
    for (uint32_t i = 0; i < info->claims.count; i++) {
        const struct memmap_claim *claim = bootinfo_entry(info, &info->claims, i);
        sum += strlen(bootinfo_at(info, claim->name));
    }
    for (uint32_t i = 0; i < info->modules.count; i++) {
        const struct bootinfo_module *module = bootinfo_entry(info, &info->modules, i);
        sum += strlen(bootinfo_chars(info, &module->path));
        sum += strlen(bootinfo_chars(info, &module->cmdline));
    }
    return sum;
}

Test(bootinfo_check, survives_sealed_noise_and_what_it_accepts_can_be_read)
{
    static const uint64_t words[] = {0, 1, 7, 8, 0x80000000, 0xfffffff8, 0xffffffff, 0xfffff000};
    struct bootinfo *whole = block_make();
    uint32_t size_bytes = whole->size_bytes, accepted = 0;

    cr_log_info("seed %#" PRIx64, SEED);
    random_state = SEED;
    for (uint32_t round = 0; round < 20000; round++) {
        struct bootinfo *info = block_copy(whole, size_bytes);
        for (uint64_t n = 1 + random_u64() % 2; n > 0; n--) {
            uint64_t at = 24 + random_u64() % (size_bytes - 24 - 8);
            uint64_t word = words[random_u64() % 8];
            if (random_u64() % 3 == 0)
                word = random_u64() % (2 * size_bytes);
            memcpy((uint8_t *)info + (at & ~UINT64_C(3)), &word, random_u64() % 2 == 0 ? 4 : 8);
        }
        block_reseal(info);
        if (bootinfo_check(info, size_bytes, NULL) == BOOTINFO_OK) {
            accepted++;
            cr_assert_gt(read_everything(info), 0);
        }
        free(info);
    }
    cr_assert(accepted > 100 && accepted < 19000, "both answers were tried: %u accepted", accepted);
    free(whole);
}

Test(bootinfo_check, survives_every_byte_changed_and_sealed_again)
{
    static const uint8_t odd[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    struct bootinfo *whole = block_make();
    uint32_t accepted = 0, refused = 0;

    for (uint32_t at = 24; at < whole->size_bytes; at++) {
        for (uint32_t i = 0; i < sizeof odd + 8; i++) {
            struct bootinfo *info = block_copy(whole, whole->size_bytes);
            struct bootinfo_fault fault = {NULL, 0};
            uint8_t *byte = (uint8_t *)info + at;
            *byte = i < sizeof odd ? odd[i] : (uint8_t)(*byte ^ 1u << (i - sizeof odd));
            block_reseal(info);
            if (bootinfo_check(info, whole->size_bytes, &fault) == BOOTINFO_OK) {
                accepted++;
                cr_assert_gt(read_everything(info), 0);
            } else {
                refused++;
                cr_assert_not_null(fault.object, "byte %u", at);
            }
            free(info);
        }
    }
    cr_assert(accepted > 1000 && refused > 1000, "%u accepted, %u refused", accepted, refused);
    free(whole);
}
