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

.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# ---- the loader ----------------------------------------------------------------------------
EFI_INCLUDE ?= /usr/include/efi
EFI_LIB     ?= /usr/lib
LOADER_FLAGS = $(FREESTANDING) -fpic -fvisibility=hidden -fshort-wchar -DGNU_EFI_USE_MS_ABI \
             -fno-stack-protector -fcf-protection=none -Oz -ffunction-sections -fdata-sections -Icommon -Iloader -isystem $(EFI_INCLUDE) -isystem $(EFI_INCLUDE)/x86_64
LOADER_C    := $(sort $(wildcard loader/*.c loader/handoff/*.c))
LOADER_S    := loader/switch.S loader/sbat.S loader/handoff/entry.S common/x86/exception_stubs.S
# What the loader needs of common/; the frame allocator is the kernel's.
LOADER_COMMON := $(filter-out common/frames/%,$(COMMON_SOURCES))
LOADER_O    := $(LOADER_COMMON:%.c=$(BUILD)/loader/%.o) $(LOADER_C:%.c=$(BUILD)/loader/%.o) \
             $(LOADER_S:%.S=$(BUILD)/loader/%.o)
# What the hand-off block is copied from. Linked alone too, as the proof that it is closed and
# position independent.
HANDOFF_O   := $(BUILD)/loader/loader/handoff/entry.o $(BUILD)/loader/loader/handoff/report.o \
             $(BUILD)/loader/common/x86/exception_stubs.o $(BUILD)/loader/loader/ports.o \
             $(patsubst %.c,$(BUILD)/loader/%.o,common/x86/exception.c common/uart/uart.c \
             common/text/text.c common/base/mem.c common/screen/screen.c common/screen/font_8x13.c)
PE_SECTIONS := .text .rodata .reloc .data .rela .sbat

# The linker would merge equal strings of the block and of the rest into the rest.
$(HANDOFF_O): LOADER_FLAGS += -fno-merge-constants

$(BUILD)/loader/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(LOADER_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/loader/%.o: %.S Makefile
	@mkdir -p $(@D)
	$(call quiet,AS,$<)$(CC) $(LOADER_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/loader/handoff.elf: $(HANDOFF_O) loader/handoff/handoff.lds
	$(call quiet,LD,$@)$(LD) -nostdlib -static --gc-sections --fatal-warnings -z noexecstack --build-id=none \
	  --emit-relocs --strip-debug -T loader/handoff/handoff.lds $(HANDOFF_O) -o $@
	@if readelf -rW $@ | grep -E 'R_X86_64_(64|32S?) '; then echo "the hand-off block is not position independent"; exit 1; fi

$(BUILD)/loader/loader.so: $(LOADER_O) loader/loader.lds | $(BUILD)/loader/handoff.elf
	$(call quiet,LD,$@)$(LD) -nostdlib -znocombreloc -shared -Bsymbolic -z noexecstack --no-undefined \
	  --fatal-warnings --build-id=none --gc-sections -T loader/loader.lds $(EFI_LIB)/crt0-efi-x86_64.o $(LOADER_O) \
	  -o $@ -L$(EFI_LIB) -lgnuefi

$(BUILD)/loader/BOOTX64.EFI: $(BUILD)/loader/loader.so tools/pe_finish.py
	$(call quiet,OBJCOPY,$@)$(OBJCOPY) -S $(PE_SECTIONS:%=-j %) --target efi-app-x86_64 --subsystem=10 \
	  --section-alignment=0x1000 --file-alignment=0x200 $< $@.raw
	@$(PYTHON) tools/pe_finish.py --so $< $@.raw $@ && rm -f $@.raw

# ---- common/ for the host, and the unit tests --------------------------------------------
$(BUILD)/host/common/%.o: common/%.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(HOST_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/san/common/%.o: common/%.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC[san],$<)$(CC) $(SAN_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/host/tests/%.o: tests/%.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/san/tests/%.o: tests/%.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC[san],$<)$(CC) $(SAN_FLAGS) $(TEST_FLAGS) $(DEPFLAGS) -c $< -o $@

# Our own memory functions, under other names, for their unit test.
$(BUILD)/san/groma_mem.o: HOST_FLAGS = $(SAN_FLAGS)
$(BUILD)/%/groma_mem.o: common/base/mem.c Makefile
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

# ---- host programs that tests use ------------------------------------------------------------
$(BUILD)/host/elf_verdict: $(BUILD)/host/tests/model/elf_verdict.o $(BUILD)/host/common.a
	$(call quiet,LD,$@)$(CC) $^ -o $@

$(BUILD)/host/memmap_exhaustive $(BUILD)/host/memmap_replay: $(BUILD)/host/%: \
		$(BUILD)/host/tests/model/%.o $(BUILD)/host/common.a
	$(call quiet,LD,$@)$(CC) $^ -o $@

# Further parts, each beside what it builds; they use what stands above.
include tools/lib.mk \
        tools/command/command.mk \
        tools/memmap/memmap.mk \
        tools/memwatch/memwatch.mk \
        tests/bench/frames.mk \
        tests/bench/memmap.mk \
        tests/bench/pool.mk \
        tests/bench/watch.mk \
        tests/boot/boot.mk \
        tests/firmware/disks/disks.mk \
        tests/firmware/firmware.mk \
        tests/coverage/coverage.mk \
        tests/fuzz/fuzz.mk \
        tests/model/frames_explore.mk \
        tests/model/frames_inject.mk \
        tests/mutation/mutation.mk \
        tests/prove/prove.mk \
        tests/reuse/reuse.mk

$(BUILD)/host/common.a: $(HOST_COMMON:%.c=$(BUILD)/host/%.o)
	$(call quiet,AR,$@)rm -f $@ && $(AR) rcsD $@ $^

# ---- the boot benchmark's kernels: tiny, and with 64 MiB of incompressible bytes ---------------
BENCH_O := $(BUILD)/kernel/exec/tests/bench/kernel_main.o
$(BUILD)/bench/padding:
	@mkdir -p $(@D)
	@$(PYTHON) -c 'import random,sys; sys.stdout.buffer.write(random.Random(1).randbytes(64 << 20))' >$@

$(BUILD)/bench/entry.o: tests/bench/kernel_entry.S
	@mkdir -p $(@D)
	$(call quiet,AS,$<)$(CC) -c $< -o $@
$(BUILD)/bench/entry-64mib.o: tests/bench/kernel_entry.S $(BUILD)/bench/padding
	$(call quiet,AS,$<)$(CC) -DPADDING='"$(BUILD)/bench/padding"' -c $< -o $@

$(BUILD)/bench/kernel%.elf: $(BUILD)/bench/entry%.o $(BENCH_O) $(BUILD)/kernel/exec/common.a tests/bench/kernel.lds
	$(call quiet,LD,$@)$(LD) -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none --strip-all \
	  -T tests/bench/kernel.lds $(filter %.o %.a,$^) -o $@
$(BUILD)/bench/kernel.elf: $(BUILD)/bench/entry.o $(BENCH_O) $(BUILD)/kernel/exec/common.a tests/bench/kernel.lds
	$(call quiet,LD,$@)$(LD) -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none --strip-all \
	  -T tests/bench/kernel.lds $(filter %.o %.a,$^) -o $@

# ---- the stick -----------------------------------------------------------------------------------
include kernel/build.mk

ESP_FILES := esp/EFI/BOOT/BOOTX64.EFI esp/kernel.elf esp/groma.conf
USB_IMAGE := $(BUILD)/groma-usb.img

esp/EFI/BOOT/BOOTX64.EFI: $(BUILD)/loader/BOOTX64.EFI
	@mkdir -p $(@D)
	$(call quiet,COPY,$@)cp $< $@

# The stick's kernel without its debug information; build/kernel/kernel.elf keeps it.
esp/kernel.elf: $(KERNEL_ELF)
	$(call quiet,STRIP,$@)$(OBJCOPY) --strip-debug $< $@

# Whatever lies in esp/, the user's own files included; a folder's time tells of removals.
$(USB_IMAGE): $(ESP_FILES) $(shell find esp) tools/image.py
	$(call quiet,IMAGE,$@)$(PYTHON) tools/image.py --esp esp --out $@

include tools/stick.mk

# ---- what users ask for ------------------------------------------------------------------------------
MACHINE = $(PYTHON) tools/machine.py
MACHINE_OPTIONS = --firmware $(FIRMWARE) --mem $(MEM) --cpu $(CPU) --smp $(SMP) --accel $(ACCEL) \
                  $(if $(filter 1,$(WINDOW)),--window) $(if $(filter 1,$(WATCH)),--watch)
again = @$(MAKE) --no-print-directory
# What is to be built first, on all CPUs; what is then run has makes of its own, and no part in this.
CPUS := $(shell nproc 2>/dev/null || echo 1)
build_first = $(again) $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(CPUS))

.PHONY: all help deps deps-debug deps-bench deps-test deps-full run usb test test-full test-full-built unit debug screenshot bench \
        bench-boot disasm symbols ids clean includes run-built test-builds test-built debug-built bench-boot-built
all: includes $(ESP_FILES) ## build loader, kernel and the stick's content, esp/ (after make deps)

help: ## list what make can do
	@echo "make TARGET, with MEM=512M CPU=max SMP=1 FIRMWARE=ovmf|uboot ACCEL=tcg|kvm WINDOW=0|1 WATCH=0|1 V=0|1:"
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1@\2/p' $(filter-out %.d,$(MAKEFILE_LIST)) | column -t -s@ 2>/dev/null || \
	  sed -nE 's/^([a-z-]+):.*## (.*)/  \1: \2/p' $(filter-out %.d,$(MAKEFILE_LIST))

run: deps ## install what is missing, build, boot in QEMU (Ctrl-A X quits); WATCH=1: for memwatch
	$(build_first) $(RUN_BUILDS)
	$(again) run-built
RUN_BUILDS = all $(if $(filter 1,$(WATCH)),$(BUILD)/memwatch)
run-built: $(RUN_BUILDS)
	@$(MACHINE) run $(MACHINE_OPTIONS)

usb: all $(USB_IMAGE) ## write build/groma-usb.img, a bootable stick's image

test: deps-test ## install what is missing, build, run all tests
	$(build_first) test-builds
	$(again) test-built
# Each part names in its .mk what it needs built.
TEST_BUILDS = $(BUILD)/host/unit $(BUILD)/san/unit kernel lib $(REUSE_ESP) $(DISKS_EFI) $(EXAMPLE_KERNEL) \
              $(FUZZ_BUILDS) $(FIRMWARE_BUILDS) $(MEMMAP_BUILDS) $(MEMWATCH_BUILDS) $(POOL_TESTS) \
              $(FRAMES_TESTS) $(EXPLORE_BUILDS) $(INJECT_BUILDS) \
              $(addprefix $(BUILD)/host/,elf_verdict memmap_exhaustive memmap_replay memmap_random)
test-builds: all $(USB_IMAGE) $(TEST_BUILDS)
test-built: test-builds
	@$(PYTHON) tests/run.py $(PARTS) $(ALSO:%=--also=%)

test-full: deps-full ## all tests and the longer ones
	$(build_first) test-builds $(COV_BUILDS)
	$(again) test-full-built
test-full-built: test-builds $(COV_BUILDS)
	@$(PYTHON) tests/run.py --full $(PARTS)

unit: $(BUILD)/host/unit ## the unit tests alone
	$(BUILD)/host/unit

debug: deps-debug ## boot under gdb, with the symbols of loader and kernel
	$(again) debug-built
debug-built: all
	@$(MACHINE) debug $(MACHINE_OPTIONS)

OUT ?= $(BUILD)/screenshot.png
screenshot: all ## write the kernel's screen to build/screenshot.png (OUT=FILE: elsewhere)
	@$(MACHINE) screenshot $(OUT) $(filter-out --window,$(MACHINE_OPTIONS))
	@echo $(OUT)

ids: ## write the table of error ids in loader/README.md anew
	@$(PYTHON) tools/error_ids.py --write

disasm: all ## disassemble loader and kernel into build/*.asm
	@objdump -drwC $(BUILD)/loader/loader.so >$(BUILD)/loader.asm
	@objdump -drwC $(KERNEL_ELF) >$(BUILD)/kernel.asm
	@echo "$(BUILD)/loader.asm $(BUILD)/kernel.asm"

symbols: all ## list the symbols of loader and kernel by size into build/*.sym
	@$(NM) -CS --size-sort $(BUILD)/loader/loader.so >$(BUILD)/loader.sym
	@$(NM) -CS --size-sort $(KERNEL_ELF) >$(BUILD)/kernel.sym
	@echo "$(BUILD)/loader.sym $(BUILD)/kernel.sym"

bench: bench-boot bench-memmap bench-frames bench-pool bench-watch ## all benchmarks
bench-boot: deps ## what a boot costs, in guest instructions
	$(again) bench-boot-built
bench-boot-built: all $(BUILD)/bench/kernel.elf $(BUILD)/bench/kernel-64mib.elf
	@$(PYTHON) tests/bench/boot.py

deps: ## install what building and running need (Debian and Ubuntu)
	@tools/deps.sh run
	@$(if $(filter uboot,$(FIRMWARE)),tools/deps.sh uboot)
	@$(if $(filter 1,$(WINDOW)),tools/deps.sh window)
deps-debug: deps
	@tools/deps.sh debug
deps-bench: deps
	@tools/deps.sh bench
deps-test:
	@tools/deps.sh test
deps-full: ## install what only debug, test-full and prove need, too
	@tools/deps.sh full

clean: ## remove everything made
	rm -rf $(BUILD) esp/EFI/BOOT/BOOTX64.EFI esp/kernel.elf

# common/ includes the freestanding headers and itself; loader/ and kernel/ never each other.
includes:
	@tools/check-includes.sh

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
