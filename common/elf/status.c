/* SPDX-License-Identifier: MIT */
/*
 * The sentences for people; see elf.h. They lie in one struct and are found by offsets: a table of
 * pointers would cost the loader a relocation each.
 */
#include "elf/elf.h"

/* Each status once, with its sentence. */
#define SENTENCES(X) \
    X(ELF_OK, "no fault") \
    X(ELF_EMPTY_FILE, "the file is empty") \
    X(ELF_GZIP, "this is a gzip file, not an ELF file; unpack it first") \
    X(ELF_PE, "this is a PE image (MZ), not an ELF file") \
    X(ELF_SCRIPT, "this is a script (#!), not an ELF file") \
    X(ELF_PLAIN_TEXT, "this is plain text, not an ELF file") \
    X(ELF_BAD_MAGIC, "this is not an ELF file") \
    X(ELF_HEADER_TRUNCATED, "the file ends inside the ELF header") \
    X(ELF_BAD_CLASS, "the ELF file is not 64-bit") \
    X(ELF_BAD_BYTE_ORDER, "the ELF file is not little endian") \
    X(ELF_BAD_IDENT_VERSION, "the identification's version (EI_VERSION) is not 1") \
    X(ELF_BAD_OSABI, "the file is made for another system's ABI (EI_OSABI)") \
    X(ELF_BAD_ABI_VERSION, "the ABI version (EI_ABIVERSION) is not 0") \
    X(ELF_BAD_TYPE, "the ELF file is not an executable (e_type is not EXEC or DYN)") \
    X(ELF_BAD_MACHINE, "the ELF file is not for x86-64") \
    X(ELF_BAD_VERSION, "the ELF version (e_version) is not 1") \
    X(ELF_BAD_HEADER_SIZE, "the ELF header's size (e_ehsize) is not 64") \
    X(ELF_BAD_PROGRAM_HEADER_SIZE, "the program headers' size (e_phentsize) is not 56") \
    X(ELF_NO_PROGRAM_HEADERS, "there are no program headers") \
    X(ELF_TOO_MANY_PROGRAM_HEADERS, "there are more than 128 program headers") \
    X(ELF_TABLE_INSIDE_HEADER, "the program headers lie inside the ELF header") \
    X(ELF_TABLE_MISALIGNED, "the program headers' offset is not a multiple of 8") \
    X(ELF_TABLE_OUTSIDE_FILE, "the program headers lie beyond the end of the file") \
    X(ELF_TABLE_TOO_FAR, "the program headers lie beyond the first 16 KiB") \
    X(ELF_INTERPRETER, \
      "the program needs an interpreter (PT_INTERP): it is made for an operating system") \
    X(ELF_THREAD_LOCAL, "the program has thread-local storage (PT_TLS)") \
    X(ELF_EXECUTABLE_STACK, "the program asks for an executable stack; link with -z noexecstack") \
    X(ELF_DYNAMIC_IN_EXEC, \
      "a program of fixed address has a dynamic section; link a PIE at address 0, or without -pie") \
    X(ELF_SECOND_DYNAMIC, "there is a second dynamic section (PT_DYNAMIC)") \
    X(ELF_BAD_DYNAMIC, \
      "the dynamic section (PT_DYNAMIC) is empty, misaligned or outside the file bytes of every segment") \
    X(ELF_BAD_PHDR, "PT_PHDR does not describe the program header table, or comes twice") \
    X(ELF_NOTE_OUTSIDE_FILE, "a note (PT_NOTE) lies beyond the end of the file") \
    X(ELF_SECOND_RELRO, "there is a second range to protect after relocation (PT_GNU_RELRO)") \
    X(ELF_BAD_RELRO, \
      "the range to protect after relocation (PT_GNU_RELRO) does not begin with a writable segment, or leaves its pages") \
    X(ELF_FILE_EXCEEDS_MEMORY, "a segment has more bytes in the file than in memory") \
    X(ELF_SEGMENT_OUTSIDE_FILE, "a segment lies beyond the end of the file") \
    X(ELF_IMAGE_TOO_LARGE, "the segments need more memory than is allowed") \
    X(ELF_SEGMENT_WRAPS, "a segment passes the end of the address space") \
    X(ELF_BAD_ALIGNMENT, "a segment's alignment is not a power of two up to 2 MiB") \
    X(ELF_OFFSET_MISMATCH, \
      "a segment's address and file offset differ modulo its alignment or the page size") \
    X(ELF_NOT_READABLE, "a segment is not readable") \
    X(ELF_WRITABLE_AND_EXECUTABLE, \
      "a segment is writable and executable; put data on pages of its own, without -N") \
    X(ELF_TOO_MANY_SEGMENTS, "there are more than 64 segments") \
    X(ELF_UNSORTED, "the segments are not in ascending order") \
    X(ELF_OVERLAP, "two segments overlap") \
    X(ELF_SHARED_PAGE, \
      "two segments share a page; link with -z separate-code or align them to 4096") \
    X(ELF_FILE_OVERLAP, "two segments share bytes of the file") \
    X(ELF_NOT_CANONICAL, "a segment's address is not canonical") \
    X(ELF_OUTSIDE_WINDOW, \
      "a segment lies outside 0xffffffff80000000-0xffffffffc0000000; link it there, or as PIE") \
    X(ELF_NO_SEGMENT, "there is no segment to load") \
    X(ELF_NOTHING_EXECUTABLE, "no segment is executable") \
    X(ELF_ENTRY_OUTSIDE, "the entry point lies outside every segment") \
    X(ELF_ENTRY_NOT_EXECUTABLE, "the entry point lies in a segment that is not executable") \
    X(ELF_ENTRY_NOT_IN_FILE, "the entry point lies in the zeroed part of a segment") \
    X(ELF_DYNAMIC_WITHOUT_END, "the dynamic section has no end (DT_NULL)") \
    X(ELF_NEEDS_LIBRARY, "the program needs a shared library (DT_NEEDED)") \
    X(ELF_TEXT_RELOCATIONS, \
      "the program has relocations in read-only segments (DT_TEXTREL); compile it as position independent code") \
    X(ELF_REL_RELOCATIONS, "the program has relocations without addends (DT_REL)") \
    X(ELF_RELR_RELOCATIONS, \
      "the program has packed relocations (DT_RELR); link with -z nopack-relative-relocs") \
    X(ELF_PLT_RELOCATIONS, "the program has procedure linkage relocations (DT_JMPREL)") \
    X(ELF_DYNAMIC_REPEATED, "an entry of the dynamic section comes twice") \
    X(ELF_RELA_INCOMPLETE, "of DT_RELA, DT_RELASZ and DT_RELAENT some are missing") \
    X(ELF_RELA_BAD_SIZE, \
      "the relocation table's size is no multiple of 24, or DT_RELAENT is not 24") \
    X(ELF_RELA_OUTSIDE, "the relocation table lies outside the file bytes of every segment") \
    X(ELF_RELOCATION_TYPE, "a relocation is not R_X86_64_RELATIVE") \
    X(ELF_RELOCATION_SYMBOL, "a relocation refers to a symbol") \
    X(ELF_RELOCATION_TARGET, "a relocation's target lies outside every writable segment") \
    X(ELF_RELOCATION_OVERWRITES, \
      "a relocation's target lies in the relocation table or the dynamic section") \
    X(ELF_RELOCATION_ADDEND, "a relocation's result lies outside the image")

#define AS_MEMBER(status, sentence) char of_##status[sizeof(sentence)];
#define AS_VALUE(status, sentence)  .of_##status = sentence,
#define AS_OFFSET(status, sentence) [status] = 1 + offsetof(struct sentences, of_##status),

struct sentences {
    SENTENCES(AS_MEMBER)
};

static const struct sentences sentences = {SENTENCES(AS_VALUE)};

/* 1 + the offset of a status's sentence; 0 where the number is not in use. */
static const uint16_t offsets[] = {SENTENCES(AS_OFFSET)};

const char *elf_status_text(enum elf_status status)
{
    size_t number = (size_t)status;

    if (number >= sizeof offsets / sizeof offsets[0] || offsets[number] == 0)
        return "unknown fault";
    return (const char *)&sentences + offsets[number] - 1;
}

const char *elf_status_index_name(enum elf_status status)
{
    if (status >= ELF_INTERPRETER && status < ELF_NO_SEGMENT)
        return "program header";
    if (status == ELF_ENTRY_NOT_EXECUTABLE || status == ELF_ENTRY_NOT_IN_FILE)
        return "program header";
    if (status == ELF_DYNAMIC_WITHOUT_END || status == ELF_RELA_INCOMPLETE)
        return NULL;
    if (status >= ELF_NEEDS_LIBRARY && status <= ELF_RELA_OUTSIDE)
        return "dynamic entry";
    if (status >= ELF_RELOCATION_TYPE && status <= ELF_RELOCATION_ADDEND)
        return "relocation";
    return NULL;
}
