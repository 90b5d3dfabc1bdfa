package io.tideline.session;

import java.time.Duration;
import java.util.Objects;

/**
 * How live connections are kept.
 *
 * @param retry what a client is told to wait before it comes back, give or take a half
 * @param expiring how long before its token expires a client is told
 * @param pollWaitMax how long a long-poll may wait; whoever asks for more gets this
 * @param streamChannelsMax channels an SSE stream
 * @param unauthenticated how long a WebSocket may stay without a token
 * @param sockets the heartbeat of WebSockets
 * @param streams the heartbeat of event streams, which nobody answers
 * @param commandsPerSecond commands a WebSocket may send; twice as many at once
 * @param queryToken whether a token in {@code ?access_token=} is looked at
 * @param certificates whether client certificates are looked at
 */
public record LiveSettings(
    Duration retry,
    Duration expiring,
    Duration pollWaitMax,
    int streamChannelsMax,
    Duration unauthenticated,
    HeartbeatSettings sockets,
    HeartbeatSettings streams,
    int commandsPerSecond,
    boolean queryToken,
    boolean certificates) {
  public LiveSettings {
    Objects.requireNonNull(retry);
    Objects.requireNonNull(expiring);
    Objects.requireNonNull(pollWaitMax);
    Objects.requireNonNull(unauthenticated);
  }
}
