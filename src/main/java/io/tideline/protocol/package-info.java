/**
 * The wire: what clients send and what they get, byte for byte. {@link
 * io.tideline.protocol.PublicationJson} writes publications, {@link
 * io.tideline.protocol.ServerFrames} and {@link io.tideline.protocol.ServerEvents} everything else
 * that a server sends, {@link io.tideline.protocol.Problem} and {@link
 * io.tideline.protocol.CloseCode} are closed catalogues; {@code docs/protocol.md} is the document
 * of all of it, for whoever writes a client.
 *
 * <p>What comes in is checked completely (UTF-8, JSON, names of fields) before any of it is
 * believed, and a payload is never parsed into objects: it stays the bytes that it came as.
 *
 * <p>Everything here is stateless or immutable and never blocks; any thread. Allowed imports: the
 * JDK, {@code stream}, {@code access}, and {@code hub}'s data types.
 */
package io.tideline.protocol;
