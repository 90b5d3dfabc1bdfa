package io.tideline.net.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ReferenceCounted;
import io.quarkus.websockets.next.UserData;
import io.quarkus.websockets.next.WebSocketConnection;
import io.tideline.net.NettyChannel;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.zip.DataFormatException;

/**
 * Holds a WebSocket client to RFC 6455, between Netty's decoder and Vert.x. The decoder knows the
 * rules of single frames; here are those that it, or Vert.x behind it, doesn't keep:
 *
 * <ul>
 *   <li>text is UTF-8, also where fragments cut a character (1007);
 *   <li>no reserved bit is set (1002) but the first one, where {@code permessage-deflate} was
 *       agreed on, on the first frame of a message;
 *   <li>what is compressed is inflated, and held to the same limit (1009); what can't be is refused
 *       (1007);
 *   <li>fragments are joined here, so that a message whose first one is empty isn't lost, and so
 *       that the limit holds for the whole (1009);
 *   <li>a close frame says what it may say, and is answered with the same, once;
 *   <li>a client that sends pings and reads no pongs gets one for the last ping, and none waits for
 *       the others;
 *   <li>whoever has sent a close frame sends nothing more, and the connection ends within a bounded
 *       time, whether the other side answers or not.
 * </ul>
 *
 * <p>Vert.x sees whole messages and one close frame, and nothing after it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to, the channel's events tell.
final class SocketGuard extends ChannelDuplexHandler {
  static final UserData.TypedKey<SocketGuard> KEY = new UserData.TypedKey<>("tideline-guard");

  private static final String NAME = KEY.value();

  private static final String DECODER = "tideline-decoder";

  /** Of the three reserved bits the first: the message is compressed (RFC 7692, 6). */
  private static final int RSV1 = 0b100;

  private final SocketLimits limits;
  private final LongSupplier nanoTime;
  private final Utf8Check utf8 = new Utf8Check();

  private ChannelHandlerContext context;
  private int frames;
  private int controlFrames;
  private long controlSecond;

  /** What has come of a message in fragments; null between messages. */
  private ByteBuf message;

  private boolean messageIsText;
  private boolean messageIsDeflated;
  private int fragments;

  /** The last ping that found no room for its pong. */
  private ByteBuf unanswered;

  /** Whether {@code permessage-deflate} is in use. */
  private boolean deflates;

  private final IntConsumer closes;
  private boolean closeSent;

  /** A close frame has come, or something that broke the protocol: nothing after it counts. */
  private boolean inputOver;

  SocketGuard(SocketLimits limits, IntConsumer closes, LongSupplier nanoTime) {
    this.limits = limits;
    this.closes = closes;
    this.nanoTime = nanoTime;
  }

  /**
   * Takes its place in the pipeline of a connection that is about to be upgraded.
   *
   * @param closes told of the code of each close frame that is no answer to the client's
   * @param deflates whether the upgrade's answer will say {@code permessage-deflate}
   */
  static SocketGuard install(
      Channel channel, SocketLimits limits, IntConsumer closes, boolean deflates) {
    ChannelPipeline pipeline = channel.pipeline();
    // There is one if an upgrade before was refused; the connection has stayed.
    SocketGuard guard = pipeline.get(SocketGuard.class);
    if (guard == null) {
      guard = new SocketGuard(limits, closes, System::nanoTime);
      pipeline.addBefore(NettyChannel.VERTX_HANDLER, NAME, guard);
    }
    guard.deflates = deflates;
    return guard;
  }

  /** The guard of a connection that {@link UpgradeCheck} let in. */
  static SocketGuard of(WebSocketConnection connection) {
    return Objects.requireNonNull(connection.userData().get(KEY), "guard");
  }

  /** Whether the client takes compressed messages. */
  boolean deflates() {
    return deflates;
  }

  /** Whether either side has begun to close: nothing may be written any more. */
  boolean isClosing() {
    return closeSent || inputOver;
  }

  Channel channel() {
    return context.channel();
  }

  /** Frames that have come; wraps around. */
  int frames() {
    return frames;
  }

  /** Ends the connection at once, whatever waits. */
  void cut() {
    context.close();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  // --- what comes in

  @Override
  public void channelRead(ChannelHandlerContext own, Object read) {
    if (!(read instanceof WebSocketFrame frame)) {
      context.fireChannelRead(read);
      return;
    }
    frames++;
    if (inputOver) {
      lateFrame(frame);
    } else if (frame.rsv() != 0 && !beginsDeflated(frame)) {
      refuse(frame, CloseStatus.PROTOCOL_ERROR, "reserved bits are set");
    } else if (frame instanceof CloseWebSocketFrame close) {
      closeFrame(close);
    } else if (closeSent) {
      frame.release();
    } else if (frame instanceof PingWebSocketFrame || frame instanceof PongWebSocketFrame) {
      controlFrame(frame);
    } else {
      dataFrame(frame);
    }
  }

  /** After a failure the client's close frame is all that is waited for. */
  private void lateFrame(WebSocketFrame frame) {
    frame.release();
    if (frame instanceof CloseWebSocketFrame) {
      context.close();
    }
  }

  private boolean beginsDeflated(WebSocketFrame frame) {
    return deflates
        && frame.rsv() == RSV1
        && message == null
        && (frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame);
  }

  private void dataFrame(WebSocketFrame frame) {
    int bytes = frame.content().readableBytes();
    if (message == null) {
      messageIsText = frame instanceof TextWebSocketFrame;
      messageIsDeflated = frame.rsv() != 0;
    } else {
      bytes += message.readableBytes();
    }
    if (bytes > bytesMax()) {
      refuseSize(frame);
    } else if (messageIsText && !messageIsDeflated && !isUtf8(frame)) {
      refuse(frame, CloseStatus.INVALID_UTF8, CloseStatus.INVALID_UTF8.reason());
    } else if (message != null || !frame.isFinalFragment()) {
      fragment(frame);
    } else if (messageIsDeflated) {
      inflate(frame.content());
    } else {
      context.fireChannelRead(frame);
    }
  }

  /** Of what is joined: the message, or what it is deflated to. */
  private int bytesMax() {
    return messageIsDeflated ? limits.deflatedBytesMax() : limits.messageBytesMax();
  }

  private boolean isUtf8(WebSocketFrame frame) {
    return utf8.accept(frame.content()) && (!frame.isFinalFragment() || utf8.isComplete());
  }

  private void fragment(WebSocketFrame frame) {
    fragments++;
    if (fragments > limits.fragmentsMax()) {
      refuse(
          frame,
          CloseStatus.POLICY_VIOLATION,
          "message in more than " + limits.fragmentsMax() + " fragments");
      return;
    }
    if (message == null) {
      message = context.alloc().buffer(frame.content().readableBytes(), bytesMax());
    }
    message.writeBytes(frame.content());
    frame.release();
    if (frame.isFinalFragment()) {
      ByteBuf whole = message;
      message = null;
      fragments = 0;
      if (messageIsDeflated) {
        inflate(whole);
      } else {
        passOn(whole);
      }
    }
  }

  private void passOn(ByteBuf whole) {
    context.fireChannelRead(
        messageIsText ? new TextWebSocketFrame(whole) : new BinaryWebSocketFrame(whole));
  }

  private void inflate(ByteBuf deflated) {
    ByteBuf whole;
    try {
      whole = Inflation.inflate(deflated, limits.messageBytesMax(), context.alloc());
    } catch (DataFormatException e) {
      refuse(deflated, CloseStatus.INVALID_UTF8, "compressed data can't be inflated");
      return;
    }
    if (whole == null) {
      refuseSize(deflated);
      return;
    }
    deflated.release();
    if (messageIsText && !(utf8.accept(whole) && utf8.isComplete())) {
      refuse(whole, CloseStatus.INVALID_UTF8, CloseStatus.INVALID_UTF8.reason());
    } else {
      passOn(whole);
    }
  }

  private void controlFrame(WebSocketFrame frame) {
    long second = TimeUnit.NANOSECONDS.toSeconds(nanoTime.getAsLong());
    if (second != controlSecond) {
      controlSecond = second;
      controlFrames = 0;
    }
    controlFrames++;
    if (controlFrames > limits.controlFramesPerSecondMax()) {
      refuse(
          frame,
          CloseStatus.POLICY_VIOLATION,
          "more than " + limits.controlFramesPerSecondMax() + ", pings and pongs per second");
    } else if (frame instanceof PingWebSocketFrame) {
      pong(frame.content());
    } else {
      frame.release();
    }
  }

  private void pong(ByteBuf payload) {
    if (context.channel().isWritable()) {
      context.write(new PongWebSocketFrame(payload), context.voidPromise());
    } else {
      ReferenceCountUtil.release(unanswered);
      unanswered = payload;
    }
  }

  private void closeFrame(CloseWebSocketFrame frame) {
    int code = frame.content().isReadable() ? frame.content().getUnsignedShort(0) : -1;
    if (frame.content().isReadable() && !isSendable(code)) {
      refuse(frame, CloseStatus.PROTOCOL_ERROR, "close code " + code + " can't be sent");
      return;
    }
    inputOver = true;
    if (!closeSent) {
      closeSent = true;
      context.writeAndFlush(
          code < 0 ? new CloseWebSocketFrame() : new CloseWebSocketFrame(code, null));
    }
    // Vert.x tells the endpoint, answers (see write) and ends the connection.
    context.fireChannelRead(frame);
  }

  /** The codes that may stand in a frame: RFC 6455, 7.4, and what was registered since. */
  static boolean isSendable(int code) {
    return switch (code) {
      case 1004, 1005, 1006, 1015 -> false;
      default -> (code >= 1000 && code <= 1014) || (code >= 3000 && code <= 4999);
    };
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext own) {
    context.flush();
    context.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext own) {
    if (unanswered != null && context.channel().isWritable() && !isClosing()) {
      ByteBuf payload = unanswered;
      unanswered = null;
      context.writeAndFlush(new PongWebSocketFrame(payload), context.voidPromise());
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext own, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException corrupted) {
      CloseStatus code = CloseStatus.of(corrupted.closeStatus().code());
      fail(corrupted.closeStatus().code(), code == null ? "" : code.reason());
    } else if (cause instanceof IOException) {
      // The client is gone without a word: daily life, and no error of the endpoint's.
      context.close();
    } else {
      context.fireExceptionCaught(cause);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext own) {
    forget();
  }

  // --- what goes out

  @Override
  public void write(ChannelHandlerContext own, Object write, ChannelPromise promise) {
    if (!(write instanceof CloseWebSocketFrame close)) {
      if (deflates && isUpgrade(write)) {
        takeExtension();
      }
      context.write(write, promise);
    } else if (closeSent) {
      ReferenceCountUtil.release(write);
      promise.trySuccess();
    } else {
      closeSent = true;
      closes.accept(close.statusCode());
      context.write(write, promise);
      cutAfterWait();
    }
  }

  private static boolean isUpgrade(Object write) {
    return write instanceof HttpResponse response
        && response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
  }

  /** The decoder stands there since just before this answer; by itself it takes no reserved bit. */
  private void takeExtension() {
    context
        .pipeline()
        .replace(
            WebSocket13FrameDecoder.class,
            DECODER,
            new WebSocket13FrameDecoder(
                WebSocketDecoderConfig.newBuilder()
                    .allowExtensions(true)
                    .maxFramePayloadLength(limits.deflatedBytesMax())
                    .closeOnProtocolViolation(false)
                    .build()));
  }

  // --- the end

  private void refuse(ReferenceCounted what, CloseStatus code, String reason) {
    what.release();
    fail(code.number(), reason);
  }

  private void refuseSize(ReferenceCounted what) {
    refuse(what, CloseStatus.TOO_BIG, "message larger than " + limits.messageBytesMax() + " bytes");
  }

  /** "Fail the WebSocket connection" (RFC 6455, 7.1.7). */
  private void fail(int code, String reason) {
    inputOver = true;
    forget();
    if (closeSent) {
      context.close();
      return;
    }
    closeSent = true;
    closes.accept(code);
    context.writeAndFlush(new CloseWebSocketFrame(code, reason)).addListener(sent -> hangUp());
    cutAfterWait();
  }

  /**
   * Ends our direction alone, where TLS doesn't stand in between: with input unread, a close would
   * reset the connection, and the client might lose the frame that says why.
   */
  private void hangUp() {
    if (context.channel() instanceof DuplexChannel duplex
        && context.pipeline().get(SslHandler.class) == null) {
      duplex.shutdownOutput();
    } else {
      context.close();
    }
  }

  private void cutAfterWait() {
    var unused =
        context
            .executor()
            .schedule(this::cut, limits.closeWait().toMillis(), TimeUnit.MILLISECONDS);
  }

  private void forget() {
    ReferenceCountUtil.release(message);
    ReferenceCountUtil.release(unanswered);
    message = null;
    unanswered = null;
    fragments = 0;
    utf8.reset();
  }
}
