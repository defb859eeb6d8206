/* SPDX-License-Identifier: MIT */
/*
 * Words to people: ConOut before the exit, UART and screen after it, each line once.
 *
 * ConOut often reaches a serial port by itself; writing to the UART as well would print every
 * line twice. What `serial = auto` decides: the firmware's ConOut variable lists the device
 * paths of the console (UEFI 2.10, 3.3); a UART node among them reaches serial. U-Boot has no
 * such variable, and its console always includes the serial port.
 */
#include "cpu.h"
#include "devpath/devpath.h"
#include "loader.h"

#define LINE_BYTES 640u

/* Does the firmware's console go to a serial port by itself? */
static bool conout_reaches_serial(struct loader *loader)
{
    static const CHAR16 u_boot[] = {'D', 'a', 's', ' ', 'U', '-', 'B', 'o', 'o', 't', 0};
    EFI_GUID global = EFI_GLOBAL_VARIABLE;
    CHAR16 name[] = {'C', 'o', 'n', 'O', 'u', 't', 0};
    uint8_t path[512];
    UINTN path_bytes = sizeof path;
    const uint8_t *node;
    size_t node_bytes;
    const CHAR16 *vendor = loader->system->FirmwareVendor;

    for (unsigned i = 0; vendor != NULL && vendor[i] == u_boot[i]; i++) {
        if (vendor[i] == 0)
            return true;
    }
    if (EFI_ERROR(loader->system->RuntimeServices->GetVariable(name, &global, NULL, &path_bytes,
                                                               path)))
        return false;
    return devpath_find(path, path_bytes, DEVPATH_MESSAGING, DEVPATH_MESSAGING_UART, &node,
                        &node_bytes);
}

void console_open(struct loader *loader)
{
    struct console *console = &loader->console;
    bool reached = false;

    console->opened = true;
    console->own_uart = false;
    console->quiet = !loader->config->verbose;
    if (loader->config->serial == CONFIG_SERIAL_OFF)
        return;
    if (loader->system->ConOut != NULL && loader->config->serial == CONFIG_SERIAL_AUTO)
        reached = conout_reaches_serial(loader);
    uart_init(&console->uart, UART_COM1_PORT, !reached);
    console->own_uart = !reached;
}

/* Bytes as UCS-2 with CR LF; what is no ASCII shows as '?'. False where it cannot be shown. */
static bool write_conout(EFI_SYSTEM_TABLE *system, const char *bytes, size_t size_bytes)
{
    CHAR16 units[128];
    size_t count = 0;

    if (system->ConOut == NULL)
        return false;
    for (size_t i = 0; i < size_bytes; i++) {
        if (bytes[i] == '\n')
            units[count++] = '\r';
        units[count++] = (uint8_t)bytes[i] < 0x80 ? (CHAR16)(uint8_t)bytes[i] : '?';
        if (count >= 125 || i + 1 == size_bytes) {
            units[count] = 0;
            if (EFI_ERROR(system->ConOut->OutputString(system->ConOut, units)))
                return false;
            count = 0;
        }
    }
    return true;
}

void console_write(struct loader *loader, const char *bytes, size_t size_bytes)
{
    struct console *console = &loader->console;

    if (!console->after_exit) {
        if (!write_conout(loader->system, bytes, size_bytes) || console->own_uart)
            uart_write(&console->uart, bytes, size_bytes);
        return;
    }
    uart_write(&console->uart, bytes, size_bytes);
    if (console->has_screen)
        screen_write(&console->screen, bytes, size_bytes);
}

void say(struct loader *loader, const char *format, ...)
{
    char buffer[LINE_BYTES];
    struct text text;
    va_list list;

    if (loader->console.quiet)
        return;
    text_init(&text, buffer, sizeof buffer);
    va_start(list, format);
    text_vformat(&text, format, list);
    va_end(list);
    console_write(loader, text.chars, text.length_bytes);
}

/* The firmware's words for the statuses that happen (UEFI 2.10, appendix D). */
static const char *efi_status_name(uint64_t status)
{
    static const char names[] =
        "Success\0Load Error\0Invalid Parameter\0Unsupported\0Bad Buffer Size\0"
        "Buffer Too Small\0Not Ready\0Device Error\0Write Protected\0Out of Resources\0"
        "Volume Corrupted\0Volume Full\0No Media\0Media Changed\0Not Found\0Access Denied\0"
        "No Response\0No Mapping\0Timeout\0Not Started\0Already Started\0Aborted\0ICMP Error\0"
        "TFTP Error\0Protocol Error\0Incompatible\0Security Violation\0CRC Error\0"
        "End of Media\0reserved\0reserved\0End of File\0Invalid Language\0Compromised Data";
    uint64_t code = status & ~EFI_ERROR_MASK;

    return code <= 33 ? text_nth(names, code) : "unknown status";
}

/* Appends the failure's next part, up to '|' or its end; returns where the one behind begins. */
static const char *failure_part(struct text *text, const char *part)
{
    while (*part != '|' && *part != '\0')
        text_char(text, *part++);
    return *part == '|' ? part + 1 : part;
}

/* "\nID step object: Status (0x...) - advice\n" */
static void failure_line(struct text *text, const char *failure, uint64_t status,
                         const char *format, va_list list)
{
    text_char(text, '\n');
    failure = failure_part(text, failure);
    text_char(text, ' ');
    failure = failure_part(text, failure);
    text_char(text, ' ');
    text_vformat(text, format, list);
    text_format(text, ": %s (0x%lx) - %s\n", efi_status_name(status), status, failure);
}

EFI_STATUS fail(struct loader *loader, const char *failure, EFI_STATUS status,
                const char *format, ...)
{
    char buffer[LINE_BYTES];
    struct text text;
    va_list list;

    if (!EFI_ERROR(status))
        status = EFI_ABORTED;
    if (!loader->console.opened)
        console_open(loader);
    text_init(&text, buffer, sizeof buffer);
    va_start(list, format);
    failure_line(&text, failure, status, format, list);
    va_end(list);
    console_write(loader, text.chars, text.length_bytes);
    return status;
}

EFI_STATUS fail_without_state(EFI_SYSTEM_TABLE *system, EFI_STATUS status)
{
    char buffer[160];
    struct text text;
    struct uart uart;

    text_init(&text, buffer, sizeof buffer);
    text_format(&text, "\nE-MEM-06 allocate memory for the loader: %s (0x%lx) - free some and try again\n",
                efi_status_name(status), status);
    if (!write_conout(system, text.chars, text.length_bytes)) {
        uart_init(&uart, UART_COM1_PORT, true);
        uart_write(&uart, text.chars, text.length_bytes);
    }
    return EFI_ERROR(status) ? status : EFI_OUT_OF_RESOURCES;
}

_Noreturn void fail_and_halt(struct loader *loader, const char *failure,
                             uint64_t status, const char *format, ...)
{
    char buffer[LINE_BYTES];
    struct text text;
    va_list list;

    text_init(&text, buffer, sizeof buffer);
    va_start(list, format);
    failure_line(&text, failure, status, format, list);
    va_end(list);
    console_write(loader, text.chars, text.length_bytes);
    uart_drain(&loader->console.uart);
    cpu_halt();
}

/* Polls for a key every 50 ms; a clock that does not run ends the wait by its count. */
void console_wait(struct loader *loader)
{
    SIMPLE_INPUT_INTERFACE *input = loader->system->ConIn;
    EFI_INPUT_KEY key;

    for (uint32_t i = 0; i < loader->config->timeout_s * 20; i++) {
        if (input != NULL && !EFI_ERROR(input->ReadKeyStroke(input, &key)))
            return;
        if (EFI_ERROR(loader->boot->Stall(50000)))
            return;
    }
}
