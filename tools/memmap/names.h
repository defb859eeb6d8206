/* SPDX-License-Identifier: MIT */
/* Words that programs use for types of memory, and the numbers that formats have for them. */
#ifndef MEMMAP_NAMES_H
#define MEMMAP_NAMES_H

#include "memmap/memmap.h"
#include "tool.h"

/*
 * Each says false where the word is unknown. Letters and digits count, case does not: "BS_Code"
 * is "BS-code". UEFI: every spelling of Linux, the EFI shell, GRUB and the specification; "type=20"
 * and a number of 8 hex digits too. E820: Linux, Xen, GRUB, coreboot, sysfs; "type 9" too.
 */
bool uefi_type_of(struct span name, uint32_t *ret_type);
bool e820_type_of(struct span name, uint32_t *ret_type);
bool limine_type_of(struct span name, uint32_t *ret_type);
bool kind_of(struct span name, enum memmap_kind *ret_kind);

/* "WB|WT|  |RUN", "RT UC WB", or "attr=0xf"; false where a word is unknown. */
bool attributes_of(struct span text, uint64_t *ret_attributes);

/* What Linux prints for an E820 type ("usable", "type 9"). */
const char *e820_type_words(uint32_t type);

#endif
