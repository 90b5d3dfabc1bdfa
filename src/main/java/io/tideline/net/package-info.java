/**
 * Event loops as lanes, and the one class beneath Vert.x. The packages below are the carriers: they
 * move bytes, and alone see Netty and Vert.x HTTP.
 *
 * <h2>Threads</h2>
 *
 * A connection lives on one Netty event loop, its {@link io.tideline.net.EventLoopLane}. Its {@link
 * io.tideline.session.ConnectionWriter} is touched on that lane only and calls back on it. Tasks of
 * a lane run without a Vert.x context: they belong to no request, and entering one for each wake
 * would be paid for nothing. Code that needs a context there (a database call, say) makes its own.
 *
 * <h2>Beneath Vert.x</h2>
 *
 * Vert.x flushes each message by itself and has no hook for what RFC 6455 asks of a reader of
 * frames. So two things happen in the connection's Netty pipeline: what comes in is checked, and
 * what goes out is written beneath the encoder, whole frames or chunks of one buffer that all
 * connections share. {@link io.tideline.net.NettyChannel} is the only class that reaches for it;
 * {@code tideline.transport.way-out=plain} writes through the public API instead.
 *
 * <p>Allowed imports: the core, {@code protocol}, {@code session}, Netty, Vert.x, WebSockets Next.
 */
package io.tideline.net;
