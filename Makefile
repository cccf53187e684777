# Valhalla OS: every way in. `make` lists the targets.
#
# Each target sets up what it needs (tools/need) and builds into build/ and
# target/ only. What takes more than a line is a script in tools/.

SHELL := /bin/sh
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Cargo uses every core by itself; two of them at once only wait for each other.
.NOTPARALLEL:

# `make run`, and `make test` of a part, are for the loop of somebody who changes
# a line: the same code, built in a tenth of the time (Cargo.toml, profile.quick).
QUICK      := $(or $(filter run,$(MAKECMDGOALS)),$(and $(TEST),$(filter test,$(MAKECMDGOALS))))
PROFILE    := $(if $(QUICK),quick,release)
BUILD      := $(if $(QUICK),build/quick,build)
KERNEL     := $(BUILD)/valhalla
DEBUG_INFO := $(BUILD)/valhalla.debug
SHIM       := $(BUILD)/valhalla-shim
BARE       := x86_64-unknown-none
CARGO      := tools/cargo
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
HOST        = $(shell $(CARGO) -vV | sed -n 's/^host: //p')
# The `test` profile: the end-to-end tests build the same crates with it.
SYMBOLS     = $(CARGO) run --quiet --profile test --target $(HOST) -p valhalla-symbols --
BARE_CRATES := -p valhalla-kernel -p valhalla-base -p valhalla-firmware -p valhalla-machine \
               -p valhalla-prompt -p valhalla-shim -p valhalla-aml
HOST_CRATES := -p valhalla-core -p valhalla-aml -p valhalla-aml-tools -p valhalla-tests \
               -p valhalla-symbols -p valhalla-bench -p valhalla-count

# limine, grub, or empty: Limine where it can be had, else GRUB.
BOOTLOADER ?=
# The kernel command line of `run` and `debug`.
CMDLINE    ?=
# Part of a test's name: `test` runs those alone.
TEST       ?=
# The one chapter of `transcripts`.
CHAPTER    ?=
CHAPTERS   := $(wildcard $(if $(CHAPTER),,README.md) docs/src/$(or $(CHAPTER),*).md)
# The serial log of `trace`.
LOG        ?=
# The QR code's text of `report`.
TEXT       ?=
# The target of `fuzz`, and how many inputs it is given.
TARGET     ?= all
RUNS       ?= 100000
# What `profile` looks at, of these.
PROFILES   := boot key framebuffer-key release scroll size
WHAT       ?= boot
PROFILED   := $(if $(filter 1,$(words $(WHAT))),$(filter $(PROFILES),$(WHAT)))
# `bench`: 1 keeps the table in the book; a commit to compare with.
SAVE       ?=
COMPARE    ?=
# Folders of `aml-cases`, `aml-suite` and `firmware`.
CASES      ?= libs/aml/tests/cases
SUITE      ?=
DUMPS      ?=
# The USB stick of `usb`.
DEV        ?=
# The name of this run: what failed once is not tried again in it.
VALHALLA_RUN ?= $(shell echo $$PPID-$$(date +%s))
export BOOTLOADER VALHALLA_RUN

.PHONY: help
help: ## list the targets
	@echo "Valhalla OS. Targets:"
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile | \
	    awk -F': ' '{ printf "  %-12s %s\n", $$1, substr($$0, length($$1) + 3) }'

# --- Run -------------------------------------------------------------------

.PHONY: run-bios
run-bios: $(BUILD)/run/valhalla.iso ## build everything and boot it in QEMU with BIOS firmware
	@tools/need qemu
	@tools/qemu bios $<

.PHONY: run-uefi
run-uefi: $(BUILD)/run/valhalla.iso ## the same with UEFI firmware
	@tools/need qemu ovmf
	@tools/qemu uefi $<

# GRUB's: its shim is the loader that was tried there.
.PHONY: bochs
bochs: build ## boot in Bochs, a stricter PC (BOCHS_CPU=MODEL; `shutdown` leaves it)
	@tools/need bochs grub
	@tools/iso -t 0 grub $(BUILD)/run/valhalla-grub.iso
	@tools/bochs $(BUILD)/run/valhalla-grub.iso

.PHONY: run
run: build ## the quickest boot: no ISO, console in this terminal (CMDLINE="console=serial")
	@tools/need qemu
	@tools/run-elf $(KERNEL) $(CMDLINE)

.PHONY: debug
debug: build ## QEMU stopped at its first instruction, gdb connected, symbols loaded
	@tools/need qemu gdb
	@tools/debug $(SHIM) $(KERNEL) "$(CMDLINE)"

.PHONY: trace
trace: ## function, file and line of every kernel address in a serial log (LOG=file)
	@[ -f "$(LOG)" ] || { echo "trace: no such file: LOG=$(LOG)" >&2; exit 2; }
	@[ -f $(DEBUG_INFO) ] || { echo "trace: $(DEBUG_INFO) is not there; \`make build' builds it" >&2; exit 2; }
	@$(SYMBOLS) trace $(DEBUG_INFO) "$(LOG)"

.PHONY: report
report: ## the report in a crash's QR code, from the text that a telephone reads (TEXT=file)
	@[ -f "$(TEXT)" ] || { echo "report: no such file: TEXT=$(TEXT)" >&2; exit 2; }
	@$(SYMBOLS) unpack "$(TEXT)"

# --- Build -----------------------------------------------------------------

.PHONY: build
build: $(KERNEL) $(SHIM) ## the kernel and the shim: build/valhalla, build/valhalla-shim

.PHONY: rust
rust:
	@tools/need rust cc

.PHONY: FORCE
FORCE:

# Cargo knows what there is to do; a copy that would change nothing is not made.
# The kernel's copy gets its table of symbols (tools/symbols); what is booted goes
# without ELF symbols and debug information, which stay beside it for the tools.
$(KERNEL): FORCE | rust
	@$(CARGO) build --profile $(PROFILE) --target $(BARE) -p valhalla-kernel
	@mkdir -p $(BUILD)
	@$(SYMBOLS) pack $(TARGET_DIR)/$(BARE)/$(PROFILE)/valhalla $(DEBUG_INFO)
	@tools/strip $(DEBUG_INFO) $@
$(SHIM): FORCE | rust
	@$(CARGO) build --release --target $(BARE) -p valhalla-shim
	@mkdir -p $(BUILD)
	@tools/strip $(TARGET_DIR)/$(BARE)/release/valhalla-shim $@

.PHONY: iso
iso: $(BUILD)/valhalla.iso ## build/valhalla.iso for CD and USB, BIOS and UEFI (BOOTLOADER=limine|grub); GRUB's beside it
	@echo "$< is ready"

# The shipped image shows its menu for some seconds, the one to run does not.
$(BUILD)/valhalla.iso: build FORCE
	@tools/choose-iso $(BUILD)
	@if tools/need grub; then tools/iso grub $(BUILD)/valhalla-grub.iso; else \
	    echo "iso: without GRUB there is no $(BUILD)/valhalla-grub.iso beside it" >&2; fi
$(BUILD)/run/valhalla.iso: build FORCE
	@tools/choose-iso $(BUILD)/run -t 0

.PHONY: usb
usb: ## write the ISO to a USB stick, after checks and a question (DEV=/dev/sdX)
	@tools/write-usb "$(DEV)"
	@$(MAKE) iso
	@tools/write-usb "$(DEV)" $(BUILD)/valhalla.iso

.PHONY: docs
docs: rust ## the book, as web pages: build/book/index.html
	@tools/need mdbook
	@PATH="$$PATH:$(CURDIR)/$(BUILD)/cache/bin" mdbook build docs
	@echo "$(BUILD)/book/index.html is ready"

.PHONY: screenshots
screenshots: test-images ## the pictures of README and book, from real boots: docs/src/images
	@tools/need qemu
	@VALHALLA_BUILD=$(CURDIR)/$(BUILD)/test $(CARGO) run --quiet --profile test --target $(HOST) \
	    -p valhalla-tests --example screenshots -- docs/src/images

.PHONY: transcripts
transcripts: $(if $(CHAPTERS),test-images) ## what the kernel says in the book, from real runs (CHAPTER=name of one in docs/src)
	@[ -n "$(CHAPTERS)" ] || { echo "transcripts: no such file: docs/src/$(CHAPTER).md" >&2; exit 2; }
	@tools/need qemu ovmf iasl
	@VALHALLA_BUILD=$(CURDIR)/$(BUILD)/test $(CARGO) run --quiet --profile test --target $(HOST) \
	    -p valhalla-tests --example transcripts -- $(CHAPTERS)

.PHONY: clean
clean: ## remove what was built; downloads and tools in build/cache stay
	@rm -rf "$(TARGET_DIR)"
	@[ ! -d $(BUILD) ] || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +

# --- Check -----------------------------------------------------------------

.PHONY: test
test: test-images ## every test: the logic here, the whole system in QEMU and Bochs (TEST=part of a name)
	@tools/need qemu ovmf
	@tools/need bochs || echo "test: without Bochs its tests count as ignored" >&2
	@tools/need iasl || echo "test: without iasl its tests count as ignored" >&2
	@VALHALLA_BUILD=$(CURDIR)/$(BUILD)/test tools/run-tests $(BUILD) \
	    $(CARGO) test --target $(HOST) $(HOST_CRATES) --lib --tests $(if $(TEST),-- $(TEST))

# The bench and its plugin for QEMU; cargo knows whether there is anything to do.
BENCH_DIR   = $(TARGET_DIR)/$(HOST)/debug
BENCH       = VALHALLA_BUILD=$(CURDIR)/$(BUILD) $(BENCH_DIR)/valhalla-bench \
              $(CURDIR)/$(BUILD) $(BENCH_DIR)/libcount.so
BASELINE   := tools/bench/baseline.txt

.PHONY: bench-tool
bench-tool: build
	@tools/need qemu grub
	@$(CARGO) build --quiet --profile test --target $(HOST) -p valhalla-bench -p valhalla-count

.PHONY: bench
bench: bench-tool ## what things cost, in counted instructions (SAVE=1, or COMPARE=REVISION)
ifneq ($(COMPARE),)
	@tools/build-revision "$(COMPARE)" $(BUILD)/compare
	@$(BENCH) compare $(CURDIR)/$(BUILD)/compare/build
else
	@$(BENCH) table $(if $(SAVE),docs/src/figures.md)
endif

.PHONY: bench-baseline
bench-baseline: bench-tool ## make today's counts the baseline of `make check`, on purpose
	@$(BENCH) update $(BASELINE)

.PHONY: profile
profile: $(if $(PROFILED),bench-tool) ## instructions by function (WHAT=boot|key|framebuffer-key|release|scroll), or bytes by folder (WHAT=size)
	@[ -n "$(PROFILED)" ] || \
	    { echo "profile: WHAT is one of: $(PROFILES); not \"$(WHAT)\"" >&2; exit 2; }
	@$(BENCH) profile "$(WHAT)"

# Counts that repeat exactly stay at their baseline, and the gate can turn red.
.PHONY: gate
gate: bench-tool
	@$(MAKE) gate-run

# The same with what is built already: a build would wait for one that runs beside it.
.PHONY: gate-run
gate-run:
	@$(BENCH) gate $(BASELINE)
	@$(BENCH) gate-turns-red

# What the tests boot: build/test/valhalla, valhalla-shim and an ISO a loader.
.PHONY: test-images
test-images: build
	@tools/need grub
	@tools/test-images $(BUILD) $(BUILD)/test

# The AML interpreter, measured: not part of `check`, which has its own cases.
AML         = $(CARGO) run --quiet --release --target $(HOST) -p valhalla-aml-tools --

.PHONY: aml-cases
aml-cases: rust ## .asl files run by our AML interpreter, against an expected.tsv (CASES=dir)
	@tools/need iasl
	@$(AML) cases "$(CASES)" $(BUILD)/aml-cases

.PHONY: aml-suite
aml-suite: rust ## a suite of ASL programs, such as ACPICA's aslts or uACPI's, by our AML interpreter (SUITE=dir)
	@tools/need iasl
	@[ -d "$(SUITE)" ] || { echo "aml-suite: no such folder: SUITE=$(SUITE)" >&2; exit 2; }
	@$(AML) suite "$(SUITE)" $(BUILD)/aml-suite

.PHONY: firmware
firmware: rust ## what our AML interpreter makes of dumped firmware (DUMPS=dir of machines)
	@[ -d "$(DUMPS)" ] || { echo "firmware: no such folder: DUMPS=$(DUMPS)" >&2; exit 2; }
	@$(AML) firmware "$(DUMPS)" $(BUILD)/firmware

# A fixed seed: the same inputs each time. `RUNS=100000000` is a night's work.
.PHONY: fuzz
fuzz: rust ## feed the parsers hostile input (TARGET=name, of fuzz/src/bin; RUNS=number)
	@tools/fuzz $(BUILD) $(TARGET) $(RUNS)

# Two at a time, because linking the kernel, fuzzing and the gate are each one
# core's work. What could be missing is installed before, one after the other.
.PHONY: check
check: check-needs links scripts format ## what CI runs: dead links, format, lints as errors, fuzzing, every test
	@tools/beside "$(MAKE) tests-built" "$(MAKE) fuzz"
	@tools/beside "$(MAKE) lints" "$(MAKE) gate-run"
	@$(MAKE) test

.PHONY: check-needs
check-needs: rust
	@tools/need qemu ovmf grub shellcheck rust-lints
	@tools/need cargo-fuzz || true # fuzz says what it does without

# All that the gate and the tests run.
.PHONY: tests-built
tests-built: bench-tool test-images
	@$(CARGO) test --target $(HOST) $(HOST_CRATES) --lib --tests --no-run

# One of the rules among the trials; its table is what is wanted here.
.PHONY: ratchet
ratchet: rust ## lines of code in ring 0 by folder: old rooms only shrink (tests/ratchet.txt)
	@$(CARGO) test --quiet --target $(HOST) -p valhalla-tests --test e2e -- \
	    --exact rules::ring_0_only_shrinks

.PHONY: links
links:
	@tools/check-links

.PHONY: scripts
scripts:
	@tools/need shellcheck
	@shellcheck $$(find tools -maxdepth 1 -type f) .ci/run
	@tools/self-test

.PHONY: format
format: rust
	@tools/need rust-lints
	@$(CARGO) fmt --all --check
	@$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check

.PHONY: lints
lints: rust
	@tools/need rust-lints
	@$(CARGO) clippy --release --target $(BARE) $(BARE_CRATES) -- -D warnings
	@$(CARGO) clippy --target $(HOST) $(HOST_CRATES) --all-targets -- -D warnings
	@$(CARGO) clippy --target $(HOST) --manifest-path fuzz/Cargo.toml \
	    --target-dir $(TARGET_DIR)/fuzz --all-targets -- -D warnings
