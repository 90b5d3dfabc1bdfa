/**
 * What is published and where it stands: channels, messages, publications, positions, retention,
 * and the two ports behind which the log ({@link io.tideline.stream.History}) and the way between
 * nodes ({@link io.tideline.stream.Backplane}) are kept.
 *
 * <p>A durable channel is an append-only log. Every publication in it has the next offset: dense,
 * from 1, in commit order. An epoch names the incarnation of the whole log; offsets of different
 * epochs don't compare.
 *
 * <p>Everything here is an immutable value or a port; all of it may be used from any thread.
 * Allowed imports: the JDK and, at the ports, Mutiny's {@code Uni}.
 */
package io.tideline.stream;
