/* SPDX-License-Identifier: MIT */
/* One run of the loader in the fake machine, and every way out of it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "world.h"

#include "handoff/handoff.h"

#define MOST_CALLS 200000u
#define TICK_S     5

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

struct world world;

static volatile sig_atomic_t running;
static volatile uint64_t run_number;

void violate(const char *what, uint64_t value)
{
    if (world.violation != NULL)
        return;
    world.violation = what;
    world.violation_value = value;
}

_Noreturn void leave(enum outcome outcome)
{
    world.outcome = outcome;
    siglongjmp(world.way_out, 1);
}

/* The harness's body of what loader/switch.S does. */
_Noreturn void switch_address_space(void)
{
    leave(JUMPED);
}

const struct action *enter_call(enum call call)
{
    uint32_t occurrence = ++world.faults.made[call];

    if (++world.calls > MOST_CALLS)
        leave(HUNG);
    if (world.exited)
        violate("calls the firmware after ExitBootServices succeeded", call);
    else if (world.exit_called && call != GET_MEMORY_MAP && call != EXIT_BOOT_SERVICES)
        violate("calls more than memory services after the first ExitBootServices", call);
    if (call == GET_MEMORY_MAP)
        world.dma_is_off = false; /* what follows is the exit, with rules of its own */
    if (world.dma_is_off && call != PCI_READ && call != PCI_WRITE && call != HANDLE_PROTOCOL && call != FREE_POOL &&
        call != OUTPUT_STRING)
        violate("calls more than the exit needs after DMA was switched off", call);
    for (unsigned i = 0; world.script != NULL && i < world.script->count; i++) {
        const struct rule *rule = &world.script->rules[i];
        if (rule->call == call && (occurrence == rule->occurrence || (rule->onward && occurrence > rule->occurrence))) {
            world.faults.fired++;
            return rule->action;
        }
    }
    return NULL;
}

static void on_fault(int signal_number, siginfo_t *info, void *context)
{
    (void)context;
    if (!running) {
        (void)signal(signal_number, SIG_DFL);
        return; /* the harness's own fault: end as any program does */
    }
    world.crash_address = (uint64_t)info->si_addr;
    leave(CRASHED);
}

/* A run that outlasts two ticks of the clock hangs. */
static void on_tick(int signal_number)
{
    static uint64_t last;

    (void)signal_number;
    if (running && last == run_number)
        leave(HUNG);
    last = run_number;
}

bool world_open(void)
{
    static uint8_t stack[65536];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    struct sigaction tick = {.sa_handler = on_tick, .sa_flags = SA_NODEFER | SA_RESTART};
    struct itimerval each = {.it_interval.tv_sec = TICK_S, .it_value.tv_sec = TICK_S};

    return memory_reserve_arena() && sigaltstack(&other, NULL) == 0 && sigaction(SIGSEGV, &fault, NULL) == 0 &&
           sigaction(SIGBUS, &fault, NULL) == 0 && sigaction(SIGFPE, &fault, NULL) == 0 &&
           sigaction(SIGILL, &fault, NULL) == 0 && sigaction(SIGALRM, &tick, NULL) == 0 &&
           setitimer(ITIMER_REAL, &each, NULL) == 0;
}

static void reset(const struct scenario *scenario, const struct script *script)
{
    memory_forget_mappings();
    memset(&world, 0, offsetof(struct world, files));
    world.opened_count = world.closed_count = 0;
    memset(&world.system, 0, offsetof(struct world, conout) - offsetof(struct world, system));
    world.conout_bytes = world.serial_bytes = 0;
    memset(&world.exit_called, 0, offsetof(struct world, way_out) - offsetof(struct world, exit_called));
    world.scenario = scenario;
    world.script = script;
    memset(&switch_data, 0, sizeof switch_data);
    if (scenario->no_uart && scenario->graphics)
        memset((void *)FRAMEBUFFER_PADDR, 0, FRAMEBUFFER_BYTES);
    cpu_start();
    memory_start();
    files_start();
    variables_start();
    services_start();
}

void world_run(const struct scenario *scenario, const struct script *script)
{
    reset(scenario, script);
    run_number++;
    if (sigsetjmp(world.way_out, 0) == 0) {
        running = 1;
        world.status = efi_main(services_image(), world.system);
        world.outcome = RETURNED;
    }
    running = 0;
    world.conout[world.conout_bytes] = '\0';
    world.serial[world.serial_bytes] = '\0';
}

bool world_guard(void (*look)(void))
{
    enum outcome before = world.outcome;
    bool whole = true;

    run_number++;
    if (sigsetjmp(world.way_out, 0) == 0) {
        running = 1;
        look();
    } else {
        whole = false;
    }
    running = 0;
    world.outcome = before;
    return whole;
}
