package parts;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import parts.Findings.Kind;
import parts.Tally.Transport;

/**
 * A reader that comes, goes and comes back with its last position, on whichever transport it likes.
 *
 * <p>What it keeps between connections is what a client keeps: a position a channel, and the
 * position of all of them that a stream gave it. Beside each it notes the offset that must come
 * next, which only the check knows.
 */
public final class Subscriber implements Runnable {
  /**
   * A position to come back with, and the offset that must come next from there (0: not known
   * before it comes).
   */
  private record Place(String position, long next) {
    static final Place NOW = new Place("now", 0);

    /** Where messages are taken away, nobody can say which one the earliest is when it is read. */
    static Place earliest(ChannelLog log) {
      return new Place("earliest", log.brief ? 0 : 1);
    }
  }

  /** The same for a stream of several channels. */
  private record StreamPlace(String position, Map<String, Long> next) {}

  /** How it behaves: which of these a subscriber is doesn't change. */
  public enum Habit {
    /** Stays until it is cut off, as a browser's tab does. */
    LOYAL,
    /** Leaves after some seconds and is back soon, often by another transport. */
    RESTLESS,
    /** As restless, but stays away long. */
    AWAY
  }

  private static final long FALLEN_SILENT_NANOS = 30_000_000_000L;
  private static final long ESTABLISHED_NANOS = 1_000_000_000L;
  private static final long LOYAL_MILLIS = TimeUnit.DAYS.toMillis(1);
  private static final int PAGE = 100;
  private static final int WAIT_SECONDS = 5;

  private final String name;
  private final List<ChannelLog> logs;
  private final Habit habit;
  private final boolean forgets;
  private final Api api;
  private final Findings findings;
  private final Tally tally;
  private final Random random;
  private final ScheduledExecutorService clock;
  private final Map<String, Place> places = new ConcurrentHashMap<>();
  private StreamPlace streamPlace;
  private long joinAskedNanos;
  private long joinAnsweredNanos;
  private volatile Connection current;
  private volatile boolean finishing;
  private volatile boolean finished;

  /** {@code forgets}: now and then it loses its position, and begins anew or from now. */
  public Subscriber(
      String name,
      List<ChannelLog> logs,
      Habit habit,
      boolean forgets,
      Api api,
      Findings findings,
      Tally tally,
      Random random,
      ScheduledExecutorService clock) {
    this.name = name;
    this.logs = logs;
    this.habit = habit;
    this.forgets = forgets;
    this.api = api;
    this.findings = findings;
    this.tally = tally;
    this.random = random;
    this.clock = clock;
    logs.forEach(log -> places.put(log.name, Place.earliest(log)));
    this.streamPlace =
        new StreamPlace(
            "earliest",
            logs.stream()
                .collect(Collectors.toMap(log -> log.name, log -> Place.earliest(log).next())));
  }

  /** Ends as soon as everything that was acknowledged has been read. */
  public void finish() {
    finishing = true;
    Connection connection = current;
    if (connection != null && connection.caughtUp()) {
      connection.end();
    }
  }

  public boolean finished() {
    return finished;
  }

  public String where() {
    return name + " " + places;
  }

  /**
   * Called again and again: a connection that is behind and gets nothing for long has fallen
   * silent.
   */
  public void checkProgress() {
    Connection connection = current;
    if (connection != null) {
      connection.checkProgress();
    }
  }

  @Override
  public void run() {
    while (!(finishing && everythingRead())) {
      wander();
      Transport transport = chooseTransport();
      tally.connect(transport);
      try (Connection connection = new Connection(transport)) {
        readUntilOver(connection);
      }
      if (!finishing) {
        Threads.pause(habit == Habit.AWAY ? 5_000 + random.nextInt(15_000) : random.nextInt(2_000));
      }
    }
    finished = true;
  }

  private boolean everythingRead() {
    return logs.stream()
        .noneMatch(
            log -> new Cursor(log, places.get(log.name).next(), name, findings).behind(log.head()));
  }

  private Transport chooseTransport() {
    if (logs.size() > 1) {
      return random.nextInt(3) == 0 ? Transport.WEBSOCKET : Transport.STREAM;
    }
    Transport[] one = {
      Transport.WEBSOCKET, Transport.SSE, Transport.SSE_ENVELOPE, Transport.LONG_POLL
    };
    Transport chosen = one[random.nextInt(one.length)];
    // a stream without offsets can't tell which one the first is
    boolean needsOffset = places.get(logs.get(0).name).next() == 0;
    return chosen == Transport.SSE && needsOffset ? Transport.SSE_ENVELOPE : chosen;
  }

  /**
   * Now and then a reader forgets its position: it begins anew, or is content with what comes from
   * now on.
   */
  private void wander() {
    if (!forgets || finishing || logs.size() > 1 || random.nextInt(25) != 0) {
      return;
    }
    ChannelLog log = logs.get(0);
    places.put(log.name, random.nextBoolean() ? Place.NOW : Place.earliest(log));
  }

  private void readUntilOver(Connection connection) {
    try {
      read(connection);
      connection.ended("the stream ended");
    } catch (IOException cut) {
      connection.ended(cut.getMessage());
    } catch (IllegalArgumentException e) {
      findings.add(
          Kind.PROTOCOL,
          name + " over " + connection.transport + ": not understood: " + e.getMessage());
      Threads.pause(1_000);
    }
  }

  private void read(Connection connection) throws IOException {
    switch (connection.transport) {
      case WEBSOCKET -> overWebSocket(connection);
      case SSE -> overSse(connection, "/v1/channels/" + logs.get(0).name + "/messages");
      case SSE_ENVELOPE ->
          overSse(connection, "/v1/channels/" + logs.get(0).name + "/messages?envelope=true");
      case STREAM -> overSse(connection, "/v1/stream?" + query());
      case LONG_POLL -> overLongPoll(connection);
    }
  }

  private String query() {
    return logs.stream().map(log -> "channel=" + log.name).collect(Collectors.joining("&"));
  }

  private void overWebSocket(Connection connection) throws IOException {
    try (Socket socket = api.socket()) {
      connection.endsBy(socket::close);
      socket.send("{\"id\":1,\"subscribe\":" + subscriptions() + "}");
      while (!connection.over()) {
        Json frame = socket.receive(250);
        if (frame != null) {
          frame(connection, frame);
        }
      }
    }
  }

  private String subscriptions() {
    List<String> each =
        logs.stream()
            .map(
                log ->
                    "{\"channel\":\""
                        + log.name
                        + "\""
                        + after(places.get(log.name).position())
                        + "}")
            .toList();
    return each.size() == 1 ? each.get(0) : "[" + String.join(",", each) + "]";
  }

  private static String after(String position) {
    return position.equals("now") ? "" : ",\"after\":\"" + position + "\"";
  }

  private void frame(Connection connection, Json frame) throws IOException {
    if (frame.has("offset")) {
      connection.publication(frame);
    } else if (frame.has("reply")) {
      if (frame.has("error")) {
        throw new IOException("subscribe refused: " + refusal(frame));
      }
      connection.standsAt(
          frame.get("ok").get("channel").text(), frame.get("ok").get("position").text());
    } else if (frame.has("gap")) {
      connection.gap(frame.get("gap"));
    } else if (frame.has("unsubscribed")) {
      throw new IOException(frame.raw());
    } else if (!frame.has("drain")) {
      findings.add(Kind.PROTOCOL, name + ": unknown frame " + frame.raw());
    }
  }

  private String refusal(Json frame) {
    if (!frame.get("error").get("retry").truth()) {
      findings.add(Kind.PROTOCOL, name + ": subscribe answered " + frame.raw());
    }
    return frame.raw();
  }

  private void overSse(Connection connection, String path) throws IOException {
    Place place = places.get(logs.get(0).name);
    String position =
        connection.transport == Transport.STREAM ? streamPlace.position() : place.position();
    boolean word = position.equals("earliest") || position.equals("now");
    boolean asParameter = word || random.nextInt(3) == 0;
    String target =
        asParameter
            ? path + (path.contains("?") ? "&" : "?") + "after=" + Api.encode(position)
            : path;
    HttpResponse<InputStream> answer = api.events(target, asParameter ? null : position);
    try (InputStream body = answer.body()) {
      if (answer.statusCode() != 200) {
        refused(answer.statusCode(), new String(body.readNBytes(500), UTF_8));
      }
      connection.endsBy(() -> closeQuietly(body));
      new EventStream(new BufferedReader(new InputStreamReader(body, UTF_8)))
          .read(event -> event(connection, event));
    }
  }

  private void event(Connection connection, EventStream.Event event) {
    ChannelLog only = logs.get(0);
    switch (event.name()) {
      case "" -> connection.idAlone(event.id());
      case "tideline.gap" -> connection.gap(Json.parse(event.data()));
      case "tideline.publication" -> connection.publication(Json.parse(event.data()), event.id());
      case "message", "soak.tick" -> {
        if (connection.transport == Transport.SSE) {
          connection.payload(only, event.data().getBytes(UTF_8), event.id());
        } else {
          connection.publication(Json.parse(event.data()), event.id());
        }
      }
      case "tideline.expiring", "tideline.drain" -> {}
      default -> findings.add(Kind.PROTOCOL, name + ": unexpected event " + event);
    }
  }

  private void overLongPoll(Connection connection) throws IOException {
    ChannelLog log = logs.get(0);
    while (!connection.over()) {
      int wait = finishing ? 0 : random.nextInt(WAIT_SECONDS + 1);
      HttpResponse<String> answer = api.page(log.name, places.get(log.name).position(), PAGE, wait);
      if (answer.statusCode() != 200) {
        refused(answer.statusCode(), answer.body());
      }
      Json page = Json.parse(answer.body());
      if (!page.lacks("gap")) {
        connection.gap(page.get("gap"));
      }
      page.get("messages").items().forEach(connection::publication);
      connection.standsAt(log.name, page.get("next").text());
    }
  }

  private void refused(int status, String body) throws IOException {
    if (!Api.passes(status)) {
      findings.add(Kind.PROTOCOL, name + ": answered " + status + " " + body);
    }
    throw new IOException(status + " " + body);
  }

  private static void closeQuietly(InputStream body) {
    try {
      body.close();
    } catch (IOException alreadyClosed) {
      // what was to be reached is reached
    }
  }

  /** One connection: its cursors, and the time at which its reader leaves. Read by one thread. */
  private final class Connection implements AutoCloseable {
    final Transport transport;
    private final long beganNanos = System.nanoTime();
    private final Map<String, Cursor> cursors = new HashMap<>();
    private final Map<String, Long> heads = new HashMap<>();
    private final ScheduledFuture<?> leaving;
    private volatile Runnable closing = () -> {};
    private volatile boolean over;
    private volatile long progressNanos = beganNanos;
    private volatile long behindSinceNanos = beganNanos;
    private boolean catchingUp = true;

    Connection(Transport transport) {
      this.transport = transport;
      for (ChannelLog log : logs) {
        long next =
            transport == Transport.STREAM
                ? streamPlace.next().get(log.name)
                : places.get(log.name).next();
        cursors.put(log.name, new Cursor(log, next, name + " over " + transport, findings));
        heads.put(log.name, log.head());
      }
      long stay =
          habit == Habit.LOYAL
              ? LOYAL_MILLIS
              : 200 + (long) (-4_000 * Math.log(1 - random.nextDouble()));
      leaving = clock.schedule(this::end, stay, TimeUnit.MILLISECONDS);
      current = this;
      tally.connected.incrementAndGet();
    }

    boolean over() {
      return over;
    }

    /** How to leave while a thread waits for bytes. */
    void endsBy(Runnable close) {
      closing = close;
      if (over) {
        close.run();
      }
    }

    void end() {
      over = true;
      closing.run();
    }

    /** The reader didn't want it to end, unless it is over. */
    void ended(String how) {
      if (over) {
        return;
      }
      tally.broken.increment();
      long away = tally.databaseAwaySinceNanos;
      if (away != 0 && transport != Transport.LONG_POLL && progressNanos != beganNanos) {
        if (away - beganNanos > ESTABLISHED_NANOS) {
          findings.add(Kind.CLOSED, name + " over " + transport + ": " + how);
        }
      }
      Threads.pause(50 + random.nextInt(400));
    }

    @Override
    public void close() {
      leaving.cancel(false);
      current = null;
      tally.connected.decrementAndGet();
    }

    boolean caughtUp() {
      return cursors.values().stream().noneMatch(cursor -> cursor.behind(cursor.log.head()));
    }

    void publication(Json publication) {
      publication(publication, null);
    }

    /** {@code id} is the event's, where there is one. */
    void publication(Json publication, String id) {
      String channel = publication.get("channel").text();
      long offset = publication.get("offset").number();
      Cursor cursor = cursor(channel);
      cursor.log.seen(name, offset, Payload.of(publication));
      delivered(cursor, offset, publication.get("position").text(), id);
    }

    void payload(ChannelLog log, byte[] payload, String id) {
      Cursor cursor = cursors.get(log.name);
      long offset = log.seenWithoutOffset(name, cursor.next(), payload);
      delivered(cursor, offset, id, id);
    }

    void gap(Json gap) {
      tally.gapsTold.increment();
      Cursor cursor = cursor(gap.get("channel").text());
      String reason = gap.get("reason").text();
      if (reason.equals("epoch")) {
        cursor.newEpoch();
      } else {
        cursor.gap(gap.get("from").number(), gap.get("to").number(), reason);
      }
      // a stream's position for all comes by itself in the id that follows
      places.put(cursor.log.name, new Place(gap.get("position").text(), cursor.next()));
      progressed();
    }

    /** The server's word for where this reader stands, without a message. */
    void standsAt(String channel, String position) {
      Cursor cursor = cursor(channel);
      if (places.get(channel).equals(Place.NOW)) {
        joinAskedNanos = beganNanos;
        joinAnsweredNanos = System.nanoTime();
      }
      places.put(channel, new Place(position, cursor.next()));
      progressed();
    }

    void idAlone(String id) {
      if (id == null) {
        return;
      }
      if (transport == Transport.STREAM) {
        keepStreamPlace(id);
        progressed();
      } else {
        standsAt(logs.get(0).name, id);
      }
    }

    private void delivered(Cursor cursor, long offset, String position, String id) {
      tally.deliver(transport);
      if (cursor.next() == 0 && !cursor.log.brief) {
        joined(cursor.log, offset);
      }
      cursor.message(offset);
      places.put(cursor.log.name, new Place(position, cursor.next()));
      if (transport == Transport.STREAM) {
        keepStreamPlace(id);
      }
      progressed();
      if (finishing && caughtUp()) {
        end();
      }
    }

    /**
     * The first message after "from now": by long-poll it may come in the very answer that says
     * where now was.
     */
    private void joined(ChannelLog log, long first) {
      boolean answered = !places.get(log.name).equals(Place.NOW);
      log.joined(
          name,
          answered ? joinAskedNanos : beganNanos,
          answered ? joinAnsweredNanos : System.nanoTime(),
          first);
    }

    private void keepStreamPlace(String id) {
      Map<String, Long> next = new HashMap<>();
      cursors.forEach((channel, cursor) -> next.put(channel, cursor.next()));
      streamPlace = new StreamPlace(id, next);
    }

    private Cursor cursor(String channel) {
      Cursor cursor = cursors.get(channel);
      if (cursor == null) {
        throw new IllegalArgumentException(
            "a message of " + channel + ", which was not subscribed");
      }
      return cursor;
    }

    private void progressed() {
      progressNanos = System.nanoTime();
      if (catchingUp && cursors.values().stream().noneMatch(c -> c.behind(heads.get(c.log.name)))) {
        catchingUp = false;
        tally.catchUpMillisMax.accumulate((progressNanos - beganNanos) / 1_000_000);
      }
    }

    void checkProgress() {
      long now = System.nanoTime();
      if (caughtUp()) {
        behindSinceNanos = now;
        return;
      }
      long waited = now - Math.max(behindSinceNanos, progressNanos);
      tally.behindMillisMax.accumulate(waited / 1_000_000);
      if (waited > FALLEN_SILENT_NANOS) {
        findings.add(
            Kind.STUCK,
            name + " over " + transport + " is connected and behind, but gets nothing: " + where());
        end();
      }
    }
  }
}
