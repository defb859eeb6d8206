/* SPDX-License-Identifier: MIT */
/*
 * Calls as text: a letter, then FIRST+COUNT, COUNT or nothing, in frames.
 *
 *   a4     an order, of 4 frames         f0  frees what the thread's call 0 that succeeded got
 *   c4     the same with the own cache   p0  the same through the own cache
 *   r3     any 3 frames                  -8+4  frees these frames; =8+4 as an order; ~8+1 cache
 *   @8+4   these frames                  R8+4  reserves what is free of them
 *   d      drains the own cache          A40+8, U40+8  adds them; U: not accepted
 *   h8     in the prelude: a hint to the line of frame 8, as a giver who comes late leaves it
 */
#include <stdio.h>
#include <string.h>

#include "client.h"

bool call_parse(const char **text, struct call *ret_call, bool *ret_wrong)
{
    const char *at = *text + strspn(*text, " ");
    int length = 0;
    int found;

    *ret_call = (struct call){.what = *at};
    if (*at == '\0')
        return false;
    at++;
    if (strchr("-=~@RAU", ret_call->what) != NULL) {
        found = sscanf(at, "%u+%u%n", &ret_call->first, &ret_call->count, &length);
        *ret_wrong = found != 2;
    } else if (strchr("acr", ret_call->what) != NULL) {
        found = sscanf(at, "%u%n", &ret_call->count, &length);
        *ret_wrong = found != 1 || (ret_call->what != 'r' && (ret_call->count & (ret_call->count - 1)) != 0);
    } else if (strchr("fph", ret_call->what) != NULL) {
        found = sscanf(at, "%u%n", &ret_call->first, &length);
        *ret_wrong = found != 1;
    } else {
        *ret_wrong = ret_call->what != 'd';
    }
    *text = at + length;
    return !*ret_wrong;
}
