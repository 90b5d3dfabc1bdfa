package io.tideline.net.websocket;

import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.smallrye.mutiny.Uni;
import io.tideline.net.NettyChannel;
import io.tideline.session.TransportEvents;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;

/**
 * Lets only well-formed handshakes become WebSockets, and puts each under guard before it is one,
 * so that no frame slips by. Compression is agreed on here; WebSockets Next knows nothing of it.
 */
@Singleton
final class UpgradeCheck implements HttpUpgradeCheck {
  private final SocketLimits limits;
  private final boolean compresses;
  private final TransportEvents events;

  UpgradeCheck(TransportConfig config, TransportEvents events) {
    this.events = events;
    this.limits = config.webSocket().limits();
    this.compresses = config.webSocket().compression();
    if (compresses && config.wayOut() != WriteMode.PIPELINE) {
      throw new IllegalArgumentException(
          "tideline.transport.web-socket.compression needs tideline.transport.way-out=pipeline");
    }
  }

  @Override
  public Uni<CheckResult> perform(HttpUpgradeContext upgrade) {
    HttpServerRequest request = upgrade.httpRequest();
    Handshake.Refusal refusal = Handshake.check(request);
    if (refusal != null) {
      return CheckResult.rejectUpgrade(refusal.status(), refusal.headers());
    }
    String deflate =
        compresses ? DeflateOffer.answer(request.headers().getAll(DeflateOffer.HEADER)) : null;
    // Or it would be kept with the connection.
    request.headers().remove(DeflateOffer.HEADER);
    SocketGuard guard =
        SocketGuard.install(
            NettyChannel.of(request.connection()), limits, events::closed, deflate != null);
    upgrade.userData().put(SocketGuard.KEY, guard);
    return deflate == null
        ? CheckResult.permitUpgrade()
        : CheckResult.permitUpgrade(Map.of(DeflateOffer.HEADER, List.of(deflate)));
  }
}
