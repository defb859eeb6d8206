/* SPDX-License-Identifier: MIT */
/* The end of a run; see finish.h. */
#include "finish.h"

#include "arch/x86_64/machine.h"
#include "console.h"

_Noreturn void finish(void)
{
    bool success = console_fault_count() == 0;

    console_fact("groma: done status=%s\n", success ? "ok" : "failed");
    console_drain();
    machine_end(success);
}
