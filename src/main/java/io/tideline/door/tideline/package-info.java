/** WebSockets of the subprotocol {@code tideline.v1}. */
package io.tideline.door.tideline;
