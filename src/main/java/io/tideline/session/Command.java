package io.tideline.session;

import io.tideline.protocol.ProblemDetails;
import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Position;
import io.tideline.stream.Start;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A command of a client, as a {@link Dialect} has read it. Its id is the client's own, by which it
 * finds the reply.
 */
public sealed interface Command {
  /** The id that the reply carries; empty if it couldn't be read, or no reply is expected. */
  OptionalLong replyTo();

  /** How many small commands it is as much work as; see {@link CommandLimiter}. */
  default int weight() {
    return 1;
  }

  /** Calls the handler's method for this kind of command. */
  void execute(Handler handler);

  /** One method for each kind of command. */
  interface Handler {
    void subscribe(Subscribe command);

    void unsubscribe(Unsubscribe command);

    void publish(Publish command);

    void renew(Renew command);

    void history(History command);

    void presence(Presence command);

    void seats(Seats command);

    void authenticate(Authenticate command);

    void ping(Ping command);

    void refuse(Refused command);

    void close(Violation command);
  }

  /** A command that is answered under its id. */
  sealed interface Asked extends Command {
    long id();

    @Override
    default OptionalLong replyTo() {
      return OptionalLong.of(id());
    }
  }

  /** Each request has its own reply; all replies carry the same id. */
  record Subscribe(long id, List<Request> requests) implements Asked {
    private static final int REQUESTS_PER_SMALL_COMMAND = 8;

    public Subscribe {
      requests = List.copyOf(requests);
    }

    @Override
    public int weight() {
      return 1 + requests.size() / REQUESTS_PER_SMALL_COMMAND;
    }

    @Override
    public void execute(Handler handler) {
      handler.subscribe(this);
    }
  }

  record Unsubscribe(long id, Channel channel) implements Asked {
    @Override
    public void execute(Handler handler) {
      handler.unsubscribe(this);
    }
  }

  /** The message names no sender yet: that is the server's to say. */
  record Publish(long id, Message message) implements Asked {
    @Override
    public void execute(Handler handler) {
      handler.publish(this);
    }
  }

  /** A newer proof for a channel that is subscribed to. */
  record Renew(long id, Channel channel, Proof proof) implements Asked {
    @Override
    public void execute(Handler handler) {
      handler.renew(this);
    }
  }

  /**
   * Publications that are retained, as many as one page of {@link io.tideline.stream.History}
   * holds.
   *
   * @param since where to begin, exclusive; null for the oldest, or the newest if reversed
   * @param limit publications at most; 0 for the channel's state alone
   * @param isReverse from the newest to the oldest
   */
  record History(long id, Channel channel, @Nullable Position since, int limit, boolean isReverse)
      implements Asked {
    @Override
    public void execute(Handler handler) {
      handler.history(this);
    }
  }

  record Presence(long id, Channel channel, Wish wish) implements Asked {
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
    public void execute(Handler handler) {
      handler.presence(this);
    }
  }

  /**
   * The connections that are present in a channel.
   *
   * @param limit of those that are listed; 0 for their number alone
   */
  record Seats(long id, Channel channel, int limit) implements Asked {
    @Override
    public void execute(Handler handler) {
      handler.seats(this);
    }
  }

  /** Credentials, not yet believed: the first ones, or new ones. */
  record Authenticate(long id, Credentials credentials) implements Asked {
    @Override
    public void execute(Handler handler) {
      handler.authenticate(this);
    }
  }

  record Ping(long id) implements Asked {
    @Override
    public void execute(Handler handler) {
      handler.ping(this);
    }
  }

  /**
   * A command that can't be carried out as it stands; {@link Dialect#refused} makes the reply.
   *
   * @param replyTo empty if no id could be read
   * @param channel that it named, as it came; null if it named none, or it is too long for a name
   */
  record Refused(OptionalLong replyTo, ProblemDetails problem, @Nullable String channel)
      implements Command {
    @Override
    public void execute(Handler handler) {
      handler.refuse(this);
    }
  }

  /** A breach of the protocol after which the connection can't go on. */
  record Violation(CloseReason why) implements Command {
    @Override
    public OptionalLong replyTo() {
      return OptionalLong.empty();
    }

    @Override
    public void execute(Handler handler) {
      handler.close(this);
    }
  }

  /** One channel of a subscribe. */
  sealed interface Request {
    /**
     * A request to subscribe.
     *
     * @param binary whether payloads that are neither JSON nor text shall come in binary frames
     * @param proof of the right to this channel; null where the client's own rights must do
     * @param hearsSeats whether the client is told of connections that come and go, where it may
     */
    record Valid(
        Channel channel, Start start, boolean binary, @Nullable Proof proof, boolean hearsSeats)
        implements Request {
      public Valid(Channel channel, Start start, boolean binary) {
        this(channel, start, binary, null, false);
      }
    }

    /**
     * Refused by itself, so that one stale position doesn't cost the other channels.
     *
     * @param channel as it came; null if there was none, or it is too long for a name
     */
    record Refused(@Nullable String channel, ProblemDetails problem) implements Request {}
  }
}
