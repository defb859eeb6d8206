/* SPDX-License-Identifier: MIT */
/* Exceptions on demand; none of these comes back. See plant.h. */
#include "plant.h"
#include "x86/descriptors.h"

/* kernel.lds.S */
extern char kernel_image[];

/* Addresses that the compiler must not reason about. */
static volatile uint8_t *byte_at(uint64_t address)
{
    __asm__ volatile("" : "+r"(address));
    return (volatile uint8_t *)(uintptr_t)address;
}

static void jump_to(uint64_t address)
{
    __asm__ volatile("call *%0" : : "r"(address) : "memory");
}

static uint64_t overrun_stack(uint64_t depth);

/* Through a variable, so that the compiler neither sees nor unrolls the recursion. */
static uint64_t (*volatile go_deeper)(uint64_t depth) = overrun_stack;

/* A frame smaller than the guard page, so that none steps over it. */
static uint64_t overrun_stack(uint64_t depth)
{
    volatile uint64_t ballast[32];

    ballast[depth % 32] = depth;
    return go_deeper(depth + 1) + ballast[depth % 32];
}

void plant_stack(struct kernel *kernel)
{
    (void)kernel;
    go_deeper(0);
}

void plant_fault(struct kernel *kernel)
{
    (void)kernel;
    *byte_at((uint64_t)(uintptr_t)kernel_image) = 0x90;
}

void plant_exec(struct kernel *kernel)
{
    static uint8_t code[1];

    (void)kernel;
    *byte_at((uint64_t)(uintptr_t)code) = 0xc3; /* ret */
    jump_to((uint64_t)(uintptr_t)code);
}

/* The kernel's own text under its direct-map address, which is not executable. */
void plant_execmap(struct kernel *kernel)
{
    struct paging_leaf leaf;

    if (paging_find(&kernel->paging, vaddr((uint64_t)(uintptr_t)kernel_image), &leaf) == PAGING_OK)
        jump_to(kernel->info->direct_map_vaddr + leaf.from.value);
}

void plant_nullread(struct kernel *kernel)
{
    (void)kernel;
    (void)*byte_at(0x18);
}

/* A page fault that cannot be delivered: its gate is not present. */
void plant_double(struct kernel *kernel)
{
    struct x86_table_pointer idt;
    volatile struct x86_gate *gates;

    __asm__ volatile("sidt %0" : "=m"(idt));
    gates = (volatile struct x86_gate *)(uintptr_t)idt.base;
    gates[X86_VECTOR_PAGE_FAULT].type = 0;
    plant_nullread(kernel);
}
