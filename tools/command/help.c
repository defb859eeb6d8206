/* SPDX-License-Identifier: MIT */
/* A program's tables as --help: paragraphs broken to the terminal's width. */
#include <string.h>

#include "command/command.h"

enum { MOST_WIDTH = 78, LEAST_WIDTH = 24 };

struct paragraph {
    FILE *to;
    unsigned indent, width, column;
};

/* Words, each on the line it fits, before the paragraph's width. */
static void print_words(struct paragraph *paragraph, const char *text)
{
    FILE *to = paragraph->to;

    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (paragraph->column == 0)
            paragraph->column = (unsigned)fprintf(to, "%*s", (int)paragraph->indent, "");
        else if (paragraph->column + length + 1 > paragraph->width)
            paragraph->column = (unsigned)fprintf(to, "\n%*s", (int)paragraph->indent, "") - 1;
        else
            paragraph->column += (unsigned)fprintf(to, " ");
        paragraph->column += (unsigned)fprintf(to, "%.*s", (int)length, text);
        text += length;
        while (*text == ' ')
            text++;
    }
}

static unsigned text_width(void)
{
    unsigned columns = terminal_columns(MOST_WIDTH + 1) - 1;

    return columns > MOST_WIDTH ? MOST_WIDTH : columns < LEAST_WIDTH ? LEAST_WIDTH : columns;
}

void print_paragraph(FILE *to, unsigned indent, unsigned width, const char *title, const char *text)
{
    struct paragraph paragraph = {to, indent, width, 0};

    print_words(&paragraph, title);
    print_words(&paragraph, text);
    fputc('\n', to);
}

static void print_option(FILE *to, const struct option_text *option)
{
    struct paragraph paragraph = {to, 6, text_width(), 0};

    fputs("  ", to);
    if (option->letter != 0)
        fprintf(to, "-%c, ", option->letter);
    fprintf(to, "--%s%s%s\n", option->name, option->argument == NULL ? "" : " ",
            option->argument == NULL ? "" : option->argument);
    print_words(&paragraph, option->text);
    if (option->choices != NULL)
        print_words(&paragraph, option->choices);
    fputc('\n', to);
}

static void print_command_help(FILE *to, const struct command *command)
{
    fprintf(to, "%s %s%s%s: %s\n\n", program.name, command->name, command->words[0] == '\0' ? "" : " ",
            command->words, command->summary);
    print_paragraph(to, 0, text_width(), "", command->text);
    if (command->options != 0)
        fputs("\noptions:\n", to);
    for (size_t i = 0; i < program.option_count; i++) {
        if ((command->options & program.options[i].bit) != 0)
            print_option(to, &program.options[i]);
    }
}

/* "  show FILE           the map as a table and a strip", in two lines where there is no room. */
static void print_command_line(FILE *to, const struct command *command)
{
    enum { SUMMARY_COLUMN = 24 };
    int used = fprintf(to, "  %s%s%s", command->name, command->words[0] == '\0' ? "" : " ", command->words);

    if (text_width() >= MOST_WIDTH) {
        fprintf(to, "%*s%s\n", used < SUMMARY_COLUMN ? SUMMARY_COLUMN - used : 1, "", command->summary);
        return;
    }
    fputc('\n', to);
    print_paragraph(to, 6, text_width(), "", command->summary);
}

void print_help(FILE *to, const struct command *command)
{
    if (command != NULL) {
        print_command_help(to, command);
        return;
    }
    fprintf(to, "%s: %s\n\n%s COMMAND [OPTION]... ARGUMENT...\n\n", program.name, program.purpose,
            program.name);
    for (size_t i = 0; i < program.command_count; i++)
        print_command_line(to, &program.commands[i]);
    fputs("\noptions:\n", to);
    for (size_t i = 0; i < program.option_count; i++)
        print_option(to, &program.options[i]);
    for (const struct option_text *option = general_options; option->name != NULL; option++)
        print_option(to, option);
    fputc('\n', to);
    print_paragraph(to, 0, text_width(), "", program.about);
    fputc('\n', to);
    print_paragraph(to, 0, text_width(), "exit status:", program.status);
}
