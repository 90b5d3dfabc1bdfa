/**
 * Who may do what. An {@link io.tideline.access.Identity} carries the {@link
 * io.tideline.access.Rights} that a verified token claims; {@link io.tideline.access.AccessPolicy}
 * turns an identity, an action and a channel into a {@link io.tideline.access.Grant}, and no use
 * case can be called without one.
 *
 * <p>A token is good until it expires, or until one of the {@link io.tideline.access.Revocations}
 * that this node knows covers it; {@link io.tideline.access.RevocationLog} keeps them for all
 * nodes.
 *
 * <p>Pure and immutable, but for what is known of revocations; any thread. Allowed imports: the
 * JDK, {@code stream}, and {@code Uni} at the port.
 */
package io.tideline.access;
