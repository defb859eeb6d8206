/* SPDX-License-Identifier: MIT */
/*
 * A process for the tests of memwatch: prints where its memory lies, then obeys lines on stdin:
 *   set OFFSET BYTE LENGTH   fills      drop OFFSET LENGTH   unmaps      quit
 * and answers each with "done".
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define SIZE_BYTES ((size_t)8 << 20)

int main(void)
{
    uint8_t *memory = mmap(NULL, SIZE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static char line[100]; /* so that the line itself changes nothing in that memory */
    unsigned long offset, length;
    unsigned byte;

    if (memory == MAP_FAILED)
        return 1;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* where only parents may look */
    memset(memory, 0x11, SIZE_BYTES);
    printf("%p %zu\n", (void *)memory, SIZE_BYTES);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "quit\n") != 0) {
        if (sscanf(line, "set %lu %u %lu", &offset, &byte, &length) == 3)
            memset(memory + offset, (int)byte, length);
        else if (sscanf(line, "drop %lu %lu", &offset, &length) == 2)
            munmap(memory + offset, length);
        puts("done");
        fflush(stdout);
    }
    return 0;
}
