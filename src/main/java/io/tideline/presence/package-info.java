/**
 * Who is in a channel. A member is a subject with at least one connection that is subscribed,
 * anywhere; connections without a subject are counted together.
 *
 * <p>{@link io.tideline.presence.LocalPresence} is what this node contributes, with the grace that
 * a connection has to come back. {@link io.tideline.presence.MemberStore} keeps what all nodes
 * contribute, and says in which order it changed. {@link io.tideline.presence.ChannelPresence} is
 * what this node knows of a channel that somebody watches here.
 *
 * <p>Where a protocol tells connections one by one, each of its subscriptions has a {@link
 * io.tideline.presence.Seat} beside: a name and up to {@value
 * io.tideline.presence.Seat#INFO_BYTES_MAX} bytes about it. Seats are listed and told on their own;
 * who is a member doesn't depend on them.
 *
 * <p>Concurrency: {@code LocalPresence} may be used from any thread, the values are immutable, all
 * else belongs to one thread. Allowed imports: the JDK, {@code stream}, and {@code Uni} at the
 * port.
 */
package io.tideline.presence;
