/* Faults on demand, for programs whose calls of the C library pass through here first (LD_PRELOAD).
 *
 * Counts the operations that change files in FAULT_FOLDER, and does something at operation number FAULT_AT (from 1):
 *   kill   ends the process, as the system's SIGKILL does
 *   full   from there on nothing fits on the disk (ENOSPC)
 *   io     that one operation fails (EIO)
 * FAULT_KIND names it. FAULT_COUNT is a file that the number of operations is written to, after each.
 *
 * FAULT_SHADOW is a folder for what a power cut leaves: whenever a file is synced, its contents are copied there under its
 * inode; whenever the folder is synced, the names that it has, with their inodes, go to the file `names` there. So what is
 * in FAULT_SHADOW is what a disk must hold, and all that it must hold. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long operations;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_in_folder(const char *path) {
    const char *folder = getenv("FAULT_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    return length && path && !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static int path_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return 1;
}

static int fd_is_in_folder(int fd) {
    char path[4096];
    return path_of(fd, path, sizeof path) && is_in_folder(path);
}

static int absolute(const char *path, char *out, size_t size) {
    if (path[0] == '/') return snprintf(out, size, "%s", path) < (int)size;
    char here[4096];
    return getcwd(here, sizeof here) && snprintf(out, size, "%s/%s", here, path) < (int)size;
}

static int path_is_in_folder(const char *path) {
    char full[8192];
    return path && absolute(path, full, sizeof full) && is_in_folder(full);
}

static void write_whole(const char *path, const void *bytes, size_t length) {
    char temporary[4200];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    int fd = syscall(SYS_openat, AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return;
    if (syscall(SYS_write, fd, bytes, length) == (long)length) syscall(SYS_rename, temporary, path);
    syscall(SYS_close, fd);
}

/* What is done at the next operation: 0, or the error that it ends in. `grows`: whether it needs room on the disk. */
static int next_operation(int grows) {
    const char *at = getenv("FAULT_AT"), *kind = getenv("FAULT_KIND"), *count = getenv("FAULT_COUNT");
    pthread_mutex_lock(&lock);
    long number = ++operations;
    if (count) {
        char text[32];
        write_whole(count, text, snprintf(text, sizeof text, "%ld", number));
    }
    long when = at ? atol(at) : 0;
    if (when && kind && number == when && !strcmp(kind, "kill")) {
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;) pause();
    }
    pthread_mutex_unlock(&lock);
    if (!when || !kind) return 0;
    if (!strcmp(kind, "full") && number >= when && grows) return ENOSPC;
    if (!strcmp(kind, "io") && number == when) return EIO;
    return 0;
}

/* Files of the folder that are there after a power cut. */
static void keep_names(const char *folder, const char *shadow) {
    char path[4096], *text = NULL;
    size_t size = 0;
    DIR *entries = opendir(folder);
    FILE *out = open_memstream(&text, &size);
    struct dirent *entry;
    while (entries && out && (entry = readdir(entries)))
        if (entry->d_type == DT_REG || entry->d_type == DT_LNK) fprintf(out, "%lu %s\n", (unsigned long)entry->d_ino, entry->d_name);
    if (entries) closedir(entries);
    if (out) fclose(out);
    snprintf(path, sizeof path, "%s/names", shadow);
    write_whole(path, text, size);
    free(text);
}

static void keep_contents(int fd, unsigned long inode, const char *shadow) {
    char path[4096], from[64], *bytes;
    struct stat stat;
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    int source = syscall(SYS_openat, AT_FDCWD, from, O_RDONLY | O_CLOEXEC, 0);
    if (source < 0 || fstat(source, &stat) || !(bytes = malloc(stat.st_size + 1))) return;
    long length = 0, read;
    while (length < stat.st_size && (read = syscall(SYS_pread64, source, bytes + length, stat.st_size - length, length)) > 0) length += read;
    syscall(SYS_close, source);
    snprintf(path, sizeof path, "%s/%lu", shadow, inode);
    write_whole(path, bytes, length);
    free(bytes);
}

static void synced(int fd) {
    const char *shadow = getenv("FAULT_SHADOW");
    char path[4096];
    struct stat stat;
    if (!shadow || fstat(fd, &stat) || !path_of(fd, path, sizeof path)) return;
    pthread_mutex_lock(&lock);
    if (S_ISDIR(stat.st_mode)) keep_names(path, shadow);
    else keep_contents(fd, stat.st_ino, shadow);
    pthread_mutex_unlock(&lock);
}

/* A file that was just made may have the inode of one that was removed: nothing of that one is there any more, for a disk
 * gives an inode anew only when it has forgotten the old file. */
static void made(int fd) {
    const char *shadow = getenv("FAULT_SHADOW");
    struct stat stat;
    if (!shadow || fstat(fd, &stat)) return;
    char path[4096], *line = NULL, *text = NULL;
    size_t room = 0, size = 0;
    pthread_mutex_lock(&lock);
    snprintf(path, sizeof path, "%s/%lu", shadow, (unsigned long)stat.st_ino);
    syscall(SYS_unlink, path);
    snprintf(path, sizeof path, "%s/names", shadow);
    FILE *names = fopen(path, "r"), *out = open_memstream(&text, &size);
    while (names && out && getline(&line, &room, names) > 0)
        if (strtoul(line, NULL, 10) != (unsigned long)stat.st_ino) fputs(line, out);
    if (out) fclose(out);
    if (names) {
        fclose(names);
        write_whole(path, text, size);
    }
    free(line);
    free(text);
    pthread_mutex_unlock(&lock);
}

#define FAIL(code) do { errno = (code); return -1; } while (0)

ssize_t write(int fd, const void *bytes, size_t length) {
    int error = fd_is_in_folder(fd) ? next_operation(1) : 0;
    if (error) FAIL(error);
    return NEXT(write)(fd, bytes, length);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    int error = fd_is_in_folder(fd) ? next_operation(1) : 0;
    if (error) FAIL(error);
    return NEXT(pwrite)(fd, bytes, length, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    int error = fd_is_in_folder(fd) ? next_operation(1) : 0;
    if (error) FAIL(error);
    return NEXT(pwrite64)(fd, bytes, length, offset);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    int error = fd_is_in_folder(fd) ? next_operation(1) : 0;
    if (error) FAIL(error);
    return NEXT(writev)(fd, parts, count);
}
int ftruncate(int fd, off_t length) {
    int error = fd_is_in_folder(fd) ? next_operation(length > 0) : 0;
    if (error) FAIL(error);
    return NEXT(ftruncate)(fd, length);
}
int ftruncate64(int fd, off64_t length) {
    int error = fd_is_in_folder(fd) ? next_operation(length > 0) : 0;
    if (error) FAIL(error);
    return NEXT(ftruncate64)(fd, length);
}
int posix_fallocate(int fd, off_t offset, off_t length) {
    int error = fd_is_in_folder(fd) ? next_operation(1) : 0;
    return error ? error : NEXT(posix_fallocate)(fd, offset, length);
}
int fallocate(int fd, int mode, off_t offset, off_t length) {
    int error = fd_is_in_folder(fd) ? next_operation(1) : 0;
    if (error) FAIL(error);
    return NEXT(fallocate)(fd, mode, offset, length);
}
int fsync(int fd) {
    int ours = fd_is_in_folder(fd), error = ours ? next_operation(0) : 0;
    if (error) FAIL(error);
    if (ours) synced(fd);
    return NEXT(fsync)(fd);
}
int fdatasync(int fd) {
    int ours = fd_is_in_folder(fd), error = ours ? next_operation(0) : 0;
    if (error) FAIL(error);
    if (ours) synced(fd);
    return NEXT(fdatasync)(fd);
}
int rename(const char *from, const char *to) {
    int error = path_is_in_folder(to) ? next_operation(0) : 0;
    if (error) FAIL(error);
    return NEXT(rename)(from, to);
}
int link(const char *from, const char *to) {
    int error = path_is_in_folder(to) ? next_operation(0) : 0;
    if (error) FAIL(error);
    return NEXT(link)(from, to);
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
    int error = path_is_in_folder(to) ? next_operation(0) : 0;
    if (error) FAIL(error);
    return NEXT(linkat)(a, from, b, to, flags);
}
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    int error = path_is_in_folder(to) ? next_operation(0) : 0;
    if (error) FAIL(error);
    return NEXT(renameat2)(a, from, b, to, flags);
}
int unlink(const char *path) {
    int error = path_is_in_folder(path) ? next_operation(0) : 0;
    if (error) FAIL(error);
    return NEXT(unlink)(path);
}

/* A file that is opened to be made. */
static int makes(const char *path, int flags) {
    return (flags & O_CREAT) && path_is_in_folder(path) && access(path, F_OK) != 0;
}
#define OPEN(name)                                                    \
    int name(const char *path, int flags, ...) {                      \
        mode_t mode = 0;                                              \
        if (flags & (O_CREAT | O_TMPFILE)) {                          \
            va_list rest;                                             \
            va_start(rest, flags);                                    \
            mode = va_arg(rest, mode_t);                              \
            va_end(rest);                                             \
        }                                                             \
        int makes_it = makes(path, flags);                            \
        int error = makes_it ? next_operation(1) : 0;                 \
        if (error) FAIL(error);                                       \
        int fd = NEXT(name)(path, flags, mode);                       \
        if (makes_it && fd >= 0) made(fd);                            \
        return fd;                                                    \
    }
OPEN(open)
OPEN(open64)
