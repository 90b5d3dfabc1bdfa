/**
 * A durable PostgreSQL of our own, for whoever starts Tideline without having a database.
 *
 * <p>{@link io.tideline.embedded.EmbeddedPostgres} is the only entry: it unpacks the binaries,
 * creates the cluster, starts the server as a process of its own (never as root), and keeps it
 * running on the same port until it is closed. The server outlives a killed JVM; the next one
 * attaches to it.
 *
 * <p>Concurrency: everything happens on the caller's thread until {@code start} returns; from then
 * on one supervisor thread owns the server process until {@code close} has joined it. Between JVMs
 * a file lock in the directory decides who is the launcher.
 *
 * <p>Allowed imports: the JDK and Commons Compress (with XZ). Nothing of Quarkus: this runs before
 * Quarkus boots, and in tests without it.
 */
package io.tideline.embedded;
