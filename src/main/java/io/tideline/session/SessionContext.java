package io.tideline.session;

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
    Presence presence,
    Namespaces namespaces,
    PublishLimiter rates,
    Clock clock,
    LiveSettings settings,
    TransportEvents events,
    int watchesMax) {}
