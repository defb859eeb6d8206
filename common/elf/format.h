/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the ELF format that only common/elf needs, under the names of the gABI, and the
 * one way in which faults are made. Private to this folder; elf.h is the interface.
 */
#ifndef GROMA_ELF_FORMAT_H
#define GROMA_ELF_FORMAT_H

#include "elf/elf.h"

#define ET_EXEC   2u
#define ET_DYN    3u
#define EM_X86_64 62u

#define PT_LOAD      1u
#define PT_DYNAMIC   2u
#define PT_INTERP    3u
#define PT_NOTE      4u
#define PT_PHDR      6u
#define PT_TLS       7u
#define PT_GNU_STACK 0x6474e551u
#define PT_GNU_RELRO 0x6474e552u

#define PF_X 1u
#define PF_W 2u
#define PF_R 4u

#define DYNAMIC_ENTRY_BYTES 16u /* Elf64_Dyn */
#define RELA_BYTES          24u /* Elf64_Rela */

#define DT_NULL     0u
#define DT_NEEDED   1u
#define DT_PLTRELSZ 2u
#define DT_RELA     7u
#define DT_RELASZ   8u
#define DT_RELAENT  9u
#define DT_REL      17u
#define DT_TEXTREL  22u
#define DT_JMPREL   23u
#define DT_FLAGS    30u
#define DT_RELRSZ   35u
#define DT_RELR     36u
#define DT_RELRENT  37u
#define DF_TEXTREL  4u

#define R_X86_64_NONE     0u
#define R_X86_64_RELATIVE 8u

static inline struct elf_fault elf_fault_at(enum elf_status status, uint64_t index, uint64_t value)
{
    return (struct elf_fault){.status = status, .index = index, .value = value};
}

static inline struct elf_fault elf_no_fault(void)
{
    return elf_fault_at(ELF_OK, 0, 0);
}

#endif
