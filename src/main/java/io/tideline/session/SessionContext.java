package io.tideline.session;

import io.tideline.hub.Channels;
import io.tideline.hub.Hub;
import io.tideline.hub.Publisher;
import io.tideline.presence.Presence;
import io.tideline.stream.Namespaces;
import java.time.Clock;

/**
 * The parts that all sessions of a protocol share.
 *
 * @param watchesMax channels whose presence one connection may watch
 */
public record SessionContext(
    Hub hub,
    Authenticator authenticator,
    Publisher publisher,
    Channels channels,
    Presence presence,
    Namespaces namespaces,
    PublishLimiter rates,
    Clock clock,
    LiveSettings settings,
    TransportEvents events,
    int watchesMax) {
  /** The same parts, for a protocol whose credentials are verified otherwise. */
  public SessionContext with(Authenticator other) {
    return new SessionContext(
        hub,
        other,
        publisher,
        channels,
        presence,
        namespaces,
        rates,
        clock,
        settings,
        events,
        watchesMax);
  }
}
