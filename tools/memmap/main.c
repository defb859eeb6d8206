/* SPDX-License-Identifier: MIT */
/* The memmap command: what stands in its command line, and what it printed, goes out. */
#include "command.h"

int main(int count, char *words[])
{
    struct arguments arguments = {0};

    return program_run(count, words, &arguments);
}
