# The habits of this project, each one word. The build itself is Meson's.

BUILD ?= build
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c

.PHONY: all demo check soak bench lint install clean

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet | sed '/no work to do/d'

# What is missing is installed before the first build, and not asked for again
# while the list of packages stays the same.
$(BUILD)/.packages-%: tools/install-packages
	@tools/install-packages $*
	@mkdir -p $(BUILD) && touch $@

$(BUILD)/build.ninja: | $(BUILD)/.packages-build
	@meson setup $(BUILD) > $(BUILD)/setup.log || { cat $(BUILD)/setup.log; exit 1; }

demo: all
	@tools/demo $(BUILD)/cutline

check: $(BUILD)/.packages-check all
	@tools/run-tests $(BUILD) --no-suite soak

soak: $(BUILD)/.packages-check all
	@tools/run-tests $(BUILD) --suite soak --timeout-multiplier 0

# Goes on without a peer that could not be installed.
bench: all
	@tools/install-packages bench || true
	@bench/run $(BUILD)
	@bench/net $(BUILD)

lint: $(BUILD)/.packages-check all
	@tools/run-tests $(BUILD) --suite lint
	@tools/run-clang-tidy $(BUILD)

install: all
	@meson install -C $(BUILD) --no-rebuild

clean:
	@rm -rf $(BUILD)
