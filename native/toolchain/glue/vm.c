/* The functions of libjvm.so that the JDK's own native libraries call inside an image. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <jni.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int jio_vsnprintf(char *s, size_t n, const char *f, va_list a) {
  if ((long)n <= 0) return -1;
  int r = vsnprintf(s, n, f, a);
  if (r >= (int)n) { s[n - 1] = 0; r = -1; }
  return r;
}
int jio_snprintf(char *s, size_t n, const char *f, ...) {
  va_list a; va_start(a, f);
  int r = jio_vsnprintf(s, n, f, a);
  va_end(a);
  return r;
}
int jio_vfprintf(FILE *o, const char *f, va_list a) { return vfprintf(o, f, a); }
int jio_fprintf(FILE *o, const char *f, ...) {
  va_list a; va_start(a, f);
  int r = vfprintf(o, f, a);
  va_end(a);
  return r;
}
static jlong nanos(clockid_t c) { struct timespec t; clock_gettime(c, &t); return t.tv_sec * 1000000000LL + t.tv_nsec; }
jlong JVM_NanoTime(JNIEnv *e, jclass c) { return nanos(CLOCK_MONOTONIC); }
jlong JVM_CurrentTimeMillis(JNIEnv *e, jclass c) { return nanos(CLOCK_REALTIME) / 1000000; }
jlong JVM_GetNanoTimeAdjustment(JNIEnv *e, jclass c, jlong offset) {
  struct timespec t; clock_gettime(CLOCK_REALTIME, &t);
  jlong d = t.tv_sec - offset;
  if (d > 0x100000000LL || d < -0x100000000LL) return -1;
  return d * 1000000000LL + t.tv_nsec;
}
jint JVM_ActiveProcessorCount(void) {
  cpu_set_t s;
  if (sched_getaffinity(0, sizeof s, &s) == 0) return CPU_COUNT(&s);
  return (jint)sysconf(_SC_NPROCESSORS_ONLN);
}
jboolean JVM_IsSupportedJNIVersion(jint v) { return v >= 0x00010001 && v <= 0x00180000; }
void *JVM_FindLibraryEntry(void *h, const char *n) { return dlsym(h, n); }
void *JVM_LoadLibrary(const char *n, jboolean t) { return dlopen(n, RTLD_LAZY); }
void JVM_UnloadLibrary(void *h) { dlclose(h); }
char *JVM_NativePath(char *p) { return p; }
void *JVM_RawMonitorCreate(void) { pthread_mutex_t *m = malloc(sizeof *m); if (m) pthread_mutex_init(m, NULL); return m; }
void JVM_RawMonitorDestroy(void *m) { pthread_mutex_destroy(m); free(m); }
jint JVM_RawMonitorEnter(void *m) { return pthread_mutex_lock(m); }
void JVM_RawMonitorExit(void *m) { pthread_mutex_unlock(m); }
jboolean JVM_IsUseContainerSupport(void) { return JNI_FALSE; }
jboolean JVM_IsContainerized(void) { return JNI_FALSE; }
jboolean JVM_IsForeignLinkerSupported(void) { return JNI_FALSE; }
jstring JVM_GetTemporaryDirectory(JNIEnv *e) { return (*e)->NewStringUTF(e, "/tmp"); }
void JVM_Yield(JNIEnv *e, jclass c) { sched_yield(); }
void JVM_BeforeHalt(void) {}
void JVM_Halt(jint code) { exit(code); }
jint JVM_FindSignal(const char *n) {
  static const struct { const char *n; int s; } t[] = {{"HUP", SIGHUP}, {"INT", SIGINT}, {"QUIT", SIGQUIT}, {"ABRT", SIGABRT},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM}, {"CHLD", SIGCHLD},
    {"CONT", SIGCONT}, {"TSTP", SIGTSTP}, {"WINCH", SIGWINCH}, {"IO", SIGIO}};
  for (size_t i = 0; i < sizeof t / sizeof *t; i++) if (!strcmp(t[i].n, n)) return t[i].s;
  return -1;
}
jboolean JVM_RaiseSignal(jint s) { return raise(s) == 0; }
void *JVM_GetManagement(jint v) { return NULL; }
jint JVM_GetInterfaceVersion(void) { return 6; }
