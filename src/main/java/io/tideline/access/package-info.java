/**
 * Who may do what. An {@link io.tideline.access.Identity} carries the {@link
 * io.tideline.access.Rights} that a verified token claims; {@link io.tideline.access.AccessPolicy}
 * turns an identity, an action and a channel into a {@link io.tideline.access.Grant}, and no use
 * case can be called without one.
 *
 * <p>Pure and immutable; any thread. Allowed imports: the JDK and {@code stream}.
 */
package io.tideline.access;
