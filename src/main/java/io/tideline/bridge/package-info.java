/**
 * Other streams into channels: what comes in over a reactive-messaging channel is published as a
 * client would publish it, and acknowledged to its source when it is stored.
 *
 * <p>At least once, in the source's order a channel; a key that the record itself gives makes it
 * once. One batch of a bridge is under way at a time, and its source is asked for no more than
 * {@code in-flight} records at once; nothing else is held. A bridge is used from any thread and
 * locks itself.
 *
 * <p>And channels into other streams, at least once and in each channel's order: one node at a time
 * follows cursors that are kept with the log, in turns that never overlap.
 */
package io.tideline.bridge;
