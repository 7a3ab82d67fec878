/* Host time of a bare cuLaunchKernel, for comparison with a call of the library.
 *
 *   cc -O2 -o launch launch.c -ldl && ./launch
 *
 * Needs no CUDA headers: the driver is opened by name. An empty kernel without parameters, and one with the
 * parameters of an FP8 GEMM (four tensor maps, four addresses and 17 numbers), each launched 20,000 times in batches that the
 * device drains in between, so that a full queue is not what is measured.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 400
#define BATCHES 50

static const char PTX[] =
    ".version 8.0\n.target sm_90\n.address_size 64\n"
    ".visible .entry empty()\n{ ret; }\n"
    ".visible .entry gemm_like(.param .align 64 .b8 m0[128], .param .align 64 .b8 m1[128],\n"
    "  .param .align 64 .b8 m2[128], .param .align 64 .b8 m3[128], .param .u64 a0, .param .u64 a1,\n"
    "  .param .u64 a2, .param .u64 a3, .param .u32 i0, .param .u32 i1, .param .u32 i2, .param .u32 i3,\n"
    "  .param .u32 i4, .param .u32 i5, .param .u32 i6, .param .u32 i7, .param .u32 i8, .param .u32 i9,\n"
    "  .param .u32 i10, .param .u32 i11, .param .u32 i12, .param .u32 i13, .param .u32 i14,\n"
    "  .param .u32 i15, .param .u32 i16)\n"
    "{ ret; }\n";

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

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec * 1e-3;
}

static int ascending(const void *a, const void *b) {
  double d = *(const double *)a - *(const double *)b;
  return d < 0 ? -1 : d > 0;
}

typedef int (*launch_fn)(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *,
                         void **, void **);
typedef int (*sync_fn)(void *);

static void measure(const char *name, void *function, void *stream, void **params) {
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
  printf("C cuLaunchKernel, %-9s %.3f us (median of %d batches of %d; least %.3f)\n", name, each[BATCHES / 2],
         BATCHES, BATCH, each[0]);
}

int main(void) {
  driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  int device = 0;
  void *context = 0, *module = 0, *empty = 0, *like = 0, *stream = 0;
  check(((int (*)(unsigned))find("cuInit"))(0), "cuInit");
  check(((int (*)(int *, int))find("cuDeviceGet"))(&device, 0), "cuDeviceGet");
  check(((int (*)(void **, int))find("cuDevicePrimaryCtxRetain"))(&context, device), "cuDevicePrimaryCtxRetain");
  check(((int (*)(void *))find("cuCtxSetCurrent"))(context), "cuCtxSetCurrent");
  check(((int (*)(void **, const void *))find("cuModuleLoadData"))(&module, PTX), "cuModuleLoadData");
  int (*function)(void **, void *, const char *) = (int (*)(void **, void *, const char *))find("cuModuleGetFunction");
  check(function(&empty, module, "empty"), "cuModuleGetFunction");
  check(function(&like, module, "gemm_like"), "cuModuleGetFunction");
  check(((int (*)(void **, unsigned))find("cuStreamCreate"))(&stream, 1), "cuStreamCreate");
  static char maps[4][128] __attribute__((aligned(64)));
  unsigned long long address = 0;
  unsigned number = 1;
  void *params[25] = {maps[0], maps[1], maps[2], maps[3], &address, &address, &address, &address};
  for (int i = 8; i < 25; i++) {
    params[i] = &number;
  }
  measure("empty", empty, stream, 0);
  measure("gemm-like", like, stream, params);
  return 0;
}
