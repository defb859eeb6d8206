/* SPDX-License-Identifier: MIT */
/* Runs that do not come back: into the kernel, and into the halt where ExitBootServices never succeeds. */
#include "target.h"

#define PERIOD_100NS 100000u /* 10 ms */
#define WAIT_ROUNDS  2000u   /* of 1 ms */

static const struct variant left = {"left", "\\groma.conf", true, false};

/* Of the timer; `awake` is what makes U-Boot look at its timers. */
static EFI_EVENT timer, awake;
static volatile unsigned fired;

/* Between the loader's GetMemoryMap and its ExitBootServices: the map changes, the key is too old. */
static void EFIAPI allocate_something(EFI_EVENT event, void *context)
{
    EFI_PHYSICAL_ADDRESS paddr = 0;

    (void)context;
    (void)target.boot.SetTimer(event, TimerCancel, 0);
    if (!EFI_ERROR(target.boot.AllocatePages(AllocateAnyPages, EfiBootServicesData, 3, &paddr)))
        fired++;
}

void timer_wait(void)
{
    if (EFI_ERROR(target.boot.SetTimer(timer, TimerPeriodic, PERIOD_100NS)))
        return;
    for (unsigned i = 0; i < WAIT_ROUNDS && fired == 0; i++) {
        (void)target.boot.CheckEvent(awake);
        (void)target.boot.Stall(1000);
    }
    serial_say("groma: timer fired=%u\n", fired);
}

void leave_with_timer(void)
{
    EFI_STATUS status = target.boot.CreateEvent(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, allocate_something,
                                                NULL, &timer);

    if (!EFI_ERROR(status))
        status = target.boot.CreateEvent(EVT_TIMER, 0, NULL, NULL, &awake);
    if (EFI_ERROR(status)) {
        serial_say("target: no timer: 0x%lx\n", status);
        return;
    }
    run_begin(&left);
    run.ending = LEFT;
    run.by_firmware = true;
    run_loader();
    serial_say("target: the loader came back: 0x%lx\n", run.status);
}

void leave_refused(void)
{
    static const struct action refused = {.name = "InvalidParameter", .status = EFI_INVALID_PARAMETER};

    run_begin(&left);
    run.ending = LEFT;
    run.by_firmware = true;
    run.script = (struct script){{{EXIT_BOOT_SERVICES, 1, true, &refused}}, 1};
    run_loader();
    serial_say("target: the loader came back: 0x%lx\n", run.status);
}
