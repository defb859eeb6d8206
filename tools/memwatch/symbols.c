/* SPDX-License-Identifier: MIT */
/* See symbols.h. */
#include "symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

struct symbol {
    uint64_t address;
    uint64_t size_bytes;
    const char *name;
    const char *section;
};

struct symbols {
    struct symbol *items;
    size_t count, room;
    uint64_t base;
};

/* The file, and its section table. */
struct elf {
    const char *path;
    const uint8_t *bytes;
    uint64_t size_bytes;
    Elf64_Ehdr header;
};

static Elf64_Shdr section(const struct elf *elf, unsigned index)
{
    Elf64_Shdr header = {0};

    if (index < elf->header.e_shnum)
        memcpy(&header, elf->bytes + elf->header.e_shoff + index * sizeof header, sizeof header);
    return header;
}

/* A string of a string table, ended by NUL within it; "" where it is not. */
static const char *string_at(const struct elf *elf, const Elf64_Shdr *table, uint64_t offset)
{
    if (table->sh_type != SHT_STRTAB || !range_is_inside(table->sh_offset, table->sh_size, elf->size_bytes) ||
        offset >= table->sh_size ||
        memchr(elf->bytes + table->sh_offset + offset, 0, table->sh_size - offset) == NULL)
        return "";
    return (const char *)elf->bytes + table->sh_offset + offset;
}

static void check_header(struct elf *elf)
{
    if (elf->size_bytes < sizeof elf->header)
        cannot("%s: no ELF file", elf->path);
    memcpy(&elf->header, elf->bytes, sizeof elf->header);
    if (memcmp(elf->header.e_ident, ELFMAG, SELFMAG) != 0 || elf->header.e_ident[EI_CLASS] != ELFCLASS64)
        cannot("%s: no ELF file of 64 bits", elf->path);
    if (elf->header.e_shentsize != sizeof(Elf64_Shdr) ||
        !range_is_inside(elf->header.e_shoff, elf->header.e_shnum * sizeof(Elf64_Shdr), elf->size_bytes))
        cannot("%s: no section table", elf->path);
    if (elf->header.e_phentsize != sizeof(Elf64_Phdr) ||
        !range_is_inside(elf->header.e_phoff, elf->header.e_phnum * sizeof(Elf64_Phdr), elf->size_bytes))
        cannot("%s: no segment table", elf->path);
}

static uint64_t lowest_address(const struct elf *elf)
{
    uint64_t lowest = UINT64_MAX;

    for (unsigned i = 0; i < elf->header.e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, elf->bytes + elf->header.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_LOAD && segment.p_vaddr < lowest)
            lowest = segment.p_vaddr;
    }
    return lowest == UINT64_MAX ? 0 : lowest & ~UINT64_C(4095);
}

static void add_symbols(struct symbols *symbols, const struct elf *elf, const Elf64_Shdr *table)
{
    Elf64_Shdr strings = section(elf, table->sh_link), names = section(elf, elf->header.e_shstrndx);

    if (!range_is_inside(table->sh_offset, table->sh_size, elf->size_bytes))
        cannot("%s: the symbol table leaves the file", elf->path);
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= table->sh_size; at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        Elf64_Shdr place;
        memcpy(&symbol, elf->bytes + table->sh_offset + at, sizeof symbol);
        place = section(elf, symbol.st_shndx);
        if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE || (place.sh_flags & SHF_ALLOC) == 0 ||
            ELF64_ST_TYPE(symbol.st_info) > STT_FUNC)
            continue;
        symbols->items = grow(symbols->items, symbols->count, &symbols->room, sizeof *symbols->items);
        symbols->items[symbols->count++] = (struct symbol){
            symbol.st_value, symbol.st_size, string_at(elf, &strings, symbol.st_name), string_at(elf, &names, place.sh_name)};
    }
}

/* By address; of aliases the longest last, so that it is the one that is found. */
static int compare_symbols(const void *left, const void *right)
{
    const struct symbol *a = left, *b = right;

    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return a->size_bytes == b->size_bytes ? strcmp(b->name, a->name) : a->size_bytes < b->size_bytes ? -1 : 1;
}

struct symbols *symbols_open(const char *path)
{
    struct symbols *symbols = grab(1, sizeof *symbols);
    struct elf elf = {.path = path};

    elf.bytes = map_file(path, &elf.size_bytes);
    check_header(&elf);
    symbols->base = lowest_address(&elf);
    for (unsigned i = 0; i < elf.header.e_shnum; i++) {
        Elf64_Shdr table = section(&elf, i);
        if (table.sh_type == SHT_SYMTAB)
            add_symbols(symbols, &elf, &table);
    }
    if (symbols->count == 0)
        cannot("%s: no symbols in it", path);
    qsort(symbols->items, symbols->count, sizeof *symbols->items, compare_symbols);
    return symbols;
}

uint64_t symbols_base(const struct symbols *symbols)
{
    return symbols->base;
}

bool symbols_describe(const struct symbols *symbols, uint64_t address, struct text *text)
{
    size_t low = 0, high = symbols->count;
    const struct symbol *symbol;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols->items[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    symbol = &symbols->items[low - 1];
    text_format(text, "%s `%s`", symbol->section, symbol->name);
    if (address != symbol->address)
        text_format(text, "+0x%lx", address - symbol->address);
    return true;
}
