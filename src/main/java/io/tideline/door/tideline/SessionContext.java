package io.tideline.door.tideline;

import io.tideline.hub.Publisher;
import io.tideline.presence.Presence;
import io.tideline.protocol.ClientFrames;
import io.tideline.protocol.SocketFormats;
import io.tideline.session.Authenticator;
import io.tideline.session.LiveSettings;
import io.tideline.session.PublishLimiter;
import io.tideline.session.TransportEvents;
import io.tideline.stream.Namespaces;
import java.time.Clock;

/**
 * The parts that all sessions share: how commands are read, and who carries them out.
 *
 * @param deflated of clients that take compressed messages
 */
record SessionContext(
    ClientFrames frames,
    Authenticator authenticator,
    Publisher publisher,
    Presence presence,
    Namespaces namespaces,
    PublishLimiter rates,
    Clock clock,
    LiveSettings settings,
    SocketFormats deflated,
    TransportEvents events,
    int watchesMax) {}
