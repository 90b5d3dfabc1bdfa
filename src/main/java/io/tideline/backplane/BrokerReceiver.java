package io.tideline.backplane;

import io.tideline.limit.Backoff;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Listens on a thread of its own, for ever: when the connection breaks, or the broker doesn't
 * answer, it is made again, after a {@link Backoff}.
 */
final class BrokerReceiver implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(BrokerReceiver.class);

  private final Broker broker;
  private final Consumer<String> reader;
  private final Thread thread;
  private final Fragments fragments = new Fragments();
  private final Backoff backoff = Reconnect.backoff();
  private boolean isQuiet;
  private volatile boolean isClosed;

  /**
   * Makes a receiver that doesn't listen yet.
   *
   * @param reader is told each text, on this receiver's thread
   */
  BrokerReceiver(Broker broker, Consumer<String> reader) {
    this.broker = broker;
    this.reader = reader;
    this.thread = new Thread(this::run, "tideline-backplane-in");
    this.thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  @Override
  public void close() {
    isClosed = true;
    thread.interrupt();
  }

  private void run() {
    while (!isClosed) {
      try {
        listen(broker.connectConsumer());
      } catch (Exception failure) {
        lost(failure);
      }
    }
  }

  private void listen(Broker.Consumer connected) throws Exception {
    try (Broker.Consumer consumer = connected) {
      while (!isClosed) {
        consumer.receive(message -> fragments.join(message).ifPresent(reader));
        listens();
      }
    }
  }

  private void listens() {
    backoff.reset();
    if (isQuiet) {
      isQuiet = false;
      LOG.infof("The backplane listens on %s again.", broker.name());
    }
  }

  /** Said once, not at every attempt. */
  private void lost(Throwable failure) {
    if (isClosed) {
      return;
    }
    if (!isQuiet) {
      isQuiet = true;
      LOG.warnf(
          "The backplane does not listen on %s: %s. Until it does, messages of other nodes come with the sweep.",
          broker.name(), Addresses.withoutCredentials(failure.toString()));
    }
    try {
      Thread.sleep(backoff.next().toMillis());
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }
}
