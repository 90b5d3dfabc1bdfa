package io.tideline.hub;

import java.time.Duration;

/**
 * The bounds of the live side.
 *
 * @param subscriptionsMax subscriptions a connection
 * @param outgoingBytesMax bytes a connection may hold for sending, and the size of a run
 * @param tailEntriesMax publications in a channel's tail
 * @param tailBytesMax bytes in a channel's tail, counting payloads, frames and objects
 * @param tailsBytesMax bytes in all tails of this node, counted likewise; above it, tails shrink to
 *     their newest entries
 * @param pageCacheBytesMax bytes of cached history pages, counted likewise
 * @param idleChannelsMax channels without subscribers that are still followed, so that pollers find
 *     them warm
 * @param queueMessagesMax messages a lane holds that wait to be stored; more are refused
 * @param queueBytesMax payload bytes likewise
 * @param holeWait how long a publication that came too early waits for its predecessors before they
 *     are read
 */
public record HubLimits(
    int subscriptionsMax,
    int outgoingBytesMax,
    int tailEntriesMax,
    int tailBytesMax,
    long tailsBytesMax,
    long pageCacheBytesMax,
    int idleChannelsMax,
    int queueMessagesMax,
    int queueBytesMax,
    Duration holeWait) {}
