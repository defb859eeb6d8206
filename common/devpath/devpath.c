/* SPDX-License-Identifier: MIT */
/* Walking device paths; see devpath.h. */
#include "devpath/devpath.h"

#include "base/bytes.h"
#include "base/mem.h"

#define NODE_HEADER_BYTES 4u
#define TYPE_END          0x7fu
#define SUBTYPE_END_ALL   0xffu

bool devpath_find(const uint8_t *path, size_t size_bytes, uint8_t type, uint8_t subtype,
                  const uint8_t **ret_node, size_t *ret_node_bytes)
{
    size_t at = 0;

    while (size_bytes - at >= NODE_HEADER_BYTES) {
        const uint8_t *node = path + at;
        size_t length = load_le16(node + 2);
        if (length < NODE_HEADER_BYTES || length > size_bytes - at)
            return false;
        if (node[0] == type && node[1] == subtype) {
            *ret_node = node;
            *ret_node_bytes = length;
            return true;
        }
        if (node[0] == TYPE_END && node[1] == SUBTYPE_END_ALL)
            return false;
        at += length;
    }
    return false;
}

bool devpath_partition_guid(const uint8_t *path, size_t size_bytes, uint8_t ret_guid[16])
{
    const uint8_t *node;
    size_t node_bytes;

    if (!devpath_find(path, size_bytes, DEVPATH_MEDIA, DEVPATH_MEDIA_HARD_DRIVE, &node,
                      &node_bytes))
        return false;
    if (node_bytes < 42 || node[41] != 2)
        return false;
    memcpy(ret_guid, node + 24, 16);
    return true;
}
