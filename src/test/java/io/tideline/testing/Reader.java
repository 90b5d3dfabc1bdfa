package io.tideline.testing;

import io.tideline.testing.TestEventStream.Block;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;

/** A subscriber to one channel, over one of the transports; used by one thread. */
public interface Reader extends AutoCloseable {
  /** The next publication or gap; fails if none comes in time. */
  Received next();

  /** Where it stands, for {@code after} on the same transport. */
  String position();

  /** Likewise on any transport that reads a channel by itself. */
  String channelPosition();

  @Override
  void close();

  /** All ways to read. */
  enum Transport {
    WEBSOCKET {
      @Override
      public Reader open(TestClient client, String channel, String after) {
        return new OverSocket(client.socket(), channel, after);
      }
    },
    SSE {
      @Override
      public Reader open(TestClient client, String channel, String after) {
        String query = "?envelope=true&after=" + TestClient.encode(after);
        return new OverEvents(client.stream(TestClient.messages(channel) + query, Map.of()));
      }
    },
    SSE_LAST_EVENT_ID {
      @Override
      public Reader open(TestClient client, String channel, String after) {
        boolean isPosition = !after.equals("earliest") && !after.equals("now");
        String query = "?envelope=true&after=" + (isPosition ? "earliest" : after);
        return new OverEvents(
            client.stream(
                TestClient.messages(channel) + query,
                isPosition ? Map.of("Last-Event-ID", after) : Map.of()));
      }
    },
    SSE_STREAM {
      @Override
      public Reader open(TestClient client, String channel, String after) {
        String query = "?channel=" + channel + "&channel=quiet&after=" + TestClient.encode(after);
        return new OverEvents(client.stream("stream" + query, Map.of()));
      }

      @Override
      public boolean takesChannelPositions() {
        return false;
      }
    },
    LONG_POLL {
      @Override
      public Reader open(TestClient client, String channel, String after) {
        return new OverPages(client, channel, after, "&wait=10s");
      }
    },
    PAGES {
      @Override
      public Reader open(TestClient client, String channel, String after) {
        return new OverPages(client, channel, after, "");
      }
    };

    /**
     * Opens a reader, which stands where it was asked to when this returns.
     *
     * @param after a position, {@code earliest} or {@code now}
     */
    public abstract Reader open(TestClient client, String channel, String after);

    /** Whether it can go on from a position that another transport gave. */
    public boolean takesChannelPositions() {
      return true;
    }
  }

  /** A WebSocket. */
  final class OverSocket implements Reader {
    private final TestSocket socket;
    private String position;

    OverSocket(TestSocket socket, String channel, String after) {
      this.socket = socket;
      JsonObject wish = new JsonObject().put("channel", channel).put("after", after);
      socket.send(new JsonObject().put("id", 1).put("subscribe", wish));
      JsonObject reply = socket.next();
      if (reply.getJsonObject("ok") == null) {
        throw new AssertionError("refused: " + reply);
      }
      position = reply.getJsonObject("ok").getString("position");
    }

    @Override
    public Received next() {
      JsonObject frame = socket.next();
      while (frame.containsKey("drain")) {
        frame = socket.next();
      }
      JsonObject gap = frame.getJsonObject("gap");
      position = (gap == null ? frame : gap).getString("position");
      return gap == null ? Received.message(frame) : Received.lost(gap);
    }

    @Override
    public String position() {
      return position;
    }

    @Override
    public String channelPosition() {
      return position;
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** An event stream, of this channel alone or of several. */
  final class OverEvents implements Reader {
    private final TestEventStream stream;
    private String position;
    private String channelPosition;

    OverEvents(TestEventStream stream) {
      this.stream = stream;
      if (stream.status() != 200) {
        throw new AssertionError("refused with " + stream.status());
      }
      Block block = stream.next();
      if (block.retry() == null) {
        throw new AssertionError("a stream begins with retry, not with " + block);
      }
      block = stream.nextField();
      if (block.id() == null || block.data() != null) {
        throw new AssertionError("an id alone comes next, not " + block);
      }
      position = block.id();
    }

    @Override
    public Received next() {
      Block block = stream.nextEvent();
      while ("tideline.drain".equals(block.event())) {
        block = stream.nextEvent();
      }
      JsonObject data = new JsonObject(block.data());
      channelPosition = data.getString("position");
      if (!"tideline.gap".equals(block.event())) {
        position = block.id();
        return Received.message(data);
      }
      if (block.id() != null) {
        throw new AssertionError("a control event has no id: " + block);
      }
      position = stream.nextField().id();
      return Received.lost(data);
    }

    @Override
    public String position() {
      return position;
    }

    @Override
    public String channelPosition() {
      return channelPosition;
    }

    @Override
    public void close() {
      stream.close();
    }
  }

  /** One page after the other, held or not. */
  final class OverPages implements Reader {
    private final TestClient client;
    private final String channel;
    private final String more;
    private final Queue<Received> got = new ArrayDeque<>();
    private final Queue<String> positions = new ArrayDeque<>();
    private String next;
    private String position;

    OverPages(TestClient client, String channel, String after, String more) {
      this.client = client;
      this.channel = channel;
      this.more = more;
      this.next = after.equals("now") ? client.page(channel, "after=now").getString("next") : after;
      this.position = next;
    }

    @Override
    public Received next() {
      long deadline = System.nanoTime() + TestClient.PATIENCE.toNanos();
      while (got.isEmpty()) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("no message came in time");
        }
        take(client.page(channel, "after=" + next + more));
      }
      position = positions.remove();
      return got.remove();
    }

    private void take(JsonObject page) {
      JsonObject gap = page.getJsonObject("gap");
      if (gap != null) {
        got.add(Received.lost(gap));
        positions.add(gap.getString("position"));
      }
      JsonArray messages = page.getJsonArray("messages");
      for (int i = 0; i < messages.size(); i++) {
        got.add(Received.message(messages.getJsonObject(i)));
        positions.add(messages.getJsonObject(i).getString("position"));
      }
      next = page.getString("next");
    }

    @Override
    public String position() {
      return position;
    }

    @Override
    public String channelPosition() {
      return position;
    }

    @Override
    public void close() {}
  }
}
