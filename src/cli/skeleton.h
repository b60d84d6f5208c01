/*
 * The files that `cutline new` writes, as texts: src/cli/skeleton.c and
 * skeleton.mk, with "skeleton" where the program's name goes.
 */
#ifndef CLI_SKELETON_H
#define CLI_SKELETON_H

extern const char cut_skeleton_program[];
extern const char cut_skeleton_makefile[];

#endif
