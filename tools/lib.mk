# SPDX-License-Identifier: MIT
# common/ as a library for other programs: `make lib`, `make install PREFIX=/usr/local DESTDIR=`,
# `make uninstall`. Included by the Makefile; uses FREESTANDING, BUILD, HOST_COMMON and `quiet`.
#
# libgroma.a serves kernels and host programs of x86-64 alike: no C library, no red zone, integer
# registers alone, position independent, nothing exported when it goes into a shared library. It has
# no memcpy, memmove, memset and memcmp of its own, or a host program might get them instead of its
# C library's: a program without one adds -lgroma_mem. A user of common/uart defines
# uart_io_read and uart_io_write. Other machines compile the amalgamation.
PREFIX         ?= /usr/local
DESTDIR        ?=
INSTALL        ?= install
GROMA_VERSION  := $(shell sed -n 's/^.define LOADER_VERSION "\(.*\)"/\1/p' loader/loader.h)

LIB_FLAGS       = $(FREESTANDING) -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections \
                  -fno-stack-protector -fcf-protection=none -Icommon
LIB_FILES      := $(BUILD)/libgroma.a $(BUILD)/libgroma_mem.a
LIB_ONE_FILE   := $(BUILD)/groma_memmap.h $(BUILD)/groma_memmap.c
# Headers that say so in their heads are nobody else's business.
LIB_HEADERS     = $(shell for header in common/*/*.h; do \
                    sed '/^.ifndef/q' $$header | grep -q 'Private to' || echo $$header; done)
INSTALL_ROOT    = $(DESTDIR)$(PREFIX)

$(BUILD)/lib/%.o: %.c Makefile tools/lib.mk
	@mkdir -p $(@D)
	$(call quiet,CC[lib],$<)$(CC) $(LIB_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/libgroma.a: $(HOST_COMMON:%.c=$(BUILD)/lib/%.o)
$(BUILD)/libgroma_mem.a: $(BUILD)/lib/common/base/mem.o
$(LIB_FILES):
	$(call quiet,AR,$@)rm -f $@ && $(AR) rcsD $@ $^

# The folders' times tell of files that are gone.
$(BUILD)/groma_memmap.h: tools/amalgamate.py LICENSE loader/loader.h common/base common/memmap \
		$(wildcard common/base/*.[ch] common/memmap/*.[ch])
	$(call quiet,GEN,$@)$(PYTHON) tools/amalgamate.py --version $(GROMA_VERSION) --out $(@D)
$(BUILD)/groma_memmap.c: $(BUILD)/groma_memmap.h ;

define GROMA_PC
prefix=$(PREFIX)
libdir=$${prefix}/lib
includedir=$${prefix}/include

Name: groma
Description: memory maps, frames, page tables and ELF plans for kernels and boot loaders
Version: $(GROMA_VERSION)
Cflags: -I$${includedir}
Libs: -L$${libdir} -lgroma
endef
export GROMA_PC

.PHONY: lib install uninstall prefix-is-absolute
lib: includes $(LIB_FILES) $(LIB_ONE_FILE) ## build/libgroma.a, groma.pc, groma_memmap.h and .c: the engine for other programs
	@echo "$$GROMA_PC" >$(BUILD)/groma.pc

# groma.pc would name a folder that depends on where it is used.
prefix-is-absolute:
	@case '$(PREFIX)' in /*) ;; *) echo "PREFIX=$(PREFIX): it must be an absolute path (DESTDIR= may be relative)" >&2; exit 1 ;; esac

# Headers name each other "base/checked.h" here, <groma/base/checked.h> where they are installed:
# a folder of theirs in the search path would offer "config/config.h" to everybody.
install: prefix-is-absolute lib ## install the library, its headers and groma.pc (PREFIX=/usr/local DESTDIR=)
	@for header in $(LIB_HEADERS); do \
	  target=$(INSTALL_ROOT)/include/groma/$${header#common/}; mkdir -p "$${target%/*}" && \
	  sed 's,^#include "\(.*\)",#include <groma/\1>,' "$$header" >"$$target" && chmod 644 "$$target" || exit 1; \
	done
	@$(INSTALL) -d $(INSTALL_ROOT)/lib/pkgconfig $(INSTALL_ROOT)/share/groma
	@$(INSTALL) -m 644 $(LIB_FILES) $(INSTALL_ROOT)/lib
	@$(INSTALL) -m 644 $(BUILD)/groma.pc $(INSTALL_ROOT)/lib/pkgconfig
	@$(INSTALL) -m 644 $(LIB_ONE_FILE) $(INSTALL_ROOT)/share/groma
	@echo "installed in $(INSTALL_ROOT): lib/libgroma.a, lib/libgroma_mem.a, lib/pkgconfig/groma.pc, include/groma, share/groma"
	@for name in $(INSTALLED_COMMANDS); do \
	  echo "  bin/$$name, share/man/man1/$$name.1, share/bash-completion/completions/$$name"; done

uninstall: prefix-is-absolute ## remove what install put there (same PREFIX and DESTDIR)
	@rm -f $(LIB_FILES:$(BUILD)/%=$(INSTALL_ROOT)/lib/%) $(INSTALL_ROOT)/lib/pkgconfig/groma.pc
	@rm -rf $(INSTALL_ROOT)/include/groma $(INSTALL_ROOT)/share/groma
