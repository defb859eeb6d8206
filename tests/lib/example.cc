// SPDX-License-Identifier: MIT
// The engine from C++17: linkage, constants, inline functions and [[nodiscard]] as C++ has them.
#include <cstdint>
#include <cstdio>
#include <groma/memmap/normalize.h>
#include <groma/memmap/allocate.h>
#include <groma/memmap/compare.h>
#include <groma/memmap/explain.h>
#include <groma/memmap/reclaim.h>
#include <groma/memmap/source_fdt.h>

namespace {
struct limine_entry { std::uint64_t base, length, type; };

constexpr limine_entry firmware[] = {{0x100000, 0x700000, 0}, {0x800000, 0x1000, 1}};
memmap_region regions[32];
std::uint64_t scratch[1024];
}

int main()
{
    memmap map = {regions, 0, 32};
    memmap_input input = {};
    memmap_report report;
    std::uint64_t pfn = 0;
    memmap_want want = {};

    input.physical_bits = 40;
    if (memmap_source_limine(&input.source, firmware, sizeof firmware, sizeof firmware[0]) != MEMMAP_OK ||
        memmap_normalize(&input, scratch, sizeof scratch, &map, &report) != MEMMAP_OK)
        return 1;
    want.page_count = 16;
    want.align_pages = 512;
    want.kinds = memmap_kind_bit(MEMMAP_USABLE);
    if (memmap_allocate(&map, &want, MEMMAP_KERNEL, 0, &pfn) != MEMMAP_OK)
        return 1;
    std::printf("pfn %#llx of %llu pages, %zu regions, balances %d\n", static_cast<unsigned long long>(pfn),
                static_cast<unsigned long long>(memmap_region_page_count(&regions[0])), map.count,
                static_cast<int>(memmap_report_balances(&report)));
    return 0;
}
