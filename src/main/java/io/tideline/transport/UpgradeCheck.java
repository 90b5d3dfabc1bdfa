package io.tideline.transport;

import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;

/**
 * Lets only well-formed handshakes become WebSockets, and puts each under guard before it is one,
 * so that no frame slips by.
 */
@Singleton
final class UpgradeCheck implements HttpUpgradeCheck {
  private final SocketLimits limits;

  UpgradeCheck(TransportConfig config) {
    this.limits = config.webSocket().limits();
  }

  @Override
  public Uni<CheckResult> perform(HttpUpgradeContext upgrade) {
    HttpServerRequest request = upgrade.httpRequest();
    Handshake.Refusal refusal = Handshake.check(request);
    if (refusal != null) {
      return CheckResult.rejectUpgrade(refusal.status(), refusal.headers());
    }
    upgrade
        .userData()
        .put(SocketGuard.KEY, SocketGuard.install(NettyChannel.of(request.connection()), limits));
    return CheckResult.permitUpgrade();
  }
}
