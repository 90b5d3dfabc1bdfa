package io.tideline.transport.websocket;

import io.tideline.hub.Presence;
import io.tideline.hub.Publisher;
import io.tideline.protocol.ClientFrames;
import io.tideline.protocol.SocketFormats;
import io.tideline.stream.Namespaces;
import io.tideline.transport.Authenticator;
import io.tideline.transport.LiveSettings;
import io.tideline.transport.PublishRates;
import io.tideline.transport.TransportEvents;
import java.time.Clock;

/**
 * What all sessions share: how commands are read, and who carries them out.
 *
 * @param deflated of clients that take compressed messages
 */
record UseCases(
    ClientFrames frames,
    Authenticator authenticator,
    Publisher publisher,
    Presence presence,
    Namespaces namespaces,
    PublishRates rates,
    Clock clock,
    LiveSettings settings,
    SocketFormats deflated,
    TransportEvents events,
    int watchesMax) {}
