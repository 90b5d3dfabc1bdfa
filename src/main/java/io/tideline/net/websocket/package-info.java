/** RFC 6455 and 7692: the handshake, the check of incoming frames, compression, the writers. */
package io.tideline.net.websocket;
