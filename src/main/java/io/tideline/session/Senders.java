package io.tideline.session;

import io.tideline.access.Identity;
import io.tideline.stream.Message;
import io.tideline.stream.Namespaces;

/** Names the publisher in a message, where the namespace says so; no client can name another. */
public final class Senders {
  private Senders() {}

  public static Message stamp(Message message, Identity publisher, Namespaces namespaces) {
    return namespaces.of(message.channel()).stampSender()
        ? message.withSender(publisher.subject())
        : message;
  }
}
