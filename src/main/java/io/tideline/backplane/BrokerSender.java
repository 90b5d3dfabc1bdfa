package io.tideline.backplane;

import io.tideline.limit.Backoff;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;

/**
 * Sends what the node announces, on a thread of its own: while one batch is on its way the next
 * collects. At most {@value #WAITING_MAX} messages and {@value #WAITING_CHARS_MAX} characters wait;
 * beyond that the oldest are dropped, and so is everything while there is no broker, because by the
 * time there is one the sweep has found it.
 */
final class BrokerSender implements Flow.Subscriber<Message<?>>, AutoCloseable {
  private static final Logger LOG = Logger.getLogger(BrokerSender.class);
  static final int WAITING_MAX = 1024;
  static final int WAITING_CHARS_MAX = 8 << 20;
  private static final int BATCH_MAX = 64;
  private static final long QUIET_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

  private final Broker broker;
  private final Thread thread;
  private final Deque<Message<?>> waiting = new ArrayDeque<>();
  private int waitingChars;
  private volatile boolean isClosed;

  private Broker.Producer producer;
  private final Backoff backoff = Reconnect.backoff();
  private long connectNotBeforeNanos = System.nanoTime();
  private boolean isQuiet;

  BrokerSender(Broker broker) {
    this.broker = broker;
    this.thread = new Thread(this::run, "tideline-backplane-out");
    this.thread.setDaemon(true);
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    thread.start();
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(Message<?> message) {
    List<Message<?>> dropped = new ArrayList<>();
    synchronized (waiting) {
      waiting.add(message);
      waitingChars += chars(message);
      while (waiting.size() > WAITING_MAX || waitingChars > WAITING_CHARS_MAX) {
        dropped.add(removeOldest());
      }
      waiting.notifyAll();
    }
    drop(dropped, new IllegalStateException("too many announcements wait"));
  }

  @Override
  public void onError(Throwable failure) {
    close();
  }

  @Override
  public void onComplete() {
    close();
  }

  @Override
  public void close() {
    isClosed = true;
    thread.interrupt();
  }

  private void run() {
    while (!isClosed) {
      List<Message<?>> batch = List.of();
      try {
        batch = take();
        connect();
        send(batch);
      } catch (InterruptedException closing) {
        drop(batch, closing);
      } catch (Exception failure) {
        lost(failure);
        drop(batch, failure);
      }
    }
    disconnect();
    drop(take(Integer.MAX_VALUE), new IllegalStateException("this node stops"));
  }

  /** Empty after a while without news: a time to ask whether the broker is still there. */
  private List<Message<?>> take() throws InterruptedException {
    long until = producer == null ? connectNotBeforeNanos : System.nanoTime() + QUIET_NANOS_MAX;
    synchronized (waiting) {
      long nanos = until - System.nanoTime();
      while (waiting.isEmpty() && nanos > 0) {
        TimeUnit.NANOSECONDS.timedWait(waiting, nanos);
        nanos = until - System.nanoTime();
      }
      return take(BATCH_MAX);
    }
  }

  private List<Message<?>> take(int max) {
    synchronized (waiting) {
      List<Message<?>> batch = new ArrayList<>();
      while (!waiting.isEmpty() && batch.size() < max) {
        batch.add(removeOldest());
      }
      return batch;
    }
  }

  private Message<?> removeOldest() {
    Message<?> oldest = waiting.remove();
    waitingChars -= chars(oldest);
    return oldest;
  }

  private void connect() throws Exception {
    if (producer != null) {
      return;
    }
    if (connectNotBeforeNanos - System.nanoTime() > 0) {
      throw new IllegalStateException("there is no connection");
    }
    producer = broker.connectProducer();
  }

  private void sends() {
    backoff.reset();
    if (isQuiet) {
      isQuiet = false;
      LOG.infof("The backplane sends over %s again.", broker.name());
    }
  }

  private void send(List<Message<?>> batch) throws Exception {
    int charsMax = producer.charsMax();
    List<Message<?>> sent = new ArrayList<>(batch.size());
    List<Message<?>> tooLong = new ArrayList<>();
    List<String> pieces = new ArrayList<>(batch.size());
    for (Message<?> message : batch) {
      String text = (String) message.getPayload();
      boolean fits = Fragments.fits(text, charsMax);
      (fits ? sent : tooLong).add(message);
      pieces.addAll(fits ? Fragments.split(text, charsMax) : List.of());
    }
    drop(tooLong, new IllegalArgumentException("too long for " + broker.name()));
    try {
      producer.send(pieces);
    } catch (Exception failure) {
      batch.removeAll(tooLong);
      throw failure;
    }
    sends();
    sent.forEach(Message::ack);
  }

  private void lost(Throwable failure) {
    if (producer != null || System.nanoTime() - connectNotBeforeNanos >= 0) {
      disconnect();
      connectNotBeforeNanos = System.nanoTime() + backoff.next().toNanos();
    }
    if (!isQuiet && !isClosed) {
      isQuiet = true;
      LOG.warnf(
          "The backplane can't send over %s: %s. Other nodes find this node's messages by their sweep until it can.",
          broker.name(), Addresses.withoutCredentials(failure.toString()));
    }
  }

  private void disconnect() {
    Broker.Producer broken = producer;
    producer = null;
    if (broken == null) {
      return;
    }
    try {
      broken.close();
    } catch (RuntimeException failure) {
      LOG.debugf(failure, "A connection to %s could not be closed", broker.name());
    }
  }

  private static void drop(List<Message<?>> messages, Throwable why) {
    messages.forEach(message -> message.nack(why));
  }

  private static int chars(Message<?> message) {
    return ((String) message.getPayload()).length();
  }
}
