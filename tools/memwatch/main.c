/* SPDX-License-Identifier: MIT */
/* The memwatch command. */
#include "command.h"

int main(int count, char *words[])
{
    struct arguments arguments = {.interval_ns = 1000000000u, .limit = 1000};

    return program_run(count, words, &arguments);
}
