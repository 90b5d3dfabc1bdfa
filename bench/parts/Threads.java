package parts;

/** Threads that never keep the program alive, and sleeping without a checked exception. */
public final class Threads {
  private Threads() {}

  public static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  public static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts these threads", e);
    }
  }
}
