/* SPDX-License-Identifier: MIT */
/* The memmap command: finds the subcommand and lets it run. */
#include <string.h>

#include "command.h"

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    }
    return NULL;
}

static bool asks_for_help(int count, char *const words[])
{
    for (int i = 0; i < count; i++) {
        if (strcmp(words[i], "--") == 0)
            return false;
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
            return true;
    }
    return false;
}

static int help(int count, char *const words[])
{
    const struct command *command = count == 1 ? find_command(words[0]) : NULL;

    if (count > 1)
        cannot("help: too many arguments: %s (try memmap --help)", words[1]);
    if (count == 1 && command == NULL && words[0][0] != '-')
        cannot("there is no command %s (try memmap --help)", words[0]);
    print_help(output(), command);
    return STATUS_FINE;
}

static int run(int count, char *const words[])
{
    const struct command *command;
    struct arguments arguments;

    if (count < 2)
        cannot("which command? (try memmap --help)");
    if (strcmp(words[1], "--man") == 0) {
        print_manual(output());
        return STATUS_FINE;
    }
    if (strcmp(words[1], "--version") == 0) {
        fprintf(output(), "memmap %s\n", MEMMAP_TOOL_VERSION);
        return STATUS_FINE;
    }
    if (strcmp(words[1], "help") == 0)
        return help(count - 2, words + 2);
    command = find_command(words[1]);
    if (asks_for_help(count - 1, words + 1)) {
        print_help(output(), command);
        return STATUS_FINE;
    }
    if (command == NULL)
        cannot("there is no command %s (try memmap --help)", words[1]);
    parse_arguments(command, count - 2, words + 2, &arguments);
    return command->run(&arguments);
}

int main(int count, char *words[])
{
    int status = run(count, words);

    if (!output_is_written())
        output_finish(NULL);
    release_all();
    return status;
}
