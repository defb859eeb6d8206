/* SPDX-License-Identifier: MIT */
/*
 * Pages, frames and addresses of x86-64 memory.
 *
 * Byte addresses are uint64_t. Where a physical and a virtual address could be
 * confused (page tables, the hand-off), the one-field types paddr_t and vaddr_t
 * make the compiler tell them apart. A page frame number (pfn) is a byte
 * address / 4096; ranges of pfns can end at 2^52, that is at byte 2^64, which no
 * byte address can say.
 */
#ifndef GROMA_BASE_ADDRESS_H
#define GROMA_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

#define PAGE_BYTES       UINT64_C(4096)
#define LARGE_PAGE_BYTES UINT64_C(0x200000)   /* 2 MiB */
#define GIANT_PAGE_BYTES UINT64_C(0x40000000) /* 1 GiB */
#define KIB              UINT64_C(1024)
#define MIB              (KIB * 1024)
#define GIB              (MIB * 1024)

/* One past the last page frame number of a 64-bit address space. */
#define PFN_END (UINT64_C(1) << 52)

typedef struct {
    uint64_t value;
} paddr_t;

typedef struct {
    uint64_t value;
} vaddr_t;

/*@ assigns \nothing; ensures \result.value == value; */
static inline paddr_t paddr(uint64_t value)
{
    paddr_t address = {value};

    return address;
}

/*@ assigns \nothing; ensures \result.value == value; */
static inline vaddr_t vaddr(uint64_t value)
{
    vaddr_t address = {value};

    return address;
}

/* The page that holds this byte. */
/*@ assigns \nothing;
    ensures \result < PFN_END;
    ensures \result * 4096 <= byte_address < (\result + 1) * 4096; */
static inline uint64_t pfn_of_byte(uint64_t byte_address)
{
    return byte_address / PAGE_BYTES;
}

/* First byte of a page; pfn < PFN_END. */
/*@ requires pfn < PFN_END;
    assigns \nothing;
    ensures \result == pfn * 4096; */
static inline uint64_t byte_of_pfn(uint64_t pfn)
{
    return pfn * PAGE_BYTES;
}

/* The number of pages that hold `size_bytes` bytes that begin on a page bound. */
/*@ assigns \nothing;
    ensures \result <= PFN_END;
    ensures (\result - 1) * 4096 < size_bytes <= \result * 4096; */
static inline uint64_t pages_for_bytes(uint64_t size_bytes)
{
    return size_bytes / PAGE_BYTES + (size_bytes % PAGE_BYTES != 0);
}

/*@ assigns \nothing;
    ensures \result <==> byte_address % 4096 == 0; */
static inline bool is_page_aligned(uint64_t byte_address)
{
    return byte_address % PAGE_BYTES == 0;
}

/* Down to a multiple of `unit` (not 0). */
/*@ requires unit > 0;
    assigns \nothing;
    ensures \result <= value < \result + unit && \result % unit == 0; */
static inline uint64_t round_down_u64(uint64_t value, uint64_t unit)
{
    return value - value % unit;
}

/*
 * Canonical address for 4-level (virtual_bits 48) or 5-level (57) paging:
 * bits 63..virtual_bits-1 are all equal. Intel SDM vol. 1, 3.3.7.1.
 */
/*@ requires virtual_bits == 48 || virtual_bits == 57;
    assigns \nothing;
    ensures virtual_bits == 48 ==>
        (\result <==> (address < 0x800000000000 || address >= 0xffff800000000000));
    ensures virtual_bits == 57 ==>
        (\result <==> (address < 0x100000000000000 || address >= 0xff00000000000000)); */
static inline bool address_is_canonical(uint64_t address, unsigned virtual_bits)
{
    uint64_t half = UINT64_C(1) << (virtual_bits - 1);

    return address < half || address >= UINT64_C(0) - half;
}

C_DECLARATIONS_END

#endif
