/* SPDX-License-Identifier: MIT */
/* The memwatch command: finds the subcommand and lets it run. */
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

static int run(int count, char *const words[])
{
    const struct command *command;
    struct arguments arguments;

    if (count < 2)
        cannot("which command? (try memwatch --help)");
    if (strcmp(words[1], "--man") == 0) {
        print_manual(stdout);
        return STATUS_SAME;
    }
    if (strcmp(words[1], "--version") == 0) {
        fprintf(stdout, "memwatch %s\n", MEMWATCH_VERSION);
        return STATUS_SAME;
    }
    command = find_command(words[1]);
    if (asks_for_help(count - 1, words + 1)) {
        print_help(stdout, command);
        return STATUS_SAME;
    }
    if (command == NULL)
        cannot("there is no command %s (try memwatch --help)", words[1]);
    parse_arguments(command, count - 2, words + 2, &arguments);
    return command->run(&arguments);
}

int main(int count, char *words[])
{
    int status = run(count, words);

    if (fflush(stdout) != 0 || ferror(stdout))
        cannot("cannot write to stdout");
    return status;
}
