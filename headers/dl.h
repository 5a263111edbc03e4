/* dl: libraries at run time, <dlfcn.h> on x86-64 Linux with glibc.
   Link name: dl (in libc.so.6 since glibc 2.34). */

/* <dlfcn.h> */
enum { RTLD_LAZY = 1, RTLD_NOW = 2, RTLD_NOLOAD = 4, RTLD_DEEPBIND = 8, RTLD_GLOBAL = 0x100, RTLD_LOCAL = 0, RTLD_NODELETE = 0x1000 };

/* What dladdr knows of an address */
typedef struct {
    const char *dli_fname;
    void *dli_fbase;
    const char *dli_sname;
    void *dli_saddr;
} Dl_info;

enum { RTLD_DL_SYMENT = 1, RTLD_DL_LINKMAP = 2 };
enum { RTLD_DI_LMID = 1, RTLD_DI_LINKMAP = 2, RTLD_DI_SERINFO = 4, RTLD_DI_SERINFOSIZE = 5, RTLD_DI_ORIGIN = 6 };

/* <link.h>: an entry of an object's dynamic section */
typedef struct {
    long d_tag;
    union {
        unsigned long d_val, d_ptr;
    } d_un;
} Elf64_Dyn;

/* One loaded object in the loader's list */
struct link_map {
    unsigned long l_addr;
    char *l_name;
    Elf64_Dyn *l_ld;
    struct link_map *l_next, *l_prev;
};

/* <dlfcn.h> */
void *dlopen(const char *file, int mode);
int dlclose(void *handle);
void *dlsym(void *handle, const char *name);
void *dlvsym(void *handle, const char *name, const char *version);
char *dlerror(void);
int dladdr(const void *address, Dl_info *info);
int dladdr1(const void *address, Dl_info *info, void **extra, int flags);
int dlinfo(void *handle, int request, void *answer);
