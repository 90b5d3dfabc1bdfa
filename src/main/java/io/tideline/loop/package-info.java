/**
 * An I/O thread as the core sees it: a {@link io.tideline.loop.Lane}, on which tasks run one after
 * the other.
 *
 * <p>Allowed imports: the JDK.
 */
package io.tideline.loop;
