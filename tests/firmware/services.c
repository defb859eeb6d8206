/* SPDX-License-Identifier: MIT */
/*
 * The firmware's tables and all services but memory and files: protocols, console, time,
 * ExitBootServices with its key. What the loader has no business with is one function that
 * says so. UEFI 2.10, chapters 4, 7, 8, 12.
 */
#include <string.h>
#include <sys/mman.h>

#include "world.h"

#define SYSTEM_AT   0x0000u /* pages of the firmware area; tables of the small machine's map */
#define RUNTIME_AT  0x1000u

extern uint8_t ImageBase[], image_end[];

static int image_tag, device_tag;
static EFI_LOADED_IMAGE loaded_image;
static EFI_GRAPHICS_OUTPUT_PROTOCOL graphics;
static EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE graphics_mode;
static EFI_GRAPHICS_OUTPUT_MODE_INFORMATION graphics_info;
static EFI_RNG_PROTOCOL generator;
static SIMPLE_TEXT_OUTPUT_INTERFACE output;
static SIMPLE_INPUT_INTERFACE input;

/* A hard drive node with a GPT signature, and the end. */
static const uint8_t device_path[] = {
    4, 1, 42, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
    0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 2, 2,
    0x7f, 0xff, 4, 0};

/* ---- protocols ------------------------------------------------------------------------------------ */

static void *interface_of(EFI_HANDLE handle, const EFI_GUID *guid)
{
    static const EFI_GUID image = LOADED_IMAGE_PROTOCOL;
    static const EFI_GUID volume = SIMPLE_FILE_SYSTEM_PROTOCOL;
    static const EFI_GUID path = DEVICE_PATH_PROTOCOL;

    if (handle == &image_tag && memcmp(guid, &image, sizeof image) == 0)
        return &loaded_image;
    if (handle == &device_tag && memcmp(guid, &volume, sizeof volume) == 0)
        return files_volume();
    if (handle == &device_tag && memcmp(guid, &path, sizeof path) == 0)
        return (void *)(uintptr_t)(world.scenario->device_path != NULL ? world.scenario->device_path : device_path);
    return pci_interface(handle, guid);
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, VOID **ret_interface)
{
    const struct action *action = enter_call(HANDLE_PROTOCOL);

    if (action != NULL) {
        if (action->lie == NULL_RESULT)
            *ret_interface = NULL;
        return action->status;
    }
    *ret_interface = interface_of(handle, guid);
    return *ret_interface != NULL ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, VOID *registration, VOID **ret_interface)
{
    static const EFI_GUID graphics_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    static const EFI_GUID random_guid = EFI_RNG_PROTOCOL_GUID;
    const struct action *action = enter_call(LOCATE_PROTOCOL);

    (void)registration;
    *ret_interface = NULL;
    if (action != NULL)
        return action->status;
    if (world.scenario->graphics && memcmp(guid, &graphics_guid, sizeof *guid) == 0)
        *ret_interface = &graphics;
    if (world.scenario->random && memcmp(guid, &random_guid, sizeof *guid) == 0)
        *ret_interface = &generator;
    return *ret_interface != NULL ? EFI_SUCCESS : EFI_NOT_FOUND;
}

static EFI_STATUS EFIAPI locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE how, EFI_GUID *guid, VOID *key, UINTN *count,
                                              EFI_HANDLE **handles)
{
    const struct action *action = enter_call(LOCATE_HANDLE_BUFFER);

    (void)guid, (void)key;
    if (how != ByProtocol)
        violate("looks for handles otherwise than by protocol", how);
    *count = 0;
    *handles = NULL;
    if (action != NULL)
        return action->status;
    if (pci_count() == 0)
        return EFI_NOT_FOUND;
    pci_give_handles(count, handles);
    return *handles != NULL ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS EFIAPI get_random(EFI_RNG_PROTOCOL *this, EFI_RNG_ALGORITHM *algorithm, UINTN size, UINT8 *bytes)
{
    const struct action *action = enter_call(GET_RANDOM);

    (void)algorithm;
    if (this != &generator)
        violate("asks a generator that is none", (uint64_t)this);
    if (action != NULL)
        return action->status;
    memset(bytes, 0x9d, size);
    return EFI_SUCCESS;
}

/* ---- console ------------------------------------------------------------------------------------------ */

static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *text)
{
    const struct action *action = enter_call(OUTPUT_STRING);

    (void)this;
    if (action != NULL && EFI_ERROR(action->status))
        return action->status;
    for (; *text != 0; text++) {
        if (world.conout_bytes < sizeof world.conout - 1)
            world.conout[world.conout_bytes++] = *text < 0x80 ? (char)*text : '?';
    }
    return action != NULL ? action->status : EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_key(SIMPLE_INPUT_INTERFACE *this, EFI_INPUT_KEY *key)
{
    const struct action *action = enter_call(READ_KEY);

    (void)this;
    world.key_polls++;
    if (action != NULL) {
        *key = (EFI_INPUT_KEY){0};
        return action->status;
    }
    if (world.scenario->keys == NULL || world.key_polls > strlen(world.scenario->keys) ||
        world.scenario->keys[world.key_polls - 1] == ' ')
        return EFI_NOT_READY;
    *key = (EFI_INPUT_KEY){.UnicodeChar = (CHAR16)world.scenario->keys[world.key_polls - 1]};
    return EFI_SUCCESS;
}

/* ---- time, watchdog ----------------------------------------------------------------------------------- */

static EFI_STATUS EFIAPI stall(UINTN us)
{
    const struct action *action = enter_call(STALL);

    if (action != NULL)
        return action->status;
    world.stalled_us += us;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_watchdog(UINTN seconds, UINT64 code, UINTN size, CHAR16 *data)
{
    const struct action *action = enter_call(SET_WATCHDOG);

    (void)code, (void)size, (void)data;
    if (action != NULL)
        return action->status;
    world.watchdog_s = seconds;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *capabilities)
{
    const struct action *action = enter_call(GET_TIME);

    (void)capabilities;
    if (action != NULL && action->lie == NO_LIE)
        return action->status;
    memset(time, action != NULL ? 0xee : 0, sizeof *time);
    if (action == NULL)
        *time = (EFI_TIME){.Year = 2024, .Month = 2, .Day = 29, .Hour = 12, .TimeZone = EFI_UNSPECIFIED_TIMEZONE};
    return EFI_SUCCESS;
}

/* ---- the exit --------------------------------------------------------------------------------------------- */

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE image, UINTN key)
{
    const struct action *action = enter_call(EXIT_BOOT_SERVICES);
    uint32_t round = world.faults.made[EXIT_BOOT_SERVICES];

    world.exit_called = true;
    if (image != &image_tag)
        violate("leaves boot services for another image", (uint64_t)image);
    if (round <= world.scenario->exit_refusals) {
        memory_grow(world.scenario->exit_grows);
        world.key++;
    }
    if (action != NULL)
        return action->status;
    if (key != world.key)
        return EFI_INVALID_PARAMETER;
    world.exited = true;
    if (!world.scenario->keeps_services) {
        world.system->ConOut = NULL;
        world.system->ConIn = NULL;
        world.system->BootServices = NULL;
        /* Nobody can call it any more; what a configuration table keeps in that page stays. */
        memory_lock(FIRMWARE_PADDR + FIRMWARE_BOOT_AT, PAGE_BYTES, PROT_READ | PROT_WRITE);
        memset(world.boot, 0, sizeof *world.boot);
        memory_lock(FIRMWARE_PADDR + FIRMWARE_BOOT_AT, PAGE_BYTES, PROT_READ);
    }
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI not_for_loaders(void)
{
    violate("calls a service that a loader has no business with", 0);
    return EFI_UNSUPPORTED;
}

/* ---- tables -------------------------------------------------------------------------------------------------- */

static void make_graphics(void)
{
    graphics_info = (EFI_GRAPHICS_OUTPUT_MODE_INFORMATION){
        .HorizontalResolution = 60, .VerticalResolution = 64, .PixelsPerScanLine = 64,
        .PixelFormat = PixelBlueGreenRedReserved8BitPerColor};
    graphics_mode = (EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE){
        .MaxMode = 1, .Info = &graphics_info, .SizeOfInfo = sizeof graphics_info,
        .FrameBufferBase = FRAMEBUFFER_PADDR, .FrameBufferSize = FRAMEBUFFER_BYTES};
    graphics = (EFI_GRAPHICS_OUTPUT_PROTOCOL){.Mode = &graphics_mode};
}

static void make_boot_services(EFI_BOOT_SERVICES *boot)
{
    void **functions = (void **)((uint8_t *)boot + sizeof boot->Hdr);
    size_t count = (sizeof *boot - sizeof boot->Hdr) / sizeof *functions;

    for (size_t i = 0; i < count; i++)
        functions[i] = (void *)not_for_loaders;
    memory_fill_services(boot);
    boot->HandleProtocol = handle_protocol;
    boot->LocateProtocol = locate_protocol;
    boot->LocateHandleBuffer = locate_handle_buffer;
    boot->Stall = stall;
    boot->SetWatchdogTimer = set_watchdog;
    boot->ExitBootServices = exit_boot_services;
    pci_start(boot);
}

static void make_runtime_services(EFI_RUNTIME_SERVICES *runtime)
{
    void **functions = (void **)((uint8_t *)runtime + sizeof runtime->Hdr);
    size_t count = (sizeof *runtime - sizeof runtime->Hdr) / sizeof *functions;

    for (size_t i = 0; i < count; i++)
        functions[i] = (void *)not_for_loaders;
    runtime->GetTime = get_time;
    variables_fill_services(runtime);
}

static void make_system(const struct scenario *scenario)
{
    static CHAR16 vendor[] = {'F', 'a', 'k', 'e', 0xe9, 0};
    EFI_SYSTEM_TABLE *system = world.system;

    *system = (EFI_SYSTEM_TABLE){
        .Hdr = {.Signature = EFI_SYSTEM_TABLE_SIGNATURE, .Revision = 0x20046, .HeaderSize = sizeof *system},
        .FirmwareVendor = vendor,
        .ConOut = scenario->no_conout ? NULL : &output,
        .ConIn = scenario->no_conin ? NULL : &input,
        .RuntimeServices = (EFI_RUNTIME_SERVICES *)(void *)(FIRMWARE_PADDR + RUNTIME_AT),
        .BootServices = world.boot,
    };
    make_runtime_services(system->RuntimeServices);
    tables_make(system);
    output = (SIMPLE_TEXT_OUTPUT_INTERFACE){.OutputString = output_string};
    input = (SIMPLE_INPUT_INTERFACE){.ReadKeyStroke = read_key};
    generator = (EFI_RNG_PROTOCOL){.GetRNG = get_random};
    loaded_image = (EFI_LOADED_IMAGE){
        .SystemTable = system, .DeviceHandle = scenario->no_volume_device ? NULL : &device_tag,
        .ImageBase = ImageBase, .ImageSize = (uint64_t)(image_end - ImageBase)};
}

EFI_HANDLE services_image(void)
{
    return &image_tag;
}

EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE *services_graphics(void)
{
    return &graphics_mode;
}

void services_forget_mode(void)
{
    graphics.Mode = NULL;
}

void services_start(void)
{
    memory_lock(FIRMWARE_PADDR, FIRMWARE_BYTES, PROT_READ | PROT_WRITE);
    world.system = (EFI_SYSTEM_TABLE *)(void *)(FIRMWARE_PADDR + SYSTEM_AT);
    world.boot = (EFI_BOOT_SERVICES *)(void *)(FIRMWARE_PADDR + FIRMWARE_BOOT_AT);
    make_boot_services(world.boot);
    make_graphics();
    make_system(world.scenario);
    if (world.scenario->bend != NULL)
        world.scenario->bend(world.system);
    /* The system table stays writable: the firmware itself changes it at the exit. */
    memory_lock(FIRMWARE_PADDR + PAGE_BYTES, FIRMWARE_BYTES - PAGE_BYTES, PROT_READ);
}
