package chaos;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import parts.Api;
import parts.Audit;
import parts.ChannelLog;
import parts.Findings;
import parts.Findings.Kind;
import parts.Publisher;
import parts.Subscriber;
import parts.Subscriber.Habit;
import parts.Tally;
import parts.Threads;

/**
 * Proves that several nodes are one service: what was answered 201 is kept, every reader gets each
 * channel's messages in order, none missing, none twice, on whichever node and transport it lands,
 * and publishes go on as soon as anything is left to take them.
 */
public final class Chaos {
  private static final long PROGRESS_MILLIS = 10_000;
  private static final long DRAIN_MILLIS_MAX = 90_000;
  private static final int EXCESSES_PRINTED_MAX = 5;

  /** A reader of several channels at once reads so many. */
  private static final int STREAM_CHANNELS = 6;

  /** After this a client that gets no answer tries again, and so may reach another node. */
  private static final Duration PATIENCE = Duration.ofSeconds(7);

  private final Options options;
  private final Random random;
  private final Findings findings = new Findings();
  private final Tally tally = new Tally();
  private final Outages outages = new Outages();
  private final List<ChannelLog> logs = new ArrayList<>();
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(2);
  private long beganNanos;

  private Chaos(Options options) {
    this.options = options;
    this.random = new Random(options.seed());
    clock.setRemoveOnCancelPolicy(true);
  }

  public static void main(String[] arguments) {
    try {
      System.exit(new Chaos(Options.parse(arguments)).run() ? 0 : 1);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    } catch (IOException e) {
      System.err.println("the chaos can't go on: " + e.getMessage());
      System.exit(3);
    }
  }

  private boolean run() throws IOException {
    Path folder = Files.createTempDirectory("tideline-chaos-");
    Fleet fleet = new Fleet(options, folder, findings);
    Thread ending = new Thread(fleet::end);
    Runtime.getRuntime().addShutdownHook(ending);
    System.out.printf(
        "chaos: seed %d, %s, %s, %d nodes, %d publishers, %d subscribers, %d messages/s; Java %s,"
            + " %s, %s %s, %d CPUs%n",
        options.seed(),
        options.length(),
        options.backplane().word(),
        options.nodes(),
        options.publishers(),
        options.subscribers(),
        options.rate(),
        System.getProperty("java.version"),
        fleet.postgres.version(),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors());
    System.out.println("data and logs in " + folder);
    fleet.start();
    Api api = new Api("http://127.0.0.1:" + fleet.clients.port(), fleet.token(), PATIENCE);
    startClients(api);
    Faults faults =
        new Faults(options, fleet, outages, tally, findings, new Random(random.nextLong()));
    hurt(faults);
    faults.over();
    drain();
    new Audit(api, findings).of(logs);
    judgeSilence();
    fleet.end();
    report();
    if (findings.none() && !options.keep()) {
      delete(folder);
    } else {
      System.out.println("kept: " + folder);
    }
    return findings.none();
  }

  private void startClients(Api api) {
    beganNanos = System.nanoTime();
    String run = Long.toString(System.currentTimeMillis(), 36);
    for (int i = 1; i <= options.channels(); i++) {
      logs.add(new ChannelLog("soak:" + run + "." + i, false, findings));
    }
    double perSecond = (double) options.rate() / options.publishers();
    for (int i = 1; i <= options.publishers(); i++) {
      publishers.add(
          new Publisher(
              "p" + i, logs, api, findings, tally, new Random(random.nextLong()), perSecond));
    }
    for (int i = 1; i <= options.subscribers(); i++) {
      Habit habit = i % 10 == 1 ? Habit.AWAY : i % 2 == 0 ? Habit.RESTLESS : Habit.LOYAL;
      subscribers.add(
          new Subscriber(
              "s" + i,
              channelsOf(i),
              habit,
              false,
              api,
              findings,
              tally,
              new Random(random.nextLong()),
              clock));
    }
    publishers.forEach(publisher -> Threads.daemon("publisher", publisher));
    subscribers.forEach(subscriber -> Threads.daemon("subscriber", subscriber));
    Threads.daemon("watch", this::watch);
  }

  /** Every tenth reads several channels as one stream or socket, the others one. */
  private List<ChannelLog> channelsOf(int subscriber) {
    int count = subscriber % 10 == 0 ? Math.min(STREAM_CHANNELS, logs.size()) : 1;
    return IntStream.range(0, count)
        .mapToObj(i -> logs.get((subscriber + i) % logs.size()))
        .toList();
  }

  private void hurt(Faults faults) {
    long until = beganNanos + options.length().toNanos();
    while (System.nanoTime() < until) {
      Threads.pause(
          Math.max(0, Math.min(faults.pauseMillis(), (until - System.nanoTime()) / 1_000_000)));
      if (System.nanoTime() < until) {
        faults.any().ifPresent(fault -> say("%s", fault));
      }
    }
  }

  /** Publishers end what they have begun, readers read all that was acknowledged. */
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
      Threads.pause(500);
    }
  }

  private void judgeSilence() {
    for (Outages.Excess excess : outages.excesses(tally.silences())) {
      if (excess.millis() > options.slack().toMillis()) {
        findings.add(Kind.LATE, "nothing was acknowledged for " + excess);
      }
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
    line("delivered", "%d: %s", tally.delivered.sum(), tally.deliveries());
    line("connects", "%s, %d cut off", tally.connects(), tally.broken.sum());
    line("faults", "%s", tally.faults());
    line("longest fault", "of all at once: %d ms", outages.longestMillis());
    line("no acknowledgement", "for %d ms at most", tally.silenceMillisMax());
    outages.excesses(tally.silences()).stream()
        .limit(EXCESSES_PRINTED_MAX)
        .forEach(excess -> line("  beyond faults", "%d ms: %s", excess.millis(), excess));
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

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
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
