/* SPDX-License-Identifier: MIT */
/*
 * Where the loader puts things in the virtual address space of a kernel it starts.
 *
 *   0xffffffff80000000  kernel image, per-segment rights
 *   0xffffff4000000000  framebuffer, write-combining
 *   0xffffff0000000000  hand-off block, stack, boot info, each between unmapped guards
 *   0xffff800000000000  direct map of physical memory, NX, write-back
 *   0x0000000000000000  nothing: the whole low half is unmapped at the kernel's entry
 *
 * Bases may move: a kernel reads them from boot info.
 */
#ifndef GROMA_HANDOFF_LAYOUT_H
#define GROMA_HANDOFF_LAYOUT_H

#include "base/address.h"

#define LAYOUT_DIRECT_MAP       UINT64_C(0xffff800000000000)
#define LAYOUT_DIRECT_MAP_BYTES (UINT64_C(127) << 40) /* 127 TiB */
#define LAYOUT_HANDOFF          UINT64_C(0xffffff0000000000)
#define LAYOUT_STACK            UINT64_C(0xffffff1000000000)
#define LAYOUT_BOOT_INFO        UINT64_C(0xffffff2000000000)
#define LAYOUT_FRAMEBUFFER      UINT64_C(0xffffff4000000000)
#define LAYOUT_KERNEL           UINT64_C(0xffffffff80000000)
#define LAYOUT_KERNEL_END       UINT64_C(0xffffffffc0000000)

#define LAYOUT_STACK_BYTES (64 * KIB)

#endif
