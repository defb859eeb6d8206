# SPDX-License-Identifier: MIT
# The memwatch command: $(BUILD)/memwatch, its sanitizer build for the tests, its manual page.
# Included by the Makefile behind tools/lib.mk; uses BUILD, HOST_FLAGS, SAN_FLAGS, HOST_COMMON and `quiet`.

MEMWATCH_SOURCES := $(sort $(wildcard tools/memwatch/*.c))
# self.c is for programs that watch themselves: tests and users of the library.
MEMWATCH_TOOL    := $(filter-out tools/memwatch/self.c,$(MEMWATCH_SOURCES))
MEMWATCH_COMMON  := $(foreach folder,base bootinfo capture memmap text watch,$(filter common/$(folder)/%,$(HOST_COMMON)))
MEMWATCH_FLAGS   := -D_GNU_SOURCE -Itools/memwatch

$(BUILD)/host/tools/memwatch/%.o: tools/memwatch/%.c Makefile tools/memwatch/memwatch.mk
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(HOST_FLAGS) $(MEMWATCH_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/san/tools/memwatch/%.o: tools/memwatch/%.c Makefile tools/memwatch/memwatch.mk
	@mkdir -p $(@D)
	$(call quiet,CC[san],$<)$(CC) $(SAN_FLAGS) $(MEMWATCH_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/memwatch: $(MEMWATCH_TOOL:%.c=$(BUILD)/host/%.o) $(MEMWATCH_COMMON:%.c=$(BUILD)/host/%.o)
	$(call quiet,LD,$@)$(CC) $^ -lpthread -o $@

$(BUILD)/san/memwatch: $(MEMWATCH_TOOL:%.c=$(BUILD)/san/%.o) $(MEMWATCH_COMMON:%.c=$(BUILD)/san/%.o)
	$(call quiet,LD,$@)$(CC) -fsanitize=address,undefined $^ -lpthread -o $@

$(BUILD)/memwatch.1: $(BUILD)/memwatch
	$(call quiet,MAN,$@)$< --man >$@

# A program that watches itself, and one that changes its memory where it is told to: for the tests.
$(BUILD)/memwatch_self: $(BUILD)/host/tests/tools/memwatch_self.o $(BUILD)/host/tools/memwatch/self.o \
		$(MEMWATCH_COMMON:%.c=$(BUILD)/host/%.o)
	$(call quiet,LD,$@)$(CC) $^ -o $@
$(BUILD)/host/tests/tools/memwatch_self.o: HOST_FLAGS += -Itools/memwatch
$(BUILD)/memwatch_child: $(BUILD)/host/tests/tools/memwatch_child.o
	$(call quiet,LD,$@)$(CC) $^ -o $@

# What the tests need; whoever includes this adds it to the test builds.
MEMWATCH_BUILDS := $(addprefix $(BUILD)/,memwatch san/memwatch memwatch.1 memwatch_self memwatch_child)

.PHONY: memwatch memwatch-install memwatch-uninstall
INSTALLED_COMMANDS += memwatch
install: memwatch-install
uninstall: memwatch-uninstall
memwatch: $(BUILD)/memwatch $(BUILD)/memwatch.1 ## build the memwatch command and its manual page

memwatch-install: memwatch
	@install -D -m 755 $(BUILD)/memwatch $(DESTDIR)$(PREFIX)/bin/memwatch
	@install -D -m 644 $(BUILD)/memwatch.1 $(DESTDIR)$(PREFIX)/share/man/man1/memwatch.1
	@install -D -m 644 tools/memwatch/memwatch.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/memwatch
memwatch-uninstall:
	@rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/memwatch share/man/man1/memwatch.1 share/bash-completion/completions/memwatch)
