# Valhalla OS: every way in. `make` lists the targets.
#
# Each target sets up what it needs (tools/need), builds into build/ and
# target/, and leaves the thinking to a script in tools/ of the same name.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BUILD      := build
KERNEL     := $(BUILD)/valhalla
SHIM       := $(BUILD)/valhalla-shim
BARE       := x86_64-unknown-none
CARGO      := tools/cargo
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
HOST        = $(shell $(CARGO) -vV | sed -n 's/^host: //p')

# limine, grub, or empty for Limine where it can be had, else GRUB.
BOOTLOADER ?=
# The kernel command line of `make run`.
CMDLINE    ?=
# The name of this run: what failed once is not tried again in it.
VALHALLA_RUN ?= $(shell echo $$PPID-$$(date +%s))
export VALHALLA_RUN BOOTLOADER

.PHONY: help
help: ## list the targets (this list)
	@echo "Valhalla OS. Targets:"
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile | awk -F': ' '{ printf "  %-12s %s\n", $$1, substr($$0, length($$1) + 3) }'

# --- Run -------------------------------------------------------------------

.PHONY: run-bios
run-bios: $(BUILD)/run/valhalla.iso ## build everything, boot it in QEMU on BIOS firmware
	@tools/need qemu
	@tools/qemu bios $<

.PHONY: run-uefi
run-uefi: $(BUILD)/run/valhalla.iso ## the same on UEFI firmware
	@tools/need qemu ovmf
	@tools/qemu uefi $<

.PHONY: run
run: build ## the quickest boot: no ISO, the console in this terminal (CMDLINE="...")
	@tools/need qemu
	@tools/run-elf $(KERNEL) $(CMDLINE)

# --- Build -----------------------------------------------------------------

.PHONY: build
build: $(KERNEL) $(SHIM) ## build the kernel and the shim: build/valhalla, build/valhalla-shim

.PHONY: FORCE
FORCE:

# Cargo decides what to build; a copy that would change nothing is not made.
$(KERNEL) $(SHIM): $(BUILD)/%: FORCE
	@tools/need rust
	@$(CARGO) build --release --target $(BARE) -p $(if $(findstring shim,$*),$*,$*-kernel)
	@mkdir -p $(BUILD)
	@cmp -s $(TARGET_DIR)/$(BARE)/release/$* $@ || cp $(TARGET_DIR)/$(BARE)/release/$* $@

.PHONY: iso
iso: $(BUILD)/valhalla.iso ## build/valhalla.iso: CD and USB stick, BIOS and UEFI (BOOTLOADER=limine|grub)
	@echo "$< is ready"

# The shipped image shows its menu for some seconds, the one to run does not.
$(BUILD)/valhalla.iso: build FORCE
	@tools/choose-iso $(BUILD)
$(BUILD)/run/valhalla.iso: build FORCE
	@tools/choose-iso $(BUILD)/run -t 0

.PHONY: clean
clean: ## remove everything built; downloads and tools in build/cache stay
	@rm -rf $(TARGET_DIR)
	@[ ! -d $(BUILD) ] || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +
