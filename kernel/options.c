/* SPDX-License-Identifier: MIT */
/* Words of the command line; see options.h. */
#include "options.h"

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Does the command line go on with exactly this word? */
static bool word_is(const char *at, const char *word)
{
    while (*word != '\0' && *at == *word) {
        at++;
        word++;
    }
    return *word == '\0' && (*at == '\0' || is_blank(*at));
}

bool options_have(const char *cmdline, const char *word)
{
    for (const char *at = cmdline; *at != '\0'; at++) {
        if (!is_blank(*at) && (at == cmdline || is_blank(at[-1])) && word_is(at, word))
            return true;
    }
    return false;
}
