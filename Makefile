# SPDX-License-Identifier: MIT
# Groma: build, run and test. `make help` lists the targets; V=1 shows commands.
#
# Three programs from one common/: the loader (BOOTX64.EFI), the kernel, and host
# programs. Each compiles common/ for itself, with its own include paths: common/ sees
# only itself and the compiler's freestanding headers.

# ---- settings ----------------------------------------------------------------------
CC        ?= gcc
ifeq ($(origin CC),default)
CC        := gcc
endif
LD        ?= ld
OBJCOPY   ?= objcopy
NM        ?= nm
PYTHON    ?= python3
V         ?= 0
FIRMWARE  ?= ovmf
MEM       ?= 512M
CPU       ?= max
SMP       ?= 1
ACCEL     ?= tcg
WINDOW    ?= 0
BUILD     := build

# ---- flags per component -------------------------------------------------------------
WARNINGS  := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
             -Wvla -Wwrite-strings -Wundef -Wpointer-arith -Werror
GCC_INCLUDE = $(shell $(CC) -print-file-name=include)
FREESTANDING = -std=c17 -O2 -g -ffreestanding -nostdinc -isystem $(GCC_INCLUDE) -mno-red-zone \
             -mgeneral-regs-only -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
             -fno-common -ffile-prefix-map=$(CURDIR)=. -Wframe-larger-than=2048 $(WARNINGS)
DEPFLAGS   = -MMD -MP

HOST_FLAGS = -std=c17 -O2 -g $(WARNINGS) -Icommon
SAN_FLAGS  = -std=c17 -O1 -g $(WARNINGS) -Icommon -fsanitize=address,undefined \
             -fno-sanitize-recover=all -fno-omit-frame-pointer
TEST_FLAGS = -Wno-conversion -Wno-sign-conversion -Wno-missing-prototypes -Wno-shadow -D_GNU_SOURCE \
             -Itests

# ---- sources ---------------------------------------------------------------------------
COMMON_SOURCES := $(sort $(wildcard common/*/*.c))
# The host links the C library's memory functions instead of ours.
HOST_COMMON    := $(filter-out common/base/mem.c,$(COMMON_SOURCES))
UNIT_SOURCES   := $(sort $(wildcard tests/unit/*.c))

comma := ,
quiet = @$(if $(filter 1,$(V)),,echo "  $(1)" $(patsubst $(CURDIR)/%,%,$(2));)

.SECONDARY:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# ---- common/ for the host, and the unit tests --------------------------------------------
$(BUILD)/host/common/%.o: common/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(HOST_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/san/common/%.o: common/%.c
	@mkdir -p $(@D)
	$(call quiet,CC[san],$<)$(CC) $(SAN_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/host/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/san/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call quiet,CC[san],$<)$(CC) $(SAN_FLAGS) $(TEST_FLAGS) $(DEPFLAGS) -c $< -o $@

# Our own memory functions, under other names, for their unit test.
$(BUILD)/%/groma_mem.o: common/base/mem.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(HOST_FLAGS) -fno-builtin -fno-tree-loop-distribute-patterns \
	  -Dmemcpy=groma_memcpy -Dmemmove=groma_memmove -Dmemset=groma_memset -Dmemcmp=groma_memcmp \
	  $(DEPFLAGS) -c $< -o $@

define unit_program
$(BUILD)/$(1)/unit: $(HOST_COMMON:%.c=$(BUILD)/$(1)/%.o) $(UNIT_SOURCES:%.c=$(BUILD)/$(1)/%.o) $(BUILD)/$(1)/groma_mem.o
	$$(call quiet,LD,$$@)$(CC) $(2) $$^ -lcriterion -o $$@
endef
$(eval $(call unit_program,host,))
$(eval $(call unit_program,san,-fsanitize=address$(comma)undefined))

.PHONY: all unit clean
all:
unit: $(BUILD)/host/unit ## the unit tests alone
	$(BUILD)/host/unit

clean: ## remove everything made
	rm -rf $(BUILD) esp/EFI/BOOT/BOOTX64.EFI esp/kernel.elf

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
