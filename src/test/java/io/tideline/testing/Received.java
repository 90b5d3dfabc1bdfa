package io.tideline.testing;

import io.vertx.core.json.JsonObject;

/** What a reader got, whatever way it came. */
public sealed interface Received {
  /** A publication. */
  record Message(long offset, String data) implements Received {}

  /** A gap; from and to are null where they can't be known. */
  record Lost(Long from, Long to, String reason) implements Received {}

  static Message message(JsonObject publication) {
    Object data = publication.getValue("data");
    return new Message(publication.getLong("offset"), String.valueOf(data));
  }

  static Lost lost(JsonObject gap) {
    return new Lost(gap.getLong("from"), gap.getLong("to"), gap.getString("reason"));
  }
}
