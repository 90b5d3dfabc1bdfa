/**
 * The way between nodes: announcements over the reactive-messaging channels {@code
 * publications-out} and {@code publications-in}, and a connector for them that needs nothing but
 * PostgreSQL. Which connector is used is configuration.
 *
 * <p>Everything here is a hint: it may lose, repeat and reorder, and whatever it loses is found in
 * the log by the sweep. So at every bound something is dropped and counted, and nothing waits. Any
 * thread.
 */
package io.tideline.backplane;
