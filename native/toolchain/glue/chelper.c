/* The C functions that an image expects in libchelper; the builder's Java declares them by @CFunction. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "amd64cpufeatures.h"
#include "svm_locale.h"

extern char **environ;
char **getEnviron(void) { return environ; }
void codeSynchronization_clearCache(long start, long size) {
  __builtin___clear_cache((char *)start, (char *)(start + size));
}
/* Functions with variable arguments, under names that say theirs. */
int openSII(const char *p, int flags, int mode) { return open(p, flags, mode); }
int openatISII(int d, const char *p, int flags, int mode) { return openat(d, p, flags, mode); }
int fprintfSD(FILE *o, const char *format, const char *a, int b) { return fprintf(o, format, a, b); }
int getThreadId(void) { return (int)syscall(SYS_gettid); }
void *mremapP(void *old, size_t oldSize, size_t newSize, int flags, void *new) {
  return mremap(old, oldSize, newSize, flags, new);
}
long getThreadUserTimeSlow(int tid) {
  char path[64], buf[2048];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n = read(fd, buf, sizeof buf - 1);
  close(fd);
  if (n <= 0) return -1;
  buf[n] = 0;
  char *p = strrchr(buf, ')');
  unsigned long utime;
  if (!p || sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu", &utime) != 1) return -1;
  return (long)(utime * (1000000000UL / (unsigned long)sysconf(_SC_CLK_TCK)));
}

/* The name of the system's time zone, as a string of its own. */
char *SVM_FindJavaTZmd(const char *mappings, int length) {
  (void)mappings; (void)length;
  const char *tz = getenv("TZ");
  char buf[PATH_MAX];
  if (!tz || !*tz) {
    ssize_t n = readlink("/etc/localtime", buf, sizeof buf - 1);
    if (n > 0) {
      buf[n] = 0;
      char *z = strstr(buf, "zoneinfo/");
      if (z) return strdup(z + 9);
    }
    FILE *f = fopen("/etc/timezone", "re");
    if (f) {
      char *got = fgets(buf, sizeof buf, f);
      fclose(f);
      if (got) { buf[strcspn(buf, "\r\n")] = 0; if (*buf) return strdup(buf); }
    }
    return strdup("UTC");
  }
  if (*tz == ':') tz++;
  if (*tz == '/') { const char *z = strstr(tz, "zoneinfo/"); if (z) tz = z + 9; }
  if (!strcmp(tz, "UTC0")) tz = "UTC";
  return strdup(tz);
}

/* Language and country of LC_MESSAGES and LC_CTYPE. */
static svm_locale_props_t props;
static bool split(int category, const char **lang, const char **country) {
  const char *v = setlocale(category, NULL);
  if (!v || !strcmp(v, "C") || !strcmp(v, "POSIX") || !strncmp(v, "C.", 2)) { *lang = "en"; *country = NULL; return true; }
  char *copy = strdup(v);
  if (!copy) return false;
  copy[strcspn(copy, ".@")] = 0;
  char *u = strchr(copy, '_');
  if (u) { *u = 0; *country = u + 1; }
  *lang = copy;
  return true;
}
int svm_initialize_locale(void) {
  setlocale(LC_ALL, "");
  bool ok = split(LC_MESSAGES, &props.display_language, &props.display_country)
         && split(LC_CTYPE, &props.format_language, &props.format_country);
  return ok ? SVM_LOCALE_INITIALIZATION_SUCCEEDED : SVM_LOCALE_INITIALIZATION_OUT_OF_MEMORY;
}
const svm_locale_props_t *svm_get_locale(void) { return &props; }

/* Signals: counted in the handler, waited for by the image's dispatcher thread. */
#define SIGNALS 65
static volatile int owner, pending[SIGNALS];
static sem_t semaphore;
int cSunMiscSignal_open(void) {
  if (!__sync_bool_compare_and_swap(&owner, 0, 1)) return 1;
  return sem_init(&semaphore, 0, 0) == 0 ? 0 : -1;
}
int cSunMiscSignal_close(void) {
  int r = sem_destroy(&semaphore);
  owner = 0;
  return r;
}
int cSunMiscSignal_awaitSemaphore(void) { return sem_wait(&semaphore); }
int cSunMiscSignal_signalSemaphore(void) { return sem_post(&semaphore); }
bool cSunMiscSignal_signalRangeCheck(int s) { return s >= 0 && s < SIGNALS; }
int cSunMiscSignal_checkPendingSignal(void) {
  for (int s = 0; s < SIGNALS; s++) {
    int n = pending[s];
    if (n > 0 && __sync_bool_compare_and_swap(&pending[s], n, n - 1)) return s;
  }
  return -1;
}
static void count(int s) {
  int saved = errno;
  __sync_fetch_and_add(&pending[s], 1);
  sem_post(&semaphore);
  errno = saved;
}
void *cSunMiscSignal_signalHandlerFunctionPointer(void) { return (void *)count; }

/* Attaching to a native process (jcmd) is not supported here. */
void svm_attach_startup(const char *p) { (void)p; }
void svm_attach_listener_cleanup(int s, const char *p) { (void)s; (void)p; }
bool svm_attach_check_socket_file(const char *p) { (void)p; return false; }
bool svm_attach_is_init_trigger(const char *p) { (void)p; return false; }
int svm_attach_create_listener(const char *p) { (void)p; return -1; }
int svm_attach_wait_for_request(int s) { (void)s; return -1; }
void svm_attach_shutdown_socket(int s) { (void)s; }

/* What this CPU can do. */
void determineCPUFeatures(CPUFeatures *f) {
  unsigned a, b, c, d, max = __get_cpuid_max(0, NULL), emax = __get_cpuid_max(0x80000000, NULL);
  memset(f, 0, sizeof *f);
  bool ymm = false, zmm = false;
  if (max >= 1) {
    __cpuid(1, a, b, c, d);
    f->fTSC = d >> 4 & 1; f->fCX8 = d >> 8 & 1; f->fCMOV = d >> 15 & 1; f->fFLUSH = d >> 19 & 1;
    f->fMMX = d >> 23 & 1; f->fFXSR = d >> 24 & 1; f->fSSE = d >> 25 & 1; f->fSSE2 = d >> 26 & 1;
    f->fHT = d >> 28 & 1;
    f->fSSE3 = c & 1; f->fCLMUL = c >> 1 & 1; f->fSSSE3 = c >> 9 & 1; f->fSSE4_1 = c >> 19 & 1;
    f->fSSE4_2 = c >> 20 & 1; f->fPOPCNT = c >> 23 & 1; f->fAES = c >> 25 & 1; f->fHV = c >> 31 & 1;
    if (c >> 27 & 1) { /* OSXSAVE */
      unsigned lo, hi;
      __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
      ymm = (lo & 6) == 6;
      zmm = ymm && (lo & 0xe0) == 0xe0;
    }
    if (ymm) { f->fAVX = c >> 28 & 1; f->fFMA = c >> 12 & 1; f->fF16C = c >> 29 & 1; f->fVZEROUPPER = f->fAVX; }
  }
  if (max >= 7) {
    __cpuid_count(7, 0, a, b, c, d);
    f->fBMI1 = b >> 3 & 1; f->fBMI2 = b >> 8 & 1; f->fERMS = b >> 9 & 1; f->fRTM = b >> 11 & 1; f->fADX = b >> 19 & 1;
    f->fFLUSHOPT = b >> 23 & 1; f->fCLWB = b >> 24 & 1; f->fSHA = b >> 29 & 1;
    f->fPKU = c >> 3 & 1; f->fOSPKE = c >> 4 & 1; f->fCET_SS = c >> 7 & 1; f->fGFNI = c >> 8 & 1; f->fRDPID = c >> 22 & 1;
    f->fFSRM = d >> 4 & 1; f->fSERIALIZE = d >> 14 & 1; f->fCET_IBT = d >> 20 & 1;
    if (ymm) f->fAVX2 = b >> 5 & 1;
    if (zmm) {
      f->fAVX512F = b >> 16 & 1; f->fAVX512DQ = b >> 17 & 1; f->fAVX512_IFMA = b >> 21 & 1; f->fAVX512PF = b >> 26 & 1;
      f->fAVX512ER = b >> 27 & 1; f->fAVX512CD = b >> 28 & 1; f->fAVX512BW = b >> 30 & 1; f->fAVX512VL = b >> 31 & 1;
      f->fAVX512_VBMI = c >> 1 & 1; f->fAVX512_VBMI2 = c >> 6 & 1; f->fAVX512_VAES = c >> 9 & 1;
      f->fAVX512_VPCLMULQDQ = c >> 10 & 1; f->fAVX512_VNNI = c >> 11 & 1; f->fAVX512_BITALG = c >> 12 & 1;
      f->fAVX512_VPOPCNTDQ = c >> 14 & 1; f->fAVX512_FP16 = d >> 23 & 1;
    }
    if (a >= 1) {
      __cpuid_count(7, 1, a, b, c, d);
      if (ymm) { f->fSHA512 = a & 1; f->fAVX_IFMA = a >> 23 & 1; }
    }
  }
  if (emax >= 0x80000001) {
    __cpuid(0x80000001, a, b, c, d);
    f->fLZCNT = c >> 5 & 1; f->fSSE4A = c >> 6 & 1; f->fAMD_3DNOW_PREFETCH = c >> 8 & 1; f->fRDTSCP = d >> 27 & 1;
  }
  if (emax >= 0x80000007) {
    __cpuid(0x80000007, a, b, c, d);
    f->fTSCINV_BIT = d >> 8 & 1; f->fTSCINV = f->fTSCINV_BIT;
  }
}
/* 0 where all is there. The mask has ~1 where a feature is needed and ~0 elsewhere. */
int checkCPUFeatures(unsigned char *mask) {
  union { CPUFeatures f; unsigned char bytes[(sizeof(CPUFeatures) + 7) / 8 * 8]; } u;
  memset(&u, 0, sizeof u);
  determineCPUFeatures(&u.f);
  for (size_t i = 0; i < sizeof u.bytes; i++)
    if ((unsigned char)(u.bytes[i] | mask[i]) != 0xff) return 1;
  return 0;
}
int checkCPUFeaturesOrExit(unsigned char *mask, const char *message) {
  if (checkCPUFeatures(mask) == 0) return 0;
  fputs(message, stderr); fputc('\n', stderr);
  exit(1);
}
