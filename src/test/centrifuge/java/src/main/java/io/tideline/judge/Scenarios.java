// SPDX-License-Identifier: Apache-2.0
package io.tideline.judge;

import static io.tideline.judge.Settings.channel;
import static io.tideline.judge.Settings.differs;
import static io.tideline.judge.Settings.inSeconds;
import static io.tideline.judge.Settings.json;
import static io.tideline.judge.Settings.mint;
import static io.tideline.judge.Settings.name;
import static io.tideline.judge.Stage.plain;
import static io.tideline.judge.Stage.read;
import static io.tideline.judge.Stage.recoverable;

import io.github.centrifugal.centrifuge.ClientInfo;
import io.github.centrifugal.centrifuge.ClientState;
import io.github.centrifugal.centrifuge.HistoryOptions;
import io.github.centrifugal.centrifuge.HistoryResult;
import io.github.centrifugal.centrifuge.Options;
import io.github.centrifugal.centrifuge.PresenceStatsResult;
import io.github.centrifugal.centrifuge.PublishResult;
import io.github.centrifugal.centrifuge.RPCResult;
import io.github.centrifugal.centrifuge.ReplyError;
import io.github.centrifugal.centrifuge.ResultCallback;
import io.github.centrifugal.centrifuge.StreamPosition;
import io.github.centrifugal.centrifuge.SubscriptionOptions;
import io.tideline.judge.Events.Noted;
import io.tideline.judge.Stage.Connection;
import io.tideline.judge.Stage.Subscribed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** What an application does with the published SDK, and what it must see. */
final class Scenarios {

  /** One of them. */
  interface Scenario {
    void play(Stage stage) throws Exception;
  }

  /** A subscription over a wire that was cut and mended, and how it came back. */
  private record CutOff(Wire wire, String channel, Subscribed subscription, Noted back) {}

  private static final String TEXT = "ä € 漢字 🏳️‍🌈 \u202eעברית \u0001 \\ \" \u2028 </script>";
  private static final long LONG_MS = 60_000;
  private static final Backend BACKEND = new Backend();

  private Scenarios() {}

  static void check(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }

  private static void same(Object actual, Object expected) {
    check(actual.equals(expected), actual + " is not " + expected);
  }

  static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Integer> upto(int first, int last) {
    return IntStream.rangeClosed(first, last).boxed().toList();
  }

  private static List<Map<String, Object>> messages(int first, int last, int bytes) {
    String pad = "x".repeat(Math.max(0, bytes - 20));
    return IntStream.rangeClosed(first, last).<Map<String, Object>>mapToObj(n -> Map.of("n", n, "pad", pad)).toList();
  }

  /** What the SDK gives to a callback, or why it doesn't. */
  private static <T> T ask(Consumer<ResultCallback<T>> call) throws Exception {
    CompletableFuture<T> answer = new CompletableFuture<>();
    call.accept(
        (error, result) -> {
          if (error == null) {
            answer.complete(result);
          } else {
            answer.completeExceptionally(error);
          }
        });
    return answer.get(20, TimeUnit.SECONDS);
  }

  private static <T> int code(Consumer<ResultCallback<T>> call) throws Exception {
    try {
      ask(call);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ReplyError) {
        return ((ReplyError) e.getCause()).getCode();
      }
      throw e;
    }
    throw new AssertionError("was not refused");
  }

  private static int codeOf(Throwable error) {
    Throwable cause = error instanceof ReplyError ? error : error.getCause();
    check(cause instanceof ReplyError, "no error of the server: " + error);
    return ((ReplyError) cause).getCode();
  }

  private static CutOff cutOff(Stage s, int before, int missed, int bytes, Consumer<String> whileAway) throws Exception {
    Wire wire = s.wire();
    Connection connection = s.client(wire.url(), name("user"), Map.of()).connect();
    String to = channel("chat");
    Subscribed subscription = s.subscribed(connection, to, recoverable());
    BACKEND.publishAll(to, messages(1, before, 0));
    subscription.events().until("publication", before);
    wire.cut();
    subscription.events().until("subscribing", 2);
    BACKEND.publishAll(to, messages(before + 1, before + missed, bytes));
    whileAway.accept(to);
    wire.mend();
    return new CutOff(wire, to, subscription, subscription.events().until("subscribed", 2));
  }

  private static void isRecovered(CutOff cut, boolean expected) {
    same(List.of(cut.back().wasRecovering(), cut.back().recovered()), List.of(true, expected));
  }

  private static void told(Subscribed watcher, String kind, Connection of) {
    watcher
        .events()
        .when(() -> watcher.events().of(kind).stream().anyMatch(noted -> noted.info().getClient().equals(of.id())), kind);
  }

  static Map<String, Scenario> all() {
    Map<String, Scenario> all = new LinkedHashMap<>();
    connections(all);
    publications(all);
    reading(all);
    recovery(all);
    refusals(all);
    nodes(all);
    return all;
  }

  private static void connections(Map<String, Scenario> all) {
    all.put("connect with a token", s -> {
      Options options = Stage.options();
      options.setToken(mint(Map.of("sub", "fred")));
      options.setData(json(Map.of("any", "thing")));
      options.setName("judge");
      options.setVersion("1.2");
      check(!s.client(Settings.URLS.get(0), "fred", options).connect().id().isEmpty(), "no id");
    });
    all.put("anonymous connection refused", s -> refused(s, Stage.options(), 3501));
    all.put("invalid token refused", s -> {
      Options options = Stage.options();
      options.setToken(mint(Map.of("sub", "fred"), "another secret"));
      refused(s, options, 3500);
    });
    all.put("expired token replaced", s -> {
      AtomicInteger asked = new AtomicInteger();
      Options options = Stage.tokens(() -> mint(Map.of("sub", "fred", "exp", inSeconds(asked.incrementAndGet() == 1 ? -60 : 600))));
      Connection connection = s.client(Settings.URLS.get(0), "fred", options).connect();
      same(asked.get(), 2);
      same(codeOf(connection.events().of("error").get(0).error()), 109);
    });
    all.put("pings keep a connection", s -> {
      Options options = Stage.tokens(() -> mint(Map.of("sub", "fred")));
      options.setMaxServerPingDelay(1000);
      Connection connection = s.client(Settings.URLS.get(0), "fred", options).connect();
      sleep(Settings.PING_MS * 4 + 1000);
      same(connection.events().of("connecting").size(), 1);
      same(connection.client().getState(), ClientState.CONNECTED);
    });
    all.put("connection token refreshed", s -> {
      AtomicInteger asked = new AtomicInteger();
      Options options = Stage.tokens(() -> mint(Map.of("sub", "fred", "exp", inSeconds(asked.incrementAndGet() < 3 ? 3 : 600))));
      Connection connection = s.client(Settings.URLS.get(0), "fred", options).connect();
      connection.events().when(() -> asked.get() == 3, "three tokens");
      sleep(3000 + Settings.GRACE_MS);
      same(connection.events().of("connecting").size(), 1);
      same(connection.client().getState(), ClientState.CONNECTED);
    });
  }

  private static void refused(Stage s, Options options, int code) {
    Connection connection = s.client(Settings.URLS.get(0), "", options);
    connection.client().connect();
    same(connection.events().until("disconnected", 1).code(), code);
  }

  private static void publications(Map<String, Scenario> all) {
    all.put("live publications", s -> {
      String to = channel("chat");
      Subscribed subscription = s.subscribed(s.connected(), to, recoverable());
      Noted told = subscription.events().of("subscribed").get(0);
      same(List.of(told.recoverable(), told.wasRecovering(), told.recovered()), List.of(true, false, false));
      BACKEND.publishTagged(to, Map.of("text", "one"), Map.of("lang", "en"));
      BACKEND.publish(to, List.of("two"));
      subscription.events().until("publication", 2);
      List<Noted> found = subscription.events().of("publication");
      same(List.of(found.get(0).offset(), found.get(1).offset()), List.of(1L, 2L));
      same(found.get(0).tags(), Map.of("lang", "en"));
      same(subscription.data(), List.of(read(json(Map.of("text", "one"))), read(json(List.of("two")))));
    });
    all.put("publications without history", s -> {
      String to = channel("live");
      Subscribed subscription = s.subscribed(s.connected(), to, recoverable());
      same(subscription.events().of("subscribed").get(0).recoverable(), false);
      BACKEND.publish(to, 1);
      same(subscription.events().until("publication", 1).offset(), 0L);
    });
    all.put("publish with sender info", s -> {
      String to = channel("chat");
      Connection fred = s.client(name("user"), Map.of("info", Map.of("name", "Frédéric"))).connect();
      Subscribed heard = s.subscribed(s.connected(), to, plain());
      SubscriptionOptions options = plain();
      options.setData(json(Map.of("since", 1)));
      Subscribed subscription = s.subscribed(fred, to, options);
      Scenarios.<PublishResult>ask(done -> subscription.subscription().publish(json(Map.of("text", "hello")), done));
      Scenarios.<PublishResult>ask(done -> fred.client().publish(to, json("again"), done));
      heard.events().until("publication", 2);
      same(heard.data(), List.of(read(json(Map.of("text", "hello"))), read(json("again"))));
      ClientInfo info = heard.events().of("publication").get(0).info();
      same(List.of(info.getUser(), info.getClient()), List.of(fred.user(), fred.id()));
      if (!differs("senders are users")) {
        same(read(info.getConnInfo()), read(json(Map.of("name", "Frédéric"))));
      }
    });
    all.put("unicode", s -> {
      String to = channel("chat");
      Connection connection = s.client(name("Jürgen 🙂"), Map.of()).connect();
      Subscribed subscription = s.subscribed(connection, to, plain());
      BACKEND.publish(to, Map.of(TEXT, TEXT));
      subscription.events().until("publication", 1);
      Scenarios.<PublishResult>ask(done -> subscription.subscription().publish(json(TEXT), done));
      same(subscription.events().until("publication", 2).info().getUser(), connection.user());
      same(subscription.data(), List.of(read(json(Map.of(TEXT, TEXT))), read(json(TEXT))));
    });
    all.put("binary payloads", s -> {
      String to = channel("chat");
      byte[] bytes = new byte[1024];
      IntStream.range(0, bytes.length).forEach(at -> bytes[at] = (byte) at);
      Subscribed subscription = s.subscribed(s.connected(), to, plain());
      BACKEND.publishBytes(to, bytes);
      Scenarios.<PublishResult>ask(done -> subscription.subscription().publish(bytes, done));
      subscription.events().until("publication", 2);
      for (Noted noted : subscription.events().of("publication")) {
        check(Arrays.equals(noted.data(), bytes), "other bytes");
      }
    });
    all.put("hundred channels at once", s -> {
      Connection connection = s.client(name("user"), Map.of());
      List<Subscribed> subscriptions = new ArrayList<>();
      for (int n = 0; n < 100; n++) {
        subscriptions.add(s.subscribe(connection, channel("chat"), recoverable()));
      }
      connection.connect();
      for (Subscribed one : subscriptions) {
        one.events().until("subscribed", 1);
        BACKEND.publish(one.subscription().getChannel(), one.subscription().getChannel());
      }
      for (Subscribed one : subscriptions) {
        one.events().until("publication", 1);
        same(one.data().get(0).asText(), one.subscription().getChannel());
      }
    });
  }

  private static void reading(Map<String, Scenario> all) {
    all.put("history", s -> {
      String to = channel("chat");
      BACKEND.publishAll(to, messages(1, 10, 0));
      Subscribed subscription = s.subscribed(s.connected(), to, plain());
      String epoch = history(subscription, List.of(), new HistoryOptions.Builder().withLimit(0));
      history(subscription, upto(1, 10), new HistoryOptions.Builder().withLimit(-1));
      history(subscription, upto(1, 3), new HistoryOptions.Builder().withLimit(3));
      history(subscription, upto(9, 10), new HistoryOptions.Builder().withLimit(3).withSince(new StreamPosition(8, epoch)));
      history(subscription, List.of(10, 9, 8), new HistoryOptions.Builder().withLimit(3).withReverse(true));
      HistoryOptions impossible = new HistoryOptions.Builder().withLimit(1).withSince(new StreamPosition(1, "another")).build();
      same(Scenarios.<HistoryResult>code(done -> subscription.subscription().history(impossible, done)), 112);
    });
    all.put("presence", s -> {
      String to = channel("chat");
      Connection fred = s.client(name("user"), Map.of("info", Map.of("name", "Fred"))).connect();
      Subscribed subscription = s.subscribed(fred, to, plain());
      s.subscribed(s.client(fred.user(), Map.of()).connect(), to, plain());
      s.subscribed(s.connected(), to, plain());
      Map<String, ClientInfo> clients = ask(subscription.subscription()::presence).getClients();
      same(clients.size(), 3);
      ClientInfo member = clients.get(fred.id());
      same(member.getUser(), fred.user());
      same(read(member.getConnInfo()), read(json(Map.of("name", "Fred"))));
      PresenceStatsResult stats = ask(subscription.subscription()::presenceStats);
      same(List.of(stats.getNumClients(), stats.getNumUsers()), List.of(3, 2));
    });
    all.put("join and leave", s -> {
      String to = channel("chat");
      SubscriptionOptions watching = plain();
      watching.setJoinLeave(true);
      Subscribed watcher = s.subscribed(s.connected(), to, watching);
      Connection fred = s.connected();
      Subscribed subscription = s.subscribed(fred, to, plain());
      told(watcher, "join", fred);
      subscription.subscription().unsubscribe();
      told(watcher, "leave", fred);
    });
  }

  private static String history(Subscribed subscription, List<Integer> expected, HistoryOptions.Builder options) throws Exception {
    HistoryResult found = ask(done -> subscription.subscription().history(options.build(), done));
    same(found.getOffset(), 10L);
    same(found.getPublications().stream().map(one -> (int) one.getOffset()).toList(), expected);
    return found.getEpoch();
  }

  private static void recovery(Map<String, Scenario> all) {
    all.put("unsubscribe and come back", s -> {
      String to = channel("chat");
      Subscribed subscription = s.subscribed(s.connected(), to, recoverable());
      BACKEND.publishAll(to, messages(1, 2, 0));
      subscription.events().until("publication", 2);
      subscription.subscription().unsubscribe();
      subscription.events().until("unsubscribed", 1);
      BACKEND.publishAll(to, messages(3, 5, 0));
      subscription.subscription().subscribe();
      subscription.events().until("publication", 5);
      same(subscription.numbers(), upto(1, 5));
    });
    all.put("server-side subscription", s -> {
      Wire wire = s.wire();
      String to = channel("chat");
      Connection connection = s.client(wire.url(), name("user"), Map.of("channels", List.of(to))).connect();
      Events events = connection.events();
      Noted first = events.until("subscribed", 1);
      same(List.of(first.channel(), first.recoverable()), List.of(to, true));
      BACKEND.publishAll(to, messages(1, 3, 0));
      events.until("publication", 3);
      wire.cut();
      events.until("connecting", 2);
      BACKEND.publishAll(to, messages(4, 203, 0));
      wire.mend();
      if (!differs("server-side by push")) {
        same(events.until("subscribed", 2).recovered(), true);
      }
      events.until("publication", 203);
      BACKEND.publishAll(to, messages(204, 204, 0));
      events.until("publication", 204);
      same(Stage.numbers(events), upto(1, 204));
    });
    all.put("recovery of nothing", s -> {
      CutOff cut = cutOff(s, 2, 0, 0, channel -> {});
      isRecovered(cut, true);
      BACKEND.publishAll(cut.channel(), messages(3, 3, 0));
      cut.subscription().events().until("publication", 3);
      same(cut.subscription().numbers(), upto(1, 3));
    });
    all.put("recovery of a few", s -> {
      CutOff cut = cutOff(s, 3, 7, 0, channel -> {});
      isRecovered(cut, true);
      cut.subscription().events().until("publication", 10);
      BACKEND.publishAll(cut.channel(), messages(11, 12, 0));
      cut.subscription().events().until("publication", 12);
      same(cut.subscription().numbers(), upto(1, 12));
    });
    all.put("recovery of two thousand", s -> {
      CutOff cut = cutOff(s, 5, 2000, 200, channel -> {});
      isRecovered(cut, true);
      // What is published meanwhile comes behind what was missed.
      BACKEND.publishAll(cut.channel(), messages(2006, 2105, 0));
      cut.subscription().events().until("publication", 2105, LONG_MS);
      sleep(500);
      same(cut.subscription().numbers(), upto(1, 2105));
    });
    all.put("cut again while recovering", Scenarios::cutAgain);
    all.put("recovery from what is no longer kept", s -> {
      CutOff cut = cutOff(s, 3, 5, 0, BACKEND::forget);
      isRecovered(cut, false);
      BACKEND.publishAll(cut.channel(), messages(9, 9, 0));
      cut.subscription().events().until("publication", 4);
      same(cut.subscription().numbers(), List.of(1, 2, 3, 9));
    });
  }

  private static void cutAgain(Stage s) throws Exception {
    CutOff cut = cutOff(s, 1, 3000, 200, channel -> {});
    Events events = cut.subscription().events();
    for (int many : List.of(200, 900)) {
      events.until("publication", many);
      int times = events.of("subscribed").size();
      cut.wire().cut();
      sleep(100);
      cut.wire().mend();
      same(events.until("subscribed", times + 1).recovered(), true);
    }
    events.until("publication", 3001, LONG_MS);
    sleep(500);
    same(cut.subscription().numbers(), upto(1, 3001));
  }

  private static void refusals(Map<String, Scenario> all) {
    all.put("subscription token", s -> {
      String to = channel("secret");
      Connection connection = s.connected();
      SubscriptionOptions options =
          Stage.subscriptionTokens(() -> mint(Map.of("sub", connection.user(), "channel", to, "info", Map.of("role", "guest"))));
      Subscribed subscription = s.subscribed(connection, to, options);
      BACKEND.publish(to, 1);
      subscription.events().until("publication", 1);
      Scenarios.<PublishResult>ask(done -> subscription.subscription().publish(json(2), done));
      ClientInfo info = subscription.events().until("publication", 2).info();
      if (!differs("senders are users")) {
        same(read(info.getChanInfo()), read(json(Map.of("role", "guest"))));
      }
      same(subscription.data(), List.of(read(json(1)), read(json(2))));
    });
    all.put("subscription token refreshed", s -> {
      String to = channel("secret");
      Connection connection = s.connected();
      AtomicInteger asked = new AtomicInteger();
      SubscriptionOptions options =
          Stage.subscriptionTokens(
              () -> mint(Map.of("sub", connection.user(), "channel", to, "exp", inSeconds(asked.incrementAndGet() < 3 ? 3 : 600))));
      Subscribed subscription = s.subscribed(connection, to, options);
      subscription.events().when(() -> asked.get() == 3, "three tokens");
      sleep(3000 + Settings.GRACE_MS);
      same(subscription.events().of("subscribing").size(), 1);
      BACKEND.publish(to, 1);
      subscription.events().until("publication", 1);
    });
    all.put("subscription token expired", s -> {
      // The SDK ends the subscription, other than the others, which ask for a further token.
      String to = channel("secret");
      Connection connection = s.connected();
      SubscriptionOptions options = plain();
      options.setToken(mint(Map.of("sub", connection.user(), "channel", to, "exp", inSeconds(-60))));
      same(s.subscribe(connection, to, options).events().until("unsubscribed", 1).code(), 109);
    });
    all.put("subscription token of another channel", s -> {
      Connection connection = s.connected();
      SubscriptionOptions options = plain();
      options.setToken(mint(Map.of("sub", connection.user(), "channel", channel("secret"))));
      Subscribed subscription = s.subscribe(connection, channel("secret"), options);
      if (differs("foreign token is an error")) {
        same(subscription.events().until("unsubscribed", 1).code(), 103);
      } else {
        same(connection.events().until("disconnected", 1).code(), 3500);
      }
    });
    all.put("subscription denied", s -> {
      Connection connection = s.connected();
      same(s.subscribe(connection, channel("secret"), plain()).events().until("unsubscribed", 1).code(), 103);
      same(connection.client().getState(), ClientState.CONNECTED);
    });
    all.put("publish denied", s -> {
      Connection connection = s.connected();
      Subscribed subscription = s.subscribed(connection, channel("readonly"), plain());
      same(Scenarios.<PublishResult>code(done -> subscription.subscription().publish(json(1), done)), 103);
      Consumer<ResultCallback<PublishResult>> unsubscribed = done -> connection.client().publish(channel("chat"), json(1), done);
      if (differs("rights by pattern")) {
        ask(unsubscribed);
      } else {
        same(code(unsubscribed), 103);
      }
    });
    all.put("unknown namespace", s ->
        same(s.subscribe(s.connected(), channel("nowhere"), plain()).events().until("unsubscribed", 1).code(), differs("unknown is forbidden") ? 103 : 102));
    all.put("history and presence not there", s -> {
      Subscribed subscription = s.subscribed(s.connected(), channel("live"), plain());
      HistoryOptions one = new HistoryOptions.Builder().withLimit(1).build();
      same(Scenarios.<HistoryResult>code(done -> subscription.subscription().history(one, done)), 108);
      same(code(subscription.subscription()::presence), 108);
      same(code(subscription.subscription()::presenceStats), 108);
    });
    all.put("call that nobody answers", s -> {
      Connection connection = s.connected();
      same(Scenarios.<RPCResult>code(done -> connection.client().rpc("any", json(Map.of()), done)), 104);
    });
    all.put("too large a publication", s -> {
      // The SDK reconnects after 1009, other than that of JavaScript.
      Connection connection = s.connected();
      Subscribed subscription = s.subscribed(connection, channel("chat"), plain());
      subscription.subscription().publish(json("x".repeat(200_000)), (error, result) -> {});
      connection.events().until("connected", 2);
    });
    all.put("unsubscribed by the server", s -> {
      String to = channel("chat");
      Connection connection = s.connected();
      Subscribed subscription = s.subscribed(connection, to, plain());
      BACKEND.unsubscribe(connection.user(), to);
      same(subscription.events().until("unsubscribed", 1).code(), 2000);
      same(connection.client().getState(), ClientState.CONNECTED);
    });
    all.put("disconnected by the server for now", s -> {
      Connection connection = s.connected();
      Subscribed subscription = s.subscribed(connection, channel("chat"), recoverable());
      BACKEND.disconnect(connection.user(), 4001, "moved");
      Noted again = connection.events().until("connecting", 2);
      same(List.of(again.code(), again.reason()), List.of(4001, "moved"));
      same(subscription.events().until("subscribed", 2).recovered(), true);
    });
    all.put("disconnected by the server for good", s -> {
      Connection connection = s.connected();
      BACKEND.disconnect(connection.user(), 4501, "banned");
      Noted ended = connection.events().until("disconnected", 1);
      same(List.of(ended.code(), ended.reason()), List.of(4501, "banned"));
    });
  }

  private static void nodes(Map<String, Scenario> all) {
    all.put("two nodes", s -> {
      if (Settings.URLS.size() < 2) {
        throw new Skipped("CENTRIFUGE_URL names one node");
      }
      String to = channel("chat");
      SubscriptionOptions watching = recoverable();
      watching.setJoinLeave(true);
      Subscribed here = s.subscribed(s.connected(), to, watching);
      Connection other = s.client(Settings.URLS.get(1), name("user"), Map.of()).connect();
      Subscribed there = s.subscribed(other, to, recoverable());
      told(here, "join", other);
      Scenarios.<PublishResult>ask(done -> there.subscription().publish(json(Map.of("n", 1)), done));
      BACKEND.publish(to, Map.of("n", 2));
      for (Subscribed heard : List.of(here, there)) {
        heard.events().until("publication", 2);
        same(heard.numbers(), upto(1, 2));
        same(ask(heard.subscription()::presenceStats).getNumClients(), 2);
      }
      other.client().disconnect();
      told(here, "leave", other);
    });
    all.put("node killed while a thousand are published", Scenarios::killed);
  }

  private static void killed(Stage s) throws Exception {
    if (Settings.RESTART.isEmpty()) {
      throw new Skipped("CENTRIFUGE_RESTART is not set");
    }
    String to = channel("chat");
    Subscribed subscription = s.subscribed(s.connected(), to, recoverable());
    Process restarted = null;
    for (int n = 1; n <= 1000; n++) {
      if (n == 200) {
        restarted = new ProcessBuilder("sh", "-c", Settings.RESTART).inheritIO().start();
      }
      BACKEND.publishSurely(to, Map.of("n", n), "message-" + n);
    }
    same(restarted.waitFor(), 0);
    Noted back = subscription.events().until("subscribed", 2, LONG_MS);
    subscription.events().when(() -> subscription.numbers().contains(1000), "the last message", LONG_MS);
    List<Integer> found = subscription.numbers();
    same(found, found.stream().distinct().sorted().toList());
    if (Settings.DURABLE || back.recovered()) {
      same(back.recovered(), true);
      same(found, upto(1, 1000));
    }
  }
}
