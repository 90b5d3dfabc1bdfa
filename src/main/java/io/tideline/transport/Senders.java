package io.tideline.transport;

import io.tideline.stream.Message;
import io.tideline.stream.Namespaces;

/** Names the publisher in a message, where the namespace says so; no client can name another. */
public final class Senders {
  private Senders() {}

  public static Message stamp(Message message, Caller caller, Namespaces namespaces) {
    return namespaces.of(message.channel()).stampSender()
        ? new Message(
            message.channel(),
            message.payload(),
            message.type(),
            caller.identity().subject(),
            message.headers(),
            message.key(),
            message.ifMatch())
        : message;
  }
}
