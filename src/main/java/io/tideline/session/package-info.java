/**
 * The client's side of a connection, whatever protocol it speaks: its identity and rights, its
 * place among the connections of this node, its limits, its heartbeat, the order of its commands,
 * and the port through which bytes are written to it.
 *
 * <p>Allowed imports: the core, {@code protocol}, the context of Vert.x; neither Netty nor HTTP.
 */
package io.tideline.session;
