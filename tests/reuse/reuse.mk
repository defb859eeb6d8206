# SPDX-License-Identifier: MIT
# The kernel that GRUB starts, and the stick with both. Included by the Makefile; uses
# FREESTANDING, BUILD, DEPFLAGS and `quiet`. The commands are all that another kernel needs too.

# base, memmap: the engine. text, uart: only because this kernel prints.
REUSE_SOURCES := $(sort $(wildcard $(addsuffix /*.c,$(addprefix common/,base memmap text uart)))) \
                 $(sort $(wildcard tests/reuse/*.c)) tests/reuse/entry.S
REUSE_FLAGS    = $(FREESTANDING) -fno-pie -fno-stack-protector -fcf-protection=none -Icommon
REUSE_O       := $(REUSE_SOURCES:%=$(BUILD)/reuse/%.o)
REUSE_ESP     := $(BUILD)/reuse/esp/EFI/BOOT/BOOTX64.EFI $(BUILD)/reuse/esp/kernel.elf

# Debian and Arch; Fedora has the name with a 2.
GRUB_MKIMAGE  ?= $(or $(shell command -v grub-mkimage || command -v grub2-mkimage),grub-mkimage)
GRUB_MODULES  := part_gpt fat multiboot2 boot

$(BUILD)/reuse/%.o: % tests/reuse/reuse.mk
	@mkdir -p $(@D)
	$(call quiet,CC[reuse],$<)$(CC) $(REUSE_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/reuse/kernel.elf: $(REUSE_O) tests/reuse/kernel.lds
	$(call quiet,LD,$@)$(LD) -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none \
	  --no-undefined --fatal-warnings --gc-sections -T tests/reuse/kernel.lds $(REUSE_O) -o $@

$(BUILD)/reuse/esp/kernel.elf: $(BUILD)/reuse/kernel.elf
	@mkdir -p $(@D)
	$(call quiet,STRIP,$@)$(OBJCOPY) --strip-debug $< $@

$(BUILD)/reuse/esp/EFI/BOOT/BOOTX64.EFI: tests/reuse/grub.cfg tests/reuse/reuse.mk
	@mkdir -p $(@D)
	$(call quiet,GRUB,$@)$(GRUB_MKIMAGE) -O x86_64-efi -p / -c $< -o $@ $(GRUB_MODULES)

.PHONY: reuse
reuse: $(REUSE_ESP)
