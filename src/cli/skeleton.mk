# `make` builds skeleton with the Cutline that pkg-config finds. To use one
# that is built and not installed, put its build/meson-uninstalled into
# PKG_CONFIG_PATH.
CFLAGS ?= -O2 -g -Wall -Wextra
CUTLINE_CFLAGS := $(shell pkg-config --cflags cutline)
# The program looks for the library where it was found.
CUTLINE_LIBS := $(shell pkg-config --libs cutline | \
	sed 's/-L\([^ ]*\)/& -Wl,-rpath,\1/g')

skeleton: skeleton.c
	$(CC) -std=c17 $(CFLAGS) $(CUTLINE_CFLAGS) $< $(CUTLINE_LIBS) -o $@
