/**
 * Asks the application over HTTP what a token doesn't say: the {@link
 * io.tideline.access.Authorizer} of a node that has one configured.
 *
 * <p>All that is under way lives on one Vert.x context and isn't locked; what was answered is in a
 * cache that any thread reads. Bounded are the requests at once, the callers who wait, the time of
 * each, the bytes of an answer, and the answers that are kept.
 */
package io.tideline.authorizer;
