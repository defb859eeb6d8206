/* SPDX-License-Identifier: MIT */
/* Names of types; see names.h. */
#include "names.h"

#include <inttypes.h>

#include "scan.h"

struct name {
    const char *plain; /* letters and digits, lower case */
    uint32_t type;
};

static const struct name uefi_names[] = {
    {"reserved", 0},
    {"loadercode", 1}, {"ldrcode", 1}, {"loaderdata", 2}, {"ldrdata", 2},
    {"bootcode", 3}, {"bscode", 3}, {"bootservicescode", 3},
    {"bootdata", 4}, {"bsdata", 4}, {"bootservicesdata", 4},
    {"runtimecode", 5}, {"rtcode", 5}, {"runtimeservicescode", 5},
    {"runtimedata", 6}, {"rtdata", 6}, {"runtimeservicesdata", 6},
    {"conventional", 7}, {"conventionalmemory", 7}, {"available", 7}, {"convmem", 7},
    {"unusable", 8}, {"unusablememory", 8},
    {"acpireclaim", 9}, {"acpireclaimmemory", 9}, {"acpirecl", 9}, {"acpirec", 9},
    {"acpinvs", 10}, {"acpimemnvs", 10}, {"acpimemorynvs", 10},
    {"mmio", 11}, {"memorymappedio", 11}, {"memmapio", 11},
    {"mmioport", 12}, {"mmioportspace", 12}, {"memorymappedioportspace", 12}, {"ioports", 12},
    {"mmioports", 12},
    {"palcode", 13}, {"pal", 13},
    {"persistent", 14}, {"persistentmemory", 14}, {"persist", 14},
    {"unaccepted", 15}, {"unacceptedmemory", 15},
    {NULL, 0},
};

static const struct name e820_names[] = {
    {"usable", 1}, {"systemram", 1}, {"ram", 1}, {"availableram", 1}, {"memory", 1},
    {"reserved", 2}, {"devicereserved", 2}, {"reservedram", 2},
    {"acpidata", 3}, {"acpi", 3}, {"acpitables", 3}, {"acpireclaimableram", 3},
    {"acpinvs", 4}, {"acpinonvolatilestorage", 4}, {"acpinonvolatilestorageram", 4}, {"nvs", 4},
    {"unusable", 5}, {"unusablememory", 5}, {"faultyrambadram", 5},
    {"vendorreserved", 6},
    {"persistentmemory", 7}, {"persistentram", 7},
    {"persistentmemorylegacy", 12}, {"persistentramlegacy", 12},
    {"softreserved", 0xefffffff},
    {"configurationtables", 16}, {"ramholdingcoreboottables", 16},
    {"ramholdingfirmwarecode", 20},
    {"ramstage", 2}, {"payload", 2}, {"bl31", 2}, {"opensbi", 2}, /* coreboot's own, in use */
    {NULL, 0},
};

static const struct name limine_names[] = {
    {"usable", 0}, {"usableram", 0},
    {"reserved", 1},
    {"acpireclaimable", 2},
    {"acpinvs", 3},
    {"badmemory", 4}, {"bad", 4},
    {"bootloaderreclaimable", 5}, {"loaderreclaimable", 5},
    {"kernelandmodules", 6}, {"executableandmodules", 6}, {"kernelmodules", 6},
    {"framebuffer", 7}, {"framebuffermemory", 7},
    {"reservedmapped", 8}, {"acpitables", 8},
    {NULL, 0},
};

static bool look_up(const struct name *names, struct span name, uint32_t *ret_type)
{
    for (; names->plain != NULL; names++) {
        if (span_is_name(name, names->plain)) {
            *ret_type = names->type;
            return true;
        }
    }
    return false;
}

static bool number_as_type(uint64_t value, uint32_t *ret_type)
{
    if (value > UINT32_MAX)
        return false;
    *ret_type = (uint32_t)value;
    return true;
}

bool uefi_type_of(struct span name, uint32_t *ret_type)
{
    struct fields fields;
    uint64_t value;

    if (look_up(uefi_names, name, ret_type))
        return true;
    if (scan(name, "type=%u", &fields))
        return number_as_type(fields.numbers[0], ret_type);
    return name.length == 8 && scan_hex(name, &value) && number_as_type(value, ret_type);
}

bool e820_type_of(struct span name, uint32_t *ret_type)
{
    struct fields fields;

    if (look_up(e820_names, name, ret_type))
        return true;
    if (scan(name, "type %u", &fields) || scan(name, "persistent (type %u)", &fields))
        return number_as_type(fields.numbers[0], ret_type);
    if (scan(name, "type = %x", &fields) || scan(name, "type 0x%x", &fields))
        return number_as_type(fields.numbers[0], ret_type);
    return false;
}

bool limine_type_of(struct span name, uint32_t *ret_type)
{
    return look_up(limine_names, name, ret_type);
}

bool kind_of(struct span name, enum memmap_kind *ret_kind)
{
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        if (span_is(name, memmap_kind_name((enum memmap_kind)kind))) {
            *ret_kind = (enum memmap_kind)kind;
            return true;
        }
    }
    return false;
}

static bool is_separator(char byte)
{
    return byte == '|' || byte == ' ' || byte == ',';
}

bool attributes_of(struct span text, uint64_t *ret_attributes)
{
    struct fields fields;
    uint64_t attributes = 0;

    if (scan(text, " attr=%x", &fields)) {
        *ret_attributes = fields.numbers[0];
        return true;
    }
    while (text.length > 0) {
        struct span word = {text.at, 0};
        uint64_t bit;
        while (word.length < text.length && !is_separator(word.at[word.length]))
            word.length++;
        bit = attribute_bit(word);
        if (word.length > 0 && bit == 0)
            return false;
        attributes |= bit;
        text = span_after(text, word.length + 1);
    }
    *ret_attributes = attributes;
    return true;
}

const char *e820_type_words(uint32_t type)
{
    switch (type) {
    case 1:
        return "usable";
    case 2:
        return "reserved";
    case 3:
        return "ACPI data";
    case 4:
        return "ACPI NVS";
    case 5:
        return "unusable";
    case 7:
    case 12:
        return grab_text("persistent (type %" PRIu32 ")", type);
    case UINT32_C(0xefffffff):
        return "soft reserved";
    default:
        return grab_text("type %" PRIu32, type);
    }
}
