/* SPDX-License-Identifier: MIT */
/* Writes the boot info block of the unit tests to stdout: for the memmap command's tests. */
#include <stdio.h>

#include "unit/test_bootinfo.h"

int main(void)
{
    static uint64_t buffer[BLOCK_CAPACITY / 8];
    struct bootinfo_builder builder;

    if (bootinfo_begin(&builder, buffer, sizeof buffer) != BOOTINFO_OK)
        return 1;
    block_fill(&builder, sizeof(struct memmap_claim));
    if (bootinfo_seal(&builder) != BOOTINFO_OK)
        return 1;
    return fwrite(buffer, 1, builder.used_bytes, stdout) == builder.used_bytes ? 0 : 1;
}
