/**
 * Tideline, a realtime push service: a channel is a log, a subscription is a cursor.
 *
 * <p>The core ({@code stream}, {@code access}, {@code presence}, {@code hub}, {@code protocol})
 * knows the JDK and Mutiny's types, no framework. Transports, PostgreSQL, the backplane and
 * telemetry are leaves around it; {@code app} alone knows everybody. {@code ArchitectureTest} holds
 * these arrows.
 */
package io.tideline;
