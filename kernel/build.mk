# SPDX-License-Identifier: MIT
# The kernel, as ET_EXEC (kernel.elf) and static PIE (kernel-pie.elf), and the test kernel
# (testkernel.elf: the same objects with tests/boot/testkernel/ in place of kernel/main.c).
# Included by the Makefile; uses FREESTANDING, BUILD, COMMON_SOURCES and `quiet`.

KERNEL_ELF      := $(BUILD)/kernel/kernel.elf
KERNEL_PIE_ELF  := $(BUILD)/kernel/kernel-pie.elf
TESTKERNEL_ELF  := $(BUILD)/kernel/testkernel.elf

KERNEL_SOURCES  := $(sort $(wildcard kernel/*.c kernel/arch/x86_64/*.c kernel/arch/x86_64/*.S)) \
                   common/x86/exception_stubs.S
TESTKERNEL_SOURCES := $(filter-out kernel/main.c,$(KERNEL_SOURCES)) \
                   $(sort $(wildcard tests/boot/testkernel/*.c))

# Frame pointers and real calls for the backtrace (gcc leaves a small leaf without a frame even so);
# the last two some distributions turn on.
KERNEL_FLAGS     = $(FREESTANDING) -fno-omit-frame-pointer -fno-optimize-sibling-calls \
                   -fno-stack-protector -fcf-protection=none
KERNEL_exec      = -mcmodel=kernel -fno-pie
KERNEL_pie       = -fpie -fvisibility=hidden
KERNEL_LD        = $(LD) -nostdlib -z max-page-size=4096 -z noexecstack --build-id=none \
                   --no-undefined --fatal-warnings
KERNEL_LD_exec   = -static -z norelro
KERNEL_LD_pie    = -pie --no-dynamic-linker -z text -z relro -z nopack-relative-relocs --hash-style=gnu
KERNEL_BASE_exec = 0xffffffff80000000
KERNEL_BASE_pie  = 0

# $(1) exec or pie: objects of one code model. common/ sees only itself; kernel/ sees common/ too.
define kernel_objects
$$(BUILD)/kernel/$(1)/common/%.o: common/%.c kernel/build.mk
	@mkdir -p $$(@D)
	$$(call quiet,CC[kernel],$$<)$$(CC) $$(KERNEL_FLAGS) $$(KERNEL_$(1)) -Icommon $$(DEPFLAGS) -c $$< -o $$@

$$(BUILD)/kernel/$(1)/%.o: %.c kernel/build.mk
	@mkdir -p $$(@D)
	$$(call quiet,CC[kernel],$$<)$$(CC) $$(KERNEL_FLAGS) $$(KERNEL_$(1)) -Icommon -Ikernel $$(DEPFLAGS) -c $$< -o $$@

$$(BUILD)/kernel/$(1)/%.o: %.S kernel/build.mk
	@mkdir -p $$(@D)
	$$(call quiet,AS[kernel],$$<)$$(CC) $$(KERNEL_FLAGS) $$(KERNEL_$(1)) -Icommon -Ikernel $$(DEPFLAGS) -c $$< -o $$@

# An archive, so that a kernel holds only what it uses.
$$(BUILD)/kernel/$(1)/common.a: $$(COMMON_SOURCES:%.c=$$(BUILD)/kernel/$(1)/%.o)
	$$(call quiet,AR,$$@)rm -f $$@ && $$(AR) rcsD $$@ $$^

$$(BUILD)/kernel/$(1)/kernel.lds: kernel/kernel.lds.S
	@mkdir -p $$(@D)
	$$(call quiet,CPP,$$<)$$(CC) -E -P -x assembler-with-cpp $$(if $$(filter pie,$(1)),-DKERNEL_PIE) \
	  -DKERNEL_BASE=$$(KERNEL_BASE_$(1)) $$< -o $$@
endef
$(eval $(call kernel_objects,exec))
$(eval $(call kernel_objects,pie))

# $(1) result, $(2) exec or pie, $(3) sources. Linked twice: with an empty table of symbols, then
# with the table of that first link. The second must have moved no function.
define kernel_program
$$(BUILD)/kernel/$(1).elf: $$(patsubst %.S,$$(BUILD)/kernel/$(2)/%.o,$$(patsubst %.c,$$(BUILD)/kernel/$(2)/%.o,$(3))) \
		$$(BUILD)/kernel/$(2)/common.a $$(BUILD)/kernel/$(2)/kernel.lds tools/kernel_symbols.py
	$$(call quiet,LD,$$@)set -e; link="$$(KERNEL_LD) $$(KERNEL_LD_$(2)) -T $$(BUILD)/kernel/$(2)/kernel.lds"; \
	  objects="$$(filter %.o,$$^)"; work=$$(BUILD)/kernel/$(1); \
	  $$(PYTHON) tools/kernel_symbols.py </dev/null >$$$$work.empty.S; \
	  $$(CC) -c $$$$work.empty.S -o $$$$work.empty.o; \
	  $$$$link $$$$objects $$$$work.empty.o $$(BUILD)/kernel/$(2)/common.a -o $$$$work.first; \
	  $$(NM) -n $$$$work.first | $$(PYTHON) tools/kernel_symbols.py >$$$$work.symbols.S; \
	  $$(CC) -c $$$$work.symbols.S -o $$$$work.symbols.o; \
	  $$$$link $$$$objects $$$$work.symbols.o $$(BUILD)/kernel/$(2)/common.a -o $$$$work.second; \
	  $$(NM) -n $$$$work.second | $$(PYTHON) tools/kernel_symbols.py | cmp - $$$$work.symbols.S; \
	  mv $$$$work.second $$@
endef
$(eval $(call kernel_program,kernel,exec,$(KERNEL_SOURCES)))
$(eval $(call kernel_program,kernel-pie,pie,$(KERNEL_SOURCES)))
$(eval $(call kernel_program,testkernel,exec,$(TESTKERNEL_SOURCES)))

.PHONY: kernel
kernel: $(KERNEL_ELF) $(KERNEL_PIE_ELF) $(TESTKERNEL_ELF)
