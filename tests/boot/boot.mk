# SPDX-License-Identifier: MIT
# Longer series of boots than `make test` has. Needs MAKE, PYTHON, and `all`.
UBOOT_BOOTS ?= 1000
OVMF_BOOTS  ?= 200

.PHONY: boot-matrix endurance boot-matrix-built endurance-built
boot-matrix: deps-test ## boot every machine of a matrix of 132 once
	@$(MAKE) --no-print-directory boot-matrix-built
boot-matrix-built: all
	@$(PYTHON) tests/boot/matrix.py

endurance: deps-test ## boot two machines UBOOT_BOOTS=1000 and OVMF_BOOTS=200 times (hours)
	@$(MAKE) --no-print-directory endurance-built
endurance-built: all
	@$(PYTHON) tests/boot/matrix.py --endurance $(UBOOT_BOOTS) $(OVMF_BOOTS)

# The kernel of docs/your-kernel.md, built as that page says.
EXAMPLE_KERNEL := $(BUILD)/kernel/mine.elf
$(EXAMPLE_KERNEL): $(wildcard docs/example/*) $(BUILD)/libgroma.a $(BUILD)/libgroma_mem.a
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CC) -std=c17 -O2 $(WARNINGS) -Wno-missing-prototypes -Icommon -ffreestanding -fno-pie -no-pie \
	    -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -nostdlib -static -Wl,--build-id=none \
	    -T docs/example/mine.lds docs/example/*.c -L$(BUILD) -lgroma -lgroma_mem -o $@
