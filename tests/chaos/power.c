/* A disk that forgets what was not flushed: LD_PRELOAD this, then cut the power.

   Each fsync or fdatasync of a file under $POWER_ROOT copies the file to the same place under
   $POWER_DISK; renaming, linking and removing are carried over. What stands there is what a power failure would leave of a
   drive that had written nothing else. Built and used by power.py; Linux only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The place of `path` on the disk; 0 when it is none of ours. */
static int on_disk(const char *path, char *out) {
    const char *root = getenv("POWER_ROOT"), *disk = getenv("POWER_DISK");
    size_t length = root ? strlen(root) : 0;
    if (!root || !disk || strncmp(path, root, length) || path[length] != '/') return 0;
    return snprintf(out, PATH_MAX, "%s%s", disk, path + length) < PATH_MAX;
}

static void make_parents(const char *path) {
    char part[PATH_MAX];
    snprintf(part, sizeof part, "%s", path);
    for (char *end = part + 1; *end; end++)
        if (*end == '/') { *end = 0; mkdir(part, 0700); *end = '/'; }
}

/* Copy beside and rename, so that a kill in the middle leaves the copy of before. */
static void keep(int fd) {
    char link[64], path[PATH_MAX], target[PATH_MAX], beside[PATH_MAX + 32], block[1 << 16];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return;
    path[size] = 0;
    struct stat facts;
    if (!on_disk(path, target) || fstat(fd, &facts) || !S_ISREG(facts.st_mode)) return;
    make_parents(target);
    snprintf(beside, sizeof beside, "%s.%d", target, gettid());
    /* Closing a second descriptor of a database would drop its POSIX locks: read by the first. */
    int is_readable = (fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY;
    int in = is_readable ? fd : open(link, O_RDONLY);
    int out = open(beside, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t part = -1;
    off_t at = 0;
    if (in >= 0 && out >= 0)
        while ((part = pread(in, block, sizeof block, at)) > 0) {
            if (write(out, block, (size_t)part) != part) abort();
            at += part;
        }
    if (!is_readable && in >= 0) close(in);
    if (out >= 0) close(out);
    if (part == 0) {
        int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
        real(beside, target);
    }
}

int fsync(int fd) { keep(fd); return 0; }
int fdatasync(int fd) { keep(fd); return 0; }

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    char old[PATH_MAX], new[PATH_MAX];
    int result = real(from, to);
    if (result == 0 && on_disk(from, old) && on_disk(to, new)) {
        make_parents(new);
        real(old, new);
    }
    return result;
}

int link(const char *from, const char *to) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "link");
    char old[PATH_MAX], new[PATH_MAX];
    int result = real(from, to);
    if (result == 0 && on_disk(from, old) && on_disk(to, new)) {
        make_parents(new);
        real(old, new);
    }
    return result;
}

int unlink(const char *path) {
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
    char place[PATH_MAX];
    int result = real(path);
    if (result == 0 && on_disk(path, place)) real(place);
    return result;
}
