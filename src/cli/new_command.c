/* `cutline new`: a program to begin with, which compiles and runs at once. */
#include "commands.h"

#include "skeleton.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE_MAX 64
#define PATH_SIZE (NAME_SIZE_MAX + sizeof "/Makefile" + NAME_SIZE_MAX)

struct project {
    const struct cut_command *command;
    const char *name;
    char program[PATH_SIZE];
    char makefile[PATH_SIZE];
};

/*
 * A name becomes a folder, a file, a program and a target of make. Lower case
 * keeps it apart from "Makefile".
 */
static bool is_name(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz";
    static const char other[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t size = strlen(text);

    /* Make would read "makefile" in place of "Makefile". */
    return size > 0 && size <= NAME_SIZE_MAX && strchr(first, *text) != NULL &&
           strspn(text, other) == size && strcmp(text, "makefile") != 0;
}

/* Write a text with the name in place of each "skeleton". */
static void write_text(const char *text, const char *name, FILE *file)
{
    static const char word[] = "skeleton";
    const char *next;

    while ((next = strstr(text, word)) != NULL) {
        fwrite(text, 1, (size_t)(next - text), file);
        fputs(name, file);
        text = next + strlen(word);
    }
    fputs(text, file);
}

/* A full disk may be noticed as late as when the file is closed. */
static bool
write_file(const struct project *project, const char *path, const char *text)
{
    FILE *file = fopen(path, "wxe");

    if (file == NULL)
        return false;
    write_text(text, project->name, file);
    bool is_written = fflush(file) == 0 && !ferror(file);
    int write_error = errno;
    if (fclose(file) == 0 && is_written)
        return true;
    if (!is_written)
        errno = write_error;
    return false;
}

static int refuse(const struct project *project, const char *path)
{
    cut_complain(stderr,
                 project->command,
                 "%s: cannot write: %s",
                 path,
                 strerror(errno));
    unlink(project->program);
    unlink(project->makefile);
    rmdir(project->name);
    return CUT_EXIT_ERROR;
}

/* Write the files into the project's folder: both, or no folder. */
static int fill(const struct project *project)
{
    if (!write_file(project, project->program, cut_skeleton_program))
        return refuse(project, project->program);
    if (!write_file(project, project->makefile, cut_skeleton_makefile))
        return refuse(project, project->makefile);
    printf("cd %s && make && cutline sim ./%s\n", project->name, project->name);
    return CUT_EXIT_SUCCESS;
}

int cut_command_new(const struct cut_arguments *arguments)
{
    struct project project = {
        .command = cut_arguments_command(arguments),
        .name = cut_arguments_operand(arguments, 0),
    };

    if (!is_name(project.name)) {
        cut_complain(
            stderr,
            project.command,
            "\"%s\" is not a name for a program (expected a lower-case "
            "letter, then lower-case letters, digits, '_' or '-', at "
            "most %d)",
            project.name,
            NAME_SIZE_MAX);
        return CUT_EXIT_ERROR;
    }
    snprintf(project.program, PATH_SIZE, "%s/%s.c", project.name, project.name);
    snprintf(project.makefile, PATH_SIZE, "%s/Makefile", project.name);
    if (mkdir(project.name, 0777) == 0)
        return fill(&project);
    cut_complain(stderr,
                 project.command,
                 errno == EEXIST ? "%s is there already (expected a new name)"
                                 : "%s: cannot make the directory: %s",
                 project.name,
                 strerror(errno));
    return CUT_EXIT_ERROR;
}
