/* SPDX-License-Identifier: MIT */
/*
 * Finding nodes in a UEFI device path. UEFI 2.10, 10.3: each node is type u8, subtype u8,
 * length u16 (header included), data; type 0x7f subtype 0x01 ends an instance, 0xff the path.
 */
#ifndef GROMA_DEVPATH_DEVPATH_H
#define GROMA_DEVPATH_DEVPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checked.h"
#include "base/language.h"

C_DECLARATIONS_BEGIN

#define DEVPATH_MEDIA          4u
#define DEVPATH_MEDIA_HARD_DRIVE 1u
#define DEVPATH_MESSAGING      3u
#define DEVPATH_MESSAGING_UART 14u

/*
 * The first node of this type and subtype in any instance of the path within `size_bytes`
 * bytes. False where there is none, or where a length below 4 or beyond the end comes first.
 */
MUST_USE bool devpath_find(const uint8_t *path, size_t size_bytes, uint8_t type, uint8_t subtype,
                           const uint8_t **ret_node, size_t *ret_node_bytes);

/*
 * The GPT partition GUID of the path's first hard drive node (UEFI 2.10, table 10.52: 42 bytes, signature at
 * 24, signature type at 41 must be 2). False where the path has none.
 */
MUST_USE bool devpath_partition_guid(const uint8_t *path, size_t size_bytes, uint8_t ret_guid[16]);

C_DECLARATIONS_END

#endif
