/**
 * The words that the doors share: {@link io.tideline.protocol.Problem} is the closed catalogue of
 * refusals, {@link io.tideline.protocol.PublicationJson} writes publications, and a kit reads and
 * writes JSON; {@code docs/protocol.md} is the document of all of it, for authors of clients.
 *
 * <p>What comes in is checked completely (UTF-8, JSON, names of fields) before any of it is
 * believed, and a payload is never parsed into objects: it stays the bytes that it came as.
 *
 * <p>Everything here is stateless or immutable and never blocks; any thread. Allowed imports: the
 * JDK, {@code stream}, {@code access}, and {@code hub}'s data types.
 */
package io.tideline.protocol;
