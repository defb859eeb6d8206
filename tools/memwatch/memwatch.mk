# SPDX-License-Identifier: MIT
# The memwatch command: $(BUILD)/memwatch, its sanitizer build for the tests, its manual page and completion.
# Included behind tools/command/command.mk.

# self.c is for programs that watch themselves: tests and users of the library.
MEMWATCH_TOOL := $(filter-out tools/memwatch/self.c,$(sort $(wildcard tools/memwatch/*.c)))
$(eval $(call host_command,memwatch,$(MEMWATCH_TOOL),base bootinfo capture memmap text watch,-lpthread))
memwatch: ## build the memwatch command, its manual page and completion

# A program that watches itself, and one that changes its memory where it is told to: for the tests.
$(BUILD)/memwatch_self: $(BUILD)/host/tests/tools/memwatch_self.o $(BUILD)/host/tools/memwatch/self.o \
		$(memwatch_COMMON:%.c=$(BUILD)/host/%.o)
	$(call quiet,LD,$@)$(CC) $^ -o $@
$(BUILD)/host/tests/tools/memwatch_self.o: HOST_FLAGS += -Itools/memwatch
$(BUILD)/memwatch_child: $(BUILD)/host/tests/tools/memwatch_child.o
	$(call quiet,LD,$@)$(CC) $^ -o $@

# What the tests need; whoever includes this adds it to the test builds.
MEMWATCH_BUILDS := $(addprefix $(BUILD)/,memwatch san/memwatch memwatch.1 memwatch.bash memwatch_self memwatch_child)
