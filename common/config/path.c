/* SPDX-License-Identifier: MIT */
/*
 * Paths on the boot volume: which ones may be opened, their normalised form, and
 * UCS-2 for the firmware. See config.h and values.h.
 */
#include "base/mem.h"
#include "config/utf8.h"
#include "config/values.h"

static bool is_separator(char byte)
{
    return byte == '/' || byte == '\\';
}

/* The path has no byte that a name cannot have. */
static enum config_status check_bytes(struct span path)
{
    for (size_t i = 0; i < path.size; i++) {
        if (path.bytes[i] == ':')
            return CONFIG_PATH_DEVICE;
        if (path.bytes[i] == '\t')
            return CONFIG_CONTROL_BYTE;
    }
    return CONFIG_OK;
}

/*
 * A component must be a name, and the one that is compared: EDK2's FAT driver opens
 * " name" and "name. ." as "name" (FatPkg, FatFileNameIsValid), so that what it would
 * trim is refused. That covers "." and ".." and every disguise of them.
 */
static bool component_is_plain(const char *bytes, size_t size)
{
    return size > 0 && bytes[0] != ' ' && bytes[size - 1] != ' ' && bytes[size - 1] != '.';
}

enum config_status config_path_check(struct span path)
{
    if (path.size == 0 || !is_separator(path.bytes[0]))
        return CONFIG_PATH_NOT_ABSOLUTE;
    if (path.size > CONFIG_MAX_PATH_BYTES)
        return CONFIG_VALUE_TOO_LONG;
    enum config_status status = check_bytes(path);
    size_t begin = 1; /* of the component */
    for (size_t i = 1; i <= path.size && status == CONFIG_OK; i++) {
        if (i < path.size && !is_separator(path.bytes[i]))
            continue;
        if (!component_is_plain(path.bytes + begin, i - begin))
            status = CONFIG_PATH_COMPONENT;
        begin = i + 1;
    }
    return status;
}

void config_path_store(char to[CONFIG_MAX_PATH_BYTES + 1], struct span path)
{
    for (size_t i = 0; i < path.size; i++)
        to[i] = path.bytes[i] == '/' ? '\\' : path.bytes[i];
    memset(to + path.size, 0, CONFIG_MAX_PATH_BYTES + 1 - path.size);
}

/* How many units the code point takes; they are stored where `to` is not NULL. */
static size_t put_point(uint16_t *to, uint32_t point)
{
    size_t units = point > 0xffff ? 2 : 1;

    if (to == NULL)
        return units;
    if (units == 2) {
        to[0] = (uint16_t)(0xd800u + ((point - 0x10000u) >> 10));
        to[1] = (uint16_t)(0xdc00u + (point & 0x3ffu));
    } else {
        to[0] = point == '/' ? (uint16_t)'\\' : (uint16_t)point;
    }
    return units;
}

/* Converts, or with `to` NULL only counts. */
static enum config_status convert(const char *path, size_t size, uint16_t *to, size_t *ret_units)
{
    size_t units = 0;

    for (size_t i = 0; i < size;) {
        uint32_t point;
        size_t count = config_utf8_decode(path + i, size - i, &point);
        if (count == 0)
            return CONFIG_BAD_UTF8;
        units += put_point(to == NULL ? NULL : to + units, point);
        i += count;
    }
    *ret_units = units;
    return CONFIG_OK;
}

enum config_status config_path_to_ucs2(const char *path, uint16_t *buffer, size_t capacity_units,
                                       size_t *ret_length_units)
{
    size_t size = 0;
    size_t units;

    while (path[size] != '\0')
        size++;
    enum config_status status = convert(path, size, NULL, &units);
    if (status != CONFIG_OK)
        return status;
    if (units >= capacity_units)
        return CONFIG_NO_ROOM;
    status = convert(path, size, buffer, ret_length_units);
    buffer[units] = 0;
    return status;
}
