/* SPDX-License-Identifier: MIT */
/* Compares what was captured, and what still is, with what was promised; see entry_check.h. */
#include "arch/x86_64/entry_check.h"

#include "arch/x86_64/cpu.h"
#include "base/address.h"
#include "console.h"
#include "handoff/layout.h"

#define PROMISED_CR0       UINT64_C(0x80010033) /* PG WP NE ET MP PE */
#define PROMISED_CR4       UINT64_C(0x6e0)      /* PAE MCE PGE OSFXSR OSXMMEXCPT */
#define PROMISED_EFER      UINT64_C(0xd00)      /* NXE LMA LME */
#define PROMISED_RFLAGS    UINT64_C(0x2)
#define PROMISED_MXCSR     UINT64_C(0x1f80)
#define PROMISED_FCW       UINT64_C(0x37f)
#define PROMISED_PAT       UINT64_C(0x010000070406) /* 5 = WC, 3..0 = UC UC- WT WB */
#define PROMISED_PAT_MASK  UINT64_C(0xff00ffffffff)

/* LAR: G, D/B, L, AVL; P, DPL, S, type. Bits 19..16 are undefined, AVL is anyone's. */
#define RIGHTS_MASK        UINT64_C(0x00e0ff00)
#define RIGHTS_CODE        UINT64_C(0x00a09b00) /* 64-bit code, ring 0 */
#define RIGHTS_DATA_MASK   UINT64_C(0x0000ff00) /* G and B mean nothing in 64-bit mode */
#define RIGHTS_DATA        UINT64_C(0x00009300) /* writable data, ring 0 */

#define CPUID_7_SMEP       (UINT32_C(1) << 7)  /* EBX */
#define CPUID_7_SMAP       (UINT32_C(1) << 20) /* EBX */
#define CPUID_7_UMIP       (UINT32_C(1) << 2)  /* ECX */

#define PIC_MASTER_MASK    0x21u
#define PIC_SLAVE_MASK     0xa1u

static const char register_names[ENTRY_REGISTER_COUNT][4] = {
    "RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI",
    "R8",  "R9",  "R10", "R11", "R12", "R13", "R14", "R15",
};

struct tally {
    unsigned checks;
    unsigned faults;
};

static void check(struct tally *tally, enum entry_item item, const char *name, uint64_t found,
                  uint64_t promised)
{
    tally->checks++;
    if (found == promised)
        return;
    tally->faults++;
    console_fault("E-ENTRY-%02u entry state: %s is %#lx, promised %#lx - the kernel goes on; "
                  "report this loader\n",
                  (unsigned)item, name, found, promised);
}

static uint64_t promised_cr4(void)
{
    uint64_t cr4 = PROMISED_CR4;
    struct cpu_id features = {0, 0, 0, 0};

    if (cpu_id(0, 0).eax >= 7)
        features = cpu_id(7, 0);
    if ((features.ebx & CPUID_7_SMEP) != 0)
        cr4 |= CR4_SMEP;
    if ((features.ebx & CPUID_7_SMAP) != 0)
        cr4 |= CR4_SMAP;
    if ((features.ecx & CPUID_7_UMIP) != 0)
        cr4 |= CR4_UMIP;
    return cr4;
}

static void check_control(struct tally *tally, const struct kernel *kernel)
{
    const struct entry_state *entry = kernel->entry;

    check(tally, ENTRY_ITEM_CR0, "CR0", entry->cr0, PROMISED_CR0);
    check(tally, ENTRY_ITEM_CR3, "CR3", entry->cr3, kernel->info->page_root_paddr);
    check(tally, ENTRY_ITEM_CR4, "CR4", entry->cr4, promised_cr4());
    check(tally, ENTRY_ITEM_EFER, "EFER (NXE, LMA, LME)", cpu_read_msr(MSR_EFER) & PROMISED_EFER,
          PROMISED_EFER);
    check(tally, ENTRY_ITEM_RFLAGS, "RFLAGS", entry->rflags, PROMISED_RFLAGS);
    check(tally, ENTRY_ITEM_PAT, "PAT (5 and 3-0)", cpu_read_msr(MSR_PAT) & PROMISED_PAT_MASK,
          PROMISED_PAT);
}

static void check_registers(struct tally *tally, const struct kernel *kernel)
{
    for (unsigned i = 0; i < ENTRY_REGISTER_COUNT; i++) {
        if (i == ENTRY_RDI)
            check(tally, ENTRY_ITEM_BOOT_INFO, "RDI", kernel->entry->registers[i],
                  kernel->info->block_vaddr);
        else if (i != ENTRY_RSP)
            check(tally, ENTRY_ITEM_REGISTER, register_names[i], kernel->entry->registers[i], 0);
    }
}

/* 0 where nothing is mapped there, else 1. */
static uint64_t mapped(const struct kernel *kernel, uint64_t address)
{
    struct paging_leaf leaf;

    return paging_find(&kernel->paging, vaddr(address), &leaf) == PAGING_OK;
}

/*
 *   guard | stack.vaddr                          RSP -> 0 | vaddr + size | guard
 *   ------|-----------------------------------------------|--------------|------
 */
static void check_stack(struct tally *tally, const struct kernel *kernel)
{
    const struct bootinfo_stack *stack = &kernel->info->stack;
    uint64_t rsp = kernel->entry->registers[ENTRY_RSP];
    uint64_t offset = rsp - stack->vaddr;

    check(tally, ENTRY_ITEM_STACK_WORD, "[RSP]", kernel->entry->stack_word, 0);
    check(tally, ENTRY_ITEM_STACK_ALIGNMENT, "(RSP + 8) modulo 16", (rsp + 8) % 16, 0);
    check(tally, ENTRY_ITEM_STACK_PLACE, "RSP on the stack of boot info",
          range_is_inside(offset, 8, stack->size_bytes), 1);
    check(tally, ENTRY_ITEM_STACK_SIZE, "stack of 64 KiB",
          stack->size_bytes >= LAYOUT_STACK_BYTES, 1);
    check(tally, ENTRY_ITEM_STACK_GUARD, "mapping of the page below the stack",
          mapped(kernel, stack->vaddr - PAGE_BYTES), 0);
    check(tally, ENTRY_ITEM_STACK_GUARD, "mapping of the page above the stack",
          mapped(kernel, stack->vaddr + stack->size_bytes), 0);
}

static void check_segments(struct tally *tally, const struct entry_state *entry)
{
    check(tally, ENTRY_ITEM_CODE_SEGMENT, "CS access rights", entry->cs_rights & RIGHTS_MASK,
          RIGHTS_CODE);
    check(tally, ENTRY_ITEM_CODE_SEGMENT, "CS privilege", entry->cs & 3, 0);
    check(tally, ENTRY_ITEM_STACK_SEGMENT, "SS access rights",
          entry->ss_rights & RIGHTS_DATA_MASK, RIGHTS_DATA);
    check(tally, ENTRY_ITEM_STACK_SEGMENT, "SS privilege", entry->ss & 3, 0);
    check(tally, ENTRY_ITEM_DATA_SEGMENT, "DS", entry->ds, 0);
    check(tally, ENTRY_ITEM_DATA_SEGMENT, "ES", entry->es, 0);
    check(tally, ENTRY_ITEM_DATA_SEGMENT, "FS", entry->fs, 0);
    check(tally, ENTRY_ITEM_DATA_SEGMENT, "GS", entry->gs, 0);
    check(tally, ENTRY_ITEM_SEGMENT_BASE, "FS base", cpu_read_msr(MSR_FS_BASE), 0);
    check(tally, ENTRY_ITEM_SEGMENT_BASE, "GS base", cpu_read_msr(MSR_GS_BASE), 0);
}

/* These need CR4.OSFXSR set and CR0.EM and TS clear, or they would be exceptions. */
static void check_floating_point(struct tally *tally, const struct entry_state *entry)
{
    bool readable = entry->cr0 == PROMISED_CR0 && (entry->cr4 & PROMISED_CR4) == PROMISED_CR4;

    check(tally, ENTRY_ITEM_MXCSR, "MXCSR", readable ? cpu_read_mxcsr() : UINT64_MAX,
          PROMISED_MXCSR);
    check(tally, ENTRY_ITEM_FCW, "x87 control word", readable ? cpu_read_fcw() : UINT64_MAX,
          PROMISED_FCW);
}

void entry_check(const struct kernel *kernel)
{
    struct tally tally = {0, 0};

    check_control(&tally, kernel);
    check_registers(&tally, kernel);
    check_stack(&tally, kernel);
    check_segments(&tally, kernel->entry);
    check_floating_point(&tally, kernel->entry);
    check(&tally, ENTRY_ITEM_8259, "first 8259's mask", cpu_in8(PIC_MASTER_MASK), 0xff);
    check(&tally, ENTRY_ITEM_8259, "second 8259's mask", cpu_in8(PIC_SLAVE_MASK), 0xff);
    console_fact("groma: entry faults=%u checks=%u\n", tally.faults, tally.checks);
}
