/* Host time of a bare cuLaunchKernel, for comparison with a call of the library.
 *
 *   cc -O2 -o launch launch.c -ldl
 *   ./dg emit --m 64 --n 2112 --k 7168 > kernel.ptx && ./launch kernel.ptx
 *
 * Needs no CUDA headers: the driver is opened by name. Two kernels with empty bodies, one without parameters and
 * one with the parameters of the kernel that is given (its entry's parameter list, read from the PTX), each
 * launched 20,000 times in batches that the device drains in between, so that a full queue is not what is measured.
 */
#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 400
#define BATCHES 50
#define MOST_PARAMS 256
#define PARAM_BYTES 128

static const char EMPTY[] =
    ".version 8.0\n.target sm_90\n.address_size 64\n.visible .entry empty()\n{ ret; }\n";

typedef int (*call)();

static void *driver;

static call find(const char *name) {
  call found = (call)dlsym(driver, name);
  if (!found) {
    fprintf(stderr, "no %s\n", name);
    exit(2);
  }
  return found;
}

static void check(int code, const char *what) {
  if (code) {
    fprintf(stderr, "%s: error %d\n", what, code);
    exit(1);
  }
}

static void refuse(const char *file, const char *why) {
  fprintf(stderr, "%s: %s; give the PTX of one kernel, as `dg emit` prints it\n", file, why);
  exit(2);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec * 1e-3;
}

static int ascending(const void *a, const void *b) {
  double d = *(const double *)a - *(const double *)b;
  return d < 0 ? -1 : d > 0;
}

static char *read_file(const char *name) {
  FILE *file = fopen(name, "rb");
  if (!file) {
    refuse(name, "cannot be opened");
  }
  size_t size = 0, room = 1 << 16;
  char *text = malloc(room + 1);
  for (size_t got; (got = fread(text + size, 1, room - size, file)) > 0;) {
    size += got;
    if (size == room) {
      text = realloc(text, 2 * room + 1);
      room *= 2;
    }
  }
  fclose(file);
  text[size] = 0;
  return text;
}

/* A module whose entry `like` has the parameters of the first entry of another module, and does nothing. */
static char *with_parameters_of(const char *file, int *params) {
  char *text = read_file(file);
  char *entry = strstr(text, ".entry");
  char *open = entry ? strchr(entry, '(') : 0;
  char *close = open ? strchr(open, ')') : 0;
  if (!close) {
    refuse(file, "has no entry with a parameter list");
  }
  *close = 0;
  *params = 0;
  for (char *at = open; (at = strstr(at, ".param")); at++) {
    ++*params;
  }
  if (*params > MOST_PARAMS) {
    refuse(file, "has more than 256 parameters");
  }
  static const char head[] = ".version 8.0\n.target sm_90\n.address_size 64\n.visible .entry like";
  static const char tail[] = ")\n{ ret; }\n";
  char *module = malloc(sizeof head + strlen(open) + sizeof tail);
  sprintf(module, "%s%s%s", head, open, tail);
  free(text);
  return module;
}

typedef int (*launch_fn)(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *,
                         void **, void **);
typedef int (*sync_fn)(void *);

static void measure(const char *name, const char *ptx, const char *entry, void *stream, void **params) {
  void *module = 0, *function = 0;
  check(((int (*)(void **, const void *))find("cuModuleLoadData"))(&module, ptx), "cuModuleLoadData");
  check(((int (*)(void **, void *, const char *))find("cuModuleGetFunction"))(&function, module, entry),
        "cuModuleGetFunction");
  launch_fn launch = (launch_fn)find("cuLaunchKernel");
  sync_fn drain = (sync_fn)find("cuStreamSynchronize");
  double each[BATCHES];
  for (int batch = -5; batch < BATCHES; batch++) {
    double start = now();
    for (int i = 0; i < BATCH; i++) {
      check(launch(function, 1, 1, 1, 128, 1, 1, 0, stream, params, 0), "cuLaunchKernel");
    }
    double end = now();
    check(drain(stream), "cuStreamSynchronize");
    if (batch >= 0) {
      each[batch] = (end - start) / BATCH;
    }
  }
  qsort(each, BATCHES, sizeof each[0], ascending);
  printf("C cuLaunchKernel, %-14s %.3f us (median of %d batches of %d; least %.3f)\n", name, each[BATCHES / 2],
         BATCHES, BATCH, each[0]);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: launch kernel.ptx\n");
    return 2;
  }
  int count = 0;
  char *like = with_parameters_of(argv[1], &count);
  driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  int device = 0;
  void *context = 0, *stream = 0;
  check(((int (*)(unsigned))find("cuInit"))(0), "cuInit");
  check(((int (*)(int *, int))find("cuDeviceGet"))(&device, 0), "cuDeviceGet");
  check(((int (*)(void **, int))find("cuDevicePrimaryCtxRetain"))(&context, device), "cuDevicePrimaryCtxRetain");
  check(((int (*)(void *))find("cuCtxSetCurrent"))(context), "cuCtxSetCurrent");
  check(((int (*)(void **, unsigned))find("cuStreamCreate"))(&stream, 1), "cuStreamCreate");
  /* Room for the largest parameter, a tensor map, behind each pointer. */
  static char values[PARAM_BYTES] __attribute__((aligned(64)));
  void *params[MOST_PARAMS];
  for (int i = 0; i < count; i++) {
    params[i] = values;
  }
  char name[32];
  snprintf(name, sizeof name, "%d parameters", count);
  measure("empty", EMPTY, "empty", stream, 0);
  measure(name, like, "like", stream, params);
  return 0;
}
