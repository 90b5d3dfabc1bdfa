package io.tideline.door.centrifuge;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message of a client as the protocol names its parts, whatever it was encoded in. Nothing in it
 * is checked yet but its kind.
 */
sealed interface Call {
  /** Calls the visitor's method for this kind of call. */
  <T> T accept(Visitor<T> visitor);

  /** One method for each kind of call. */
  interface Visitor<T> {
    T connect(Connect call);

    T subscribe(Subscribe call);

    T unsubscribe(Unsubscribe call);

    T publish(Publish call);

    T presence(Presence call);

    T presenceStats(PresenceStats call);

    T history(History call);

    T refresh(Refresh call);

    T subRefresh(SubRefresh call);

    T ping(Ping call);

    T rpc(Rpc call);

    T send(Send call);

    T pong(Pong call);

    T malformed(Malformed call);
  }

  /**
   * The position of a reader, as it was told.
   *
   * @param epoch any text; "" if the client doesn't know it
   */
  record Place(String epoch, long offset) {}

  /**
   * The greeting, which comes first.
   *
   * @param token null or empty if there is none
   * @param channels server-side subscriptions that the client had, and where it stands in them
   */
  record Connect(long id, @Nullable String token, Map<String, Place> channels) implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.connect(this);
    }

    /** Tokens don't belong in logs. */
    @Override
    public String toString() {
      return "Connect[id=" + id + "]";
    }
  }

  /**
   * A subscribe.
   *
   * @param place from where to recover; null for from now on
   * @param isStrict whether an impossible recovery is to be an error
   * @param isFiltered whether it is for a part of the publications
   * @param isStream whether it is for a channel of publications, and not of another kind
   */
  record Subscribe(
      long id,
      String channel,
      @Nullable String token,
      @Nullable Place place,
      boolean joinLeave,
      boolean isStrict,
      boolean isFiltered,
      boolean isStream)
      implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.subscribe(this);
    }

    /** Tokens don't belong in logs. */
    @Override
    public String toString() {
      return "Subscribe[id=" + id + ", channel=" + channel + "]";
    }
  }

  record Unsubscribe(long id, String channel) implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.unsubscribe(this);
    }
  }

  /**
   * A publish.
   *
   * @param data null if there is none
   */
  @SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
  record Publish(long id, String channel, byte @Nullable [] data) implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.publish(this);
    }
  }

  record Presence(long id, String channel) implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.presence(this);
    }
  }

  record PresenceStats(long id, String channel) implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.presenceStats(this);
    }
  }

  /**
   * A request for history.
   *
   * @param limit 0 for the position alone, below 0 for as many as there may be
   */
  record History(long id, String channel, int limit, @Nullable Place since, boolean isReverse)
      implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.history(this);
    }
  }

  record Refresh(long id, @Nullable String token) implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.refresh(this);
    }

    /** Tokens don't belong in logs. */
    @Override
    public String toString() {
      return "Refresh[id=" + id + "]";
    }
  }

  record SubRefresh(long id, String channel, @Nullable String token) implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.subRefresh(this);
    }

    /** Tokens don't belong in logs. */
    @Override
    public String toString() {
      return "SubRefresh[id=" + id + ", channel=" + channel + "]";
    }
  }

  record Ping(long id) implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.ping(this);
    }
  }

  /** A call of a procedure; there are none here. */
  record Rpc(long id) implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.rpc(this);
    }
  }

  /** A message to the application, which expects no answer; there is no application here. */
  record Send() implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.send(this);
    }
  }

  /** The answer to a ping. */
  record Pong() implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.pong(this);
    }
  }

  /** What breaks the protocol. */
  record Malformed() implements Call {
    @Override
    public <T> T accept(Visitor<T> visitor) {
      return visitor.malformed(this);
    }
  }
}
