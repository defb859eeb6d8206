/* SPDX-License-Identifier: MIT */
/*
 * The services that the loader calls, in front of the firmware's. Each counts the call, lets the script break
 * it, keeps accounts, and calls the real one. UEFI 2.10, chapters 4, 7, 8, 12.
 */
#include "base/mem.h"
#include "target.h"

#define CANARY       0xc5u
#define CANARY_BYTES 16u

/* Is this a call of the loader's own code? The firmware's drivers use the same table. */
#define FROM_LOADER() ((uint64_t)__builtin_return_address(0) - target.victim_first < target.victim_bytes)

void violate(const char *what, uint64_t value)
{
    if (run.violation == NULL) {
        run.violation = what;
        run.violation_value = value;
    }
}

/* What may still be called once ExitBootServices was (UEFI 2.10, 7.4.6: memory services). */
static bool allowed_after_exit(enum call call)
{
    return call == GET_MEMORY_MAP || call == EXIT_BOOT_SERVICES;
}

const struct action *enter_call(enum call call)
{
    uint32_t number = ++run.faults.made[call];

    if (run.exits > 0 && !allowed_after_exit(call))
        violate("calls a service after ExitBootServices", call);
    if (++run.calls > MOST_CALLS)
        run_end();
    for (unsigned i = 0; i < run.script.count; i++) {
        const struct rule *rule = &run.script.rules[i];
        if (rule->call == call && (rule->onward ? number >= rule->occurrence : number == rule->occurrence)) {
            run.faults.fired++;
            return rule->action;
        }
    }
    return NULL;
}

/* ---- memory ----------------------------------------------------------------------------------- */

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN count,
                                        EFI_PHYSICAL_ADDRESS *paddr)
{
    const struct action *action;
    EFI_STATUS status;

    if (!FROM_LOADER())
        return target.boot.AllocatePages(how, type, count, paddr);
    action = enter_call(ALLOCATE_PAGES);
    if (action != NULL)
        return action->status;
    status = target.boot.AllocatePages(how, type, count, paddr);
    if (EFI_ERROR(status))
        return status;
    if (run.pages_count < MOST_PAGES_MADE)
        run.pages[run.pages_count++] = (struct kept_pages){.paddr = *paddr, .page_count = count};
    else
        violate("allocates more often than can be kept", run.pages_count);
    return status;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS paddr, UINTN count)
{
    const struct action *action;
    unsigned i = 0;

    if (!FROM_LOADER())
        return target.boot.FreePages(paddr, count);
    action = enter_call(FREE_PAGES);
    while (i < run.pages_count && (run.pages[i].paddr != paddr || run.pages[i].page_count != count))
        i++;
    if (i == run.pages_count || run.pages[i].excused) {
        violate("frees pages that are not its own", paddr);
        return EFI_NOT_FOUND;
    }
    if (action != NULL) {
        run.pages[i].excused = true;
        return action->status;
    }
    run.pages[i] = run.pages[--run.pages_count];
    return target.boot.FreePages(paddr, count);
}

/* Memory that the loader must give back: its own, or what a service allocated for it. */
static void keep_pool(void *bytes, UINTN size_bytes, bool has_canary)
{
    if (run.pool_count < MOST_POOL_MADE)
        run.pool[run.pool_count++] =
            (struct kept_pool){.bytes = bytes, .size_bytes = size_bytes, .has_canary = has_canary};
    else
        violate("allocates pool more often than can be kept", run.pool_count);
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size, void **ret_bytes)
{
    const struct action *action;
    EFI_STATUS status;

    if (!FROM_LOADER())
        return target.boot.AllocatePool(type, size, ret_bytes);
    action = enter_call(ALLOCATE_POOL);
    if (action != NULL) {
        if (action->lie == NULL_RESULT)
            *ret_bytes = NULL;
        return action->status;
    }
    status = target.boot.AllocatePool(type, size + CANARY_BYTES, ret_bytes);
    if (EFI_ERROR(status))
        return status;
    memset(*ret_bytes, CANARY, size + CANARY_BYTES);
    keep_pool(*ret_bytes, size, true);
    return status;
}

static EFI_STATUS EFIAPI free_pool(void *bytes)
{
    const struct action *action;
    unsigned i = 0;

    if (!FROM_LOADER())
        return target.boot.FreePool(bytes);
    action = enter_call(FREE_POOL);
    while (i < run.pool_count && run.pool[i].bytes != bytes)
        i++;
    if (i == run.pool_count || run.pool[i].excused) {
        violate("frees pool that is not its own", (uint64_t)bytes);
        return EFI_INVALID_PARAMETER;
    }
    for (unsigned at = 0; at < CANARY_BYTES && run.pool[i].has_canary; at++) {
        if (run.pool[i].bytes[run.pool[i].size_bytes + at] != CANARY)
            violate("writes behind its pool memory", run.pool[i].size_bytes + at);
    }
    if (action != NULL) {
        run.pool[i].excused = true;
        return action->status;
    }
    run.pool[i] = run.pool[--run.pool_count];
    return target.boot.FreePool(bytes);
}

static EFI_STATUS EFIAPI get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *to, UINTN *key, UINTN *stride,
                                        UINT32 *version)
{
    const struct action *action;
    EFI_STATUS status;

    if (!FROM_LOADER())
        return target.boot.GetMemoryMap(size, to, key, stride, version);
    action = enter_call(GET_MEMORY_MAP);
    if (action != NULL && action->lie == NO_LIE)
        return action->status;
    if (run.volume_closed && run.ending == REFUSED_AT_EXIT) {
        run.gated = true;
        return EFI_DEVICE_ERROR;
    }
    status = map_answer(action != NULL ? action->lie : NO_LIE, size, to, key, stride, version);
    if (run.volume_closed && run.ending == LEFT && run.exits == 0)
        timer_wait();
    return status;
}

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE image, UINTN key)
{
    const struct action *action;
    EFI_STATUS status;

    if (!FROM_LOADER())
        return target.boot.ExitBootServices(image, key);
    action = enter_call(EXIT_BOOT_SERVICES);
    run.exits++;
    if (action != NULL)
        return action->status;
    if (run.exits <= run.exit_refusals)
        return EFI_INVALID_PARAMETER;
    if (run.ending == LEFT) {
        hooks_restore();
        status = target.boot.ExitBootServices(image, key);
        serial_say("groma: exit call=%u status=0x%lx\n", run.exits, status);
        if (EFI_ERROR(status))
            hooks_install();
        return status;
    }
    run_end();
}

/* ---- protocols and the rest ---------------------------------------------------------------------- */

static EFI_RNG_PROTOCOL generator, *real_generator;

static EFI_STATUS EFIAPI get_random(EFI_RNG_PROTOCOL *this, EFI_RNG_ALGORITHM *how, UINTN size, UINT8 *to)
{
    const struct action *action = enter_call(GET_RANDOM);

    (void)this;
    return action != NULL ? action->status : real_generator->GetRNG(real_generator, how, size, to);
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret_interface)
{
    static const EFI_GUID volume_guid = SIMPLE_FILE_SYSTEM_PROTOCOL, pci_guid = EFI_PCI_IO_PROTOCOL_GUID;
    const struct action *action;
    EFI_STATUS status;

    if (!FROM_LOADER())
        return target.boot.HandleProtocol(handle, guid, ret_interface);
    action = enter_call(HANDLE_PROTOCOL);
    if (action != NULL) {
        if (action->lie == NULL_RESULT)
            *ret_interface = NULL;
        return action->status;
    }
    status = target.boot.HandleProtocol(handle, guid, ret_interface);
    if (!EFI_ERROR(status) && memcmp(guid, &volume_guid, sizeof *guid) == 0)
        *ret_interface = files_wrap(*ret_interface);
    if (!EFI_ERROR(status) && memcmp(guid, &pci_guid, sizeof *guid) == 0)
        *ret_interface = pci_wrap(*ret_interface);
    return status;
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, void *registration, void **ret_interface)
{
    static const EFI_GUID random_guid = EFI_RNG_PROTOCOL_GUID, graphics_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    const struct action *action;
    EFI_STATUS status;

    if (!FROM_LOADER())
        return target.boot.LocateProtocol(guid, registration, ret_interface);
    action = enter_call(LOCATE_PROTOCOL);
    if (action != NULL) {
        *ret_interface = NULL;
        return action->status;
    }
    status = target.boot.LocateProtocol(guid, registration, ret_interface);
    if (!EFI_ERROR(status) && memcmp(guid, &random_guid, sizeof *guid) == 0) {
        real_generator = *ret_interface;
        generator = *real_generator;
        generator.GetRNG = get_random;
        *ret_interface = &generator;
    }
    if (!EFI_ERROR(status) && memcmp(guid, &graphics_guid, sizeof *guid) == 0)
        *ret_interface = graphics_wrap(*ret_interface);
    return status;
}

static EFI_STATUS EFIAPI locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE how, EFI_GUID *guid, void *key, UINTN *count,
                                              EFI_HANDLE **ret_handles)
{
    const struct action *action;
    EFI_STATUS status;

    if (!FROM_LOADER())
        return target.boot.LocateHandleBuffer(how, guid, key, count, ret_handles);
    action = enter_call(LOCATE_HANDLE_BUFFER);
    if (action != NULL)
        return action->status;
    status = target.boot.LocateHandleBuffer(how, guid, key, count, ret_handles);
    if (!EFI_ERROR(status))
        keep_pool(*ret_handles, *count * sizeof **ret_handles, false);
    return status;
}

/* No driver is stopped: the next run needs it. */
static EFI_STATUS EFIAPI disconnect(EFI_HANDLE controller, EFI_HANDLE driver, EFI_HANDLE child)
{
    const struct action *action;

    if (!FROM_LOADER())
        return target.boot.DisconnectController(controller, driver, child);
    action = enter_call(DISCONNECT);
    if (!run.variant->writes)
        violate("stops a driver", (uint64_t)controller);
    return action != NULL ? action->status : EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_watchdog(UINTN seconds, UINT64 code, UINTN bytes, CHAR16 *data)
{
    const struct action *action;

    if (!FROM_LOADER())
        return target.boot.SetWatchdogTimer(seconds, code, bytes, data);
    action = enter_call(SET_WATCHDOG);
    if (action != NULL)
        return action->status;
    run.watchdog_s = seconds;
    return target.boot.SetWatchdogTimer(seconds, code, bytes, data);
}

/* Counted, not waited for. */
static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
    const struct action *action;

    if (!FROM_LOADER())
        return target.boot.Stall(microseconds);
    action = enter_call(STALL);
    if (action != NULL)
        return action->status;
    run.stalled_us += microseconds;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *capabilities)
{
    const struct action *action;

    if (!FROM_LOADER())
        return target.runtime.GetTime(time, capabilities);
    action = enter_call(GET_TIME);
    if (action != NULL && action->lie == GARBAGE)
        memset(time, 0xee, sizeof *time);
    return action != NULL ? action->status : target.runtime.GetTime(time, capabilities);
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *guid, UINT32 *attributes, UINTN *size, void *to)
{
    const struct action *action;

    if (!FROM_LOADER())
        return target.runtime.GetVariable(name, guid, attributes, size, to);
    action = enter_call(GET_VARIABLE);
    if (action == NULL)
        return target.runtime.GetVariable(name, guid, attributes, size, to);
    if (action->lie == GARBAGE)
        memset(to, 0xee, *size);
    if (action->lie == NO_BYTES)
        *size = 0;
    return action->status;
}

/* Nothing is ever stored: a store wears out, and the runs must not depend on each other. */
static EFI_STATUS EFIAPI set_variable(CHAR16 *name, EFI_GUID *guid, UINT32 attributes, UINTN size, void *bytes)
{
    const struct action *action;

    if (!FROM_LOADER())
        return target.runtime.SetVariable(name, guid, attributes, size, bytes);
    action = enter_call(SET_VARIABLE);
    if (!run.variant->writes)
        violate("writes a variable", size);
    return action != NULL ? action->status : EFI_SUCCESS;
}

static EFI_STATUS EFIAPI query_variables(UINT32 attributes, UINT64 *store, UINT64 *left, UINT64 *largest)
{
    const struct action *action;

    if (!FROM_LOADER())
        return target.runtime.QueryVariableInfo(attributes, store, left, largest);
    action = enter_call(QUERY_VARIABLES);
    return action != NULL ? action->status : target.runtime.QueryVariableInfo(attributes, store, left, largest);
}

/* ---- the console: nothing is shown, everything kept -------------------------------------------------- */

static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *units)
{
    const struct action *action;

    if (!FROM_LOADER())
        return target.output_string(this, units);
    action = enter_call(OUTPUT_STRING);
    if (action != NULL && (EFI_ERROR(action->status) || action->lie != NO_LIE))
        return action->status;
    for (size_t i = 0; units[i] != 0 && run.text_bytes + 1 < TEXT_CAPACITY; i++)
        run.text[run.text_bytes++] = (char)units[i];
    run.text[run.text_bytes] = '\0';
    return action != NULL ? action->status : EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_key(SIMPLE_INPUT_INTERFACE *this, EFI_INPUT_KEY *key)
{
    const struct action *action;

    if (!FROM_LOADER())
        return target.read_key(this, key);
    action = enter_call(READ_KEY);
    if (action == NULL)
        return EFI_NOT_READY;
    if (action->lie == GARBAGE)
        *key = (EFI_INPUT_KEY){.UnicodeChar = 'x'};
    return action->status;
}

/* ---- in and out ---------------------------------------------------------------------------------------- */

void hooks_install(void)
{
    EFI_BOOT_SERVICES *boot = target.system->BootServices;
    EFI_RUNTIME_SERVICES *runtime = target.system->RuntimeServices;

    boot->AllocatePages = allocate_pages;
    boot->FreePages = free_pages;
    boot->AllocatePool = allocate_pool;
    boot->FreePool = free_pool;
    boot->GetMemoryMap = get_memory_map;
    boot->ExitBootServices = exit_boot_services;
    boot->HandleProtocol = handle_protocol;
    boot->LocateProtocol = locate_protocol;
    boot->LocateHandleBuffer = locate_handle_buffer;
    boot->DisconnectController = disconnect;
    boot->SetWatchdogTimer = set_watchdog;
    boot->Stall = stall;
    runtime->GetTime = get_time;
    runtime->GetVariable = get_variable;
    runtime->SetVariable = set_variable;
    runtime->QueryVariableInfo = query_variables;
    target.system->ConOut->OutputString = output_string;
    if (target.system->ConIn != NULL)
        target.system->ConIn->ReadKeyStroke = read_key;
}

void hooks_restore(void)
{
    memcpy(target.system->BootServices, &target.boot, sizeof target.boot);
    memcpy(target.system->RuntimeServices, &target.runtime, sizeof target.runtime);
    target.system->ConOut->OutputString = target.output_string;
    if (target.system->ConIn != NULL)
        target.system->ConIn->ReadKeyStroke = target.read_key;
}
