package soak;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.BooleanSupplier;
import parts.Api;
import parts.Audit;
import parts.ChannelLog;
import parts.Findings;
import parts.Findings.Kind;
import parts.Json;
import parts.Publisher;
import parts.Subscriber;
import parts.Subscriber.Habit;
import parts.Tally;
import parts.Threads;
import parts.Wire;

/**
 * Proves over time that what was answered 201 is kept, and that every reader gets each channel's
 * messages in order, none missing, none twice, whatever happens to the server, its database and the
 * network.
 */
public final class Soak {
  private static final long PROGRESS_MILLIS = 10_000;
  private static final long PURGE_MILLIS = 17_000;
  private static final long DRAIN_MILLIS_MAX = 90_000;

  /**
   * Messages that the channel with the short memory keeps: fewer than come while some readers are
   * away.
   */
  private static final int BRIEF_RETENTION = 200;

  private static final int KEPT_RETENTION = 10_000_000;

  private final Options options;
  private final Random random;
  private final Findings findings = new Findings();
  private final Tally tally = new Tally();
  private final List<ChannelLog> logs = new ArrayList<>();
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(2);
  private long beganNanos;
  private Server server;
  private Api api;

  private Soak(Options options) {
    this.options = options;
    this.random = new Random(options.seed());
    clock.setRemoveOnCancelPolicy(true);
  }

  public static void main(String[] arguments) {
    try {
      System.exit(new Soak(Options.parse(arguments)).run() ? 0 : 1);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    } catch (IOException e) {
      System.err.println("the soak can't go on: " + e.getMessage());
      System.exit(3);
    }
  }

  private boolean run() throws IOException {
    System.out.printf(
        "soak: seed %d, %s, %d messages/s; Java %s, %s %s, %d CPUs%n",
        options.seed(),
        options.length(),
        options.rate(),
        System.getProperty("java.version"),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors());
    Path folder = options.ownServer() ? Files.createTempDirectory(options.folder(), "tideline-soak-") : null;
    if (folder != null) {
      startServer(folder);
    }
    try (Wire wire = new Wire(target())) {
      api =
          new Api(
              "http://127.0.0.1:" + wire.port(),
              folder == null ? options.token() : server.adminToken(),
              Api.PATIENCE);
      startClients();
      hurt(new Faults(options, server, wire, tally, new Random(random.nextLong())));
      drain();
      new Audit(api, findings).of(logs);
    } finally {
      if (server != null) {
        server.end();
      }
    }
    report();
    keepOrDelete(folder);
    return findings.none();
  }

  private void startServer(Path folder) throws IOException {
    List<String> jvm = new ArrayList<>(options.jvmOptions());
    jvm.add("-Dtideline.namespaces.soak.retention.count=" + KEPT_RETENTION);
    jvm.add("-Dtideline.namespaces.brief.retention.count=" + BRIEF_RETENTION);
    server = new Server(options.jar(), folder, jvm, findings);
    Runtime.getRuntime().addShutdownHook(new Thread(server::end));
    System.out.println("data and server.log in " + folder);
    server.start();
  }

  private InetSocketAddress target() {
    if (server != null) {
      return server.address();
    }
    URI uri = URI.create(options.url());
    return new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort());
  }

  private void startClients() {
    beganNanos = System.nanoTime();
    String run = Long.toString(System.currentTimeMillis(), 36);
    for (int i = 1; i <= options.channels(); i++) {
      logs.add(new ChannelLog("soak:" + run + "." + i, false, findings));
    }
    logs.add(new ChannelLog("brief:" + run, true, findings));
    double perSecond = (double) options.rate() / options.publishers();
    for (int i = 1; i <= options.publishers(); i++) {
      publishers.add(
          new Publisher(
              "p" + i, logs, api, findings, tally, new Random(random.nextLong()), perSecond));
    }
    for (int i = 1; i <= options.subscribers(); i++) {
      // every third reads all channels at once, the others one each
      List<ChannelLog> read = i % 3 == 0 ? logs : List.of(logs.get(i % logs.size()));
      Habit habit = Habit.values()[(i / 3) % Habit.values().length];
      subscribers.add(
          new Subscriber(
              "s" + i, read, habit, true, api, findings, tally, new Random(random.nextLong()), clock));
    }
    publishers.forEach(publisher -> Threads.daemon("publisher", publisher));
    subscribers.forEach(subscriber -> Threads.daemon("subscriber", subscriber));
    Threads.daemon("watch", this::watch);
  }

  private void hurt(Faults faults) throws IOException {
    long until = beganNanos + options.length().toNanos();
    while (System.nanoTime() < until) {
      Threads.pause(
          Math.max(0, Math.min(faults.pauseMillis(), (until - System.nanoTime()) / 1_000_000)));
      if (System.nanoTime() < until) {
        long began = System.nanoTime();
        Optional<Fault> fault = faults.any();
        fault.ifPresent(
            f -> say("%s, ready after %d ms", f, (System.nanoTime() - began) / 1_000_000));
      }
    }
  }

  /**
   * Publishers end what they have begun, readers read all that was acknowledged; both in bounded
   * time.
   */
  private void drain() {
    publishers.forEach(Publisher::stop);
    if (!soon(() -> publishers.stream().allMatch(Publisher::stopped))) {
      findings.add(
          Kind.STUCK, "publishers still repeat " + DRAIN_MILLIS_MAX + " ms after the last fault");
      publishers.forEach(Publisher::giveUp);
    }
    soon(
        () -> {
          subscribers.forEach(Subscriber::finish);
          return subscribers.stream().allMatch(Subscriber::finished);
        });
    subscribers.stream()
        .filter(subscriber -> !subscriber.finished())
        .forEach(
            s ->
                findings.add(
                    Kind.LOST,
                    "not everything was read in " + DRAIN_MILLIS_MAX + " ms: " + s.where()));
  }

  private static boolean soon(BooleanSupplier condition) {
    for (long waited = 0; waited < DRAIN_MILLIS_MAX; waited += 100) {
      if (condition.getAsBoolean()) {
        return true;
      }
      Threads.pause(100);
    }
    return false;
  }

  private void watch() {
    long progressAt = PROGRESS_MILLIS;
    long purgeAt = PURGE_MILLIS;
    for (long elapsed = 0; ; elapsed = (System.nanoTime() - beganNanos) / 1_000_000) {
      subscribers.forEach(Subscriber::checkProgress);
      if (elapsed >= progressAt) {
        progressAt += PROGRESS_MILLIS;
        say(
            "published %d, acknowledged %d, delivered %d; %d readers connected, %d cut off",
            tally.published.sum(),
            tally.acknowledged.sum(),
            tally.delivered.sum(),
            tally.connected.get(),
            tally.broken.sum());
      }
      if (elapsed >= purgeAt && elapsed < options.length().toMillis()) {
        purgeAt += PURGE_MILLIS;
        purge(logs.get(logs.size() - 1));
      }
      Threads.pause(500);
    }
  }

  /** Takes the older half of what the brief channel has: readers who stand there must be told. */
  private void purge(ChannelLog brief) {
    try {
      HttpResponse<String> answer = api.page(brief.name, "earliest", BRIEF_RETENTION / 2, 0);
      if (answer.statusCode() == 200) {
        api.purge(brief.name, Json.parse(answer.body()).get("next").text());
      }
    } catch (IOException away) {
      // the next time
    }
  }

  private void report() {
    System.out.println();
    line(
        "published", "%d messages, %d tries repeated", tally.published.sum(), tally.repeated.sum());
    line(
        "acknowledged",
        "%d messages, %d repetitions",
        logs.stream().mapToLong(ChannelLog::acknowledgedCount).sum(),
        tally.duplicates.sum());
    line(
        "not acknowledged",
        "%d refused, %d unknown of which %d were stored; %d answers lost",
        tally.refused.sum(),
        logs.stream().mapToLong(ChannelLog::unknown).sum(),
        logs.stream().mapToLong(ChannelLog::unknownButStored).sum(),
        tally.lostAnswers.sum());
    line("delivered", "%d, %d gaps told", tally.delivered.sum(), tally.gapsTold.sum());
    line("connects", "%s, %d cut off", tally.connects(), tally.broken.sum());
    line("faults", "%s", tally.faults());
    line("no acknowledgement", "for %d ms at most", tally.silenceMillisMax());
    line("caught up", "within %d ms of connecting at most", tally.catchUpMillisMax.get());
    line(
        "behind",
        "while connected, without a message, for %d ms at most",
        tally.behindMillisMax.get());
    for (Kind kind : Kind.values()) {
      line(
          kind.name().toLowerCase(Locale.ROOT).replace('_', ' '),
          "%d %s",
          findings.count(kind),
          kind.meaning);
    }
    System.out.println(findings.none() ? "CLEAN" : "NOT CLEAN, seed " + options.seed());
  }

  private void keepOrDelete(Path folder) throws IOException {
    if (folder != null && findings.none() && !options.keep()) {
      server.deleteFolder();
    } else if (folder != null) {
      System.out.println("kept: " + folder);
    }
  }

  private static void line(String name, String format, Object... values) {
    System.out.printf("%-20s %s%n", name, String.format(format, values));
  }

  private static void say(String format, Object... values) {
    System.out.printf(
        "%s %s%n", LocalTime.now().truncatedTo(ChronoUnit.MILLIS), String.format(format, values));
  }
}
