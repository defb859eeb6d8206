/* SPDX-License-Identifier: MIT */
/* The end of a run; see finish.h. */
#include "finish.h"

#include "arch/x86_64/machine.h"
#include "console.h"

_Noreturn void finish(void)
{
    static bool is_done;
    bool success = console_fault_count() == 0;

    /* An exception may come when all is said and done (an NMI): the verdict stays. */
    if (!is_done)
        console_fact("groma: done status=%s\n", success ? "ok" : "failed");
    is_done = true;
    console_drain();
    machine_end(success);
}
