/* SPDX-License-Identifier: MIT */
/* Device paths beside a plain walk: the same node, or none; nothing outside is read. */
#include "devpath/devpath.h"
#include "fuzz.h"

/* Where the node begins, or SIZE_MAX: UEFI 2.10, 10.3, told a second time. */
static size_t walk(const uint8_t *path, size_t size_bytes, uint8_t type, uint8_t subtype)
{
    for (size_t at = 0; at + 4 <= size_bytes;) {
        size_t length = path[at + 2] + 256u * path[at + 3];
        if (length < 4 || at + length > size_bytes)
            return SIZE_MAX;
        if (path[at] == type && path[at + 1] == subtype)
            return at;
        if (path[at] == 0x7f && path[at + 1] == 0xff)
            return SIZE_MAX;
        at += length;
    }
    return SIZE_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    struct input_bytes input = {bytes, size_bytes};
    uint8_t type = (uint8_t)take(&input, 1), subtype = (uint8_t)take(&input, 1);
    uint8_t *path = copy_of(input.at, input.left), guid[16];
    const uint8_t *node = NULL;
    size_t node_bytes = 0x5a, at = walk(path, input.left, type, subtype);

    CHECK(devpath_find(path, input.left, type, subtype, &node, &node_bytes) == (at != SIZE_MAX));
    if (at != SIZE_MAX) {
        CHECK(node == path + at && node_bytes == path[at + 2] + 256u * path[at + 3]);
    } else {
        CHECK(node == NULL && node_bytes == 0x5a);
    }
    memset(guid, 0x5a, sizeof guid);
    at = walk(path, input.left, 4, 1);
    if (devpath_partition_guid(path, input.left, guid)) {
        CHECK(at != SIZE_MAX && path[at + 2] + 256u * path[at + 3] >= 42 && path[at + 41] == 2);
        CHECK(memcmp(guid, path + at + 24, 16) == 0);
    } else {
        CHECK(at == SIZE_MAX || path[at + 2] + 256u * path[at + 3] < 42 || path[at + 41] != 2);
        CHECK(guid[0] == 0x5a && guid[15] == 0x5a);
    }
    free(path);
    return 0;
}
