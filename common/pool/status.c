/* SPDX-License-Identifier: MIT */
/* The names of the statuses; see pool.h. One text, so that the loader needs no relocations. */
#include "pool/pool.h"

static const char names[] = "ok\0bad-config\0bad-arena\0arena-too-small\0no-room\0fragmented\0no-slot\0"
                            "no-region\0no-pages\0map-full\0bad-handle\0stale\0bad-range\0bad-access\0"
                            "sealed\0pinned\0not-pinned\0too-many-pins\0in-use\0worn-out\0corrupt";

const char *pool_status_name(enum pool_status status)
{
    const char *name = names;

    if ((unsigned)status >= POOL_STATUS_COUNT)
        return "unknown";
    for (unsigned left = (unsigned)status; left > 0; left--) {
        while (*name != '\0')
            name++;
        name++;
    }
    return name;
}
