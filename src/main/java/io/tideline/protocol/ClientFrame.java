package io.tideline.protocol;

import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Start;
import java.util.List;
import java.util.OptionalLong;

/** What a client said on a WebSocket: one command, or something that is none. */
public sealed interface ClientFrame {
  /** The id that the reply carries; empty if it couldn't be read. */
  OptionalLong replyTo();

  /** How many small commands it counts as. */
  default int weight() {
    return 1;
  }

  /** Each request has its own reply; all replies carry the same id. */
  record Subscribe(long id, List<Request> requests) implements ClientFrame {
    private static final int REQUESTS_A_COMMAND = 8;

    public Subscribe {
      requests = List.copyOf(requests);
    }

    @Override
    public int weight() {
      return 1 + requests.size() / REQUESTS_A_COMMAND;
    }

    @Override
    public OptionalLong replyTo() {
      return OptionalLong.of(id);
    }
  }

  record Unsubscribe(long id, Channel channel) implements ClientFrame {
    @Override
    public OptionalLong replyTo() {
      return OptionalLong.of(id);
    }
  }

  /** The message names no sender yet: that is the server's to say. */
  record Publish(long id, Message message) implements ClientFrame {
    @Override
    public OptionalLong replyTo() {
      return OptionalLong.of(id);
    }
  }

  record Presence(long id, Channel channel, Wish wish) implements ClientFrame {
    /** What is wanted of it. */
    public enum Wish {
      /** The state, once. */
      READ,
      /** The state and what changes, from now on. */
      WATCH,
      /** Nothing any more. */
      END
    }

    @Override
    public OptionalLong replyTo() {
      return OptionalLong.of(id);
    }
  }

  /** A new token, not yet believed. */
  record Auth(long id, String token) implements ClientFrame {
    @Override
    public OptionalLong replyTo() {
      return OptionalLong.of(id);
    }

    /** Tokens don't belong in logs. */
    @Override
    public String toString() {
      return "Auth[id=" + id + "]";
    }
  }

  record Ping(long id) implements ClientFrame {
    @Override
    public OptionalLong replyTo() {
      return OptionalLong.of(id);
    }
  }

  /**
   * No command; {@link ServerFrames#error} makes the reply.
   *
   * @param replyTo empty if no id could be read
   * @param channel that it named, as it came; null if it named none, or it is too long for a name
   */
  record Refused(OptionalLong replyTo, ProblemDetails problem, String channel)
      implements ClientFrame {}

  /** One channel of a subscribe. */
  sealed interface Request {
    /**
     * A wish.
     *
     * @param binary whether payloads that are neither JSON nor text shall come in binary frames
     */
    record Valid(Channel channel, Start start, boolean binary) implements Request {}

    /**
     * Refused by itself, so that one stale position doesn't cost the other channels.
     *
     * @param channel as it came; null if there was none, or it is too long for a name
     */
    record Refused(String channel, ProblemDetails problem) implements Request {}
  }
}
